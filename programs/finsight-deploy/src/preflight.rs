//! What is asked of the account before anything is changed.

use std::collections::BTreeMap;

use finsight_aws::{ConcurrencyError, preflight};
use finsight_engine::plan::{Op, Plan, Step};

use crate::connect::Connection;
use crate::error::CommandError;
use crate::render;

/// A function's name, and what it is to reserve.
type Wanted = (String, Option<i64>);

/// Refuses a plan whose functions reserve more concurrent executions than the account has left.
pub async fn check(plan: &Plan, connection: &Connection) -> Result<(), CommandError> {
    for (name, wanted) in concurrency(plan) {
        match preflight::concurrency(&connection.session.region(&name), &wanted).await {
            Ok(()) => {}
            Err(ConcurrencyError::Shortage(shortage)) => {
                return Err(CommandError::new(
                    "PREFLIGHT-CONCURRENCY",
                    shortage.to_string(),
                    "nothing was changed; lower `api.reserved_concurrency` in the config, or have the limit raised",
                ));
            }
            // AWS itself refuses what does not fit: that it does not say so beforehand stops nobody.
            Err(ConcurrencyError::Unknown(failure)) => {
                render::note(&format!("whether the account has enough concurrency is not known: {failure}"));
            }
        }
    }
    Ok(())
}

/// By region, the functions that the plan makes or changes; what others reserve is asked of AWS.
fn concurrency(plan: &Plan) -> BTreeMap<String, Vec<Wanted>> {
    let mut regions: BTreeMap<String, Vec<Wanted>> = BTreeMap::new();
    let changes = |step: &&Step| matches!(step.op, Op::Create | Op::Update | Op::Replace | Op::Import);
    let functions = plan.steps.iter().filter(|step| step.urn.type_name() == "aws:lambda:Function");
    for step in functions.filter(changes) {
        let named = step.known.get("function_name").and_then(|name| name.as_text());
        let name = named.or(step.new_name.as_deref()).unwrap_or_default().to_owned();
        let reserved = step.known.get("reserved_concurrent_executions").and_then(|value| value.as_int());
        regions.entry(step.region.clone()).or_default().push((name, reserved));
    }
    regions
}
