//! An issuer's key pairs and the tokens that it signs with them.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::{Value, json};

/// Bytes as tokens have them.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key pair of an issuer. Both pairs are in this repository: they are worth nothing anywhere else.
pub struct Key {
    /// Its id in tokens and key sets.
    pub kid: &'static str,
    pair: KeyPair,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl Key {
    /// The pair `first`.
    #[must_use]
    pub fn first() -> Self {
        Self::read("first", include_bytes!("keys/first.der"))
    }

    /// The pair `second`.
    #[must_use]
    pub fn second() -> Self {
        Self::read("second", include_bytes!("keys/second.der"))
    }

    fn read(kid: &'static str, der: &[u8]) -> Self {
        Self { kid, pair: KeyPair::from_der(der).expect("a key") }
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKeyComponents<Vec<u8>> {
        self.pair.public().into()
    }

    /// The public half as it stands in a key set.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let public = self.public();
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
            "n": base64(&public.n), "e": base64(&public.e)})
    }

    /// A token with this header, whatever it says, signed with this key.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .expect("a signature");
        format!("{message}.{}", base64(&signature))
    }

    /// A token as Auth0 makes it.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": "RS256", "typ": "JWT", "kid": self.kid}), claims)
    }
}

/// Header and claims of a token, without a signature.
#[must_use]
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64(header.to_string().as_bytes()), base64(claims.to_string().as_bytes()))
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The claims of a good token of an issuer for an audience.
#[must_use]
pub fn claims(issuer: &str, audience: &str) -> Value {
    let user_info = format!("{}/userinfo", issuer.trim_end_matches('/'));
    json!({"iss": issuer, "aud": [audience, user_info], "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
        "iat": now() - 10, "exp": now() + 3_600, "azp": "client", "scope": "openid profile",
        "permissions": ["read:budgets", "write:budgets"]})
}
