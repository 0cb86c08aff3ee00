//! `policy`

use finsight::policy::explain;

use crate::cli::{Global, Policy};
use crate::error::{CommandError, Outcome, USAGE};
use crate::render;

pub fn run(global: &Global, command: &Policy) -> Outcome {
    let Policy::Explain { rule } = command;
    let found = explain(rule).map_err(|error| {
        let hint = "nothing was read or changed; the guide's page of the policy pack lists all rules";
        CommandError::new("POLICY-NO-RULE", error.to_string(), hint).with_exit(USAGE)
    })?;
    if global.is_json() {
        render::json(&found.json());
    } else {
        render::text(&found.text());
    }
    Ok(0)
}
