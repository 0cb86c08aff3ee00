//! A plan as the JSON document of the command-line contract.

use std::time::Duration;

use finsight_engine::approval::Broadening;
use finsight_engine::diff::{Change, Effect};
use finsight_engine::plan::{Op, Plan};
use finsight_engine::policy::Finding;
use finsight_engine::refresh::{Drift, DriftKind};
use finsight_engine::state::Intent;
use serde_json::{Value as Json, json};

use super::cost_json;
use super::cost_text::Change as CostChange;
use super::losses;
use super::plan_text::left_words;
use crate::error::CommandError;

/// The document of `preview --json`.
pub fn document(
    plan: &Plan,
    open: &[Intent],
    drifted: &[Drift],
    wider: &[Broadening],
    policy: &[Finding],
    cost: &Result<CostChange, CommandError>,
) -> Json {
    let mut steps: Vec<Json> = plan
        .steps
        .iter()
        .map(|step| {
            let mut json = json!({
                "urn": step.urn,
                "type": step.urn.type_name(),
                "op": step.op,
                "reason": step.reason,
                "diff": changes(&step.diff),
                "depends_on": step.depends_on,
            });
            if let Some(why) = &step.delete_first {
                json["delete_first"] = json!(why);
            }
            if step.op == Op::Replace {
                json["old"] = json!(if step.keeps_old() { Op::Forget } else { Op::Delete });
            }
            json
        })
        .collect();
    steps.extend(plan.leftovers.iter().map(|left| {
        json!({
            "urn": left.urn,
            "type": left.urn.type_name(),
            "op": if left.forget { "forget" } else { "delete" },
            "id": left.id,
            "reason": left_words(left),
            "diff": [],
            "depends_on": [],
        })
    }));
    json!({
        "version": 1,
        "stack": plan.stack,
        "serial": plan.serial,
        "steps": steps,
        "summary": plan.summary(),
        "likely_seconds": Duration::from_millis(plan.likely_millis()).as_secs_f64(),
        "notes": plan.notes,
        "losses": losses::json(plan),
        "drift": drifted.iter().filter_map(drift).collect::<Vec<_>>(),
        "open": open.iter().map(|intent| json!({"urn": intent.urn, "operation": intent.operation})).collect::<Vec<_>>(),
        "policy": policy.iter().map(finding).collect::<Vec<_>>(),
        "broadening": wider,
        "cost": cost_json::change(cost),
    })
}

/// A finding of the policy pack; `waived` says until when and why it is accepted.
fn finding(finding: &Finding) -> Json {
    let mut json = json!({
        "rule": finding.rule,
        "severity": finding.severity.word(),
        "urn": finding.urn,
        "message": finding.message,
    });
    if let Some(waived) = &finding.waived {
        json["waived"] = json!(waived);
    }
    json
}

/// Changes as JSON; the effects of the contract are `none`, `update` and `replace`.
pub fn changes(changes: &[Change]) -> Vec<Json> {
    changes
        .iter()
        .map(|change| {
            let effect = match change.effect {
                Effect::None => "none",
                Effect::Update | Effect::Interrupt => "update",
                Effect::Replace => "replace",
            };
            json!({
                "path": change.path,
                "before": change.before.masked(),
                "after": change.after.masked(),
                "effect": effect,
            })
        })
        .collect()
}

/// One drifted resource as JSON; what could not be read is not drift.
pub fn drift(drift: &Drift) -> Option<Json> {
    match &drift.kind {
        DriftKind::Changed(diff) => Some(json!({"urn": drift.urn, "kind": "changed", "diff": changes(diff)})),
        DriftKind::Deleted => Some(json!({"urn": drift.urn, "kind": "deleted", "diff": []})),
        DriftKind::Unreadable(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use finsight_engine::contract::OwnerId;
    use finsight_engine::plan::{Leftover, Op, PLAN_VERSION, Plan, Step};
    use finsight_engine::program::Options;
    use finsight_engine::state::State;
    use finsight_engine::urn::Urn;
    use finsight_engine::value::Map;
    use serde_json::json;

    use crate::render::plan_text;

    fn urn() -> Urn {
        "dev/network/aws:kms:Key/logs".parse().expect("a URN")
    }

    fn replacement(retain_on_delete: bool, delete_first: Option<&str>) -> Plan {
        let step = Step {
            urn: urn(),
            op: Op::Replace,
            reason: "--replace names it".to_owned(),
            diff: Vec::new(),
            depends_on: Vec::new(),
            owner: OwnerId("new".to_owned()),
            old_owner: Some(OwnerId("old".to_owned())),
            delete_first: delete_first.map(str::to_owned),
            inputs: Map::new(),
            known: Map::new(),
            new_name: None,
            adopts: None,
            default_tags: BTreeMap::new(),
            options: Options { retain_on_delete, ..Options::default() },
            dependencies: BTreeSet::new(),
            region: "ap-northeast-1".to_owned(),
            along: BTreeSet::new(),
            forced: true,
            touch: false,
            record_only: false,
            unselected: false,
        };
        let left = |forget: bool| Leftover {
            urn: urn(),
            owner: OwnerId(format!("left{forget}")),
            id: format!("left-{forget}"),
            forget,
        };
        Plan {
            version: PLAN_VERSION,
            stack: "dev".to_owned(),
            serial: 1,
            account: None,
            region: "ap-northeast-1".to_owned(),
            destroy: false,
            steps: vec![step],
            leftovers: vec![left(false), left(true)],
            lettings: Vec::new(),
            actions: Vec::new(),
            moves: Vec::new(),
            gone: Vec::new(),
            refreshed: Vec::new(),
            outputs: Map::new(),
            losses: Vec::new(),
            outputs_change: false,
            notes: vec!["one does without the other".to_owned()],
        }
    }

    /// V33: people and machines read what is done with the old one.
    #[test]
    fn what_becomes_of_the_old_one_is_said() {
        for (retained, first, old, words) in [
            (false, None, "delete", "the new one is created before the old one is deleted"),
            (false, Some("why"), "delete", "the old one is deleted before the new one is created: why"),
            (
                true,
                None,
                "forget",
                "the old one is not deleted: it stands on in AWS, and leaves the record once",
            ),
            (
                true,
                Some("why"),
                "forget",
                "the old one is not deleted: it stands on in AWS, and leaves the record before",
            ),
        ] {
            let plan = replacement(retained, first);
            let text = plan_text::plan(&plan, &State::empty("dev"), &[], false);
            assert!(text.contains(words) && text.contains("one does without the other"), "{text}");
            assert!(text.contains("delete left-false: left by an earlier replacement\n"), "{text}");
            assert!(
                text.contains("forget left-true: left by an earlier replacement, and retained"),
                "{text}"
            );
            let unknown = Err(crate::error::CommandError::new("COST-NO-PRICE", "none", ""));
            let document = super::document(&plan, &[], &[], &[], &[], &unknown);
            assert_eq!(document["steps"][0]["old"], old);
            assert_eq!(document["notes"], json!(["one does without the other"]));
            let left = |index: usize| (&document["steps"][index]["op"], &document["steps"][index]["id"]);
            assert_eq!(left(1), (&json!("delete"), &json!("left-false")));
            assert_eq!(left(2), (&json!("forget"), &json!("left-true")));
        }
    }
}
