//! A whole stack in bad weather: up, a change, and down again, each in at most two runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use finsight_local::Status;

use super::subject::removable;
use super::wire_faults::{Storm, Weather, Wire};
use super::wrong::{compare, declared};
use super::{Run, Served, Site};

/// What is changed between `up` and `destroy`: settings of all functions, of the authorizer, of the gateway.
pub const CHANGES: [(&str, &str); 3] = [
    ("\"LOG_LEVEL\": ", "\"TRACE\": \"1\", \"LOG_LEVEL\": "),
    ("\"cache_seconds\": 300", "\"cache_seconds\": 240"),
    ("\"burst\": 200", "\"burst\": 180"),
];

/// After so long a run counts as one that does not end: on a machine that does much else it takes its time.
const PATIENCE: Duration = Duration::from_secs(400);

/// What the cloud counts after each phase when nobody disturbs.
type Calm = [Status; 3];

fn calm(stack: &'static str) -> Calm {
    static KNOWN: Mutex<BTreeMap<&str, Calm>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known
        .entry(stack)
        .or_insert_with(|| {
            let served = Served::new();
            let site = removable_at(stack, &served.url);
            PHASES.map(|phase| {
                begin(&site, phase);
                site.run(&[phase.command(), "--yes"]).ok();
                served.status()
            })
        })
        .clone()
}

/// A stack that may be taken down, one of its functions kept warm.
pub fn removable_at(stack: &str, url: &str) -> Site {
    let site = removable(stack, url);
    site.edit_config("\"transactions\": {", "\"transactions\": { \"provisioned_concurrency\": 1,");
    site
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Up,
    Change,
    Destroy,
}

const PHASES: [Phase; 3] = [Phase::Up, Phase::Change, Phase::Destroy];

impl Phase {
    fn command(self) -> &'static str {
        if self == Self::Destroy { "destroy" } else { "up" }
    }
}

fn begin(site: &Site, phase: Phase) {
    if phase == Phase::Change {
        for (old, new) in CHANGES {
            site.edit_config(old, new);
        }
    }
}

/// Lives through it; what went wrong, a line each.
pub fn live_through(stack: &'static str, weathers: &[Weather], seed: u64) -> Vec<String> {
    let calm = calm(stack);
    let served = Served::new();
    let wire = Wire::new(&served.url);
    let site = credentials(removable_at(stack, &wire.url), "ASIAOLDOLDOLDOLDOLD0");
    let mut wrong = Vec::new();
    for (phase, wanted) in PHASES.into_iter().zip(&calm) {
        begin(&site, phase);
        // Each phase has a storm of its own. What is taken down has no new parents.
        let blows = |weather: &&Weather| **weather != Weather::LateParents || phase != Phase::Destroy;
        let blowing: Vec<Weather> = weathers.iter().filter(blows).copied().collect();
        let storm = Arc::new(Storm::new(&blowing, seed.wrapping_add(phase as u64 * 1000)));
        wire.set(storm.clone());
        let args = [phase.command(), "--yes"];
        let runs: Vec<Option<Run>> = two_runs(&site, &args, &storm);
        wire.calm();
        println!(
            "    {stack}, {} weathers, SEED={seed}, {phase:?}: {} calls hit in {} runs",
            weathers.len(),
            storm.met(),
            runs.len()
        );
        let ended = runs.last().is_some_and(ended_well);
        for (number, run) in runs.iter().enumerate().filter(|(_, run)| !ended_well(run)) {
            let told = run.as_ref().map_or("it did not end".to_owned(), told);
            let line = format!("{phase:?}, run {}: {told}", number + 1);
            if ended { println!("    {line}") } else { wrong.push(line) }
        }
        if !ended {
            // The rest is still worth to see, on calm water.
            let calm_run = site.run_within(&args, PATIENCE);
            if !ended_well(&calm_run) {
                let told = calm_run.as_ref().map_or("it did not end".to_owned(), told);
                wrong.push(format!("{phase:?}, then without faults: {told}"));
                return wrong;
            }
        }
        let found = served.status();
        if found != *wanted {
            wrong.push(format!("{phase:?}: {}", uneven(&found, wanted)));
        }
        let declared = if phase == Phase::Destroy { Vec::new() } else { declared(&site) };
        let found = compare(&site, &served.block(served.eyes.all()), &declared);
        if !found.none() {
            wrong.push(format!("{phase:?}: {found:?}"));
        }
    }
    wrong
}

fn ended_well(run: &Option<Run>) -> bool {
    run.as_ref().is_some_and(|run| run.code == Some(0))
}

/// One run, and another if it does not end well. Credentials that expire are renewed a second later.
fn two_runs(site: &Site, args: &[&str], storm: &Arc<Storm>) -> Vec<Option<Run>> {
    let mut runs = Vec::new();
    let over = Mutex::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !*over.lock().unwrap_or_else(PoisonError::into_inner) {
                std::thread::sleep(Duration::from_millis(20));
                if let Some(old) = storm.expired() {
                    std::thread::sleep(Duration::from_secs(1));
                    write_credentials(site, &next(&old));
                    return;
                }
            }
        });
        for _ in 0..2 {
            runs.push(site.run_within(args, PATIENCE));
            if runs.last().is_some_and(ended_well) {
                break;
            }
        }
        *over.lock().unwrap_or_else(PoisonError::into_inner) = true;
    });
    runs
}

/// The site with its credentials in a file, as a session's are.
fn credentials(site: Site, key: &str) -> Site {
    let file = site.path("credentials").display().to_string();
    let site = site
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY")
        .with("AWS_SHARED_CREDENTIALS_FILE", &file);
    write_credentials(&site, key);
    site
}

fn write_credentials(site: &Site, key: &str) {
    let text = format!(
        "[default]\naws_access_key_id = {key}\naws_secret_access_key = secret\naws_session_token = token\n"
    );
    let beside = site.path("credentials.new");
    std::fs::write(&beside, text).expect("the credentials are written");
    std::fs::rename(&beside, site.path("credentials")).expect("they take their place");
}

fn next(key: &str) -> String {
    let number: u32 = key.trim_start_matches(|c: char| c.is_ascii_alphabetic()).parse().unwrap_or_default();
    format!("ASIANEWNEWNEWNEW{:04}", number + 1)
}

/// The errors of a run, shortened.
fn told(run: &Run) -> String {
    let lines = run.stderr.lines().chain(run.stdout.lines());
    let mut errors: Vec<String> = lines
        .filter(|line| line.contains("error[") || line.contains("EXEC-") || line.contains("PLAN-"))
        .map(|line| line.trim().chars().take(300).collect())
        .collect();
    let all = errors.len();
    errors.truncate(4);
    if all > errors.len() {
        errors.push(format!("… {all} in all"));
    }
    format!("{:?} {}", run.code, errors.join(" / "))
}

fn uneven(found: &Status, wanted: &Status) -> String {
    let mut kinds: Vec<&str> = found.iter().chain(wanted.iter()).map(|(kind, _)| kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let differs = kinds.into_iter().filter(|kind| found.count(kind) != wanted.count(kind));
    differs
        .map(|kind| format!("{kind} {} and not {}", found.count(kind), wanted.count(kind)))
        .collect::<Vec<_>>()
        .join(", ")
}
