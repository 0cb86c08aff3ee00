//! The loop against a local Runtime API, and the client's limits.

use std::time::Duration;

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
