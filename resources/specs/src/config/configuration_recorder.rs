//! `aws:config:ConfigurationRecorder`

use std::collections::BTreeMap;

use finsight_engine::program::Property;
use finsight_engine::schema::{Identity, Kind, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Shape, resource};
use crate::ids::{Arn, ConfigurationRecorderName};

/// Which resource types are recorded.
#[derive(Clone)]
pub struct RecordingGroup(Map);

fn texts(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| Value::from(*item)).collect())
}

impl RecordingGroup {
    /// All types of the region.
    #[must_use]
    pub fn all() -> Self {
        Self(Map::from([
            ("all_supported".to_owned(), true.into()),
            ("include_global_resource_types".to_owned(), false.into()),
        ]))
    }

    /// All types of the region, and IAM's.
    #[must_use]
    pub fn all_and_global() -> Self {
        let mut all = Self::all();
        all.0.insert("include_global_resource_types".to_owned(), true.into());
        all
    }

    /// Only these types, such as `AWS::EC2::VPC`.
    #[must_use]
    pub fn only(resource_types: &[&str]) -> Self {
        Self(Map::from([("resource_types".to_owned(), texts(resource_types))]))
    }

    /// All types but these.
    #[must_use]
    pub fn all_except(resource_types: &[&str]) -> Self {
        Self(Map::from([("exclusion_by_resource_types".to_owned(), texts(resource_types))]))
    }
}

impl Property for RecordingGroup {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for RecordingGroup {
    const KIND: Kind = Kind::Map;
}

/// How often a resource is recorded: `CONTINUOUS` or `DAILY`.
#[derive(Clone)]
pub struct RecordingMode(Map);

impl RecordingMode {
    /// The same for all types.
    #[must_use]
    pub fn new(recording_frequency: &str) -> Self {
        Self(Map::from([("recording_frequency".to_owned(), recording_frequency.into())]))
    }

    /// Another frequency for these types.
    #[must_use]
    pub fn except(mut self, resource_types: &[&str], recording_frequency: &str) -> Self {
        let other = Value::Map(Map::from([
            ("resource_types".to_owned(), texts(resource_types)),
            ("recording_frequency".to_owned(), recording_frequency.into()),
        ]));
        let overrides =
            self.0.entry("recording_mode_overrides".to_owned()).or_insert_with(|| Value::List(Vec::new()));
        if let Value::List(items) = overrides {
            items.push(other);
        }
        self
    }
}

impl Property for RecordingMode {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for RecordingMode {
    const KIND: Kind = Kind::Map;
}

resource! {
    /// The record of how resources are configured: one in a region.
    ///
    /// One that stands already is not taken over unasked: import it. It records
    /// once `aws:config:ConfigurationRecorderStatus` has started it.
    ConfigurationRecorder: "aws:config:ConfigurationRecorder", id ConfigurationRecorderName, outputs ConfigurationRecorderOutputs {
        required {
            /// The role that may look at the resources, by ARN.
            role_arn: Arn { lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name.
            name: String { replace(), default("default"), lets_go(LetsGo::Free) },
            /// Which resource types are recorded.
            recording_group: RecordingGroup {
                unordered(), default(RecordingGroup::all().to_value()), lets_go(LetsGo::Free),
            },
            /// How often.
            recording_mode: RecordingMode {
                unordered(), default(RecordingMode::new("CONTINUOUS").to_value()), lets_go(LetsGo::Free),
            },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Named { property: "name" },
            exclusive: &[&[]],
            timing: Timing::new([2, 2, 2], [10, 5, 10]),
        }
    }
}
