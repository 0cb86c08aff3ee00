//! What the wire does to calls: answers that cannot be read, throttling, lost networks, expired credentials, clocks.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, Region as Name};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use finsight_driver::cloud::Cloud;
use finsight_engine::contract::{Call, FailureClass, OwnerId, Reading, Reply, Request, Target};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use crate::cloud::AwsCloud;
use crate::credentials::Chain;
use crate::session::Session;

mod asked;
mod heads;
mod protocols;

/// What comes back of one call.
#[derive(Clone)]
enum Answer {
    Body(u16, String),
    Bytes(u16, Vec<u8>),
    /// With a date header so many seconds from now.
    Dated(u16, String, i64),
    Refused,
    Cut,
}

type Script = dyn Fn(&str, u64) -> Answer + Send + Sync;

/// An HTTP client that answers by operation, or by method and path where the request does not name it, and by how often that was asked before.
#[derive(Clone)]
struct Fake {
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

#[derive(Clone, Debug)]
struct Seen {
    operation: String,
    date: String,
    key: String,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fake").finish_non_exhaustive()
    }
}

impl HttpClient for Fake {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Fake {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = |name: &str| request.headers().get(name).unwrap_or_default().to_owned();
        let form = request.body().bytes().map(|body| String::from_utf8_lossy(body).into_owned());
        let operation = match header("x-amz-target").rsplit_once('.') {
            Some((_, name)) => name.to_owned(),
            None => {
                let action = form.as_deref().and_then(|form| form.split("Action=").nth(1)?.split('&').next());
                let path = request.uri().trim_start_matches("http://local.invalid");
                action.map_or_else(|| format!("{} {path}", request.method()), str::to_owned)
            }
        };
        let key = header("authorization").split(['=', '/']).nth(1).unwrap_or_default().to_owned();
        let mut seen = self.seen.lock().expect("no test panics here");
        let before = seen.iter().filter(|call| call.operation == operation).count() as u64;
        seen.push(Seen { operation: operation.clone(), date: header("x-amz-date"), key });
        drop(seen);
        let answer = (self.script)(&operation, before);
        HttpConnectorFuture::ready(match answer {
            Answer::Body(status, body) => Ok(response(status, body)),
            Answer::Bytes(status, body) => Ok(response(status, body)),
            Answer::Dated(status, body, seconds) => {
                let now = DateTime::from(SystemTime::now());
                let date = DateTime::from_secs(now.secs() + seconds).fmt(Format::HttpDate).expect("a date");
                let mut response = response(status, body);
                response.headers_mut().insert("date", date);
                Ok(response)
            }
            Answer::Refused => {
                let text = "client error (Connect): tcp connect error: Connection refused (os error 111)";
                Err(ConnectorError::io(text.into()))
            }
            Answer::Cut => Err(ConnectorError::io("connection reset by peer".into())),
        })
    }
}

fn response(status: u16, body: impl Into<SdkBody>) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).expect("a status"), body.into())
}

const IDENTITY: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
    <GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn><UserId>U</UserId><Account>1</Account>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";

const EXPIRED: &str = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
    <Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message>\
    </Error><RequestId>r</RequestId></ErrorResponse>";

/// KMS as it answers when all is well.
fn well(operation: &str) -> Answer {
    let body = match operation {
        "GetCallerIdentity" => IDENTITY,
        "CreateKey" | "DescribeKey" => {
            r#"{"KeyMetadata": {"KeyId": "k-1", "Arn": "arn:aws:kms:r:1:key/k-1", "KeyState": "Enabled"}}"#
        }
        "GetKeyPolicy" => r#"{"Policy": "{}"}"#,
        "GetKeyRotationStatus" => r#"{"KeyRotationEnabled": false}"#,
        "ListResourceTags" => r#"{"Tags": [], "Truncated": false}"#,
        "ListKeys" => r#"{"Keys": [], "Truncated": false}"#,
        _ => "{}",
    };
    Answer::Body(200, body.to_owned())
}

fn error(status: u16, code: &str) -> Answer {
    Answer::Body(status, format!(r#"{{"__type": "{code}", "message": "as AWS says it"}}"#))
}

fn key(name: &str) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(name, "secret", None, None, "test"))
}

async fn session(
    chain: Option<Chain>,
    script: impl Fn(&str, u64) -> Answer + Send + Sync + 'static,
) -> (Session, Fake) {
    let fake = Fake { script: Arc::new(script), seen: Arc::default() };
    let loader = aws_config::defaults(BehaviorVersion::latest()).region(Name::new("ap-northeast-1"));
    let loader = loader.credentials_provider(key("OLD")).http_client(fake.clone());
    let base = loader.endpoint_url("http://local.invalid").load().await;
    (Session::open_renewing(base, chain).await.expect("a session"), fake)
}

impl Fake {
    fn sent(&self, operation: &str) -> Vec<Seen> {
        let seen = self.seen.lock().expect("no test panics here");
        seen.iter().filter(|call| call.operation == operation).cloned().collect()
    }
}

fn target() -> Target {
    let urn = Urn::new("dev", "security", "aws:kms:Key", "main").expect("a name");
    Target { urn, id: "k-1".to_owned(), inputs: Map::new(), outputs: Map::new(), awaited: false }
}

fn of_keys(call: Call) -> Request {
    Request { type_name: "aws:kms:Key".to_owned(), region: "ap-northeast-1".to_owned(), call }
}

fn create() -> Request {
    let inputs = Map::from([("tags".to_owned(), Value::Map(Map::new()))]);
    of_keys(Call::Create { owner: OwnerId("o".to_owned()), inputs })
}

fn read() -> Request {
    of_keys(Call::Read { targets: vec![target()] })
}

/// The class of a reply that is a failure.
fn class(reply: &Reply) -> Option<FailureClass> {
    match reply {
        Reply::Failed(failure) => Some(failure.class),
        Reply::Read(readings) => match readings.as_slice() {
            [Reading::Unknown(failure)] => Some(failure.class),
            _ => None,
        },
        _ => None,
    }
}

/// Answers that nobody understands.
const UNREADABLE: [(u16, &str); 6] = [
    (200, "<html><body>Welcome</body></html>"),
    (200, "{\"KeyMetadata\": {\"Key"),
    (200, "\u{1}\u{2}garbage"),
    (200, ""),
    (502, "<html><body>Bad gateway</body></html>"),
    (400, "<html><body>No</body></html>"),
];

/// E8: what was asked for may have been done.
#[tokio::test]
async fn an_unreadable_answer_to_a_create_leaves_it_open() {
    for (status, body) in UNREADABLE {
        let (session, fake) = session(None, move |operation, _| match operation {
            "CreateKey" => Answer::Body(status, body.to_owned()),
            _ => well(operation),
        })
        .await;
        let reply = AwsCloud::unlimited(session).call(create()).await;
        assert_eq!(class(&reply), Some(FailureClass::Ambiguous), "{status} {body}: {reply:?}");
        assert_eq!(fake.sent("CreateKey").len(), 1, "{status} {body}");
    }
}

/// E8: a code that AWS gives says that nothing was done, cut off or not.
#[tokio::test]
async fn a_code_of_aws_is_understood() {
    let (session, _) = session(None, |operation, _| match operation {
        "CreateKey" => error(400, "MalformedPolicyDocumentException"),
        _ => well(operation),
    })
    .await;
    let reply = AwsCloud::unlimited(session).call(create()).await;
    assert_eq!(class(&reply), Some(FailureClass::Invalid));
}

/// E8 and E9: an empty list is no answer, and what stands is not taken for gone.
#[tokio::test]
async fn an_unreadable_answer_to_a_read_is_asked_for_again() {
    for (status, body) in UNREADABLE.into_iter().filter(|(status, _)| *status != 400) {
        let (session, fake) = session(None, move |operation, before| match operation {
            "DescribeKey" | "GetKeyPolicy" | "ListResourceTags" if before < 3 => {
                Answer::Body(status, body.to_owned())
            }
            _ => well(operation),
        })
        .await;
        let reply = AwsCloud::unlimited(session).call(read()).await;
        assert!(matches!(&reply, Reply::Read(found) if matches!(found[0], Reading::Found(_))), "{reply:?}");
        for operation in ["DescribeKey", "GetKeyPolicy", "ListResourceTags"] {
            assert_eq!(fake.sent(operation).len(), 4, "{operation}: {status} {body}");
        }
    }
}

/// E9: each call of a read is tried again by itself, and each attempt is counted.
#[tokio::test]
async fn a_call_is_tried_again_and_not_the_whole_read() {
    for fault in [error(400, "ThrottlingException"), error(500, "KMSInternalException"), Answer::Cut] {
        let (session, fake) = session(None, move |operation, before| match operation {
            "GetCallerIdentity" => well(operation),
            _ if before < 2 => fault.clone(),
            _ => well(operation),
        })
        .await;
        let region = session.region("ap-northeast-1");
        let handler = &crate::handler::handlers()["aws:kms:Key"];
        let found = handler.read(&region, &[target()]).await.expect("a reading");
        assert!(matches!(found[0], Reading::Found(_)));
        let operations =
            ["DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListGrants", "ListResourceTags"];
        for operation in operations {
            assert_eq!(fake.sent(operation).len(), 3, "{operation}");
        }
        assert_eq!(session.calls(), 15);
    }
}

/// A call that AWS throttles slows down those that come after it, in their own operation alone.
#[tokio::test(start_paused = true)]
async fn a_throttled_call_slows_down_the_next_ones() {
    let (session, _) = session(None, |operation, _| match operation {
        "GetCallerIdentity" => well(operation),
        _ => error(400, "ThrottlingException"),
    })
    .await;
    let region = session.limited().region("ap-northeast-1");
    let begun = tokio::time::Instant::now();
    // Five at once are within the rate; each halves it for the next ones.
    for _ in 0..6 {
        assert!(region.kms().create_key().send().await.is_err());
    }
    assert!(begun.elapsed() > Duration::from_millis(1500), "{:?}", begun.elapsed());
    let other = tokio::time::Instant::now();
    assert!(region.kms().create_alias().alias_name("alias/a").target_key_id("k").send().await.is_err());
    assert_eq!(other.elapsed(), Duration::ZERO);
}

/// E9: what changes something is sent once, whatever comes back.
#[tokio::test]
async fn a_change_is_sent_once() {
    let cases = [
        (error(400, "ThrottlingException"), FailureClass::Throttled),
        (error(500, "KMSInternalException"), FailureClass::Ambiguous),
        (Answer::Cut, FailureClass::Ambiguous),
    ];
    for (fault, expected) in cases {
        let (session, fake) = session(None, move |operation, _| match operation {
            "CreateKey" => fault.clone(),
            _ => well(operation),
        })
        .await;
        let reply = AwsCloud::unlimited(session).call(create()).await;
        assert_eq!(class(&reply), Some(expected));
        assert_eq!(fake.sent("CreateKey").len(), 1);
    }
}

/// E10: where no connection came about the engine waits, once for all.
#[tokio::test]
async fn no_connection_is_no_doubt() {
    let (session, fake) = session(None, |operation, _| match operation {
        "GetCallerIdentity" => well(operation),
        _ => Answer::Refused,
    })
    .await;
    let cloud = AwsCloud::unlimited(session);
    assert_eq!(class(&cloud.call(create()).await), Some(FailureClass::Unreachable));
    assert_eq!(class(&cloud.call(read()).await), Some(FailureClass::Unreachable));
    assert_eq!(fake.sent("DescribeKey").len(), 1);
}

/// A chain that gives a key name each time, the last one for ever.
fn chain(names: &'static [&'static str]) -> (Chain, Arc<AtomicU64>) {
    let asked = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&asked);
    let chain: Chain = Arc::new(move || {
        let at = count.fetch_add(1, Ordering::SeqCst) as usize;
        let provider = key(names[at.min(names.len() - 1)]);
        Box::pin(async move { Some(provider) })
    });
    (chain, asked)
}

/// E11: the provider is asked anew, and the call is sent with what it gives.
#[tokio::test]
async fn credentials_that_expired_are_asked_for_anew() {
    for code in ["ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException"] {
        let (chain, asked) = chain(&["NEW"]);
        let (session, fake) = session(Some(chain), move |operation, before| match operation {
            "CreateKey" if before == 0 => error(400, code),
            _ => well(operation),
        })
        .await;
        let reply = AwsCloud::unlimited(session).call(create()).await;
        assert_eq!(reply, Reply::Created { id: "k-1".to_owned() }, "{code}");
        let keys: Vec<String> = fake.sent("CreateKey").into_iter().map(|call| call.key).collect();
        assert_eq!(keys, ["OLD", "NEW"], "{code}");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
}

/// E11: only where the same credentials come back does the engine hear of it.
#[tokio::test]
async fn the_same_credentials_once_more_are_told_to_the_engine() {
    let (chain, _) = chain(&["OLD", "NEW"]);
    let (session, fake) = session(Some(chain), |operation, before| match operation {
        "DescribeKey" if before == 0 => error(400, "ExpiredTokenException"),
        _ => well(operation),
    })
    .await;
    let cloud = AwsCloud::unlimited(session);
    assert_eq!(class(&cloud.call(read()).await), Some(FailureClass::Expired));
    assert_eq!(fake.sent("DescribeKey").len(), 1);
    // The engine has waited.
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(class(&cloud.call(read()).await), None);
}

/// E11: a refusal without words, of a HEAD, says nothing as long as nobody is there who would know whether the
/// credentials have expired.
#[tokio::test]
async fn a_refusal_without_words_is_as_passing_as_what_keeps_its_reason_away() {
    let urn = Urn::new("dev", "data", "aws:s3:Bucket", "main").expect("a name");
    let target =
        Target { urn, id: "some-bucket".to_owned(), inputs: Map::new(), outputs: Map::new(), awaited: false };
    let request = || Request {
        type_name: "aws:s3:Bucket".to_owned(),
        region: "ap-northeast-1".to_owned(),
        call: Call::Read { targets: vec![target.clone()] },
    };
    let cases: [(fn() -> Answer, FailureClass); 4] = [
        (|| Answer::Refused, FailureClass::Unreachable),
        (|| Answer::Body(503, String::new()), FailureClass::Transient),
        (|| Answer::Body(403, EXPIRED.to_owned()), FailureClass::Expired),
        (|| Answer::Body(200, IDENTITY.to_owned()), FailureClass::Invalid),
    ];
    for (identity, expected) in cases {
        let (session, _) = session(None, move |operation, before| match operation {
            "GetCallerIdentity" if before == 0 => well(operation),
            "GetCallerIdentity" => identity(),
            _ => Answer::Body(400, String::new()),
        })
        .await;
        assert_eq!(class(&AwsCloud::unlimited(session).call(request()).await), Some(expected));
    }
}

/// E11: AWS's clock is the one that counts.
#[tokio::test]
async fn a_clock_that_is_wrong_is_corrected() {
    const HOUR: i64 = 3600;
    let skewed = || {
        let body = r#"{"__type": "RequestTimeTooSkewed", "message": "the difference is too large"}"#;
        Answer::Dated(400, body.to_owned(), HOUR)
    };
    let (session, fake) = session(None, move |operation, before| match operation {
        "CreateKey" | "DescribeKey" if before == 0 => skewed(),
        _ => well(operation),
    })
    .await;
    let cloud = AwsCloud::unlimited(session);
    assert_eq!(class(&cloud.call(create()).await), Some(FailureClass::Transient));
    assert_eq!(class(&cloud.call(create()).await), None);
    assert_eq!(class(&cloud.call(read()).await), None, "the read is tried again by itself");
    let dates: Vec<String> = fake.sent("CreateKey").into_iter().map(|call| call.date).collect();
    let hour = |date: &str| date[9..11].parse::<u32>().expect("an hour");
    assert_eq!(hour(&dates[1]), (hour(&dates[0]) + 1) % 24, "{dates:?}");
}
