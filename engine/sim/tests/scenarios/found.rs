//! What a reading has found (2026-11-29, second reading of the engine): each test says what is right, and fails
//! until it is so.

use std::collections::BTreeSet;

use finsight_engine::graph::Graph;
use finsight_engine::plan::Purpose;
use finsight_engine::program::Options;
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use finsight_sim::kinds::{reference, registry_with};
use finsight_sim::{Hardship, World};

use crate::check::*;
use crate::programs::*;
use crate::tape::Fault;
use crate::wish::{destroy, up};

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

/// One that waits for its deletion is adopted by one step at most.
#[test]
fn what_waits_for_its_deletion_is_adopted_once() {
    use finsight_engine::contract::Standing;
    use finsight_engine::plan::{Observed, PlanInput, Selection, draft};
    let graph = program(|p| {
        p.add("sim:keep:Key", "one", &[]);
        p.add("sim:keep:Key", "two", &[]);
    });
    let registry = registry_with(&[Hardship::Waiting].into());
    let stands = || Standing { id: "Key-000001".to_owned(), stack: Some("dev".to_owned()), deleting: true };
    let standing = graph.nodes.keys().map(|urn| (urn.clone(), vec![stands()])).collect();
    let world = World::new(registry.clone(), 1);
    let state = finsight_engine::state::State::empty("dev");
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
        confirmed: &[],
        place: &world.place,
        entropy: "x",
    })
    .unwrap();
    let adopts = plan.steps.iter().filter(|step| step.adopts.is_some()).count();
    assert!(adopts < 2 || !refusals.is_empty(), "one key for two");
}

/// A guard that could not be read this time is as on record.
#[test]
fn a_guard_that_could_not_be_read_is_as_on_record() {
    fn unread(reply: &mut finsight_engine::contract::Reply) {
        use finsight_engine::contract::{Reading, Reply};
        if let Reply::Read(readings) = reply {
            for reading in readings {
                if let Reading::Found(live) = reading {
                    live.properties.insert("locked".to_owned(), Value::Unknown);
                }
            }
        }
    }
    let graph = program(|p| {
        p.add(VAULT, "main", &[("vault_name", "ledger".into()), ("locked", true.into())]);
        p.add(ROLE, "role", &[]);
    });
    let mut life = after(&[&graph]);
    let (end, seen) = life.run(&destroy(), &[Fault::Answer("read", unread)]);
    assert!(did(&seen, "refused"), "{end}: {seen:#?}");
}

/// `drift --fix` as the command asks it: of what drifted alone. Who stands on what was gone must follow it.
#[test]
fn who_stands_on_what_a_fix_makes_anew_follows_it() {
    let graph = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let on = Value::Map([("PARENT".to_owned(), reference(&main, "id"))].into());
        p.add(FUNCTION, "api", &[("role", "nobody".into()), ("environment", on)]);
    });
    let mut life = after(&[&graph]).gone(&urn(PARENT, "main"));
    let drift = life.drift();
    assert_eq!(drift, ["Parent/main deleted"], "what the command makes its targets of");
    let mut wish = up(&graph).target(urn(PARENT, "main").as_str());
    wish.ask.purpose = Purpose::Fix;
    let (end, seen) = life.run(&wish, &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let id = life.world.store.state().rows[&urn(PARENT, "main")].id.clone();
    let number = life.number(&urn(FUNCTION, "api"));
    let stands = life.world.cloud.standing().find(|object| object.number == number).expect("the function");
    let has = stands.properties()["environment"].any(&|value| value.as_text() == Some(id.as_str()));
    assert!(has, "it names what is gone, and nothing drifts: {:?} {seen:#?}", life.drift());
}

/// E15: an output that others read changed from outside.
#[test]
fn an_output_that_others_read_is_drift() {
    let graph = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        p.add(PARENT, "other", &[("range", OLD.into()), ("note", reference(&main, "arn"))]);
    });
    // As it was before: another output, and who reads it stood so.
    let life = after(&[&graph]);
    let life = life.with_row(&urn(PARENT, "main"), |row| {
        row.outputs.insert("arn".to_owned(), "before".into());
    });
    let life = life.with_row(&urn(PARENT, "other"), |row| {
        row.inputs.insert("note".to_owned(), "before".into());
    });
    let mut life = life.meddled(&urn(PARENT, "other"), "note", "before");
    let drift = life.drift();
    let (_, seen) = life.run(&up(&graph), &[]);
    assert!(did(&seen, "plan update Parent/other"), "{seen:#?}");
    assert!(!drift.is_empty(), "`drift` is silent, and `up` changes something");
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
    let mut observed = crate::check::observe(&mut life.world);
    let owner = state.rows[&urn(MEMBER, "a")].owner.clone();
    let Some(Reading::Found(live)) = observed.readings.get_mut(&owner) else { panic!("a reading") };
    live.properties.remove("note");
    let registry = &life.world.registry;
    assert_eq!(finsight_engine::refresh::drift(registry, &state, &observed).len(), 1);
    let entries = finsight_engine::accept::accept(registry, &state, &observed, &[]).unwrap();
    assert!(!entries.is_empty(), "it drifted, and accepting that does nothing");
}

fn widens(world: &mut World, graph: &Graph) -> Vec<String> {
    let plan = world.preview(&finsight_sim::Ask::up(graph)).expect("a plan");
    let state = world.store.load().expect("a state");
    let wider = finsight_engine::approval::broadening(&world.registry, &plan, &state);
    wider.iter().map(|one| format!("{} {}", one.urn, one.statement)).collect()
}

/// V17: a denial that goes with the policy that holds it is asked for.
#[test]
fn a_denial_that_goes_with_its_policy_is_wider() {
    let document = |effect: &str, more: serde_json::Value| {
        let mut statement = serde_json::json!({"Effect": effect, "Action": "s3:*"});
        statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Value::from_plain_json(&serde_json::json!({"Version": "2012-10-17", "Statement": [statement]}))
    };
    let graph = |denied: bool| {
        program(|p| {
            let trust =
                document("Allow", serde_json::json!({"Principal": {"Service": "lambda.amazonaws.com"}}));
            let mut inputs =
                vec![("role_name", Value::from("runner")), ("assume_role_policy_document", trust)];
            if denied {
                let inputs_of = [
                    ("policy_name", Value::from("denied")),
                    ("policy_document", document("Deny", serde_json::json!({"Resource": "*"}))),
                ];
                let policy = p.add("aws:iam:ManagedPolicy", "denied", &inputs_of);
                inputs.push(("managed_policy_arns", vec![reference(&policy, "id")].into()));
            }
            p.add("aws:iam:Role", "runner", &inputs);
        })
    };
    let mut world = World::new(std::sync::Arc::new(finsight_specs::registry()), 1);
    let run = world.up(&graph(true));
    assert!(run.succeeded(), "{}", run.why());
    world.advance(60_000);
    assert_eq!(
        widens(&mut world, &graph(false)).len(),
        1,
        "the role is no longer denied, and nobody is asked"
    );
}

/// What is only renamed opens nothing.
#[test]
fn what_is_renamed_is_not_wider() {
    let policy = Value::from_plain_json(&serde_json::json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}));
    let graph = |name: &str, note: &str, from: &[Urn]| {
        program(|p| {
            let options = Options { moved_from: from.to_vec(), ..plain() };
            let inputs = [("role_name", "r".into()), ("policy", policy.clone()), ("note", note.into())];
            p.add_with(ROLE, name, &inputs, options);
        })
    };
    let mut life = after(&[&graph("old", "one", &[])]);
    assert_eq!(widens(&mut life.world, &graph("new", "two", &[urn(ROLE, "old")])), Vec::<String>::new());
}

/// A text that is the name of what goes by chance is no reference.
#[test]
fn a_text_that_is_a_name_by_chance_is_no_reference() {
    let graph = |role: bool| {
        program(|p| {
            if role {
                p.add(ROLE, "reporter", &[("role_name", "reporter".into())]);
            }
            p.add(PARENT, "main", &[("range", OLD.into()), ("note", "reporter".into())]);
        })
    };
    let mut life = after(&[&graph(true)]);
    let (end, seen) = life.run(&up(&graph(false)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
}

/// E4 for a part of the stack: `destroy --target` of what another names by a literal.
#[test]
fn a_destroy_of_a_part_sees_literals_too() {
    let graph = |id: &str| {
        program(|p| {
            p.add(PARENT, "main", &[("range", OLD.into())]);
            if !id.is_empty() {
                p.add(MEMBER, "a", &[("parent_id", id.into()), ("range", "10.0.1.0/24".into())]);
            }
        })
    };
    let mut life = after(&[&graph("")]);
    let id = life.world.store.state().rows[&urn(PARENT, "main")].id.clone();
    let (end, seen) = life.run(&up(&graph(&id)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let began = life.world.now;
    let (end, seen) = life.run(&destroy().target("*/main").knowing(&graph(&id)), &[]);
    let minutes = (life.world.now - began) / 60_000;
    assert!(did(&seen, "refused"), "{end} after {minutes} minutes: {}", seen.len());
}
