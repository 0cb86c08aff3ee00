//! Names that pass from one resource to another, and what exists once.

use finsight_engine::urn::UrnPattern;
use finsight_engine::value::{Map, Value};
use finsight_sim::cloud::REGION;
use finsight_sim::kinds::{self, Program, reference};
use finsight_sim::world::End;
use finsight_sim::{Ask, Mishap, World};

use crate::{lives, role, succeeds};

#[test]
fn a_name_passes_from_one_resource_to_another_in_one_run() {
    lives(|world| {
        succeeds(world, &role("old", "shared"));
        succeeds(world, &role("new", "shared"));
        world.expect_converged(&role("new", "shared"));
    });
}

#[test]
fn two_resources_swap_their_names() {
    let graph = |a: &str, b: &str| {
        let mut program = Program::new("dev");
        program.add("sim:id:Role", "a", &[("role_name", a.into())]);
        program.add("sim:id:Role", "b", &[("role_name", b.into())]);
        program.graph()
    };
    lives(|world| {
        succeeds(world, &graph("x", "y"));
        succeeds(world, &graph("y", "x"));
        world.expect_converged(&graph("y", "x"));
    });
}

#[test]
fn a_program_that_goes_back_to_the_name_of_a_left_over_resource_converges() {
    lives(|world| {
        succeeds(world, &role("a", "x"));
        // The new one stands, the old one is still to be deleted.
        world.mishap_in(8, Mishap::CrashBefore);
        world.up(&role("a", "y"));
        world.no_more_mishaps();
        world.settle_down(&role("a", "x"));
    });
}

#[test]
fn of_two_rows_with_one_id_the_one_that_is_gone_goes_without_a_call() {
    lives(|world| {
        succeeds(world, &role("a", "x"));
        // The delete takes effect, and nobody writes it down; the name goes to another resource.
        world.mishap_in(5, Mishap::CrashBefore);
        world.destroy();
        world.no_more_mishaps();
        let mut ask = Ask { refresh: false, ..Ask::up(&role("b", "x")) };
        ask.selection.target.push(UrnPattern::new("b"));
        world.run(&ask);
        world.settle_down(&role("b", "x"));
    });
}

#[test]
fn what_another_stack_has_made_under_our_name_is_left_alone() {
    lives(|world| {
        succeeds(world, &role("a", "x"));
        let number = world.cloud.standing().next().unwrap().number;
        world.cloud.someone_deletes(world.now, number);
        let registry = std::sync::Arc::clone(&world.registry);
        let spec = registry.get("sim:id:Role").unwrap();
        let tags = Map::from([("finsight:stack".to_owned(), Value::text("another"))]);
        let properties =
            Map::from([("role_name".to_owned(), "x".into()), ("tags".to_owned(), Value::Map(tags))]);
        world.cloud.someone_makes(world.now, spec, REGION, properties).unwrap();
        let before = world.cloud.standing().next().unwrap().versions.len();
        assert!(!world.up(&role("a", "x")).succeeded());
        world.destroy();
        let theirs = world.cloud.standing().next().unwrap();
        assert_eq!((theirs.tag("finsight:stack"), theirs.versions.len()), (Some("another"), before));
    });
}

/// The name is on record under another URN, and stays there: two rows would have one id (V5).
#[test]
fn a_name_that_an_unselected_row_has_is_not_given_a_second_time() {
    lives(|world| {
        succeeds(world, &role("a", "x"));
        let number = world.cloud.standing().next().unwrap().number;
        world.cloud.someone_deletes(world.now, number);
        // Nobody has seen yet that it is gone.
        let mut ask = Ask { refresh: false, ..Ask::up(&role("b", "x")) };
        ask.selection.target.push(UrnPattern::new("b"));
        let end = world.run(&ask).end;
        assert!(matches!(&end, End::Refused(errors) if errors[0].code() == "PLAN-CLAIM-TAKEN"), "{end:?}");
        assert_eq!(world.store.state().rows.len(), 1);
        let ask = Ask { refresh: false, ..Ask::destroy("dev") };
        assert!(world.run(&ask).succeeded());
        world.expect_nothing_left();
    });
}

/// Two that would be one are refused before the one is there, whose id nobody knows yet.
#[test]
fn two_resources_of_what_exists_once_are_refused_before_anything_is_made() {
    let mut program = Program::new("dev");
    let main = program.add("sim:net:Parent", "main", &[("range", "10.0.0.0/16".into())]);
    for name in ["one", "two"] {
        program.add("sim:net:Default", name, &[("parent_id", reference(&main, "id"))]);
    }
    let mut world = World::new(kinds::registry(), 1);
    let run = world.run(&Ask::up(&program.graph()));
    assert!(matches!(&run.end, End::Refused(errors) if errors.len() == 1), "{}", run.why());
    world.expect_nothing_left();
}
