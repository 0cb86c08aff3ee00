//! Branches.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::Job;
use super::{bad, find, missing, paged, segment, set, set_text, set_variables, tags, wish};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, Tags};

/// Credentials and variables are in it: it is not shown for debugging.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Branch {
    pub arn: String,
    pub name: String,
    description: String,
    stage: Option<String>,
    display_name: String,
    notification: bool,
    created_at: i64,
    updated_at: i64,
    variables: BTreeMap<String, String>,
    auto_build: bool,
    skew_protection: bool,
    performance: bool,
    framework: String,
    basic_auth: bool,
    basic_auth_credentials: Option<String>,
    build_spec: Option<String>,
    ttl: String,
    preview: bool,
    preview_environment: Option<String>,
    compute_role: Option<String>,
    pub tags: Tags,
    /// Oldest first.
    pub jobs: Vec<Job>,
}

#[derive(Clone, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Wish {
    branch_name: Option<String>,
    description: Option<String>,
    stage: Option<String>,
    framework: Option<String>,
    display_name: Option<String>,
    enable_notification: Option<bool>,
    enable_auto_build: Option<bool>,
    enable_skew_protection: Option<bool>,
    enable_performance_mode: Option<bool>,
    enable_basic_auth: Option<bool>,
    basic_auth_credentials: Option<String>,
    environment_variables: Option<BTreeMap<String, String>>,
    build_spec: Option<String>,
    ttl: Option<String>,
    enable_pull_request_preview: Option<bool>,
    pull_request_environment_name: Option<String>,
    compute_role_arn: Option<String>,
    tags: Option<Tags>,
}

const STAGES: [&str; 5] = ["PRODUCTION", "BETA", "DEVELOPMENT", "EXPERIMENTAL", "PULL_REQUEST"];

impl std::fmt::Debug for Branch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Branch").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Branch {
    fn apply(&mut self, wish: Wish) -> Result<(), Refusal> {
        if let Some(stage) = wish.stage.as_deref().filter(|stage| !STAGES.contains(stage)) {
            return Err(bad(format!("Invalid stage {stage}")));
        }
        if wish.build_spec.as_deref() == Some("") {
            return Err(bad("buildSpec must have length greater than or equal to 1"));
        }
        set(&mut self.description, wish.description);
        set_text(&mut self.stage, wish.stage);
        set(&mut self.framework, wish.framework);
        set(&mut self.display_name, wish.display_name);
        set(&mut self.notification, wish.enable_notification);
        set(&mut self.auto_build, wish.enable_auto_build);
        set(&mut self.skew_protection, wish.enable_skew_protection);
        set(&mut self.performance, wish.enable_performance_mode);
        set(&mut self.basic_auth, wish.enable_basic_auth);
        set_text(&mut self.basic_auth_credentials, wish.basic_auth_credentials);
        set_variables(&mut self.variables, wish.environment_variables)?;
        set_text(&mut self.build_spec, wish.build_spec);
        set(&mut self.ttl, wish.ttl);
        set(&mut self.preview, wish.enable_pull_request_preview);
        set_text(&mut self.preview_environment, wish.pull_request_environment_name);
        set_text(&mut self.compute_role, wish.compute_role_arn);
        Ok(())
    }

    fn render(&self, domains: Vec<String>) -> Value {
        json!({
            "branchArn": self.arn,
            "branchName": self.name,
            "description": self.description,
            "stage": self.stage.as_deref().unwrap_or("NONE"),
            "displayName": self.display_name,
            "enableNotification": self.notification,
            "createTime": self.created_at / 1000,
            "updateTime": self.updated_at / 1000,
            "environmentVariables": self.variables,
            "enableAutoBuild": self.auto_build,
            "enableSkewProtection": self.skew_protection,
            "enablePerformanceMode": self.performance,
            "customDomains": domains,
            "framework": self.framework,
            "activeJobId": self.jobs.last().map_or("", |job| job.id.as_str()),
            "totalNumberOfJobs": self.jobs.len().to_string(),
            "enableBasicAuth": self.basic_auth,
            "basicAuthCredentials": self.basic_auth_credentials,
            "buildSpec": self.build_spec,
            "ttl": self.ttl,
            "enablePullRequestPreview": self.preview,
            "pullRequestEnvironmentName": self.preview_environment,
            "computeRoleArn": self.compute_role,
            "tags": self.tags,
        })
    }
}

/// The branch that a call names.
pub(super) fn named<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Branch, Refusal> {
    let name = segment(cx, 3);
    find(cx)?.branches.get_mut(&name).ok_or_else(|| missing(format!("Branch {name} not found.")))
}

fn shown(cx: &mut Context<'_>, name: &str) -> Result<Value, Refusal> {
    let app = find(cx)?;
    let domains = app.domains.values().flat_map(|domain| domain.names_of(name)).collect();
    let branch = app.branches.get(name).ok_or_else(|| missing(format!("Branch {name} not found.")))?;
    Ok(branch.render(domains))
}

pub(super) fn create(cx: &mut Context<'_>) -> Answered {
    let mut wish: Wish = wish(cx)?;
    let name = wish.branch_name.clone().unwrap_or_default();
    if name.is_empty() || name.chars().count() > 255 {
        return Err(bad(format!("Invalid branch name {name}")));
    }
    let tags = wish.tags.take().unwrap_or_default();
    tags::check(&tags)?;
    let now = cx.now();
    let app = find(cx)?;
    if app.branches.contains_key(&name) {
        return Err(bad(format!("A branch with the name {name} already exists in app {}.", app.id)));
    }
    let display_name =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let mut branch = Branch {
        arn: format!("{}/branches/{}", app.arn, crate::wire::query::encode(&name)),
        name: name.clone(),
        display_name: display_name.collect(),
        ttl: "5".to_owned(),
        auto_build: true,
        created_at: now,
        updated_at: now,
        tags,
        ..Branch::default()
    };
    branch.apply(wish)?;
    app.branches.insert(name.clone(), branch);
    let branch = shown(cx, &name)?;
    Ok(answer::rest(200, json!({"branch": branch})))
}

pub(super) fn get(cx: &mut Context<'_>) -> Answered {
    let name = segment(cx, 3);
    let branch = shown(cx, &name)?;
    Ok(answer::rest(200, json!({"branch": branch})))
}

pub(super) fn list(cx: &mut Context<'_>) -> Answered {
    let names: Vec<String> = find(cx)?.branches.keys().cloned().collect();
    let items = names.iter().map(|name| shown(cx, name)).collect::<Result<_, _>>()?;
    Ok(answer::rest(200, paged(cx, "branches", items, 50)))
}

pub(super) fn update(cx: &mut Context<'_>) -> Answered {
    let wish: Wish = wish(cx)?;
    let now = cx.now();
    let mut branch = named(cx)?.clone();
    branch.apply(wish)?;
    branch.updated_at = now;
    let name = branch.name.clone();
    *named(cx)? = branch;
    let branch = shown(cx, &name)?;
    Ok(answer::rest(200, json!({"branch": branch})))
}

/// A branch that answers for a domain stays; its jobs go with it.
pub(super) fn delete(cx: &mut Context<'_>) -> Answered {
    let name = segment(cx, 3);
    let branch = shown(cx, &name)?;
    let app = find(cx)?;
    if let Some(domain) = app.domains.values().find(|domain| !domain.names_of(&name).is_empty()) {
        let domain = &domain.name;
        return Err(bad(format!(
            "Branch {name} is associated with the domain {domain}. Remove it from the domain association first."
        )));
    }
    app.branches.remove(&name);
    Ok(answer::rest(200, json!({"branch": branch})))
}
