//! `ops frontend build` and `ops frontend rollback`.

use std::collections::BTreeSet;

use finsight::people::{Unbuildable, unbuildable};
use finsight_aws::ops::built::{self, Mark, Stage};
use finsight_aws::ops::frontend::{self, Build};
use finsight_aws::ops::under_way::{self, Branch, UnderWay};
use finsight_engine::contract::FailureClass;
use finsight_engine::state::Row;
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use serde_json::json;

use super::Bench;
use super::work::{Outline, mark as mark_of, marked};
use crate::builds::{MINUTES, Marked, Place, Run, command, marks, name_of, standing};
use crate::cli::Global;
use crate::cli::ops::{self, Rollback};
use crate::commands::patience::{Next, Patience, Stop};
use crate::error::{CommandError, Outcome};
use crate::render;
use crate::run::timestamp;

pub async fn build(global: &Global, args: &ops::Build) -> Outcome {
    let bench = Bench::open(global, "ops frontend build").await?;
    let (app, place) = place(&bench, args.branch.as_deref())?;
    let branch = place.branch.as_str();
    let row = on_record(&bench, &app, branch);
    if let Some(row) = row {
        check_buildable(&bench, row)?;
    }
    let mut patience = bench.patience(&args.how, MINUTES);
    let builds = patience.until("the builds of the branch", async || place.builds().await).await?;
    let stands = stands(&place, &mut patience).await?;
    let running = builds.iter().find(|build| build.is_running());
    // A rollback is on its way: it is not what is asked for, and it is somebody's.
    if let Some(rollback) = running.filter(|build| build.kind == "RETRY") {
        return Err(busy(&place, rollback));
    }
    let newest = builds.iter().map(Build::number).max().unwrap_or(0);
    let words = format!("ops frontend build {branch}");
    let after = match (begun(&bench, &stands, &words), running) {
        (Some(UnderWay::Build(after)), _) => {
            render::note("going on with a build that was begun");
            after
        }
        (_, Some(running)) => {
            render::note(&format!("going on with build {}, which runs", running.job));
            running.number().saturating_sub(1)
        }
        _ => {
            let outline = Outline {
                what: format!("build what `{branch}` has now, and deploy it"),
                steps: vec![format!("Amplify builds `{branch}`, and shows the result when it is good")],
                takes: "2 to 10 minutes",
                interruption: Some(0),
                meanwhile: "the site shows the build before".to_owned(),
                next_up: "builds nothing more, unless what a build takes in changes".to_owned(),
            };
            bench.propose(&args.how, &outline).await?;
            newest
        }
    };
    let work = async || {
        let mark = match row {
            Some(row) => mark(&bench, &app, row, &place, &mut patience).await,
            None => None,
        };
        let under_way = UnderWay::Build(after);
        put_under_way(&place, &mut patience, &stands, &under_way).await?;
        let mut run = Run::after(after);
        let retry = format!("then: {}", command(&bench.stack.name, branch));
        let done = match patience.until("the build", async || place.begin(&mut run).await).await {
            Ok(_) => patience.until("the build", async || place.follow(&run, &retry).await).await,
            Err(error) => Err(error),
        };
        over(&place, &mut patience, &stands, &done).await;
        let done = done?;
        if let (Some(row), Some(mark)) = (row, mark)
            && matches!(mark.stage, Stage::After(before) if done.number() > before)
            && let Err(error) =
                marks::put(&place, &mut patience, row, &Mark { stage: Stage::Built, ..mark }).await
        {
            unmarked(&error);
        }
        Ok(done)
    };
    let under_way = UnderWay::Build(after).text();
    let done = bench.carry_out(&format!("{words} {under_way}"), timestamp(), work).await?;
    let from = frontend::deployed(&builds).map(|build| &build.job);
    let document = json!({
        "app": app.id, "branch": branch, "from": from, "commit": done.commit, "job": done.job, "changed": true,
    });
    bench.tell(document, &format!("{branch} shows build {} ({})", done.job, shown(&done)));
    Ok(bench.store.end())
}

/// The branch as it stands.
async fn stands(place: &Place, patience: &mut Patience) -> Result<Branch, CommandError> {
    let Place { aws, app, branch } = place;
    let look = async || Ok(Next::Done(under_way::look(aws, app, branch).await?));
    let found = patience.until("the branch", look).await?;
    found.ok_or_else(|| {
        let message = format!("the app {app} has no branch `{branch}` in AWS");
        CommandError::new("OPS-GONE", message, "nothing was changed; `drift` tells what is missing")
    })
}

/// What was begun and cut off: by the mark of the branch, or by the record.
fn begun(bench: &Bench, branch: &Branch, words: &str) -> Option<UnderWay> {
    let mark = branch.under_way.as_deref().and_then(marked).and_then(UnderWay::parse);
    mark.or_else(|| UnderWay::parse(bench.begun(words)?))
}

/// Says at AWS what is under way, before it is begun.
async fn put_under_way(
    place: &Place,
    patience: &mut Patience,
    branch: &Branch,
    what: &UnderWay,
) -> Result<(), CommandError> {
    let (what, stands) = (what.text(), branch.under_way.as_deref().and_then(marked));
    if stands == Some(what.as_str()) {
        return Ok(());
    }
    let mark = mark_of(&what);
    let put = async || Ok(Next::Done(under_way::put(&place.aws, &branch.arn, &mark).await?));
    patience.until("the mark of the branch", put).await
}

/// Says at AWS that nothing is under way any more. Of what was interrupted that is not known.
async fn over<T>(place: &Place, patience: &mut Patience, branch: &Branch, end: &Result<T, CommandError>) {
    if end.as_ref().is_err_and(|error| matches!(error.code.as_str(), "CLI-INTERRUPTED" | "OPS-TIMEOUT")) {
        return;
    }
    let off = async || Ok(Next::Done(under_way::take_off(&place.aws, &branch.arn).await?));
    if let Err(error) = patience.until("the mark of the branch", off).await {
        render::note(&format!("the branch is still marked as being built: {}", error.message));
    }
}

/// The stack's app, and the branch that is meant.
fn place(bench: &Bench, branch: Option<&str>) -> Result<(Row, Place), CommandError> {
    let app = bench.row("aws:amplify:App", "Amplify app", None)?;
    let branch = match branch {
        Some(name) => name.to_owned(),
        None => production(bench, &app)?,
    };
    let place = Place { aws: bench.region(&app), app: app.id.clone(), branch };
    Ok((app, place))
}

/// The branch on record; others are built as well.
fn on_record<'b>(bench: &'b Bench, app: &Row, branch: &str) -> Option<&'b Row> {
    let of_the_app = |row: &&Row| row.edges.iter().any(|edge| edge.via == "app_id" && edge.urn == app.urn);
    let branches = bench.state.rows.values().filter(|row| row.urn.type_name() == "aws:amplify:Branch");
    branches.filter(of_the_app).find(|row| name_of(row) == branch)
}

/// Refuses what Amplify cannot build.
fn check_buildable(bench: &Bench, row: &Row) -> Result<(), CommandError> {
    let none = std::collections::BTreeMap::new();
    let standing = standing(&bench.state, &none);
    let one = standing.iter().find(|one| one.urn == &row.urn);
    let refused = |why: String, way: String| {
        Err(CommandError::refused(
            "OPS-NO-REPOSITORY",
            format!("Amplify cannot build `{}`: {why}", name_of(row)),
            format!("nothing was changed; {way}"),
        ))
    };
    match one.and_then(|one| unbuildable(one, &standing)) {
        None => Ok(()),
        Some(Unbuildable::ByHand) => refused(
            "its app has no repository".to_owned(),
            "it is deployed by hand: aws amplify create-deployment".to_owned(),
        ),
        Some(Unbuildable::NoToken(secret)) => refused(
            format!(
                "{secret} holds a random text in place of the repository's token, or did at the last `up`"
            ),
            format!("put the token in, and run `finsight-deploy up --stack {}`", bench.stack.name),
        ),
    }
}

/// The mark of the branch, brought up to what is on record. Without it the next `up` builds once more, which is no
/// reason not to build now.
async fn mark(bench: &Bench, app: &Row, row: &Row, place: &Place, patience: &mut Patience) -> Option<Mark> {
    let known = bench.connection.ask_soon(async || built::marks(&place.aws, &app.id).await).await;
    let known = known.map_err(|failure| crate::commands::patience::refused(&failure));
    let renewed = match known {
        Ok(mut marks) => {
            let mark = marks.remove(&place.branch);
            let urns: [&Urn; 2] = [&app.urn, &row.urn];
            // What was done since then may be what a build takes in.
            let changed =
                mark.as_ref().is_some_and(|mark| marks::touched(&bench.state, urns, mark.update, u64::MAX));
            Marked { state: &bench.state, app, branch: row, mark }.renew(place, patience, changed).await
        }
        Err(error) => Err(error),
    };
    renewed.map_err(|error| unmarked(&error)).ok()
}

fn unmarked(error: &CommandError) {
    render::note(&format!(
        "that this build has today's settings could not be marked, so the next `up` builds again: {}",
        error.message
    ));
}

/// Another build is on its way.
fn busy(place: &Place, running: &Build) -> CommandError {
    let Place { app, branch, .. } = place;
    CommandError::refused(
        "OPS-BUILD-RUNS",
        format!("build {} of `{branch}` is {}: Amplify runs one at a time", running.job, running.status),
        format!(
            "nothing was changed; wait for it, or stop it: aws amplify stop-job --app-id {app} --branch-name {branch} \
             --job-id {}",
            running.job
        ),
    )
}

pub async fn rollback(global: &Global, args: &Rollback) -> Outcome {
    let bench = Bench::open(global, "ops frontend rollback").await?;
    let (app, place) = place(&bench, args.branch.as_deref())?;
    let branch = place.branch.as_str();
    let mut patience = bench.patience(&args.how, MINUTES);
    let builds = patience.until("the builds of the branch", async || place.builds().await).await?;
    let stands = stands(&place, &mut patience).await?;
    let deployed = frontend::deployed(&builds);
    // One that was cut off is gone on with, unless something else was built since then.
    let words = format!("ops frontend rollback {branch}");
    let begun = match begun(&bench, &stands, &words) {
        Some(UnderWay::Rollback(to, after)) if args.to.as_ref().is_none_or(|wanted| *wanted == to) => {
            let later = |build: &Build| build.number() > after && build.kind != "RETRY";
            Some((to, after)).filter(|_| !builds.iter().any(later))
        }
        _ => None,
    };
    let to = begun.as_ref().map(|(to, _)| to.as_str()).or(args.to.as_deref());
    let target = target(branch, &builds, to)?;
    let same = |build: &&Build| build.commit == target.commit && target.commit != "HEAD";
    let running = builds.iter().find(|build| build.is_running());
    let from = deployed.map_or("nothing", |build| build.job.as_str());
    let mut document = json!({
        "app": app.id, "branch": branch, "from": deployed.map(|build| &build.job),
        "to": target.job, "commit": target.commit, "changed": false,
    });
    let shows = deployed.is_some_and(|build| build.job == target.job || same(&build));
    if begun.is_none() && running.is_none() && shows {
        bench.tell(document, &format!("{branch} shows build {from} already ({})", shown(target)));
        return Ok(0);
    }
    // A rollback to the same commit, of a run that was cut off, is gone on with.
    let ours = running.filter(|build| build.kind == "RETRY").filter(same);
    if let (Some(running), None) = (running, ours) {
        return Err(busy(&place, running));
    }
    let newest = builds.iter().map(Build::number).max().unwrap_or(0);
    let after = match &begun {
        Some((_, after)) => {
            render::note(&format!("going on with the way back to build {}", target.job));
            *after
        }
        None => {
            let outline = Outline {
                what: format!(
                    "take `{branch}` from build {from} back to build {} ({})",
                    target.job,
                    shown(target)
                ),
                steps: vec![format!(
                    "Amplify runs build {} again, and shows the result when it is good",
                    target.job
                )],
                takes: "2 to 10 minutes",
                interruption: Some(0),
                meanwhile: "the site shows the build before".to_owned(),
                next_up:
                    "builds nothing, unless what a build takes in changes: then it builds what the branch has"
                        .to_owned(),
            };
            bench.propose(&args.how, &outline).await?;
            newest
        }
    };
    let since = |build: &&Build| build.number() > after && build.kind == "RETRY";
    let job = ours.or(builds.iter().find(since).filter(|_| begun.is_some())).map(|build| build.job.clone());
    let mut again = Again { job, known: numbers(&builds), lost: false };
    let work = async || {
        let under_way = UnderWay::Rollback(target.job.clone(), after);
        put_under_way(&place, &mut patience, &stands, &under_way).await?;
        let done = patience.until("the build", async || again.walk(&place, target).await).await;
        over(&place, &mut patience, &stands, &done).await;
        done
    };
    let under_way = UnderWay::Rollback(target.job.clone(), after).text();
    let done = bench.carry_out(&format!("{words} {under_way}"), timestamp(), work).await?;
    document["job"] = done.job.as_str().into();
    document["changed"] = true.into();
    let text = format!(
        "{branch} is back at build {} ({}), run again as build {}.\nThe next push to {branch} deploys again.",
        target.job,
        shown(target),
        done.job
    );
    bench.tell(document, &text);
    Ok(bench.store.end())
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

/// How far a rollback is.
struct Again {
    /// The build that runs for us.
    job: Option<String>,
    /// The builds that were there before.
    known: BTreeSet<String>,
    /// Whether an answer was lost, with which one may have begun.
    lost: bool,
}

/// The build to go back to.
fn target<'b>(branch: &str, builds: &'b [Build], to: Option<&str>) -> Result<&'b Build, CommandError> {
    let refused = |message: String| {
        let good: Vec<&str> = builds
            .iter()
            .filter(|build| build.succeeded())
            .take(10)
            .map(|build| build.job.as_str())
            .collect();
        let good = if good.is_empty() { "none".to_owned() } else { good.join(", ") };
        let hint = format!("nothing was changed; good builds of `{branch}`: {good}");
        CommandError::refused("OPS-NO-EARLIER-BUILD", message, hint)
    };
    let Some(job) = to else {
        let none = || format!("`{branch}` has no good build before the one that is deployed");
        return frontend::earlier(builds).ok_or_else(|| refused(none()));
    };
    match builds.iter().find(|build| build.job == job) {
        Some(build) if build.succeeded() => Ok(build),
        Some(build) => Err(refused(format!("build {job} of `{branch}` is {}", build.status))),
        None => Err(refused(format!("`{branch}` has no build {job}"))),
    }
}

impl Again {
    /// One look, and the next step.
    async fn walk(&mut self, place: &Place, target: &Build) -> Result<Next<Build>, Stop> {
        let Place { aws, app, branch } = place;
        if self.job.is_none() && self.lost {
            let all = frontend::builds(aws, app, branch).await?;
            let ours =
                all.into_iter().find(|build| build.kind == "RETRY" && !self.known.contains(&build.job));
            self.job = ours.map(|build| build.job);
        }
        let Some(job) = &self.job else {
            match frontend::again(aws, app, branch, &target.job).await {
                Ok(build) => {
                    self.job = Some(build.job.clone());
                    return Ok(Next::Wait(format!("build {} is {}", build.job, build.status)));
                }
                Err(failure) => {
                    self.lost |= failure.class == FailureClass::Ambiguous;
                    return Err(failure.into());
                }
            }
        };
        let build = frontend::build(aws, app, branch, job).await?;
        if build.succeeded() {
            return Ok(Next::Done(build));
        }
        if build.is_running() {
            return Ok(Next::Wait(format!("build {job} is {}", build.status)));
        }
        Err(place.failed(&build, "or go back to another build with --to").await.into())
    }
}
