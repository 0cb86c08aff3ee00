//! Whether names lead where they should: records, certificates, and the proofs of mail.

use std::collections::BTreeSet;

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::value::Value;

use super::plain::{plain, plains};
use super::{WORKS, pack};

pub(super) fn rules() -> Vec<Rule> {
    let rule = pack(Severity::Error, WORKS);
    vec![
        rule(
            "works-names",
            "public names lead to what answers under them, with a certificate that is issued and fits",
            "declare the alias records, the certificate for that name, and the record that proves it",
            names,
        ),
        rule(
            "works-signed",
            "mail of the domain is signed, and its senders are named",
            "declare the three CNAME records of the identity's own tokens and zone, and MX and SPF of its MAIL FROM domain",
            signed,
        ),
    ]
}

const RECORD: &str = "aws:route53:RecordSet";

fn records<'a>(subject: &'a Subject<'a>, kind: &'a str) -> impl Iterator<Item = &'a Filled<'a>> {
    subject.of_type(RECORD).filter(move |one| one.is("record_type", kind))
}

fn named(item: &Filled<'_>) -> String {
    item.get("name").map(plain).unwrap_or_default()
}

/// Whether the stack itself keeps a name: a zone of its own has it, or records beside it.
fn keeps(subject: &Subject<'_>, name: &str) -> bool {
    let parent = name.split_once('.').map_or("", |(_, rest)| rest);
    let mut zones = subject.of_type("aws:route53:HostedZone").map(named);
    let below = |inner: &str, outer: &str| inner == outer || inner.ends_with(&format!(".{outer}"));
    zones.any(|zone| below(name, &zone)) || subject.of_type(RECORD).any(|one| below(&named(one), parent))
}

/// Who answers under names, and in which properties his names and his certificate are.
const NAMED: &[(&str, &str, &str)] = &[
    ("aws:cloudfront:Distribution", "aliases", "viewer_certificate"),
    ("aws:apigateway:DomainName", "domain_name", "regional_certificate_arn"),
];

fn names(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (kind, property, certificate) in NAMED {
        for item in subject.of_type(kind) {
            let certificates = certificates(subject, item.get(certificate));
            for name in plains(item.get(property)) {
                let fits = |one: &&Filled<'_>| {
                    let mut all = plains(one.get("subject_alternative_names"));
                    all.extend(plains(one.get("domain_name")));
                    all.iter().any(|pattern| covers(pattern, &name))
                };
                if !certificates.is_empty() && !certificates.iter().any(fits) {
                    let message =
                        format!("its certificate is not for {name}: AWS refuses it, and browsers would");
                    found.push(Violation::new(item, message));
                }
                let leads = |one: &Filled<'_>| {
                    let to = one
                        .get("alias_target")
                        .or(one.get("resource_records"))
                        .map(references)
                        .unwrap_or_default();
                    named(one) == name && to.contains(item.urn())
                };
                let led = ["A", "CNAME"].iter().any(|kind| records(subject, kind).any(leads));
                let elsewhere = ["A", "CNAME"]
                    .iter()
                    .any(|kind| records(subject, kind).any(|one| named(one) == name && !leads(one)));
                // API Gateway's own domain may stand behind CloudFront, which has the name.
                let hidden = *kind == "aws:apigateway:DomainName" && is_origin(subject, item);
                if !hidden && !led && (keeps(subject, &name) || elsewhere) {
                    let message = format!("no record leads {name} to it: whoever calls finds nobody");
                    found.push(Violation::new(item, message));
                }
            }
        }
    }
    found.extend(proofs(subject));
    found
}

fn is_origin(subject: &Subject<'_>, item: &Filled<'_>) -> bool {
    let origins = subject.of_type("aws:cloudfront:Distribution").filter_map(|one| one.get("origins"));
    origins.map(references).any(|all| all.contains(item.urn()))
}

/// Whether a name of a certificate, which may begin with `*.`, is for a name ("ACM certificate characteristics").
fn covers(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(zone) => name.split_once('.').is_some_and(|(_, rest)| rest == zone),
        None => pattern == name,
    }
}

/// The certificates behind a property: named themselves, or by what waits for them.
fn certificates<'a>(subject: &'a Subject<'a>, value: Option<&Value>) -> Vec<&'a Filled<'a>> {
    let named = value.map(references).unwrap_or_default();
    let issued = named.iter().filter_map(|urn| subject.get(urn));
    let certificate = |one: &'a Filled<'a>| match one.urn().type_name() {
        "aws:acm:CertificateValidation" => subject.get(one.refers_to("certificate_arn")?),
        "aws:acm:Certificate" => Some(one),
        _ => None,
    };
    issued.filter_map(certificate).collect()
}

/// ACM asks for the same record of a name in every region of an account ("DNS validation").
fn proofs(subject: &Subject<'_>) -> Vec<Violation> {
    let proven: BTreeSet<String> = subject
        .of_type(RECORD)
        .flat_map(|record| {
            let proof = |value: Option<&Value>| {
                let text = value.map(plain).unwrap_or_default();
                text.contains("#validation_records}").then(|| value.map(references).unwrap_or_default())
            };
            let (name, value) = (proof(record.get("name")), proof(record.get("resource_records")));
            // Name and value are of one certificate.
            if name == value { name.unwrap_or_default() } else { BTreeSet::new() }
        })
        .filter_map(|urn| subject.get(&urn)?.get("domain_name").map(plain))
        .collect();
    let mut found = Vec::new();
    for wait in subject.of_type("aws:acm:CertificateValidation") {
        let Some(certificate) = wait.refers_to("certificate_arn").and_then(|urn| subject.get(urn)) else {
            continue;
        };
        let name = certificate.get("domain_name").map(plain).unwrap_or_default();
        let by_mail = certificate.is("validation_method", "EMAIL");
        if !by_mail && !proven.contains(&name) {
            let message = format!(
                "no record proves {name} to ACM: the certificate is never issued, and the deployment waits for it in vain"
            );
            found.push(Violation::new(wait, message));
        }
    }
    found
}

/// "Easy DKIM in Amazon SES", "Using a custom MAIL FROM domain".
fn signed(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for identity in subject.of_type("aws:ses:EmailIdentity") {
        let domain = identity.get("email_identity").map(plain).unwrap_or_default();
        if domain.contains('@') || !keeps(subject, &domain) {
            continue;
        }
        let token = |at: usize| format!("{{{}#dkim_tokens}}[{at}]", identity.urn());
        let zone = format!("{{{}#dkim_signing_hosted_zone}}", identity.urn());
        for at in 0..3 {
            let own = |one: &Filled<'_>| {
                let values = plains(one.get("resource_records"));
                named(one) == format!("{}._domainkey.{domain}", token(at))
                    && values == [format!("{}.{zone}", token(at))]
            };
            if identity.is("dkim_signing_enabled", true) && !records(subject, "CNAME").any(own) {
                let message = format!(
                    "no record gives the key of its signature {} as SES says it for this region: mail of {domain} goes out unsigned, or not at all",
                    at + 1
                );
                found.push(Violation::new(identity, message));
            }
        }
        let Some(from) = identity.get("mail_from_domain").map(plain).filter(|from| !from.is_empty()) else {
            continue;
        };
        let says = |kind: &str, part: &str| {
            records(subject, kind).any(|one| {
                named(one) == from
                    && plains(one.get("resource_records")).iter().any(|value| value.contains(part))
            })
        };
        for (kind, part, what) in [
            ("MX", "feedback-smtp.", "takes its bounces"),
            ("TXT", "include:amazonses.com", "lets SES send (SPF)"),
        ] {
            if !says(kind, part) {
                let message = format!(
                    "no {kind} record of {from} {what}: its mail is taken for forged, or sent from another domain"
                );
                found.push(Violation::new(identity, message));
            }
        }
    }
    found
}
