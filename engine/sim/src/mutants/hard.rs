//! How the engines are broken that only a hardship catches.

use std::collections::BTreeMap;

use finsight_engine::contract::{Call, FailureClass, INSTEAD_OF, Live, Reading, Reply, Request, STACK_TAG};
use finsight_engine::plan::{ActionKind, Op, Plan};
use finsight_engine::state::{Row, State};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use super::{Broken, Mutant};
use crate::cloud::{AUDITED, UNSEEN, in_clear};

/// What lists those that hang on a board.
const PINS: &str = "pins";

/// What a broken engine has seen.
#[derive(Default)]
pub(super) struct Seen {
    /// What is ignored, as it is wanted.
    ignored: BTreeMap<Urn, Map>,
    /// What the last read has listed of what hangs on each.
    pins: BTreeMap<Urn, Value>,
}

impl Broken {
    pub(super) fn bend_request(&mut self, request: &mut Request) {
        if let (Mutant::BeyondThePlan, Call::Converge { desired, differing, .. }) =
            (self.mutant, &mut request.call)
        {
            let more = desired.keys().find(|name| !differing.contains(name)).cloned();
            differing.extend(more);
        }
        if let (Mutant::TakesAllOff, Call::Converge { target, live, differing, .. }) =
            (self.mutant, &mut request.call)
            && differing.iter().any(|name| name == PINS)
        {
            live.properties.extend(self.seen.pins.get(&target.urn).map(|all| (PINS.to_owned(), all.clone())));
        }
        if let (Mutant::TakesTagsOff, Call::Converge { desired, .. }) = (self.mutant, &mut request.call)
            && let Some(Value::Map(tags)) = desired.get_mut("tags")
        {
            tags.remove(AUDITED);
        }
        if let (Mutant::NeverSwaps, Call::Create { inputs, .. }) = (self.mutant, &mut request.call) {
            inputs.remove(INSTEAD_OF);
        }
        if let (Mutant::IgnoredFromTheStart, Call::Converge { target, differing, .. }) =
            (self.mutant, &mut request.call)
        {
            let ignored = self.seen.ignored.get(&target.urn);
            differing.retain(|name| !ignored.is_some_and(|ignored| ignored.contains_key(name)));
        }
    }

    pub(super) fn bend_reply(&mut self, request: &Request, reply: &mut Reply) {
        if let (Reply::Read(readings), Call::Read { targets }) = (&mut *reply, &request.call) {
            for (reading, target) in readings.iter_mut().zip(targets) {
                if let Reading::Found(live) = reading {
                    let pins = live.properties.get(PINS).cloned();
                    self.seen.pins.extend(pins.map(|pins| (target.urn.clone(), pins)));
                }
                self.bend_reading(reading, &target.urn, &target.inputs);
            }
        }
        match (self.mutant, &mut *reply) {
            (Mutant::LooksAway, Reply::Held(holders)) => holders.clear(),
            (Mutant::NeverRestores, Reply::Standing(standing)) => standing.retain(|one| !one.deleting),
            (Mutant::UnseenIsInvalid, Reply::Failed(failure)) if failure.message.contains(UNSEEN) => {
                failure.class = FailureClass::Invalid;
            }
            (Mutant::OutageIsDenied, Reply::Failed(failure)) if passes(failure.class) => {
                failure.class = FailureClass::Denied;
            }
            (Mutant::AmbiguousIsGone, Reply::Failed(failure))
                if failure.class == FailureClass::Ambiguous
                    && matches!(request.call, Call::Delete { .. }) =>
            {
                *reply = Reply::Gone;
            }
            _ => {}
        }
    }

    fn bend_reading(&self, reading: &mut Reading, urn: &Urn, inputs: &Map) {
        match (self.mutant, &mut *reading) {
            (Mutant::CutIsDenied, Reading::Unknown(failure)) if failure.class == FailureClass::Transient => {
                failure.class = FailureClass::Denied;
            }
            (Mutant::OutageIsDenied, Reading::Unknown(failure)) if passes(failure.class) => {
                failure.class = FailureClass::Denied;
            }
            (Mutant::UnreadIsAbsent, Reading::Found(live)) => {
                live.properties.retain(|_, value| *value != Value::Unknown);
                live.outputs.retain(|_, value| *value != Value::Unknown);
            }
            (Mutant::BelievesNames, Reading::Found(live)) => {
                if let Some(tags) = inputs.get("tags") {
                    live.properties.insert("tags".to_owned(), tags.clone());
                }
            }
            (Mutant::BelievesTags, Reading::Found(live)) if !is_tagged(live) => *reading = Reading::Absent,
            (Mutant::IgnoredFromTheStart, Reading::Found(live)) => {
                live.properties.extend(self.seen.ignored.get(urn).cloned().unwrap_or_default());
            }
            _ => {}
        }
    }

    pub(super) fn bend_plan(&mut self, plan: &mut Plan, state: &State) {
        let covers = |step: &finsight_engine::plan::Step, name: &str| {
            step.options.ignore_changes.iter().any(|pattern| pattern.split('.').next() == Some(name))
        };
        self.seen.ignored = plan
            .steps
            .iter()
            .map(|step| {
                let wanted = step.known.iter().filter(|(name, _)| covers(step, name));
                (step.urn.clone(), wanted.filter_map(|(k, v)| Some((k.clone(), in_clear(v)?))).collect())
            })
            .collect();
        match self.mutant {
            Mutant::NeedlessReplace => {
                plan.steps
                    .iter_mut()
                    .filter(|step| step.op == Op::Replace)
                    .for_each(|step| step.forced = true);
            }
            Mutant::DeletesTooEarly => {
                let removes: Vec<bool> = plan
                    .actions
                    .iter()
                    .map(|action| matches!(action.kind, ActionKind::Remove { .. }))
                    .collect();
                for (index, action) in plan.actions.iter_mut().enumerate() {
                    if removes[index] && !action.late {
                        action.after.retain(|before| removes[*before]);
                    }
                }
            }
            Mutant::SilentPolicies => plan
                .steps
                .iter_mut()
                .for_each(|step| step.diff.retain(|change| !change.path.starts_with("policies"))),
            Mutant::ClaimsInAnyOrder => claims_order_nothing(plan),
            Mutant::NeverLetsGo => {
                for letting in &mut plan.lettings {
                    if let Some(row) = state.row(&letting.owner) {
                        letting.inputs = row.inputs.clone();
                    }
                    letting.properties.clear();
                }
            }
            _ => {}
        }
    }

    pub(super) fn bend_state(&mut self, state: &mut State) {
        let retained = |row: &&mut Row| row.options.retain_on_delete;
        match self.mutant {
            Mutant::RetainedHoldNothing => {
                state.rows.values_mut().filter(retained).for_each(|row| row.edges.clear());
            }
            Mutant::RetainedClaimNothing => {
                state.rows.values_mut().filter(retained).for_each(|row| row.inputs.clear());
            }
            Mutant::ImportsAgain => state.spent.clear(),
            _ => {}
        }
    }
}

/// Only dependencies order creates and updates among each other.
fn claims_order_nothing(plan: &mut Plan) {
    let actions: Vec<(ActionKind, Urn)> =
        plan.actions.iter().map(|action| (action.kind.clone(), action.urn.clone())).collect();
    for action in plan.actions.iter_mut().filter(|action| action.kind == ActionKind::Apply) {
        let Some(step) = plan.steps.iter().find(|step| step.urn == action.urn) else { continue };
        action.after.retain(|before| {
            let (kind, urn) = &actions[*before];
            *kind != ActionKind::Apply || step.dependencies.iter().any(|(to, _)| to == urn)
        });
    }
}

fn passes(class: FailureClass) -> bool {
    matches!(class, FailureClass::Unreachable | FailureClass::Expired)
}

fn is_tagged(live: &Live) -> bool {
    let tags = live.properties.get("tags").and_then(Value::as_map);
    tags.is_none_or(|tags| tags.get(STACK_TAG).and_then(Value::as_text) == Some("dev"))
}
