//! The whole of prod in the embedded AWS at AWS's own pace: durations, late sight and request rates, on a clock that
//! jumps over what is waited for.

use serde_json::Value;

use crate::support::subject::unprotected;
use crate::support::{Run, Site};

/// By how much the estimate of a preview may be off, as a share.
const OFF: f64 = 0.2;

/// What is changed, and the texts of the config.
type Changed = (&'static str, &'static [(&'static str, &'static str)]);

const CHANGES: [Changed; 3] = [
    (
        "settings of all functions, of the authorizer and of the gateway",
        &[
            ("\"LOG_LEVEL\": ", "\"TRACE\": \"1\", \"LOG_LEVEL\": "),
            ("\"cache_seconds\": 300", "\"cache_seconds\": 240"),
            ("\"burst\": 200", "\"burst\": 180"),
        ],
    ),
    ("a larger database", &[("\"instance_class\": \"db.t3.micro\"", "\"instance_class\": \"db.t3.small\"")]),
    ("another range of addresses for a subnet", &[("\"10.0.11.0/24\"", "\"10.0.12.0/24\"")]),
];

/// What one run took by the clock, and what was said of it before.
struct Took {
    seconds: f64,
    estimate: f64,
}

fn took(what: &str, run: &Run) -> Took {
    let events = run.events();
    let failed: Vec<&Value> = events.iter().filter(|event| event["event"] == "step_failed").collect();
    assert!(failed.is_empty(), "{what}: {failed:#?}");
    let begin = events.iter().find(|event| event["event"] == "update_started").expect("its beginning");
    let end =
        events.last().filter(|event| event["event"] == "update_finished").expect("the end of the update");
    let number =
        |event: &Value, name: &str| event[name].as_f64().unwrap_or_else(|| panic!("{what}: no {name}"));
    assert!(run.stderr.contains(" 0 refused for their rate"), "{what}: {}", run.stderr);
    let took = Took { seconds: number(end, "seconds"), estimate: number(begin, "likely_seconds") };
    println!("    {what}: {:.0} s, {:.0} s were estimated", took.seconds, took.estimate);
    took
}

/// Who forgets `--local` does not deploy to AWS in the belief that it is a rehearsal.
#[test]
fn a_pace_without_the_embedded_aws_is_refused() {
    let run = Site::bare("dev").at_the_pace_of_aws().run(&["up", "--yes"]);
    run.exit(64).says(&["--local-pace", "give --local too"]);
}

/// Prod from nothing to nothing in an account of this kind.
fn a_life_at_the_pace_of_aws(account: &str, changes: &[Changed]) {
    let seed = std::env::var("SEED").unwrap_or_else(|_| "1".to_owned());
    let site = Site::local("prod").at_the_pace_of_aws().with("FINSIGHT_LOCAL_SEED", &seed);
    let site = unprotected(site);
    site.run(&["local", "reset", "--yes", "--account", account]).ok();
    let mut all = vec![("up", took("up", &site.run(&["up", "--yes", "--json"]).ok()))];
    site.run(&["preview"]).ok().says(&["Nothing to change"]);
    for &(what, edits) in changes {
        for (old, new) in edits {
            site.edit_config(old, new);
        }
        all.push((what, took(what, &site.run(&["up", "--yes", "--json"]).ok())));
        site.run(&["preview"]).ok().says(&["Nothing to change"]);
    }
    all.push(("destroy", took("destroy", &site.run(&["destroy", "--yes", "--json"]).ok())));
    for (what, took) in all {
        let off = took.seconds / took.estimate - 1.0;
        assert!(off.abs() <= OFF, "{what}: {:.0} s, and {:.0} s estimated", took.seconds, took.estimate);
    }
}

#[test]
fn prod_comes_changes_and_goes_at_the_pace_of_aws() {
    a_life_at_the_pace_of_aws("old", &CHANGES);
}

/// AWS makes its services' roles on the way, and RDS refuses until its own is known: nothing fails for it.
#[test]
fn prod_comes_changes_and_goes_at_the_pace_of_aws_in_a_new_account() {
    a_life_at_the_pace_of_aws("prepared", &CHANGES[..1]);
}
