//! Resource types as data: properties, typed ids, and what a change does.
//!
//! Every type is declared once, with `resource!`, in a file of its name.

pub mod acm;
pub mod amplify;
pub mod apigateway;
pub mod applicationautoscaling;
pub mod budgets;
pub mod cloudfront;
pub mod cloudtrail;
pub mod cloudwatch;
pub mod config;
pub(crate) mod declare;
pub mod ec2;
pub mod events;
pub mod fraction;
pub mod free_plan;
pub mod iam;
pub mod ids;
pub mod kms;
pub mod lambda;
pub mod limits;
pub mod logs;
pub(crate) mod part;
pub mod quotas;
pub mod rds;
pub mod regions;
pub mod route53;
pub mod runtimes;
pub mod s3;
pub mod scheduler;
pub mod secretsmanager;
pub mod ses;
pub mod sns;
pub mod wafv2;
pub mod xray;

use finsight_engine::schema::Registry;

/// The one list of resource types: a line here registers a type's spec and
/// its handler, which has the same path in the crate of handlers.
#[macro_export]
macro_rules! resource_types {
    ($each:ident) => {
        $each! {
            acm::Certificate,
            acm::CertificateValidation,
            amplify::App,
            amplify::Branch,
            amplify::DomainAssociation,
            amplify::Webhook,
            apigateway::Account,
            apigateway::ApiKey,
            apigateway::Authorizer,
            apigateway::BasePathMapping,
            apigateway::Deployment,
            apigateway::DomainName,
            apigateway::RestApi,
            apigateway::Stage,
            apigateway::UsagePlan,
            apigateway::UsagePlanKey,
            applicationautoscaling::ScalableTarget,
            applicationautoscaling::ScalingPolicy,
            budgets::Budget,
            cloudfront::CachePolicy,
            cloudfront::Distribution,
            cloudfront::OriginAccessControl,
            cloudfront::OriginRequestPolicy,
            cloudfront::ResponseHeadersPolicy,
            cloudtrail::Trail,
            cloudwatch::Alarm,
            cloudwatch::CompositeAlarm,
            cloudwatch::Dashboard,
            config::ConfigRule,
            config::ConfigurationRecorder,
            config::ConfigurationRecorderStatus,
            config::DeliveryChannel,
            ec2::DefaultSecurityGroup,
            ec2::ElasticIp,
            ec2::FlowLog,
            ec2::InternetGateway,
            ec2::NatGateway,
            ec2::RouteTable,
            ec2::SecurityGroup,
            ec2::SecurityGroupEgress,
            ec2::Subnet,
            ec2::SubnetRouteTableAssociation,
            ec2::Vpc,
            ec2::VpcEndpoint,
            ec2::VpcGatewayAttachment,
            events::Rule,
            iam::ManagedPolicy,
            iam::Role,
            kms::Alias,
            kms::Key,
            lambda::Alias,
            lambda::EventInvokeConfig,
            lambda::Function,
            lambda::Invocation,
            lambda::Permission,
            lambda::ProvisionedConcurrencyConfig,
            lambda::Version,
            logs::LogGroup,
            logs::MetricFilter,
            logs::QueryDefinition,
            logs::ResourcePolicy,
            logs::SubscriptionFilter,
            rds::DbInstance,
            rds::DbParameterGroup,
            rds::DbProxy,
            rds::DbProxyTarget,
            rds::DbProxyTargetGroup,
            rds::DbSnapshot,
            rds::DbSubnetGroup,
            rds::EventSubscription,
            route53::HealthCheck,
            route53::HostedZone,
            route53::RecordSet,
            s3::Bucket,
            s3::Object,
            scheduler::Schedule,
            scheduler::ScheduleGroup,
            secretsmanager::Secret,
            secretsmanager::SecretVersion,
            ses::ConfigurationSet,
            ses::EmailIdentity,
            sns::Subscription,
            sns::Topic,
            wafv2::IpSet,
            wafv2::LoggingConfiguration,
            wafv2::WebAcl,
            wafv2::WebAclAssociation,
            xray::Group,
            xray::SamplingRule,
        }
    };
}

/// All resource types.
#[must_use]
pub fn registry() -> Registry {
    macro_rules! specs {
        ($($service:ident::$name:ident),* $(,)?) => {
            Registry::new([$($service::$name::spec()),*])
        };
    }
    resource_types!(specs)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_type_has_a_sentence_and_a_sound_identity() {
        use finsight_engine::schema::Identity;
        for spec in super::registry().iter() {
            assert!(!spec.doc.is_empty(), "{}", spec.name);
            let keys: Vec<&str> = match spec.identity {
                Identity::Minted { .. } => {
                    // A deployment of API Gateway takes no tags: its handler writes the owner's id behind
                    // the description.
                    let marked = spec.taggable() || spec.name == "aws:apigateway:Deployment";
                    assert!(marked, "{}: minted ids are found again by tag", spec.name);
                    vec![]
                }
                Identity::Named { property } => vec![property],
                Identity::Child { key } | Identity::Adopted { key } => key.to_vec(),
            };
            for key in keys.iter().chain(spec.exclusive.iter().copied().flatten()) {
                assert!(spec.property(key).is_some(), "{}: no property {key}", spec.name);
            }
            for property in &spec.properties {
                assert!(!property.doc.is_empty(), "{}.{}", spec.name, property.name);
            }
        }
    }
}
