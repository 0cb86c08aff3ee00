//! Sends what SNS delivers to a Slack channel: CloudWatch alarms, mail bounces and complaints, budgets, and the rest.
//!
//! - [`sns`] reads the event and makes a [`note::Note`] of each message.
//! - [`webhook`] keeps the webhook's address, which is a secret and is never logged.
//! - [`slack`] posts, and repeats what may be repeated.
//!
//! A message that cannot be delivered fails the event, so that Lambda delivers it again. A message can therefore come
//! twice, but is not lost without a trace.

pub mod alarm;
pub mod config;
pub mod found;
pub mod mail;
pub mod note;
pub mod slack;
pub mod sns;
pub mod webhook;

use finsight_function::runtime::{Failure, Invocation};
use serde_json::{Value, json};

use crate::slack::Slack;

/// The whole function: an SNS event in, messages in Slack out.
#[derive(Debug)]
pub struct Notifier {
    slack: Slack,
    stack: Option<String>,
}

impl Notifier {
    /// A notifier that names `stack` in each message.
    #[must_use]
    pub fn new(slack: Slack, stack: Option<String>) -> Self {
        Self { slack, stack }
    }

    /// Sends each message of an event.
    ///
    /// # Errors
    /// When the event is not of SNS, or a message could not be delivered. The others were sent all the same.
    pub async fn notify(&mut self, invocation: &Invocation) -> Result<Value, Failure> {
        let messages = sns::read(&invocation.event).map_err(|problem| {
            tracing::error!(problem, "the event is not of SNS");
            Failure::new("Notifier.Event", "the event is not one of SNS")
        })?;
        let mut failed = None;
        let (news, old): (Vec<_>, Vec<_>) = messages.into_iter().partition(sns::Message::is_news);
        for message in old {
            tracing::info!(message_id = message.id, "an alarm that has data now: not sent");
        }
        let count = news.len();
        for message in news {
            let note = message.note();
            match self.slack.send(&note, self.stack.as_deref(), invocation).await {
                Ok(attempts) => {
                    tracing::info!(
                        message_id = message.id,
                        title = note.title,
                        attempts = u64::from(attempts),
                        "sent"
                    );
                }
                Err(failure) => {
                    let (kind, problem) = (failure.kind, failure.message.clone());
                    tracing::error!(message_id = message.id, title = note.title, kind, problem, "not sent");
                    failed = Some(failure);
                }
            }
        }
        failed.map_or_else(|| Ok(json!({ "sent": count })), Err)
    }
}
