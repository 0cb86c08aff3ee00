//! M1: mail.

use finsight_engine::program::{Input, Options, Output, Scope, concat, index, list};
use finsight_specs::route53::RecordSet;
use finsight_specs::ses::{ConfigurationSet, EmailIdentity, EventDestination};

use super::slack::Topics;
use crate::common::{after, name, named, plain};
use crate::config::Config;
use crate::dns::{TTL, Zone};

/// The name of the configuration set, without the stack's.
pub(crate) const MAIL_SETTINGS: &str = "mail";

/// The domain that mail comes from, its proofs in DNS, and what becomes of bounces and complaints.
pub(super) fn mail(s: &Scope, config: &Config, zone: &Zone, topics: &Topics) {
    let settings = &config.monitoring.mail;
    let domain = zone.domain.as_str();
    let set = s.add_with(
        "main",
        ConfigurationSet::new()
            .configuration_set_name(named(s, MAIL_SETTINGS))
            .tls_policy("REQUIRE")
            .reputation_metrics_enabled(true)
            .suppressed_reasons(vec!["BOUNCE".to_owned(), "COMPLAINT".to_owned()])
            .event_destinations(vec![EventDestination::sns(
                "bounces-and-complaints",
                &["BOUNCE", "COMPLAINT"],
                &topics.mail.arn,
            )])
            .tags(name(s, "mail")),
        after(&topics.mail, "SES tries whether it may publish"),
    );
    let identity = s.add_with(
        "main",
        EmailIdentity::new(domain)
            .dkim_signing_enabled(true)
            .next_signing_key_length("RSA_2048_BIT")
            .configuration_set_name(&set)
            .mail_from_domain(settings.mail_from.as_str())
            .behavior_on_mx_failure("USE_DEFAULT_VALUE")
            .email_forwarding_enabled(false)
            .tags(name(s, "mail")),
        Options { protect: config.database.protection, ..Options::default() },
    );
    let zone_of_keys = &identity.dkim_signing_hosted_zone;
    for at in 0..3 {
        let token: Output<String> = index(&identity.dkim_tokens, at);
        s.add(
            &format!("dkim-{}", at + 1),
            RecordSet::new(
                zone.id(),
                concat([Input::from(&token), Input::from(format!("._domainkey.{domain}"))]),
                "CNAME",
            )
            .ttl(TTL)
            .resource_records(list([concat([
                plain(&token),
                Input::from("."),
                plain(zone_of_keys),
            ])])),
        );
    }
    let feedback: Output<String> =
        concat([Input::from("10 feedback-smtp."), s.region().into(), Input::from(".amazonses.com")]);
    s.add(
        "mail-from-mx",
        RecordSet::new(zone.id(), settings.mail_from.as_str(), "MX")
            .ttl(TTL)
            .resource_records(list([feedback])),
    );
    let texts = [
        ("mail-from-spf", settings.mail_from.clone(), "v=spf1 include:amazonses.com -all".to_owned()),
        ("dmarc", format!("_dmarc.{domain}"), settings.dmarc.clone()),
    ];
    for (what, name, text) in texts {
        s.add(what, RecordSet::new(zone.id(), name, "TXT").ttl(TTL).resource_records(vec![text]));
    }
}
