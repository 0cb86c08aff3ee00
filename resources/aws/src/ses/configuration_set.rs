//! `aws:ses:ConfigurationSet`

use async_trait::async_trait;
use aws_sdk_sesv2::operation::get_configuration_set::GetConfigurationSetOutput;
use aws_sdk_sesv2::types::{
    DeliveryOptions, EventDestination, ReputationOptions, SendingOptions, SuppressionListReason,
    SuppressionOptions, TlsPolicy,
};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};

use super::common::{arn_of, converge_tags, tag_pairs, tags_of};
use super::event_destination;
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:ses:ConfigurationSet`.
pub struct ConfigurationSet;

#[async_trait]
impl Handler for ConfigurationSet {
    /// One after the other: SES takes a call a second.
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for target in targets {
            let Some(set) = set_at(aws, &target.id).await? else { continue };
            if let Some(destinations) = absent_as_none(destinations_of(aws, &target.id).await)? {
                found.push(live(aws, &target.id, &set, &destinations));
            }
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("configuration_set_name")?;
        let set = set_at(aws, name).await?;
        Ok(set
            .map(|set| {
                let ours = tag_pairs(set.tags()).get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
                Candidate { id: name.to_owned(), ours }
            })
            .into_iter()
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("configuration_set_name")?;
        let tls = inputs.text("tls_policy").map(TlsPolicy::from);
        let metrics = inputs.flag("reputation_metrics_enabled").unwrap_or(false);
        let sending = inputs.flag("sending_enabled").unwrap_or(true);
        let suppression = reasons(inputs)
            .map(|reasons| SuppressionOptions::builder().set_suppressed_reasons(Some(reasons)).build());
        aws.sesv2()
            .create_configuration_set()
            .configuration_set_name(name)
            .delivery_options(DeliveryOptions::builder().set_tls_policy(tls).build())
            .reputation_options(ReputationOptions::builder().reputation_metrics_enabled(metrics).build())
            .sending_options(SendingOptions::builder().sending_enabled(sending).build())
            .set_suppression_options(suppression)
            .set_tags(Some(tags_of(inputs.tags())?))
            .send()
            .await
            .map_err(|error| refused("ses:CreateConfigurationSet", &error))?;
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
        for property in differing {
            match property.as_str() {
                "event_destinations" => {
                    event_destination::converge(aws, name, &live.properties, desired).await?
                }
                "tags" => {}
                other => converge_option(aws, name, other, desired).await?,
            }
        }
        converge_tags(aws, &arn_of(aws, "configuration-set", name), &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.sesv2().delete_configuration_set().configuration_set_name(&target.id);
        call.send().await.map_err(|error| refused("ses:DeleteConfigurationSet", &error))?;
        Ok(Deleted::Gone)
    }
}

/// Each group of options has a call of its own, which puts the group whole: what is not ours to set goes along.
async fn converge_option(aws: &Region, name: &str, property: &str, desired: &Map) -> Result<(), Failure> {
    let ses = aws.sesv2();
    match property {
        "tls_policy" => {
            let standing = set_at(aws, name).await?.and_then(|set| set.delivery_options);
            ses.put_configuration_set_delivery_options()
                .configuration_set_name(name)
                .set_sending_pool_name(standing.as_ref().and_then(|it| it.sending_pool_name.clone()))
                .set_max_delivery_seconds(standing.and_then(|it| it.max_delivery_seconds))
                .set_tls_policy(desired.text(property).map(TlsPolicy::from))
                .send()
                .await
                .map_err(|error| refused("ses:PutConfigurationSetDeliveryOptions", &error))?;
        }
        "reputation_metrics_enabled" => {
            ses.put_configuration_set_reputation_options()
                .configuration_set_name(name)
                .reputation_metrics_enabled(desired.flag(property).unwrap_or(false))
                .send()
                .await
                .map_err(|error| refused("ses:PutConfigurationSetReputationOptions", &error))?;
        }
        "sending_enabled" => {
            ses.put_configuration_set_sending_options()
                .configuration_set_name(name)
                .sending_enabled(desired.flag(property).unwrap_or(true))
                .send()
                .await
                .map_err(|error| refused("ses:PutConfigurationSetSendingOptions", &error))?;
        }
        "suppressed_reasons" => {
            ses.put_configuration_set_suppression_options()
                .configuration_set_name(name)
                .set_suppressed_reasons(reasons(desired))
                .send()
                .await
                .map_err(|error| refused("ses:PutConfigurationSetSuppressionOptions", &error))?;
        }
        "custom_redirect_domain" => {
            let standing = set_at(aws, name).await?.and_then(|set| set.tracking_options);
            let domain = desired.text(property).map(str::to_owned);
            ses.put_configuration_set_tracking_options()
                .configuration_set_name(name)
                .set_https_policy(standing.and_then(|it| it.https_policy).filter(|_| domain.is_some()))
                .set_custom_redirect_domain(domain)
                .send()
                .await
                .map_err(|error| refused("ses:PutConfigurationSetTrackingOptions", &error))?;
        }
        _ => {}
    }
    Ok(())
}

/// The wanted reasons; `None` where those of the account hold.
fn reasons(inputs: &Map) -> Option<Vec<SuppressionListReason>> {
    inputs.get("suppressed_reasons").and_then(Value::as_list)?;
    let names = inputs.texts("suppressed_reasons");
    Some(names.iter().map(|name| SuppressionListReason::from(name.as_str())).collect())
}

async fn set_at(aws: &Region, name: &str) -> Result<Option<GetConfigurationSetOutput>, Failure> {
    let answer = aws.sesv2().get_configuration_set().configuration_set_name(name).send().await;
    absent_as_none(answer.map_err(|error| unread("ses:GetConfigurationSet", &error)))
}

async fn destinations_of(aws: &Region, name: &str) -> Result<Vec<EventDestination>, Failure> {
    let call = aws.sesv2().get_configuration_set_event_destinations().configuration_set_name(name);
    let answer = call.send().await;
    let answer = answer.map_err(|error| unread("ses:GetConfigurationSetEventDestinations", &error))?;
    Ok(answer.event_destinations.unwrap_or_default())
}

fn live(
    aws: &Region,
    name: &str,
    set: &GetConfigurationSetOutput,
    destinations: &[EventDestination],
) -> Live {
    let tls = set.delivery_options().and_then(|options| options.tls_policy());
    let reasons = set.suppression_options().and_then(|options| options.suppressed_reasons.as_ref());
    let reasons = reasons
        .map(|reasons| Value::List(reasons.iter().map(|reason| Value::from(reason.as_str())).collect()));
    let domain = set.tracking_options().map(|options| options.custom_redirect_domain());
    let properties = Values::new()
        .set("configuration_set_name", name)
        .set("tls_policy", tls.map_or("OPTIONAL", TlsPolicy::as_str))
        .set(
            "reputation_metrics_enabled",
            set.reputation_options().is_some_and(|options| options.reputation_metrics_enabled()),
        )
        .set("sending_enabled", set.sending_options().is_none_or(|options| options.sending_enabled()))
        .set("suppressed_reasons", reasons)
        .set("custom_redirect_domain", domain.filter(|domain| !domain.is_empty()))
        .set(
            "event_destinations",
            Value::List(destinations.iter().map(event_destination::value_of).collect()),
        )
        .tags(tag_pairs(set.tags()));
    let outputs = Values::new().set("arn", arn_of(aws, "configuration-set", name));
    Live {
        id: name.to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }
}
