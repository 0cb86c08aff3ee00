//! APIs whose one call creates or overwrites: a create must not overwrite what stands already.

use finsight_engine::contract::{Failure, FailureClass, Live};
use finsight_engine::diff::diff_live;
use finsight_engine::program::Options;
use finsight_engine::schema::TypeSpec;
use finsight_engine::value::Map;

use crate::failure::unexpected;

/// The failure of a create that was not sent, because `what` stands already.
#[must_use]
pub fn stands_already(operation: &str, what: &str) -> Failure {
    let mut failure = unexpected(operation, &format!("{what} stands already, and would be overwritten"));
    failure.class = FailureClass::Exists;
    failure.code = "StandsAlready".to_owned();
    failure
}

/// Whether something that takes no tags stands just as a create call wanted it, which proves it ours.
#[must_use]
pub fn as_wanted(spec: &TypeSpec, live: &Live, inputs: &Map) -> bool {
    diff_live(spec, live, inputs, &Options::default()).is_empty()
}
