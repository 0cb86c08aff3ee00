//! `aws:apigateway:ApiKey`

use std::collections::BTreeMap;

use finsight_engine::schema::{Data, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::ApiKeyId;

resource! {
    /// A key that callers of methods with `apiKeyRequired` send along; a usage plan lets it in.
    ApiKey: "aws:apigateway:ApiKey", id ApiKeyId, outputs ApiKeyOutputs {
        required {}
        optional {
            /// Its name; generated where it is not set.
            name: String { replace(), lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { default("") },
            /// Whether calls with it are let in.
            enabled: bool { default(true) },
            /// The key itself, 20 characters or more; made by AWS where it is not set.
            value: String { replace(), secret(), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN, for tags.
            arn: crate::ids::Arn,
            /// The key itself.
            key_value: String { secret },
        }
        spec {
            exclusive: &[&["value"]],
            generated_name: Some("name"),
            data: Some(Data::new("the value that callers know")),
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
