//! What SES lets the account do.

use finsight_engine::contract::Failure;

use crate::failure::unread;
use crate::session::Region;

/// What SES lets the account send in a region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sending {
    /// Whether it sends to anybody; in the sandbox it does to verified addresses alone.
    pub to_anybody: bool,
    /// Whether it sends at all: AWS pauses accounts whose mail bounces or is complained of.
    pub enabled: bool,
    /// Messages a second.
    pub a_second: f64,
    /// Messages in 24 hours; -1 for any number.
    pub a_day: f64,
}

/// What SES lets the account send.
///
/// # Errors
/// When AWS does not say.
pub async fn sending(aws: &Region) -> Result<Sending, Failure> {
    let answer = aws.sesv2().get_account().send().await;
    let answer = answer.map_err(|error| unread("ses:GetAccount", &error))?;
    let quota = answer.send_quota();
    Ok(Sending {
        to_anybody: answer.production_access_enabled(),
        enabled: answer.sending_enabled(),
        a_second: quota.map_or(0.0, |quota| quota.max_send_rate()),
        a_day: quota.map_or(0.0, |quota| quota.max24_hour_send()),
    })
}
