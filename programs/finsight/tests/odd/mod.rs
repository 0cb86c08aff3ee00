//! Whole configs that somebody could write: one of the shipped three, with a dozen of its settings at their edges, and
//! every fifth with a mistake in it. A seed gives the same one each time.

mod mistakes;
mod turns;

use finsight::config::built_in;
use serde_json::{Map, Value as Json, json};

/// How many there are.
pub const CONFIGS: u64 = 220;
/// Which of them have a mistake: every so many.
const MISTAKEN: u64 = 5;

/// One of them.
pub struct Odd {
    /// Which one it is.
    pub seed: u64,
    /// The stack's name.
    pub stack: String,
    /// The config.
    pub config: Json,
    /// What was done to it, in words.
    pub turns: Vec<&'static str>,
    /// Whether it must be refused.
    pub mistaken: bool,
}

/// A setting at its edge.
pub struct Turn {
    /// In words.
    pub what: &'static str,
    /// Makes it.
    pub make: fn(&mut Json, &mut Dice),
}

/// Throws that are the same for a seed each time (SplitMix64).
pub struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or_default()
    }

    /// One of these.
    pub fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// Heads or tails.
    pub fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// Names of stacks: the shipped ones, the shortest, and one of 24 characters.
const STACKS: [&str; 6] = ["dev", "staging", "prod", "x", "qa-2", "integration-tests-2026-b"];

/// The config of a seed.
pub fn odd(seed: u64) -> Odd {
    let mut dice = Dice(seed);
    let stack = dice.of(&STACKS);
    let base = built_in(stack).map_or_else(|| dice.of(&["dev", "staging", "prod"]), |_| stack);
    let mut config: Json = serde_json::from_str(built_in(base).expect("shipped")).expect("JSON");
    at_home(&mut config, base);
    let mut turns = Vec::new();
    for turn in turns::TURNS {
        if dice.below(3) == 0 {
            (turn.make)(&mut config, &mut dice);
            turns.push(turn.what);
        }
    }
    let mistaken = seed % MISTAKEN == MISTAKEN - 1;
    if mistaken {
        let mistake = dice.of(&(0..mistakes::MISTAKES.len()).collect::<Vec<_>>());
        let mistake = &mistakes::MISTAKES[mistake];
        (mistake.make)(&mut config, &mut dice);
        turns.push(mistake.what);
    }
    Odd { seed, stack: stack.to_owned(), config, turns, mistaken }
}

/// What every one of them has: it can be taken down again, and what is wise is not asked.
fn at_home(config: &mut Json, base: &str) {
    config.as_object_mut().expect("an object").remove("$schema");
    config["database"]["protection"] = false.into();
    let waived = |rule: &finsight_engine::policy::Rule| json!({"rule": rule.id, "urn": "*", "reason": "it is looked at elsewhere", "until": "2099-12-31"});
    config["security"]["waivers"] = finsight::policy::rules().iter().map(waived).collect();
    if base == "prod" {
        config["security"]["account"]["delete_records"] = true.into();
    }
}

/// A map of the config, made where it is not there.
fn map<'a>(config: &'a mut Json, path: &[&str]) -> &'a mut Map<String, Json> {
    let mut at = config;
    for part in path {
        at = &mut at[*part];
    }
    if !at.is_object() {
        *at = json!({});
    }
    at.as_object_mut().expect("an object")
}

/// A text of the config.
fn text(config: &Json, path: &[&str]) -> String {
    path.iter().fold(config, |at, part| &at[*part]).as_str().unwrap_or_default().to_owned()
}
