//! `aws:scheduler:Schedule`

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Identity, Kind, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Shape, resource};
use crate::ids::{Arn, ScheduleGroupName, ScheduleId};

/// What a schedule calls, and as whom.
#[derive(Clone)]
pub struct Target(Map);

impl Target {
    /// A target by ARN (a function, a queue, or an API such as `arn:aws:scheduler:::aws-sdk:rds:stopDBInstance`) and the role
    /// that calls it, which must trust `scheduler.amazonaws.com`.
    #[must_use]
    pub fn new(arn: impl Into<Input<Arn>>, role_arn: impl Into<Input<Arn>>) -> Self {
        let target = Self(Map::from([
            ("arn".to_owned(), arn.into().into_value()),
            ("role_arn".to_owned(), role_arn.into().into_value()),
        ]));
        target.retry_policy(86_400, 185)
    }

    /// What it is given: text, mostly JSON.
    #[must_use]
    pub fn input(self, input: impl Into<Input<String>>) -> Self {
        self.set("input", input.into().into_value())
    }

    /// For how many seconds, and how often, a call that failed is tried again: a day and 185 times
    /// where this is not said.
    #[must_use]
    pub fn retry_policy(self, maximum_event_age_in_seconds: i64, maximum_retry_attempts: i64) -> Self {
        let policy = Map::from([
            ("maximum_event_age_in_seconds".to_owned(), maximum_event_age_in_seconds.into()),
            ("maximum_retry_attempts".to_owned(), maximum_retry_attempts.into()),
        ]);
        self.set("retry_policy", Value::Map(policy))
    }

    /// The queue of calls that failed for good, by ARN.
    #[must_use]
    pub fn dead_letter_arn(self, arn: impl Into<Input<Arn>>) -> Self {
        self.set("dead_letter_arn", arn.into().into_value())
    }

    fn set(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

impl Property for Target {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for Target {
    const KIND: Kind = Kind::Map;
}

/// How long after its time a schedule may call its target.
#[derive(Clone)]
pub struct FlexibleTimeWindow(Map);

impl FlexibleTimeWindow {
    /// At its time.
    #[must_use]
    pub fn off() -> Self {
        Self(Map::from([("mode".to_owned(), "OFF".into())]))
    }

    /// Within so many minutes.
    #[must_use]
    pub fn flexible(maximum_window_in_minutes: i64) -> Self {
        Self(Map::from([
            ("mode".to_owned(), "FLEXIBLE".into()),
            ("maximum_window_in_minutes".to_owned(), maximum_window_in_minutes.into()),
        ]))
    }
}

impl Property for FlexibleTimeWindow {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for FlexibleTimeWindow {
    const KIND: Kind = Kind::Map;
}

resource! {
    /// Calls a target at given times.
    Schedule: "aws:scheduler:Schedule", id ScheduleId, outputs ScheduleOutputs {
        required {
            /// `cron(0 20 ? * MON-FRI *)`, `rate(1 day)` or `at(2026-12-01T00:00:00)`.
            schedule_expression: String { lets_go(LetsGo::Free) },
            /// What it calls.
            target: Target { lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name; generated where it is not set.
            name: String { replace(), lets_go(LetsGo::Free) },
            /// Its group.
            group_name: ScheduleGroupName { replace(), default("default") },
            /// The time zone of the expression.
            schedule_expression_timezone: String { default("UTC"), lets_go(LetsGo::Free) },
            /// How long after its time it may call.
            flexible_time_window: FlexibleTimeWindow {
                default(FlexibleTimeWindow::off().to_value()), lets_go(LetsGo::Free),
            },
            /// `ENABLED` or `DISABLED`.
            state: String { default("ENABLED"), lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { default("") },
            /// From when on it calls, such as `2026-12-01T00:00:00Z`.
            start_date: String { absent(), lets_go(LetsGo::Free) },
            /// Until when it calls, such as `2026-12-31T00:00:00Z`.
            end_date: String { absent(), lets_go(LetsGo::Free) },
            /// The KMS key that encrypts it, by ARN.
            kms_key_arn: Arn { absent(), lets_go(LetsGo::Changed) },
            /// `NONE` or `DELETE`: what becomes of it after its last call.
            action_after_completion: String { default("NONE"), lets_go(LetsGo::Free) },
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Child { key: &["group_name", "name"] },
            generated_name: Some("name"),
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
