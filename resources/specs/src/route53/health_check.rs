//! `aws:route53:HealthCheck`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, HealthCheckId};

resource! {
    /// Route 53 asks an endpoint by its name, from many places, and says whether it answers.
    ///
    /// Its metric `HealthCheckStatus` is in us-east-1 alone.
    HealthCheck: "aws:route53:HealthCheck", id HealthCheckId, outputs HealthCheckOutputs {
        required {
            /// How it is asked, such as `HTTPS`, which wants a status of 200 to 399, or `HTTPS_STR_MATCH`.
            health_check_type: String { replace(), lets_go(LetsGo::Free) },
            /// The name that is asked for, such as `api.example.com`.
            fully_qualified_domain_name: String { lets_go(LetsGo::Free) },
        }
        optional {
            /// The port; 80 or 443 by its type.
            port: i64,
            /// The path, such as `/health`.
            resource_path: String { absent(), lets_go(LetsGo::Free) },
            /// What stands in the first 5,120 bytes of a good answer, for the types that look for it.
            search_string: String { lets_go(LetsGo::Free) },
            /// Seconds between two requests of each place: 10 or 30.
            request_interval: i64 { replace(), default(30) },
            /// How many answers in a row change what it says.
            failure_threshold: i64 { default(3) },
            /// Whether latencies become metrics.
            measure_latency: bool { replace(), default(false) },
            /// Whether good is bad.
            inverted: bool { default(false) },
            /// Whether nothing is asked, and all is well.
            disabled: bool { default(false) },
            /// Whether the name is sent with the beginning of TLS; it is for HTTPS where nothing is said.
            enable_sni: bool,
            /// The regions that ask, three at least; all where it is not set.
            regions: Vec<String> { unordered(), absent(), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Minted { token: true },
            global: true,
            timing: Timing::new([3, 3, 3], [5, 5, 5]),
        }
    }
}
