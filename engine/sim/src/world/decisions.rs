//! What plans decided, and what was told to be left alone: judged by what was shown, not by the record.

use std::collections::BTreeSet;

use finsight_engine::contract::{Call, OwnerId, Request, Target};
use finsight_engine::graph::Graph;
use finsight_engine::plan::{Op, Plan};
use finsight_engine::state::{Entry, Operation, Row, State};
use finsight_engine::urn::{Urn, UrnPattern};

use super::{Ask, World};
use crate::hardship::Hardship;

/// What the user has told a run to touch, and the names that resources have had.
#[derive(Debug, Clone, Default)]
pub(super) struct Bounds {
    target: Vec<UrnPattern>,
    exclude: Vec<UrnPattern>,
    component: Vec<String>,
    dependents: bool,
    /// Old and new names of what stands on record under the old one.
    renamed: Vec<(Urn, Urn)>,
}

impl Bounds {
    /// The bounds of a run that begins on this state.
    pub(super) fn of(ask: &Ask, state: &State) -> Self {
        Self {
            target: ask.selection.target.clone(),
            exclude: ask.selection.exclude.clone(),
            component: ask.selection.component.clone(),
            dependents: ask.selection.target_dependents,
            renamed: renamed(&ask.graph, state),
        }
    }

    /// All names of a resource.
    fn names<'a>(&'a self, urn: &'a Urn) -> BTreeSet<&'a Urn> {
        let pairs = self.renamed.iter().filter(|(from, to)| from == urn || to == urn);
        pairs.flat_map(|(from, to)| [from, to]).chain([urn]).collect()
    }

    /// Whether a pattern names something that is on record or declared, by any of its names.
    pub(super) fn knows(&self, pattern: &UrnPattern, state: &State) -> bool {
        state.all_rows().any(|row| pattern.matches(&row.urn))
            || self.renamed.iter().any(|(from, to)| pattern.matches(from) || pattern.matches(to))
    }

    /// Whether a resource stands on record under its old name.
    pub(super) fn stood(&self, urn: &Urn) -> bool {
        self.renamed.iter().any(|(_, to)| to == urn)
    }

    /// Why a resource is not to be touched, if it is not.
    fn forbids(&self, urn: &Urn) -> Option<&'static str> {
        let names = self.names(urn);
        let fits = |patterns: &[UrnPattern]| {
            patterns.iter().any(|pattern| names.iter().any(|name| pattern.matches(name)))
        };
        if fits(&self.exclude) {
            return Some("excluded");
        }
        if !self.target.is_empty() && !self.dependents && !fits(&self.target) {
            return Some("not targeted");
        }
        let inside = |name: &&Urn| self.component.iter().any(|component| component == name.component());
        (!self.component.is_empty() && !self.dependents && !names.iter().any(inside))
            .then_some("of another component")
    }
}

/// What the program has renamed and the state does not know yet.
pub(super) fn renamed(graph: &Graph, state: &State) -> Vec<(Urn, Urn)> {
    graph
        .nodes
        .values()
        .flat_map(|node| node.options.moved_from.iter().map(|from| (from.clone(), node.urn.clone())))
        .filter(|(from, to)| {
            !graph.nodes.contains_key(from)
                && from.type_name() == to.type_name()
                && state.all_rows().any(|row| row.urn == *from)
        })
        .collect()
}

impl World {
    /// What is on record and current is decided anew by the plan that is carried out now.
    pub(super) fn decide_anew(&mut self, state: &State) {
        for row in state.rows.values() {
            self.decided.remove(&row.owner);
        }
        self.watch.before = state.all_rows().map(|row| (row.owner.clone(), row.clone())).collect();
    }

    /// A replacement has begun: what the plan says of the old one holds from now on.
    pub(super) fn note_decisions(&mut self, entries: &[Entry]) {
        for entry in entries {
            let Entry::Intended { intent } = entry else { continue };
            let step = self.watch.plan.as_ref().and_then(|plan| plan.step(&intent.urn));
            if let (Operation::Create, Some(step)) = (intent.operation, step)
                && let (Op::Replace, Some(old)) = (step.op, &step.old_owner)
            {
                self.decided.insert(old.clone(), step.options.retain_on_delete);
            }
        }
    }

    /// Whether a plan has decided that this incarnation stays.
    pub(super) fn is_kept(&self, owner: &OwnerId) -> bool {
        self.holds(Hardship::Decisions) && self.decided.get(owner) == Some(&true)
    }

    /// What the user said is not to be touched.
    pub(super) fn out_of_bounds(&self, urn: &Urn, request: &Request) -> Option<String> {
        if !self.holds(Hardship::Selections) {
            return None;
        }
        let why = self.watch.bounds.forbids(urn)?;
        Some(format!("a {} of {urn}, which is {why}", request.call.name()))
    }

    /// A delete comes after all that the successor needs, where that is no circle.
    pub(super) fn successors_first(&self, plan: &Plan, row: &Row) -> Vec<String> {
        if !self.holds(Hardship::Successors) {
            return Vec::new();
        }
        let removes = |index: &usize| {
            matches!(&plan.actions[*index].kind, finsight_engine::plan::ActionKind::Remove { owner }
                if *owner == row.owner)
        };
        let Some(delete) = (0..plan.actions.len()).find(removes) else { return Vec::new() };
        let applies = |urn: &Urn| {
            plan.actions.iter().position(|action| {
                action.urn == *urn && action.kind == finsight_engine::plan::ActionKind::Apply
            })
        };
        let successors =
            plan.steps.iter().filter(|step| matches!(step.op, Op::Create | Op::Replace)).filter(|step| {
                applies(&step.urn).is_some_and(|apply| plan.actions[apply].after.contains(&delete))
            });
        let mut wrong = Vec::new();
        for step in successors {
            for (to, _) in &step.dependencies {
                let Some(apply) = applies(to) else { continue };
                if !self.watch.applied.contains(to) && !waits(plan, apply, delete) {
                    wrong.push(format!(
                        "{} is deleted before {to}, which its successor {} needs",
                        row.urn, step.urn
                    ));
                }
            }
        }
        wrong
    }

    /// What went first because a value was not known yet differs from what takes its place.
    pub(super) fn needless(&self, urn: &Urn, request: &Request) -> Option<String> {
        let Call::Create { inputs, .. } = &request.call else { return None };
        if !self.holds(Hardship::Needless) {
            return None;
        }
        let plan = self.watch.plan.as_ref()?;
        let step = plan.step(urn).filter(|step| step.op == Op::Replace && !step.forced)?;
        let old = self.watch.before.get(step.old_owner.as_ref()?)?;
        let spec = self.registry.get(urn.type_name())?;
        // What stood on what is gone went with it.
        let gone = |owner: &OwnerId| self.store.state().row(owner).is_none();
        if old.edges.iter().any(|edge| gone(&edge.owner)) || self.watch.faulty {
            return None;
        }
        let changes = finsight_engine::diff::diff_inputs(spec, &old.inputs, inputs, &step.options);
        let needed = changes.iter().any(|change| change.effect == finsight_engine::diff::Effect::Replace);
        (!needed).then(|| format!("{urn} is replaced, and nothing that replaces it has changed"))
    }

    /// An update of what stood ready carries what the plan showed.
    pub(super) fn beyond_the_plan(&self, urn: &Urn, target: &Target, differing: &[String]) -> Option<String> {
        if !self.holds(Hardship::Responders) {
            return None;
        }
        let plan = self.watch.plan.as_ref()?;
        let step = plan.step(urn).filter(|step| step.op == Op::Update)?;
        let row = self.watch.before.values().find(|row| row.id == target.id && row.urn == *urn)?;
        if row.status != finsight_engine::state::Status::Ready {
            return None;
        }
        let shown = |name: &String| {
            step.diff.iter().any(|change| change.path.split('.').next() == Some(name.as_str()))
        };
        let letting = plan.lettings.iter().any(|letting| letting.urn == *urn);
        let beyond = differing.iter().find(|name| !shown(name) && !letting)?;
        Some(format!("an update of {urn} changes {beyond}, which the plan did not show"))
    }
}

/// Whether an action comes, directly or not, after another.
pub(super) fn waits(plan: &Plan, index: usize, other: usize) -> bool {
    let mut open = vec![index];
    let mut seen = BTreeSet::new();
    while let Some(index) = open.pop() {
        if index == other {
            return true;
        }
        if seen.insert(index) {
            open.extend(&plan.actions[index].after);
        }
    }
    false
}
