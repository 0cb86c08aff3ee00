//! Published versions on their way, and aliases that move with provisioned concurrency.

use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    AliasRoutingConfiguration, FunctionCode, FunctionVersion, ProvisionedConcurrencyStatusEnum as Status,
    Runtime, State,
};
use finsight_local::{LocalClock, LocalCloud, Outcome};

use crate::support::{REGION, code, config, role};

struct Site {
    cloud: LocalCloud,
    clock: LocalClock,
    lambda: Client,
}

impl Site {
    /// A function `f`.
    async fn new() -> Self {
        let clock = LocalClock::manual();
        let cloud = LocalCloud::in_memory().with_clock(clock.clone());
        let lambda = Client::new(&config(&cloud, REGION).await);
        let role = role(&cloud, "lambda", "lambda.amazonaws.com").await;
        let code = FunctionCode::builder().zip_file(Blob::new(b"PK\x05\x06")).build();
        let call = lambda.create_function().function_name("f").role(role).handler("bootstrap").code(code);
        call.runtime(Runtime::Providedal2023).send().await.unwrap();
        let site = Self { cloud, clock, lambda };
        site.wait();
        site
    }

    fn wait(&self) {
        self.clock.advance(Duration::from_secs(120));
    }

    /// Another configuration, published.
    async fn publish(&self, memory: i32) -> String {
        let change = self.lambda.update_function_configuration().function_name("f").memory_size(memory);
        change.send().await.unwrap();
        self.wait();
        let made = self.lambda.publish_version().function_name("f").send().await.unwrap();
        made.version().unwrap().to_owned()
    }

    async fn state(&self, version: &str) -> (Option<State>, Option<String>) {
        let got = self.lambda.get_function().function_name("f").qualifier(version).send().await.unwrap();
        let got = got.configuration().unwrap().clone();
        (got.state, got.state_reason)
    }

    fn ends_badly(&self, kind: &str, name: &str) {
        self.cloud.set_outcomes(vec![Outcome {
            kind: kind.to_owned(),
            name: name.to_owned(),
            code: "EniLimitExceeded".to_owned(),
            reason: "no more interfaces".to_owned(),
        }]);
    }

    async fn weights(&self) -> Vec<String> {
        let alias = self.lambda.get_alias().function_name("f").name("live").send().await.unwrap();
        let weights = alias.routing_config().and_then(|routing| routing.additional_version_weights());
        weights.into_iter().flatten().map(|(version, _)| version.clone()).collect()
    }

    async fn move_to(&self, version: &str) {
        let call = self.lambda.update_alias().function_name("f").name("live").function_version(version);
        call.send().await.unwrap();
    }

    async fn status(&self) -> Option<Status> {
        let call = self.lambda.get_provisioned_concurrency_config().function_name("f").qualifier("live");
        call.send().await.unwrap().status
    }
}

/// Y3: a version that was just published is Pending, and ends Active or Failed; no alias is moved to a failed one.
#[tokio::test]
async fn a_version_is_pending_before_it_can_be_called() {
    let site = Site::new().await;
    let first = site.publish(256).await;
    assert_eq!(site.state(&first).await.0, Some(State::Pending));
    site.wait();
    assert_eq!(site.state(&first).await.0, Some(State::Active));
    let alias = || site.lambda.create_alias().function_name("f").name("live");
    alias().function_version(&first).send().await.unwrap();
    site.ends_badly("aws:lambda:Version", "f:2");
    let second = site.publish(512).await;
    site.wait();
    site.cloud.set_outcomes(Vec::new());
    assert_eq!(site.state(&second).await, (Some(State::Failed), Some("no more interfaces".to_owned())));
    let moved = site.lambda.update_alias().function_name("f").name("live").function_version(&second).send();
    assert_eq!(code(moved.await), "ResourceConflictException");
    // Nothing has changed since: the same one is given again, as long as it stands.
    let again = async || site.lambda.publish_version().function_name("f").send().await.unwrap().version;
    assert_eq!(again().await.as_deref(), Some("2"));
    site.lambda.delete_function().function_name("f").qualifier("2").send().await.unwrap();
    assert_eq!(again().await.as_deref(), Some("3"));
}

#[tokio::test]
async fn lists_come_in_pages() {
    let site = Site::new().await;
    for memory in [256, 257, 258] {
        site.publish(memory).await;
    }
    let versions = async |marker: Option<String>| {
        let call = site.lambda.list_versions_by_function().function_name("f").max_items(3).set_marker(marker);
        let page = call.send().await.unwrap();
        let numbers: Vec<String> = page.versions().iter().filter_map(|v| v.version.clone()).collect();
        (numbers, page.next_marker)
    };
    let (first, next) = versions(None).await;
    assert_eq!(first, ["$LATEST", "1", "2"]);
    assert_eq!(versions(next).await, (vec!["3".to_owned()], None));
    let all = site.lambda.list_functions().function_version(FunctionVersion::All).send().await.unwrap();
    assert_eq!(all.functions().len(), 4);
    assert_eq!(site.lambda.list_functions().send().await.unwrap().functions().len(), 1);
}

/// H4, E12: until the new version is warm, the alias gives its calls to the one before; where that fails it goes on.
#[tokio::test]
async fn provisioned_concurrency_moves_along_with_weights() {
    let site = Site::new().await;
    let first = site.publish(256).await;
    let second = site.publish(257).await;
    let third = site.publish(258).await;
    site.wait();
    let alias = site.lambda.create_alias().function_name("f").name("live").function_version(&first);
    alias.send().await.unwrap();
    let put = |count: i32| {
        let call = site.lambda.put_provisioned_concurrency_config().function_name("f").qualifier("live");
        call.provisioned_concurrent_executions(count).send()
    };
    put(2).await.unwrap();
    site.wait();
    site.move_to(&second).await;
    assert_eq!((site.weights().await, site.status().await), (vec![first.clone()], Some(Status::InProgress)));
    assert_eq!(code(put(3).await), "InvalidParameterValueException");
    let used = site.lambda.delete_function().function_name("f").qualifier(&first).send().await;
    assert_eq!(code(used), "ResourceConflictException");
    site.wait();
    assert_eq!((site.weights().await, site.status().await), (Vec::new(), Some(Status::Ready)));
    let routing = AliasRoutingConfiguration::builder().additional_version_weights(&first, 0.1).build();
    let call = site.lambda.update_alias().function_name("f").name("live").routing_config(routing);
    assert_eq!(code(call.send().await), "InvalidParameterValueException");

    site.ends_badly("aws:lambda:ProvisionedConcurrencyConfig", "f:live");
    site.move_to(&third).await;
    site.wait();
    assert_eq!((site.weights().await, site.status().await), (vec![second], Some(Status::Failed)));
    let none = AliasRoutingConfiguration::builder().set_additional_version_weights(Some(Default::default()));
    let call = site.lambda.update_alias().function_name("f").name("live").routing_config(none.build());
    call.send().await.unwrap();
    assert_eq!(site.weights().await, Vec::<String>::new());
}
