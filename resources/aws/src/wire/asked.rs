//! What is asked beside the engine's requests: who carries our tag, whether a restore was cut off, what is left.

use super::*;
use crate::failure::unread;

async fn keys(session: &Session, patience: Duration) -> (Result<(), FailureClass>, u64) {
    let region = session.region("ap-northeast-1");
    let waited = AtomicU64::new(0);
    let say = |_: &finsight_engine::contract::Failure| {
        waited.fetch_add(1, Ordering::SeqCst);
    };
    let question = async || {
        let asked = region.kms().list_keys().send().await;
        asked.map(|_| ()).map_err(|error| unread("kms:ListKeys", &error))
    };
    let answer = session.ask(patience, say, question).await.map_err(|failure| failure.class);
    (answer, waited.load(Ordering::SeqCst))
}

/// Refusals that pass are waited out, and said once: a clock (without a date that shows it), throttling beyond the
/// call's own retries, credentials that are the same for a while.
#[tokio::test]
async fn what_passes_is_waited_out_and_said_once() {
    for code in ["RequestExpired", "ExpiredTokenException"] {
        let (session, fake) = session(None, move |operation, before| match (operation, before) {
            ("ListKeys", 0..3) => error(400, code),
            _ => well(operation),
        })
        .await;
        let (answer, waited) = keys(&session, Duration::from_secs(60)).await;
        assert_eq!((answer, waited), (Ok(()), 1), "{code}");
        assert_eq!(fake.sent("ListKeys").len(), 4, "{code}");
    }
}

/// Other credentials are taken at once.
#[tokio::test]
async fn credentials_that_have_expired_are_asked_for_anew() {
    let (chain, asked) = chain(&["NEW"]);
    let (session, fake) = session(Some(chain), |operation, before| match (operation, before) {
        ("ListKeys", 0) => error(400, "ExpiredTokenException"),
        _ => well(operation),
    })
    .await;
    let (answer, waited) = keys(&session, Duration::from_secs(60)).await;
    assert_eq!((answer, waited, asked.load(Ordering::SeqCst)), (Ok(()), 0, 1));
    let used: Vec<String> = fake.sent("ListKeys").into_iter().map(|call| call.key).collect();
    assert_eq!(used, ["OLD", "NEW"]);
}

/// Patience has an end, and a right that is missing is no matter of time.
#[tokio::test]
async fn what_does_not_pass_is_told() {
    for (code, class) in
        [("RequestExpired", FailureClass::Expired), ("AccessDeniedException", FailureClass::Denied)]
    {
        let (session, _) = session(None, move |operation, _| match operation {
            "ListKeys" => error(400, code),
            _ => well(operation),
        })
        .await;
        let (answer, _) = keys(&session, Duration::from_millis(600)).await;
        assert_eq!(answer, Err(class), "{code}");
    }
}
