//! What SES lets the account do.

use finsight_engine::contract::Failure;

use crate::failure::unread;
use crate::session::Region;

/// Whether SES sends the account's mail to anybody; in the sandbox it does to verified addresses alone.
///
/// # Errors
/// When AWS does not say.
pub async fn has_production_access(aws: &Region) -> Result<bool, Failure> {
    let answer = aws.sesv2().get_account().send().await;
    Ok(answer.map_err(|error| unread("ses:GetAccount", &error))?.production_access_enabled())
}
