//! Tokens, requests and events that must not get in, each given to the program as Lambda runs it.
//!
//! All of them start from what is good: a token that the issuer signed, in an event as API Gateway sends it.

use std::time::Duration;

use finsight_function_testing::{Answer, Lambda};
use serde_json::{Value, json};

use crate::keys::{AUDIENCE, ISSUER, Issuer, Key, base64, claims, now, unsigned};
use crate::program::{METHOD, event, start};

/// What is tried, and the event of it.
type Trial = (String, String);

fn good() -> String {
    Key::first().token(&claims(json!({})))
}

fn trial(name: impl Into<String>, token: &str) -> Trial {
    (name.into(), event(token).to_string())
}

/// Every algorithm there is or might be read as one, with every signature that somebody without the key can make, and
/// with the right one.
fn algorithms() -> Vec<Trial> {
    let key = Key::first();
    let algorithms = [
        "none", "None", "NONE", "nOnE", "", " ", "rs256", "Rs256", "RS256 ", " RS256", "RS256\0", "RS-256",
        "RS1", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES256K", "ES384", "ES512", "EdDSA",
        "Ed25519", "HS1", "HS256", "HS384", "HS512", "dir", "RSA-OAEP", "A128KW",
    ];
    let secrets = [
        key.public().n,
        base64(&key.public().n).into_bytes(),
        key.jwk().to_string().into_bytes(),
        Vec::new(),
    ];
    let mut trials = Vec::new();
    for algorithm in algorithms {
        let header = json!({"alg": algorithm, "typ": "JWT", "kid": "first"});
        let message = unsigned(&header, &claims(json!({})));
        let mut tokens = vec![
            format!("{message}."),
            message.clone(),
            format!("{message}.{}", base64(&[0; 256])),
            key.sign(&header, &claims(json!({}))),
        ];
        tokens.extend(secrets.iter().map(|secret| {
            let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
            format!("{message}.{}", base64(ring::hmac::sign(&secret, message.as_bytes()).as_ref()))
        }));
        for (at, token) in tokens.iter().enumerate() {
            trials.push(trial(format!("algorithm {algorithm:?}, signature {at}"), token));
        }
    }
    for algorithm in
        [json!(null), json!(5), json!(true), json!([]), json!(["RS256"]), json!({"alg": "RS256"})]
    {
        let token = key.sign(&json!({"alg": algorithm, "kid": "first"}), &claims(json!({})));
        trials.push(trial(format!("algorithm {algorithm}"), &token));
    }
    trials
}

/// Headers that want another key than the issuer's, or no check.
fn headers() -> Vec<Trial> {
    let (key, thief) = (Key::first(), Key::second());
    let long = "k".repeat(4_000);
    let ids = [
        json!(null),
        json!(""),
        json!(" "),
        json!(1),
        json!([]),
        json!(["first"]),
        json!({"kid": "first"}),
        json!(true),
        json!("First"),
        json!("FIRST"),
        json!(" first"),
        json!("first "),
        json!("first\0"),
        json!("first\n"),
        json!("../first"),
        json!("/dev/null"),
        json!("' OR '1'='1"),
        json!("*"),
        json!("second"),
        json!("ｆirst"),
        json!(long),
    ];
    let mut trials: Vec<Trial> = ids
        .iter()
        .map(|id| {
            let token = key.sign(&json!({"alg": "RS256", "kid": id}), &claims(json!({})));
            trial(format!("key id {id:.40}"), &token)
        })
        .collect();
    for more in [
        json!({}),
        json!({"jwk": thief.jwk()}),
        json!({"jku": "http://127.0.0.1:1/jwks"}),
        json!({"x5u": "http://127.0.0.1:1/x5u"}),
        json!({"x5c": ["MIIB"]}),
        json!({"x5t": "x", "x5t#S256": "x"}),
        json!({"jwk": thief.jwk(), "jku": "http://127.0.0.1:1/", "x5c": ["MIIB"]}),
    ] {
        let mut header = json!({"alg": "RS256", "kid": "first"});
        for (name, value) in more.as_object().expect("an object") {
            header[name] = value.clone();
        }
        trials.push(trial(format!("another's key by {more:.40}"), &thief.sign(&header, &claims(json!({})))));
    }
    for critical in [json!(["b64"]), json!(["exp"]), json!(["x", "y"]), json!([]), json!("b64"), json!(1)] {
        let header = json!({"alg": "RS256", "kid": "first", "crit": critical, "b64": false});
        trials.push(trial(format!("crit {critical}"), &key.sign(&header, &claims(json!({})))));
    }
    for text in [
        r#"{"alg":"RS256","alg":"none","kid":"first"}"#,
        r#"{"alg":"none","alg":"RS256","kid":"first"}"#,
        r#"{"alg":"RS256","kid":"other","kid":"first"}"#,
        r#"{"alg":"RS256","kid":"first""#,
        r#"["RS256","first"]"#,
        r#""RS256""#,
        "null",
        "",
        "\u{feff}{\"alg\":\"RS256\",\"kid\":\"first\"}",
    ] {
        let rest = good().split_once('.').expect("three parts").1.to_owned();
        trials.push(trial(format!("header {text}"), &format!("{}.{rest}", base64(text.as_bytes()))));
    }
    trials
}

/// Claims that the issuer did sign, but not for here, not for now, or not for anybody.
fn contents() -> Vec<Trial> {
    let key = Key::first();
    let wrong = [
        ("iss", json!(["https://evil.example/", ISSUER])),
        ("iss", json!([ISSUER, "https://evil.example/"])),
        ("aud", json!([])),
        ("sub", json!("")),
        ("nbf", json!(now() + 3_600)),
        ("nbf", json!("soon")),
        ("nbf", json!([now()])),
        ("nbf", json!({"is": now()})),
    ];
    let mut changes: Vec<(&str, Value)> = wrong.into();
    let slashless = ISSUER.trim_end_matches('/');
    for text in [
        "",
        " ",
        slashless,
        &format!("{ISSUER}/"),
        &format!("{ISSUER} "),
        &format!(" {ISSUER}"),
        &ISSUER.to_uppercase(),
        &ISSUER.replace("https", "http"),
        &format!("{ISSUER}?x"),
        &format!("{ISSUER}#"),
        &format!("{slashless}.evil.example/"),
        "https://evil.example/",
        "https://finsight.example.auth0.com@evil.example/",
        "finsight.example.auth0.com",
    ] {
        changes.push(("iss", json!(text)));
    }
    for text in [
        "",
        " ",
        &format!("{AUDIENCE}/"),
        &format!("{AUDIENCE} "),
        &AUDIENCE.to_uppercase(),
        "https://api.finsight.co",
        "https://finsight.example.auth0.com/userinfo",
        "*",
        &format!("{AUDIENCE},x"),
        &format!("x {AUDIENCE}"),
    ] {
        changes.push(("aud", json!(text)));
        changes.push(("aud", json!([text, "y"])));
    }
    for time in
        [json!(0), json!(1), json!(-1), json!(now() - 31), json!(now() - 86_400), json!(-1e9), json!(0.5)]
    {
        changes.push(("exp", time));
    }
    for name in ["iss", "aud", "sub", "exp"] {
        for value in [json!(null), json!(true), json!({"a": 1}), json!([[]]), json!([1, 2])] {
            changes.push((name, value));
        }
    }
    for value in [json!((now() + 60).to_string()), json!("never"), json!("")] {
        changes.push(("exp", value));
    }
    for value in [json!(7), json!(["auth0|x"])] {
        changes.push(("sub", value));
    }
    let mut trials: Vec<Trial> = changes
        .into_iter()
        .map(|(name, value)| {
            let token = key.token(&claims(json!({ name: value })));
            trial(format!("claim {name} {value}"), &token)
        })
        .collect();
    for all in [json!([1]), json!("claims"), json!(1), json!(null), json!({}), json!([claims(json!({}))])] {
        trials.push(trial(format!("claims {all:.40}"), &key.token(&all)));
    }
    trials
}

/// A good token, bent.
fn forms() -> Vec<Trial> {
    let good = good();
    let parts: Vec<&str> = good.split('.').collect();
    let [header, body, signature] = parts[..] else { panic!("three parts") };
    let admin = base64(claims(json!({"sub": "auth0|admin"})).to_string().as_bytes());
    let mut tokens = vec![
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        "x".to_owned(),
        "a.b.c".to_owned(),
        "null".to_owned(),
        "undefined".to_owned(),
        header.to_owned(),
        format!("{header}.{body}"),
        format!("{header}.{body}."),
        format!("{header}..{signature}"),
        format!(".{body}.{signature}"),
        format!("{header}.{body}.{signature}."),
        format!("{header}.{body}.{signature}.{signature}"),
        format!("{header}.{body}.{signature}.x.y"),
        format!("{body}.{header}.{signature}"),
        format!("{header}.{signature}.{body}"),
        format!("{header}.{admin}.{signature}"),
        format!("{header}.{body}.{body}"),
        format!("{header}={body}={signature}"),
        format!("{header}=.{body}.{signature}"),
        format!("{header}.{body}==.{signature}"),
        format!("{header}.{body}.{signature}=="),
        format!("{header}.{body} .{signature}"),
        format!("{header}. {body}.{signature}"),
        format!("{header}.{body}.{signature}\u{200b}"),
        format!("{header}%2E{body}%2E{signature}"),
        format!("\u{feff}{good}"),
        format!("\"{good}\""),
        format!("'{good}'"),
        format!("{good},{good}"),
        format!("{good} {good}"),
        format!("{good}{}", "A".repeat(10_240)),
        format!("{header}.{body}.{}", "A".repeat(342)),
        format!("{header}.{body}.{}", "_".repeat(342)),
        format!("{header}.{body}.{}", base64(&[0; 255])),
        format!("{header}.{body}.{}", base64(&[0; 512])),
        good.chars().rev().collect(),
        good.to_uppercase(),
        good.to_lowercase(),
        format!("{header}.{}.{signature}", base64("[".repeat(3_000).as_bytes())),
    ];
    // One sign of the signature is another, at places all over it; and one is missing.
    for at in (0..signature.len()).step_by(11) {
        let other = if signature.as_bytes()[at] == b'A' { "B" } else { "A" };
        tokens.push(format!("{header}.{body}.{}{other}{}", &signature[..at], &signature[at + 1..]));
    }
    for at in (0..signature.len()).step_by(57) {
        tokens.push(format!("{header}.{body}.{}{}", &signature[..at], &signature[at + 1..]));
    }
    for at in (0..body.len()).step_by(23) {
        let other = if body.as_bytes()[at] == b'A' { "B" } else { "A" };
        tokens.push(format!("{header}.{}{other}{}.{signature}", &body[..at], &body[at + 1..]));
    }
    tokens.iter().enumerate().map(|(at, token)| trial(format!("form {at}: {token:.60}"), token)).collect()
}

/// A good token where none is looked for, or beside another.
fn requests() -> Vec<Trial> {
    let token = good();
    let bearer = format!("Bearer {token}");
    let mut trials: Vec<Trial> = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        token.clone(),
        format!("Bearer{token}"),
        format!("Bearer\t{token}"),
        format!("Bearer\u{a0}{token}"),
        format!("Bearer, {token}"),
        format!("Bearer: {token}"),
        format!("Bearer:{token}"),
        format!("Basic {token}"),
        format!("Token {token}"),
        format!("JWT {token}"),
        format!("DPoP {token}"),
        format!("MAC {token}"),
        format!("Bearer Bearer {token}"),
        format!("Basic x {bearer}"),
        format!("{bearer}, {bearer}"),
        format!("{bearer};x"),
        format!("Bearer token={token}"),
        format!("Bearer \"{token}\""),
        format!("Вearer {token}"),
        format!("Bearer {}", base64(token.as_bytes())),
    ]
    .iter()
    .map(|value| {
        let event = json!({"type": "TOKEN", "methodArn": METHOD, "authorizationToken": value});
        (format!("Authorization: {value:.60}"), event.to_string())
    })
    .collect();
    let another = format!("Bearer {}", Key::second().token(&claims(json!({}))));
    for request in [
        json!({}),
        json!({"headers": null}),
        json!({"headers": {}, "multiValueHeaders": null}),
        json!({"headers": {"Authorization": null}}),
        json!({"headers": {"X-Authorization": bearer}}),
        json!({"headers": {"Proxy-Authorization": bearer}}),
        json!({"headers": {"Authorization ": bearer}}),
        json!({"headers": {"Аuthorization": bearer}}),
        json!({"headers": {"Cookie": format!("Authorization={bearer}")}}),
        json!({"queryStringParameters": {"authorization": bearer, "access_token": token}}),
        json!({"stageVariables": {"Authorization": bearer}}),
        json!({"body": bearer}),
        json!({"headers": {"Authorization": bearer, "authorization": another}}),
        json!({"headers": {"Authorization": bearer}, "multiValueHeaders": {"Authorization": [bearer, another]}}),
        json!({"headers": {"Authorization": bearer}, "multiValueHeaders": {"authorization": [another]}}),
        json!({"multiValueHeaders": {"Authorization": [another, bearer]}}),
        json!({"multiValueHeaders": {"Authorization": []}}),
        json!({"multiValueHeaders": {"Authorization": null}}),
        json!({"authorizationToken": another, "headers": {"Authorization": bearer}}),
    ] {
        let mut event = json!({"type": "REQUEST", "methodArn": METHOD});
        for (name, value) in request.as_object().expect("an object") {
            event[name] = value.clone();
        }
        trials.push((format!("request {request:.60}"), event.to_string()));
    }
    trials
}

/// What is not an event of API Gateway, or asks for more than one stage, with a good token in it.
fn events() -> Vec<Trial> {
    let bearer = format!("Bearer {}", good());
    let arns = [
        "",
        "*",
        "arn",
        "arn:aws:execute-api",
        "arn:aws:execute-api:*:111122223333:abc123/prod/GET/",
        "arn:aws:execute-api:ap-northeast-1:*:abc123/prod/GET/",
        "arn:aws:execute-api:ap-northeast-1:111122223333:*/prod/GET/",
        "arn:aws:execute-api:ap-northeast-1:111122223333:abc123/*/GET/",
        "arn:aws:execute-api:ap-northeast-1:111122223333:abc123/pr?d/GET/",
        "arn:aws:execute-api:ap-northeast-1:111122223333:abc123/${stage}/GET/",
        "arn:aws:execute-api:ap-northeast-1:111122223333:abc123",
        "arn:aws:execute-api:ap-northeast-1:111122223333:abc123/",
        "arn:aws:execute-api:ap-northeast-1:111122223333:abc123/prod",
        "arn:aws:execute-api:ap-northeast-1:111122223333:/prod/GET/",
        "arn:aws:execute-api:ap-northeast-1:111122223333:abc123//GET/",
        "arn:aws:execute-api::111122223333:abc123/prod/GET/",
        "arn:aws:execute-api:ap-northeast-1::abc123/prod/GET/",
        "arn:*:execute-api:ap-northeast-1:111122223333:abc123/prod/GET/",
        "arn:aws:*:ap-northeast-1:111122223333:abc123/prod/GET/",
        "arn:aws:lambda:ap-northeast-1:111122223333:abc123/prod/GET/",
        "arn:aws:execute-api:ap-northeast-1:111122223333:abc 123/prod/GET/",
        "arn:aws:execute-api:ap-northeast-1:111122223333:abc\n/prod/GET/",
        " arn:aws:execute-api:ap-northeast-1:111122223333:abc123/prod/GET/",
        "ARN:aws:execute-api:ap-northeast-1:111122223333:abc123/prod/GET/",
    ];
    let mut trials: Vec<Trial> = arns
        .iter()
        .map(|arn| {
            let event = json!({"type": "TOKEN", "methodArn": arn, "authorizationToken": bearer});
            (format!("ARN {arn}"), event.to_string())
        })
        .collect();
    let whole = json!({"type": "TOKEN", "methodArn": METHOD, "authorizationToken": bearer}).to_string();
    let texts = [
        String::new(),
        " ".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        "\"x\"".to_owned(),
        format!("[{whole}]"),
        format!("{{\"event\":{whole}}}"),
        whole[..whole.len() - 1].to_owned(),
        format!("{whole}{whole}"),
        format!("\u{feff}{whole}"),
        whole.replace("methodArn", "methodarn"),
        whole.replace("methodArn", "routeArn"),
        json!({"version": "2.0", "routeArn": METHOD, "identitySource": [bearer]}).to_string(),
        json!({"methodArn": METHOD, "authorizationToken": [bearer]}).to_string(),
        json!({"methodArn": [METHOD], "authorizationToken": bearer}).to_string(),
        json!({"methodArn": METHOD, "headers": [["Authorization", bearer]]}).to_string(),
        json!({"methodArn": METHOD, "headers": bearer}).to_string(),
        "[".repeat(200_000),
        "{\"a\":".repeat(50_000),
    ];
    trials.extend(texts.into_iter().map(|text| (format!("event {text:.60}"), text)));
    trials
}

/// Gives the program each trial, and wants this error; what was good before is good after.
fn refused(trials: &[Trial], kind: &str) {
    let issuer = Issuer::with(&[&Key::first()]);
    let jwks = issuer.server.url("/jwks");
    let mut lambda = start(&[("JWT_ISSUER", ISSUER), ("JWT_AUDIENCES", AUDIENCE), ("JWKS_URL", &jwks)]);
    comes_in(&lambda, &good());
    for (name, body) in trials {
        let answer = lambda.deliver(body.clone(), Duration::from_secs(20)).expect(name);
        let Answer::Error(error) = answer else { panic!("let in: {name}: {answer:?}") };
        assert_eq!(error["errorType"], kind, "{name}");
        if kind == "Authorizer.Unauthorized" {
            assert_eq!(error["errorMessage"], "Unauthorized", "{name}");
        }
    }
    comes_in(&lambda, &good());
    // The issuer is not asked more often than it may be.
    assert!(issuer.fetches() <= 3 + 12, "{}", issuer.fetches());
    let log = lambda.end().expect("the log");
    let (_, rest) =
        good().split_once('.').map(|(head, rest)| (head.to_owned(), rest.to_owned())).expect("three parts");
    let signature = rest.rsplit('.').next().expect("a signature");
    assert!(!log.contains(&signature[..40]) && !log.contains("auth0|") && !log.contains("eyJ"), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let outcome = if kind == "Authorizer.Unauthorized" { "unauthorized" } else { "unavailable" };
    let said = lines.iter().filter(|line| line["outcome"] == outcome).count();
    assert_eq!(said, trials.len(), "each is in the log");
}

fn comes_in(lambda: &Lambda, token: &str) {
    assert!(
        matches!(lambda.invoke(&event(token)).expect("an answer"), Answer::Response(_)),
        "a good token is refused"
    );
}

#[test]
fn there_are_many() {
    let all = [algorithms(), headers(), contents(), forms(), requests(), events()];
    let mut bodies: Vec<&String> = all.iter().flatten().map(|(_, body)| body).collect();
    let count = bodies.len();
    bodies.sort();
    bodies.dedup();
    assert!(count > 316 && bodies.len() + 8 > count, "{count} trials, {} of them different", bodies.len());
}

#[test]
fn algorithms_and_signatures() {
    refused(&algorithms(), "Authorizer.Unauthorized");
}

#[test]
fn keys_of_other_people() {
    refused(&headers(), "Authorizer.Unauthorized");
}

#[test]
fn claims_for_others() {
    refused(&contents(), "Authorizer.Unauthorized");
}

#[test]
fn bent_tokens() {
    refused(&forms(), "Authorizer.Unauthorized");
}

#[test]
fn tokens_in_other_places() {
    refused(&requests(), "Authorizer.Unauthorized");
}

/// B11: what is not the caller's fault is counted by the alarm on `outcome`.
#[test]
fn foreign_events() {
    refused(&events(), "Authorizer.Event");
}

/// The trials are refused for what is wrong with them: without it they come in.
#[test]
fn what_is_good_comes_in() {
    let issuer = Issuer::with(&[&Key::first()]);
    let jwks = issuer.server.url("/jwks");
    let lambda = start(&[("JWT_ISSUER", ISSUER), ("JWT_AUDIENCES", AUDIENCE), ("JWKS_URL", &jwks)]);
    let key = Key::first();
    for header in [
        json!({"alg": "RS256", "kid": "first"}),
        json!({"alg": "RS256", "kid": "first", "typ": "at+jwt"}),
        json!({"alg": "RS256", "kid": "first", "jku": "https://elsewhere.example/", "jwk": key.jwk()}),
    ] {
        comes_in(&lambda, &key.sign(&header, &claims(json!({}))));
    }
    for change in [
        json!({"aud": AUDIENCE}),
        json!({"nbf": now() - 1}),
        json!({"exp": now() - 20}),
        json!({"exp": (now() + 60) as f64 + 0.5}),
        json!({"scope": null, "azp": null, "permissions": null}),
    ] {
        comes_in(&lambda, &key.token(&claims(change)));
    }
    let bearer = format!("Bearer {}", good());
    for request in [
        json!({"headers": {"authorization": bearer}}),
        json!({"headers": {"AUTHORIZATION": bearer}, "multiValueHeaders": {"Authorization": [bearer, bearer]}}),
        json!({"headers": {"Authorization": bearer.replace("Bearer", "bEARER")}}),
    ] {
        let mut event = json!({"type": "REQUEST", "methodArn": METHOD});
        for (name, value) in request.as_object().expect("an object") {
            event[name] = value.clone();
        }
        assert!(matches!(lambda.invoke(&event).expect("an answer"), Answer::Response(_)), "{event}");
    }
}
