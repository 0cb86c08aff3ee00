//! Calls of functions.

use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, InvocationType, Runtime};
use finsight_local::{LocalClock, LocalCloud, Outcome};

use crate::support::{REGION, config, role};

#[tokio::test]
async fn a_call_is_answered_once_the_function_has_come_to_be() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let lambda = Client::new(&config(&cloud, REGION).await);
    let arn = role(&cloud, "worker", "lambda.amazonaws.com").await;
    let code = FunctionCode::builder().zip_file(Blob::new(b"PK\x05\x06")).build();
    let call = lambda.create_function().function_name("f").role(&arn).handler("bootstrap").code(code);
    call.runtime(Runtime::Providedal2023).send().await.unwrap();
    let invoke = || lambda.invoke().function_name("f").payload(Blob::new("{}"));

    let early = invoke().send().await.unwrap_err();
    assert_eq!(early.code(), Some("ResourceConflictException"));
    assert!(early.message().is_some_and(|text| text.ends_with("state: Pending")), "{early:?}");
    clock.advance(Duration::from_secs(120));
    let done = invoke().send().await.unwrap();
    assert_eq!((done.status_code(), done.function_error()), (200, None));
    assert_eq!(done.executed_version(), Some("$LATEST"));
    assert_eq!(done.payload().map(|blob| blob.as_ref()), Some(&b"null"[..]));
    lambda.publish_version().function_name("f").send().await.unwrap();
    clock.advance(Duration::from_secs(120));
    assert_eq!(invoke().qualifier("1").send().await.unwrap().executed_version(), Some("1"));
    let event = invoke().invocation_type(InvocationType::Event).send().await.unwrap();
    assert_eq!(
        (event.status_code(), event.payload().is_some_and(|blob| !blob.as_ref().is_empty())),
        (202, false)
    );

    let wrong = invoke().payload(Blob::new("{")).send().await.unwrap_err();
    assert_eq!(wrong.code(), Some("InvalidRequestContentException"));
    let nobody = lambda.invoke().function_name("g").send().await.unwrap_err();
    assert_eq!(nobody.code(), Some("ResourceNotFoundException"));

    // Lambda answers with success where the function ended with an error.
    let (kind, name) = ("aws:lambda:Invocation".to_owned(), "f".to_owned());
    let (code, reason) = ("Some.Error".to_owned(), "it did not work".to_owned());
    cloud.set_outcomes(vec![Outcome { kind, name, code, reason }]);
    let failed = invoke().send().await.unwrap();
    assert_eq!((failed.status_code(), failed.function_error()), (200, Some("Unhandled")));
    let payload = failed.payload().map(|blob| String::from_utf8_lossy(blob.as_ref()).into_owned());
    assert!(payload.is_some_and(|text| text.contains("Some.Error") && text.contains("it did not work")));
}
