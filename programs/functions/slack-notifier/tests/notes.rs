//! What becomes of the messages that AWS sends.

use finsight_slack_notifier::note::{Note, Tone};
use finsight_slack_notifier::sns;
use serde_json::{Value, json};

fn note(subject: Option<&str>, message: &str) -> Note {
    let event = json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {
        "Type": "Notification", "MessageId": "m-1", "Subject": subject, "Message": message,
        "TopicArn": "arn:aws:sns:ap-northeast-1:111122223333:finsight-alarms", "MessageAttributes": {}}}]});
    sns::read(event.to_string().as_bytes()).expect("an event")[0].note()
}

fn alarm(changes: Value) -> Value {
    let mut alarm = json!({
        "AlarmName": "finsight-users errors/prod", "AlarmDescription": "Errors of users",
        "AWSAccountId": "111122223333", "NewStateValue": "ALARM", "OldStateValue": "OK",
        "NewStateReason": "Threshold Crossed: 1 datapoint [7.0] was greater than the threshold (5.0).",
        "StateChangeTime": "2026-11-22T12:00:00.000+0000", "Region": "Asia Pacific (Tokyo)",
        "AlarmArn": "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:finsight-users errors/prod",
        "Trigger": {"MetricName": "Errors", "Namespace": "AWS/Lambda", "Statistic": "SUM", "Period": 60,
            "Dimensions": [{"name": "FunctionName", "value": "finsight-users"}], "Threshold": 5.0}});
    for (name, value) in changes.as_object().expect("an object") {
        alarm[name] = value.clone();
    }
    alarm
}

#[test]
fn an_alarm_says_state_reason_region_and_where_to_look() {
    let note = note(Some("ALARM: ..."), &alarm(json!({})).to_string());
    assert_eq!((note.tone, note.title.as_str()), (Tone::Bad, "ALARM: finsight-users errors/prod"));
    assert!(note.text.starts_with("Errors of users\nThreshold Crossed"));
    let fact = |name| note.facts.iter().find(|(of, _)| *of == name).expect(name).1.as_str();
    assert_eq!(fact("State"), "OK → ALARM");
    assert_eq!(fact("Region"), "ap-northeast-1");
    assert_eq!(fact("Metric"), "AWS/Lambda Errors FunctionName=finsight-users");
    let link = "https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-1\
        #alarmsV2:alarm/finsight-users%20errors%2Fprod";
    assert_eq!(note.link.expect("a link").1, link);
}

#[test]
fn other_states_and_bare_alarms_are_alarms_too() {
    let state =
        |value: &str| note(None, &alarm(json!({"NewStateValue": value, "Trigger": null})).to_string()).tone;
    assert_eq!([state("OK"), state("INSUFFICIENT_DATA")], [Tone::Good, Tone::Unsure]);
    let composite =
        json!({"AlarmName": "all", "NewStateValue": "ALARM", "AlarmRule": "ALARM(a) OR ALARM(b)"});
    assert_eq!(note(None, &composite.to_string()).title, "ALARM: all");
}

/// Y6: every alarm of a new stack comes to OK from having no data; that is no news, and OK after an alarm is.
#[test]
fn an_alarm_that_has_its_first_data_is_no_news() {
    let news = |old: &str, new: &str| {
        let message = alarm(json!({"OldStateValue": old, "NewStateValue": new})).to_string();
        let event = json!({"Records": [{"Sns": {"MessageId": "m-1", "Message": message}}]});
        sns::read(event.to_string().as_bytes()).expect("an event")[0].is_news()
    };
    assert!(!news("INSUFFICIENT_DATA", "OK"));
    assert!(news("ALARM", "OK") && news("INSUFFICIENT_DATA", "ALARM") && news("OK", "INSUFFICIENT_DATA"));
}

#[test]
fn bounces_and_complaints_name_no_user() {
    let mail = json!({"messageId": "0100", "source": "noreply@finsight.com", "timestamp": "2026-11-22T12:00:00Z",
        "destination": ["taro@example.com"], "commonHeaders": {"subject": "Your statement"}});
    let bounce = json!({"eventType": "Bounce", "mail": mail, "bounce": {"bounceType": "Permanent",
        "bounceSubType": "General", "bouncedRecipients": [{"emailAddress": "taro@example.com",
        "diagnosticCode": "550 taro@example.com unknown"}, {"emailAddress": "Hanako <hanako@example.org>"}]}});
    let complaint = json!({"notificationType": "Complaint", "mail": mail, "complaint": {
        "complaintFeedbackType": "abuse", "complainedRecipients": [{"emailAddress": "taro@example.com"}]}});
    for (event, title, recipients) in [
        (bounce, "Mail: Bounce", "2 at example.com, example.org"),
        (complaint, "Mail: Complaint", "1 at example.com"),
    ] {
        let note = note(None, &event.to_string());
        assert_eq!((note.tone, note.title.as_str()), (Tone::Bad, title));
        let body = note.slack(None).to_string();
        assert!(body.contains(recipients) && !body.contains("taro") && !body.contains("hanako"), "{body}");
    }
}

/// B5: whatever shape an event of SES has, and whatever text has an address in it.
#[test]
fn no_shape_of_a_message_names_a_user() {
    let who = "taro.yamada+x@example.com";
    let mail = json!({"messageId": "0100", "source": who, "destination": [who],
        "headers": [{"name": "To", "value": who}], "commonHeaders": {"to": [who], "subject": "For taro.yamada"}});
    let failed = json!({"emailAddress": who, "diagnosticCode": format!("550 5.1.1 <{who}>... unknown")});
    let bounce = json!({"bounceType": "Permanent", "bouncedRecipients": [failed]});
    let events = [
        json!({"eventType": "Bounce", "mail": mail, "bounce": bounce}),
        json!({"eventType": "Bounce", "mail": mail, "bounce": {"bouncedRecipients": null}}),
        json!({"eventType": "Bounce", "mail": mail, "bounce": {"bouncedRecipients": [who]}}),
        json!({"eventType": "Bounce", "mail": mail, "bounce": {"bouncedRecipients": who}}),
        json!({"eventType": "Bounce", "mail": mail, "bounce": null}),
        json!({"eventType": "Bounce", "mail": null, "bounce": bounce}),
        json!({"eventType": "Bounce", "bounce": bounce}),
        json!({"eventType": "Bounce", "mail": {"destination": who}, "bounce": bounce}),
        json!({"eventType": "Bounce", "mail": {"destination": [{"x": who}]}, "bounce": [bounce]}),
        json!({"eventType": ["Bounce"], "mail": mail, "bounce": bounce}),
        json!({"mail": mail, "bounce": bounce}),
        json!({"notificationType": "Complaint", "mail": mail,
            "complaint": {"complaintFeedbackType": who, "complainedRecipients": [failed]}}),
        json!({"notificationType": "Received", "mail": mail, "receipt": {"recipients": [who]}, "content": who}),
        json!({"eventType": "Delivery", "mail": mail, "delivery": {"recipients": [who], "smtpResponse": who}}),
        json!({"eventType": "DeliveryDelay", "mail": mail,
            "deliveryDelay": {"delayType": "InternalFailure", "delayedRecipients": [failed]}}),
        json!({"eventType": "Rendering Failure", "mail": mail,
            "failure": {"errorMessage": format!("no name for {who}"), "templateName": "statement"}}),
        json!({"eventType": "Reject", "mail": mail, "reject": {"reason": who}}),
        json!({"eventType": "Open", "mail": mail, "open": {"ipAddress": "192.0.2.1"}}),
        json!({"eventType": format!("Bounce of {who}"), "mail": mail}),
        json!({"eventType": "Subscription", "mail": mail, "subscription": {"contactList": who}}),
        json!({"version": "0", "source": "aws.ses", "detail-type": "Email Bounced", "time": "t",
            "detail": {"eventType": "Bounce", "mail": mail, "bounce": bounce}}),
        json!({"version": "0", "source": "aws.ses", "detail-type": "Email Bounced", "detail": {"x": who}}),
        json!({"version": "0", "source": "aws.ses", "detail-type": "Email Bounced", "detail": who}),
        json!({"Type": "Notification", "Message": json!({"eventType": "Bounce", "mail": mail}).to_string()}),
        json!({"something": {"quite": ["else", who]}}),
        json!([{"eventType": "Bounce", "mail": mail}]),
        json!(who),
        json!({"AlarmName": "a", "NewStateValue": "ALARM", "NewStateReason": format!("because of {who}")}),
    ];
    let plain = [
        format!("bounce of {who}"),
        format!("<{who}>"),
        format!("\"Taro\" <{who}>"),
        "\"taro.yamada\"@example.com".to_owned(),
        "taro.yamada%40example.com".to_owned(),
        "taro.yamada＠example.com".to_owned(),
        format!("mailto:{who}?subject=x"),
        format!("{who},{who};{who}"),
        format!("SRS0=x=y=example.org={who}"),
        format!("{{\"eventType\":\"Bounce\",\"mail\":{{\"destination\":[\"{who}\"]"),
    ];
    for message in events.iter().map(ToString::to_string).chain(plain) {
        for subject in [None, Some(message.as_str())] {
            let note = note(subject, &message);
            for said in [note.slack(Some("dev")).to_string(), note.plain(Some("dev")), note.title.clone()] {
                assert!(!said.contains("taro"), "{message}: {said}");
            }
        }
    }
}

#[test]
fn recipients_are_counted_in_every_shape() {
    let whom = |event: Value| {
        let note = note(None, &event.to_string());
        note.facts
            .iter()
            .find(|(of, _)| *of == "Recipients")
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    };
    let to = |address: Value| json!({"eventType": "Bounce", "mail": {"destination": address}});
    assert_eq!(
        whom(to(json!(["a@example.com", "b@example.com", "c@example.org"]))),
        "3 at example.com, example.org"
    );
    assert_eq!(whom(to(json!("a@example.com"))), "1 at example.com");
    assert_eq!(whom(to(json!(["\"x@y\" <a@example.com> (Taro)"]))), "1 at example.com");
    assert_eq!(whom(to(json!(["no address"]))), "1");
    assert_eq!(whom(to(json!([]))), "");
    let bridged = json!({"source": "aws.ses", "detail": {"eventType": "Delivery", "mail": {"destination": ["a@x.jp"]},
        "delivery": {"recipients": ["b@y.jp", "c@y.jp"]}}});
    assert_eq!(whom(bridged), "2 at y.jp");
}

/// B10: nothing of a foreign text becomes a link or a mention, in either form of a post.
#[test]
fn foreign_texts_stay_texts() {
    let foreign =
        "@here @channel @everyone <!here> #general https://evil.example/x www.evil.example evil.example";
    let message = alarm(json!({"AlarmName": foreign, "AlarmDescription": foreign, "NewStateReason": foreign,
        "Region": foreign, "AlarmArn": null, "StateChangeTime": foreign}));
    let event = json!({"detail-type": foreign, "source": foreign, "detail": {"Message": foreign}});
    for note in [
        note(None, &message.to_string()),
        note(Some(foreign), &event.to_string()),
        note(Some(foreign), foreign),
    ] {
        let post = note.slack(Some("prod"));
        // A text of the post itself is read for links; where blocks stand beside it, it is for notifications alone.
        assert!(post["blocks"].is_array(), "{post}");
        let mut texts = Vec::new();
        collect(&post, &mut texts);
        assert!(texts.len() > 2);
        for text in texts {
            let safe = text["type"] == "plain_text" || text["verbatim"] == true;
            assert!(safe, "Slack makes links and mentions of {text}");
        }
        for text in [note.plain(Some("prod")), post["text"].as_str().expect("a text").to_owned()] {
            for bad in
                ["@here", "@channel", "@everyone", "#general", "://evil", "www.evil", "evil.example", "<!"]
            {
                assert!(!text.contains(bad), "{bad} in {text}");
            }
            let seen: String = text.chars().filter(|c| *c != '\u{2060}').collect();
            assert!(seen.contains("@here") && seen.contains("https://evil.example/x"), "{seen}");
        }
    }
}

/// The text objects of a post.
fn collect<'a>(value: &'a Value, texts: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) => {
            if matches!(members.get("type").and_then(Value::as_str), Some("mrkdwn" | "plain_text")) {
                texts.push(value);
            }
            members.values().for_each(|member| collect(member, texts));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        _ => {}
    }
}

/// B10: the button leads to the console, or is not there.
#[test]
fn a_forged_arn_steers_no_button() {
    let name = "finsight-users errors/prod";
    let link = |arn: &str| {
        let note = note(None, &alarm(json!({ "AlarmArn": arn })).to_string());
        assert!(!note.facts.iter().any(|(_, value)| value.contains("evil")), "{arn}: {:?}", note.facts);
        note.link
    };
    for arn in [
        format!("arn:aws:cloudwatch:evil.example/?:111122223333:alarm:{name}"),
        format!("arn:aws:cloudwatch:evil.example#:111122223333:alarm:{name}"),
        format!("arn:aws:cloudwatch:user@evil:111122223333:alarm:{name}"),
        format!("arn:aws:cloudwatch:evil.example\\:111122223333:alarm:{name}"),
        format!("arn:aws:cloudwatch:EVIL:111122223333:alarm:{name}"),
        format!("arn:aws:cloudwatch::111122223333:alarm:{name}"),
        format!("arn:evil:cloudwatch:ap-northeast-1:111122223333:alarm:{name}"),
        format!("arn:aws:s3:ap-northeast-1:111122223333:alarm:{name}"),
        format!("arn:aws:cloudwatch:ap-northeast-1:999988887777:alarm:{name}"),
        "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:another".to_owned(),
        format!("arn:aws:cloudwatch:ap-northeast-1:111122223333:dashboard:{name}"),
        "arn:aws:cloudwatch:ap-northeast-1".to_owned(),
        "https://evil.example/".to_owned(),
        String::new(),
    ] {
        assert_eq!(link(&arn), None, "{arn}");
    }
    let good = |partition: &str, region: &str| {
        link(&format!("arn:{partition}:cloudwatch:{region}:111122223333:alarm:{name}")).expect("a link").1
    };
    assert!(
        good("aws", "us-east-1").starts_with("https://us-east-1.console.aws.amazon.com/cloudwatch/home?")
    );
    assert!(good("aws-cn", "cn-north-1").starts_with("https://console.amazonaws.cn/"));
    assert!(good("aws-us-gov", "us-gov-west-1").starts_with("https://console.amazonaws-us-gov.com/"));
}

#[test]
fn budgets_and_plain_texts_come_as_they_are() {
    let subject = "AWS Budgets: finsight-prod has exceeded your alert threshold";
    let budget = note(Some(subject), "AWS Budget Notification\nBudgeted amount: $300.00");
    assert_eq!((budget.tone, budget.title.as_str()), (Tone::Bad, subject));
    assert!(budget.text.contains("$300.00"));
    let plain = note(None, "hello");
    assert_eq!((plain.tone, plain.title.as_str()), (Tone::Plain, "Message from finsight-alarms"));
}

#[test]
fn events_of_eventbridge_are_readable() {
    let event = json!({"version": "0", "detail-type": "RDS DB Instance Event", "source": "aws.rds",
        "account": "111122223333", "region": "ap-northeast-1", "time": "t", "detail": {"Message": "stopped"}});
    let note = note(None, &event.to_string());
    assert_eq!(note.title, "RDS DB Instance Event");
    assert!(note.text.contains("stopped") && !note.text.contains("detail-type"));
}

#[test]
fn what_rds_tells_is_said_in_its_words() {
    let event = |said: &str| {
        let arn = "arn:aws:rds:ap-northeast-1:111122223333:db:finsight-db";
        let page =
            "http://docs.amazonwebservices.com/AmazonRDS/latest/UserGuide/USER_Events.html#RDS-EVENT-0049";
        json!({"Event Source": "db-instance", "Event Time": "2026-11-30 12:00:00.000", "Source ID": "finsight-db",
            "Source ARN": arn, "Event ID": page, "Event Message": said, "Identifier Link": "https://evil.example.com"})
    };
    let failed = note(Some("RDS Notification Message"), &event("The storage volume has failed.").to_string());
    assert_eq!((failed.tone, failed.title.as_str()), (Tone::Bad, "RDS: finsight-db"));
    assert_eq!(failed.text, "The storage volume has failed.");
    let fact = |name| failed.facts.iter().find(|(of, _)| *of == name).expect(name).1.as_str();
    assert_eq!(
        (fact("Event"), fact("Region"), fact("Kind")),
        ("RDS-EVENT-0049", "ap-northeast-1", "db-instance")
    );
    // Whoever may publish could lead people anywhere.
    assert!(failed.link.is_none());
    let tone = |said: &str| note(None, &event(said).to_string()).tone;
    assert_eq!(tone("Multi-AZ instance failover completed."), Tone::Good);
    assert_eq!(tone("Multi-AZ instance failover started."), Tone::Unsure);
}

#[test]
fn findings_and_builds_are_said_in_words() {
    let event = |kind: &str, detail: Value| {
        json!({"version": "0", "detail-type": kind, "source": "aws", "account": "111122223333",
            "region": "ap-northeast-1", "time": "t", "detail": detail})
    };
    let detail = json!({"configRuleName": "finsight-no-open-ssh", "resourceType": "AWS::EC2::SecurityGroup",
        "resourceId": "sg-1", "messageType": "ComplianceChangeNotification",
        "newEvaluationResult": {"complianceType": "NON_COMPLIANT", "annotation": "22 is open"}});
    let finding = note(None, &event("Config Rules Compliance Change", detail).to_string());
    assert_eq!((finding.tone, finding.title.as_str()), (Tone::Bad, "NON_COMPLIANT: finsight-no-open-ssh"));
    assert_eq!(finding.text, "AWS::EC2::SecurityGroup sg-1\n22 is open");
    let detail = json!({"appId": "d1", "branchName": "main", "jobId": "7", "jobStatus": "FAILED"});
    let build = note(None, &event("Amplify Deployment Status Change", detail).to_string());
    assert_eq!((build.tone, build.title.as_str()), (Tone::Bad, "FAILED: build of main"));
    assert_eq!(build.text, "Job 7 of the app d1");
    // One of another form is shown as it is.
    let odd = note(None, &event("Config Rules Compliance Change", json!({"x": 1})).to_string());
    assert_eq!((odd.tone, odd.title.as_str()), (Tone::Plain, "Config Rules Compliance Change"));
}

#[test]
fn other_events_are_refused() {
    for event in ["", "{}", r#"{"Records":[]}"#, r#"{"Records":[{"s3":{}}]}"#] {
        assert!(sns::read(event.as_bytes()).is_err(), "{event}");
    }
}
