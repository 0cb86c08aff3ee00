//! Who uses a certificate.

use serde_json::Value;

use crate::call::{ACCOUNT, Service};
use crate::world::World;

/// The services that hold certificates, and the ARN of what holds one.
const USERS: [(Service, &str); 3] = [
    (Service::ApiGateway, "arn:aws:apigateway:{region}::/domainnames/{id}"),
    (Service::CloudFront, "arn:aws:cloudfront::{account}:distribution/{id}"),
    (Service::Amplify, "arn:aws:amplify:{region}:{account}:apps/{id}"),
];

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
