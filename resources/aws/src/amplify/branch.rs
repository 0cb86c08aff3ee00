//! `aws:amplify:Branch`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_amplify::types::{Branch as Standing, Stage};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{
    applied, changed, changed_flag, converge_tags, differs, entry, entry_id, filled, shown_tags,
    shown_variables, variables,
};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::ops::built::BUILD_TAG;
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values, text_map};

/// What is sent and never given back.
const WRITE_ONLY: [&str; 1] = ["basic_auth_credentials"];

/// The handler of `aws:amplify:Branch`; its physical id is `<app>|<branch>`.
pub struct Branch;

#[async_trait]
impl Handler for Branch {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut by_app: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for target in targets {
            let (app, name) = entry(&target.id)?;
            by_app.entry(app).or_default().push(name);
        }
        let mut found = Vec::new();
        for (app, names) in by_app {
            let branches = match names.as_slice() {
                [one] => get(aws, app, one).await?.into_iter().collect(),
                _ => all(aws, app).await?,
            };
            found.extend(branches.iter().map(|branch| live(app, branch)));
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (app, name) = (inputs.required("app_id")?, inputs.required("branch_name")?);
        let found = get(aws, app, name).await?;
        Ok(found
            .map(|branch| {
                let tag = branch.tags().and_then(|tags| tags.get(OWNER_TAG));
                Candidate { id: entry_id(app, name), ours: tag.is_some_and(|tag| tag == owner.as_str()) }
            })
            .into_iter()
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let (app, name) = (inputs.required("app_id")?, inputs.required("branch_name")?);
        let variables = inputs.get("environment_variables").map(text_map).unwrap_or_default();
        aws.amplify()
            .create_branch()
            .app_id(app)
            .branch_name(name)
            .set_stage(inputs.text("stage").map(Stage::from))
            .set_framework(filled(inputs, "framework"))
            .set_enable_auto_build(inputs.flag("enable_auto_build"))
            .set_enable_notification(inputs.flag("enable_notification"))
            .set_enable_pull_request_preview(inputs.flag("enable_pull_request_preview"))
            .set_pull_request_environment_name(filled(inputs, "pull_request_environment_name"))
            .set_enable_basic_auth(inputs.flag("enable_basic_auth"))
            .set_basic_auth_credentials(filled(inputs, "basic_auth_credentials"))
            .set_enable_skew_protection(inputs.flag("enable_skew_protection"))
            .set_environment_variables((!variables.is_empty()).then(|| variables.into_iter().collect()))
            .set_ttl(filled(inputs, "ttl"))
            .set_display_name(filled(inputs, "display_name"))
            .set_build_spec(filled(inputs, "build_spec"))
            .set_compute_role_arn(filled(inputs, "compute_role_arn"))
            .set_description(filled(inputs, "description"))
            .set_tags(Some(inputs.tags().into_iter().collect()))
            .send()
            .await
            .map_err(|error| refused("amplify:CreateBranch", &error))?;
        Ok(entry_id(app, name))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let (app, name) = entry(&target.id)?;
        if differing.iter().any(|name| name != "tags") {
            update(aws, app, name, desired, differing).await?;
        }
        if differs(differing, "tags") {
            converge_tags(aws, live.outputs.required("arn")?, &live.properties, desired).await?;
        }
        Ok(applied(differing, &WRITE_ONLY))
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let (app, name) = entry(&target.id)?;
        let call = aws.amplify().delete_branch().app_id(app).branch_name(name);
        call.send().await.map_err(|error| refused("amplify:DeleteBranch", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn update(
    aws: &Region,
    app: &str,
    name: &str,
    desired: &Map,
    differing: &[String],
) -> Result<(), Failure> {
    let text = |name: &str| changed(desired, differing, name);
    let flag = |name: &str| changed_flag(desired, differing, name);
    let has_variables = differs(differing, "environment_variables");
    aws.amplify()
        .update_branch()
        .app_id(app)
        .branch_name(name)
        .set_stage(text("stage").as_deref().map(Stage::from))
        .set_framework(text("framework"))
        .set_enable_auto_build(flag("enable_auto_build"))
        .set_enable_notification(flag("enable_notification"))
        .set_enable_pull_request_preview(flag("enable_pull_request_preview"))
        .set_pull_request_environment_name(text("pull_request_environment_name"))
        .set_enable_basic_auth(flag("enable_basic_auth"))
        .set_basic_auth_credentials(text("basic_auth_credentials"))
        .set_enable_skew_protection(flag("enable_skew_protection"))
        .set_environment_variables(has_variables.then(|| variables(desired.get("environment_variables"))))
        .set_ttl(text("ttl"))
        .set_display_name(text("display_name"))
        .set_build_spec(text("build_spec"))
        .set_compute_role_arn(text("compute_role_arn"))
        .set_description(text("description"))
        .send()
        .await
        .map_err(|error| refused("amplify:UpdateBranch", &error))?;
    Ok(())
}

async fn get(aws: &Region, app: &str, name: &str) -> Result<Option<Standing>, Failure> {
    let answer = aws.amplify().get_branch().app_id(app).branch_name(name).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("amplify:GetBranch", &error)))?;
    Ok(answer.and_then(|answer| answer.branch))
}

/// All branches of an app; none of one that is gone.
pub async fn all(aws: &Region, app: &str) -> Result<Vec<Standing>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.amplify().list_branches().app_id(app).max_results(50).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("amplify:ListBranches", &error));
        let Some(page) = absent_as_none(page)? else { return Ok(Vec::new()) };
        found.extend(page.branches);
    }
    Ok(found)
}

/// The ids of all branches of an app, but for those that Amplify makes of requests to merge.
pub(super) async fn ids(aws: &Region, app: &str) -> Result<Vec<String>, Failure> {
    let mut all = all(aws, app).await?;
    all.retain(|branch| branch.source_branch().is_none_or(str::is_empty));
    Ok(all.iter().map(|branch| entry_id(app, branch.branch_name())).collect())
}

fn live(app: &str, branch: &Standing) -> Live {
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let stage = Some(branch.stage().as_str()).filter(|stage| *stage != "NONE");
    let properties = Values::new()
        .set("app_id", app)
        .set("branch_name", branch.branch_name())
        .set("stage", text(stage))
        .set("framework", text(Some(branch.framework())))
        .set("enable_auto_build", branch.enable_auto_build())
        .set("enable_notification", branch.enable_notification())
        .set("enable_pull_request_preview", branch.enable_pull_request_preview())
        .set("pull_request_environment_name", branch.pull_request_environment_name().unwrap_or_default())
        .set("enable_basic_auth", branch.enable_basic_auth())
        .set("enable_skew_protection", branch.enable_skew_protection().unwrap_or(false))
        .set("environment_variables", shown_variables(branch.environment_variables()))
        .set("ttl", branch.ttl())
        .set("display_name", text(Some(branch.display_name())))
        .set("build_spec", text(branch.build_spec()))
        .set("compute_role_arn", text(branch.compute_role_arn()))
        .set("description", branch.description())
        .tags(shown_tags(branch.tags()).into_iter().filter(|(key, _)| key != BUILD_TAG));
    let outputs = Values::new().set("arn", branch.branch_arn()).set("branch_name", branch.branch_name());
    Live {
        id: entry_id(app, branch.branch_name()),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }
}
