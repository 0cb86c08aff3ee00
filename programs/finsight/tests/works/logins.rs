//! W1: the user as which the functions log in comes into being by the deployment, from nothing and again after a restore.

use finsight_engine::expr::references;
use finsight_engine::graph::{Graph, Node};
use finsight_engine::policy::{Finding, Subject, evaluate};
use finsight_engine::value::Value;

use super::{STACKS, config, graph, node, said, text};

const CALL: &str = "database/aws:lambda:Invocation/database-user";
const MAKER: &str = "database/aws:lambda:Function/database-user";

fn found(graph: &Graph, stack: &str) -> Vec<Finding> {
    let registry = finsight_specs::registry();
    let waivers = finsight::policy::waivers(&config(stack).security);
    let all = evaluate(&finsight::policy::rules(), &Subject::new(graph, &registry, "2026-11-30"), &waivers);
    all.into_iter().filter(|finding| finding.rule == "works-database-user").collect()
}

fn changed<'a>(graph: &'a mut Graph, stack: &str, name: &str) -> &'a mut Node {
    let urn = format!("{stack}/{name}").parse().expect("a URN");
    graph.nodes.get_mut(&urn).unwrap_or_else(|| panic!("no {urn}"))
}

#[test]
fn the_deployment_makes_the_user() {
    for stack in STACKS {
        let graph = graph(stack);
        let triggers = &node(&graph, stack, CALL).inputs["triggers"];
        assert!(triggers.any(&|value| value.as_text() == Some("finsight_app")), "{stack}");
        let of: Vec<String> = references(triggers).iter().map(ToString::to_string).collect();
        assert_eq!(of, [format!("{stack}/database/aws:rds:DBInstance/main")], "{stack}");
        // A restored database has another resource id; what its address is does not tell.
        assert!(text(&graph, stack, CALL, "triggers").contains("dbi_resource_id"), "{stack}");
        for function in ["users", "auth", "reports"] {
            let node = node(&graph, stack, &format!("api/aws:lambda:Function/{function}"));
            let before: Vec<&str> = node.options.depends_on.keys().map(|urn| urn.as_str()).collect();
            assert!(before.contains(&format!("{stack}/{CALL}").as_str()), "{stack} {function}: {before:?}");
        }
        // With the master user's password to the database itself: no proxy takes one.
        let environment = said(&graph, stack, MAKER, "environment").to_string();
        for part in ["endpoint_address", "master_user_secret_arn", "finsight_app"] {
            assert!(environment.contains(part), "{stack}: {part} is not in {environment}");
        }
        assert!(!environment.contains("DBProxy"), "{stack}: {environment}");
        let role = text(&graph, stack, "database/aws:iam:Role/database-user", "inline_policies");
        for part in ["secretsmanager:GetSecretValue", "master_user_secret_arn", "kms:ViaService"] {
            assert!(role.contains(part), "{stack}: {part} is not in {role}");
        }
        assert!(
            !role.contains("rds-db:connect") && !role.contains("\"secretsmanager:*\""),
            "{stack}: {role}"
        );
        let ingress = text(&graph, stack, "network/aws:ec2:SecurityGroup/database", "ingress");
        assert!(ingress.contains("SecurityGroup/database-user"), "{stack}: {ingress}");
        assert_eq!(found(&graph, stack), [], "{stack}");
    }
}

/// The finding of a stack after this fault, by the resource that it is about.
fn fault(part: &str, plant: impl FnOnce(&mut Graph)) -> Vec<String> {
    let mut graph = graph("prod");
    plant(&mut graph);
    let all = found(&graph, "prod");
    assert!(!all.is_empty() && all.iter().all(|one| one.message.contains(part)), "{part}: {all:#?}");
    all.into_iter()
        .map(|one| one.urn.expect("a resource").as_str().trim_start_matches("prod/").to_owned())
        .collect()
}

#[test]
fn a_user_that_nobody_makes_is_found() {
    let roles = fault("nobody makes that user", |graph| {
        graph.nodes.remove(&format!("prod/{CALL}").parse().expect("a URN"));
    });
    // Of the eight functions and of the proxy.
    assert_eq!(roles.len(), 9, "{roles:?}");
    assert!(roles.contains(&"database/aws:iam:Role/proxy".to_owned()), "{roles:?}");
    let another = fault("finsight_app, and nobody", |graph| {
        let triggers = Value::from_plain_json(&serde_json::json!({"user": "somebody"}));
        changed(graph, "prod", CALL).inputs.insert("triggers".to_owned(), triggers);
    });
    assert_eq!(another.len(), 9, "{another:?}");
    let early = fault("it may be called before", |graph| {
        changed(graph, "prod", "api/aws:lambda:Function/users").options.depends_on.clear();
    });
    assert_eq!(early, ["api/aws:lambda:Function/users"]);
    let once = fault("was restored", |graph| {
        let triggers = Value::from_plain_json(&serde_json::json!({"user": "finsight_app"}));
        changed(graph, "prod", CALL).inputs.insert("triggers".to_owned(), triggers);
    });
    assert_eq!(once, [CALL]);
}
