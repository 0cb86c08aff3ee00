//! What goes along with a delete that comes first, and who takes a place: only when and where it must.

use finsight_engine::contract::{FailureClass, Reply};
use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::value::Value;
use finsight_sim::kinds::reference;
use finsight_sim::{Hardship, Mishap, World};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::check::*;
use crate::programs::*;
use crate::tape::{Fault, each_live, refuse};
use crate::wish::{apply, up};

/// `Store/db` stands on `Member/a`, which goes first and whose successor needs a new one.
fn along(new: bool) -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let [parent, _] = member(&main, OLD);
        let range = if new { "10.0.2.0/24" } else { "10.0.1.0/24" };
        let mut inputs = vec![parent, ("range", range.into())];
        if new {
            let role = p.add(ROLE, "new", &[]);
            inputs.push(("peers", vec![reference(&role, "arn")].into()));
        }
        let a = p.add_with(MEMBER, "a", &inputs, first());
        p.add(STORE, "db", &[("store_name", "ledger".into()), ("member_id", reference(&a, "id"))]);
    })
}

/// V2 for what goes along: it goes at once, and what its ground's successor needs fails.
#[test]
fn what_goes_along_stands_until_what_the_successor_of_its_ground_needs_is_there() {
    let mut life = after(&[&along(false)]);
    let faults = [refuse("create Role/new#1", FailureClass::Quota)];
    let (_, seen) = life.run(&up(&along(true)).at_once(), &faults);
    assert!(!did(&seen, "delete Store/db#1"), "the store is gone, and nothing could be made: {seen:#?}");
}

/// V3 for what goes along: the value turns out equal, its ground stays, and it is deleted all the same.
#[test]
fn what_goes_along_is_not_deleted_when_its_ground_stays() {
    let graph = |note: &str| {
        program(|p| {
            let site = p.add(SITE, "site", &[("note", note.into())]);
            let on = [("record_name", "www".into()), ("target", reference(&site, "domain"))];
            let record = p.add(RECORD, "www", &on);
            p.add(STORE, "db", &[("store_name", "ledger".into()), ("member_id", reference(&record, "id"))]);
        })
    };
    let mut life = wide(&[Hardship::Needless], &graph("one"));
    let (end, seen) = life.run(&up(&graph("two")), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    assert!(!did(&seen, "delete Record/www#1"), "{seen:#?}");
    assert!(!did(&seen, "delete Store/db#1"), "deleted for nothing: {seen:#?}");
}

/// A balancer that can do without `Role/runner` for a while; the role goes first, and its successor needs a new one.
fn lets_go(path: &str, new: bool, note: &str) -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let a = p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
        let mut inputs = vec![("role_name", Value::from("runner")), ("path", path.into())];
        if new {
            let other = p.add(ROLE, "new", &[]);
            inputs.push(("note", reference(&other, "arn")));
        }
        let role = p.add(ROLE, "runner", &inputs);
        p.add(
            BALANCER,
            "lb",
            &[
                ("parent_id", reference(&main, "id")),
                ("member_ids", vec![reference(&a, "id")].into()),
                ("role", reference(&role, "arn")),
                ("note", note.into()),
            ],
        );
    })
}

/// V2 for who lets go: it lets go at once, and what the successor needs fails.
#[test]
fn who_lets_go_holds_until_what_the_successor_needs_is_there() {
    let mut life = wide(&[Hardship::Users], &lets_go("/", false, ""));
    let faults = [refuse("create Role/new#1", FailureClass::Quota)];
    let (_, seen) = life.run(&up(&lets_go("/b/", true, "")).at_once(), &faults);
    assert!(!did(&seen, "converge Balancer/lb#1 role"), "it does without, for nothing: {seen:#?}");
}

/// V35 for who lets go: what was changed on it since the plan was made is set back, unasked.
#[test]
fn what_changed_on_a_holder_after_the_plan_was_made_is_not_set_back() {
    let life = wide(&[Hardship::Users], &lets_go("/", false, "open"));
    let graph = lets_go("/b/", false, "open");
    let plan = planned(&life, &up(&graph));
    assert_eq!(plan.lettings.len(), 1);
    assert!(!plan.step(&urn(BALANCER, "lb")).unwrap().shows("note"), "the plan does not show it");
    let mut life = life.meddled(&urn(BALANCER, "lb"), "note", "closed by a responder");
    let (_, seen) = life.run(&apply(&plan, &graph), &[]);
    let set_back =
        seen.iter().any(|line| line.starts_with("converge Balancer/lb#1") && line.contains("note"));
    assert!(!set_back, "{seen:#?}");
}

/// From when the role's successor is made, somebody has closed what was open.
fn closed(reply: &mut Reply) {
    each_live(reply, |live| {
        if MADE.load(Ordering::SeqCst) {
            live.properties.insert("note".to_owned(), "closed by a responder".into());
        }
    });
}

static MADE: AtomicBool = AtomicBool::new(false);

fn made(_: &mut Reply) {
    MADE.store(true, Ordering::SeqCst);
}

/// Between a letting and the holder's own step, too, only what the plan has shown is set, whatever else has drifted.
#[test]
fn what_changed_on_a_holder_after_it_let_go_is_not_set_back() {
    let graph = |path: &str| lets_go(path, false, "open");
    for drift in [false, true] {
        MADE.store(false, Ordering::SeqCst);
        let mut life = wide(&[Hardship::Users], &graph("/"));
        if drift {
            life = life.meddled(&urn(BALANCER, "lb"), "watched", "two");
        }
        let faults =
            [Fault::Answer("call create Role/runner", made), Fault::Answer("call read Balancer/lb", closed)];
        let (end, seen) = life.run(&up(&graph("/b/")), &faults);
        let plan = life.plan.as_ref().expect("a plan");
        assert_eq!(plan.lettings.len(), 1);
        assert!(!plan.step(&urn(BALANCER, "lb")).expect("a step").shows("note"));
        let set_back =
            seen.iter().any(|line| line.starts_with("converge Balancer/lb#1") && line.contains("note"));
        assert!(!set_back && did(&seen, "error Balancer/lb PLAN-STALE"), "{drift} {end}: {seen:#?}");
    }
}

/// Of an update that was cut short, the next plan's letting starts from what was read, and not from the record.
#[test]
fn who_was_being_changed_lets_go_of_what_stands() {
    let killed = Fault::At("call converge Balancer/lb", Mishap::CrashAfter);
    for fault in [killed, refuse("converge Balancer/lb", FailureClass::Denied)] {
        let mut life = wide(&[Hardship::Users], &stacked("/", "10.0.1.0/24"));
        life.run(&up(&stacked("/", "10.0.2.0/24")), &[fault]);
        life.world.advance(60_000);
        let (end, seen) = life.run(&up(&stacked("/b/", "10.0.2.0/24")), &[]);
        assert_eq!(end, "end ok", "{seen:#?}");
    }
}

/// A run died between a letting and its end: what is wanted is on record still, so that drift names it, and a fix
/// puts it back where that stands, else is refused.
#[test]
fn what_was_let_go_of_when_a_run_died_is_drift() {
    let graph = |path| stacked(path, "10.0.2.0/24");
    let died = |before: &'static str| {
        let mut life = wide(&[Hardship::Users], &graph("/"));
        let (end, seen) = life.run(&up(&graph("/b/")), &[Fault::At(before, Mishap::CrashBefore)]);
        assert!(end == "end crashed" && did(&seen, "converge Balancer/lb#1 role"), "{end}: {seen:#?}");
        life.world.advance(60_000);
        life
    };
    let mut fix = up(&graph("/"));
    fix.ask.purpose = finsight_engine::plan::Purpose::Fix;
    fix.ask.selection.component.push("sim".to_owned());
    for (before, stands) in [("call create Role/runner#2", false), ("intend delete Member/a#1", true)] {
        let mut life = died(before);
        let drift = life.drift();
        assert!(drift.iter().any(|line| line.starts_with("Balancer/lb role")), "{before}: {drift:?}");
        let mut up_again = life.fork();
        let (end, seen) = life.run(&fix, &[]);
        if stands {
            assert!(end == "end ok" && did(&seen, "converge Balancer/lb#1 role"), "{end}: {seen:#?}");
            assert!(did(&seen, "row Balancer/lb#1 on Member/a#1"), "{seen:#?}");
            assert_eq!(life.drift(), Vec::<String>::new());
        } else {
            assert!(end.starts_with("refused PLAN-NOT-BY-FIX"), "{end}: {seen:#?}");
        }
        let (end, seen) = up_again.run(&up(&graph("/b/")), &[]);
        assert_eq!(end, "end ok", "{seen:#?}");
        up_again.world.expect_converged(&graph("/b/"));
        up_again.world.expect_no_violations();
    }
}

/// A replacement that is only possible turns out not to be needed: who takes its claim waits for its update.
#[test]
fn who_takes_the_claim_of_what_stays_after_all_waits_for_its_update() {
    let graph = |new: bool| {
        program(|p| {
            let note = if new { "two" } else { "one" };
            let ground = p.add(SITE, "ground", &[("note", note.into())]);
            let options = Options { replace_on_changes: vec!["note".to_owned()], ..plain() };
            let names: Vec<Value> = vec![if new { "b" } else { "a" }.into()];
            let inputs = [("names", names.into()), ("note", reference(&ground, "domain"))];
            p.add_with(SITE, "r", &inputs, options);
            if new {
                p.add(SITE, "a-taker", &[("names", vec![Value::from("a")].into())]);
            }
        })
    };
    let life = wide(&[Hardship::Claims, Hardship::Needless], &graph(false));
    for parallel in [1, 0] {
        let mut life = life.fork();
        let mut wish = up(&graph(true));
        wish.ask.parallel = parallel;
        let (end, seen) = life.run(&wish, &[]);
        assert_eq!(end, "end ok", "{seen:#?}");
    }
}

/// V7: two that turn out to be one only when their parent is made are adopted both.
#[test]
fn two_of_one_identity_in_a_new_parent_are_refused() {
    let graph = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        for (name, rule) in [("one", "10.0.0.0/8"), ("two", "0.0.0.0/0")] {
            let rules = vec![Value::from(rule)];
            p.add(DEFAULT, name, &[("parent_id", reference(&main, "id")), ("rules", rules.into())]);
        }
    });
    let mut life = nothing();
    let (end, seen) = life.run(&up(&graph), &[]);
    assert!(did(&seen, "refused"), "{end}: {seen:#?}");
}

/// A claim that is ignored is neither given up nor taken.
#[test]
fn a_claim_that_is_ignored_is_not_given_up() {
    let graph = |name: &str, note: &str, taker: bool| {
        program(|p| {
            let options = Options { ignore_changes: vec!["names".to_owned()], ..plain() };
            let names = vec![Value::from(name)];
            p.add_with(SITE, "r", &[("names", names.into()), ("note", note.into())], options);
            if taker {
                p.add(SITE, "taker", &[("names", vec![Value::from("a")].into())]);
            }
        })
    };
    let mut life = wide(&[Hardship::Claims], &graph("a", "one", false));
    let (end, seen) = life.run(&up(&graph("b", "two", true)), &[]);
    assert!(did(&seen, "refused"), "{end}: {seen:#?}");
}

/// `Balancer/lb` stands on `Record/www`, whose replacement is only possible and turns out not to be needed.
fn doubted(note: &str) -> Graph {
    program(|p| {
        let site = p.add(SITE, "site", &[("note", note.into())]);
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let a = p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
        let on = [("record_name", "www".into()), ("target", reference(&site, "domain"))];
        let record = p.add(RECORD, "www", &on);
        p.add(
            BALANCER,
            "lb",
            &[
                ("parent_id", reference(&main, "id")),
                ("member_ids", vec![reference(&a, "id")].into()),
                ("role", reference(&record, "id")),
            ],
        );
    })
}

/// V3 for who lets go: it lets go of what stays.
#[test]
fn who_holds_what_stays_does_not_let_go() {
    let mut life = wide(&[Hardship::Needless, Hardship::Users], &doubted("one"));
    let (end, seen) = life.run(&up(&doubted("two")), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    assert!(!did(&seen, "delete Record/www#1"), "{seen:#?}");
    assert!(!did(&seen, "converge Balancer/lb#1"), "it does without, for nothing: {seen:#?}");
}

/// V3 for who lets go only by being made anew: it is deleted, though what it holds stays.
#[test]
fn who_holds_what_stays_is_not_made_anew() {
    let mut life = nothing();
    let bend = life.world.bend.take();
    let hardships: BTreeSet<Hardship> = [Hardship::Users, Hardship::Needless].into();
    let mut specs: Vec<_> = finsight_sim::kinds::specs();
    specs.extend(finsight_sim::kinds::wide::specs(&hardships));
    for spec in specs.iter_mut().filter(|spec| spec.name == BALANCER) {
        for property in spec.properties.iter_mut().filter(|property| property.name == "role") {
            property.lets_go = Some(finsight_engine::schema::LetsGo::Recreated);
        }
    }
    life.world = World::new(std::sync::Arc::new(finsight_engine::schema::Registry::new(specs)), 1);
    life.world.cloud.holds = true;
    life.world.bend = bend;
    let (end, seen) = life.run(&up(&doubted("one")), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let (_, seen) = life.run(&up(&doubted("two")), &[]);
    assert!(!did(&seen, "delete Record/www#1"), "{seen:#?}");
    assert!(!did(&seen, "delete Balancer/lb#1"), "deleted for nothing: {seen:#?}");
}

/// A holder that stays, and takes what another gives up that waits for the successor: it holds until then, and the
/// delete waits for it.
#[test]
fn a_holder_that_waits_for_a_claim_lets_go() {
    let graph = |new: bool| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into())]);
            let a = p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
            let path = if new { "/b/" } else { "/" };
            let role = p.add(ROLE, "runner", &[("role_name", "runner".into()), ("path", path.into())]);
            let on = |watched: &str, role: Option<Value>| {
                let mut inputs = vec![
                    ("parent_id", reference(&main, "id")),
                    ("member_ids", vec![reference(&a, "id")].into()),
                    ("watched", watched.into()),
                ];
                inputs.extend(role.map(|role| ("role", role)));
                inputs
            };
            let arn = || reference(&role, "arn");
            p.add(BALANCER, "h", &on(if new { "b" } else { "a" }, (!new).then(arn)));
            p.add(BALANCER, "o", &on(if new { "c" } else { "b" }, Some(arn())));
        })
    };
    let mut life = nothing();
    let bend = life.world.bend.take();
    let hardships: BTreeSet<Hardship> = [Hardship::Users].into();
    let mut specs: Vec<_> = finsight_sim::kinds::specs();
    specs.extend(finsight_sim::kinds::wide::specs(&hardships));
    for spec in specs.iter_mut().filter(|spec| spec.name == BALANCER) {
        spec.exclusive = &[&["watched"]];
    }
    let registry = std::sync::Arc::new(finsight_engine::schema::Registry::new(specs));
    life.world = World::new(registry, 1);
    life.world.cloud.holds = true;
    life.world.bend = bend;
    let (end, seen) = life.run(&up(&graph(false)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let (end, seen) = life.run(&up(&graph(true)), &[]);
    assert!(end == "end ok" || end.starts_with("refused"), "begun, and blocked for ever: {seen:#?}");
}
