//! The issuer: its keys, its tokens, its key server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use finsight_authorizer::config::Config;
use finsight_authorizer::jwks::Keys;
use finsight_authorizer::verify::Verifier;
use finsight_function::http::Client;
pub use finsight_function_testing::issuer::{Key, base64, now, unsigned};
use finsight_function_testing::{Reply, Server};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://finsight.example.auth0.com/";
/// The time that a token may take where it does not matter.
pub const TIME: Duration = Duration::from_secs(5);
pub const AUDIENCE: &str = "https://api.finsight.com";

/// Claims of a good token, with changes; a null takes a claim out.
pub fn claims(changes: Value) -> Value {
    let mut claims = finsight_function_testing::issuer::claims(ISSUER, AUDIENCE);
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    claims
}

/// A key server whose answer can be changed, and a clock that can be moved.
pub struct Issuer {
    pub server: Server,
    answer: Arc<Mutex<Option<Reply>>>,
    moved: Arc<AtomicU64>,
}

impl Issuer {
    pub fn with(keys: &[&Key]) -> Self {
        let answer = Arc::new(Mutex::new(None));
        let shared = Arc::clone(&answer);
        let server = Server::start(move |_| shared.lock().expect("the answer").clone()).expect("a server");
        let issuer = Self { server, answer, moved: Arc::default() };
        issuer.publish(keys);
        issuer
    }

    pub fn publish(&self, keys: &[&Key]) {
        let set = json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() });
        self.answers(Some(Reply::new(200, set.to_string())));
    }

    /// What is answered from now on; none closes the connection.
    pub fn answers(&self, reply: Option<Reply>) {
        *self.answer.lock().expect("the answer") = reply;
    }

    pub fn fetches(&self) -> usize {
        self.server.seen().len()
    }

    /// Lets time pass for the keys.
    pub fn pass(&self, seconds: u64) {
        self.moved.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn config(&self, more: &[(&str, &str)]) -> Config {
        let url = self.server.url("/.well-known/jwks.json");
        Config::read(|name| match name {
            "JWT_ISSUER" => Some(ISSUER.to_owned()),
            "JWT_AUDIENCES" => Some(format!("https://other.finsight.com {AUDIENCE}")),
            "JWKS_URL" => Some(url.clone()),
            _ => more.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
        })
        .expect("a config")
    }

    pub fn verifier(&self, more: &[(&str, &str)]) -> Verifier {
        let moved = Arc::clone(&self.moved);
        let clock = Arc::new(move || Duration::from_secs(now() + moved.load(Ordering::SeqCst)));
        let config = self.config(more);
        Verifier::new(&config, Keys::new(&config, Client::plain().expect("a client"), clock))
    }
}
