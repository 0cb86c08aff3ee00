use aws_sdk_iam::Client;
use aws_sdk_iam::error::ProvideErrorMetadata as _;
use aws_sdk_iam::types::Tag;
use finsight_local::LocalCloud;

use crate::support::{REGION, code, config, trust};

const READ: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

async fn iam(cloud: &LocalCloud) -> Client {
    Client::new(&config(cloud, REGION).await)
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

#[tokio::test]
async fn a_role_keeps_all_that_it_was_given() {
    let cloud = LocalCloud::in_memory();
    let iam = iam(&cloud).await;
    let create = || {
        iam.create_role()
            .role_name("app")
            .path("/finsight/")
            .description("résumé")
            .max_session_duration(7200)
            .assume_role_policy_document(trust("lambda.amazonaws.com"))
            .tags(tag("Project", "finsight"))
            .send()
    };
    let made = create().await.unwrap().role.unwrap();
    assert_eq!(made.arn(), "arn:aws:iam::123456789012:role/finsight/app");
    assert_eq!(code(create().await), "EntityAlreadyExists");
    let role = iam.get_role().role_name("app").send().await.unwrap().role.unwrap();
    assert_eq!((role.description(), role.max_session_duration()), (Some("résumé"), Some(7200)));
    assert_eq!(role.tags()[0].value(), "finsight");
    assert!(role.assume_role_policy_document().unwrap().starts_with("%7B%22Version%22"));
    iam.update_role().role_name("app").description("new").max_session_duration(3600).send().await.unwrap();
    iam.tag_role().role_name("app").tags(tag("a", "b")).send().await.unwrap();
    iam.untag_role().role_name("app").tag_keys("Project").send().await.unwrap();
    let tags = iam.list_role_tags().role_name("app").send().await.unwrap();
    assert_eq!((tags.tags().len(), tags.tags()[0].key()), (1, "a"));
    assert_eq!(code(iam.get_role().role_name("none").send().await), "NoSuchEntity");
    let bad = iam.update_assume_role_policy().role_name("app").policy_document("no").send().await;
    assert_eq!(code(bad), "MalformedPolicyDocument");
    let nobody = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/none"},"Action":"sts:AssumeRole"}]}"#;
    let nobody = iam.update_assume_role_policy().role_name("app").policy_document(nobody).send().await;
    assert_eq!(code(nobody), "MalformedPolicyDocument");
}

#[tokio::test]
async fn policies_stand_in_the_way_of_a_delete() {
    let cloud = LocalCloud::in_memory();
    let iam = iam(&cloud).await;
    let trust = trust("lambda.amazonaws.com");
    iam.create_role().role_name("app").assume_role_policy_document(trust).send().await.unwrap();
    let own = iam
        .create_policy()
        .policy_name("own")
        .policy_document(READ)
        .tags(tag("k", "v"))
        .send()
        .await
        .unwrap();
    let own = own.policy.unwrap().arn.unwrap();
    let aws = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";
    for arn in [own.as_str(), aws, own.as_str()] {
        iam.attach_role_policy().role_name("app").policy_arn(arn).send().await.unwrap();
    }
    let attached = iam.list_attached_role_policies().role_name("app").send().await.unwrap();
    assert_eq!(attached.attached_policies().len(), 2);
    let unknown =
        iam.attach_role_policy().role_name("app").policy_arn("arn:aws:iam::123456789012:policy/none");
    assert_eq!(code(unknown.send().await), "NoSuchEntity");
    iam.put_role_policy().role_name("app").policy_name("inline").policy_document(READ).send().await.unwrap();
    let inline = iam.get_role_policy().role_name("app").policy_name("inline").send().await.unwrap();
    assert!(inline.policy_document().contains("s3%3AGetObject"));
    assert_eq!(code(iam.delete_policy().policy_arn(&own).send().await), "DeleteConflict");
    assert_eq!(code(iam.delete_role().role_name("app").send().await), "DeleteConflict");

    let all = iam.get_account_authorization_details().send().await.unwrap();
    let detail = &all.role_detail_list()[0];
    assert_eq!((detail.role_policy_list().len(), detail.attached_managed_policies().len()), (1, 2));
    assert_eq!(all.policies()[0].policy_version_list().len(), 1);

    for arn in [own.as_str(), aws] {
        iam.detach_role_policy().role_name("app").policy_arn(arn).send().await.unwrap();
    }
    let missing = iam.detach_role_policy().role_name("app").policy_arn(aws).send().await;
    assert_eq!(code(missing), "NoSuchEntity");
    assert_eq!(code(iam.delete_role().role_name("app").send().await), "DeleteConflict");
    iam.delete_role_policy().role_name("app").policy_name("inline").send().await.unwrap();
    iam.delete_role().role_name("app").send().await.unwrap();
    iam.delete_policy().policy_arn(&own).send().await.unwrap();
    assert!(cloud.status().await.is_empty());
}

#[tokio::test]
async fn policy_versions_are_few() {
    let cloud = LocalCloud::in_memory();
    let iam = iam(&cloud).await;
    let arn = iam
        .create_policy()
        .policy_name("p")
        .policy_document(READ)
        .send()
        .await
        .unwrap()
        .policy
        .unwrap()
        .arn
        .unwrap();
    let version =
        || iam.create_policy_version().policy_arn(&arn).policy_document(READ).set_as_default(true).send();
    for _ in 0..4 {
        version().await.unwrap();
    }
    assert_eq!(code(version().await), "LimitExceeded");
    let policy = iam.get_policy().policy_arn(&arn).send().await.unwrap().policy.unwrap();
    assert_eq!(policy.default_version_id(), Some("v5"));
    let delete = |id: &str| iam.delete_policy_version().policy_arn(&arn).version_id(id).send();
    assert_eq!(code(delete("v5").await), "DeleteConflict");
    delete("v1").await.unwrap();
    assert_eq!(code(iam.get_policy_version().policy_arn(&arn).version_id("v1").send().await), "NoSuchEntity");
    let versions = iam.list_policy_versions().policy_arn(&arn).send().await.unwrap();
    assert_eq!(versions.versions()[0].version_id(), Some("v5"));
    assert_eq!(code(iam.delete_policy().policy_arn(&arn).send().await), "DeleteConflict");
}

#[tokio::test]
async fn who_am_i() {
    let cloud = LocalCloud::in_memory();
    let sts = aws_sdk_sts::Client::new(&config(&cloud, REGION).await);
    let me = sts.get_caller_identity().send().await.unwrap();
    assert_eq!(me.account(), Some("123456789012"));
}

#[tokio::test]
async fn a_boundary_is_a_policy_that_stands() {
    let cloud = LocalCloud::in_memory();
    let iam = iam(&cloud).await;
    let none = "arn:aws:iam::123456789012:policy/none";
    let create = |boundary: &str| {
        let call = iam.create_role().role_name("app").permissions_boundary(boundary);
        call.assume_role_policy_document(trust("lambda.amazonaws.com")).send()
    };
    let refused = create(none).await.unwrap_err();
    let words = format!("Scope ARN: {none} does not exist or is not attachable.");
    assert_eq!(refused.message(), Some(words.as_str()));
    assert_eq!(refused.code(), Some("NoSuchEntity"));
    create("arn:aws:iam::aws:policy/PowerUserAccess").await.unwrap();
    let put = iam.put_role_permissions_boundary().role_name("app").permissions_boundary(none).send().await;
    assert_eq!(code(put), "NoSuchEntity");
    let role = iam.get_role().role_name("app").send().await.unwrap().role.unwrap();
    let boundary = role.permissions_boundary().unwrap().permissions_boundary_arn();
    assert_eq!(boundary, Some("arn:aws:iam::aws:policy/PowerUserAccess"), "what was refused changes nothing");
}

/// IAM gives a hundred of anything at once: who does not ask for the rest does not see it.
#[tokio::test]
async fn lists_come_in_pages_of_a_hundred() {
    let cloud = LocalCloud::in_memory();
    let iam = iam(&cloud).await;
    for n in 0..101 {
        let role = iam.create_role().role_name(format!("r{n:03}"));
        role.assume_role_policy_document(trust("lambda.amazonaws.com")).send().await.unwrap();
        let policy = iam.put_role_policy().role_name("r000").policy_name(format!("p{n:03}"));
        policy.policy_document(READ).send().await.unwrap();
    }
    let first = iam.list_roles().send().await.unwrap();
    assert_eq!((first.roles().len(), first.is_truncated()), (100, true));
    let rest = iam.list_roles().set_marker(first.marker).send().await.unwrap();
    assert_eq!((rest.roles()[0].role_name(), rest.is_truncated()), ("r100", false));
    let names = iam.list_role_policies().role_name("r000");
    let first = names.clone().send().await.unwrap();
    assert_eq!((first.policy_names().len(), first.is_truncated()), (100, true));
    assert_eq!(names.max_items(1000).send().await.unwrap().policy_names().len(), 101);
}

/// What is no policy is refused, in documents of each kind.
#[tokio::test]
async fn documents_follow_the_grammar() {
    let cloud = LocalCloud::in_memory();
    let iam = iam(&cloud).await;
    iam.create_role()
        .role_name("app")
        .assume_role_policy_document(trust("lambda.amazonaws.com"))
        .send()
        .await
        .unwrap();
    let odd = READ.replace(r#""Effect""#, r#""Condition":{"StringEqualz":{"aws:x":"y"}},"Effect""#);
    let put = iam.put_role_policy().role_name("app").policy_name("p").policy_document(&odd).send().await;
    assert_eq!(code(put), "MalformedPolicyDocument");
    assert_eq!(
        code(iam.create_policy().policy_name("p").policy_document(odd).send().await),
        "MalformedPolicyDocument"
    );
    let odd = trust("lambda.amazonaws.com").replace(r#""Effect""#, r#""Sid":"my role","Effect""#);
    let trusted = iam.update_assume_role_policy().role_name("app").policy_document(odd).send().await;
    let refused = trusted.unwrap_err().into_service_error();
    assert!(
        refused.meta().message().is_some_and(|text| text.contains("must be alpha-numeric")),
        "{refused:?}"
    );
}
