//! Refusals of HEAD: they have a status and no words.

use super::*;

const HEAD: &str = "HEAD /b/";

fn look() -> Request {
    let urn = Urn::new("dev", "logs", "aws:s3:Bucket", "logs").expect("a name");
    let inputs = Map::from([("bucket".to_owned(), Value::from("b"))]);
    let target = Target { urn, id: "b".to_owned(), inputs, outputs: Map::new(), awaited: false };
    Request {
        type_name: "aws:s3:Bucket".to_owned(),
        region: "ap-northeast-1".to_owned(),
        call: Call::Read { targets: vec![target] },
    }
}

fn expired() -> Answer {
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token \
                included in the request is expired</Message></Error></ErrorResponse>";
    Answer::Body(403, body.to_owned())
}

fn without_words(status: u16) -> Answer {
    Answer::Body(status, String::new())
}

fn is_absent(reply: &Reply) -> bool {
    matches!(reply, Reply::Read(found) if matches!(found[..], [Reading::Absent]))
}

/// Whether credentials have expired is asked in a call whose refusal has words.
#[tokio::test]
async fn a_refusal_without_words_may_mean_that_credentials_have_expired() {
    for status in [400, 403] {
        let (chain, asked) = chain(&["NEW"]);
        let (session, fake) = session(Some(chain), move |operation, before| match (operation, before) {
            (HEAD, 0) => without_words(status),
            (HEAD, _) => without_words(404),
            ("GetCallerIdentity", 1) => expired(),
            _ => well(operation),
        })
        .await;
        let reply = AwsCloud::unlimited(session).call(look()).await;
        assert!(is_absent(&reply), "{status}: {reply:?}");
        let keys: Vec<String> = fake.sent(HEAD).into_iter().map(|call| call.key).collect();
        assert_eq!(keys, ["OLD", "NEW"], "{status}");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
}

/// Where the same credentials come back the engine hears that they have expired, and waits for others.
#[tokio::test]
async fn expired_credentials_are_told_as_that() {
    let (chain, _) = chain(&["OLD"]);
    let (session, _) = session(Some(chain), |operation, before| match (operation, before) {
        (HEAD, _) => without_words(400),
        ("GetCallerIdentity", 1..) => expired(),
        _ => well(operation),
    })
    .await;
    assert_eq!(class(&AwsCloud::unlimited(session).call(look()).await), Some(FailureClass::Expired));
}

/// A right that is missing stays one, and nobody is asked for other credentials.
#[tokio::test]
async fn a_missing_right_is_no_matter_of_time() {
    let (chain, asked) = chain(&["NEW"]);
    let (session, fake) = session(Some(chain), |operation, _| match operation {
        HEAD => without_words(403),
        _ => well(operation),
    })
    .await;
    assert_eq!(class(&AwsCloud::unlimited(session).call(look()).await), Some(FailureClass::Denied));
    assert_eq!((fake.sent(HEAD).len(), asked.load(Ordering::SeqCst)), (1, 0));
}

/// A clock that is wrong is told by the date of the answer alone, and corrected.
#[tokio::test]
async fn a_wrong_clock_is_seen_in_the_date() {
    let (session, fake) = session(None, |operation, before| match (operation, before) {
        (HEAD, 0) => Answer::Dated(403, String::new(), 3600),
        (HEAD, _) => Answer::Dated(404, String::new(), 3600),
        _ => well(operation),
    })
    .await;
    let reply = AwsCloud::unlimited(session).call(look()).await;
    assert!(is_absent(&reply), "{reply:?}");
    let dates: Vec<String> = fake.sent(HEAD).into_iter().map(|call| call.date).collect();
    assert_eq!(dates.len(), 2, "{dates:?}");
    assert_ne!(dates[0][9..11], dates[1][9..11], "{dates:?}");
}

/// And where AWS's clock is known, a refusal is one.
#[tokio::test]
async fn a_refusal_in_time_is_a_refusal() {
    let (session, fake) = session(None, |operation, _| match operation {
        HEAD => Answer::Dated(403, String::new(), 3600),
        _ => well(operation),
    })
    .await;
    assert_eq!(class(&AwsCloud::unlimited(session).call(look()).await), Some(FailureClass::Denied));
    assert_eq!(fake.sent(HEAD).len(), 2);
}

/// The first call of all says who we are: its clock is corrected as well, by whichever words AWS finds.
#[tokio::test]
async fn the_first_call_is_corrected() {
    let told = "Signature expired: 20261129T101500Z is now earlier than 20261129T105500Z (20261129T110000Z - 5 min.)";
    let early = "Signature not yet current: 20261129T111500Z is still later than 20261129T110500Z";
    for (code, message) in
        [("SignatureDoesNotMatch", told), ("SignatureDoesNotMatch", early), ("RequestExpired", "")]
    {
        for ahead in [0, 3600] {
            if code == "RequestExpired" && ahead == 0 {
                continue;
            }
            let body = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
            );
            let (_, fake) = session(None, move |operation, before| match before {
                0 => Answer::Dated(403, body.clone(), ahead),
                _ => well(operation),
            })
            .await;
            assert_eq!(fake.sent("GetCallerIdentity").len(), 2, "{code}: {message}");
        }
    }
}
