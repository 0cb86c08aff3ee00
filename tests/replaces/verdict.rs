//! One case: what was done, and how it is judged.

use std::collections::BTreeSet;

use finsight_engine::exec::Outcome;
use finsight_engine::graph::Graph;
use finsight_engine::plan::{Op, Plan, PlanError};
use finsight_engine::urn::{Urn, UrnPattern};
use finsight_local::Status;

use crate::facts::{Facts, Names, label};
use crate::known::KNOWN;
use crate::stand::Stand;
use crate::world::{End, World};

/// What stays on purpose: the last snapshot of a database, versions of functions.
const LASTING: [&str; 2] = ["aws:rds:DBSnapshot", "aws:lambda:Version"];

/// How a case ended.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Replaced, and nothing left to do.
    Replaced,
    /// Refused before anything changed: the texts.
    Refused(String),
    /// It was not replaced: the program means the same.
    Same,
    /// AWS does not take the value: nothing is proved.
    Invalid(String),
    /// It did not end well.
    Failed(String),
    /// It did not end.
    Hung(String),
}

/// What is tried: a program, and what is replaced in any case.
pub struct Attempt<'a> {
    pub stand: &'a Stand,
    pub graph: Graph,
    pub replace: Vec<UrnPattern>,
    /// What has to be another one afterwards.
    pub subject: &'a Urn,
    /// Types of which the program declares more than before.
    pub more: BTreeSet<String>,
    /// Whether the program says the same as before, but for names of its own. What another value changes around it, the
    /// tests of handlers know (`kept`).
    pub means_the_same: bool,
}

impl Attempt<'_> {
    pub async fn verdict(&self) -> Verdict {
        let (mut world, _dir) = self.stand.open().await;
        let checked = match world.checked(&self.graph) {
            Ok(checked) => checked,
            Err(why) => return Verdict::Invalid(format!("the program: {why}")),
        };
        let (state, calls) = (world.state.clone(), world.cloud.call_count());
        let plan = match world.plan(&checked, &self.replace).await {
            Ok(plan) => plan,
            Err(errors) => {
                let changed = world.cloud.calls().iter().any(|call| call.index >= calls && call.mutating);
                return refused(&errors, changed || world.state != state);
            }
        };
        if !self.replaces(&plan) {
            return Verdict::Same;
        }
        let touched = touched(&plan);
        let outcome = match world.execute(plan).await {
            End::Hung(why) => return Verdict::Hung(why),
            End::Over(outcome) => outcome,
        };
        if !outcome.succeeded() {
            return failed(&outcome, self.subject);
        }
        match world.plan(&checked, &[]).await {
            Err(errors) => Verdict::Failed(format!("then there is no plan: {}", texts(&errors))),
            Ok(again) if again.has_changes() => {
                Verdict::Failed(format!("a second run would change: {}", shown(&again)))
            }
            Ok(_) => self.left_over(&world, &touched).await,
        }
    }

    fn replaces(&self, plan: &Plan) -> bool {
        let goes = |op: Op| matches!(op, Op::Replace | Op::Delete | Op::Forget);
        plan.steps.iter().any(|step| step.urn == *self.subject && goes(step.op))
    }

    /// What it must leave: as many of each type as before, all of them in order.
    async fn left_over(&self, world: &World, touched: &[String]) -> Verdict {
        let state = &world.state;
        if !state.deposed.is_empty() || !state.intents.is_empty() {
            let left: Vec<String> = state.deposed.values().map(|row| row.urn.to_string()).collect();
            return Verdict::Failed(format!("left on record: {left:?}, {} intents", state.intents.len()));
        }
        let uneven = uneven(&self.stand.status, &world.cloud.status().await, &self.more, touched);
        if !uneven.is_empty() {
            return Verdict::Failed(format!("left in AWS: {uneven}"));
        }
        match self.lost(world, touched) {
            lost if lost.is_empty() || !self.means_the_same => Verdict::Replaced,
            lost => Verdict::Failed(format!("lost of what was left alone: {}", lost.join(", "))),
        }
    }

    /// What the account knew of resources that the plan left alone, and does not know any more.
    fn lost(&self, world: &World, touched: &[String]) -> Vec<String> {
        let before = Names::of(&self.stand.state, &world.registry, Some(self.subject));
        let now = Names::of(&world.state, &world.registry, Some(self.subject)).after(&before);
        let snapshot = world.cloud.snapshot().expect("the account is written as JSON");
        let changes =
            Facts::of(&self.stand.snapshot, &before, true).changes(&Facts::of(&snapshot, &now, true));
        let of_touched = |text: &str| touched.iter().any(|label| text.contains(label.as_str()));
        let mut lost = Vec::new();
        for (path, moved) in changes.iter().filter(|(path, _)| !of_touched(path)) {
            let values: Vec<&String> = moved.lost.iter().filter(|value| !of_touched(value)).collect();
            if !values.is_empty() && KNOWN.moves(path, touched).is_none() {
                lost.push(format!("{path}: {values:?} → {:?}", moved.came));
            }
        }
        lost
    }
}

/// What stands in facts for the resources that a plan changes.
fn touched(plan: &Plan) -> Vec<String> {
    let steps = plan.steps.iter().filter(|step| step.op != Op::Same).map(|step| label(&step.urn));
    steps.chain(plan.leftovers.iter().map(|left| label(&left.urn))).collect()
}

fn uneven(before: &Status, after: &Status, more: &BTreeSet<String>, touched: &[String]) -> String {
    let kinds: BTreeSet<&str> = before.iter().chain(after.iter()).map(|(kind, _)| kind).collect();
    let lasting = |kind: &str| LASTING.contains(&kind) && after.count(kind) > before.count(kind);
    let differs =
        |kind: &&str| before.count(kind) != after.count(kind) && !more.contains(*kind) && !lasting(kind);
    let told = kinds.into_iter().filter(differs).filter(|kind| !KNOWN.counts_differ(kind, touched));
    told.map(|kind| format!("{kind} {} → {}", before.count(kind), after.count(kind)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A refusal names a resource and what to do.
fn refused(errors: &[PlanError], changed: bool) -> Verdict {
    let texts = texts(errors);
    if changed {
        return Verdict::Failed(format!("refused, but something was changed: {texts}"));
    }
    let tells = |error: &PlanError| {
        let text = error.to_string();
        text.contains(';') && text.split_whitespace().any(|word| word.matches('/').count() == 3)
    };
    if errors.iter().all(tells) {
        Verdict::Refused(texts)
    } else {
        Verdict::Failed(format!("refused without holder and way out: {texts}"))
    }
}

fn texts(errors: &[PlanError]) -> String {
    errors.iter().map(|error| format!("{}: {error}", error.code())).collect::<Vec<_>>().join(" | ")
}

/// AWS may not take the other value; what it refuses to others, the plan should have known.
fn failed(outcome: &Outcome, subject: &Urn) -> Verdict {
    let told: Vec<String> = outcome
        .errors
        .iter()
        .map(|(urn, trouble)| {
            let aws = trouble.failure.as_ref().map(|failure| format!(" ({failure})")).unwrap_or_default();
            format!("{urn}: {trouble}{aws}")
        })
        .chain(outcome.store_failed.clone())
        .collect();
    let told = told.join(" | ");
    if outcome.errors.iter().all(|(urn, trouble)| urn == subject && trouble.code == "EXEC-INVALID") {
        Verdict::Invalid(told)
    } else {
        Verdict::Failed(told)
    }
}

fn shown(plan: &Plan) -> String {
    let changes = plan.steps.iter().filter(|step| step.op != Op::Same);
    changes
        .map(|step| {
            let paths: Vec<&str> = step.diff.iter().map(|change| change.path.as_str()).collect();
            format!("{} {} ({}) {paths:?}", step.op.word(), step.urn, step.reason)
        })
        .chain(plan.leftovers.iter().map(|left| format!("delete {} {}", left.urn, left.id)))
        .collect::<Vec<_>>()
        .join("; ")
}
