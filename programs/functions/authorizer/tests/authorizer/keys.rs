//! The issuer: its keys, its tokens, its key server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use finsight_authorizer::config::Config;
use finsight_authorizer::jwks::Keys;
use finsight_authorizer::verify::Verifier;
use finsight_function::http::Client;
use finsight_function_testing::{Reply, Server};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::{Value, json};

pub const ISSUER: &str = "https://finsight.example.auth0.com/";
/// The time that a token may take where it does not matter.
pub const TIME: Duration = Duration::from_secs(5);
pub const AUDIENCE: &str = "https://api.finsight.com";

pub fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key pair of the issuer.
pub struct Key {
    pub kid: &'static str,
    pair: KeyPair,
}

impl Key {
    pub fn first() -> Self {
        Self::read("first", include_bytes!("keys/first.der"))
    }

    pub fn second() -> Self {
        Self::read("second", include_bytes!("keys/second.der"))
    }

    fn read(kid: &'static str, der: &[u8]) -> Self {
        Self { kid, pair: KeyPair::from_der(der).expect("a key") }
    }

    pub fn public(&self) -> PublicKeyComponents<Vec<u8>> {
        self.pair.public().into()
    }

    /// As it stands in the key set.
    pub fn jwk(&self) -> Value {
        let public = self.public();
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
            "n": base64(&public.n), "e": base64(&public.e)})
    }

    /// A token with this header, whatever it says, signed with this key.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .expect("a signature");
        format!("{message}.{}", base64(&signature))
    }

    /// A token as Auth0 makes it.
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": "RS256", "typ": "JWT", "kid": self.kid}), claims)
    }
}

/// Header and claims of a token, without a signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64(header.to_string().as_bytes()), base64(claims.to_string().as_bytes()))
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// Claims of a good token, with changes; a null takes a claim out.
pub fn claims(changes: Value) -> Value {
    let mut claims = json!({"iss": ISSUER, "aud": [AUDIENCE, "https://finsight.example.auth0.com/userinfo"],
        "sub": "auth0|5f7c8ec7c33c6c004bbafe82", "iat": now() - 10, "exp": now() + 3_600,
        "azp": "client", "scope": "openid profile", "permissions": ["read:budgets", "write:budgets"]});
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
