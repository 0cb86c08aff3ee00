//! `aws:cloudwatch:Alarm`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use super::{Dimension, MetricDataQuery};
use crate::declare::resource;
use crate::ids::{AlarmName, Arn};

resource! {
    /// An alarm on a metric, or on metric math.
    Alarm: "aws:cloudwatch:Alarm", id AlarmName, outputs AlarmOutputs {
        required {
            /// How the metric is compared with the threshold, such as `GreaterThanThreshold`.
            comparison_operator: String { lets_go(LetsGo::Free) },
            /// How many periods are looked at.
            evaluation_periods: i64,
        }
        optional {
            /// Its name; generated where it is not set.
            alarm_name: String { replace(), lets_go(LetsGo::Free) },
            /// What it is for.
            alarm_description: String { default("") },
            /// The value that the metric is compared with.
            threshold: f64 { absent() },
            /// The id of the line in `metrics` that is a band of expected values, in place of a threshold.
            threshold_metric_id: String { absent(), lets_go(LetsGo::Free) },
            /// The metric's namespace, such as `AWS/Lambda`.
            namespace: String { absent(), lets_go(LetsGo::Free) },
            /// The metric's name.
            metric_name: String { absent(), lets_go(LetsGo::Free) },
            /// The metric's dimensions.
            dimensions: Vec<Dimension> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free) },
            /// `SampleCount`, `Average`, `Sum`, `Minimum` or `Maximum`.
            statistic: String { absent(), lets_go(LetsGo::Free) },
            /// A percentile such as `p95`, in place of a statistic.
            extended_statistic: String { absent(), lets_go(LetsGo::Free) },
            /// Seconds of one data point.
            period: i64 { absent() },
            /// Only data points of this unit.
            unit: String { absent(), lets_go(LetsGo::Free) },
            /// Metric math, in place of one metric.
            metrics: Vec<MetricDataQuery> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// How many of the periods must be over the threshold; all where it is not set.
            datapoints_to_alarm: i64 { absent() },
            /// What missing data counts as: `missing`, `breaching`, `notBreaching` or `ignore`.
            treat_missing_data: String { default("missing"), lets_go(LetsGo::Free) },
            /// `evaluate` or `ignore`: percentiles of too few samples.
            evaluate_low_sample_count_percentile: String { absent(), lets_go(LetsGo::Free) },
            /// Whether its actions are taken.
            actions_enabled: bool { default(true) },
            /// What is done when it goes off, by ARN: SNS topics, functions …
            alarm_actions: Vec<Arn> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free) },
            /// What is done when all is well again.
            ok_actions: Vec<Arn> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free) },
            /// What is done when there is too little data.
            insufficient_data_actions: Vec<Arn> {
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
            identity: Identity::Named { property: "alarm_name" },
            generated_name: Some("alarm_name"),
            timing: Timing::new([2, 2, 2], [5, 5, 10]),
        }
    }
}
