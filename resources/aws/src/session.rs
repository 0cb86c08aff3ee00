//! Credentials, account and regions: where calls go.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use finsight_engine::contract::{Failure, FailureClass};

use crate::artifact;
use crate::clock::Clock;
use crate::credentials::{Chain, Renewing};
use crate::failure::unread;
use crate::limits::{Gate, Limits};
use crate::retry::{Discipline, Passing, Patience, unlimited};

/// For how long AWS may still route calls to what its APIs say is out of use.
const DRAIN: Duration = Duration::from_secs(300);

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
    patience: Patience,
    limits: Option<Arc<Limits>>,
    sent: Arc<AtomicU64>,
    credentials: Option<Renewing>,
    identity: aws_sdk_sts::Client,
    ahead: Option<f64>,
    artifacts: Option<Arc<Path>>,
    drain: Duration,
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
    /// # Errors
    /// When AWS does not say.
    pub async fn open(base: SdkConfig) -> Result<Self, SessionError> {
        Self::open_renewing(base, None).await
    }

    /// The same with the chain of providers that the credentials come from, for when they expire.
    ///
    /// # Errors
    /// When AWS does not say.
    pub async fn open_renewing(mut base: SdkConfig, chain: Option<Chain>) -> Result<Self, SessionError> {
        let near = base.endpoint_url().is_some_and(is_near);
        let patience = if near { Patience::LOCAL } else { Patience::AWS };
        let credentials = base.credentials_provider().map(|provider| Renewing::new(provider, chain));
        if let Some(credentials) = &credentials {
            let provider = SharedCredentialsProvider::new(credentials.clone());
            base = base.into_builder().credentials_provider(provider).build();
        }
        let sent = Arc::new(AtomicU64::new(0));
        let limits = (!near).then(Arc::default);
        let gate = Gate::new(limits.clone(), base.region().map_or("", aws_config::Region::as_ref));
        let asking = aws_sdk_sts::config::Builder::from(&base)
            .interceptor(Discipline::new(patience.brief(), Arc::default(), gate.clone()))
            .identity_cache(gate)
            .retry_classifier(Passing)
            .retry_partition(unlimited());
        let identity = aws_sdk_sts::Client::from_conf(asking.build());
        let clock = Clock::default();
        let account = who(&identity, &clock).await;
        let account = account.map_err(|failure| SessionError::Identity(Box::new(failure)))?;
        let ahead = clock.ahead();
        let regions = Arc::default();
        let drain = if near { Duration::ZERO } else { DRAIN };
        let artifacts = None;
        Ok(Self {
            base,
            account,
            regions,
            patience,
            limits,
            sent,
            credentials,
            identity,
            ahead,
            artifacts,
            drain,
        })
    }

    /// With AWS's own time until nothing calls what was in use any more, wherever its endpoint is.
    #[must_use]
    pub fn draining(self) -> Self {
        Self { drain: DRAIN, regions: Arc::default(), ..self }
    }

    /// With a folder in which the archives that programs name lie, each as `<SHA-256>.zip`.
    #[must_use]
    pub fn with_artifacts(mut self, folder: PathBuf) -> Self {
        self.artifacts = Some(folder.into());
        self.regions = Arc::default();
        self
    }

    /// Without request rates, for endpoints that have none.
    #[must_use]
    pub fn unlimited(self) -> Self {
        Self { limits: None, regions: Arc::default(), ..self }
    }

    /// With request rates, wherever its endpoint is.
    #[cfg(test)]
    pub(crate) fn limited(self) -> Self {
        Self { limits: Some(Arc::default()), regions: Arc::default(), ..self }
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// By how many seconds AWS's clock was ahead of this machine's when the session was opened, to a second; nothing
    /// where the answer had no date.
    #[must_use]
    pub fn ahead(&self) -> Option<f64> {
        self.ahead
    }

    /// When the credentials end; nothing where they do not.
    pub async fn expiry(&self) -> Option<SystemTime> {
        match &self.credentials {
            Some(credentials) => credentials.expiry().await,
            None => None,
        }
    }

    /// Whether the credentials are of a session, which ends, whether that is told or not.
    pub async fn is_temporary(&self) -> bool {
        match &self.credentials {
            Some(credentials) => credentials.are_temporary().await,
            None => false,
        }
    }

    /// The clients of a region.
    #[must_use]
    pub fn region(&self, name: &str) -> Arc<Region> {
        let mut regions = self.regions.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let region = regions.entry(name.to_owned()).or_insert_with(|| {
            let config =
                self.base.clone().into_builder().region(aws_config::Region::new(name.to_owned())).build();
            let artifacts = self.artifacts.clone();
            let gate = Gate::new(self.limits.clone(), name);
            let discipline = Discipline::new(self.patience, Arc::clone(&self.sent), gate.clone());
            let account = self.account.clone();
            Arc::new(Region::new(name, account, config, (discipline, gate), artifacts, self.drain))
        });
        Arc::clone(region)
    }

    /// The number of API calls made so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Changes with the credentials.
    pub(crate) fn generation(&self) -> u64 {
        self.credentials.as_ref().map_or(0, Renewing::generation)
    }

    /// Asks for new credentials in place of those that AWS did not take; whether there are other ones now.
    pub(crate) async fn renew(&self, refused: u64) -> bool {
        match &self.credentials {
            Some(credentials) => credentials.renew(refused).await,
            None => false,
        }
    }

    /// What keeps calls from being answered, by a call that needs no right: credentials that have expired, or what
    /// passes by itself. Nothing where AWS answers, or refuses for another reason.
    pub(crate) async fn what_passes(&self) -> Option<FailureClass> {
        let class = who(&self.identity, &Clock::default()).await.err()?.class;
        let passes = matches!(
            class,
            FailureClass::Expired
                | FailureClass::Unreachable
                | FailureClass::Transient
                | FailureClass::Throttled
        );
        passes.then_some(class)
    }
}

/// Asks AWS who we are.
async fn who(identity: &aws_sdk_sts::Client, clock: &Clock) -> Result<Account, Failure> {
    const OPERATION: &str = "sts:GetCallerIdentity";
    let answer = identity.get_caller_identity().customize().interceptor(clock.clone()).send().await;
    let answer = answer.map_err(|error| unread(OPERATION, &error))?;
    let arn = answer.arn().unwrap_or_default().to_owned();
    Ok(Account {
        id: answer.account().unwrap_or_default().to_owned(),
        partition: arn.split(':').nth(1).unwrap_or("aws").to_owned(),
        arn,
    })
}

/// Whether an endpoint is on this machine: an emulator, consistent and quick.
#[must_use]
pub fn is_near(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or(url);
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().is_some_and(|address| address == "::1");
    }
    let host = host.split(['/', ':']).next().unwrap_or_default();
    // Names below `.invalid` lead nowhere: the embedded AWS is reached without a network.
    host == "localhost"
        || host.ends_with(".invalid")
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

macro_rules! clients {
    ($($(#[doc = $doc:literal])+ $service:ident: $sdk:ident),* $(,)?) => {
        /// The clients of one region, each built when first used.
        pub struct Region {
            name: String,
            account: Account,
            sdk: SdkConfig,
            way: (Discipline, Gate),
            artifacts: Option<Arc<Path>>,
            drain: Duration,
            s3: OnceLock<aws_sdk_s3::Client>,
            $($service: OnceLock<$sdk::Client>,)*
        }

        impl Region {
            fn new(
                name: &str,
                account: Account,
                sdk: SdkConfig,
                way: (Discipline, Gate),
                artifacts: Option<Arc<Path>>,
                drain: Duration,
            ) -> Self {
                let (name, s3) = (name.to_owned(), OnceLock::new());
                Self { name, account, sdk, way, artifacts, drain, s3, $($service: OnceLock::new()),* }
            }

            $(
                $(#[doc = $doc])+
                pub fn $service(&self) -> &$sdk::Client {
                    self.$service.get_or_init(|| {
                        let config = $sdk::config::Builder::from(&self.sdk)
                            .interceptor(self.way.0.clone())
                            .identity_cache(self.way.1.clone())
                            .retry_classifier(Passing)
                            .retry_partition(unlimited());
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
    /// EventBridge.
    eventbridge: aws_sdk_eventbridge,
    /// The Free Tier API: the account's plan.
    freetier: aws_sdk_freetier,
    /// Route 53.
    route53: aws_sdk_route53,
    /// EventBridge Scheduler.
    scheduler: aws_sdk_scheduler,
    /// Secrets Manager.
    secretsmanager: aws_sdk_secretsmanager,
    /// SES.
    sesv2: aws_sdk_sesv2,
    /// SNS.
    sns: aws_sdk_sns,
    /// The Resource Groups Tagging API.
    tagging: aws_sdk_resourcegroupstagging,
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

    /// For how long what was in use may still get calls: what AWS routes lags behind what its APIs say.
    #[must_use]
    pub fn drain(&self) -> Duration {
        self.drain
    }

    /// S3. Other endpoints than AWS's have no host for each bucket, nor its newer checksums.
    pub fn s3(&self) -> &aws_sdk_s3::Client {
        self.s3.get_or_init(|| {
            let config = aws_sdk_s3::config::Builder::from(&self.sdk)
                .interceptor(self.way.0.clone())
                .identity_cache(self.way.1.clone())
                .retry_classifier(Passing)
                .retry_partition(unlimited())
                .force_path_style(self.sdk.endpoint_url().is_some())
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
            aws_sdk_s3::Client::from_conf(config.build())
        })
    }

    /// The archive with this SHA-256, in lower-case hexadecimal digits, out of the folder of archives.
    ///
    /// # Errors
    /// When there is no such folder or file, or when the file is another one by now.
    pub async fn artifact(&self, sha256: &str) -> Result<Vec<u8>, Failure> {
        artifact::read(self.artifacts.as_deref(), sha256).await
    }
}
