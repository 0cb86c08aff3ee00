//! The keys of a config that a refusal of the program goes back to. They are found by trying: a key is named where another
//! value there makes the program's refusal another one, and so none is named that has no part in it.

use std::collections::BTreeSet;

use finsight_engine::graph::{Graph, GraphError};
use finsight_engine::schema::Registry;
use finsight_engine::urn::Urn;
use serde_json::Value as Json;

use super::Config;
use super::changes::{self, Change};

/// Refusals of a program that go back to the same keys.
pub(super) struct Traced {
    /// The keys, the one with the most to say first.
    pub keys: Vec<Key>,
    /// What is refused.
    pub refused: Vec<GraphError>,
}

/// A key of a config.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Where it is, such as `network.zones.1`.
    pub path: String,
    /// What is there: its value, or its own name, where that is what counts.
    pub found: String,
}

/// More keys than these say nothing.
const MOST: usize = 4;

/// The program of a config, before it is checked.
pub type Declare<'a> = &'a dyn Fn(&Config) -> Result<Graph, Vec<GraphError>>;

/// What of the refusals goes back to keys of the config, and what does not.
pub(super) fn trace(
    config: &Config,
    refused: Vec<GraphError>,
    registry: &Registry,
    declare: Declare<'_>,
) -> (Vec<Traced>, Vec<GraphError>) {
    let whole = serde_json::to_value(config).unwrap_or_default();
    let found = vec![Found::default(); refused.len()];
    let mut search = Search { whole: &whole, refused: &refused, registry, declare, found };
    for lot in changes::all(&whole) {
        let mut fit = Vec::new();
        search.fitting(&lot.iter().collect::<Vec<_>>(), &mut fit);
        search.among(&fit);
    }
    let found = search.found;
    let mut traced: Vec<Traced> = Vec::new();
    let mut untraced = Vec::new();
    for (of, found) in refused.into_iter().zip(found) {
        // What says more of a refusal than that it is gone comes first.
        let keys = innermost(if found.turn.is_empty() { &found.cure } else { &found.turn });
        if keys.is_empty() || keys.len() > MOST {
            untraced.push(of);
            continue;
        }
        let alike = |other: &&mut Traced| {
            other.keys == keys && other.refused.iter().all(|it| takes(it) == takes(&of))
        };
        match traced.iter_mut().find(alike) {
            Some(other) => other.refused.push(of),
            None => traced.push(Traced { keys, refused: vec![of] }),
        }
    }
    (traced, untraced)
}

/// The keys that have a part in a refusal.
#[derive(Debug, Clone, Default)]
struct Found {
    /// Another value there turns it into another one of its kind.
    turn: BTreeSet<Key>,
    /// With another value there it is gone, and the resource stands.
    cure: BTreeSet<Key>,
}

/// The search for the changes that turn refusals into others.
struct Search<'a> {
    whole: &'a Json,
    refused: &'a [GraphError],
    registry: &'a Registry,
    declare: Declare<'a>,
    /// What was found for each refusal.
    found: Vec<Found>,
}

/// What a program of another config declares, and what it is refused for.
struct Now {
    stands: BTreeSet<Urn>,
    refused: Vec<GraphError>,
}

impl Search<'_> {
    /// The config with all of these; none where it is no config then.
    fn config(&self, changes: &[&Change]) -> Option<Config> {
        serde_json::from_value(changes::made(self.whole, changes)).ok()
    }

    /// Those that leave a config, each by itself: what leaves one together does so alone.
    fn fitting<'c>(&self, changes: &[&'c Change], fit: &mut Vec<&'c Change>) {
        if self.config(changes).is_some() {
            fit.extend(changes);
        } else if changes.len() > 1 {
            let (one, other) = changes.split_at(changes.len() / 2);
            self.fitting(one, fit);
            self.fitting(other, fit);
        }
    }

    fn look(&self, config: &Config) -> Now {
        match (self.declare)(config) {
            Ok(graph) => Now {
                stands: graph.nodes.keys().cloned().collect(),
                refused: graph.checked(self.registry).err().unwrap_or_default(),
            },
            Err(refused) => Now { stands: BTreeSet::new(), refused },
        }
    }

    /// Tries many at once: where all refusals stay what they are, none of these has a part in them.
    fn among(&mut self, changes: &[&Change]) {
        let now = self.config(changes).map(|config| self.look(&config));
        let stays = |now: &Now| self.refused.iter().all(|of| now.refused.contains(of));
        if changes.is_empty() || now.as_ref().is_some_and(stays) {
            return;
        }
        match (changes, now) {
            ([one], Some(now)) => {
                for (of, found) in self.refused.iter().zip(&mut self.found) {
                    if turns(of, self.refused, &now) {
                        found.turn.insert(one.key.clone());
                    } else if cures(of, one, &now) {
                        found.cure.insert(one.key.clone());
                    }
                }
            }
            ([_], None) => {}
            _ => {
                let (one, other) = changes.split_at(changes.len() / 2);
                self.among(one);
                self.among(other);
            }
        }
    }
}

/// Whether a refusal has become another one of its kind.
fn turns(of: &GraphError, before: &[GraphError], now: &Now) -> bool {
    let other = |other: &GraphError| !before.contains(other) && kind(other) == kind(of);
    kind(of).is_some() && !now.refused.contains(of) && now.refused.iter().any(other)
}

/// Whether a refusal is gone. Where its resource is gone too, that says little: a number that turns the resource off is not
/// what is wrong with it. Another name leaves nothing out.
fn cures(of: &GraphError, change: &Change, now: &Now) -> bool {
    let stands = match of {
        GraphError::Limit { urn, .. } => now.stands.contains(urn),
        _ => true,
    };
    !now.refused.contains(of) && (stands || change.is_of_a_name())
}

/// What two refusals for one reason have in common.
fn kind(of: &GraphError) -> Option<(&str, &str, &str)> {
    match of {
        GraphError::Limit { urn, property, takes, .. } => {
            let first = property.split('.').next().unwrap_or_default();
            Some((urn.type_name(), first, takes.split(';').next().unwrap_or_default()))
        }
        GraphError::Name { at, .. } => Some(("", "", at)),
        _ => None,
    }
}

fn takes(of: &GraphError) -> &str {
    if let GraphError::Limit { takes, .. } = of { takes } else { "" }
}

/// Without the keys that only hold another one; what says most comes first.
fn innermost(keys: &BTreeSet<Key>) -> Vec<Key> {
    let holds = |outer: &Key, inner: &Key| {
        inner.path.strip_prefix(outer.path.as_str()).is_some_and(|rest| rest.starts_with('.'))
    };
    let mut left: Vec<Key> =
        keys.iter().filter(|outer| !keys.iter().any(|inner| holds(outer, inner))).cloned().collect();
    left.dedup_by(|one, other| one.path == other.path);
    left.sort_by_key(|key| std::cmp::Reverse(key.found.len()));
    left
}
