//! Jobs and deployments of branches.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::branch::named;
use super::{bad, find, missing, paged, segment, wish};
use crate::answer::{self, Answered, Refusal};
use crate::clock::iso;
use crate::world::{Context, hex};

/// Seconds until a job has a machine, runs, and is done.
const PROVISIONING: u32 = 5;
const RUNNING: u32 = 20;
const DONE: u32 = 180;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Job {
    pub id: String,
    kind: String,
    commit: String,
    message: String,
    committed_at: i64,
    started_at: i64,
    source: Option<String>,
    /// Whether it waits for its files.
    waits: bool,
    /// When it has a machine, runs, and is done.
    due: [i64; 3],
    stopped_at: Option<i64>,
    /// The step that fails, and why.
    fails: Option<(String, String)>,
}

/// What a build goes through, in order.
const STEPS: [&str; 2] = ["BUILD", "DEPLOY"];

#[derive(Clone, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Wish {
    job_id: Option<String>,
    job_type: String,
    commit_id: Option<String>,
    commit_message: Option<String>,
    source_url: Option<String>,
}

impl Job {
    fn status(&self, now: i64) -> &'static str {
        let [provisioning, running, done] = self.due;
        match self.stopped_at {
            Some(_) => "CANCELLED",
            None if self.waits => "CREATED",
            None if now >= done && self.failing().is_some() => "FAILED",
            None if now >= done => "SUCCEED",
            None if now >= running => "RUNNING",
            None if now >= provisioning => "PROVISIONING",
            None => "PENDING",
        }
    }

    /// Whether the repository can have the commit: what is no hash is in none.
    fn buildable(&self) -> bool {
        let hash = |text: &str| (1..=40).contains(&text.len()) && text.chars().all(|c| c.is_ascii_hexdigit());
        self.commit == "HEAD" || hash(&self.commit)
    }

    /// The step that it ends with, and why, where it does not end well.
    fn failing(&self) -> Option<(&str, &str)> {
        let ordered = self.fails.as_ref().map(|(step, reason)| (step.as_str(), reason.as_str()));
        ordered.or_else(|| (!self.buildable()).then_some(("BUILD", "The commit could not be checked out.")))
    }

    /// How far one of its steps is: what comes after one that failed is not begun.
    fn status_of(&self, step: &str, now: i64) -> &'static str {
        let at = |step: &str| STEPS.iter().position(|one| *one == step);
        match (self.status(now), self.failing()) {
            ("FAILED", Some((failed, _))) if at(step) < at(failed) => "SUCCEED",
            ("FAILED", Some((failed, _))) if at(step) > at(failed) => "CANCELLED",
            ("RUNNING", _) if step == "DEPLOY" && self.kind != "MANUAL" => "PENDING",
            (status, _) => status,
        }
    }

    /// A step as AWS shows it. The address of its log is signed: who has it may read.
    fn step(&self, step: &str, place: &str, now: i64) -> Value {
        let status = self.status_of(step, now);
        let failing = self.failing().filter(|_| status == "FAILED");
        let begun = !matches!(status, "PENDING" | "PROVISIONING" | "CREATED" | "CANCELLED");
        let log = format!(
            "{place}/{}/{step}/log.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=300&X-Amz-Signature={}",
            self.id,
            hex(64)
        );
        json!({
            "stepName": step, "status": status, "startTime": self.started_at / 1000,
            "endTime": self.due[2] / 1000, "statusReason": failing.map_or("", |(_, reason)| reason),
            "logUrl": begun.then_some(log), "context": iso(self.started_at),
        })
    }

    fn goes_on(&self, now: i64) -> bool {
        matches!(self.status(now), "PENDING" | "PROVISIONING" | "RUNNING")
    }

    fn go(&mut self, cx: &Context<'_>) {
        self.waits = false;
        self.started_at = cx.now();
        self.due = [PROVISIONING, RUNNING, DONE].map(|seconds| cx.clock.due(seconds));
        self.fails = cx.world.outcomes.of("aws:amplify:Branch", &segment(cx, 3));
    }

    fn render(&self, branch_arn: &str, now: i64) -> Value {
        let over = matches!(self.status(now), "SUCCEED" | "FAILED");
        let end = self.stopped_at.or_else(|| over.then_some(self.due[2]));
        json!({
            "jobArn": format!("{branch_arn}/jobs/{}", self.id),
            "jobId": self.id,
            "commitId": self.commit,
            "commitMessage": self.message,
            "commitTime": self.committed_at / 1000,
            "startTime": self.started_at / 1000,
            "status": self.status(now),
            "endTime": end.map(|at| at / 1000),
            "jobType": self.kind,
            "sourceUrl": self.source,
        })
    }
}

/// A new job of a branch, numbered after its last one.
fn next(cx: &mut Context<'_>, kind: &str) -> Result<Job, Refusal> {
    let now = cx.now();
    let jobs = &named(cx)?.jobs;
    if jobs.iter().any(|job| job.goes_on(now)) {
        return Err(Refusal::new(
            429,
            "LimitExceededException",
            "The branch already has pending or running jobs, and can have one at a time.",
        ));
    }
    let last = jobs.iter().filter_map(|job| job.id.parse::<u64>().ok()).max().unwrap_or(0);
    Ok(Job {
        id: (last + 1).to_string(),
        kind: kind.to_owned(),
        commit: "HEAD".to_owned(),
        committed_at: now,
        started_at: now,
        ..Job::default()
    })
}

fn keep(cx: &mut Context<'_>, job: Job) -> Answered {
    let now = cx.now();
    let branch = named(cx)?;
    let shown = job.render(&branch.arn, now);
    branch.jobs.push(job);
    Ok(answer::rest(200, json!({"jobSummary": shown})))
}

/// Builds are of apps with a repository.
pub(super) fn start(cx: &mut Context<'_>) -> Answered {
    let wish: Wish = wish(cx)?;
    let before = match (wish.job_type.as_str(), &wish.job_id) {
        ("RETRY", Some(id)) => {
            let job = named(cx)?.jobs.iter().find(|job| job.id == *id).cloned();
            Some(job.ok_or_else(|| missing(format!("Job {id} not found.")))?)
        }
        ("RETRY", None) => return Err(bad("A retry needs the id of a job")),
        ("RELEASE" | "MANUAL" | "WEB_HOOK", _) => None,
        (other, _) => return Err(bad(format!("Invalid job type {other}"))),
    };
    named(cx)?;
    if !find(cx)?.connected() {
        return Err(bad("Operation not supported. App is not connected to a repository."));
    }
    let mut job = next(cx, &wish.job_type)?;
    if let Some(before) = before {
        (job.commit, job.message, job.committed_at) = (before.commit, before.message, before.committed_at);
    }
    job.commit = wish.commit_id.unwrap_or(job.commit);
    job.message = wish.commit_message.unwrap_or(job.message);
    job.go(cx);
    keep(cx, job)
}

fn by_hand(cx: &mut Context<'_>) -> Result<(), Refusal> {
    named(cx)?;
    if find(cx)?.connected() {
        return Err(bad("Operation not supported. App is already connected a repository."));
    }
    Ok(())
}

/// Where files are to be put; they are not looked at.
pub(super) fn create_deployment(cx: &mut Context<'_>) -> Answered {
    #[derive(Clone, Deserialize, Default)]
    #[serde(default, rename_all = "camelCase")]
    struct Files {
        file_map: std::collections::BTreeMap<String, String>,
    }
    let files: Files = wish(cx)?;
    by_hand(cx)?;
    let mut job = next(cx, "MANUAL")?;
    job.waits = true;
    let base = format!("https://aws-amplify-prod-{}-artifacts.s3.amazonaws.com/{}", cx.region(), hex(24));
    let urls: serde_json::Map<String, Value> =
        files.file_map.keys().map(|name| (name.clone(), json!(format!("{base}/{name}")))).collect();
    let id = job.id.clone();
    named(cx)?.jobs.push(job);
    let body = json!({"jobId": id, "fileUploadUrls": urls, "zipUploadUrl": format!("{base}/deployment.zip")});
    Ok(answer::rest(200, body))
}

/// Of files that were put where a deployment asked for them, or of an address.
pub(super) fn start_deployment(cx: &mut Context<'_>) -> Answered {
    let wish: Wish = wish(cx)?;
    by_hand(cx)?;
    match (wish.job_id, wish.source_url) {
        (Some(id), _) => {
            let now = cx.now();
            let jobs = &named(cx)?.jobs;
            let job = jobs.iter().find(|job| job.id == id).cloned();
            let mut job = job.ok_or_else(|| missing(format!("Job {id} not found.")))?;
            if !job.waits {
                return Err(bad(format!("Job {id} is {}", job.status(now))));
            }
            if jobs.iter().any(|job| job.goes_on(now)) {
                next(cx, "MANUAL")?;
            }
            job.go(cx);
            named(cx)?.jobs.retain(|other| other.id != id);
            keep(cx, job)
        }
        (None, Some(source)) => {
            let mut job = next(cx, "MANUAL")?;
            job.source = Some(source);
            job.go(cx);
            keep(cx, job)
        }
        (None, None) => Err(bad("Expected jobId or sourceUrl")),
    }
}

fn find_job(cx: &mut Context<'_>) -> Result<Job, Refusal> {
    let id = segment(cx, 5);
    let job = named(cx)?.jobs.iter().find(|job| job.id == id).cloned();
    job.ok_or_else(|| missing(format!("Job {id} not found.")))
}

pub(super) fn get(cx: &mut Context<'_>) -> Answered {
    let now = cx.now();
    let job = find_job(cx)?;
    let summary = job.render(&named(cx)?.arn, now);
    let place = format!(
        "https://aws-amplify-prod-{}-artifacts.s3.amazonaws.com/{}/{}",
        cx.region(),
        segment(cx, 1),
        crate::wire::query::encode(&segment(cx, 3))
    );
    let steps = STEPS.into_iter().filter(|step| *step == "DEPLOY" || job.kind != "MANUAL");
    let steps: Vec<Value> = steps.map(|step| job.step(step, &place, now)).collect();
    Ok(answer::rest(200, json!({"job": {"summary": summary, "steps": steps}})))
}

/// The newest first.
pub(super) fn list(cx: &mut Context<'_>) -> Answered {
    let now = cx.now();
    let branch = named(cx)?;
    let items = branch.jobs.iter().rev().map(|job| job.render(&branch.arn, now)).collect();
    Ok(answer::rest(200, paged(cx, "jobSummaries", items, 50)))
}

pub(super) fn stop(cx: &mut Context<'_>) -> Answered {
    let now = cx.now();
    let mut job = find_job(cx)?;
    if !job.goes_on(now) && !job.waits {
        return Err(bad(format!("Job {} is {} and cannot be stopped", job.id, job.status(now))));
    }
    job.stopped_at = Some(now);
    let branch = named(cx)?;
    let shown = job.render(&branch.arn, now);
    branch.jobs.iter_mut().filter(|other| other.id == job.id).for_each(|other| *other = job.clone());
    Ok(answer::rest(200, json!({"jobSummary": shown})))
}

pub(super) fn delete(cx: &mut Context<'_>) -> Answered {
    let now = cx.now();
    let job = find_job(cx)?;
    let branch = named(cx)?;
    branch.jobs.retain(|other| other.id != job.id);
    let shown = job.render(&branch.arn, now);
    Ok(answer::rest(200, json!({"jobSummary": shown})))
}
