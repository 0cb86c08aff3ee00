//! `aws:ses:EmailIdentity`

use async_trait::async_trait;
use aws_sdk_sesv2::operation::get_email_identity::GetEmailIdentityOutput;
use aws_sdk_sesv2::types::{
    BehaviorOnMxFailure, DkimSigningAttributes, DkimSigningAttributesOrigin, DkimSigningKeyLength,
    DkimStatus, MailFromDomainStatus,
};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};

use super::common::{arn_of, converge_tags, tag_pairs, tags_of};
use crate::failure::{absent_as_none, never, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The length of DKIM keys where nothing is said.
const KEY_LENGTH: &str = "RSA_2048_BIT";

/// What becomes of mail without an MX record where nothing is said.
const USE_DEFAULT: &str = "USE_DEFAULT_VALUE";

/// What the condition says of proofs that were not found in DNS in time.
const DKIM_FAILED: &str = "DKIM FAILED";
const MAIL_FROM_FAILED: &str = "MAIL FROM FAILED";

/// The handler of `aws:ses:EmailIdentity`.
pub struct EmailIdentity;

#[async_trait]
impl Handler for EmailIdentity {
    /// One after the other: SES takes a call a second.
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for target in targets {
            if let Some(identity) = identity_at(aws, &target.id).await? {
                found.push(live(aws, &target.id, identity));
            }
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("email_identity")?;
        let identity = identity_at(aws, name).await?;
        Ok(identity
            .map(|identity| {
                let tags = tag_pairs(identity.tags());
                let ours = tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
                Candidate { id: name.to_owned(), ours }
            })
            .into_iter()
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("email_identity")?;
        let signing = key_length(inputs).filter(|length| length.as_str() != KEY_LENGTH);
        if is_address(name) && (signing.is_some() || inputs.flag("dkim_signing_enabled") == Some(false)) {
            return Err(of_domain("ses:CreateEmailIdentity"));
        }
        aws.sesv2()
            .create_email_identity()
            .email_identity(name)
            .set_configuration_set_name(inputs.text("configuration_set_name").map(str::to_owned))
            .set_dkim_signing_attributes(signing.map(signing_attributes))
            .set_tags(Some(tags_of(inputs.tags())?))
            .send()
            .await
            .map_err(|error| refused("ses:CreateEmailIdentity", &error))?;
        Ok(name.to_owned())
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let name = target.id.as_str();
        let differs = |name: &str| differing.iter().any(|item| item == name);
        // What SES has given up after 72 hours is begun again by what began it.
        let given_up = |what: &str| {
            differs("condition") && live.properties.text("condition").is_some_and(|text| text.contains(what))
        };
        let signs = differs("next_signing_key_length") || differs("dkim_signing_enabled");
        if signs || given_up(DKIM_FAILED) {
            let differs =
                |name: &str| differs(name) || name == "next_signing_key_length" && given_up(DKIM_FAILED);
            converge_dkim(aws, name, desired, &differs).await?;
        }
        if differs("configuration_set_name") {
            aws.sesv2()
                .put_email_identity_configuration_set_attributes()
                .email_identity(name)
                .set_configuration_set_name(desired.text("configuration_set_name").map(str::to_owned))
                .send()
                .await
                .map_err(|error| refused("ses:PutEmailIdentityConfigurationSetAttributes", &error))?;
        }
        let from = differs("mail_from_domain") || differs("behavior_on_mx_failure");
        if from || given_up(MAIL_FROM_FAILED) {
            let behavior = desired.text("behavior_on_mx_failure").unwrap_or(USE_DEFAULT);
            if behavior != USE_DEFAULT && desired.text("mail_from_domain").is_none() {
                let message = "`behavior_on_mx_failure` needs `mail_from_domain`";
                return Err(never(
                    "ses:PutEmailIdentityMailFromAttributes",
                    "MailFromDomainMissing",
                    message,
                ));
            }
            aws.sesv2()
                .put_email_identity_mail_from_attributes()
                .email_identity(name)
                .set_mail_from_domain(desired.text("mail_from_domain").map(str::to_owned))
                .set_behavior_on_mx_failure(
                    desired.text("behavior_on_mx_failure").map(BehaviorOnMxFailure::from),
                )
                .send()
                .await
                .map_err(|error| refused("ses:PutEmailIdentityMailFromAttributes", &error))?;
        }
        if differs("email_forwarding_enabled") {
            aws.sesv2()
                .put_email_identity_feedback_attributes()
                .email_identity(name)
                .email_forwarding_enabled(desired.flag("email_forwarding_enabled").unwrap_or(true))
                .send()
                .await
                .map_err(|error| refused("ses:PutEmailIdentityFeedbackAttributes", &error))?;
        }
        converge_tags(aws, &arn_of(aws, "identity", name), &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.sesv2().delete_email_identity().email_identity(&target.id);
        call.send().await.map_err(|error| refused("ses:DeleteEmailIdentity", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn converge_dkim(
    aws: &Region,
    name: &str,
    desired: &Map,
    differs: &(dyn Fn(&str) -> bool + Sync),
) -> Result<(), Failure> {
    if is_address(name) {
        return Err(of_domain("ses:PutEmailIdentityDkimAttributes"));
    }
    if differs("next_signing_key_length") {
        aws.sesv2()
            .put_email_identity_dkim_signing_attributes()
            .email_identity(name)
            .signing_attributes_origin(DkimSigningAttributesOrigin::AwsSes)
            .set_signing_attributes(key_length(desired).map(signing_attributes))
            .send()
            .await
            .map_err(|error| refused("ses:PutEmailIdentityDkimSigningAttributes", &error))?;
    }
    if differs("dkim_signing_enabled") {
        aws.sesv2()
            .put_email_identity_dkim_attributes()
            .email_identity(name)
            .signing_enabled(desired.flag("dkim_signing_enabled").unwrap_or(true))
            .send()
            .await
            .map_err(|error| refused("ses:PutEmailIdentityDkimAttributes", &error))?;
    }
    Ok(())
}

fn is_address(name: &str) -> bool {
    name.contains('@')
}

fn of_domain(operation: &str) -> Failure {
    never(
        operation,
        "DkimOfAddress",
        "an address is signed as its domain is: DKIM is set on the domain's identity",
    )
}

fn key_length(inputs: &Map) -> Option<DkimSigningKeyLength> {
    inputs.text("next_signing_key_length").map(DkimSigningKeyLength::from)
}

fn signing_attributes(length: DkimSigningKeyLength) -> DkimSigningAttributes {
    DkimSigningAttributes::builder().next_signing_key_length(length).build()
}

async fn identity_at(aws: &Region, name: &str) -> Result<Option<GetEmailIdentityOutput>, Failure> {
    let answer = aws.sesv2().get_email_identity().email_identity(name).send().await;
    absent_as_none(answer.map_err(|error| unread("ses:GetEmailIdentity", &error)))
}

/// `fit`, or which proofs SES looks for no more.
fn condition(dkim: Option<&DkimStatus>, mail_from: Option<&MailFromDomainStatus>) -> String {
    let failed = [
        (dkim == Some(&DkimStatus::Failed)).then_some(DKIM_FAILED),
        (mail_from == Some(&MailFromDomainStatus::Failed)).then_some(MAIL_FROM_FAILED),
    ];
    let failed: Vec<&str> = failed.into_iter().flatten().collect();
    if failed.is_empty() { "fit".to_owned() } else { failed.join(", ") }
}

fn live(aws: &Region, name: &str, identity: GetEmailIdentityOutput) -> Live {
    let dkim = identity.dkim_attributes();
    // An address has no DKIM of its own: what AWS says of it is of its domain.
    let of_domain = dkim.filter(|_| !is_address(name));
    let length = of_domain.and_then(|dkim| dkim.next_signing_key_length());
    let mail_from = identity.mail_from_attributes();
    let mail_from_domain = mail_from.map(|from| from.mail_from_domain()).filter(|domain| !domain.is_empty());
    let from_status =
        mail_from.filter(|_| mail_from_domain.is_some()).map(|from| from.mail_from_domain_status());
    let properties = Values::new()
        .set("email_identity", name)
        .set("dkim_signing_enabled", of_domain.is_none_or(|dkim| dkim.signing_enabled()))
        .set("next_signing_key_length", length.map_or(KEY_LENGTH, DkimSigningKeyLength::as_str))
        .set("configuration_set_name", identity.configuration_set_name())
        .set("mail_from_domain", mail_from_domain)
        .set(
            "behavior_on_mx_failure",
            mail_from
                .map(|from| from.behavior_on_mx_failure().as_str())
                .filter(|behavior| !behavior.is_empty())
                .unwrap_or(USE_DEFAULT),
        )
        .set("email_forwarding_enabled", identity.feedback_forwarding_status())
        .set("condition", condition(of_domain.and_then(|dkim| dkim.status()), from_status))
        .tags(tag_pairs(identity.tags()));
    let tokens = dkim.map(|dkim| dkim.tokens().to_vec()).unwrap_or_default();
    let zone = dkim.and_then(|dkim| dkim.signing_hosted_zone()).unwrap_or("dkim.amazonses.com");
    let outputs = Values::new()
        .set("arn", arn_of(aws, "identity", name))
        .set("dkim_tokens", Value::List(tokens.into_iter().map(Value::Text).collect()))
        .set("dkim_signing_hosted_zone", zone)
        .set("dkim_status", dkim.and_then(|dkim| dkim.status()).map_or("NOT_STARTED", DkimStatus::as_str))
        .set("mail_from_domain_status", from_status.map_or("", |status| status.as_str()))
        .set("verified_for_sending", identity.verified_for_sending_status());
    Live {
        id: name.to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// K12: what SES has given up is a difference, what it still looks for is none.
    #[test]
    fn what_ses_has_given_up_is_a_difference() {
        let (found, failed) = (MailFromDomainStatus::Success, MailFromDomainStatus::Failed);
        assert_eq!(condition(Some(&DkimStatus::Pending), Some(&found)), "fit");
        assert_eq!(condition(None, None), "fit");
        assert_eq!(condition(Some(&DkimStatus::Failed), Some(&found)), "DKIM FAILED");
        let both = condition(Some(&DkimStatus::Failed), Some(&failed));
        assert_eq!(both, "DKIM FAILED, MAIL FROM FAILED");
    }
}
