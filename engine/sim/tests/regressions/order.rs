//! What comes before what, in a run and from one run to the next.

use finsight_engine::program::Options;
use finsight_engine::state::Status;
use finsight_engine::urn::UrnPattern;
use finsight_engine::value::Value;
use finsight_sim::kinds::{self, Program, reference};
use finsight_sim::world::End;
use finsight_sim::{Ask, Mishap, World};

use crate::{lives, parent, succeeds};

#[test]
fn an_update_cut_off_between_two_targets_is_taken_down_in_order() {
    let graph = |which: &str| {
        let mut program = Program::new("dev");
        let a = program.add("sim:id:Role", "a", &[]);
        let b = program.add("sim:id:Role", "b", &[]);
        let to = if which == "a" { &a } else { &b };
        program.add("sim:app:Function", "api", &[("role", reference(to, "arn"))]);
        program.graph()
    };
    lives(|world| {
        succeeds(world, &graph("a"));
        world.advance(60_000);
        world.mishap_in(6, Mishap::CrashAfter);
        world.up(&graph("b"));
        world.no_more_mishaps();
        let function = world.store.state().rows.values().find(|row| row.urn.name() == "api").unwrap();
        assert!(function.status == Status::Ready || function.edges.len() == 2, "{:?}", function.edges);
        world.tear_down();
    });
}

#[test]
fn a_plan_is_not_carried_out_while_an_intent_is_open() {
    lives(|world| {
        world.mishap_in(4, Mishap::CrashBefore);
        let ask = Ask::up(&parent("one"));
        world.run(&ask);
        world.no_more_mishaps();
        if world.store.state().intents.is_empty() {
            return;
        }
        let plan = world.preview(&ask).unwrap();
        assert!(
            matches!(world.apply(&ask, &plan).end, End::Stale(trouble) if trouble.code == "PLAN-UNSETTLED")
        );
        world.settle_down(&parent("one"));
    });
}

#[test]
fn what_stands_on_a_resource_that_goes_first_goes_before_it() {
    let graph = |default: &str, path: &str| {
        let mut program = Program::new("dev");
        let main = program.add("sim:net:Parent", "main", &[("range", "10.0.0.0/16".into())]);
        let inputs = [("parent_id", reference(&main, "id"))];
        let default = program.add("sim:net:Default", default, &inputs);
        let depends_on = [(default, "it says so".to_owned())].into();
        let options = Options { depends_on, ..Options::default() };
        program.add_with("sim:id:Role", "runner", &[("path", path.into())], options);
        program.graph()
    };
    lives(|world| {
        succeeds(world, &graph("one", "/"));
        // The same default group under another name, and what depends on it is replaced.
        succeeds(world, &graph("two", "/x/"));
        world.expect_converged(&graph("two", "/x/"));
    });
}

/// E1, E2: who stays lets go of what has to go first, and takes it up again.
#[test]
fn a_user_that_stays_lets_go_of_what_is_made_anew() {
    let hardships = [finsight_sim::Hardship::Users].into_iter().collect();
    let mut program = Program::new("dev");
    let main = program.add("sim:net:Parent", "main", &[("range", "10.0.0.0/16".into())]);
    let member = |program: &mut Program, name: &str, range: &str| {
        let inputs = [("parent_id", reference(&main, "id")), ("range", range.into())];
        program.add("sim:net:Member", name, &inputs)
    };
    let one = member(&mut program, "one", "10.0.1.0/24");
    let two = member(&mut program, "two", "10.0.2.0/24");
    let members = Value::List(vec![reference(&one, "id"), reference(&two, "id")]);
    let inputs = [("parent_id", reference(&main, "id")), ("member_ids", members)];
    program.add("sim:app:Balancer", "front", &inputs);
    let graph = program.graph();
    for seed in 0..20 {
        let mut world = World::new(kinds::registry_with(&hardships), seed);
        world.hardships.clone_from(&hardships);
        world.cloud.holds = true;
        world.tell = true;
        succeeds(&mut world, &graph);
        let pause = world.longest_lag();
        world.advance(pause);
        let run = world.run(&Ask { replace: vec![UrnPattern::new("one")], ..Ask::up(&graph) });
        assert!(run.succeeded(), "{}\n{}", run.why(), world.story.join("\n"));
        assert_eq!(run.plan.expect("a plan").lettings.len(), 1);
        world.expect_converged(&graph);
        world.expect_no_violations();
    }
}
