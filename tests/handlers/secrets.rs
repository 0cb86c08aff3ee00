//! Secrets within larger properties: the header that CloudFront proves itself with, and the rule that asks for it.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_types::Blob;
use finsight_engine::contract::{Call, Reading, Reply};
use finsight_engine::plan::Op;
use finsight_engine::secret::Sealer;
use finsight_local::LocalCloud;
use serde_json::{Value as Json, json};

use crate::fixture::{Fixture, REGION, urn};
use crate::life::{Life, shown};
use crate::runtime;

const FIRST: &str = "first-secret-value";
const SECOND: &str = "second-secret-value";
const THIRD: &str = "set-by-someone-else";

struct Blackout;

impl Sealer for Blackout {
    fn seal(&self, clear: &str) -> String {
        format!("sealed {} characters", clear.len())
    }

    fn open(&self, _sealed: &str) -> Result<String, String> {
        Err("not in this test".to_owned())
    }
}

async fn sdk(life: &Life) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .retry_config(RetryConfig::disabled())
        .http_client(life.cloud.http_client())
        .credentials_provider(LocalCloud::credentials())
        .load()
        .await
}

#[track_caller]
fn clean(what: &str, text: &str) {
    for secret in [FIRST, SECOND, THIRD] {
        assert!(!text.contains(secret), "{what} shows a secret: {text}");
    }
}

/// A life with a first secret, a second one by the program, and a third by someone else.
async fn kept(type_name: &str, first: &[(&str, Json)], second: &[(&str, Json)]) -> Life {
    let fixture = Fixture::of(type_name);
    let mut life = Life::new().await;
    life.reach(&fixture.graph(first), "set at create").await;

    let row = life.subject(type_name);
    let reply = life.call(&row, Call::Read { targets: vec![row.target()] }).await;
    clean("a read", &format!("{reply:?}"));
    let Reply::Read(readings) = reply else { panic!("a read answers with readings") };
    let Some(Reading::Found(live)) = readings.first() else { panic!("{type_name} stands") };
    assert!(live.properties.values().any(|value| value.has_secret()), "a read marks the secret");
    assert!(serde_json::to_string(&live.properties).is_err(), "what is read cannot be written unsealed");

    assert!(serde_json::to_string(&row).is_err(), "a row cannot be written unsealed");
    let mut stored = row.clone();
    stored.inputs.values_mut().for_each(|value| value.seal(&Blackout));
    let text = serde_json::to_string(&stored).expect("a sealed row can be written");
    assert!(text.contains("sealed 18 characters"));
    clean("the row", &text);

    let plan = life.plan(&fixture.graph(second)).await;
    assert!(plan.has_changes());
    clean("the plan of a new secret", &format!("{plan:?} {}", shown(&plan)));
    life.reach(&fixture.graph(second), "changed").await;
    life
}

/// Someone else's secret is a difference, is not shown, and goes with the next run.
async fn healed(life: &mut Life, type_name: &str, inputs: &[(&str, Json)]) {
    let graph = Fixture::of(type_name).graph(inputs);
    let plan = life.plan(&graph).await;
    let step = plan.step(&urn(type_name, "subject")).expect("the subject has a step");
    assert_eq!(step.op, Op::Update);
    clean("the plan of a drift", &format!("{plan:?} {}", shown(&plan)));
    if let Ok(text) = serde_json::to_string(&plan) {
        clean("the plan's file", &text);
    }
    life.reach(&graph, "healed").await;
    life.destroy("destroyed").await;
}

#[test]
fn the_secret_header_of_an_origin_is_compared_and_never_shown() {
    runtime().block_on(async {
        let type_name = "aws:cloudfront:Distribution";
        let samples = Fixture::of(type_name).samples;
        let (first, second) = &samples["origins"];
        let with = [("origins", second.clone())];
        let mut life = kept(type_name, &[("origins", first.clone())], &with).await;

        let edge = aws_sdk_cloudfront::Client::new(&sdk(&life).await);
        let id = life.subject(type_name).id;
        let got = edge.get_distribution_config().id(&id).send().await.expect("it stands");
        let etag = got.e_tag().expect("an ETag").to_owned();
        let mut config = got.distribution_config.expect("a configuration");
        let origins = config.origins.as_mut().expect("origins");
        for origin in origins.items.iter_mut().filter(|origin| origin.id == "api") {
            let headers = origin.custom_headers.as_mut().and_then(|headers| headers.items.as_mut());
            headers.expect("headers")[0].header_value = THIRD.to_owned();
        }
        let call = edge.update_distribution().id(&id).if_match(etag).distribution_config(config);
        call.send().await.expect("an update");
        healed(&mut life, type_name, &with).await;
    });
}

#[test]
fn the_secret_of_a_rule_is_compared_and_never_shown() {
    runtime().block_on(async {
        let type_name = "aws:wafv2:WebACL";
        let fixture = Fixture::of(type_name);
        let (first, second) = fixture.samples["rules"].clone();
        let beside = fixture.beside("rules");
        let inputs = |rules: Json| [vec![("rules", rules)], beside.clone()].concat();
        let mut life = kept(type_name, &inputs(first), &inputs(second.clone())).await;

        let waf = aws_sdk_wafv2::Client::new(&sdk(&life).await);
        let arn = life.subject(type_name).outputs["arn"].as_text().expect("an ARN").to_owned();
        let got = waf.get_web_acl().arn(&arn).send().await.expect("it stands");
        let acl = got.web_acl.expect("a web ACL");
        let mut rules = acl.rules.expect("rules");
        for rule in rules.iter_mut().filter(|rule| rule.name == "origin") {
            let not = rule.statement.as_mut().and_then(|statement| statement.not_statement.as_mut());
            let inner = not.and_then(|not| not.statement.as_mut()).expect("a statement");
            inner.byte_match_statement.as_mut().expect("a text").search_string = Blob::new(THIRD);
        }
        let call = waf.update_web_acl().name(&acl.name).id(&acl.id).scope("REGIONAL".into());
        let call = call.set_default_action(acl.default_action).set_visibility_config(acl.visibility_config);
        let call = call.set_custom_response_bodies(acl.custom_response_bodies).set_rules(Some(rules));
        call.set_lock_token(got.lock_token).send().await.expect("an update");
        healed(&mut life, type_name, &inputs(second)).await;
    });
}

#[test]
fn an_error_that_repeats_a_secret_is_told_without_it() {
    runtime().block_on(async {
        let fixture = Fixture::of("aws:wafv2:WebACL");
        let long = SECOND.repeat(20);
        let statement = json!({"byte_match_statement": {
            "field_to_match": {"single_header": {"name": "x-origin-verify"}}, "text_transformations": ["NONE"],
            "positional_constraint": "EXACTLY", "search_string": {"$secret": long}}});
        let rule = json!({"priority": 0, "statement": statement, "action": {"block": {}}, "visibility_config": {
            "metric_name": "m", "cloud_watch_metrics_enabled": true, "sampled_requests_enabled": true}});
        let mut life = Life::new().await;
        let outcome = life.up(&fixture.graph(&[("rules", json!({"origin": rule}))])).await;
        let told = format!("{:?}", outcome.errors);
        assert!(told.contains("WAFInvalidParameterException") && told.contains("(secret)"), "{told}");
        clean("the error", &told);
    });
}
