//! Apps between the engine's values and the SDK's types.

use aws_sdk_amplify::error::BuildError;
use aws_sdk_amplify::types::{
    App, AutoBranchCreationConfig, BuildComputeType, CacheConfig, CacheConfigType, CustomRule, JobConfig,
    Stage,
};
use finsight_engine::contract::{Failure, Health, Live, Target};
use finsight_engine::value::{Map, Value};

use super::common::{filled, shown_tags, shown_variables, variables};
use crate::failure::unexpected;
use crate::values::{Inputs, Values, text_map};

fn incomplete(error: BuildError) -> Failure {
    unexpected("request", &error.to_string())
}

/// The redirects and rewrites of an app.
pub fn custom_rules(inputs: &Map) -> Result<Vec<CustomRule>, Failure> {
    let rules = inputs.get("custom_rules").and_then(Value::as_list).unwrap_or_default();
    rules
        .iter()
        .filter_map(Value::as_map)
        .map(|rule| {
            CustomRule::builder()
                .source(rule.required("source")?)
                .target(rule.required("target")?)
                .set_status(filled(rule, "status"))
                .set_condition(filled(rule, "condition"))
                .build()
                .map_err(incomplete)
        })
        .collect()
}

/// How automatic branches are set up; an update says that there are no variables where none are wanted.
pub fn auto_branch_config(inputs: &Map, update: bool) -> Option<AutoBranchCreationConfig> {
    let config = inputs.get("auto_branch_creation_config").and_then(Value::as_map)?;
    if config.is_empty() && !update {
        return None;
    }
    let named = config.get("environment_variables").map(text_map).unwrap_or_default();
    let variables = if update {
        Some(variables(config.get("environment_variables")))
    } else {
        (!named.is_empty()).then(|| named.into_iter().collect())
    };
    // What is not set is off, whatever AWS would choose.
    let flag = |name: &str| config.flag(name).unwrap_or(false);
    Some(
        AutoBranchCreationConfig::builder()
            .set_stage(config.text("stage").map(Stage::from))
            .set_framework(filled(config, "framework"))
            .enable_auto_build(flag("enable_auto_build"))
            .set_environment_variables(variables)
            .set_basic_auth_credentials(filled(config, "basic_auth_credentials"))
            .enable_basic_auth(flag("enable_basic_auth"))
            .set_build_spec(filled(config, "build_spec"))
            .enable_pull_request_preview(flag("enable_pull_request_preview"))
            .set_pull_request_environment_name(filled(config, "pull_request_environment_name"))
            .build(),
    )
}

/// How an app is cached.
pub fn cache_config(inputs: &Map) -> Result<Option<CacheConfig>, Failure> {
    let kind = inputs.text("cache_config_type").map(CacheConfigType::from);
    kind.map(|kind| CacheConfig::builder().r#type(kind).build().map_err(incomplete)).transpose()
}

/// What an app is built on.
pub fn job_config(inputs: &Map) -> Result<Option<JobConfig>, Failure> {
    let kind = inputs.text("build_compute_type").map(BuildComputeType::from);
    kind.map(|kind| JobConfig::builder().build_compute_type(kind).build().map_err(incomplete)).transpose()
}

/// An app as it stands.
pub fn live(target: &Target, app: &App) -> Live {
    let rules = app.custom_rules().iter().map(|rule| {
        let rule = Values::new()
            .set("source", rule.source())
            .set("target", rule.target())
            .set("status", rule.status())
            .set("condition", rule.condition());
        Value::Map(rule.build())
    });
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let properties = Values::new()
        .set("name", app.name())
        .set("repository", text(Some(app.repository())))
        .set("platform", app.platform().as_str())
        .set("build_spec", text(app.build_spec()))
        .set("environment_variables", shown_variables(app.environment_variables()))
        .set("custom_rules", Value::List(rules.collect()))
        .set("custom_headers", app.custom_headers().unwrap_or_default())
        .set("enable_branch_auto_build", app.enable_branch_auto_build())
        .set("enable_branch_auto_deletion", app.enable_branch_auto_deletion().unwrap_or(false))
        .set("enable_basic_auth", app.enable_basic_auth())
        .set("enable_auto_branch_creation", app.enable_auto_branch_creation().unwrap_or(false))
        .list("auto_branch_creation_patterns", app.auto_branch_creation_patterns())
        .set("auto_branch_creation_config", Value::Map(shown_config(app)))
        .set("iam_service_role_arn", text(app.iam_service_role_arn()))
        .set("compute_role_arn", text(app.compute_role_arn()))
        .set("cache_config_type", app.cache_config().map(|config| config.r#type().as_str()))
        .set(
            "build_compute_type",
            app.job_config().map_or("STANDARD_8GB", |config| config.build_compute_type().as_str()),
        )
        .set("description", app.description())
        .tags(shown_tags(app.tags()));
    let outputs = Values::new().set("arn", app.app_arn()).set("default_domain", app.default_domain());
    Live {
        id: target.id.clone(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }
}

/// The set-up of automatic branches, without what says as much as its absence.
fn shown_config(app: &App) -> Map {
    let Some(config) = app.auto_branch_creation_config() else { return Map::new() };
    let shown = Values::new()
        .set("stage", config.stage().map(Stage::as_str).filter(|stage| *stage != "NONE"))
        .set("framework", config.framework())
        .set("enable_auto_build", config.enable_auto_build())
        .set("environment_variables", config.environment_variables().map(shown_variables))
        .set("basic_auth_credentials", config.basic_auth_credentials())
        .set("enable_basic_auth", config.enable_basic_auth())
        .set("build_spec", config.build_spec())
        .set("enable_pull_request_preview", config.enable_pull_request_preview())
        .set("pull_request_environment_name", config.pull_request_environment_name());
    let says_nothing = |value: &Value| match value {
        Value::Bool(value) => !value,
        Value::Text(text) => text.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    };
    let mut shown = shown.build();
    shown.retain(|_, value| !says_nothing(value));
    shown
}
