use std::time::Duration;

use aws_sdk_rds::Client;
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, code, config};

struct Site {
    rds: Client,
    sns: aws_sdk_sns::Client,
    clock: LocalClock,
    topic: String,
    closed: String,
}

fn publishes(service: &str, topic: &str) -> String {
    format!(
        r#"{{"Statement": [{{"Effect": "Allow", "Principal": {{"Service": "{service}"}},
            "Action": "sns:Publish", "Resource": "{topic}"}}]}}"#
    )
}

/// Two parameter groups, a topic that RDS may publish to, and one that it may not.
async fn site() -> Site {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let config = config(&cloud, REGION).await;
    let (rds, sns) = (Client::new(&config), aws_sdk_sns::Client::new(&config));
    for name in ["one", "two"] {
        let group = rds.create_db_parameter_group().db_parameter_group_name(name);
        group.db_parameter_group_family("postgres15").description("d").send().await.unwrap();
    }
    let closed = sns.create_topic().name("closed").send().await.unwrap().topic_arn.unwrap();
    let topic = sns.create_topic().name("open").send().await.unwrap().topic_arn.unwrap();
    let policy = publishes("events.rds.amazonaws.com", &topic);
    let site = Site { rds, sns, clock, topic, closed };
    site.set_policy(&policy).await;
    site
}

impl Site {
    async fn set_policy(&self, policy: &str) {
        let call = self.sns.set_topic_attributes().topic_arn(&self.topic).attribute_name("Policy");
        call.attribute_value(policy).send().await.unwrap();
    }

    fn subscribe(
        &self,
        name: &str,
        topic: &str,
    ) -> aws_sdk_rds::operation::create_event_subscription::builders::CreateEventSubscriptionFluentBuilder
    {
        self.rds
            .create_event_subscription()
            .subscription_name(name)
            .sns_topic_arn(topic)
            .source_type("db-parameter-group")
            .event_categories("configuration change")
    }

    async fn status(&self, name: &str) -> Option<String> {
        let found = self.rds.describe_event_subscriptions().subscription_name(name).send().await.ok()?;
        found.event_subscriptions_list.unwrap().remove(0).status
    }
}

#[tokio::test]
async fn a_subscription_tells_a_topic_that_lets_it() {
    let site = site().await;
    let refused = site.subscribe("one", &site.closed).source_ids("one").send().await;
    assert_eq!(code(refused), "SNSNoAuthorization");
    let gone = format!("{}-gone", site.topic);
    assert_eq!(code(site.subscribe("one", &gone).source_ids("one").send().await), "SNSTopicArnNotFound");
    assert_eq!(code(site.subscribe("one", &site.topic).source_ids("none").send().await), "SourceNotFound");
    let odd = site.subscribe("one", &site.topic).event_categories("failover").send().await;
    assert_eq!(code(odd), "SubscriptionCategoryNotFound");
    let made = site.subscribe("One", &site.topic).source_ids("one").send().await.unwrap();
    assert_eq!(made.event_subscription().unwrap().cust_subscription_id(), Some("one"));
    assert_eq!(code(site.subscribe("ONE", &site.topic).send().await), "SubscriptionAlreadyExist");
}

#[tokio::test]
async fn a_subscription_is_busy_with_each_change() {
    let site = site().await;
    site.subscribe("one", &site.topic).source_ids("one").send().await.unwrap();
    let status = || site.status("one");
    assert_eq!(status().await.as_deref(), Some("creating"));
    let modify = || site.rds.modify_event_subscription().subscription_name("one").enabled(false).send();
    assert_eq!(code(modify().await), "InvalidEventSubscriptionState");
    site.clock.advance(Duration::from_secs(60));
    modify().await.unwrap();
    assert_eq!(status().await.as_deref(), Some("modifying"));
    site.clock.advance(Duration::from_secs(60));
    let add = site.rds.add_source_identifier_to_subscription().subscription_name("one");
    let added = add.source_identifier("two").send().await.unwrap();
    assert_eq!(added.event_subscription().unwrap().source_ids_list(), ["one", "two"]);
    let remove = || {
        let call = site.rds.remove_source_identifier_from_subscription().subscription_name("one");
        call.source_identifier("one").send()
    };
    remove().await.unwrap();
    assert_eq!(code(remove().await), "SourceNotFound");
    site.clock.advance(Duration::from_secs(60));
    let delete = || site.rds.delete_event_subscription().subscription_name("one").send();
    delete().await.unwrap();
    assert_eq!(status().await.as_deref(), Some("deleting"));
    site.clock.advance(Duration::from_secs(60));
    assert_eq!(code(delete().await), "SubscriptionNotFound");
}

/// `EventSubscription`, "Status": RDS says so by itself. That it goes on saying so until it is modified is not documented,
/// and the safe guess.
#[tokio::test]
async fn a_subscription_whose_topic_hears_nothing_says_so() {
    let site = site().await;
    site.subscribe("one", &site.topic).source_ids("one").send().await.unwrap();
    site.clock.advance(Duration::from_secs(60));
    let status = || site.status("one");
    assert_eq!(status().await.as_deref(), Some("active"));
    site.set_policy(&publishes("cloudwatch.amazonaws.com", &site.topic)).await;
    assert_eq!(status().await.as_deref(), Some("no-permission"));
    let modify = || {
        let call = site.rds.modify_event_subscription().subscription_name("one").sns_topic_arn(&site.topic);
        call.send()
    };
    assert_eq!(code(modify().await), "SNSNoAuthorization");
    site.set_policy(&publishes("events.rds.amazonaws.com", &site.topic)).await;
    assert_eq!(status().await.as_deref(), Some("no-permission"));
    modify().await.unwrap();
    site.clock.advance(Duration::from_secs(60));
    assert_eq!(status().await.as_deref(), Some("active"));
    site.sns.delete_topic().topic_arn(&site.topic).send().await.unwrap();
    assert_eq!(status().await.as_deref(), Some("topic-not-exist"));
    assert_eq!(code(modify().await), "SNSTopicArnNotFound");
    site.rds.delete_event_subscription().subscription_name("one").send().await.unwrap();
}
