//! `kill -9` at every position of `up` and `destroy`: the next run puts everything right.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use finsight_local::Fault;

use crate::support::holder::{Holder, Side};
use crate::support::work::{Round, rounds};
use crate::support::wrong::{Wrong, compare, declared};
use crate::support::{Served, Site};

/// More than any run has.
const MOST: usize = 400;

/// Runs a command and kills it at the n-th growth of the log; `false` if it ended before.
fn kill_at_growth(site: &Site, args: &[&str], position: usize) -> bool {
    let mut size = site.log_size();
    let mut growths = 0;
    let mut started = site.start(args);
    loop {
        let now = site.log_size();
        if now > size {
            growths += 1;
        }
        size = now;
        if growths >= position {
            started.kill();
            return true;
        }
        if started.ended() {
            started.finish().ok();
            return false;
        }
        std::thread::sleep(Duration::from_micros(20));
    }
}

/// Runs a command and kills it while its n-th mutating call is answered.
fn kill_at_call(site: &Site, served: &Served, args: &[&str], side: Side, position: usize) -> bool {
    let holder = Holder::new(side, position, Some(Fault::DropConnection));
    served.faults(holder.clone());
    let mut started = site.start(args);
    let reached = loop {
        if holder.reached() {
            started.kill();
            break true;
        }
        if started.ended() {
            started.finish().ok();
            break false;
        }
    };
    holder.release();
    // The call that was held up ends on the server's side, too.
    std::thread::sleep(Duration::from_millis(20));
    served.no_faults();
    reached
}

/// After a kill: one more run must put everything right, and the next has nothing to do.
fn recover_up(site: &Site, served: &Served, declared: &[String]) -> Wrong {
    site.run(&["up", "--yes"]).ok();
    let wrong = compare(site, &served.block(served.eyes.all()), declared);
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
    wrong
}

fn recover_destroy(site: &Site, served: &Served) -> Wrong {
    site.run(&["destroy", "--yes"]).ok();
    compare(site, &served.block(served.eyes.all()), &[])
}

const UP: &[&str] = &["up", "--yes", "--parallel", "1"];
const DESTROY: &[&str] = &["destroy", "--yes", "--parallel", "1"];

/// The serial of the last whole record on disk.
fn serial(site: &Site) -> u64 {
    site.run(&["state", "list", "--json"]).ok().json()["serial"].as_u64().expect("a serial")
}

/// Which records were the last on disk when a run was killed.
#[derive(Default)]
struct Records {
    hit: Mutex<BTreeSet<u64>>,
    all: AtomicU64,
}

impl Records {
    /// Kills a run at the n-th growth of the log; `false` if it ended before.
    fn kill(&self, site: &Site, args: &[&str], position: usize) -> bool {
        let before = if site.state().exists() { serial(site) } else { 0 };
        let killed = kill_at_growth(site, args, position);
        let records = serial(site) - before;
        if killed {
            self.hit.lock().expect("not poisoned").insert(records);
        } else {
            self.all.store(records, Ordering::SeqCst);
        }
        killed
    }

    /// Growths that followed each other too quickly were seen as one: those records are tried again.
    fn missed(&self) -> Vec<usize> {
        let hit = self.hit.lock().expect("not poisoned");
        (1..self.all.load(Ordering::SeqCst))
            .filter(|n| !hit.contains(n))
            .filter_map(|n| n.try_into().ok())
            .collect()
    }

    /// First at every growth, then again at what was missed.
    fn rounds(&self, title: &str, round: impl Fn(usize) -> Round + Sync) {
        rounds(title, "kills", MOST, &round).check();
        for pass in 0..9 {
            // In a new log the segment's header is a growth of its own, and a record can be seen half written.
            let shift = pass % 3;
            let missed = self.missed();
            if !missed.is_empty() {
                rounds(&format!("{title}, again"), "kills", missed.len(), |n| round(missed[n - 1] + shift))
                    .check();
            }
        }
        let (all, missed) = (self.all.load(Ordering::SeqCst), self.missed());
        let before_the_last = usize::try_from(all).expect("a small number").saturating_sub(1);
        println!(
            "{title}: killed right after {} of the {before_the_last} records before the last",
            before_the_last - missed.len()
        );
        // On a busy machine the polling can miss a record every time; hardly any may stay.
        assert!(missed.len() * 10 <= before_the_last, "records after which no run was killed: {missed:?}");
    }
}

#[test]
fn at_every_record_of_up() {
    let declared = declared(&Site::bare("staging"));
    let records = Records::default();
    records.rounds("kill up at record", |position| {
        let served = Served::new();
        let site = Site::at("staging", &served.url);
        if !records.kill(&site, UP, position) {
            return Round::Beyond;
        }
        Round::Done(recover_up(&site, &served, &declared))
    });
}

#[test]
fn at_every_record_of_destroy() {
    let records = Records::default();
    records.rounds("kill destroy at record", |position| {
        let served = Served::new();
        let site = Site::at("staging", &served.url);
        site.run(&["up", "--yes"]).ok();
        if !records.kill(&site, DESTROY, position) {
            return Round::Beyond;
        }
        Round::Done(recover_destroy(&site, &served))
    });
}

fn at_every_call_of_up(title: &str, side: Side) {
    let declared = declared(&Site::bare("staging"));
    let tally = rounds(title, "kills", MOST, |position| {
        let served = Served::new();
        let site = Site::at("staging", &served.url);
        if !kill_at_call(&site, &served, UP, side, position) {
            return Round::Beyond;
        }
        Round::Done(recover_up(&site, &served, &declared))
    });
    tally.check();
}

fn at_every_call_of_destroy(title: &str, side: Side) {
    let tally = rounds(title, "kills", MOST, |position| {
        let served = Served::new();
        let site = Site::at("staging", &served.url);
        site.run(&["up", "--yes"]).ok();
        if !kill_at_call(&site, &served, DESTROY, side, position) {
            return Round::Beyond;
        }
        Round::Done(recover_destroy(&site, &served))
    });
    tally.check();
}

#[test]
fn before_the_effect_of_every_call_of_up() {
    at_every_call_of_up("kill up before a call's effect", Side::Before);
}

#[test]
fn after_the_effect_of_every_call_of_up() {
    at_every_call_of_up("kill up after a call's effect", Side::After);
}

#[test]
fn before_the_effect_of_every_call_of_destroy() {
    at_every_call_of_destroy("kill destroy before a call's effect", Side::Before);
}

#[test]
fn after_the_effect_of_every_call_of_destroy() {
    at_every_call_of_destroy("kill destroy after a call's effect", Side::After);
}

/// Many operations at once, and the recovery is killed as well.
#[test]
fn twice_with_many_operations_at_once() {
    let declared = declared(&Site::bare("staging"));
    let tally = rounds("kill parallel up, then its recovery", "kills", 24, |number| {
        let served = Served::new();
        let site = Site::at("staging", &served.url);
        // Spread over the run, not at the records alone: a few milliseconds after one.
        if !kill_at_growth(&site, &["up", "--yes"], 1 + number * 5 % 37) {
            return Round::Beyond;
        }
        kill_after(&site, &["up", "--yes"], Duration::from_millis(40 + (number as u64 * 53) % 400));
        Round::Done(recover_up(&site, &served, &declared))
    });
    tally.check();
}

#[test]
fn twice_while_many_are_deleted() {
    let tally = rounds("kill parallel destroy, then its recovery", "kills", 16, |number| {
        let served = Served::new();
        let site = Site::at("staging", &served.url);
        site.run(&["up", "--yes"]).ok();
        kill_after(&site, &["destroy", "--yes"], Duration::from_millis(60 + (number as u64 * 37) % 400));
        kill_after(&site, &["destroy", "--yes"], Duration::from_millis(40 + (number as u64 * 53) % 300));
        Round::Done(recover_destroy(&site, &served))
    });
    tally.check();
}

/// Kills a run after some time, if it has not ended by then.
fn kill_after(site: &Site, args: &[&str], time: Duration) {
    let end = Instant::now() + time;
    let mut started = site.start(args);
    while Instant::now() < end {
        if started.ended() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    started.kill();
}
