//! The one list of services.

/// Calls a macro with every service: its module here, its name in [`crate::call::Service`], its
/// signing name, the first label of its host, whether it is `regional` or `global`, its protocol,
/// the type of its state, and the service beneath.
macro_rules! services {
    ($each:ident) => {
        $each! {
            acm: Acm, "acm", "acm", regional, Json, Regions<crate::acm::Certificates>, winterbaume_acm::AcmService;
            amplify: Amplify, "amplify", "amplify", regional, RestJson, Regions<crate::amplify::Apps>, winterbaume_amplify::AmplifyService;
            apigateway: ApiGateway, "apigateway", "apigateway", regional, RestJson, Regions<crate::apigateway::Apis>, winterbaume_apigateway::ApiGatewayService;
            applicationautoscaling: ApplicationAutoScaling, "application-autoscaling", "application-autoscaling", regional, Json, Regions<crate::applicationautoscaling::Targets>, winterbaume_applicationautoscaling::ApplicationAutoScalingService;
            budgets: Budgets, "budgets", "budgets", global, Json, Regions<crate::budgets::Budgets>, winterbaume_budgets::BudgetsService;
            cloudfront: CloudFront, "cloudfront", "cloudfront", global, RestXml, Regions<crate::cloudfront::Edge>, winterbaume_cloudfront::CloudFrontService;
            cloudtrail: CloudTrail, "cloudtrail", "cloudtrail", regional, Json, Regions<crate::cloudtrail::Trails>, winterbaume_cloudtrail::CloudTrailService;
            cloudwatch: CloudWatch, "monitoring", "monitoring", regional, Cbor, Regions<crate::cloudwatch::Monitors>, winterbaume_cloudwatch::CloudWatchService;
            config: Config, "config", "config", regional, Json, Regions<crate::config::Recordings>, winterbaume_config::ConfigService;
            ec2: Ec2, "ec2", "ec2", regional, Ec2, Regions<crate::ec2::Network>, winterbaume_ec2::Ec2Service;
            events: Events, "events", "events", regional, Json, Regions<crate::events::Buses>, winterbaume_eventbridge::EventBridgeService;
            freetier: FreeTier, "freetier", "freetier", global, Json, crate::account::Facts, winterbaume_freetier::FreeTierService;
            iam: Iam, "iam", "iam", global, Query, crate::iam::Account, winterbaume_iam::IamService;
            kms: Kms, "kms", "kms", regional, Json, Regions<crate::kms::Keys>, winterbaume_kms::KmsService;
            lambda: Lambda, "lambda", "lambda", regional, RestJson, Regions<crate::lambda::Functions>, winterbaume_lambda::LambdaService;
            logs: Logs, "logs", "logs", regional, Json, Regions<crate::logs::Groups>, winterbaume_cloudwatchlogs::CloudWatchLogsService;
            rds: Rds, "rds", "rds", regional, Query, Regions<crate::rds::Databases>, winterbaume_rds::RdsService;
            route53: Route53, "route53", "route53", global, RestXml, Regions<crate::route53::Zones>, winterbaume_route53::Route53Service;
            s3: S3, "s3", "s3", global, RestXml, Regions<crate::s3::Buckets>, winterbaume_s3::S3Service;
            scheduler: Scheduler, "scheduler", "scheduler", regional, RestJson, Regions<crate::scheduler::Schedules>, winterbaume_scheduler::SchedulerService;
            secretsmanager: SecretsManager, "secretsmanager", "secretsmanager", regional, Json, Regions<crate::secretsmanager::Secrets>, winterbaume_secretsmanager::SecretsManagerService;
            sesv2: Ses, "ses", "email", regional, RestJson, Regions<crate::sesv2::Mail>, winterbaume_sesv2::SesV2Service;
            sns: Sns, "sns", "sns", regional, Query, Regions<crate::sns::Topics>, winterbaume_sns::SnsService;
            sts: Sts, "sts", "sts", regional, Query, (), winterbaume_sts::StsService;
            tagging: Tagging, "tagging", "tagging", regional, Json, (), winterbaume_resourcegroupstagging::TaggingService;
            wafv2: Waf, "wafv2", "wafv2", regional, Json, Regions<crate::wafv2::Firewalls>, winterbaume_wafv2::WafV2Service;
            xray: XRay, "xray", "xray", regional, RestJson, Regions<crate::xray::Traces>, winterbaume_xray::XRayService;
        }
    };
}
pub(crate) use services;
