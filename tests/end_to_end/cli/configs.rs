//! A config that cannot be used is refused with file, line, column, found and expected.

use crate::support::Site;

/// Where a text begins, as line and column from 1.
fn place(text: &str, wanted: &str) -> String {
    let at = text.find(wanted).expect("it is in the text");
    let line = text[..at].matches('\n').count() + 1;
    let column = at - text[..at].rfind('\n').map_or(0, |newline| newline + 1) + 1;
    format!("{line}:{column}")
}

#[test]
fn every_problem_has_its_place() {
    // What is replaced by what, where that is said to be, and what is found and expected.
    let cases: &[(&str, &str, Option<&str>, &[&str])] = &[
        (
            "\"region\"",
            "\"colour\": \"blue\",\n  \"region\"",
            None,
            &["unknown field `colour`", "`require_approval`"],
        ),
        ("\"nat_gateways\": 1", "\"nat_gateways\": \"one\"", None, &["string \"one\"", "usize"]),
        ("\"never\"", "\"sometimes\"", None, &["`sometimes`", "`broadening`"]),
        ("10.0.10.0/24", "10.1.10.0/24", Some("\"10.1.10.0/24\""), &["not inside the VPC", "10.0.0.0/16"]),
        (
            "10.0.11.0/24",
            "10.0.1.128/25",
            Some("\"10.0.1.128/25\""),
            &["overlaps 10.0.1.0/24", "a range of its own"],
        ),
        ("ap-northeast-1c", "ap-northeast-1a", None, &["`ap-northeast-1a` a second time", "each once"]),
        (
            "ap-northeast-1c",
            "eu-west-1a",
            Some("\"eu-west-1a\""),
            &["`eu-west-1a`", "a zone of ap-northeast-1"],
        ),
        ("10.0.0.0/16", "10.0.0.0/8", Some("\"10.0.0.0/8\""), &["a /8", "/16 to /28"]),
        ("10.0.0.0/16", "ten", Some("\"ten\""), &["`ten`", "an IPv4 range"]),
        ("\"nat_gateways\": 1", "\"nat_gateways\": 3", Some("3,\n"), &["found 3", "0, 1, or 2"]),
        ("\"database_proxy\"", "database_proxy", None, &["expected"]),
    ];
    for (old, new, at, says) in cases {
        let site = Site::bare("dev");
        site.edit_config(old, new);
        let text = std::fs::read_to_string(site.path("config/dev.json")).expect("the config");
        let file = match at {
            Some(at) => format!("dev.json:{}: ", place(&text, at)),
            None => "dev.json:".to_owned(),
        };
        for command in [["config", "validate"], ["up", "--yes"], ["preview", "--offline"]] {
            let run =
                site.run(&command).exit(1).says(&["CONFIG-INVALID", &file, "found ", "expected "]).says(says);
            let line =
                run.stderr.lines().find(|line| line.contains("dev.json:")).expect("the line").to_owned();
            let numbers: Vec<&str> =
                line.split("dev.json:").nth(1).unwrap_or_default().split(':').take(2).collect();
            assert!(numbers.iter().all(|n| n.trim().parse::<u32>().is_ok_and(|n| n > 0)), "{line}");
        }
        assert!(!site.path(".finsight").exists(), "nothing is written");
    }
}

#[test]
fn all_problems_are_said_at_once() {
    let site = Site::bare("staging");
    site.edit_config("\"retention_days\": 30", "\"retention_days\": 31");
    site.edit_config("10.0.10.0/24", "10.1.10.0/24");
    site.run(&["config", "validate"]).exit(1).says(&["found 31", "one of 7, 14, 30", "not inside the VPC"]);
}

#[test]
fn a_missing_config_says_where_it_was_looked_for() {
    let run = Site::bare("nosuch").run(&["preview", "--offline"]).exit(1);
    run.says(&["CONFIG-INVALID", "config/nosuch.json", "--config DIR"]);
}

#[test]
fn show_validate_and_schema() {
    let site = Site::bare("staging");
    site.run(&["config", "validate"]).ok().says(&["valid"]);
    assert_eq!(site.run(&["config", "validate", "--json"]).ok().json()["valid"], true);
    let shown = site.run(&["config", "show"]).ok().json();
    assert_eq!(shown["network"]["flow_logs"]["retention_days"], 30);
    let schema = site.run(&["config", "schema"]).ok().json();
    assert_eq!(schema["additionalProperties"], false);
    for key in shown.as_object().expect("an object").keys() {
        assert!(schema["properties"].get(key).is_some(), "the schema has no {key}");
    }
}
