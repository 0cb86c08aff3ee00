//! Whether a service can publish to an encrypted topic: it needs the topic's key besides the topic (SNS Developer Guide,
//! "Enable compatibility between event sources from AWS services and encrypted topics").

use super::Topics;
use crate::call::ACCOUNT;
use crate::world::World;

/// Who publishes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Publisher<'a> {
    /// For an alarm, by its ARN.
    CloudWatch(&'a str),
    Budgets,
    Ses,
}

impl Publisher<'_> {
    fn service(self) -> &'static str {
        match self {
            Publisher::CloudWatch(_) => "cloudwatch.amazonaws.com",
            Publisher::Budgets => "budgets.amazonaws.com",
            Publisher::Ses => "ses.amazonaws.com",
        }
    }

    /// What KMS hears for whom it asks. Of SES nothing is documented: that it says nothing is the safe guess. (Of
    /// EventBridge, which nothing here publishes by, it is documented that it says nothing.)
    fn source(self) -> Option<String> {
        match self {
            Publisher::CloudWatch(alarm) => Some(alarm.to_owned()),
            Publisher::Budgets => Some(format!("arn:aws:budgets::{ACCOUNT}:*")),
            Publisher::Ses => None,
        }
    }
}

impl Topics {
    /// The key of a topic, if it has one.
    fn key_of(&self, arn: &str) -> Option<&str> {
        let topic = self.topics.values().find(|topic| topic.arn == arn)?;
        topic.key()
    }
}

/// Whether the key of a topic lets somebody publish; a topic that is not here, or not encrypted, keeps nobody out. AWS's
/// own key lets no service (re:Post, "cloudwatch-configure-alarm-sns").
pub(crate) fn key_lets(world: &World, topic: &str, publisher: Publisher<'_>) -> bool {
    let region = topic.split(':').nth(3).unwrap_or_default();
    let Some(key) = world.sns.get(region).and_then(|topics| topics.key_of(topic)) else { return true };
    if key.contains("alias/aws/") {
        return false;
    }
    let source = publisher.source();
    // What is encrypted, SNS says with each use (SNS Developer Guide, "Encryption context").
    let mut context = vec![("kms:encryptioncontext:aws:sns:topicarn", topic)];
    if let Some(source) = &source {
        context.extend([("aws:sourceaccount", ACCOUNT), ("aws:sourcearn", source.as_str())]);
    }
    let uses = ["kms:GenerateDataKey", "kms:Decrypt"];
    let keys = world.kms.get(region);
    keys.is_some_and(|keys| keys.lets(region, key, publisher.service(), &uses, &context))
}
