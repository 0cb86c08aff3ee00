//! `aws:apigateway:UsagePlan`

use std::collections::BTreeMap;

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Kind, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use super::stage_settings::number;
use crate::declare::{Shape, resource};
use crate::ids::{Arn, RestApiId, UsagePlanId};

/// A stage that a usage plan lets keys into.
#[derive(Clone)]
pub struct ApiStage(Map);

impl ApiStage {
    /// A stage by its API and [`StageOutputs::name`](super::StageOutputs::name).
    #[must_use]
    pub fn new(api: impl Into<Input<RestApiId>>, stage: impl Into<Input<String>>) -> Self {
        Self(Map::from([
            ("api_id".to_owned(), api.into().into_value()),
            ("stage".to_owned(), stage.into().into_value()),
        ]))
    }
}

/// How fast calls may come.
#[derive(Clone)]
pub struct Throttle(Map);

impl Throttle {
    /// Requests a second in the long run, and at once after a pause.
    #[must_use]
    pub fn new(rate_limit: f64, burst_limit: i64) -> Self {
        Self(Map::from([
            ("rate_limit".to_owned(), number(rate_limit)),
            ("burst_limit".to_owned(), Value::Int(burst_limit)),
        ]))
    }
}

/// How many calls may come in a period.
#[derive(Clone)]
pub struct Quota(Map);

impl Quota {
    /// Requests in each `DAY`, `WEEK` or `MONTH`.
    #[must_use]
    pub fn new(limit: i64, period: &str) -> Self {
        Self(Map::from([("limit".to_owned(), Value::Int(limit)), ("period".to_owned(), period.into())]))
    }

    /// Requests that do not count anymore in the first period.
    #[must_use]
    pub fn offset(mut self, requests: i64) -> Self {
        if requests == 0 {
            self.0.remove("offset");
        } else {
            self.0.insert("offset".to_owned(), Value::Int(requests));
        }
        self
    }
}

macro_rules! maps {
    ($($name:ident),*) => {$(
        impl Property for $name {
            fn to_value(self) -> Value {
                Value::Map(self.0)
            }
        }

        impl Shape for $name {
            const KIND: Kind = Kind::Map;
        }
    )*};
}
maps!(ApiStage, Throttle, Quota);

resource! {
    /// Which stages the keys of a plan may call, how fast and how often.
    UsagePlan: "aws:apigateway:UsagePlan", id UsagePlanId, outputs UsagePlanOutputs {
        required {}
        optional {
            /// Its name; generated where it is not set.
            name: String { lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { default("") },
            /// The stages that its keys may call.
            api_stages: Vec<ApiStage> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Emptied) },
            /// How fast each key may call; not limited by the plan where it is not set.
            throttle: Throttle { absent(), lets_go(LetsGo::Free) },
            /// How often each key may call; not limited where it is not set.
            quota: Quota { absent(), lets_go(LetsGo::Free) },
            /// Not to be set: keys that are let in and that nothing declares show here; the next update takes them away.
            keys: Vec<String> { parts("aws:apigateway:UsagePlanKey") },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN, for tags.
            arn: Arn,
        }
        spec {
            generated_name: Some("name"),
            timing: Timing::new([2, 20, 20], [5, 10, 15]),
        }
    }
}
