//! The program: its graph, its packed code, and what the policy pack says of it.

use std::path::Path;

use finsight::artifacts::Artifacts;
use finsight::config::Config;
use finsight_engine::graph::CheckedGraph;
use finsight_engine::policy::Finding;
use tempfile::TempDir;

use super::judged::broken;
use crate::error::CommandError;
use crate::stack::Stack;

/// The program of a stack. Its code is packed once: what is planned is what is sent.
pub struct Program {
    pub graph: CheckedGraph,
    policy: Vec<Finding>,
    packed: TempDir,
}

impl Program {
    /// Of a stack and its config. Nothing is left on disk.
    pub fn of(stack: &Stack, config: &Config) -> Result<Self, CommandError> {
        let packed =
            tempfile::tempdir().map_err(|error| CommandError::io("making a temporary folder", &error))?;
        let artifacts = Artifacts::pack(config, &stack.config_dir(), packed.path())?;
        let declare = |config: &Config| finsight::finsight(&stack.name, config, &artifacts);
        let graph = declare(config).and_then(|graph| graph.checked(&stack.registry));
        let graph = graph.map_err(|refused| match stack.source() {
            Ok(source) => CommandError::traced(source.trace(config, refused, &stack.registry, &declare)),
            Err(_) => refused.into(),
        })?;
        let policy = stack.policy(config, &graph);
        Ok(Self { graph, policy, packed })
    }

    /// What the policy pack says of it today.
    pub fn policy(&self) -> &[Finding] {
        &self.policy
    }

    /// Refuses a program that breaks a rule, before anything is asked of AWS.
    pub fn refuse_broken(&self) -> Result<(), CommandError> {
        broken(&self.policy)
    }

    /// Where its packed code lies.
    pub fn packages(&self) -> &Path {
        self.packed.path()
    }

    /// The same program with another graph, such as one with imports.
    pub fn with_graph(self, graph: CheckedGraph) -> Self {
        Self { graph, ..self }
    }
}
