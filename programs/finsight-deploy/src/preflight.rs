//! What is asked of the account before anything is changed.

use std::collections::BTreeMap;

use finsight_aws::ops::{database, restore};
use finsight_aws::{ConcurrencyError, preflight};
use finsight_engine::plan::{Op, Plan, Step};

use crate::connect::Connection;
use crate::error::CommandError;
use crate::render;

/// A function's name, and what it is to reserve.
type Wanted = (String, Option<i64>);

/// Refuses a plan that cannot be carried out, or would spoil what people are doing by hand.
pub async fn check(plan: &Plan, connection: &Connection) -> Result<(), CommandError> {
    check_restores(plan, connection).await?;
    check_concurrency(plan, connection).await
}

/// Refuses to make an empty database where one is being restored and has not got its name yet.
async fn check_restores(plan: &Plan, connection: &Connection) -> Result<(), CommandError> {
    let databases = plan.steps.iter().filter(|step| step.urn.type_name() == "aws:rds:DBInstance");
    for step in databases.filter(|step| step.op == Op::Create) {
        let named = step.known.get("db_instance_identifier").and_then(|name| name.as_text());
        let Some(id) = named.or(step.new_name.as_deref()).map(str::to_ascii_lowercase) else { continue };
        let fresh = restore::fresh(&id);
        // AWS itself says what is wrong where it does not answer here.
        let found = database::look(&connection.session.region(&step.region), &[&fresh]).await;
        let found = found.unwrap_or_default();
        if let Some(mark) = found.get(&fresh).and_then(|one| one.tags.get(restore::RESTORE_TAG)) {
            let options = mark.split_once(' ').map_or("", |(_, options)| options);
            return Err(CommandError::refused(
                "OPS-RESTORE-UNFINISHED",
                format!(
                    "a restore of `{id}` was cut off: `{fresh}` has not got its name yet, and this plan would make \
                     an empty database in its place"
                ),
                format!(
                    "nothing was changed; run `finsight-deploy ops database restore {options}` to its end first"
                ),
            ));
        }
    }
    Ok(())
}

/// Refuses a plan whose functions reserve more concurrent executions than the account has left.
async fn check_concurrency(plan: &Plan, connection: &Connection) -> Result<(), CommandError> {
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
