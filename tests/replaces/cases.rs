//! All cases: which resource of which stack is replaced, and how.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use finsight_engine::schema::{Effect, Registry, TypeSpec};
use finsight_engine::urn::{Urn, UrnPattern};

use crate::known::KNOWN;
use crate::others::programs;
use crate::references::{dependents, renamed};
use crate::stand::Stand;
use crate::verdict::{Attempt, Verdict};

/// So many programs with another value are tried until AWS takes one.
const TRIES: usize = 8;

/// How a resource is replaced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `--replace`.
    Replace,
    /// Another value of a property.
    Change(&'static str),
    /// Another name in the program, and the same properties.
    Rename,
}

/// One resource that is replaced in one way.
#[derive(Clone)]
pub struct Case {
    pub kind: Kind,
    pub stand: Arc<Stand>,
    pub subject: Urn,
}

/// All stacks that stand.
pub struct Stands {
    registry: Registry,
    stacks: Vec<Arc<Stand>>,
    fixtures: Mutex<BTreeMap<String, Arc<Stand>>>,
}

impl Stands {
    pub fn new() -> Self {
        let runtime = crate::tally::runtime();
        let stacks = ["prod", "dev", "staging"];
        let stacks = stacks.map(|stack| Arc::new(runtime.block_on(Stand::of_stack(stack))));
        for stand in &stacks {
            println!("{} stands with {} resources", stand.name, stand.graph.nodes.len());
        }
        Self { registry: finsight_specs::registry(), stacks: stacks.into(), fixtures: Mutex::default() }
    }

    /// The types under test: all, or those that `FINSIGHT_TYPES` names.
    fn types(&self) -> impl Iterator<Item = &TypeSpec> {
        let wanted = std::env::var("FINSIGHT_TYPES").unwrap_or_default();
        self.registry
            .iter()
            .filter(move |spec| wanted.is_empty() || wanted.split(',').any(|it| spec.name.starts_with(it)))
    }

    fn fixture(&self, type_name: &str) -> Arc<Stand> {
        let known = self.fixtures.lock().unwrap_or_else(PoisonError::into_inner).get(type_name).cloned();
        known.unwrap_or_else(|| {
            let stand = Arc::new(crate::tally::runtime().block_on(Stand::of_fixture(type_name)));
            let mut fixtures = self.fixtures.lock().unwrap_or_else(PoisonError::into_inner);
            fixtures.entry(type_name.to_owned()).or_insert(stand).clone()
        })
    }

    /// The resources of a type, one for each set of types and properties that stand on it; of a fixture, where
    /// no stack has any.
    fn subjects(&self, type_name: &str) -> Vec<(Arc<Stand>, Urn)> {
        for stand in &self.stacks {
            let on = dependents(&stand.graph);
            let mut shapes: BTreeMap<BTreeSet<&(String, String)>, Urn> = BTreeMap::new();
            for urn in stand.graph.nodes.keys().filter(|urn| urn.type_name() == type_name) {
                shapes.entry(on.get(urn).into_iter().flatten().collect()).or_insert_with(|| urn.clone());
            }
            if !shapes.is_empty() {
                return shapes.into_iter().rev().map(|(_, urn)| (Arc::clone(stand), urn)).collect();
            }
        }
        let subject = crate::fixture::urn(type_name, "subject");
        vec![(self.fixture(type_name), subject)]
    }

    /// A case of this kind for each resource.
    pub fn cases(&self, kind: &Kind) -> Vec<Case> {
        let case = |(stand, subject)| Case { kind: kind.clone(), stand, subject };
        let mut cases = Vec::new();
        for spec in self.types() {
            let subjects = self.subjects(spec.name);
            assert!(!subjects.is_empty(), "no case of {}", spec.name);
            cases.extend(subjects.into_iter().map(case));
        }
        cases
    }

    /// A case for each property that cannot be changed in place.
    pub fn changes(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for spec in self.types() {
            let replacing = spec.properties.iter().filter(|property| property.effect == Effect::Replace);
            for property in replacing.filter(|property| !KNOWN.is_left_out(spec.name, property.name)) {
                let fixture = || (self.fixture(spec.name), crate::fixture::urn(spec.name, "subject"));
                let (stand, subject) = match self.subjects(spec.name).into_iter().next() {
                    Some(first) if !KNOWN.is_of_fixture(spec.name, property.name) => first,
                    _ => fixture(),
                };
                cases.push(Case { kind: Kind::Change(property.name), stand, subject });
            }
        }
        cases
    }

    /// Carries a case out.
    pub fn verdict(&self, case: &Case) -> Verdict {
        let verdict = case.verdict(&case.stand, &self.registry);
        let of_stack = self.stacks.iter().any(|stand| Arc::ptr_eq(stand, &case.stand));
        // Where the stack has no room for another value, the fixture has.
        match verdict {
            Verdict::Invalid(_) | Verdict::Same if of_stack => self.on_fixture(case),
            verdict => verdict,
        }
    }

    fn on_fixture(&self, case: &Case) -> Verdict {
        let type_name = case.subject.type_name();
        let subject = crate::fixture::urn(type_name, "subject");
        let stand = self.fixture(type_name);
        Case { kind: case.kind.clone(), stand: Arc::clone(&stand), subject }.verdict(&stand, &self.registry)
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            Kind::Replace => write!(f, "--replace {}", self.subject),
            Kind::Change(property) => write!(f, "{} of {}", property, self.subject),
            Kind::Rename => write!(f, "rename {}", self.subject),
        }
    }
}

impl Case {
    fn verdict(&self, stand: &Stand, registry: &Registry) -> Verdict {
        let run = |attempt: &Attempt<'_>| {
            let runtime = crate::tally::runtime();
            let verdict = runtime.block_on(attempt.verdict());
            // What hangs is left where it is.
            runtime.shutdown_background();
            verdict
        };
        let subject = &self.subject;
        let means_the_same = !matches!(self.kind, Kind::Change(_));
        let attempt = |graph, replace| Attempt {
            stand,
            graph,
            replace,
            subject,
            more: BTreeSet::new(),
            means_the_same,
        };
        match &self.kind {
            Kind::Replace => run(&attempt(stand.graph.clone(), vec![UrnPattern::new(subject.as_str())])),
            Kind::Rename => {
                let name = format!("{}-renamed", subject.name());
                let new = Urn::new(subject.stack(), subject.component(), subject.type_name(), &name)
                    .expect("a name with a suffix is one");
                run(&attempt(renamed(&stand.graph, subject, &new), Vec::new()))
            }
            Kind::Change(property) => {
                let mut last = Verdict::Invalid("there is no other value".to_owned());
                for (graph, more) in
                    programs(&stand.graph, registry, subject, property).into_iter().take(TRIES)
                {
                    let mut attempt = attempt(graph, Vec::new());
                    attempt.more.extend(more);
                    let verdict = run(&attempt);
                    match verdict {
                        Verdict::Same => {}
                        // A refusal proves something, and a replacement more.
                        refused @ Verdict::Refused(_) => last = refused,
                        Verdict::Invalid(why) if matches!(last, Verdict::Invalid(_)) => {
                            last = Verdict::Invalid(why)
                        }
                        Verdict::Invalid(_) => {}
                        verdict => return verdict,
                    }
                }
                last
            }
        }
    }
}
