//! The judge finds what is lost: here somebody takes away what a bad update would forget.

use finsight_engine::plan::Op;
use serde_json::{Value as Json, json};

use super::known::Known;
use super::{Before, Case, Change, change, judge};
use crate::fixture::{Fixture, REGION};
use crate::life::Life;
use crate::runtime;

const KIND: &str = "aws:sns:Topic";

/// A topic with a delivery policy, and beside it another one.
struct Stand {
    life: Life,
    fixture: Fixture,
}

impl Stand {
    async fn new() -> Self {
        let mut stand = Self { life: Life::new().await, fixture: Fixture::of(KIND) };
        let graph = stand.graph("one");
        stand.life.reach(&graph, "made").await;
        stand
    }

    fn graph(&self, name: &str) -> finsight_engine::graph::Graph {
        let policy = self.fixture.samples["delivery_policy"].0.clone();
        self.fixture.graph(&[("display_name", json!(name)), ("delivery_policy", policy)])
    }

    /// A change of the name during which somebody does something else.
    async fn renamed(&mut self, name: &str, lost: Option<(&str, &str)>) -> Change {
        let before = Before::of(&self.life);
        let graph = self.graph(name);
        let done = change(&mut self.life, &graph, KIND, "renamed").await;
        assert_eq!(done.op, Op::Update);
        if let Some((attribute, value)) = lost {
            let sns = self.life.session.region(REGION);
            let call = sns.sns().set_topic_attributes().topic_arn(self.life.subject(KIND).id);
            let call = call.attribute_name(attribute).attribute_value(value);
            call.send().await.expect("it is reset");
        }
        Change { op: Op::Update, changes: before.changes(&self.life, Op::Update) }
    }
}

fn case(property: &str, alone: Change, beside: Vec<(&'static str, Change)>) -> Case {
    Case { type_name: KIND.to_owned(), property: property.to_owned(), alone, beside, others: 1 }
}

fn losses(cases: &[Case]) -> Vec<String> {
    judge(cases, &Known::default()).losses
}

#[test]
fn an_update_that_forgets_another_property_is_found() {
    runtime().block_on(async {
        let mut stand = Stand::new().await;
        let alone = stand.renamed("two", None).await;
        let kept = stand.renamed("three", None).await;
        let shown: Vec<Json> = alone.changes.keys().map(|path| json!(path)).collect();
        assert_eq!(shown.len(), 1, "the name alone is changed: {shown:?}");
        let none = losses(&[case("display_name", alone, vec![("said", kept)])]);
        assert!(none.is_empty(), "{none:?}");

        let alone = stand.renamed("two", None).await;
        let lossy = stand.renamed("four", Some(("DeliveryPolicy", ""))).await;
        let found = losses(&[case("display_name", alone, vec![("said", lossy)])]);
        assert!(!found.is_empty() && found.iter().all(|loss| loss.contains("DeliveryPolicy")), "{found:?}");
    });
}

/// Where it is lost even when the property is changed alone, another property calls the same place its own.
#[test]
fn an_update_that_always_forgets_another_property_is_found() {
    runtime().block_on(async {
        let mut stand = Stand::new().await;
        let lossy = stand.renamed("two", Some(("DeliveryPolicy", ""))).await;
        let graph = stand.graph("two");
        let own = change(&mut stand.life, &graph, KIND, "put back").await;
        let found =
            losses(&[case("display_name", lossy, Vec::new()), case("delivery_policy", own, Vec::new())]);
        assert!(!found.is_empty() && found.iter().all(|loss| loss.contains("DeliveryPolicy")), "{found:?}");
    });
}

/// What others have: a tag on the key that stands beside.
#[test]
fn what_is_lost_of_something_else_is_found() {
    runtime().block_on(async {
        let mut stand = Stand::new().await;
        let alone = stand.renamed("two", None).await;
        let before = Before::of(&stand.life);
        let key = stand.life.state.rows.values().find(|row| row.urn.type_name() == "aws:kms:Key");
        let key = key.expect("a key stands beside").id.clone();
        let graph = stand.graph("three");
        change(&mut stand.life, &graph, KIND, "renamed").await;
        let kms = stand.life.session.region(REGION);
        kms.kms().untag_resource().key_id(key).tag_keys("Stack").send().await.expect("its tag goes");
        let changes = before.changes(&stand.life, Op::Update);
        let found =
            losses(&[case("display_name", alone, vec![("said", Change { op: Op::Update, changes })])]);
        assert!(found.len() == 1 && found[0].contains("{fixture/aws:kms:Key/"), "{found:?}");
    });
}

/// A successor without something that its predecessor had.
#[test]
fn what_a_replacement_forgets_is_found() {
    runtime().block_on(async {
        let mut stand = Stand::new().await;
        let (fixture, policy) = (Fixture::of(KIND), stand.fixture.samples["delivery_policy"].0.clone());
        let named = |name: &str, policy: Option<&Json>| {
            let mut inputs = vec![("topic_name", json!(name))];
            inputs.extend(policy.map(|policy| ("delivery_policy", policy.clone())));
            fixture.graph(&inputs)
        };
        stand.life.reach(&named("one", None), "alone").await;
        let alone = change(&mut stand.life, &named("two", None), KIND, "anew").await;
        assert_eq!(alone.op, Op::Replace);
        stand.life.reach(&named("one", Some(&policy)), "with a policy").await;
        let before = Before::of(&stand.life);
        let graph = named("two", None);
        change(&mut stand.life, &graph, KIND, "anew without it").await;
        let changes = before.changes(&stand.life, Op::Replace);
        let found = losses(&[case("topic_name", alone, vec![("said", Change { op: Op::Replace, changes })])]);
        assert!(!found.is_empty() && found.iter().all(|loss| loss.contains("DeliveryPolicy")), "{found:?}");
    });
}
