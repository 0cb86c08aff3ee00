//! Import and move: the record changes, the resources do not.

use finsight_engine::contract::FailureClass;
use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::secret::Secret;
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};
use finsight_sim::cloud::REGION;
use finsight_sim::kinds::{self, reference};

use crate::check::{Life, after, check, nothing};
use crate::programs::*;
use crate::tape::{Fault, each_live, refuse};
use crate::wish::{preview, up};

/// A parent that someone else has made, with this note; and its id.
fn theirs(life: Life, note: &str) -> (Life, String) {
    let mut id = String::new();
    let life = life.with(|world| {
        let registry = kinds::registry();
        let properties = Map::from([
            ("range".to_owned(), OLD.into()),
            ("note".to_owned(), note.into()),
            ("tags".to_owned(), Value::Map(Map::new())),
        ]);
        let spec = registry.get(PARENT).expect("the type");
        let number = world.cloud.someone_makes(world.now, spec, REGION, properties).expect("a new object");
        id = world.cloud.objects().find(|object| object.number == number).expect("the object").id.clone();
        world.imported.insert(id.clone());
        world.advance(60_000);
    });
    (life, id)
}

fn importing(id: &str, note: &str) -> Graph {
    program(|p| {
        let options = Options { import_id: Some(id.to_owned()), ..plain() };
        p.add_with(PARENT, "main", &[("range", OLD.into()), ("note", note.into())], options);
    })
}

const TAKEN: &str = "
    plan import Parent/main: Parent/main#1 is taken under management
    import Parent/main
    end ok
    row Parent/main#1
";

#[test]
fn an_import_with_equal_inputs_records_and_calls_nothing() {
    // A type without tags: nothing of ours has to be added.
    let links = |import: Option<&str>| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into())]);
            let options = Options { import_id: import.map(str::to_owned), ..plain() };
            if import.is_some() {
                p.add_with(
                    LINK,
                    "link",
                    &[
                        ("parent_id", reference(&main, "id")),
                        ("slot", "one".into()),
                        ("target", "a-target".into()),
                    ],
                    options,
                );
            }
        })
    };
    let mut id = String::new();
    let life = after(&[&links(None)]).with(|world| {
        let registry = kinds::registry();
        let parent = world.store.state().rows[&urn(PARENT, "main")].id.clone();
        let properties = [("parent_id", parent.as_str()), ("slot", "one"), ("target", "a-target")];
        let properties = properties.map(|(name, text)| (name.to_owned(), Value::from(text)));
        let spec = registry.get(LINK).expect("the type");
        let number =
            world.cloud.someone_makes(world.now, spec, REGION, Map::from(properties)).expect("a link");
        id = world.cloud.objects().find(|object| object.number == number).expect("the object").id.clone();
        world.imported.insert(id.clone());
    });
    let graph = links(Some(&id));
    let mut life = life;
    let (end, seen) = life.run(&(&graph).into(), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert!(seen.contains(&"import Link/link".to_owned()), "{seen:?}");
    check(
        life,
        &graph,
        &[],
        "
        end ok
        row Link/link#1 on Parent/main#1
        row Parent/main#1
    ",
    );
}

#[test]
fn an_import_with_different_inputs_shows_the_difference_and_only_up_applies_it() {
    let (life, id) = theirs(nothing(), "theirs");
    let graph = importing(&id, "ours");
    let life = check(life, &graph, &[], TAKEN);
    let object = life.world.cloud.standing().next().unwrap();
    assert_eq!(object.properties()["note"].as_text(), Some("theirs"));
    let life = check(
        life,
        preview(&graph),
        &[],
        "
        plan update Parent/main: the program changed it
        end ok
        row Parent/main#1
    ",
    );
    let plan = life.plan.clone().unwrap();
    let paths: Vec<&str> = plan.steps[0].diff.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["note", "tags.component", "tags.finsight:id", "tags.finsight:stack"]);
    check(
        life,
        &graph,
        &[],
        "
        plan update Parent/main: the program changed it
        converge Parent/main#1 note,tags
        end ok
        row Parent/main#1
    ",
    );
}

#[test]
fn an_import_whose_read_fails_keeps_nothing() {
    let (life, id) = theirs(nothing(), "theirs");
    let graph = importing(&id, "ours");
    let denied = || [refuse("call read Parent/main=", FailureClass::Denied)];
    check(
        life.fork(),
        &graph,
        &denied(),
        "
        refused PLAN-UNREADABLE: Parent/main could not be read: sim:read answered Denied: the scenario says so
    ",
    );
    // Without a refresh it is read when it is taken.
    let life = check(
        life,
        up(&graph).no_refresh(),
        &denied(),
        &format!(
            "
        plan import Parent/main: {id} is taken under management
        error Parent/main EXEC-DENIED: sim:read answered Denied: the scenario says so
        end failed
    "
        ),
    );
    check(life, &graph, &[], TAKEN);
}

#[test]
fn an_import_of_what_is_not_there_keeps_nothing() {
    check(
        nothing(),
        &importing("parent-none", "ours"),
        &[],
        "
        refused PLAN-IMPORT-ABSENT: Parent/main cannot be imported: there is no parent-none in ap-northeast-1
    ",
    );
    // Without a refresh it is read when it is taken.
    check(
        nothing(),
        up(&importing("parent-none", "ours")).no_refresh(),
        &[],
        "
        plan import Parent/main: parent-none is taken under management
        error Parent/main EXEC-IMPORT-ABSENT: Parent/main cannot be imported: there is no parent-none
        end failed
    ",
    );
}

#[test]
fn an_import_of_an_id_that_another_row_holds_is_refused() {
    let (life, id) = theirs(nothing(), "ours");
    let life = check(life, &importing(&id, "ours"), &[], TAKEN);
    let both = program(|p| {
        let options = Options { import_id: Some(id.clone()), ..plain() };
        p.add_with(PARENT, "main", &[("range", OLD.into()), ("note", "ours".into())], options.clone());
        p.add_with(PARENT, "again", &[("range", OLD.into()), ("note", "ours".into())], options);
    });
    let mut life = life;
    let (_, seen) = life.run(&(&both).into(), &[]);
    assert_eq!(
        seen,
        [
            "refused PLAN-IMPORT-TAKEN: Parent/again cannot be imported: Parent/main#1 is already on record as Parent/main",
            "row Parent/main#1",
        ]
    );
}

#[test]
fn one_id_imported_twice_in_one_update_is_refused() {
    let (life, id) = theirs(nothing(), "ours");
    let both = program(|p| {
        let options = Options { import_id: Some(id.clone()), ..plain() };
        p.add_with(PARENT, "main", &[("range", OLD.into()), ("note", "ours".into())], options.clone());
        p.add_with(PARENT, "again", &[("range", OLD.into()), ("note", "ours".into())], options);
    });
    let mut life = life;
    let (end, seen) = life.run(&(&both).into(), &[]);
    assert!(end.starts_with("refused PLAN-IMPORT-TAKEN"), "{seen:?}");
    assert!(life.world.store.state().rows.is_empty());
}

/// `Parent/<name>` with a member that refers to it, moved from these names.
fn named(name: &str, from: &[Urn]) -> Graph {
    program(|p| {
        let options = Options { moved_from: from.to_vec(), ..plain() };
        let main = p.add_with(PARENT, name, &[("range", OLD.into())], options);
        p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
    })
}

#[test]
fn a_move_makes_no_call_and_every_stored_reference_follows() {
    check(
        after(&[&named("main", &[])]),
        &named("renamed", &[urn(PARENT, "main")]),
        &[],
        "
        plan move Parent/main to Parent/renamed
        plan record Parent/renamed: nothing differs
        end ok
        row Member/a#1 on Parent/renamed=Parent/main#1
        row Parent/renamed=Parent/main#1
    ",
    );
}

#[test]
fn a_move_and_a_change_come_together() {
    let graph = program(|p| {
        let options = Options { moved_from: vec![urn(PARENT, "main")], ..plain() };
        let main = p.add_with(PARENT, "renamed", &[("range", NEW.into())], options);
        p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
    });
    check(
        after(&[&named("main", &[])]),
        &graph,
        &[],
        "
        plan move Parent/main to Parent/renamed
        plan replace Parent/renamed: range cannot be changed in place
        plan replace Member/a: parent_id cannot be changed in place
        create Parent/renamed#1
        create Member/a#2
        delete Member/a#1
        delete Parent/main#1
        end ok
        row Member/a#2 on Parent/renamed#1
        row Parent/renamed#1
    ",
    );
}

#[test]
fn what_stands_under_the_new_name_already_is_not_moved_over() {
    let both = program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into())]);
        p.add(PARENT, "renamed", &[("range", OLD.into())]);
    });
    let graph = program(|p| {
        let options = Options { moved_from: vec![urn(PARENT, "main")], ..plain() };
        p.add_with(PARENT, "renamed", &[("range", OLD.into())], options);
    });
    check(
        after(&[&both]),
        &graph,
        &[],
        "
        plan record Parent/renamed: nothing differs
        plan delete Parent/main: the program no longer declares it
        delete Parent/main#1
        end ok
        row Parent/renamed#1
    ",
    );
}

#[test]
fn a_move_follows_for_what_is_still_to_be_deleted_and_open() {
    let faults = [refuse("delete Parent/main#1", FailureClass::Denied)];
    let mut life = after(&[&named("main", &[])]);
    let replaced = program(|p| {
        let main = p.add(PARENT, "main", &[("range", NEW.into())]);
        p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
    });
    life.run(&up(&replaced), &faults);
    let graph = program(|p| {
        let options = Options { moved_from: vec![urn(PARENT, "main")], ..plain() };
        let main = p.add_with(PARENT, "renamed", &[("range", NEW.into())], options);
        p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
    });
    check(
        life,
        &graph,
        &[],
        "
        plan move Parent/main to Parent/renamed
        plan record Parent/renamed: nothing differs
        plan delete Parent/main#1
        delete Parent/main#1
        end ok
        row Member/a#2 on Parent/renamed=Parent/main#2
        row Parent/renamed=Parent/main#2
    ",
    );
}

#[test]
fn an_import_records_as_secret_what_stands_where_the_program_has_a_secret() {
    let mut id = String::new();
    let life = nothing().with(|world| {
        let registry = kinds::registry();
        let spec = registry.get(FUNCTION).expect("the type");
        let environment = [("KEY", "another-key"), ("MODE", "quick")];
        let environment = environment.map(|(name, text)| (name.to_owned(), text.into()));
        let properties = Map::from([
            ("role".to_owned(), "a-role".into()),
            ("environment".to_owned(), Value::Map(Map::from(environment))),
        ]);
        let number = world.cloud.someone_makes(world.now, spec, REGION, properties).expect("a new object");
        id = world.cloud.objects().find(|object| object.number == number).expect("the object").id.clone();
        world.imported.insert(id.clone());
        world.advance(60_000);
    });
    let graph = program(|p| {
        let options = Options { import_id: Some(id.clone()), ..plain() };
        let environment = [("KEY", Value::Secret(Secret::new("the-programs-key"))), ("MODE", "slow".into())];
        let environment = environment.map(|(name, value)| (name.to_owned(), value));
        let inputs = [("role", "a-role".into()), ("environment", Value::Map(Map::from(environment)))];
        p.add_with(FUNCTION, "main", &inputs, options);
    });
    let life = check(
        life,
        &graph,
        &[],
        "
        plan import Function/main: Function/main#1 is taken under management
        import Function/main
        end ok
        row Function/main#1
    ",
    );
    let row = &life.world.store.state().rows[&urn(FUNCTION, "main")];
    let Value::Map(environment) = &row.inputs["environment"] else { panic!("{row:?}") };
    assert!(
        matches!(&environment["KEY"], Value::Secret(key) if key.reveal() == Some("another-key")),
        "{row:?}"
    );
    assert_eq!(environment["MODE"].as_text(), Some("quick"));
    assert!(matches!(environment["MODE"], Value::Text(_)), "{row:?}");
}

/// What keeps an output from being read that others refer to is said of the import, and not of them.
#[test]
fn an_import_waits_for_the_outputs_that_others_refer_to() {
    fn unread(reply: &mut finsight_engine::contract::Reply) {
        each_live(reply, |live| {
            live.outputs.insert("arn".to_owned(), Value::Unknown);
        });
    }
    let (life, id) = theirs(nothing(), "");
    let with_member = program(|p| {
        let options = Options { import_id: Some(id.clone()), ..plain() };
        let main = p.add_with(PARENT, "main", &[("range", OLD.into()), ("note", "".into())], options);
        p.add(MEMBER, "a", &[("parent_id", reference(&main, "arn")), ("range", "10.0.1.0/24".into())]);
    });
    let faults = [Fault::Answer("read Parent/main", unread), refuse(", awaited", FailureClass::Denied)];
    let mut waiting = life.fork();
    let (end, seen) = waiting.run(&up(&with_member), &faults);
    assert_eq!(end, "end failed", "{seen:?}");
    assert_eq!(waiting.troubles.len(), 1, "{:?}", waiting.troubles);
    assert_eq!(waiting.troubles[0].1.code, "EXEC-DENIED", "{:?}", waiting.troubles);
    let (end, seen) = waiting.run(&up(&with_member), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    // Nobody refers to it: it is taken under management without.
    let mut life = life;
    let (end, seen) = life.run(&up(&importing(&id, "")), &faults);
    assert_eq!(end, "end ok", "{seen:?}");
}
