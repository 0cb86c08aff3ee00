//! The process dies at every position of `up` and `destroy`: the next run puts everything right.
//!
//! At each record of the log and at each changing call: on dev's network at all of them, on the whole of
//! prod at a sample that changes with the seed. `FINSIGHT_POSITIONS=all` takes all of prod's, too, a number
//! so many; `SEED=n` takes the sample again that a run has printed.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::support::point::{Point, cut};
use crate::support::subject::Subject;
use crate::support::work::{Round, rounds};
use crate::support::{Served, Site};

/// How many positions of prod are tried, unless all are.
const SAMPLE_OF_UP: usize = 24;
const SAMPLE_OF_DESTROY: usize = 12;

/// The network of dev: small enough for all positions.
fn network() -> &'static Subject {
    static SUBJECT: OnceLock<Subject> = OnceLock::new();
    SUBJECT.get_or_init(|| Subject::new("dev", Some("network")))
}

/// The whole of prod.
fn prod() -> &'static Subject {
    static SUBJECT: OnceLock<Subject> = OnceLock::new();
    SUBJECT.get_or_init(|| Subject::new("prod", None))
}

fn ups(subject: &Subject, title: &str, points: &[Point]) {
    let tally = rounds(title, "kills", points.len(), |number| {
        let served = Served::new();
        let site = subject.bare(&served);
        let reached =
            cut(&site, &served, &subject.args(&["up", "--yes", "--parallel", "1"]), points[number - 1]);
        assert!(reached, "{:?} was not reached", points[number - 1]);
        Round::Done(subject.recover_up(&site, &served))
    });
    tally.check();
}

fn destroys(subject: &Subject, title: &str, points: &[Point]) {
    let tally = rounds(title, "kills", points.len(), |number| {
        let (site, served, _kept) = subject.stands();
        let reached =
            cut(&site, &served, &subject.args(&["destroy", "--yes", "--parallel", "1"]), points[number - 1]);
        assert!(reached, "{:?} was not reached", points[number - 1]);
        Round::Done(subject.recover_destroy(&site, &served))
    });
    tally.check();
}

#[test]
fn at_every_position_of_the_networks_up() {
    ups(network(), "kill up, dev's network", &network().up.points());
}

#[test]
fn at_every_position_of_the_networks_destroy() {
    destroys(network(), "kill destroy, dev's network", &network().destroy.points());
}

#[test]
fn all_over_the_up_of_prod() {
    ups(prod(), "kill up, the whole of prod", &prod().up.sample(SAMPLE_OF_UP));
}

#[test]
fn all_over_the_destroy_of_prod() {
    destroys(prod(), "kill destroy, the whole of prod", &prod().destroy.sample(SAMPLE_OF_DESTROY));
}

/// A destroy that was cut off when all was gone said that its component fits nothing, and failed.
#[test]
fn a_component_that_is_gone_is_taken_down_again() {
    let (site, served, _kept) = network().stands();
    let destroy = network().args(&["destroy", "--yes"]);
    let last = Point::BeforeRecord(network().destroy.records);
    assert!(cut(&site, &served, &network().args(&["destroy", "--yes", "--parallel", "1"]), last));
    site.run(&destroy).ok();
    site.run(&destroy).ok();
    site.run(&["destroy", "--yes", "--component", "netwrok"]).exit(64).says(&["PLAN-NO-SUCH-URN"]);
}

/// Many operations at once, and the recovery is killed as well: `kill -9` from outside.
#[test]
fn twice_with_many_operations_at_once() {
    let tally = rounds("kill parallel up, then its recovery", "kills", 12, |number| {
        let served = Served::new();
        let site = network().bare(&served);
        let up = network().args(&["up", "--yes"]);
        kill_after(&site, &up, Duration::from_millis(150 + (number as u64 * 37) % 600));
        kill_after(&site, &up, Duration::from_millis(40 + (number as u64 * 53) % 400));
        Round::Done(network().recover_up(&site, &served))
    });
    tally.check();
}

#[test]
fn twice_while_many_are_deleted() {
    let tally = rounds("kill parallel destroy, then its recovery", "kills", 8, |number| {
        let (site, served, _kept) = network().stands();
        let destroy = network().args(&["destroy", "--yes"]);
        kill_after(&site, &destroy, Duration::from_millis(60 + (number as u64 * 37) % 400));
        kill_after(&site, &destroy, Duration::from_millis(40 + (number as u64 * 53) % 300));
        Round::Done(network().recover_destroy(&site, &served))
    });
    tally.check();
}

/// The whole of prod with as many operations at once as may be, killed twice from outside.
#[test]
fn twice_while_many_of_prod_are_made() {
    let tally = rounds("kill parallel up of prod, then its recovery", "kills", 4, |number| {
        let served = Served::new();
        let site = prod().bare(&served);
        let up = prod().args(&["up", "--yes"]);
        kill_after(&site, &up, Duration::from_millis(1_000 + (number as u64 * 1_370) % 5_000));
        kill_after(&site, &up, Duration::from_millis(1_000 + (number as u64 * 1_530) % 4_000));
        Round::Done(prod().recover_up(&site, &served))
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
