use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, Delete, ObjectIdentifier,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, Tag, VersioningConfiguration,
};
use finsight_local::LocalCloud;

use crate::server::{raw, signed};
use crate::support::{REGION, code, config};

async fn client(cloud: &LocalCloud, region: &'static str) -> Client {
    Client::new(&config(cloud, region).await)
}

fn here() -> CreateBucketConfiguration {
    CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(REGION))
        .tags(Tag::builder().key("k").value("a & b").build().unwrap())
        .build()
}

async fn bucket(s3: &Client, name: &str) {
    s3.create_bucket().bucket(name).create_bucket_configuration(here()).send().await.unwrap();
}

#[tokio::test]
async fn buckets_are_in_a_region_and_their_names_the_worlds() {
    let cloud = LocalCloud::in_memory();
    let s3 = client(&cloud, REGION).await;
    bucket(&s3, "one").await;
    let tags = s3.get_bucket_tagging().bucket("one").send().await.unwrap();
    assert_eq!((tags.tag_set()[0].key(), tags.tag_set()[0].value()), ("k", "a & b"));
    let again = s3.create_bucket().bucket("one").create_bucket_configuration(here()).send().await;
    assert_eq!(code(again), "BucketAlreadyOwnedByYou");
    assert_eq!(code(s3.create_bucket().bucket("two").send().await), "IllegalLocationConstraintException");
    assert_eq!(code(s3.create_bucket().bucket("Two_").send().await), "InvalidBucketName");
    let east = client(&cloud, "us-east-1").await;
    assert_eq!(code(east.list_objects_v2().bucket("one").send().await), "PermanentRedirect");
    east.create_bucket().bucket("east").send().await.unwrap();
    east.create_bucket().bucket("east").send().await.unwrap();
    assert_eq!(s3.list_buckets().send().await.unwrap().buckets().len(), 2);
    assert_eq!(code(s3.head_bucket().bucket("none").send().await), "NotFound");
    assert_eq!(code(s3.get_bucket_policy().bucket("one").send().await), "NoSuchBucketPolicy");
    assert_eq!(
        code(s3.get_bucket_lifecycle_configuration().bucket("one").send().await),
        "NoSuchLifecycleConfiguration"
    );
}

#[tokio::test]
async fn versions_stand_in_the_way_of_a_delete() {
    let cloud = LocalCloud::in_memory();
    let s3 = client(&cloud, REGION).await;
    bucket(&s3, "one").await;
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning().bucket("one").versioning_configuration(enabled).send().await.unwrap();
    // With a checksum as trailer, as the SDK sends it by itself.
    let put = |text: &'static str| {
        s3.put_object().bucket("one").key("a/b c+d").body(ByteStream::from_static(text.as_bytes())).send()
    };
    let first = put("first").await.unwrap().version_id.unwrap();
    put("second").await.unwrap();
    let taken = s3.put_object().bucket("one").key("a/b c+d").if_none_match("*").send().await;
    assert_eq!(code(taken), "PreconditionFailed");
    s3.delete_object().bucket("one").key("a/b c+d").send().await.unwrap();
    assert_eq!(code(s3.get_object().bucket("one").key("a/b c+d").send().await), "NoSuchKey");
    let old = s3.get_object().bucket("one").key("a/b c+d").version_id(first).send().await.unwrap();
    assert_eq!(old.body.collect().await.unwrap().to_vec(), b"first");
    assert_eq!(code(s3.delete_bucket().bucket("one").send().await), "BucketNotEmpty");

    let listed = s3.list_object_versions().bucket("one").send().await.unwrap();
    assert_eq!((listed.versions().len(), listed.delete_markers().len()), (2, 1));
    let ids = listed.versions().iter().map(|v| v.version_id());
    let ids = ids.chain(listed.delete_markers().iter().map(|m| m.version_id())).flatten();
    let all = ids.map(|id| ObjectIdentifier::builder().key("a/b c+d").version_id(id).build().unwrap());
    let delete = Delete::builder().set_objects(Some(all.collect())).build().unwrap();
    assert_eq!(s3.delete_objects().bucket("one").delete(delete).send().await.unwrap().deleted().len(), 3);
    s3.delete_bucket().bucket("one").send().await.unwrap();
    assert!(cloud.status().await.is_empty());
}

#[tokio::test]
async fn a_policy_for_all_is_blocked() {
    let cloud = LocalCloud::in_memory();
    let s3 = client(&cloud, REGION).await;
    bucket(&s3, "one").await;
    let policy = |principal: &str, resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"{resource}"}}]}}"#
        )
    };
    let put = |text: String| s3.put_bucket_policy().bucket("one").policy(text).send();
    assert_eq!(code(put(policy("\"*\"", "arn:aws:s3:::one/*")).await), "AccessDenied");
    assert_eq!(code(put(policy("\"*\"", "arn:aws:s3:::other/*")).await), "MalformedPolicy");
    let unknown = r#"{"AWS":"arn:aws:iam::123456789012:role/none"}"#;
    assert_eq!(code(put(policy(unknown, "arn:aws:s3:::one/*")).await), "MalformedPolicy");
    s3.delete_public_access_block().bucket("one").send().await.unwrap();
    put(policy("\"*\"", "arn:aws:s3:::one/*")).await.unwrap();
    let got = s3.get_bucket_policy().bucket("one").send().await.unwrap();
    assert!(got.policy().unwrap().contains("s3:GetObject"));
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_survive_and_are_served_with_the_bucket_in_the_path() {
    let dir = tempfile::tempdir().unwrap();
    {
        let cloud = LocalCloud::open(dir.path()).unwrap();
        let s3 = client(&cloud, REGION).await;
        bucket(&s3, "one").await;
        let body = ByteStream::from_static(&[0, 159, 146, 150]);
        s3.put_object().bucket("one").key("k").metadata("a", "b").body(body).send().await.unwrap();
    }
    let cloud = LocalCloud::open(dir.path()).unwrap();
    let s3 = client(&cloud, REGION).await;
    let got = s3.get_object().bucket("one").key("k").send().await.unwrap();
    assert_eq!(got.metadata().unwrap()["a"], "b");
    assert_eq!(got.body.collect().await.unwrap().to_vec(), [0, 159, 146, 150]);
    let server = cloud.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let addr = server.addr();
    let put = raw(addr, signed(addr, "s3", REGION, "PUT /one/t", "plain text"));
    assert!(put.contains("200 OK"), "{put}");
    let got = raw(addr, signed(addr, "s3", REGION, "GET /one/t", ""));
    assert!(got.ends_with("\r\n\r\nplain text"), "{got}");
    let head = raw(addr, signed(addr, "s3", REGION, "HEAD /one/t", ""));
    assert!(head.contains("content-length: 10") && head.ends_with("\r\n\r\n"), "{head}");
    server.shutdown().await;
}

#[tokio::test]
async fn objects_need_a_key_that_can_be_used() {
    let cloud = LocalCloud::in_memory();
    let s3 = client(&cloud, REGION).await;
    bucket(&s3, "one").await;
    let kms = aws_sdk_kms::Client::new(&config(&cloud, REGION).await);
    let key = kms.create_key().send().await.unwrap().key_metadata.unwrap();
    let by = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::AwsKms);
    let by = by.kms_master_key_id(key.arn().unwrap()).build().unwrap();
    let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(by).build();
    let encryption = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
    let call = s3.put_bucket_encryption().bucket("one").server_side_encryption_configuration(encryption);
    call.send().await.unwrap();
    let put = || s3.put_object().bucket("one").key("k").body(ByteStream::from_static(b"text")).send();
    let get = || s3.get_object().bucket("one").key("k").send();
    put().await.unwrap();
    get().await.unwrap();
    kms.disable_key().key_id(key.key_id()).send().await.unwrap();
    assert_eq!(code(put().await), "KMS.DisabledException");
    assert_eq!(code(get().await), "KMS.DisabledException");
    s3.head_object().bucket("one").key("k").send().await.unwrap();
    kms.schedule_key_deletion().key_id(key.key_id()).send().await.unwrap();
    assert_eq!(code(put().await), "KMS.KMSInvalidStateException");
    // An object that names another encryption does not need the bucket's key.
    let own = s3.put_object().bucket("one").key("k").server_side_encryption(ServerSideEncryption::Aes256);
    own.body(ByteStream::from_static(b"text")).send().await.unwrap();
    get().await.unwrap();
}
