//! What happens to each resource: the steps of a plan.

use std::collections::BTreeSet;

use super::build::{Planner, Purpose};
use super::claims::{keeps_its_name, own_claim};
use super::identity::{name_of, new_name, new_owner, with_identity};
use super::{Leftover, Op, PlanError, Step};
use crate::context::View;
use crate::contract::{Health, Live, OwnerId};
use crate::diff::{Change, Effect, diff_inputs, diff_live, told_of, with_ignored};
use crate::graph::Node;
use crate::schema::TypeSpec;
use crate::state::{Row, Status};
use crate::urn::Urn;
use crate::value::{Map, Value};

impl Planner<'_> {
    pub(super) fn step_of(&mut self, node: &Node) -> Result<Step, PlanError> {
        let urn = &node.urn;
        let Some(spec) = self.input.registry.get(urn.type_name()) else {
            return Err(PlanError::UnknownType { urn: urn.clone() });
        };
        let row = self.state.rows.get(urn).cloned();
        if !self.selected.contains(urn) {
            if let Some(row) = &row {
                self.see(urn, View::of(row), View::of(row));
            }
            return Ok(self.unselected(node, row.as_ref()));
        }
        let dependencies = self.dependencies_of(node);
        for (to, _) in dependencies.clone() {
            if !self.selected.contains(&to) && !self.state.rows.contains_key(&to) {
                return Err(PlanError::Unselected { from: urn.clone(), to });
            }
        }
        let mut inputs = node.inputs.clone();
        spec.fill_defaults(&mut inputs);
        let new = new_owner(self.input.entropy, urn);
        let needed: BTreeSet<Urn> = dependencies.iter().map(|(to, _)| to.clone()).collect();
        let mut step = Step {
            depends_on: needed.into_iter().collect(),
            inputs,
            new_name: spec.generated_name.map(|_| new_name(&new, urn)),
            default_tags: node.default_tags.clone(),
            options: node.options.clone(),
            dependencies,
            region: self.region_of(node, spec),
            ..Step::of(urn, Op::Create, "it does not exist yet", new)
        };
        match row {
            Some(row) => self.against_row(&mut step, spec, &row)?,
            None => self.when_new(&mut step, spec)?,
        }
        match self.unfit_ground(&step) {
            Some((to, why)) => Err(PlanError::Unfit { from: urn.clone(), to, why }),
            None => Ok(step),
        }
    }

    /// What is not selected, does not stay as it is, and would be built on.
    fn unfit_ground(&self, step: &Step) -> Option<(Urn, &'static str)> {
        let stays = matches!(step.op, Op::Same | Op::Update);
        let current = self.state.rows.get(&step.urn).filter(|_| stays);
        let stands_on = |on: &Row| current.is_some_and(|row| row.edges.iter().any(|e| e.owner == on.owner));
        let unselected = step.dependencies.iter().filter(|(to, _)| !self.selected.contains(to));
        let rows = unselected.filter_map(|(to, _)| self.state.rows.get(to)).filter(|on| !stands_on(on));
        // What is taken under management is not built.
        let mut rows = rows.filter(|_| step.op != Op::Import);
        rows.find_map(|on| {
            let why = match on.status {
                Status::Deleting => "is being deleted",
                Status::Tainted => "is to be replaced",
                Status::Ready | Status::Unfinished if on.configured => return None,
                Status::Ready | Status::Unfinished => "was not finished by an earlier run",
            };
            Some((on.urn.clone(), why))
        })
    }

    fn region_of(&self, node: &Node, spec: &TypeSpec) -> String {
        // A fix leaves it where it is on record.
        if let Some(row) = self.input.state.rows.get(&node.urn).filter(|_| self.input.purpose == Purpose::Fix)
        {
            return row.region.clone();
        }
        // Global services answer in us-east-1.
        if spec.global { "us-east-1".to_owned() } else { self.input.graph.region_of(node) }
    }

    fn unselected(&self, node: &Node, row: Option<&Row>) -> Step {
        let owner = row.map_or_else(|| OwnerId(String::new()), |row| row.owner.clone());
        Step {
            dependencies: self.dependencies_of(node),
            unselected: true,
            ..Step::of(&node.urn, Op::Same, "it is not selected", owner)
        }
    }

    fn when_new(&mut self, step: &mut Step, spec: &TypeSpec) -> Result<(), PlanError> {
        if let Some(id) = self.import_of(step) {
            self.plan_import(step, &id)?;
        } else if let Some(row) =
            self.gone.iter().filter_map(|owner| self.input.state.row(owner)).find(|row| row.urn == step.urn)
        {
            let by_us = row.status == Status::Deleting;
            let who = if by_us { "by an earlier run" } else { "outside of finsight-deploy" };
            step.reason = format!("it was deleted {who}");
        }
        let name = step.new_name.as_deref();
        let wanted =
            with_identity(spec, &step.inputs, &step.default_tags, &self.state.stack, &step.owner, name);
        self.resolve_inputs(step, &wanted)?;
        let imported = (step.op == Op::Import).then(|| self.import_diff(step, spec)).flatten();
        step.diff = imported.unwrap_or_else(|| created_diff(step, spec));
        self.see(&step.urn, View::Unknown, View::Unknown);
        Ok(())
    }

    fn against_row(&mut self, step: &mut Step, spec: &TypeSpec, row: &Row) -> Result<(), PlanError> {
        step.old_owner = Some(row.owner.clone());
        self.take_what_is_set(step);
        let keep_name = name_of(spec, &row.inputs);
        let stack = self.state.stack.clone();
        let wanted =
            with_identity(spec, &step.inputs, &step.default_tags, &stack, &row.owner, keep_name.as_deref());
        self.resolve_inputs(step, &wanted)?;
        // Of what was created and not configured to its end nothing is ignored.
        let options = row.effective(&step.options);
        step.diff = diff_inputs(spec, &row.standing(), &step.known, &options);
        self.keep_what_operations_set(step, spec, row);
        let read = self.live(&row.owner);
        let unread: Vec<&str> = read.into_iter().flat_map(Live::unread).collect();
        let live = read.map(|live| live.over(row));
        let live = live.as_ref();
        let mut drifted = false;
        if let Some(live) = live.filter(|live| live.health == Health::Ready) {
            let compared = with_ignored(&step.known, &live.properties, &options);
            for change in diff_live(spec, live, &compared, &options) {
                drifted |= !step.diff.iter().any(|known| known.path == change.path);
                step.diff.retain(|known| known.path != change.path);
                step.diff.push(change);
            }
            let told = told_of(spec, live, &compared, &options);
            self.notes.extend(told.iter().map(|change| told_note(&step.urn, change)));
        }
        let (failed, deleting) = match live.map(|live| &live.health) {
            Some(Health::Failed(why)) => (Some(why.clone()), false),
            // A protected one is waited for: it is gone, or it is back.
            // What waits for days is restored.
            Some(Health::Deleting(_)) => (None, !step.options.protect && !spec.restorable),
            _ => (None, false),
        };
        let effect = step.diff.iter().map(|change| change.effect).max().unwrap_or(Effect::None);
        let named = self.replaced.contains(&step.urn);
        let replace_reason = if row.status == Status::Tainted {
            Some("it is marked as tainted".to_owned())
        } else if let Some(why) = failed {
            Some(format!("AWS reports it as failed: {why}"))
        } else if deleting {
            Some("it is being deleted".to_owned())
        } else if named {
            Some("--replace names it".to_owned())
        } else if row.region != step.region {
            Some(format!("its region changes from {} to {}", row.region, step.region))
        } else {
            None
        };
        // Only what is still unknown can turn out to need no replacement, and no id of a new one is the old one's.
        let of_new =
            |path: &str| value_at(&step.inputs, path).is_some_and(|value| self.names_a_new_one(value));
        let certain = |change: &Change| {
            change.effect == Effect::Replace && (!change.after.has_unknown() || of_new(&change.path))
        };
        step.forced = replace_reason.is_some() || step.diff.iter().any(certain);
        let held = self.recreate.iter().filter(|(holder, _)| *holder == step.urn);
        step.along.extend(held.map(|(_, held)| held.clone()));
        if step.forced || effect == Effect::Replace || !step.along.is_empty() {
            step.op = Op::Replace;
            self.let_go_with_the_old_one(step, spec, row);
            step.reason = replace_reason.unwrap_or_else(|| {
                if let (Some(held), false) = (step.along.first(), effect == Effect::Replace) {
                    return format!("it holds {held}, which is deleted first");
                }
                let paths: Vec<&str> = step
                    .diff
                    .iter()
                    .filter(|c| c.effect == Effect::Replace)
                    .map(|c| c.path.as_str())
                    .collect();
                format!("{} cannot be changed in place", paths.join(", "))
            });
            step.delete_first = if deleting {
                Some("it is being deleted already".to_owned())
            } else {
                self.must_delete_first(spec, step, row)
            };
            if keeps_its_name(spec, row) && own_claim(spec, step, row).is_some() {
                step.adopts = Some(row.id.clone());
            }
            let likely = if self.likely_as_before(spec, step, row) { View::of(row) } else { View::Unknown };
            self.see(&step.urn, View::Unknown, likely);
            return Ok(());
        }
        step.owner = row.owner.clone();
        step.old_owner = None;
        step.new_name = keep_name;
        let unfinished = row.status != Status::Ready || live.is_some_and(|live| live.health != Health::Ready);
        let healed = if unread.is_empty() { None } else { self.healed_before(step) };
        step.touch = drifted || unfinished || healed.is_some();
        if !step.diff.is_empty() && effect != Effect::None || unfinished || healed.is_some() {
            step.op = Op::Update;
            step.reason = if row.status != Status::Ready {
                "an earlier run did not finish it".to_owned()
            } else if live.is_some_and(|live| matches!(live.health, Health::Deleting(_))) && spec.restorable {
                "it waits for its deletion: it is restored".to_owned()
            } else if let Some(urn) = healed {
                format!("{} could not be read, and {urn} is put right first", unread.join(", "))
            } else if drifted {
                "it was changed outside of finsight-deploy".to_owned()
            } else if unfinished {
                "it is not ready yet".to_owned()
            } else {
                "the program changed it".to_owned()
            };
        } else {
            step.op = Op::Same;
            step.reason = if unread.is_empty() {
                "nothing differs".to_owned()
            } else {
                let note = format!("{} could not be read whole: {}", step.urn, unread.join(", "));
                self.notes.push(note);
                format!("nothing differs in what could be read, which {} could not", unread.join(", "))
            };
            step.record_only = !step.diff.is_empty() || !self.same_record(step, row);
        }
        let id = live.map_or(&row.id, |live| &live.id).clone();
        let stand = live.map_or(&row.outputs, |live| &live.outputs);
        let changed = |name: &str| step.diff.iter().any(|change| change.path == name);
        let renewing = spec.properties.iter().filter(|property| changed(property.name));
        let renewed: Vec<&str> = renewing.flat_map(|property| property.renews).copied().collect();
        let outputs = stand
            .iter()
            .map(|(name, value)| {
                let volatile = spec.outputs.iter().any(|output| output.name == name && output.volatile);
                let other = step.op == Op::Update && (volatile || renewed.contains(&name.as_str()));
                let value = if other { Value::Unknown } else { value.clone() };
                (name.clone(), value)
            })
            .collect();
        let likely = View::Known { id: id.clone(), outputs: stand.clone() };
        self.see(&step.urn, View::Known { id, outputs }, likely);
        Ok(())
    }

    /// What a step stands on and this plan changes: it may be why the step's resource could not be read whole.
    fn healed_before(&self, step: &Step) -> Option<Urn> {
        let changed =
            |urn: &&Urn| self.steps.iter().any(|other| other.urn == **urn && other.op == Op::Update);
        step.dependencies.iter().map(|(to, _)| to).find(changed).cloned()
    }

    /// Whether options and edges on record are those of the program.
    fn same_record(&self, step: &Step, row: &Row) -> bool {
        let edges: BTreeSet<(Urn, String)> =
            row.edges.iter().map(|edge| (edge.urn.clone(), edge.via.clone())).collect();
        let replaced = row.edges.iter().any(|edge| {
            self.steps.iter().any(|other| other.urn == edge.urn && other.op == Op::Replace)
                || self.state.rows.get(&edge.urn).is_none_or(|other| other.owner != edge.owner)
        });
        row.options == step.options && edges == step.dependencies && !replaced
    }

    pub(super) fn remove_undeclared(&mut self) {
        let rows: Vec<Row> = self
            .state
            .rows
            .values()
            .filter(|row| !self.input.graph.nodes.contains_key(&row.urn) && self.selected.contains(&row.urn))
            .cloned()
            .collect();
        for row in rows {
            let forget = row.options.retain_on_delete;
            let why = match (forget, self.destroying) {
                (true, _) => "retain_on_delete is set",
                (false, true) => "the stack is taken down",
                (false, false) => "the program no longer declares it",
            };
            let op = if forget { Op::Forget } else { Op::Delete };
            self.steps.push(Step {
                old_owner: Some(row.owner.clone()),
                inputs: row.inputs.clone(),
                options: row.options.clone(),
                region: row.region.clone(),
                ..Step::of(&row.urn, op, why, row.owner)
            });
        }
    }

    pub(super) fn left_over(&self) -> Vec<Leftover> {
        // Imports and fixes delete nothing.
        if self.input.purpose != Purpose::Up {
            return Vec::new();
        }
        self.state
            .deposed
            .values()
            .filter(|row| self.selected.contains(&row.urn) && self.unselected_dependent(&row.owner).is_none())
            // What was locked while its replacement was under way stays until it is unlocked.
            .filter(|row| !row.locked)
            .map(|row| Leftover {
                urn: row.urn.clone(),
                owner: row.owner.clone(),
                id: row.id.clone(),
                forget: row.options.retain_on_delete,
            })
            .collect()
    }
}

/// All that a new one gets.
fn created_diff(step: &Step, spec: &TypeSpec) -> Vec<Change> {
    step.known
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| Change {
            path: name.clone(),
            before: Value::Null,
            after: secret_by_spec(spec, name, value),
            effect: Effect::Update,
        })
        .collect()
}

/// What stands at the path of a change, as far as the program says it.
fn value_at<'v>(inputs: &'v Map, path: &str) -> Option<&'v Value> {
    match path.split_once('.') {
        Some((name, key)) => inputs.get(name)?.as_map()?.get(key),
        None => inputs.get(path),
    }
}

/// A value, hidden where the type says that it is secret.
pub(super) fn secret_by_spec(spec: &TypeSpec, name: &str, value: &Value) -> Value {
    let secret = spec.property(name).is_some_and(|property| property.secret);
    if secret && !value.has_unknown() { crate::diff::tainted(value) } else { value.clone() }
}

/// What is told of a resource, and left as it is.
fn told_note(urn: &Urn, change: &Change) -> String {
    let stands = match &change.before {
        Value::Text(text) => text.clone(),
        Value::List(items) => items.iter().filter_map(Value::as_text).collect::<Vec<_>>().join(", "),
        _ => "another value".to_owned(),
    };
    format!("{urn}: {} is {stands}; this is left as it is", change.path)
}
