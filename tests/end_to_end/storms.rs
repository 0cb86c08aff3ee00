//! The whole of a stack in every weather of the wire (`support/wire_faults`): `up`, a change and `destroy` end
//! in at most two runs each, with no orphan, no duplicate, and without a hand.
//!
//! One seed of each weather on dev. `FINSIGHT_SEEDS=20` takes so many seeds, on dev and on prod; `SEED=n` begins
//! with that one, and `FINSIGHT_WEATHER=Cut,Outage` takes these only.
//!
//! ```console
//! $ FINSIGHT_SEEDS=20 cargo test -p finsight-deploy --test end_to_end -- --nocapture storms
//! ```

use std::time::{Duration, Instant};

use crate::support::storms::live_through;
use crate::support::wire_faults::Weather;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn every_weather_is_lived_through() {
    let seeds = number("FINSIGHT_SEEDS");
    let first = number("SEED").unwrap_or(1);
    let wanted = std::env::var("FINSIGHT_WEATHER").unwrap_or_default();
    // A minute, where there is time for it.
    let outage = Duration::from_secs(if seeds.is_some() { 60 } else { 3 });
    let stacks: &[&'static str] = if seeds.is_some() { &["dev", "prod"] } else { &["dev"] };
    let mut lives = Vec::new();
    for stack in stacks {
        for weather in Weather::all(outage) {
            let name = format!("{weather:?}");
            let fits = wanted.is_empty() || wanted.split(',').any(|it| name.starts_with(it));
            lives.extend(
                (first..first + seeds.unwrap_or(1)).filter(|_| fits).map(|seed| (*stack, weather, seed)),
            );
        }
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failures = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((stack, weather, seed)) =
                    lives.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
                {
                    let began = Instant::now();
                    let wrong = live_through(stack, *weather, *seed);
                    let title = format!("{stack} in {weather:?}, SEED={seed}");
                    let end =
                        if wrong.is_empty() { "well".to_owned() } else { format!("{} faults", wrong.len()) };
                    println!("{title}: {end} ({:.0} s)", began.elapsed().as_secs_f64());
                    for line in &wrong {
                        println!("    {line}");
                    }
                    let mut failures = failures.lock().expect("not poisoned");
                    failures.extend(wrong.into_iter().map(|line| format!("{title}: {line}")));
                }
            });
        }
    });
    let failures = failures.into_inner().expect("not poisoned");
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
