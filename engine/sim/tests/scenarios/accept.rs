//! `refresh` and `drift --accept`: what stands becomes the record.

use finsight_engine::accept::accept;
use finsight_engine::contract::{OWNER_TAG, STACK_TAG};
use finsight_engine::plan::PlanError;
use finsight_engine::state::Entry;
use finsight_engine::value::{Map, Value};
use finsight_sim::Hardship;

use crate::check::{Life, after, observe, wide};
use crate::programs::*;

fn accepted(life: &mut Life, confirmed: &[String]) -> Result<Vec<Entry>, Vec<PlanError>> {
    let observed = observe(&mut life.world);
    let state = life.world.store.load().expect("a readable state");
    let entries = accept(&life.world.registry, &state, &observed, confirmed)?;
    let writer = life.world.store.open();
    if !entries.is_empty() {
        life.world.store.append(writer, &entries).expect("a legal record");
    }
    Ok(entries)
}

/// V27: a removal and other rows in one record bring back no edge.
#[test]
fn a_removal_and_other_rows_in_one_record_leave_no_dangling_edge() {
    let mut life = after(&[&service("/", plain())])
        .meddled(&urn(FUNCTION, "api"), "code", "v2")
        .gone(&urn(ROLE, "runner"));
    let entries = accepted(&mut life, &[]).expect("nothing that forbids it");
    assert_eq!(entries.len(), 2);
    let row = &life.world.store.state().rows[&urn(FUNCTION, "api")];
    assert_eq!(row.edges, []);
    assert_eq!(row.inputs["code"].as_text(), Some("v2"));
}

/// O8: what held data is not accepted as gone without its name.
#[test]
fn what_held_data_is_not_accepted_as_gone_without_its_name() {
    let vault = program(|p| {
        p.add(VAULT, "main", &[("vault_name", "ledger".into())]);
    });
    let mut life = after(&[&vault]).gone(&urn(VAULT, "main"));
    let errors = accepted(&mut life, &[]).expect_err("it held data");
    assert_eq!(errors[0].code(), "PLAN-HOLDS-DATA");
    assert_eq!(life.world.store.state().rows.len(), 1);
    accepted(&mut life, &["ledger".to_owned()]).expect("it was named");
    assert!(life.world.store.state().rows.is_empty());
}

/// V34: a mark that was taken off is not accepted, and nor is what a stranger has made.
#[test]
fn the_mark_stays_on_record() {
    let store = program(|p| {
        p.add(STORE, "main", &[("store_name", "ledger".into()), ("class", "small".into())]);
    });
    let bare = Value::Map(Map::from([("team".to_owned(), "theirs".into())]));
    let mut life = after(&[&store]).meddled(&urn(STORE, "main"), "tags", bare.clone());
    accepted(&mut life, &[]).expect("nothing that forbids it");
    let row = &life.world.store.state().rows[&urn(STORE, "main")];
    let tags = row.inputs["tags"].as_map().expect("tags");
    assert_eq!(tags["team"].as_text(), Some("theirs"));
    assert!(tags.contains_key(STACK_TAG) && tags.contains_key(OWNER_TAG), "{tags:?}");
    let mut life = after(&[&store]).meddled(&urn(STORE, "main"), "tags", bare).meddled(
        &urn(STORE, "main"),
        "class",
        "large",
    );
    let errors = accepted(&mut life, &[]).expect_err("it may be another's");
    assert_eq!(errors[0].code(), "PLAN-NOT-OURS");
}

/// V28: of several the worst speaks.
#[test]
fn of_several_errors_the_worst_speaks() {
    let urn = urn(PARENT, "main");
    let refused = PlanError::Protected { urn: urn.clone(), what: "deleted".to_owned() };
    let failed = PlanError::Unreadable { urn, why: "no".to_owned() };
    let usage = PlanError::NotOnRecord { pattern: "x".to_owned() };
    let worst = |errors: &[PlanError]| PlanError::worst(errors).map(PlanError::code);
    assert_eq!(worst(&[usage.clone(), refused.clone()]), Some("PLAN-PROTECTED"));
    assert_eq!(worst(&[refused, usage, failed]), Some("PLAN-UNREADABLE"));
    assert_eq!(worst(&[]), None);
}

#[test]
fn a_secret_that_waits_for_its_end_is_accepted_as_gone_or_not_drift() {
    let graph = program(|p| {
        p.add("sim:keep:Secret", "main", &[("secret_name", "one".into())]);
    });
    let mut life = wide(&[Hardship::Waiting], &graph).gone(&urn("sim:keep:Secret", "main"));
    let observed = observe(&mut life.world);
    let state = life.world.store.load().expect("a state");
    assert_eq!(life.drift(), ["Secret/main deleted"]);
    let entries = accept(&life.world.registry, &state, &observed, &[]).unwrap();
    assert!(!entries.is_empty(), "drift says it is gone, and accepting that does nothing");
}

/// A property that someone took off from outside is accepted as taken off.
#[test]
fn what_was_taken_off_outside_is_accepted() {
    use finsight_engine::contract::Reading;
    let graph = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let [parent, range] = member(&main, "10.0.1.0/24");
        p.add(MEMBER, "a", &[parent, range, ("note", "said".into())]);
    });
    let mut life = after(&[&graph]);
    let state = life.world.store.load().expect("a state");
    let mut observed = observe(&mut life.world);
    let owner = state.rows[&urn(MEMBER, "a")].owner.clone();
    let Some(Reading::Found(live)) = observed.readings.get_mut(&owner) else { panic!("a reading") };
    live.properties.remove("note");
    let registry = &life.world.registry;
    assert_eq!(finsight_engine::refresh::drift(registry, &state, &observed).len(), 1);
    let entries = accept(registry, &state, &observed, &[]).unwrap();
    assert!(!entries.is_empty(), "it drifted, and accepting that does nothing");
}
