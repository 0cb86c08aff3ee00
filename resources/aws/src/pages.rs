//! Batches: lists cut to what one call takes, and answers back in the targets' order.

use std::collections::BTreeMap;

use finsight_engine::contract::{Failure, Live, Reading, Target};
use futures::future::{BoxFuture, try_join_all};

/// Collects all pages of a list, of each item what `each` gives of it.
macro_rules! all_pages {
    ($call:expr, $operation:literal, $items:ident, $each:expr) => {{
        let mut found = Vec::new();
        let mut pages = $call.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| $crate::failure::unread($operation, &error))?;
            found.extend(page.$items().iter().filter_map($each));
        }
        Ok::<Vec<_>, finsight_engine::contract::Failure>(found)
    }};
}
pub(crate) use all_pages;

/// One target's read: `None` where it does not exist.
pub type Read<'a> = BoxFuture<'a, Result<Option<Live>, Failure>>;

/// Reads targets one by one, so many at a time.
///
/// # Errors
/// The first read that failed.
pub async fn each<'a>(
    targets: &'a [Target],
    at_once: usize,
    read: impl Fn(&'a Target) -> Read<'a>,
) -> Result<Vec<Reading>, Failure> {
    let mut readings = Vec::with_capacity(targets.len());
    for batch in targets.chunks(at_once) {
        let reads: Vec<Read<'a>> = batch.iter().map(&read).collect();
        let found = try_join_all(reads).await?;
        readings.extend(
            found.into_iter().map(|live| live.map_or(Reading::Absent, |live| Reading::Found(Box::new(live)))),
        );
    }
    Ok(readings)
}

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
