//! Ctrl-C, TERM and HUP end any wait within two seconds.

use std::time::{Duration, Instant};

use crate::support::gate::Gate;
use crate::support::holder::{Holder, Side};
use crate::support::part::Part;
use crate::support::{Served, Site};

/// A command that waits for an answer is told to stop, and leaves in time.
#[track_caller]
fn leaves(site: &Site, served: &Served, args: &[&str], waits_in: &'static str, signal: &str) {
    let gate = Gate::new(waits_in);
    served.faults(gate.clone());
    let before = site.hash(".finsight");
    let started = site.start(args);
    gate.wait();
    let asked = Instant::now();
    started.signal(signal);
    let run = started.finish();
    let took = asked.elapsed();
    gate.open();
    served.no_faults();
    run.exit(130);
    assert!(took < Duration::from_secs(2), "`{args:?}` took {took:?} to leave at {signal}");
    assert_eq!(site.hash(".finsight"), before, "`{args:?}` wrote something");
}

/// G6, N6: while reading, a command left when its reading was done; HUP killed it.
#[test]
fn while_reading() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    site.run(&["up", "--yes", "--component", "network"]).ok();
    for (args, signal) in [
        (&["preview"][..], "INT"),
        (&["up", "--yes"], "TERM"),
        (&["up", "--yes"], "HUP"),
        (&["drift"], "INT"),
        (&["drift", "--fix", "--yes"], "HUP"),
        (&["refresh", "--yes"], "INT"),
        (&["destroy", "--yes"], "TERM"),
    ] {
        leaves(&site, &served, args, "DescribeVpcs", signal);
    }
    // Asked who it is.
    leaves(&site, &served, &["up", "--yes"], "GetCallerIdentity", "INT");
    site.run(&["destroy", "--yes"]).ok();
}

#[test]
fn in_operations_by_hand() {
    let part = Part::new();
    let (site, served) = (&part.site, &part.served);
    leaves(site, served, &["ops", "database", "stop", "--yes"], "DescribeDBInstances", "INT");
    leaves(site, served, &["ops", "database", "snapshot", "--name", "x"], "DescribeDBSnapshots", "HUP");
    site.run(&["ops", "database", "start"]).ok();
}

/// N6: a terminal that is closed stops a run as TERM does: what runs is finished and recorded.
#[test]
fn a_hangup_stops_gently() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    let holder = Holder::new(Side::Before, 3, None);
    served.faults(holder.clone());
    let started = site.start(&["up", "--yes"]);
    let began = Instant::now();
    while !holder.reached() {
        assert!(began.elapsed() < Duration::from_secs(60), "no call");
    }
    started.signal("HUP");
    std::thread::sleep(Duration::from_millis(200));
    holder.release();
    started.finish().exit(130).says(&["stopping"]);
    served.no_faults();
    assert!(!site.run(&["state", "list"]).ok().stdout.contains("(open:"));
    site.run(&["history"]).ok().says(&["interrupted"]);
}
