//! Faults on the wire between SDK and AWS: nothing is made twice.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use finsight_local::{CallInfo, Fault, Faults};

use crate::support::work::{Round, rounds};
use crate::support::wrong::{Wrong, compare, declared};
use crate::support::{Served, Site};

fn answer(status: u16, code: &str) -> Fault {
    Fault::Respond { status, code: code.to_owned(), message: "a fault of the test".to_owned() }
}

/// Of each operation, the first calls that this applies to are answered with a fault.
struct First {
    times: usize,
    applies: fn(&CallInfo) -> bool,
    fault: fn(&CallInfo) -> Fault,
    seen: Mutex<BTreeMap<(String, String), usize>>,
}

impl First {
    fn new(times: usize, applies: fn(&CallInfo) -> bool, fault: fn(&CallInfo) -> Fault) -> Arc<Self> {
        Arc::new(Self { times, applies, fault, seen: Mutex::default() })
    }
}

impl Faults for First {
    fn before(&self, call: &CallInfo) -> Option<Fault> {
        if !(self.applies)(call) {
            return None;
        }
        let mut seen = self.seen.lock().expect("not poisoned");
        let count = seen.entry((call.service.clone(), call.operation.clone())).or_default();
        *count += 1;
        (*count <= self.times).then(|| (self.fault)(call))
    }

    fn after(&self, _call: &CallInfo) -> Option<Fault> {
        None
    }
}

/// Every call is late, before and after its effect.
struct Late;

impl Faults for Late {
    fn before(&self, call: &CallInfo) -> Option<Fault> {
        Some(Fault::Delay(Duration::from_millis(call.index * 7 % 40)))
    }

    fn after(&self, call: &CallInfo) -> Option<Fault> {
        Some(Fault::Delay(Duration::from_millis(call.index * 11 % 40)))
    }
}

/// The n-th mutating call has its effect, and its answer is lost.
struct Lost {
    position: usize,
    seen: AtomicUsize,
}

impl Faults for Lost {
    fn before(&self, _call: &CallInfo) -> Option<Fault> {
        None
    }

    fn after(&self, call: &CallInfo) -> Option<Fault> {
        let number = if call.mutating { self.seen.fetch_add(1, Ordering::SeqCst) + 1 } else { 0 };
        (number == self.position).then_some(Fault::DropConnection)
    }
}

/// All answers of mutating calls are lost, the first time.
struct AllLost {
    seen: Mutex<BTreeMap<String, usize>>,
}

impl Faults for AllLost {
    fn before(&self, _call: &CallInfo) -> Option<Fault> {
        None
    }

    fn after(&self, call: &CallInfo) -> Option<Fault> {
        let mut seen = self.seen.lock().expect("not poisoned");
        let count = seen.entry(call.operation.clone()).or_default();
        *count += 1;
        (call.mutating && *count % 2 == 1).then_some(Fault::DropConnection)
    }
}

/// `up` and `destroy` of staging through these faults, each in one run.
fn goes_well(title: &str, faults: impl Fn() -> Arc<dyn Faults>) {
    let served = Served::new();
    let site = Site::at("staging", &served.url);
    let mut declared = declared(&site);
    declared.retain(|urn| urn.contains("/network/"));
    served.faults(faults());
    site.run(&["up", "--yes", "--component", "network"]).ok();
    let up = served.calls(0).len();
    served.no_faults();
    let wrong = compare(&site, &served.block(served.eyes.all()), &declared);
    assert!(wrong.none(), "{wrong:?}");
    site.run(&["up", "--yes", "--component", "network"]).ok().says(&["Nothing to change"]);
    served.faults(faults());
    let began = served.call_count();
    site.run(&["destroy", "--yes", "--component", "network"]).ok();
    let down = served.calls(began).len();
    served.no_faults();
    assert_eq!(served.block(served.eyes.all()), []);
    println!("{title}: up with {up} calls, destroy with {down}, orphans 0, duplicates 0");
}

#[test]
fn changes_throttled_five_times_each() {
    goes_well("changes throttled five times each", || {
        First::new(
            5,
            |call| call.mutating,
            |call| {
                if call.service == "ec2" {
                    answer(503, "RequestLimitExceeded")
                } else {
                    answer(400, "Throttling")
                }
            },
        )
    });
}

#[test]
fn every_fourth_call_throttled_up_to_five_times_each() {
    goes_well("every fourth call throttled", || {
        First::new(
            5,
            |call| call.service != "sts" && call.index % 4 == 1,
            |call| match call.service.as_str() {
                "ec2" => answer(503, "RequestLimitExceeded"),
                "iam" => answer(400, "Throttling"),
                _ => answer(400, "ThrottlingException"),
            },
        )
    });
}

#[test]
fn errors_on_reads() {
    goes_well("500 and 503 on reads", || {
        First::new(
            1,
            |call| !call.mutating && call.service != "sts",
            |call| {
                if call.index % 2 == 0 {
                    answer(500, "InternalError")
                } else {
                    answer(503, "ServiceUnavailable")
                }
            },
        )
    });
}

#[test]
fn errors_on_changes() {
    goes_well("500 and 503 on changes", || {
        First::new(
            3,
            |call| call.mutating,
            |call| {
                if call.index % 2 == 0 {
                    answer(500, "InternalError")
                } else {
                    answer(503, "ServiceUnavailable")
                }
            },
        )
    });
}

#[test]
fn connections_cut_before_the_effect() {
    goes_well("cut before the effect", || {
        First::new(2, |call| call.service != "sts", |_| Fault::DropConnection)
    });
}

#[test]
fn every_second_answer_lost() {
    goes_well("every second answer of a change lost", || Arc::new(AllLost { seen: Mutex::default() }));
}

#[test]
fn everything_late() {
    goes_well("delays", || Arc::new(Late));
}

#[test]
fn each_answer_lost_in_turn() {
    let mut declared = declared(&Site::bare("staging"));
    declared.retain(|urn| urn.contains("/network/"));
    let tally = rounds("answer lost", "faults", 400, |position| {
        let served = Served::new();
        let site = Site::at("staging", &served.url);
        let lost = Arc::new(Lost { position, seen: AtomicUsize::new(0) });
        served.faults(lost.clone());
        site.run(&["up", "--yes", "--component", "network"]).ok();
        let in_up = lost.seen.load(Ordering::SeqCst) >= position;
        let wrong = compare(&site, &served.block(served.eyes.all()), &declared);
        site.run(&["destroy", "--yes", "--component", "network"]).ok();
        if lost.seen.load(Ordering::SeqCst) < position {
            return Round::Beyond;
        }
        let mut all = compare(&site, &served.block(served.eyes.all()), &[]);
        if in_up {
            all += wrong;
        }
        Round::Done(all)
    });
    tally.check();
    assert_eq!(tally.wrong, Wrong::default());
}
