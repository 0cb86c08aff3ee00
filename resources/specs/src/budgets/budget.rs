//! `aws:budgets:Budget`

use std::collections::BTreeMap;

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Equality, Identity, Kind, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Shape, resource};
use crate::ids::{Arn, BudgetName};

/// What a cost budget counts.
#[derive(Clone)]
pub struct CostTypes(Map);

impl CostTypes {
    /// What AWS counts where nothing is said: all but blended and amortised rates.
    #[must_use]
    pub fn new() -> Self {
        const ALL: [(&str, bool); 11] = [
            ("include_credit", true),
            ("include_discount", true),
            ("include_other_subscription", true),
            ("include_recurring", true),
            ("include_refund", true),
            ("include_subscription", true),
            ("include_support", true),
            ("include_tax", true),
            ("include_upfront", true),
            ("use_amortized", false),
            ("use_blended", false),
        ];
        Self(ALL.iter().map(|(name, counted)| ((*name).to_owned(), (*counted).into())).collect())
    }

    /// Whether one of them counts, such as `include_credit`, `include_refund`, `include_tax` or `use_amortized`.
    #[must_use]
    pub fn set(mut self, name: &str, counted: bool) -> Self {
        self.0.insert(name.to_owned(), counted.into());
        self
    }
}

impl Default for CostTypes {
    fn default() -> Self {
        Self::new()
    }
}

impl Property for CostTypes {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for CostTypes {
    const KIND: Kind = Kind::Map;
}

/// When a budget tells whom.
#[derive(Clone)]
pub struct Notification(Map);

impl Notification {
    /// When more than this percentage of the limit is spent.
    #[must_use]
    pub fn actual(percentage: f64) -> Self {
        Self::greater_than("ACTUAL", percentage)
    }

    /// When more than this percentage of the limit is expected to be spent.
    #[must_use]
    pub fn forecasted(percentage: f64) -> Self {
        Self::greater_than("FORECASTED", percentage)
    }

    fn greater_than(kind: &str, threshold: f64) -> Self {
        Self(Map::from([
            ("notification_type".to_owned(), kind.into()),
            ("comparison_operator".to_owned(), "GREATER_THAN".into()),
            ("threshold".to_owned(), threshold.into()),
            ("threshold_type".to_owned(), "PERCENTAGE".into()),
            ("subscribers".to_owned(), Value::List(Vec::new())),
        ]))
    }

    /// The threshold is an amount in the limit's unit.
    #[must_use]
    pub fn absolute(self) -> Self {
        self.set("threshold_type", "ABSOLUTE_VALUE".into())
    }

    /// Compares otherwise: `LESS_THAN` or `EQUAL_TO`.
    #[must_use]
    pub fn comparison(self, operator: &str) -> Self {
        self.set("comparison_operator", operator.into())
    }

    /// Tells an address by mail.
    #[must_use]
    pub fn email(self, address: impl Into<Input<String>>) -> Self {
        self.subscriber("EMAIL", address.into().into_value())
    }

    /// Tells an SNS topic; its policy must let `budgets.amazonaws.com` publish.
    #[must_use]
    pub fn sns(self, topic_arn: impl Into<Input<Arn>>) -> Self {
        self.subscriber("SNS", topic_arn.into().into_value())
    }

    fn subscriber(mut self, kind: &str, address: Value) -> Self {
        let subscriber =
            Map::from([("subscription_type".to_owned(), kind.into()), ("address".to_owned(), address)]);
        if let Some(Value::List(subscribers)) = self.0.get_mut("subscribers") {
            subscribers.push(Value::Map(subscriber));
        }
        self
    }

    fn set(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

impl Property for Notification {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for Notification {
    const KIND: Kind = Kind::Map;
}

resource! {
    /// A budget with all its notifications: one that someone else added is drift.
    Budget: "aws:budgets:Budget", id BudgetName, outputs BudgetOutputs {
        required {
            /// `COST`, `USAGE`, `RI_UTILIZATION`, `RI_COVERAGE`, `SAVINGS_PLANS_UTILIZATION` or `SAVINGS_PLANS_COVERAGE`.
            budget_type: String { lets_go(LetsGo::Free) },
            /// `DAILY`, `MONTHLY`, `QUARTERLY` or `ANNUALLY`.
            time_unit: String { lets_go(LetsGo::Free) },
            /// How much: a number as text.
            budget_limit_amount: String { equality(Equality::Number), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name; generated where it is not set.
            budget_name: String { replace(), lets_go(LetsGo::Free) },
            /// The unit of the amount.
            budget_limit_unit: String { default("USD"), lets_go(LetsGo::Free) },
            /// What is counted, by dimension, such as `TagKeyValue` or `Service`.
            cost_filters: BTreeMap<String, Vec<String>> {
                unordered(), default(Map::new()), lets_go(LetsGo::Free),
            },
            /// What a cost budget counts.
            cost_types: CostTypes { default(CostTypes::new().to_value()), lets_go(LetsGo::Free) },
            /// When it tells whom.
            notifications: Vec<Notification> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Named { property: "budget_name" },
            generated_name: Some("budget_name"),
            global: true,
            timing: Timing::new([3, 3, 2], [5, 5, 5]),
        }
    }
}
