//! Topics as those meet them who publish, and who listen.

use crate::call::ACCOUNT;
use crate::policy::{Ask, allows};
use crate::world::World;

/// Who hears of a topic.
#[derive(Debug, Clone)]
pub(crate) struct Listener {
    pub protocol: String,
    pub endpoint: String,
    pub arn: String,
    pub confirmed: bool,
    /// Whether it hears of some messages alone.
    pub filtered: bool,
}

fn region(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}

/// Why a service cannot publish to a topic for one of its resources: the topic's policy, or the policy of the key that it
/// is encrypted with ("Encrypting messages published to Amazon SNS", "Enable compatibility between event sources from AWS
/// services and encrypted topics").
pub(crate) fn refuses(world: &World, topic: &str, service: &str, source: &str) -> Option<String> {
    let region = region(topic);
    let found = world.sns.get(region).and_then(|all| all.topics.values().find(|one| one.arn == topic));
    let Some(found) = found else { return Some("there is no such topic".to_owned()) };
    let context = [("aws:sourceaccount", ACCOUNT), ("aws:sourcearn", source)];
    let ask = Ask { who: Some(service), action: "sns:Publish", resource: topic, context: &context };
    if !allows(&found.policy, &ask) {
        return Some(format!("its policy does not let {service} publish"));
    }
    let key = found.key()?;
    let usable = |keys: &crate::kms::Keys| {
        keys.require(region, key).is_ok()
            && keys.lets(region, key, service, &["kms:Decrypt", "kms:GenerateDataKey"], &context)
    };
    let good = world.kms.get(region).is_some_and(usable);
    (!good).then(|| format!("its key does not let {service} encrypt"))
}

/// Who listens to a topic.
pub(crate) fn listeners(world: &World, topic: &str, now: i64) -> Vec<Listener> {
    let all = world.sns.get(region(topic)).into_iter().flat_map(|all| all.subscriptions.values());
    all.filter(|one| one.of(topic) && !one.lapsed(now))
        .map(super::subscription::Subscription::listener)
        .collect()
}

/// Confirms what waits for its receiver's word, as each would by the link in the mail; gives their addresses.
pub(crate) fn confirm_all(world: &mut World) -> Vec<String> {
    let all = world.sns.values_mut().flat_map(|all| all.subscriptions.values_mut());
    let mut found: Vec<String> = all.filter_map(super::subscription::Subscription::confirm).collect();
    found.sort();
    found.dedup();
    found
}
