//! A plan as the JSON document of the command-line contract.

use finsight_engine::approval::Broadening;
use finsight_engine::diff::{Change, Effect};
use finsight_engine::plan::Plan;
use finsight_engine::policy::Finding;
use finsight_engine::refresh::{Drift, DriftKind};
use finsight_engine::state::Intent;
use serde_json::{Value as Json, json};

use super::cost_json;
use super::cost_text::Change as CostChange;
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
            json
        })
        .collect();
    steps.extend(plan.leftovers.iter().map(|left| {
        json!({
            "urn": left.urn,
            "type": left.urn.type_name(),
            "op": if left.forget { "forget" } else { "delete" },
            "reason": format!("{} was left by an earlier replacement", left.id),
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
