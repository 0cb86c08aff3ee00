//! `aws:wafv2:LoggingConfiguration`

use async_trait::async_trait;
use aws_sdk_wafv2::types::LoggingConfiguration as Configuration;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::logging_values::{configuration, properties};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::Inputs;

/// The handler of `aws:wafv2:LoggingConfiguration`.
pub struct LoggingConfiguration;

#[async_trait]
impl Handler for LoggingConfiguration {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for target in targets {
            found.extend(got(aws, &target.id).await?.map(|config| Live {
                id: target.id.clone(),
                properties: properties(&config),
                outputs: Map::new(),
                health: Health::Ready,
            }));
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let resource = inputs.required("resource_arn")?;
        let config = got(aws, resource).await?;
        let candidate = |config: Configuration| {
            let ours = config.log_destination_configs() == inputs.texts("log_destination_configs");
            Candidate { id: resource.to_owned(), ours }
        };
        Ok(config.map(candidate).into_iter().collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let resource = inputs.required("resource_arn")?;
        put(aws, resource, inputs).await?;
        Ok(resource.to_owned())
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        put(aws, &target.id, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.wafv2().delete_logging_configuration().resource_arn(&target.id);
        call.send().await.map_err(|error| refused("wafv2:DeleteLoggingConfiguration", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn got(aws: &Region, resource: &str) -> Result<Option<Configuration>, Failure> {
    let answer = aws.wafv2().get_logging_configuration().resource_arn(resource).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("wafv2:GetLoggingConfiguration", &error)))?;
    Ok(answer.and_then(|answer| answer.logging_configuration))
}

/// Sets all of it; a web ACL or a log group just made may not be known to WAF yet.
async fn put(aws: &Region, resource: &str, inputs: &Map) -> Result<(), Failure> {
    let call = aws.wafv2().put_logging_configuration();
    let call = call.logging_configuration(configuration(resource, inputs)?);
    call.send().await.map_err(|error| refused("wafv2:PutLoggingConfiguration", &error))?;
    Ok(())
}
