//! The way to AWS, to an endpoint that speaks AWS, or to the embedded one.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use finsight::config::Config;
use finsight_aws::{AwsCloud, Chain, Session, SessionError, https_client, is_near};
use finsight_driver::cloud::Cloud;
use finsight_engine::context::Place;
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::exec::Pace;

use crate::cli::Global;
use crate::embedded::{Embedded, at_the_pace_of_aws};
use crate::error::CommandError;
use crate::stack::{Stack, partition};

/// A cloud that answers, and where the run happens.
pub struct Connection {
    /// The cloud.
    pub cloud: Arc<dyn Cloud>,
    /// Account, partition, region.
    pub place: Place,
    /// How fast to poll, how long to doubt.
    pub pace: Pace,
    /// For what the contract does not carry: looking for unmanaged resources.
    pub session: Session,
    /// For how long a lost network, or credentials that have expired, are waited out.
    patience: Duration,
    /// The embedded AWS, where that is what it leads to.
    _embedded: Option<Embedded>,
}

/// For so long what is good to know is asked for.
const SOON: Duration = Duration::from_secs(10);

impl Connection {
    /// Asks AWS what the contract does not carry, and waits out what passes.
    pub async fn ask<T>(&self, question: impl AsyncFn() -> Result<T, Failure>) -> Result<T, Failure> {
        let say = |failure: &Failure| crate::render::note(&format!("waiting: {failure}"));
        self.session.ask(self.patience, say, question).await
    }

    /// Asks what is good to know and holds nobody up: what AWS does not answer soon is not known.
    pub async fn ask_soon<T>(&self, question: impl AsyncFn() -> Result<T, Failure>) -> Result<T, Failure> {
        self.session.ask(self.patience.min(SOON), |_| {}, question).await
    }
}

/// Asks AWS who we are; nothing else is sent when that fails.
pub async fn connect(global: &Global, stack: &Stack, config: &Config) -> Result<Connection, CommandError> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(60))
        .build();
    let loader = loader(&config.region).timeout_config(timeouts);
    let mut embedded = None;
    let (loader, near) = if global.local {
        let (loader, opened) = Embedded::open(loader, global, stack).await?;
        embedded = Some(opened);
        (loader, !at_the_pace_of_aws(global))
    } else {
        let endpoint = global.endpoint_url.clone().or_else(|| std::env::var("AWS_ENDPOINT_URL").ok());
        let mut loader = loader.http_client(https_client());
        if let Some(url) = &global.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        (loader, endpoint.as_deref().is_some_and(is_near))
    };
    let sdk = loader.load().await;
    let chain = (!global.local).then(|| chain(&config.region));
    let session = Box::pin(Session::open_renewing(sdk, chain))
        .await
        .map_err(|error| explain(&error, global, config))?;
    let session = session.with_artifacts(stack.artifacts());
    let account = session.account().clone();
    if let Some(wanted) = &config.account
        && *wanted != account.id
        && !near
        && !global.local
    {
        return Err(CommandError::new(
            "AWS-OTHER-ACCOUNT",
            format!("the config is for account {wanted}, but the credentials are of {}", account.id),
            "nothing was read or changed; use the other credentials, or correct `account` in the config",
        ));
    }
    let place = Place {
        account: Some(account.id),
        partition: Some(partition(&config.region).to_owned()),
        region: config.region.clone(),
    };
    let cloud = if near { AwsCloud::unlimited(session.clone()) } else { AwsCloud::new(session.clone()) };
    let pace = if near { Pace::LOCAL } else { Pace::AWS };
    let patience = global.network_patience;
    Ok(Connection { cloud: Arc::new(cloud), place, pace, session, patience, _embedded: embedded })
}

/// What is the same for every configuration of the SDK. Its own retry is off: the session says which calls are
/// tried again.
fn loader(region: &str) -> aws_config::ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .retry_config(RetryConfig::disabled())
}

/// The chain of credentials from its beginning: environment, files, SSO, processes, as they are when it is asked.
fn chain(region: &str) -> Chain {
    let region = region.to_owned();
    Arc::new(move || {
        let loader = loader(&region).http_client(https_client());
        Box::pin(async move { loader.load().await.credentials_provider() })
    })
}

fn explain(error: &SessionError, global: &Global, config: &Config) -> CommandError {
    let SessionError::Identity(failure) = error;
    let endpoint = global.endpoint_url.clone().or_else(|| std::env::var("AWS_ENDPOINT_URL").ok());
    match (failure.class, failure.code.as_str()) {
        (_, "NoCredentials") => CommandError::new(
            "AWS-NO-CREDENTIALS",
            "there are no AWS credentials",
            "nothing was read or changed; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
             or try without AWS: --local, or `preview --offline`",
        ),
        (FailureClass::Denied | FailureClass::Expired, _) => CommandError::new(
            "AWS-CREDENTIALS-REFUSED",
            format!("AWS does not take the credentials: {failure}"),
            "nothing was read or changed; renew them (for SSO: `aws sso login`), and check the clock of this machine",
        ),
        _ => CommandError::new(
            "AWS-UNREACHABLE",
            match endpoint {
                Some(url) => format!("the endpoint {url} does not answer as AWS: {failure}"),
                None => format!("AWS does not answer in region {}: {failure}", config.region),
            },
            "nothing was read or changed; check network, region and endpoint",
        ),
    }
}
