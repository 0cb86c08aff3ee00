//! Making a plan: graph, state and what was read, to steps.

use std::collections::{BTreeMap, BTreeSet};

use super::actions::actions;
use super::identity::{name_of, new_name, new_owner, with_identity};
use super::order::{Order, must_delete_first, shared_claim};
use super::{Leftover, Observed, Op, Plan, PlanError, Refreshed, Selection, Step, fits_any};
use crate::context::{Place, View, Views};
use crate::contract::{Health, Live, OWNER_TAG, OwnerId, Reading, STACK_TAG};
use crate::diff::{Change, Effect, diff_inputs, diff_live, with_ignored};
use crate::expr::resolve;
use crate::graph::{Graph, Node};
use crate::program::Options;
use crate::schema::{Registry, TypeSpec};
use crate::state::{Entry, Row, State, Status};
use crate::urn::{Urn, UrnPattern};
use crate::value::{Map, Value};

/// What a plan is made from.
pub struct PlanInput<'a> {
    /// The wanted resources.
    pub graph: &'a Graph,
    /// What is on record; open intents must have been settled.
    pub state: &'a State,
    /// The resource types.
    pub registry: &'a Registry,
    /// What was read; `None` without a refresh.
    pub observed: Option<&'a Observed>,
    /// Which resources are touched.
    pub selection: &'a Selection,
    /// Which are replaced in any case.
    pub replace: &'a [UrnPattern],
    /// Resources whose data may be lost with their replacement, each by its physical name or its URN.
    pub confirmed: &'a [String],
    /// Where the run happens.
    pub place: &'a Place,
    /// Text that no other run has: what new names and tokens are made from.
    pub entropy: &'a str,
}

/// Makes the plan of an `up`.
///
/// # Errors
/// All that forbids it; nothing was changed.
pub fn plan(input: &PlanInput<'_>) -> Result<Plan, Vec<PlanError>> {
    whole(draft(input)?)
}

/// Makes the plan of an `up` as far as it can be made: beside it stand its refusals, with which it
/// must not be carried out.
///
/// # Errors
/// What forbids even to think it; nothing was changed.
pub fn draft(input: &PlanInput<'_>) -> Result<(Plan, Vec<PlanError>), Vec<PlanError>> {
    Planner::new(input)?.run()
}

fn whole((plan, refusals): (Plan, Vec<PlanError>)) -> Result<Plan, Vec<PlanError>> {
    if refusals.is_empty() { Ok(plan) } else { Err(refusals) }
}

/// Makes the plan of a `destroy`.
///
/// # Errors
/// All that forbids it; nothing was changed.
pub fn plan_destroy(input: &PlanInput<'_>) -> Result<Plan, Vec<PlanError>> {
    let empty = Graph::new(&input.graph.stack, &input.graph.region);
    let wish = PlanInput { graph: &empty, ..*input };
    let mut planner = Planner::new(&wish)?;
    planner.destroying = true;
    let mut plan = whole(planner.run()?)?;
    plan.destroy = true;
    // The stack's outputs stay on record while any of its resources is left.
    plan.outputs_change = input.selection.is_all() && !input.state.outputs.is_empty();
    Ok(plan)
}

pub(super) struct Planner<'a> {
    pub(super) input: &'a PlanInput<'a>,
    pub(super) destroying: bool,
    pub(super) state: State,
    pub(super) selected: BTreeSet<Urn>,
    pub(super) views: BTreeMap<Urn, View>,
    pub(super) steps: Vec<Step>,
    pub(super) errors: Vec<PlanError>,
    /// Errors of plans that are sound and still must not be carried out.
    pub(super) refusals: Vec<PlanError>,
    pub(super) moves: Vec<(Urn, Urn)>,
    pub(super) gone: Vec<OwnerId>,
    pub(super) refreshed: Vec<Refreshed>,
    pub(super) order: Order,
}

impl<'a> Planner<'a> {
    fn new(input: &'a PlanInput<'a>) -> Result<Self, Vec<PlanError>> {
        let mut state = input.state.clone();
        let declared = (!input.graph.nodes.is_empty()).then_some(input.graph);
        let before = input.selection.select(declared, &state).map_err(|error| vec![error])?;
        let moves = apply_moves(input.graph, &before, &mut state);
        let selected = input.selection.select(declared, &state).map_err(|error| vec![error])?;
        if let Some(actual) = &input.place.account
            && let Some(row) =
                state.all_rows().find(|row| selected.contains(&row.urn) && row.account != *actual)
        {
            return Err(vec![PlanError::OtherAccount {
                urn: row.urn.clone(),
                recorded: row.account.clone(),
                actual: actual.clone(),
            }]);
        }
        Ok(Self {
            input,
            destroying: false,
            state,
            selected,
            views: BTreeMap::new(),
            steps: Vec::new(),
            errors: Vec::new(),
            refusals: Vec::new(),
            moves,
            gone: Vec::new(),
            refreshed: Vec::new(),
            order: Order::default(),
        })
    }

    fn run(mut self) -> Result<(Plan, Vec<PlanError>), Vec<PlanError>> {
        self.take_in_readings();
        let order = self.input.graph.order().unwrap_or_default();
        for urn in &order {
            if let Some(node) = self.input.graph.nodes.get(urn) {
                match self.step_of(node) {
                    Ok(step) => self.steps.push(step),
                    Err(error) => {
                        // What refers to it is judged as if it were unknown.
                        self.views.insert(urn.clone(), View::Unknown);
                        self.errors.push(error);
                    }
                }
            }
        }
        self.remove_undeclared();
        let leftovers = self.leftovers();
        self.yield_claims(&leftovers);
        self.spread_delete_first();
        self.keep_what_others_stand_on();
        self.check_protected();
        self.check_data();
        self.check_retained();
        self.check_still_needed();
        if !self.errors.is_empty() {
            self.errors.append(&mut self.refusals);
            return Err(self.errors);
        }
        let actions = actions(&self.steps, &leftovers, &self.order, &self.state, self.input.registry)
            .map_err(|error| vec![error])?;
        let outputs = self.input.graph.outputs.clone();
        let outputs_change = self.input.selection.is_all() && self.outputs_change(&outputs);
        let plan = Plan {
            version: 1,
            stack: self.state.stack.clone(),
            serial: self.input.state.serial,
            account: self.input.place.account.clone(),
            region: self.input.place.region.clone(),
            destroy: false,
            steps: self.steps,
            leftovers,
            actions,
            moves: self.moves,
            gone: self.gone,
            refreshed: self.refreshed,
            outputs,
            outputs_change,
            notes: Vec::new(),
        };
        Ok((plan, self.refusals))
    }

    /// Rows found gone leave the working copy; outputs read anew replace those on record.
    fn take_in_readings(&mut self) {
        let Some(observed) = self.input.observed else { return };
        let selected = |row: &&Row| self.selected.contains(&row.urn);
        let rows: Vec<Row> = self.state.all_rows().filter(selected).cloned().collect();
        for row in &rows {
            match observed.readings.get(&row.owner) {
                Some(Reading::Found(live)) if is_another_stack_s(row, live) => self.drop_row(row),
                Some(Reading::Absent) => self.drop_row(row),
                Some(Reading::Found(live))
                    if row.status == Status::Ready && (live.outputs != row.outputs || live.id != row.id) =>
                {
                    self.refreshed.push(Refreshed {
                        owner: row.owner.clone(),
                        id: live.id.clone(),
                        outputs: live.outputs.clone(),
                    });
                }
                Some(Reading::Unknown(failure)) => {
                    self.errors
                        .push(PlanError::Unreadable { urn: row.urn.clone(), why: failure.to_string() });
                }
                _ => {}
            }
        }
    }

    fn drop_row(&mut self, row: &Row) {
        let entry = Entry::RowRemoved { owner: row.owner.clone(), why: crate::state::Removal::Absent };
        if self.state.apply(&[entry]).is_ok() {
            self.gone.push(row.owner.clone());
        }
    }

    fn live(&self, owner: &OwnerId) -> Option<&'a Live> {
        match self.input.observed?.readings.get(owner) {
            Some(Reading::Found(live)) => Some(live),
            _ => None,
        }
    }

    fn resolved(&self, urn: &Urn, inputs: &Map) -> Result<Map, PlanError> {
        let lookup = Views { views: &self.views, place: self.input.place };
        inputs
            .iter()
            .map(|(name, value)| match resolve(value, &lookup) {
                Ok(value) => Ok((name.clone(), value)),
                Err(why) => Err(PlanError::Expression { urn: urn.clone(), property: name.clone(), why }),
            })
            .collect()
    }

    fn step_of(&mut self, node: &Node) -> Result<Step, PlanError> {
        let urn = &node.urn;
        let Some(spec) = self.input.registry.get(urn.type_name()) else {
            return Err(PlanError::UnknownType { urn: urn.clone() });
        };
        let row = self.state.rows.get(urn).cloned();
        if !self.selected.contains(urn) {
            if let Some(row) = &row {
                self.views
                    .insert(urn.clone(), View::Known { id: row.id.clone(), outputs: row.outputs.clone() });
            }
            return Ok(self.unselected(node, row.as_ref()));
        }
        for (to, _) in node.dependencies() {
            if !self.selected.contains(&to) && !self.state.rows.contains_key(&to) {
                return Err(PlanError::Unselected { from: urn.clone(), to });
            }
        }
        let mut inputs = node.inputs.clone();
        spec.fill_defaults(&mut inputs);
        let new = new_owner(self.input.entropy, urn);
        let mut step = Step {
            urn: urn.clone(),
            op: Op::Create,
            reason: "it does not exist yet".to_owned(),
            diff: Vec::new(),
            depends_on: node
                .dependencies()
                .into_iter()
                .map(|(to, _)| to)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            owner: new.clone(),
            old_owner: None,
            delete_first: None,
            inputs,
            known: Map::new(),
            new_name: spec.generated_name.map(|_| new_name(&new, urn)),
            default_tags: node.default_tags.clone(),
            options: node.options.clone(),
            dependencies: node.dependencies(),
            region: self.region_of(node, spec),
            forced: false,
            touch: false,
            record_only: false,
            unselected: false,
        };
        match row {
            Some(row) => self.against_row(&mut step, spec, &row)?,
            None => self.when_new(&mut step, spec)?,
        }
        Ok(step)
    }

    fn region_of(&self, node: &Node, spec: &TypeSpec) -> String {
        // Global services answer in us-east-1.
        if spec.global { "us-east-1".to_owned() } else { self.input.graph.region_of(node) }
    }

    fn unselected(&self, node: &Node, row: Option<&Row>) -> Step {
        Step {
            urn: node.urn.clone(),
            op: Op::Same,
            reason: "it is not selected".to_owned(),
            diff: Vec::new(),
            depends_on: Vec::new(),
            owner: row.map_or_else(|| OwnerId(String::new()), |row| row.owner.clone()),
            old_owner: None,
            delete_first: None,
            inputs: Map::new(),
            known: Map::new(),
            new_name: None,
            default_tags: BTreeMap::new(),
            options: Options::default(),
            dependencies: node.dependencies(),
            region: String::new(),
            forced: false,
            touch: false,
            record_only: false,
            unselected: true,
        }
    }

    fn when_new(&mut self, step: &mut Step, spec: &TypeSpec) -> Result<(), PlanError> {
        if let Some(id) = &step.options.import_id {
            if let Some(holder) = self.state.all_rows().find(|row| {
                row.id == *id && row.urn.type_name() == step.urn.type_name() && row.region == step.region
            }) {
                return Err(PlanError::ImportTaken {
                    urn: step.urn.clone(),
                    id: id.clone(),
                    holder: holder.urn.clone(),
                });
            }
            if let Some(other) = self.steps.iter().find(|other| {
                other.op == Op::Import
                    && other.options.import_id.as_ref() == Some(id)
                    && other.urn.type_name() == step.urn.type_name()
                    && other.region == step.region
            }) {
                return Err(PlanError::ImportTwice {
                    urn: step.urn.clone(),
                    id: id.clone(),
                    other: other.urn.clone(),
                });
            }
            step.op = Op::Import;
            step.reason = format!("{id} is taken under management");
        } else if self
            .gone
            .iter()
            .any(|owner| self.input.state.row(owner).is_some_and(|row| row.urn == step.urn))
        {
            step.reason = "it was deleted outside of finsight-deploy".to_owned();
        }
        let name = step.new_name.as_deref();
        let wanted =
            with_identity(spec, &step.inputs, &step.default_tags, &self.state.stack, &step.owner, name);
        step.known = self.resolved(&step.urn, &wanted)?;
        step.diff = step
            .known
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| Change {
                path: name.clone(),
                before: Value::Null,
                after: secret_by_spec(spec, name, value),
                effect: Effect::Update,
            })
            .collect();
        self.views.insert(step.urn.clone(), View::Unknown);
        Ok(())
    }

    fn against_row(&mut self, step: &mut Step, spec: &TypeSpec, row: &Row) -> Result<(), PlanError> {
        step.old_owner = Some(row.owner.clone());
        let keep_name = name_of(spec, &row.inputs);
        let stack = self.state.stack.clone();
        let wanted =
            with_identity(spec, &step.inputs, &step.default_tags, &stack, &row.owner, keep_name.as_deref());
        step.known = self.resolved(&step.urn, &wanted)?;
        step.diff = diff_inputs(spec, &row.inputs, &step.known, &step.options);
        let live = self.live(&row.owner);
        let mut drifted = false;
        if let Some(live) = live.filter(|live| live.health == Health::Ready) {
            let compared = with_ignored(&step.known, &live.properties, &step.options);
            for change in diff_live(spec, live, &compared, &step.options) {
                drifted |= !step.diff.iter().any(|known| known.path == change.path);
                step.diff.retain(|known| known.path != change.path);
                step.diff.push(change);
            }
        }
        let (failed, deleting) = match live.map(|live| &live.health) {
            Some(Health::Failed(why)) => (Some(why.clone()), false),
            // A protected one is waited for: it is gone, or it is back.
            Some(Health::Deleting(_)) => (None, !step.options.protect),
            _ => (None, false),
        };
        let effect = step.diff.iter().map(|change| change.effect).max().unwrap_or(Effect::None);
        let named = fits_any(self.input.replace, &step.urn);
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
        // Only what is still unknown can turn out to need no replacement.
        let certain = |change: &Change| change.effect == Effect::Replace && !change.after.has_unknown();
        step.forced = replace_reason.is_some() || step.diff.iter().any(certain);
        if step.forced || effect == Effect::Replace {
            step.op = Op::Replace;
            step.reason = replace_reason.unwrap_or_else(|| {
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
                must_delete_first(spec, step, row)
            };
            self.views.insert(step.urn.clone(), View::Unknown);
            return Ok(());
        }
        step.owner = row.owner.clone();
        step.old_owner = None;
        step.new_name = keep_name;
        let unfinished = row.status != Status::Ready || live.is_some_and(|live| live.health != Health::Ready);
        step.touch = drifted || unfinished;
        if !step.diff.is_empty() && effect != Effect::None || unfinished {
            step.op = Op::Update;
            step.reason = if row.status != Status::Ready {
                "an earlier run did not finish it".to_owned()
            } else if drifted {
                "it was changed outside of finsight-deploy".to_owned()
            } else if unfinished {
                "it is not ready yet".to_owned()
            } else {
                "the program changed it".to_owned()
            };
        } else {
            step.op = Op::Same;
            step.reason = "nothing differs".to_owned();
            step.record_only = !step.diff.is_empty() || !self.same_record(step, row);
        }
        let outputs = live.map_or(&row.outputs, |live| &live.outputs);
        let outputs = outputs
            .iter()
            .map(|(name, value)| {
                let volatile = spec.outputs.iter().any(|output| output.name == name && output.volatile);
                let value = if volatile && step.op == Op::Update { Value::Unknown } else { value.clone() };
                (name.clone(), value)
            })
            .collect();
        let id = live.map_or(&row.id, |live| &live.id).clone();
        self.views.insert(step.urn.clone(), View::Known { id, outputs });
        Ok(())
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

    fn remove_undeclared(&mut self) {
        let rows: Vec<Row> = self
            .state
            .rows
            .values()
            .filter(|row| !self.input.graph.nodes.contains_key(&row.urn) && self.selected.contains(&row.urn))
            .cloned()
            .collect();
        for row in rows {
            let forget = row.options.retain_on_delete;
            self.steps.push(Step {
                urn: row.urn.clone(),
                op: if forget { Op::Forget } else { Op::Delete },
                reason: match (forget, self.destroying) {
                    (true, _) => "retain_on_delete is set",
                    (false, true) => "the stack is taken down",
                    (false, false) => "the program no longer declares it",
                }
                .to_owned(),
                diff: Vec::new(),
                depends_on: Vec::new(),
                owner: row.owner.clone(),
                old_owner: Some(row.owner.clone()),
                delete_first: None,
                inputs: row.inputs.clone(),
                known: Map::new(),
                new_name: None,
                default_tags: BTreeMap::new(),
                options: row.options.clone(),
                dependencies: BTreeSet::new(),
                region: row.region.clone(),
                forced: false,
                touch: false,
                record_only: false,
                unselected: false,
            });
        }
    }

    fn leftovers(&self) -> Vec<Leftover> {
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

    fn check_protected(&mut self) {
        if self.input.graph.nodes.is_empty() {
            let locked =
                self.state.deposed.values().filter(|row| row.locked && self.selected.contains(&row.urn));
            let error = |row: &Row| PlanError::Protected { urn: row.urn.clone(), what: "deleted".to_owned() };
            self.refusals.extend(locked.map(error));
        }
        for step in &self.steps {
            let what = match step.op {
                Op::Replace => "replaced",
                Op::Delete | Op::Forget => "deleted",
                _ => continue,
            };
            // The program and the record must both say so; by hand it holds against both.
            let guarded = |row: &Row| row.locked || (row.options.protect && step.options.protect);
            if self.state.rows.get(&step.urn).is_some_and(guarded) {
                self.refusals.push(PlanError::Protected { urn: step.urn.clone(), what: what.to_owned() });
            }
        }
    }

    /// What holds data is replaced only when it is confirmed by name.
    fn check_data(&mut self) {
        for step in self.steps.iter().filter(|step| step.op == Op::Replace) {
            let holds = self.input.registry.get(step.urn.type_name()).is_some_and(TypeSpec::holds_data);
            let Some(row) = self.state.rows.get(&step.urn).filter(|_| holds) else { continue };
            let urn = row.urn.to_string();
            if !self.input.confirmed.iter().any(|name| *name == row.id || *name == urn) {
                self.refusals.push(PlanError::HoldsData {
                    urn: row.urn.clone(),
                    name: row.id.clone(),
                    reason: step.reason.clone(),
                });
            }
        }
    }

    /// What is only forgotten still stands, and holds what its replacement would need.
    fn check_retained(&mut self) {
        for step in self.steps.iter().filter(|step| step.op == Op::Replace && step.options.retain_on_delete) {
            let row = self.state.rows.get(&step.urn).filter(|row| row.region == step.region);
            let (Some(row), Some(spec)) = (row, self.input.registry.get(step.urn.type_name())) else {
                continue;
            };
            if let Some(set) = shared_claim(spec, step, row) {
                self.errors.push(PlanError::Retained { urn: step.urn.clone(), claim: set.join(" and ") });
            }
        }
    }

    /// A delete must not pull the ground from under what is not selected.
    fn check_still_needed(&mut self) {
        if self.input.selection.is_all() {
            return;
        }
        for step in self.steps.iter().filter(|step| step.op == Op::Delete) {
            let dependent = self.state.rows.values().find(|row| {
                !self.selected.contains(&row.urn)
                    && row.edges.iter().any(|edge| Some(&edge.owner) == step.old_owner.as_ref())
            });
            if let Some(row) = dependent {
                self.errors
                    .push(PlanError::StillNeeded { urn: step.urn.clone(), dependent: row.urn.clone() });
            }
        }
    }

    fn outputs_change(&self, outputs: &Map) -> bool {
        let lookup = Views { views: &self.views, place: self.input.place };
        let now: Map = outputs
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), resolve(value, &lookup).ok()?)))
            .collect();
        // What is unknown now changes something anyway.
        now.len() != self.state.outputs.len()
            || now
                .iter()
                .any(|(name, value)| !value.has_unknown() && self.state.outputs.get(name) != Some(value))
    }
}

/// Whether under the row's name stands what another stack has made: ours is gone then.
fn is_another_stack_s(row: &Row, live: &Live) -> bool {
    let tag = |map: &Map, key: &str| {
        map.get("tags").and_then(Value::as_map)?.get(key).and_then(Value::as_text).map(str::to_owned)
    };
    // What was imported and not tagged yet may carry anything.
    let marked = tag(&row.inputs, OWNER_TAG).as_deref() == Some(row.owner.as_str());
    marked && tag(&live.properties, STACK_TAG).is_some_and(|stack| stack != row.urn.stack())
}

/// A value, hidden where the type says that it is secret.
fn secret_by_spec(spec: &TypeSpec, name: &str, value: &Value) -> Value {
    let secret = spec.property(name).is_some_and(|property| property.secret);
    if secret && !value.has_unknown() { crate::diff::tainted(value) } else { value.clone() }
}

/// Renames rows whose resources took another name in the program.
fn apply_moves(graph: &Graph, selected: &BTreeSet<Urn>, state: &mut State) -> Vec<(Urn, Urn)> {
    let mut moves = Vec::new();
    for node in graph.nodes.values() {
        for from in &node.options.moved_from {
            if !selected.contains(from) && !selected.contains(&node.urn) {
                continue;
            }
            // A URN that exists wins over one that claims to have moved from it.
            if graph.nodes.contains_key(from) || from.type_name() != node.urn.type_name() {
                continue;
            }
            let entry = Entry::Moved { from: from.clone(), to: node.urn.clone() };
            if state.rows.contains_key(from) && state.apply(&[entry]).is_ok() {
                moves.push((from.clone(), node.urn.clone()));
                break;
            }
        }
    }
    moves
}
