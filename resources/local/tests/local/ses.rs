use std::time::Duration;

use aws_sdk_route53::types::RrType;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::types::{
    BehaviorOnMxFailure, DkimStatus, EventDestinationDefinition, EventType, MailFromDomainStatus,
    SnsDestination,
};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, code, config, write};

#[tokio::test]
async fn a_domain_has_three_tokens_and_is_verified_in_time() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let ses = Client::new(&config(&cloud, REGION).await);
    let make = |name: &str| ses.create_email_identity().email_identity(name);
    let made = make("example.com").send().await.unwrap();
    let tokens = made.dkim_attributes().unwrap().tokens().to_vec();
    assert_eq!(tokens.len(), 3);
    assert_eq!(code(make("example.com").send().await), "AlreadyExistsException");
    assert_eq!(code(make("nothing").send().await), "BadRequestException");
    assert_eq!(code(make("a.example.com").configuration_set_name("none").send().await), "NotFoundException");
    let from = |domain: &str| {
        ses.put_email_identity_mail_from_attributes()
            .email_identity("example.com")
            .mail_from_domain(domain)
            .behavior_on_mx_failure(BehaviorOnMxFailure::RejectMessage)
            .send()
    };
    assert_eq!(code(from("mail.example.org").await), "BadRequestException");
    from("mail.example.com").await.unwrap();
    let get = || ses.get_email_identity().email_identity("example.com").send();
    let identity = get().await.unwrap();
    assert_eq!(identity.dkim_attributes().unwrap().status(), Some(&DkimStatus::Pending));
    assert!(!identity.verified_for_sending_status());
    let zone = identity.dkim_attributes().unwrap().signing_hosted_zone().unwrap().to_owned();
    let mut proofs: Vec<_> = tokens
        .iter()
        .map(|token| (format!("{token}._domainkey.example.com"), RrType::Cname, format!("{token}.{zone}")))
        .collect();
    let exchange = format!("10 feedback-smtp.{REGION}.amazonses.com");
    proofs.push(("mail.example.com".to_owned(), RrType::Mx, exchange));
    write(&cloud, "example.com", proofs).await;
    clock.advance(Duration::from_secs(300));
    let identity = get().await.unwrap();
    assert_eq!(identity.dkim_attributes().unwrap().status(), Some(&DkimStatus::Success));
    assert_eq!(identity.dkim_attributes().unwrap().tokens(), tokens);
    let status = identity.mail_from_attributes().unwrap().mail_from_domain_status();
    assert_eq!(status, &MailFromDomainStatus::Success);
    ses.delete_email_identity().email_identity("example.com").send().await.unwrap();
    assert_eq!(code(get().await), "NotFoundException");
}

#[tokio::test]
async fn events_go_only_to_topics_that_let_ses_publish() {
    let cloud = LocalCloud::in_memory();
    let config = config(&cloud, REGION).await;
    let (ses, sns) = (Client::new(&config), aws_sdk_sns::Client::new(&config));
    ses.create_configuration_set().configuration_set_name("one").send().await.unwrap();
    let again = ses.create_configuration_set().configuration_set_name("one").send().await;
    assert_eq!(code(again), "AlreadyExistsException");
    let topic = sns.create_topic().name("one").send().await.unwrap().topic_arn.unwrap();
    let definition = |arn: &str| {
        EventDestinationDefinition::builder()
            .enabled(true)
            .matching_event_types(EventType::Bounce)
            .sns_destination(SnsDestination::builder().topic_arn(arn).build().unwrap())
            .build()
    };
    let add = |arn: &str| {
        ses.create_configuration_set_event_destination()
            .configuration_set_name("one")
            .event_destination_name("bounces")
            .event_destination(definition(arn))
            .send()
    };
    assert_eq!(code(add("arn:aws:sns:ap-northeast-1:123456789012:none").await), "BadRequestException");
    assert_eq!(code(add(&topic).await), "BadRequestException");
    let policy = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"ses.amazonaws.com"},"Action":"sns:Publish","Resource":"*"}]}"#;
    let set = sns.set_topic_attributes().topic_arn(&topic).attribute_name("Policy").attribute_value(policy);
    set.send().await.unwrap();
    add(&topic).await.unwrap();
    assert_eq!(code(add(&topic).await), "AlreadyExistsException");
    let none = ses.delete_configuration_set_event_destination().configuration_set_name("one");
    assert_eq!(code(none.event_destination_name("none").send().await), "NotFoundException");
    // A set that an identity uses can go: the identity keeps its name.
    let identity = ses.create_email_identity().email_identity("example.com").configuration_set_name("one");
    identity.send().await.unwrap();
    ses.delete_configuration_set().configuration_set_name("one").send().await.unwrap();
    let gone = ses.get_configuration_set().configuration_set_name("one").send().await;
    assert_eq!(code(gone), "NotFoundException");
}
