//! The rules that hold after every step.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::contract::{Call, INSTEAD_OF, Live, OWNER_TAG, OwnerId, Request, STACK_TAG, Target};
use finsight_engine::diff::Change;
use finsight_engine::plan::{Letting, Op, Plan};
use finsight_engine::schema::LetsGo;
use finsight_engine::state::{Edge, Entry, Operation, Removal, Row, State, Status};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use super::World;
use crate::cloud::AUDITED;
use crate::hardship::Hardship;

impl World {
    /// What must hold between cloud and record, whatever has happened.
    pub(super) fn judge_world(&mut self) {
        let mut wrong = Vec::new();
        let state = self.store.state();
        let mut seen: BTreeSet<&OwnerId> = BTreeSet::new();
        let mut rows: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in state.all_rows() {
            rows.entry(row.id.as_str()).or_default().push(row);
        }
        for object in self.cloud.standing().filter(|object| !object.adopted) {
            let Some(owner) = &object.owner else { continue };
            if !seen.insert(owner) {
                wrong.push(format!("duplicate: two {} stand for one incarnation", object.type_name));
            }
            if self.forgotten.contains(owner) {
                continue;
            }
            let taggable = self.registry.get(&object.type_name).is_some_and(|spec| spec.taggable());
            let restorable = self.registry.get(&object.type_name).is_some_and(|spec| spec.restorable);
            let on_record = rows.get(object.id.as_str()).into_iter().flatten().any(|row| {
                row.urn.type_name() == object.type_name && (row.owner == *owner || !taggable || restorable)
            });
            let open =
                state.intents.get(owner.as_str()).is_some_and(|intent| intent.operation == Operation::Create);
            if !on_record && !open {
                wrong.push(format!("orphan: {} {} stands and is on no record", object.type_name, object.id));
            }
        }
        for row in state.rows.values().filter(|row| row.status == Status::Ready) {
            // An id that a program imports again may still be seen by a read that lags behind.
            if !self.stands(row) && !self.imported.contains(&row.id) {
                wrong.push(format!("lie: {} is on record as ready, but {} does not stand", row.urn, row.id));
            }
        }
        let audited = self.cloud.standing().filter(|object| object.audited && object.tag(AUDITED).is_none());
        wrong.extend(audited.map(|object| format!("an auditor's tag was taken off {}", object.id)));
        if self.holds(Hardship::Twins) {
            wrong.extend(self.one_id_in_two_rows());
        }
        wrong.append(&mut self.cloud.offences);
        wrong.extend(self.store.leaks.drain(..).map(|_| "a secret is in clear in the store".to_owned()));
        for what in wrong {
            self.violation(what);
        }
    }

    /// Whether a row's resource stands, or someone else has taken it.
    fn stands(&self, row: &Row) -> bool {
        self.cloud
            .with_id(&row.id)
            .filter(|object| object.type_name == row.urn.type_name())
            .any(|object| object.stands() || object.taken)
    }

    /// What must hold of a mutating call in the moment in which it is sent. Who does not know yet that
    /// another process has taken over cannot do better; who knows it sends nothing more.
    pub(super) fn judge_sent(&mut self, urn: &Urn, request: &Request) {
        match (self.watch.fenced, self.watch.told) {
            (false, _) => self.judge_call(urn, request),
            (true, true) => {
                let what = request.call.name();
                self.violation(format!("a {what} of {urn} after another process took over the state"));
            }
            (true, false) => {}
        }
    }

    fn judge_call(&mut self, urn: &Urn, request: &Request) {
        let mut wrong: Vec<String> = self.out_of_bounds(urn, request).into_iter().collect();
        let state = self.store.state();
        match &request.call {
            Call::Create { owner, inputs } => {
                if let Some(id) = inputs.get(INSTEAD_OF).and_then(Value::as_text) {
                    wrong.extend(self.swap_in_order(state, urn, id));
                }
                match state.intents.get(owner.as_str()) {
                    Some(intent) if intent.operation == Operation::Create => {
                        for edge in &intent.edges {
                            wrong.extend(unready(state, urn, &edge.owner));
                        }
                    }
                    _ => wrong.push(format!("a create of {urn} without its intent")),
                }
                if !self.planned(urn, &[Op::Create, Op::Replace]) {
                    wrong.push(format!("a create of {urn} that was not planned"));
                }
                wrong.extend(self.dependencies_done(state, urn));
                wrong.extend(self.needless(urn, request));
            }
            Call::Restore { target } => {
                if !intended(state, target, &[Operation::Create, Operation::Update]) {
                    wrong.push(format!("a restore of {urn} without its intent"));
                }
                // Its mark is of the incarnation that was deleted: the stack's tag tells whose it is. What was
                // imported and not tagged yet is ours by the record.
                let region = self.registry.get(&request.type_name).is_some_and(|spec| spec.global);
                let region = if region { "us-east-1" } else { request.region.as_str() };
                let object = self.cloud.object(self.now, &request.type_name, region, &target.id);
                let tagged = |tag: Option<&str>| tag == Some(self.stack.as_str());
                let imported = self.taken_in.contains(&target.id);
                if object.is_some_and(|object| !tagged(object.tag(STACK_TAG)) && !imported) {
                    wrong.push(format!("{urn} restores {}, which is not ours", target.id));
                }
            }
            Call::Converge { target, live, desired, differing } => {
                wrong.extend(self.takes_off_ours(state, urn, live, differing));
                wrong.extend(self.beyond_the_plan(urn, target, differing));
                let allowed = [Operation::Create, Operation::Update];
                if !intended(state, target, &allowed) {
                    wrong.push(format!("an update of {urn} without its intent"));
                }
                if !self.planned(urn, &[Op::Create, Op::Replace, Op::Update]) {
                    wrong.push(format!("an update of {urn} that was not planned"));
                }
                if !self.lets_go(urn, desired) {
                    wrong.extend(self.dependencies_done(state, urn));
                }
                wrong.extend(self.foreign(state, urn, request, target));
            }
            Call::Delete { target } => {
                if !intended(state, target, &[Operation::Delete]) {
                    wrong.push(format!("a delete of {urn} without its intent"));
                }
                wrong.extend(self.delete_in_order(state, urn, target));
                wrong.extend(self.foreign(state, urn, request, target));
            }
            Call::Read { .. } | Call::Find { .. } | Call::Look { .. } | Call::Holders { .. } => {}
        }
        for what in wrong {
            self.violation(what);
        }
    }

    /// Whether a call brings a resource to the interim inputs of a letting: beside those stands what is ignored,
    /// as it is.
    fn lets_go(&self, urn: &Urn, desired: &Map) -> bool {
        let lettings = self.watch.plan.iter().flat_map(|plan| &plan.lettings);
        let interim = |letting: &Letting| {
            letting.properties.iter().all(|name| letting.inputs.get(name) == desired.get(name))
        };
        lettings.filter(|letting| letting.urn == *urn).any(interim)
    }

    fn planned(&self, urn: &Urn, ops: &[Op]) -> bool {
        self.watch.plan.as_ref().and_then(|plan| plan.step(urn)).is_some_and(|step| ops.contains(&step.op))
    }

    /// Every dependency by the program is done and on record.
    fn dependencies_done(&self, state: &State, urn: &Urn) -> Vec<String> {
        let Some(plan) = &self.watch.plan else { return Vec::new() };
        let Some(step) = plan.step(urn) else { return Vec::new() };
        step.dependencies
            .iter()
            .filter_map(|(to, _)| match state.rows.get(to) {
                None => Some(format!("{urn} is made before {to}, which it depends on")),
                Some(row) => unready(state, urn, &row.owner),
            })
            .collect()
    }

    fn delete_in_order(&self, state: &State, urn: &Urn, target: &Target) -> Vec<String> {
        let mut wrong = Vec::new();
        let Some(plan) = &self.watch.plan else {
            return vec![format!("a delete of {urn} outside of a plan")];
        };
        let rows: Vec<&Row> =
            state.all_rows().filter(|row| row.id == target.id && row.urn == target.urn).collect();
        let open = |row: &&&Row| state.intents.contains_key(row.owner.as_str());
        let Some(row) = rows.iter().find(open).or(rows.first()) else {
            return vec![format!("a delete of {urn}, which is not on record")];
        };
        wrong.extend(self.may_go(state, plan, row));
        wrong.extend(self.successors_first(plan, row));
        // What holds nothing need not go before what has to go first.
        let early = goes_first(plan, &row.owner);
        wrong.extend(self.stood_on(state, plan, row, early));
        if !early {
            if self.watch.failed {
                wrong.push(format!("{urn} is deleted after a failure"));
            }
            let open = plan.steps.iter().find(|step| {
                matches!(step.op, Op::Create | Op::Update | Op::Replace | Op::Import)
                    && !self.watch.applied.contains(&step.urn)
            });
            if let Some(step) = open {
                wrong.push(format!("{urn} is deleted before {} is applied", step.urn));
            }
        }
        wrong
    }

    /// What must hold of what a create call takes the place of: the same as of a delete, but for its turn.
    fn swap_in_order(&self, state: &State, urn: &Urn, id: &str) -> Vec<String> {
        let row = state.rows.get(urn).filter(|row| row.id == id);
        let (Some(plan), Some(row)) = (&self.watch.plan, row) else {
            return vec![format!("{urn} takes the place of {id}, which is not its own")];
        };
        let mut wrong = self.may_go(state, plan, row);
        wrong.extend(self.stood_on(state, plan, row, true));
        if row.status == Status::Ready {
            wrong.push(format!("{urn} takes the place of {id}, which is on record as sure to stand"));
        }
        wrong
    }

    /// What is taken off as another hand's is none of ours.
    fn takes_off_ours(&self, state: &State, urn: &Urn, live: &Live, differing: &[String]) -> Vec<String> {
        let spec = self.registry.get(urn.type_name());
        let properties = spec.into_iter().flat_map(|spec| &spec.properties);
        let differs = |name: &str| differing.iter().any(|one| one == name);
        let step = self.watch.plan.as_ref().and_then(|plan| plan.step(urn));
        let mut wrong = Vec::new();
        for property in properties.filter(|property| property.shown && differs(property.name)) {
            if property.told {
                wrong.push(format!("{urn} takes off {}, which are only told of", property.name));
            }
            let (Some(part), Some(Value::List(ids))) = (property.parts, live.properties.get(property.name))
            else {
                continue;
            };
            let shown = |id: &str| {
                let changes = step.into_iter().flat_map(|step| &step.diff);
                let mut changes = changes.filter(|change| change.path == property.name);
                changes.any(|change| change.before.any(&|one| one.as_text() == Some(id)))
            };
            for id in ids.iter().filter_map(Value::as_text) {
                if !shown(id) {
                    wrong.push(format!("{urn} takes off {id}, which the plan has not shown"));
                }
                let ours = |owner: &OwnerId| self.forgotten.contains(owner);
                if self
                    .cloud
                    .with_id(id)
                    .any(|object| object.stands() && object.owner.as_ref().is_some_and(ours))
                {
                    wrong.push(format!("{urn} takes off {id}, which was let stand"));
                }
                let recorded = state.all_rows().any(|row| row.id == id && row.urn.type_name() == part);
                let open = |owner: &OwnerId| state.intents.contains_key(owner.as_str());
                let of_open = self.cloud.with_id(id).any(|object| object.owner.as_ref().is_some_and(open));
                if recorded || of_open {
                    wrong.push(format!("{urn} takes off {id}, which is ours"));
                }
            }
        }
        wrong
    }

    /// What must hold of what goes, whenever it goes.
    fn may_go(&self, state: &State, plan: &Plan, row: &Row) -> Vec<String> {
        let mut wrong = Vec::new();
        let urn = &row.urn;
        let step = plan.step(urn).filter(|step| step.old_owner.as_ref() == Some(&row.owner));
        let leftover = plan.leftovers.iter().any(|left| left.owner == row.owner && !left.forget);
        let planned = step.is_some_and(|step| matches!(step.op, Op::Delete | Op::Replace)) || leftover;
        if !planned {
            wrong.push(format!("a delete of {urn} that was not planned"));
        }
        if row.locked {
            wrong.push(format!("a delete of {urn}, which is locked"));
        }
        // Of what was replaced, the plan has shown that it goes.
        let current = state.rows.contains_key(&row.urn) && !state.deposed.contains_key(row.owner.as_str());
        if current && row.options.protect && step.is_some_and(|step| step.options.protect) {
            wrong.push(format!("a delete of {urn}, which is protected"));
        }
        if row.options.retain_on_delete && step.is_none_or(|step| step.options.retain_on_delete) {
            wrong.push(format!("a delete of {urn}, which is to be retained"));
        }
        if self.is_kept(&row.owner) {
            wrong.push(format!("a delete of {urn}, which a plan has let stand"));
        }
        wrong
    }

    /// What goes, and stands on it.
    fn stood_on(&self, state: &State, plan: &Plan, row: &Row, early: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let removed = |owner: &OwnerId| {
            plan.leftovers.iter().any(|left| left.owner == *owner)
                || plan.steps.iter().any(|step| {
                    step.old_owner.as_ref() == Some(owner)
                        && matches!(step.op, Op::Delete | Op::Replace | Op::Forget)
                })
        };
        let stands = |other: &&Row| {
            other.edges.iter().any(|edge| edge.owner == row.owner && !(early && self.is_free(other, edge)))
        };
        for other in state.all_rows().filter(stands) {
            if removed(&other.owner) {
                wrong.push(format!("{} is deleted before {}, which stands on it", row.urn, other.urn));
            }
        }
        wrong
    }

    /// Whether AWS lets go what this edge leads to while the row's resource stands.
    fn is_free(&self, row: &Row, edge: &Edge) -> bool {
        let property = self.registry.get(row.urn.type_name()).and_then(|spec| spec.property(&edge.via));
        property.is_none_or(|property| property.letting_of(edge.urn.type_name()) == LetsGo::Free)
    }

    /// What is not ours by tag or record is not touched.
    fn foreign(&self, state: &State, urn: &Urn, request: &Request, target: &Target) -> Option<String> {
        let spec = self.registry.get(&request.type_name)?;
        let region = if spec.global { "us-east-1" } else { request.region.as_str() };
        let object = self.cloud.object(self.now, &request.type_name, region, &target.id)?;
        if object.adopted || self.imported.contains(&object.id) {
            return None;
        }
        // What others made under a name of ours is ours by the record; how it came there is judged elsewhere.
        // What only lost its tags is given them back; what a stranger made is never deleted.
        let deletes = matches!(request.call, Call::Delete { .. });
        // One that is like ours in all but its tags was given them by an `up`, and is ours by its mark.
        let marked = object.tag(OWNER_TAG).is_some_and(|mark| state.row(&OwnerId(mark.to_owned())).is_some());
        let stranger = object.owner.is_none() && spec.taggable() && self.watch.read && deletes && !marked;
        if stranger && self.holds(Hardship::Strangers) {
            return Some(format!("a delete of {urn}, but a stranger made {}", object.id));
        }
        let ours = object.owner.as_ref().is_none_or(|owner| {
            // What was restored carries the mark of the incarnation that it was, until it is configured.
            let restored = || spec.restorable && state.all_rows().any(|row| row.id == object.id);
            !spec.taggable()
                || restored()
                || state.row(owner).is_some()
                || state.intents.contains_key(owner.as_str())
        });
        (!ours).then(|| format!("{urn} touches {}, which is not ours", object.id))
    }

    /// What must hold of a plan.
    pub(super) fn judge_plan(&mut self, plan: &Plan) {
        let shown = |change: &Change| format!("{}{}", change.before.masked(), change.after.masked());
        let mut found = Vec::new();
        for step in &plan.steps {
            let shows = |change: &&Change| shown(change).contains(crate::SECRET_MARK);
            found
                .extend(step.diff.iter().filter(shows).map(|change| format!("{}.{}", step.urn, change.path)));
        }
        let json = serde_json::to_string(plan).unwrap_or_default();
        if found.is_empty() && json.contains(crate::SECRET_MARK) {
            let at = json.find(crate::SECRET_MARK).unwrap_or_default();
            found.push(json.chars().skip(at.saturating_sub(300)).take(400).collect());
        }
        for place in found {
            self.violation(format!("a secret is in clear in the plan: {place}"));
        }
    }

    /// What comes on record was made by us, or is imported.
    pub(super) fn judge_record(&mut self, entries: &[Entry]) {
        let mut wrong = if self.holds(Hardship::Ignored) { self.never_set(entries) } else { Vec::new() };
        for entry in entries {
            if let Entry::RowRemoved { owner, why: Removal::Deleted } = entry {
                wrong.extend(self.still_there(owner));
            }
            let Entry::RowPut { row } = entry else { continue };
            let sick =
                |o: &crate::cloud::Object| o.sick && o.id == row.id && o.type_name == row.urn.type_name();
            if row.status == Status::Ready
                && self.cloud.standing().any(sick)
                && self.store.state().row(&row.owner).is_none_or(|known| known.status != Status::Ready)
            {
                wrong.push(format!("{} goes on record as ready, but it came to a failed state", row.urn));
            }
            if self.store.state().row(&row.owner).is_some() || self.imported.contains(&row.id) {
                continue;
            }
            // Someone may have put their own in the place of ours; what no read can tell is no fault.
            if self
                .cloud
                .objects()
                .any(|object| object.id == row.id && object.owner.as_ref() == Some(&row.owner))
            {
                continue;
            }
            let standing =
                self.cloud.standing().find(|o| o.id == row.id && o.type_name == row.urn.type_name());
            if standing.is_some_and(|object| object.owner.is_none() && !object.adopted) {
                wrong.push(format!("{} takes {}, which is not ours", row.urn, row.id));
            }
        }
        for what in wrong {
            self.violation(what);
        }
    }

    /// What goes on record as deleted has left the cloud.
    fn still_there(&self, owner: &OwnerId) -> Option<String> {
        let row = self.store.state().row(owner)?;
        let there = self.cloud.objects().any(|object| {
            object.id == row.id && object.owner.as_ref() == Some(owner) && object.uses(self.now)
        });
        there.then(|| format!("{} goes on record as deleted, but {} is still there", row.urn, row.id))
    }

    pub(super) fn note_forgotten(&mut self, entries: &[Entry]) {
        for entry in entries {
            if let Entry::RowRemoved { owner, why: Removal::Forgotten } = entry {
                let row = self.store.state().row(owner);
                let step = row.and_then(|row| self.watch.plan.as_ref()?.step(&row.urn));
                if row.is_some_and(|row| row.options.retain_on_delete)
                    || self.decided.get(owner) == Some(&true)
                    || step.is_some_and(|step| step.options.retain_on_delete)
                {
                    self.forgotten.insert(owner.clone());
                }
            }
        }
    }
}

/// Whether the plan deletes this incarnation before something is created.
fn goes_first(plan: &Plan, owner: &OwnerId) -> bool {
    plan.actions.iter().any(|action| {
        matches!(&action.kind, finsight_engine::plan::ActionKind::Remove { owner: removed } if removed == owner)
            && !action.late
    })
}

fn intended(state: &State, target: &Target, operations: &[Operation]) -> bool {
    state.all_rows().any(|row| {
        row.id == target.id
            && row.urn.type_name() == target.urn.type_name()
            && state
                .intents
                .get(row.owner.as_str())
                .is_some_and(|intent| operations.contains(&intent.operation))
    })
}

/// Says that a dependency is not done, if it is not.
fn unready(state: &State, urn: &Urn, owner: &OwnerId) -> Option<String> {
    let open = state.intents.get(owner.as_str()).is_some_and(|intent| intent.operation != Operation::Delete);
    match state.row(owner) {
        None => Some(format!("{urn} is made on what is not on record")),
        Some(row) if open => Some(format!("{urn} is made while {} is not done", row.urn)),
        Some(_) => None,
    }
}
