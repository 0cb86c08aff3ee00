//! Saved plans: in what format, and by which version of the tool.

use serde::{Deserialize, Serialize};

use super::Plan;

/// The version of the format of saved plans: raised with every change of its shape.
///
/// 1: as first released. 2: lettings, adoptions, an envelope with the tool's version.
pub const PLAN_VERSION: u32 = 2;

/// Why a saved plan cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SavedPlanError {
    /// Another version of the tool wrote it, in another format.
    #[error(
        "the plan is in format {found}, saved by {}; this finsight-deploy carries out format {PLAN_VERSION} alone",
        tool.as_deref().map_or_else(|| "an earlier finsight-deploy".to_owned(), |tool| format!("finsight-deploy {tool}"))
    )]
    Version {
        /// The file's format.
        found: u32,
        /// The tool that wrote it, where it says.
        tool: Option<String>,
    },
    /// It is no plan.
    #[error("the plan cannot be read: {0}")]
    Form(String),
}

impl SavedPlanError {
    /// The stable code: the name of the error's page in the book.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Version { .. } => "PLAN-VERSION",
            Self::Form(_) => "PLAN-UNREADABLE-FILE",
        }
    }
}

#[derive(Serialize)]
struct Saved<'a> {
    version: u32,
    tool: &'a str,
    plan: &'a Plan,
}

/// What can be read of a plan of any version.
#[derive(Deserialize)]
struct Envelope {
    version: u32,
    #[serde(default)]
    tool: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[allow(dead_code, reason = "the envelope's, which was looked at before")]
    version: u32,
    #[allow(dead_code, reason = "the envelope's, which was looked at before")]
    tool: String,
    plan: Plan,
}

impl Plan {
    /// The text of a plan file; `tool` is the version of the tool that saves it. Secrets must be sealed.
    ///
    /// # Errors
    /// When a secret has no sealed form.
    pub fn to_saved(&self, tool: &str) -> Result<String, SavedPlanError> {
        let saved = Saved { version: PLAN_VERSION, tool, plan: self };
        serde_json::to_string_pretty(&saved).map_err(|error| SavedPlanError::Form(error.to_string()))
    }

    /// Reads a plan file. Its version is looked at before anything else.
    ///
    /// # Errors
    /// Any other version, older or newer, and what is no plan.
    pub fn from_saved(text: &str) -> Result<Self, SavedPlanError> {
        let form = |error: serde_json::Error| SavedPlanError::Form(error.to_string());
        let Envelope { version, tool } = serde_json::from_str(text).map_err(form)?;
        if version != PLAN_VERSION {
            return Err(SavedPlanError::Version { found: version, tool });
        }
        let Body { plan, .. } = serde_json::from_str(text).map_err(form)?;
        if plan.version != PLAN_VERSION {
            return Err(SavedPlanError::Version { found: plan.version, tool });
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;

    use super::*;
    use crate::contract::OwnerId;
    use crate::diff::{Change, Effect};
    use crate::plan::{Action, ActionKind, Leftover, Letting, Op, Refreshed, Step};
    use crate::shapes::{all, held, map, options, urn};
    use crate::value::Value;

    /// The digest of the shape of each version. A line is never changed once its version was released.
    const SHAPES: &[(u32, &str)] = &[(2, "dfc34b71972c94fd")];

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

    /// V19: a plan of version 99 with later fields was carried out.
    #[test]
    fn a_plan_of_another_version_is_refused_and_says_who_wrote_it() {
        let text = plan().to_saved("1.2.3").unwrap();
        assert_eq!(Plan::from_saved(&text).unwrap(), plan());
        for version in [1, PLAN_VERSION - 1, PLAN_VERSION + 1, 99] {
            let other =
                text.replacen(&format!("\"version\": {PLAN_VERSION}"), &format!("\"version\": {version}"), 1);
            let error = Plan::from_saved(&other).unwrap_err();
            assert_eq!(error, SavedPlanError::Version { found: version, tool: Some("1.2.3".to_owned()) });
            assert_eq!(error.code(), "PLAN-VERSION");
            assert!(error.to_string().contains("saved by finsight-deploy 1.2.3"), "{error}");
        }
        // As version 1 was saved: without an envelope.
        let mut bare = plan();
        bare.version = 1;
        let error = Plan::from_saved(&serde_json::to_string(&bare).unwrap()).unwrap_err();
        assert_eq!(error, SavedPlanError::Version { found: 1, tool: None });
        let mut inner = plan();
        inner.version = 99;
        assert!(Plan::from_saved(&inner.to_saved("1.2.3").unwrap()).is_err());
        let more = text.replacen("\"tool\"", "\"from_the_future\": 1, \"tool\"", 1);
        assert!(matches!(Plan::from_saved(&more), Err(SavedPlanError::Form(_))));
        assert!(matches!(Plan::from_saved("{"), Err(SavedPlanError::Form(_))));
    }
}
