//! Policy documents that may refer to other resources.

use finsight_engine::program::Input;
use finsight_engine::value::{Map, Value};

/// A policy document.
#[derive(Clone, Default)]
pub struct Policy(Vec<Value>);

/// One statement of a policy document.
#[derive(Clone)]
pub struct Statement(Map);

impl Policy {
    /// A document without statements.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a statement.
    #[must_use]
    pub fn statement(mut self, statement: Statement) -> Self {
        self.0.push(Value::Map(statement.0));
        self
    }

    /// The document as a property's value.
    #[must_use]
    pub fn document(self) -> Value {
        Value::Map(Map::from([
            ("Version".to_owned(), "2012-10-17".into()),
            ("Statement".to_owned(), Value::List(self.0)),
        ]))
    }
}

impl Statement {
    /// Allows these actions.
    #[must_use]
    pub fn allow(actions: &[&str]) -> Self {
        Self::with_effect("Allow", actions)
    }

    /// Denies these actions.
    #[must_use]
    pub fn deny(actions: &[&str]) -> Self {
        Self::with_effect("Deny", actions)
    }

    fn with_effect(effect: &str, actions: &[&str]) -> Self {
        let actions = actions.iter().map(|action| Value::from(*action)).collect();
        Self(Map::from([("Effect".to_owned(), effect.into()), ("Action".to_owned(), Value::List(actions))]))
    }

    /// Names the statement.
    #[must_use]
    pub fn sid(self, sid: &str) -> Self {
        self.set("Sid", sid.into())
    }

    /// Applies it to a resource: an ARN or a pattern of one.
    #[must_use]
    pub fn resource(mut self, arn: impl Into<Input<String>>) -> Self {
        let arn = arn.into().into_value();
        match self.0.get_mut("Resource") {
            Some(Value::List(items)) => items.push(arn),
            _ => {
                self.0.insert("Resource".to_owned(), Value::List(vec![arn]));
            }
        }
        self
    }

    /// Applies it to an AWS service.
    #[must_use]
    pub fn service(self, service: impl Into<Input<String>>) -> Self {
        self.set("Principal", Value::Map(Map::from([("Service".to_owned(), service.into().into_value())])))
    }

    /// Applies it to an account or role, by ARN.
    #[must_use]
    pub fn principal(self, arn: impl Into<Input<String>>) -> Self {
        self.set("Principal", Value::Map(Map::from([("AWS".to_owned(), arn.into().into_value())])))
    }

    /// Applies it to everyone.
    #[must_use]
    pub fn everyone(self) -> Self {
        self.set("Principal", "*".into())
    }

    /// Adds a condition.
    #[must_use]
    pub fn condition(mut self, operator: &str, key: &str, value: impl Into<Input<String>>) -> Self {
        let conditions = self.0.entry("Condition".to_owned()).or_insert_with(|| Value::Map(Map::new()));
        if let Value::Map(conditions) = conditions {
            let keys = conditions.entry(operator.to_owned()).or_insert_with(|| Value::Map(Map::new()));
            if let Value::Map(keys) = keys {
                keys.insert(key.to_owned(), value.into().into_value());
            }
        }
        self
    }

    fn set(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }
}
