//! The site is built: after the first `up`, after what a build takes in was changed, and by hand.

use std::sync::{Arc, OnceLock};

use finsight_local::Outcome;
use tempfile::TempDir;

use crate::restore::Losing;
use crate::support::builds::{builds, let_amplify_in, said};
use crate::support::point::{Point, cut};
use crate::support::site::REGION;
use crate::support::subject::copy;
use crate::support::{Run, Served, Site};

/// Dev's branch, and a variable of all builds.
const BRANCH: &str = "develop";
const VARIABLE: (&str, &str) = ("\"REACT_APP_STAGE\": \"dev\"", "\"REACT_APP_STAGE\": \"other\"");

/// Dev, its token put in and on record, and no build of it.
struct Dev {
    site: Site,
    served: Served,
    _kept: TempDir,
}

impl Dev {
    fn new() -> Self {
        Self::of(Served::open)
    }

    fn of(open: fn(&std::path::Path) -> Served) -> Self {
        static STANDING: OnceLock<TempDir> = OnceLock::new();
        let standing = STANDING.get_or_init(|| {
            let standing = tempfile::tempdir().expect("a temporary directory");
            let served = Served::open(&standing.path().join("cloud"));
            let site = Site::at("dev", &served.url);
            site.run(&["up", "--yes"]).ok();
            let_amplify_in(&served);
            let run = site.run(&["up", "--yes", "--no-build"]).ok();
            run.says(&["develop needs a build", "ops frontend build --stack dev --branch develop"]);
            assert!(said(&served, BRANCH).is_empty());
            copy(&site.path(".finsight"), &standing.path().join("state"));
            standing
        });
        let kept = tempfile::tempdir().expect("a temporary directory");
        copy(&standing.path().join("cloud"), kept.path());
        let served = open(kept.path());
        let site = Site::at("dev", &served.url);
        copy(&standing.path().join("state"), &site.path(".finsight"));
        Self { site, served, _kept: kept }
    }

    fn up(&self) -> Run {
        self.site.run(&["up", "--yes"])
    }

    fn build(&self, more: &[&str]) -> Run {
        self.site.run(&[&["ops", "frontend", "build"], more].concat())
    }

    fn said(&self) -> Vec<String> {
        said(&self.served, BRANCH)
    }

    /// How often an operation of Amplify was called since call `from`.
    fn called(&self, from: u64, operation: &str) -> usize {
        self.served.calls(from).iter().filter(|call| call.operation == operation).count()
    }

    /// A build by somebody's push.
    fn push(&self) {
        let amplify = aws_sdk_amplify::Client::new(&self.served.sdk(REGION));
        let apps = self.served.block(amplify.list_apps().send()).expect("apps");
        let start = amplify.start_job().app_id(apps.apps()[0].app_id()).branch_name(BRANCH);
        let start = start.job_type(aws_sdk_amplify::types::JobType::Release).commit_id("1234567");
        self.served.block(start.send()).expect("a build");
    }

    /// The next builds fail so.
    fn fails(&self, step: &str, reason: &str) {
        self.served.outcomes(vec![Outcome {
            kind: "aws:amplify:Branch".to_owned(),
            name: BRANCH.to_owned(),
            code: step.to_owned(),
            reason: reason.to_owned(),
        }]);
    }

    /// Nothing is left to do, and to see that costs one look.
    #[track_caller]
    fn is_done(&self) {
        let before = self.said();
        let from = self.served.call_count();
        self.up().ok().says(&["Nothing to change"]);
        let called = |operation: &str| self.called(from, operation);
        // The first one is of the app, which tells of branches that nothing declares.
        assert_eq!((called("ListBranches"), called("ListJobs"), called("GetJob")), (2, 0, 0));
        assert_eq!((called("StartJob"), called("TagResource")), (0, 0));
        assert_eq!(self.said(), before);
        let preview = self.site.run(&["preview"]).ok();
        assert!(!preview.stdout.contains("is built"), "{}", preview.stdout);
        self.site.run(&["drift"]).ok();
    }
}

#[test]
fn the_first_up_builds_and_one_that_changes_nothing_does_not() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    // As long as the token is a random text, nothing is tried.
    let run = site.run(&["up", "--yes"]).ok();
    run.says(&["Left to people", "dev/frontend/aws:amplify:Branch/develop", "it is not built", "step 8"]);
    let preview = site.run(&["preview"]).ok();
    assert!(!preview.stdout.contains("is built afterwards"), "{}", preview.stdout);
    site.run(&["ops", "frontend", "build", "--yes"]).exit(3).says(&["OPS-NO-REPOSITORY", "github-token"]);
    assert_eq!(served.calls(0).iter().filter(|call| call.operation == "StartJob").count(), 0);

    let dev = Dev::new();
    dev.site.run(&["preview"]).ok().says(&["The site is built afterwards: develop ("]);
    let json = dev.site.run(&["preview", "--json"]).ok().json();
    assert_eq!(json["builds"][0]["branch"], BRANCH);
    let run = dev.up().ok().says(&["Build 1 of develop is done"]);
    assert!(!run.stdout.contains("it is not built"), "{}", run.stdout);
    assert_eq!(dev.said(), ["RELEASE SUCCEED"]);
    dev.is_done();
}

#[test]
fn what_a_build_takes_in_was_changed() {
    let dev = Dev::new();
    dev.up().ok();
    dev.site.edit_config(VARIABLE.0, VARIABLE.1);
    dev.site.run(&["preview"]).ok().says(&["develop (what its build takes in changes)"]);
    let events = dev.site.run(&["up", "--yes", "--json"]).ok().events();
    let builds: Vec<_> = events
        .iter()
        .filter(|event| event["event"].as_str().is_some_and(|is| is.starts_with("build_")))
        .collect();
    assert_eq!(builds.len(), 2, "{builds:?}");
    assert_eq!((&builds[0]["event"], &builds[0]["job"]), (&"build_started".into(), &"2".into()));
    assert_eq!((&builds[1]["event"], &builds[1]["result"]), (&"build_finished".into(), &"succeeded".into()));
    assert_eq!(dev.said().len(), 2);
    dev.is_done();

    // What is only served is in no build.
    dev.site.edit_config("\"redirect_apex\": false", "\"redirect_apex\": true");
    dev.up().ok().says(&["aws:amplify:App/main"]);
    assert_eq!(dev.said().len(), 2);
    dev.is_done();

    // What somebody changed and `up` put back may be in the build of a push.
    let amplify = aws_sdk_amplify::Client::new(&dev.served.sdk(REGION));
    let app = dev.site.id("aws:amplify:App/main");
    let call = amplify.update_app().app_id(&app).environment_variables("REACT_APP_STAGE", "theirs");
    dev.served.block(call.send()).expect("it is changed");
    dev.up().ok().says(&["Build 3 of develop is done"]);
    dev.is_done();
    let call = amplify.update_app().app_id(&app).environment_variables("REACT_APP_STAGE", "theirs");
    dev.served.block(call.send()).expect("it is changed");
    dev.site.run(&["drift", "--fix", "--yes"]);
    assert_eq!(dev.said().len(), 3);
    dev.up().ok().says(&["Build 4 of develop is done"]);
    dev.is_done();
}

#[test]
fn a_build_is_left_to_others() {
    let dev = Dev::new();
    dev.site.edit_config(VARIABLE.0, VARIABLE.1);
    let none = ["up", "--yes", "--no-build"];
    let command = "finsight-deploy ops frontend build --stack dev --branch develop";
    dev.site.run(&none).ok().says(&["The site needs a build, and gets none", command]);
    let events = dev.site.run(&[&none[..], &["--json"]].concat()).ok().events();
    let due = events.iter().find(|event| event["event"] == "build_due").expect("it is due");
    assert_eq!(due["command"], command);
    assert!(dev.said().is_empty());
    // A push takes in what was changed before it.
    dev.push();
    std::thread::sleep(std::time::Duration::from_millis(30));
    let run = dev.up().ok();
    assert!(!run.stdout.contains("Build "), "{}", run.stdout);
    assert_eq!(dev.said().len(), 1);
    dev.is_done();
}

#[test]
fn a_build_that_fails_is_told_with_amplifys_reason() {
    let dev = Dev::new();
    dev.fails("BUILD", "npm ERR! Missing script: \"build\"");
    let run = dev.up().exit(1);
    let run = run.says(&[
        "OPS-FAILED",
        "build 1 of `develop` is FAILED, at the step BUILD: npm ERR! Missing script: \"build\"",
        "the resources stand as declared",
        "/BUILD/log.txt",
        "finsight-deploy ops frontend build --stack dev --branch develop",
    ]);
    assert!(!format!("{}{}", run.stdout, run.stderr).contains("X-Amz"), "{}", run.stderr);
    dev.site.edit_config(VARIABLE.0, VARIABLE.1);
    let events = dev.site.run(&["up", "--yes", "--json"]).exit(1).events();
    let at = |name: &str| events.iter().position(|event| event["event"] == name).expect(name);
    assert!(at("update_finished") < at("build_started") && at("build_finished") < at("error"));
    assert_eq!(events[at("update_finished")]["result"], "succeeded");
    assert_eq!(events[at("build_finished")]["result"], "failed");
    dev.fails("DEPLOY", "");
    dev.build(&["--yes"]).exit(1).says(&["OPS-FAILED", "at the step DEPLOY, and Amplify gives no reason"]);
    dev.served.outcomes(Vec::new());
    dev.up().ok().says(&["Build 4 of develop is done"]);
    dev.is_done();
}

/// The changing calls of an `up` with another variable: the app's, the mark, the build, the mark.
#[test]
fn an_up_that_is_killed_anywhere_builds_once() {
    const CALLS: [&str; 4] = ["UpdateApp", "TagResource", "StartJob", "TagResource"];
    let whole = Dev::new();
    whole.site.edit_config(VARIABLE.0, VARIABLE.1);
    let from = whole.served.call_count();
    whole.up().ok();
    let changes = whole.served.calls(from).into_iter().filter(|call| call.mutating);
    assert_eq!(changes.map(|call| call.operation).collect::<Vec<_>>(), CALLS);
    for position in 1..=CALLS.len() {
        for point in [Point::BeforeCall(position), Point::AfterCall(position)] {
            let dev = Dev::new();
            dev.site.edit_config(VARIABLE.0, VARIABLE.1);
            assert!(cut(&dev.site, &dev.served, &["up", "--yes"], point), "{point:?} was not reached");
            dev.up().ok();
            assert_eq!(dev.said(), ["RELEASE SUCCEED"], "{point:?}");
            dev.is_done();
        }
    }
}

#[test]
fn every_answer_is_lost_and_one_is_built() {
    let dev = Dev::new();
    dev.site.edit_config(VARIABLE.0, VARIABLE.1);
    dev.served.faults(Arc::new(Losing::default()));
    dev.up().ok();
    dev.served.no_faults();
    assert_eq!(dev.said(), ["RELEASE SUCCEED"]);
    dev.is_done();
    dev.served.faults(Arc::new(Losing::default()));
    dev.build(&["--yes"]).ok();
    dev.served.no_faults();
    assert_eq!(dev.said().len(), 2);
}

#[test]
fn one_is_built_by_hand() {
    let dev = Dev::new();
    dev.build(&[]).exit(3).says(&["CLI-NOBODY-TO-ASK", "develop"]);
    assert!(dev.said().is_empty());
    let done = dev.build(&["--yes", "--json"]).ok().json();
    assert_eq!(
        (&done["branch"], &done["job"], &done["changed"]),
        (&BRANCH.into(), &"1".into(), &true.into())
    );
    assert_eq!((&done["from"], &done["command"]), (&serde_json::Value::Null, &"ops frontend build".into()));
    // It had all: `up` has nothing more to build.
    dev.is_done();
    dev.build(&["--yes"]).ok().says(&["develop shows build 2"]);
    dev.build(&["--yes", "--branch", "none"]).exit(1).says(&["OPS-GONE"]);
    assert_eq!(dev.said(), ["RELEASE SUCCEED", "RELEASE SUCCEED"]);
    dev.is_done();
}

#[test]
fn one_that_runs_is_gone_on_with() {
    let dev = Dev::of(Served::open_slow);
    dev.push();
    dev.build(&["--yes"]).ok().says(&["going on with build 1", "develop shows build 1"]);
    // A push of before a change does not have it: it is waited for, and another one is built.
    dev.push();
    dev.site.edit_config(VARIABLE.0, VARIABLE.1);
    dev.up().ok().says(&["which was begun before", "Build 3 of develop is done"]);
    assert_eq!(builds(&dev.served, BRANCH).len(), 3);
    dev.is_done();
    let retry = builds(&dev.served, BRANCH)[2].job_id().to_owned();
    let amplify = aws_sdk_amplify::Client::new(&dev.served.sdk(REGION));
    let app = dev.site.id("aws:amplify:App/main");
    let call = amplify.start_job().app_id(&app).branch_name(BRANCH).job_id(retry);
    dev.served.block(call.job_type(aws_sdk_amplify::types::JobType::Retry).send()).expect("a rollback");
    dev.build(&["--yes"]).exit(3).says(&["OPS-BUILD-RUNS"]);
}
