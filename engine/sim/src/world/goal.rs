//! Where everything must end once nothing goes wrong any more.

use finsight_engine::context::Rows;
use finsight_engine::diff::with_ignored;
use finsight_engine::expr::resolve;
use finsight_engine::graph::{Graph, Node};
use finsight_engine::normal::same;
use finsight_engine::plan::{Confirmed, PlanError, with_identity};
use finsight_engine::state::{Row, Status};
use finsight_engine::value::{Map, Value};

use super::{Ask, End, World};
use crate::cloud::in_clear;

impl World {
    /// Says everything in which cloud and record are not what the program wants.
    #[must_use]
    pub fn shortcomings(&self, graph: &Graph) -> Vec<String> {
        let state = self.store.state();
        let mut wrong = Vec::new();
        for node in graph.nodes.values() {
            match state.rows.get(&node.urn) {
                None => wrong.push(format!("{} is not on record", node.urn)),
                Some(row) if row.status != Status::Ready => {
                    wrong.push(format!("{} is {:?}", node.urn, row.status))
                }
                Some(row) => wrong.extend(self.unlike(graph, node, row)),
            }
        }
        let undeclared = state.rows.keys().filter(|urn| !graph.nodes.contains_key(*urn));
        wrong.extend(undeclared.map(|urn| format!("{urn} is on record and not declared")));
        wrong.extend(state.deposed.values().map(|row| format!("{} still has an old {}", row.urn, row.id)));
        wrong.extend(state.intents.values().map(|intent| format!("{} has an open intent", intent.urn)));
        for object in self.cloud.standing().filter(|object| !object.adopted) {
            let Some(owner) = &object.owner else { continue };
            let held =
                state.rows.values().any(|row| row.id == object.id && row.urn.type_name() == object.type_name);
            if !held && !self.forgotten.contains(owner) {
                wrong.push(format!("{} {} stands and nobody wants it", object.type_name, object.id));
            }
        }
        wrong
    }

    /// In which properties and edges a resource is not as declared.
    fn unlike(&self, graph: &Graph, node: &Node, row: &Row) -> Vec<String> {
        let state = self.store.state();
        let Some(spec) = self.cloud.registry.get(node.urn.type_name()) else { return Vec::new() };
        let region = if spec.global { "us-east-1".to_owned() } else { graph.region_of(node) };
        let Some(object) = self.cloud.object(self.now, spec.name, &region, &row.id).filter(|o| o.stands())
        else {
            return vec![format!("{} does not stand", node.urn)];
        };
        let mut wrong = Vec::new();
        let mut inputs = node.inputs.clone();
        spec.fill_defaults(&mut inputs);
        let name = spec.generated_name.and_then(|property| row.inputs.get(property)).and_then(Value::as_text);
        let inputs = with_identity(spec, &inputs, &node.default_tags, &state.stack, &row.owner, name);
        let lookup = Rows { state, place: &self.place };
        let resolved: Result<Map, String> =
            inputs.iter().map(|(name, value)| Ok((name.clone(), resolve(value, &lookup)?))).collect();
        let resolved = match resolved {
            Ok(resolved) => node
                .options
                .ignore_tags
                .kept(with_ignored(&resolved, object.properties(), &node.options), object.properties()),
            Err(why) => return vec![format!("{}: {why}", node.urn)],
        };
        for (name, value) in &resolved {
            let Some(property) = spec.property(name) else { continue };
            // Of an import, what AWS does not give back is taken as it is.
            if property.write_only && self.imported.contains(&row.id) {
                continue;
            }
            let wanted = in_clear(value).unwrap_or(Value::Unknown);
            let actual = object.properties().get(name).unwrap_or(&Value::Null);
            if !same(property.equality, &wanted, actual) {
                wrong.push(format!("{}.{name} is {actual:?} and not {wanted:?}", node.urn));
            }
        }
        let edges = row.edges.iter().map(|edge| (edge.urn.clone(), edge.via.clone())).collect();
        if node.dependencies() != edges {
            wrong.push(format!("{} has the edges {:?} on record", node.urn, row.edges));
        }
        let stale =
            row.edges.iter().any(|edge| state.rows.get(&edge.urn).is_none_or(|to| to.owner != edge.owner));
        if stale {
            wrong.push(format!("{} has an edge to what is no more", node.urn));
        }
        if row.options != node.options {
            wrong.push(format!("{} has other options on record", node.urn));
        }
        wrong
    }

    /// Runs until the wish is reached: two fault-free runs, and a third that has nothing to do.
    pub fn settle_down(&mut self, graph: &Graph) {
        let mut why = String::new();
        for _ in 0..2 {
            let pause = self.longest_lag();
            self.advance(pause);
            let run = self.up(graph);
            if run.succeeded() {
                self.look_again_at_once(graph);
            }
            why = run.why();
        }
        let pause = self.longest_lag();
        self.advance(pause);
        let shortcomings = self.shortcomings(graph);
        if !shortcomings.is_empty() {
            self.violation(format!("the second fault-free run ended so: {why}"));
        }
        for what in shortcomings {
            self.violation(format!("after two fault-free runs {what}"));
        }
        let before = self.store.bytes();
        let third = self.up(graph);
        if !third.plan.as_ref().is_some_and(finsight_engine::plan::Plan::is_empty) {
            let steps: Vec<String> = third
                .plan
                .iter()
                .flat_map(|plan| &plan.steps)
                .filter(|step| step.op != finsight_engine::plan::Op::Same || step.record_only)
                .map(|step| format!("{} {} ({}) {:?}", step.op.word(), step.urn, step.reason, step.diff))
                .collect();
            let (actions, outputs, read) = third.plan.as_ref().map_or((0, false, 0), |plan| {
                (plan.actions.len(), plan.outputs_change, plan.refreshed.len())
            });
            let rest = format!("{actions} actions, outputs change: {outputs}, {read} read anew");
            self.violation(format!("a third run still plans something: {:?} {steps:?} {rest}", third.end));
        } else if self.store.bytes().0 != before.0 {
            self.violation("a run that changes nothing writes something".to_owned());
        }
    }

    /// Right after a run that did all there is nothing left to do, however reads lag.
    fn look_again_at_once(&mut self, graph: &Graph) {
        let ask = Ask { confirmed: self.confirmed.clone(), ..Ask::up(graph) };
        let Ok(plan) = self.preview(&ask) else { return };
        for step in plan.steps.iter().filter(|step| step.op != finsight_engine::plan::Op::Same) {
            let (word, urn, why) = (step.op.word(), &step.urn, &step.reason);
            self.violation(format!("right after a run {word} {urn} is planned ({why}): {:?}", step.diff));
        }
    }

    /// Takes everything down without faults; nothing of ours may be left.
    pub fn tear_down(&mut self) {
        let (mut why, mut runs) = (String::new(), 0);
        while runs < 2 {
            let pause = self.longest_lag();
            self.advance(pause);
            // Whatever becomes unreadable with it.
            let confirmed = Confirmed::all(self.store.state().all_rows().map(|row| row.urn.to_string()));
            let ask = Ask { confirmed, ..Ask::destroy(&self.stack.clone()) };
            let run = self.run(&ask);
            why = run.why();
            match &run.end {
                // Then it is given again.
                End::Refused(errors) if self.let_go_by_hand(errors) => {}
                _ => runs += 1,
            }
        }
        let graph = Graph::new(&self.stack.clone(), crate::cloud::REGION);
        let shortcomings = self.shortcomings(&graph);
        if !shortcomings.is_empty() {
            self.violation(format!("the second destroy ended so: {why}"));
        }
        for what in shortcomings {
            self.violation(format!("after destroy {what}"));
        }
    }

    /// What was let stand and keeps something from going refers to it no more, by hand, as the refusal says; whether there
    /// was such a thing.
    fn let_go_by_hand(&mut self, errors: &[PlanError]) -> bool {
        let mut done = false;
        for error in errors {
            let PlanError::Held { urn, holder, property, .. } = error else { continue };
            let state = self.store.state();
            let holds = |row: &&Row| {
                row.urn == *holder && row.edges.iter().any(|edge| edge.urn == *urn && edge.via == *property)
            };
            let going: Vec<Row> = state.all_rows().filter(|row| row.urn == *urn).cloned().collect();
            for row in state.let_stand.values().filter(holds).cloned().collect::<Vec<_>>() {
                let object = self.cloud.object(self.now, row.urn.type_name(), &row.region, &row.id);
                let value =
                    object.filter(|object| object.stands()).and_then(|it| it.properties().get(property));
                if !value.is_some_and(|value| going.iter().any(|row| row.may_be_in(value))) {
                    self.violation(format!("{} does not hold what it is said to: {error}", row.id));
                    continue;
                }
                let number = object.map(|object| object.number).unwrap_or_default();
                let let_go = self.cloud.someone_sets(self.now, number, property, Value::Null);
                done |= let_go.is_some();
            }
        }
        done
    }

    /// Panics unless cloud and record are what the program wants.
    ///
    /// # Panics
    /// When something is missing, too much or different.
    pub fn expect_converged(&self, graph: &Graph) {
        let checked = graph.clone().checked(&self.registry);
        let wrong = self.shortcomings(checked.as_deref().unwrap_or(graph));
        assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), self.story.join("\n"));
    }

    /// Panics unless nothing of this stack is left.
    ///
    /// # Panics
    /// When something stands or is on record.
    pub fn expect_nothing_left(&self) {
        self.expect_converged(&Graph::new(&self.stack, crate::cloud::REGION));
    }

    /// Panics where a rule was broken.
    ///
    /// # Panics
    /// When [`World::violations`] is not empty.
    pub fn expect_no_violations(&self) {
        assert!(self.violations.is_empty(), "{}\n{}", self.violations.join("\n"), self.story.join("\n"));
    }
}
