//! Web ACLs before resources of the region.

use serde_json::{Value, json};

use super::{EDGE, invalid, nonexistent, required, text};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// The kinds of resource: WAF's word, the service in the ARN, and what the rest of the ARN has.
const KINDS: [(&str, &str, &str); 6] = [
    ("API_GATEWAY", "apigateway", "/stages/"),
    ("APPLICATION_LOAD_BALANCER", "elasticloadbalancing", "loadbalancer/app/"),
    ("APPSYNC", "appsync", "apis/"),
    ("COGNITO_USER_POOL", "cognito-idp", "userpool/"),
    ("APP_RUNNER_SERVICE", "apprunner", "service/"),
    ("AMPLIFY", "amplify", "apps/"),
];

/// WAF's word for the kind of a resource of this region.
fn kind(region: &str, arn: &str) -> Option<&'static str> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, service, place, _, rest] = parts.as_slice() else { return None };
    let found = KINDS.iter().find(|(_, name, mark)| name == service && rest.contains(mark));
    let (kind, ..) = found?;
    (*place == region || *kind == "AMPLIFY").then_some(*kind)
}

/// The resource of a call. Whether it stands is another matter.
fn resource(cx: &Context<'_>, body: &Value) -> Result<(String, &'static str), Refusal> {
    let arn = required(body, "ResourceArn")?;
    let reason = "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.";
    match kind(cx.region(), &arn) {
        Some(kind) => Ok((arn, kind)),
        None => Err(invalid(reason, "RESOURCE_ARN", &arn)),
    }
}

pub(super) fn associate(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (resource, kind) = resource(cx, body)?;
    let acl = required(body, "WebACLArn")?;
    // Of the other kinds there is nothing here that could be asked.
    if kind == "API_GATEWAY" && !crate::apigateway::has_stage(cx.world, cx.region(), &resource) {
        return Err(nonexistent());
    }
    let standing = cx.waf().acls.get(&acl).ok_or_else(nonexistent)?;
    if (standing.entity.scope == EDGE) != (kind == "AMPLIFY") {
        return Err(invalid("The scope of the web ACL does not fit.", "WEB_ACL", &acl));
    }
    cx.waf().associations.insert(resource, acl);
    Ok(answer::json(json!({})))
}

pub(super) fn disassociate(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (resource, _) = resource(cx, body)?;
    cx.waf().associations.remove(&resource);
    Ok(answer::json(json!({})))
}

/// None is no error: the answer is empty.
pub(super) fn get(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (resource, _) = resource(cx, body)?;
    let waf = cx.waf();
    let acl = waf.before(&resource).and_then(|arn| waf.acls.get(arn)).map(|acl| acl.render());
    Ok(answer::json(json!({"WebACL": acl})))
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let acl = required(body, "WebACLArn")?;
    let wanted = text(body, "ResourceType").unwrap_or_else(|| "APPLICATION_LOAD_BALANCER".to_owned());
    let region = cx.region().to_owned();
    let waf = cx.waf();
    if !waf.acls.contains_key(&acl) {
        return Err(nonexistent());
    }
    let fits = |(resource, before): &(&String, &String)| {
        **before == acl && kind(&region, resource) == Some(wanted.as_str())
    };
    let found: Vec<&String> = waf.associations.iter().filter(fits).map(|(resource, _)| resource).collect();
    Ok(answer::json(json!({"ResourceArns": found})))
}
