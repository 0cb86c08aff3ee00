//! A plan that is only looked at: all that would keep it from being carried out, not only the first of it.

use std::collections::BTreeMap;

use finsight::people::{self, Left};
use finsight_engine::plan::Plan;
use finsight_engine::urn::Urn;
use finsight_engine::value::Map;

use super::approved::newer;
use super::loaded::Access;
use super::planned::Planned;
use crate::builds::standing;
use crate::connect::Connection;
use crate::error::CommandError;
use crate::preflight;

impl<A: Access> Planned<A> {
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The way to AWS, where there is one.
    pub fn connection(&self) -> Option<&Connection> {
        self.settled.access.connection()
    }

    /// What AWS said of what stands.
    pub fn seen(&self) -> &BTreeMap<Urn, Map> {
        &self.seen
    }

    /// What would keep it from being carried out, but for policy and quotas, which are asked by themselves.
    pub async fn obstacles(&self) -> Vec<CommandError> {
        let (restores, stopped) = match self.connection() {
            Some(connection) => (
                preflight::check_restores(&self.plan, self.state(), connection).await,
                preflight::check_stopped(&self.plan, self.state(), connection).await,
            ),
            None => (Ok(()), Ok(())),
        };
        let all = [restores, stopped, self.sound.clone(), self.check_packages()];
        all.into_iter().filter_map(Result::err).collect()
    }

    /// What is left to people, of what stands.
    pub fn left(&self) -> Vec<Left> {
        let now = newer(self.state(), &self.seen, &BTreeMap::new());
        people::left(&self.desk().config, standing(self.state(), &now).into_iter())
    }
}
