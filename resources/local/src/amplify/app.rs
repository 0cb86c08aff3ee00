//! Apps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::branch::Branch;
use super::domain::{self, Domain};
use super::webhook::Webhook;
use super::{bad, find, paged, reserved, set, set_text, set_variables, tags, wish};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, Tags, letters};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Rule {
    source: String,
    target: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    condition: Option<String>,
}

/// Credentials and variables are in it: it is not shown for debugging.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct App {
    pub id: String,
    pub arn: String,
    pub name: String,
    description: String,
    pub repository: String,
    platform: String,
    created_at: i64,
    updated_at: i64,
    service_role: Option<String>,
    compute_role: Option<String>,
    variables: BTreeMap<String, String>,
    auto_build: bool,
    auto_deletion: bool,
    basic_auth: bool,
    basic_auth_credentials: Option<String>,
    rules: Vec<Rule>,
    build_spec: Option<String>,
    headers: String,
    auto_creation: bool,
    auto_creation_patterns: Vec<String>,
    auto_creation_config: Option<Value>,
    cache: Option<String>,
    compute: Option<String>,
    pub tags: Tags,
    pub branches: BTreeMap<String, Branch>,
    pub domains: BTreeMap<String, Domain>,
    pub webhooks: BTreeMap<String, Webhook>,
}

/// What a create or update asks for. It holds tokens: it is not shown and not kept.
#[derive(Clone, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Wish {
    name: Option<String>,
    description: Option<String>,
    repository: Option<String>,
    access_token: Option<String>,
    oauth_token: Option<String>,
    platform: Option<String>,
    iam_service_role_arn: Option<String>,
    compute_role_arn: Option<String>,
    environment_variables: Option<BTreeMap<String, String>>,
    enable_branch_auto_build: Option<bool>,
    enable_branch_auto_deletion: Option<bool>,
    enable_basic_auth: Option<bool>,
    basic_auth_credentials: Option<String>,
    custom_rules: Option<Vec<Rule>>,
    build_spec: Option<String>,
    custom_headers: Option<String>,
    enable_auto_branch_creation: Option<bool>,
    auto_branch_creation_patterns: Option<Vec<String>>,
    auto_branch_creation_config: Option<Value>,
    cache_config: Option<Value>,
    job_config: Option<Value>,
    tags: Option<Tags>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("id", &self.id).finish_non_exhaustive()
    }
}

/// GitHub's words, as Amplify brings them (the frame: amplify-hosting#3434, querypal#3).
const BAD_CREDENTIALS: &str = "There was an issue setting up your repository. Please try again later.({\"message\":\"Bad credentials\",\"documentation_url\":\"https://docs.github.com/rest\"})";

/// Whether a text has the form of a token of GitHub's ("Managing your personal access tokens").
fn is_githubs(token: &str) -> bool {
    let kinds = ["ghp_", "gho_", "ghu_", "ghs_", "github_pat_"];
    kinds.iter().any(|kind| token.starts_with(kind))
        || token.len() == 40 && token.chars().all(|c| c.is_ascii_hexdigit())
}

impl App {
    fn apply(&mut self, wish: Wish, is_known: bool) -> Result<(), Refusal> {
        let token = [&wish.access_token, &wish.oauth_token];
        let token = token.into_iter().flatten().find(|token| !token.is_empty());
        if let Some(repository) = wish.repository {
            if !repository.is_empty() && repository != self.repository {
                match token {
                    None => return Err(bad("You should at least provide one valid token")),
                    Some(token) if !is_known && !is_githubs(token) => return Err(bad(BAD_CREDENTIALS)),
                    Some(_) => {}
                }
            }
            self.repository = repository;
        }
        if let Some(platform) = &wish.platform
            && !matches!(platform.as_str(), "WEB" | "WEB_COMPUTE" | "WEB_DYNAMIC")
        {
            return Err(bad(format!("Invalid platform {platform}")));
        }
        if wish.build_spec.as_deref() == Some("") {
            return Err(bad("buildSpec must have length greater than or equal to 1"));
        }
        let kind =
            |config: &Value, member: &str| config.get(member).and_then(Value::as_str).map(str::to_owned);
        set(&mut self.name, wish.name);
        set(&mut self.description, wish.description);
        set(&mut self.platform, wish.platform);
        set_text(&mut self.service_role, wish.iam_service_role_arn);
        set_text(&mut self.compute_role, wish.compute_role_arn);
        set_variables(&mut self.variables, wish.environment_variables)?;
        set(&mut self.auto_build, wish.enable_branch_auto_build);
        set(&mut self.auto_deletion, wish.enable_branch_auto_deletion);
        set(&mut self.basic_auth, wish.enable_basic_auth);
        set_text(&mut self.basic_auth_credentials, wish.basic_auth_credentials);
        set(&mut self.rules, wish.custom_rules);
        set_text(&mut self.build_spec, wish.build_spec);
        set(&mut self.headers, wish.custom_headers);
        set(&mut self.auto_creation, wish.enable_auto_branch_creation);
        set(&mut self.auto_creation_patterns, wish.auto_branch_creation_patterns);
        if let Some(mut config) = wish.auto_branch_creation_config {
            if let Some(variables) = config.get_mut("environmentVariables").and_then(Value::as_object_mut) {
                reserved(variables.keys())?;
                variables.remove("");
            }
            self.auto_creation_config = Some(config);
        }
        set_text(&mut self.cache, wish.cache_config.and_then(|config| kind(&config, "type")));
        set_text(&mut self.compute, wish.job_config.and_then(|config| kind(&config, "buildComputeType")));
        if self.name.is_empty() || self.name.len() > 255 {
            return Err(bad("name must have a length of 1 to 255"));
        }
        Ok(())
    }

    pub(super) fn connected(&self) -> bool {
        !self.repository.is_empty()
    }

    fn render(&self) -> Value {
        json!({
            "appId": self.id,
            "appArn": self.arn,
            "name": self.name,
            "description": self.description,
            "repository": self.repository,
            "platform": self.platform,
            "createTime": self.created_at / 1000,
            "updateTime": self.updated_at / 1000,
            "iamServiceRoleArn": self.service_role,
            "computeRoleArn": self.compute_role,
            "environmentVariables": self.variables,
            "defaultDomain": format!("{}.amplifyapp.com", self.id),
            "enableBranchAutoBuild": self.auto_build,
            "enableBranchAutoDeletion": self.auto_deletion,
            "enableBasicAuth": self.basic_auth,
            "basicAuthCredentials": self.basic_auth_credentials,
            "customRules": self.rules,
            "buildSpec": self.build_spec,
            "customHeaders": self.headers,
            "enableAutoBranchCreation": self.auto_creation,
            "autoBranchCreationPatterns": self.auto_creation_patterns,
            "autoBranchCreationConfig": self.auto_creation_config,
            "repositoryCloneMethod": self.connected().then_some("TOKEN"),
            "cacheConfig": {"type": self.cache.as_deref().unwrap_or("AMPLIFY_MANAGED")},
            "jobConfig": {"buildComputeType": self.compute.as_deref().unwrap_or("STANDARD_8GB")},
            "tags": self.tags,
        })
    }
}

pub(super) fn create(cx: &mut Context<'_>) -> Answered {
    let mut wish: Wish = wish(cx)?;
    let tags = wish.tags.take().unwrap_or_default();
    tags::check(&tags)?;
    let id = format!("d{}", letters(13, b"abcdefghijklmnopqrstuvwxyz0123456789"));
    let mut app = App {
        arn: format!("arn:aws:amplify:{}:{ACCOUNT}:apps/{id}", cx.region()),
        id,
        platform: "WEB".to_owned(),
        created_at: cx.now(),
        updated_at: cx.now(),
        tags,
        ..App::default()
    };
    app.apply(wish, cx.facts().knows_repositories)?;
    let shown = app.render();
    cx.apps().apps.insert(app.id.clone(), app);
    Ok(answer::rest(200, json!({"app": shown})))
}

pub(super) fn get(cx: &mut Context<'_>) -> Answered {
    let shown = find(cx)?.render();
    Ok(answer::rest(200, json!({"app": shown})))
}

pub(super) fn list(cx: &mut Context<'_>) -> Answered {
    let items = cx.apps().apps.values().map(App::render).collect();
    Ok(answer::rest(200, paged(cx, "apps", items, 100)))
}

pub(super) fn update(cx: &mut Context<'_>) -> Answered {
    let wish: Wish = wish(cx)?;
    let (now, is_known) = (cx.now(), cx.facts().knows_repositories);
    let mut app = find(cx)?.clone();
    app.apply(wish, is_known)?;
    app.updated_at = now;
    let shown = app.render();
    *find(cx)? = app;
    Ok(answer::rest(200, json!({"app": shown})))
}

pub(super) fn delete(cx: &mut Context<'_>) -> Answered {
    let app = find(cx)?.clone();
    cx.apps().apps.remove(&app.id);
    app.domains.values().for_each(|domain| domain::leave(cx, domain));
    Ok(answer::rest(200, json!({"app": app.render()})))
}
