//! Who holds what is to be deleted, and how it lets go.

use std::collections::{BTreeMap, BTreeSet};

use super::actions::Made;
use super::build::Planner;
use super::fate::Fate;
use super::mentions::mentions;
use super::{Letting, Op, PlanError, Step};
use crate::contract::{Health, OwnerId, Reading};
use crate::diff::Effect;
use crate::schema::{LetsGo, TypeSpec};
use crate::state::{Edge, Row};
use crate::urn::Urn;
use crate::value::{Value, path_covers};

/// Why something holds what somebody is in who stands on it.
const USED: &str = "keeps it, because what stands on that is in it and stays";
/// Why something still holds what the program does not say any more.
const LEFT: &str = "keeps it, because AWS leaves what is not set any more";
/// Why what is off the record holds something.
const LET_STAND: &str = "was taken off the record and let stand";

impl Planner<'_> {
    /// Whoever stays and holds what is deleted lets go first; where it cannot, there is no such plan.
    pub(super) fn let_go(&mut self) {
        let parts = self.parts();
        let mut made = Made::ordered(&parts);
        let mut changes_first = BTreeSet::new();
        let mut lettings: BTreeMap<OwnerId, Letting> = BTreeMap::new();
        let mut errors = Vec::new();
        let mut again = BTreeSet::new();
        let going: Vec<&Row> = self.state.all_rows().filter(|row| self.fate(row).goes()).collect();
        for old in &going {
            let holders = self.state.all_rows().flat_map(|row| row.edges.iter().map(move |edge| (row, edge)));
            for (row, edge) in holders.filter(|(row, edge)| edge.owner == old.owner && row.owner != old.owner)
            {
                let how = self.letting(row, edge);
                if how == LetsGo::Free {
                    continue;
                }
                let fate = self.fate(row);
                let why = match fate {
                    Fate::Goes => continue,
                    Fate::MayGo(step) if step.along.contains(&old.urn) => continue,
                    _ if self.leaves(row, &edge.via) => LEFT,
                    // What it says means the successor, or neither.
                    Fate::Stays("stays") if !self.means(row, edge, old) => continue,
                    // Said already, in words of the selection.
                    Fate::Stays(_) if !self.selected.contains(&row.urn) => continue,
                    Fate::Stays(why) => why,
                    Fate::Changes(step) | Fate::MayGo(step) if ignores(step, edge) => {
                        "keeps it, because `ignore_changes` says so"
                    }
                    Fate::Changes(_) | Fate::MayGo(_) if self.is_used(row, edge, old) => USED,
                    Fate::Changes(_) | Fate::MayGo(_) if !self.order.first.contains(&old.owner) => continue,
                    Fate::Changes(step) | Fate::MayGo(step) if made.changes_before(&step.urn, &old.owner) => {
                        changes_first.insert((step.urn.clone(), old.owner.clone()));
                        continue;
                    }
                    Fate::Changes(step) if how == LetsGo::Recreated => {
                        again.insert((step.urn.clone(), old.urn.clone()));
                        continue;
                    }
                    Fate::Changes(_) | Fate::MayGo(_) => {
                        match self.interim(row, edge, how, old, lettings.get(&row.owner)) {
                            Some(letting) => {
                                lettings.insert(row.owner.clone(), letting);
                                continue;
                            }
                            None => "stays, and cannot do without it until its successor is there",
                        }
                    }
                };
                match fate {
                    // Where it cannot let go, it goes along.
                    Fate::MayGo(step) => {
                        again.insert((step.urn.clone(), old.urn.clone()));
                    }
                    _ => errors.push(self.held(old, row, &edge.via, why)),
                }
            }
        }
        errors.extend(self.held_off_the_record(&going));
        errors.extend(self.held_by_what_was_let_stand(&going));
        let unread = self.unread_of_what_was_let_stand(&going);
        self.order.changes_first = changes_first;
        self.notes.extend(unread);
        self.errors.extend(errors);
        self.recreate.extend(again);
        for letting in lettings.values() {
            let of: Vec<&str> = letting.of.iter().map(Urn::as_str).collect();
            let effect = if letting.effect == Effect::Interrupt { ", with an interruption" } else { "" };
            self.notes.push(format!(
                "{} does without {} ({}) until the successor is there{effect}",
                letting.urn,
                of.join(" and "),
                letting.properties.join(", ")
            ));
        }
        self.lettings = lettings.into_values().collect();
    }

    fn held(&self, old: &Row, holder: &Row, property: &str, why: &'static str) -> PlanError {
        let spec = self.input.registry.get(holder.urn.type_name());
        let used = spec.and_then(|spec| spec.property(property)?.used_by).filter(|_| why == USED);
        let way_out = match used {
            _ if why == LET_STAND => {
                let id = &holder.id;
                format!(
                    "delete {id} or have it refer to something else by hand, import it, or keep {}",
                    old.urn
                )
            }
            _ if why == LEFT => format!("give it another value first, or keep {}", old.urn),
            Some(used) => used.way.to_owned(),
            None => self.way_out(old, holder),
        };
        PlanError::Held {
            urn: old.urn.clone(),
            holder: holder.urn.clone(),
            property: property.to_owned(),
            why,
            way_out,
        }
    }

    /// Whether something that stays is in the old resource to which an edge of this row leads.
    fn is_used(&self, row: &Row, edge: &Edge, old: &Row) -> bool {
        self.users(row, edge, old).iter().any(|user| !matches!(self.fate(user), Fate::Goes))
    }

    /// What stands on a row's resource and is in the old one to which an edge of it leads.
    fn users(&self, row: &Row, edge: &Edge, old: &Row) -> Vec<&Row> {
        let spec = self.input.registry.get(row.urn.type_name());
        let Some(used) = spec.and_then(|spec| spec.property(&edge.via)?.used_by) else { return Vec::new() };
        let stands = |row: &Row, name: &str| self.stands(row, name).unwrap_or_default();
        let elsewhere = |user: &Row| {
            let (theirs, ours) = (stands(user, used.place), stands(old, used.place));
            let told = theirs.as_text().is_some() && ours.as_text().is_some();
            told && theirs != ours && stands(user, used.spread).as_bool() != Some(true)
        };
        let on = |user: &&Row| {
            user.urn.type_name() == used.of && user.edges.iter().any(|on| on.owner == row.owner)
        };
        self.state.all_rows().filter(on).filter(|user| !elsewhere(user)).collect()
    }

    /// Who goes and is in what a holder lets go of, because that goes too: the holder, the one, and why it goes before.
    pub(super) fn in_what_is_left(&self) -> Vec<(OwnerId, OwnerId, String)> {
        let mut found = Vec::new();
        for row in self.state.all_rows() {
            if !matches!(self.fate(row), Fate::Changes(_) | Fate::MayGo(_)) {
                continue;
            }
            let held = row.edges.iter().filter(|edge| self.holds(row, edge));
            let left = held.filter_map(|edge| Some((edge, self.state.row(&edge.owner)?)));
            for (edge, old) in left.filter(|(_, old)| self.fate(old).goes()) {
                let users = self.users(row, edge, old);
                let going = users.into_iter().filter(|user| matches!(self.fate(user), Fate::Goes));
                found.extend(going.map(|user| {
                    let why = format!("it is in {}, which {} lets go of", old.urn, row.urn);
                    (row.owner.clone(), user.owner.clone(), why)
                }));
            }
        }
        found
    }

    /// Whether the program sets a property no more for which AWS assumes nothing: what stands there stays.
    fn leaves(&self, row: &Row, property: &str) -> bool {
        let step = self.steps.iter().find(|step| step.urn == row.urn && !step.unselected);
        let spec = self.input.registry.get(row.urn.type_name());
        let (Some(step), Some(spec)) = (step, spec) else { return false };
        self.state.rows.get(&row.urn).is_some_and(|current| current.owner == row.owner)
            && (matches!(step.op, Op::Same | Op::Update) || (step.op == Op::Replace && !step.forced))
            && spec.property(property).is_some_and(|property| property.default.is_none())
            && step.inputs.get(property).is_none_or(Value::is_null)
    }

    /// Holders whose program says nothing of it, and so no edge on record: what was left standing, or put there
    /// by another hand.
    fn held_off_the_record(&self, going: &[&Row]) -> Vec<PlanError> {
        let mut errors = Vec::new();
        for row in self.state.rows.values().filter(|row| !self.fate(row).goes()) {
            let Some(spec) = self.input.registry.get(row.urn.type_name()) else { continue };
            let Some(live) = self.live(&row.owner) else { continue };
            for property in spec.properties.iter().filter(|property| self.leaves(row, property.name)) {
                let Some(value) = live.properties.get(property.name) else { continue };
                let holds = |old: &&&Row| {
                    old.owner != row.owner
                        && property.letting_of(old.urn.type_name()) != LetsGo::Free
                        && value.any(&|part| part.as_text() == Some(old.id.as_str()))
                        && !row.edges.iter().any(|edge| edge.owner == old.owner && edge.via == property.name)
                };
                errors.extend(going.iter().filter(holds).map(|old| self.held(old, row, property.name, LEFT)));
            }
        }
        errors
    }

    /// Holders that an earlier run let stand, as far as a read shows that they still hold.
    fn held_by_what_was_let_stand(&self, going: &[&Row]) -> Vec<PlanError> {
        let mut errors = Vec::new();
        for holder in self.state.let_stand.values() {
            let (Some(live), Some(spec)) =
                (self.live(&holder.owner), self.input.registry.get(holder.urn.type_name()))
            else {
                continue;
            };
            // What waits for its deletion uses nothing, for all the days that it can be taken back.
            if spec.restorable && matches!(live.health, Health::Deleting(_)) {
                continue;
            }
            for edge in holder.edges.iter().filter(|edge| self.holds(holder, edge)) {
                let Some(old) = going.iter().find(|old| old.owner == edge.owner) else { continue };
                let stands = match live.properties.get(&edge.via) {
                    Some(value) => value.has_unknown() || mentions(value, old, &self.called_by(old)),
                    // No read gives it back.
                    None => spec.property(&edge.via).is_some_and(|property| property.write_only),
                };
                if stands {
                    errors.push(self.held(old, holder, &edge.via, LET_STAND));
                }
            }
        }
        errors
    }

    /// Of which holders that an earlier run let stand nobody could tell whether they still hold what goes.
    fn unread_of_what_was_let_stand(&self, going: &[&Row]) -> Vec<String> {
        let readings = self.input.observed.map(|observed| &observed.readings);
        let unread = self.state.let_stand.values().filter_map(|holder| {
            let Reading::Unknown(failure) = readings?.get(&holder.owner)? else { return None };
            let mut held = holder.edges.iter().filter(|edge| self.holds(holder, edge));
            let old = held.find_map(|edge| going.iter().find(|old| old.owner == edge.owner))?;
            Some(format!(
                "{} [{}] {LET_STAND}, and could not be read ({failure}): as long as it holds {}, AWS does not delete that",
                holder.urn, holder.id, old.urn
            ))
        });
        unread.collect()
    }

    fn way_out(&self, old: &Row, holder: &Row) -> String {
        let successor = self.steps.iter().find(|step| step.urn == old.urn && step.op == Op::Replace);
        let renamed = self.order.yields.iter().find(|(urn, owner)| {
            *owner == old.owner && urn.type_name() == old.urn.type_name() && *urn != old.urn
        });
        if let (Some((urn, _)), None) = (renamed, successor) {
            return format!(
                "{urn} is to have its place: if it is the same under another name, say so in its options with `moved_from`; \
                 else take what holds the old one out of the program, run `up`, and put it back"
            );
        }
        match successor.and_then(|step| step.delete_first.as_deref()) {
            Some(why) => format!(
                "the old one has to go first ({why}): give the new one another name, range or place so that both can \
                 stand for a while, or take what holds it out of the program, run `up`, and put it back"
            ),
            None => format!(
                "take {} out of the program as well, let it refer to something else, or keep {}",
                holder.urn, old.urn
            ),
        }
    }

    /// What others hang on a resource keeps AWS from deleting it: said before anything is changed.
    pub(super) fn check_foreign_holders(&mut self) {
        let mut refused = Vec::new();
        for row in self.all_that_goes() {
            let seals = self.input.registry.get(row.urn.type_name()).is_some_and(TypeSpec::seals);
            let names = if seals { Vec::new() } else { self.foreign_holders(row) };
            if !names.is_empty() {
                refused.push(PlanError::HeldByOthers { urn: row.urn.clone(), id: row.id.clone(), names });
            }
        }
        self.refusals.extend(refused);
    }

    /// The rows whose resources go, as far as the plan knows.
    pub(super) fn all_that_goes(&self) -> Vec<&Row> {
        self.state.all_rows().filter(|row| self.fate(row).goes()).collect()
    }

    /// What was seen to stand on a resource that goes and is not of this stack.
    pub(super) fn foreign_holders(&self, row: &Row) -> Vec<String> {
        let Some(names) = self.input.observed.and_then(|observed| observed.holders.get(&row.owner)) else {
            return Vec::new();
        };
        let mut ours: BTreeSet<&str> = self.state.all_rows().map(|row| row.id.as_str()).collect();
        // What goes takes along what it has brought, and its outputs name that.
        self.all_that_goes()
            .iter()
            .flat_map(|row| row.outputs.values())
            .for_each(|value| texts_of(value, &mut ours));
        let foreign = |name: &&String| !name.split_whitespace().next().is_some_and(|id| ours.contains(id));
        names.iter().filter(foreign).cloned().collect()
    }
}

/// All texts in a value.
fn texts_of<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::List(items) => items.iter().for_each(|item| texts_of(item, found)),
        Value::Map(map) => map.values().for_each(|item| texts_of(item, found)),
        value => found.extend(value.as_text()),
    }
}

fn ignores(step: &Step, edge: &Edge) -> bool {
    step.options.ignore_changes.iter().any(|pattern| path_covers(pattern, &edge.via))
}
