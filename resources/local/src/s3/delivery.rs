//! What other services write into buckets.

use super::Buckets;
use super::object::Object;
use crate::call::ACCOUNT;
use crate::config::Recordings;
use crate::policy::{Ask, allows};
use crate::world::World;

/// What a service wrote, and where.
pub(crate) struct Delivered {
    pub bucket: String,
    pub key: String,
    pub at: i64,
}

/// Brings what services have written by now into their buckets: nothing runs in the background, so that it is
/// there whenever somebody looks. What was taken out while the service still writes comes again.
pub(crate) fn deliver(world: &mut World, now: i64) {
    let trails = world.cloudtrail.values().flat_map(|trails| trails.delivered(now));
    let written: Vec<Delivered> =
        trails.chain(world.config.values().flat_map(Recordings::delivered)).collect();
    for one in written {
        let bucket = world.s3.values_mut().find_map(|all| all.buckets.get_mut(&one.bucket));
        if let Some(bucket) = bucket.filter(|bucket| bucket.object(&one.key, None).is_none()) {
            let object = Object::written(bucket, one.key.as_bytes(), one.at);
            super::object::add(bucket, &one.key, object);
        }
    }
}

/// Who wants to deliver objects, and where.
pub(crate) struct Delivery<'a> {
    pub bucket: &'a str,
    /// The first object's key.
    pub key: &'a str,
    /// The service, or the ARN of the role that it writes with.
    pub who: &'a str,
    /// For whom a service writes.
    pub source: &'a str,
}

impl Delivery<'_> {
    /// Whether the bucket's policy lets it look at the bucket and write; `None` if there is no such bucket.
    pub(crate) fn allowed(&self, world: &World) -> Option<bool> {
        let bucket = world.s3.values().find_map(|buckets: &Buckets| buckets.buckets.get(self.bucket))?;
        let Some(policy) = &bucket.policy else { return Some(false) };
        let context = [
            ("aws:sourceaccount", ACCOUNT),
            ("aws:sourcearn", self.source),
            ("aws:securetransport", "true"),
            ("s3:x-amz-acl", "bucket-owner-full-control"),
        ];
        let whole = format!("arn:aws:s3:::{}", self.bucket);
        let object = self.object();
        let lets = |action: &str, resource: &str| {
            allows(policy, &Ask { who: Some(self.who), action, resource, context: &context })
        };
        Some(lets("s3:GetBucketAcl", &whole) && lets("s3:PutObject", &object))
    }

    /// The first object's ARN.
    pub(crate) fn object(&self) -> String {
        format!("arn:aws:s3:::{}/{}", self.bucket, self.key)
    }
}
