//! Record sets: how they are read, checked and written.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::Refusal;
use crate::wire::xml_in::Element;

/// Members that are kept and given back as they came.
const KEPT: [&str; 4] = ["Region", "Failover", "MultiValueAnswer", "HealthCheckId"];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Alias {
    pub zone: String,
    pub name: String,
    pub evaluate: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    /// In AWS's form: lower case, `\052`, a dot at the end.
    pub name: String,
    pub kind: String,
    pub set: Option<String>,
    pub weight: Option<i64>,
    pub rest: BTreeMap<String, String>,
    pub ttl: Option<i64>,
    pub values: Vec<String>,
    pub alias: Option<Alias>,
    /// Since when it says what it says.
    pub since: i64,
}

/// The form in which AWS keeps a name.
pub(super) fn dns(name: &str) -> String {
    let mut name = name.trim_end_matches('.').replace('*', "\\052").to_ascii_lowercase();
    name.push('.');
    name
}

impl Record {
    pub(super) fn parse(element: &Element) -> Result<Record, Refusal> {
        let required = |member: &str| {
            element.filled(member).ok_or_else(|| invalid(format!("Missing field '{member}' in Change")))
        };
        let alias = element.child("AliasTarget").map(|alias| Alias {
            zone: alias.text("HostedZoneId").unwrap_or_default(),
            name: dns(&alias.text("DNSName").unwrap_or_default()),
            evaluate: alias.flag("EvaluateTargetHealth").unwrap_or(false),
        });
        let values = element.list("ResourceRecords", "ResourceRecord");
        let rest = KEPT.iter().filter_map(|name| Some(((*name).to_owned(), element.filled(name)?)));
        let record = Record {
            name: dns(&required("Name")?),
            kind: required("Type")?,
            set: element.filled("SetIdentifier"),
            weight: element.number("Weight")?,
            rest: rest.collect(),
            ttl: element.number("TTL")?,
            values: values.iter().filter_map(|value| value.text("Value")).collect(),
            alias,
            since: 0,
        };
        record.check()?;
        Ok(record)
    }

    /// Refuses what no zone takes.
    fn check(&self) -> Result<(), Refusal> {
        let at =
            format!("Change with [Name={}, Type={}, SetIdentifier={}]", self.name, self.kind, self.set());
        match (&self.alias, self.ttl, self.values.is_empty()) {
            (None, _, true) => {
                return Err(invalid(format!(
                    "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in {at}"
                )));
            }
            (None, None, false) => return Err(invalid(format!("Missing field 'TTL' in {at}"))),
            (Some(_), Some(_), _) | (Some(_), _, false) => {
                return Err(invalid(format!(
                    "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found more than one in {at}"
                )));
            }
            _ => {}
        }
        let routed = self.weight.is_some() || self.rest.keys().any(|name| name != "HealthCheckId");
        if routed != self.set.is_some() {
            return Err(invalid(format!(
                "Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer], and SetIdentifier with it, in {at}"
            )));
        }
        if self.weight.is_some_and(|weight| !(0..=255).contains(&weight)) {
            return Err(invalid("Weight must be between 0 and 255".to_owned()));
        }
        for value in &self.values {
            self.check_value(value)?;
        }
        let mut sorted = self.values.clone();
        sorted.sort();
        sorted.dedup();
        if sorted.len() != self.values.len() {
            return Err(batch("Duplicate Resource Record"));
        }
        if self.kind == "CNAME" && self.values.len() > 1 {
            return Err(batch("Multiple CNAME records are not allowed"));
        }
        Ok(())
    }

    fn check_value(&self, value: &str) -> Result<(), Refusal> {
        let problem = match self.kind.as_str() {
            "A" if value.parse::<Ipv4Addr>().is_err() => {
                "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"
            }
            "AAAA" if value.parse::<Ipv6Addr>().is_err() => {
                "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)"
            }
            "TXT" | "SPF" if !(value.len() > 1 && value.starts_with('"') && value.ends_with('"')) => {
                "InvalidCharacterString (Value should be enclosed in quotation marks)"
            }
            "TXT" | "SPF" if value.trim_matches('"').split("\" \"").any(|part| part.len() > 255) => {
                "CharacterStringTooLong (Value is too long)"
            }
            "CNAME" | "NS" | "PTR" if value.is_empty() || value.contains(char::is_whitespace) => {
                "DomainNameEmpty (Domain name is empty)"
            }
            "MX" if value.split_once(' ').is_none_or(|(n, _)| n.parse::<u16>().is_err()) => {
                "MXRRDATAPreference (Value is not a preference and a name)"
            }
            _ => return Ok(()),
        };
        Err(batch(&format!("Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}''")))
    }

    fn set(&self) -> &str {
        self.set.as_deref().unwrap_or("null")
    }

    /// Whether both are the same entry of a zone.
    pub(super) fn same_entry(&self, other: &Record) -> bool {
        self.name == other.name && self.kind == other.kind && self.set == other.set
    }

    /// Whether both say the same, whatever the order of their values.
    pub(super) fn same_content(&self, other: &Record) -> bool {
        let (mut a, mut b) = (self.clone(), other.clone());
        a.values.sort();
        b.values.sort();
        b.since = a.since;
        a == b
    }

    /// Whether it is one of the two that every zone has.
    pub(super) fn of_the_zone(&self, zone: &str) -> bool {
        self.name == zone && matches!(self.kind.as_str(), "NS" | "SOA")
    }

    /// The order of lists: labels from the right, then type and identifier.
    pub(super) fn order(&self) -> (Vec<String>, String, String) {
        (labels(&self.name), self.kind.clone(), self.set.clone().unwrap_or_default())
    }

    pub(super) fn render(&self) -> Value {
        let values: Vec<Value> = self.values.iter().map(|value| json!({"Value": value})).collect();
        let mut shown = json!({
            "Name": self.name,
            "Type": self.kind,
            "SetIdentifier": self.set,
            "Weight": self.weight,
            "TTL": self.ttl,
            "ResourceRecords": (!values.is_empty()).then_some(values),
            "AliasTarget": self.alias.as_ref().map(|alias| json!({
                "HostedZoneId": alias.zone,
                "DNSName": alias.name,
                "EvaluateTargetHealth": alias.evaluate,
            })),
        });
        if let Value::Object(map) = &mut shown {
            map.extend(self.rest.iter().map(|(name, text)| (name.clone(), json!(text))));
        }
        shown
    }
}

/// The labels of a name from the right.
pub(super) fn labels(name: &str) -> Vec<String> {
    name.trim_end_matches('.').rsplit('.').map(str::to_owned).collect()
}

pub(super) fn invalid(why: String) -> Refusal {
    Refusal::bad("InvalidInput", format!("Invalid request: {why}"))
}

pub(super) fn batch(why: &str) -> Refusal {
    Refusal::bad("InvalidChangeBatch", format!("[{why}]"))
}
