//! `aws:lambda:Function`

use async_trait::async_trait;
use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use finsight_engine::contract::{Candidate, Failure, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};
use futures::future::try_join_all;

use super::function_update::{Code, architectures, update_code, update_configuration};
use super::function_values::{
    dead_letter_config, environment_config, ephemeral_storage, live, logging_config, tracing_config,
    vpc_config,
};
use super::{attached, concurrency, function_url, grant, live_alias, network, versions};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, tag_changes};

/// `ListFunctions` gives neither state nor tags, so each is read: GetFunction alone has a wide limit.
const AT_ONCE: usize = 10;
/// What `UpdateFunctionCode` changes.
const CODE: [&str; 3] = ["code", "code_sha256", "architectures"];
/// What has calls of its own.
const APART: [&str; 9] = [
    "tags",
    "reserved_concurrent_executions",
    "live_alias",
    "live_version",
    "live_pin",
    "function_urls",
    "role_id",
    "policy_statements",
    "event_invoke_configs",
];

/// The handler of `aws:lambda:Function`.
pub struct Function;

#[async_trait]
impl Handler for Function {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            let mut reads = Vec::new();
            for target in batch {
                reads.push(function_named(aws, &target.id));
            }
            let answers = try_join_all(reads).await?;
            let mut aliases = Vec::new();
            for (target, answer) in batch.iter().zip(&answers) {
                let Some(answer) = answer else { continue };
                let (Some(mut standing), Some(latest)) = (live(aws, answer), answer.configuration()) else {
                    continue;
                };
                if answer.tags_error().is_some() {
                    let unread = ["tags", "role_id"].map(|name| (name.to_owned(), Value::Unknown));
                    standing.properties.extend(unread);
                }
                grant::read(target, &mut standing);
                aliases.push(async move {
                    let known = versions::aliases(aws, &target.id).await?;
                    live_alias::read(aws, target, latest, &known, &mut standing).await?;
                    attached::read(aws, &target.id, &known, &mut standing).await?;
                    function_url::read(aws, &target.id, &mut standing).await?;
                    Ok::<_, Failure>(standing)
                });
            }
            found.extend(try_join_all(aliases).await?);
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("function_name")?;
        let found = function_named(aws, name).await?;
        Ok(found
            .map(|answer| {
                let tag = answer.tags().and_then(|tags| tags.get(OWNER_TAG));
                Candidate { id: name.to_owned(), ours: tag.is_some_and(|tag| tag == owner.as_str()) }
            })
            .into_iter()
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("function_name")?;
        let code = Code::of(aws, inputs).await?;
        let in_vpc = !inputs.texts("subnet_ids").is_empty();
        let mut tags = inputs.tags();
        tags.extend(inputs.text("role_id").map(|id| (grant::ROLE_TAG.to_owned(), id.to_owned())));
        aws.lambda()
            .create_function()
            .function_name(name)
            .role(inputs.required("role")?)
            .runtime(Runtime::from(inputs.required("runtime")?))
            .handler(inputs.required("handler")?)
            .code(
                FunctionCode::builder()
                    .set_zip_file(code.zip)
                    .set_s3_bucket(code.bucket)
                    .set_s3_key(code.key)
                    .set_s3_object_version(code.object_version)
                    .build(),
            )
            .set_description(inputs.text("description").map(str::to_owned))
            .set_architectures(Some(architectures(inputs)))
            .set_memory_size(inputs.int32("memory_size"))
            .set_timeout(inputs.int32("timeout"))
            .set_ephemeral_storage(ephemeral_storage(inputs))
            .environment(environment_config(inputs))
            .set_kms_key_arn(inputs.text("kms_key_arn").map(str::to_owned))
            .set_vpc_config(in_vpc.then(|| vpc_config(inputs)))
            .tracing_config(tracing_config(inputs))
            .logging_config(logging_config(inputs))
            .set_dead_letter_config(inputs.text("dead_letter_target_arn").map(|_| dead_letter_config(inputs)))
            .set_layers(Some(inputs.texts("layers")))
            .set_tags(Some(tags.into_iter().collect()))
            .send()
            .await
            .map_err(|error| refused("lambda:CreateFunction", &error))?;
        Ok(name.to_owned())
    }

    /// Configuration first, then code, then the rest: Lambda makes one update
    /// at a time, and each must be done before the next is sent.
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
        if differs("role_id") && grant::renew(aws, name, live, desired).await? {
            return Ok(Vec::new());
        }
        if differing.iter().any(|name| !CODE.contains(&name.as_str()) && !APART.contains(&name.as_str())) {
            // Which part of a failed update was at fault is not known: all of it is sent again.
            let again = differs("last_update_status");
            update_configuration(aws, name, desired, &|name| again || differs(name)).await?;
            return Ok(Vec::new());
        }
        if CODE.into_iter().any(differs) {
            let wanted = desired.text("code_sha256");
            let stands = wanted.is_some() && live.properties.text("code_sha256") == wanted;
            if !stands || differs("architectures") {
                update_code(aws, name, desired).await?;
            }
            return Ok(vec!["code".to_owned()]);
        }
        if differs("reserved_concurrent_executions") {
            concurrency::converge(aws, name, desired.int32("reserved_concurrent_executions")).await?;
        }
        converge_tags(aws, live, desired).await?;
        for name in ["policy_statements", "event_invoke_configs"].into_iter().filter(|name| differs(name)) {
            attached::remove(aws, &live.properties, name).await?;
        }
        if differs("function_urls") {
            function_url::remove(aws, name).await?;
        }
        if differs("live_alias") || differs("live_version") || differs("live_pin") {
            let known = live.properties.text("live_alias");
            let role = desired.text("role_id").or(live.properties.text("role_id"));
            live_alias::converge(aws, name, known, desired, role).await?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let standing = function_named(aws, &target.id).await?.and_then(|answer| answer.configuration);
        let Some(standing) = standing else { return Ok(Deleted::Gone) };
        if !network::makes_way(&target.inputs) {
            network::leave(aws, target, &standing).await?;
        }
        let call = aws.lambda().delete_function().function_name(&target.id);
        call.send().await.map_err(|error| refused("lambda:DeleteFunction", &error))?;
        let left = function_named(aws, &target.id).await?;
        Ok(if left.is_some() { Deleted::Pending } else { Deleted::Gone })
    }
}

async fn function_named(aws: &Region, name: &str) -> Result<Option<GetFunctionOutput>, Failure> {
    let answer = aws.lambda().get_function().function_name(name).send().await;
    absent_as_none(answer.map_err(|error| unread("lambda:GetFunction", &error)))
}

async fn converge_tags(aws: &Region, live: &Live, desired: &Map) -> Result<(), Failure> {
    let arn = live.outputs.text("arn").unwrap_or_default();
    let (set, removed) = tag_changes(&live.properties, desired);
    if !set.is_empty() {
        let call = aws.lambda().tag_resource().resource(arn).set_tags(Some(set.into_iter().collect()));
        call.send().await.map_err(|error| refused("lambda:TagResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.lambda().untag_resource().resource(arn).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("lambda:UntagResource", &error))?;
    }
    Ok(())
}
