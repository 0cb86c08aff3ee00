//! What a plan takes away for good: what is lost, what of it stays, what cannot be read any more, and what that costs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use finsight::cost::of_snapshots;
use finsight_engine::plan::{Loss, Op, Plan};
use finsight_engine::schema::{Identity, Registry};
use finsight_engine::state::State;
use finsight_engine::value::Value;
use serde_json::{Value as Json, json};

use super::{BOLD, DELETE, styled};

/// So many names are shown of what is lost alike; `--diff` shows all.
const SHOWN: usize = 3;

/// The section of a plan; nothing where nothing is lost.
pub fn text(plan: &Plan, state: &State, all: bool) -> String {
    if plan.losses.is_empty() {
        return String::new();
    }
    let mut out = format!("\n{}\n", styled(BOLD, "Lost for good"));
    let mut alike: BTreeMap<&str, Vec<&Loss>> = BTreeMap::new();
    for loss in &plan.losses {
        alike.entry(&loss.what).or_default().push(loss);
    }
    for (what, losses) in alike {
        let shown = if all { losses.len() } else { SHOWN };
        let names: Vec<String> = losses.iter().take(shown).map(|loss| named(loss)).collect();
        let more = losses.len().saturating_sub(shown);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let _ = writeln!(out, "  {} {what}: {}{more}", styled(DELETE, "-"), names.join(", "));
    }
    section(&mut out, "What stays of it", &stays(plan, state));
    section(&mut out, "What becomes unreadable", &unreadable(plan));
    out
}

fn section(out: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        let _ = writeln!(out, "{}", styled(BOLD, title));
    }
    for line in lines {
        let _ = writeln!(out, "  {line}");
    }
}

/// What is left of what goes, with what it costs and how it ends.
fn stays(plan: &Plan, state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for loss in &plan.losses {
        for left in &loss.leaves {
            let cost = match snapshot_cost(loss, left, state) {
                Some(cost) => format!(", up to {cost} USD a month until it is deleted"),
                None => String::new(),
            };
            lines.push(format!("{left} of {}{cost}", loss.id));
        }
    }
    let mut waiting: BTreeMap<(&str, i64), Vec<&Loss>> = BTreeMap::new();
    for loss in &plan.losses {
        if let Some(days) = loss.days {
            waiting.entry((loss.urn.type_name(), days)).or_default().push(loss);
        }
    }
    for ((kind, days), losses) in waiting {
        let ids: Vec<String> = losses.iter().map(|loss| named(loss)).collect();
        lines.push(format!("for {days} days, at no cost, to be restored by `up`: {kind} {}", ids.join(", ")));
    }
    let kept = plan.steps.iter().filter(|step| step.op == Op::Forget);
    lines
        .extend(kept.map(|step| format!("{} stands on (retain_on_delete), and costs what it did", step.urn)));
    lines
}

/// What people call it: its name in AWS, or, where AWS mints that, its name in the program too.
fn named(loss: &Loss) -> String {
    let id = loss.id.rsplit_once(':').filter(|_| loss.id.starts_with("arn:")).map_or(&*loss.id, |(_, id)| id);
    if is_told(loss.urn.type_name()) { id.to_owned() } else { format!("{} [{id}]", loss.urn.name()) }
}

/// Whether the program names its physical resources, or AWS mints their ids.
fn is_told(type_name: &str) -> bool {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(finsight_specs::registry);
    REGISTRY.get(type_name).is_some_and(|spec| !matches!(spec.identity, Identity::Minted { .. }))
}

/// What a snapshot of a database may cost in a month: that of its whole storage.
fn snapshot_cost(loss: &Loss, left: &str, state: &State) -> Option<String> {
    let row = state.all_rows().find(|row| row.urn == loss.urn && row.id == loss.id)?;
    let gib = row.inputs.get("allocated_storage").and_then(Value::as_int)?;
    let cost = left.ends_with("snapshot").then(|| of_snapshots(gib, &row.region)).flatten()?;
    Some(cost.fixed(2))
}

fn unreadable(plan: &Plan) -> Vec<String> {
    let line = |loss: &Loss| {
        loss.unreadable.iter().map(|what| format!("{what}, without {}", named(loss))).collect::<Vec<_>>()
    };
    plan.losses.iter().flat_map(line).collect()
}

/// The losses of a plan's JSON document.
pub fn json(plan: &Plan) -> Vec<Json> {
    let one = |loss: &Loss| {
        json!({
            "urn": loss.urn, "id": loss.id, "what": loss.what, "stays": loss.leaves,
            "restorable_days": loss.days, "unreadable": loss.unreadable,
        })
    };
    plan.losses.iter().map(one).collect()
}
