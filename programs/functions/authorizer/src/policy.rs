//! The answer that API Gateway keeps: who the caller is, and what he may call.
//!
//! API Gateway caches the answer by token, for the authorizer's TTL, and takes it for every other method that the same
//! token calls meanwhile. An answer for the single method that was called would therefore refuse the caller's next
//! call; an answer for more than the stage would reach where nobody asked. So it allows the stage: all of it, and
//! nothing else. What a caller may do within the API is for the functions behind it to decide, from the context.

use serde_json::{Map, Value, json};

use crate::verify::Claims;

/// One stage of one API: what an answer allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(String);

impl Scope {
    /// The stage of a method, from an ARN such as `arn:aws:execute-api:region:account:api/stage/GET/path`.
    #[must_use]
    pub fn of(method_arn: &str) -> Option<Self> {
        let parts: Vec<&str> = method_arn.splitn(6, ':').collect();
        let [arn, partition, service, region, account, resource] = parts[..] else { return None };
        let (api, rest) = resource.split_once('/')?;
        let (stage, _) = rest.split_once('/')?;
        let plain = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        let good = arn == "arn"
            && service == "execute-api"
            && [partition, region, account, api, stage].map(plain) == [true; 5];
        good.then(|| Self(format!("arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/*")))
    }

    /// The ARN, which ends with `/*`.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.0
    }
}

/// Lets the caller call the stage.
#[must_use]
pub fn allow(scope: &Scope, claims: &Claims) -> Value {
    json!({
        "principalId": claims.sub,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{ "Action": "execute-api:Invoke", "Effect": "Allow", "Resource": [scope.arn()] }],
        },
        "context": context(claims),
    })
}

/// What the functions learn of the caller, in `requestContext.authorizer`. API Gateway takes no lists there.
fn context(claims: &Claims) -> Map<String, Value> {
    let mut context = Map::new();
    context.insert("sub".to_owned(), Value::from(claims.sub.as_str()));
    context.insert("iss".to_owned(), Value::from(claims.iss.as_str()));
    context.insert("exp".to_owned(), Value::from(claims.exp));
    let texts = [("scope", claims.scope.clone()), ("azp", claims.azp.clone())];
    for (name, text) in texts {
        if let Some(text) = text {
            context.insert(name.to_owned(), Value::from(text));
        }
    }
    if let Some(permissions) = &claims.permissions {
        context.insert("permissions".to_owned(), Value::from(permissions.join(" ")));
    }
    context
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn the_scope_is_the_stage() {
        let arn = |text| Scope::of(text).map(|scope| scope.arn().to_owned());
        assert_eq!(
            arn("arn:aws:execute-api:ap-northeast-1:111122223333:abc123/prod/GET/users/1").as_deref(),
            Some("arn:aws:execute-api:ap-northeast-1:111122223333:abc123/prod/*"),
        );
        assert_eq!(
            arn("arn:aws-cn:execute-api:cn-north-1:111122223333:abc/dev/POST/").as_deref(),
            Some("arn:aws-cn:execute-api:cn-north-1:111122223333:abc/dev/*"),
        );
    }

    #[test]
    fn what_could_widen_the_scope_is_refused() {
        for text in [
            "",
            "*",
            "arn:aws:execute-api:*:111122223333:abc/prod/GET/",
            "arn:aws:execute-api:r:1:*/prod/GET/",
            "arn:aws:execute-api:r:1:abc/*/GET/",
            "arn:aws:execute-api:r:1:abc",
            "arn:aws:execute-api:r:1:abc/prod",
            "arn:aws:lambda:r:1:abc/prod/GET/",
            "arn:aws:execute-api:r:1:/prod/GET/",
        ] {
            assert_eq!(Scope::of(text), None, "{text}");
        }
    }
}
