//! Policy and preflight, asked of the very plan that is to be carried out.

use std::path::Path;

use finsight_engine::approval::{Broadening, broadening};
use finsight_engine::graph::Graph;
use finsight_engine::plan::{Op, Plan};
use finsight_engine::policy::Finding;
use finsight_engine::state::State;
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;

use super::approved::Approved;
use super::ask::ask_or_stop;
use super::desk::Desk;
use super::loaded::{Access, Holding, Looking};
use super::planned::{Planned, Wanted};
use crate::builds::Ahead;
use crate::cli::RequireApproval;
use crate::error::CommandError;
use crate::preflight;
use crate::render::{self, cost_text, plan_text, policy_text};

/// A plan, and whether it may be carried out.
pub struct Judged<A> {
    pub(super) planned: Planned<A>,
    policy: Vec<Finding>,
    wider: Vec<Broadening>,
    verdict: Result<(), CommandError>,
}

impl<A: Access> Planned<A> {
    /// Asks policy and preflight of it.
    pub async fn judge(self) -> Result<Judged<A>, CommandError> {
        let desk = self.desk();
        let policy = self.policy();
        let wider = broadening(&desk.stack.registry, &self.plan, self.state());
        let verdict = desk.stop.or(self.verdict(&policy)).await?;
        Ok(Judged { planned: self, policy, wider, verdict })
    }

    async fn verdict(&self, policy: &[Finding]) -> Result<(), CommandError> {
        let connection = self.settled.access.connection();
        // First: what seems to be lost may be between two names.
        if let Some(connection) = connection {
            preflight::check_restores(&self.plan, self.state(), connection).await?;
        }
        self.sound.clone()?;
        broken(policy)?;
        self.check_packages()?;
        match connection {
            Some(connection) => {
                preflight::check_stopped(&self.plan, self.state(), connection).await?;
                preflight::check_account(&self.plan, connection).await
            }
            None => Ok(()),
        }
    }

    /// What the policy pack says of what the plan was made towards.
    fn policy(&self) -> Vec<Finding> {
        let desk = self.desk();
        let about = |graph: &Graph| desk.stack.policy(&desk.config, graph);
        match &self.wish {
            Wanted::Program(_, findings) => findings.clone(),
            Wanted::Kept(graph) => about(graph),
            // What it does not touch is no reason to leave open what somebody opened.
            Wanted::Record(graph) => {
                let touched = |urn: &Urn| self.plan.step(urn).is_some_and(|step| step.op != Op::Same);
                // What is so as it stands is not let in by the fix either.
                let stands = about(&as_it_stands(graph, &self.plan));
                let is_new = |finding: &Finding| {
                    !stands.iter().any(|other| (&other.rule, &other.urn) == (&finding.rule, &finding.urn))
                };
                let let_in = |finding: &Finding| finding.urn.as_ref().is_some_and(touched) && is_new(finding);
                about(graph).into_iter().filter(let_in).collect()
            }
            // Of what is taken down, protection is asked: the plan refuses it.
            Wanted::Nothing => Vec::new(),
        }
    }
}

/// What is on record as others have changed it. Of a property that they changed in part it is not known what a rule
/// would say.
fn as_it_stands(record: &Graph, plan: &Plan) -> Graph {
    let mut graph = record.clone();
    for step in &plan.steps {
        match step.op {
            Op::Create => {
                graph.nodes.remove(&step.urn);
            }
            _ => {
                let Some(node) = graph.nodes.get_mut(&step.urn) else { continue };
                for change in &step.diff {
                    let (name, value) = match change.path.split_once('.') {
                        Some((name, _)) => (name, Value::Unknown),
                        None => (change.path.as_str(), change.before.clone()),
                    };
                    node.inputs.insert(name.to_owned(), value);
                }
            }
        }
    }
    graph
}

/// Refuses what breaks a rule of the policy pack.
pub(super) fn broken(findings: &[Finding]) -> Result<(), CommandError> {
    let broken: Vec<String> = findings
        .iter()
        .filter(|finding| finding.refuses())
        .map(|finding| {
            let whose = finding.urn.as_ref().map(|urn| format!("{urn}: ")).unwrap_or_default();
            format!("{}: {whose}{}; {}", finding.rule, finding.message, finding.way_out)
        })
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    Err(CommandError::refused(
        "POLICY-BROKEN",
        broken.join("\n"),
        "nothing was changed; correct the program, or accept the finding for a time by a waiver in `security.waivers`",
    ))
}

impl<A: Access> Judged<A> {
    pub fn plan(&self) -> &Plan {
        &self.planned.plan
    }

    pub fn state(&self) -> &State {
        self.planned.state()
    }

    pub fn desk(&self) -> &Desk {
        self.planned.desk()
    }

    pub fn policy(&self) -> &[Finding] {
        &self.policy
    }

    pub fn wider(&self) -> &[Broadening] {
        &self.wider
    }

    /// Why it must not be carried out.
    pub fn verdict(&self) -> &Result<(), CommandError> {
        &self.verdict
    }

    /// Whether the plan itself is refused, whatever policy and preflight say.
    pub fn is_refused(&self) -> bool {
        self.planned.is_refused()
    }

    /// Which branches of the site need a build after it. What is refused is followed by none.
    pub async fn builds(&self) -> Result<Ahead, CommandError> {
        let connection = self.planned.settled.access.connection().filter(|_| self.verdict.is_ok());
        let asked = Ahead::of(self.plan(), self.state(), &self.planned.seen, connection);
        self.desk().stop.or(asked).await
    }

    /// Shows the plan, what the policy says of it, and with `cost` what it costs.
    pub fn show(&self, diff: bool, cost: bool) {
        if self.desk().global.is_json() {
            return;
        }
        render::text(&plan_text::plan(self.plan(), self.state(), &self.wider, diff));
        render::text(&policy_text::findings(&self.policy));
        if cost {
            let change = crate::commands::cost::change(&self.desk().stack, self.plan(), self.state());
            render::text(&cost_text::change(&change));
        }
    }
}

impl Judged<Looking> {
    /// Keeps the plan in a file, for `up --plan`.
    pub fn save(&self, file: &Path) -> Result<(), CommandError> {
        let access = &self.planned.settled.access;
        // Secrets are kept sealed; the key is made where there is none yet.
        let sealer = || match &access.sealer {
            Some(sealer) => Ok(std::sync::Arc::clone(sealer)),
            None => Ok(self.desk().stack.lock("preview --save-plan")?.sealer()?),
        };
        self.planned.save(file, &sealer)
    }
}

impl Judged<Holding> {
    /// Asks people, where that is wanted. What was refused is not asked about.
    pub async fn approve(
        self,
        when: RequireApproval,
        yes: bool,
        what: &str,
    ) -> Result<Approved, CommandError> {
        self.verdict.clone()?;
        let needed = match when {
            RequireApproval::Never => false,
            RequireApproval::AnyChange => self.plan().has_changes(),
            RequireApproval::Broadening => !self.wider.is_empty() || takes_down(self.plan()),
        };
        if needed && !yes {
            ask_or_stop(what, &self.desk().global, &self.desk().stop).await?;
        }
        Ok(Approved(self.planned))
    }
}

/// Whether the whole stack is taken down.
fn takes_down(plan: &Plan) -> bool {
    plan.destroy && plan.steps.iter().any(|step| step.op == Op::Delete)
}
