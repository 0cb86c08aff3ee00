//! Which changes are losses.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::plan::Op;

use super::Case;
use super::known::Known;

/// What all cases came to.
#[derive(Debug, Default)]
pub struct Verdict {
    pub in_place: usize,
    pub replaced: usize,
    pub losses: Vec<String>,
    /// The lines of what is known that were met.
    pub met: BTreeSet<usize>,
}

/// Judges cases, by what is known.
pub fn judge(cases: &[Case], known: &Known) -> Verdict {
    let mut verdict = Verdict::default();
    let mut owners: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for case in cases {
        let own = case.own();
        if case.alone.op == Op::Replace {
            verdict.replaced += 1;
        } else {
            verdict.in_place += 1;
            for path in &own {
                owners.entry((&case.type_name, path)).or_default().insert(&case.property);
            }
        }
        for (way, change) in &case.beside {
            for (path, moved) in change.changes.iter().filter(|(path, _)| !own.contains(path.as_str())) {
                match known.moves(&case.type_name, &case.property, path) {
                    Some(line) => {
                        verdict.met.insert(line);
                    }
                    None => verdict.losses.push(format!(
                        "{}.{} ({way}, {}): {path}: {:?} → {:?}",
                        case.type_name,
                        case.property,
                        change.op.word(),
                        moved.lost,
                        moved.came
                    )),
                }
            }
        }
    }
    for ((type_name, path), properties) in owners.iter().filter(|(_, properties)| properties.len() > 1) {
        let lines: Vec<_> =
            properties.iter().map(|property| (property, known.moves(type_name, property, path))).collect();
        verdict.met.extend(lines.iter().filter_map(|(_, line)| *line));
        // One of them may be its own.
        let unexplained: Vec<_> =
            lines.iter().filter(|(_, line)| line.is_none()).map(|(it, _)| **it).collect();
        if unexplained.len() > 1 {
            verdict.losses.push(format!("{type_name}: {path} changes with each of {unexplained:?}"));
        }
    }
    verdict
}
