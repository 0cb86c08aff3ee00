//! What SNS delivers, and which note becomes of it.

use serde::Deserialize;
use serde_json::Value;

use crate::alarm::Alarm;
use crate::found;
use crate::mail::MailEvent;
use crate::note::{Note, Tone};

/// A message of SNS.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    /// SNS's id of the message.
    #[serde(rename = "MessageId", default)]
    pub id: String,
    topic_arn: Option<String>,
    subject: Option<String>,
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    sns: Message,
}

/// Reads the messages of an event.
///
/// # Errors
/// When it is none of SNS.
pub fn read(event: &[u8]) -> Result<Vec<Message>, &'static str> {
    let event: Event = serde_json::from_slice(event).map_err(|_| "it has not the form of an SNS event")?;
    if event.records.is_empty() {
        return Err("it has no record");
    }
    Ok(event.records.into_iter().map(|record| record.sns).collect())
}

impl Message {
    /// Whether it is worth a note.
    #[must_use]
    pub fn is_news(&self) -> bool {
        let json = serde_json::from_str::<Value>(&self.message).ok();
        json.and_then(|json| Alarm::read(&json)).is_none_or(|alarm| alarm.is_news())
    }

    /// The message as a note: an alarm, a mail event, an event of RDS or EventBridge, or its text. No mail address in it
    /// says whose it is.
    #[must_use]
    pub fn note(&self) -> Note {
        self.named().without_names()
    }

    fn named(&self) -> Note {
        let Some(json) = serde_json::from_str::<Value>(&self.message).ok() else {
            return self.text(self.message.trim().to_owned());
        };
        if let Some(alarm) = Alarm::read(&json) {
            return alarm.note();
        }
        if let Some(event) = MailEvent::read(&json) {
            return event.note();
        }
        if !json.is_object() {
            return self.text(self.message.trim().to_owned());
        }
        if let Some(note) = found::of_rds(&json).or_else(|| found::of_events(&json)) {
            return note;
        }
        self.text(serde_json::to_string_pretty(&json).unwrap_or_default())
    }

    fn text(&self, text: String) -> Note {
        let topic =
            self.topic_arn.as_deref().and_then(|arn| arn.rsplit(':').next()).unwrap_or("SNS").to_owned();
        let subject = self.subject.clone().filter(|subject| !subject.trim().is_empty());
        // Budgets have no other mark than their subject; they come when a limit is passed.
        let budget = subject.as_deref().is_some_and(|subject| subject.starts_with("AWS Budgets"));
        Note {
            tone: if budget { Tone::Bad } else { Tone::Plain },
            title: subject.unwrap_or_else(|| format!("Message from {topic}")),
            text,
            facts: vec![("Topic", topic)],
            link: None,
        }
    }
}
