//! What stands already: looked for before the first create, and said by name.

use std::sync::Arc;

use finsight_engine::contract::{FailureClass, OWNER_TAG, STACK_TAG, Standing};
use finsight_engine::graph::Graph;
use finsight_engine::plan::{Confirmed, Observed, Op, Plan, PlanError, PlanInput, Purpose, Selection, draft};
use finsight_engine::program::Options;
use finsight_engine::schema::{Kind, Property, Registry, TypeSpec};
use finsight_engine::state::State;
use finsight_engine::value::{Map, Value};
use finsight_sim::cloud::REGION;
use finsight_sim::kinds;
use finsight_sim::kinds::{reference, registry_with};
use finsight_sim::store::SimStore;
use finsight_sim::{Hardship, World};

use crate::check::{Life, after, check, nothing, wide};
use crate::programs::*;
use crate::tape::refuse;

fn store() -> Graph {
    program(|p| {
        p.add(PARENT, "first", &[("range", OLD.into())]);
        p.add(STORE, "main", &[("store_name", "ledger".into())]);
    })
}

fn with_theirs(life: Life, type_name: &str, properties: &[(&str, Value)]) -> Life {
    life.with(|world| {
        let registry = Arc::clone(&world.registry);
        let spec = registry.get(type_name).expect("the type");
        let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        world.cloud.someone_makes(world.now, spec, REGION, properties).expect("a free name");
        world.advance(60_000);
    })
}

/// E14: what stands under a name that is to be created is found before anything is made.
#[test]
fn a_name_that_is_taken_is_found_before_the_first_create() {
    for (tags, whose) in
        [(&[][..], "no stack's tag"), (&[(STACK_TAG, "another")], "the tag of stack another")]
    {
        let tags = Value::Map(tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect());
        let life = with_theirs(nothing(), STORE, &[("store_name", "ledger".into()), ("tags", tags)]);
        let refused = format!(
            "refused PLAN-STANDS: Store/main cannot be created: ledger stands already and carries {whose}"
        );
        check(life, &store(), &[], &refused);
    }
}

/// N1: a look-alike without tags is not ours: neither in the plan, nor when it comes to the call.
#[test]
fn a_look_alike_without_tags_is_not_taken() {
    let parent = program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into())]);
    });
    let graph = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let inputs =
            [("parent_id", kinds::reference(&main, "id")), ("slot", "one".into()), ("target", "a".into())];
        p.add(LINK, "link", &inputs);
    });
    let life = after(&[&parent]);
    let id = life.world.store.state().rows[&urn(PARENT, "main")].id.clone();
    let life = with_theirs(
        life,
        LINK,
        &[("parent_id", id.as_str().into()), ("slot", "one".into()), ("target", "a".into())],
    );
    let mut blind = life.fork();
    check(
        life,
        &graph,
        &[],
        "
        refused PLAN-STANDS: Link/link cannot be created: Parent/main#1|one stands already and carries no stack's tag
        row Parent/main#1
    ",
    );
    // Without a look the create call finds it, and it is not adopted either.
    let (end, seen) = blind.run(&crate::wish::up(&graph).no_refresh(), &[]);
    assert_eq!(end, "end failed", "{seen:?}");
    assert!(seen.iter().any(|line| line.contains("EXEC-CONFLICT")), "{seen:?}");
    assert_eq!(blind.world.store.state().rows.len(), 1);
    blind.world.expect_no_violations();
}

/// A look that is refused leaves the preview without an answer: it says so, and goes on.
#[test]
fn what_could_not_be_looked_for_is_said() {
    let graph = program(|p| {
        p.add(STORE, "main", &[("store_name", "ledger".into())]);
        p.add(STORE, "other", &[("store_name", "diary".into())]);
    });
    let mut life = after(&[]);
    let (end, _) = life.run(&(&graph).into(), &[refuse("call look", FailureClass::Denied)]);
    assert_eq!(end, "end ok");
    let notes = life.plan.expect("a plan").notes;
    let told: Vec<&String> = notes.iter().filter(|note| note.contains("is not known of")).collect();
    assert_eq!(told.len(), 1, "{notes:?}");
    assert!(told[0].contains(" and 1 more: sim:look answered Denied"), "{notes:?}");
}

/// N1, N2: the state is lost and the stack stands.
#[test]
fn a_lost_state_is_said_before_anything_is_made_twice() {
    let graph = program(|p| {
        for name in ["one", "two", "three", "four", "five", "six"] {
            p.add(PARENT, name, &[("range", OLD.into())]);
            p.add(ROLE, name, &[]);
        }
    });
    let life = after(&[&graph]).with(|world| {
        world.store = SimStore::new("dev");
        world.advance(60_000);
    });
    let mut life = life;
    let (_, seen) = life.run(&(&graph).into(), &[]);
    assert!(
        seen[0].starts_with(
            "refused PLAN-STATE-LOST: nothing on record of stack dev was created by it, but 12 resources off the record carry its tag"
        ),
        "{seen:?}"
    );
    assert!(seen[0].contains(" and 2 more"), "{seen:?}");
    let (_, seen) = life.run(&crate::wish::destroy(), &[]);
    assert!(seen[0].starts_with("refused PLAN-STATE-LOST"), "{seen:?}");
    assert_eq!(life.world.cloud.standing().count(), 12);
}

fn restorable() -> Registry {
    let specs = kinds::specs().into_iter().map(|spec| TypeSpec { restorable: spec.name == STORE, ..spec });
    Registry::new(specs)
}

fn drafted(graph: &Graph, state: &State, observed: &Observed) -> (Plan, Vec<PlanError>) {
    let registry = restorable();
    let graph = graph.clone().checked(&registry).expect("a sound program");
    draft(&PlanInput {
        graph: &graph,
        purpose: Purpose::Up,
        state,
        serial: state.serial,
        registry: &registry,
        observed: Some(observed),
        selection: &Selection::default(),
        replace: &[],
        confirmed: &Confirmed::default(),
        sets: &std::collections::BTreeMap::new(),
        place: &finsight_engine::context::Place::default(),
        entropy: "e",
    })
    .expect("a draft")
}

/// E6: what waits for its deletion and is ours is restored; another's is not touched.
#[test]
fn what_waits_for_its_deletion_and_is_ours_is_restored() {
    let standing = |stack: &str| Observed {
        standing: [(
            urn(STORE, "main"),
            vec![Standing { id: "ledger".to_owned(), stack: Some(stack.to_owned()), deleting: true }],
        )]
        .into(),
        ..Observed::default()
    };
    let (plan, refusals) = drafted(&store(), &State::empty("dev"), &standing("dev"));
    let step = plan.step(&urn(STORE, "main")).expect("a step");
    assert_eq!((step.op, step.adopts.as_deref()), (Op::Create, Some("ledger")));
    assert_eq!(step.reason, "it waits for its deletion: it is restored");
    assert_eq!(refusals, []);
    let (plan, refusals) = drafted(&store(), &State::empty("dev"), &standing("another"));
    assert_eq!(plan.step(&urn(STORE, "main")).expect("a step").adopts, None);
    let refused = refusals[0].to_string();
    assert!(
        refused.contains(
            "ledger stands already and waits for its deletion and carries the tag of stack another"
        ),
        "{refused}"
    );
}

/// What takes the name of one that goes, and whose name stays taken while it waits for its end, takes it back.
#[test]
fn who_takes_the_name_of_what_will_wait_for_its_deletion_restores_it() {
    let mut life = after(&[&store()]);
    let state = life.world.store.load().expect("a readable state");
    let id = &state.rows[&urn(STORE, "main")].id;
    let renamed = program(|p| {
        p.add(PARENT, "first", &[("range", OLD.into())]);
        p.add(STORE, "next", &[("store_name", "ledger".into())]);
    });
    let (plan, refusals) = drafted(&renamed, &state, &Observed::default());
    let step = plan.step(&urn(STORE, "next")).expect("a step");
    assert_eq!((step.op, step.adopts.as_ref()), (Op::Create, Some(id)));
    assert_eq!(refusals, []);
}

/// E6: what is on record and waits for its deletion comes back in place.
#[test]
fn what_is_on_record_and_waits_for_its_deletion_is_restored_in_place() {
    use finsight_engine::contract::{Health, Live, Reading};
    let mut life = after(&[&store()]);
    let state = life.world.store.load().expect("a readable state");
    let row = &state.rows[&urn(STORE, "main")];
    let live = Live {
        id: row.id.clone(),
        properties: row.inputs.clone(),
        outputs: row.outputs.clone(),
        health: Health::Deleting("waits for its deletion".to_owned()),
    };
    let observed = Observed {
        readings: [(row.owner.clone(), Reading::Found(Box::new(live)))].into(),
        ..Observed::default()
    };
    let (plan, refusals) = drafted(&store(), &state, &observed);
    let step = plan.step(&urn(STORE, "main")).expect("a step");
    assert_eq!((step.op, step.touch), (Op::Update, true));
    assert_eq!(step.reason, "it waits for its deletion: it is restored");
    assert_eq!(refusals, []);
}

/// What carries our tag and is off the record is offered for import, by its id.
#[test]
fn what_is_ours_and_off_the_record_is_offered() {
    let mut tags = Map::new();
    tags.insert(STACK_TAG.to_owned(), "dev".into());
    tags.insert(OWNER_TAG.to_owned(), "abc".into());
    // Something else is on record, so that the state is not lost.
    let life = after(&[&program(|p| {
        p.add(PARENT, "first", &[("range", OLD.into())]);
    })]);
    let life = with_theirs(life, STORE, &[("store_name", "ledger".into()), ("tags", tags.into())]);
    check(
        life,
        &store(),
        &[],
        "
        refused PLAN-STANDS: Store/main cannot be created: ledger stands already and carries this stack's tag
        row Parent/first#1
    ",
    );
}

/// One that waits for its deletion is adopted by one step at most.
#[test]
fn what_waits_for_its_deletion_is_adopted_once() {
    let graph = program(|p| {
        p.add("sim:keep:Key", "one", &[]);
        p.add("sim:keep:Key", "two", &[]);
    });
    let registry = registry_with(&[Hardship::Waiting].into());
    let stands = || Standing { id: "Key-000001".to_owned(), stack: Some("dev".to_owned()), deleting: true };
    let standing = graph.nodes.keys().map(|urn| (urn.clone(), vec![stands()])).collect();
    let world = World::new(registry.clone(), 1);
    let state = State::empty("dev");
    let graph = graph.checked(&registry).unwrap();
    let (plan, refusals) = draft(&PlanInput {
        graph: &graph,
        purpose: Purpose::Up,
        state: &state,
        serial: 0,
        registry: &registry,
        observed: Some(&Observed { standing, ..Observed::default() }),
        selection: &Selection::default(),
        replace: &[],
        confirmed: &Confirmed::default(),
        sets: &std::collections::BTreeMap::new(),
        place: &world.place,
        entropy: "x",
    })
    .unwrap();
    let adopts = plan.steps.iter().filter(|step| step.adopts.is_some()).count();
    assert!(adopts < 2 || !refusals.is_empty(), "one key for two");
}

const KEY: &str = "sim:keep:Key";

/// A key that waits for its deletion is not the one that is wanted where only a replacement could change it: another
/// one is made.
#[test]
fn what_waits_is_restored_only_where_it_can_become_what_is_wanted() {
    let mut specs = kinds::specs();
    specs.extend(kinds::wide::specs(&[Hardship::Waiting].into()));
    for spec in specs.iter_mut().filter(|spec| spec.name == KEY) {
        spec.properties.push(Property::new("usage", Kind::Text, false, "What for.").replace());
    }
    let mut life = nothing();
    let bend = life.world.bend.take();
    life.world = World::new(Arc::new(Registry::new(specs)), 1);
    life.world.bend = bend;
    let graph = |wanted: &str| {
        program(|p| {
            p.add(ROLE, "runner", &[]);
            if !wanted.is_empty() {
                p.add(KEY, "key", &[("usage", wanted.into())]);
            }
        })
    };
    for (wanted, made) in [("encrypt", true), ("", false), ("sign", true), ("", false), ("encrypt", false)] {
        let (end, seen) = life.run(&crate::wish::up(&graph(wanted)), &[]);
        assert_eq!(end, "end ok", "{wanted}: {seen:#?}");
        assert_eq!(crate::check::did(&seen, "create Key/key"), made, "{wanted}: {seen:#?}");
        life.world.advance(60_000);
    }
}

/// A name that stays taken is taken back only where what has it can become what is wanted.
#[test]
fn a_name_is_not_taken_back_by_what_cannot_become_what_is_wanted() {
    use finsight_engine::contract::{Health, Live};
    // Of a new one nothing is ignored, and what is restored is a new one.
    let ignoring = Options { ignore_changes: vec!["member_id".to_owned()], ..plain() };
    let wanted = |options: &Options| {
        program(|p| {
            let inputs = [("store_name", "ledger".into()), ("member_id", "two".into())];
            p.add_with(STORE, "main", &inputs, options.clone());
        })
    };
    let stands = Standing { id: "ledger".to_owned(), stack: Some("dev".to_owned()), deleting: true };
    let live = |member: &str| Live {
        id: "ledger".to_owned(),
        properties: [("member_id".to_owned(), member.into())].into(),
        outputs: Map::new(),
        health: Health::Deleting("waits for its deletion".to_owned()),
    };
    for (member, options, refused) in
        [("two", &plain(), 0), ("one", &plain(), 1), ("two", &ignoring, 0), ("one", &ignoring, 1)]
    {
        let observed = Observed {
            standing: [(urn(STORE, "main"), vec![stands.clone()])].into(),
            waiting: [((urn(STORE, "main"), "ledger".to_owned()), live(member))].into(),
            ..Observed::default()
        };
        let (_, refusals) = drafted(&wanted(options), &State::empty("dev"), &observed);
        assert_eq!(refusals.len(), refused, "{member} {options:?}: {refusals:?}");
        assert!(refusals.iter().all(|refusal| refusal.to_string().contains("`member_id` cannot be changed")));
    }
}

/// What was to go, and stays after all, is not taken back from it: it would be on record twice, and go with either.
#[test]
fn what_stays_after_all_is_not_taken_over() {
    const SECRET: &str = "sim:keep:Secret";
    let graph = |note: &str, name: Option<&str>| {
        program(|p| {
            let site = p.add(SITE, "site", &[("note", note.into())]);
            p.add(SECRET, "old", &[("secret_name", reference(&site, "domain"))]);
            if let Some(name) = name {
                p.add(SECRET, "new", &[("secret_name", name.into())]);
            }
        })
    };
    let mut life = wide(&[Hardship::Needless, Hardship::Waiting], &graph("one", None));
    let old = life.world.store.state().rows[&urn(SECRET, "old")].clone();
    for _ in 0..2 {
        let (end, seen) = life.run(&crate::wish::up(&graph("two", Some(&old.id))), &[]);
        assert_ne!(end, "end ok", "{seen:#?}");
        let state = life.world.store.state();
        assert_eq!(state.rows[&urn(SECRET, "old")].owner, old.owner, "{seen:#?}");
        assert!(!state.rows.contains_key(&urn(SECRET, "new")), "{seen:#?}");
        life.world.advance(60_000);
    }
    let (end, seen) = life.run(&crate::wish::up(&graph("two", None)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    assert!(life.drift().is_empty() && !crate::check::did(&seen, "delete"), "{seen:#?}");
}
