//! Which tokens are taken.

use finsight_authorizer::verify::Rejection;
use serde_json::{Value, json};

use crate::keys::{ISSUER, Issuer, Key, TIME, base64, claims, now, unsigned};

async fn judge(token: &str) -> Result<(), Rejection> {
    let issuer = Issuer::with(&[&Key::first()]);
    issuer.verifier(&[]).verify(token, TIME).await.map(|_| ())
}

async fn with(changes: Value) -> Result<(), Rejection> {
    judge(&Key::first().token(&claims(changes))).await
}

#[tokio::test]
async fn a_valid_token_is_taken_with_its_claims() {
    let issuer = Issuer::with(&[&Key::second(), &Key::first()]);
    let found =
        issuer.verifier(&[]).verify(&Key::first().token(&claims(json!({}))), TIME).await.expect("taken");
    assert_eq!(found.sub, "auth0|5f7c8ec7c33c6c004bbafe82");
    assert_eq!(found.iss, ISSUER);
    assert_eq!(found.scope.as_deref(), Some("openid profile"));
    assert_eq!(found.permissions.expect("permissions"), ["read:budgets", "write:budgets"]);
}

#[tokio::test]
async fn any_configured_audience_will_do() {
    assert_eq!(with(json!({"aud": "https://other.finsight.com"})).await, Ok(()));
}

#[tokio::test]
async fn what_has_no_form_is_malformed() {
    let good = Key::first().token(&claims(json!({})));
    let (head, _) = good.rsplit_once('.').expect("three parts");
    let long = format!("{good}{}", "A".repeat(10_240));
    let tokens = ["", "x", "a.b", "a.b.c", "..", head, &format!("{good}.x"), &format!(".{good}"), &long];
    for token in tokens {
        assert_eq!(judge(token).await, Err(Rejection::Malformed), "{token}");
    }
    let list = Key::first().sign(&json!({"alg": "RS256", "kid": "first"}), &json!([1]));
    assert_eq!(judge(&list).await, Err(Rejection::Malformed));
}

#[tokio::test]
async fn another_issuer_or_audience_is_refused() {
    for iss in [
        "https://evil.example.com/",
        "https://finsight.example.auth0.com",
        "",
        "HTTPS://finsight.example.auth0.com/",
    ] {
        assert_eq!(with(json!({"iss": iss})).await, Err(Rejection::Issuer), "{iss}");
    }
    for aud in [json!("https://api.finsight.com/"), json!(["x", "y"]), json!([]), json!("")] {
        assert_eq!(with(json!({"aud": aud})).await, Err(Rejection::Audience), "{aud}");
    }
}

#[tokio::test]
async fn a_claim_that_is_checked_has_to_be_there() {
    for claim in ["iss", "aud", "sub", "exp"] {
        let refused = with(json!({ claim: null })).await.expect_err(claim);
        // The claims' own form is read first, and demands some of them too.
        assert!(matches!(refused, Rejection::MissingClaim | Rejection::Malformed), "{claim}: {refused:?}");
        assert!(with(json!({ claim: {"a": 1} })).await.is_err(), "{claim}");
    }
    assert_eq!(with(json!({"sub": ""})).await, Err(Rejection::MissingClaim));
}

#[tokio::test]
async fn time_counts_with_leeway() {
    assert_eq!(with(json!({"exp": now() - 25})).await, Ok(()));
    assert_eq!(with(json!({"exp": now() - 35})).await, Err(Rejection::Expired));
    assert_eq!(with(json!({"exp": 0})).await, Err(Rejection::Expired));
    assert_eq!(with(json!({"nbf": now() + 25})).await, Ok(()));
    assert_eq!(with(json!({"nbf": now() + 35})).await, Err(Rejection::NotYetValid));
    assert_eq!(with(json!({"nbf": "soon"})).await, Err(Rejection::Malformed));
    assert!(with(json!({"exp": -1})).await.is_err());
    assert_eq!(with(json!({"exp": now() as f64 + 0.5})).await, Ok(()));
}

#[tokio::test]
async fn the_leeway_is_configured() {
    let issuer = Issuer::with(&[&Key::first()]);
    let token = Key::first().token(&claims(json!({"exp": now() - 100})));
    let judged = issuer.verifier(&[("CLOCK_SKEW_SECONDS", "0")]).verify(&token, TIME).await;
    assert_eq!(judged, Err(Rejection::Expired));
    assert!(issuer.verifier(&[("CLOCK_SKEW_SECONDS", "200")]).verify(&token, TIME).await.is_ok());
}

#[tokio::test]
async fn a_wrong_signature_is_refused() {
    let good = Key::first().token(&claims(json!({})));
    let (head, _) = good.rsplit_once('.').expect("three parts");
    // Signed by another key under this key's name.
    let forged = Key::second().sign(&json!({"alg": "RS256", "kid": "first"}), &claims(json!({})));
    // Other claims under a good signature.
    let (header, rest) = good.split_once('.').expect("three parts");
    let signature = rest.rsplit_once('.').expect("three parts").1;
    let changed =
        format!("{header}.{}.{signature}", base64(claims(json!({"sub": "admin"})).to_string().as_bytes()));
    for token in [forged, changed, format!("{head}."), format!("{head}.{}", base64(&[0; 256]))] {
        assert_eq!(judge(&token).await, Err(Rejection::Signature), "{token}");
    }
}

#[tokio::test]
async fn no_other_algorithm_is_taken() {
    let all = claims(json!({}));
    for alg in ["none", "None", "NONE", "nOnE", "", "rs256", "RS1"] {
        let message = unsigned(&json!({"alg": alg, "kid": "first"}), &all);
        for token in [format!("{message}."), format!("{message}.{}", base64(b"x"))] {
            assert_eq!(judge(&token).await, Err(Rejection::Algorithm), "{alg}");
        }
    }
    for alg in ["RS384", "RS512", "PS256", "ES256", "EdDSA", "HS512"] {
        let token = Key::first().sign(&json!({"alg": alg, "kid": "first"}), &all);
        assert_eq!(judge(&token).await, Err(Rejection::Algorithm), "{alg}");
    }
    let token = Key::first().sign(&json!({"kid": "first"}), &all);
    assert_eq!(judge(&token).await, Err(Rejection::Malformed));
}

#[tokio::test]
async fn the_public_key_is_no_shared_secret() {
    let key = Key::first();
    let public = key.public();
    let message = unsigned(&json!({"alg": "HS256", "kid": "first"}), &claims(json!({})));
    for secret in [public.n.clone(), base64(&public.n).into_bytes(), key.jwk().to_string().into_bytes()] {
        let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
        let tag = ring::hmac::sign(&secret, message.as_bytes());
        let token = format!("{message}.{}", base64(tag.as_ref()));
        assert_eq!(judge(&token).await, Err(Rejection::Algorithm));
    }
}

#[tokio::test]
async fn the_token_cannot_bring_its_own_key() {
    let (all, thief) = (claims(json!({})), Key::second());
    for header in [
        json!({"alg": "RS256", "kid": "first", "jwk": thief.jwk()}),
        json!({"alg": "RS256", "kid": "first", "jku": "https://evil.example.com/jwks.json"}),
    ] {
        assert_eq!(judge(&thief.sign(&header, &all)).await, Err(Rejection::Signature), "{header}");
    }
    let nameless = Key::first().sign(&json!({"alg": "RS256"}), &all);
    assert_eq!(judge(&nameless).await, Err(Rejection::NoKeyId));
    let extended = json!({"alg": "RS256", "kid": "first", "crit": ["b64"]});
    assert_eq!(judge(&Key::first().sign(&extended, &all)).await, Err(Rejection::Critical));
}

#[tokio::test]
async fn what_is_not_rs256_causes_no_fetch() {
    let issuer = Issuer::with(&[&Key::first()]);
    let verifier = issuer.verifier(&[]);
    let token = format!("{}.", unsigned(&json!({"alg": "none", "kid": "new"}), &claims(json!({}))));
    assert!(verifier.verify(&token, TIME).await.is_err() && verifier.verify("a.b.c", TIME).await.is_err());
    assert_eq!(issuer.fetches(), 0);
}
