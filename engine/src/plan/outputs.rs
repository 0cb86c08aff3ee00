//! The stack's outputs in a plan.

use super::build::Planner;
use crate::context::Views;
use crate::expr::{references, resolve};
use crate::value::{Map, Value};

impl Planner<'_> {
    /// The outputs that are to be on record. A part writes those that tell of it alone; the others stay as they are.
    pub(super) fn outputs(&self) -> Map {
        let declared = &self.input.graph.outputs;
        if self.input.selection.is_all() {
            return declared.clone();
        }
        let is_of_the_part = |value: &Value| {
            let of = references(value);
            !of.is_empty() && of.is_subset(&self.selected)
        };
        let own = declared.iter().filter(|(_, value)| is_of_the_part(value));
        let mut outputs = self.state.outputs.clone();
        outputs.extend(own.map(|(name, value)| (name.clone(), value.clone())));
        outputs
    }

    /// Whether the outputs on record change.
    pub(super) fn outputs_change(&self, outputs: &Map) -> bool {
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
