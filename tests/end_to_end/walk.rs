//! Issue "Seen to work": the walk of `local try` through dev and prod as they are deployed, and that it sees what is taken
//! away.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::site::REGION;
use crate::support::{Served, Site};

/// The functions of this project, built from it.
struct Binaries {
    authorizer: PathBuf,
    notifier: PathBuf,
}

fn binaries() -> &'static Binaries {
    static BUILT: OnceLock<Binaries> = OnceLock::new();
    BUILT.get_or_init(|| {
        // Beside the command, where a test of the whole workspace has built them already.
        let folder = Path::new(env!("CARGO_BIN_EXE_finsight-deploy")).parent().expect("a folder");
        let names = ["finsight-authorizer", "finsight-slack-notifier"];
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--locked", "--workspace"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        for name in names {
            cargo.args(["--bin", name]);
        }
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        cargo.env("CARGO_TARGET_DIR", folder.parent().expect("the target folder"));
        let built = cargo.output().expect("cargo runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let [authorizer, notifier] = names.map(|name| folder.join(name));
        Binaries { authorizer, notifier }
    })
}

/// A stack that stands with its own functions in the embedded AWS.
fn deployed(stack: &str) -> Site {
    let site = Site::local(stack);
    let Binaries { authorizer, notifier } = binaries();
    for (owner, path) in [("authorizer", authorizer), ("slack", notifier)] {
        let with = |code: &str| format!("\"{owner}\": {{\n      \"code\": \"{code}\"");
        site.edit_config(&with("placeholder"), &with(&path.display().to_string()));
    }
    site.run(&["up", "--yes"]).ok();
    site
}

/// All that is wrong, by the line that says it.
fn wrong(walk: &Value) -> Vec<(String, String)> {
    let rows = ["requests", "alarms"].iter().flat_map(|part| walk[*part].as_array().expect("rows"));
    let of = |row: &Value| -> Vec<(String, String)> {
        let all = row["wrong"].as_array().expect("a list").iter();
        all.map(|why| (text(&row["what"]), text(why))).collect()
    };
    rows.flat_map(of).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The whole walk: everything is as it should be, and every answer can be read by the page that asked.
fn walks(stack: &str) {
    let site = deployed(stack);
    let before = site.hash(".finsight/local/_aws");
    let run = site.run(&["local", "try", "--json"]);
    let walk = run.json();
    assert_eq!(wrong(&walk), [], "{stack}");
    assert_eq!((run.code, &walk["good"]), (Some(0), &Value::Bool(true)), "{}", run.stderr);
    assert_eq!(site.hash(".finsight/local/_aws"), before, "a walk changes nothing");

    let rows = walk["requests"].as_array().expect("requests");
    let origins: Vec<&str> = rows.iter().filter_map(|row| row["origin"].as_str()).collect();
    assert!(origins.len() > 20, "{origins:?}");
    // Done 3: each failure shows the browser an answer with CORS headers.
    let failures = rows.iter().filter(|row| row["reply"]["status"].as_u64().is_some_and(|code| code >= 400));
    let failures: Vec<&Value> = failures.filter(|row| row["what"] != "/users past CloudFront").collect();
    assert!(failures.len() >= 14, "{}", failures.len());
    for row in failures {
        assert_eq!(row["reply"]["headers"]["access-control-allow-origin"], row["origin"], "{row}");
    }
    let statuses = |what: &str| -> Vec<u64> {
        let fits = |row: &&Value| row["what"].as_str().is_some_and(|text| text.contains(what));
        rows.iter().filter(fits).filter_map(|row| row["reply"]["status"].as_u64()).collect()
    };
    for (what, expected) in [
        ("no token", 401),
        ("expired token", 401),
        ("forged token", 401),
        ("Auth0 is away", 500),
        ("16 KB", 403),
        ("10 MB", 413),
        ("takes a minute", 502),
        ("without its database", 503),
        ("calls at once", 429),
        ("log-ins in", 403),
        ("requests in", 403),
        ("past CloudFront", 403),
    ] {
        assert_eq!(statuses(what), [expected], "{stack}: {what}");
    }
    let alarms = walk["alarms"].as_array().expect("alarms");
    assert!(alarms.len() >= 20, "{}", alarms.len());
    let heard = walk["alarms"].to_string();
    assert!(heard.contains("slack-notifier") && heard.contains("mail to ops@finsight.com"), "{heard}");
    site.run(&["local", "try"]).ok().says(&["as they should be", "preflight of /users", "429"]);
}

#[test]
fn dev_works_as_browsers_and_people_see_it() {
    walks("dev");
}

#[test]
fn prod_works_as_browsers_and_people_see_it() {
    walks("prod");
}

#[test]
fn placeholders_are_told_as_such() {
    let site = Site::local("dev");
    site.run(&["up", "--yes"]).ok();
    let run = site.run(&["local", "try"]).exit(1);
    run.says(&["it is a placeholder, which takes none", "is a placeholder, which drops what it gets"]);
}

#[test]
fn a_stack_that_does_not_stand_is_refused() {
    Site::local("dev").run(&["local", "try"]).exit(1).says(&["PLAN-NEVER-WAS"]);
}

/// What is taken away is seen, at its place; each fault in a copy of one account.
#[test]
fn what_is_taken_away_is_seen_at_its_place() {
    let site = deployed("dev");
    let kept = site.path(".finsight/local/_aws");
    let sound = site.path("sound");
    copy(&kept, &sound);
    for (fault, place) in faults() {
        std::fs::remove_dir_all(&kept).expect("it goes");
        copy(&sound, &kept);
        let served = Served::open(&kept);
        fault(&served);
        drop(served);
        let run = site.run(&["local", "try", "--json"]).exit(1);
        let found = wrong(&run.json());
        assert!(
            found.iter().any(|(_, why)| place.iter().all(|part| why.contains(part))),
            "{place:?}: {found:?}"
        );
    }
}

type Fault = fn(&Served);

/// Each fault, and what is said of it.
fn faults() -> Vec<(Fault, &'static [&'static str])> {
    vec![
        (
            without_cors_of_a_gateway_response,
            &["stage v1 of finsight-api-dev", "its own answer has no CORS header"],
        ),
        (without_a_route, &["stage v1 of finsight-api-dev", "it has no method GET /users"]),
        (without_the_origin_header, &["web ACL finsight-regional-dev"]),
        (
            without_a_permission,
            &["function finsight-users-dev:live", "does not let apigateway.amazonaws.com call it"],
        ),
        (without_the_authorizers_permission, &["authorizer auth0", "function finsight-authorizer-dev:live"]),
        (without_the_name, &["DNS", "no public zone has an address for api.dev.finsight.com"]),
        (without_the_page, &["distribution", "cannot show /errors/unavailable.json"]),
        (without_the_topics_policy, &["topic finsight-alarms-dev", "its policy does not let cloudwatch"]),
        (
            without_the_notifiers_permission,
            &["function finsight-slack-notifier-dev:live", "does not let sns"],
        ),
    ]
}

fn without_cors_of_a_gateway_response(served: &Served) {
    let gateway = aws_sdk_apigateway::Client::new(&served.sdk(REGION));
    served.block(async {
        let api = api(&gateway).await;
        let kind = aws_sdk_apigateway::types::GatewayResponseType::Default4Xx;
        gateway
            .delete_gateway_response()
            .rest_api_id(&api)
            .response_type(kind)
            .send()
            .await
            .expect("it goes");
        deploy(&gateway, &api).await;
    });
}

fn without_a_route(served: &Served) {
    let gateway = aws_sdk_apigateway::Client::new(&served.sdk(REGION));
    served.block(async {
        let api = api(&gateway).await;
        let all = gateway.get_resources().rest_api_id(&api).limit(500).send().await.expect("resources");
        let users = all.items().iter().find(|one| one.path() == Some("/users")).expect("it");
        let gone = gateway.delete_method().rest_api_id(&api).resource_id(users.id().expect("an id"));
        gone.http_method("ANY").send().await.expect("it goes");
        deploy(&gateway, &api).await;
    });
}

async fn api(gateway: &aws_sdk_apigateway::Client) -> String {
    let all = gateway.get_rest_apis().send().await.expect("APIs");
    all.items()[0].id().expect("an id").to_owned()
}

/// A change of an API is met by requests once it is deployed.
async fn deploy(gateway: &aws_sdk_apigateway::Client, api: &str) {
    gateway.create_deployment().rest_api_id(api).stage_name("v1").send().await.expect("it is deployed");
}

fn without_the_origin_header(served: &Served) {
    let cloudfront = aws_sdk_cloudfront::Client::new(&served.sdk("us-east-1"));
    served.block(async {
        let all = cloudfront.list_distributions().send().await.expect("distributions");
        let id = all.distribution_list().expect("a list").items()[0].id().to_owned();
        let found = cloudfront.get_distribution_config().id(&id).send().await.expect("its config");
        let mut config = found.distribution_config().expect("a config").clone();
        let origins = config.origins.as_mut().expect("origins");
        for origin in &mut origins.items {
            if let Some(headers) = origin.custom_headers.as_mut() {
                let items = headers.items.get_or_insert_default();
                items.retain(|header| header.header_name() != "x-finsight-origin");
                headers.quantity = i32::try_from(items.len()).expect("few");
            }
        }
        let call = cloudfront.update_distribution().id(&id).distribution_config(config);
        call.if_match(found.e_tag().expect("an ETag")).send().await.expect("it is changed");
    });
}

fn without_a_permission(served: &Served) {
    remove(served, "finsight-users-dev", "api-users");
}

fn without_the_authorizers_permission(served: &Served) {
    remove(served, "finsight-authorizer-dev", "api-authorizer");
}

fn without_the_notifiers_permission(served: &Served) {
    remove(served, "finsight-slack-notifier-dev", "sns-alarms");
}

fn remove(served: &Served, function: &str, statement: &str) {
    let lambda = aws_sdk_lambda::Client::new(&served.sdk(REGION));
    let call = lambda.remove_permission().function_name(function).qualifier("live").statement_id(statement);
    served.block(call.send()).expect("it goes");
}

fn without_the_name(served: &Served) {
    let route53 = aws_sdk_route53::Client::new(&served.sdk("us-east-1"));
    served.block(async {
        use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch};
        let zones = route53.list_hosted_zones().send().await.expect("zones");
        let zone = zones.hosted_zones()[0].id().to_owned();
        let all = route53.list_resource_record_sets().hosted_zone_id(&zone).max_items(300);
        let all = all.send().await.expect("records");
        let of_the_api = |set: &&aws_sdk_route53::types::ResourceRecordSet| {
            set.name().starts_with("api.") && set.r#type().as_str() == "A"
        };
        let set = all.resource_record_sets().iter().find(of_the_api).expect("the record").clone();
        let change =
            Change::builder().action(ChangeAction::Delete).resource_record_set(set).build().expect("one");
        let batch = ChangeBatch::builder().changes(change).build().expect("a batch");
        let call = route53.change_resource_record_sets().hosted_zone_id(&zone).change_batch(batch);
        call.send().await.expect("it goes");
    });
}

fn without_the_page(served: &Served) {
    let config = aws_sdk_s3::config::Builder::from(&served.sdk(REGION)).force_path_style(true).build();
    let s3 = aws_sdk_s3::Client::from_conf(config);
    let call = s3.delete_object().bucket("finsight-pages-dev-123456789012").key("errors/unavailable.json");
    served.block(call.send()).expect("it goes");
}

fn without_the_topics_policy(served: &Served) {
    let sns = aws_sdk_sns::Client::new(&served.sdk(REGION));
    let arn = format!("arn:aws:sns:{REGION}:123456789012:finsight-alarms-dev");
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish",
        "Principal": {"Service": "budgets.amazonaws.com"}, "Resource": arn}]});
    let call = sns.set_topic_attributes().topic_arn(&arn).attribute_name("Policy");
    served.block(call.attribute_value(policy.to_string()).send()).expect("it is changed");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
