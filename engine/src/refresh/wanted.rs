//! What the program says of what is read: how it is read, and what is to be imported.

use std::collections::BTreeSet;

use super::Refresh;
use super::batch::{batches_of, unrecorded};
use crate::context::{Place, Rows};
use crate::expr::resolve;
use crate::graph::{Graph, Node};
use crate::schema::Identity;
use crate::state::{Row, State};
use crate::urn::Urn;
use crate::value::{Map, Value};

impl Refresh {
    /// Reads by what the program wants, where what a read shows depends on that: what is to be sent at once from now on
    /// is a difference of the plan.
    #[must_use]
    pub fn toward(mut self, graph: &Graph) -> Self {
        for row in self.batches.iter_mut().flat_map(|batch| &mut batch.rows) {
            let moved = |node: &&Node| node.options.moved_from.contains(&row.urn);
            let node = graph.nodes.get(&row.urn).or_else(|| graph.nodes.values().find(moved));
            let Some((node, spec)) = node.zip(self.registry.get(row.urn.type_name())) else { continue };
            for property in spec.properties.iter().filter(|property| property.steers) {
                let wanted = node.inputs.get(property.name).or(property.default.as_ref());
                if let Some(wanted) = wanted.filter(|wanted| !wanted.has_unknown()) {
                    row.inputs.insert(property.name.to_owned(), wanted.clone());
                }
            }
        }
        self
    }

    /// Also reads what the ids stand for that the program takes under management, for what of these URNs
    /// is not on record. With `again` also those that are spent: somebody names them now.
    #[must_use]
    pub fn importing(
        mut self,
        graph: &Graph,
        state: &State,
        selected: &BTreeSet<Urn>,
        place: &Place,
        again: bool,
    ) -> Self {
        let nodes = graph.nodes.values().filter(|node| {
            selected.contains(&node.urn)
                && !state.rows.contains_key(&node.urn)
                && !node.options.moved_from.iter().any(|from| state.rows.contains_key(from))
        });
        let targets: Vec<Row> = nodes
            .filter_map(|node| {
                let target = self.import_target(graph, state, node, place)?;
                let spent = state.spent.contains(&State::import_key(&target.urn, &target.region, &target.id));
                (again || !spent).then_some(target)
            })
            .collect();
        for target in &targets {
            self.own.add(target);
        }
        self.batches.extend(batches_of(targets));
        self
    }

    /// What is to be imported as a row without an incarnation; `None` where it cannot be read yet.
    fn import_target(&self, graph: &Graph, state: &State, node: &Node, place: &Place) -> Option<Row> {
        let id = node.options.import_id.clone()?;
        let spec = self.registry.get(node.urn.type_name())?;
        let lookup = Rows { state, place };
        let known = |(name, value): (&String, &Value)| {
            let value = resolve(value, &lookup).ok().filter(|value| !value.has_unknown())?;
            Some((name.clone(), value))
        };
        let mut inputs: Map = node.inputs.iter().filter_map(known).collect();
        let missing = node.inputs.keys().filter(|name| !inputs.contains_key(*name));
        // A child is read by its key: that of a parent which is not there yet cannot be known.
        if let Identity::Child { key } | Identity::Adopted { key } = spec.identity
            && missing.into_iter().any(|name| key.contains(&name.as_str()))
        {
            return None;
        }
        spec.fill_defaults(&mut inputs);
        let region = if spec.global { "us-east-1".to_owned() } else { graph.region_of(node) };
        Some(Row {
            account: place.account.clone().unwrap_or_default(),
            options: node.options.clone(),
            ..unrecorded(node.urn.clone(), id, region, inputs)
        })
    }
}
