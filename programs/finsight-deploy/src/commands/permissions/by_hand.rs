//! What a rehearsal does without a command: the token of the site's repository is put in, and pushes to it give the site
//! something to go back from and to.

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region as Name};
use finsight_aws::Session;
use finsight_aws::ops::frontend;
use finsight_aws::session::Region;
use finsight_local::LocalCloud;

use super::rehearsal::Rehearsal;
use crate::error::CommandError;

/// Two commits, in the order in which they are pushed.
const COMMITS: [&str; 2] = ["1111111", "2222222"];
/// How often it is looked whether a build is done, which takes milliseconds.
const LOOKS: u32 = 2000;

/// The last part of the name of the secret that has the token of the site's repository.
const TOKEN: &str = "/github-token";

impl Rehearsal {
    /// Puts the token in that lets Amplify into the site's repository.
    pub async fn let_amplify_in(&self) -> Result<(), CommandError> {
        let aws = self.region(&self.read()?).await?;
        let all = aws.secretsmanager().list_secrets().into_paginator().send().try_collect().await;
        let all = all.map_err(|error| undone(&error))?;
        let names = all.iter().flat_map(|page| page.secret_list()).filter_map(|secret| secret.name());
        for name in names.filter(|name| name.ends_with(TOKEN)) {
            let put = aws.secretsmanager().put_secret_value().secret_id(name).secret_string("ghp_rehearsal");
            put.send().await.map_err(|error| undone(&error))?;
        }
        Ok(())
    }

    /// Builds each branch twice; the branches.
    pub async fn build(&self) -> Result<Vec<String>, CommandError> {
        let config = self.read()?;
        let branches = config.pointer("/frontend/branches").and_then(serde_json::Value::as_object);
        let branches: Vec<String> = branches.into_iter().flatten().map(|(name, _)| name.clone()).collect();
        let aws = self.region(&config).await?;
        let apps = aws.amplify().list_apps().send().await.map_err(|error| undone(&error))?;
        for app in apps.apps() {
            for branch in &branches {
                for commit in COMMITS {
                    push(&aws, app.app_id(), branch, commit).await?;
                }
            }
        }
        Ok(if apps.apps().is_empty() { Vec::new() } else { branches })
    }

    /// The way to the embedded AWS, with all rights.
    async fn region(&self, config: &serde_json::Value) -> Result<Arc<Region>, CommandError> {
        let region = config["region"].as_str().unwrap_or_default().to_owned();
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Name::new(region.clone()))
            .http_client(self.cloud.http_client())
            .credentials_provider(LocalCloud::credentials())
            .endpoint_url("http://local.invalid")
            .load()
            .await;
        let session = Session::open(sdk).await.map_err(|error| undone(&error))?;
        Ok(session.region(&region))
    }
}

/// Builds a commit, and waits until that is done.
async fn push(aws: &Region, app: &str, branch: &str, commit: &str) -> Result<(), CommandError> {
    let call = aws.amplify().start_job().app_id(app).branch_name(branch).commit_id(commit);
    call.job_type("RELEASE".into()).send().await.map_err(|error| undone(&error))?;
    for _ in 0..LOOKS {
        let builds = frontend::builds(aws, app, branch).await;
        let builds = builds.map_err(|failure| because(&failure.to_string()))?;
        if builds.iter().all(|build| !build.is_running()) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err(because(&format!("the build of `{branch}` does not end")))
}

fn undone(error: &dyn std::error::Error) -> CommandError {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    because(&words)
}

fn because(words: &str) -> CommandError {
    CommandError::new(
        "LOCAL-REHEARSAL",
        format!("no rollback succeeds in the embedded AWS, so what it needs is not known: {words}"),
        "run it with --local first, and correct what it says",
    )
}
