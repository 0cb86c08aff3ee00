//! What other services write into buckets.

use super::Buckets;
use super::bucket::Bucket;
use super::object::Object;
use crate::call::ACCOUNT;
use crate::kms::Keys;
use crate::policy::{Ask, allows};
use crate::world::World;

/// What a service writes, and where, if it may.
pub(crate) struct Delivered {
    pub bucket: String,
    /// The first object's key.
    pub key: String,
    /// The service.
    pub who: &'static str,
    /// For whom it writes.
    pub source: String,
    /// The role that it can write with too.
    pub role: Option<String>,
    pub at: i64,
}

impl Delivered {
    /// What keeps it from the bucket, by the code of S3's error; nothing where it arrives.
    pub(crate) fn refused(&self, world: &World) -> Option<String> {
        let bucket = world.s3.values().find_map(|buckets: &Buckets| buckets.buckets.get(&self.bucket));
        let Some(bucket) = bucket else { return Some("NoSuchBucket".to_owned()) };
        let object = format!("arn:aws:s3:::{}/{}", self.bucket, self.key);
        let role_may =
            |role: &String| self.allowed(bucket, role) || world.iam.grants(role, "s3:PutObject", &object);
        if !self.allowed(bucket, self.who) && !self.role.as_ref().is_some_and(role_may) {
            return Some("AccessDenied".to_owned());
        }
        let (none, key) = (Keys::default(), bucket.key()?);
        let keys = world.kms.get(&bucket.region).unwrap_or(&none);
        keys.require(&bucket.region, key).err().map(|refusal| format!("KMS.{}", refusal.code))
    }

    /// Whether the bucket's policy lets somebody look at the bucket and write.
    fn allowed(&self, bucket: &Bucket, who: &str) -> bool {
        let Some(policy) = &bucket.policy else { return false };
        let context = [
            ("aws:sourceaccount", ACCOUNT),
            ("aws:sourcearn", self.source.as_str()),
            ("aws:securetransport", "true"),
            ("s3:x-amz-acl", "bucket-owner-full-control"),
        ];
        let whole = format!("arn:aws:s3:::{}", self.bucket);
        let object = format!("{whole}/{}", self.key);
        let lets = |action: &str, resource: &str| {
            allows(policy, &Ask { who: Some(who), action, resource, context: &context })
        };
        lets("s3:GetBucketAcl", &whole) && lets("s3:PutObject", &object)
    }
}

/// Brings what services have written by now into their buckets: nothing runs in the background, so that it is
/// there whenever somebody looks. What was taken out while the service still writes comes again.
pub(crate) fn deliver(world: &mut World, now: i64) {
    let trails = world.cloudtrail.values().flat_map(|trails| trails.delivered(now));
    let recorders = world.config.iter().flat_map(|(region, recordings)| recordings.delivered(region));
    let mut written: Vec<Delivered> = trails.chain(recorders).collect();
    written.retain(|one| one.refused(world).is_none());
    for one in written {
        let bucket = world.s3.values_mut().find_map(|all| all.buckets.get_mut(&one.bucket));
        if let Some(bucket) = bucket.filter(|bucket| bucket.object(&one.key, None).is_none()) {
            let object = Object::written(bucket, one.key.as_bytes(), one.at);
            super::object::add(bucket, &one.key, object);
        }
    }
}
