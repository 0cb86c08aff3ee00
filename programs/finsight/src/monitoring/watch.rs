//! How a metric becomes an alarm.

use finsight_engine::program::{Handle, Scope};
use finsight_specs::cloudwatch::{Alarm, Dimension, MetricDataQuery, MetricStat};
use finsight_specs::sns::Topic;

use crate::common::{name, named};
use crate::config::AlarmsConfig;

/// How often CloudWatch looks, and how many values raise an alarm.
#[derive(Clone, Copy)]
pub(super) struct Beat {
    pub(super) period: i64,
    pub(super) periods: i64,
    pub(super) datapoints: i64,
}

impl Beat {
    /// What always has a value, such as a processor.
    pub(super) fn steady(limits: &AlarmsConfig) -> Self {
        Self { period: limits.period_seconds, ..Self::usual(limits) }
    }

    /// What is counted when it happens: over a time in which something does.
    pub(super) fn counted(limits: &AlarmsConfig) -> Self {
        Self { period: limits.count_seconds, periods: 1, datapoints: 1 }
    }

    /// What a few requests say little of: more than one such time.
    pub(super) fn usual(limits: &AlarmsConfig) -> Self {
        Self {
            period: limits.count_seconds,
            periods: limits.evaluation_periods,
            datapoints: limits.datapoints_to_alarm,
        }
    }
}

/// What an alarm looks at.
pub(super) enum Look {
    /// A statistic of a metric, such as `Sum` or `p95`.
    At(&'static str),
    /// The share of failed requests in percent, which counts from some failed ones on: one of one would be all. What failed is
    /// an expression over the metric as `errors`, by this statistic, and the number of requests as `calls`.
    Share { statistic: &'static str, calls: &'static str, failed: &'static str, asked: Asked },
}

/// What asks from outside without end, beside users: what they fail at would be lost among its requests.
pub(super) enum Asked {
    /// Nothing.
    Never,
    /// What calls this function, which nobody but it calls often.
    By(Dimension),
    /// So many requests in each period.
    Times(i64),
}

/// How a metric becomes an alarm.
pub(super) struct Watch {
    pub(super) what: String,
    pub(super) description: String,
    pub(super) namespace: &'static str,
    pub(super) metric: String,
    pub(super) look: Look,
    pub(super) beat: Beat,
    pub(super) dimensions: Vec<Dimension>,
    pub(super) below: bool,
    pub(super) threshold: f64,
}

/// Declares alarms to one topic.
pub(super) struct Guard<'a> {
    pub(super) scope: &'a Scope,
    pub(super) config: &'a AlarmsConfig,
    pub(super) topic: &'a Handle<Topic>,
}

impl Guard<'_> {
    /// An alarm that tells the topic. Silence is well. Its end tells nobody: a new alarm begins with an end, and people would
    /// get as many mails on the first day as there are alarms.
    pub(super) fn watch(&self, watch: Watch) {
        self.told(watch, "notBreaching");
    }

    /// The same on what has a value each minute: its silence is no better, and its end is told.
    pub(super) fn awake(&self, watch: Watch) {
        let what = watch.what.clone();
        let alarm = self.alarm(watch, "breaching");
        self.scope.add(&what, alarm.alarm_actions([&self.topic.arn]).ok_actions([&self.topic.arn]));
    }

    /// The same on what has a value now and then, which holds until the next one.
    pub(super) fn lasting(&self, watch: Watch) {
        self.told(watch, "ignore");
    }

    fn told(&self, watch: Watch, silence: &str) {
        let what = watch.what.clone();
        self.scope.add(&what, self.alarm(watch, silence).alarm_actions([&self.topic.arn]));
    }

    /// An alarm under the one that says that users are affected, which tells.
    pub(super) fn felt(&self, watch: Watch) -> Handle<Alarm> {
        let what = watch.what.clone();
        self.scope.add(&what, self.alarm(watch, "notBreaching"))
    }

    /// The same on what lives: its silence is its end.
    pub(super) fn alive(&self, watch: Watch) -> Handle<Alarm> {
        let what = watch.what.clone();
        self.scope.add(&what, self.alarm(watch, "breaching"))
    }

    fn alarm(&self, watch: Watch, silence: &str) -> Alarm {
        let Watch { what, description, namespace, metric, look, beat, dimensions, below, threshold } = watch;
        let comparison = if below { "LessThanThreshold" } else { "GreaterThanOrEqualToThreshold" };
        let alarm = Alarm::new(comparison, beat.periods)
            .alarm_name(named(self.scope, &what))
            .alarm_description(description)
            .threshold(threshold)
            .datapoints_to_alarm(beat.datapoints)
            .treat_missing_data(silence)
            .tags(name(self.scope, &what));
        match look {
            Look::At(statistic) => {
                let alarm =
                    alarm.namespace(namespace).metric_name(metric).dimensions(dimensions).period(beat.period);
                if statistic.starts_with('p') {
                    alarm.extended_statistic(statistic)
                } else {
                    alarm.statistic(statistic)
                }
            }
            Look::Share { statistic, calls, failed, asked } => {
                let stat = |namespace: &str, metric: &str, statistic: &str| {
                    MetricStat::new(namespace, metric, statistic, beat.period)
                };
                let line = |id: &str, metric: &str, statistic: &str| {
                    let stat = stat(namespace, metric, statistic);
                    let stat = dimensions.iter().cloned().fold(stat, MetricStat::dimension);
                    MetricDataQuery::metric(id, stat).return_data(false)
                };
                let others = match &asked {
                    Asked::Never => None,
                    Asked::By(_) => Some("asked".to_owned()),
                    Asked::Times(times) => Some(times.to_string()),
                };
                let percent = match others {
                    None => format!("100 * {failed} / calls"),
                    // Where what asks fails too, all fails.
                    Some(others) => {
                        format!("IF(calls - {others} > {failed}, 100 * {failed} / (calls - {others}), 100)")
                    }
                };
                let share = format!("IF({failed} >= {}, {percent}, 0)", self.config.failed_requests);
                let mut lines = vec![
                    MetricDataQuery::expression("share", share).label("percent"),
                    line("errors", &metric, statistic),
                    line("calls", calls, "Sum"),
                ];
                if let Asked::By(function) = asked {
                    let invocations = stat("AWS/Lambda", "Invocations", "Sum").dimension(function);
                    lines.push(MetricDataQuery::metric("asked", invocations).return_data(false));
                }
                alarm.metrics(lines)
            }
        }
    }
}

#[allow(clippy::cast_precision_loss)]
pub(super) fn number(of: i64) -> f64 {
    of as f64
}
