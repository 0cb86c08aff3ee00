//! Regional custom domain names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::base_path_mapping::Mapping;
use super::patch::Patch;
use super::rest_api::{check_tags, new_id, tags_in};
use super::{bad, missing, paged};
use crate::acm;
use crate::answer::{self, Answered, Refusal};
use crate::iam::LinkedRole;
use crate::world::{Context, Tags};

/// A custom domain name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Domain {
    name: String,
    pub(super) certificate: String,
    security_policy: String,
    access_mode: Option<String>,
    /// What aliases point at.
    pub(super) target: String,
    /// Whether it was changed since it was made, and when that takes effect.
    changed: bool,
    due: i64,
    /// Why the last change has failed, as a test has ordered it.
    #[serde(default)]
    failed: Option<String>,
    /// By base path; the root is `(none)`.
    pub mappings: BTreeMap<String, Mapping>,
    pub tags: Tags,
}

/// The seconds until a change stands.
const CHANGE: u32 = 20;

/// The hosted zones of regional endpoints.
const ZONES: [(&str, &str); 20] = [
    ("af-south-1", "Z2DHW2332DAMTN"),
    ("ap-east-1", "Z3FD1VL90ND7K5"),
    ("ap-northeast-1", "Z1YSHQZHG15GKL"),
    ("ap-northeast-2", "Z20JF4UZKIW1U8"),
    ("ap-south-1", "Z3VO1THU9YC4UR"),
    ("ap-southeast-1", "ZL327KTPIQFUL"),
    ("ap-southeast-2", "Z2RPCDW04V8134"),
    ("ca-central-1", "Z19DQILCV0OWEC"),
    ("eu-central-1", "Z1U9ULNL0V5AJ3"),
    ("eu-north-1", "Z3UWIKFBOOGXPP"),
    ("eu-south-1", "Z3BT4WSQ9TDYZV"),
    ("eu-west-1", "ZLY8HYME6SFDD"),
    ("eu-west-2", "ZJ5UAJN8Y3Z2Q"),
    ("eu-west-3", "Z3KY65QIEKYHQQ"),
    ("me-south-1", "Z20ZBPC0SS8806"),
    ("sa-east-1", "ZCMLWB8V5SYIT"),
    ("us-east-1", "Z1UJRXOUMOOFQ8"),
    ("us-east-2", "ZOJJZC49E0EPZ"),
    ("us-west-1", "Z2MUQ32089INYE"),
    ("us-west-2", "Z2OJLYMUO9EFXC"),
];

impl Domain {
    fn status(&self, now: i64) -> &'static str {
        match (now < self.due, self.changed) {
            (false, _) if self.failed.is_some() => "FAILED",
            (false, _) => "AVAILABLE",
            (true, true) => "UPDATING",
            (true, false) => "PENDING",
        }
    }

    fn render(&self, region: &str, now: i64) -> Value {
        let zone = ZONES.iter().find(|(name, _)| *name == region).map(|(_, zone)| *zone);
        json!({
            "domainName": self.name,
            "domainNameArn": format!("arn:aws:apigateway:{region}::/domainnames/{}", self.name),
            "regionalDomainName": self.target,
            "regionalHostedZoneId": zone.unwrap_or("Z2FDTNDATAQYW2"),
            "regionalCertificateArn": self.certificate,
            "endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"},
            "domainNameStatus": self.status(now),
            "domainNameStatusMessage": self.failed.as_ref().filter(|_| now >= self.due),
            "securityPolicy": self.security_policy,
            "endpointAccessMode": self.access_mode,
            "routingMode": "BASE_PATH_MAPPING_ONLY",
            "tags": self.tags,
        })
    }
}

/// Refuses a certificate that ACM has not issued in this region, or not for this name.
fn certificate(cx: &Context<'_>, arn: &str, name: &str) -> Result<(), Refusal> {
    match acm::issued(cx.world, cx.region(), arn, cx.now()) {
        None => {
            Err(bad(format!("The provided certificate does not exist in the region {}: {arn}", cx.region())))
        }
        Some(false) => Err(bad(format!("The provided certificate is not issued: {arn}"))),
        Some(true) if !acm::covers(cx.world, cx.region(), arn, name) => {
            Err(bad(format!("The provided certificate does not cover the domain name {name}: {arn}")))
        }
        Some(true) => Ok(()),
    }
}

fn security_policy(text: &str) -> Result<String, Refusal> {
    if matches!(text, "TLS_1_0" | "TLS_1_2") || text.starts_with("SecurityPolicy_") {
        return Ok(text.to_owned());
    }
    Err(bad(format!("Invalid security policy: {text}")))
}

pub(crate) fn create(cx: &mut Context<'_>) -> Answered {
    let wish = cx.call.json()?;
    let text =
        |member: &str| wish.get(member).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    let name = text("domainName").ok_or_else(|| bad("Domain name cannot be empty"))?;
    if !name.contains('.') || name.chars().any(|c| c.is_ascii_uppercase() || c == '/') {
        return Err(bad(format!("Invalid domain name: {name}")));
    }
    let types = wish.pointer("/endpointConfiguration/types/0").and_then(Value::as_str).unwrap_or("EDGE");
    if types != "REGIONAL" {
        return Err(bad("Only regional domain names are known here"));
    }
    let arn = text("regionalCertificateArn");
    let arn = arn.ok_or_else(|| bad("A regional certificate must be provided for a regional domain name"))?;
    certificate(cx, &arn, &name)?;
    if cx.world.apigateway.values().any(|apis| apis.domains.contains_key(&name)) {
        let message = "The domain name you provided already exists.";
        return Err(Refusal::new(409, "ConflictException", message));
    }
    cx.linked_role(LinkedRole::ApiGateway);
    let (now, region) = (cx.now(), cx.region().to_owned());
    let domain = Domain {
        target: format!("d-{}.execute-api.{region}.amazonaws.com", new_id(10)),
        security_policy: security_policy(text("securityPolicy").as_deref().unwrap_or("TLS_1_2"))?,
        access_mode: text("endpointAccessMode"),
        certificate: arn,
        changed: false,
        due: cx.clock.due(CHANGE),
        failed: None,
        mappings: BTreeMap::new(),
        tags: tags_in(&wish),
        name: name.clone(),
    };
    check_tags(&domain.tags)?;
    let shown = domain.render(&region, now);
    cx.apis().domains.insert(name, domain);
    Ok(answer::rest(201, shown))
}

/// The domain name that a call names.
pub(super) fn one<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Domain, Refusal> {
    let name = cx.call.segments().get(1).cloned().unwrap_or_default();
    cx.apis().domains.get_mut(&name).ok_or_else(|| missing("Invalid domain name identifier specified"))
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let (now, region) = (cx.now(), cx.region().to_owned());
    Ok(answer::rest(200, one(cx)?.render(&region, now)))
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let (now, region) = (cx.now(), cx.region().to_owned());
    let items = cx.apis().domains.values().map(|domain| domain.render(&region, now)).collect();
    Ok(answer::rest(200, paged(cx, items)?))
}

fn settled(domain: &Domain, now: i64) -> Result<(), Refusal> {
    if now < domain.due {
        let message = "The domain name is being changed. Please try again later.";
        return Err(Refusal::new(409, "ConflictException", message));
    }
    Ok(())
}

pub(crate) fn update(cx: &mut Context<'_>) -> Answered {
    let patches = Patch::all(cx)?;
    let (now, region) = (cx.now(), cx.region().to_owned());
    let mut changed = one(cx)?.clone();
    settled(&changed, now)?;
    for patch in &patches {
        match patch.parts().as_slice() {
            ["regionalCertificateArn"] => {
                let arn = patch.filled().ok_or_else(|| patch.invalid())?;
                certificate(cx, &arn, &changed.name)?;
                changed.certificate = arn;
            }
            ["securityPolicy"] => {
                changed.security_policy = security_policy(&patch.filled().unwrap_or_default())?;
            }
            ["endpointAccessMode"] => changed.access_mode = patch.filled(),
            _ => return Err(patch.invalid()),
        }
    }
    changed.changed = true;
    changed.failed =
        cx.world.outcomes.of("aws:apigateway:DomainName", &changed.name).map(|(_, reason)| reason);
    changed.due = cx.clock.due(CHANGE);
    let shown = changed.render(&region, now);
    *one(cx)? = changed;
    Ok(answer::rest(200, shown))
}

pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let now = cx.now();
    let domain = one(cx)?;
    settled(domain, now)?;
    if !domain.mappings.is_empty() {
        return Err(bad("Please remove all base path mappings of the domain name before deleting it."));
    }
    let name = domain.name.clone();
    cx.apis().domains.remove(&name);
    Ok(answer::rest_empty(202))
}
