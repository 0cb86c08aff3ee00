//! The settings of an account in a region.

use serde_json::{Value, json};

use super::bad;
use super::patch::Patch;
use crate::answer::{self, Answered};
use crate::world::Context;

fn shown(role: Option<&String>) -> Value {
    json!({
        "cloudwatchRoleArn": role,
        "throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0},
        "features": ["UsagePlans"],
        "apiKeyVersion": "4",
    })
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    Ok(answer::rest(200, shown(cx.apis().role.as_ref())))
}

/// The role must exist and trust API Gateway; an empty one is none.
pub(crate) fn update(cx: &mut Context<'_>) -> Answered {
    for patch in &Patch::all(cx)? {
        match patch.parts().as_slice() {
            ["cloudwatchRoleArn"] => {
                let role = patch.filled().filter(|_| patch.op != "remove");
                if role.as_ref().is_some_and(|arn| !cx.world.iam.trusts(arn, "apigateway.amazonaws.com")) {
                    return Err(bad(
                        "The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.",
                    ));
                }
                cx.apis().role = role;
            }
            ["features"] => {}
            _ => return Err(patch.invalid()),
        }
    }
    get(cx)
}
