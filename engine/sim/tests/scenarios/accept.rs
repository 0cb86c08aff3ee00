//! `refresh` and `drift --accept`: what stands becomes the record.

use finsight_engine::accept::accept;
use finsight_engine::contract::{Health, OWNER_TAG, Reading, STACK_TAG};
use finsight_engine::plan::{Confirmed, PlanError};
use finsight_engine::state::Entry;
use finsight_engine::value::{Map, Value};
use finsight_sim::{Hardship, Mishap};

use crate::check::{Life, after, observe, wide};
use crate::programs::*;
use crate::tape::Fault;
use crate::wish::up;

fn accepted(life: &mut Life, gone: &[String]) -> Result<Vec<Entry>, Vec<PlanError>> {
    let observed = observe(&mut life.world);
    let state = life.world.store.load().expect("a readable state");
    let confirmed = Confirmed { gone: gone.to_vec(), ..Confirmed::default() };
    let entries = accept(&life.world.registry, &state, &observed, &confirmed)?;
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
    let entries = accept(&life.world.registry, &state, &observed, &Confirmed::default()).unwrap();
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
    let entries = accept(registry, &state, &observed, &Confirmed::default()).unwrap();
    assert!(!entries.is_empty(), "it drifted, and accepting that does nothing");
}

/// What does without something for a while, and is not ready or not to be read, is not taken for what is wanted: a fix
/// would put back what is gone.
#[test]
fn what_does_without_for_a_while_stays_known_until_it_is_seen() {
    let pending = |reading: &mut Reading| {
        let Reading::Found(live) = reading else { return };
        live.health = Health::Pending("changing".to_owned());
    };
    let unread = |reading: &mut Reading| {
        let Reading::Found(live) = reading else { return };
        live.properties.insert("role".to_owned(), Value::Unknown);
    };
    let lb = urn(BALANCER, "lb");
    let mut wrong = Vec::new();
    for bend in [pending as fn(&mut Reading), unread] {
        let mut life = wide(&[Hardship::Users], &stacked("/", "10.0.2.0/24"));
        let killed = [Fault::At("call create Role/runner#2", Mishap::CrashBefore)];
        let (end, seen) = life.run(&up(&stacked("/b/", "10.0.2.0/24")), &killed);
        assert_eq!(end, "end crashed", "{seen:#?}");
        life.world.advance(60_000);
        let mut observed = observe(&mut life.world);
        let state = life.world.store.load().expect("a readable state");
        bend(observed.readings.get_mut(&state.rows[&lb].owner).expect("a reading"));
        let entries = accept(&life.world.registry, &state, &observed, &Confirmed::default())
            .expect("nothing that forbids it");
        let writer = life.world.store.open();
        if !entries.is_empty() {
            life.world.store.append(writer, &entries).expect("a legal record");
        }
        let known = life.world.store.state().rows[&lb].interim.is_some();
        let mut fix = up(&empty()).target(lb.as_str());
        fix.ask.purpose = finsight_engine::plan::Purpose::Fix;
        let (end, seen) = life.run(&fix, &[]);
        if !known || !seen.iter().any(|line| line.starts_with("refused PLAN-NOT-BY-FIX")) {
            wrong.push((known, end, seen));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
