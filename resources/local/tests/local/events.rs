use aws_sdk_eventbridge::types::Target;
use finsight_local::LocalCloud;

use crate::support::{REGION, code, config};

const PATTERN: &str = r#"{"source": ["aws.config"]}"#;

fn target(id: &str, arn: &str) -> Target {
    Target::builder().id(id).arn(arn).build().unwrap()
}

#[tokio::test]
async fn rules_are_made_and_replaced_by_one_call() {
    let cloud = LocalCloud::in_memory();
    let events = aws_sdk_eventbridge::Client::new(&config(&cloud, REGION).await);
    let made =
        events.put_rule().name("one").event_pattern(PATTERN).description("first").send().await.unwrap();
    let arn = made.rule_arn().unwrap();
    assert!(arn.ends_with(":rule/one"), "{arn}");
    // What a second call leaves out is gone.
    events.put_rule().name("one").event_pattern(PATTERN).send().await.unwrap();
    let rule = events.describe_rule().name("one").send().await.unwrap();
    assert_eq!((rule.description(), rule.state().map(|state| state.as_str())), (None, Some("ENABLED")));
    for wrong in ["[]", "{}", r#"{"source": "aws.config"}"#, r#"{"source": []}"#] {
        let put = events.put_rule().name("two").event_pattern(wrong).send().await;
        assert_eq!(code(put), "InvalidEventPatternException", "{wrong}");
    }
    assert_eq!(code(events.put_rule().name("two").send().await), "ValidationException");
    assert_eq!(code(events.describe_rule().name("two").send().await), "ResourceNotFoundException");
    assert_eq!(events.list_rules().send().await.unwrap().rules().len(), 1);
}

#[tokio::test]
async fn a_rule_goes_without_its_targets_alone() {
    let cloud = LocalCloud::in_memory();
    let config = config(&cloud, REGION).await;
    let (events, sns) = (aws_sdk_eventbridge::Client::new(&config), aws_sdk_sns::Client::new(&config));
    let topic = sns.create_topic().name("alarms").send().await.unwrap().topic_arn.unwrap();
    events.put_rule().name("one").event_pattern(PATTERN).send().await.unwrap();
    let put = |targets: Vec<Target>| events.put_targets().rule("one").set_targets(Some(targets)).send();
    // A batch is taken, and says of each entry what became of it.
    let far = topic.replace(REGION, "us-east-1");
    let answer =
        put(vec![target("here", &topic), target("gone", &format!("{topic}-gone")), target("far", &far)]);
    let answer = answer.await.unwrap();
    let failed: Vec<(&str, &str)> = answer
        .failed_entries()
        .iter()
        .map(|one| (one.target_id().unwrap(), one.error_code().unwrap()))
        .collect();
    assert_eq!(failed, [("gone", "ResourceNotFoundException"), ("far", "ValidationException")]);
    let many = (0..5).map(|n| target(&format!("more-{n}"), &topic)).collect();
    assert_eq!(code(put(many).await), "LimitExceededException");
    assert_eq!(code(events.delete_rule().name("one").send().await), "ValidationException");
    events.remove_targets().rule("one").ids("here").send().await.unwrap();
    assert!(events.list_targets_by_rule().rule("one").send().await.unwrap().targets().is_empty());
    events.delete_rule().name("one").send().await.unwrap();
    // What is not there is deleted.
    events.delete_rule().name("one").send().await.unwrap();
}
