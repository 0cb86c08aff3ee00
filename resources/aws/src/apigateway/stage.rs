//! `aws:apigateway:Stage`

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use aws_sdk_apigateway::types::{CacheClusterSize, Stage as Standing};
use finsight_engine::contract::{Candidate, Failure, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};

use super::common::{arn_of, converge_tags, filled};
use super::stage_values::{id_of, live, patches, split};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, text_map};

/// The handler of `aws:apigateway:Stage`.
pub struct Stage;

#[async_trait]
impl Handler for Stage {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let apis: BTreeSet<&str> = targets.iter().map(|target| split(&target.id).0).collect();
        let mut found: BTreeMap<String, _> = BTreeMap::new();
        for api in apis {
            for stage in absent_as_none(all(aws, api).await)?.unwrap_or_default() {
                let live = live(aws, api, &stage);
                found.insert(live.id.clone(), live);
            }
        }
        Ok(in_order(targets, found.into_values()))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (api, name) = (inputs.required("rest_api_id")?, inputs.required("stage_name")?);
        let standing = absent_as_none(all(aws, api).await)?.unwrap_or_default();
        let candidate = |stage: &Standing| {
            let tag = stage.tags().and_then(|tags| tags.get(OWNER_TAG));
            Candidate { id: id_of(api, name), ours: tag.is_some_and(|tag| tag == owner.as_str()) }
        };
        Ok(standing.iter().filter(|stage| stage.stage_name() == Some(name)).map(candidate).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let (api, name) = (inputs.required("rest_api_id")?, inputs.required("stage_name")?);
        // Logs, certificate and the settings of methods are not taken here.
        let variables = inputs.get("variables").map(text_map).unwrap_or_default();
        aws.apigateway()
            .create_stage()
            .rest_api_id(api)
            .stage_name(name)
            .deployment_id(inputs.required("deployment_id")?)
            .set_description(filled(inputs, "description"))
            .set_cache_cluster_enabled(inputs.flag("cache_cluster_enabled"))
            .set_cache_cluster_size(
                filled(inputs, "cache_cluster_size").as_deref().map(CacheClusterSize::from),
            )
            .set_variables(Some(variables.into_iter().collect()))
            .set_tracing_enabled(inputs.flag("tracing_enabled"))
            .set_tags(Some(inputs.tags().into_iter().collect()))
            .send()
            .await
            .map_err(|error| refused("apigateway:CreateStage", &error))?;
        Ok(id_of(api, name))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let (api, name) = split(&target.id);
        let patches = patches(&live.properties, desired, differing);
        if !patches.is_empty() {
            let call = aws.apigateway().update_stage().rest_api_id(api).stage_name(name);
            call.set_patch_operations(Some(patches))
                .send()
                .await
                .map_err(|error| refused("apigateway:UpdateStage", &error))?;
        }
        let arn = arn_of(aws, &format!("restapis/{api}/stages/{name}"));
        converge_tags(aws, &arn, &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let (api, name) = split(&target.id);
        if stop_logging(aws, api, name).await? {
            return Ok(Deleted::Pending);
        }
        let call = aws.apigateway().delete_stage().rest_api_id(api).stage_name(name);
        call.send().await.map_err(|error| refused("apigateway:DeleteStage", &error))?;
        Ok(Deleted::Gone)
    }
}

/// Switches a stage's logs off, so that API Gateway does not make a log group again which was deleted after the
/// stage (terraform#32693). Says whether they were on.
async fn stop_logging(aws: &Region, api: &str, name: &str) -> Result<bool, Failure> {
    let answer = absent_as_none(all(aws, api).await)?.unwrap_or_default();
    let Some(stage) = answer.iter().find(|stage| stage.stage_name() == Some(name)) else { return Ok(false) };
    let stands = live(aws, api, stage).properties;
    let mut silent = stands.clone();
    silent.remove("access_log_settings");
    if let Some(Value::Map(methods)) = silent.get_mut("method_settings") {
        for settings in methods.values_mut() {
            if let Value::Map(settings) = settings {
                settings.remove("logging_level");
            }
        }
    }
    if silent == stands {
        return Ok(false);
    }
    let both = ["access_log_settings".to_owned(), "method_settings".to_owned()];
    let differing: Vec<String> =
        both.into_iter().filter(|name| silent.get(name) != stands.get(name)).collect();
    let patches = patches(&stands, &silent, &differing);
    if patches.is_empty() {
        return Ok(false);
    }
    let call = aws.apigateway().update_stage().rest_api_id(api).stage_name(name);
    let call = call.set_patch_operations(Some(patches));
    call.send().await.map_err(|error| refused("apigateway:UpdateStage", &error))?;
    Ok(true)
}

/// All stages of an API come in one answer, with their settings and tags.
async fn all(aws: &Region, api: &str) -> Result<Vec<Standing>, Failure> {
    let answer = aws.apigateway().get_stages().rest_api_id(api).send().await;
    let answer = answer.map_err(|error| unread("apigateway:GetStages", &error))?;
    Ok(answer.item.unwrap_or_default())
}
