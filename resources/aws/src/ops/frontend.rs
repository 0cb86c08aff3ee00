//! Builds of a site's branches. Amplify has no rollback: an earlier build is run again.

use aws_sdk_amplify::types::{JobStatus, JobSummary, JobType};
use finsight_engine::contract::Failure;

use crate::failure::{refused, unexpected, unread};
use crate::session::Region;

/// A build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Its number in the branch.
    pub job: String,
    /// AWS's word for how far it is.
    pub status: String,
    /// Why it was started: `RELEASE`, `RETRY`, `WEB_HOOK`, `MANUAL`.
    pub kind: String,
    /// The commit that it builds; `HEAD` where AWS was not told.
    pub commit: String,
    /// That commit's message.
    pub message: String,
    /// When it ended, in seconds since 1970; 0 before that.
    pub ended: i64,
}

impl Build {
    fn of(job: &JobSummary) -> Self {
        Self {
            job: job.job_id().to_owned(),
            status: job.status().as_str().to_owned(),
            kind: job.job_type().as_str().to_owned(),
            commit: job.commit_id().to_owned(),
            message: job.commit_message().to_owned(),
            ended: job.end_time().map_or(0, |time| time.secs()),
        }
    }

    /// Whether it came to a good end.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status == "SUCCEED"
    }

    /// Whether it has not come to its end.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.status.as_str(), "PENDING" | "PROVISIONING" | "RUNNING" | "CANCELLING")
    }

    /// The commit, where it tells one build from another.
    fn known_commit(&self) -> Option<&str> {
        Some(self.commit.as_str()).filter(|commit| !commit.is_empty() && *commit != "HEAD")
    }

    /// Its number in the branch, by which builds are in order.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.job.parse().unwrap_or(0)
    }
}

/// The builds of a branch, newest first.
///
/// # Errors
/// What AWS said.
pub async fn builds(aws: &Region, app: &str, branch: &str) -> Result<Vec<Build>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.amplify().list_jobs().app_id(app).branch_name(branch).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("amplify:ListJobs", &error))?;
        found.extend(page.job_summaries().iter().map(Build::of));
    }
    found.sort_by_key(|build| std::cmp::Reverse(build.number()));
    Ok(found)
}

/// One build.
///
/// # Errors
/// What AWS said.
pub async fn build(aws: &Region, app: &str, branch: &str, job: &str) -> Result<Build, Failure> {
    let call = aws.amplify().get_job().app_id(app).branch_name(branch).job_id(job);
    let answer = call.send().await.map_err(|error| unread("amplify:GetJob", &error))?;
    let summary = answer.job().and_then(|job| job.summary());
    summary.map(Build::of).ok_or_else(|| unexpected("amplify:GetJob", "the answer has no job"))
}

/// The step in which a build failed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedStep {
    /// AWS's name for it, such as `BUILD`.
    pub name: String,
    /// AWS's words; often none.
    pub reason: String,
    /// Where its log is, without what lets anybody read it: that is a secret.
    pub log: String,
}

/// Where a build failed; `None` where AWS does not say.
///
/// # Errors
/// What AWS said.
pub async fn failed_step(
    aws: &Region,
    app: &str,
    branch: &str,
    job: &str,
) -> Result<Option<FailedStep>, Failure> {
    let call = aws.amplify().get_job().app_id(app).branch_name(branch).job_id(job);
    let answer = call.send().await.map_err(|error| unread("amplify:GetJob", &error))?;
    let steps = answer.job().map(|job| job.steps()).unwrap_or_default();
    let failed = steps.iter().find(|step| step.status() == &JobStatus::Failed);
    Ok(failed.map(|step| FailedStep {
        name: step.step_name().to_owned(),
        reason: step.status_reason().unwrap_or_default().trim().to_owned(),
        log: unsigned(step.log_url().unwrap_or_default()).to_owned(),
    }))
}

/// An address without its query, which is what signs it.
fn unsigned(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

/// Builds what the branch has now, and gives the build.
///
/// # Errors
/// What AWS said.
pub async fn release(aws: &Region, app: &str, branch: &str) -> Result<Build, Failure> {
    let call = aws.amplify().start_job().app_id(app).branch_name(branch);
    let call = call.job_type(JobType::Release).job_reason("finsight-deploy: build");
    let answer = call.send().await.map_err(|error| refused("amplify:StartJob", &error))?;
    let summary = answer.job_summary();
    summary.map(Build::of).ok_or_else(|| unexpected("amplify:StartJob", "the answer has no job"))
}

/// Runs a build again, and gives the one that runs now.
///
/// # Errors
/// What AWS said.
pub async fn again(aws: &Region, app: &str, branch: &str, job: &str) -> Result<Build, Failure> {
    let call = aws.amplify().start_job().app_id(app).branch_name(branch);
    let call = call.job_type(JobType::Retry).job_id(job).job_reason("finsight-deploy: rollback");
    let answer = call.send().await.map_err(|error| refused("amplify:StartJob", &error))?;
    let summary = answer.job_summary();
    summary.map(Build::of).ok_or_else(|| unexpected("amplify:StartJob", "the answer has no job"))
}

/// The build that a branch shows: the good one that ended last.
#[must_use]
pub fn deployed(builds: &[Build]) -> Option<&Build> {
    builds.iter().filter(|build| build.succeeded()).max_by_key(|build| (build.ended, build.number()))
}

/// The last good build before the one that is deployed. One that was run again counts as the one that it
/// repeats: otherwise a second rollback would bring back what the first one took away.
#[must_use]
pub fn earlier(builds: &[Build]) -> Option<&Build> {
    let deployed = deployed(builds)?;
    let commit = deployed.known_commit();
    let same = |build: &&Build| commit.is_some() && build.known_commit() == commit && build.succeeded();
    let first = builds.iter().rev().find(same).filter(|_| deployed.kind == "RETRY").unwrap_or(deployed);
    builds.iter().find(|build| {
        let other = commit.is_none() || build.known_commit() != commit;
        build.succeeded() && build.number() < first.number() && other
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Builds by kind, commit and status, oldest first.
    fn history(all: &[(&str, &str, &str)]) -> Vec<Build> {
        let build = |(at, (kind, commit, status)): (usize, &(&str, &str, &str))| Build {
            job: (at + 1).to_string(),
            status: (*status).to_owned(),
            kind: (*kind).to_owned(),
            commit: (*commit).to_owned(),
            message: String::new(),
            ended: 0,
        };
        let mut builds: Vec<Build> = all.iter().enumerate().map(build).collect();
        builds.reverse();
        builds
    }

    fn back(all: &[(&str, &str, &str)]) -> Option<String> {
        earlier(&history(all)).map(|build| build.job.clone())
    }

    #[test]
    fn what_signs_an_address_is_not_told() {
        assert_eq!(
            unsigned("https://a.s3.amazonaws.com/d1/main/1/BUILD/log.txt?X-Amz-Signature=ab"),
            "https://a.s3.amazonaws.com/d1/main/1/BUILD/log.txt"
        );
        assert_eq!((unsigned("https://a/b"), unsigned("")), ("https://a/b", ""));
    }

    #[test]
    fn what_failed_is_passed_over() {
        let first = ("RELEASE", "a", "SUCCEED");
        assert_eq!(back(&[]), None);
        assert_eq!(back(&[first]), None);
        assert_eq!(back(&[first, ("RELEASE", "b", "FAILED")]), None);
        assert_eq!(back(&[first, ("RELEASE", "b", "SUCCEED")]).as_deref(), Some("1"));
        let failed =
            [("RELEASE", "b", "FAILED"), ("WEB_HOOK", "c", "CANCELLED"), ("RELEASE", "d", "SUCCEED")];
        let all: Vec<_> = [first].into_iter().chain(failed).collect();
        assert_eq!(back(&all).as_deref(), Some("1"));
    }

    #[test]
    fn a_second_rollback_goes_further_back() {
        let built = [("RELEASE", "a", "SUCCEED"), ("RELEASE", "b", "SUCCEED"), ("RELEASE", "c", "SUCCEED")];
        assert_eq!(back(&built).as_deref(), Some("2"));
        let once: Vec<_> = built.into_iter().chain([("RETRY", "b", "SUCCEED")]).collect();
        assert_eq!(back(&once).as_deref(), Some("1"));
        let twice: Vec<_> = once.iter().copied().chain([("RETRY", "a", "SUCCEED")]).collect();
        assert_eq!(back(&twice), None);
    }

    #[test]
    fn the_same_commit_built_twice_is_no_earlier_build() {
        let built = [("RELEASE", "a", "SUCCEED"), ("RELEASE", "b", "SUCCEED"), ("RELEASE", "b", "SUCCEED")];
        assert_eq!(back(&built).as_deref(), Some("1"));
        // Of `HEAD` nobody knows which commit it was.
        let head = [("RELEASE", "HEAD", "SUCCEED"), ("RELEASE", "HEAD", "SUCCEED")];
        assert_eq!(back(&head).as_deref(), Some("1"));
    }
}
