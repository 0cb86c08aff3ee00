//! Stub.
use serde::{Deserialize, Serialize};

use crate::answer::{Outcome, Refusal};
use crate::status::Status;
use crate::world::Context;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Functions {}
impl Functions {
    pub(crate) fn count(&self,  _status: &mut Status) {}
}
pub(crate) fn answer(_cx: &mut Context<'_>) -> Result<Outcome, Refusal> { Ok(Outcome::Beneath) }
pub(crate) fn operation(_method: &str, _path: &[&str]) -> Option<String> { None }
impl Functions { pub(crate) fn interfaces(&self, _now: i64) -> Vec<crate::ec2::Interface> { Vec::new() } }
