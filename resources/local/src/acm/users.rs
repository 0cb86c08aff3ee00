//! Who uses a certificate.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{ACCOUNT, Service};
use crate::world::{Context, World};

/// The services that hold certificates, and the ARN of what holds one.
const USERS: [(Service, &str); 3] = [
    (Service::ApiGateway, "arn:aws:apigateway:{region}::/domainnames/{id}"),
    (Service::CloudFront, "arn:aws:cloudfront::{account}:distribution/{id}"),
    (Service::Amplify, "arn:aws:amplify:{region}:{account}:apps/{id}"),
];

/// Seconds for which ACM still calls a certificate used after what used it is gone: 10 to 60 minutes
/// (aws-cdk#36265, #16608).
const LETS_GO: u32 = 600;

/// What holds a certificate, or did a while ago: ACM is told late. It is known to have been held where somebody
/// asked about it while it was.
pub(super) fn known(cx: &mut Context<'_>, arn: &str) -> Vec<String> {
    let (now, free, standing) = (cx.now(), cx.clock.due(LETS_GO), of(cx.world, arn));
    let used = &mut cx.certificates().used;
    if !standing.is_empty() {
        used.insert(arn.to_owned(), Used { by: standing.clone(), until: None });
        return standing;
    }
    let Some(before) = used.get_mut(arn) else { return Vec::new() };
    if *before.until.get_or_insert(free) > now {
        return before.by.clone();
    }
    used.remove(arn);
    Vec::new()
}

/// Who was last known to hold a certificate, and until when ACM believes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Used {
    by: Vec<String>,
    until: Option<i64>,
}

/// What holds a certificate: wherever the state of these services has its ARN.
pub(super) fn of(world: &World, arn: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (service, pattern) in USERS {
        let Ok(Value::Object(regions)) = world.kept(service) else { continue };
        for (region, state) in &regions {
            // Each kind of resource is a map by id.
            let resources = state.as_object().into_iter().flatten().filter_map(|(_, kind)| kind.as_object());
            for (id, _) in resources.flatten().filter(|(_, resource)| holds(resource, arn)) {
                let user = pattern.replace("{region}", region).replace("{account}", ACCOUNT);
                found.push(user.replace("{id}", id));
            }
        }
    }
    found
}

fn holds(value: &Value, arn: &str) -> bool {
    match value {
        Value::String(text) => text == arn,
        Value::Array(items) => items.iter().any(|item| holds(item, arn)),
        Value::Object(map) => map.values().any(|item| holds(item, arn)),
        _ => false,
    }
}
