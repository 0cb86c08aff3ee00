//! `aws:kms:Key`

use std::collections::BTreeMap;

use finsight_engine::schema::{Data, Equality, Kept, LetsGo, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::{Arn, KeyId};

resource! {
    /// An encryption key.
    Key: "aws:kms:Key", id KeyId, outputs KeyOutputs {
        required {
            /// Who may use and manage it.
            key_policy: Value { equality(Equality::Policy), lets_go(LetsGo::Free) },
        }
        optional {
            /// What it is for.
            description: String { default("") },
            /// Whether it can be used.
            enabled: bool { default(true) },
            /// Whether its material is renewed by AWS.
            enable_key_rotation: bool { default(false) },
            /// Days between two renewals, 90 to 2560; 365 where it is not set.
            rotation_period_in_days: i64,
            /// The kind of key.
            key_spec: String { replace(), default("SYMMETRIC_DEFAULT"), lets_go(LetsGo::Free) },
            /// What it can be used for.
            key_usage: String { replace(), default("ENCRYPT_DECRYPT"), lets_go(LetsGo::Free) },
            /// Whether it can have replicas in other regions.
            multi_region: bool { replace(), default(false) },
            /// Not to be set: grants by which others may use it show here, but for those that AWS's services have made for
            /// what they encrypt; the next update revokes them.
            grants: Vec<String> { shown() },
            /// Days between its deletion and its end, 7 to 30.
            pending_window_in_days: i64 { write_only(), default(30) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            restorable: true,
            window: Some("pending_window_in_days"),
            data: Some(Data {
                seals: true,
                itself: Some(WAITING),
                ..Data::new("the only way to read what is encrypted with it")
            }),
            timing: Timing::new([3, 3, 2], [5, 10, 20]).lag(60_000),
            pending: true,
        }
    }
}

/// AWS charges nothing for it (<https://aws.amazon.com/kms/pricing/>), and nothing ends it before its time.
const WAITING: Kept = Kept {
    type_name: "aws:kms:Key",
    days: Some("pending_window_in_days"),
    brings_back: Some(
        "aws kms cancel-key-deletion --region {region} --key-id {id} && aws kms enable-key --region {region} --key-id {id}",
    ),
    ..Kept::new("the key, scheduled for deletion", itself)
};

#[allow(clippy::unnecessary_wraps, reason = "what is kept may be nothing")]
fn itself(target: &finsight_engine::contract::Target) -> Option<String> {
    Some(target.id.clone())
}
