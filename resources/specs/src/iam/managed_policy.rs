//! `aws:iam:ManagedPolicy`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, Identity, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::Arn;

resource! {
    /// A policy of the account that roles can share.
    ManagedPolicy: "aws:iam:ManagedPolicy", id Arn, outputs ManagedPolicyOutputs {
        required {
            /// The policy document.
            policy_document: Value { equality(Equality::Policy) },
        }
        optional {
            /// Its name; generated where it is not set.
            policy_name: String { replace() },
            /// What it is for.
            description: String { replace(), default("") },
            /// Its path.
            path: String { replace(), default("/") },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {}
        spec {
            identity: Identity::Named { property: "policy_name" },
            exclusive: &[&["policy_name"]],
            generated_name: Some("policy_name"),
            global: true,
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
