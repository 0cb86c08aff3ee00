//! `drift` names what the next `up` would do.

use aws_sdk_secretsmanager::Client as Secrets;
use serde_json::Value;

use super::Deployed;
use crate::support::part::{ID, Part};
use crate::support::site::REGION;

/// The URNs of what the next `up` would do, by whether that comes of what stands.
fn coming(document: &Value, outside: bool) -> Vec<&str> {
    let steps = document["next_up"]["steps"].as_array().expect("steps");
    steps.iter().filter(|step| step["outside"] == outside).filter_map(|step| step["urn"].as_str()).collect()
}

/// E15: `drift` was silent, and the next `up` changed the two that read the secret.
#[test]
fn what_others_read_of_a_changed_secret() {
    const NEW: &str = "put-in-by-somebody-else";
    let on = Deployed::new("staging");
    let clean = on.site.run(&["drift", "--json"]).ok().json();
    assert_eq!(clean["next_up"], serde_json::json!({"steps": []}));
    let secret = on.site.id("Secret/cdn-origin");
    let put = Secrets::new(&on.served.sdk(REGION)).put_secret_value().secret_id(&secret).secret_string(NEW);
    on.served.block(put.send()).expect("another value");

    let document = on.site.run(&["drift", "--json"]).exit(2).json();
    // No property on record is another one.
    assert_eq!(document["drifted"], serde_json::json!([]));
    let readers = coming(&document, true);
    assert_eq!(readers.len(), 2, "{readers:?}");
    for ending in ["aws:wafv2:WebACL", "aws:cloudfront:Distribution"] {
        assert!(readers.iter().any(|urn| urn.contains(ending)), "{readers:?}");
    }
    assert_eq!(document["next_up"]["steps"][0]["op"], "update");
    for (form, says) in [
        ("human", &["The next `up` would", "~ update staging/", "2 are to change"][..]),
        ("markdown", &["the next `up` would update it"]),
        ("junit", &["failures=\"2\"", "the next `up` would update it"]),
        ("sarif", &["\"drift/consequence\""]),
        ("json", &[]),
    ] {
        let run = on.site.run(&["drift", "--format", form]).exit(2).says(&readers).says(says);
        assert!(!run.stdout.contains(NEW), "a secret is shown: {}", run.stdout);
    }

    // What the program changes is told apart, and is no drift.
    on.site.edit_config("\"retention_days\": 30", "\"retention_days\": 60");
    let document = on.site.run(&["drift", "--json"]).exit(2).json();
    assert_eq!(coming(&document, true), readers);
    assert!(coming(&document, false).iter().any(|urn| urn.ends_with("LogGroup/flow-logs")), "{document:#}");
    on.site.run(&["drift"]).exit(2).says(&["more because of the program", "`preview`"]);
    on.put_right();
    on.site.edit_config("\"retention_days\": 60", "\"retention_days\": 90");
    let text = on.site.run(&["drift"]).ok().says(&["nothing drifted"]).stdout;
    assert!(!text.contains("next `up`"), "{text}");
}

#[test]
fn what_it_would_not_do() {
    let part = Part::new();
    let open = part.rds.modify_db_instance().db_instance_identifier(ID).deletion_protection(false);
    part.served.block(open.apply_immediately(true).send()).expect("it is open");
    std::thread::sleep(std::time::Duration::from_millis(50));
    let components = ["--component", "network", "security", "database"];
    let drift = |more: &[&str]| part.site.run(&[&["drift"], &components[..], more].concat()).exit(2);
    let document = drift(&["--json"]).json();
    let database = |urn: &&str| urn.ends_with("DBInstance/main");
    assert!(coming(&document, true).iter().any(database), "{document:#}");
    assert_eq!(document["next_up"].get("refused"), None);

    // A protected one that is gone would be made anew, empty: `up` refuses that.
    let delete = part.rds.delete_db_instance().db_instance_identifier(ID).skip_final_snapshot(true);
    part.served.block(delete.delete_automated_backups(false).send()).expect("it goes");
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(drift(&["--json"]).json()["next_up"]["refused"]["code"], "PLAN-HOLDS-DATA");
    drift(&[]).says(&["be refused, as it is now", "PLAN-HOLDS-DATA", "--confirm-replace finsight-db"]);

    // Without a program there is no next `up`; what has drifted is said all the same.
    let code = "\"users\": {\n        \"memory_mib\": 512,\n        \"code\": \"placeholder\"";
    part.site.edit_config(code, &code.replace("placeholder", "nowhere"));
    assert_eq!(drift(&["--json"]).json()["next_up"]["unknown"]["code"], "ARTIFACT-MISSING");
    drift(&[]).says(&["deleted", "What the next `up` would do is not known", "ARTIFACT-MISSING"]);
}
