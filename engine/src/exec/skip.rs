//! Why a step was not begun, in words that name what stood in its way.

use crate::plan::{Action, ActionKind};

/// What became of a unit by the end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was done.
    Done,
    /// It failed.
    Failed,
    /// It was broken off.
    Interrupted,
    /// It was not begun.
    NotBegun,
}

/// Why a unit was not begun in a run that was neither interrupted nor without a store.
pub(super) fn why_skipped(index: usize, units: &[(&Action, Fate)]) -> String {
    let (action, _) = units[index];
    let failed = units.iter().find(|(_, fate)| *fate == Fate::Failed).map(|(failed, _)| *failed);
    if let Some(failed) = failed.filter(|failed| action.late && !failed.late) {
        return format!("deletes come last, and {} failed", failed.urn);
    }
    let before = |fate| action.after.iter().map(|before| units[*before]).find(|(_, is)| *is == fate);
    if let Some((failed, _)) = before(Fate::Failed) {
        return format!("it waits for {}, which failed", named(failed));
    }
    if let Some((halted, _)) = before(Fate::Interrupted) {
        return format!("it waits for {}, which was broken off", named(halted));
    }
    if let Some((skipped, _)) = before(Fate::NotBegun) {
        return format!("it waits for {}, which was not begun", named(skipped));
    }
    match failed {
        Some(failed) => format!("{} failed, and the run stops at the first failure", named(failed)),
        None => "the run ended before it could begin".to_owned(),
    }
}

fn named(action: &Action) -> String {
    match action.kind {
        ActionKind::Apply => action.urn.to_string(),
        ActionKind::LetGo { .. } => format!("{} to let go", action.urn),
        ActionKind::Remove { .. } => format!("the delete of {}", action.urn),
    }
}
