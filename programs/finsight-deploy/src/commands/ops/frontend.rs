//! `ops frontend rollback`.

use std::collections::BTreeSet;

use finsight_aws::ops::frontend::{self, Build};
use finsight_aws::session::Region;
use finsight_engine::contract::FailureClass;
use finsight_engine::state::Row;
use finsight_engine::value::Value;
use serde_json::json;

use super::Bench;
use super::patience::{Next, Stop};
use crate::cli::Global;
use crate::cli::ops::Rollback;
use crate::error::{CommandError, Outcome};

/// Minutes that a build may take.
const BUILDING: u64 = 60;

pub async fn rollback(global: &Global, args: &Rollback) -> Outcome {
    let bench = Bench::open(global, "ops frontend rollback").await?;
    let app = bench.row("aws:amplify:App", "Amplify app", None)?;
    let branch = match &args.branch {
        Some(name) => name.clone(),
        None => production(&bench, &app)?,
    };
    let place = Place { aws: &bench.region(&app), app: &app.id, branch: &branch };
    let mut patience = bench.patience(&args.how, BUILDING);
    let builds = patience.until("the builds of the branch", async || place.builds().await).await?;
    let deployed = frontend::deployed(&builds);
    let target = place.target(&builds, args.to.as_deref())?;
    let same = |build: &&Build| build.commit == target.commit && target.commit != "HEAD";
    let running = builds.iter().find(|build| build.is_running());
    let from = deployed.map_or("nothing", |build| build.job.as_str());
    let mut document = json!({
        "app": app.id, "branch": branch, "from": deployed.map(|build| &build.job),
        "to": target.job, "commit": target.commit, "changed": false,
    });
    if running.is_none() && deployed.is_some_and(|build| build.job == target.job || same(&build)) {
        bench.tell(document, &format!("{branch} shows build {from} already ({})", shown(target)));
        return Ok(0);
    }
    // A rollback to the same commit, of a run that was cut off, is gone on with.
    let begun = running.filter(|build| build.kind == "RETRY").filter(same);
    if let (Some(running), None) = (running, begun) {
        return Err(CommandError::refused(
            "OPS-BUILD-RUNS",
            format!("build {} of `{branch}` is {}: Amplify runs one at a time", running.job, running.status),
            format!(
                "nothing was changed; wait for it, or stop it: aws amplify stop-job --app-id {} --branch-name \
                 {branch} --job-id {}",
                app.id, running.job
            ),
        ));
    }
    bench
        .ask(
            &args.how,
            &format!("take `{branch}` from build {from} back to build {} ({})", target.job, shown(target)),
        )
        .await?;
    let mut run = Run { job: begun.map(|build| build.job.clone()), known: numbers(&builds), lost: false };
    let done = patience.until("the build", async || place.walk(target, &mut run).await).await?;
    document["job"] = done.job.as_str().into();
    document["changed"] = true.into();
    let text = format!(
        "{branch} is back at build {} ({}), run again as build {}.\nThe next push to {branch} deploys again.",
        target.job,
        shown(target),
        done.job
    );
    bench.tell(document, &text);
    Ok(0)
}

/// The branch of production: by its stage, else the only one, else `main`.
fn production(bench: &Bench, app: &Row) -> Result<String, CommandError> {
    let text = |row: &Row, name: &str| row.inputs.get(name).and_then(Value::as_text).map(str::to_owned);
    let all: Vec<(String, bool)> = bench
        .state
        .rows
        .values()
        .filter(|row| row.urn.type_name() == "aws:amplify:Branch")
        .filter(|row| text(row, "app_id").is_none_or(|id| id == app.id))
        .filter_map(|row| {
            Some((text(row, "branch_name")?, text(row, "stage").as_deref() == Some("PRODUCTION")))
        })
        .collect();
    let staged: Vec<&String> =
        all.iter().filter(|(_, production)| *production).map(|(name, _)| name).collect();
    match (staged.as_slice(), all.as_slice()) {
        ([one], _) => Ok((*one).clone()),
        (_, [(one, _)]) => Ok(one.clone()),
        _ if all.iter().any(|(name, _)| name == "main") => Ok("main".to_owned()),
        _ => {
            let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
            Err(CommandError::new(
                "OPS-WHICH",
                format!("the site has no one branch of production; it has {}", names.join(", ")),
                "nothing was changed; name one with --branch",
            )
            .with_exit(crate::error::USAGE))
        }
    }
}

/// A build in words.
fn shown(build: &Build) -> String {
    let commit: String = build.commit.chars().take(8).collect();
    match build.message.lines().next().filter(|line| !line.is_empty()) {
        Some(message) => format!("{commit}: {message}"),
        None => format!("commit {commit}"),
    }
}

fn numbers(builds: &[Build]) -> BTreeSet<String> {
    builds.iter().map(|build| build.job.clone()).collect()
}

/// Where builds are run.
struct Place<'a> {
    aws: &'a Region,
    app: &'a str,
    branch: &'a str,
}

/// How far it is.
struct Run {
    /// The build that runs for us.
    job: Option<String>,
    /// The builds that were there before.
    known: BTreeSet<String>,
    /// Whether an answer was lost, with which one may have begun.
    lost: bool,
}

impl Place<'_> {
    async fn builds(&self) -> Result<Next<Vec<Build>>, Stop> {
        match frontend::builds(self.aws, self.app, self.branch).await {
            Ok(builds) => Ok(Next::Done(builds)),
            Err(failure) if failure.class == FailureClass::Absent => Err(CommandError::new(
                "OPS-GONE",
                format!("the app {} has no branch `{}` in AWS", self.app, self.branch),
                "nothing was changed; `finsight-deploy state list` names the branches, `drift` tells what is missing",
            )
            .into()),
            Err(failure) => Err(failure.into()),
        }
    }

    /// The build to go back to.
    fn target<'b>(&self, builds: &'b [Build], to: Option<&str>) -> Result<&'b Build, CommandError> {
        let refused = |message: String| {
            let good: Vec<&str> = builds
                .iter()
                .filter(|build| build.succeeded())
                .take(10)
                .map(|build| build.job.as_str())
                .collect();
            let good = if good.is_empty() { "none".to_owned() } else { good.join(", ") };
            let hint = format!("nothing was changed; good builds of `{}`: {good}", self.branch);
            CommandError::refused("OPS-NO-EARLIER-BUILD", message, hint)
        };
        let Some(job) = to else {
            let none = || format!("`{}` has no good build before the one that is deployed", self.branch);
            return frontend::earlier(builds).ok_or_else(|| refused(none()));
        };
        match builds.iter().find(|build| build.job == job) {
            Some(build) if build.succeeded() => Ok(build),
            Some(build) => Err(refused(format!("build {job} of `{}` is {}", self.branch, build.status))),
            None => Err(refused(format!("`{}` has no build {job}", self.branch))),
        }
    }

    /// One look, and the next step.
    async fn walk(&self, target: &Build, run: &mut Run) -> Result<Next<Build>, Stop> {
        if run.job.is_none() && run.lost {
            let all = frontend::builds(self.aws, self.app, self.branch).await?;
            let ours = all.into_iter().find(|build| build.kind == "RETRY" && !run.known.contains(&build.job));
            run.job = ours.map(|build| build.job);
        }
        let Some(job) = &run.job else {
            match frontend::again(self.aws, self.app, self.branch, &target.job).await {
                Ok(build) => {
                    run.job = Some(build.job.clone());
                    return Ok(Next::Wait(format!("build {} is {}", build.job, build.status)));
                }
                Err(failure) => {
                    run.lost |= failure.class == FailureClass::Ambiguous;
                    return Err(failure.into());
                }
            }
        };
        let build = frontend::build(self.aws, self.app, self.branch, job).await?;
        if build.succeeded() {
            return Ok(Next::Done(build));
        }
        if build.status == "FAILED" || build.status == "CANCELLED" {
            return Err(CommandError::new(
                "OPS-FAILED",
                format!("build {job} of `{}` is {}", self.branch, build.status),
                format!(
                    "what was deployed before still is; read its log (aws amplify get-job --app-id {} --branch-name {} \
                     --job-id {job}), or go back to another build with --to",
                    self.app, self.branch
                ),
            )
            .into());
        }
        Ok(Next::Wait(format!("build {job} is {}", build.status)))
    }
}
