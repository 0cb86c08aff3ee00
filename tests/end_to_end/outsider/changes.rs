//! Each change of someone else is found, shown, and put right.

use aws_sdk_ec2::types::{AttributeBooleanValue, IpPermission, IpRange, Tag};

use super::Deployed;
use crate::support::Eyes;

const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn open_port(port: i32) -> IpPermission {
    let everyone = IpRange::builder().cidr_ip("0.0.0.0/0").build();
    IpPermission::builder().ip_protocol("tcp").from_port(port).to_port(port).ip_ranges(everyone).build()
}

async fn ingress(eyes: &Eyes, group: &str) -> String {
    let found = eyes.ec2.describe_security_groups().group_ids(group).send().await.expect("the group");
    format!("{:?}", found.security_groups()[0].ip_permissions())
}

#[test]
fn rules_of_security_groups() {
    let on = Deployed::new("staging");
    let ec2 = &on.served.eyes.ec2;
    for name in ["SecurityGroup/lambda", "SecurityGroup/database", "DefaultSecurityGroup/default"] {
        let group = on.site.id(name);
        let before = on.served.block(ingress(&on.served.eyes, &group));
        on.served
            .block(
                ec2.authorize_security_group_ingress().group_id(&group).ip_permissions(open_port(22)).send(),
            )
            .expect("port 22 is opened to the world");
        on.changed(name, "ingress", "", "22");
        on.changed(name, "ingress", "", "0.0.0.0/0");
        on.put_right();
        assert_eq!(on.served.block(ingress(&on.served.eyes, &group)), before, "{name}");
    }
    // What we opened, and someone closed.
    let group = on.site.id("SecurityGroup/proxy");
    let live = on.served.block(ec2.describe_security_groups().group_ids(&group).send()).expect("the group");
    let rule = live.security_groups()[0].ip_permissions()[0].clone();
    on.served
        .block(ec2.revoke_security_group_ingress().group_id(&group).ip_permissions(rule).send())
        .expect("the rule is taken away");
    on.changed("SecurityGroup/proxy", "ingress", "5432", "");
    on.put_right();
    // The proxy's egress is another resource's.
    on.served
        .block(ec2.authorize_security_group_egress().group_id(&group).ip_permissions(open_port(443)).send())
        .expect("egress is opened to the world");
    on.changed("SecurityGroupEgress/proxy", "egress", "5432", "443");
    on.put_right();
}

#[test]
fn routes() {
    let on = Deployed::new("staging");
    let ec2 = &on.served.eyes.ec2;
    let (table, gateway) = (on.site.id("RouteTable/private-a"), on.site.id("InternetGateway/main"));
    on.served
        .block(
            ec2.create_route()
                .route_table_id(&table)
                .destination_cidr_block("192.168.77.0/24")
                .gateway_id(&gateway)
                .send(),
        )
        .expect("a route is added");
    on.changed("RouteTable/private-a", "routes", "", "192.168.77.0/24");
    on.put_right();
    on.served
        .block(ec2.delete_route().route_table_id(&table).destination_cidr_block("0.0.0.0/0").send())
        .expect("the route to the NAT gateway is taken away");
    on.changed("RouteTable/private-a", "routes", "0.0.0.0/0", "");
    on.put_right();
}

#[test]
fn permissions_of_a_role() {
    let on = Deployed::new("staging");
    let iam = &on.served.eyes.iam;
    let role = on.site.id("Role/flow-logs");
    on.served
        .block(iam.put_role_policy().role_name(&role).policy_name("extra").policy_document(ALLOW_ALL).send())
        .expect("an inline policy is added");
    on.changed("Role/flow-logs", "inline_policies", "", "\"*\"");
    on.put_right();
    let arn = on
        .served
        .block(iam.create_policy().policy_name("someone-elses").policy_document(ALLOW_ALL).send())
        .expect("a policy of someone else")
        .policy()
        .and_then(|policy| policy.arn().map(str::to_owned))
        .expect("its ARN");
    on.served
        .block(iam.attach_role_policy().role_name(&role).policy_arn(&arn).send())
        .expect("a managed policy is attached");
    on.changed("Role/flow-logs", "managed_policy_arns", "", "someone-elses");
    on.put_right();
    on.served.block(iam.get_policy().policy_arn(&arn).send()).expect("the policy of someone else stands on");
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
    on.served
        .block(iam.update_assume_role_policy().role_name(&role).policy_document(trust).send())
        .expect("everyone may take the role");
    on.changed("Role/flow-logs", "assume_role_policy", "vpc-flow-logs", "\"*\"");
    on.put_right();
}

#[test]
fn tags() {
    let on = Deployed::new("staging");
    let ec2 = &on.served.eyes.ec2;
    let subnet = on.site.id("Subnet/public-a");
    for key in ["Name", "finsight:stack", "finsight:id"] {
        let tag = Tag::builder().key(key).build();
        on.served.block(ec2.delete_tags().resources(&subnet).tags(tag).send()).expect("a tag is removed");
        on.changed("Subnet/public-a", "tags", "", "");
        on.put_right();
    }
    let tag = Tag::builder().key("Name").value("renamed").build();
    on.served.block(ec2.create_tags().resources(&subnet).tags(tag).send()).expect("a tag is changed");
    on.changed("Subnet/public-a", "tags", "finsight-public-a-staging", "renamed");
    on.put_right();
}

#[test]
fn what_was_deleted() {
    let on = Deployed::new("staging");
    let ec2 = &on.served.eyes.ec2;
    let subnet = on.site.id("Subnet/public-b");
    on.served.block(async {
        let tables = ec2.describe_route_tables().send().await.expect("route tables");
        let link = tables
            .route_tables()
            .iter()
            .flat_map(|table| table.associations())
            .find(|link| link.subnet_id() == Some(&subnet))
            .and_then(|link| link.route_table_association_id())
            .expect("its association");
        ec2.disassociate_route_table().association_id(link).send().await.expect("it is disassociated");
        ec2.delete_subnet().subnet_id(&subnet).send().await.expect("the subnet is deleted");
    });
    on.found("/aws:ec2:Subnet/public-b", "deleted");
    on.found("/aws:ec2:SubnetRouteTableAssociation/public-b", "deleted");
    on.put_right();
    assert_ne!(on.site.id("/aws:ec2:Subnet/public-b"), subnet);

    let nat = on.site.id("NatGateway/main-a");
    on.served
        .block(ec2.delete_nat_gateway().nat_gateway_id(&nat).send())
        .expect("the NAT gateway is deleted");
    std::thread::sleep(std::time::Duration::from_millis(100));
    on.found("NatGateway/main-a", "deleted");
    on.put_right();
    let tables = on.served.block(ec2.describe_route_tables().send()).expect("route tables");
    let new = on.site.id("NatGateway/main-a");
    let through =
        tables.route_tables().iter().flat_map(|t| t.routes()).filter(|r| r.nat_gateway_id() == Some(&new));
    assert_eq!(through.count(), 2, "both private tables go through the new gateway");

    let log = on.site.id("FlowLog/main");
    on.served.block(ec2.delete_flow_logs().flow_log_ids(&log).send()).expect("the flow log is deleted");
    on.found("FlowLog/main", "deleted");
    on.put_right();
}

#[test]
fn settings() {
    let on = Deployed::new("staging");
    let eyes = &on.served.eyes;
    let (group, key) = (on.site.id("LogGroup/flow-logs"), on.site.id("Key/logs"));
    on.served
        .block(eyes.logs.put_retention_policy().log_group_name(&group).retention_in_days(7).send())
        .expect("the retention is changed");
    on.changed("LogGroup/flow-logs", "retention_in_days", "30", "7");
    on.put_right();
    on.served
        .block(eyes.logs.delete_retention_policy().log_group_name(&group).send())
        .expect("the retention is taken away");
    on.changed("LogGroup/flow-logs", "retention_in_days", "30", "null");
    // What is older than 30 days would go at once: neither `up` nor a fix does that unasked.
    for command in [&["up", "--yes"][..], &["drift", "--fix", "--yes"]] {
        let refused = on.site.run(command).exit(3);
        refused.says(&["PLAN-HOLDS-DATA", "for 30 days, until now for ever", "--confirm-delete", &group]);
    }
    on.site.run(&["drift", "--fix", "--yes", "--confirm-delete", &group]).ok();
    on.clean();
    on.served.block(eyes.kms.disable_key_rotation().key_id(&key).send()).expect("rotation is switched off");
    on.changed("Key/logs", "enable_key_rotation", "true", "false");
    on.put_right();
    let vpc = on.site.id("Vpc/main");
    let off = AttributeBooleanValue::builder().value(false).build();
    on.served
        .block(eyes.ec2.modify_vpc_attribute().vpc_id(&vpc).enable_dns_hostnames(off).send())
        .expect("host names are switched off");
    on.changed("Vpc/main", "enable_dns_hostnames", "true", "false");
    on.put_right();
}
