//! Parts of a web ACL besides its rules, to and from AWS.

use std::collections::HashMap;

use aws_sdk_wafv2::types::{
    AssociatedResourceType, AssociationConfig, CustomResponseBody,
    RequestBodyAssociatedResourceTypeConfig as BodyLimit, ResponseContentType, SizeInspectionLimit, WebAcl,
};
use finsight_engine::contract::{Failure, Health, Live};
use finsight_engine::value::{Map, Value};

use super::action_values::live_default_action;
use super::common::{built, part};
use super::rule_values;
use crate::values::{Inputs, Values};

/// How much of requests is looked at.
pub fn association_config(desired: &Map) -> Result<Option<AssociationConfig>, Failure> {
    let Some(wanted) = part(desired, "association_config") else { return Ok(None) };
    let mut limits = HashMap::new();
    for (kind, limit) in part(wanted, "request_body").into_iter().flatten() {
        let size = limit.as_map().and_then(|limit| limit.text("default_size_inspection_limit"));
        let limit =
            BodyLimit::builder().set_default_size_inspection_limit(size.map(SizeInspectionLimit::from));
        limits.insert(AssociatedResourceType::from(kind.as_str()), built(limit.build())?);
    }
    Ok(Some(AssociationConfig::builder().set_request_body(Some(limits)).build()))
}

/// Bodies of answers; AWS takes no empty map.
pub fn response_bodies(desired: &Map) -> Result<Option<HashMap<String, CustomResponseBody>>, Failure> {
    let mut bodies = HashMap::new();
    for (key, wanted) in part(desired, "custom_response_bodies").into_iter().flatten() {
        let Value::Map(wanted) = wanted else { continue };
        let body = CustomResponseBody::builder()
            .content_type(ResponseContentType::from(wanted.required("content_type")?))
            .content(wanted.required("content")?);
        bodies.insert(key.clone(), built(body.build())?);
    }
    Ok(Some(bodies).filter(|bodies| !bodies.is_empty()))
}

/// A web ACL as it stands.
pub fn live(id: &str, scope: &str, acl: &WebAcl, tags: Vec<(String, String)>) -> Live {
    let bodies: Map = acl
        .custom_response_bodies()
        .into_iter()
        .flatten()
        .map(|(key, body)| {
            let values = Values::new().set("content_type", body.content_type().as_str());
            (key.clone(), Value::Map(values.set("content", body.content()).build()))
        })
        .collect();
    let properties = Values::new()
        .set("scope", scope)
        .set("name", acl.name())
        .set("description", acl.description().unwrap_or_default())
        .set("default_action", acl.default_action().map(live_default_action))
        .set("visibility_config", acl.visibility_config().map(rule_values::live_visibility))
        .set("rules", rule_values::live(acl.rules()))
        .set("association_config", acl.association_config().and_then(live_association))
        .set("custom_response_bodies", bodies)
        .tags(tags);
    let outputs = Values::new().set("arn", acl.arn()).set("capacity", Value::Int(acl.capacity()));
    Live {
        id: id.to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }
}

fn live_association(config: &AssociationConfig) -> Option<Map> {
    let limits: Map = config
        .request_body()
        .into_iter()
        .flatten()
        .map(|(kind, limit)| {
            let size = limit.default_size_inspection_limit().as_str();
            let values = Values::new().set("default_size_inspection_limit", size);
            (kind.as_str().to_owned(), Value::Map(values.build()))
        })
        .collect();
    (!limits.is_empty()).then(|| Values::new().set("request_body", limits).build())
}
