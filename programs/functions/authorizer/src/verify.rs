//! Judges a token.

use std::time::Duration;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;

use crate::config::Config;
use crate::jwks::{KeyError, Keys};
use crate::ring_rsa;

/// API Gateway takes headers of 10,240 bytes in all, so a longer token did not come from there.
const LONGEST_TOKEN: usize = 10_240;

/// What a good token says of its holder.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Claims {
    /// Who the caller is.
    pub sub: String,
    /// Who says so.
    pub iss: String,
    /// Until when, in seconds since 1970.
    #[serde(deserialize_with = "seconds")]
    pub exp: u64,
    /// The scopes that were granted, separated by blanks.
    pub scope: Option<String>,
    /// The client that the token was made for.
    pub azp: Option<String>,
    /// The permissions of Auth0's access control.
    pub permissions: Option<Vec<String>>,
}

/// Times may have a fraction (RFC 7519, `NumericDate`).
fn seconds<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let number = serde_json::Number::deserialize(from)?;
    let whole = number.as_u64().or_else(|| number.as_f64().filter(|n| *n >= 0.0).map(|n| n as u64));
    whole.ok_or_else(|| serde::de::Error::custom("not a time"))
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It has not the form of a signed token, or its claims have not the form they must have.
    Malformed,
    /// It is not signed with RS256.
    Algorithm,
    /// Its header names no key.
    NoKeyId,
    /// It demands an extension of the standard (`crit`).
    Critical,
    /// The issuer has no such key.
    UnknownKey,
    /// It was not signed with the key that it names.
    Signature,
    /// It lacks a claim that it must have.
    MissingClaim,
    /// It was made by someone else.
    Issuer,
    /// It was made for something else.
    Audience,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// The keys to check it with cannot be had now: nothing is known about the token.
    Unavailable,
}

impl Rejection {
    /// A stable word for logs.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Algorithm => "algorithm",
            Self::NoKeyId => "no-key-id",
            Self::Critical => "critical-extension",
            Self::UnknownKey => "unknown-key",
            Self::Signature => "signature",
            Self::MissingClaim => "missing-claim",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Checks tokens of one issuer.
#[derive(Debug)]
pub struct Verifier {
    keys: Keys,
    rules: Validation,
}

impl Verifier {
    /// A verifier with the rules of the config.
    #[must_use]
    pub fn new(config: &Config, keys: Keys) -> Self {
        ring_rsa::install();
        let mut rules = Validation::new(Algorithm::RS256);
        // A claim that is checked has to be there: the crate lets a token without it pass otherwise.
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        rules.set_issuer(&[&config.issuer]);
        rules.set_audience(&config.audiences);
        rules.leeway = config.leeway.as_secs();
        rules.validate_nbf = true;
        Self { keys, rules }
    }

    /// The keys that it checks with.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Judges a token, within this time.
    ///
    /// # Errors
    /// Why it is not taken.
    pub async fn verify(&self, token: &str, time: Duration) -> Result<Claims, Rejection> {
        if token.len() > LONGEST_TOKEN {
            return Err(Rejection::Malformed);
        }
        let header = decode_header(token).map_err(|error| match error.kind() {
            // The parser knows no `none` and no invented algorithm.
            ErrorKind::Json(cause) if cause.to_string().contains("unknown variant") => Rejection::Algorithm,
            _ => Rejection::Malformed,
        })?;
        // Before any key is looked for: what is signed otherwise must not even cause a fetch.
        if header.alg != Algorithm::RS256 {
            return Err(Rejection::Algorithm);
        }
        if header.crit.is_some() {
            return Err(Rejection::Critical);
        }
        let kid = header.kid.ok_or(Rejection::NoKeyId)?;
        let key = self.keys.get(&kid, time).await.map_err(|error| match error {
            KeyError::Unknown => Rejection::UnknownKey,
            KeyError::Unavailable => Rejection::Unavailable,
        })?;
        let claims = decode::<Claims>(token, &key, &self.rules).map_err(|error| match error.kind() {
            ErrorKind::InvalidAlgorithm => Rejection::Algorithm,
            ErrorKind::InvalidSignature => Rejection::Signature,
            ErrorKind::MissingRequiredClaim(_) => Rejection::MissingClaim,
            ErrorKind::InvalidIssuer => Rejection::Issuer,
            ErrorKind::InvalidAudience => Rejection::Audience,
            ErrorKind::ExpiredSignature => Rejection::Expired,
            ErrorKind::ImmatureSignature => Rejection::NotYetValid,
            _ => Rejection::Malformed,
        })?;
        if claims.claims.sub.is_empty() { Err(Rejection::MissingClaim) } else { Ok(claims.claims) }
    }
}
