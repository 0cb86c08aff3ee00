//! What gets wider: permissions and openings that a plan adds are asked for.

use std::sync::Arc;

use finsight_engine::approval::broadening;
use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::schema::{Grants, Property, Registry, TypeSpec};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use finsight_sim::World;
use finsight_sim::kinds::{self, reference};
use serde_json::{Value as Json, json};

use crate::check::after;
use crate::programs::*;

/// The types, with the rules of a default group as openings of the network.
fn registry() -> Arc<Registry> {
    let opens = |property: Property| {
        if property.name == "rules" { property.opens(Grants::Network) } else { property }
    };
    let specs = kinds::specs()
        .into_iter()
        .map(|spec| TypeSpec { properties: spec.properties.iter().cloned().map(opens).collect(), ..spec });
    Arc::new(Registry::new(specs))
}

/// What the plan from the one program to the other widens.
fn check(before: Option<&Graph>, after: &Graph, expected: &[&str]) {
    let mut world = World::new(registry(), 1);
    if let Some(before) = before {
        assert!(world.up(before).succeeded());
    }
    check_on(world, after, expected);
}

fn check_on(mut world: World, after: &Graph, expected: &[&str]) {
    world.advance(60_000);
    let plan = world.preview(&finsight_sim::Ask::up(after)).expect("a plan");
    let state = world.store.load().expect("a state");
    let found: Vec<String> = broadening(&registry(), &plan, &state)
        .iter()
        .map(|wider| format!("{} {} {}", crate::tape::short(&wider.urn), wider.kind, wider.statement))
        .collect();
    assert_eq!(found, expected);
    world.expect_no_violations();
}

fn statement(effect: &str, action: &str) -> Json {
    json!({"Effect": effect, "Action": action, "Resource": "*"})
}

fn role(statements: &[Json]) -> Graph {
    program(|p| {
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        p.add(ROLE, "runner", &[("policy", Value::from_plain_json(&policy))]);
    })
}

fn group(rules: &[&str]) -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let rules = rules.iter().map(|rule| Value::from(*rule)).collect::<Vec<_>>();
        p.add("sim:net:Default", "group", &[("parent_id", reference(&main, "id")), ("rules", rules.into())]);
    })
}

const S3: &str = r#"Role/runner iam {"Action":["s3:*"],"Effect":"Allow","Resource":["*"]}"#;

#[test]
fn a_new_statement_is_wider() {
    check(None, &role(&[statement("Allow", "s3:*")]), &[S3]);
    check(Some(&role(&[])), &role(&[statement("Allow", "s3:*")]), &[S3]);
}

#[test]
fn a_statement_that_goes_or_only_looks_different_is_not() {
    let one = role(&[statement("Allow", "s3:*")]);
    check(Some(&one), &role(&[]), &[]);
    let policy =
        r#"{"Statement":{"Resource":["*"],"Action":["S3:*"],"Effect":"Allow"},"Version":"2012-10-17"}"#;
    let in_other_words = program(|p| {
        p.add(ROLE, "runner", &[("policy", policy.into())]);
    });
    check(Some(&one), &in_other_words, &[]);
}

#[test]
fn a_changed_statement_is_wider_as_a_whole() {
    check(Some(&role(&[statement("Allow", "s3:GetObject")])), &role(&[statement("Allow", "s3:*")]), &[S3]);
}

#[test]
fn a_new_denial_is_not_wider_and_one_that_goes_is() {
    let (open, shut) = (role(&[]), role(&[statement("Deny", "s3:*")]));
    check(Some(&open), &shut, &[]);
    check(
        Some(&shut),
        &open,
        &[r#"Role/runner iam no longer denied: {"Action":["s3:*"],"Effect":"Deny","Resource":["*"]}"#],
    );
}

#[test]
fn a_new_opening_of_the_network_is_wider() {
    check(
        Some(&group(&["10.0.0.0/8"])),
        &group(&["10.0.0.0/8", "0.0.0.0/0"]),
        &[r#"Default/group network "0.0.0.0/0""#],
    );
    check(Some(&group(&["10.0.0.0/8", "0.0.0.0/0"])), &group(&["10.0.0.0/8"]), &[]);
}

#[test]
fn a_delete_is_not_wider() {
    check(Some(&role(&[statement("Allow", "s3:*")])), &empty(), &[]);
}

#[test]
fn what_someone_else_took_away_and_up_gives_back_is_wider() {
    let graph = group(&["10.0.0.0/8"]);
    let mut world = World::new(registry(), 1);
    assert!(world.up(&graph).succeeded());
    let number = world.cloud.standing().find(|object| object.adopted).expect("the group").number;
    world.cloud.someone_sets(world.now, number, "rules", Value::List(Vec::new()));
    check_on(world, &graph, &[r#"Default/group network "10.0.0.0/8""#]);
}

#[test]
fn what_someone_else_opened_and_up_closes_is_not() {
    let graph = group(&["10.0.0.0/8"]);
    let mut world = World::new(registry(), 1);
    assert!(world.up(&graph).succeeded());
    let number = world.cloud.standing().find(|object| object.adopted).expect("the group").number;
    world.cloud.someone_sets(
        world.now,
        number,
        "rules",
        vec![Value::from("10.0.0.0/8"), "0.0.0.0/0".into()].into(),
    );
    check_on(world, &graph, &[]);
}

#[test]
fn a_policy_whose_text_is_not_known_yet_is_wider() {
    // It may turn out to be anything: that it cannot be told is told.
    let graph = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let policy = Value::Map(
            [(
                "Statement".to_owned(),
                Value::List(vec![Value::Map(
                    [
                        ("Effect".to_owned(), "Allow".into()),
                        ("Action".to_owned(), "s3:*".into()),
                        ("Resource".to_owned(), reference(&main, "arn")),
                    ]
                    .into(),
                )]),
            )]
            .into(),
        );
        p.add(ROLE, "parts", &[("policy", policy.clone())]);
        p.add(ROLE, "whole", &[("policy", finsight_engine::program::json(policy).value())]);
    });
    check(
        None,
        &graph,
        &[
            r#"Role/whole iam {"$unknown":true}"#,
            r#"Role/parts iam {"Action":["s3:*"],"Effect":"Allow","Resource":[{"$unknown":true}]}"#,
        ],
    );
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
