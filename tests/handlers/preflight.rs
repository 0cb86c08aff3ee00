//! What is checked before anything is changed, on the embedded AWS.

use finsight_aws::{AccountPlan, ConcurrencyError, preflight};
use finsight_local::Account;

use crate::fixture::{Fixture, REGION};
use crate::life::Life;
use crate::runtime;

fn wanted(each: i64, functions: usize) -> Vec<(String, Option<i64>)> {
    (0..functions).map(|n| (format!("f{n}"), Some(each))).collect()
}

#[test]
fn concurrency_is_held_against_what_the_account_has_left() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let region = life.session.region(REGION);
        assert_eq!(preflight::concurrency(&region, &wanted(100, 9)).await, Ok(()));
        assert!(matches!(
            preflight::concurrency(&region, &wanted(100, 10)).await,
            Err(ConcurrencyError::Shortage(shortage)) if (shortage.needed, shortage.left) == (1000, 900)
        ));

        let fixture = Fixture::of("aws:lambda:Function");
        let taken = [("reserved_concurrent_executions", 300.into()), ("function_name", "other".into())];
        life.reach(&fixture.graph(&taken), "another function").await;
        let Err(ConcurrencyError::Shortage(shortage)) =
            preflight::concurrency(&region, &wanted(100, 9)).await
        else {
            panic!("300 of 1000 are taken");
        };
        assert_eq!((shortage.limit, shortage.reserved_by_others, shortage.left), (1000, 300, 600));
        let text = shortage.to_string();
        assert!(text.contains("to reserve 900") && text.contains("at least 1300"), "{text}");

        // What the program's own functions have reserved does not count against them.
        let mut all = wanted(100, 8);
        all.push(("other".to_owned(), Some(100)));
        assert_eq!(preflight::concurrency(&region, &all).await, Ok(()));
        assert_eq!(preflight::concurrency(&region, &[("f".to_owned(), None)]).await, Ok(()));
    });
}

#[test]
fn a_new_account_says_what_it_has_not() {
    runtime().block_on(async {
        let life = Life::new().await;
        let region = life.session.region(REGION);
        // Older than the plans.
        assert_eq!(preflight::account_plan(&region).await, Ok(None));

        life.cloud.set_account(Account::New).await.expect("it is in memory");
        assert_eq!(preflight::account_plan(&region).await, Ok(Some(AccountPlan::Free)));
        let Err(ConcurrencyError::Shortage(shortage)) = preflight::concurrency(&region, &wanted(1, 1)).await
        else {
            panic!("of 10 none can be reserved");
        };
        assert_eq!((shortage.limit, shortage.unreserved, shortage.left), (10, 10, 0));
        assert!(shortage.to_string().contains("at least 101"), "{shortage}");

        life.cloud.set_account(Account::Prepared).await.expect("it is in memory");
        assert_eq!(preflight::account_plan(&region).await, Ok(Some(AccountPlan::Paid)));
        assert_eq!(preflight::concurrency(&region, &wanted(100, 9)).await, Ok(()));
    });
}
