//! Ctrl-C, TERM and HUP end any wait within two seconds, and nothing is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::subject::removable;
use crate::support::wire_faults::{Act, Call, Faults, Refusal, Wire};
use crate::support::wrong::{compare, declared};
use crate::support::{Served, Site};

/// Within this time a run must end; the rest is for a busy machine.
const AT_ONCE: Duration = Duration::from_millis(2500);

/// Does one thing to some calls, and counts them.
struct Only {
    which: fn(&Call) -> bool,
    act: Act,
    met: AtomicUsize,
}

impl Only {
    fn new(which: fn(&Call) -> bool, act: Act) -> Arc<Self> {
        Arc::new(Self { which, act, met: AtomicUsize::new(0) })
    }
}

impl Faults for Only {
    fn meet(&self, call: &Call) -> Act {
        if !(self.which)(call) {
            return Act::Pass;
        }
        self.met.fetch_add(1, Ordering::SeqCst);
        self.act.clone()
    }
}

/// Starts a command on dev's network, waits until so many calls have met their fault, sends the signal: it
/// ends, and the same command then comes to its end.
fn ends(title: &str, signal: &str, command: &str, served: &Served, faults: &Arc<Only>, times: usize) {
    let wire = Wire::new(&served.url);
    let site = removable("dev", &wire.url);
    let args = [command, "--yes", "--component", "network"];
    if command == "destroy" {
        site.run(&["up", "--yes", "--component", "network"]).ok();
    }
    wire.set(faults.clone());
    let mut started = site.start(&args);
    let began = Instant::now();
    while faults.met.load(Ordering::SeqCst) < times {
        assert!(!started.ended(), "{title}: it ended before it had to wait: {:?}", started.finish());
        assert!(began.elapsed() < Duration::from_secs(60), "{title}: it does not come so far");
        std::thread::sleep(Duration::from_millis(2));
    }
    // It waits now, and for long.
    std::thread::sleep(Duration::from_millis(700));
    assert!(!started.ended(), "{title}: it did not wait: {:?}", started.finish());
    let asked = Instant::now();
    started.signal(signal);
    while !started.ended() {
        assert!(asked.elapsed() < AT_ONCE, "{title}: SIG{signal} does not end it");
        std::thread::sleep(Duration::from_millis(5));
    }
    println!("{title}: SIG{signal} ended it in {} ms", asked.elapsed().as_millis());
    started.finish().exit(130);
    wire.calm();
    put_right(&site, served, &args);
}

/// Nothing was lost: the next run puts everything right.
fn put_right(site: &Site, served: &Served, args: &[&str]) {
    site.run(args).ok();
    let mut wanted = if args[0] == "destroy" { Vec::new() } else { declared(site) };
    wanted.retain(|urn| urn.contains("/network/"));
    let wrong = compare(site, &served.block(served.eyes.all()), &wanted);
    assert!(wrong.none(), "{wrong:?}");
}

#[test]
fn while_answers_do_not_come_as_it_reads() {
    for signal in ["INT", "TERM", "HUP"] {
        let reads = |call: &Call| call.service != "sts" && !call.mutating;
        let never = Only::new(reads, Act::Late(Duration::from_secs(30)));
        ends("answers do not come", signal, "destroy", &Served::new(), &never, 3);
    }
}

#[test]
fn while_a_create_is_pending() {
    for signal in ["INT", "TERM", "HUP"] {
        let polls = |call: &Call| call.operation == "DescribeNatGateways";
        let pending = Only::new(polls, Act::Rewrite("<state>available", "<state>pending"));
        ends("a create is pending", signal, "up", &Served::new(), &pending, 2);
    }
}

#[test]
fn while_a_delete_is_blocked() {
    let deletes = |call: &Call| call.operation == "DeleteVpc";
    let blocked = Act::Refuse(Refusal::new(400, "DependencyViolation", "The vpc has dependencies"));
    ends("a delete is blocked", "INT", "destroy", &Served::new(), &Only::new(deletes, blocked), 2);
}

#[test]
fn while_calls_are_throttled() {
    let changes = |call: &Call| call.mutating;
    let throttled = Act::Refuse(Refusal::new(503, "RequestLimitExceeded", "Rate exceeded"));
    ends("changes are throttled", "TERM", "up", &Served::new(), &Only::new(changes, throttled), 4);
}

#[test]
fn while_the_network_is_away() {
    let first = |call: &Call| call.operation == "CreateVpc";
    let outage = Only::new(first, Act::Outage(Duration::from_secs(8)));
    ends("the network is away", "HUP", "up", &Served::new(), &outage, 1);
}
