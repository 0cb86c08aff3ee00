//! Whether somebody takes the mail of the addresses that a program writes to.

use std::collections::BTreeSet;

use finsight_engine::policy::{Filled, Subject, Violation};
use finsight_engine::value::Value;

use super::plain::plains;

/// The addresses of a text such as `v=DMARC1; rua=mailto:a@example.com`.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.split(['=', ',', ';', ' ']).filter_map(|part| part.trim().strip_prefix("mailto:"))
}

pub(super) fn mail(subject: &Subject<'_>) -> Vec<Violation> {
    let text = |item: &Filled<'_>, name: &str| item.get(name).and_then(Value::as_text).map(str::to_owned);
    let zones: Vec<String> =
        subject.of_type("aws:route53:HostedZone").filter_map(|zone| text(zone, "name")).collect();
    let named = |kinds: &[&str]| -> BTreeSet<String> {
        let records = subject.of_type("aws:route53:RecordSet").filter(|record| {
            record.get("record_type").and_then(Value::as_text).is_some_and(|kind| kinds.contains(&kind))
        });
        records.filter_map(|record| text(record, "name")).collect()
    };
    let (elsewhere, found_at) = (named(&["NS"]), named(&["A", "AAAA", "CNAME"]));
    let within = |domain: &str, zone: &str| domain == zone || domain.ends_with(&format!(".{zone}"));
    let ours = |domain: &str| {
        zones.iter().any(|zone| within(domain, zone)) && !elsewhere.iter().any(|zone| within(domain, zone))
    };
    // `.` says that nobody takes mail there (RFC 7505); a server of the zone's own has an address in it.
    let answers = |record: &Filled<'_>| {
        let values = plains(record.get("resource_records"));
        values.iter().filter_map(|value| value.split_whitespace().nth(1)).any(|server| {
            let server = server.trim_end_matches('.').to_ascii_lowercase();
            !server.is_empty() && (!ours(&server) || found_at.contains(&server))
        })
    };
    let exchanges = subject.of_type("aws:route53:RecordSet").filter(|record| record.is("record_type", "MX"));
    let takes: BTreeSet<String> =
        exchanges.filter(|record| answers(record)).filter_map(|record| text(record, "name")).collect();
    let deaf = |address: &str| {
        let domain = address.rsplit('@').next().unwrap_or_default();
        ours(domain) && !takes.contains(domain)
    };
    let message = |address: &str| {
        format!("{address} is in a domain of the stack's zone, which says of nobody that he takes its mail")
    };
    let mut found = Vec::new();
    for record in subject.of_type("aws:route53:RecordSet").filter(|record| record.is("record_type", "TXT")) {
        for value in record.get("resource_records").and_then(Value::as_list).unwrap_or_default() {
            let all = value.as_text().into_iter().flat_map(addresses);
            found.extend(all.filter(|one| deaf(one)).map(|one| Violation::new(record, message(one))));
        }
    }
    for item in subject.of_type("aws:sns:Subscription").filter(|item| item.is("protocol", "email")) {
        let address = text(item, "endpoint").filter(|address| deaf(address));
        found.extend(address.map(|address| Violation::new(item, message(&address))));
    }
    found
}
