use std::time::Duration;

use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{GrantOperation, KeyState, Tag};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, code, config};

async fn key(kms: &Client) -> String {
    kms.create_key().send().await.unwrap().key_metadata.unwrap().key_id
}

#[tokio::test]
async fn a_key_and_what_hangs_on_it() {
    let cloud = LocalCloud::in_memory();
    let kms = Client::new(&config(&cloud, REGION).await);
    let tag = Tag::builder().tag_key("k").tag_value("値").build().unwrap();
    let made = kms.create_key().description("d").tags(tag).multi_region(true).send().await.unwrap();
    let made = made.key_metadata.unwrap();
    let id = made.key_id();
    assert!(id.starts_with("mrk-") && made.multi_region() == Some(true));
    let policy = kms.get_key_policy().key_id(id).send().await.unwrap();
    assert!(policy.policy().unwrap().contains("kms:*"));
    let lockout = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"logs.amazonaws.com"},"Action":"kms:*","Resource":"*"}]}"#;
    let put = kms.put_key_policy().key_id(id).policy(lockout).send().await;
    assert_eq!(code(put), "MalformedPolicyDocumentException");
    kms.enable_key_rotation().key_id(id).rotation_period_in_days(180).send().await.unwrap();
    let rotation = kms.get_key_rotation_status().key_id(made.arn().unwrap()).send().await.unwrap();
    assert_eq!((rotation.key_rotation_enabled(), rotation.rotation_period_in_days()), (true, Some(180)));
    kms.disable_key().key_id(id).send().await.unwrap();
    assert_eq!(code(kms.enable_key_rotation().key_id(id).send().await), "DisabledException");
    let encrypt = kms.encrypt().key_id(id).plaintext(Blob::new("x")).send().await;
    assert_eq!(code(encrypt), "DisabledException");
    kms.enable_key().key_id(id).send().await.unwrap();
    let sealed = kms.encrypt().key_id(id).plaintext(Blob::new("x")).send().await.unwrap();
    let opened = kms.decrypt().ciphertext_blob(sealed.ciphertext_blob.unwrap()).send().await.unwrap();
    assert_eq!(opened.plaintext.unwrap().into_inner(), b"x");
    kms.untag_resource().key_id(id).tag_keys("k").send().await.unwrap();
    assert!(kms.list_resource_tags().key_id(id).send().await.unwrap().tags().is_empty());
    kms.update_key_description().key_id(id).description("e").send().await.unwrap();
    let shown = kms.describe_key().key_id(id).send().await.unwrap().key_metadata.unwrap();
    assert_eq!(shown.description(), Some("e"));
    assert_eq!(code(kms.describe_key().key_id("none").send().await), "NotFoundException");
}

#[tokio::test]
async fn aliases_die_with_their_key() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let kms = Client::new(&config(&cloud, REGION).await);
    let (a, b) = (key(&kms).await, key(&kms).await);
    let alias = |target: &str| kms.create_alias().alias_name("alias/x").target_key_id(target).send();
    assert_eq!(code(alias("none").await), "NotFoundException");
    alias(&a).await.unwrap();
    assert_eq!(code(alias(&b).await), "AlreadyExistsException");
    let update = |name: &str, target: &str| kms.update_alias().alias_name(name).target_key_id(target).send();
    assert_eq!(code(update("alias/none", &b).await), "NotFoundException");
    update("alias/x", &b).await.unwrap();
    let shown = kms.describe_key().key_id("alias/x").send().await.unwrap().key_metadata.unwrap();
    assert_eq!(shown.key_id(), b);
    let bad = kms.create_alias().alias_name("x").target_key_id(&b).send().await;
    assert_eq!(code(bad), "InvalidAliasNameException");

    let schedule = |id: &str| kms.schedule_key_deletion().key_id(id).pending_window_in_days(7).send();
    schedule(&b).await.unwrap();
    assert_eq!(code(schedule(&b).await), "KMSInvalidStateException");
    let shown = kms.describe_key().key_id(&b).send().await.unwrap().key_metadata.unwrap();
    assert_eq!(shown.key_state(), Some(&KeyState::PendingDeletion));
    assert_eq!(
        kms.list_aliases().send().await.unwrap().aliases().len(),
        1,
        "the alias stays as long as the key"
    );
    kms.cancel_key_deletion().key_id(&b).send().await.unwrap();
    let shown = kms.describe_key().key_id(&b).send().await.unwrap().key_metadata.unwrap();
    assert_eq!(shown.key_state(), Some(&KeyState::Disabled));
    schedule(&b).await.unwrap();
    assert_eq!(cloud.status().await.count("aws:kms:Key"), 1);
    clock.advance(Duration::from_secs(7 * 86_400 + 1));
    assert_eq!(code(kms.describe_key().key_id(&b).send().await), "NotFoundException");
    assert!(kms.list_aliases().send().await.unwrap().aliases().is_empty());
    assert_eq!(kms.list_keys().send().await.unwrap().keys().len(), 1);
}

#[tokio::test]
async fn grants_are_kept_until_they_are_revoked() {
    let cloud = LocalCloud::in_memory();
    let kms = Client::new(&config(&cloud, REGION).await);
    let key = key(&kms).await;
    let grant = |name: &str| {
        let call = kms.create_grant().key_id(&key).grantee_principal("arn:aws:iam::999999999999:root");
        call.name(name).operations(GrantOperation::Decrypt).send()
    };
    let first = grant("one").await.unwrap().grant_id.unwrap();
    assert_eq!(grant("one").await.unwrap().grant_id.unwrap(), first, "the same by its name");
    assert_ne!(grant("").await.unwrap().grant_id.unwrap(), first);
    let list = || kms.list_grants().key_id(&key).send();
    assert_eq!(list().await.unwrap().grants().len(), 2);
    kms.revoke_grant().key_id(&key).grant_id(&first).send().await.unwrap();
    assert_eq!(code(kms.revoke_grant().key_id(&key).grant_id(&first).send().await), "NotFoundException");
    assert_eq!(list().await.unwrap().grants().len(), 1);
}
