//! Bounces, complaints and other events of SES as SNS and EventBridge bring them.
//!
//! The addresses of FinSight's users do not go to Slack: a note says how many there were, and their domains. So an event
//! is recognised in whatever shape it comes, and only what is known to name nobody is taken out of it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::note::{Note, Tone};

/// Members that tell what happened, with where the recipients stand that it happened to.
const DETAILS: [(&str, &str); 5] = [
    ("bounce", "bouncedRecipients"),
    ("complaint", "complainedRecipients"),
    ("deliveryDelay", "delayedRecipients"),
    ("delivery", "recipients"),
    ("receipt", "recipients"),
];
/// Members of such events that have no recipients of their own.
const BARE: [&str; 7] = ["send", "reject", "open", "click", "failure", "subscription", "content"];
/// What says of which kind a bounce, complaint or delay is.
const KINDS: [&str; 4] = ["bounceType", "bounceSubType", "complaintFeedbackType", "delayType"];
/// How deep an event is looked for.
const DEPTH: u32 = 8;

/// Something that happened to a mail.
#[derive(Clone, Debug)]
pub struct MailEvent {
    title: String,
    event: Value,
}

impl MailEvent {
    /// Reads an event, which may lie in another message. None where there is none.
    #[must_use]
    pub fn read(message: &Value) -> Option<Self> {
        find(message, DEPTH)
    }

    /// The event as a note.
    #[must_use]
    pub fn note(&self) -> Note {
        let mail = &self.event["mail"];
        let happened = DETAILS.iter().find(|(name, _)| !self.event[*name].is_null());
        let (detail, own) = match happened {
            Some((name, recipients)) => (&self.event[*name], addresses(&self.event[*name][*recipients])),
            None => (&Value::Null, Vec::new()),
        };
        let recipients = if own.is_empty() { addresses(&mail["destination"]) } else { own };
        let kinds: Vec<&str> = KINDS.iter().filter_map(|name| detail[*name].as_str()).collect();
        let tone = match self.title.as_str() {
            "Bounce" | "Complaint" | "Reject" | "Rendering Failure" => Tone::Bad,
            _ => Tone::Plain,
        };
        let text = |name: &str| mail[name].as_str().unwrap_or_default().to_owned();
        Note {
            tone,
            title: format!("Mail: {}", self.title),
            text: String::new(),
            facts: vec![
                ("Kind", kinds.join(", ")),
                ("Recipients", whom(&recipients)),
                ("From", mail["source"].as_str().and_then(domain).unwrap_or_default().to_owned()),
                ("Sent", text("timestamp")),
                ("Message", text("messageId")),
            ],
            link: None,
        }
    }
}

/// The first event in a message, in what it holds, and in texts in it that are JSON themselves.
fn find(message: &Value, depth: u32) -> Option<MailEvent> {
    let deeper = |value: &Value| find(value, depth.checked_sub(1)?);
    match message {
        Value::Object(members) => {
            let name = ["eventType", "notificationType", "detail-type"]
                .iter()
                .find_map(|name| members.get(*name)?.as_str());
            let bridged = members.get("source").and_then(Value::as_str) == Some("aws.ses");
            let detailed =
                DETAILS.iter().map(|(name, _)| name).chain(&BARE).any(|name| members.contains_key(*name));
            if members.get("mail").is_some_and(Value::is_object) || (name.is_some() && detailed) {
                return Some(MailEvent { title: name.unwrap_or("event").to_owned(), event: message.clone() });
            }
            let inner = members.values().find_map(deeper);
            let outer = || MailEvent { title: name.unwrap_or("event").to_owned(), event: Value::Null };
            inner.or_else(|| bridged.then(outer))
        }
        Value::Array(items) => items.iter().find_map(deeper),
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            deeper(&serde_json::from_str(text).ok()?)
        }
        _ => None,
    }
}

/// The addresses of a list, whose items are texts or objects; a text alone is one.
fn addresses(list: &Value) -> Vec<&str> {
    match list {
        Value::Array(items) => items.iter().map(address).collect(),
        Value::Null => Vec::new(),
        one => vec![address(one)],
    }
}

fn address(item: &Value) -> &str {
    item.as_str().or_else(|| item["emailAddress"].as_str()).unwrap_or_default()
}

/// How many, and where: `2 at example.com, example.org`.
fn whom(recipients: &[&str]) -> String {
    let domains: BTreeSet<&str> = recipients.iter().filter_map(|address| domain(address)).collect();
    match (recipients.len(), domains.into_iter().collect::<Vec<_>>().join(", ")) {
        (0, _) => String::new(),
        (count, domains) if domains.is_empty() => count.to_string(),
        (count, domains) => format!("{count} at {domains}"),
    }
}

/// The domain of an address, and nothing of what stands around it.
fn domain(address: &str) -> Option<&str> {
    let (_, after) = address.rsplit_once('@')?;
    let end = after.find(|c: char| !c.is_alphanumeric() && c != '.' && c != '-').unwrap_or(after.len());
    Some(&after[..end]).filter(|domain| !domain.is_empty())
}

/// What stands between the two parts of an address: the sign, its wide form, and its form in URLs.
const SIGNS: [&str; 3] = ["@", "＠", "%40"];

/// A text without the names in its mail addresses: `…@example.com`. A mention such as `@here` stays.
#[must_use]
pub fn hide(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, sign)) = SIGNS.iter().filter_map(|sign| Some((rest.find(sign)?, *sign))).min() {
        let (before, after) = rest.split_at(at);
        let name = before.len() - local(before);
        if name > 0 && after[sign.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '[') {
            out.push_str(&before[..before.len() - name]);
            out.push('…');
        } else {
            out.push_str(before);
        }
        out.push_str(sign);
        rest = &after[sign.len()..];
    }
    out.push_str(rest);
    out
}

/// Where the name begins that a text ends with: it may be quoted.
fn local(before: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || "<>()[],;:\"\\".contains(c);
    let start =
        |text: &str| text.char_indices().rfind(|(_, c)| ends(*c)).map_or(0, |(at, c)| at + c.len_utf8());
    match before.strip_suffix('"') {
        Some(inner) => inner.rfind('"').unwrap_or_else(|| start(inner)),
        None => start(before),
    }
}

#[cfg(test)]
mod tests {
    use super::hide;

    #[test]
    fn names_in_addresses_are_hidden() {
        for (text, want) in [
            ("a@example.com", "…@example.com"),
            ("to <a.b+c@example.com>, d@x.jp", "to <…@example.com>, …@x.jp"),
            (r#""a b"@example.com"#, "…@example.com"),
            (r#"{"to":"a@example.com"}"#, r#"{"to":"…@example.com"}"#),
            ("山田@example.com", "…@example.com"),
            ("a%40example.com b＠example.com", "…%40example.com …＠example.com"),
            ("a@b@example.com", "…@…@example.com"),
            ("a@[192.0.2.1]", "…@[192.0.2.1]"),
            ("@here a @ b x@", "@here a @ b x@"),
            ("@@@", "@@@"),
            ("", ""),
        ] {
            assert_eq!(hide(text), want, "{text}");
        }
    }
}
