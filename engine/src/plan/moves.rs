//! Resources that took another name in the program (`moved_from`).

use std::collections::BTreeSet;

use super::build::Planner;
use crate::graph::Graph;
use crate::state::{Entry, State};
use crate::urn::Urn;

/// Renames rows whose resources took another name in the program.
pub(super) fn apply_moves(graph: &Graph, selected: &BTreeSet<Urn>, state: &mut State) -> Vec<(Urn, Urn)> {
    let mut moves = Vec::new();
    // What a selected one stands on is found under its new name.
    let chosen = graph.nodes.values().filter(|node| selected.contains(&node.urn));
    let needed: BTreeSet<Urn> =
        chosen.flat_map(|node| node.dependencies().into_iter().map(|(to, _)| to)).collect();
    for node in graph.nodes.values() {
        for from in &node.options.moved_from {
            if ![from, &node.urn].into_iter().any(|urn| selected.contains(urn) || needed.contains(urn)) {
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

impl Planner<'_> {
    /// Who stands under the new name already is not moved over: that the old one goes is said.
    pub(super) fn say_moves_without_effect(&mut self) {
        for node in self.input.graph.nodes.values().filter(|node| self.selected.contains(&node.urn)) {
            for from in node.options.moved_from.iter().filter(|from| self.state.rows.contains_key(*from)) {
                if !self.input.graph.nodes.contains_key(from) && self.state.rows.contains_key(&node.urn) {
                    self.notes.push(format!(
                        "`moved_from` of {} has no effect: both it and {from} are on record, and the old one goes",
                        node.urn
                    ));
                }
            }
        }
    }
}
