//! Tags of other hands that the config says to leave alone (`tags.ignore`).

use std::collections::BTreeMap;

use crate::support::site::REGION;
use crate::support::{Served, Site};

const AUDITED: &str = "audit:seen";
const STRAY: &str = "stray";

/// One resource of each way in which tags are set: by single keys, and all at once.
struct Clients {
    ec2: aws_sdk_ec2::Client,
    iam: aws_sdk_iam::Client,
    lambda: aws_sdk_lambda::Client,
    s3: aws_sdk_s3::Client,
    served: Served,
}

impl Clients {
    fn new(served: Served) -> Self {
        let sdk = served.sdk(REGION);
        Self {
            ec2: aws_sdk_ec2::Client::new(&sdk),
            iam: aws_sdk_iam::Client::new(&sdk),
            lambda: aws_sdk_lambda::Client::new(&sdk),
            s3: aws_sdk_s3::Client::from_conf(
                aws_sdk_s3::config::Builder::from(&sdk).force_path_style(true).build(),
            ),
            served,
        }
    }

    /// The tags of a subnet, a role, a function and a bucket.
    fn tags(&self, site: &Site) -> [BTreeMap<String, String>; 4] {
        let subnet = self.ec2.describe_subnets().subnet_ids(site.id("Subnet/public-a"));
        let subnet = self.served.block(subnet.send()).expect("the subnet");
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let subnet =
            subnet.subnets()[0].tags().iter().map(|tag| (text(tag.key()), text(tag.value()))).collect();
        let role = self.iam.list_role_tags().role_name(site.id("Role/users"));
        let role = self.served.block(role.send()).expect("the role");
        let role = role.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
        let function = self.lambda.get_function().function_name(site.id("Function/users"));
        let function = self.served.block(function.send()).expect("the function");
        let function = function.tags().cloned().unwrap_or_default().into_iter().collect();
        let bucket = self.s3.get_bucket_tagging().bucket(site.id("Bucket/cdn-logs"));
        let bucket = self.served.block(bucket.send()).expect("the bucket");
        let bucket =
            bucket.tag_set().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
        [subnet, role, function, bucket]
    }

    /// Someone puts a tag on each.
    fn put(&self, site: &Site, key: &str) {
        let tag = aws_sdk_ec2::types::Tag::builder().key(key).value("x").build();
        let call = self.ec2.create_tags().resources(site.id("Subnet/public-a")).tags(tag);
        self.served.block(call.send()).expect("a tag of the subnet");
        let tag = aws_sdk_iam::types::Tag::builder().key(key).value("x").build().expect("a tag");
        let call = self.iam.tag_role().role_name(site.id("Role/users")).tags(tag);
        self.served.block(call.send()).expect("a tag of the role");
        let call = self.lambda.get_function().function_name(site.id("Function/users"));
        let function = self.served.block(call.send()).expect("the function");
        let arn = function.configuration().and_then(|it| it.function_arn()).expect("its ARN").to_owned();
        let call = self.lambda.tag_resource().resource(arn).tags(key, "x");
        self.served.block(call.send()).expect("a tag of the function");
        let bucket = site.id("Bucket/cdn-logs");
        let standing =
            self.served.block(self.s3.get_bucket_tagging().bucket(&bucket).send()).expect("its tags");
        let tag = aws_sdk_s3::types::Tag::builder().key(key).value("x").build().expect("a tag");
        let all = standing.tag_set().iter().cloned().chain([tag]).collect();
        let tagging = aws_sdk_s3::types::Tagging::builder().set_tag_set(Some(all)).build().expect("tags");
        let call = self.s3.put_bucket_tagging().bucket(&bucket).tagging(tagging);
        self.served.block(call.send()).expect("a tag of the bucket");
    }
}

#[test]
fn tags_that_are_left_alone_stay_and_others_go() {
    let served = Served::new();
    let site = Site::at("staging", &served.url);
    site.run(&["up", "--yes"]).ok();
    let on = Clients::new(served);
    for key in [AUDITED, "CostCenter", STRAY] {
        on.put(&site, key);
    }
    let before = "\"region\": \"ap-northeast-1\",";
    let ignoring = format!(
        "{before} \"tags\": {{\"ignore\": {{\"keys\": [\"CostCenter\"], \"prefixes\": [\"audit:\"]}}}},"
    );
    site.edit_config(before, &ignoring);
    site.run(&["up", "--yes"]).ok();
    for tags in on.tags(&site) {
        assert!(tags.contains_key(AUDITED) && tags.contains_key("CostCenter"), "{tags:?}");
        assert!(!tags.contains_key(STRAY) && tags.contains_key("finsight:id"), "{tags:?}");
    }
    site.run(&["drift"]).ok();
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
    on.put(&site, STRAY);
    site.run(&["drift"]).exit(2);
    site.run(&["drift", "--fix", "--yes"]).ok();
    on.put(&site, STRAY);
    site.run(&["drift", "--accept", "--yes"]).ok();
    for tags in on.tags(&site) {
        assert!(tags.contains_key(AUDITED) && tags.contains_key(STRAY), "{tags:?}");
    }
    // Nobody says so any more: they go, and a preview says which.
    site.edit_config(&ignoring, before);
    site.run(&["preview", "--diff"]).ok().says(&[AUDITED, "CostCenter"]);
    site.run(&["up", "--yes"]).ok();
    for tags in on.tags(&site) {
        let others = [AUDITED, "CostCenter", STRAY].iter().any(|key| tags.contains_key(*key));
        assert!(!others && tags.contains_key("finsight:id"), "{tags:?}");
    }
}
