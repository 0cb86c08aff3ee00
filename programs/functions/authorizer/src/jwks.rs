//! The issuer's public keys: fetched, kept, and fetched again when a token names a key that is not among them.
//!
//! Two limits stand against each other. A new key has to be found without a restart, so an unknown key id causes a
//! fetch. But key ids come from callers, so fetches are counted: a few at once, then one in [`Config::refresh`] on
//! average. When the issuer cannot be reached, the keys go on being used until [`Config::stale`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use finsight_function::http::{Client, Limits};
use http::{Request, Uri};
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::config::Config;

/// Fetches that may follow each other at once.
const BURST: u32 = 3;
/// API Gateway waits ten seconds for an authorizer by default; a fetch leaves room for the rest.
const FETCH: Limits = Limits { time: Some(Duration::from_secs(3)), size: 256 << 10 };

/// The time of day, since 1970. Not a monotonic clock: Lambda freezes the process between events.
pub type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The issuer has no such key.
    Unknown,
    /// What keys the issuer has cannot be said now.
    Unavailable,
}

/// The issuer's keys.
pub struct Keys {
    url: Uri,
    client: Client,
    clock: Clock,
    fresh: Duration,
    stale: Duration,
    refresh: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    set: BTreeMap<String, DecodingKey>,
    fetched: Option<Duration>,
    failed: bool,
    spent: u32,
    counted: Duration,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Keys").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Keys {
    /// No keys yet.
    #[must_use]
    pub fn new(config: &Config, client: Client, clock: Clock) -> Self {
        Self {
            url: config.jwks_url.clone(),
            client,
            clock,
            fresh: config.fresh,
            stale: config.stale,
            refresh: config.refresh,
            state: Mutex::default(),
        }
    }

    /// Fetches the keys where there are none.
    pub async fn prepare(&self) {
        let mut state = self.state.lock().await;
        if state.fetched.is_none() {
            self.fetch(&mut state, FETCH).await;
        }
    }

    /// The key of an id. Keys that are old serve where none come within this time.
    ///
    /// # Errors
    /// When the issuer has none, or that cannot be found out.
    pub async fn get(&self, kid: &str, time: Duration) -> Result<DecodingKey, KeyError> {
        let mut state = self.state.lock().await;
        if self.age(&state).is_some_and(|age| age <= self.fresh)
            && let Some(key) = state.set.get(kid)
        {
            return Ok(key.clone());
        }
        self.fetch(&mut state, FETCH.within(time)).await;
        match self.age(&state) {
            Some(age) if age <= self.stale => match state.set.get(kid) {
                Some(key) => Ok(key.clone()),
                None if state.failed => Err(KeyError::Unavailable),
                None => Err(KeyError::Unknown),
            },
            _ => Err(KeyError::Unavailable),
        }
    }

    /// How old the keys are. Keys from the future, after a clock was set back, have no age and are not used.
    fn age(&self, state: &State) -> Option<Duration> {
        (self.clock)().checked_sub(state.fetched?)
    }

    /// Fetches the keys unless that was done too often. What there was stays when it fails.
    async fn fetch(&self, state: &mut State, limits: Limits) {
        let now = (self.clock)();
        if !state.may_fetch(now, self.refresh) {
            return;
        }
        match self.download(limits).await {
            Ok(set) => {
                if set.is_empty() {
                    let problem = "the issuer's key set has no RSA key for signatures: nobody can come in";
                    tracing::error!(outcome = crate::UNAVAILABLE, "{problem}");
                } else {
                    tracing::info!(keys = set.len() as u64, "fetched the issuer's keys");
                }
                *state = State { set, fetched: Some(now), failed: false, ..std::mem::take(state) };
            }
            Err(problem) => {
                tracing::warn!(problem, "the issuer's keys cannot be fetched");
                state.failed = true;
            }
        }
    }

    async fn download(&self, limits: Limits) -> Result<BTreeMap<String, DecodingKey>, String> {
        let request = Request::get(self.url.clone())
            .header("accept", "application/json")
            .header("user-agent", "finsight-authorizer")
            .body(Bytes::new())
            .map_err(|error| error.to_string())?;
        let answer = self.client.send(request, limits).await.map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("the answer is {}", answer.status()));
        }
        // The parser's message would quote the answer.
        usable(answer.body()).map_err(|_| "the answer is no key set".to_owned())
    }
}

impl State {
    /// Whether a fetch may be made now, which is then counted.
    fn may_fetch(&mut self, now: Duration, refresh: Duration) -> bool {
        // A clock that was set back begins the count again: waiting for the old time could take for ever.
        let since = now.checked_sub(self.counted).unwrap_or(refresh.saturating_mul(BURST));
        let earned =
            if refresh.is_zero() { u128::from(BURST) } else { since.as_nanos() / refresh.as_nanos() };
        if earned > 0 {
            self.spent = self.spent.saturating_sub(u32::try_from(earned).unwrap_or(BURST));
            self.counted = now;
        }
        let may = self.spent < BURST;
        self.spent += u32::from(may);
        may
    }
}

/// A set as RFC 7517 has it: entries that are not understood are ignored, whatever they are.
#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

/// Bytes of the moduli that signatures are checked with: 2048 to 8192 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

/// A key as RFC 7517 has it. Others than RSA keys lack `n` and `e`.
#[derive(Deserialize)]
struct Entry {
    kty: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

/// The keys of a set that RS256 signatures can be checked with.
fn usable(body: &[u8]) -> Result<BTreeMap<String, DecodingKey>, serde_json::Error> {
    let set: Set = serde_json::from_slice(body)?;
    let entries = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Entry>(key).ok());
    Ok(entries.filter_map(Entry::usable).collect())
}

impl Entry {
    fn usable(self) -> Option<(String, DecodingKey)> {
        let fits = self.kty.as_deref() == Some("RSA")
            && self.alg.is_none_or(|alg| alg == "RS256")
            && self.purpose.is_none_or(|purpose| purpose == "sig");
        let (n, e) = (URL_SAFE_NO_PAD.decode(self.n?).ok()?, URL_SAFE_NO_PAD.decode(self.e?).ok()?);
        (fits && MODULUS.contains(&n.len())).then_some(())?;
        Some((self.kid?, DecodingKey::from_rsa_raw_components(&n, &e)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::{State, usable};

    #[test]
    fn only_rsa_keys_for_signatures_are_taken() {
        let set = r#"{"keys":[
            {"kty":"RSA","kid":"a","use":"sig","alg":"RS256","n":"N","e":"AQAB"},
            {"kty":"RSA","kid":"b","n":"N","e":"AQAB","x5c":["..."]},
            {"kty":"RSA","kid":"c","use":"enc","n":"N","e":"AQAB"},
            {"kty":"RSA","kid":"d","alg":"RS512","n":"N","e":"AQAB"},
            {"kty":"EC","kid":"e","crv":"P-256","x":"AQ","y":"AQ"},
            {"kty":"oct","kid":"f","k":"AQAB","n":"N","e":"AQAB"},
            {"kty":"RSA","kid":"g","n":"!!","e":"AQAB"},
            {"kty":"RSA","kid":"h","n":"AQAB","e":"AQAB"},
            {"kty":"RSA","kid":7,"n":"N","e":"AQAB"}, null, 7, "RSA", [],
            {"kty":"RSA","n":"N","e":"AQAB"}]}"#
            .replace("\"N\"", &format!("\"{}\"", URL_SAFE_NO_PAD.encode([0xC5; 256])));
        let kids: Vec<_> = usable(set.as_bytes()).expect("a set").into_keys().collect();
        assert_eq!(kids, ["a", "b"]);
        assert!(usable(b"{}").is_err());
    }

    #[test]
    fn a_few_fetches_at_once_then_one_in_a_while() {
        let (mut state, every) = (State::default(), Duration::from_secs(10));
        let mut at = |seconds| state.may_fetch(Duration::from_secs(seconds), every);
        assert_eq!([1000, 1000, 1000, 1000, 1009].map(&mut at), [true, true, true, false, false]);
        assert_eq!([1010, 1010, 1030, 1030, 1030].map(&mut at), [true, false, true, true, false]);
        // Set back by an hour.
        assert!(at(500));
    }
}
