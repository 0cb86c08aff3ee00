//! Log groups that others have a say in: services that make them, and the account's own retention.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::PolicyType;
use finsight_engine::graph::Graph;
use finsight_local::LocalCloud;
use serde_json::json;

use crate::fixture::REGION;
use crate::life::Life;
use crate::rds::{INSTANCE, database, graph, inputs, node};
use crate::runtime;

const GROUP: &str = "aws:logs:LogGroup";
const POSTGRESQL: &str = "/aws/rds/instance/main/postgresql";

async fn logs(life: &Life) -> Client {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .retry_config(RetryConfig::disabled())
        .http_client(life.cloud.http_client())
        .credentials_provider(LocalCloud::credentials())
        .load()
        .await;
    Client::new(&config)
}

fn group(name: &str, days: i64) -> Graph {
    graph([node(GROUP, "subject", inputs(json!({"log_group_name": name, "retention_in_days": days})))])
}

/// Y1: a retention policy of the account stands in for that of a group, whose own is kept by AWS all the same.
#[test]
fn a_retention_of_the_account_is_no_difference() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let logs = logs(&life).await;
        let document = r#"{"retentionInDays": 90, "enforcementMode": "RETROACTIVE"}"#;
        let put = || {
            let call = logs.put_account_policy().policy_name("all").policy_type(PolicyType::RetentionPolicy);
            call.policy_document(document).send()
        };
        put().await.unwrap();
        life.reach(&group("one", 30), "under a policy").await;
        assert_eq!(life.subject(GROUP).outputs["retention_policy_name"].as_text(), Some("all"));
        life.reach(&group("one", 14), "another retention under a policy").await;
        let own = async || {
            let found = logs.describe_log_groups().log_group_name_prefix("one").send().await.unwrap();
            found.log_groups()[0].retention_in_days()
        };
        assert_eq!(own().await, Some(90));
        let delete = logs.delete_account_policy().policy_name("all").policy_type(PolicyType::RetentionPolicy);
        delete.send().await.unwrap();
        assert_eq!(own().await, Some(14), "what was wanted was sent too");
        life.reach(&group("one", 14), "without a policy").await;
        life.destroy("without a policy").await;
    });
}

/// Y4, L3: a database that goes leaves no log group behind, and what a service has made under a name of ours is
/// taken over; what carries somebody's tags is not.
#[test]
fn what_a_service_has_made_is_taken_over() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let logs = logs(&life).await;
        let instance = || {
            let more = json!({"skip_final_snapshot": true, "enable_cloudwatch_logs_exports": ["postgresql"]});
            node(INSTANCE, "main", database(more))
        };
        life.reach(&graph([instance()]), "a database that logs").await;
        let found = logs.describe_log_groups().log_group_name_prefix(POSTGRESQL).send().await.unwrap();
        assert_eq!(found.log_groups().len(), 1, "RDS has made it");
        let ours =
            || node(GROUP, "subject", inputs(json!({"log_group_name": POSTGRESQL, "retention_in_days": 30})));
        life.reach(&graph([instance(), ours()]), "its log group is ours").await;
        // A program has the group before the database, so that it goes after it.
        life.reach(&graph([ours()]), "without the database").await;
        life.destroy("its log group").await;
        let found = logs.describe_log_groups().send().await.unwrap();
        assert!(found.log_groups().is_empty(), "{found:?}");

        logs.create_log_group().log_group_name(POSTGRESQL).tags("Owner", "them").send().await.unwrap();
        let outcome = life.up(&group(POSTGRESQL, 30)).await;
        assert!(!outcome.succeeded(), "somebody has put a tag on it");
    });
}

/// L6: a key whose policy does not let CloudWatch Logs in encrypts no log group.
#[test]
fn a_key_lets_the_service_in_before_a_group_has_it() {
    runtime().block_on(async {
        let life = Life::new().await;
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .retry_config(RetryConfig::disabled())
            .http_client(life.cloud.http_client())
            .credentials_provider(LocalCloud::credentials())
            .load()
            .await;
        let kms = aws_sdk_kms::Client::new(&config);
        let logs = Client::new(&config);
        let made = kms.create_key().send().await.unwrap().key_metadata.unwrap();
        let arn = made.arn.unwrap();
        let create = |name: &str| logs.create_log_group().log_group_name(name).kms_key_id(&arn).send();
        let refused = format!("{:?}", create("one").await.unwrap_err());
        assert!(refused.contains("is not allowed to be used with Arn"), "{refused}");
        let policy = kms.get_key_policy().key_id(&arn).send().await.unwrap().policy.unwrap();
        let mut policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
        policy["Statement"].as_array_mut().unwrap().push(json!({
            "Effect": "Allow", "Principal": {"Service": format!("logs.{REGION}.amazonaws.com")},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:*:log-group:one"}},
        }));
        kms.put_key_policy().key_id(&arn).policy(policy.to_string()).send().await.unwrap();
        create("one").await.unwrap();
        assert!(create("two").await.is_err(), "the policy is about another group");
    });
}
