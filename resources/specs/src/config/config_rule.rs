//! `aws:config:ConfigRule`

use std::collections::BTreeMap;

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Equality, Identity, Kind, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Shape, resource};
use crate::ids::{Arn, ConfigRuleName};

/// What a rule checks.
#[derive(Clone)]
pub struct RuleSource(Map);

impl RuleSource {
    /// A rule of AWS's own, such as `S3_BUCKET_PUBLIC_READ_PROHIBITED`.
    #[must_use]
    pub fn aws(identifier: &str) -> Self {
        Self(Map::from([
            ("owner".to_owned(), "AWS".into()),
            ("source_identifier".to_owned(), identifier.into()),
        ]))
    }

    /// A function, by ARN, called when the configuration of a resource changes.
    #[must_use]
    pub fn function(arn: impl Into<Input<Arn>>) -> Self {
        let detail = Map::from([
            ("event_source".to_owned(), "aws.config".into()),
            ("message_type".to_owned(), "ConfigurationItemChangeNotification".into()),
        ]);
        Self(Map::from([
            ("owner".to_owned(), "CUSTOM_LAMBDA".into()),
            ("source_identifier".to_owned(), arn.into().into_value()),
            ("source_details".to_owned(), Value::List(vec![Value::Map(detail)])),
        ]))
    }
}

impl Property for RuleSource {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for RuleSource {
    const KIND: Kind = Kind::Map;
}

/// Which resources a rule looks at.
#[derive(Clone)]
pub struct RuleScope(Map);

impl RuleScope {
    /// Resources of these types.
    #[must_use]
    pub fn resource_types(types: &[&str]) -> Self {
        let types = types.iter().map(|item| Value::from(*item)).collect();
        Self(Map::from([("compliance_resource_types".to_owned(), Value::List(types))]))
    }

    /// Resources with a tag.
    #[must_use]
    pub fn tag(key: &str, value: &str) -> Self {
        Self(Map::from([("tag_key".to_owned(), key.into()), ("tag_value".to_owned(), value.into())]))
    }

    /// One resource of the type.
    #[must_use]
    pub fn resource(kind: &str, id: impl Into<Input<String>>) -> Self {
        let mut scope = Self::resource_types(&[kind]);
        scope.0.insert("compliance_resource_id".to_owned(), id.into().into_value());
        scope
    }
}

impl Property for RuleScope {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for RuleScope {
    const KIND: Kind = Kind::Map;
}

resource! {
    /// A rule that resources are checked against. It needs a recorder.
    ConfigRule: "aws:config:ConfigRule", id ConfigRuleName, outputs ConfigRuleOutputs {
        required {
            /// What it checks.
            source: RuleSource { unordered(), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name; generated where it is not set.
            config_rule_name: String { replace(), lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { default("") },
            /// Which resources it looks at; all where it is not set.
            scope: RuleScope { unordered(), absent(), lets_go(LetsGo::Free) },
            /// Its parameters.
            input_parameters: Value { equality(Equality::Json), absent(), lets_go(LetsGo::Free) },
            /// How often a periodic rule runs, such as `TwentyFour_Hours`.
            maximum_execution_frequency: String { lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// `config-rule-…`
            config_rule_id: String,
        }
        spec {
            identity: Identity::Named { property: "config_rule_name" },
            generated_name: Some("config_rule_name"),
            pending: true,
            timing: Timing::new([3, 3, 10], [10, 10, 10]),
        }
    }
}
