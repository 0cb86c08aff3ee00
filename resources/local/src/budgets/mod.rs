//! Budgets.

use serde::{Deserialize, Serialize};

use crate::answer::{Outcome, Refusal};
use crate::status::Status;
use crate::world::{Context, Counted};

/// The budgets of the account.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Budgets {}

impl Counted for Budgets {
    fn count(&self, _now: i64, _status: &mut Status) {}
}

pub(crate) fn answer(_cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    Ok(Outcome::Beneath)
}
