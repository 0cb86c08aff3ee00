//! The whole of a stack in every weather of the wire (`support/wire_faults`): `up`, a change and `destroy` end
//! in at most two runs each, with no orphan, no duplicate, and without a hand.
//!
//! A sample takes one seed of each on dev, as many as begin within half a minute. `FINSIGHT_SEEDS=20` takes so
//! many seeds, on dev and on prod, with outages of a minute; `SEED=n` begins with that one;
//! `FINSIGHT_WEATHER=Cut,Outage` takes these only, `FINSIGHT_WEATHER=All` all of them at once, and
//! `FINSIGHT_STACKS=dev` this stack. `FINSIGHT_TURNS=1` lives one weather with each seed, one after the other.
//!
//! ```console
//! $ FINSIGHT_SEEDS=20 cargo test -p finsight-deploy --test end_to_end -- --nocapture storms
//! ```

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::point::seed;
use crate::support::storms::live_through;
use crate::support::wire_faults::Weather;

/// For so long new lives begin, unless all are asked for.
const SAMPLE: Duration = Duration::from_secs(30);
/// So many lives are lived at a time, and so many more of those that wait for most of their time.
const AT_ONCE: usize = 2;
const WAITING_AT_ONCE: usize = 6;

struct Life {
    stack: &'static str,
    /// At once.
    weathers: Vec<Weather>,
    seed: u64,
}

/// `All`, or the only one's name.
fn name(weathers: &[Weather]) -> String {
    if let [one] = weathers { format!("{one:?}") } else { "All".to_owned() }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn named(variable: &str, name: &str) -> bool {
    let wanted = std::env::var(variable).unwrap_or_default();
    wanted.is_empty() || wanted.split(',').any(|it| name.starts_with(it))
}

/// All that is asked for; of a sample, the weather that begins changes with the seed.
fn lives(seeds: Option<u64>) -> Vec<Life> {
    let outage = Duration::from_secs(if seeds.is_some() { 60 } else { 3 });
    let all = Weather::all(outage);
    let mut weathers: Vec<Vec<Weather>> = all.iter().map(|one| vec![*one]).collect();
    weathers.push(all.to_vec());
    let count = weathers.len();
    weathers.rotate_left(usize::try_from(seed()).unwrap_or_default() % count);
    let stacks: &[&'static str] = if seeds.is_some() { &["dev", "prod"] } else { &["dev"] };
    let first = seed();
    let mut lives = Vec::new();
    for seed in first..first + seeds.unwrap_or(1) {
        for stack in stacks.iter().filter(|stack| named("FINSIGHT_STACKS", stack)) {
            let wanted = weathers.iter().filter(|it| named("FINSIGHT_WEATHER", &name(it)));
            let mut wanted: Vec<&Vec<Weather>> = wanted.collect();
            if number("FINSIGHT_TURNS").is_some() && !wanted.is_empty() {
                let turn = usize::try_from(seed).unwrap_or_default() % wanted.len();
                wanted = vec![wanted[turn]];
            }
            lives.extend(wanted.into_iter().map(|weathers| Life { stack, weathers: weathers.clone(), seed }));
        }
    }
    lives
}

#[test]
fn every_weather_is_lived_through() {
    let seeds = number("FINSIGHT_SEEDS");
    let (lives, began) = (lives(seeds), Instant::now());
    let (lived, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let waits = |life: &&Life| {
        seeds.is_some() && life.weathers.iter().any(|weather| matches!(weather, Weather::Outage(_)))
    };
    let (waiting, busy): (Vec<&Life>, Vec<&Life>) = lives.iter().partition(waits);
    let live = |lives: &[&Life], next: &AtomicUsize| {
        while let Some(life) = lives.get(next.fetch_add(1, Ordering::SeqCst)) {
            if seeds.is_none() && began.elapsed() > SAMPLE {
                return;
            }
            let wrong = one(life);
            lived.fetch_add(1, Ordering::SeqCst);
            failures.lock().expect("not poisoned").extend(wrong);
        }
    };
    let next = [AtomicUsize::new(0), AtomicUsize::new(0)];
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| live(&busy, &next[0]));
        }
        for _ in 0..WAITING_AT_ONCE.min(waiting.len()) {
            scope.spawn(|| live(&waiting, &next[1]));
        }
    });
    let failures = failures.into_inner().expect("not poisoned");
    let lived = lived.into_inner();
    println!(
        "weather: {lived} lives of {}, {} faults ({:.0} s)",
        lives.len(),
        failures.len(),
        began.elapsed().as_secs_f64()
    );
    assert!(lived > 0, "no life was lived");
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// Lives one life; what went wrong, a line each.
fn one(life: &Life) -> Vec<String> {
    let (title, began) =
        (format!("{} in {}, SEED={}", life.stack, name(&life.weathers), life.seed), Instant::now());
    let lived = std::panic::catch_unwind(|| live_through(life.stack, &life.weathers, life.seed));
    let wrong =
        lived.unwrap_or_else(|panic| vec![panic.downcast_ref::<String>().cloned().unwrap_or_default()]);
    let end = if wrong.is_empty() { "well".to_owned() } else { format!("{} faults", wrong.len()) };
    println!("{title}: {end} ({:.0} s)", began.elapsed().as_secs_f64());
    wrong.iter().for_each(|line| println!("    {line}"));
    wrong.into_iter().map(|line| format!("{title}: {line}")).collect()
}
