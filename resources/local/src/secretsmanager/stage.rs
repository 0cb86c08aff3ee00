//! Moving and removing the labels of versions.

use serde_json::{Value, json};

use super::version::known;
use super::{changed, invalid, required};
use crate::answer::{self, Answered};
use crate::world::Context;

pub(crate) fn update(cx: &mut Context<'_>, body: &Value) -> Answered {
    let stage = required(body, "VersionStage")?;
    let secret = changed(cx, body)?;
    let to = known(secret, body, "MoveToVersionId")?;
    let from = known(secret, body, "RemoveFromVersionId")?;
    let holder = secret.holder(&stage).cloned();
    match (&to, &from) {
        (None, None) => return Err(invalid("MoveToVersionId or RemoveFromVersionId is needed")),
        // It is there already.
        (Some(to), _) if holder.as_ref() == Some(to) => {}
        (Some(to), _) => {
            if let Some(holder) = holder.filter(|holder| from.as_ref() != Some(holder)) {
                return Err(invalid(format!(
                    "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to version {holder}, so you must explicitly reference that version in RemoveFromVersionId."
                )));
            }
            secret.label(to, &stage);
        }
        (None, Some(_)) if stage == "AWSCURRENT" => {
            return Err(invalid(
                "You can't remove the staging label AWSCURRENT from a version: move it to another one.",
            ));
        }
        (None, Some(from)) if holder.as_ref() == Some(from) => {
            if let Some(version) = secret.versions.get_mut(from) {
                version.stages.retain(|s| *s != stage);
            }
        }
        (None, Some(from)) => {
            return Err(invalid(format!("Staging label {stage} is not attached to version {from}.")));
        }
    }
    Ok(answer::json(json!({"ARN": secret.arn, "Name": secret.name})))
}
