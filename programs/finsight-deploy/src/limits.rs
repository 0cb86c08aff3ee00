//! What is held against the account's limits before anything is changed.

use std::collections::BTreeMap;

use finsight_aws::{ConcurrencyError, Session, preflight};
use finsight_engine::plan::{Op, Plan, Step};
use finsight_engine::value::Value;

use crate::error::CommandError;
use crate::render;

/// Requirement A4: what the plan's functions are to reserve fits into what the account really has.
///
/// Nothing is asked where no function is changed. Where AWS does not say, the run goes on with a notice: AWS
/// itself refuses what does not fit.
pub async fn concurrency(session: &Session, plan: &Plan) -> Result<(), CommandError> {
    let stays = |step: &&Step| {
        step.urn.type_name() == "aws:lambda:Function"
            && !step.unselected
            && !matches!(step.op, Op::Delete | Op::Forget)
    };
    if plan.destroy || plan.steps.iter().filter(stays).all(|step| step.op == Op::Same) {
        return Ok(());
    }
    let mut wanted: BTreeMap<&str, Vec<(String, Option<i64>)>> = BTreeMap::new();
    for step in plan.steps.iter().filter(stays) {
        let given = step.known.get("function_name").and_then(Value::as_text).map(str::to_owned);
        let Some(name) = given.or_else(|| step.new_name.clone()) else { continue };
        let reserved = step.known.get("reserved_concurrent_executions").and_then(Value::as_int);
        wanted.entry(&step.region).or_default().push((name, reserved));
    }
    for (region, functions) in wanted {
        match preflight::concurrency(&session.region(region), &functions).await {
            Ok(()) => {}
            Err(ConcurrencyError::Shortage(shortage)) => {
                return Err(CommandError::new(
                    "AWS-CONCURRENCY",
                    shortage.to_string(),
                    "nothing was changed; set api.reserved_concurrency lower, or have the limit raised, \
                     and run `up` again",
                ));
            }
            Err(ConcurrencyError::Unknown(failure)) => render::note(&format!(
                "whether the functions' reserved concurrency fits the account is not known: {failure}"
            )),
        }
    }
    Ok(())
}
