//! Many rounds on two threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::wrong::Wrong;

/// What the rounds of one kind came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub rounds: usize,
    pub wrong: Wrong,
    pub failures: Vec<String>,
}

/// How one round ended.
pub enum Round {
    /// The position was reached.
    Done(Wrong),
    /// The run ended before the position.
    Beyond,
}

/// Runs rounds 1, 2, … on two threads until one says that there are no more, or `most` are done.
pub fn rounds(title: &str, what: &str, most: usize, round: impl Fn(usize) -> Round + Sync) -> Tally {
    // Tests run beside each other: two rounds at once are enough for all of them.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let began = Instant::now();
    let next = AtomicUsize::new(1);
    let last = AtomicUsize::new(most);
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number > last.load(Ordering::SeqCst) {
                        return;
                    }
                    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| round(number)));
                    let mut tally = tally.lock().expect("no round panics while it holds this");
                    match outcome {
                        Ok(Round::Done(wrong)) => {
                            tally.rounds += 1;
                            tally.wrong += wrong;
                            if !wrong.none() {
                                tally.failures.push(format!("{title} {number}: {wrong:?}"));
                            }
                        }
                        Ok(Round::Beyond) => {
                            last.fetch_min(number - 1, Ordering::SeqCst);
                        }
                        Err(panic) => {
                            tally.rounds += 1;
                            let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                            tally.failures.push(format!("{title} {number}: {text}"));
                        }
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().expect("no round panics while it holds this");
    println!(
        "{title}: positions {}, {what} {}, orphans {}, duplicates {}, missing {}, untagged {} ({:.0} s)",
        last.load(Ordering::SeqCst).min(next.load(Ordering::SeqCst) - 1),
        tally.rounds,
        tally.wrong.orphans,
        tally.wrong.duplicates,
        tally.wrong.missing,
        tally.wrong.untagged,
        began.elapsed().as_secs_f64()
    );
    tally
}

impl Tally {
    /// Nothing may be wrong.
    #[track_caller]
    pub fn check(&self) {
        assert!(self.rounds > 0, "no position was reached");
        assert!(self.failures.is_empty(), "{} failures:\n{}", self.failures.len(), self.failures.join("\n"));
    }
}
