//! Bounces, complaints and other events of SES as SNS brings them.
//!
//! The addresses of FinSight's users do not go to Slack: a note says how many there were, and their domains.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::note::{Note, Tone};

/// Something that happened to a mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailEvent {
    #[serde(alias = "notificationType")]
    event_type: String,
    mail: Mail,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: Option<String>,
    source: Option<String>,
    timestamp: Option<String>,
    #[serde(default)]
    destination: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: Option<String>,
    bounce_sub_type: Option<String>,
    #[serde(default)]
    bounced_recipients: Vec<Recipient>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    complaint_feedback_type: Option<String>,
    #[serde(default)]
    complained_recipients: Vec<Recipient>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: Option<String>,
}

impl MailEvent {
    /// Reads an event. None where the message is something else.
    #[must_use]
    pub fn read(message: &Value) -> Option<Self> {
        serde_json::from_value(message.clone()).ok()
    }

    /// The event as a note.
    #[must_use]
    pub fn note(&self) -> Note {
        let named = |all: &[Recipient]| -> Vec<String> {
            all.iter().filter_map(|recipient| recipient.email_address.clone()).collect()
        };
        let (kind, recipients) = match (&self.bounce, &self.complaint) {
            (Some(bounce), _) => {
                let kind = [&bounce.bounce_type, &bounce.bounce_sub_type];
                (
                    kind.into_iter().flatten().cloned().collect::<Vec<_>>().join(", "),
                    named(&bounce.bounced_recipients),
                )
            }
            (None, Some(complaint)) => (
                complaint.complaint_feedback_type.clone().unwrap_or_default(),
                named(&complaint.complained_recipients),
            ),
            (None, None) => (String::new(), self.mail.destination.clone()),
        };
        let tone = match self.event_type.as_str() {
            "Bounce" | "Complaint" | "Reject" | "Rendering Failure" => Tone::Bad,
            _ => Tone::Plain,
        };
        Note {
            tone,
            title: format!("Mail: {}", self.event_type),
            text: String::new(),
            facts: vec![
                ("Kind", kind),
                ("Recipients", whom(&recipients)),
                ("From", self.mail.source.clone().unwrap_or_default()),
                ("Sent", self.mail.timestamp.clone().unwrap_or_default()),
                ("Message", self.mail.message_id.clone().unwrap_or_default()),
            ],
            link: None,
        }
    }
}

/// How many, and where: `2 at example.com, example.org`.
fn whom(recipients: &[String]) -> String {
    let domains: BTreeSet<&str> = recipients
        .iter()
        .filter_map(|address| address.rsplit_once('@'))
        .map(|(_, domain)| domain.trim_end_matches('>'))
        .collect();
    let domains: Vec<&str> = domains.into_iter().collect();
    if recipients.is_empty() {
        String::new()
    } else {
        format!("{} at {}", recipients.len(), domains.join(", "))
    }
}
