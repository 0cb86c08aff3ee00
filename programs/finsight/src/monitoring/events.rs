//! M3: what AWS's services find out by themselves, told to the topics.

use finsight_engine::program::{Handle, Input, Scope, list};
use finsight_engine::value::{Map, Value};
use finsight_specs::acm::CertificateValidation;
use finsight_specs::events::{EventTarget, Rule};
use finsight_specs::rds::EventSubscription;
use finsight_specs::sns::Topic;

use super::View;
use super::slack::{EDGE, Topics};
use crate::common::{name, named, plain};
use crate::config::Config;

/// What of an instance is told ("Amazon RDS event categories and event messages").
const INSTANCE: &[&str] = &["failover", "failure", "low storage", "maintenance", "recovery"];
/// Restarts and shutdowns, which a schedule makes every day where there is one.
const AVAILABILITY: &str = "availability";
/// What of a proxy is told: the others are changes of one's own.
const PROXY: &[&str] = &["failure"];

/// What ACM tells of a certificate that was not renewed: each day of the last weeks before its end, that its owner has to do something,
/// such as to put its record in DNS back, and its end ("Amazon EventBridge support for ACM").
const CERTIFICATES: &[&str] = &[
    "ACM Certificate Approaching Expiration",
    "ACM Certificate Expired",
    "ACM Certificate Renewal Action Required",
];

/// Databases, builds, certificates, and rules of AWS Config.
pub(super) fn events(s: &Scope, config: &Config, view: &View<'_>, topics: &Topics) {
    databases(s, config, view, topics);
    builds(s, view, topics);
    certificate(s, "certificate", &view.api.certificates.regional, &topics.alarms);
    certificate(&s.in_region(EDGE), "edge-certificate", &view.api.certificates.edge, &topics.edge);
    if view.security.account.is_some() {
        findings(s, "config-findings", &topics.alarms);
        // What stands at the edge is judged there.
        findings(&s.in_region(EDGE), "edge-config-findings", &topics.edge);
    }
}

fn databases(s: &Scope, config: &Config, view: &View<'_>, topics: &Topics) {
    let subscribe = |what: &str, kind: &str, source: Input<String>, categories: Vec<String>| {
        s.add(
            what,
            EventSubscription::new(&topics.alarms.arn, kind, list([source]), categories)
                .subscription_name(named(s, what))
                .tags(name(s, what)),
        );
    };
    let owned = |all: &[&str]| -> Vec<String> { all.iter().map(|one| (*one).to_owned()).collect() };
    let mut instance = owned(INSTANCE);
    if config.database.working_hours.is_none() {
        instance.push(AVAILABILITY.to_owned());
    }
    subscribe("database-events", "db-instance", plain(&view.database.instance.id()), instance);
    if let Some((proxy, _)) = &view.database.proxy {
        subscribe("proxy-events", "db-proxy", plain(&proxy.id()), owned(PROXY));
    }
}

/// A build that fails leaves the site as it was, and says so in the console alone ("AWS Amplify events").
fn builds(s: &Scope, view: &View<'_>, topics: &Topics) {
    let app: Value = view.frontend.app.id().value();
    rule(
        s,
        "failed-builds",
        "FinSight: builds of the site that failed",
        ("aws.amplify", &["Amplify Deployment Status Change"]),
        detail(Map::from([
            ("appId".to_owned(), Value::List(vec![app])),
            ("jobStatus".to_owned(), texts(&["FAILED"])),
        ])),
        &topics.alarms,
    );
}

/// ACM renews by itself as long as its record stands in DNS, and a health check does not say that it looks at the end of one.
fn certificate(s: &Scope, what: &str, issued: &Handle<CertificateValidation>, topic: &Handle<Topic>) {
    let own = Value::List(vec![issued.certificate_arn.value()]);
    rule(
        s,
        what,
        "FinSight: a certificate that is not renewed",
        ("aws.acm", CERTIFICATES),
        ("resources", own),
        topic,
    );
}

/// What does not comply any more ("Monitoring AWS Config with Amazon EventBridge").
fn findings(s: &Scope, what: &str, topic: &Handle<Topic>) {
    let worse = Map::from([("complianceType".to_owned(), texts(&["NON_COMPLIANT"]))]);
    rule(
        s,
        what,
        "FinSight: what does not comply with a rule of AWS Config any more",
        ("aws.config", &["Config Rules Compliance Change"]),
        detail(Map::from([
            ("messageType".to_owned(), texts(&["ComplianceChangeNotification"])),
            ("newEvaluationResult".to_owned(), Value::Map(worse)),
        ])),
        topic,
    );
}

fn detail(of: Map) -> (&'static str, Value) {
    ("detail", Value::Map(of))
}

/// Events of these kinds of a source, as far as they are about what is narrowed to, go to a topic.
fn rule(
    s: &Scope,
    what: &str,
    description: &str,
    (source, kinds): (&str, &[&str]),
    (narrowed, to): (&str, Value),
    topic: &Handle<Topic>,
) {
    let pattern = Map::from([
        ("source".to_owned(), texts(&[source])),
        ("detail-type".to_owned(), texts(kinds)),
        (narrowed.to_owned(), to),
    ]);
    s.add(
        what,
        Rule::new(Value::Map(pattern))
            .name(named(s, what))
            .description(description)
            .targets(vec![EventTarget::new("topic", &topic.arn)])
            .tags(name(s, what)),
    );
}

fn texts(all: &[&str]) -> Value {
    Value::List(all.iter().map(|one| Value::from(*one)).collect())
}
