//! `import` takes what is nobody's, and nothing else.

use aws_sdk_ec2::types::AttributeBooleanValue;

use super::Deployed;
use crate::support::{Served, Site};

/// Refused with these words, and nothing was sent or written.
#[track_caller]
fn refused(served: &Served, site: &Site, args: &[&str], says: &[&str]) {
    let (rows, from) = (site.rows(), served.call_count());
    site.run(&[args, &["--yes"]].concat()).exit(3).says(says).says(&["nothing was changed"]);
    assert_eq!(site.rows(), rows, "{args:?}");
    let sent: Vec<String> =
        served.calls(from).into_iter().filter(|call| call.mutating).map(|call| call.operation).collect();
    assert_eq!(sent, [] as [String; 0], "{args:?}");
}

/// V20, D5: another stack's was taken without a word, and a destroy of this one deleted it.
#[test]
fn what_another_stack_has() {
    let on = Deployed::new("staging");
    let dev = Site::at("dev", &on.served.url);
    dev.run(&["up", "--yes", "--target", "dev/security/aws:kms:Key/secrets"]).ok();
    for (urn, theirs) in [
        ("dev/network/aws:ec2:Vpc/main", "Vpc/main"),
        ("dev/security/aws:secretsmanager:Secret/cdn-origin", "Secret/cdn-origin"),
    ] {
        let id = on.site.id(theirs);
        refused(
            &on.served,
            &dev,
            &["import", urn, &id],
            &[
                "PLAN-NOT-OURS",
                &format!("{id} carries the tag of stack staging"),
                "finsight-deploy state remove",
            ],
        );
    }
    // Both at once, by a file.
    let ids = serde_json::json!({"dev/network/aws:ec2:Vpc/main": on.site.id("Vpc/main")});
    std::fs::write(dev.path("ids.json"), ids.to_string()).expect("a file");
    refused(&on.served, &dev, &["import", "--file", "ids.json"], &["PLAN-NOT-OURS", "stack staging"]);
    on.site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
}

/// V20, V8: what another row has, by its id, its ARN or its alias.
#[test]
fn what_is_on_record_elsewhere() {
    let on = Deployed::new("staging");
    let (logs, secrets) = ("staging/network/aws:kms:Key/logs", on.site.id("security/aws:kms:Key/secrets"));
    let first = on.site.id(logs);
    on.site.run(&["state", "remove", logs, "--yes"]).ok();
    let aliases =
        on.served.block(on.served.eyes.kms.list_aliases().key_id(&secrets).send()).expect("aliases");
    let alias = aliases.aliases()[0].alias_name().expect("a name").to_owned();
    let about = on.served.block(on.served.eyes.kms.describe_key().key_id(&secrets).send()).expect("the key");
    let arn = about.key_metadata().and_then(|key| key.arn()).expect("an ARN").to_owned();
    for id in [&secrets, &alias, &arn] {
        let says = ["PLAN-IMPORT-TAKEN", id, "staging/security/aws:kms:Key/secrets"];
        refused(&on.served, &on.site, &["import", logs, id], &says);
    }
    // One for two names.
    let (a, b) = ("staging/network/aws:ec2:Subnet/public-a", "staging/network/aws:ec2:Subnet/public-b");
    let subnet = on.site.id(a);
    for urn in [a, b] {
        on.site.run(&["state", "remove", urn, "--yes"]).ok();
    }
    let twice = serde_json::json!({a: subnet, b: subnet});
    std::fs::write(on.site.path("twice.json"), twice.to_string()).expect("a file");
    refused(&on.served, &on.site, &["import", "--file", "twice.json"], &["PLAN-IMPORT-TAKEN", a, b, &subnet]);
    on.site.run(&["import", logs, &first, "--yes"]).ok();
}

/// D5: the plan of an import showed the program's values, and not how the thing stands.
#[test]
fn the_plan_shows_how_it_stands() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    let ec2 = &served.eyes.ec2;
    let made = served.block(ec2.create_vpc().cidr_block("10.0.0.0/16").send()).expect("a VPC");
    let vpc = made.vpc().and_then(|vpc| vpc.vpc_id()).expect("its id").to_owned();
    let off = AttributeBooleanValue::builder().value(false).build();
    served.block(ec2.modify_vpc_attribute().vpc_id(&vpc).enable_dns_support(off).send()).expect("it is off");
    let urn = "dev/network/aws:ec2:Vpc/main";
    let shown = site.run(&["import", urn, &vpc]).exit(3);
    shown.says(&[
        "CLI-NOBODY-TO-ASK",
        "take these resources under management",
        "enable_dns_support: false → true",
    ]);
    // Taken as it stands: it is the next `up` that changes it.
    let from = served.call_count();
    site.run(&["import", urn, &vpc, "--yes"]).ok();
    assert!(served.calls(from).iter().all(|call| !call.mutating), "{:?}", served.calls(from));
    let preview = site.run(&["preview", "--json", "--target", urn]).ok().json();
    assert_eq!(preview["summary"]["update"], 1, "{preview:#}");
}
