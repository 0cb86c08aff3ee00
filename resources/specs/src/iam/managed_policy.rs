//! `aws:iam:ManagedPolicy`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::Arn;

resource! {
    /// A policy of the account that roles can share.
    ManagedPolicy: "aws:iam:ManagedPolicy", id Arn, outputs ManagedPolicyOutputs {
        required {
            /// The policy document.
            policy_document: Value { equality(Equality::Policy), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name; generated where it is not set.
            policy_name: String { replace(), lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { replace(), default("") },
            /// Its path.
            path: String { replace(), default("/"), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {}
        spec {
            identity: Identity::Named { property: "policy_name" },
            generated_name: Some("policy_name"),
            global: true,
            held: true,
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
