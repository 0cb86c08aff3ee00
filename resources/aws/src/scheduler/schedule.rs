//! `aws:scheduler:Schedule`

use async_trait::async_trait;
use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;
use aws_sdk_scheduler::types::{ActionAfterCompletion, ScheduleState};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::future::try_join_all;

use super::schedule_values::{moment, properties, start, target as target_of, window};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// Schedules are read so many at a time: lists lack most of what they are.
const AT_ONCE: usize = 5;

/// The handler of `aws:scheduler:Schedule`.
pub struct Schedule;

/// A create or update call with all settings: what an update leaves out goes back to its default.
macro_rules! with_settings {
    ($call:expr, $inputs:expr) => {
        $call
            .set_schedule_expression($inputs.text("schedule_expression").map(str::to_owned))
            .set_schedule_expression_timezone($inputs.text("schedule_expression_timezone").map(str::to_owned))
            .flexible_time_window(window($inputs)?)
            .set_state($inputs.text("state").map(ScheduleState::from))
            .set_description($inputs.text("description").filter(|text| !text.is_empty()).map(str::to_owned))
            .set_start_date(start($inputs)?)
            .set_end_date(moment($inputs, "end_date")?)
            .set_kms_key_arn($inputs.text("kms_key_arn").map(str::to_owned))
            .target(target_of($inputs)?)
            .set_action_after_completion(
                $inputs.text("action_after_completion").map(ActionAfterCompletion::from),
            )
    };
}

#[async_trait]
impl Handler for Schedule {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            let mut reads = Vec::new();
            for target in batch {
                reads.push(read_one(aws, target));
            }
            found.extend(try_join_all(reads).await?.into_iter().flatten());
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (group, name) = (inputs.text("group_name").unwrap_or("default"), inputs.required("name")?);
        let Some(schedule) = schedule_at(aws, group, name).await? else { return Ok(Vec::new()) };
        // A schedule takes no tags; that it calls our target as our role at our times proves it ours.
        let wanted = target_of(inputs)?;
        let target = schedule.target();
        let ours = target.map(|target| target.arn()) == Some(wanted.arn())
            && target.map(|target| target.role_arn()) == Some(wanted.role_arn())
            && schedule.schedule_expression() == inputs.text("schedule_expression");
        Ok(vec![Candidate { id: format!("{group}/{name}"), ours }])
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let (group, name) = (inputs.text("group_name").unwrap_or("default"), inputs.required("name")?);
        let call =
            aws.scheduler().create_schedule().group_name(group).name(name).client_token(owner.as_str());
        with_settings!(call, inputs)
            .send()
            .await
            .map_err(|error| refused("scheduler:CreateSchedule", &error))?;
        Ok(format!("{group}/{name}"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let (group, name) = split(&target.id);
        let call = aws.scheduler().update_schedule().group_name(group).name(name);
        let call = with_settings!(call, desired);
        call.send().await.map_err(|error| refused("scheduler:UpdateSchedule", &error))?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let (group, name) = split(&target.id);
        let call = aws.scheduler().delete_schedule().group_name(group).name(name);
        call.send().await.map_err(|error| refused("scheduler:DeleteSchedule", &error))?;
        Ok(Deleted::Gone)
    }
}

fn split(id: &str) -> (&str, &str) {
    id.split_once('/').unwrap_or(("default", id))
}

async fn schedule_at(aws: &Region, group: &str, name: &str) -> Result<Option<GetScheduleOutput>, Failure> {
    let answer = aws.scheduler().get_schedule().group_name(group).name(name).send().await;
    absent_as_none(answer.map_err(|error| unread("scheduler:GetSchedule", &error)))
}

async fn read_one(aws: &Region, target: &Target) -> Result<Option<Live>, Failure> {
    let (group, name) = split(&target.id);
    let Some(schedule) = schedule_at(aws, group, name).await? else { return Ok(None) };
    let properties = properties(&schedule, &target.inputs);
    let outputs = Values::new().set("arn", schedule.arn()).build();
    Ok(Some(Live { id: target.id.clone(), properties, outputs, health: Health::Ready }))
}
