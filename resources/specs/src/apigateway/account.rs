//! `aws:apigateway:Account`

use finsight_engine::schema::{Identity, Timing};

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
            cloudwatch_role_arn: Arn,
        }
        optional {}
        outputs {}
        spec {
            identity: Identity::Adopted { key: &[] },
            timing: Timing::new([2, 10, 2], [10, 10, 10]),
        }
    }
}
