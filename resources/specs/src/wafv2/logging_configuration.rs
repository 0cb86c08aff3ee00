//! `aws:wafv2:LoggingConfiguration`

use finsight_engine::schema::{Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use super::{FieldToMatch, LoggingFilter};
use crate::declare::resource;
use crate::ids::{Arn, WafLoggingId};

resource! {
    /// Where a web ACL's requests are logged.
    LoggingConfiguration: "aws:wafv2:LoggingConfiguration", id WafLoggingId, outputs LoggingConfigurationOutputs {
        required {
            /// The web ACL, by ARN.
            resource_arn: Arn { replace() },
            /// Where the log goes: one log group, bucket or stream by ARN, with a name that begins with `aws-waf-logs-`.
            log_destination_configs: Vec<Arn> { lets_go(LetsGo::Free) },
        }
        optional {
            /// Parts of requests that are left out of the log: headers, method, path and query string.
            redacted_fields: Vec<FieldToMatch> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// Which requests are logged; all where it is not set.
            logging_filter: LoggingFilter { unordered(), absent(), lets_go(LetsGo::Free) },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["resource_arn"] },
            timing: Timing::new([3, 3, 3], [10, 10, 10]),
        }
    }
}
