//! The plan of the account. What it is used for is that of the service beneath.

use serde_json::{Value, json};

use crate::account::{Facts, Plan};
use crate::answer::{self, Answered, Outcome, Refusal};
use crate::call::ACCOUNT;
use crate::clock::iso;
use crate::world::Context;

/// Milliseconds for which the free plan lasts: about six months.
const LASTS: i64 = 180 * 24 * 3_600 * 1_000;
/// US dollars that a new account is given.
const CREDITS: f64 = 100.0;

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    match cx.call.operation.as_str() {
        "GetAccountPlanState" => state(cx).map(Outcome::Done),
        "UpgradeAccountPlan" => upgrade(cx).map(Outcome::Done),
        _ => Ok(Outcome::Beneath),
    }
}

fn render(plan: Plan) -> Value {
    let word = match plan {
        Plan::Free => "FREE",
        Plan::Paid => "PAID",
    };
    json!({"accountId": ACCOUNT, "accountPlanType": word, "accountPlanStatus": "ACTIVE"})
}

/// Of an account that is older than the plans: which answer AWS gives is not documented.
fn plan(facts: &Facts) -> Result<Plan, Refusal> {
    let message = format!("No account plan was found for the account {ACCOUNT}.");
    facts.plan.ok_or_else(|| Refusal::bad("ResourceNotFoundException", message))
}

fn state(cx: &Context<'_>) -> Answered {
    let mut shown = render(plan(cx.facts())?);
    shown["accountPlanRemainingCredits"] = json!({"amount": CREDITS, "unit": "USD"});
    if cx.facts().plan == Some(Plan::Free) {
        shown["accountPlanExpirationDate"] = json!(iso(cx.now() + LASTS));
    }
    Ok(answer::json(shown))
}

/// There is no way back.
fn upgrade(cx: &mut Context<'_>) -> Answered {
    plan(cx.facts())?;
    let body = cx.call.json()?;
    if body.get("accountPlanType").and_then(Value::as_str) != Some("PAID") {
        return Err(Refusal::bad("ValidationException", "An account plan can only be upgraded to PAID."));
    }
    cx.world.freetier.plan = Some(Plan::Paid);
    Ok(answer::json(render(Plan::Paid)))
}
