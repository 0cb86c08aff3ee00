//! `aws:amplify:App`

use async_trait::async_trait;
use aws_sdk_amplify::types::{App as Standing, Platform};
use finsight_engine::contract::{Candidate, Failure, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};

use super::app_values::{auto_branch_config, cache_config, custom_rules, job_config, live};
use super::common::{applied, changed, changed_flag, converge_tags, differs, filled, variables};
use super::{branch, webhook};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, text_map};

/// What is sent and never given back.
const WRITE_ONLY: [&str; 3] = ["access_token", "oauth_token", "basic_auth_credentials"];

/// The handler of `aws:amplify:App`.
pub struct App;

#[async_trait]
impl Handler for App {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let apps = match targets {
            [one] => get(aws, &one.id).await?.into_iter().collect(),
            _ => all(aws).await?,
        };
        let find = |target: &Target| apps.iter().find(|app: &&Standing| app.app_id() == target.id);
        let mut found = Vec::new();
        for target in targets {
            let Some(app) = find(target) else { continue };
            let mut live = live(target, app);
            // Those of the repository's branches come by themselves where that is wanted.
            let by_itself = app.enable_auto_branch_creation() == Some(true);
            let branches = if by_itself { Vec::new() } else { branch::ids(aws, &target.id).await? };
            for (name, ids) in [("branches", branches), ("webhooks", webhook::ids(aws, &target.id).await?)] {
                let ids = ids.into_iter().map(Value::from).collect();
                live.properties.insert(name.to_owned(), Value::List(ids));
            }
            found.push(live);
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let ours = |app: &Standing| {
            app.tags().and_then(|tags| tags.get(OWNER_TAG)).is_some_and(|tag| tag == owner.as_str())
        };
        let found = all(aws).await?.into_iter().filter(ours);
        Ok(found.map(|app| Candidate { id: app.app_id, ours: true }).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let variables = inputs.get("environment_variables").map(text_map).unwrap_or_default();
        let patterns = inputs.texts("auto_branch_creation_patterns");
        let answer = aws
            .amplify()
            .create_app()
            .name(inputs.required("name")?)
            .set_repository(filled(inputs, "repository"))
            .set_access_token(filled(inputs, "access_token"))
            .set_oauth_token(filled(inputs, "oauth_token"))
            .set_platform(inputs.text("platform").map(Platform::from))
            .set_build_spec(filled(inputs, "build_spec"))
            .set_environment_variables((!variables.is_empty()).then(|| variables.into_iter().collect()))
            .set_custom_rules(Some(custom_rules(inputs)?))
            .set_custom_headers(filled(inputs, "custom_headers"))
            .set_enable_branch_auto_build(inputs.flag("enable_branch_auto_build"))
            .set_enable_branch_auto_deletion(inputs.flag("enable_branch_auto_deletion"))
            .set_enable_basic_auth(inputs.flag("enable_basic_auth"))
            .set_basic_auth_credentials(filled(inputs, "basic_auth_credentials"))
            .set_enable_auto_branch_creation(inputs.flag("enable_auto_branch_creation"))
            .set_auto_branch_creation_patterns((!patterns.is_empty()).then_some(patterns))
            .set_auto_branch_creation_config(auto_branch_config(inputs, false))
            .set_iam_service_role_arn(filled(inputs, "iam_service_role_arn"))
            .set_compute_role_arn(filled(inputs, "compute_role_arn"))
            .set_cache_config(cache_config(inputs)?)
            .set_job_config(job_config(inputs)?)
            .set_description(filled(inputs, "description"))
            .set_tags(Some(inputs.tags().into_iter().collect()))
            .send()
            .await
            .map_err(|error| refused("amplify:CreateApp", &error))?;
        answer
            .app
            .map(|app| app.app_id)
            .ok_or_else(|| unexpected("amplify:CreateApp", "the answer has no app"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        if differing.iter().any(|name| name != "tags") {
            update(aws, &target.id, desired, differing).await?;
        }
        if differs(differing, "tags") {
            converge_tags(aws, live.outputs.required("arn")?, &live.properties, desired).await?;
        }
        Ok(applied(differing, &WRITE_ONLY))
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.amplify().delete_app().app_id(&target.id);
        call.send().await.map_err(|error| refused("amplify:DeleteApp", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn update(aws: &Region, id: &str, desired: &Map, differing: &[String]) -> Result<(), Failure> {
    let text = |name: &str| changed(desired, differing, name);
    let flag = |name: &str| changed_flag(desired, differing, name);
    let set = |name: &str| differs(differing, name);
    // A repository is connected with its token, which AWS does not keep.
    let token = |name: &str| if set("repository") || set(name) { filled(desired, name) } else { None };
    aws.amplify()
        .update_app()
        .app_id(id)
        .set_name(text("name"))
        .set_repository(text("repository"))
        .set_access_token(token("access_token"))
        .set_oauth_token(token("oauth_token"))
        .set_platform(text("platform").as_deref().map(Platform::from))
        .set_build_spec(text("build_spec"))
        .set_environment_variables(
            set("environment_variables").then(|| variables(desired.get("environment_variables"))),
        )
        .set_custom_rules(if set("custom_rules") { Some(custom_rules(desired)?) } else { None })
        .set_custom_headers(text("custom_headers"))
        .set_enable_branch_auto_build(flag("enable_branch_auto_build"))
        .set_enable_branch_auto_deletion(flag("enable_branch_auto_deletion"))
        .set_enable_basic_auth(flag("enable_basic_auth"))
        .set_basic_auth_credentials(text("basic_auth_credentials"))
        .set_enable_auto_branch_creation(flag("enable_auto_branch_creation"))
        .set_auto_branch_creation_patterns(
            set("auto_branch_creation_patterns").then(|| desired.texts("auto_branch_creation_patterns")),
        )
        .set_auto_branch_creation_config(if set("auto_branch_creation_config") {
            auto_branch_config(desired, true)
        } else {
            None
        })
        .set_iam_service_role_arn(text("iam_service_role_arn"))
        .set_compute_role_arn(text("compute_role_arn"))
        .set_cache_config(if set("cache_config_type") { cache_config(desired)? } else { None })
        .set_job_config(if set("build_compute_type") { job_config(desired)? } else { None })
        .set_description(text("description"))
        .send()
        .await
        .map_err(|error| refused("amplify:UpdateApp", &error))?;
    Ok(())
}

async fn get(aws: &Region, id: &str) -> Result<Option<Standing>, Failure> {
    let answer = aws.amplify().get_app().app_id(id).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("amplify:GetApp", &error)))?;
    Ok(answer.and_then(|answer| answer.app))
}

async fn all(aws: &Region) -> Result<Vec<Standing>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.amplify().list_apps().max_results(100).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("amplify:ListApps", &error))?;
        found.extend(page.apps);
    }
    Ok(found)
}
