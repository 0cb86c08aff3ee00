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

/// The clients of one region, each built when first used.
pub struct Region {
    name: String,
    account: Account,
    config: SdkConfig,
    counter: Counter,
    ec2: OnceLock<aws_sdk_ec2::Client>,
    iam: OnceLock<aws_sdk_iam::Client>,
    kms: OnceLock<aws_sdk_kms::Client>,
    logs: OnceLock<aws_sdk_cloudwatchlogs::Client>,
    rds: OnceLock<aws_sdk_rds::Client>,
    lambda: OnceLock<aws_sdk_lambda::Client>,
    apigateway: OnceLock<aws_sdk_apigateway::Client>,
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
        impl Region {
            fn new(name: &str, account: Account, config: SdkConfig, counter: Counter) -> Self {
                Self { name: name.to_owned(), account, config, counter, $($service: OnceLock::new()),* }
            }

            $(
                $(#[doc = $doc])+
                pub fn $service(&self) -> &$sdk::Client {
                    self.$service.get_or_init(|| {
                        let config = $sdk::config::Builder::from(&self.config).interceptor(self.counter.clone());
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
