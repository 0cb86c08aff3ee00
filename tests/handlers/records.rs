//! Records of a name, and what stands there while they change.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_route53::types::ResourceRecordSet;
use finsight_engine::contract::{Call, INSTEAD_OF, Reply};
use finsight_engine::graph::Graph;
use finsight_engine::plan::Op;
use finsight_engine::state::{Entry, Intent, Operation};
use finsight_engine::value::Map;
use finsight_local::{CallInfo, Fault, Faults};
use serde_json::json;

use crate::fixture::{urn, value};
use crate::life::{Life, shown};
use crate::network::config;
use crate::rds::{graph, node};
use crate::runtime;

const ZONE: &str = "aws:route53:HostedZone";
const RECORD: &str = "aws:route53:RecordSet";
const A: (&str, &str) = ("A", "192.0.2.1");
const AAAA: (&str, &str) = ("AAAA", "2001:db8::1");
const CNAME: (&str, &str) = ("CNAME", "site.example.net");

fn inputs(json: &serde_json::Value) -> Map {
    value(json).as_map().cloned().expect("a map")
}

/// A zone with records of one name: by their names in the program, each with its type and value.
fn records(of: &[(&str, (&str, &str))]) -> Graph {
    let zone = node(ZONE, "main", inputs(&json!({"name": "example.com"})));
    let record = |(name, (kind, says)): &(&str, (&str, &str))| {
        let inputs = inputs(&json!({
            "hosted_zone_id": {"$output": "aws:route53:HostedZone/main.id"},
            "name": "www.example.com", "record_type": kind, "ttl": 60, "resource_records": [says],
        }));
        node(RECORD, name, inputs)
    };
    graph(std::iter::once(zone).chain(of.iter().map(record)))
}

/// What stands under the name, in AWS's words.
async fn standing(life: &Life) -> BTreeSet<String> {
    let aws = aws_sdk_route53::Client::new(&config(life).await);
    let zone = life.state.rows[&urn(ZONE, "main")].id.clone();
    let all = aws.list_resource_record_sets().hosted_zone_id(zone).send().await.expect("the zone stands");
    let here = |record: &&ResourceRecordSet| record.name() == "www.example.com.";
    all.resource_record_sets().iter().filter(here).map(|record| record.r#type().as_str().to_owned()).collect()
}

/// How many batches of changes were sent since.
fn batches(life: &Life, from: usize) -> usize {
    life.cloud.calls()[from..].iter().filter(|call| call.operation == "ChangeResourceRecordSets").count()
}

/// K19: what has no record for a moment is kept as not there for a quarter of an hour. One batch has both.
#[test]
fn another_type_of_record_takes_its_place_in_one_call() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&records(&[("subject", A)]), "before").await;
        for (number, wanted) in [CNAME, A, AAAA, CNAME].into_iter().enumerate() {
            let what = format!("change {number}, to {}", wanted.0);
            let to = records(&[("subject", wanted)]);
            let plan = life.plan(&to).await;
            let step = plan.step(&urn(RECORD, "subject")).expect("a step");
            assert_eq!((step.op, &step.delete_first), (Op::Replace, &None), "{what}");
            let from = life.cloud.calls().len();
            let outcome = life.execute(plan).await;
            assert!(outcome.succeeded(), "{what}: {:?}", outcome.errors);
            // The two can stand side by side: the new one first, then the old one's delete.
            let beside = number == 2;
            assert_eq!(batches(&life, from), if beside { 2 } else { 1 }, "{what}");
            life.reach(&to, &what).await;
            assert_eq!(standing(&life).await, BTreeSet::from([wanted.0.to_owned()]), "{what}");
            assert_eq!(life.state.deposed.len(), 0, "{what}");
        }
        life.destroy("all of it").await;
    });
}

/// One record makes way for two, and two for one.
#[test]
fn one_name_for_two_and_back() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let one = records(&[("subject", CNAME)]);
        let two = records(&[("subject", A), ("other", AAAA)]);
        life.reach(&one, "one").await;
        let from = life.cloud.calls().len();
        life.reach(&two, "two").await;
        assert_eq!(batches(&life, from), 2, "the swap, then the second");
        assert_eq!(standing(&life).await, BTreeSet::from(["A".to_owned(), "AAAA".to_owned()]));
        life.reach(&one, "one again").await;
        assert_eq!(standing(&life).await, BTreeSet::from(["CNAME".to_owned()]));
        life.destroy("all of it").await;
    });
}

/// Cuts the connection at the n-th changing call.
struct Cut {
    at: u64,
    after_effect: bool,
    seen: AtomicU64,
}

impl Cut {
    fn strike(&self, call: &CallInfo, now: bool) -> Option<Fault> {
        let hit = now && call.mutating && self.seen.fetch_add(1, Ordering::SeqCst) == self.at;
        hit.then_some(Fault::DropConnection)
    }
}

impl Faults for Cut {
    fn before(&self, call: &CallInfo) -> Option<Fault> {
        self.strike(call, !self.after_effect)
    }

    fn after(&self, call: &CallInfo) -> Option<Fault> {
        self.strike(call, self.after_effect)
    }
}

#[test]
fn an_answer_lost_while_types_change_leaves_one_record() {
    runtime().block_on(async {
        for (from, to) in [(A, CNAME), (CNAME, A), (A, AAAA)] {
            for (at, after_effect) in [(0, true), (0, false), (1, true), (1, false)] {
                let what = format!("{} to {}, call {at}, after the effect: {after_effect}", from.0, to.0);
                let mut life = Life::new().await;
                life.reach(&records(&[("subject", from)]), &what).await;
                let cut = Cut { at, after_effect, seen: AtomicU64::new(0) };
                life.cloud.set_faults(Some(Arc::new(cut)));
                let outcome = life.up(&records(&[("subject", to)])).await;
                life.cloud.set_faults(None);
                assert!(outcome.succeeded(), "{what}: {:?}", outcome.errors);
                life.reach(&records(&[("subject", to)]), &what).await;
                assert_eq!(standing(&life).await, BTreeSet::from([to.0.to_owned()]), "{what}");
                life.destroy(&what).await;
            }
        }
    });
}

/// The run dies once its batch is sent, before its answer is on record; or before it is sent.
#[test]
fn a_run_that_died_at_the_batch_is_gone_on_with() {
    runtime().block_on(async {
        for sent in [true, false] {
            let what = format!("sent: {sent}");
            let mut life = Life::new().await;
            life.reach(&records(&[("subject", A)]), &what).await;
            let to = records(&[("subject", CNAME)]);
            let plan = life.plan(&to).await;
            let step = plan.step(&urn(RECORD, "subject")).expect("a step").clone();
            let old = life.subject(RECORD);
            let wanted: Map = step.known.clone();
            let intent = Intent {
                owner: step.owner.clone(),
                urn: step.urn.clone(),
                operation: Operation::Create,
                account: old.account.clone(),
                region: old.region.clone(),
                inputs: wanted.clone(),
                edges: old.edges.clone(),
                options: step.options.clone(),
            };
            life.state.apply(&[Entry::Intended { intent }]).expect("an intent");
            if sent {
                let mut inputs = wanted;
                inputs.insert(INSTEAD_OF.to_owned(), old.id.as_str().into());
                let create = Call::Create { owner: step.owner.clone(), inputs };
                let reply = life.call(&old, create).await;
                assert!(matches!(reply, Reply::Created { .. }), "{reply:?}");
            }
            life.settle().await;
            let plan = life.plan(&to).await;
            let changes = plan.step(&urn(RECORD, "subject")).map(|step| step.op);
            assert_eq!(changes == Some(Op::Replace), !sent, "{what}: {}", shown(&plan));
            assert!(life.execute(plan).await.succeeded(), "{what}");
            life.reach(&to, &what).await;
            assert_eq!(standing(&life).await, BTreeSet::from(["CNAME".to_owned()]), "{what}");
            life.destroy(&what).await;
        }
    });
}
