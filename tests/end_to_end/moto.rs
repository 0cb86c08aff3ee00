//! A second opinion: the same against an emulator that others wrote.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::python::python_or_skip;
use crate::support::wrong::{compare, declared};
use crate::support::{Eyes, Seen, Site};

/// What moto does unlike AWS: why it matters here, and the correction in its own language.
const CORRECTIONS: &[(&str, &str)] = &[
    (
        "DescribeVpcEndpoints answers the filter vpc-endpoint-id with HTTP 500; AWS takes it",
        r#"
from moto.ec2.models.vpcs import VPCEndPoint
theirs = VPCEndPoint.get_filter_value
VPCEndPoint.get_filter_value = lambda self, name, method=None: self.id if name == "vpc-endpoint-id" else theirs(self, name, method)
"#,
    ),
    (
        "DescribeSecurityGroupRules leaves out the description of a rule from a group; AWS gives it",
        r#"
from moto.ec2.models.security_groups import SecurityGroupRule
SecurityGroupRule.description = property(lambda rule: rule.ip_range.get("Description") or rule.source_group.get("Description"))
"#,
    ),
];

/// A running moto; it ends with this value.
struct Moto {
    child: Child,
    url: String,
}

impl Moto {
    fn start(test: &str) -> Option<Self> {
        let python = python_or_skip(test)?;
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let mut script: String = CORRECTIONS.iter().map(|(_, correction)| *correction).collect();
        script
            .push_str(&format!("from moto.server import main\nmain(['-H', '127.0.0.1', '-p', '{port}'])\n"));
        let child = Command::new(python)
            .args(["-c", &script])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto starts");
        let mut moto = Self { child, url: format!("http://127.0.0.1:{port}") };
        for _ in 0..600 {
            assert!(moto.child.try_wait().expect("its status").is_none(), "moto ended");
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(moto);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("moto does not listen");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn a_whole_life(stack: &str) {
    let Some(moto) = Moto::start(&format!("{stack} in moto")) else { return };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let eyes = runtime.block_on(Eyes::open(&moto.url, finsight_aws::https_client()));
    // moto has a default network from the beginning, as an AWS account does.
    let others = runtime.block_on(eyes.all());
    let ours = || -> Vec<Seen> {
        runtime.block_on(eyes.all()).into_iter().filter(|seen| !others.contains(seen)).collect()
    };
    let site = Site::at(stack, &moto.url);
    let declared = declared(&site);
    let up = site.run(&["up", "--yes", "--json"]).ok();
    let calls = up.events().last().expect("an event")["api_calls"].clone();
    let wrong = compare(&site, &ours(), &declared);
    assert!(wrong.none(), "{wrong:?}");
    let before = site.hash(".finsight");
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
    site.run(&["preview", "--expect-no-changes"]).ok();
    let drift = site.run(&["drift", "--json"]).ok().json();
    assert_eq!(drift["drifted"], serde_json::json!([]));
    assert_eq!(drift["checked"], declared.len());
    assert_eq!(site.hash(".finsight"), before);

    let subnet = site.id("Subnet/public-a");
    let tag = aws_sdk_ec2::types::Tag::builder().key("Name").build();
    runtime.block_on(eyes.ec2.delete_tags().resources(&subnet).tags(tag).send()).expect("a tag is removed");
    let drift = site.run(&["drift", "--json"]).exit(2).json();
    assert_eq!(drift["drifted"].as_array().map(Vec::len), Some(1), "{drift:#}");
    site.run(&["up", "--yes"]).ok();
    site.run(&["drift"]).ok();

    site.run(&["destroy", "--yes"]).ok();
    assert_eq!(ours(), []);
    assert_eq!(runtime.block_on(eyes.all()), others, "what was there before is as it was");
    println!("moto, {stack}: {} resources, {calls} API calls; corrected in moto:", declared.len());
    for (reason, _) in CORRECTIONS {
        println!("  {reason}");
    }
}

#[test]
fn dev_from_nothing_to_nothing() {
    a_whole_life("dev");
}

#[test]
fn staging_from_nothing_to_nothing() {
    a_whole_life("staging");
}
