//! STS. winterbaume's `GetCallerIdentity` is like AWS's, but for the ARN of our user.

use serde_json::json;

use crate::answer::{self, Outcome, Refusal};
use crate::call::ACCOUNT;
use crate::world::Context;

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    match cx.call.operation.as_str() {
        "GetCallerIdentity" => {
            let body = json!({
                "Account": ACCOUNT,
                "Arn": format!("arn:aws:iam::{ACCOUNT}:user/local"),
                "UserId": "AIDALOCALLOCALLOCAL00",
            });
            let namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
            Ok(Outcome::Done(answer::query("GetCallerIdentity", namespace, &body, &|_| "member")))
        }
        _ => Ok(Outcome::Beneath),
    }
}
