use aws_sdk_cloudwatchlogs::Client;
use finsight_local::LocalCloud;

use crate::support::{REGION, code, config};

#[tokio::test]
async fn log_groups() {
    let cloud = LocalCloud::in_memory();
    let config = config(&cloud, REGION).await;
    let logs = Client::new(&config);
    let kms = aws_sdk_kms::Client::new(&config);
    let key = kms.create_key().send().await.unwrap().key_metadata.unwrap().arn.unwrap();
    let create = || logs.create_log_group().log_group_name("/app/a").tags("k", "v").kms_key_id(&key).send();
    create().await.unwrap();
    assert_eq!(code(create().await), "ResourceAlreadyExistsException");
    logs.create_log_group().log_group_name("/app/b").send().await.unwrap();
    logs.put_retention_policy().log_group_name("/app/a").retention_in_days(30).send().await.unwrap();
    let odd = logs.put_retention_policy().log_group_name("/app/a").retention_in_days(31).send().await;
    assert_eq!(code(odd), "InvalidParameterException");
    let all = logs.describe_log_groups().log_group_name_prefix("/app/").send().await.unwrap();
    assert_eq!(all.log_groups().len(), 2);
    let some = logs.describe_log_groups().log_group_identifiers("/app/a").log_group_identifiers("/app/none");
    let some = some.send().await.unwrap();
    let a = &some.log_groups()[0];
    assert_eq!(
        (some.log_groups().len(), a.retention_in_days(), a.kms_key_id()),
        (1, Some(30), Some(key.as_str()))
    );
    assert_eq!(a.arn().unwrap(), format!("{}:*", a.log_group_arn().unwrap()));
    logs.delete_retention_policy().log_group_name("/app/a").send().await.unwrap();
    logs.disassociate_kms_key().log_group_name("/app/a").send().await.unwrap();
    let arn = a.log_group_arn().unwrap();
    logs.tag_resource().resource_arn(arn).tags("x", "y").send().await.unwrap();
    logs.untag_resource().resource_arn(arn).tag_keys("k").send().await.unwrap();
    let tags = logs.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
    assert_eq!(tags.tags().unwrap().get("x").map(String::as_str), Some("y"));
    assert_eq!(tags.tags().unwrap().len(), 1);
    assert_eq!(
        code(logs.tag_resource().resource_arn(a.arn().unwrap()).tags("x", "y").send().await),
        "InvalidParameterException"
    );
    logs.create_log_stream().log_group_name("/app/a").log_stream_name("s").send().await.unwrap();
    logs.delete_log_group().log_group_name("/app/a").send().await.unwrap();
    assert_eq!(
        code(logs.delete_log_group().log_group_name("/app/a").send().await),
        "ResourceNotFoundException"
    );
    let protect = |on| {
        logs.put_log_group_deletion_protection()
            .log_group_identifier("/app/b")
            .deletion_protection_enabled(on)
            .send()
    };
    protect(true).await.unwrap();
    assert_eq!(code(logs.delete_log_group().log_group_name("/app/b").send().await), "ValidationException");
    protect(false).await.unwrap();
    logs.delete_log_group().log_group_name("/app/b").send().await.unwrap();
}
