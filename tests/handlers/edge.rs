//! What AWS does by itself at the edge of an account, and what somebody else does there.

use std::sync::Arc;

use aws_sdk_s3::types::{IndexDocument, WebsiteConfiguration};
use finsight_driver::cloud::Cloud as _;
use finsight_engine::contract::{Call, FailureClass, Health, OwnerId, Reading, Reply, Request, Target};
use finsight_engine::plan::{Op, Plan};
use finsight_engine::value::{Map, Value};
use finsight_local::{CallInfo, Fault, Faults};
use serde_json::json;

use crate::fixture::{Fixture, REGION, urn};
use crate::life::{Life, shown};
use crate::rds::node;
use crate::runtime;

/// The properties of the subject that a plan would change.
fn changes(plan: &Plan) -> Vec<String> {
    let subject = plan.steps.iter().find(|step| step.urn.name() == "subject").expect("a step of the subject");
    subject.diff.iter().map(|change| change.path.as_str().to_owned()).collect()
}

fn op(plan: &Plan) -> Op {
    plan.steps.iter().find(|step| step.urn.name() == "subject").expect("a step of the subject").op
}

/// K1: what AWS calls required of an update is said, whatever changes.
#[test]
fn a_distribution_changes_after_it_stands() {
    runtime().block_on(async {
        let fixture = Fixture::of("aws:cloudfront:Distribution");
        let mut life = Life::new().await;
        life.reach(&fixture.graph(&[]), "made").await;
        life.reach(&fixture.graph(&[("comment", json!("another"))]), "changed").await;
        life.destroy("all of it").await;
    });
}

/// K1: what a policy has without a property of its own stays when the rest changes.
#[test]
fn an_update_of_a_policy_drops_nothing() {
    use aws_sdk_cloudfront::types::ResponseHeadersPolicyServerTimingHeadersConfig as ServerTiming;
    runtime().block_on(async {
        const KIND: &str = "aws:cloudfront:ResponseHeadersPolicy";
        let fixture = Fixture::of(KIND);
        let mut life = Life::new().await;
        life.reach(&fixture.graph(&[]), "made").await;
        let edge = life.session.region(REGION);
        let id = life.subject(KIND).id;
        let get = async || {
            let found = edge.cloudfront().get_response_headers_policy().id(&id).send().await.expect("read");
            let etag = found.e_tag().map(str::to_owned);
            let policy = found.response_headers_policy().expect("a policy");
            (policy.response_headers_policy_config().expect("its content").clone(), etag)
        };
        let (mut config, etag) = get().await;
        let timing = ServerTiming::builder().enabled(true).sampling_rate(50.0).build().expect("a rate");
        config.server_timing_headers_config = Some(timing.clone());
        let put = edge.cloudfront().update_response_headers_policy().id(&id).set_if_match(etag);
        put.response_headers_policy_config(config).send().await.expect("switched on by hand");
        life.reach(&fixture.graph(&[("comment", json!("another"))]), "changed").await;
        assert_eq!(get().await.0.server_timing_headers_config(), Some(&timing));
    });
}

/// K2, K3: the records are Amplify's, and one that is gone or leads elsewhere is written again; nothing is left in
/// the zone.
#[test]
fn records_of_a_site_are_amplifys_and_put_right() {
    runtime().block_on(async {
        let fixture = Fixture::of("aws:amplify:DomainAssociation");
        let zone = ("hosted_zone_id", json!({"$output": "aws:route53:HostedZone/main.id"}));
        let branch = json!({"$output": "aws:amplify:Branch/main.branch_name"});
        let subs = json!([{"prefix": "", "branch_name": branch}, {"prefix": "www", "branch_name": branch}]);
        let graph = fixture.graph(&[zone, ("sub_domain_settings", subs)]);
        let mut life = Life::new().await;
        life.reach(&graph, "made").await;
        // They are its own before it is told where they lead: a destroy may find them the moment after.
        let outputs = life.subject("aws:amplify:DomainAssociation").outputs;
        let ids = format!("{:?}", outputs["record_set_ids"]);
        assert!(ids.contains("|www.example.com|CNAME|") && ids.contains("|example.com|A|"), "{ids}");
        let dns = life.session.region(REGION);
        let id = life.state.rows[&urn("aws:route53:HostedZone", "main")].id.clone();
        let www = async || {
            let call = dns.route53().list_resource_record_sets().hosted_zone_id(&id);
            let call =
                call.start_record_name("www.example.com").start_record_type("CNAME".into()).max_items(1);
            let found = call.send().await.expect("records").resource_record_sets.into_iter().next();
            found.filter(|record| record.name() == "www.example.com.")
        };
        // The target is known some time after the domain stands.
        for _ in 0..200 {
            if life.plan(&graph).await.has_changes() || www().await.is_some() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let record = www().await.expect("Amplify's record");
        assert_eq!(record.ttl(), Some(500));
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        life.reach(&graph, "its targets are known").await;

        let delete = aws_sdk_route53::types::Change::builder()
            .action(aws_sdk_route53::types::ChangeAction::Delete)
            .resource_record_set(record)
            .build()
            .expect("a change");
        let batch = aws_sdk_route53::types::ChangeBatch::builder().changes(delete).build().expect("a batch");
        let call = dns.route53().change_resource_record_sets().hosted_zone_id(&id).change_batch(batch);
        call.send().await.expect("somebody takes it away");
        let plan = life.plan(&graph).await;
        assert!(changes(&plan)[0].starts_with("missing_records"), "{}", shown(&plan));
        life.reach(&graph, "written again").await;
        assert!(www().await.is_some());
        // A zone with records of its own could not be deleted.
        life.destroy("all of it").await;
    });
}

/// A zone in which no record of the domain can stand is refused at once, and what leads to the site is left.
#[test]
fn a_zone_that_does_not_lead_to_a_site_is_refused() {
    runtime().block_on(async {
        let fixture = Fixture::of("aws:amplify:DomainAssociation");
        let of = |zone: &str| {
            let mut graph = fixture.graph(&[(
                "hosted_zone_id",
                json!({"$output": format!("aws:route53:HostedZone/{zone}.id")}),
            )]);
            for (name, domain, vpc) in [("foreign", "example.org", false), ("inside", "example.com", true)] {
                let mut inputs = json!({"name": domain});
                if vpc {
                    inputs["vpcs"] =
                        json!([{"vpc_id": {"$output": "aws:ec2:Vpc/inside.id"}, "vpc_region": REGION}]);
                    let range = json!({"cidr_block": "10.9.0.0/16"});
                    graph.add(node("aws:ec2:Vpc", "inside", map(&range))).expect("names differ");
                }
                graph.add(node("aws:route53:HostedZone", name, map(&inputs))).expect("names differ");
            }
            graph
        };
        let mut life = Life::new().await;
        life.reach(&of("main"), "made").await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        life.reach(&of("main"), "its targets are known").await;
        let zone = life.state.rows[&urn("aws:route53:HostedZone", "main")].id.clone();
        let dns = life.session.region(REGION);
        let count = async || {
            let all = dns.route53().list_resource_record_sets().hosted_zone_id(&zone).send().await;
            all.expect("records").resource_record_sets.len()
        };
        let before = count().await;
        for zone in ["foreign", "inside"] {
            let outcome = life.up(&of(zone)).await;
            let said = format!("{:?}", outcome.errors);
            assert!(said.contains("does not lead to example.com"), "{zone}: {said}");
            assert_eq!(count().await, before, "{zone}: what leads to the site stands");
        }
        life.reach(&of("main"), "put right").await;
        life.destroy("all of it").await;
    });
}

fn map(json: &serde_json::Value) -> finsight_engine::value::Map {
    crate::fixture::value(json).as_map().cloned().expect("a map")
}

/// K5: a topic that was made again by another hand has no subscription.
#[test]
fn a_subscription_goes_with_its_topic() {
    runtime().block_on(async {
        let fixture = Fixture::of("aws:sns:Subscription");
        let graph = fixture.graph(&[]);
        let mut life = Life::new().await;
        life.reach(&graph, "made").await;
        let before = life.subject("aws:sns:Subscription");
        let topic = before.inputs.get("topic_arn").and_then(Value::as_text).expect("its topic").to_owned();
        let sns = life.session.region(REGION);
        let tags = sns.sns().list_tags_for_resource().resource_arn(&topic).send().await.expect("tags");
        sns.sns().delete_topic().topic_arn(&topic).send().await.expect("gone");
        let name = topic.rsplit(':').next().expect("a name");
        loop {
            let again = sns.sns().create_topic().name(name).set_tags(tags.tags.clone()).send().await;
            if again.is_ok() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        let plan = life.plan(&graph).await;
        assert_eq!(op(&plan), Op::Create, "{}", shown(&plan));
        life.reach(&graph, "subscribed again").await;
        assert_ne!(life.subject("aws:sns:Subscription").id, before.id);
    });
}

/// K18: one that nobody confirmed in time is no longer there, and not asked about with each run.
#[test]
fn a_subscription_that_lapsed_is_a_state_of_its_own() {
    runtime().block_on(async {
        const KIND: &str = "aws:sns:Subscription";
        let life = Life::new().await;
        let aws = life.session.region(REGION);
        let topic = aws.sns().create_topic().name("one").send().await.expect("a topic").topic_arn;
        let topic = topic.expect("an ARN");
        let inputs = Map::from([
            ("topic_arn".to_owned(), topic.as_str().into()),
            ("protocol".to_owned(), "email".into()),
            ("endpoint".to_owned(), "ops@example.com".into()),
        ]);
        let read = async |pending: bool| {
            let outputs = Map::from([("pending_confirmation".to_owned(), pending.into())]);
            let id = format!("{topic}:00000000-0000-0000-0000-000000000000");
            let target =
                Target { urn: urn(KIND, "subject"), id, inputs: inputs.clone(), outputs, awaited: false };
            let call = Call::Read { targets: vec![target] };
            life.aws.call(Request { type_name: KIND.to_owned(), region: REGION.to_owned(), call }).await
        };
        let Reply::Read(lapsed) = read(true).await else { panic!("no reading") };
        let [Reading::Found(live)] = lapsed.as_slice() else { panic!("{lapsed:?}") };
        assert_eq!(live.outputs.get("confirmation").and_then(Value::as_text), Some("lapsed"));
        assert_eq!(live.properties, inputs);
        assert_eq!(read(false).await, Reply::Read(vec![Reading::Absent]));
    });
}

async fn delete(life: &Life, kind: &str, id: &str, inputs: Map) -> Reply {
    let target =
        Target { urn: urn(kind, "subject"), id: id.to_owned(), inputs, outputs: Map::new(), awaited: false };
    let call = Call::Delete { target };
    life.aws.call(Request { type_name: kind.to_owned(), region: REGION.to_owned(), call }).await
}

/// K9: a bucket of logs is emptied page by page, and says how far it is.
#[test]
fn a_full_bucket_is_emptied_page_by_page() {
    runtime().block_on(async {
        const KIND: &str = "aws:s3:Bucket";
        let fixture = Fixture::of(KIND);
        let mut life = Life::new().await;
        let graph = fixture.graph(&[("force_destroy", json!(true))]);
        life.reach(&graph, "made").await;
        let s3 = life.session.region(REGION);
        for n in 0..1001 {
            let put = s3.s3().put_object().bucket("finsight-test-one").key(format!("logs/{n:05}"));
            put.send().await.expect("an object");
        }
        let inputs = Map::from([("force_destroy".to_owned(), true.into())]);
        let first = delete(&life, KIND, "finsight-test-one", inputs.clone()).await;
        let Reply::Emptying { so_far } = first else { panic!("{first:?}") };
        assert!(so_far.contains("1000 versions up from `logs/00000`"), "{so_far}");
        let then = delete(&life, KIND, "finsight-test-one", inputs.clone()).await;
        assert!(matches!(then, Reply::Emptying { .. }), "{then:?}");
        assert_eq!(delete(&life, KIND, "finsight-test-one", inputs).await, Reply::Gone);
        // K7: its name is not free at once, and is waited for.
        life.reach(&graph, "made again").await;
        life.destroy("all of it").await;
    });
}

/// K15, G13: a site and rules for other origins that somebody hung on a bucket are seen, and go.
#[test]
fn what_hangs_on_a_bucket_is_seen() {
    runtime().block_on(async {
        let fixture = Fixture::of("aws:s3:Bucket");
        let graph = fixture.graph(&[]);
        let mut life = Life::new().await;
        life.reach(&graph, "made").await;
        let s3 = life.session.region(REGION);
        let index = IndexDocument::builder().suffix("index.html").build().expect("an index");
        let site = WebsiteConfiguration::builder().index_document(index).build();
        let put = s3.s3().put_bucket_website().bucket("finsight-test-one").website_configuration(site);
        put.send().await.expect("a site");
        let plan = life.plan(&graph).await;
        assert!(changes(&plan)[0].starts_with("more_settings"), "{}", shown(&plan));
        life.reach(&graph, "taken off").await;
        let site = s3.s3().get_bucket_website().bucket("finsight-test-one").send().await;
        assert!(site.is_err(), "{site:?}");
        life.destroy("all of it").await;
    });
}

/// K15: calls at each object and copies elsewhere, likewise.
#[test]
fn who_is_told_of_objects_and_where_they_are_copied_is_seen() {
    use aws_sdk_s3::types::{
        BucketVersioningStatus, Destination, EventBridgeConfiguration, NotificationConfiguration,
        ReplicationConfiguration, ReplicationRule, ReplicationRuleFilter, ReplicationRuleStatus,
    };
    runtime().block_on(async {
        const NAME: &str = "finsight-test-one";
        let fixture = Fixture::of("aws:s3:Bucket");
        let versioned = json!(BucketVersioningStatus::Enabled.as_str());
        let graph = fixture.graph(&[("versioning_status", versioned)]);
        let mut life = Life::new().await;
        life.reach(&graph, "made").await;
        let s3 = life.session.region(REGION);
        let told = EventBridgeConfiguration::builder().build();
        let told = NotificationConfiguration::builder().event_bridge_configuration(told).build();
        let put = s3.s3().put_bucket_notification_configuration().bucket(NAME);
        put.notification_configuration(told).send().await.expect("somebody is told");
        let elsewhere = Destination::builder().bucket("arn:aws:s3:::elsewhere").build().expect("a bucket");
        let rule = ReplicationRule::builder().status(ReplicationRuleStatus::Enabled).destination(elsewhere);
        let every = ReplicationRuleFilter::builder().prefix("").build();
        let copied = ReplicationConfiguration::builder().role("arn:aws:iam::123456789012:role/copy");
        let copied =
            copied.rules(rule.filter(every).priority(1).build().expect("a rule")).build().expect("rules");
        let put = s3.s3().put_bucket_replication().bucket(NAME).replication_configuration(copied);
        put.send().await.expect("copies");
        let plan = life.plan(&graph).await;
        assert!(changes(&plan)[0].starts_with("more_settings"), "{}", shown(&plan));
        assert!(shown(&plan).contains("notifications") && shown(&plan).contains("replication"));
        life.reach(&graph, "taken off").await;
        assert!(s3.s3().get_bucket_replication().bucket(NAME).send().await.is_err());
        let told = s3.s3().get_bucket_notification_configuration().bucket(NAME).send().await.expect("read");
        assert!(told.event_bridge_configuration().is_none(), "{told:?}");
        life.destroy("all of it").await;
    });
}

/// H15: WAF writes IPv6 ranges out; a short one is the same.
#[test]
fn a_short_range_is_the_long_one_that_waf_gives_back() {
    runtime().block_on(async {
        const KIND: &str = "aws:wafv2:IPSet";
        let fixture = Fixture::of(KIND);
        let of = |ranges: serde_json::Value| {
            fixture.graph(&[("ip_address_version", json!("IPV6")), ("addresses", ranges)])
        };
        let mut life = Life::new().await;
        life.reach(&of(json!(["2001:db8::/32", "2001:DB8:1::7/128"])), "short").await;
        let long = json!(["2001:0db8:0001:0000:0000:0000:0000:0007/128", "2001:0db8::/32"]);
        let plan = life.plan(&of(long)).await;
        assert!(!plan.has_changes(), "{}", shown(&plan));
        life.reach(&of(json!(["2001:db8:2::/48"])), "another").await;
        life.destroy("all of it").await;
    });
}

/// A policy's name is told by its letters' case too.
#[test]
fn a_policy_that_another_hand_has_renamed_in_case_is_seen() {
    runtime().block_on(async {
        const KIND: &str = "aws:cloudfront:CachePolicy";
        let graph = Fixture::of(KIND).graph(&[("name", json!("pages"))]);
        let mut life = Life::new().await;
        life.reach(&graph, "made").await;
        let edge = life.session.region(REGION);
        let id = life.subject(KIND).id;
        let found = edge.cloudfront().get_cache_policy().id(&id).send().await.expect("read");
        let policy = found.cache_policy().and_then(|policy| policy.cache_policy_config()).expect("a policy");
        let mut config = policy.clone();
        config.name = "Pages".to_owned();
        let put =
            edge.cloudfront().update_cache_policy().id(&id).set_if_match(found.e_tag().map(str::to_owned));
        put.cache_policy_config(config).send().await.expect("renamed by hand");
        let plan = life.plan(&graph).await;
        assert_eq!((op(&plan), changes(&plan)), (Op::Update, vec!["name".to_owned()]), "{}", shown(&plan));
        life.reach(&graph, "named back").await;
        life.destroy("all of it").await;
    });
}

/// K14: new buckets refuse keys of the caller's, and go on to when their encryption changes: S3 lets them in where a put
/// does not say it again.
#[test]
fn a_block_of_other_encryptions_stays() {
    use aws_sdk_s3::types::EncryptionType;
    runtime().block_on(async {
        let fixture = Fixture::of("aws:s3:Bucket");
        let mut life = Life::new().await;
        let s3 = life.session.region(REGION);
        let blocked = async || {
            let found = s3.s3().get_bucket_encryption().bucket("finsight-test-one").send().await;
            let found = found.expect("read").server_side_encryption_configuration.expect("rules");
            let blocked = found.rules()[0].blocked_encryption_types().expect("a block");
            blocked.encryption_type().to_vec()
        };
        life.reach(&fixture.graph(&[]), "made").await;
        assert_eq!(blocked().await, [EncryptionType::SseC]);
        life.reach(&fixture.graph(&[("sse_algorithm", json!("aws:kms"))]), "changed").await;
        assert_eq!(blocked().await, [EncryptionType::SseC]);
        life.destroy("all of it").await;
    });
}

/// G9: the one topic of a notification is another one afterwards.
#[test]
fn a_budget_tells_another_topic() {
    runtime().block_on(async {
        let fixture = Fixture::of("aws:budgets:Budget");
        let mut life = Life::new().await;
        let tells = |topic: &str| {
            let address = json!({"$output": format!("aws:sns:Topic/{topic}.arn")});
            json!([{
                "notification_type": "ACTUAL", "comparison_operator": "GREATER_THAN", "threshold": 80,
                "threshold_type": "PERCENTAGE",
                "subscribers": [{"subscription_type": "SNS", "address": address}],
            }])
        };
        life.reach(&fixture.graph(&[("notifications", tells("a"))]), "made").await;
        life.reach(&fixture.graph(&[("notifications", tells("b"))]), "another topic").await;
    });
}

/// A6: what a certificate waits for is said, with the servers to delegate its zone to.
#[test]
fn a_certificate_says_what_it_waits_for() {
    runtime().block_on(async {
        let life = Life::new().await;
        let aws = life.session.region(REGION);
        let zone = aws.route53().create_hosted_zone().name("example.com").caller_reference("a");
        let zone = zone.send().await.expect("a zone");
        let servers = zone.delegation_set().expect("its servers").name_servers().to_vec();
        let certificate = aws.acm().request_certificate().domain_name("api.example.com");
        let certificate = certificate.validation_method("DNS".into()).send().await.expect("asked for");
        let arn = certificate.certificate_arn().expect("an ARN").to_owned();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let kind = "aws:acm:CertificateValidation";
        let inputs = Map::from([("certificate_arn".to_owned(), arn.as_str().into())]);
        let target =
            Target { urn: urn(kind, "subject"), id: arn, inputs, outputs: Map::new(), awaited: false };
        let call = Call::Read { targets: vec![target] };
        let request = Request { type_name: kind.to_owned(), region: REGION.to_owned(), call };
        let Reply::Read(readings) = life.aws.call(request).await else { panic!("no reading") };
        let [Reading::Found(live)] = readings.as_slice() else { panic!("{readings:?}") };
        let Health::Pending(why) = &live.health else { panic!("{:?}", live.health) };
        assert!(why.contains("example.com is not delegated yet"), "{why}");
        assert!(servers.iter().all(|server| why.contains(server.as_str())), "{why}");
    });
}

/// Refuses one operation, always.
struct Refuses(&'static str, u16, &'static str, &'static str);

impl Faults for Refuses {
    fn before(&self, call: &CallInfo) -> Option<Fault> {
        let Self(operation, status, code, message) = *self;
        let fault = Fault::Respond { status, code: code.to_owned(), message: message.to_owned() };
        (call.operation == operation).then_some(fault)
    }
}

async fn refused(kind: &str, fault: Refuses) -> (FailureClass, String) {
    let fixture = Fixture::of(kind);
    let mut life = Life::new().await;
    life.reach(&fixture.graph(&[]), "made").await;
    let inputs = life.subject(kind).inputs;
    life.cloud.set_faults(Some(Arc::new(fault)));
    let call = Call::Create { owner: OwnerId("another".to_owned()), inputs };
    let request = Request { type_name: kind.to_owned(), region: REGION.to_owned(), call };
    match life.aws.call(request).await {
        Reply::Failed(failure) => (failure.class, failure.message),
        other => panic!("{other:?}"),
    }
}

/// X3, X6, A4, K16: what a new account, a new bucket and old tags make AWS answer, and what is meant for good.
#[test]
fn refusals_of_a_first_day_are_told_apart() {
    let verified = "Your account must be verified before you can add new CloudFront resources. To verify your account, please contact AWS Support (https://console.aws.amazon.com/support/home#/) and include this error message.";
    let logs = "The S3 bucket that you specified for CloudFront logs doesn't exist: logs.s3.amazonaws.com";
    let edge = "aws:cloudfront:Distribution";
    let of = |code, message| Refuses("CreateDistributionWithTags", 400, code, message);
    runtime().block_on(async {
        let (class, message) = refused(edge, of("AccessDenied", verified)).await;
        assert_eq!(class, FailureClass::Quota);
        assert!(message.contains("contact AWS Support"), "{message}");
        assert_eq!(refused(edge, of("InvalidArgument", logs)).await.0, FailureClass::Absent);
        assert_eq!(refused(edge, of("InvalidWebACLId", "not valid")).await.0, FailureClass::Absent);
        let certificate = "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.";
        assert_eq!(refused(edge, of("InvalidViewerCertificate", certificate)).await.0, FailureClass::Absent);
        assert_eq!(refused(edge, of("IllegalUpdate", "not allowed")).await.0, FailureClass::Invalid);
        let stale = Refuses("CreateTopic", 400, "StaleTag", "Wait a short while and then retry");
        assert_eq!(refused("aws:sns:Topic", stale).await.0, FailureClass::NotYet);
        let bucket = Refuses("CreateTrail", 404, "S3BucketDoesNotExistException", "S3 bucket does not exist!");
        assert_eq!(refused("aws:cloudtrail:Trail", bucket).await.0, FailureClass::Absent);
    });
}
