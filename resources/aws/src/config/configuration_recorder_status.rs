//! `aws:config:ConfigurationRecorderStatus`

use async_trait::async_trait;
use finsight_engine::contract::{Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{recording, start, stop};
use crate::failure::unexpected;
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:config:ConfigurationRecorderStatus`, which comes and goes with its recorder.
pub struct ConfigurationRecorderStatus;

#[async_trait]
impl Handler for ConfigurationRecorderStatus {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let live = recording(aws).await?.into_iter().map(|recorder| {
            let properties = Values::new()
                .set("name", recorder.name.as_str())
                .set("recording", recorder.on)
                .set("last_status", recorder.fares);
            let (properties, outputs) = (properties.build(), Map::new());
            Live { id: recorder.name, properties, outputs, health: Health::Ready }
        });
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let wanted = inputs.required("name")?;
        let found = recording(aws).await?.into_iter().filter(|recorder| recorder.name == wanted);
        Ok(found.map(|recorder| Candidate { id: recorder.name, ours: true }).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let wanted = inputs.required("name")?;
        if recording(aws).await?.iter().any(|recorder| recorder.name == wanted) {
            return Ok(wanted.to_owned());
        }
        let message = format!("there is no recorder {wanted} yet");
        let mut failure = unexpected("config:DescribeConfigurationRecorderStatus", &message);
        failure.class = FailureClass::NotYet;
        Err(failure)
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        if differing.iter().any(|name| name == "recording") {
            if desired.flag("recording").unwrap_or(true) {
                start(aws, &target.id).await?;
            } else {
                stop(aws, &target.id).await?;
            }
        }
        // The channel is named for the order of things; nothing is sent for it.
        Ok(vec!["delivery_channel_name".to_owned()])
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        stop(aws, &target.id).await?;
        Ok(Deleted::Gone)
    }
}
