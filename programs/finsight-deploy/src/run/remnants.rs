//! What resources have left at AWS: whether it still stands, and what of it leaves the record.

use std::collections::BTreeMap;

use finsight_driver::clock::now;
use finsight_engine::state::{Remnant, State};

use super::loaded::Access;
use super::read::Read;
use super::store::Shared;
use crate::connect::Connection;
use crate::render;
use crate::render::remnants::{Shown, shown};

type Remnants = BTreeMap<String, Remnant>;

/// Whether each still stands, by its key: one list call a type and region. What cannot be asked is left out: nobody
/// knows it.
async fn standing(connection: &Connection, remnants: &Remnants) -> BTreeMap<String, bool> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Remnant>> = BTreeMap::new();
    // In another account everything would seem to be gone.
    let ours = |one: &&Remnant| connection.place.account.as_deref() == Some(one.account.as_str());
    for one in remnants.values().filter(ours) {
        groups.entry((&one.region, &one.type_name)).or_default().push(one);
    }
    let mut known = BTreeMap::new();
    for ((region, type_name), group) in groups {
        let ids: Vec<&str> = group.iter().map(|one| one.id.as_str()).collect();
        let aws = connection.session.region(region);
        match connection.ask_soon(async || finsight_aws::left::standing(&aws, type_name, &ids).await).await {
            Ok(Some(found)) => known.extend(group.iter().map(|one| (one.key(), found.contains(&one.id)))),
            Ok(None) => {}
            Err(failure) => render::note(&format!(
                "whether what is kept ({}) still stands could not be asked: {}: {}",
                ids.join(", "),
                failure.operation,
                failure.code
            )),
        }
    }
    known
}

/// Takes off the record what was left before this run and is gone, or whose time is over.
pub async fn let_go(connection: &Connection, store: &Shared, before: &Remnants) {
    if before.is_empty() {
        return;
    }
    let standing = standing(connection, before).await;
    // What this run has left may not be seen yet.
    let gone = |one: &Remnant| before.contains_key(&one.key()) && standing.get(&one.key()) == Some(&false);
    let entries = store.state().letting_go(now(), |one| !gone(one));
    if entries.is_empty() {
        return;
    }
    if let Err(error) = store.append(entries) {
        render::note(&format!("what is kept no more stays on record: {}", error.message));
    }
}

impl<A: Access> Read<A> {
    /// What is kept after its resource: without what is gone and what is over, which leaves the record with the next run
    /// that writes.
    pub async fn remnants(&self) -> Vec<Shown> {
        let state: &State = self.state();
        let standing = match self.settled.access.connection() {
            Some(connection) => standing(connection, &state.remnants).await,
            None => BTreeMap::new(),
        };
        let registry = &self.desk().stack.registry;
        let mut all = shown(state, registry, now());
        for one in &mut all {
            one.stands = standing.get(&one.key).copied();
        }
        all.retain(|one| one.stands != Some(false));
        all
    }
}
