//! Operations while people call the API: what they notice is within what the plan said.
//!
//! Requests go the whole way of the embedded AWS: name, CloudFront, its key and header, firewall, stage, function. A stub stands
//! for the function, and answers as its database is reached through the proxy. Time runs at a part of AWS's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use finsight_local::walk::{Request, Worked};
use serde_json::json;

use crate::support::site::REGION;
use crate::support::working::{FUNCTION, Working};

/// The part of AWS's time.
const FACTOR: f64 = 0.01;
/// Between two requests, in milliseconds.
const PAUSE: u64 = 5;

/// AWS's words for an instance that can be reached.
const SERVING: [&str; 5] =
    ["available", "modifying", "backing-up", "resetting-master-credentials", "storage-optimization"];

/// What callers noticed.
#[derive(Debug, Default)]
struct Noticed {
    requests: usize,
    failed: usize,
    /// The longest time in which none was answered, in seconds of AWS's time.
    longest: f64,
    /// What was said instead, each once.
    said: Vec<String>,
}

/// Calls the API as long as an operation goes on.
fn under_load(on: &Working, work: impl FnOnce()) -> Noticed {
    let over = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        let calling = scope.spawn(|| call(on, &over));
        // Some are answered before and after.
        std::thread::sleep(Duration::from_millis(60));
        work();
        std::thread::sleep(Duration::from_millis(60));
        over.store(true, Ordering::SeqCst);
        calling.join().expect("the callers come to their end")
    })
}

fn call(on: &Working, over: &AtomicBool) -> Noticed {
    let mut noticed = Noticed::default();
    let mut since: Option<Instant> = None;
    let request = Request::new("POST", "https://api.staging.finsight.com/auth/log-in")
        .header("Origin", "https://www.staging.finsight.com");
    while !over.load(Ordering::SeqCst) {
        let mut walk = on.served.walk();
        let seen = walk.send(&request, &|_, _| Worked { millis: 20, answer: Ok(answer(on)) });
        noticed.requests += 1;
        let status = seen.reply.as_ref().map(|reply| reply.status);
        if status == Some(200) {
            since = None;
        } else {
            noticed.failed += 1;
            let began = *since.get_or_insert_with(Instant::now);
            noticed.longest = noticed.longest.max(began.elapsed().as_secs_f64() / FACTOR);
            let by = seen.hops.last().map(|hop| format!("{status:?} by {}: {}", hop.at, hop.did));
            noticed.said.extend(by.filter(|by| !noticed.said.contains(by)));
        }
        std::thread::sleep(Duration::from_millis(PAUSE));
    }
    noticed
}

/// What a function says that needs its database.
fn answer(on: &Working) -> serde_json::Value {
    let rds = aws_sdk_rds::Client::new(&on.served.sdk(REGION));
    let targets =
        on.served.block(rds.describe_db_proxy_targets().db_proxy_name("finsight-db-proxy-staging").send());
    let healthy = |target: &aws_sdk_rds::types::DbProxyTarget| {
        target
            .target_health()
            .and_then(|health| health.state())
            .is_some_and(|state| state.as_str() == "AVAILABLE")
    };
    let registered = targets.is_ok_and(|targets| targets.targets().iter().any(healthy));
    let standing =
        on.served.block(rds.describe_db_instances().db_instance_identifier("finsight-db-staging").send());
    let serves = |one: &aws_sdk_rds::types::DbInstance| {
        one.db_instance_status().is_some_and(|status| SERVING.contains(&status))
    };
    let reached = registered && standing.is_ok_and(|found| found.db_instances().iter().any(serves));
    let status = if reached { 200 } else { 503 };
    json!({"statusCode": status, "headers": {"Content-Type": "application/json"}, "isBase64Encoded": false, "body": "{}"})
}

/// The most that a plan says requests fail for.
fn said(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.trim_start().starts_with("interrupts:"))?;
    let words = line.split(':').nth(1)?.trim();
    match words {
        "nothing" => Some(0.0),
        words => words.strip_prefix("up to ")?.strip_suffix(" seconds")?.parse().ok(),
    }
}

#[test]
fn what_callers_notice_is_within_what_the_plan_said() {
    let on = Working::at(FACTOR);
    let nothing = under_load(&on, || std::thread::sleep(Duration::from_millis(300)));
    assert!(nothing.requests > 10 && nothing.failed == 0, "{nothing:?}");
    std::fs::write(on.site.path("questions.sql"), "-- expect: 1\nselect 1;\n").expect("the questions");
    let quiet: [&[&str]; 5] = [
        &["ops", "database", "restore", "--rehearse", "--queries", "questions.sql", "--yes"],
        &["ops", "secret", "rotate", "cdn-origin", "--yes"],
        &["ops", "secret", "rotate", "finsight-db-staging", "--yes"],
        &["ops", "secret", "rotate", "frontend", "--yes"],
        &["rollback", FUNCTION, "--yes"],
    ];
    for args in quiet {
        let noticed = under_load(&on, || drop(on.site.run(args).ok()));
        println!(
            "load, `{}`: {} requests, {} failed, {:?}",
            args.join(" "),
            noticed.requests,
            noticed.failed,
            noticed.said
        );
        assert!(noticed.requests > 5 && noticed.failed == 0, "{args:?}: {noticed:?}");
    }
    // The load would notice: the new value is sent before it is taken.
    let secret = on.site.id("aws:secretsmanager:Secret/cdn-origin");
    let secrets = aws_sdk_secretsmanager::Client::new(&on.served.sdk(REGION));
    let noticed = under_load(&on, || {
        let put = secrets.put_secret_value().secret_id(&secret).secret_string("another-value-altogether");
        on.served.block(put.send()).expect("a value");
        let edge = "staging/api/aws:cloudfront:Distribution/api";
        on.site
            .run(&["up", "--yes", "--target", edge, "staging/security/aws:secretsmanager:Secret/cdn-origin"])
            .ok();
    });
    assert!(noticed.failed > 0, "{noticed:?}");
    on.site.run(&["up", "--yes"]).ok();
    let mut text = String::new();
    let args = ["ops", "database", "failover", "--yes"];
    let noticed = under_load(&on, || text = on.site.run(&args).ok().stdout);
    let most = said(&text).unwrap_or_else(|| panic!("the plan says nothing: {text}"));
    println!(
        "load, failover: {} requests, {} failed, {:.0} s of AWS's time at the longest, {most} s said",
        noticed.requests, noticed.failed, noticed.longest
    );
    assert!(noticed.longest <= most, "{noticed:?}");
    // A restore serves until it makes way, and again after the `up` that it names.
    on.site.run(&["ops", "database", "snapshot", "--name", "good"]).ok();
    let args = ["ops", "database", "restore", "--snapshot", "good", "--yes"];
    let noticed = under_load(&on, || {
        text = on.site.run(&args).ok().stdout;
        on.site.run(&["up", "--yes"]).ok();
    });
    println!(
        "load, restore and `up`: {} requests, {} failed, {:.0} s of AWS's time at the longest",
        noticed.requests, noticed.failed, noticed.longest
    );
    assert!(text.contains("until it is undone, or the next `up` has ended"), "{text}");
    assert!(noticed.failed < noticed.requests, "{noticed:?}");
    let after = under_load(&on, || std::thread::sleep(Duration::from_millis(300)));
    assert_eq!(after.failed, 0, "{after:?}");
}
