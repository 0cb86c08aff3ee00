//! Making a plan: graph, state and what was read, to steps.

use std::collections::{BTreeMap, BTreeSet};

use super::actions::{Parts, actions};
use super::moves::apply_moves;
use super::order::Order;
use super::select::named;
use super::{
    Confirmed, Leftover, Letting, Observed, PLAN_VERSION, Plan, PlanError, Refreshed, Selection, Step,
};
use crate::context::{Place, View, Views};
use crate::contract::{Live, OwnerId, Reading};
use crate::expr::resolve;
use crate::graph::{CheckedGraph, GraphError};
use crate::schema::Registry;
use crate::state::{Edge, Entry, Row, State, Status};
use crate::urn::{Urn, UrnPattern};
use crate::value::Map;

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// Towards what the program declares.
    #[default]
    Up,
    /// Of imports alone: a plan that would do anything else is refused.
    Import,
    /// Back to what is on record, whatever the program says: nothing is deleted or replaced, and what held
    /// data is not made anew.
    Fix,
}

/// What a plan is made from.
pub struct PlanInput<'a> {
    /// The wanted resources.
    pub graph: &'a CheckedGraph,
    /// What the plan is for.
    pub purpose: Purpose,
    /// What is on record; open intents must have been settled.
    pub state: &'a State,
    /// The serial of the state as it was loaded, before anything was settled in thought: what the plan is
    /// tied to.
    pub serial: u64,
    /// The resource types.
    pub registry: &'a Registry,
    /// What an operation sets, beside what is on record or declared.
    pub sets: &'a BTreeMap<Urn, Map>,
    /// What was read; `None` without a refresh.
    pub observed: Option<&'a Observed>,
    /// Which resources are touched.
    pub selection: &'a Selection,
    /// Which are replaced in any case.
    pub replace: &'a [UrnPattern],
    /// What was confirmed by name.
    pub confirmed: &'a Confirmed,
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
    match input.purpose {
        Purpose::Fix => super::fix::draft(input),
        Purpose::Up | Purpose::Import => drafted(|| Planner::new(input)),
    }
}

/// Whoever lets go only by being made anew is found while a plan is made: it is made again with that.
pub(super) fn drafted<'a>(
    planner: impl Fn() -> Result<Planner<'a>, Vec<PlanError>>,
) -> Result<(Plan, Vec<PlanError>), Vec<PlanError>> {
    let mut recreate = BTreeSet::new();
    loop {
        let mut planner = planner()?;
        planner.recreate.clone_from(&recreate);
        planner.make_steps();
        if planner.recreate.len() == recreate.len() {
            return planner.finish();
        }
        recreate = planner.recreate;
    }
}

fn whole((plan, refusals): (Plan, Vec<PlanError>)) -> Result<Plan, Vec<PlanError>> {
    if refusals.is_empty() { Ok(plan) } else { Err(refusals) }
}

/// Makes the plan of a `destroy`.
///
/// # Errors
/// All that forbids it; nothing was changed.
pub fn plan_destroy(input: &PlanInput<'_>) -> Result<Plan, Vec<PlanError>> {
    whole(draft_destroy(input)?)
}

/// Makes the plan of a `destroy` as far as it can be made, as [`draft`] does.
///
/// # Errors
/// What forbids even to think it; nothing was changed.
pub fn draft_destroy(input: &PlanInput<'_>) -> Result<(Plan, Vec<PlanError>), Vec<PlanError>> {
    let empty = CheckedGraph::empty(&input.graph.stack, &input.graph.region);
    let wish = PlanInput { graph: &empty, ..*input };
    let program = (!input.graph.nodes.is_empty()).then_some(&**input.graph);
    let selected = input.selection.select_to_destroy(program, input.state).map_err(|error| vec![error])?;
    let planner = || {
        let planner = Planner::with(&wish, input.state.clone(), selected.clone(), Vec::new())?;
        Ok(Planner { destroying: true, ..planner })
    };
    let (mut plan, refusals) = drafted(planner)?;
    plan.destroy = true;
    // The stack's outputs stay on record while any of its resources is left.
    plan.outputs_change = input.selection.is_all() && !input.state.outputs.is_empty();
    Ok((plan, refusals))
}

pub(super) struct Planner<'a> {
    pub(super) input: &'a PlanInput<'a>,
    pub(super) destroying: bool,
    pub(super) state: State,
    pub(super) selected: BTreeSet<Urn>,
    pub(super) views: BTreeMap<Urn, View>,
    /// The same if nothing that is known only later turns out to be another than it was.
    pub(super) likely_views: BTreeMap<Urn, View>,
    /// What steps come to with these, where not all is known.
    pub(super) likely: BTreeMap<Urn, Map>,
    pub(super) steps: Vec<Step>,
    pub(super) errors: Vec<PlanError>,
    /// Errors of plans that are sound and still must not be carried out.
    pub(super) refusals: Vec<PlanError>,
    pub(super) moves: Vec<(Urn, Urn)>,
    pub(super) gone: Vec<OwnerId>,
    pub(super) refreshed: Vec<Refreshed>,
    pub(super) order: Order,
    /// Incarnations whose resource has lost its mark.
    pub(super) unmarked: BTreeSet<OwnerId>,
    pub(super) leftovers: Vec<Leftover>,
    pub(super) lettings: Vec<Letting>,
    /// What `--replace` names.
    pub(super) replaced: BTreeSet<Urn>,
    /// What is made anew because it lets go of something in no other way, and of what.
    pub(super) recreate: BTreeSet<(Urn, Urn)>,
    /// What the reader should know besides the steps.
    pub(super) notes: Vec<String>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(input: &'a PlanInput<'a>) -> Result<Self, Vec<PlanError>> {
        let mut state = input.state.clone();
        let declared = (!input.graph.nodes.is_empty()).then_some(&**input.graph);
        let before = input.selection.select(declared, &state).map_err(|error| vec![error])?;
        let mut replaced = named(input.replace, declared, &state).map_err(|error| vec![error])?;
        let moves = apply_moves(input.graph, &before, &mut state);
        let selected = input.selection.select(declared, &state).map_err(|error| vec![error])?;
        let renamed = moves.iter().filter(|(from, _)| replaced.contains(from)).map(|(_, to)| to.clone());
        replaced.extend(renamed.collect::<Vec<_>>());
        Ok(Self { replaced, ..Self::with(input, state, selected, moves)? })
    }

    fn with(
        input: &'a PlanInput<'a>,
        state: State,
        selected: BTreeSet<Urn>,
        moves: Vec<(Urn, Urn)>,
    ) -> Result<Self, Vec<PlanError>> {
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
            likely_views: BTreeMap::new(),
            likely: BTreeMap::new(),
            steps: Vec::new(),
            errors: Vec::new(),
            refusals: Vec::new(),
            moves,
            gone: Vec::new(),
            refreshed: Vec::new(),
            order: Order::default(),
            unmarked: BTreeSet::new(),
            leftovers: Vec::new(),
            lettings: Vec::new(),
            replaced: BTreeSet::new(),
            recreate: BTreeSet::new(),
            notes: Vec::new(),
        })
    }

    fn make_steps(&mut self) {
        self.take_in_readings();
        self.take_up_what_was_given_back();
        let order = self.input.graph.order().unwrap_or_else(|error| {
            // A record can have one.
            let GraphError::Cycle { way } = error else { return Vec::new() };
            self.errors.push(PlanError::Circle { way });
            Vec::new()
        });
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
        self.say_moves_without_effect();
        self.meet_what_stands();
        self.leftovers = self.left_over();
        self.yield_claims();
        self.spread_delete_first();
        self.keep_what_others_stand_on();
        self.let_go();
    }

    fn finish(mut self) -> Result<(Plan, Vec<PlanError>), Vec<PlanError>> {
        self.check_protected();
        self.check_guarded();
        self.check_no_way_back();
        self.check_data();
        self.check_data_gone();
        self.check_ours();
        self.check_twins();
        self.check_named_literally();
        self.check_strangers();
        self.check_restored();
        self.check_purpose();
        self.check_what_is_kept_stands();
        self.check_retained();
        self.check_still_needed();
        self.check_turned_round();
        self.check_foreign_holders();
        let losses = self.losses();
        self.check_sealed(&losses);
        self.tell_what_was_not_looked_for();
        if !self.errors.is_empty() {
            self.errors.append(&mut self.refusals);
            return Err(self.errors);
        }
        let actions = actions(&self.parts()).map_err(|error| vec![error])?;
        let outputs = self.outputs();
        let outputs_change = self.outputs_change(&outputs);
        let plan = Plan {
            version: PLAN_VERSION,
            stack: self.state.stack.clone(),
            serial: self.input.serial,
            account: self.input.place.account.clone(),
            region: self.input.place.region.clone(),
            destroy: false,
            steps: self.steps,
            leftovers: self.leftovers,
            lettings: self.lettings,
            actions,
            moves: self.moves,
            gone: self.gone,
            refreshed: self.refreshed,
            outputs,
            outputs_change,
            losses,
            notes: self.notes,
        };
        Ok((plan, self.refusals))
    }

    /// What actions are made from, as far as it is known.
    pub(super) fn parts(&self) -> Parts<'_> {
        Parts {
            steps: &self.steps,
            leftovers: &self.leftovers,
            lettings: &self.lettings,
            order: &self.order,
            state: &self.state,
            registry: self.input.registry,
        }
    }

    /// Rows found gone leave the working copy; outputs read anew replace those on record.
    fn take_in_readings(&mut self) {
        let Some(observed) = self.input.observed.filter(|_| self.input.purpose != Purpose::Import) else {
            return;
        };
        let selected = |row: &&Row| self.selected.contains(&row.urn);
        let rows: Vec<Row> = self.state.all_rows().filter(selected).cloned().collect();
        for row in &rows {
            match observed.readings.get(&row.owner) {
                Some(Reading::Found(live)) if !self.keeps_ours(row, live) => {}
                Some(Reading::Absent) => self.drop_row(row),
                Some(Reading::Found(live)) if row.status == Status::Ready => {
                    let Live { id, outputs, .. } = live.over(row);
                    if outputs != row.outputs || id != row.id {
                        self.refreshed.push(Refreshed { owner: row.owner.clone(), id, outputs });
                    }
                }
                Some(Reading::Unknown(failure)) => {
                    self.errors
                        .push(PlanError::Unreadable { urn: row.urn.clone(), why: failure.to_string() });
                }
                _ => {}
            }
        }
    }

    /// What somebody has given back by hand to who let go of it stands on that again.
    fn take_up_what_was_given_back(&mut self) {
        let given_back = |row: &Row| {
            let (live, interim) = (self.live(&row.owner)?, row.interim.as_ref()?);
            let has = |edge: &&Edge| {
                let old = self.state.row(&edge.owner);
                let value = live.properties.get(&edge.via);
                old.zip(value).is_some_and(|(old, value)| self.is_mentioned(old, value))
            };
            let edges: Vec<Edge> = interim.edges.iter().filter(has).cloned().collect();
            (!edges.is_empty()).then(|| Row { edges: [row.edges.clone(), edges].concat(), ..row.clone() })
        };
        let rows = self.state.all_rows().filter(|row| row.interim.is_some()).filter_map(given_back);
        let entries: Vec<Entry> = rows.map(|row| Entry::RowPut { row: Box::new(row) }).collect();
        // The working copy alone: its next step writes the row as it then is.
        if !entries.is_empty() {
            let _ = self.state.apply(&entries);
        }
    }

    pub(super) fn drop_row(&mut self, row: &Row) {
        let entry = Entry::RowRemoved { owner: row.owner.clone(), why: crate::state::Removal::Absent };
        if self.state.apply(&[entry]).is_ok() {
            self.gone.push(row.owner.clone());
        }
    }

    pub(super) fn live(&self, owner: &OwnerId) -> Option<&'a Live> {
        match self.input.observed?.readings.get(owner) {
            Some(Reading::Found(live)) => Some(live),
            _ => None,
        }
    }

    pub(super) fn resolved(&self, urn: &Urn, inputs: &Map) -> Result<Map, PlanError> {
        let lookup = Views { views: &self.views, place: self.input.place };
        inputs
            .iter()
            .map(|(name, value)| match resolve(value, &lookup) {
                Ok(value) => Ok((name.clone(), value)),
                Err(why) => Err(PlanError::Expression { urn: urn.clone(), property: name.clone(), why }),
            })
            .collect()
    }
}
