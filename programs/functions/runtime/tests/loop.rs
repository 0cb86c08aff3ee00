//! The loop against a local Runtime API, and the client's limits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use finsight_function::http::{Client, HttpError, Limits};
use finsight_function::runtime::{Failure, Invocation, RuntimeApi, RuntimeError};
use finsight_function_testing::{Answer, Lambda, Reply, Server};
use serde_json::{Value, json};

async fn echo(invocation: &Invocation) -> Result<Value, Failure> {
    assert!(invocation.remaining() > Duration::from_secs(5));
    let event: Value = serde_json::from_slice(&invocation.event).expect("JSON");
    if event["fail"] == true { Err(Failure::new("Test.Failed", "as wished")) } else { Ok(event) }
}

fn serve(address: String) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let api = RuntimeApi::at(&address).expect("a client");
            let _ = api.serve(echo).await;
        });
    });
}

#[test]
fn answers_and_failures_reach_lambda_and_the_loop_goes_on() {
    let lambda = Lambda::start().expect("a server");
    serve(lambda.address());
    let answers: Vec<_> = [json!({"n": 1}), json!({"fail": true}), json!({"n": 2})]
        .iter()
        .map(|event| lambda.invoke(event).expect("an answer"))
        .collect();
    assert_eq!(answers[0], Answer::Response(json!({"n": 1})));
    let Answer::Error(error) = &answers[1] else { panic!("{answers:?}") };
    assert_eq!((&error["errorType"], &error["errorMessage"]), (&json!("Test.Failed"), &json!("as wished")));
    assert_eq!(answers[2], Answer::Response(json!({"n": 2})));
}

#[tokio::test]
async fn a_broken_runtime_api_ends_the_loop() {
    let server = Server::start(|_| Some(Reply::new(500, ""))).expect("a server");
    let ended = RuntimeApi::at(&server.address()).expect("a client").serve(echo).await;
    assert!(matches!(ended, Err(RuntimeError::Contract(_))));
    let ended = RuntimeApi::at("127.0.0.1:1").expect("a client").serve(echo).await;
    assert!(matches!(ended, Err(RuntimeError::Unreachable(_))));
}

#[tokio::test]
async fn the_client_keeps_its_limits() {
    let server = Server::start(|request| match request.path.as_str() {
        "/slow" => {
            std::thread::sleep(Duration::from_secs(2));
            None
        }
        _ => Some(Reply::new(200, vec![b'x'; 2_000])),
    })
    .expect("a server");
    let client = Client::plain().expect("a client");
    let limits = Limits { time: Some(Duration::from_millis(200)), size: 1_000 };
    let get = |path: &str| http::Request::get(server.url(path)).body(bytes::Bytes::new()).expect("a request");
    assert!(matches!(client.send(get("/large"), limits).await, Err(HttpError::TooLarge(1_000))));
    assert!(matches!(client.send(get("/slow"), limits).await, Err(HttpError::Timeout(_))));
}

/// A deadline that is near leaves time to say so; one that is over begins nothing.
#[tokio::test]
async fn work_ends_before_the_deadline() {
    let until = |time: Duration| Invocation {
        request_id: String::new(),
        deadline: SystemTime::now() + time,
        event: bytes::Bytes::new(),
    };
    let (begun, near) = (Instant::now(), until(Duration::from_millis(900)));
    assert_eq!(near.within(tokio::time::sleep(Duration::from_secs(5))).await, None);
    assert!(begun.elapsed() < Duration::from_millis(900) && near.remaining() > Duration::ZERO);
    assert_eq!(until(Duration::from_secs(5)).within(async { 7 }).await, Some(7));
    for time in [Duration::ZERO, Duration::from_millis(300)] {
        assert_eq!(until(time).within(async { 7 }).await, None);
    }
}

#[test]
fn an_event_without_a_deadline_is_handled() {
    let answered = Arc::new(Mutex::new(Vec::new()));
    let (all, given) = (Arc::clone(&answered), AtomicBool::new(false));
    let server = Server::start(move |request| {
        if request.method == "POST" {
            all.lock().ok()?.push(request.path.clone());
            return Some(Reply::new(202, ""));
        }
        if given.swap(true, Ordering::SeqCst) {
            std::thread::sleep(Duration::from_secs(20));
        }
        Some(
            Reply::new(200, "{}")
                .header("lambda-runtime-aws-request-id", "r")
                .header("lambda-runtime-deadline-ms", "?"),
        )
    })
    .expect("a server");
    let address = server.address();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let handle = async |invocation: &Invocation| {
                invocation.within(async { json!(1) }).await.ok_or(Failure::new("Test.Late", "no time"))
            };
            let _ = RuntimeApi::at(&address).expect("a client").serve(handle).await;
        });
    });
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) && answered.lock().expect("the answers").is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(*answered.lock().expect("the answers"), ["/2018-06-01/runtime/invocation/r/response"]);
}
