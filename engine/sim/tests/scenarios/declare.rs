//! Programs that are wrong: all is said at once, and nothing is changed.

use std::collections::BTreeMap;

use finsight_engine::graph::{Graph, GraphError, Node};
use finsight_engine::program::{Handle, Options, Output, Resource, Scope, Stack};
use finsight_engine::urn::Urn;
use finsight_engine::value::Map;
use finsight_sim::kinds::{self, reference};

use crate::programs::*;

/// A parent as a program declares it.
struct Parent {
    range: String,
}

struct ParentOutputs {
    arn: Output<String>,
}

impl Resource for Parent {
    const TYPE: &'static str = PARENT;
    type Id = String;
    type Outputs = ParentOutputs;

    fn into_inputs(self) -> Map {
        Map::from([("range".to_owned(), self.range.into())])
    }

    fn outputs(urn: &Urn) -> ParentOutputs {
        ParentOutputs { arn: Output::of(urn, "arn") }
    }
}

fn parent() -> Parent {
    Parent { range: OLD.to_owned() }
}

fn scope() -> (Stack, Scope) {
    let stack = Stack::new("dev", "ap-northeast-1");
    let scope = stack.component("sim", BTreeMap::new());
    (stack, scope)
}

/// The messages, places cut off after the file.
fn errors(result: Result<Graph, Vec<GraphError>>) -> Vec<String> {
    result.expect_err("errors").iter().map(ToString::to_string).collect()
}

#[test]
fn a_urn_that_is_declared_twice_is_an_error_that_names_it_and_both_places() {
    let (stack, scope) = scope();
    let first: Handle<Parent> = scope.add("main", parent());
    let at = line!();
    scope.add("main", parent());
    let place = |line: u32| format!("{}:{line}:", file!());
    let errors = errors(stack.finish());
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].starts_with("dev/sim/sim:net:Parent/main is declared twice: at "), "{errors:?}");
    assert!(errors[0].contains(&place(at - 1)) && errors[0].contains(&place(at + 1)), "{errors:?}");
    assert_eq!(first.urn(), &urn(PARENT, "main"));
    assert_eq!(first.arn.value(), reference(&urn(PARENT, "main"), "arn"));
}

#[test]
fn all_that_is_wrong_while_declaring_is_said_at_once_and_there_is_no_program() {
    let (stack, scope) = scope();
    scope.add("main", parent());
    scope.add("main", parent());
    scope.add("with a space", parent());
    let errors = errors(stack.finish());
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[1].contains("the name `with a space` cannot be used"), "{errors:?}");
}

fn graph(nodes: &[(Urn, Map, Options)]) -> Graph {
    let mut graph = Graph::new("dev", "ap-northeast-1");
    for (urn, inputs, options) in nodes {
        let node = Node {
            urn: urn.clone(),
            inputs: inputs.clone(),
            default_tags: BTreeMap::new(),
            options: options.clone(),
            declared_at: "here".to_owned(),
        };
        graph.add(node).expect("a name that is not taken");
    }
    graph
}

fn role(name: &str, note: Option<&str>, options: Options) -> (Urn, Map, Options) {
    let note = note.map(|to| ("note".to_owned(), reference(&urn(ROLE, to), "arn")));
    (urn(ROLE, name), note.into_iter().collect(), options)
}

#[test]
fn a_cycle_names_the_way_round_with_the_property_of_each_step() {
    let circle = graph(&[
        role("a", Some("b"), plain()),
        role("b", None, depending(&urn(ROLE, "c"))),
        role("c", Some("a"), plain()),
        role("apart", Some("a"), plain()),
    ]);
    let GraphError::Cycle { way } = &circle.check().unwrap_err()[0] else { panic!("no cycle") };
    assert_eq!(
        way,
        &[
            "dev/sim/sim:id:Role/a (note)",
            "dev/sim/sim:id:Role/b (depends_on)",
            "dev/sim/sim:id:Role/c (note)",
            "dev/sim/sim:id:Role/a",
        ]
    );
    let own = graph(&[role("a", Some("a"), plain())]);
    assert_eq!(
        own.check().unwrap_err()[0].to_string(),
        "resources depend on each other in a circle: dev/sim/sim:id:Role/a (note) → dev/sim/sim:id:Role/a; \
         take out one of these references"
    );
}

#[test]
fn a_cycle_beside_others_is_named_without_them() {
    // d stands on the circle, and the circle stands on e.
    let graph = graph(&[
        role("d", Some("a"), plain()),
        role("a", Some("b"), depending(&urn(ROLE, "e"))),
        role("b", Some("a"), plain()),
        role("e", None, plain()),
    ]);
    let GraphError::Cycle { way } = &graph.check().unwrap_err()[0] else { panic!("no cycle") };
    assert_eq!(
        way,
        &["dev/sim/sim:id:Role/a (note)", "dev/sim/sim:id:Role/b (note)", "dev/sim/sim:id:Role/a",]
    );
}

#[test]
fn every_reference_to_what_is_not_declared_is_an_error_with_the_names_near_it() {
    let graph = graph(&[
        role("runner", None, plain()),
        role("a", Some("runer"), plain()),
        role("b", None, depending(&urn(PARENT, "xyz"))),
    ]);
    let errors = errors(graph.check().map(|()| graph));
    assert_eq!(
        errors[0],
        "dev/sim/sim:id:Role/a refers to dev/sim/sim:id:Role/runer, which is not declared; \
         did you mean dev/sim/sim:id:Role/runner or dev/sim/sim:id:Role/a or dev/sim/sim:id:Role/b?"
    );
    assert!(
        errors[1].starts_with("dev/sim/sim:id:Role/b refers to dev/sim/sim:net:Parent/xyz, which"),
        "{errors:?}"
    );
    assert_eq!(errors.len(), 2);
}

#[test]
fn a_reference_that_is_hidden_in_operators_and_lists_counts() {
    use finsight_engine::expr::Expr;
    use finsight_engine::value::Value;
    let hidden = Value::Map(Map::from([(
        "x".to_owned(),
        Value::List(vec![Value::Expr(Box::new(Expr::Base64 {
            of: Value::Expr(Box::new(Expr::Json { of: reference(&urn(ROLE, "nowhere"), "arn") })),
        }))]),
    )]));
    let graph = graph(&[(urn(ROLE, "a"), Map::from([("policy".to_owned(), hidden)]), plain())]);
    let errors = errors(graph.check().map(|()| graph));
    assert!(errors[0].contains("refers to dev/sim/sim:id:Role/nowhere"), "{errors:?}");
}

#[test]
fn unknown_types_and_properties_and_missing_ones_are_all_said_at_once() {
    let graph = graph(&[
        (urn("sim:net:Parant", "x"), Map::new(), plain()),
        (urn(PARENT, "main"), Map::from([("rnage".to_owned(), OLD.into())]), plain()),
    ]);
    let registry = kinds::registry();
    let errors = errors(graph.check_types(&registry).map(|()| graph));
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(errors[0].starts_with(
        "dev/sim/sim:net:Parant/x: there is no resource type `sim:net:Parant`; did you mean sim:net:Parent"
    ));
    assert!(errors[1].contains("property `range` is required and not set"), "{errors:?}");
    assert!(
        errors[2].contains("property `rnage` does not exist on sim:net:Parent; did you mean range"),
        "{errors:?}"
    );
}
