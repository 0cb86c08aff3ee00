//! `aws:ses:ConfigurationSet`

use std::collections::BTreeMap;

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Identity, Kind, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Shape, resource};
use crate::ids::{Arn, ConfigurationSetName};

/// Where a configuration set sends what happens to its mail.
#[derive(Clone)]
pub struct EventDestination(Map);

impl EventDestination {
    fn to(name: &str, events: &[&str], kind: &str, destination: Map) -> Self {
        let events = events.iter().map(|event| Value::from(*event)).collect();
        Self(Map::from([
            ("name".to_owned(), name.into()),
            ("enabled".to_owned(), true.into()),
            ("matching_event_types".to_owned(), Value::List(events)),
            (kind.to_owned(), Value::Map(destination)),
        ]))
    }

    /// An SNS topic; its policy must let `ses.amazonaws.com` publish. Events are `SEND`, `REJECT`, `BOUNCE`,
    /// `COMPLAINT`, `DELIVERY`, `OPEN`, `CLICK`, `RENDERING_FAILURE`, `DELIVERY_DELAY` and `SUBSCRIPTION`.
    #[must_use]
    pub fn sns(name: &str, events: &[&str], topic_arn: impl Into<Input<Arn>>) -> Self {
        let destination = Map::from([("topic_arn".to_owned(), topic_arn.into().into_value())]);
        Self::to(name, events, "sns_destination", destination)
    }

    /// Metrics of CloudWatch, with dimensions added by [`EventDestination::dimension`].
    #[must_use]
    pub fn cloud_watch(name: &str, events: &[&str]) -> Self {
        let destination = Map::from([("dimension_configurations".to_owned(), Value::List(Vec::new()))]);
        Self::to(name, events, "cloud_watch_destination", destination)
    }

    /// The default event bus of EventBridge.
    #[must_use]
    pub fn event_bridge(name: &str, events: &[&str], event_bus_arn: impl Into<Input<Arn>>) -> Self {
        let destination = Map::from([("event_bus_arn".to_owned(), event_bus_arn.into().into_value())]);
        Self::to(name, events, "event_bridge_destination", destination)
    }

    /// Adds a dimension to the metrics of a CloudWatch destination: where its value comes from
    /// (`MESSAGE_TAG`, `EMAIL_HEADER` or `LINK_TAG`), and its value where there is none.
    #[must_use]
    pub fn dimension(mut self, name: &str, source: &str, default: impl Into<Input<String>>) -> Self {
        let dimension = Map::from([
            ("dimension_name".to_owned(), name.into()),
            ("dimension_value_source".to_owned(), source.into()),
            ("default_dimension_value".to_owned(), default.into().into_value()),
        ]);
        if let Some(Value::Map(destination)) = self.0.get_mut("cloud_watch_destination")
            && let Some(Value::List(dimensions)) = destination.get_mut("dimension_configurations")
        {
            dimensions.push(Value::Map(dimension));
        }
        self
    }

    /// Whether it is in use: it is where this is not said.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.0.insert("enabled".to_owned(), enabled.into());
        self
    }
}

impl Property for EventDestination {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for EventDestination {
    const KIND: Kind = Kind::Map;
}

resource! {
    /// Rules for mail that names it, and where its events go: one that someone else added is drift.
    ConfigurationSet: "aws:ses:ConfigurationSet", id ConfigurationSetName, outputs ConfigurationSetOutputs {
        required {}
        optional {
            /// Its name; generated where it is not set.
            configuration_set_name: String { replace(), lets_go(LetsGo::Free) },
            /// `REQUIRE` or `OPTIONAL`: whether mail goes out without TLS.
            tls_policy: String { default("OPTIONAL"), lets_go(LetsGo::Free) },
            /// Whether CloudWatch gets bounce and complaint rates of it.
            reputation_metrics_enabled: bool { default(false) },
            /// Whether mail can be sent with it.
            sending_enabled: bool { default(true) },
            /// `BOUNCE`, `COMPLAINT`: what puts an address on the account's suppression list; an empty list
            /// is nothing, and without one the account's own reasons hold.
            suppressed_reasons: Vec<String> { unordered(), absent(), lets_go(LetsGo::Free) },
            /// The verified domain of links and pictures that count opens and clicks; one of SES where it is not set.
            custom_redirect_domain: String { absent(), lets_go(LetsGo::Free) },
            /// Where events go.
            event_destinations: Vec<EventDestination> {
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
            identity: Identity::Named { property: "configuration_set_name" },
            generated_name: Some("configuration_set_name"),
            timing: Timing::new([3, 3, 2], [5, 5, 5]),
        }
    }
}
