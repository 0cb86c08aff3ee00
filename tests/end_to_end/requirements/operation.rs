//! O1 to O3, O7, O8: what the tool does.

use finsight_local::Fault;

use super::stand::{dev, prod, text};
use crate::support::holder::{Holder, Side};
use crate::support::wrong::{Wrong, compare, declared};
use crate::support::{Served, Site};

#[test]
fn o1_preview_up_and_drift() {
    let stand = dev();
    let _changing = stand.changing();
    stand.run(&["up", "--yes"]).ok();
    stand.run(&["preview", "--expect-no-changes"]).ok();
    let clean = stand.run(&["drift", "--json"]).ok().json();
    assert_eq!(clean["drifted"], serde_json::json!([]));
    // Somebody changes a log group by hand: it is told, put back, and gone.
    let name = "/aws/apigateway/finsight-api-dev";
    let logs = &stand.here.logs;
    let by_hand = logs.put_retention_policy().log_group_name(name).retention_in_days(7);
    stand.block(by_hand.send()).expect("the retention is changed");
    let found = stand.run(&["drift", "--json"]).exit(2).json();
    let drifted = found["drifted"].as_array().expect("a list");
    let [one] = drifted.as_slice() else { panic!("{drifted:?}") };
    assert_eq!(one["urn"], "dev/api/aws:logs:LogGroup/access");
    stand.run(&["preview", "--detailed-exitcode"]).exit(2);
    stand.run(&["up", "--yes"]).ok();
    let groups = stand.block(logs.describe_log_groups().log_group_name_prefix(name).send());
    let groups = groups.expect("the log group");
    assert_eq!(groups.log_groups()[0].retention_in_days(), Some(30));
    stand.run(&["drift"]).ok();
}

#[test]
fn o2_a_wrong_value_has_its_place() {
    for stack in ["dev", "staging", "prod"] {
        let site = Site::bare(stack);
        site.run(&["config", "validate"]).ok();
        let name = format!("{stack}.json");
        let config = std::fs::read_to_string(site.path("config").join(&name)).expect("the config");
        let (line, row) = config
            .lines()
            .zip(1..)
            .find(|(line, _)| line.contains("\"nat_gateways\": 1"))
            .expect("the number of gateways");
        let column = line.find("1,").expect("the value") + 1;
        let run =
            site.run_changed(&[("\"nat_gateways\": 1", "\"nat_gateways\": 3")], &["config", "validate"]);
        run.exit(1).says(&["CONFIG-INVALID", &format!("{name}:{row}:{column}"), "found 3", "0, 1, or 2"]);
    }
}

#[test]
fn o3_what_is_approved_and_what_is_asked_for() {
    // Without a terminal and `--yes`, prod asks where something opens up, and so refuses.
    let served = Served::new();
    let site = Site::at("prod", &served.url);
    site.run(&["up"]).exit(3).says(&["CLI-NOBODY-TO-ASK"]);
    assert_eq!(served.block(served.eyes.all()), []);

    let stand = prod();
    let before = stand.run(&["state", "list", "--json"]).ok().json()["serial"].clone();
    let narrow = [("\"function_errors\": 1", "\"function_errors\": 2")];
    let wide = [(
        "\"users\": {\n        \"memory_mib\": 512,",
        "\"users\": {\n        \"memory_mib\": 512,\n        \"secrets\": [\"auth0\"],",
    )];
    let change = ["up", "--require-approval", "any-change"];
    stand.run_changed(&narrow, &change).exit(3).says(&["CLI-NOBODY-TO-ASK"]);
    // A role that reads one more secret: IAM gets wider, and prod's default asks.
    let refused = stand.run_changed(&wide, &["up"]).exit(3);
    refused.says(&["CLI-NOBODY-TO-ASK", "Opens up", "prod/api/aws:iam:Role/users"]);
    let after = stand.run(&["state", "list", "--json"]).ok().json()["serial"].clone();
    assert_eq!(after, before);

    // The same change in dev, whose default is never.
    let stand = dev();
    let _changing = stand.changing();
    stand.run_changed(&wide, &["up", "--target", "dev/api/aws:iam:Role/users"]).ok();
    let call = stand.here.iam.list_role_policies().role_name("finsight-fn-users-dev");
    let policies = stand.block(call.send()).expect("policies");
    assert!(policies.policy_names().iter().any(|name| name == "secrets"), "{policies:?}");
    stand.run(&["up"]).ok();
}

#[test]
fn o7_outputs_lead_to_dashboard_logs_and_traces() {
    let stand = prod();
    let outputs = stand.run(&["output", "--json"]).ok().json();
    let link = |name: &str| outputs[name].as_str().unwrap_or_else(|| panic!("no output {name}")).to_owned();
    let dashboards = stand.block(stand.here.cloudwatch.list_dashboards().send()).expect("dashboards");
    let [dashboard] = dashboards.dashboard_entries() else { panic!("{dashboards:?}") };
    let console = "https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-1#";
    assert_eq!(
        link("dashboard_url"),
        format!("{console}dashboards:name={}", text(dashboard.dashboard_name()))
    );
    assert_eq!(link("logs_insights_url"), format!("{console}logsV2:logs-insights"));
    assert_eq!(link("xray_url"), format!("{console}xray:service-map/map"));
    assert_eq!(link("alarms_topic_arn"), stand.arn("sns", "finsight-alarms"));
}

#[test]
fn o8_a_killed_run_leaves_nothing_behind() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    // In the middle of a stack, after a call's effect and before its answer.
    let holder = Holder::new(Side::After, 60, Some(Fault::DropConnection));
    served.faults(holder.clone());
    let mut started = site.start(&["up", "--yes"]);
    while !holder.reached() {
        assert!(!started.ended(), "it ended before call 60");
    }
    started.kill();
    holder.release();
    std::thread::sleep(std::time::Duration::from_millis(20));
    served.no_faults();
    assert!(!site.rows().is_empty());
    site.run(&["up", "--yes"]).ok();
    let listing = served.block(served.eyes.all());
    assert_eq!(compare(&site, &listing, &declared(&site)), Wrong::default());
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
}
