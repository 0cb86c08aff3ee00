//! Ctrl-C, and two runs at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use finsight_local::{CallInfo, Fault, Faults};

use crate::support::holder::{Holder, Side};
use crate::support::site::Started;
use crate::support::wrong::{compare, declared};
use crate::support::{Served, Site};

struct Slow;

impl Faults for Slow {
    fn before(&self, call: &CallInfo) -> Option<Fault> {
        (call.service != "sts").then_some(Fault::Delay(Duration::from_millis(150)))
    }

    fn after(&self, _call: &CallInfo) -> Option<Fault> {
        None
    }
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} does not happen");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A run that is held up in its n-th mutating call.
fn held(site: &Site, served: &Served, args: &[&str], position: usize) -> (Started, Arc<Holder>) {
    let holder = Holder::new(Side::Before, position, None);
    served.faults(holder.clone());
    let started = site.start(args);
    wait_for("the call", || holder.reached());
    (started, holder)
}

#[test]
fn interrupted_once() {
    let declared = declared(&Site::bare("staging"));
    for command in ["up", "destroy"] {
        let served = Served::new();
        let site = Site::at("staging", &served.url);
        if command == "destroy" {
            site.run(&["up", "--yes"]).ok();
        }
        served.faults(Arc::new(Slow));
        let before = site.log_size();
        let started = site.start(&[command, "--yes"]);
        wait_for("progress", || site.log_size() > before + 6000);
        started.interrupt();
        let run = started.finish().exit(130).says(&["stopping"]);
        served.no_faults();
        // What ran was finished: nothing is open.
        assert!(!site.run(&["state", "list"]).ok().stdout.contains("(open:"), "{}", run.stderr);
        let rows = site.rows().len();
        assert!(rows > 0 && rows < declared.len(), "it stopped in the middle, with {rows} rows");
        assert!(site.rows().iter().all(|row| row["status"] == "ready" || command == "destroy"));
        site.run(&["history"]).ok().says(&["interrupted"]);
        let wanted: &[String] = if command == "up" { &declared } else { &[] };
        site.run(&[command, "--yes"]).ok();
        let wrong = compare(&site, &served.block(served.eyes.all()), wanted);
        assert!(wrong.none(), "{wrong:?}");
    }
}

#[test]
fn interrupted_twice() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    let (mut started, holder) = held(&site, &served, &["up", "--yes"], 3);
    started.interrupt();
    wait_for("the first answer", || {
        std::fs::read_to_string(site.path("stderr.txt")).is_ok_and(|t| t.contains("stopping"))
    });
    assert!(!started.ended(), "it waits for what runs");
    started.interrupt();
    wait_for("the end", || started.ended());
    started.finish().exit(130);
    holder.release();
    std::thread::sleep(Duration::from_millis(50));
    served.no_faults();
    site.run(&["up", "--yes"]).ok();
    let wrong = compare(&site, &served.block(served.eyes.all()), &declared(&site));
    assert!(wrong.none(), "{wrong:?}");
}

#[test]
fn a_second_run_is_told_who_holds_the_lock() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    let (started, holder) = held(&site, &served, &["up", "--yes"], 2);
    for args in
        [&["up", "--yes"][..], &["destroy", "--yes"], &["refresh", "--yes"], &["state", "taint", "*Vpc/main"]]
    {
        let run = site.run(args).exit(4).says(&["STATE-LOCKED", "tester@", "`up`", ".finsight/dev"]);
        let pid = format!("process {}", started.child.id());
        let since = run.stderr.split("since ").nth(1).and_then(|rest| rest.split([',', ';']).next());
        let since = since.and_then(|time| time.trim().parse::<jiff::Timestamp>().ok());
        assert!(since.is_some() && run.stderr.contains(&pid), "{}", run.stderr);
    }
    // Reading goes on.
    site.run(&["state", "list"]).ok();
    site.run(&["history"]).ok();
    holder.release();
    started.finish().ok();
    served.no_faults();
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
}

#[test]
fn a_lock_taken_away_stops_the_run_that_held_it() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    let (started, holder) = held(&site, &served, &["up", "--yes", "--parallel", "1"], 4);
    site.run(&["state", "unlock"]).ok().says(&["`up`", "tester@"]);
    holder.release();
    let run = started.finish().exit(1);
    println!(
        "a run whose lock was taken away says: {}",
        run.stderr.trim().lines().last().unwrap_or_default()
    );
    served.no_faults();
    site.run(&["up", "--yes"]).ok();
    let wrong = compare(&site, &served.block(served.eyes.all()), &declared(&site));
    assert!(wrong.none(), "{wrong:?}");
    site.run(&["state", "verify"]).ok();
}
