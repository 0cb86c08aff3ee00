//! What must hold of answers: no unit waits for what this run itself holds back, and what passes is waited out.

use std::collections::BTreeMap;

use finsight_engine::approval::broadening;
use finsight_engine::contract::{Call, FailureClass, Reply, Request};
use finsight_engine::exec::Trouble;
use finsight_engine::normal::same;
use finsight_engine::plan::{ActionKind, Letting, Op, Plan, PlanError};
use finsight_engine::schema::{Equality, Identity};
use finsight_engine::state::{Entry, Row, State, Status};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use super::World;
use super::decisions::waits;
use crate::cloud::{Object, UNSEEN, in_clear};
use crate::hardship::Hardship;

/// More calls that change something than any step needs.
const MANY: u32 = 40;
/// More of them than make sense within a minute where none brings the resource nearer to the wish.
const HASTY: usize = 12;
/// A minute, in milliseconds.
const MINUTE: u64 = 60_000;
/// Longer than any wait that makes sense, in milliseconds.
const LONG: u64 = 60 * 60_000;

impl World {
    /// Judges what the cloud answered to a mutating call.
    pub(super) fn judge_answer(&mut self, urn: &Urn, request: &Request, reply: &Reply) {
        let mut wrong = Vec::new();
        if matches!(reply, Reply::Converged { .. } | Reply::Deleting) && self.holds(Hardship::Undoing) {
            wrong.extend(self.restless(urn, &request.call));
        }
        if let Reply::Failed(failure) = reply {
            match (failure.class, &request.call) {
                (FailureClass::Blocked, Call::Delete { target }) => {
                    wrong.extend(self.held_back(urn, request, &target.id));
                }
                (FailureClass::Exists, Call::Create { inputs, .. }) => {
                    wrong.extend(self.claims_what_stays(urn, request, inputs));
                }
                (FailureClass::Exists, Call::Converge { desired, .. }) => {
                    wrong.extend(self.claims_what_stays(urn, request, desired));
                }
                _ => {}
            }
        }
        for what in wrong {
            self.violation(what);
        }
    }

    /// Calls that bring a resource no nearer get rarer, and end.
    fn restless(&mut self, urn: &Urn, call: &Call) -> Vec<String> {
        let mut wrong = Vec::new();
        let calls = self.watch.calls.entry(urn.clone()).or_default();
        calls.all += 1;
        if calls.all > MANY {
            wrong.push(format!("{urn} is changed more than {MANY} times in one run"));
        }
        let Call::Converge { differing, .. } = call else { return wrong };
        if calls.fewest.is_none_or(|fewest| differing.len() < fewest) {
            calls.fewest = Some(differing.len());
            calls.fruitless.clear();
        }
        let now = self.now;
        calls.fruitless.push(now);
        calls.fruitless.retain(|at| now - at < MINUTE);
        if calls.fruitless.len() > HASTY {
            wrong.push(format!("{urn} is changed more than {HASTY} times in a minute, and gets no nearer"));
        }
        wrong
    }

    /// Says of a delete that is refused what of this very run, or of what stays, holds it.
    fn held_back(&self, urn: &Urn, request: &Request, id: &str) -> Vec<String> {
        let (Some(plan), Some(spec)) = (&self.watch.plan, self.registry.get(&request.type_name)) else {
            return Vec::new();
        };
        let region = if spec.global { "us-east-1" } else { request.region.as_str() };
        let Some(object) = self.cloud.object(self.now, spec.name, region, id) else { return Vec::new() };
        let delete = plan
            .actions
            .iter()
            .position(|action| action.urn == *urn && matches!(action.kind, ActionKind::Remove { .. }));
        let mut wrong = Vec::new();
        for user in self.cloud.users_of(self.now, object.number).filter(|user| user.stands()) {
            let Some(owner) = &user.owner else {
                // What was there when this run looked is named before anything is deleted.
                let seen = spec.held && self.watch.read && user.created < self.watch.began;
                if seen && self.holds(Hardship::Holders) {
                    wrong.push(format!("{urn} is deleted while {} of other hands holds it", user.id));
                }
                continue;
            };
            let Some(row) = self.watch.before.get(owner) else { continue };
            wrong.extend(self.held_by_ours(plan, urn, delete, row));
        }
        wrong
    }

    fn held_by_ours(&self, plan: &Plan, urn: &Urn, delete: Option<usize>, row: &Row) -> Option<String> {
        let removed = plan
            .actions
            .iter()
            .any(|action| matches!(&action.kind, ActionKind::Remove { owner } if *owner == row.owner));
        let forgets = self.forgotten.contains(&row.owner)
            || plan.leftovers.iter().any(|left| left.owner == row.owner && left.forget)
            || plan.steps.iter().any(|step| {
                step.old_owner.as_ref() == Some(&row.owner)
                    && (step.op == Op::Forget || (step.op == Op::Replace && step.options.retain_on_delete))
            });
        if forgets {
            let kept = self.holds(Hardship::Retained);
            return kept.then(|| format!("{urn} is deleted while {} holds it, which is let stand", row.urn));
        }
        if removed || !self.holds(Hardship::Users) {
            return None;
        }
        let apply = plan
            .actions
            .iter()
            .position(|action| action.urn == row.urn && matches!(action.kind, ActionKind::Apply));
        let held = match (apply, delete) {
            (Some(apply), Some(delete)) => waits(plan, apply, delete),
            _ => true,
        };
        let lets = |letting: &Letting| letting.owner == row.owner && letting.of.contains(urn);
        if plan.lettings.iter().any(lets) {
            return Some(format!("{urn} is deleted while {} holds it, which was to let go", row.urn));
        }
        held.then(|| format!("{urn} is deleted while {} stays and holds it", row.urn))
    }

    /// Says of a claim that is refused what of ours has it, and keeps it beyond this step.
    fn claims_what_stays(&self, urn: &Urn, request: &Request, inputs: &Map) -> Vec<String> {
        let (Some(plan), Some(spec)) = (&self.watch.plan, self.registry.get(&request.type_name)) else {
            return Vec::new();
        };
        let inputs: Map = inputs.iter().filter_map(|(k, v)| Some((k.clone(), in_clear(v)?))).collect();
        let mut wrong = Vec::new();
        for object in self.cloud.standing().filter(|object| object.type_name == spec.name) {
            let Some(row) = object.owner.as_ref().and_then(|owner| self.watch.before.get(owner)) else {
                continue;
            };
            let collides =
                spec.claims().any(|set| crate::cloud::shares(spec, set, &inputs, object.properties()));
            if row.urn == *urn && !self.forgotten.contains(&row.owner) || !collides {
                continue;
            }
            let goes = plan
                .actions
                .iter()
                .any(|action| matches!(&action.kind, ActionKind::Remove { owner } if *owner == row.owner));
            let stays = !goes || self.forgotten.contains(&row.owner);
            let (kept, changed) = (self.holds(Hardship::Retained), self.holds(Hardship::Claims));
            if (stays && kept) || changed {
                wrong.push(format!("{urn} takes what {} has, and does not wait until it is free", row.urn));
            }
        }
        wrong
    }

    /// What passes by itself ends no step.
    pub(super) fn judge_failure(&mut self, urn: &Urn, error: &Trouble) {
        let Some(failure) = &error.failure else { return };
        // By what the cloud said, whatever became of it on the way.
        let passes = match failure.code.as_str() {
            "Unreachable" | "Expired" => self.holds(Hardship::Outages),
            "Absent" => self.holds(Hardship::Unseen) && failure.message.contains(UNSEEN),
            _ => false,
        };
        if passes && !self.watch.interrupted {
            self.violation(format!("{urn} gives up on what passes by itself: {error}"));
        }
    }

    /// What passes by itself keeps no plan from being made, and what is known by another name is known.
    pub(super) fn judge_errors(&mut self, errors: &[PlanError], state: &State) {
        let waited = [Hardship::Outages, Hardship::Cut, Hardship::Unreadable];
        let patient = waited.into_iter().any(|one| self.holds(one));
        let bounds = self.watch.bounds.clone();
        for error in errors {
            match error {
                // What is denied does not pass.
                PlanError::Unreadable { why, .. } if patient && !why.contains("Denied") => {
                    self.violation(format!("reading gives up on what passes by itself: {error}"));
                }
                PlanError::NoSuchUrn { pattern, .. } if self.holds(Hardship::Selections) => {
                    let pattern = finsight_engine::urn::UrnPattern::new(pattern);
                    if bounds.knows(&pattern, state) {
                        self.violation(format!("a name that is known is refused: {error}"));
                    }
                }
                PlanError::Unselected { to, .. } if self.holds(Hardship::Selections) && bounds.stood(to) => {
                    self.violation(format!("what stands is said not to exist: {error}"));
                }
                _ => {}
            }
        }
    }

    pub(super) fn judge_wait(&mut self, millis: u64) {
        if millis > LONG && self.holds(Hardship::Hours) {
            self.violation(format!("it sleeps for {} minutes", millis / 60_000));
        }
    }

    /// What is given anew is asked for.
    pub(super) fn judge_grants(&mut self, plan: &Plan, state: &State) {
        if !self.holds(Hardship::Policies) {
            return;
        }
        let asked: Vec<Urn> =
            broadening(&self.registry, plan, state).into_iter().map(|wider| wider.urn.clone()).collect();
        let mut wrong = Vec::new();
        for step in plan.steps.iter().filter(|step| matches!(step.op, Op::Create | Op::Update | Op::Replace))
        {
            let Some(spec) = self.registry.get(step.urn.type_name()) else { continue };
            let object =
                self.watch.before.get(step.old_owner.as_ref().unwrap_or(&step.owner)).and_then(|row| {
                    // What has gone since it was read was seen, and what had gone before may have been.
                    let seen = |o: &Object| {
                        o.gone_at.is_none_or(|gone| self.watch.began < gone.saturating_add(o.lag))
                    };
                    let is = |o: &&Object| o.id == row.id && o.type_name == spec.name && seen(o);
                    // Of those that have had the id one after the other, the one on record.
                    let on_record = |o: &&Object| (o.owner.as_ref() == Some(&row.owner), o.number);
                    self.cloud.objects().filter(is).max_by_key(on_record)
                });
            for property in spec.properties.iter().filter(|p| p.equality == Equality::PolicyMap) {
                let wanted = step.known.get(property.name).and_then(Value::as_map);
                let stands = object.and_then(|object| object.properties().get(property.name)?.as_map());
                let new = |(name, policy): (&String, &Value)| {
                    let old = stands.and_then(|stands| stands.get(name));
                    old.is_none_or(|old| !same(Equality::Policy, policy, old))
                };
                let gives = wanted.into_iter().flatten().any(new);
                if gives && step.op != Op::Replace && self.watch.read && !asked.contains(&step.urn) {
                    wrong.push(format!("{} gets a policy, and nobody is asked", step.urn));
                }
            }
        }
        for what in wrong {
            self.violation(what);
        }
    }

    /// What goes on record as ready for the first time has all that was declared, ignored or not.
    pub(super) fn never_set(&self, entries: &[Entry]) -> Vec<String> {
        let mut wrong = Vec::new();
        for entry in entries {
            let Entry::RowPut { row } = entry else { continue };
            let fresh = row.status == Status::Ready
                && !self.ready.contains(&row.owner)
                && self.store.state().row(&row.owner).is_some();
            let step = self.watch.plan.as_ref().and_then(|plan| plan.step(&row.urn));
            let (Some(step), Some(spec), true) = (step, self.registry.get(row.urn.type_name()), fresh) else {
                continue;
            };
            let ours = |o: &&Object| o.owner.as_ref() == Some(&row.owner) && o.id == row.id;
            let Some(object) = self.cloud.standing().find(ours) else { continue };
            for name in row.options.ignore_changes.iter().filter_map(|pattern| pattern.split('.').next()) {
                let wanted = step.known.get(name).filter(|wanted| !wanted.is_null() && !wanted.has_unknown());
                let (Some(wanted), Some(property)) = (wanted.and_then(in_clear), spec.property(name)) else {
                    continue;
                };
                // What stood so once was set, whoever has changed it since.
                let stood = |(_, at): &(u64, Map)| {
                    same(property.equality, &wanted, at.get(name).unwrap_or(&Value::Null))
                };
                if !object.sent.contains(name) && !object.versions.iter().any(stood) {
                    wrong.push(format!("{}.{name} is ignored, and was never set", row.urn));
                }
            }
        }
        wrong
    }

    /// No two rows for one resource.
    pub(super) fn one_id_in_two_rows(&self) -> Vec<String> {
        let mut seen: BTreeMap<(&str, &str, &str), &Row> = BTreeMap::new();
        let mut wrong = Vec::new();
        for row in self.store.state().rows.values().filter(|row| row.status == Status::Ready) {
            let key = (row.urn.type_name(), row.region.as_str(), row.id.as_str());
            let Some(other) = seen.insert(key, row) else { continue };
            let adopted = self
                .registry
                .get(row.urn.type_name())
                .is_some_and(|spec| matches!(spec.identity, Identity::Adopted { .. }));
            // One of the two may be gone, and nobody has looked yet.
            let gone = self.cloud.with_id(&row.id).any(|object| object.gone_at.is_some());
            if adopted || !gone {
                wrong.push(format!("{} and {} are both {}", other.urn, row.urn, row.id));
            }
        }
        wrong
    }
}
