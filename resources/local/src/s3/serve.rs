//! Objects as a service reads them for somebody.

use crate::call::ACCOUNT;
use crate::policy::{Ask, allows};
use crate::world::World;

/// The bytes and the type of an object that a service reads for one of its resources, or why it cannot: the bucket's policy
/// is asked ("Restrict access to an Amazon S3 origin").
pub(crate) fn read_by(
    world: &World,
    (bucket, key): (&str, &str),
    service: &str,
    source: &str,
) -> Result<(Vec<u8>, String), String> {
    let found = world.s3.values().find_map(|all| all.buckets.get(bucket));
    let found = found.ok_or_else(|| format!("there is no bucket {bucket}"))?;
    let resource = format!("arn:aws:s3:::{bucket}/{key}");
    let context =
        [("aws:sourcearn", source), ("aws:sourceaccount", ACCOUNT), ("aws:securetransport", "true")];
    let ask = Ask { who: Some(service), action: "s3:GetObject", resource: &resource, context: &context };
    if !found.policy.as_ref().is_some_and(|policy| allows(policy, &ask)) {
        return Err(format!("the policy of bucket {bucket} does not let {service} read {key}"));
    }
    let object = found.object(key, None).filter(|object| !object.marker);
    let object = object.ok_or_else(|| format!("bucket {bucket} has no {key}"))?;
    Ok((object.bytes(), object.content_type().to_owned()))
}
