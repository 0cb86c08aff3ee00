//! The grant by which a function's role reads its variables.

use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, config, role};

/// Whether a call of the function is refused for its variables.
async fn is_denied(lambda: &Client, qualifier: &str) -> bool {
    let call = lambda.invoke().function_name("f").qualifier(qualifier).send().await;
    match call {
        Err(error) => error.as_service_error().is_some_and(|error| error.is_kms_access_denied_exception()),
        Ok(_) => false,
    }
}

/// H3: it is of the role that stood, not of its ARN; the same values once more do not renew it.
#[tokio::test]
async fn a_role_that_is_made_again_has_no_grant() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let shared = config(&cloud, REGION).await;
    let (lambda, iam) = (Client::new(&shared), aws_sdk_iam::Client::new(&shared));
    let arn = role(&cloud, "worker", "lambda.amazonaws.com").await;
    let some = || Environment::builder().variables("TABLE", "users").build();
    let code = FunctionCode::builder().zip_file(Blob::new(b"PK\x05\x06")).build();
    let call = lambda.create_function().function_name("f").role(&arn).handler("bootstrap").code(code);
    call.runtime(Runtime::Providedal2023).environment(some()).send().await.unwrap();
    let wait = || clock.advance(Duration::from_secs(120));
    wait();
    let publish = || lambda.publish_version().function_name("f").send();
    assert_eq!(publish().await.unwrap().version(), Some("1"));
    assert!(!is_denied(&lambda, "$LATEST").await && !is_denied(&lambda, "1").await);

    iam.delete_role().role_name("worker").send().await.unwrap();
    assert_eq!(role(&cloud, "worker", "lambda.amazonaws.com").await, arn);
    assert!(is_denied(&lambda, "$LATEST").await && is_denied(&lambda, "1").await);
    let update = || lambda.update_function_configuration().function_name("f").role(&arn);
    update().environment(some()).send().await.unwrap();
    wait();
    assert!(is_denied(&lambda, "$LATEST").await, "nothing became another one");
    update().environment(Environment::builder().build()).send().await.unwrap();
    wait();
    update().environment(some()).send().await.unwrap();
    wait();
    assert!(!is_denied(&lambda, "$LATEST").await);
    assert!(is_denied(&lambda, "1").await, "a version keeps the grant that it was published with");
    assert_eq!(publish().await.unwrap().version(), Some("1"), "nothing has changed since");
}
