//! `Purpose::Fix`: the record is the wish, whatever the program says.

use std::collections::BTreeMap;

use super::build::{PlanInput, Planner, Purpose, drafted};
use super::ours::{Whose, whose};
use super::{Op, Plan, PlanError};
use crate::contract::Reading;
use crate::expr::Expr;
use crate::graph::{CheckedGraph, Graph, Node};
use crate::schema::{Identity, TypeSpec};
use crate::state::{Edge, Row, Status};
use crate::urn::Urn;
use crate::value::Value;

/// The plan that brings what stands back to what is on record, as far as that can be.
pub(super) fn draft(input: &PlanInput<'_>) -> Result<(Plan, Vec<PlanError>), Vec<PlanError>> {
    let (graph, lost) = recorded(input);
    let wish = PlanInput { graph: &graph, replace: &[], ..*input };
    drafted(|| {
        let mut planner = Planner { refusals: lost.clone(), ..Planner::new(&wish)? };
        planner.take_followers_along();
        Ok(planner)
    })
}

/// The record as a program: inputs as last applied, options and dependencies as decided. What stands on
/// what is gone refers to it again, so that it follows what is made anew.
fn recorded(input: &PlanInput<'_>) -> (CheckedGraph, Vec<PlanError>) {
    let mut graph = Graph::new(&input.graph.stack, &input.graph.region);
    graph.outputs.clone_from(&input.state.outputs);
    let mut lost = Vec::new();
    let gone: BTreeMap<&Urn, &Row> = input.state.rows.iter().filter(|(_, row)| is_gone(input, row)).collect();
    for row in input.state.rows.values() {
        let mut node = Node {
            urn: row.urn.clone(),
            inputs: row.inputs.clone(),
            default_tags: BTreeMap::new(),
            options: input.observed.map_or_else(|| row.options.clone(), |observed| observed.options_of(row)),
            declared_at: "on record".to_owned(),
        };
        node.inputs.extend(
            input.sets.get(&row.urn).into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())),
        );
        for edge in row.edges.iter().filter(|edge| edge.via != "depends_on") {
            let Some(target) = gone.get(&edge.urn).filter(|target| target.owner == edge.owner) else {
                continue;
            };
            let named = input
                .registry
                .get(target.urn.type_name())
                .is_some_and(|spec| matches!(spec.identity, Identity::Named { .. }));
            // What an update was to bring that was begun is not on record, and not what is wanted here.
            let begun = row.status == Status::Unfinished
                && !row.inputs.get(&edge.via).is_some_and(|value| target.may_be_in(value));
            let linked = node.inputs.get_mut(&edge.via).is_some_and(|value| relink(value, target, named));
            if !linked && !begun {
                lost.push(PlanError::NotByFix {
                    urn: target.urn.clone(),
                    why: format!("it is gone, and `{}` of {} has what it was", edge.via, row.urn),
                });
            }
        }
        graph.nodes.insert(row.urn.clone(), node);
    }
    (CheckedGraph::of_record(graph), lost)
}

fn is_gone(input: &PlanInput<'_>, row: &Row) -> bool {
    match input.observed.and_then(|observed| observed.readings.get(&row.owner)) {
        Some(Reading::Absent) => true,
        Some(Reading::Found(live)) => input
            .registry
            .get(row.urn.type_name())
            .is_some_and(|spec| matches!(whose(spec, row, live), Whose::AnotherStack(_))),
        _ => false,
    }
}

/// Puts references where the id or an output of a resource stands; says whether it found any. A name that
/// we give stays what it is.
fn relink(value: &mut Value, target: &Row, named: bool) -> bool {
    match value {
        Value::Text(text) if named && *text == target.id => true,
        Value::Text(text) => {
            let output = target.outputs.iter().find(|(_, output)| output.as_text() == Some(text));
            let name =
                if *text == target.id { Some("id".to_owned()) } else { output.map(|(name, _)| name.clone()) };
            let Some(name) = name else { return false };
            *value = Value::Expr(Box::new(Expr::Output { urn: target.urn.clone(), name }));
            true
        }
        Value::List(items) => relink_all(items.iter_mut(), target, named),
        Value::Map(map) => relink_all(map.values_mut(), target, named),
        _ => false,
    }
}

fn relink_all<'v>(values: impl Iterator<Item = &'v mut Value>, target: &Row, named: bool) -> bool {
    let found: Vec<bool> = values.map(|value| relink(value, target, named)).collect();
    found.contains(&true)
}

impl Planner<'_> {
    /// What a node depends on: of a fix what is on record, where values have taken the place of references.
    pub(super) fn dependencies_of(&self, node: &Node) -> std::collections::BTreeSet<(Urn, String)> {
        let rows = &self.input.state.rows;
        match rows.get(&node.urn).filter(|_| self.input.purpose == Purpose::Fix) {
            // What it does without for a while it stands on again.
            Some(row) => row
                .edges
                .iter()
                .chain(row.interim.iter().flat_map(|interim| &interim.edges))
                .filter(|edge| rows.contains_key(&edge.urn))
                .map(|edge| (edge.urn.clone(), edge.via.clone()))
                .collect(),
            None => node.dependencies(),
        }
    }

    /// Who stands on what is gone and made anew follows it, selected or not.
    fn take_followers_along(&mut self) {
        let rows = || self.input.state.rows.values();
        let gone: Vec<&Row> =
            rows().filter(|row| self.selected.contains(&row.urn) && is_gone(self.input, row)).collect();
        let stands_on =
            |row: &&Row| row.edges.iter().any(|edge| gone.iter().any(|one| one.owner == edge.owner));
        let followers: Vec<Urn> = rows().filter(stands_on).map(|row| row.urn.clone()).collect();
        self.selected.extend(followers);
    }

    /// What a resource has let go of and cannot stand on again.
    fn let_go_of_and_gone(&self, urn: &Urn) -> Option<&Edge> {
        let interim = self.input.state.rows.get(urn)?.interim.as_ref()?;
        let stands = |edge: &&Edge| {
            let row = self.state.rows.get(&edge.urn).filter(|row| row.owner == edge.owner);
            row.is_some_and(|row| matches!(row.status, Status::Ready | Status::Unfinished))
        };
        interim.edges.iter().find(|edge| !stands(edge))
    }

    /// Whether what is not there is on record as being deleted.
    fn is_deleted_by_us(&self, urn: &Urn) -> bool {
        self.input.state.rows.get(urn).is_some_and(|row| row.status == Status::Deleting)
    }

    /// Nothing is deleted or replaced by a fix, and what held data is not made anew.
    pub(super) fn check_fix(&mut self) {
        for step in self.steps.iter().filter(|step| !step.unselected) {
            let holds = self.input.registry.get(step.urn.type_name()).is_some_and(TypeSpec::is_backed_up);
            let why = match step.op {
                Op::Replace => format!("it would be replaced ({})", step.reason),
                Op::Delete | Op::Forget => "it would be deleted".to_owned(),
                Op::Create if self.is_deleted_by_us(&step.urn) => {
                    "an earlier run was to delete it, and has; run what was cut off again".to_owned()
                }
                Op::Create if holds => "it held data and is gone; a new one would be empty".to_owned(),
                _ => match self.let_go_of_and_gone(&step.urn) {
                    Some(edge) => format!(
                        "it does without {} for a while (`{}`), which is not there any more",
                        edge.urn, edge.via
                    ),
                    None => continue,
                },
            };
            self.refusals.push(PlanError::NotByFix { urn: step.urn.clone(), why });
        }
    }
}
