//! Where a run is cut off, and how.

use std::os::unix::process::ExitStatusExt as _;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use finsight_local::Fault;

use super::holder::{Holder, Side};
use super::{Served, Site};

/// Where a run is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Right after its n-th record is durable.
    AfterRecord(usize),
    /// Right before its n-th record is written: what the record tells has happened.
    BeforeRecord(usize),
    /// Before its n-th changing call has an effect.
    BeforeCall(usize),
    /// After its n-th changing call has had its effect, before the answer.
    AfterCall(usize),
}

/// How many records and changing calls a run has that nobody disturbs.
#[derive(Debug, Clone, Copy)]
pub struct Length {
    pub records: usize,
    pub calls: usize,
}

impl Length {
    /// All points of the run but the last record, after which all is done.
    pub fn points(self) -> Vec<Point> {
        let after = (1..self.records).map(Point::AfterRecord);
        let before = (1..=self.records).map(Point::BeforeRecord);
        let calls = (1..=self.calls).flat_map(|n| [Point::BeforeCall(n), Point::AfterCall(n)]);
        after.chain(before).chain(calls).collect()
    }

    /// At most so many of them, spread evenly from where the seed says; all where that is asked for.
    pub fn sample(self, most: usize) -> Vec<Point> {
        let all = self.points();
        let wanted = std::env::var("FINSIGHT_POSITIONS").ok();
        let every = wanted.as_deref() == Some("all");
        let most = wanted.and_then(|text| text.parse().ok()).unwrap_or(most);
        let most = if every { all.len() } else { most.min(all.len()) };
        let first = if every { 0 } else { usize::try_from(seed()).unwrap_or_default() % all.len() };
        (0..most).map(|n| all[(first + n * all.len() / most) % all.len()]).collect()
    }
}

/// Chooses the sample; printed, so that the same one can be taken again.
pub fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| {
        let given = std::env::var("SEED").ok().and_then(|text| text.parse().ok());
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seed = given.unwrap_or_else(|| now.map_or(1, |time| time.as_secs()));
        println!("SEED={seed}");
        seed
    })
}

/// Runs a command up to a point; `false` if it ended before.
pub fn cut(site: &Site, served: &Served, args: &[&str], point: Point) -> bool {
    match point {
        Point::AfterRecord(n) => stop(site, args, "FINSIGHT_STOP_AT_RECORD", n),
        Point::BeforeRecord(n) => stop(site, args, "FINSIGHT_STOP_BEFORE_RECORD", n),
        Point::BeforeCall(n) => kill_at_call(site, served, args, Side::Before, n),
        Point::AfterCall(n) => kill_at_call(site, served, args, Side::After, n),
    }
}

/// Lets the process end itself at a record: `abort` tidies up as little as `kill -9`.
fn stop(site: &Site, args: &[&str], variable: &str, record: usize) -> bool {
    let output = site.command(args).env(variable, record.to_string()).output().expect("the binary runs");
    match (output.status.code(), output.status.signal()) {
        (None, Some(_)) => true,
        (Some(0), _) => false,
        (code, _) => panic!(
            "`{}` ended with {code:?} before record {record}\n{}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

/// Runs a command and kills it while its n-th changing call is answered.
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
