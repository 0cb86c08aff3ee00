//! What an issuer may publish, by fault or by malice, each given to the program as Lambda runs it.

use std::time::{Duration, Instant};

use finsight_function_testing::{Answer, Lambda, Reply, Server};
use serde_json::{Value, json};

use crate::keys::{AUDIENCE, ISSUER, Key, base64, claims};
use crate::program::{event, start};

/// The first key as it stands in a set, with changes; a null takes a member out.
fn entry(changes: Value) -> Value {
    let mut entry = Key::first().jwk();
    for (name, value) in changes.as_object().expect("an object") {
        entry[name] = value.clone();
    }
    entry.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    entry
}

fn set(entries: &[Value]) -> Vec<u8> {
    json!({ "keys": entries }).to_string().into_bytes()
}

/// A program whose issuer answers so.
fn with(reply: Option<Reply>) -> (Lambda, Server) {
    let server = Server::start(move |_| reply.clone()).expect("a server");
    let lambda =
        start(&[("JWT_ISSUER", ISSUER), ("JWT_AUDIENCES", AUDIENCE), ("JWKS_URL", &server.url("/jwks"))]);
    (lambda, server)
}

/// What becomes of the first key's token, and the log.
fn judged(reply: Option<Reply>) -> (Answer, Vec<Value>) {
    let (mut lambda, _server) = with(reply);
    let answer = lambda.invoke(&event(&Key::first().token(&claims(json!({}))))).expect("an answer");
    let log = lambda.end().expect("the log");
    (answer, log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect())
}

fn modulus(bytes: usize) -> String {
    let whole = Key::first().public().n;
    base64(&whole[..bytes])
}

/// Entries that are no key for RS256 signatures of the first key's name.
fn odd() -> Vec<Value> {
    let long = "A".repeat(20_000);
    vec![
        json!(null),
        json!(7),
        json!(true),
        json!("RSA"),
        json!([]),
        json!([Key::first().jwk()]),
        json!({}),
        json!({"keys": [Key::first().jwk()]}),
        entry(json!({"kty": null})),
        entry(json!({"kty": "rsa"})),
        entry(json!({"kty": ["RSA"]})),
        entry(json!({"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"})),
        entry(json!({"kty": "oct", "k": modulus(32)})),
        entry(json!({"kid": null})),
        entry(json!({"kid": 1})),
        entry(json!({"kid": ["first"]})),
        entry(json!({"kid": "other"})),
        entry(json!({"kid": "First"})),
        entry(json!({"use": "enc"})),
        entry(json!({"use": ["sig"]})),
        entry(json!({"alg": "RS512"})),
        entry(json!({"alg": "HS256"})),
        entry(json!({"alg": "none"})),
        entry(json!({"alg": 256})),
        entry(json!({"n": null})),
        entry(json!({"n": ""})),
        entry(json!({"n": 65_537})),
        entry(json!({"n": "!!!"})),
        entry(json!({"n": modulus(64)})),
        entry(json!({"n": modulus(128)})),
        entry(json!({"n": modulus(255)})),
        entry(json!({"n": format!("{}=", modulus(256))})),
        entry(json!({"n": format!(" {}", modulus(256))})),
        entry(json!({"n": long})),
        entry(json!({"e": null})),
        entry(json!({"e": 65_537})),
        entry(json!({"e": "!"})),
    ]
}

/// Keys of the right form and name that are not the issuer's key.
fn wrong() -> Vec<Value> {
    let second = Key::second().public();
    vec![
        entry(json!({"n": base64(&second.n)})),
        entry(json!({"n": base64(&[0; 256])})),
        entry(json!({"n": base64(&[0xff; 256])})),
        entry(json!({"n": base64(&[&[0], &Key::first().public().n[..]].concat())})),
        entry(json!({"e": ""})),
        entry(json!({"e": "AA"})),
        entry(json!({"e": "AQ"})),
        entry(json!({"e": "Ag"})),
        entry(json!({"e": "Aw"})),
        entry(json!({"e": base64(&[0xff; 64])})),
    ]
}

#[test]
fn answers_that_are_no_key_set() {
    let good = set(&[entry(json!({}))]);
    let text = String::from_utf8(good.clone()).expect("a text");
    let ok = |body: &str| Some(Reply::new(200, body));
    let (elsewhere, body) = (Server::start(|_| None).expect("a server"), good.clone());
    let tempting = Server::start(move |_| Some(Reply::new(200, body.clone()))).expect("a server");
    let to = |status, url: String| Some(Reply::new(status, good.clone()).header("location", &url));
    let replies = [
        None,
        ok(""),
        ok("null"),
        ok("[]"),
        ok("{}"),
        ok(r#"{"keys":null}"#),
        ok(r#"{"keys":{}}"#),
        ok(r#"{"keys":"x"}"#),
        ok("<html>maintenance</html>"),
        ok(&text[..text.len() - 1]),
        ok(&format!("{text}x")),
        ok(&format!("{text}{text}")),
        ok(&format!("\u{feff}{text}")),
        ok(&format!("callback({text})")),
        ok(&text.replace("keys", "Keys")),
        ok(&text.replacen("{\"keys\"", "{\"keys\":[],\"keys\"", 1)),
        ok(&format!("{{\"keys\":{}", "[".repeat(100_000))),
        ok(&" ".repeat(300 << 10)),
        Some(Reply::new(200, vec![0xff; 1_000])),
        Some(Reply::new(200, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]).header("content-encoding", "gzip")),
        Some(Reply::new(204, "")),
        to(301, tempting.url("/")),
        to(302, tempting.url("/")),
        to(303, tempting.url("/")),
        to(307, tempting.url("/")),
        to(308, elsewhere.url("/")),
        to(302, "file:///etc/passwd".to_owned()),
        Some(Reply::new(304, "")),
        Some(Reply::new(400, good.clone())),
        Some(Reply::new(401, good.clone())),
        Some(Reply::new(403, good.clone())),
        Some(Reply::new(404, good.clone())),
        Some(Reply::new(429, good.clone())),
        Some(Reply::new(500, good.clone())),
        Some(Reply::new(503, good.clone())),
        Some(Reply::endless(200, vec![b' '; 64 << 10], Duration::ZERO)),
    ];
    for (at, reply) in replies.into_iter().enumerate() {
        let (answer, log) = judged(reply);
        let Answer::Error(error) = &answer else { panic!("answer {at}: let in: {log:?}") };
        assert_eq!(error["errorType"], "Authorizer.Unavailable", "answer {at}");
        assert!(log.iter().any(|line| line["outcome"] == "unavailable"), "answer {at}: {log:?}");
    }
    assert!(tempting.seen().is_empty(), "a redirect was followed");
}

#[test]
fn sets_without_the_key() {
    let mut sets = vec![Vec::new(), odd()];
    sets.extend(odd().into_iter().map(|entry| vec![entry]));
    sets.extend(wrong().into_iter().map(|entry| vec![entry]));
    assert!(sets.len() > 37);
    for set_of in sets {
        let (answer, log) = judged(Some(Reply::new(200, set(&set_of))));
        let name = format!("{:.200}", json!(set_of));
        let Answer::Error(error) = &answer else { panic!("let in with {name}: {log:?}") };
        assert_eq!(error["errorType"], "Authorizer.Unauthorized", "{name}");
    }
}

/// B8: whoever publishes something odd beside a key has still published the key.
#[test]
fn odd_entries_beside_the_key() {
    for other in odd() {
        for entries in [vec![other.clone(), entry(json!({}))], vec![entry(json!({})), other.clone()]] {
            let (answer, log) = judged(Some(Reply::new(200, set(&entries))));
            assert!(matches!(answer, Answer::Response(_)), "{other:.200}: {answer:?} {log:?}");
        }
    }
    let mut all = odd();
    all.insert(11, entry(json!({"x5c": ["MIIC"], "x5t": "x", "key_ops": ["verify"], "d": 5, "more": {}})));
    assert!(matches!(judged(Some(Reply::new(200, set(&all)))).0, Answer::Response(_)));
}

/// B4: an issuer that gives its answer byte by byte, for ever. The call has three seconds.
#[test]
fn an_issuer_that_trickles() {
    let (mut lambda, _server) = with(Some(Reply::endless(200, " ", Duration::from_millis(50))));
    let token = Key::first().token(&claims(json!({})));
    // The first call waits for the start of the program, which takes its own time.
    lambda.invoke(&event(&token)).expect("an answer");
    let begun = Instant::now();
    for _ in 0..3 {
        let answer = lambda.invoke_within(&event(&token), Duration::from_secs(2)).expect("an answer in time");
        let Answer::Error(error) = answer else { panic!("let in") };
        assert_eq!(error["errorType"], "Authorizer.Unavailable");
    }
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    let log = lambda.end().expect("the log");
    assert_eq!(log.lines().filter(|line| line.contains(r#""outcome":"unavailable""#)).count(), 4, "{log}");
}
