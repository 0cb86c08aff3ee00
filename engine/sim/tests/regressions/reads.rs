//! What a read shows, and what it does not show yet.

use finsight_engine::program::Options;
use finsight_engine::urn::UrnPattern;
use finsight_engine::value::Map;
use finsight_sim::cloud::REGION;
use finsight_sim::kinds::{Program, reference};
use finsight_sim::world::End;
use finsight_sim::{Ask, Knobs, Mishap};

use crate::{lives, one, parent, role, succeeds};

#[test]
fn a_refresh_does_not_believe_the_absence_of_what_was_just_made() {
    lives(|world| {
        world.cloud.knobs = Knobs { lag: 800, ..Knobs::calm() };
        succeeds(world, &parent("one"));
        world.up(&parent("one"));
        assert_eq!(world.cloud.standing().count(), 1);
        world.expect_converged(&parent("one"));
    });
}

#[test]
fn an_interrupted_refresh_removes_nothing() {
    lives(|world| {
        world.cloud.knobs = Knobs { lag: 800, ..Knobs::calm() };
        succeeds(world, &parent("one"));
        world.mishap_in(1, Mishap::Interrupt);
        assert_eq!(world.up(&parent("two")).end, End::Interrupted);
        assert_eq!(world.cloud.standing().count(), 1);
        world.settle_down(&parent("two"));
    });
}

#[test]
fn an_import_whose_read_fails_creates_nothing() {
    lives(|world| {
        let options = Options { import_id: Some("found".to_owned()), ..Options::default() };
        let graph = one("sim:net:Parent", "main", &[("range", "10.0.0.0/16".into())], options);
        let registry = std::sync::Arc::clone(&world.registry);
        let spec = registry.get("sim:net:Parent").unwrap();
        let properties = Map::from([("range".to_owned(), "10.0.0.0/16".into())]);
        world.cloud.someone_makes_as(world.now, spec, REGION, "found", properties).unwrap();
        world.imported.insert("found".to_owned());
        world.cloud.knobs.transient = 500;
        world.up(&graph);
        world.cloud.knobs.transient = 0;
        assert_eq!(world.cloud.standing().count(), 1);
        world.settle_down(&graph);
        assert_eq!(world.cloud.standing().count(), 1);
    });
}

#[test]
fn drift_that_demands_a_replacement_gets_one() {
    lives(|world| {
        let options = Options { replace_on_changes: vec!["note".to_owned()], ..Options::default() };
        let graph = one("sim:net:Parent", "main", &[("range", "10.0.0.0/16".into())], options);
        succeeds(world, &graph);
        let number = world.cloud.standing().next().unwrap().number;
        world.cloud.someone_sets(world.now, number, "note", "meddled".into());
        world.settle_down(&graph);
        assert_ne!(world.cloud.standing().next().unwrap().number, number);
    });
}

#[test]
fn what_may_have_been_deleted_is_not_believed_to_stand() {
    lives(|world| {
        world.cloud.knobs.lag = 900;
        succeeds(world, &role("a", "x"));
        world.advance(60_000);
        // The delete takes effect, and nobody writes it down.
        world.mishap_in(5, Mishap::CrashBefore);
        world.destroy();
        world.no_more_mishaps();
        world.run(&Ask { refresh: false, ..Ask::up(&role("a", "x")) });
        let settle = world.longest_lag();
        world.advance(settle);
        world.settle_down(&role("a", "x"));
    });
}

#[test]
fn a_child_is_not_taken_for_its_predecessor() {
    let graph = |on: bool| {
        let mut program = Program::new("dev");
        let main = program.add("sim:net:Parent", "main", &[("range", "10.0.0.0/16".into())]);
        if on {
            program.add(
                "sim:net:Link",
                "link",
                &[("parent_id", reference(&main, "id")), ("slot", "one".into()), ("target", "target".into())],
            );
        }
        program.graph()
    };
    lives(|world| {
        succeeds(world, &graph(true));
        world.advance(60_000);
        world.cloud.knobs.lag = 900;
        let replace = vec![UrnPattern::new("link")];
        world.cloud.knobs.lost_before = 400;
        world.run(&Ask { replace, ..Ask::up(&graph(true)) });
        world.cloud.knobs = Knobs::natural();
        world.settle_down(&graph(true));
        assert_eq!(world.cloud.standing().count(), 2);
        world.settle_down(&graph(false));
    });
}

#[test]
fn a_resource_that_someone_is_deleting_is_made_anew() {
    lives(|world| {
        succeeds(world, &parent("one"));
        world.cloud.knobs.slow = 1000;
        // The delete is under way when the process dies.
        world.mishap_in(5, Mishap::CrashBefore);
        world.destroy();
        world.no_more_mishaps();
        world.settle_down(&parent("one"));
    });
}

#[test]
fn a_slow_delete_of_what_was_just_made_is_waited_for() {
    lives(|world| {
        world.cloud.knobs = Knobs { lag: 700, slow: 1000, ..Knobs::calm() };
        succeeds(world, &parent("one"));
        world.destroy();
        world.tear_down();
    });
}

#[test]
fn a_read_that_still_shows_who_had_the_name_before_is_doubted() {
    lives(|world| {
        world.cloud.knobs = Knobs { lag: 700, ..Knobs::calm() };
        succeeds(world, &role("a", "x"));
        let pause = world.longest_lag();
        world.advance(pause);
        // The name goes on to another resource; the next run reads at once.
        succeeds(world, &role("b", "x"));
        world.up(&Program::new("dev").graph());
        world.expect_nothing_left();
    });
}
