//! A build is started and followed to its end.

use std::sync::Arc;

use finsight_aws::ops::frontend::{self, Build};
use finsight_aws::session::Region;
use finsight_engine::contract::FailureClass;

use crate::commands::patience::{Next, Stop};
use crate::error::CommandError;

/// Minutes that a build may take.
pub const MINUTES: u64 = 60;

/// A branch in AWS.
pub struct Place {
    pub aws: Arc<Region>,
    /// The app's id.
    pub app: String,
    /// The branch's name.
    pub branch: String,
}

/// How far a build is. What was there before is known, so that a lost answer starts none twice.
pub struct Run {
    /// Builds with a higher number are as wanted.
    after: u64,
    /// The one that is followed.
    job: Option<String>,
    /// Whether one was asked for.
    asked: bool,
}

impl Run {
    /// A build that comes after another one, or is there already.
    pub fn after(job: u64) -> Self {
        Self { after: job, job: None, asked: false }
    }

    /// The build that is followed.
    pub fn job(&self) -> &str {
        self.job.as_deref().unwrap_or_default()
    }
}

impl Place {
    /// The builds of the branch, newest first.
    pub async fn builds(&self) -> Result<Next<Vec<Build>>, Stop> {
        match frontend::builds(&self.aws, &self.app, &self.branch).await {
            Ok(builds) => Ok(Next::Done(builds)),
            Err(failure) if failure.class == FailureClass::Absent => Err(CommandError::new(
                "OPS-GONE",
                format!("the app {} has no branch `{}` in AWS", self.app, self.branch),
                "nothing was built; `finsight-deploy state list` names the branches, `drift` tells what is missing",
            )
            .into()),
            Err(failure) => Err(failure.into()),
        }
    }

    /// One look, and the next step, until there is a build that is as wanted: one that runs, or came to a good end.
    pub async fn begin(&self, run: &mut Run) -> Result<Next<Build>, Stop> {
        let Next::Done(builds) = self.builds().await? else {
            return Ok(Next::Wait("the builds of the branch".to_owned()));
        };
        let fresh: Vec<&Build> = builds.iter().filter(|build| build.number() > run.after).collect();
        let good = fresh.iter().find(|build| build.succeeded() || build.is_running());
        match (good, fresh.first()) {
            (Some(good), _) => {
                run.job = Some(good.job.clone());
                return Ok(Next::Done((*good).clone()));
            }
            // It was asked for here, and is over already.
            (None, Some(bad)) if run.asked => {
                run.job = Some(bad.job.clone());
                return Ok(Next::Done((*bad).clone()));
            }
            // One of an earlier run, or of a push: another one is tried.
            (None, Some(bad)) => run.after = bad.number(),
            (None, None) => {}
        }
        if let Some(before) = builds.iter().find(|build| build.is_running()) {
            return Ok(Next::Wait(format!(
                "build {} of {}, which was begun before, is {}",
                before.job, self.branch, before.status
            )));
        }
        run.asked = true;
        let build = frontend::release(&self.aws, &self.app, &self.branch).await?;
        run.job = Some(build.job.clone());
        Ok(Next::Done(build))
    }

    /// One look at the build that is followed.
    pub async fn follow(&self, run: &Run, retry: &str) -> Result<Next<Build>, Stop> {
        let job = run.job();
        let build = frontend::build(&self.aws, &self.app, &self.branch, job).await?;
        if build.succeeded() {
            return Ok(Next::Done(build));
        }
        if build.is_running() {
            return Ok(Next::Wait(format!("build {job} of {} is {}", self.branch, build.status)));
        }
        Err(self.failed(&build, retry).await.into())
    }

    /// What became of a build that came to no good end, in AWS's words.
    pub async fn failed(&self, build: &Build, next: &str) -> CommandError {
        let Self { app, branch, .. } = self;
        let job = &build.job;
        let (because, log) = match frontend::failed_step(&self.aws, app, branch, job).await {
            Ok(Some(step)) if step.reason.is_empty() => {
                (format!(", at the step {}, and Amplify gives no reason", step.name), step.log)
            }
            Ok(Some(step)) => (format!(", at the step {}: {}", step.name, step.reason), step.log),
            Ok(None) => (String::new(), String::new()),
            Err(failure) => (format!("; its steps could not be asked: {failure}"), String::new()),
        };
        let log = if log.is_empty() { String::new() } else { format!(" {log}") };
        CommandError::new(
            "OPS-FAILED",
            format!("build {job} of `{branch}` is {}{because}", build.status),
            format!(
                "what was deployed before still is; read its log{log} (aws amplify get-job --app-id {app} \
                 --branch-name {branch} --job-id {job} gives the address that opens it), {next}"
            ),
        )
    }
}
