//! Reserved concurrency, and the account's limits.

use serde_json::{Value, json};

use super::function::Function;
use super::{find, invalid, named};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// How many of the account's concurrent executions must not be reserved; in a smaller account none can be.
const UNRESERVED: u32 = 100;

fn reserved_by_others(cx: &mut Context<'_>, name: &str) -> u32 {
    cx.functions().functions.values().filter(|f| f.name != name).filter_map(|f| f.reserved).sum()
}

/// What other functions hold: what they have reserved, and what is kept warm of those that have not.
fn held_by_others(cx: &mut Context<'_>, name: &str) -> u32 {
    let held = |f: &Function| f.reserved.unwrap_or_else(|| f.attached.warm());
    cx.functions().functions.values().filter(|f| f.name != name).map(held).sum()
}

/// Refuses what would leave less than what must not be reserved.
pub(super) fn check_room(cx: &mut Context<'_>, name: &str, wish: u32, member: &str) -> Result<(), Refusal> {
    let limit = cx.facts().concurrency;
    let unreserved = UNRESERVED.min(limit);
    if held_by_others(cx, name).saturating_add(wish) <= limit - unreserved {
        return Ok(());
    }
    Err(invalid(format!(
        "Specified {member} for function decreases account's UnreservedConcurrentExecution below its minimum value of [{unreserved}]."
    )))
}

pub(crate) fn put(cx: &mut Context<'_>) -> Answered {
    let body = cx.call.json()?;
    let wish =
        body.get("ReservedConcurrentExecutions").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let wish =
        wish.ok_or_else(|| invalid("ReservedConcurrentExecutions must be a number that is not negative"))?;
    find(cx)?;
    let (name, _) = named(cx);
    check_room(cx, &name, wish, "ReservedConcurrentExecutions")?;
    let function = find(cx)?;
    let warm = function.attached.warm();
    if warm > wish {
        return Err(invalid(format!(
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function: {warm} are provisioned"
        )));
    }
    function.reserved = Some(wish);
    Ok(answer::rest(200, json!({"ReservedConcurrentExecutions": wish})))
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let reserved = find(cx)?.reserved;
    Ok(answer::rest(200, json!({"ReservedConcurrentExecutions": reserved})))
}

pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    find(cx)?.reserved = None;
    Ok(answer::rest_empty(204))
}

pub(crate) fn account(cx: &mut Context<'_>) -> Answered {
    let (reserved, limit) = (reserved_by_others(cx, ""), cx.facts().concurrency);
    let functions = cx.functions().functions.len();
    let size: usize = cx.functions().functions.values().map(|f| f.code.size).sum();
    Ok(answer::rest(
        200,
        json!({
            "AccountLimit": {
                "TotalCodeSize": 80_530_636_800_u64, "CodeSizeUnzipped": 262_144_000, "CodeSizeZipped": 52_428_800,
                "ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": limit.saturating_sub(reserved),
            },
            "AccountUsage": {"TotalCodeSize": size, "FunctionCount": functions},
        }),
    ))
}
