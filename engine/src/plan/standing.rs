//! What has to be asked before a draft can become a plan: what stands already where something is to be
//! created, and what of other hands holds what is to be deleted.

use std::collections::{BTreeMap, BTreeSet};

use super::build::{Planner, Purpose};
use super::claims::own_claim;
use super::{Observed, Op, Plan, PlanError, Step};
use crate::contract::{OwnerId, Standing, Target};
use crate::diff::{Change, Effect, diff_inputs, diff_live};
use crate::program::Options;
use crate::schema::{Identity, LetsGo, Registry, TypeSpec};
use crate::state::{Operation, Row, State};
use crate::urn::Urn;
use crate::value::Map;

/// What is asked of AWS about a draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Of which resource.
    pub urn: Urn,
    /// Where.
    pub region: String,
    /// What.
    pub about: About,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    /// What stands under the identity of something that is to be created: what is known of its inputs.
    Identity(Map),
    /// What of other hands keeps AWS from deleting an incarnation.
    Holders(OwnerId, Box<Target>),
    /// Whether an incarnation that an earlier run let stand still holds what is to be deleted.
    LetStand(OwnerId, Box<Target>),
}

/// What has to be looked for before a draft can become a plan: with the answers in
/// [`Observed::standing`] and [`Observed::holders`] it is made again, with the same entropy.
#[must_use]
pub fn questions(draft: &Plan, state: &State, registry: &Registry) -> Vec<Question> {
    let mut questions = of_creates(draft, state, registry);
    questions.extend(of_deletes(draft, state, registry));
    questions
}

fn of_deletes(draft: &Plan, state: &State, registry: &Registry) -> Vec<Question> {
    let deletes = |step: &&Step| match step.op {
        Op::Delete => true,
        Op::Replace => !step.options.retain_on_delete,
        _ => false,
    };
    let old = draft.steps.iter().filter(deletes).filter_map(|step| step.old_owner.as_ref());
    let left = draft.leftovers.iter().filter(|left| !left.forget).map(|left| &left.owner);
    let going: BTreeSet<&OwnerId> = old.chain(left).collect();
    let held = |row: &&Row| registry.get(row.urn.type_name()).is_some_and(|spec| spec.held || spec.seals());
    let held = going.iter().filter_map(|owner| state.row(owner)).filter(held);
    let holders = held.map(|row| (row, About::Holders(row.owner.clone(), Box::new(row.target()))));
    let holds = |row: &&Row| {
        let spec = registry.get(row.urn.type_name());
        row.edges.iter().filter(|edge| going.contains(&edge.owner)).any(|edge| {
            let property = spec.and_then(|spec| spec.property(&edge.via));
            property.is_some_and(|property| property.letting_of(edge.urn.type_name()) != LetsGo::Free)
        })
    };
    let let_stand = state.let_stand.values().filter(holds);
    let let_stand = let_stand.map(|row| (row, About::LetStand(row.owner.clone(), Box::new(row.target()))));
    let question =
        |(row, about): (&Row, About)| Question { urn: row.urn.clone(), region: row.region.clone(), about };
    holders.chain(let_stand).map(question).collect()
}

fn of_creates(draft: &Plan, state: &State, registry: &Registry) -> Vec<Question> {
    draft
        .steps
        .iter()
        .filter(|step| step.adopts.is_none())
        .filter(|step| registry.get(step.urn.type_name()).is_some_and(|spec| is_told(spec, step)))
        .filter(|step| match (step.op, registry.get(step.urn.type_name()), state.rows.get(&step.urn)) {
            (Op::Create, ..) => true,
            // What it has already it knows.
            (Op::Replace, Some(spec), Some(row)) => {
                spec.claims().next().is_some() && own_claim(spec, step, row).is_none()
            }
            _ => false,
        })
        .map(|step| Question {
            urn: step.urn.clone(),
            region: step.region.clone(),
            about: About::Identity(
                step.known
                    .iter()
                    .filter(|(_, value)| !value.has_unknown())
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
            ),
        })
        .collect()
}

/// Whether it is known what a resource will be called, and somebody else's could be called so.
fn is_told(spec: &TypeSpec, step: &Step) -> bool {
    let known =
        |name: &str| step.known.get(name).is_some_and(|value| !value.has_unknown() && !value.is_null());
    match spec.identity {
        // A generated name is nobody else's.
        Identity::Named { property } => step.inputs.contains_key(property) && known(property),
        Identity::Child { key } => {
            key.iter().any(|name| known(name))
                && key.iter().all(|name| step.known.get(*name).is_none_or(|value| !value.has_unknown()))
        }
        Identity::Adopted { .. } => false,
        Identity::Minted { .. } => {
            let clear = |name: &str| step.known.get(name).is_none_or(|value| !value.has_unknown());
            let told =
                |set: &[&str]| set.iter().any(|name| known(name)) && set.iter().all(|name| clear(name));
            spec.restorable || spec.exclusive.iter().any(|set| told(set))
        }
    }
}

impl Observed {
    /// With what other questions were answered.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.readings.extend(other.readings);
        self.imports.extend(other.imports);
        self.standing.extend(other.standing);
        self.waiting.extend(other.waiting);
        self.holders.extend(other.holders);
        self.unlooked.extend(other.unlooked);
        self.strangers.extend(other.strangers);
        self.ignored = self.ignored.or(other.ignored);
        self
    }
}

impl Planner<'_> {
    /// Says for what nobody could look: the preview is then not the whole truth.
    pub(super) fn tell_what_was_not_looked_for(&mut self) {
        let unlooked = self.input.observed.iter().flat_map(|observed| &observed.unlooked);
        let mut causes: BTreeMap<String, Vec<&Urn>> = BTreeMap::new();
        for (urn, failure) in unlooked {
            causes.entry(failure.to_string()).or_default().push(urn);
        }
        self.notes.extend(causes.into_iter().map(|(cause, urns)| {
            let more = match urns.len() {
                1 => String::new(),
                all => format!(" and {} more", all - 1),
            };
            format!("whether something stands there or holds it is not known of {}{more}: {cause}", urns[0])
        }));
    }

    /// What waits for its deletion and is ours is restored; what else stands is refused by name.
    pub(super) fn meet_what_stands(&mut self) {
        let Some(observed) = self.input.observed else { return };
        let mut adopted: BTreeSet<(String, String)> = BTreeSet::new();
        for step in self.steps.iter_mut().filter(|step| matches!(step.op, Op::Create | Op::Replace)) {
            let Some(spec) = self.input.registry.get(step.urn.type_name()) else { continue };
            let minted = matches!(spec.identity, Identity::Minted { .. });
            let exempt = matches!(spec.identity, Identity::Adopted { .. });
            // What a row holds is judged by its claims.
            let held = |one: &&Standing| {
                self.state.all_rows().any(|row| {
                    row.id == one.id && row.region == step.region && row.urn.type_name() == spec.name
                })
            };
            let found = observed.standing.get(&step.urn).into_iter().flatten();
            for one in found.filter(|one| !exempt && !held(one)) {
                let ours = one.stack.as_deref() == Some(self.state.stack.as_str());
                match (one.deleting, spec.restorable) {
                    // Where nothing keeps it from that, another one is made.
                    (true, true)
                        if ours
                            && minted
                            && hinders(&self.state, observed, spec, step, &one.id).is_some() => {}
                    (true, true)
                        if ours
                            && step.adopts.is_none()
                            && adopted.insert((spec.name.to_owned(), one.id.clone())) =>
                    {
                        step.adopts = Some(one.id.clone());
                        "it waits for its deletion: it is restored".clone_into(&mut step.reason);
                    }
                    // Another step has taken it, and no name of this one is taken by it.
                    (true, true) if ours && minted => {}
                    // It goes by itself.
                    (true, false) => {}
                    _ => self.refusals.push(PlanError::Stands {
                        urn: step.urn.clone(),
                        id: one.id.clone(),
                        whose: whose_it_is(one, &self.state.stack),
                    }),
                }
            }
        }
    }

    /// What is restored has to become what is wanted.
    pub(super) fn check_restored(&mut self) {
        let Some(observed) = self.input.observed else { return };
        for step in &self.steps {
            let (Some(id), Some(spec)) = (&step.adopts, self.input.registry.get(step.urn.type_name())) else {
                continue;
            };
            if let Some(path) = hinders(&self.state, observed, spec, step, id) {
                let whose = format!(
                    "is what its name is kept for until its deletion is over; it would be restored, where `{path}` \
                     cannot be changed"
                );
                self.refusals.push(PlanError::Stands { urn: step.urn.clone(), id: id.clone(), whose });
            }
        }
    }

    /// Where nothing on record was created, what carries this stack's tag says that the record was lost.
    pub(super) fn check_strangers(&mut self) {
        let Some(observed) = self.input.observed else { return };
        if !is_blank(self.input.state) || self.input.purpose == Purpose::Import {
            return;
        }
        let wanted = |id: &str| {
            self.steps.iter().any(|step| {
                step.options.import_id.as_deref() == Some(id) || step.adopts.as_deref() == Some(id)
            })
        };
        let strangers: Vec<String> = observed
            .strangers
            .iter()
            .filter(|stranger| !wanted(&stranger.id))
            .map(|stranger| format!("{} {} ({})", stranger.type_name, stranger.id, stranger.region))
            .collect();
        if !strangers.is_empty() {
            // That says it of all of them, those without tags too: to take them one by one is not the first thing to do.
            self.refusals.retain(|refusal| !matches!(refusal, PlanError::Stands { .. }));
            let lost = PlanError::StateLost {
                stack: self.state.stack.clone(),
                count: strangers.len(),
                first: strangers.into_iter().take(10).collect(),
            };
            self.refusals.insert(0, lost);
        }
    }
}

/// What keeps one that waits for its deletion from becoming what is wanted: only a replacement would change it.
fn hinders(state: &State, observed: &Observed, spec: &TypeSpec, step: &Step, id: &str) -> Option<String> {
    // Of what is restored nothing is ignored, as of a new one.
    let options = Options::default();
    let is_it = |row: &&Row| row.id == id && row.region == step.region && row.urn.type_name() == spec.name;
    let changes = match observed.waiting.get(&(step.urn.clone(), id.to_owned())) {
        Some(live) => diff_live(spec, live, &step.known, &options),
        None => {
            let row = state.all_rows().find(is_it)?;
            diff_inputs(spec, &row.standing(), &step.known, &options)
        }
    };
    let certain = |change: &Change| change.effect == Effect::Replace && !change.after.has_unknown();
    changes.into_iter().find(certain).map(|change| change.path)
}

fn whose_it_is(one: &Standing, stack: &str) -> String {
    let waits = if one.deleting { "waits for its deletion and " } else { "" };
    match one.stack.as_deref() {
        Some(tag) if tag == stack => format!("{waits}carries this stack's tag"),
        Some(tag) => format!("{waits}carries the tag of stack {tag}"),
        None => format!("{waits}carries no stack's tag"),
    }
}

/// Whether nothing was ever created on record, and all that is on it was imported: then what carries the
/// stack's tag has to be looked for.
#[must_use]
pub fn is_blank(state: &State) -> bool {
    let created = |what: &(Urn, String)| what.1 == Operation::Create.word();
    !state.history.iter().any(|update| update.changes.iter().any(created))
}
