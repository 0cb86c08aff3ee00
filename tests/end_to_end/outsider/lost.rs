//! A state that was lost, and what stands already under a name: found while reading, before the first create.

use super::Deployed;
use crate::support::point::{Point, cut};
use crate::support::wrong::declared;
use crate::support::{Run, Served, Site};

/// A run that must send nothing.
#[track_caller]
fn sends_nothing(served: &Served, site: &Site, args: &[&str]) -> Run {
    let from = served.call_count();
    let run = site.run(args);
    let sent: Vec<String> =
        served.calls(from).into_iter().filter(|call| call.mutating).map(|call| call.operation).collect();
    assert_eq!(sent, [] as [String; 0], "{args:?}: {}", run.stderr);
    run
}

/// N1: 15 were made twice, then 19 times "is not of this stack"; or a whole second network, with 0.
#[test]
fn a_lost_state_makes_nothing_twice() {
    let on = Deployed::new("staging");
    let stands = on.served.block(on.served.eyes.all());
    std::fs::rename(on.site.path(".finsight"), on.site.path("backup")).expect("it is lost");
    let says = ["error[PLAN-STATE-LOST]", "carry its tag", "aws:ec2:", "restore the state from its backup"];
    for args in [
        &["preview"][..],
        &["up", "--yes"],
        &["up", "--yes", "--component", "network"],
        &["up", "--yes", "--target", "staging/network/aws:ec2:Vpc/main"],
    ] {
        let run = sends_nothing(&on.served, &on.site, args).exit(3).says(&says);
        // Once for all, and not one by one.
        assert!(!run.stderr.contains("stands already"), "{}", run.stderr);
    }
    let shown = on.site.run(&["preview", "--json"]).exit(3).json();
    assert_eq!(shown["refused"]["code"], "PLAN-STATE-LOST");
    // What is about what is on record says that nothing is.
    for args in [&["drift"][..], &["destroy", "--yes"]] {
        sends_nothing(&on.served, &on.site, args).exit(1).says(&["PLAN-NEVER-WAS", "--state"]);
    }
    assert_eq!(on.served.block(on.served.eyes.all()), stands);
    let _ = std::fs::remove_dir_all(on.site.path(".finsight"));
    std::fs::rename(on.site.path("backup"), on.site.path(".finsight")).expect("it is found");
    on.site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
}

/// N2: the next `destroy` said "Nothing to change", and 206 stood for ever.
#[test]
fn a_state_that_is_lost_while_it_is_taken_down() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    site.run(&["up", "--yes", "--component", "network"]).ok();
    assert!(cut(&site, &served, &["destroy", "--yes"], Point::AfterCall(3)), "it was not cut off");
    let left = served.block(served.eyes.all());
    assert!(!left.is_empty());
    std::fs::remove_dir_all(site.state()).expect("it is lost");
    sends_nothing(&served, &site, &["destroy", "--yes"]).exit(1).says(&["PLAN-NEVER-WAS"]);
    sends_nothing(&served, &site, &["up", "--yes"])
        .exit(3)
        .says(&["PLAN-STATE-LOST", "finsight-deploy import"]);
    assert_eq!(served.block(served.eyes.all()), left);
}

/// N1: under the name of what is to be created something stands: said with what to type, and it works.
#[test]
fn what_stands_under_a_name() {
    let served = Served::new();
    let site = Site::at("staging", &served.url);
    let urn = "staging/network/aws:logs:LogGroup/flow-logs";
    let network = ["up", "--yes", "--component", "network"];
    let graph = site.run(&["graph", "--json"]).ok().json();
    let resources = graph["resources"].as_array().expect("resources");
    let group = resources.iter().find(|one| one["urn"] == urn).expect("the group");
    let name = group["inputs"]["log_group_name"].as_str().expect("its name").to_owned();
    served.block(served.eyes.logs.create_log_group().log_group_name(&name).send()).expect("a group");
    let way_out = format!("finsight-deploy import {urn} {name}");
    let says = ["PLAN-STANDS", "carries no stack's tag", &way_out];
    sends_nothing(&served, &site, &network).exit(3).says(&says);
    assert!(site.rows().is_empty());
    // What it stands on is to be made first: that is said with what to type.
    let key = "staging/network/aws:kms:Key/logs";
    let first = format!("finsight-deploy up --target {key}`");
    site.run(&["import", urn, &name, "--yes"]).exit(3).says(&["PLAN-UNSELECTED", &first]);
    site.run(&["up", "--yes", "--target", key]).ok();
    site.run(&["import", urn, &name, "--yes"]).ok();
    // What it has kept for ever is cut by its name alone.
    let short = format!("--confirm-delete {name}");
    site.run(&network).exit(3).says(&["PLAN-HOLDS-DATA", "until now for ever", &short]);
    site.run(&[&network[..], &["--confirm-delete", &name]].concat()).ok();
    assert_eq!(site.id(urn), name);
    site.run(&network).ok().says(&["Nothing to change"]);
}

/// E13: a second public zone of one name was made silently, and certificates would wait for ever.
#[test]
fn a_public_zone_of_the_name() {
    let served = Served::new();
    let site = Site::at("staging", &served.url);
    let client = aws_sdk_route53::Client::new(&served.sdk("us-east-1"));
    let zone = client.create_hosted_zone().name("staging.finsight.com").caller_reference("by hand").send();
    let zone = served.block(zone).expect("a zone").hosted_zone.expect("it").id;
    let id = zone.trim_start_matches("/hostedzone/");
    let run = sends_nothing(&served, &site, &["up", "--yes"]).exit(3);
    run.says(&[
        "PLAN-STANDS",
        "aws:route53:HostedZone",
        id,
        "carries no stack's tag",
        "finsight-deploy import",
    ]);
    let urns = declared(&site);
    let zones: Vec<&String> = urns.iter().filter(|urn| urn.contains("aws:route53:HostedZone/")).collect();
    let [urn] = zones.as_slice() else { panic!("{zones:?}") };
    site.run(&["import", urn, id, "--yes"]).ok();
    site.run(&["up", "--yes"]).ok();
    assert_eq!(site.id(urn), id);
    let zones = served.block(client.list_hosted_zones().send()).expect("the zones");
    let public = zones.hosted_zones().iter().filter(|one| one.config().is_none_or(|c| !c.private_zone()));
    assert_eq!(public.count(), 1);
}
