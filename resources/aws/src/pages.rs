//! Batches: lists cut to what one call takes, and answers back in the targets' order.

use std::collections::BTreeMap;

use finsight_engine::contract::{Live, Reading, Target};

/// One answer a target, in their order: found where `live` has its id, absent elsewhere.
#[must_use]
pub fn in_order(targets: &[Target], live: impl IntoIterator<Item = Live>) -> Vec<Reading> {
    let by_id: BTreeMap<String, Live> = live.into_iter().map(|live| (live.id.clone(), live)).collect();
    targets
        .iter()
        .map(|target| match by_id.get(&target.id) {
            Some(live) => Reading::Found(Box::new(live.clone())),
            None => Reading::Absent,
        })
        .collect()
}
