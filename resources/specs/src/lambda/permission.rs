//! `aws:lambda:Permission`

use finsight_engine::schema::{Grants, Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, FunctionName, PermissionId};

resource! {
    /// A statement of a function's policy: who else may call it.
    Permission: "aws:lambda:Permission", id PermissionId, outputs PermissionOutputs {
        required {
            /// The function.
            function_name: FunctionName { replace() },
            /// The statement's name.
            statement_id: String { replace(), lets_go(LetsGo::Free) },
            /// What is allowed, such as `lambda:InvokeFunction`.
            action: String { replace(), opens(Grants::Iam), lets_go(LetsGo::Free) },
            /// To whom: a service, an account, the ARN of a user or role, or `*`.
            principal: String { replace(), opens(Grants::Iam), lets_go(LetsGo::Free) },
        }
        optional {
            /// The alias or version that it holds for; the function without qualifier where it is empty.
            qualifier: String { replace(), default("") },
            /// The resource on whose behalf the service calls, by ARN; `*` and `?` stand for any text.
            source_arn: Arn { replace(), absent(), lets_go(LetsGo::Free) },
            /// The account of that resource.
            source_account: String { replace(), absent(), lets_go(LetsGo::Free) },
            /// The organisation that callers must be of.
            principal_org_id: String { replace(), absent(), lets_go(LetsGo::Free) },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["function_name", "qualifier", "statement_id"] },
            timing: Timing::new([2, 2, 2], [5, 5, 5]).poll(1_000),
        }
    }
}
