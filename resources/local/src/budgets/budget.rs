//! Budgets.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{amount, empty, find, invalid, no_budget, notification, one_of, paged, tags, text};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, Tags};

const TYPES: [&str; 6] =
    ["COST", "USAGE", "RI_UTILIZATION", "RI_COVERAGE", "SAVINGS_PLANS_UTILIZATION", "SAVINGS_PLANS_COVERAGE"];
const UNITS: [&str; 5] = ["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY", "CUSTOM"];
/// 2087-06-15, where budgets end that have no end.
const FAR: i64 = 3_706_473_600;

/// A budget.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Budget {
    /// As it is described, defaults filled in.
    definition: Value,
    pub notifications: Vec<notification::Notification>,
    pub tags: Tags,
}

fn spend(given: &Value) -> Result<Value, Refusal> {
    let written = text(given, "Amount").unwrap_or_default();
    let amount = amount::normal(&written).filter(|amount| amount != "0.0");
    let amount = amount.ok_or_else(|| invalid("The budget limit must be a number greater than 0."))?;
    let unit = text(given, "Unit").ok_or_else(|| invalid("The budget limit needs a unit."))?;
    Ok(json!({"Amount": amount, "Unit": unit}))
}

fn cost_types(given: &Value) -> Value {
    let flag = |name: &str, usual: bool| json!(given.get(name).and_then(Value::as_bool).unwrap_or(usual));
    let included = [
        "IncludeTax",
        "IncludeSubscription",
        "IncludeRefund",
        "IncludeCredit",
        "IncludeUpfront",
        "IncludeRecurring",
        "IncludeOtherSubscription",
        "IncludeSupport",
        "IncludeDiscount",
    ];
    let mut all: Map<String, Value> =
        included.iter().map(|name| ((*name).to_owned(), flag(name, true))).collect();
    for name in ["UseBlended", "UseAmortized"] {
        all.insert(name.to_owned(), flag(name, false));
    }
    Value::Object(all)
}

/// A budget as it is described; refuses one that Budgets does not take.
fn definition(cx: &Context<'_>, given: &Value) -> Result<(String, Value), Refusal> {
    let name = text(given, "BudgetName").unwrap_or_default();
    if name.is_empty() || name.len() > 100 || name.contains([':', '\\']) {
        return Err(invalid("The budget name must have 1 to 100 characters, without : and \\."));
    }
    let kind = one_of(given, "BudgetType", &TYPES)?;
    let unit = one_of(given, "TimeUnit", &UNITS)?;
    let limit = spend(given.get("BudgetLimit").unwrap_or(&Value::Null))?;
    let of_cost = kind == "COST";
    let types = given.get("CostTypes");
    if !of_cost && types.is_some() {
        return Err(invalid("CostTypes are for budgets of type COST only."));
    }
    let filters = given.get("CostFilters").cloned().unwrap_or_else(|| json!({}));
    let filled = |values: &Value| values.as_array().is_some_and(|values| !values.is_empty());
    if !filters.as_object().is_some_and(|filters| filters.values().all(filled)) {
        return Err(invalid("Each cost filter needs a value."));
    }
    let now = cx.now() / 1000;
    let period = given.get("TimePeriod").cloned().unwrap_or_default();
    let start = period.get("Start").cloned().unwrap_or_else(|| json!(now - now.rem_euclid(86_400)));
    let end = period.get("End").cloned().unwrap_or_else(|| json!(FAR));
    let definition = json!({
        "BudgetName": name,
        "BudgetType": kind,
        "TimeUnit": unit,
        "BudgetLimit": limit,
        "CostFilters": filters,
        "CostTypes": of_cost.then(|| cost_types(types.unwrap_or(&Value::Null))),
        "TimePeriod": {"Start": start, "End": end},
        "CalculatedSpend": {"ActualSpend": {"Amount": "0.0", "Unit": limit["Unit"]}},
        "LastUpdatedTime": now,
    });
    Ok((name, definition))
}

pub(super) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (name, definition) = definition(cx, body.get("Budget").unwrap_or(&Value::Null))?;
    if cx.budgets().contains_key(&name) {
        let message = format!("Error creating budget: {name} - the budget already exists.");
        return Err(Refusal::bad("DuplicateRecordException", message));
    }
    let mut notifications = Vec::new();
    for given in body.get("NotificationsWithSubscribers").and_then(Value::as_array).into_iter().flatten() {
        notification::add(cx, &mut notifications, given)?;
    }
    let tags = tags::of(body)?;
    cx.budgets().insert(name, Budget { definition, notifications, tags });
    Ok(empty())
}

pub(super) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let definition = find(cx, body)?.definition.clone();
    Ok(answer::json(json!({"Budget": definition})))
}

pub(super) fn describe_all(cx: &mut Context<'_>, body: &Value) -> Answered {
    let all = cx.budgets().values().map(|budget| budget.definition.clone()).collect();
    Ok(answer::json(paged(body, "Budgets", all)))
}

/// The notifications stay as they are.
pub(super) fn update(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (name, definition) = definition(cx, body.get("NewBudget").unwrap_or(&Value::Null))?;
    let budget = cx.budgets().get_mut(&name).ok_or_else(|| no_budget(&name))?;
    budget.definition = definition;
    Ok(empty())
}

pub(super) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    find(cx, body)?;
    let name = text(body, "BudgetName").unwrap_or_default();
    cx.budgets().remove(&name);
    Ok(empty())
}
