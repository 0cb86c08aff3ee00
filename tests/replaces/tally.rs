//! Many cases on two threads, and what they came to.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use crate::cases::{Case, Stands};
use crate::verdict::Verdict;

/// A runtime of its own.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

fn stands() -> &'static Stands {
    static STANDS: OnceLock<Stands> = OnceLock::new();
    STANDS.get_or_init(Stands::new)
}

/// Chooses the sample; printed, so that the same one can be taken again.
fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| {
        let given = std::env::var("SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or(1);
        println!("SEED={seed}");
        seed
    })
}

/// At most so many of them, spread evenly from where the seed says; all where that is asked for.
fn sample(all: Vec<Case>, most: usize) -> Vec<Case> {
    let wanted = std::env::var("FINSIGHT_CASES").ok();
    if wanted.as_deref() == Some("all") || all.is_empty() {
        return all;
    }
    let most = wanted.and_then(|text| text.parse().ok()).unwrap_or(most).min(all.len());
    let first = usize::try_from(seed()).unwrap_or_default() % all.len();
    (0..most).map(|n| all[(first + n * all.len() / most) % all.len()].clone()).collect()
}

#[derive(Default)]
struct Tally {
    replaced: usize,
    refused: Vec<String>,
    hung: Vec<String>,
    failed: Vec<String>,
    invalid: Vec<String>,
}

impl Tally {
    fn take_in(&mut self, case: &Case, verdict: Verdict) {
        let (word, text, list) = match verdict {
            Verdict::Replaced => {
                self.replaced += 1;
                return println!("replaced: {case}");
            }
            Verdict::Refused(text) => ("refused", text, &mut self.refused),
            Verdict::Hung(text) => ("hung", text, &mut self.hung),
            Verdict::Failed(text) => ("failed", text, &mut self.failed),
            Verdict::Invalid(text) => ("no value", text, &mut self.invalid),
            Verdict::Same => ("no value", "it means the same".to_owned(), &mut self.invalid),
        };
        println!("{word}: {case}: {text}");
        list.push(format!("{word}: {case}: {text}"));
    }
}

/// Carries out a sample of these cases: each must end well or be refused.
pub fn run(title: &str, most: usize, cases: impl Fn(&Stands) -> Vec<Case>) {
    // Tests run beside each other: two cases at once are enough for all of them.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (began, stands) = (Instant::now(), stands());
    let cases = sample(cases(stands), most);
    let (next, tally) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let tried =
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| stands.verdict(case)));
                    let verdict = tried.unwrap_or_else(|panic| {
                        let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                        Verdict::Failed(format!("it panicked: {text}"))
                    });
                    tally.lock().unwrap_or_else(PoisonError::into_inner).take_in(case, verdict);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let types: BTreeSet<&str> = cases.iter().map(|case| case.subject.type_name()).collect();
    println!(
        "{title}: {} types, {} cases, replaced {}, refused {}, hung {}, failed {}, without a value {} ({:.0} s)",
        types.len(),
        cases.len(),
        tally.replaced,
        tally.refused.len(),
        tally.hung.len(),
        tally.failed.len(),
        tally.invalid.len(),
        began.elapsed().as_secs_f64()
    );
    let wrong: Vec<&String> = tally.hung.iter().chain(&tally.failed).chain(&tally.invalid).collect();
    assert!(
        wrong.is_empty(),
        "{} cases:\n{}",
        wrong.len(),
        wrong.iter().map(|it| it.as_str()).collect::<Vec<_>>().join("\n")
    );
}
