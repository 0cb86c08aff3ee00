//! O5: what is estimated is what stands.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::MetricAlarm;
use aws_sdk_wafv2::types::Scope;
use serde_json::Value;

use super::stand::{Aws, Stand, prod, text};

/// The estimate's lines: the quantity by meter and region.
fn lines(estimate: &Value) -> BTreeMap<(String, String), f64> {
    let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    let lines = estimate["lines"].as_array().expect("lines");
    lines
        .iter()
        .map(|line| {
            ((text(&line["key"]), text(&line["region"])), line["quantity"].as_f64().expect("a quantity"))
        })
        .collect()
}

fn here(stand: &Stand) -> [(&'static str, &Aws); 2] {
    [("ap-northeast-1", &stand.here), ("us-east-1", &stand.edge)]
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).expect("few"))
}

/// The metrics that an alarm is billed by: those that its metric math looks at, or its one.
fn looked_at(alarm: &MetricAlarm) -> usize {
    alarm.metrics().iter().filter(|line| line.metric_stat().is_some()).count().max(1)
}

/// Own keys that are not going.
async fn keys(aws: &Aws) -> usize {
    let mut own = 0;
    let listed = aws.kms.list_keys().send().await.expect("keys");
    for key in listed.keys() {
        let about = aws.kms.describe_key().key_id(text(key.key_id())).send().await.expect("a key");
        let about = about.key_metadata().expect("its metadata").clone();
        let manager = about.key_manager().map(|manager| manager.as_str().to_owned());
        own += usize::from(about.enabled() && manager.as_deref() == Some("CUSTOMER"));
    }
    own
}

/// Web ACLs and their rules.
async fn firewalls(aws: &Aws, scope: &str) -> (usize, usize) {
    let all = aws.wafv2.list_web_acls().scope(Scope::from(scope)).send().await.expect("web ACLs");
    let mut rules = 0;
    for one in all.web_acls() {
        let call =
            aws.wafv2.get_web_acl().scope(Scope::from(scope)).id(text(one.id())).name(text(one.name()));
        rules += call.send().await.expect("a web ACL").web_acl().map_or(0, |acl| acl.rules().len());
    }
    (all.web_acls().len(), rules)
}

#[test]
fn o5_the_estimate_counts_what_stands() {
    let stand = prod();
    let estimate = stand.run(&["cost", "--json"]).ok().json();
    let mut estimated = lines(&estimate);
    let mut counted = BTreeMap::new();
    let database = stand.block(async {
        let mut is = |key: &str, region: &str, quantity: f64| {
            counted.insert((key.to_owned(), region.to_owned()), quantity);
        };
        let region = "ap-northeast-1";
        let nats = stand.here.ec2.describe_nat_gateways().send().await.expect("NAT gateways");
        is("ec2.nat-gateway.hours", region, 730.0 * count(nats.nat_gateways().len()));
        let addresses = stand.here.ec2.describe_addresses().send().await.expect("addresses");
        is("ec2.public-ipv4.hours", region, 730.0 * count(addresses.addresses().len()));
        let instances = stand.here.rds.describe_db_instances().send().await.expect("instances");
        let [database] = instances.db_instances() else { panic!("{instances:?}") };
        assert_eq!(database.multi_az(), Some(false));
        is(&format!("rds.postgres.{}.hours", text(database.db_instance_class())), region, 730.0);
        let gib = f64::from(database.allocated_storage().expect("its storage"));
        is(&format!("rds.storage.{}", text(database.storage_type())), region, gib);
        let proxies = stand.here.rds.describe_db_proxies().send().await.expect("proxies");
        // The two vCPUs of a db.t3.micro.
        is("rds.proxy.hours", region, 2.0 * 730.0 * count(proxies.db_proxies().len()));
        for (region, aws) in here(stand) {
            is("kms.key", region, count(keys(aws).await));
            let alarms = aws.cloudwatch.describe_alarms().max_records(100).send().await.expect("alarms");
            let metrics: usize = alarms.metric_alarms().iter().map(looked_at).sum();
            is("cloudwatch.alarm", region, count(metrics));
        }
        let (acls, rules) = firewalls(&stand.here, "REGIONAL").await;
        is("wafv2.web-acl", region, count(acls));
        is("wafv2.rule", region, count(rules));
        let (acls, rules) = firewalls(&stand.edge, "CLOUDFRONT").await;
        is("wafv2.web-acl", "us-east-1", count(acls));
        is("wafv2.rule", "us-east-1", count(rules));
        let dashboards = stand.here.cloudwatch.list_dashboards().send().await.expect("dashboards");
        is("cloudwatch.dashboard", "us-east-1", count(dashboards.dashboard_entries().len()));
        let zones = stand.here.route53.list_hosted_zones().send().await.expect("zones");
        is("route53.hosted-zone", "us-east-1", count(zones.hosted_zones().len()));
        let secrets = stand.here.secrets.list_secrets().send().await.expect("secrets");
        let managed = text(database.master_user_secret().and_then(|secret| secret.secret_arn()));
        assert!(!managed.is_empty(), "RDS keeps the master password");
        let own = secrets.secret_list().iter().filter(|secret| text(secret.arn()) != managed).count();
        is("secretsmanager.secret", region, count(own + 1));
        for (region, aws) in here(stand) {
            let mut rules = 0;
            let mut next = None;
            loop {
                let page =
                    aws.config.describe_config_rules().set_next_token(next).send().await.expect("rules");
                rules += page.config_rules().len();
                next = page.next_token;
                if next.is_none() {
                    break;
                }
            }
            // Each is judged 60 times.
            is("config.evaluations", region, 60.0 * count(rules));
        }
        text(database.db_instance_class()).to_owned()
    });
    assert_eq!(database, "db.t3.micro");
    estimated.retain(|place, _| counted.contains_key(place));
    assert_eq!(estimated, counted);
}

#[test]
fn o5_both_totals_and_the_assumptions_are_shown() {
    let stand = prod();
    let estimate = stand.run(&["cost", "--json"]).ok().json();
    let assumed = |name: &str| {
        let all = estimate["assumptions"].as_array().expect("assumptions");
        let one = all.iter().find(|one| one["name"] == name);
        one.unwrap_or_else(|| panic!("no assumption {name}"))["quantity"].as_f64()
    };
    assert_eq!(assumed("lambda_requests"), Some(9_000.0));
    assert_eq!(assumed("api_calls"), Some(10_000.0));
    assert_eq!(assumed("cdn_gb"), Some(1.0));
    assert_eq!(estimate["requirements"]["stated"], serde_json::json!({"from": 27, "to": 32}));
    let many = stand.run(&["cost", "--json", "--users-per-day", "1000"]).ok().json();
    assert_eq!(many["requirements"]["stated"], serde_json::json!({"from": 265, "to": 315}));
    for line in estimate["lines"].as_array().expect("lines") {
        assert!(line["unit_price"].as_f64().is_some_and(|price| price > 0.0), "{line}");
    }
    // What the requirements leave out is said by name, with its amount.
    stand.run(&["cost"]).ok().says(&["left out", "VPC ", "RDS Proxy ", "WAF ", "KMS "]);
}

#[test]
fn o5_what_a_change_costs() {
    let stand = prod();
    let same = stand.run(&["cost", "--diff", "--json"]).ok().json();
    assert_eq!(same["diff"]["lines"], serde_json::json!([]), "{:#}", same["diff"]);
    let larger = [("db.t3.micro", "db.t3.medium"), ("\"multi_az\": false", "\"multi_az\": true")];
    let diff = stand.run_changed(&larger, &["cost", "--diff", "--json"]).ok().json()["diff"].clone();
    let keys: Vec<&str> =
        diff["lines"].as_array().expect("lines").iter().filter_map(|line| line["key"].as_str()).collect();
    let expected = ["rds.postgres.db.t3.medium.hours", "rds.postgres.db.t3.micro.hours", "rds.storage.gp3"];
    assert_eq!(keys, expected, "{diff:#}");
    let preview = stand.run_changed(&larger, &["preview", "--json"]).ok().json()["cost"].clone();
    assert_eq!(preview["monthly_before"], diff["monthly_before"]);
    assert_eq!(preview["monthly_after"], diff["monthly_after"]);
}
