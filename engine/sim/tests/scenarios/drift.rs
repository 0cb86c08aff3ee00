//! Refresh and drift: what AWS says, against the record.

use std::sync::atomic::{AtomicU32, Ordering};

use finsight_engine::contract::{FailureClass, Health, Reading, Reply};
use finsight_engine::exec::{Command, Event, Pace};
use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::refresh::Refresh;
use finsight_engine::secret::Secret;
use finsight_engine::value::{Map, Value};
use finsight_sim::Knobs;
use finsight_sim::kinds::reference;

use crate::check::{Life, after, check, nothing};
use crate::programs::*;
use crate::tape::{Fault, each_live, refuse};
use crate::wish::{destroy, preview, up};

/// Everything that AWS gives back in other words.
fn in_other_words() -> Graph {
    program(|p| {
        // Host bits in the range, and defaults that are not set.
        let main = p.add(PARENT, "main", &[("range", "10.0.3.7/16".into())]);
        let peers = ["10.9.0.0/16", "10.8.0.0/16", "10.7.0.0/16"].map(Value::from).to_vec();
        p.add(
            MEMBER,
            "a",
            &[
                ("parent_id", reference(&main, "id")),
                ("range", "10.0.1.0/24".into()),
                ("peers", Value::List(peers)),
                ("note", "Mon:03:00".into()),
            ],
        );
        let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"S3:GetObject","Resource":"*"}}"#;
        p.add(ROLE, "runner", &[("policy", policy.into())]);
        p.add(
            STORE,
            "db",
            &[
                ("store_name", "main".into()),
                ("version", "15".into()),
                ("password", Value::Secret(Secret::new("s3cr3t-password"))),
            ],
        );
        p.add("sim:net:Default", "none", &[("parent_id", reference(&main, "id"))]);
        p.add(FUNCTION, "api", &[("role", "a-role".into()), ("environment", Value::Map(Map::new()))]);
    })
}

#[test]
fn right_after_up_there_is_no_drift() {
    for knobs in [Knobs::calm(), Knobs::natural()] {
        let mut life = nothing().with(|world| world.cloud.knobs = knobs);
        let (end, seen) = life.run(&(&in_other_words()).into(), &[]);
        assert_eq!(end, "end ok", "{seen:?}");
        assert_eq!(life.drift(), Vec::<String>::new());
        life.world.expect_converged(&in_other_words());
        life.world.expect_no_violations();
    }
}

#[test]
fn what_someone_has_changed_is_drift_and_goes_with_the_next_up() {
    let graph = in_other_words();
    let mut life = after(&[&graph])
        .meddled(&urn(MEMBER, "a"), "note", "meddled")
        .meddled(&urn(MEMBER, "a"), "peers", vec![Value::from("0.0.0.0/0")])
        .meddled(&urn(FUNCTION, "api"), "retention", 7);
    assert_eq!(
        life.drift(),
        [
            r#"Function/api retention null → 7"#,
            r#"Member/a peers ["10.9.0.0/16","10.8.0.0/16","10.7.0.0/16"] → ["0.0.0.0/0"], note "Mon:03:00" → "MEDDLED""#,
        ]
    );
    check(
        life,
        &graph,
        &[],
        "
        plan update Member/a: it was changed outside of finsight-deploy
        plan update Function/api: it was changed outside of finsight-deploy
        converge Member/a#1 note,peers
        converge Function/api#1 retention
        end ok
        row Function/api#1
        row Store/db#1
        row Role/runner#1
        row Default/none#1 on Parent/main#1
        row Member/a#1 on Parent/main#1
        row Parent/main#1
    ",
    );
}

#[test]
fn without_a_refresh_it_is_not_seen() {
    let graph = in_other_words();
    let life = after(&[&graph]).meddled(&urn(MEMBER, "a"), "note", "meddled");
    let mut life = life;
    let (_, seen) = life.run(&up(&graph).no_refresh(), &[]);
    assert_eq!(seen[0], "end ok");
}

#[test]
fn what_is_gone_leaves_the_record_by_refresh_and_the_next_up_makes_it_anew() {
    let graph = service("/", plain());
    let life = after(&[&graph]).gone(&urn(ROLE, "runner")).refreshed();
    check(
        life,
        &graph,
        &[],
        "
        plan create Role/runner: it does not exist yet
        plan update Function/api: the program changed it
        create Role/runner#2
        converge Function/api#1 role
        end ok
        row Function/api#1 on Role/runner#2
        row Role/runner#2
    ",
    );
}

#[test]
fn refresh_clears_the_edges_that_pointed_at_it() {
    let graph = service("/", plain());
    let life = after(&[&graph]).gone(&urn(ROLE, "runner")).refreshed();
    check(
        life,
        preview(&graph),
        &[],
        "
        plan create Role/runner: it does not exist yet
        plan update Function/api: the program changed it
        end ok
        row Function/api#1
    ",
    );
}

#[test]
fn what_is_gone_is_made_anew_within_one_up() {
    let graph = service("/", plain());
    let mut life = after(&[&graph]).gone(&urn(ROLE, "runner"));
    assert_eq!(life.drift(), ["Role/runner deleted"]);
    check(
        life,
        &graph,
        &[],
        "
        plan gone Role/runner#1
        plan create Role/runner: it was deleted outside of finsight-deploy
        plan update Function/api: the program changed it
        create Role/runner#2
        converge Function/api#1 role
        end ok
        row Function/api#1 on Role/runner#2
        row Role/runner#2
    ",
    );
}

#[test]
fn what_is_gone_and_not_wanted_any_more_needs_no_call() {
    let life = after(&[&alone(OLD, plain())]).gone(&urn(PARENT, "main"));
    check(
        life,
        &empty(),
        &[],
        "
        plan gone Parent/main#1
        end ok
    ",
    );
}

fn standing() -> (Life, Graph) {
    let graph = alone(OLD, plain());
    (after(&[&graph]), graph)
}

#[test]
fn a_read_that_answers_with_another_id_is_recorded_and_the_inputs_stay() {
    let (before, graph) = standing();
    let inputs = before.world.store.state().rows[&urn(PARENT, "main")].inputs.clone();
    let other: fn(&mut Reply) = |reply| each_live(reply, |live| "parent-renamed".clone_into(&mut live.id));
    let mut life = before;
    let (end, seen) = life.run(&(&graph).into(), &[Fault::Answer("call read Parent/main#1", other)]);
    assert_eq!(end, "end ok", "{seen:?}");
    let row = &life.world.store.state().rows[&urn(PARENT, "main")];
    assert_eq!(row.id, "parent-renamed");
    assert_eq!(row.inputs, inputs);
}

#[test]
fn a_read_that_answers_without_the_inputs_leaves_them_on_record_as_the_base_of_the_diff() {
    let (before, graph) = standing();
    let inputs = before.world.store.state().rows[&urn(PARENT, "main")].inputs.clone();
    let bare: fn(&mut Reply) = |reply| each_live(reply, |live| live.properties.clear());
    // What a read does not give back is no reason to make the resource anew.
    let life = check(
        before,
        preview(&graph),
        &[Fault::Answer("call read Parent/main#1", bare)],
        "
        plan update Parent/main: it was changed outside of finsight-deploy
        end ok
        row Parent/main#1
    ",
    );
    assert_eq!(life.world.store.state().rows[&urn(PARENT, "main")].inputs, inputs);
}

#[test]
fn a_read_that_answers_with_an_unhealthy_state_is_acted_on() {
    let failed: fn(&mut Reply) =
        |reply| each_live(reply, |live| live.health = Health::Failed("broken".to_owned()));
    let (before, graph) = standing();
    check(
        before,
        &graph,
        &[Fault::Answer("call read Parent/main#1", failed)],
        "
        plan replace Parent/main: AWS reports it as failed: broken
        create Parent/main#2
        delete Parent/main#1
        end ok
        row Parent/main#2
    ",
    );
    let (before, _) = standing();
    let changed = alone(OLD, protected());
    check(
        before,
        preview(&changed),
        &[Fault::Answer("call read Parent/main#1", failed)],
        "
        plan replace Parent/main: AWS reports it as failed: broken
        end ok
        row Parent/main#1
    ",
    );
}

#[test]
fn a_read_that_is_refused_stops_everything_before_any_call() {
    let (before, _) = standing();
    check(
        before,
        &alone(NEW, plain()),
        &[refuse("call read Parent/main#1", FailureClass::Denied)],
        "
        refused PLAN-UNREADABLE: Parent/main could not be read: sim:read answered Denied: the scenario says so
        row Parent/main#1
    ",
    );
}

#[test]
fn what_ignore_changes_covers_is_no_drift() {
    let graph = |zone: &str| {
        let ignored = vec!["note".to_owned(), "tags.team".to_owned()];
        program(|p| {
            let options = Options { ignore_changes: ignored, ..plain() };
            p.add_with(
                PARENT,
                "main",
                &[("range", OLD.into()), ("note", "ours".into()), ("zone", zone.into())],
                options,
            );
        })
    };
    let before = after(&[&graph("a")]);
    let mut tags =
        before.world.cloud.standing().next().unwrap().properties()["tags"].as_map().unwrap().clone();
    tags.insert("team".to_owned(), "theirs".into());
    let mut life =
        before.meddled(&urn(PARENT, "main"), "note", "theirs").meddled(&urn(PARENT, "main"), "tags", tags);
    assert_eq!(life.drift(), Vec::<String>::new());
    let life = check(
        life,
        &graph("a"),
        &[],
        "
        end ok
        row Parent/main#1
    ",
    );
    // A change elsewhere leaves alone what is covered.
    let life = check(
        life,
        &graph("b"),
        &[],
        "
        plan update Parent/main: the program changed it
        converge Parent/main#1 zone
        end ok
        row Parent/main#1
    ",
    );
    let object = life.world.cloud.standing().next().unwrap();
    assert_eq!(object.properties()["note"].as_text(), Some("theirs"));
    assert_eq!(object.tag("team"), Some("theirs"));
}

#[test]
fn a_refresh_that_is_cut_off_has_read_whole_rows_or_none() {
    let graph = service("/", plain());
    let mut life = after(&[&graph]);
    let state = life.world.store.load().unwrap();
    let all = state.rows.keys().cloned().collect();
    let mut machine = Refresh::new(&state, &all, std::sync::Arc::clone(&life.world.registry), Pace::AWS);
    let commands = machine.step(0, Event::Begin);
    let Some(Command::Call { ticket, urn, request }) = commands.first() else { panic!("{commands:?}") };
    assert_eq!(commands.len(), 2);
    let reply = life.world.cloud.carry_out(life.world.now, urn, request);
    machine.step(0, Event::Replied { ticket: *ticket, reply });
    assert!(!machine.is_over());
    machine.step(0, Event::Interrupt);
    assert!(machine.is_over());
    let observed = machine.into_observed();
    assert_eq!(observed.readings.keys().collect::<Vec<_>>(), [&state.rows[urn].owner]);
    assert!(matches!(observed.readings[&state.rows[urn].owner], Reading::Found(_)));
}

#[test]
fn a_read_that_is_throttled_is_asked_again() {
    let (before, graph) = standing();
    let life = before.with(|world| world.cloud.knobs.throttled = 500);
    check(
        life,
        &graph,
        &[Fault::Answer("nothing", |_| ())],
        "
        end ok
        row Parent/main#1
    ",
    );
}

/// What an earlier run left standing otherwise than recorded is drift, whoever did that; a fix puts it back.
#[test]
fn what_is_changed_on_what_a_run_did_not_finish_is_drift() {
    let graph = |note: &str| {
        program(|p| {
            p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into())]);
        })
    };
    let mut life = after(&[&graph("one")]);
    let fault = Fault::At("call converge Parent/main", finsight_sim::Mishap::CrashBefore);
    let (end, seen) = life.run(&up(&graph("two")), &[fault]);
    assert_eq!(end, "end crashed", "{seen:#?}");
    life.world.advance(60_000);
    assert_eq!(life.fork().drift(), Vec::<String>::new(), "nothing was sent");
    let mut life = life.meddled(&urn(PARENT, "main"), "note", "theirs");
    assert_eq!(life.drift(), [r#"Parent/main note "one" → "theirs""#]);
}

/// What a `destroy` has deleted whose end was not recorded was deleted by nobody else; a fix does not make it again.
#[test]
fn what_a_destroy_that_was_cut_off_deleted_is_no_drift() {
    let graph = program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into())]);
    });
    let mut life = after(&[&graph]);
    let fault = Fault::At("call delete Parent/main", finsight_sim::Mishap::CrashAfter);
    let (end, seen) = life.run(&destroy(), &[fault]);
    assert_eq!(end, "end crashed", "{seen:#?}");
    life.world.advance(60_000);
    assert_eq!(life.fork().drift(), Vec::<String>::new());
    let mut fix = up(&graph);
    fix.ask.purpose = finsight_engine::plan::Purpose::Fix;
    let (end, seen) = life.fork().run(&fix, &[]);
    assert!(end.starts_with("refused PLAN-NOT-BY-FIX"), "{end}: {seen:#?}");
    let (_, seen) = life.fork().run(&preview(&graph), &[]);
    assert!(seen.iter().any(|line| line.contains("it was deleted by an earlier run")), "{seen:#?}");
    let (end, seen) = life.run(&destroy(), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
}

/// A read right after an `up` that made it may show it before its settings were sent: that is no drift.
#[test]
fn what_was_made_a_moment_ago_is_read_again_before_it_is_called_drift() {
    static READS: AtomicU32 = AtomicU32::new(0);
    fn as_before(reply: &mut Reply) {
        if READS.fetch_add(1, Ordering::SeqCst) == 0 {
            each_live(reply, |live| {
                live.properties.insert("note".to_owned(), "not yet".into());
            });
        }
    }
    let mut life = after(&[&alone(OLD, plain())]);
    life.tape.borrow_mut().rewind(&[Fault::Answer("read Parent/main#1", as_before)]);
    assert_eq!(life.drift(), Vec::<String>::new());
    assert_eq!(READS.load(Ordering::SeqCst), 2, "once more");
}
