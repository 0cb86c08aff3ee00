//! `aws:logs:SubscriptionFilter`

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::types::{Distribution, SubscriptionFilter as Filter};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::program::Resource;
use finsight_engine::value::Map;
use finsight_specs::logs::SubscriptionFilter as Spec;

use super::filters::{groups, id_in, id_of, parts};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::standing::{as_wanted, stands_already};
use crate::values::{Inputs, Values};

/// The handler of `aws:logs:SubscriptionFilter`.
pub struct SubscriptionFilter;

#[async_trait]
impl Handler for SubscriptionFilter {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut filters = Vec::new();
        for group in groups(targets)? {
            filters.extend(described(aws, group).await?);
        }
        Ok(in_order(targets, filters.iter().map(values)))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        Ok(standing(aws, inputs)
            .await?
            .map(|live| Candidate { id: live.id.clone(), ours: as_wanted(&Spec::spec(), &live, inputs) })
            .into_iter()
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        if let Some(live) = standing(aws, inputs).await? {
            let what = format!("the {} {}", Spec::TYPE, live.id);
            return Err(stands_already("logs:PutSubscriptionFilter", &what));
        }
        put(aws, inputs, None).await?;
        id_in(inputs)
    }

    async fn converge(
        &self,
        aws: &Region,
        _target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        // The call replaces the filter: what is not ours to set goes along.
        let name = desired.required("filter_name")?;
        let filters = described(aws, desired.required("log_group_name")?).await?;
        let standing = filters.into_iter().find(|filter| filter.filter_name() == Some(name));
        put(aws, desired, standing).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        remove(aws, &target.id).await?;
        Ok(Deleted::Gone)
    }
}

/// Takes a filter away, by its id here.
pub(super) async fn remove(aws: &Region, id: &str) -> Result<(), Failure> {
    let (group, filter) = parts(id)?;
    let call = aws.logs().delete_subscription_filter().log_group_name(group).filter_name(filter);
    call.send().await.map_err(|error| refused("logs:DeleteSubscriptionFilter", &error))?;
    Ok(())
}

/// The ids of all filters of a group.
pub(super) async fn ids(aws: &Region, group: &str) -> Result<Vec<String>, Failure> {
    Ok(described(aws, group).await?.iter().map(|filter| values(filter).id).collect())
}

async fn standing(aws: &Region, inputs: &Map) -> Result<Option<Live>, Failure> {
    let id = id_in(inputs)?;
    let filters = described(aws, inputs.required("log_group_name")?).await?;
    Ok(filters.iter().map(values).find(|live| live.id == id))
}

/// The filters of a group, two at most; none where the group is gone.
async fn described(aws: &Region, group: &str) -> Result<Vec<Filter>, Failure> {
    let answer = aws
        .logs()
        .describe_subscription_filters()
        .log_group_name(group)
        .send()
        .await
        .map_err(|error| unread("logs:DescribeSubscriptionFilters", &error));
    Ok(absent_as_none(answer)?.and_then(|answer| answer.subscription_filters).unwrap_or_default())
}

async fn put(aws: &Region, inputs: &Map, standing: Option<Filter>) -> Result<(), Failure> {
    let standing = standing.as_ref();
    let call = aws
        .logs()
        .put_subscription_filter()
        .log_group_name(inputs.required("log_group_name")?)
        .filter_name(inputs.required("filter_name")?)
        .filter_pattern(inputs.text("filter_pattern").unwrap_or_default())
        .destination_arn(inputs.required("destination_arn")?)
        .set_role_arn(inputs.text("role_arn").map(str::to_owned))
        .set_distribution(inputs.text("distribution").map(Distribution::from))
        .set_apply_on_transformed_logs(inputs.flag("apply_on_transformed_logs"))
        .set_field_selection_criteria(standing.and_then(|it| it.field_selection_criteria.clone()))
        .set_emit_system_fields(standing.and_then(|it| it.emit_system_fields.clone()));
    call.send().await.map_err(|error| refused("logs:PutSubscriptionFilter", &error))?;
    Ok(())
}

fn values(filter: &Filter) -> Live {
    let properties = Values::new()
        .set("log_group_name", filter.log_group_name())
        .set("filter_name", filter.filter_name())
        .set("filter_pattern", filter.filter_pattern().unwrap_or_default())
        .set("destination_arn", filter.destination_arn())
        .set("role_arn", filter.role_arn())
        .set("distribution", filter.distribution().map_or("ByLogStream", Distribution::as_str))
        .set("apply_on_transformed_logs", filter.apply_on_transformed_logs());
    Live {
        id: id_of(filter.log_group_name().unwrap_or_default(), filter.filter_name().unwrap_or_default()),
        properties: properties.build(),
        outputs: Map::new(),
        health: Health::Ready,
    }
}
