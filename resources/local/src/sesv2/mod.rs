//! SES.

use serde::{Deserialize, Serialize};

use crate::answer::{Outcome, Refusal};
use crate::status::Status;
use crate::world::{Context, Counted};

/// The identities and configuration sets of a region.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Mail {}

impl Counted for Mail {
    fn count(&self, _now: i64, _status: &mut Status) {}
}

/// The operation of a request.
pub(crate) fn operation(_method: &str, _path: &[&str], _query: &str) -> Option<String> {
    None
}

pub(crate) fn answer(_cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    Ok(Outcome::Beneath)
}
