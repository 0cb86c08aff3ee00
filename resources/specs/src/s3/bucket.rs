//! `aws:s3:Bucket`

use std::collections::BTreeMap;

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Data, Days, Equality, Identity, Kind, LetsGo, Period, Scope, Timing};
use finsight_engine::value::{Map, Value};

use super::LifecycleRule;
use crate::declare::{Shape, resource};
use crate::ids::{Arn, BucketName};

/// Where a bucket's access log goes.
#[derive(Clone)]
pub struct Logging(Map);

impl Logging {
    /// To this bucket, under keys that begin with the prefix.
    #[must_use]
    pub fn to(bucket: impl Into<Input<BucketName>>, prefix: &str) -> Self {
        Self(Map::from([
            ("target_bucket".to_owned(), bucket.into().into_value()),
            ("target_prefix".to_owned(), prefix.into()),
        ]))
    }
}

impl Property for Logging {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for Logging {
    const KIND: Kind = Kind::Map;
}

/// The canonical user as which CloudFront writes its access logs (AWS: standard logging, "Permissions required").
const LOG_DELIVERY: &str = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0";

/// An entry of a bucket's access list, besides that of its owner.
#[derive(Clone)]
pub struct Grant(Map);

impl Grant {
    /// To a canonical user (`id=…`) or a group (`uri=…`).
    #[must_use]
    pub fn new(grantee: &str, permission: &str) -> Self {
        Self(Map::from([
            ("grantee".to_owned(), grantee.into()),
            ("permission".to_owned(), permission.into()),
        ]))
    }

    /// What CloudFront gives itself on the bucket of its access logs, each time that a distribution is put.
    #[must_use]
    pub fn cloudfront_logs() -> Self {
        Self::new(&format!("id={LOG_DELIVERY}"), "FULL_CONTROL")
    }
}

impl Property for Grant {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

/// What pages of other origins may do with a bucket.
#[derive(Clone)]
pub struct CorsRule(Map);

impl CorsRule {
    /// These methods for pages of these origins.
    #[must_use]
    pub fn new(origins: &[&str], methods: &[&str]) -> Self {
        Self(Map::from([
            ("allowed_origins".to_owned(), texts(origins)),
            ("allowed_methods".to_owned(), texts(methods)),
        ]))
    }

    /// With these headers in their requests.
    #[must_use]
    pub fn allowed_headers(mut self, headers: &[&str]) -> Self {
        self.0.insert("allowed_headers".to_owned(), texts(headers));
        self
    }

    /// Browsers may keep the answer for so many seconds.
    #[must_use]
    pub fn max_age_seconds(mut self, seconds: i64) -> Self {
        self.0.insert("max_age_seconds".to_owned(), seconds.into());
        self
    }
}

impl Property for CorsRule {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

fn texts(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| Value::from(*item)).collect())
}

resource! {
    /// A bucket with all its settings: a setting, a rule or a statement that someone else added is drift.
    Bucket: "aws:s3:Bucket", id BucketName, outputs BucketOutputs {
        required {
            /// Its name, which no other bucket of any account has: 3 to 63 lower-case letters, digits, dots
            /// and hyphens.
            bucket: String { replace(), lets_go(LetsGo::Free) },
        }
        optional {
            /// `Enabled` or `Suspended`: whether overwritten and deleted objects are kept as versions.
            versioning_status: String { default("Suspended"), lets_go(LetsGo::Free) },
            /// How objects are encrypted: `AES256`, `aws:kms` or `aws:kms:dsse`.
            sse_algorithm: String { default("AES256"), lets_go(LetsGo::Free) },
            /// The KMS key, by ARN; AWS's own key for S3 where there is none.
            kms_master_key_id: Arn { absent(), lets_go(LetsGo::Changed) },
            /// Whether S3 keeps a key of the bucket, which saves calls to KMS.
            bucket_key_enabled: bool { default(false) },
            /// Whether access lists that open it to all are refused.
            block_public_acls: bool { default(true) },
            /// Whether access lists that open it to all do not count.
            ignore_public_acls: bool { default(true) },
            /// Whether policies that open it to all are refused.
            block_public_policy: bool { default(true) },
            /// Whether a policy that opens it to all lets in this account only.
            restrict_public_buckets: bool { default(true) },
            /// Who owns objects: `BucketOwnerEnforced` has no access lists at all.
            object_ownership: String { default("BucketOwnerEnforced"), lets_go(LetsGo::Free) },
            /// Who may do what with it.
            policy: Value { equality(Equality::Policy), absent(), lets_go(LetsGo::Free) },
            /// What becomes of objects as they grow old.
            lifecycle_rules: Vec<LifecycleRule> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// Its access list, besides what its owner has. There is none with `BucketOwnerEnforced`.
            grants: Vec<Grant> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free) },
            /// What pages of other origins may do with it; the first that fits counts.
            cors_rules: Vec<CorsRule> { default(Vec::<Value>::new()), lets_go(LetsGo::Free) },
            /// Not to be set: what hangs on it that has no property here, `website`, `notifications` or
            /// `replication`. The next update takes it off.
            more_settings: Vec<String> {
                follows(), unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// Where its access log goes.
            logging: Logging { absent(), lets_go(LetsGo::Free) },
            /// Whether a delete empties it first, all versions with it; otherwise only an empty one is deleted.
            force_destroy: bool { write_only(), default(false) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// Its host without a region.
            bucket_domain_name: String,
            /// Its host in its region.
            bucket_regional_domain_name: String,
        }
        spec {
            identity: Identity::Named { property: "bucket" },
            scopes: &[("bucket", Scope::World)],
            held: true,
            // Without that flag AWS deletes an empty one alone.
            data: Some(Data {
                only_if: Some("force_destroy"),
                // Objects keep the key with which they were put.
                sealed_by: &["kms_master_key_id"],
                periods: &[
                    Period {
                        what: "objects",
                        property: "lifecycle_rules",
                        days: Days::OfRules("expiration_days"),
                    },
                    Period {
                        what: "versions of objects",
                        property: "lifecycle_rules",
                        days: Days::OfRules("noncurrent_version_expiration_days"),
                    },
                ],
                ..Data::new("objects")
            }),
            // A name that was given up comes free within an hour, and a service that delivers does so for some
            // minutes after it was stopped.
            timing: Timing::new([3, 3, 3], [75, 10, 30]).lag(120_000),
        }
    }
}
