//! The way of an alarm: topic, key, whoever listens.

use finsight_function_testing::Answer;
use serde_json::json;

use super::Walk;
use crate::cloudwatch::{self, Sounding};
use crate::lambda;
use crate::sns;
use crate::world::{World, uuid};

/// As whom alarms are told.
const ALARMS: &str = "cloudwatch.amazonaws.com";
/// As whom topics call functions.
const TOPICS: &str = "sns.amazonaws.com";

/// A mail that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The address.
    pub to: String,
    /// The subject.
    pub subject: String,
}

/// What became of an alarm.
#[derive(Clone, Debug, Default)]
pub struct Sounded {
    /// Its name.
    pub alarm: String,
    /// Functions that took it.
    pub functions: Vec<String>,
    /// Mails that were sent.
    pub mails: Vec<Mail>,
    /// What stood in its way.
    pub lost: Vec<String>,
}

impl Walk {
    /// The names of the alarms with a tag that do something when they sound, in order of region and name, and how many do
    /// nothing by themselves.
    #[must_use]
    pub fn alarms(&self, tag: (&str, &str)) -> (Vec<String>, usize) {
        let all = cloudwatch::alarms(&self.world, self.now).into_iter();
        let own = all.filter(|alarm| alarm.tags.get(tag.0).is_some_and(|value| value == tag.1));
        let (loud, quiet): (Vec<Sounding>, Vec<Sounding>) = own.partition(|alarm| !alarm.actions.is_empty());
        (loud.into_iter().map(|alarm| alarm.name).collect(), quiet.len())
    }

    /// Confirms, in the walk's own copy of the account, what waits for its receiver's word; gives their addresses.
    pub fn confirm(&mut self) -> Vec<String> {
        sns::confirm_all(std::sync::Arc::make_mut(&mut self.world))
    }

    /// Sets an alarm to `ALARM`, and follows what it does.
    pub fn sound(&mut self, name: &str) -> Sounded {
        let world = std::sync::Arc::clone(&self.world);
        let mut sounded = Sounded { alarm: name.to_owned(), ..Sounded::default() };
        let found = cloudwatch::alarms(&world, self.now).into_iter().find(|alarm| alarm.name == name);
        let Some(alarm) = found else {
            sounded.lost.push("there is no such alarm".to_owned());
            return sounded;
        };
        if alarm.actions.is_empty() {
            sounded.lost.push("it does nothing when it sounds".to_owned());
        }
        for action in &alarm.actions {
            if action.split(':').nth(2) == Some("sns") {
                self.publish(&world, action, &alarm, &mut sounded);
            } else {
                sounded.lost.push(format!("action {action} is not walked"));
            }
        }
        sounded
    }

    fn publish(&mut self, world: &World, topic: &str, alarm: &Sounding, sounded: &mut Sounded) {
        let at = format!("topic {}", topic.rsplit(':').next().unwrap_or_default());
        if let Some(why) = sns::refuses(world, topic, ALARMS, &alarm.arn) {
            sounded.lost.push(format!("{at}: {why}"));
            return;
        }
        let listeners = sns::listeners(world, topic, self.now);
        if listeners.is_empty() {
            sounded.lost.push(format!("{at}: nobody listens"));
        }
        let subject = format!("ALARM: \"{}\"", alarm.name);
        for listener in listeners {
            let whom = format!("{at}, {} {}", listener.protocol, listener.endpoint);
            if !listener.confirmed {
                sounded.lost.push(format!("{whom}: has not confirmed"));
                continue;
            }
            if listener.filtered {
                sounded.lost.push(format!("{whom}: what its filter lets through is not walked"));
                continue;
            }
            match listener.protocol.as_str() {
                "email" | "email-json" => {
                    sounded.mails.push(Mail { to: listener.endpoint, subject: subject.clone() });
                }
                "lambda" => match self.deliver(world, topic, &listener, &subject, alarm) {
                    Ok(function) => sounded.functions.push(function),
                    Err(why) => sounded.lost.push(format!("{at}: {why}")),
                },
                _ => sounded.lost.push(format!("{whom}: is not walked")),
            }
        }
    }

    /// Calls a function with the event of "Invoking Lambda functions with Amazon SNS notifications". What fails is called
    /// twice more by AWS, with minutes between; here once is enough to see it.
    fn deliver(
        &mut self,
        world: &World,
        topic: &str,
        listener: &sns::Listener,
        subject: &str,
        alarm: &Sounding,
    ) -> Result<String, String> {
        let function = lambda::called(world, &listener.endpoint, self.now)?;
        let name = function.name();
        if let Some(why) = function.refuses(TOPICS, topic) {
            return Err(format!("function {name}: {why}"));
        }
        if function.is_stopped() {
            return Err(format!("function {name}: no call of it is let through"));
        }
        let event = json!({"Records": [{
            "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": listener.arn,
            "Sns": {"Type": "Notification", "MessageId": uuid(), "TopicArn": topic, "Subject": subject,
                "Message": alarm.message.to_string(), "Timestamp": alarm.message["StateChangeTime"],
                "MessageAttributes": {}},
        }]});
        let fails = |what: String| Err(format!("function {name}: {what}"));
        match self.run(world, &function, &event) {
            Ok(Answer::Response(_)) if self.runner.is_script(&function) => {
                fails("is a placeholder, which drops what it gets".to_owned())
            }
            Ok(Answer::Response(_)) => Ok(name),
            Ok(Answer::Error(error) | Answer::NotStarted(error)) => {
                fails(error["errorMessage"].as_str().unwrap_or("it fails").to_owned())
            }
            Err(why) => fails(why),
        }
    }
}
