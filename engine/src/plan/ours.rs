//! Whose a resource is that a read has found under the id of a row.

use super::build::Planner;
use super::confirmed::Word;
use super::{Op, PlanError};
use crate::contract::{Health, Live, OWNER_TAG, OwnerId, STACK_TAG};
use crate::diff::{drift_of, tainted};
use crate::schema::{Identity, TypeSpec};
use crate::state::{Row, Status};
use crate::value::{Map, Value};

/// Whose a resource is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whose {
    /// This row's.
    Ours,
    /// Another stack's, by its tag: ours is gone, and that one took its name.
    AnotherStack(String),
    /// It carries no mark of the row's incarnation: somebody took the mark off, or made another one.
    Unmarked,
}

/// What a reading says about whose the resource is.
///
/// An id that AWS mints is never given again: what stands under it is the row's, whatever its tags say. A
/// name can be taken again: there the mark decides, if the row's resource had one. What could not be read
/// decides nothing.
pub(crate) fn whose(spec: &TypeSpec, row: &Row, live: &Live) -> Whose {
    if has_unread_tags(live) || !is_told_by_mark(spec, row) {
        return Whose::Ours;
    }
    if tag(&live.properties, OWNER_TAG) == Some(row.owner.as_str()) {
        return Whose::Ours;
    }
    match tag(&live.properties, STACK_TAG) {
        Some(stack) if stack != row.urn.stack() => Whose::AnotherStack(stack.to_owned()),
        // What was taken back from its deletion gets the mark of its new incarnation before it is ready.
        Some(_) if row.status != Status::Ready => Whose::Ours,
        _ => Whose::Unmarked,
    }
}

/// Whether another one can stand under the id of a row, and its mark would tell.
pub(crate) fn is_told_by_mark(spec: &TypeSpec, row: &Row) -> bool {
    // What was imported and not tagged yet may carry anything.
    let marked = tag(&row.inputs, OWNER_TAG) == Some(row.owner.as_str());
    marked && spec.taggable() && !matches!(spec.identity, Identity::Minted { .. })
}

/// Whether this read could not tell the tags.
pub(crate) fn has_unread_tags(live: &Live) -> bool {
    live.properties.get("tags").is_some_and(Value::has_unknown)
}

/// The text of a tag.
pub(crate) fn tag<'a>(properties: &'a Map, key: &str) -> Option<&'a str> {
    properties.get("tags")?.as_map()?.get(key)?.as_text()
}

/// Whether what stands is as on record but for its tags: they were lost, and nothing else was done to it.
///
/// What AWS mints with each incarnation and no update changes tells another one that looks the same. What
/// follows from the name is the same of both.
pub(crate) fn only_tags_differ(spec: &TypeSpec, row: &Row, live: &Live) -> bool {
    let minted_anew = |name: &str| {
        let (before, now) = (row.outputs.get(name), live.outputs.get(name));
        let (Some(before), Some(now)) = (before, now) else { return false };
        !now.has_unknown() && tainted(before) != tainted(now)
    };
    // A stranger's does not carry our stack's tag: it is one of ours that somebody put in its place.
    let of_this_stack = tag(&live.properties, STACK_TAG) == Some(row.urn.stack());
    row.status == Status::Ready
        && live.health == Health::Ready
        && (of_this_stack || !spec.outputs.iter().any(|output| !output.volatile && minted_anew(output.name)))
        && drift_of(spec, &row.standing(), live, &row.options)
            .iter()
            .all(|change| change.path.split('.').next() == Some("tags"))
}

impl Planner<'_> {
    /// Whether what was read is the row's own; a row whose resource is not leaves the working copy, or
    /// keeps the plan from being carried out.
    pub(super) fn keeps_ours(&mut self, row: &Row, live: &Live) -> bool {
        let Some(spec) = self.input.registry.get(row.urn.type_name()) else { return true };
        let whose = match whose(spec, row, live) {
            Whose::Ours if is_told_by_mark(spec, row) && self.is_another_s(row, live) => Whose::Unmarked,
            whose => whose,
        };
        let stays = !self.destroying
            && self.input.graph.nodes.contains_key(&row.urn)
            && !self.state.deposed.contains_key(row.owner.as_str());
        match whose {
            Whose::Ours => return true,
            // It is let go of in any case.
            Whose::Unmarked | Whose::AnotherStack(_) if !stays && row.options.retain_on_delete => {
                return true;
            }
            Whose::AnotherStack(stack) => {
                if !stays {
                    self.notes.push(format!(
                        "{} [{}] carries the tag of stack {stack} and is left; ours is gone",
                        row.urn, row.id
                    ));
                }
            }
            // The name went on to another incarnation of this stack: what is on record of both is one thing.
            Whose::Unmarked if self.is_another_s(row, live) => {}
            Whose::Unmarked if !stays => self.notes.push(format!(
                "{} [{}] stands without the mark of this stack and is left; if it is ours, put its tag \
                 {OWNER_TAG}={} back first",
                row.urn,
                row.id,
                row.owner.as_str()
            )),
            Whose::Unmarked => {
                self.unmarked.insert(row.owner.clone());
                // A look-alike is only known by what it lacks: of what holds data a person says whose it is.
                let asked_for = spec.is_backed_up()
                    && tag(&live.properties, STACK_TAG).is_none()
                    && !self.input.confirmed.allows(Word::Replace, row);
                if asked_for || !only_tags_differ(spec, row, live) {
                    self.refusals.push(not_ours(row));
                }
                return true;
            }
        }
        self.drop_row(row);
        false
    }

    /// Whether the mark is that of another incarnation on record, or of one that is being made.
    fn is_another_s(&self, row: &Row, live: &Live) -> bool {
        tag(&live.properties, OWNER_TAG).is_some_and(|owner| {
            let owner = OwnerId(owner.to_owned());
            // Tags can be copied from one resource to another: the name went on only where both have it.
            let has_it = |other: &Row| other.id == row.id && other.urn.type_name() == row.urn.type_name();
            owner != row.owner
                && (self.state.row(&owner).is_some_and(has_it)
                    || self.state.intents.contains_key(owner.as_str()))
        })
    }

    /// What lost its mark is healed, but neither deleted nor replaced.
    pub(super) fn check_ours(&mut self) {
        for step in self.steps.iter().filter(|step| step.op == Op::Replace) {
            let old = step.old_owner.as_ref().filter(|old| self.unmarked.contains(old));
            let row = old.and_then(|old| self.state.row(old)).map(not_ours);
            if let Some(error) = row.filter(|error| !self.refusals.contains(error)) {
                self.refusals.push(error);
            }
        }
    }
}

pub(super) fn not_ours(row: &Row) -> PlanError {
    PlanError::NotOurs { urn: row.urn.clone(), id: row.id.clone(), owner: row.owner.clone() }
}
