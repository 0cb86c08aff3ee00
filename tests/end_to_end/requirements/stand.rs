//! The shipped stacks, brought up once for all tests.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value;

use crate::support::site::REGION;
use crate::support::{Run, Served, Site};

/// Where AWS takes what belongs to CloudFront.
const EDGE: &str = "us-east-1";

/// SDK clients of one region.
pub struct Aws {
    pub acm: aws_sdk_acm::Client,
    pub amplify: aws_sdk_amplify::Client,
    pub apigateway: aws_sdk_apigateway::Client,
    pub budgets: aws_sdk_budgets::Client,
    pub cloudfront: aws_sdk_cloudfront::Client,
    pub cloudtrail: aws_sdk_cloudtrail::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub config: aws_sdk_config::Client,
    pub ec2: aws_sdk_ec2::Client,
    pub iam: aws_sdk_iam::Client,
    pub kms: aws_sdk_kms::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub rds: aws_sdk_rds::Client,
    pub route53: aws_sdk_route53::Client,
    pub s3: aws_sdk_s3::Client,
    pub eventbridge: aws_sdk_eventbridge::Client,
    pub scheduler: aws_sdk_scheduler::Client,
    pub secrets: aws_sdk_secretsmanager::Client,
    pub ses: aws_sdk_sesv2::Client,
    pub sns: aws_sdk_sns::Client,
    pub wafv2: aws_sdk_wafv2::Client,
    pub xray: aws_sdk_xray::Client,
}

impl Aws {
    fn new(sdk: &aws_config::SdkConfig) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(sdk).force_path_style(true).build();
        Self {
            acm: aws_sdk_acm::Client::new(sdk),
            amplify: aws_sdk_amplify::Client::new(sdk),
            apigateway: aws_sdk_apigateway::Client::new(sdk),
            budgets: aws_sdk_budgets::Client::new(sdk),
            cloudfront: aws_sdk_cloudfront::Client::new(sdk),
            cloudtrail: aws_sdk_cloudtrail::Client::new(sdk),
            cloudwatch: aws_sdk_cloudwatch::Client::new(sdk),
            config: aws_sdk_config::Client::new(sdk),
            ec2: aws_sdk_ec2::Client::new(sdk),
            iam: aws_sdk_iam::Client::new(sdk),
            kms: aws_sdk_kms::Client::new(sdk),
            lambda: aws_sdk_lambda::Client::new(sdk),
            logs: aws_sdk_cloudwatchlogs::Client::new(sdk),
            rds: aws_sdk_rds::Client::new(sdk),
            route53: aws_sdk_route53::Client::new(sdk),
            s3: aws_sdk_s3::Client::from_conf(s3),
            eventbridge: aws_sdk_eventbridge::Client::new(sdk),
            scheduler: aws_sdk_scheduler::Client::new(sdk),
            secrets: aws_sdk_secretsmanager::Client::new(sdk),
            ses: aws_sdk_sesv2::Client::new(sdk),
            sns: aws_sdk_sns::Client::new(sdk),
            wafv2: aws_sdk_wafv2::Client::new(sdk),
            xray: aws_sdk_xray::Client::new(sdk),
        }
    }
}

/// A shipped stack that stands in an account of its own.
pub struct Stand {
    pub site: Site,
    /// Clients of the stack's region.
    pub here: Aws,
    /// Clients of us-east-1.
    pub edge: Aws,
    pub account: String,
    /// All that `up` said.
    pub said: String,
    served: Served,
    alone: Mutex<()>,
    changing: Mutex<()>,
}

/// What the shipped production stack is.
pub fn prod() -> &'static Stand {
    static PROD: OnceLock<Result<Stand, String>> = OnceLock::new();
    PROD.get_or_init(|| Stand::new("prod")).as_ref().expect("prod comes up")
}

/// What the shipped development stack is, with previews of pull requests.
pub fn dev() -> &'static Stand {
    static DEV: OnceLock<Result<Stand, String>> = OnceLock::new();
    DEV.get_or_init(|| Stand::new("dev")).as_ref().expect("dev comes up")
}

impl Stand {
    fn new(stack: &str) -> Result<Self, String> {
        let served = Served::new();
        let site = Site::lasting(stack, &served.url);
        if stack == "dev" {
            // One stack has previews, once Amplify's GitHub App is installed: step 8 of the first deployment.
            site.edit_config("\"pull_request_previews\": false", "\"pull_request_previews\": true");
        }
        let up = site.run(&["up", "--yes"]);
        if up.code != Some(0) {
            return Err(format!("{}\n{}", up.stdout, up.stderr));
        }
        let sdk = served.sdk(REGION);
        let sts = aws_sdk_sts::Client::new(&sdk);
        let caller = served.block(sts.get_caller_identity().send()).map_err(|error| error.to_string())?;
        Ok(Self {
            site,
            here: Aws::new(&sdk),
            edge: Aws::new(&served.sdk(EDGE)),
            account: text(caller.account()).to_owned(),
            said: up.stdout + &up.stderr,
            served,
            alone: Mutex::new(()),
            changing: Mutex::new(()),
        })
    }

    pub fn block<F: Future>(&self, future: F) -> F::Output {
        self.served.block(future)
    }

    /// Runs the binary; one run at a time, as the state's lock wants it.
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_changed(&[], args)
    }

    /// Runs the binary with a config in which texts are replaced.
    pub fn run_changed(&self, edits: &[(&str, &str)], args: &[&str]) -> Run {
        let _alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        self.site.run_changed(edits, args)
    }

    /// A test that changes the stack holds this meanwhile, and leaves the stack as others may find it.
    pub fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An ARN of the stack's region and account.
    pub fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{REGION}:{}:{rest}", self.account)
    }

    /// The ARN of the key behind an alias.
    pub async fn key(&self, alias: &str) -> String {
        let about = self.here.kms.describe_key().key_id(alias).send().await.expect("the key");
        text(about.key_metadata().and_then(|key| key.arn())).to_owned()
    }

    /// The ARN of a secret.
    pub async fn secret(&self, name: &str) -> String {
        let about = self.here.secrets.describe_secret().secret_id(name).send().await.expect("the secret");
        text(about.arn()).to_owned()
    }
}

/// A text that an SDK gives plain or as an option.
pub fn text<'a>(of: impl Into<Option<&'a str>>) -> &'a str {
    of.into().unwrap_or_default()
}

/// The steps of a type that a plan of this config would make from nothing.
pub fn planned(stack: &str, edits: &[(&str, &str)], kind: &str) -> Vec<Value> {
    let run = Site::bare(stack).run_changed(edits, &["preview", "--offline", "--json"]).ok().json();
    let steps = run["steps"].as_array().expect("steps");
    steps.iter().filter(|step| step["type"] == kind).cloned().collect()
}

/// What a step of a plan sets a property to.
pub fn after<'a>(step: &'a Value, path: &str) -> &'a Value {
    let diff = step["diff"].as_array().expect("a diff");
    let change = diff.iter().find(|change| change["path"] == path);
    &change.unwrap_or_else(|| panic!("{} has no {path}: {diff:?}", step["urn"]))["after"]
}

/// The rules of the policy pack that a config is found to break, with their messages.
pub fn findings(stack: &str, edits: &[(&str, &str)]) -> Vec<(String, String)> {
    let run = Site::bare(stack).run_changed(edits, &["preview", "--offline", "--json"]);
    // A finding that refuses is told in a line of its own after the plan.
    let plan = serde_json::Deserializer::from_str(&run.stdout).into_iter::<Value>().next();
    let plan = plan.expect("a plan").expect("JSON");
    let policy = plan["policy"].as_array().expect("findings");
    let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    let open = policy.iter().filter(|finding| !finding["waived"].is_string());
    open.map(|finding| (text(&finding["rule"]), text(&finding["message"]))).collect()
}

/// The zone's records of a name and type: its values, or the name that it stands for.
pub async fn records(stand: &Stand, name: &str, kind: &str) -> Vec<String> {
    let route53 = &stand.here.route53;
    let zones = route53.list_hosted_zones().send().await.expect("zones");
    let [zone] = zones.hosted_zones() else { panic!("{zones:?}") };
    let mut found = Vec::new();
    let mut next: Option<
        aws_sdk_route53::operation::list_resource_record_sets::ListResourceRecordSetsOutput,
    > = None;
    let mut sets = Vec::new();
    loop {
        let mut call = route53.list_resource_record_sets().hosted_zone_id(zone.id());
        if let Some(last) = &next {
            call = call
                .set_start_record_name(last.next_record_name.clone())
                .set_start_record_type(last.next_record_type.clone());
        }
        let page = call.send().await.expect("records");
        sets.extend(page.resource_record_sets().to_vec());
        if !page.is_truncated() {
            break;
        }
        next = Some(page);
    }
    for set in sets {
        if set.name().trim_end_matches('.') == name.trim_end_matches('.') && set.r#type().as_str() == kind {
            found.extend(set.resource_records().iter().map(|record| record.value().to_owned()));
            found.extend(set.alias_target().map(|target| target.dns_name().to_owned()));
        }
    }
    for value in &mut found {
        *value = value.trim_end_matches('.').trim_matches('"').to_owned();
    }
    found
}
