//! `aws:ses:EmailIdentity`

use std::collections::BTreeMap;

use finsight_engine::schema::{Data, Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, ConfigurationSetName, EmailIdentityName};

resource! {
    /// A domain or an address that mail comes from.
    EmailIdentity: "aws:ses:EmailIdentity", id EmailIdentityName, outputs EmailIdentityOutputs {
        required {
            /// The domain or the address.
            email_identity: String { replace(), lets_go(LetsGo::Free) },
        }
        optional {
            /// Whether its mail is signed by DKIM; for a domain.
            dkim_signing_enabled: bool { default(true) },
            /// `RSA_2048_BIT` or `RSA_1024_BIT`: the length of its next DKIM key; for a domain.
            next_signing_key_length: String { default("RSA_2048_BIT"), lets_go(LetsGo::Free) },
            /// The configuration set of mail that names none.
            configuration_set_name: ConfigurationSetName { absent(), lets_go(LetsGo::Emptied) },
            /// The subdomain of its `MAIL FROM`; one of SES where it is not set.
            mail_from_domain: String { absent(), lets_go(LetsGo::Free) },
            /// `USE_DEFAULT_VALUE` or `REJECT_MESSAGE`: what becomes of mail while the `MAIL FROM` domain lacks its MX record.
            behavior_on_mx_failure: String { default("USE_DEFAULT_VALUE"), lets_go(LetsGo::Free) },
            /// Whether bounces and complaints are forwarded by mail.
            email_forwarding_enabled: bool { default(true) },
            /// Not to be set: `fit`, or which of its proofs SES has given up on after 72 hours without finding
            /// their records. The next update has it look again.
            condition: String { follows(), default("fit"), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// The three tokens of a domain: each is to be a CNAME record `<token>._domainkey.<domain>` to `<token>.` and `dkim_signing_hosted_zone`.
            dkim_tokens: Vec<String>,
            /// The zone of the records' targets; it differs by region, and within one.
            dkim_signing_hosted_zone: String,
            /// `PENDING`, `SUCCESS`, `FAILED`, `TEMPORARY_FAILURE` or `NOT_STARTED`.
            dkim_status: String { volatile },
            /// `PENDING`, `SUCCESS`, `FAILED` or `TEMPORARY_FAILURE`; empty without a `MAIL FROM` domain.
            mail_from_domain_status: String { volatile },
            /// Whether mail can be sent from it.
            verified_for_sending: bool { volatile },
        }
        spec {
            identity: Identity::Named { property: "email_identity" },
            data: Some(Data::new("the keys and the standing with which mail is sent")),
            timing: Timing::new([3, 3, 2], [5, 5, 5]),
        }
    }
}
