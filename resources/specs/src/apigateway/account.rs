//! `aws:apigateway:Account`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, GatewayAccountId};

resource! {
    /// API Gateway's settings of the account in a region: adopted, not created.
    ///
    /// All APIs of the region share them. When it is no longer declared the role is taken
    /// back, unless someone has put another in its place meanwhile.
    Account: "aws:apigateway:Account", id GatewayAccountId, outputs AccountOutputs {
        required {
            /// The role that writes logs to CloudWatch, by ARN; stages cannot log without one.
            cloudwatch_role_arn: Arn { lets_go(LetsGo::Free) },
        }
        optional {
            /// Whether the role of someone else is left as it is, where one stands and exists: it is then no
            /// difference. This role is set only where none stands, or when this property or the role is
            /// changed. So several stacks share an account without taking the role from each other.
            keep_existing: bool { write_only(), default(false) },
        }
        outputs {}
        spec {
            identity: Identity::Adopted { key: &[] },
            exclusive: &[&[]],
            timing: Timing::new([2, 10, 2], [10, 10, 10]),
        }
    }
}
