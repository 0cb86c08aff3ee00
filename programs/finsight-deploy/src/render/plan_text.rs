//! A plan for people: a tree by component, what changes and why, a summary line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use anstyle::Style;
use finsight_engine::approval::Broadening;
use finsight_engine::diff::{Change, Effect};
use finsight_engine::plan::{Leftover, Op, Plan, Step};
use finsight_engine::schema::Registry;
use finsight_engine::state::State;
use finsight_engine::value::Value;

use super::losses;
use super::{BOLD, CREATE, DELETE, DIM, REPLACE, UPDATE, duration, styled, value};

/// The plan as text; with `diff`, all properties of what is created too.
pub fn plan(plan: &Plan, state: &State, wider: &[Broadening], diff: bool) -> String {
    let mut out = String::new();
    let mut components: BTreeMap<&str, Vec<&Step>> = BTreeMap::new();
    for step in plan.steps.iter().filter(|step| step.op != Op::Same) {
        components.entry(step.urn.component()).or_default().push(step);
    }
    for component in in_order(&plan.steps) {
        let Some(steps) = components.get(component) else { continue };
        let _ = writeln!(out, "{}", styled(BOLD, component));
        for step in steps {
            write_step(&mut out, step, diff);
        }
    }
    for left in &plan.leftovers {
        let (mark, style) = mark(if left.forget { Op::Forget } else { Op::Delete });
        let _ = writeln!(
            out,
            "  {} {} {}  {} {}: {}",
            styled(style, mark),
            left.urn.type_name(),
            left.urn.name(),
            if left.forget { "forget" } else { "delete" },
            left.id,
            left_words(left)
        );
    }
    for (from, to) in &plan.moves {
        let _ = writeln!(out, "  {} {from} is {to} now", styled(UPDATE, ">"));
    }
    for note in &plan.notes {
        let _ = writeln!(out, "  {} {note}", styled(DIM, "note:"));
    }
    write_broadening(&mut out, wider);
    out.push_str(&losses::text(plan, state, diff));
    let _ = writeln!(out, "{}", summary(plan, state));
    out
}

/// The components, each after those that it depends on; by name where that leaves a choice.
fn in_order(steps: &[Step]) -> Vec<&str> {
    let mut waits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for step in steps {
        let own = step.urn.component();
        let others = step.depends_on.iter().map(|urn| urn.component()).filter(|other| *other != own);
        waits.entry(own).or_default().extend(others);
    }
    let mut order: Vec<&str> = Vec::new();
    while order.len() < waits.len() {
        let open = || waits.iter().filter(|(name, _)| !order.contains(*name));
        let ready =
            open().find(|(_, on)| on.iter().all(|other| order.contains(other) || !waits.contains_key(other)));
        // Components that wait for each other stand by name.
        let Some((next, _)) = ready.or_else(|| open().next()) else { break };
        order.push(*next);
    }
    order
}

/// The sign of what is done, and its colour.
pub(super) fn mark(op: Op) -> (&'static str, Style) {
    match op {
        Op::Create => ("+", CREATE),
        Op::Update => ("~", UPDATE),
        Op::Replace => ("±", REPLACE),
        Op::Delete => ("-", DELETE),
        Op::Import => ("=", CREATE),
        Op::Forget => ("x", DIM),
        Op::Same => (" ", DIM),
    }
}

fn write_step(out: &mut String, step: &Step, diff: bool) {
    let (mark, style) = mark(step.op);
    let _ = writeln!(
        out,
        "  {} {} {}  {}: {}",
        styled(style, mark),
        step.urn.type_name(),
        styled(BOLD, step.urn.name()),
        step.op.word(),
        step.reason
    );
    if let Some(words) = old_one(step) {
        let _ = writeln!(out, "      {words}");
    }
    if step.op == Op::Create && !diff {
        return;
    }
    for change in &step.diff {
        write_change(out, change);
    }
}

/// Why what an earlier replacement left is deleted or forgotten.
pub(super) fn left_words(left: &Leftover) -> &'static str {
    if left.forget {
        "left by an earlier replacement, and retained: it stands on in AWS"
    } else {
        "left by an earlier replacement"
    }
}

/// What becomes of the one that is replaced, and when.
fn old_one(step: &Step) -> Option<String> {
    match (&step.delete_first, step.keeps_old()) {
        _ if step.op != Op::Replace => None,
        (Some(why), false) => Some(format!("the old one is deleted before the new one is created: {why}")),
        (None, false) if swaps(step.urn.type_name()) => Some(
            "the new one takes the old one's place in one call where both cannot stand, and else is created before the \
             old one is deleted"
                .to_owned(),
        ),
        (None, false) => Some("the new one is created before the old one is deleted".to_owned()),
        (first, true) => {
            let when =
                if first.is_some() { "before the new one is created" } else { "once the new one stands" };
            Some(format!(
                "the old one is not deleted: it stands on in AWS, and leaves the record {when} (retain_on_delete is set)"
            ))
        }
    }
}

fn swaps(type_name: &str) -> bool {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(finsight_specs::registry);
    REGISTRY.get(type_name).is_some_and(|spec| spec.swaps)
}

fn write_change(out: &mut String, change: &Change) {
    let effect = match change.effect {
        Effect::Replace => styled(REPLACE, "  (forces replacement)"),
        Effect::Interrupt => styled(UPDATE, "  (interrupts service)"),
        Effect::None => styled(DIM, "  (on record only)"),
        Effect::Update => String::new(),
    };
    if let (Value::List(old), Value::List(new)) = (&change.before, &change.after) {
        let _ = writeln!(out, "      {}:{effect}", change.path);
        for gone in old.iter().filter(|item| !new.contains(item)) {
            let _ = writeln!(out, "        {} {}", styled(DELETE, "-"), value(gone));
        }
        for added in new.iter().filter(|item| !old.contains(item)) {
            let _ = writeln!(out, "        {} {}", styled(CREATE, "+"), value(added));
        }
        return;
    }
    let _ = match (&change.before, &change.after) {
        (Value::Null, after) => writeln!(out, "      {} = {}{effect}", change.path, value(after)),
        (before, after) => {
            writeln!(out, "      {}: {} → {}{effect}", change.path, value(before), value(after))
        }
    };
}

fn write_broadening(out: &mut String, wider: &[Broadening]) {
    if wider.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", styled(BOLD, "Opens up"));
    for item in wider {
        let _ = writeln!(out, "  {} {} {}", item.kind, item.urn, super::words(&item.statement));
    }
}

fn summary(plan: &Plan, state: &State) -> String {
    let counts = plan.summary();
    if !plan.has_changes() {
        let moved = if plan.moves.is_empty() { "" } else { " but names on record" };
        let unselected = plan.steps.iter().filter(|step| step.unselected).count();
        let same = counts[Op::Same.word()];
        let rest = if unselected == 0 { String::new() } else { format!(", {unselected} are not selected") };
        return format!("Nothing to change{moved}: {same} resources are as declared{rest}.");
    }
    let parts: Vec<String> = [
        ("create", "to create"),
        ("update", "to update"),
        ("replace", "to replace"),
        ("delete", "to delete"),
        ("import", "to import"),
        ("forget", "to forget"),
        ("same", "unchanged"),
    ]
    .into_iter()
    .filter(|(op, _)| counts.get(op).is_some_and(|count| *count > 0))
    .map(|(op, words)| format!("{} {words}", counts[op]))
    .collect();
    let estimate = duration(plan.likely_millis());
    let at = if state.serial == 0 {
        "a stack that does not exist yet".to_owned()
    } else {
        format!("serial {}", state.serial)
    };
    format!("\n{}: {}. About {estimate} in AWS, from {at}.", styled(BOLD, "Plan"), parts.join(", "))
}
