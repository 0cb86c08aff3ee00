use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, Tag};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, code, config};

const ONE: &str = "11111111-1111-4111-a111-111111111111";
const TWO: &str = "22222222-2222-4222-a222-222222222222";

async fn site() -> (LocalCloud, LocalClock, Client) {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let client = Client::new(&config(&cloud, REGION).await);
    (cloud, clock, client)
}

async fn value(client: &Client, id: &str) -> String {
    client.get_secret_value().secret_id(id).send().await.unwrap().secret_string.unwrap()
}

#[tokio::test]
async fn a_token_makes_one_version_of_one_value() {
    let (_, _, client) = site().await;
    let create = |value: &str| {
        client.create_secret().name("app/db").client_request_token(ONE).secret_string(value).send()
    };
    let made = create("a").await.unwrap();
    assert_eq!(create("a").await.unwrap().arn(), made.arn(), "the same call again");
    assert_eq!(code(create("b").await), "ResourceExistsException");
    let arn = made.arn().unwrap();
    let put = |token: &str, value: &str| {
        client.put_secret_value().secret_id(arn).client_request_token(token).secret_string(value).send()
    };
    put(TWO, "b").await.unwrap();
    put(TWO, "b").await.unwrap();
    assert_eq!(code(put(TWO, "c").await), "ResourceExistsException");
    assert_eq!(value(&client, "app/db").await, "b");
    let previous =
        client.get_secret_value().secret_id(arn).version_stage("AWSPREVIOUS").send().await.unwrap();
    assert_eq!(previous.secret_string(), Some("a"));
    // The value that stood before is taken as done, and stays the previous one.
    put(ONE, "a").await.unwrap();
    assert_eq!(value(&client, arn).await, "b");
    let stage = || client.update_secret_version_stage().secret_id(arn).version_stage("AWSCURRENT");
    assert_eq!(code(stage().move_to_version_id(ONE).send().await), "InvalidParameterException");
    assert_eq!(code(stage().remove_from_version_id(TWO).send().await), "InvalidParameterException");
    stage().move_to_version_id(ONE).remove_from_version_id(TWO).send().await.unwrap();
    assert_eq!(value(&client, &arn[..arn.len() - 7]).await, "a");
    let empty = client.create_secret().name("empty").send().await.unwrap();
    assert!(empty.version_id().is_none());
    assert_eq!(code(client.get_secret_value().secret_id("empty").send().await), "ResourceNotFoundException");
    let many = client.batch_get_secret_value().secret_id_list("app/db").secret_id_list("empty");
    let many = many.send().await.unwrap();
    assert_eq!((many.secret_values().len(), many.errors().len()), (1, 1));
}

#[tokio::test]
async fn a_deleted_secret_keeps_its_name_until_its_end() {
    let (cloud, clock, client) = site().await;
    let create = || client.create_secret().name("s").secret_string("x").send();
    create().await.unwrap();
    let delete = || client.delete_secret().secret_id("s");
    assert_eq!(code(delete().recovery_window_in_days(6).send().await), "InvalidParameterException");
    let both = delete().recovery_window_in_days(7).force_delete_without_recovery(true).send().await;
    assert_eq!(code(both), "InvalidParameterException");
    delete().recovery_window_in_days(7).send().await.unwrap();
    assert_eq!(code(create().await), "InvalidRequestException");
    assert_eq!(code(client.get_secret_value().secret_id("s").send().await), "InvalidRequestException");
    assert!(client.describe_secret().secret_id("s").send().await.unwrap().deleted_date().is_some());
    assert_eq!(code(delete().send().await), "InvalidRequestException");
    assert_eq!(cloud.status().await.count("aws:secretsmanager:Secret"), 0);
    let listed = async |all: bool| {
        let list = client.list_secrets().include_planned_deletion(all).send().await.unwrap();
        list.secret_list().len()
    };
    assert_eq!((listed(false).await, listed(true).await), (0, 1));
    client.restore_secret().secret_id("s").send().await.unwrap();
    assert_eq!(value(&client, "s").await, "x");
    delete().send().await.unwrap();
    clock.advance(Duration::from_secs(30 * 86_400 + 1));
    create().await.unwrap();
    delete().force_delete_without_recovery(true).send().await.unwrap();
    assert_eq!(code(create().await), "InvalidRequestException");
    clock.advance(Duration::from_secs(60));
    create().await.unwrap();
    delete().force_delete_without_recovery(true).secret_id("none").send().await.unwrap();
}

#[tokio::test]
async fn policies_filters_and_passwords() {
    let (_, _, client) = site().await;
    let tag = Tag::builder().key("team").value("a").build();
    client.create_secret().name("one").tags(tag).send().await.unwrap();
    client.create_secret().name("two").send().await.unwrap();
    let by = async |key: FilterNameStringType, value: &str| {
        let filter = Filter::builder().key(key).values(value).build();
        let found = client.list_secrets().filters(filter).send().await.unwrap();
        found.secret_list().iter().map(|s| s.name().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(by(FilterNameStringType::TagKey, "team").await, ["one"]);
    assert_eq!(by(FilterNameStringType::Name, "!one").await, ["two"]);
    let put = |policy: &str| {
        client.put_resource_policy().secret_id("one").block_public_policy(true).resource_policy(policy).send()
    };
    assert_eq!(code(put("no policy").await), "MalformedPolicyDocumentException");
    let open =
        r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:*","Resource":"*"}]}"#;
    assert_eq!(code(put(open).await), "PublicPolicyException");
    let unknown =
        open.replace("\"*\",\"Action", "{\"AWS\":\"arn:aws:iam::123456789012:role/none\"},\"Action");
    assert_eq!(code(put(&unknown).await), "MalformedPolicyDocumentException");
    assert!(client.get_resource_policy().secret_id("one").send().await.unwrap().resource_policy().is_none());
    let key = client.create_secret().name("three").kms_key_id("none").secret_string("x").send().await;
    assert_eq!(code(key), "EncryptionFailure");

    let password = client.get_random_password().password_length(4096).exclude_characters("aA0!").send();
    let password = password.await.unwrap().random_password.unwrap();
    assert_eq!(password.len(), 4096);
    assert!(!password.contains(['a', 'A', '0', '!', ' ']));
    let short = client.get_random_password().password_length(4).exclude_punctuation(true).include_space(true);
    let short = short.send().await.unwrap().random_password.unwrap();
    let kinds: [fn(&char) -> bool; 4] =
        [char::is_ascii_lowercase, char::is_ascii_uppercase, char::is_ascii_digit, |c| *c == ' '];
    assert!(kinds.iter().all(|kind| short.chars().any(|c| kind(&c))), "one of each kind");
    assert_eq!(
        code(client.get_random_password().password_length(3).send().await),
        "InvalidParameterException"
    );
}

#[tokio::test]
async fn a_value_is_not_put_under_a_key_that_cannot_encrypt() {
    let (cloud, _, client) = site().await;
    let kms = aws_sdk_kms::Client::new(&config(&cloud, REGION).await);
    let key = kms.create_key().send().await.unwrap().key_metadata.unwrap().key_id;
    client.create_secret().name("s").kms_key_id(&key).secret_string("a").send().await.unwrap();
    let put = || client.put_secret_value().secret_id("s").secret_string("b").send();
    let update = || client.update_secret().secret_id("s").secret_string("c").send();
    kms.disable_key().key_id(&key).send().await.unwrap();
    assert_eq!(code(put().await), "EncryptionFailure");
    assert_eq!(code(update().await), "EncryptionFailure");
    kms.enable_key().key_id(&key).send().await.unwrap();
    put().await.unwrap();
    kms.schedule_key_deletion().key_id(&key).send().await.unwrap();
    assert_eq!(code(put().await), "EncryptionFailure");
    // With another key it goes.
    client.update_secret().secret_id("s").kms_key_id("alias/aws/secretsmanager").send().await.unwrap();
    put().await.unwrap();
    assert_eq!(value(&client, "s").await, "b");
}
