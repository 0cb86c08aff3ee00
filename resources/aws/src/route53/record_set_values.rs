//! Record sets between the engine's values and the SDK's types.

use std::net::Ipv6Addr;

use aws_sdk_route53::types::{AliasTarget, ResourceRecord, ResourceRecordSet, RrType};
use finsight_engine::contract::{Failure, FailureClass, Health, Live, Target};
use finsight_engine::normal::dns_name;
use finsight_engine::value::{Map, Value};

use crate::failure::unexpected;
use crate::values::{Inputs, Values};

/// A character string of a TXT record holds at most so many bytes.
const STRING: usize = 255;

/// The record set that some inputs ask for.
pub fn record(inputs: &Map) -> Result<ResourceRecordSet, Failure> {
    let incomplete = |error: aws_sdk_route53::error::BuildError| unexpected("request", &error.to_string());
    let kind = inputs.required("record_type")?;
    let values = inputs
        .texts("resource_records")
        .iter()
        .map(|value| ResourceRecord::builder().value(sent(kind, value)?).build().map_err(incomplete))
        .collect::<Result<Vec<_>, _>>()?;
    let alias = match inputs.get("alias_target").and_then(Value::as_map) {
        Some(alias) => Some(
            AliasTarget::builder()
                .dns_name(alias.required("dns_name")?)
                .hosted_zone_id(alias.required("hosted_zone_id")?)
                .evaluate_target_health(alias.flag("evaluate_target_health").unwrap_or(false))
                .build()
                .map_err(incomplete)?,
        ),
        None => None,
    };
    ResourceRecordSet::builder()
        .name(inputs.required("name")?)
        .r#type(RrType::from(kind))
        .set_ttl(inputs.int("ttl"))
        .set_resource_records((!values.is_empty()).then_some(values))
        .set_alias_target(alias)
        .set_set_identifier(inputs.text("set_identifier").filter(|set| !set.is_empty()).map(str::to_owned))
        .set_weight(inputs.int("weight"))
        .build()
        .map_err(incomplete)
}

/// Whether two record sets say the same.
pub fn same_content(one: &ResourceRecordSet, other: &ResourceRecordSet) -> bool {
    let values = |record: &ResourceRecordSet| {
        let kind = record.r#type().as_str();
        let mut values: Vec<String> =
            record.resource_records().iter().map(|item| meaning(kind, item.value())).collect();
        values.sort();
        values
    };
    let alias = |record: &ResourceRecordSet| {
        record.alias_target().map(|alias| {
            (target_name(alias.dns_name()), alias.hosted_zone_id().to_owned(), alias.evaluate_target_health())
        })
    };
    values(one) == values(other)
        && alias(one) == alias(other)
        && one.ttl() == other.ttl()
        && one.weight() == other.weight()
}

/// A record set as it stands; what only looks different from the record is given as it is on record.
pub fn live(target: &Target, zone: &str, record: &ResourceRecordSet) -> Live {
    let kind = record.r#type().as_str();
    let recorded = target.inputs.texts("resource_records");
    let values = record.resource_records().iter().map(|item| {
        let means = meaning(kind, item.value());
        recorded
            .iter()
            .find(|value| meaning(kind, value) == means)
            .cloned()
            .unwrap_or_else(|| shown(kind, item.value()))
    });
    let alias = record.alias_target().map(|alias| {
        let written = target.inputs.get("alias_target").and_then(Value::as_map);
        let written = written.and_then(|alias| alias.text("dns_name"));
        let name = match written {
            Some(written) if target_name(written) == target_name(alias.dns_name()) => written.to_owned(),
            _ => alias.dns_name().trim_end_matches('.').to_owned(),
        };
        let alias = Values::new()
            .set("dns_name", name)
            .set("hosted_zone_id", alias.hosted_zone_id())
            .set("evaluate_target_health", alias.evaluate_target_health());
        Value::Map(alias.build())
    });
    let name = dns_name(record.name());
    let properties = Values::new()
        .set("hosted_zone_id", zone)
        .set("name", name.as_str())
        .set("record_type", kind)
        .set("ttl", record.ttl())
        .list("resource_records", values)
        .set("alias_target", alias)
        .set("set_identifier", record.set_identifier().unwrap_or_default())
        .set("weight", record.weight());
    let outputs = Values::new().set("fqdn", name);
    Live {
        id: target.id.clone(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }
}

/// The name of an alias's target without what AWS adds to it.
fn target_name(name: &str) -> String {
    let name = dns_name(name);
    name.strip_prefix("dualstack.").map_or(name.clone(), str::to_owned)
}

fn is_text(kind: &str) -> bool {
    matches!(kind, "TXT" | "SPF")
}

/// A value as Route 53 wants it: texts in quotes, in strings that are not too long.
fn sent(kind: &str, value: &str) -> Result<String, Failure> {
    if !is_text(kind) {
        return Ok(value.to_owned());
    }
    if value.len() > 1 && value.starts_with('"') && value.ends_with('"') {
        let mut failure = unexpected("request", "the text of a TXT record stands without quotes");
        failure.class = FailureClass::Invalid;
        return Err(failure);
    }
    let strings: Vec<String> = value.as_bytes().chunks(STRING).map(quoted).collect();
    Ok(if strings.is_empty() { "\"\"".to_owned() } else { strings.join(" ") })
}

fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(*byte));
            }
            b' '..=b'~' => out.push(char::from(*byte)),
            other => out.push_str(&format!("\\{other:03o}")),
        }
    }
    out.push('"');
    out
}

/// A value as it is shown where the record has none like it.
fn shown(kind: &str, value: &str) -> String {
    if is_text(kind) { unquoted(value) } else { value.to_owned() }
}

/// What a value says, in whatever way it is written.
fn meaning(kind: &str, value: &str) -> String {
    match kind {
        "TXT" | "SPF" if value.starts_with('"') => unquoted(value),
        "CNAME" | "NS" | "PTR" | "MX" | "SRV" => dns_name(value),
        "AAAA" => value.parse::<Ipv6Addr>().map_or_else(|_| value.to_owned(), |address| address.to_string()),
        _ => value.to_owned(),
    }
}

/// The text of quoted strings, one after the other.
fn unquoted(value: &str) -> String {
    let mut out = Vec::with_capacity(value.len());
    let (mut inside, mut bytes) = (false, value.bytes().peekable());
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => inside = !inside,
            b'\\' if inside => {
                let mut octal = String::new();
                while octal.len() < 3
                    && let Some(digit) = bytes.next_if(|byte| (b'0'..=b'7').contains(byte))
                {
                    octal.push(char::from(digit));
                }
                if octal.is_empty() {
                    out.extend(bytes.next());
                } else {
                    out.extend(u8::from_str_radix(&octal, 8).ok());
                }
            }
            other if inside => out.push(other),
            _ => {}
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_in_strings_and_come_back() {
        let long = "x".repeat(300);
        for text in ["v=spf1 -all", "say \"hi\" \\ there", "日本", long.as_str(), ""] {
            let sent = sent("TXT", text).unwrap();
            assert!(sent.starts_with('"') && sent.ends_with('"'), "{sent}");
            assert_eq!(meaning("TXT", &sent), text);
        }
        assert!(sent("TXT", "\"a\" \"b\"").is_err());
        assert_eq!(sent("TXT", &long).unwrap().matches('"').count(), 4);
    }

    #[test]
    fn values_that_only_look_different_mean_the_same() {
        assert_eq!(meaning("MX", "10 Mail.Example.com."), meaning("MX", "10 mail.example.com"));
        assert_eq!(meaning("AAAA", "2001:DB8::0:1"), meaning("AAAA", "2001:db8::1"));
        assert_eq!(target_name("dualstack.x.elb.amazonaws.com."), "x.elb.amazonaws.com");
        assert_ne!(meaning("TXT", "A"), meaning("TXT", "a"));
    }
}
