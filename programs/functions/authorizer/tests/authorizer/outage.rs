//! Keys over time: rotation, floods, outages.

use std::time::{Duration, Instant};

use finsight_authorizer::verify::{Rejection, Verifier};
use finsight_function_testing::Reply;
use serde_json::json;

use crate::keys::{Issuer, Key, TIME, claims};

async fn judge(verifier: &Verifier, key: &Key) -> Result<(), Rejection> {
    // The keys' clock is moved, the tokens' is not, so the token is good at any time.
    verifier.verify(&key.token(&claims(json!({}))), TIME).await.map(|_| ())
}

async fn unknown(verifier: &Verifier, kid: &str) -> Result<(), Rejection> {
    let token = Key::first().sign(&json!({"alg": "RS256", "kid": kid}), &claims(json!({})));
    verifier.verify(&token, TIME).await.map(|_| ())
}

#[tokio::test]
async fn keys_are_fetched_once_while_they_are_fresh() {
    let issuer = Issuer::with(&[&Key::first()]);
    let verifier = issuer.verifier(&[]);
    verifier.keys().prepare().await;
    for _ in 0..20 {
        assert_eq!(judge(&verifier, &Key::first()).await, Ok(()));
    }
    assert_eq!(issuer.fetches(), 1);
    issuer.pass(601);
    assert_eq!(judge(&verifier, &Key::first()).await, Ok(()));
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test]
async fn a_new_key_is_found_without_a_restart_and_an_old_one_forgotten() {
    let issuer = Issuer::with(&[&Key::first()]);
    let verifier = issuer.verifier(&[]);
    assert_eq!(judge(&verifier, &Key::first()).await, Ok(()));
    assert_eq!(judge(&verifier, &Key::second()).await, Err(Rejection::UnknownKey));
    issuer.publish(&[&Key::second()]);
    assert_eq!(judge(&verifier, &Key::second()).await, Ok(()));
    assert_eq!(issuer.fetches(), 3);
    issuer.pass(60);
    assert_eq!(judge(&verifier, &Key::first()).await, Err(Rejection::UnknownKey));
}

#[tokio::test]
async fn a_flood_of_unknown_keys_does_not_reach_the_issuer() {
    let issuer = Issuer::with(&[&Key::first()]);
    let verifier = issuer.verifier(&[]);
    for n in 0..200 {
        assert_eq!(unknown(&verifier, &format!("made-up-{n}")).await, Err(Rejection::UnknownKey));
    }
    assert_eq!(issuer.fetches(), 3);
    // Who has a good token notices nothing.
    assert_eq!(judge(&verifier, &Key::first()).await, Ok(()));
    issuer.pass(10);
    for n in 0..50 {
        assert_eq!(unknown(&verifier, &format!("more-{n}")).await, Err(Rejection::UnknownKey));
    }
    assert_eq!(issuer.fetches(), 4);
}

#[tokio::test]
async fn an_outage_is_bridged_for_a_bounded_time() {
    let issuer = Issuer::with(&[&Key::first()]);
    let verifier = issuer.verifier(&[("JWKS_STALE_SECONDS", "3600")]);
    assert_eq!(judge(&verifier, &Key::first()).await, Ok(()));
    let outages = [
        None,
        Some(Reply::new(503, "")),
        Some(Reply::new(200, "<html>")),
        Some(Reply::new(200, r#"{"keys":{}}"#)),
    ];
    for outage in outages {
        issuer.answers(outage);
        issuer.pass(700);
        assert_eq!(judge(&verifier, &Key::first()).await, Ok(()));
        // Whether the issuer has this key now, nobody can say.
        assert_eq!(judge(&verifier, &Key::second()).await, Err(Rejection::Unavailable));
    }
    issuer.pass(900);
    assert_eq!(judge(&verifier, &Key::first()).await, Err(Rejection::Unavailable));
    issuer.publish(&[&Key::first()]);
    issuer.pass(10);
    assert_eq!(judge(&verifier, &Key::first()).await, Ok(()));
}

#[tokio::test]
async fn an_outage_from_the_start_lets_nobody_in_and_is_not_hammered() {
    let issuer = Issuer::with(&[]);
    issuer.answers(None);
    let verifier = issuer.verifier(&[]);
    verifier.keys().prepare().await;
    for _ in 0..50 {
        assert_eq!(judge(&verifier, &Key::first()).await, Err(Rejection::Unavailable));
    }
    // The client repeats a request on a connection that was closed before any answer.
    assert!(issuer.fetches() <= 6, "{}", issuer.fetches());
    issuer.publish(&[&Key::first()]);
    issuer.pass(10);
    assert_eq!(judge(&verifier, &Key::first()).await, Ok(()));
}

/// B6: an issuer that withdraws all of its keys has answered. So has one that has only keys of other kinds.
#[tokio::test]
async fn a_set_without_usable_keys_is_an_answer() {
    for set in [r#"{"keys":[]}"#, r#"{"keys":[{"kty":"EC","kid":"first","crv":"P-256","x":"AQ","y":"AQ"}]}"#]
    {
        let issuer = Issuer::with(&[&Key::first()]);
        let verifier = issuer.verifier(&[]);
        assert_eq!(judge(&verifier, &Key::first()).await, Ok(()));
        issuer.answers(Some(Reply::new(200, set)));
        issuer.pass(601);
        assert_eq!(judge(&verifier, &Key::first()).await, Err(Rejection::UnknownKey), "{set}");
        issuer.publish(&[&Key::first()]);
        issuer.pass(10);
        assert_eq!(judge(&verifier, &Key::first()).await, Ok(()), "{set}");
    }
}

/// B4: while the issuer hangs, old keys serve within the time that is left, and what no key is there for is not known.
#[tokio::test]
async fn an_issuer_that_hangs_does_not_take_the_time_of_the_call() {
    let issuer = Issuer::with(&[&Key::first()]);
    let verifier = issuer.verifier(&[]);
    assert_eq!(judge(&verifier, &Key::first()).await, Ok(()));
    issuer.answers(Some(Reply::endless(200, " ", Duration::from_millis(50))));
    issuer.pass(700);
    let (begun, short) = (Instant::now(), Duration::from_millis(300));
    let token = Key::first().token(&claims(json!({})));
    assert!(verifier.verify(&token, short).await.is_ok());
    let other = Key::second().token(&claims(json!({})));
    assert_eq!(verifier.verify(&other, short).await, Err(Rejection::Unavailable));
    assert_eq!(verifier.verify(&other, Duration::ZERO).await, Err(Rejection::Unavailable));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
