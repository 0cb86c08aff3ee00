//! Reserved concurrency, and the account's limits.

use serde_json::{Value, json};

use super::{find, invalid, named};
use crate::answer::{self, Answered};
use crate::world::Context;

/// Concurrent executions of the account.
const ACCOUNT_LIMIT: u32 = 1000;
/// How many of them must not be reserved.
const UNRESERVED: u32 = 100;

fn reserved_by_others(cx: &mut Context<'_>, name: &str) -> u32 {
    cx.functions().functions.values().filter(|f| f.name != name).filter_map(|f| f.reserved).sum()
}

pub(crate) fn put(cx: &mut Context<'_>) -> Answered {
    let body = cx.call.json()?;
    let wish =
        body.get("ReservedConcurrentExecutions").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let wish =
        wish.ok_or_else(|| invalid("ReservedConcurrentExecutions must be a number that is not negative"))?;
    find(cx)?;
    let (name, _) = named(cx);
    let others = reserved_by_others(cx, &name);
    if others.saturating_add(wish) > ACCOUNT_LIMIT - UNRESERVED {
        return Err(invalid(format!(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{UNRESERVED}]."
        )));
    }
    let function = find(cx)?;
    let warm = function.attached.provisioned.values().map(|one| one.wanted).sum::<u32>();
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
    let reserved = reserved_by_others(cx, "");
    let functions = cx.functions().functions.len();
    let size: usize = cx.functions().functions.values().map(|f| f.code.size).sum();
    Ok(answer::rest(
        200,
        json!({
            "AccountLimit": {
                "TotalCodeSize": 80_530_636_800_u64, "CodeSizeUnzipped": 262_144_000, "CodeSizeZipped": 52_428_800,
                "ConcurrentExecutions": ACCOUNT_LIMIT, "UnreservedConcurrentExecutions": ACCOUNT_LIMIT - reserved,
            },
            "AccountUsage": {"TotalCodeSize": size, "FunctionCount": functions},
        }),
    ))
}
