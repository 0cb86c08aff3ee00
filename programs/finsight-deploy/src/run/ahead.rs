//! What the next `up` would do, with what was read.

use std::collections::BTreeSet;

use finsight_engine::diff::Change;
use finsight_engine::plan::{
    self, Confirmed, Observed, Op, Plan, PlanError, PlanInput, Purpose, Selection, Step,
};
use finsight_engine::urn::Urn;

use super::loaded::Access;
use super::program::Program;
use super::read::Read;
use crate::error::CommandError;

/// What the next `up` would do.
pub struct Ahead {
    /// What it would change, in the plan's order.
    pub steps: Vec<Coming>,
    /// Why it would not begin.
    pub refused: Option<CommandError>,
}

/// What it would do to one resource.
pub struct Coming {
    pub urn: Urn,
    pub op: Op,
    pub reason: String,
    pub diff: Vec<Change>,
    /// Whether that comes of what stands: without what was read it would do something else, or nothing.
    pub outside: bool,
}

impl Coming {
    /// Whether it is a difference: what is only waited for is none.
    pub fn counts(&self) -> bool {
        self.outside && (self.op != Op::Update || !self.diff.is_empty())
    }

    /// The properties that would be set.
    pub fn paths(&self) -> String {
        let paths: Vec<&str> = self.diff.iter().map(|change| change.path.as_str()).collect();
        paths.join(", ")
    }
}

impl<A: Access> Read<A> {
    /// What the next `up` would do. The plan is made twice: with what was read, and by the record alone.
    /// What differs between the two comes of what stands, and not of the program.
    ///
    /// # Errors
    /// Where there is no program to make a plan towards.
    pub fn ahead(&self, select: &Selection) -> Result<Ahead, CommandError> {
        let program = self.desk().program()?;
        let trusted = self.draft_up(&program, select, None).ok();
        let (plan, refusals) = match self.draft_up(&program, select, self.observed.as_ref()) {
            Ok(drafted) => drafted,
            Err(errors) => return Ok(Ahead { steps: Vec::new(), refused: Some(errors.into()) }),
        };
        let trusted = trusted.map(|(plan, _)| plan);
        let changing = plan.steps.into_iter().filter(|step| step.op != Op::Same);
        let coming = |step: Step| {
            let other = trusted.as_ref().and_then(|plan| plan.step(&step.urn));
            Coming {
                outside: trusted.is_some() && !other.is_some_and(|other| alike(&step, other)),
                urn: step.urn,
                op: step.op,
                reason: step.reason,
                diff: step.diff,
            }
        };
        let refused = if refusals.is_empty() { program.refuse_broken().err() } else { Some(refusals.into()) };
        Ok(Ahead { steps: changing.map(coming).collect(), refused })
    }

    fn draft_up(
        &self,
        program: &Program,
        select: &Selection,
        observed: Option<&Observed>,
    ) -> Result<(Plan, Vec<PlanError>), Vec<PlanError>> {
        let settled = &self.settled;
        plan::draft(&PlanInput {
            graph: &program.graph,
            purpose: Purpose::Up,
            state: &settled.state,
            serial: settled.serial,
            registry: &settled.desk.stack.registry,
            observed,
            selection: select,
            replace: &[],
            confirmed: &Confirmed::default(),
            sets: &std::collections::BTreeMap::new(),
            place: &settled.place(),
            entropy: &self.entropy,
        })
    }
}

/// Whether two plans do the same to a resource, as far as people see it.
fn alike(one: &Step, other: &Step) -> bool {
    let paths = |step: &Step| step.diff.iter().map(|change| change.path.clone()).collect::<BTreeSet<_>>();
    one.op == other.op && paths(one) == paths(other)
}
