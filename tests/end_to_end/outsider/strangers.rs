//! Resources of someone else stay as they are, byte for byte.

use aws_sdk_ec2::types::{Filter, IpPermission, IpRange, ResourceType, Tag, TagSpecification};

use super::Deployed;
use crate::support::{Eyes, Served, Site};

/// What someone else has.
struct Strangers {
    vpcs: Vec<String>,
    role: String,
    log_group: String,
}

fn tagged(kind: ResourceType, tags: &[(&str, &str)]) -> Option<Vec<TagSpecification>> {
    let tags: Vec<Tag> =
        tags.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build()).collect();
    (!tags.is_empty())
        .then(|| vec![TagSpecification::builder().resource_type(kind).set_tags(Some(tags)).build()])
}

/// A VPC with a subnet and a security group.
async fn network(eyes: &Eyes, range: &str, tags: &[(&str, &str)]) -> String {
    let vpc = eyes.ec2.create_vpc().cidr_block(format!("{range}.0.0/16"));
    let vpc = vpc.set_tag_specifications(tagged(ResourceType::Vpc, tags)).send().await.expect("a VPC");
    let vpc = vpc.vpc().and_then(|vpc| vpc.vpc_id()).expect("its id").to_owned();
    let subnet = eyes.ec2.create_subnet().vpc_id(&vpc).cidr_block(format!("{range}.1.0/24"));
    subnet.set_tag_specifications(tagged(ResourceType::Subnet, tags)).send().await.expect("a subnet");
    let group = eyes
        .ec2
        .create_security_group()
        .vpc_id(&vpc)
        .group_name("finsight-lambda-staging")
        .description("other");
    let group = group.set_tag_specifications(tagged(ResourceType::SecurityGroup, tags));
    let group = group.send().await.expect("a security group").group_id().expect("its id").to_owned();
    let everyone = IpRange::builder().cidr_ip("0.0.0.0/0").build();
    let ssh =
        IpPermission::builder().ip_protocol("tcp").from_port(22).to_port(22).ip_ranges(everyone).build();
    eyes.ec2
        .authorize_security_group_ingress()
        .group_id(group)
        .ip_permissions(ssh)
        .send()
        .await
        .expect("a rule");
    vpc
}

impl Strangers {
    async fn make(eyes: &Eyes) -> Self {
        let other =
            [("finsight:stack", "other"), ("finsight:id", "someone"), ("ManagedBy", "finsight-deploy")];
        let vpcs = vec![
            network(eyes, "10.0", &[]).await,
            network(eyes, "10.7", &other).await,
            network(eyes, "10.8", &[("Name", "finsight-vpc-staging"), ("Stack", "staging")]).await,
        ];
        let role = "finsight-flow-logs".to_owned();
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        eyes.iam
            .create_role()
            .role_name(&role)
            .assume_role_policy_document(trust)
            .send()
            .await
            .expect("a role");
        let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let policy = eyes.iam.put_role_policy().role_name(&role).policy_name("write").policy_document(all);
        policy.send().await.expect("a policy");
        let log_group = "/aws/vpc/flow-logs/finsight".to_owned();
        eyes.logs.create_log_group().log_group_name(&log_group).send().await.expect("a log group");
        Self { vpcs, role, log_group }
    }

    /// All that the cloud says of them.
    async fn text(&self, eyes: &Eyes) -> String {
        let ours = || Filter::builder().name("vpc-id").set_values(Some(self.vpcs.clone())).build();
        let ec2 = &eyes.ec2;
        let vpcs = ec2.describe_vpcs().filters(ours()).send().await.expect("VPCs");
        let subnets = ec2.describe_subnets().filters(ours()).send().await.expect("subnets");
        let groups = ec2.describe_security_groups().filters(ours()).send().await.expect("groups");
        let tables = ec2.describe_route_tables().filters(ours()).send().await.expect("tables");
        let role = eyes.iam.get_role().role_name(&self.role).send().await.expect("the role");
        let policy =
            eyes.iam.get_role_policy().role_name(&self.role).policy_name("write").send().await.expect("it");
        let logs = eyes
            .logs
            .describe_log_groups()
            .log_group_name_prefix(&self.log_group)
            .send()
            .await
            .expect("groups");
        let log = logs.log_groups().iter().find(|group| group.log_group_name() == Some(&self.log_group));
        format!(
            "{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{}\n{log:#?}",
            vpcs.vpcs(),
            subnets.subnets(),
            groups.security_groups(),
            tables.route_tables(),
            role.role(),
            policy.policy_document()
        )
    }
}

#[test]
fn are_left_alone() {
    let served = Served::new();
    let strangers = served.block(Strangers::make(&served.eyes));
    let before = served.block(strangers.text(&served.eyes));
    let listed = served.block(served.eyes.all());
    let same = |when: &str| {
        assert_eq!(served.block(strangers.text(&served.eyes)), before, "{when}");
    };
    let site = Site::at("staging", &served.url);
    site.run(&["up", "--yes", "--component", "network"]).ok();
    same("after up");
    site.run(&["drift", "--unmanaged"]).ok();
    site.run(&["up", "--yes", "--component", "network"]).ok().says(&["Nothing to change"]);
    // Replacements and deletions, too.
    site.edit_config("\"database_proxy\": true", "\"database_proxy\": false");
    site.edit_config("10.0.10.0/24", "10.0.12.0/24");
    site.run(&["up", "--yes", "--component", "network"]).ok();
    same("after a change");
    site.run(&["destroy", "--yes", "--component", "network"]).ok();
    same("after destroy");
    assert_eq!(served.block(served.eyes.all()), listed);
}

/// Someone's security group in our VPC keeps the VPC from going: nothing of theirs is taken for ours.
#[test]
fn in_our_vpc_keep_it_standing() {
    let on = Deployed::new("dev");
    let ec2 = &on.served.eyes.ec2;
    let vpc = on.site.id("Vpc/main");
    let theirs = ec2.create_security_group().vpc_id(&vpc).group_name("theirs").description("theirs").send();
    let theirs = on.served.block(theirs).expect("a group").group_id().expect("its id").to_owned();
    on.site.run(&["up", "--yes", "--component", "network"]).ok().says(&["Nothing to change"]);
    // What is in the way is found and named before anything is deleted (G6).
    let rows = on.site.rows();
    on.site.run(&["destroy", "--yes"]).exit(3).says(&["PLAN-HELD", &vpc, &theirs, "nothing was changed"]);
    assert_eq!(on.site.rows(), rows);
    on.served.block(ec2.describe_security_groups().group_ids(&theirs).send()).expect("their group stands");
    on.served.block(ec2.delete_security_group().group_id(&theirs).send()).expect("they take it away");
    on.site.run(&["destroy", "--yes"]).ok();
    assert_eq!(on.served.block(on.served.eyes.all()), []);
}
