//! Budgets: budgets, their notifications with subscribers, and tags are answered here. Nothing is ever spent.

mod amount;
mod budget;
mod notification;
mod tags;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_core::MockResponse;

use crate::answer::{self, Answered, Outcome, Refusal};
use crate::call::ACCOUNT;
use crate::status::Status;
use crate::world::{Context, Counted};

/// The budgets of the account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Budgets {
    budgets: BTreeMap<String, budget::Budget>,
}

impl Counted for Budgets {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:budgets:Budget", self.budgets.len());
    }
}

impl Context<'_> {
    fn budgets(&mut self) -> &mut BTreeMap<String, budget::Budget> {
        &mut self.world.budgets.entry(self.call.region.clone()).or_default().budgets
    }
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: fn(&mut Context<'_>, &Value) -> Answered = match cx.call.operation.as_str() {
        "CreateBudget" => budget::create,
        "DescribeBudget" => budget::describe,
        "DescribeBudgets" => budget::describe_all,
        "UpdateBudget" => budget::update,
        "DeleteBudget" => budget::delete,
        "CreateNotification" => notification::create,
        "UpdateNotification" => notification::update,
        "DeleteNotification" => notification::delete,
        "DescribeNotificationsForBudget" => notification::list,
        "CreateSubscriber" => notification::subscribe,
        "UpdateSubscriber" => notification::resubscribe,
        "DeleteSubscriber" => notification::unsubscribe,
        "DescribeSubscribersForNotification" => notification::subscribers,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        "ListTagsForResource" => tags::list,
        _ => return Ok(Outcome::Beneath),
    };
    let body = cx.call.json()?;
    if body.get("AccountId").is_some_and(|account| account != ACCOUNT) {
        return Err(Refusal::bad("AccessDeniedException", "Account is not authorized."));
    }
    operation(cx, &body).map(Outcome::Done)
}

fn empty() -> MockResponse {
    answer::json(json!({}))
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad("InvalidParameterException", message)
}

fn text(body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned)
}

/// A text that must be one of these.
fn one_of(body: &Value, member: &str, words: &[&str]) -> Result<String, Refusal> {
    text(body, member)
        .filter(|word| words.contains(&word.as_str()))
        .ok_or_else(|| invalid(format!("{member} must be one of {}.", words.join(", "))))
}

/// The budget that a call names.
fn find<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut budget::Budget, Refusal> {
    let name = text(body, "BudgetName").unwrap_or_default();
    cx.budgets().get_mut(&name).ok_or_else(|| no_budget(&name))
}

fn no_budget(name: &str) -> Refusal {
    Refusal::bad("NotFoundException", format!("Unable to get budget: {name} - the budget doesn't exist."))
}

/// A page of a list by `MaxResults` and `NextToken`, as members of the answer.
fn paged(body: &Value, set: &str, items: Vec<Value>) -> Value {
    let size = body.get("MaxResults").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let size = size.unwrap_or(100);
    let start: usize = text(body, "NextToken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let next = (start + size < items.len()).then(|| (start + size).to_string());
    let page: Vec<Value> = items.into_iter().skip(start).take(size).collect();
    json!({set: page, "NextToken": next})
}
