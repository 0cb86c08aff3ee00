//! What stands and is not on record: looked for by name, by tag, by what it holds; and what waits for its end.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use finsight_aws::strangers;
use finsight_engine::contract::{Call, Health, Live, Reading, Reply, Standing};
use finsight_engine::schema::Identity;
use finsight_engine::state::Row;
use finsight_engine::value::Value;
use finsight_local::LocalCloud;
use serde_json::{Value as Json, json};

use crate::fixture::{Fixture, REGION};
use crate::life::Life;
use crate::{runtime, subjects};

const SECRET: &str = "aws:secretsmanager:Secret";
const KEY: &str = "aws:kms:Key";

async fn sdk(life: &Life) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .retry_config(RetryConfig::disabled())
        .http_client(life.cloud.http_client())
        .credentials_provider(LocalCloud::credentials())
        .load()
        .await
}

async fn look(life: &Life, row: &Row) -> Vec<Standing> {
    match life.call(row, Call::Look { inputs: row.inputs.clone() }).await {
        Reply::Standing(found) => found,
        other => panic!("{}: {other:?}", row.urn),
    }
}

async fn read(life: &Life, row: &Row) -> Live {
    match life.call(row, Call::Read { targets: vec![row.target()] }).await {
        Reply::Read(readings) => match readings.into_iter().next() {
            Some(Reading::Found(live)) => *live,
            other => panic!("{}: {other:?}", row.urn),
        },
        other => panic!("{}: {other:?}", row.urn),
    }
}

async fn holders(life: &Life, row: &Row) -> Vec<String> {
    match life.call(row, Call::Holders { target: row.target() }).await {
        Reply::Held(found) => found,
        other => panic!("{}: {other:?}", row.urn),
    }
}

/// E14: a name that is taken is found, with the stack that took it.
#[test]
fn what_stands_under_a_name_is_found() {
    let mut types = 0;
    runtime().block_on(async {
        for spec in &subjects() {
            if !matches!(spec.identity, Identity::Named { .. }) {
                continue;
            }
            let fixture = Fixture::of(spec.name);
            let mut life = Life::new().await;
            life.reach(&fixture.graph(&[]), spec.name).await;
            let row = life.subject(spec.name);
            let stack = spec.taggable().then(|| "test".to_owned());
            let expected = Standing { id: row.id.clone(), stack, deleting: false };
            assert_eq!(look(&life, &row).await, [expected], "{}", spec.name);
            life.destroy(spec.name).await;
            let left = look(&life, &row).await;
            assert!(left.iter().all(|standing| standing.deleting), "{}: {left:?}", spec.name);
            types += 1;
        }
    });
    println!("looked for by name: {types} types");
}

/// N12: what AWS allows once is found by whoever has it, also where AWS gives the ids: an old record that does
/// not know it must not wait for it.
#[test]
fn what_has_a_claim_is_found() {
    let mut claims = 0;
    runtime().block_on(async {
        for spec in &subjects() {
            if !matches!(spec.identity, Identity::Minted { .. }) {
                continue;
            }
            for set in spec.exclusive {
                let fixture = Fixture::of(spec.name);
                let mut life = Life::new().await;
                life.reach(&fixture.graph(&claiming(&fixture, set)), spec.name).await;
                let row = life.subject(spec.name);
                let stack = spec.taggable().then(|| "test".to_owned());
                let expected = Standing { id: row.id.clone(), stack, deleting: false };
                let found = look(&life, &row).await;
                assert!(found.contains(&expected), "{}, {set:?}: {found:?}", spec.name);
                life.destroy(spec.name).await;
                let left = look(&life, &row).await;
                let gone = left.iter().all(|standing| standing.id != row.id || standing.deleting);
                assert!(gone, "{}, {set:?}: {left:?}", spec.name);
                claims += 1;
            }
        }
    });
    println!("looked for by claim: {claims} claims");
    assert!(claims > 6);
}

/// What a fixture has to say for its resource to have a claim.
fn claiming<'a>(fixture: &'a Fixture, claim: &[&'a str]) -> Vec<(&'a str, Json)> {
    let says = |value: &Json| !matches!(value, Json::Null | Json::Bool(false)) && *value != json!([]);
    let missing = |name: &&&str| !fixture.base.get(**name).is_some_and(says);
    let mut inputs = Vec::new();
    for name in claim.iter().filter(missing) {
        let samples = fixture.samples.get(*name).into_iter().flat_map(|(one, other)| [one, other]);
        let sample = samples.into_iter().find(|value| says(value));
        inputs.extend(fixture.beside(name));
        inputs.extend(sample.map(|value| (*name, value.clone())));
    }
    inputs
}

/// Types that no list of tags has, each with the reason.
const UNLISTED: &[(&str, &str)] = &[
    ("aws:applicationautoscaling:ScalableTarget", "the embedded AWS does not list it"),
    ("aws:budgets:Budget", "the embedded AWS does not list it"),
    ("aws:rds:DBSnapshot", "a backup is meant to outlive what it is of"),
];

/// N1: what carries the stack's tag is found, whatever its service.
#[test]
fn what_carries_the_stack_s_tag_is_found() {
    let mut types = 0;
    runtime().block_on(async {
        for spec in &subjects() {
            if !spec.taggable() || UNLISTED.iter().any(|(name, _)| *name == spec.name) {
                continue;
            }
            let fixture = Fixture::of(spec.name);
            let mut life = Life::new().await;
            life.reach(&fixture.graph(&[]), spec.name).await;
            let row = life.subject(spec.name);
            let on_record = |tagged: &finsight_aws::Tagged| {
                life.state.all_rows().any(|row| tagged.is(&row.id, &row.region, &row.outputs))
            };
            let none = strangers(&life.session, &[REGION], "test", &on_record).await.expect("a list");
            assert!(none.is_empty(), "{}: {none:?} is on record", spec.name);
            let others = |tagged: &finsight_aws::Tagged| {
                let mut others =
                    life.state.all_rows().filter(|other| other.id != row.id || other.urn != row.urn);
                others.any(|other| tagged.is(&other.id, &other.region, &other.outputs))
            };
            let found = strangers(&life.session, &[REGION], "test", &others).await.expect("a list");
            assert_eq!(found.len(), 1, "{}: {found:?}", spec.name);
            assert!(found[0].is(&row.id, &row.region, &row.outputs), "{}: {found:?}", spec.name);
            let of_another = strangers(&life.session, &[REGION], "other", &|_| false).await.expect("a list");
            assert!(of_another.is_empty(), "{}: {of_another:?}", spec.name);
            life.destroy(spec.name).await;
            let left = strangers(&life.session, &[REGION], "test", &|_| false).await.expect("a list");
            assert!(left.is_empty(), "{}: {left:?} does not stand", spec.name);
            types += 1;
        }
    });
    println!("found by tag: {types} types");
}

/// E6: a secret that waits for its end is told from one that is gone, and comes back.
#[test]
fn a_secret_that_waits_for_its_end_is_found_and_restored() {
    runtime().block_on(async {
        let fixture = Fixture::of(SECRET);
        let mut life = Life::new().await;
        let graph = fixture.graph(&[("generate", json!({"length": 20}))]);
        life.reach(&graph, SECRET).await;
        let row = life.subject(SECRET);
        let client = aws_sdk_secretsmanager::Client::new(&sdk(&life).await);
        client.delete_secret().secret_id(&row.id).recovery_window_in_days(7).send().await.expect("a delete");

        let expected = Standing { id: row.id.clone(), stack: Some("test".to_owned()), deleting: true };
        assert_eq!(look(&life, &row).await, [expected]);
        let waiting = read(&life, &row).await;
        assert!(matches!(waiting.health, Health::Deleting(_)), "{:?}", waiting.health);
        assert_eq!(waiting.properties.get("name"), row.inputs.get("name"));
        assert_eq!(waiting.properties.get("resource_policy"), Some(&Value::Unknown));
        assert_eq!(waiting.outputs.get("secret_string"), Some(&Value::Unknown));

        for _ in 0..2 {
            let reply = life.call(&row, Call::Restore { target: row.target() }).await;
            assert_eq!(reply, Reply::Restored);
        }
        let back = read(&life, &row).await;
        assert_eq!(back.health, Health::Ready);
        assert!(back.outputs.get("secret_string").is_some_and(Value::has_secret));
        life.reach(&graph, "restored").await;
    });
}

/// E6: likewise a key, which is told by its tags.
#[test]
fn a_key_that_waits_for_its_end_is_found_and_restored() {
    runtime().block_on(async {
        let fixture = Fixture::of(KEY);
        let mut life = Life::new().await;
        let graph = fixture.graph(&[]);
        life.reach(&graph, KEY).await;
        let row = life.subject(KEY);
        assert_eq!(look(&life, &row).await, [], "a key that lives is no one else's name");
        let client = aws_sdk_kms::Client::new(&sdk(&life).await);
        client
            .schedule_key_deletion()
            .key_id(&row.id)
            .pending_window_in_days(7)
            .send()
            .await
            .expect("a delete");

        let expected = Standing { id: row.id.clone(), stack: Some("test".to_owned()), deleting: true };
        assert_eq!(look(&life, &row).await, [expected]);
        let waiting = read(&life, &row).await;
        assert!(matches!(waiting.health, Health::Deleting(_)), "{:?}", waiting.health);

        for _ in 0..2 {
            let reply = life.call(&row, Call::Restore { target: row.target() }).await;
            assert_eq!(reply, Reply::Restored);
        }
        let back = read(&life, &row).await;
        assert_eq!(back.health, Health::Ready);
        assert_eq!(back.properties.get("enabled"), Some(&Value::Bool(true)));
        life.reach(&graph, "restored").await;
    });
}

/// E5: what its key does not open any more is unknown, and not gone.
#[test]
fn a_value_behind_a_disabled_key_is_unknown() {
    runtime().block_on(async {
        let fixture = Fixture::of(SECRET);
        let mut life = Life::new().await;
        let key = json!({"$output": "aws:kms:Key/a.id"});
        life.reach(&fixture.graph(&[("generate", json!({"length": 20})), ("kms_key_id", key)]), SECRET).await;
        let row = life.subject(SECRET);
        assert!(read(&life, &row).await.outputs.get("secret_string").is_some_and(Value::has_secret));
        let key = row.inputs.get("kms_key_id").and_then(Value::as_text).expect("a key");
        let client = aws_sdk_kms::Client::new(&sdk(&life).await);
        client.disable_key().key_id(key).send().await.expect("it is disabled");
        assert_eq!(read(&life, &row).await.outputs.get("secret_string"), Some(&Value::Unknown));
    });
}

/// E13: a public zone of the name is no private one, and the other way round.
#[test]
fn a_zone_of_the_same_name_is_found() {
    runtime().block_on(async {
        let name = "aws:route53:HostedZone";
        let fixture = Fixture::of(name);
        let mut life = Life::new().await;
        life.reach(&fixture.graph(&[]), name).await;
        let row = life.subject(name);
        let found = look(&life, &row).await;
        assert_eq!(found, [Standing { id: row.id.clone(), stack: Some("test".to_owned()), deleting: false }]);
        let client = aws_sdk_route53::Client::new(&sdk(&life).await);
        let zone = row.inputs.get("name").and_then(Value::as_text).expect("a name");
        let made = client.create_hosted_zone().name(zone).caller_reference("by hand").send().await;
        let by_hand = made.expect("a public zone").hosted_zone.expect("it").id;
        let by_hand = by_hand.trim_start_matches("/hostedzone/");
        let mut public = row.clone();
        public.inputs.remove("vpcs");
        let found = look(&life, &public).await;
        assert!(
            found.contains(&Standing { id: by_hand.to_owned(), stack: None, deleting: false }),
            "{found:?}"
        );
        let private = row.inputs.get("vpcs").and_then(Value::as_list).is_some_and(|vpcs| !vpcs.is_empty());
        assert_eq!(look(&life, &row).await.len(), if private { 1 } else { 2 });
    });
}

/// G6: what of other hands keeps a thing is named by its id.
#[test]
fn holders_are_named_by_their_ids() {
    runtime().block_on(async {
        let name = "aws:ec2:Vpc";
        let mut life = Life::new().await;
        life.reach(&Fixture::of(name).graph(&[]), name).await;
        let row = life.subject(name);
        assert_eq!(holders(&life, &row).await, [] as [String; 0], "what AWS makes with it goes with it");
        let ec2 = aws_sdk_ec2::Client::new(&sdk(&life).await);
        let subnet =
            ec2.create_subnet().vpc_id(&row.id).cidr_block("10.0.9.0/24").send().await.expect("a subnet");
        let subnet = subnet.subnet.and_then(|subnet| subnet.subnet_id).expect("its id");
        let group = ec2.create_security_group().vpc_id(&row.id).group_name("mine").description("by hand");
        let group = group.send().await.expect("a group").group_id.expect("its id");
        let mut expected = vec![format!("{subnet} (subnet)"), format!("{group} (security group mine)")];
        expected.sort();
        assert_eq!(holders(&life, &row).await, expected);

        let name = "aws:ec2:SecurityGroup";
        let mut life = Life::new().await;
        life.reach(&Fixture::of(name).graph(&[]), name).await;
        let row = life.subject(name);
        let before = holders(&life, &row).await;
        let ec2 = aws_sdk_ec2::Client::new(&sdk(&life).await);
        let vpc = row.inputs.get("vpc_id").and_then(Value::as_text).expect("a VPC");
        let group = ec2.create_security_group().vpc_id(vpc).group_name("mine").description("by hand");
        let group = group.send().await.expect("a group").group_id.expect("its id");
        let pair = aws_sdk_ec2::types::UserIdGroupPair::builder().group_id(&row.id).build();
        let rule =
            aws_sdk_ec2::types::IpPermission::builder().ip_protocol("-1").user_id_group_pairs(pair).build();
        let call = ec2.authorize_security_group_ingress().group_id(&group).ip_permissions(rule);
        call.send().await.expect("a rule");
        let held = holders(&life, &row).await;
        assert_eq!(held.len(), before.len() + 1, "{held:?}");
        assert!(held.contains(&format!("{group} (security group mine, by a rule)")), "{held:?}");

        let name = "aws:route53:HostedZone";
        let mut life = Life::new().await;
        life.reach(&Fixture::of(name).graph(&[]), name).await;
        let row = life.subject(name);
        assert_eq!(holders(&life, &row).await, [] as [String; 0], "NS and SOA go with the zone");

        let name = "aws:s3:Bucket";
        let mut life = Life::new().await;
        life.reach(&Fixture::of(name).graph(&[]), name).await;
        let row = life.subject(name);
        let s3 = aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::config::Builder::from(&sdk(&life).await).force_path_style(true).build(),
        );
        let put = s3.put_object().bucket(&row.id).key("by-hand").body(b"x".to_vec().into());
        put.send().await.expect("an object");
        assert_eq!(holders(&life, &row).await, [format!("{}/by-hand (object)", row.id)]);

        let name = "aws:apigateway:Stage";
        let mut life = Life::new().await;
        life.reach(&Fixture::of("aws:wafv2:WebACLAssociation").graph(&[]), "a web ACL with a stage").await;
        let association = life.subject("aws:wafv2:WebACLAssociation");
        let acl = life.state.all_rows().find(|row| {
            association
                .edges
                .iter()
                .any(|edge| edge.owner == row.owner && row.urn.type_name() == "aws:wafv2:WebACL")
        });
        let acl = acl.expect("the web ACL").clone();
        assert_eq!(holders(&life, &acl).await, std::slice::from_ref(&association.id), "{name}");

        let name = "aws:scheduler:ScheduleGroup";
        let mut life = Life::new().await;
        life.reach(&Fixture::of(name).graph(&[]), name).await;
        assert_eq!(holders(&life, &life.subject(name)).await, [] as [String; 0]);
    });
}
