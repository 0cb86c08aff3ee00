//! `aws:iam:Role`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, Grants, Identity, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::resource;
use crate::ids::{Arn, RoleName};

resource! {
    /// A role with all its policies: one that someone else put on it is drift.
    Role: "aws:iam:Role", id RoleName, outputs RoleOutputs {
        required {
            /// Who may take the role.
            assume_role_policy_document: Value { equality(Equality::Policy), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name; generated where it is not set.
            role_name: String { replace(), lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { default("") },
            /// Its path.
            path: String { replace(), default("/"), lets_go(LetsGo::Free) },
            /// Seconds that a session lasts at most.
            max_session_duration: i64 { default(3600) },
            /// The ARN of the policy that bounds it.
            permissions_boundary: Arn { absent(), lets_go(LetsGo::Changed) },
            /// Inline policies by name: policy documents.
            inline_policies: BTreeMap<String, Value> {
                equality(Equality::PolicyMap), default(Map::new()), lets_go(LetsGo::Free),
            },
            /// The ARNs of all attached managed policies.
            managed_policy_arns: Vec<Arn> {
                unordered(), opens(Grants::Iam), default(Vec::<Value>::new()), lets_go(LetsGo::Emptied),
            },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// `AROA…`
            role_id: String,
        }
        spec {
            identity: Identity::Named { property: "role_name" },
            generated_name: Some("role_name"),
            global: true,
            held: true,
            timing: Timing::new([3, 2, 3], [5, 5, 5]),
        }
    }
}
