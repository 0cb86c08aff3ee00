//! Defects that the simulator has found, each in the smallest life that shows it.

use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::secret::Secret;
use finsight_engine::state::Status;
use finsight_engine::urn::UrnPattern;
use finsight_engine::value::{Map, Value};
use finsight_sim::cloud::REGION;
use finsight_sim::kinds::{self, Program, reference};
use finsight_sim::world::End;
use finsight_sim::{Ask, Knobs, Mishap, World};

/// One resource without references.
fn one(type_name: &str, name: &str, inputs: &[(&str, Value)], options: Options) -> Graph {
    let mut program = Program::new("dev");
    program.add_with(type_name, name, inputs, options);
    program.graph()
}

fn parent(note: &str) -> Graph {
    one(
        "sim:net:Parent",
        "main",
        &[("range", "10.0.0.0/16".into()), ("note", note.into())],
        Options::default(),
    )
}

fn store(inputs: &[(&str, Value)], options: Options) -> Graph {
    let inputs: Vec<(&str, Value)> =
        [("store_name", Value::text("main"))].into_iter().chain(inputs.iter().cloned()).collect();
    one("sim:db:Store", "db", &inputs, options)
}

fn secret(text: &str) -> Value {
    Value::Secret(Secret::new(format!("s3cr3t-{text}")))
}

fn role(name: &str, role_name: &str) -> Graph {
    one("sim:id:Role", name, &[("role_name", role_name.into())], Options::default())
}

/// Lives a life with many seeds; every one must keep all rules.
fn lives(life: impl Fn(&mut World)) {
    for seed in 0..40 {
        let mut world = World::new(kinds::registry(), seed);
        world.tell = true;
        life(&mut world);
        world.expect_no_violations();
    }
}

fn succeeds(world: &mut World, graph: &Graph) {
    let run = world.up(graph);
    assert!(run.succeeded(), "{}\n{}", run.why(), world.story.join("\n"));
}

/// The true value of a property of the only standing object of a type.
fn actual(world: &World, type_name: &str, property: &str) -> Option<Value> {
    let object = world.cloud.standing().find(|object| object.type_name == type_name)?;
    object.properties().get(property).cloned()
}

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
fn what_is_ignored_is_neither_sent_nor_recorded_as_sent() {
    let ignoring = Options { ignore_changes: vec!["password".to_owned()], ..Options::default() };
    lives(|world| {
        succeeds(world, &store(&[("password", secret("one"))], Options::default()));
        // The record changes, but not the password.
        succeeds(world, &store(&[("password", secret("two")), ("class", "large".into())], ignoring.clone()));
        assert_eq!(actual(world, "sim:db:Store", "password"), Some("s3cr3t-one".into()));
        succeeds(
            world,
            &store(&[("password", secret("two")), ("class", "large".into())], Options::default()),
        );
        assert_eq!(actual(world, "sim:db:Store", "password"), Some("s3cr3t-two".into()));
    });
}

#[test]
fn a_write_only_change_that_was_cut_off_and_taken_back_is_taken_back() {
    lives(|world| {
        let graph = |text: &str| store(&[("password", secret(text))], Options::default());
        succeeds(world, &graph("one"));
        world.advance(60_000);
        for nth in 1..12 {
            world.mishap_in(nth, Mishap::CrashAfter);
            world.up(&graph("two"));
            world.no_more_mishaps();
            succeeds(world, &graph("one"));
            assert_eq!(actual(world, "sim:db:Store", "password"), Some("s3cr3t-one".into()));
        }
    });
}

#[test]
fn a_write_only_property_that_is_no_longer_set_is_not_sent() {
    lives(|world| {
        succeeds(world, &store(&[("password", secret("one"))], Options::default()));
        succeeds(world, &store(&[("class", "large".into())], Options::default()));
        assert_eq!(actual(world, "sim:db:Store", "password"), Some("s3cr3t-one".into()));
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
