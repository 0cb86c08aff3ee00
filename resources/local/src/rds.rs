//! Stub.
use serde::{Deserialize, Serialize};

use crate::answer::{Outcome, Refusal};
use crate::status::Status;
use crate::world::Context;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Databases {}
impl Databases {
    pub(crate) fn count(&self, _now: i64, _status: &mut Status) {}
}
pub(crate) fn answer(_cx: &mut Context<'_>) -> Result<Outcome, Refusal> { Ok(Outcome::Beneath) }
impl Databases { pub(crate) fn interfaces(&self, _now: i64) -> Vec<crate::ec2::Interface> { Vec::new() } }
