//! The mark of a branch, compared with what is on record.

use finsight_aws::ops::built::{self, Mark, Stage};
use finsight_engine::state::{Row, State};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;

use super::follow::Place;
use crate::commands::patience::{Next, Patience};
use crate::error::CommandError;

/// A branch on record with its mark in AWS.
pub struct Marked<'a> {
    pub state: &'a State,
    pub app: &'a Row,
    pub branch: &'a Row,
    pub mark: Option<Mark>,
}

impl Marked<'_> {
    /// Brings the mark up to what is on record. Of settings that it does not tell of, only builds that are started from
    /// now on are known to have them. `changed`: this run has changed some.
    pub async fn renew(
        self,
        place: &Place,
        patience: &mut Patience,
        changed: bool,
    ) -> Result<Mark, CommandError> {
        let settings = built::settings(&self.app.inputs, &self.branch.inputs);
        let update = self.state.history.last().map_or(0, |update| update.number);
        let urns = [&self.app.urn, &self.branch.urn];
        let same = self.mark.filter(|mark| !changed && mark.settings == settings);
        let mark = match same {
            // Nothing was done with app and branch since then.
            Some(mark) if !touched(self.state, urns, mark.update, u64::MAX) => return Ok(mark),
            Some(mark) => Mark { update, ..mark },
            None => {
                let builds =
                    patience.until("the builds of the branch", async || place.builds().await).await?;
                let newest = builds.iter().map(finsight_aws::ops::frontend::Build::number).max();
                Mark { settings, update, stage: Stage::After(newest.unwrap_or(0)) }
            }
        };
        put(place, patience, self.branch, &mark).await?;
        Ok(mark)
    }
}

/// Puts a mark in place.
pub async fn put(
    place: &Place,
    patience: &mut Patience,
    branch: &Row,
    mark: &Mark,
) -> Result<(), CommandError> {
    let arn = branch.outputs.get("arn").and_then(Value::as_text).unwrap_or_default();
    patience
        .until("the mark of the branch", async || {
            built::put(&place.aws, arn, mark).await?;
            Ok(Next::Done(()))
        })
        .await
}

/// Whether something was done with one of these after an update, up to another one.
pub fn touched(state: &State, urns: [&Urn; 2], since: u64, until: u64) -> bool {
    let later = state.history.iter().rev().take_while(|update| update.number > since);
    later
        .filter(|update| update.number <= until)
        .flat_map(|update| &update.changes)
        .any(|(urn, _)| urns.contains(&urn))
}
