//! `aws:applicationautoscaling:ScalingPolicy`

use async_trait::async_trait;
use aws_sdk_applicationautoscaling::types::{
    MetricType, PolicyType, PredefinedMetricSpecification, ScalableDimension, ScalingPolicy as Policy,
    ServiceNamespace, TargetTrackingScalingPolicyConfiguration,
};
use finsight_engine::contract::{Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};
use futures::FutureExt as _;

use super::common::Key;
use crate::failure::{refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::each;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// How many policies are read at a time.
const AT_ONCE: usize = 5;

/// The handler of `aws:applicationautoscaling:ScalingPolicy`; its physical id is
/// `<policy>|<namespace>|<resource>|<dimension>`.
pub struct ScalingPolicy;

#[async_trait]
impl Handler for ScalingPolicy {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        each(targets, AT_ONCE, |target| {
            let (name, key) = parts(&target.id);
            async move { Ok(described(aws, name, &key).await?.map(|policy| live(name, &key, &policy))) }
                .boxed()
        })
        .await
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (name, key) = (inputs.required("policy_name")?, Key::of(inputs)?);
        let found = described(aws, name, &key).await?;
        let id = format!("{name}|{}", key.id());
        Ok(found.map(|_| Candidate { id, ours: true }).into_iter().collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let (name, key) = (inputs.required("policy_name")?, Key::of(inputs)?);
        put(aws, name, &key, inputs).await?;
        Ok(format!("{name}|{}", key.id()))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let (name, key) = parts(&target.id);
        put(aws, name, &key, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let (name, key) = parts(&target.id);
        aws.autoscaling()
            .delete_scaling_policy()
            .policy_name(name)
            .service_namespace(ServiceNamespace::from(key.namespace))
            .resource_id(key.resource)
            .scalable_dimension(ScalableDimension::from(key.dimension))
            .send()
            .await
            .map_err(|error| refused("application-autoscaling:DeleteScalingPolicy", &error))?;
        Ok(Deleted::Gone)
    }
}

fn parts(id: &str) -> (&str, Key<'_>) {
    let (name, key) = id.split_once('|').unwrap_or((id, ""));
    (name, Key::parse(key))
}

async fn described(aws: &Region, name: &str, key: &Key<'_>) -> Result<Option<Policy>, Failure> {
    let answer = aws
        .autoscaling()
        .describe_scaling_policies()
        .policy_names(name)
        .service_namespace(ServiceNamespace::from(key.namespace))
        .resource_id(key.resource)
        .scalable_dimension(ScalableDimension::from(key.dimension))
        .send()
        .await;
    let operation = "application-autoscaling:DescribeScalingPolicies";
    let answer = answer.map_err(|error| unread(operation, &error))?;
    Ok(answer.scaling_policies.unwrap_or_default().into_iter().next())
}

fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Number(number) => Some(*number),
        Value::Int(number) => i32::try_from(*number).ok().map(f64::from),
        _ => None,
    }
}

async fn put(aws: &Region, name: &str, key: &Key<'_>, inputs: &Map) -> Result<(), Failure> {
    let operation = "application-autoscaling:PutScalingPolicy";
    let unbuilt = |error: aws_smithy_types::error::operation::BuildError| {
        let mut failure = unexpected(operation, &error.to_string());
        failure.class = FailureClass::Invalid;
        failure
    };
    let metric = PredefinedMetricSpecification::builder()
        .predefined_metric_type(MetricType::from(inputs.required("predefined_metric_type")?))
        .set_resource_label(inputs.text("resource_label").map(str::to_owned))
        .build()
        .map_err(unbuilt)?;
    let tracking = TargetTrackingScalingPolicyConfiguration::builder()
        .set_target_value(number(inputs.get("target_value")))
        .predefined_metric_specification(metric)
        .set_scale_in_cooldown(inputs.int32("scale_in_cooldown"))
        .set_scale_out_cooldown(inputs.int32("scale_out_cooldown"))
        .set_disable_scale_in(inputs.flag("disable_scale_in"))
        .build()
        .map_err(unbuilt)?;
    aws.autoscaling()
        .put_scaling_policy()
        .policy_name(name)
        .service_namespace(ServiceNamespace::from(key.namespace))
        .resource_id(key.resource)
        .scalable_dimension(ScalableDimension::from(key.dimension))
        .policy_type(PolicyType::TargetTrackingScaling)
        .target_tracking_scaling_policy_configuration(tracking)
        .send()
        .await
        .map_err(|error| refused(operation, &error))?;
    Ok(())
}

fn live(name: &str, key: &Key<'_>, policy: &Policy) -> Live {
    let tracking = policy.target_tracking_scaling_policy_configuration();
    let metric = tracking.and_then(|tracking| tracking.predefined_metric_specification());
    let properties = Values::new()
        .set("policy_name", name)
        .set("service_namespace", key.namespace)
        .set("resource_id", key.resource)
        .set("scalable_dimension", key.dimension)
        .set(
            "predefined_metric_type",
            metric.map_or(policy.policy_type().as_str(), |metric| metric.predefined_metric_type().as_str()),
        )
        .set("target_value", tracking.map_or(Value::Null, |tracking| Value::Number(tracking.target_value())))
        .set("resource_label", metric.and_then(PredefinedMetricSpecification::resource_label))
        .set("scale_in_cooldown", tracking.and_then(|tracking| tracking.scale_in_cooldown()))
        .set("scale_out_cooldown", tracking.and_then(|tracking| tracking.scale_out_cooldown()))
        .set("disable_scale_in", tracking.and_then(|tracking| tracking.disable_scale_in()).unwrap_or(false));
    Live {
        id: format!("{name}|{}", key.id()),
        properties: properties.build(),
        outputs: Values::new().set("arn", policy.policy_arn()).build(),
        health: Health::Ready,
    }
}
