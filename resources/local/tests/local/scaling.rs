use aws_sdk_applicationautoscaling::Client;
use aws_sdk_applicationautoscaling::types::{
    MetricType, PolicyType, PredefinedMetricSpecification, ScalableDimension, ServiceNamespace,
    TargetTrackingScalingPolicyConfiguration,
};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, code, config, role};

const DIMENSION: ScalableDimension = ScalableDimension::LambdaFunctionProvisionedConcurrency;

#[tokio::test]
async fn a_target_needs_an_alias_and_takes_its_policies_along() {
    let cloud = LocalCloud::in_memory().with_clock(LocalClock::real().with_factor(0.0));
    let lambda = aws_sdk_lambda::Client::new(&config(&cloud, REGION).await);
    let scaling = Client::new(&config(&cloud, REGION).await);
    let register = |most: i32| {
        scaling
            .register_scalable_target()
            .service_namespace(ServiceNamespace::Lambda)
            .resource_id("function:f:live")
            .scalable_dimension(DIMENSION)
            .min_capacity(1)
            .max_capacity(most)
            .send()
    };
    assert_eq!(code(register(2).await), "ValidationException");
    lambda
        .create_function()
        .function_name("f")
        .role(role(&cloud, "lambda", "lambda.amazonaws.com").await)
        .runtime(Runtime::Providedal2023)
        .handler("bootstrap")
        .code(FunctionCode::builder().zip_file(Blob::new(b"PK\x05\x06")).build())
        .send()
        .await
        .unwrap();
    lambda.publish_version().function_name("f").send().await.unwrap();
    lambda.create_alias().function_name("f").name("live").function_version("1").send().await.unwrap();
    assert_eq!(code(register(0).await), "ValidationException");

    let put = |value: f64| {
        let metric = PredefinedMetricSpecification::builder()
            .predefined_metric_type(MetricType::LambdaProvisionedConcurrencyUtilization)
            .build()
            .unwrap();
        let tracking = TargetTrackingScalingPolicyConfiguration::builder()
            .target_value(value)
            .predefined_metric_specification(metric)
            .build()
            .unwrap();
        scaling
            .put_scaling_policy()
            .policy_name("p")
            .service_namespace(ServiceNamespace::Lambda)
            .resource_id("function:f:live")
            .scalable_dimension(DIMENSION)
            .policy_type(PolicyType::TargetTrackingScaling)
            .target_tracking_scaling_policy_configuration(tracking)
            .send()
    };
    assert_eq!(code(put(0.7).await), "ObjectNotFoundException");
    let arn = register(2).await.unwrap().scalable_target_arn;
    assert_eq!(register(3).await.unwrap().scalable_target_arn, arn);
    assert_eq!(code(put(7.0).await), "ValidationException");
    put(0.7).await.unwrap();
    let deregister = || {
        scaling
            .deregister_scalable_target()
            .service_namespace(ServiceNamespace::Lambda)
            .resource_id("function:f:live")
            .scalable_dimension(DIMENSION)
            .send()
    };
    assert_eq!(cloud.status().await.count("aws:applicationautoscaling:ScalingPolicy"), 1);
    deregister().await.unwrap();
    assert_eq!(code(deregister().await), "ObjectNotFoundException");
    assert_eq!(cloud.status().await.count("aws:applicationautoscaling:ScalingPolicy"), 0);
}
