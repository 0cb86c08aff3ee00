//! Credentials that are asked for anew when AWS does not take them any more.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future,
};
use futures::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Makes the chain of providers from the beginning, so that files are read again.
pub type Chain = Arc<dyn Fn() -> BoxFuture<'static, Option<SharedCredentialsProvider>> + Send + Sync>;

/// Credentials of a provider, kept until their time is over or AWS does not take them any more.
#[derive(Clone)]
pub(crate) struct Renewing(Arc<Inner>);

struct Inner {
    chain: Option<Chain>,
    held: Mutex<Held>,
    generation: AtomicU64,
}

struct Held {
    provider: SharedCredentialsProvider,
    credentials: Option<Credentials>,
    asked: Option<Instant>,
}

/// Credentials that end sooner than this are asked for anew.
const MARGIN: Duration = Duration::from_secs(60);
/// Many calls find out at once that credentials have expired: the provider is asked once for all of them.
const APART: Duration = Duration::from_millis(500);

impl fmt::Debug for Renewing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewing").finish_non_exhaustive()
    }
}

impl Renewing {
    /// Over a provider, and over the chain that it came from, where there is one.
    pub fn new(provider: SharedCredentialsProvider, chain: Option<Chain>) -> Self {
        let held = Mutex::new(Held { provider, credentials: None, asked: None });
        Self(Arc::new(Inner { chain, held, generation: AtomicU64::new(0) }))
    }

    /// Changes with the credentials.
    pub fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Asks for new credentials in place of those that AWS did not take; whether there are other ones now.
    pub async fn renew(&self, refused: u64) -> bool {
        let mut held = self.0.held.lock().await;
        if self.generation() != refused {
            return true;
        }
        if held.asked.is_some_and(|at| at.elapsed() < APART) {
            return false;
        }
        if let Some(chain) = &self.0.chain
            && let Some(provider) = chain().await
        {
            held.provider = provider;
        }
        let answer = held.provider.provide_credentials().await;
        held.asked = Some(Instant::now());
        match answer {
            Ok(credentials) => self.keep(&mut held, credentials),
            Err(error) => {
                tracing::debug!(%error, "no new credentials");
                false
            }
        }
    }

    /// Keeps credentials; whether they are other ones.
    fn keep(&self, held: &mut Held, new: Credentials) -> bool {
        let same = held.credentials.as_ref().is_some_and(|old| {
            old.access_key_id() == new.access_key_id()
                && old.secret_access_key() == new.secret_access_key()
                && old.session_token() == new.session_token()
        });
        if !same {
            self.0.generation.fetch_add(1, Ordering::AcqRel);
        }
        held.credentials = Some(new);
        !same
    }

    /// When those that are held end; nothing where they do not.
    pub async fn expiry(&self) -> Option<SystemTime> {
        self.0.held.lock().await.credentials.as_ref().and_then(Credentials::expiry)
    }

    /// Whether those that are held are of a session, which ends, whether that is told or not.
    pub async fn are_temporary(&self) -> bool {
        self.0.held.lock().await.credentials.as_ref().is_some_and(|held| held.session_token().is_some())
    }

    async fn current(&self) -> Result<Credentials, CredentialsError> {
        let mut held = self.0.held.lock().await;
        if let Some(credentials) = held.credentials.as_ref().filter(|credentials| lasts(credentials)) {
            return Ok(credentials.clone());
        }
        let new = held.provider.provide_credentials().await?;
        self.keep(&mut held, new.clone());
        Ok(new)
    }
}

fn lasts(credentials: &Credentials) -> bool {
    credentials.expiry().is_none_or(|end| SystemTime::now() + MARGIN < end)
}

impl ProvideCredentials for Renewing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.current())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(key: &str) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(Credentials::new(key, "secret", None, None, "test"))
    }

    #[tokio::test]
    async fn the_chain_is_asked_once_for_all_that_were_refused() {
        let asked = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&asked);
        let chain: Chain = Arc::new(move || {
            let key = if count.fetch_add(1, Ordering::SeqCst) == 0 { "OLD" } else { "NEW" };
            let provider = provider(key);
            Box::pin(async move { Some(provider) })
        });
        let renewing = Renewing::new(provider("OLD"), Some(chain));
        let key = async |renewing: &Renewing| {
            renewing.provide_credentials().await.expect("credentials").access_key_id().to_owned()
        };
        assert_eq!(key(&renewing).await, "OLD");
        let seen = renewing.generation();
        assert!(!renewing.renew(seen).await, "the same credentials came back");
        assert!(!renewing.renew(seen).await, "not asked again at once");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        tokio::time::sleep(APART).await;
        assert!(renewing.renew(seen).await);
        assert!(renewing.renew(seen).await, "others were refused with the old ones");
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        assert_eq!(key(&renewing).await, "NEW");
    }
}
