//! CloudWatch alarms as SNS brings them.

use serde::Deserialize;
use serde_json::Value;

use crate::note::{Note, Tone};

/// An alarm that changed its state.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Alarm {
    alarm_name: String,
    alarm_arn: Option<String>,
    alarm_description: Option<String>,
    #[serde(rename = "AWSAccountId")]
    account: Option<String>,
    new_state_value: String,
    new_state_reason: Option<String>,
    old_state_value: Option<String>,
    state_change_time: Option<String>,
    region: Option<String>,
    trigger: Option<Trigger>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trigger {
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default)]
    dimensions: Vec<Dimension>,
}

#[derive(Clone, Debug, Deserialize)]
struct Dimension {
    name: String,
    value: Value,
}

impl Alarm {
    /// Reads an alarm. None where the message is something else.
    #[must_use]
    pub fn read(message: &Value) -> Option<Self> {
        serde_json::from_value(message.clone()).ok()
    }

    /// Whether it says something that nobody knew: a new alarm comes to OK from having no data yet, and all of a stack
    /// do on its first day.
    #[must_use]
    pub fn is_news(&self) -> bool {
        self.new_state_value != "OK" || self.old_state_value.as_deref() != Some("INSUFFICIENT_DATA")
    }

    /// The alarm as a note.
    #[must_use]
    pub fn note(&self) -> Note {
        let tone = match self.new_state_value.as_str() {
            "ALARM" => Tone::Bad,
            "OK" => Tone::Good,
            _ => Tone::Unsure,
        };
        let texts = [self.alarm_description.as_deref(), self.new_state_reason.as_deref()];
        let state = match &self.old_state_value {
            Some(old) => format!("{old} → {}", self.new_state_value),
            None => self.new_state_value.clone(),
        };
        Note {
            tone,
            title: format!("{}: {}", self.new_state_value, self.alarm_name),
            text: texts.into_iter().flatten().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n"),
            facts: vec![
                ("State", state),
                ("Metric", self.trigger.as_ref().map(Trigger::text).unwrap_or_default()),
                ("Region", self.region_name()),
                ("Account", self.account.clone().unwrap_or_default()),
                ("Since", self.state_change_time.clone().unwrap_or_default()),
            ],
            link: self.link().map(|url| ("Open the alarm", url)),
        }
    }

    /// The region's name from the ARN, such as `ap-northeast-1`; the message itself says `Asia Pacific (Tokyo)`.
    fn region_name(&self) -> String {
        let own = self.place().map(|place| place.region);
        own.or(self.region.as_deref()).unwrap_or_default().to_owned()
    }

    /// Where the alarm's ARN says that it is. None where the ARN has not the form of one, or is another alarm's.
    fn place(&self) -> Option<Place<'_>> {
        let parts: Vec<&str> = self.alarm_arn.as_deref()?.splitn(7, ':').collect();
        let ["arn", partition, "cloudwatch", region, account, "alarm", name] = parts[..] else { return None };
        let word = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let own = name == self.alarm_name && self.account.as_deref().is_none_or(|own| own == account);
        (word(region) && digits && own).then_some(Place { partition, region })
    }

    /// The alarm in the console. It is built from what was checked: the message may come from anyone who may publish.
    fn link(&self) -> Option<String> {
        let Place { partition, region } = self.place()?;
        let console = match partition {
            "aws" => format!("{region}.console.aws.amazon.com"),
            "aws-us-gov" => "console.amazonaws-us-gov.com".to_owned(),
            "aws-cn" => "console.amazonaws.cn".to_owned(),
            _ => return None,
        };
        let name = percent(&self.alarm_name);
        Some(format!("https://{console}/cloudwatch/home?region={region}#alarmsV2:alarm/{name}"))
    }
}

/// Where an alarm is.
struct Place<'a> {
    partition: &'a str,
    region: &'a str,
}

impl Trigger {
    fn text(&self) -> String {
        let mut parts: Vec<String> =
            [&self.namespace, &self.metric_name].into_iter().flatten().cloned().collect();
        parts.extend(self.dimensions.iter().map(|dimension| {
            let value = dimension.value.as_str().map_or_else(|| dimension.value.to_string(), str::to_owned);
            format!("{}={value}", dimension.name)
        }));
        parts.join(" ")
    }
}

/// Percent-encodes all but the letters, digits and signs that need none.
fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
