//! One resource at a time is taken away: one of each type.

use std::collections::BTreeSet;
use std::time::Instant;

use finsight_engine::plan::Selection;
use finsight_engine::refresh::{Drift, DriftKind};
use finsight_engine::state::Row;

use crate::known::KNOWN;
use crate::outsider::delete;
use crate::prod::Prod;
use crate::{is_subject, runtime};

/// So many resources of a type are tried before it counts as one of which none can be deleted.
const TRIES: usize = 4;

#[test]
fn any_resource_deleted_from_outside_is_found_alone() {
    runtime().block_on(async {
        let began = Instant::now();
        let mut prod = Prod::new().await;
        println!("{} resources stand after {:?}", prod.state.rows.len(), began.elapsed());
        let types: BTreeSet<String> = prod
            .state
            .rows
            .keys()
            .map(|urn| urn.type_name().to_owned())
            .filter(|it| is_subject(it))
            .collect();
        let (mut deleted, mut cascades, mut standing) = (0, BTreeSet::new(), BTreeSet::new());
        let mut failures = Vec::new();
        for type_name in &types {
            let known = KNOWN.is_standing(type_name);
            match one_of(&mut prod, type_name, &mut cascades).await {
                Ok(()) if known => failures.push(format!("{type_name} can be deleted after all")),
                Ok(()) => deleted += 1,
                Err(_) if known => {
                    standing.insert(type_name.as_str());
                }
                Err(why) => {
                    println!("failed: {type_name}: {why}");
                    failures.push(format!("{type_name}: {why}"));
                }
            }
        }
        assert_eq!(prod.drift(&prod.all()).await, [], "all is put back");
        println!(
            "drift: {} types, one of each of {deleted} deleted ({} with others), none of {} can be, in {:?}",
            types.len(),
            cascades.len(),
            standing.len(),
            began.elapsed()
        );
        if std::env::var("FINSIGHT_TYPES").is_err() {
            let met =
                |it: &&serde_json::Value| it["type"].as_str().is_some_and(|name| cascades.contains(name));
            failures.extend(KNOWN.cascades.iter().filter(|it| !met(it)).map(|it| format!("not met: {it}")));
        }
        assert!(failures.is_empty(), "{}:\n{}", failures.len(), failures.join("\n"));
    });
}

/// The resources of a type, those that nothing depends on first.
fn rows(prod: &Prod, type_name: &str) -> Vec<Row> {
    let needed: BTreeSet<&str> =
        prod.state.rows.values().flat_map(|row| &row.edges).map(|edge| edge.urn.as_str()).collect();
    let mut rows: Vec<Row> = prod.rows(type_name).cloned().collect();
    rows.sort_by_key(|row| needed.contains(row.urn.as_str()));
    rows
}

async fn one_of(prod: &mut Prod, type_name: &str, cascades: &mut BTreeSet<String>) -> Result<(), String> {
    let mut refused = Vec::new();
    for row in rows(prod, type_name).into_iter().take(TRIES) {
        let gone = delete(prod, &row).await;
        let near = if gone.is_ok() { prod.all() } else { prod.urns(type_name) };
        let found = prod.drift(&near).await;
        if !found.is_empty() {
            put_back(prod, &row, &found).await?;
        }
        match gone {
            Ok(()) => return judge(&row, &found, cascades),
            // What refuses to go stands as it stood.
            Err(why) if !found.is_empty() => return Err(format!("{}: {why}, but: {found:?}", row.urn)),
            Err(why) => refused.push(format!("{}: {why}", row.urn)),
        }
    }
    Err(refused.join(" | "))
}

fn judge(row: &Row, found: &[Drift], cascades: &mut BTreeSet<String>) -> Result<(), String> {
    let takes = KNOWN.cascade(row.urn.type_name());
    let setting = KNOWN.is_setting(row.urn.type_name());
    let (mut seen, mut others) = (false, Vec::new());
    for drift in found {
        if drift.urn == row.urn && matches!(drift.kind, DriftKind::Changed(_)) == setting {
            seen = true;
        } else if takes.contains(&drift.urn.type_name()) {
            cascades.insert(row.urn.type_name().to_owned());
        } else {
            others.push(format!("{} {:?}", drift.urn, drift.kind).chars().take(300).collect::<String>());
        }
    }
    match (seen, others.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("{} is not found: {others:?}", row.urn)),
        (true, false) => Err(format!("{} takes others with it: {}", row.urn, others.join(", "))),
    }
}

async fn put_back(prod: &mut Prod, row: &Row, found: &[Drift]) -> Result<(), String> {
    let narrow = prod.fix(&row.urn, true).await;
    let touched = found.iter().flat_map(|drift| prod.urns(drift.urn.type_name())).collect();
    if narrow.is_ok() && prod.drift(&touched).await.is_empty() {
        return Ok(());
    }
    let whole = prod.up(&Selection::default()).await;
    let left = prod.drift(&prod.all()).await;
    if whole.is_ok() && left.is_empty() {
        return Ok(());
    }
    Err(format!("{} is not put back: {narrow:?}, then {whole:?}, left {left:?}", row.urn))
}
