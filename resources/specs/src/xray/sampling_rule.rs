//! `aws:xray:SamplingRule`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};
use finsight_engine::value::Map;

use crate::declare::resource;
use crate::ids::{Arn, SamplingRuleName};

resource! {
    /// Which requests are traced.
    SamplingRule: "aws:xray:SamplingRule", id SamplingRuleName, outputs SamplingRuleOutputs {
        required {
            /// Its name, at most 32 characters.
            rule_name: String { replace(), lets_go(LetsGo::Free) },
            /// 1 to 9999: the least one that matches decides.
            priority: i64,
            /// How many requests are traced each second before the rate applies.
            reservoir_size: i64,
            /// 0 to 1: the share of the other requests that is traced.
            fixed_rate: f64 { equality(Equality::Number) },
        }
        optional {
            /// The service's name.
            service_name: String { default("*"), lets_go(LetsGo::Free) },
            /// The service's origin, such as `AWS::ApiGateway::Stage`.
            service_type: String { default("*"), lets_go(LetsGo::Free) },
            /// The host of the request.
            host: String { default("*"), lets_go(LetsGo::Free) },
            /// The method of the request.
            http_method: String { default("*"), lets_go(LetsGo::Free) },
            /// The path of the request.
            url_path: String { default("*"), lets_go(LetsGo::Free) },
            /// The ARN of the AWS resource that serves it.
            resource_arn: String { default("*"), lets_go(LetsGo::Free) },
            /// Segment attributes and their values.
            attributes: BTreeMap<String, String> { default(Map::new()), lets_go(LetsGo::Free) },
            /// The version of the rule's form.
            version: i64 { replace(), default(1) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Named { property: "rule_name" },
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
