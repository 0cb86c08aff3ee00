//! Which changes are losses.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::plan::Op;

use super::Case;
use super::known::Known;

/// What all cases came to.
#[derive(Debug, Default)]
pub struct Verdict {
    types: BTreeSet<String>,
    /// Changed in place and replaced, alone.
    in_place: usize,
    replaced: usize,
    /// Likewise beside all others, and how many others those were.
    beside: (usize, usize),
    others: usize,
    /// Changes that were compared.
    compared: usize,
    pub losses: Vec<String>,
    /// The lines of what is known that were met.
    pub met: BTreeSet<usize>,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "kept: {} types, {} properties changed in place and {} replaced, of them {} and {} beside others ({} in all); \
             {} changes compared, losses {}",
            self.types.len(),
            self.in_place,
            self.replaced,
            self.beside.0,
            self.beside.1,
            self.others,
            self.compared,
            self.losses.len()
        )
    }
}

/// Judges cases, by what is known.
pub fn judge(cases: &[Case], known: &Known) -> Verdict {
    let mut verdict = Verdict::default();
    let mut owners: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for case in cases {
        let own = case.own();
        verdict.types.insert(case.type_name.clone());
        verdict.others += case.others;
        verdict.compared += case.beside.len() + 1;
        let beside = usize::from(!case.beside.is_empty());
        if case.alone.op == Op::Replace {
            verdict.replaced += 1;
            verdict.beside.1 += beside;
        } else {
            verdict.in_place += 1;
            verdict.beside.0 += beside;
            for path in &own {
                owners.entry((&case.type_name, path)).or_default().insert(&case.property);
            }
        }
        for (way, change) in &case.beside {
            let others = change.changes.iter().filter(|(path, moved)| {
                !moved.lost.is_empty() && !own.contains(path.as_str()) && !is_own_anew(case, change.op, path)
            });
            for (path, moved) in others {
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

/// Whether a path of a successor is the property's own, where the property alone was changed in place: paths of
/// successors begin at the resource.
fn is_own_anew(case: &Case, op: Op, path: &str) -> bool {
    op == Op::Replace && case.alone.op != Op::Replace && case.own().iter().any(|own| own.ends_with(path))
}
