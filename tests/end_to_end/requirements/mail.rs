//! M1: mail.

use super::stand::{prod, records, text};

#[test]
fn m1_mail_is_signed_and_its_proofs_stand_in_dns() {
    let stand = prod();
    stand.block(async {
        let ses = &stand.here.ses;
        let found =
            ses.get_email_identity().email_identity("finsight.com").send().await.expect("the identity");
        assert!(found.verified_for_sending_status());
        let dkim = found.dkim_attributes().expect("DKIM");
        assert!(dkim.signing_enabled());
        assert_eq!(dkim.status().map(|status| status.as_str()), Some("SUCCESS"));
        assert_eq!(dkim.tokens().len(), 3);
        let zone = text(dkim.signing_hosted_zone());
        for token in dkim.tokens() {
            let values = records(stand, &format!("{token}._domainkey.finsight.com"), "CNAME").await;
            assert_eq!(values, [format!("{token}.{zone}")]);
        }
        let from = found.mail_from_attributes().expect("MAIL FROM");
        assert_eq!(from.mail_from_domain(), "mail.finsight.com");
        let exchange = records(stand, "mail.finsight.com", "MX").await;
        assert_eq!(exchange, ["10 feedback-smtp.ap-northeast-1.amazonses.com"]);
        assert_eq!(records(stand, "mail.finsight.com", "TXT").await, ["v=spf1 include:amazonses.com -all"]);
        let [dmarc] = &records(stand, "_dmarc.finsight.com", "TXT").await[..] else { panic!("one policy") };
        assert!(dmarc.starts_with("v=DMARC1; p=quarantine"), "{dmarc}");

        let set = text(found.configuration_set_name());
        assert_eq!(set, "finsight-mail");
        let about = ses.get_configuration_set().configuration_set_name(set).send().await.expect("the set");
        let tls = about.delivery_options().and_then(|options| options.tls_policy());
        assert_eq!(tls.map(|policy| policy.as_str()), Some("REQUIRE"));
        let events = ses.get_configuration_set_event_destinations().configuration_set_name(set).send().await;
        let events = events.expect("its destinations");
        let [to] = events.event_destinations() else { panic!("{events:?}") };
        assert!(to.enabled());
        let mut kinds: Vec<_> = to.matching_event_types().iter().map(|kind| kind.as_str()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["BOUNCE", "COMPLAINT"]);
        let topic = to.sns_destination().map(|sns| sns.topic_arn());
        assert_eq!(topic, Some(stand.arn("sns", "finsight-mail").as_str()));
    });
}
