//! `aws:events:Rule`

use std::collections::BTreeMap;

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Equality, Identity, Kind, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Shape, resource};
use crate::ids::{Arn, EventRuleName};

/// Where the events of a rule go.
#[derive(Clone)]
pub struct EventTarget(Map);

impl EventTarget {
    /// A target by its name within the rule, and by ARN.
    #[must_use]
    pub fn new(id: &str, arn: impl Into<Input<Arn>>) -> Self {
        Self(Map::from([("id".to_owned(), id.into()), ("arn".to_owned(), arn.into().into_value())]))
    }
}

impl Property for EventTarget {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for EventTarget {
    const KIND: Kind = Kind::Map;
}

resource! {
    /// Sends the events of AWS's services that fit a pattern on, from the region's default bus.
    ///
    /// Its targets are owned whole: one of another hand is drift.
    Rule: "aws:events:Rule", id EventRuleName, outputs RuleOutputs {
        required {
            /// Which events.
            event_pattern: Value { equality(Equality::Json), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name; generated where it is not set.
            name: String { replace(), lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { absent(), lets_go(LetsGo::Free) },
            /// `ENABLED` or `DISABLED`.
            state: String { default("ENABLED"), lets_go(LetsGo::Free) },
            /// Where the events go, five at most.
            targets: Vec<EventTarget> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Named { property: "name" },
            generated_name: Some("name"),
            timing: Timing::new([3, 3, 3], [5, 5, 5]),
        }
    }
}
