use aws_sdk_ec2::types::{
    Filter, IpPermission, IpRange, PrefixListId, ResourceType, SecurityGroupRule, UserIdGroupPair,
};
use finsight_local::LocalCloud;

use crate::support::{code, ec2, group, tagged, vpc};

fn port(protocol: &str, port: i32) -> aws_sdk_ec2::types::builders::IpPermissionBuilder {
    IpPermission::builder().ip_protocol(protocol).from_port(port).to_port(port)
}

fn range(cidr: &str, description: &str) -> IpRange {
    IpRange::builder().cidr_ip(cidr).description(description).build()
}

async fn rules(ec2: &aws_sdk_ec2::Client, group: &str) -> Vec<SecurityGroupRule> {
    let by = Filter::builder().name("group-id").values(group).build();
    ec2.describe_security_group_rules()
        .filters(by)
        .send()
        .await
        .unwrap()
        .security_group_rules
        .unwrap_or_default()
}

#[tokio::test]
async fn groups_are_unique_and_come_with_egress() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    let id = group(&ec2, &vpc, "web").await;
    let create = |name: &str, text: &str| {
        ec2.create_security_group().vpc_id(&vpc).group_name(name).description(text).send()
    };
    assert_eq!(code(create("web", "x").await), "InvalidGroup.Duplicate");
    assert_eq!(code(create("default", "x").await), "InvalidParameterValue");
    assert_eq!(code(create("other", "日本語").await), "InvalidParameterValue");
    let found = rules(&ec2, &id).await;
    assert_eq!((found.len(), found[0].is_egress()), (1, Some(true)));
    assert_eq!((found[0].ip_protocol(), found[0].from_port()), (Some("-1"), Some(-1)));
    let shown = ec2.describe_security_groups().group_ids(&id).send().await.unwrap();
    let egress = &shown.security_groups()[0].ip_permissions_egress()[0];
    assert_eq!((egress.from_port(), egress.ip_ranges()[0].cidr_ip()), (None, Some("0.0.0.0/0")));
    assert_eq!(code(ec2.delete_vpc().vpc_id(&vpc).send().await), "DependencyViolation");
    ec2.delete_security_group().group_id(&id).send().await.unwrap();
    assert_eq!(code(ec2.delete_security_group().group_id(&id).send().await), "InvalidGroup.NotFound");
    assert_eq!(code(ec2.describe_security_groups().group_ids(&id).send().await), "InvalidGroup.NotFound");
}

#[tokio::test]
async fn the_default_group_is_there_to_stay() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    let by = [
        Filter::builder().name("vpc-id").values(&vpc).build(),
        Filter::builder().name("group-name").values("default").build(),
    ];
    let found = ec2.describe_security_groups().set_filters(Some(by.to_vec())).send().await.unwrap();
    let id = found.security_groups()[0].group_id().unwrap();
    let have = rules(&ec2, id).await;
    assert_eq!(have.len(), 2);
    let within = have.iter().find(|r| r.is_egress() == Some(false)).unwrap();
    assert_eq!(within.referenced_group_info().unwrap().group_id(), Some(id));
    assert_eq!(code(ec2.delete_security_group().group_id(id).send().await), "CannotDelete");
    for rule in &have {
        let rule_id = rule.security_group_rule_id().unwrap();
        if rule.is_egress() == Some(true) {
            ec2.revoke_security_group_egress()
                .group_id(id)
                .security_group_rule_ids(rule_id)
                .send()
                .await
                .unwrap();
        } else {
            ec2.revoke_security_group_ingress()
                .group_id(id)
                .security_group_rule_ids(rule_id)
                .send()
                .await
                .unwrap();
        }
    }
    assert!(rules(&ec2, id).await.is_empty());
}

#[tokio::test]
async fn rules_come_go_and_change() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    let (id, other) = (group(&ec2, &vpc, "db").await, group(&ec2, &vpc, "web").await);
    let authorize = |permission: IpPermission| {
        ec2.authorize_security_group_ingress().group_id(&id).ip_permissions(permission).send()
    };
    let pair = UserIdGroupPair::builder().group_id(&other).description("from web").build();
    let both =
        port("6", 5432).ip_ranges(range("10.0.1.9/24", "office")).user_id_group_pairs(pair.clone()).build();
    let made = ec2
        .authorize_security_group_ingress()
        .group_id(&id)
        .ip_permissions(both)
        .tag_specifications(tagged(ResourceType::SecurityGroupRule, "k", "v"))
        .send()
        .await
        .unwrap();
    let made = made.security_group_rules();
    assert_eq!(made.len(), 2);
    assert_eq!((made[0].ip_protocol(), made[0].cidr_ipv4()), (Some("tcp"), Some("10.0.1.0/24")));
    assert_eq!(made[1].referenced_group_info().unwrap().group_id(), Some(other.as_str()));
    assert_eq!(made[1].tags()[0].value(), Some("v"));

    let partly =
        port("tcp", 5432).ip_ranges(range("10.9.0.0/24", "")).ip_ranges(range("10.0.1.0/24", "")).build();
    assert_eq!(code(authorize(partly).await), "InvalidPermission.Duplicate");
    assert_eq!(rules(&ec2, &id).await.len(), 3, "one duplicate refuses all");
    let nobody = UserIdGroupPair::builder().group_id("sg-none").build();
    assert_eq!(
        code(authorize(port("tcp", 1).user_id_group_pairs(nobody).build()).await),
        "InvalidGroup.NotFound"
    );
    let list = PrefixListId::builder().prefix_list_id("pl-61a54008").build();
    authorize(port("tcp", 443).prefix_list_ids(list).build()).await.unwrap();

    let shown = ec2.describe_security_groups().group_ids(&id).send().await.unwrap();
    let permissions = shown.security_groups()[0].ip_permissions();
    assert_eq!(permissions.len(), 2, "same protocol and ports share one permission");

    let renamed = port("tcp", 5432).ip_ranges(range("10.0.1.0/24", "new words")).build();
    let update = ec2.update_security_group_rule_descriptions_ingress().group_id(&id).ip_permissions(renamed);
    update.send().await.unwrap();
    let found = rules(&ec2, &id).await;
    assert!(found.iter().any(|r| r.description() == Some("new words")));

    let by_source = port("tcp", 5432).user_id_group_pairs(pair).build();
    assert_eq!(code(ec2.delete_security_group().group_id(&other).send().await), "DependencyViolation");
    ec2.revoke_security_group_ingress().group_id(&id).ip_permissions(by_source.clone()).send().await.unwrap();
    let twice = ec2.revoke_security_group_ingress().group_id(&id).ip_permissions(by_source).send().await;
    assert_eq!(code(twice), "InvalidPermission.NotFound");
    let unknown =
        ec2.revoke_security_group_ingress().group_id(&id).security_group_rule_ids("sgr-none").send().await;
    assert_eq!(code(unknown), "InvalidSecurityGroupRuleId.NotFound");
    ec2.delete_security_group().group_id(&other).send().await.unwrap();
}

#[tokio::test]
async fn a_rule_changes_in_place() {
    use aws_sdk_ec2::types::{SecurityGroupRuleRequest, SecurityGroupRuleUpdate};
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    let id = group(&ec2, &vpc, "g").await;
    let permission = port("tcp", 80).ip_ranges(range("10.0.0.0/8", "a")).build();
    let made =
        ec2.authorize_security_group_ingress().group_id(&id).ip_permissions(permission).send().await.unwrap();
    let rule = made.security_group_rules()[0].security_group_rule_id().unwrap();
    let wish = SecurityGroupRuleRequest::builder()
        .ip_protocol("tcp")
        .from_port(81)
        .to_port(82)
        .cidr_ipv4("10.0.0.0/9");
    let update = SecurityGroupRuleUpdate::builder()
        .security_group_rule_id(rule)
        .security_group_rule(wish.build())
        .build();
    ec2.modify_security_group_rules().group_id(&id).security_group_rules(update).send().await.unwrap();
    let found = rules(&ec2, &id).await;
    let found = found.iter().find(|r| r.security_group_rule_id() == Some(rule)).unwrap();
    assert_eq!(
        (found.from_port(), found.to_port(), found.cidr_ipv4()),
        (Some(81), Some(82), Some("10.0.0.0/9"))
    );
}
