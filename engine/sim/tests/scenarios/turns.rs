//! How long a step waits, for what, and who ends it: ceilings, places, outages, Ctrl-C, clocks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use finsight_engine::contract::{Failure, FailureClass, Health, Reading, Reply};
use finsight_engine::exec::Report;
use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::schema::Registry;
use finsight_sim::kinds::{self, reference};
use finsight_sim::{Ask, Knobs, Mishap};

use crate::check::{Life, after, check, nothing};
use crate::programs::*;
use crate::tape::{Fault, refuse};
use crate::wish::{apply, destroy, up};

const MINUTE: u64 = 60_000;

fn pending(reply: &mut Reply) {
    let Reply::Read(readings) = reply else { return };
    for reading in readings {
        if let Reading::Found(live) = reading {
            live.health = Health::Pending("creating".to_owned());
        }
    }
}

fn two() -> Graph {
    program(|p| {
        p.add(PARENT, "one", &[("range", OLD.into())]);
        p.add(PARENT, "two", &[("range", OLD.into())]);
    })
}

fn took(life: &Life, began: u64) -> u64 {
    life.world.now - began
}

/// V9: with `--parallel 1` one that only waits keeps nobody from beginning.
#[test]
fn what_waits_holds_no_place() {
    let slow = Fault::Answer("read Parent/two#1", pending);
    check(
        nothing(),
        &two(),
        &[slow],
        "
        plan create Parent/two: it does not exist yet
        plan create Parent/one: it does not exist yet
        create Parent/two#1
        create Parent/one#1
        error Parent/two EXEC-TIMEOUT: Parent/two was not done after 20 minutes: creating
        end failed
        row Parent/one#1
        row Parent/two#1 created
    ",
    );
}

/// V9: a call begins only when there is a place for it.
#[test]
fn no_more_calls_are_at_work_than_may_be() {
    let graph = three();
    let mut life = nothing();
    life.world.cloud.knobs = Knobs::natural();
    for seed in 0..5 {
        let mut life = life.fork();
        life.world.advance(seed);
        let (end, seen) = life.run(&up(&graph), &[]);
        assert_eq!(end, "end ok", "{seen:?}");
        // A call of one and the record of its outcome follow each other, with nothing of another between.
        for pair in life.commands().windows(2).filter(|pair| pair[0].starts_with("call create")) {
            assert!(pair[1].starts_with("record put"), "{pair:?}");
        }
    }
}

static TURN: AtomicU32 = AtomicU32::new(0);

/// Two replicas that answer in turn: each shows another property as it was.
fn replicas(reply: &mut Reply) {
    let Reply::Read(readings) = reply else { return };
    for reading in readings {
        if let Reading::Found(live) = reading {
            let name = if TURN.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) { "note" } else { "zone" };
            live.properties.insert(name.to_owned(), "stale".into());
        }
    }
}

fn zoned(note: &str) -> Graph {
    program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into()), ("zone", note.into())]);
    })
}

/// V13: that ends within the ceiling and after tens of calls.
#[test]
fn settings_that_undo_each_other_end_after_tens_of_calls() {
    let mut life = after(&[&zoned("a")]);
    let began = life.world.now;
    let (end, seen) = life.run(&up(&zoned("b")), &[Fault::Answer("read Parent/main#1", replicas)]);
    assert_eq!(end, "end failed");
    assert_eq!(life.troubles[0].1.code, "EXEC-NOT-CONVERGING", "{seen:?}");
    let calls = seen.iter().filter(|line| line.starts_with("converge")).count();
    assert!(calls <= 30, "{calls} calls");
    assert!(took(&life, began) <= 21 * MINUTE, "{}", took(&life, began));
}

/// V13: the ceiling holds also where each look shows something else.
#[test]
fn a_turn_has_a_ceiling() {
    let graph = |note| {
        let mut options = plain();
        options.timeouts.update = Some(30);
        program(|p| {
            let inputs = [("range", OLD.into()), ("note", note), ("zone", "a".into())];
            p.add_with(PARENT, "main", &inputs, options);
        })
    };
    let mut life = after(&[&graph("a".into())]);
    let began = life.world.now;
    let (_, seen) = life.run(&up(&graph("b".into())), &[Fault::Answer("read Parent/main#1", replicas)]);
    // In a call, or in the wait after one.
    let code = life.troubles[0].1.code;
    assert!(["EXEC-NOT-CONVERGING", "EXEC-TIMEOUT"].contains(&code), "{seen:?}");
    assert!(took(&life, began) <= 2 * MINUTE, "{}", took(&life, began));
}

fn tomorrow(reply: &mut Reply) {
    *reply = Reply::Failed(Failure {
        class: FailureClass::Throttled,
        code: "Throttling".to_owned(),
        message: "come back tomorrow".to_owned(),
        operation: "sim:create".to_owned(),
        request_id: None,
        retry_after: Some(24 * 60 * MINUTE),
    });
}

/// V14: what AWS asks to wait counts up to the ceiling.
#[test]
fn a_wait_that_aws_asks_for_ends_with_the_ceiling() {
    let mut life = nothing();
    let began = life.world.now;
    life.run(
        &up(&alone(OLD, plain())),
        &[refuse("create", FailureClass::Throttled), Fault::Answer("create", tomorrow)],
    );
    assert_eq!(life.troubles[0].1.code, "EXEC-UNAVAILABLE");
    assert!(took(&life, began) <= 21 * MINUTE, "{}", took(&life, began));
}

/// Somebody sets the wall clock by an hour, every other second.
fn jumping(now: u64) -> u64 {
    if (now / 1000).is_multiple_of(2) { now + 60 * MINUTE } else { now - 60 * MINUTE }
}

/// V25: neither does a step time out, nor a lag end early.
#[test]
fn a_wall_clock_that_jumps_changes_no_decision() {
    let graph = net(OLD, plain(), plain());
    let faults = [Fault::At("call create Member/a", Mishap::AnswerLost)];
    let run = |wall: fn(u64) -> u64| {
        let mut life = nothing();
        life.world.cloud.knobs = Knobs::natural();
        life.world.wall = wall;
        let (end, seen) = life.run(&up(&graph), &faults);
        assert_eq!(end, "end ok", "{seen:?}");
        life.world.expect_converged(&graph);
        life.world.expect_no_violations();
        (life.world.now, life.commands())
    };
    assert_eq!(run(|now| now), run(jumping));
}

/// E7: what was just made is not visible to another service yet.
#[test]
fn a_parent_of_this_run_that_is_not_visible_yet_is_waited_for() {
    let graph = net(OLD, plain(), plain());
    let life = check(
        nothing(),
        &graph,
        &[Fault::First("create Member/a#1", FailureClass::Absent, 6)],
        "
        plan create Parent/main: it does not exist yet
        plan create Member/a: it does not exist yet
        create Parent/main#1
        create Member/a#1 ✗ Absent
        create Member/a#1
        end ok
        row Member/a#1 on Parent/main#1
        row Parent/main#1
    ",
    );
    drop(life);
    let began = nothing().world.now;
    let mut life = nothing();
    life.run(&up(&graph), &[refuse("create Member/a#1", FailureClass::Absent)]);
    assert_eq!(life.troubles[0].1.code, "EXEC-VANISHED");
    assert!((5 * MINUTE..7 * MINUTE).contains(&took(&life, began)), "{}", took(&life, began));
}

/// E7: what stands for long and is not found is gone; that is said at once.
#[test]
fn a_parent_that_stands_for_long_and_is_not_found_is_not_waited_for() {
    let mut life = after(&[&alone(OLD, plain())]);
    life.world.advance(60 * MINUTE);
    let began = life.world.now;
    life.run(&up(&net(OLD, plain(), plain())), &[refuse("create Member/a#1", FailureClass::Absent)]);
    assert_eq!(life.troubles[0].1.code, "EXEC-VANISHED");
    assert!(took(&life, began) < MINUTE, "{}", took(&life, began));
}

/// E7, E12: a configuration call that needs what was just made.
#[test]
fn a_configuration_call_waits_for_what_is_not_visible_yet() {
    let policy = serde_json::json!({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let graph = program(|p| {
        p.add(ROLE, "runner", &[("policy", finsight_engine::value::Value::from_plain_json(&policy))]);
    });
    for class in [FailureClass::Absent, FailureClass::NotYet] {
        let mut life = nothing();
        let (end, seen) = life.run(&up(&graph), &[Fault::First("converge Role/runner#1", class, 15)]);
        assert_eq!(end, "end ok", "{seen:?}");
        life.world.expect_converged(&graph);
    }
}

/// What a configuration call does not find, where nothing that it needs is new, will not come: that is said at once.
#[test]
fn a_configuration_call_does_not_wait_for_what_can_never_come() {
    let noted = |note: &str| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into())]);
            let [parent, range] = member(&main, "10.0.1.0/24");
            p.add(MEMBER, "a", &[parent, range, ("note", note.into())]);
        })
    };
    let mut life = after(&[&noted("one")]);
    life.world.advance(60 * MINUTE);
    let began = life.world.now;
    let (end, seen) = life.run(&up(&noted("two")), &[refuse("converge Member/a#1", FailureClass::Absent)]);
    assert_ne!(end, "end ok", "{seen:?}");
    assert_eq!(life.troubles[0].1.code, "EXEC-VANISHED");
    assert!(life.troubles[0].1.hint.contains("never there"), "{:?}", life.troubles[0].1);
    assert!(took(&life, began) < MINUTE, "{}", took(&life, began));
}

/// E8: AWS cannot be understood, then says that it exists, and it is not seen: it may be ours.
#[test]
fn what_may_have_been_created_stays_open_when_aws_says_that_it_exists() {
    let graph = program(|p| {
        p.add(ROLE, "runner", &[("role_name", "ours".into())]);
    });
    let faults = [
        Fault::Refuse("create Role/runner#1", FailureClass::Exists, 1),
        Fault::First("create Role/runner#1", FailureClass::Ambiguous, 1),
    ];
    let mut life = nothing();
    life.run(&up(&graph), &faults);
    assert_eq!(life.troubles[0].1.code, "EXEC-AMBIGUOUS");
    assert_eq!(life.world.store.state().intents.len(), 1, "its intent stays open");
    check(
        life,
        &graph,
        &[],
        "
        plan create Role/runner: it does not exist yet
        find Role/runner#1
        create Role/runner#2
        recovered Role/runner: it was not created
        end ok
        row Role/runner#2
    ",
    );
}

/// E8: a delete whose answer cannot be understood is looked into, and not taken for done or for without effect.
#[test]
fn a_delete_that_is_ambiguous_is_read() {
    for mishap in [Mishap::AnswerLost, Mishap::LostBefore] {
        let mut life = after(&[&alone(OLD, plain())]);
        let (end, seen) =
            life.run(&crate::wish::destroy(), &[Fault::At("call delete Parent/main#1", mishap)]);
        assert_eq!(end, "end ok", "{seen:?}");
        let commands = life.commands();
        let at = commands.iter().position(|command| command.contains("call delete")).expect("a delete");
        assert_eq!(commands[at + 1], "call read Parent/main#1");
        life.world.expect_nothing_left();
    }
}

/// E10, E11: one word when it begins, one when it is over, and the run goes on.
#[test]
fn a_lost_network_is_waited_out_and_said_once() {
    for (class, cause) in [(FailureClass::Unreachable, "Network"), (FailureClass::Expired, "Credentials")] {
        let graph = three();
        let mut life = nothing();
        let began = life.world.now;
        let (end, seen) = life.run(&up(&graph).at_once(), &[Fault::First("create", class, 30)]);
        assert_eq!(end, "end ok", "{seen:?}");
        let said: Vec<&String> = seen.iter().filter(|line| line.starts_with("waiting")).collect();
        assert_eq!(said, [&format!("waiting for {cause}")], "{seen:?}");
        assert_eq!(seen.iter().filter(|line| *line == "going on").count(), 1);
        assert!(took(&life, began) < 2 * MINUTE);
        life.world.expect_converged(&graph);
        life.world.expect_no_violations();
    }
}

/// E10: the reading before a plan waits too.
#[test]
fn a_lost_network_is_waited_out_while_reading() {
    let graph = alone(OLD, plain());
    let mut life = after(&[&graph]);
    let (end, seen) = life.run(&up(&graph), &[Fault::First("read", FailureClass::Unreachable, 20)]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert!(life.plan.as_ref().is_some_and(finsight_engine::plan::Plan::is_empty));
}

/// E10, E11: after that there is one error for the run, and the next run goes on.
#[test]
fn a_network_that_does_not_come_back_is_one_error() {
    for (class, code) in
        [(FailureClass::Unreachable, "EXEC-NETWORK"), (FailureClass::Expired, "EXEC-CREDENTIALS")]
    {
        let graph = three();
        let mut life = nothing();
        let began = life.world.now;
        let (end, seen) = life.run(&up(&graph).at_once(), &[refuse("create", class)]);
        assert_eq!(end, "end failed");
        assert_eq!(life.troubles.len(), 1, "{seen:?}");
        assert_eq!(life.troubles[0].1.code, code);
        assert!((10 * MINUTE..11 * MINUTE).contains(&took(&life, began)), "{}", took(&life, began));
        let waits = life.reports.iter().filter(|report| matches!(report, Report::Waiting { .. })).count();
        assert!((15..=21).contains(&waits), "every half minute: {waits}");
        assert!(life.world.store.state().intents.is_empty(), "nothing was sent");
        let (end, seen) = life.run(&up(&graph), &[]);
        assert_eq!(end, "end ok", "{seen:?}");
    }
}

/// E10: time in which nothing gets through does not count against a step's ceiling.
#[test]
fn an_outage_extends_the_ceiling() {
    let mut options = plain();
    options.timeouts.create = Some(60);
    let graph = alone(OLD, options);
    let mut life = nothing();
    let faults = [Fault::First("read Parent/main#1", FailureClass::Unreachable, 50)];
    let began = life.world.now;
    let (end, seen) = life.run(&up(&graph), &faults);
    assert_eq!(end, "end ok", "{seen:?}");
    assert!(took(&life, began) > 2 * MINUTE, "{}", took(&life, began));
}

/// G6: a step that waits ends with the interrupt, and is no error.
#[test]
fn ctrl_c_ends_a_poll() {
    let graph = alone(OLD, plain());
    let faults =
        [Fault::Answer("read Parent/main#1", pending), Fault::At("read Parent/main#1", Mishap::Interrupt)];
    let life = nothing();
    let began = life.world.now;
    let life = check(
        life,
        &graph,
        &faults,
        "
        plan create Parent/main: it does not exist yet
        create Parent/main#1
        broken off Parent/main: the run was interrupted
        end interrupted
        row Parent/main#1 created
    ",
    );
    assert!(took(&life, began) < 2_000, "{}", took(&life, began));
    check(
        life,
        &graph,
        &[],
        "
        plan update Parent/main: an earlier run did not finish it
        end ok
        row Parent/main#1
    ",
    );
}

/// G6: also one that had begun long before.
#[test]
fn ctrl_c_ends_waits_that_have_begun() {
    let faults = [
        Fault::Answer("read Parent/one#1", pending),
        refuse("create Parent/three", FailureClass::Throttled),
        Fault::At("call create Parent/two", Mishap::Interrupt),
    ];
    let mut life = nothing();
    let began = life.world.now;
    let (end, seen) = life.run(&up(&three()).at_once(), &faults);
    assert_eq!(end, "end interrupted", "{seen:?}");
    assert!(life.troubles.is_empty(), "{seen:?}");
    assert!(took(&life, began) < 2_000, "{}", took(&life, began));
    let open = life.world.store.state().intents.len();
    assert_eq!(open, 0, "what a throttled call did is known");
    let (end, seen) = life.run(&up(&three()), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
}

/// N8: a state that cannot be written is one error, and not one for each step that was under way.
#[test]
fn a_store_that_fails_is_one_error() {
    let faults = [Fault::At("record intend create Parent/one", Mishap::LostBefore)];
    let mut life = nothing();
    let (end, seen) = life.run(&up(&three()).at_once(), &faults);
    assert!(end.starts_with("end store failed"), "{seen:?}");
    assert_eq!(life.troubles.len(), 1, "{seen:?}");
}

/// G6: the delete waits for what can only happen after it.
#[test]
fn a_delete_that_only_later_steps_could_free_ends_at_once() {
    let graph = |path: &str| {
        program(|p| {
            let role = p.add(ROLE, "runner", &[("role_name", "runner".into()), ("path", path.into())]);
            p.add(FUNCTION, "api", &[("role", reference(&role, "arn"))]);
        })
    };
    let mut life = after(&[&graph("/")]);
    let plan = life.fork().world.preview(&Ask::up(&graph("/other/"))).expect("a plan");
    // The plan took the function for one that holds nothing; it does.
    let mut specs = kinds::specs();
    for property in specs.iter_mut().flat_map(|spec| &mut spec.properties) {
        property.lets_go = None;
    }
    life.world.registry = Arc::new(Registry::new(specs));
    let began = life.world.now;
    let (end, seen) =
        life.run(&apply(&plan, &graph("/other/")), &[refuse("delete Role/runner#1", FailureClass::Blocked)]);
    assert_eq!(end, "end failed", "{seen:?}");
    let trouble = &life.troubles[0].1;
    assert_eq!(trouble.code, "EXEC-BLOCKED");
    assert!(trouble.message.contains("Function/api") && trouble.message.contains("`role`"), "{trouble}");
    assert!(took(&life, began) < 2 * MINUTE, "{}", took(&life, began));
}

/// G6: what another step will free is waited for.
#[test]
fn a_delete_whose_holder_is_not_on_record_is_waited_for() {
    let mut life = after(&[&alone(OLD, plain())]);
    let (end, seen) =
        life.run(&crate::wish::destroy(), &[Fault::First("delete Parent/main#1", FailureClass::Blocked, 5)]);
    assert_eq!(end, "end ok", "{seen:?}");
}

/// One endpoint that is out of reach while others answer: the run must come to an end.
#[test]
fn an_endpoint_out_of_reach_beside_one_that_answers_ends_the_run() {
    fn pending(reply: &mut finsight_engine::contract::Reply) {
        use finsight_engine::contract::{Health, Reading, Reply};
        if let Reply::Read(readings) = reply {
            for reading in readings {
                if let Reading::Found(live) = reading {
                    live.health = Health::Pending("pending".to_owned());
                }
            }
        }
    }
    let graph = program(|p| {
        p.add_with(
            PARENT,
            "main",
            &[("range", OLD.into())],
            Options {
                timeouts: finsight_engine::program::Timeouts { create: Some(60), ..Default::default() },
                ..plain()
            },
        );
        p.add(ROLE, "far", &[]);
    });
    let mut life = nothing();
    let began = life.world.now;
    let faults = [
        Fault::First("create Role/far#1", FailureClass::Unreachable, 3_000),
        Fault::Answer("read Parent/main#1", pending),
    ];
    let (end, seen) = life.run(&up(&graph).at_once(), &faults);
    let minutes = (life.world.now - began) / 60_000;

    assert!(
        minutes < 30,
        "{end} after {minutes} minutes, with a ceiling of 1 and a patience of 10: {seen:#?}"
    );
}

/// A service out of reach stops nobody else's clock, whatever is answered beside it, and its call has its own patience.
#[test]
fn a_service_out_of_reach_stops_no_other_clock() {
    let graph = program(|p| {
        p.add(ROLE, "runner", &[]);
        p.add(PARENT, "main", &[("range", OLD.into())]);
    });
    for unreachable in [false, true] {
        let mut life = nothing();
        let began = life.world.now;
        let mut faults = vec![Fault::Answer("call read Parent/main", pending)];
        if unreachable {
            faults.push(refuse("call create Role/runner", FailureClass::Unreachable));
        }
        let (end, seen) = life.run(&up(&graph).at_once().go_on(), &faults);
        let minutes = took(&life, began) / MINUTE;
        assert!(minutes < 40, "{unreachable}: {end} after {minutes} minutes: {:?}", seen.last());
        let given_up = life.troubles.iter().any(|(_, trouble)| trouble.code == "EXEC-NETWORK");
        assert_eq!(given_up, unreachable, "{seen:#?}");
    }
}

fn emptying(reply: &mut Reply) {
    *reply = Reply::Emptying { so_far: "1000 objects are gone".to_owned() };
}

/// What is filled as fast as it is emptied is given up, and that it is still written to is said.
#[test]
fn what_is_filled_as_fast_as_it_is_emptied_is_given_up() {
    let timeouts = finsight_engine::program::Timeouts { delete: Some(60), ..Default::default() };
    let mut life = after(&[&alone(OLD, Options { timeouts, ..plain() })]);
    let began = life.world.now;
    let (end, seen) = life.run(&destroy(), &[Fault::Answer("call delete Parent/main", emptying)]);
    life.world.expect_no_violations();
    assert!(end == "end failed" && took(&life, began) < 10 * MINUTE, "{end} after {}", took(&life, began));
    let error = seen.iter().find(|line| line.starts_with("error")).expect("an error");
    assert!(error.contains("EXEC-TIMEOUT") && error.contains("may still be written to"), "{error}");
}
