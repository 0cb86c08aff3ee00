//! Commands that only look.

use std::process::Command;

use crate::support::wrong::declared;
use crate::support::{Served, Site};

#[test]
fn outputs() {
    let site = Site::local("staging");
    assert_eq!(site.run(&["output", "--json"]).ok().json(), serde_json::json!({}));
    site.run(&["up", "--yes"]).ok().says(&["Outputs", "vpc_id"]);
    let vpc = site.id("Vpc/main");
    assert_eq!(site.run(&["output", "vpc_id"]).ok().stdout, format!("{vpc}\n"));
    assert_eq!(site.run(&["output", "vpc_id", "--json"]).ok().json(), *vpc);
    assert_eq!(site.run(&["output", "private_subnet_ids"]).ok().json().as_array().map(Vec::len), Some(2));
    site.run(&["output"]).ok().says(&[&format!("vpc_id = {vpc}"), "nat_public_ips = "]);
}

#[test]
fn history() {
    let site = Site::local("dev");
    site.run(&["history"]).ok().says(&["no update yet"]);
    site.run(&["up", "--yes"]).ok();
    site.run(&["state", "taint", "*VpcEndpoint/s3"]).ok();
    site.run(&["up", "--yes"]).ok();
    site.run(&["destroy", "--yes"]).ok();
    let all = site.run(&["history", "--json"]).ok().json();
    let commands: Vec<&str> =
        all.as_array().expect("a list").iter().filter_map(|u| u["command"].as_str()).collect();
    assert_eq!(commands, ["up", "state taint", "up", "destroy"]);
    let text = site.run(&["history"]).ok().stdout;
    assert_eq!(text.lines().count(), 4);
    assert!(
        text.lines().next().is_some_and(|line| line.contains("destroy") && line.contains("tester@")),
        "{text}"
    );
    let first = site.run(&["history", "1"]).ok().stdout;
    assert_eq!(first.lines().filter(|line| line.contains("dev/network/")).count(), 22, "{first}");
    assert_eq!(site.run(&["history", "1", "--json"]).ok().json()["number"], 1);
}

#[test]
fn graphs() {
    let site = Site::bare("prod");
    let urns = declared(&site);
    let dot = site.run(&["graph"]).ok().stdout;
    assert!(dot.starts_with("digraph ") && dot.trim_end().ends_with('}'));
    let mermaid = site.run(&["graph", "--format", "mermaid"]).ok().stdout;
    assert!(mermaid.starts_with("flowchart "));
    assert_eq!(mermaid.lines().filter(|line| line.contains("[\"")).count(), urns.len());
    let json = site.run(&["graph", "--format", "json"]).ok().json();
    let mut edges = 0;
    for resource in json["resources"].as_array().expect("resources") {
        assert!(dot.contains(&format!("\"{}\" [", resource["urn"].as_str().expect("a URN"))));
        for edge in resource["depends_on"].as_array().expect("a list") {
            assert!(urns.iter().any(|urn| edge["urn"] == **urn), "{edge}");
            edges += 1;
        }
    }
    assert_eq!(dot.matches(" -> ").count(), edges);
    assert_eq!(mermaid.matches(" -->").count(), edges);
    assert_eq!(site.run(&["graph", "--json"]).ok().json(), json);
}

#[test]
fn completions_and_man_page() {
    let site = Site::bare("dev");
    for (shell, mark) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef"),
        ("fish", "complete -c"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        site.run(&["completions", shell]).ok().says(&[mark, "preview"]);
    }
    site.run(&["completions", "tcsh"]).exit(64);
    site.run(&["man"]).ok().says(&[".TH finsight", "preview"]);
}

#[test]
fn colours_only_where_wanted() {
    let site = Site::bare("dev");
    assert!(!site.run(&["preview", "--offline"]).ok().stdout.contains('\u{1b}'));
    assert!(site.run(&["preview", "--offline", "--color", "always"]).ok().stdout.contains('\u{1b}'));
    assert!(!site.run(&["preview", "--offline", "--color", "never"]).ok().stdout.contains('\u{1b}'));
}

/// Neither in what is printed, at the highest verbosity, nor in any file.
#[test]
fn the_credentials_are_shown_nowhere() {
    let served = Served::new();
    let (secret, token) = ("VERYSECRETKEYVERYSECRETKEYVERYSECRETKEY0", "VERYSECRETSESSIONTOKEN");
    let site =
        Site::at("dev", &served.url).with("AWS_SECRET_ACCESS_KEY", secret).with("AWS_SESSION_TOKEN", token);
    for args in [
        &["preview", "-v"][..],
        &["up", "--yes", "-vv"],
        &["drift", "-vv"],
        &["destroy", "--yes", "--json", "-v"],
    ] {
        let run = site.run(args).ok();
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains(secret) && !text.contains(token), "`{args:?}` shows a secret");
        }
    }
    let files = Command::new("grep")
        .args(["-rlE", &format!("{secret}|{token}"), ".finsight"])
        .current_dir(site.path(""))
        .output();
    assert!(files.expect("grep").stdout.is_empty());
}
