//! `drift` in all its forms, and what it can do about what it finds.

use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};
use xmlparser::{ElementEnd, Token, Tokenizer};

use super::Deployed;

fn shorten_retention(on: &Deployed) {
    let group = on.site.id("LogGroup/flow-logs");
    let put = on.served.eyes.logs.put_retention_policy().log_group_name(group).retention_in_days(7);
    on.served.block(put.send()).expect("the retention is changed");
}

fn delete_flow_log(on: &Deployed) {
    let delete = on.served.eyes.ec2.delete_flow_logs().flow_log_ids(on.site.id("FlowLog/main"));
    on.served.block(delete.send()).expect("the flow log is deleted");
}

/// The names of the elements, if the text is well-formed.
fn elements(xml: &str) -> Vec<String> {
    let (mut open, mut all) = (Vec::new(), Vec::new());
    for token in Tokenizer::from(xml) {
        match token.expect("well-formed XML") {
            Token::ElementStart { local, .. } => {
                open.push(local.as_str().to_owned());
                all.push(local.as_str().to_owned());
            }
            Token::ElementEnd { end: ElementEnd::Empty, .. } => {
                open.pop();
            }
            Token::ElementEnd { end: ElementEnd::Close(_, local), .. } => {
                assert_eq!(open.pop().as_deref(), Some(local.as_str()));
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?} is not closed");
    all
}

#[test]
fn every_format() {
    let on = Deployed::new("staging");
    for drifted in [false, true] {
        if drifted {
            shorten_retention(&on);
            delete_flow_log(&on);
        }
        let (code, failures) = if drifted { (2, 2) } else { (0, 0) };
        let format = |name: &str| on.site.run(&["drift", "--format", name]).exit(code);
        let human = format("human").stdout;
        assert_eq!(human.contains("retention_in_days: 30 → 7"), drifted, "{human}");
        assert_eq!(human.contains("FlowLog/main  deleted"), drifted, "{human}");
        let json = format("json").json();
        assert_eq!(json["drifted"].as_array().map(Vec::len), Some(failures));
        let markdown = format("markdown").stdout;
        assert_eq!(markdown.lines().filter(|line| line.starts_with("| `")).count(), failures, "{markdown}");
        let junit = format("junit").stdout;
        let names = elements(&junit);
        assert_eq!(names.iter().filter(|name| *name == "testcase").count(), 232);
        assert_eq!(names.iter().filter(|name| *name == "failure").count(), failures);
        assert!(junit.contains(&format!("tests=\"232\" failures=\"{failures}\"")), "{junit}");
        let sarif = format("sarif").json();
        assert_eq!(sarif["version"], "2.1.0");
        let results = sarif["runs"][0]["results"].as_array().expect("results");
        assert_eq!(results.len(), failures);
        assert!(results.iter().all(|r| r["ruleId"].as_str().is_some_and(|id| id.starts_with("drift/"))));
    }
}

#[test]
fn fix_puts_it_back() {
    let on = Deployed::new("staging");
    on.site.run(&["drift", "--fix", "--yes"]).ok();
    shorten_retention(&on);
    delete_flow_log(&on);
    let before = on.site.hash(".finsight");
    on.site.run(&["drift", "--fix"]).exit(3).says(&["--yes"]);
    assert_eq!(on.site.hash(".finsight"), before, "a refusal writes nothing");
    on.site.run(&["drift", "--fix", "--yes"]).ok();
    on.clean();
    on.site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
}

#[test]
fn accept_takes_it_over() {
    let on = Deployed::new("staging");
    shorten_retention(&on);
    on.site.run(&["drift", "--accept"]).exit(3);
    on.changed("LogGroup/flow-logs", "retention_in_days", "30", "7");
    on.site.run(&["drift", "--accept", "--yes"]).ok();
    on.clean();
    // The program still wants what it wanted.
    let preview = on.site.run(&["preview", "--json", "--detailed-exitcode"]).exit(2).json();
    assert_eq!(preview["summary"]["update"], 1);
    on.put_right();
    on.site.run(&["preview", "--expect-no-changes"]).ok();
    // The same by `refresh`, with a resource that is gone.
    delete_flow_log(&on);
    on.site.run(&["refresh", "--yes"]).ok();
    assert!(
        !on.site
            .rows()
            .iter()
            .any(|row| row["urn"].as_str().is_some_and(|urn| urn.ends_with("FlowLog/main")))
    );
    on.put_right();
}

#[test]
fn unmanaged_resources_are_found() {
    let on = Deployed::new("staging");
    on.site.run(&["drift", "--unmanaged"]).ok();
    let tag = Tag::builder().key("finsight:stack").value("staging").build();
    let tags = TagSpecification::builder().resource_type(ResourceType::Vpc).tags(tag).build();
    let made = on.served.eyes.ec2.create_vpc().cidr_block("10.9.0.0/16").tag_specifications(tags).send();
    let id =
        on.served.block(made).expect("a VPC").vpc().and_then(|vpc| vpc.vpc_id()).expect("its id").to_owned();
    on.site.run(&["drift"]).ok();
    let document = on.site.run(&["drift", "--unmanaged", "--json"]).exit(2).json();
    assert_eq!(document["drifted"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["drifted"][0]["kind"], "unmanaged");
    assert!(document["drifted"][0]["urn"].as_str().is_some_and(|urn| urn.contains(&id)), "{document}");
    for format in ["human", "markdown"] {
        let run = on.site.run(&["drift", "--unmanaged", "--format", format]).exit(2);
        assert!(run.stdout.contains(&id), "{}", run.stdout);
    }
    let junit = on.site.run(&["drift", "--unmanaged", "--format", "junit"]).exit(2).stdout;
    assert_eq!(elements(&junit).iter().filter(|name| *name == "failure").count(), 1, "{junit}");
    assert!(junit.contains(&id), "{junit}");
    let sarif = on.site.run(&["drift", "--unmanaged", "--format", "sarif"]).exit(2).json();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "drift/unmanaged");
    // It is not ours to change.
    on.site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
    on.site.run(&["destroy", "--yes"]).ok();
    let left = on.served.block(on.served.eyes.all());
    assert_eq!(left.iter().map(|seen| seen.id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
}
