//! A budget's values to and from the SDK's.

use std::collections::HashMap;

use aws_sdk_budgets::types::{
    Budget, BudgetType, ComparisonOperator, CostTypes, Notification, NotificationType, Spend, Subscriber,
    SubscriptionType, ThresholdType, TimePeriod, TimeUnit,
};
use aws_smithy_types::error::operation::BuildError;
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};

use crate::failure::unexpected;
use crate::values::{Inputs, Values};

fn built(error: BuildError) -> Failure {
    unexpected("request", &error.to_string())
}

/// What AWS counts where nothing is said.
fn standard_costs() -> CostTypes {
    CostTypes::builder()
        .include_credit(true)
        .include_discount(true)
        .include_other_subscription(true)
        .include_recurring(true)
        .include_refund(true)
        .include_subscription(true)
        .include_support(true)
        .include_tax(true)
        .include_upfront(true)
        .use_amortized(false)
        .use_blended(false)
        .build()
}

fn costs_of(map: &Map) -> CostTypes {
    let standard = standard_costs();
    let flag = |name: &str, usual: Option<bool>| map.flag(name).or(usual);
    CostTypes::builder()
        .set_include_credit(flag("include_credit", standard.include_credit))
        .set_include_discount(flag("include_discount", standard.include_discount))
        .set_include_other_subscription(flag(
            "include_other_subscription",
            standard.include_other_subscription,
        ))
        .set_include_recurring(flag("include_recurring", standard.include_recurring))
        .set_include_refund(flag("include_refund", standard.include_refund))
        .set_include_subscription(flag("include_subscription", standard.include_subscription))
        .set_include_support(flag("include_support", standard.include_support))
        .set_include_tax(flag("include_tax", standard.include_tax))
        .set_include_upfront(flag("include_upfront", standard.include_upfront))
        .set_use_amortized(flag("use_amortized", standard.use_amortized))
        .set_use_blended(flag("use_blended", standard.use_blended))
        .build()
}

fn costs_value(costs: &CostTypes) -> Map {
    Values::new()
        .set("include_credit", costs.include_credit)
        .set("include_discount", costs.include_discount)
        .set("include_other_subscription", costs.include_other_subscription)
        .set("include_recurring", costs.include_recurring)
        .set("include_refund", costs.include_refund)
        .set("include_subscription", costs.include_subscription)
        .set("include_support", costs.include_support)
        .set("include_tax", costs.include_tax)
        .set("include_upfront", costs.include_upfront)
        .set("use_amortized", costs.use_amortized)
        .set("use_blended", costs.use_blended)
        .build()
}

/// The wanted budget, with the period of the one that stands.
#[expect(deprecated, reason = "filter expressions and metrics are another kind of budget; these stay served")]
pub fn budget(name: &str, inputs: &Map, period: Option<TimePeriod>) -> Result<Budget, Failure> {
    let limit = Spend::builder()
        .amount(inputs.required("budget_limit_amount")?)
        .unit(inputs.text("budget_limit_unit").unwrap_or("USD"))
        .build()
        .map_err(built)?;
    let filters: HashMap<String, Vec<String>> = inputs
        .get("cost_filters")
        .and_then(Value::as_map)
        .into_iter()
        .flat_map(|filters| filters.keys().map(|key| (key.clone(), filters.texts(key))))
        .collect();
    let costs = inputs.get("cost_types").and_then(Value::as_map).map(costs_of);
    // Other types of budget have no such choice.
    let choice = inputs.text("budget_type") == Some("COST");
    let costs = costs.filter(|costs| choice || *costs != standard_costs());
    Budget::builder()
        .budget_name(name)
        .budget_type(BudgetType::from(inputs.required("budget_type")?))
        .time_unit(TimeUnit::from(inputs.required("time_unit")?))
        .budget_limit(limit)
        .set_cost_filters((!filters.is_empty()).then_some(filters))
        .set_cost_types(costs)
        .set_time_period(period)
        .build()
        .map_err(built)
}

/// A budget's properties, without its notifications and tags.
#[expect(deprecated, reason = "filter expressions and metrics are another kind of budget; these stay served")]
pub fn properties(budget: &Budget) -> Values {
    let filters: Map = budget
        .cost_filters()
        .into_iter()
        .flatten()
        .map(|(key, values)| {
            (key.clone(), Value::List(values.iter().map(|value| value.as_str().into()).collect()))
        })
        .collect();
    let limit = budget.budget_limit();
    Values::new()
        .set("budget_name", budget.budget_name())
        .set("budget_type", budget.budget_type().as_str())
        .set("time_unit", budget.time_unit().as_str())
        .set("budget_limit_amount", limit.map(|limit| limit.amount()))
        .set("budget_limit_unit", limit.map(|limit| limit.unit()))
        .set("cost_filters", filters)
        .set("cost_types", costs_value(budget.cost_types().unwrap_or(&standard_costs())))
}

/// The number of a value.
fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Int(whole) => Some(*whole as f64),
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

pub fn notification(inputs: &Map) -> Result<Notification, Failure> {
    Notification::builder()
        .notification_type(NotificationType::from(inputs.required("notification_type")?))
        .comparison_operator(ComparisonOperator::from(inputs.required("comparison_operator")?))
        .threshold(number(inputs.get("threshold")).unwrap_or_default())
        .threshold_type(ThresholdType::from(inputs.text("threshold_type").unwrap_or("PERCENTAGE")))
        .build()
        .map_err(built)
}

pub fn subscribers(inputs: &Map) -> Result<Vec<Subscriber>, Failure> {
    let items = inputs.get("subscribers").and_then(Value::as_list).unwrap_or_default();
    items.iter().filter_map(Value::as_map).map(subscriber).collect()
}

fn subscriber(inputs: &Map) -> Result<Subscriber, Failure> {
    Subscriber::builder()
        .subscription_type(SubscriptionType::from(inputs.required("subscription_type")?))
        .address(inputs.required("address")?)
        .build()
        .map_err(built)
}

pub fn notification_value(notification: &Notification, subscribers: &[Subscriber]) -> Value {
    let subscribers = subscribers.iter().map(|subscriber| {
        let value = Values::new()
            .set("subscription_type", subscriber.subscription_type().as_str())
            .set("address", subscriber.address());
        Value::Map(value.build())
    });
    let subscribers = Value::List(subscribers.collect());
    let value = Values::new()
        .set("notification_type", notification.notification_type().as_str())
        .set("comparison_operator", notification.comparison_operator().as_str())
        .set("threshold", notification.threshold())
        .set("threshold_type", notification.threshold_type().map_or("PERCENTAGE", ThresholdType::as_str))
        .set("subscribers", subscribers);
    Value::Map(value.build())
}
