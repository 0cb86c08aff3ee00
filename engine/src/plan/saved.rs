//! The format of saved plans.

/// The version of the format of saved plans: raised with every change of its shape.
///
/// 1: as first released. 2: lettings and adoptions. 3: losses, `Options.ignore_tags`.
pub const PLAN_VERSION: u32 = 3;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;

    use super::*;
    use crate::contract::OwnerId;
    use crate::diff::{Change, Effect};
    use crate::plan::{Action, ActionKind, Leftover, Letting, Loss, Op, Plan, Refreshed, Step};
    use crate::shapes::{all, held, map, options, urn};
    use crate::value::Value;

    /// The digest of the shape of each version. A line is never changed once its version was released.
    const SHAPES: &[(u32, &str)] = &[(2, "d914f1d9541a0657"), (3, "d2a923753a2aa7a1")];

    fn owner() -> OwnerId {
        OwnerId("owner1".to_owned())
    }

    fn step() -> Step {
        let change =
            Change { path: "a".to_owned(), before: Value::Null, after: Value::Int(1), effect: Effect::None };
        Step {
            urn: urn(),
            op: Op::Create,
            reason: "why".to_owned(),
            diff: vec![change],
            depends_on: vec![urn()],
            owner: owner(),
            old_owner: Some(owner()),
            delete_first: Some("why".to_owned()),
            inputs: map(),
            known: map(),
            new_name: Some("name".to_owned()),
            adopts: Some("id".to_owned()),
            default_tags: BTreeMap::from([("tag".to_owned(), "value".to_owned())]),
            options: options(),
            dependencies: BTreeSet::from([(urn(), "via".to_owned())]),
            region: "r".to_owned(),
            along: BTreeSet::from([urn()]),
            forced: true,
            touch: true,
            record_only: true,
            unselected: true,
        }
    }

    fn action(kind: ActionKind) -> Action {
        Action { kind, urn: urn(), after: BTreeSet::from([0]), late: true, path_millis: 1 }
    }

    fn plan() -> Plan {
        let kinds = all(ActionKind::Apply, |kind| match kind {
            ActionKind::Apply => Some(ActionKind::LetGo { letting: 0 }),
            ActionKind::LetGo { .. } => Some(ActionKind::Remove { owner: owner() }),
            ActionKind::Remove { .. } => None,
        });
        let letting = Letting {
            urn: urn(),
            owner: owner(),
            properties: vec!["a".to_owned()],
            of: BTreeSet::from([urn()]),
            inputs: map(),
            effect: Effect::Update,
        };
        Plan {
            version: PLAN_VERSION,
            stack: "dev".to_owned(),
            serial: 1,
            account: Some("1".to_owned()),
            region: "r".to_owned(),
            destroy: true,
            steps: vec![step()],
            leftovers: vec![Leftover { urn: urn(), owner: owner(), id: "id".to_owned(), forget: true }],
            lettings: vec![letting],
            actions: kinds.into_iter().map(action).collect(),
            moves: vec![(urn(), urn())],
            gone: vec![owner()],
            refreshed: vec![Refreshed { owner: owner(), id: "id".to_owned(), outputs: map() }],
            outputs: map(),
            outputs_change: true,
            losses: vec![Loss {
                urn: urn(),
                id: "id".to_owned(),
                what: "what".to_owned(),
                leaves: vec!["left".to_owned()],
                days: Some(1),
                unreadable: vec!["one".to_owned()],
            }],
            notes: vec!["note".to_owned()],
        }
    }

    fn ops() -> Vec<Op> {
        all(Op::Create, |op| match op {
            Op::Create => Some(Op::Update),
            Op::Update => Some(Op::Replace),
            Op::Replace => Some(Op::Delete),
            Op::Delete => Some(Op::Same),
            Op::Same => Some(Op::Import),
            Op::Import => Some(Op::Forget),
            Op::Forget => None,
        })
    }

    fn effects() -> Vec<Effect> {
        all(Effect::None, |effect| match effect {
            Effect::None => Some(Effect::Update),
            Effect::Update => Some(Effect::Interrupt),
            Effect::Interrupt => Some(Effect::Replace),
            Effect::Replace => None,
        })
    }

    /// V30, of plans.
    #[test]
    fn who_changes_the_shape_of_a_plan_raises_the_version() {
        let shape = json!({"plan": plan(), "ops": ops(), "effects": effects()});
        held("PLAN_VERSION", PLAN_VERSION, SHAPES, &shape);
    }
}
