//! Where the state cannot be written, or is taken away: said with its code, at the end, and with what to do.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::wrong::{compare, declared};
use crate::support::{Served, Site};

/// The binary, with a limit to the size of its files: what a full disk is to it.
fn limited(site: &Site, blocks: u32, args: &[&str]) -> Command {
    let inner = site.command(args);
    let mut command = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    command.arg("-c").arg(script).arg(inner.get_program()).args(inner.get_args());
    command.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(site.path("")).stdin(Stdio::null());
    command
}

/// N8: the reason was one line without code or command, after up to 187 others.
#[test]
fn a_run_that_cannot_write_says_so_last() {
    let served = Served::new();
    let site = Site::at("staging", &served.url);
    let network = ["up", "--yes", "--component", "network"];
    let output = limited(&site, 24, &network).output().expect("it runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    let last = err.rsplit("error[").next().unwrap_or_default();
    for text in [
        "EXEC-STORE]: the state could not be written",
        "log/00000001.log",
        "make room",
        "run the command again",
    ] {
        assert!(last.contains(text), "{text} is not said last: {err}");
    }
    // What was not begun is said once.
    assert_eq!(err.matches("not begun").count(), 1, "{err}");
    assert!(err.contains(" more  not begun: the state could not be written"), "{err}");
    // The next run goes on, and nothing is there twice.
    site.run(&network).ok();
    let mine: Vec<String> = declared(&site).into_iter().filter(|urn| urn.contains("/network/")).collect();
    let wrong = compare(&site, &served.block(served.eyes.all()), &mine);
    assert!(wrong.none(), "{wrong:?}");

    site.edit_config("\"retention_days\": 30", "\"retention_days\": 60");
    let output = limited(&site, 24, &[&network[..], &["--json"]].concat()).output().expect("it runs");
    let events: Vec<serde_json::Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let last = events.last().expect("an event");
    assert_eq!((&last["event"], &last["code"]), (&"error".into(), &"EXEC-STORE".into()), "{last}");
    assert_eq!(output.status.code(), Some(1));
}

/// N8: an index that could not be written was passed over in silence.
#[test]
fn what_follows_from_the_log_and_was_not_written_is_said() {
    let site = Site::local("dev");
    let vpc = "dev/network/aws:ec2:Vpc/main";
    let up = ["up", "--yes", "--target", vpc];
    site.run(&up).ok();
    let index = site.state().join("index");
    std::fs::remove_dir_all(&index).expect("it was there");
    std::fs::write(&index, "in the way").expect("a file in its place");
    let run = site.run(&["state", "protect", vpc]).ok();
    let run = run.says(&["the read index could not be written", "[STATE-UNWRITTEN]", "state verify"]);
    assert_eq!(run.stderr.matches("STATE-UNWRITTEN").count(), 1, "{}", run.stderr);
    site.run(&["state", "unprotect", vpc]).ok();
    site.run(&["destroy", "--yes", "--json"]).ok().says(&["note:", "[STATE-UNWRITTEN]"]);
    std::fs::remove_file(&index).expect("it is out of the way");
    let run = site.run(&up).ok();
    assert!(!run.stderr.contains("could not be written"), "{}", run.stderr);
    site.run(&["state", "verify"]).ok();
}

/// N7: a log that is taken away after the last record of a run.
#[test]
fn a_log_that_was_taken_away_is_noticed_at_the_end() {
    let site = Site::local("dev");
    let vpc = "dev/network/aws:ec2:Vpc/main";
    let up = ["up", "--yes", "--target", vpc];
    site.run(&up).ok();
    let before = site.log_size();
    // Each record is followed by a rest.
    let mut command = site.command(&["state", "protect", vpc]);
    let child = command.env("FINSIGHT_PAUSE_AFTER_RECORD_MS", "3000").stderr(Stdio::piped()).spawn();
    let child = child.expect("it starts");
    while site.log_size() == before {
        std::thread::sleep(Duration::from_millis(2));
    }
    let (log, away) = (site.state().join("log"), site.path("away"));
    std::fs::rename(&log, &away).expect("it is taken away");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("[STATE-REPLACED]") && said.contains("state verify"), "{said}");
    std::fs::rename(&away, &log).expect("it is put back");
    site.run(&["state", "list"]).ok().says(&["protected"]);
    site.run(&["state", "verify"]).ok();
}
