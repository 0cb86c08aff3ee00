//! Credentials, account and regions: where calls go.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use aws_config::SdkConfig;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use finsight_engine::contract::Failure;

use crate::failure::{Effect, failure};

/// The account that the credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its 12 digits.
    pub id: String,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// Who we are there.
    pub arn: String,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// No credentials, or AWS does not take them, or the endpoint does not answer.
    #[error("{0}")]
    Identity(Box<Failure>),
}

/// Credentials and clients for one run.
#[derive(Clone)]
pub struct Session {
    base: SdkConfig,
    account: Account,
    regions: Arc<Mutex<BTreeMap<String, Arc<Region>>>>,
    calls: Counter,
}

/// The HTTP client for real endpoints: TLS by rustls with ring.
#[must_use]
pub fn https_client() -> SharedHttpClient {
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

impl Session {
    /// Asks AWS who we are, which proves credentials, region and endpoint at once.
    ///
    /// The configuration must have retries switched off: the engine retries.
    ///
    /// # Errors
    /// When AWS does not say.
    pub async fn open(base: SdkConfig) -> Result<Self, SessionError> {
        let calls = Counter::default();
        let client = aws_sdk_sts::Client::new(&base);
        let identity = client.get_caller_identity().send().await.map_err(|error| {
            SessionError::Identity(Box::new(failure("sts:GetCallerIdentity", Effect::None, &error)))
        })?;
        let arn = identity.arn().unwrap_or_default().to_owned();
        let account = Account {
            id: identity.account().unwrap_or_default().to_owned(),
            partition: arn.split(':').nth(1).unwrap_or("aws").to_owned(),
            arn,
        };
        Ok(Self { base, account, regions: Arc::default(), calls })
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The clients of a region.
    #[must_use]
    pub fn region(&self, name: &str) -> Arc<Region> {
        let mut regions = self.regions.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let region = regions.entry(name.to_owned()).or_insert_with(|| {
            let config =
                self.base.clone().into_builder().region(aws_config::Region::new(name.to_owned())).build();
            Arc::new(Region::new(name, self.account.clone(), config, self.calls.clone()))
        });
        Arc::clone(region)
    }

    /// The number of API calls made so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.0.load(Ordering::Relaxed)
    }
}

/// Counts requests as they are sent.
#[derive(Debug, Clone, Default)]
struct Counter(Arc<AtomicU64>);

impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "Counter"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

macro_rules! clients {
    ($($(#[doc = $doc:literal])+ $service:ident: $sdk:ident),* $(,)?) => {
        /// The clients of one region, each built when first used.
        pub struct Region {
            name: String,
            account: Account,
            sdk: SdkConfig,
            counter: Counter,
            $($service: OnceLock<$sdk::Client>,)*
        }

        impl Region {
            fn new(name: &str, account: Account, sdk: SdkConfig, counter: Counter) -> Self {
                Self { name: name.to_owned(), account, sdk, counter, $($service: OnceLock::new()),* }
            }

            $(
                $(#[doc = $doc])+
                pub fn $service(&self) -> &$sdk::Client {
                    self.$service.get_or_init(|| {
                        let config = $sdk::config::Builder::from(&self.sdk).interceptor(self.counter.clone());
                        $sdk::Client::from_conf(config.build())
                    })
                }
            )*
        }
    };
}
clients! {
    /// EC2.
    ec2: aws_sdk_ec2,
    /// IAM.
    iam: aws_sdk_iam,
    /// KMS.
    kms: aws_sdk_kms,
    /// CloudWatch Logs.
    logs: aws_sdk_cloudwatchlogs,
    /// RDS.
    rds: aws_sdk_rds,
    /// Lambda.
    lambda: aws_sdk_lambda,
    /// API Gateway, REST.
    apigateway: aws_sdk_apigateway,
    /// ACM.
    acm: aws_sdk_acm,
    /// Amplify.
    amplify: aws_sdk_amplify,
    /// Application Auto Scaling.
    autoscaling: aws_sdk_applicationautoscaling,
    /// Budgets.
    budgets: aws_sdk_budgets,
    /// CloudFront.
    cloudfront: aws_sdk_cloudfront,
    /// CloudTrail.
    cloudtrail: aws_sdk_cloudtrail,
    /// CloudWatch.
    cloudwatch: aws_sdk_cloudwatch,
    /// AWS Config.
    config: aws_sdk_config,
    /// Route 53.
    route53: aws_sdk_route53,
    /// S3.
    s3: aws_sdk_s3,
    /// EventBridge Scheduler.
    scheduler: aws_sdk_scheduler,
    /// Secrets Manager.
    secretsmanager: aws_sdk_secretsmanager,
    /// SES.
    sesv2: aws_sdk_sesv2,
    /// SNS.
    sns: aws_sdk_sns,
    /// WAF.
    wafv2: aws_sdk_wafv2,
    /// X-Ray.
    xray: aws_sdk_xray,
}

impl Region {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }
}
