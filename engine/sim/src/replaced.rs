//! Each resource of a random program in turn is replaced, or takes another name, while all that stands on it
//! stays: it ends in success with nothing left to do, or is refused before anything changes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use finsight_engine::plan::{Confirmed, Plan, PlanError};
use finsight_engine::urn::UrnPattern;

use crate::cloud::Knobs;
use crate::random::{Design, Vocabulary};
use crate::rng::Rng;
use crate::world::{Ask, End, World};

/// What the replacements have come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaced {
    /// Those that were done.
    pub done: u64,
    /// Those that were refused, by code.
    pub refused: BTreeMap<String, u64>,
    /// Those that ended in another way, and how.
    pub broken: Vec<String>,
}

impl fmt::Display for Replaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused: u64 = self.refused.values().sum();
        let hung = match self.broken.len() {
            0 => "none hung".to_owned(),
            some => format!("{some} ended otherwise"),
        };
        write!(f, "{} replaced, {refused} refused ({:?}), {hung}", self.done, self.refused)?;
        self.broken.iter().take(10).try_for_each(|broken| write!(f, "\n{broken}"))
    }
}

/// Replaces each resource of the program of a seed: by `--replace`, and by a change of each property that
/// only a replacement can change.
pub fn replace_each(vocabulary: &Vocabulary, seed: u64, report: &mut Replaced) {
    let mut rng = Rng::new(seed ^ 0x5E7);
    let Some((base, design)) = begin(vocabulary, seed, &mut rng, report) else { return };
    for number in design.numbers() {
        let Some(urn) = design.urn(number) else { continue };
        let ask = Ask { replace: vec![UrnPattern::new(urn.as_str())], ..Ask::up(&design.graph()) };
        run(&base, ask, &format!("seed {seed}, --replace {urn}"), report);
        for name in design.replacing(number) {
            if let Some(changed) = design.with_another(number, name, &mut rng) {
                run(&base, Ask::up(&changed.graph()), &format!("seed {seed}, {urn}.{name}"), report);
            }
        }
    }
}

/// Gives each resource of the program of a seed another name, with the same properties, and without saying
/// which name it had.
pub fn rename_each(vocabulary: &Vocabulary, seed: u64, report: &mut Replaced) {
    let mut rng = Rng::new(seed ^ 0x5E7);
    let Some((base, design)) = begin(vocabulary, seed, &mut rng, report) else { return };
    for number in design.numbers() {
        let (Some(urn), Some(changed)) = (design.urn(number), design.renamed(number)) else { continue };
        run(&base, Ask::up(&changed.graph()), &format!("seed {seed}, {urn} renamed"), report);
    }
}

/// The story of the case with this name.
#[must_use]
pub fn story(vocabulary: &Vocabulary, seed: u64, name: &str) -> Vec<String> {
    let mut story = Vec::new();
    let mut rng = Rng::new(seed ^ 0x5E7);
    let Some((base, design)) = begin(vocabulary, seed, &mut rng, &mut Replaced::default()) else {
        return story;
    };
    let mut tell = |ask: Ask, case: String| {
        if case.contains(name) {
            let mut world = base.fork();
            world.tell = true;
            world.run(&Ask { confirmed: confirmed(&ask), ..ask });
            story.push(case);
            story.extend(world.story);
        }
    };
    for number in design.numbers() {
        let Some(urn) = design.urn(number) else { continue };
        tell(
            Ask { replace: vec![UrnPattern::new(urn.as_str())], ..Ask::up(&design.graph()) },
            format!("--replace {urn}"),
        );
        for name in design.replacing(number) {
            if let Some(changed) = design.with_another(number, name, &mut rng) {
                tell(Ask::up(&changed.graph()), format!("{urn}.{name}"));
            }
        }
    }
    story
}

fn confirmed(ask: &Ask) -> Confirmed {
    Confirmed::all(ask.graph.nodes.keys().map(ToString::to_string))
}

/// A random program that stands.
fn begin(
    vocabulary: &Vocabulary,
    seed: u64,
    rng: &mut Rng,
    report: &mut Replaced,
) -> Option<(World, Design)> {
    let mut world = World::new(Arc::clone(&vocabulary.registry), seed);
    world.hardships.clone_from(&vocabulary.hardships);
    world.cloud.holds = vocabulary.holds(crate::Hardship::Users);
    if rng.chance(300) {
        world.cloud.knobs = Knobs::natural();
    }
    let mut design = Design::new(vocabulary.clone(), 4 + usize::try_from(rng.below(6)).unwrap_or(0));
    for _ in 0..24 {
        design.change(rng);
    }
    design.relax(&std::collections::BTreeSet::new());
    let graph = design.graph();
    world.settle_down(&graph);
    let pause = world.longest_lag();
    world.advance(pause);
    if world.violations.is_empty() {
        return Some((world, design));
    }
    report.broken.push(format!("seed {seed}, before anything: {}", world.violations.join("; ")));
    None
}

fn run(base: &World, ask: Ask, name: &str, report: &mut Replaced) {
    let mut world = base.fork();
    let ask = Ask { confirmed: confirmed(&ask), ..ask };
    let (bytes, changes, began) = (world.store.bytes(), world.cloud.log.len(), world.now);
    let run = world.run(&ask);
    let minutes = (world.now - began) / 60_000;
    let mut wrong = world.violations.clone();
    match &run.end {
        End::Refused(errors) => {
            if world.store.bytes() != bytes || world.cloud.log.len() != changes {
                wrong.push("it was refused after something had changed".to_owned());
            }
            wrong.extend(errors.iter().filter(|error| !is_clear(error)).map(|e| format!("unclear: {e}")));
            for code in errors.iter().map(PlanError::code) {
                *report.refused.entry(code.to_owned()).or_default() += 1;
            }
        }
        End::Over if run.succeeded() => {
            let pause = world.longest_lag();
            world.advance(pause);
            let again = world.run(&Ask { replace: Vec::new(), ..ask });
            if !again.plan.as_ref().is_some_and(Plan::is_empty) {
                wrong.push(format!("it is done, and something is left to do: {}", again.why()));
            }
            report.done += 1;
        }
        _ => wrong.push(format!("after {minutes} minutes: {}", run.why())),
    }
    if !wrong.is_empty() {
        report.broken.push(format!("{name}: {}", wrong.join("; ")));
    }
}

/// Whether a refusal names what stands in the way, and a way out.
fn is_clear(error: &PlanError) -> bool {
    let text = error.to_string();
    let advises = text.contains("; ");
    !matches!(error, PlanError::Circle { .. }) && text.contains("dev/") && advises
}
