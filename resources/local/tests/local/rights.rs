//! Which rights calls need, where neither their names nor the members that they give tell it: as the Service
//! Authorization Reference and the services' own pages have it.

use aws_sdk_rds::types::Tag as RdsTag;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use aws_sdk_wafv2::types::{
    AllowAction, DefaultAction, ManagedRuleGroupStatement, NoneAction, OverrideAction, Rule, Scope,
    Statement, Tag as WafTag, VisibilityConfig,
};
use aws_sdk_xray::types::Tag as XrayTag;
use finsight_local::LocalCloud;
use serde_json::json;

use crate::support::{REGION, code, config};

/// The resources of an action that the calls up to now needed.
fn needed(cloud: &LocalCloud, action: &str) -> Vec<String> {
    let rights = cloud.rights();
    let of = |right: &&finsight_local::Right| right.action == action;
    rights.iter().filter(of).map(|right| right.resource.clone()).collect()
}

/// An ARN of this account and region.
fn arn(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{REGION}:123456789012:{rest}")
}

/// <https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html>
#[tokio::test]
async fn an_alias_is_deleted_by_who_may_do_it_to_the_key_too() {
    let cloud = LocalCloud::in_memory();
    let kms = aws_sdk_kms::Client::new(&config(&cloud, REGION).await);
    let key = kms.create_key().send().await.unwrap().key_metadata.unwrap().key_id;
    kms.create_alias().alias_name("alias/a").target_key_id(&key).send().await.unwrap();
    let may = |on: Vec<String>| {
        let statement = json!({"Effect": "Allow", "Action": "kms:DeleteAlias", "Resource": on});
        cloud.set_caller(Some(vec![json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()]));
    };
    may(vec![arn("kms", "alias/a")]);
    assert_eq!(code(kms.delete_alias().alias_name("alias/a").send().await), "AccessDeniedException");
    may(vec![arn("kms", "alias/a"), arn("kms", "key/*")]);
    kms.delete_alias().alias_name("alias/a").send().await.unwrap();
    assert_eq!(needed(&cloud, "kms:DeleteAlias"), [arn("kms", "alias/a"), arn("kms", "key/*")]);
}

#[tokio::test]
async fn a_database_is_restored_by_who_may_do_it_to_both_and_to_their_groups() {
    let cloud = LocalCloud::in_memory();
    let rds = aws_sdk_rds::Client::new(&config(&cloud, REGION).await);
    // What is not there is not restored; which rights it takes is known all the same.
    let tag = RdsTag::builder().key("a").value("b").build();
    let call = rds.restore_db_instance_to_point_in_time().source_db_instance_identifier("old");
    let call = call.target_db_instance_identifier("new").use_latest_restorable_time(true).tags(tag);
    call.db_subnet_group_name("nets").db_parameter_group_name("settings").send().await.unwrap_err();
    assert_eq!(
        needed(&cloud, "rds:RestoreDBInstanceToPointInTime"),
        ["db:new", "db:old", "og:default*", "pg:settings", "subgrp:nets"].map(|rest| arn("rds", rest))
    );
    assert_eq!(needed(&cloud, "rds:AddTagsToResource"), [arn("rds", "db:new")]);
    let call = rds.delete_db_instance().db_instance_identifier("old").final_db_snapshot_identifier("last");
    call.send().await.unwrap_err();
    assert_eq!(needed(&cloud, "rds:DeleteDBInstance"), [arn("rds", "db:old")]);
    assert_eq!(
        needed(&cloud, "rds:CreateDBSnapshot"),
        ["db:old", "snapshot:last"].map(|rest| arn("rds", rest))
    );
    rds.describe_db_proxy_targets().db_proxy_name("p").send().await.unwrap_err();
    let out = rds.deregister_db_proxy_targets().db_proxy_name("p").db_instance_identifiers("old");
    out.send().await.unwrap_err();
    let proxy = ["db-proxy:*", "target-group:*"].map(|rest| arn("rds", rest));
    assert_eq!(needed(&cloud, "rds:DescribeDBProxyTargets"), proxy);
    let taken_out = ["db-proxy:*", "db:old", "target-group:*"].map(|rest| arn("rds", rest));
    assert_eq!(needed(&cloud, "rds:DeregisterDBProxyTargets"), taken_out);
}

#[tokio::test]
async fn objects_are_deleted_out_of_their_bucket_alone() {
    let cloud = LocalCloud::in_memory();
    let s3 = aws_sdk_s3::Client::new(&config(&cloud, REGION).await);
    let object = ObjectIdentifier::builder().key("a/b").build().unwrap();
    let delete = Delete::builder().objects(object).build().unwrap();
    s3.delete_objects().bucket("bucket-of-logs").delete(delete).send().await.unwrap_err();
    for action in ["s3:DeleteObject", "s3:DeleteObjectVersion"] {
        assert_eq!(needed(&cloud, action), ["arn:aws:s3:::bucket-of-logs/*"]);
    }
}

fn visibility() -> VisibilityConfig {
    let config = VisibilityConfig::builder().metric_name("m").cloud_watch_metrics_enabled(true);
    config.sampled_requests_enabled(true).build().unwrap()
}

/// A web ACL is named by its scope and name before it has an id, and needs what its rules refer to.
#[tokio::test]
async fn a_web_acl_is_made_by_its_name_with_the_rules_that_it_refers_to() {
    let cloud = LocalCloud::in_memory();
    let waf = aws_sdk_wafv2::Client::new(&config(&cloud, REGION).await);
    let group = ManagedRuleGroupStatement::builder().vendor_name("AWS").name("AWSManagedRulesCommonRuleSet");
    let group = Statement::builder().managed_rule_group_statement(group.build().unwrap()).build();
    let none = OverrideAction::builder().none(NoneAction::builder().build()).build();
    let rule = Rule::builder().name("common").priority(0).statement(group).override_action(none);
    let call = waf.create_web_acl().name("gate").scope(Scope::Regional).visibility_config(visibility());
    let call = call.default_action(DefaultAction::builder().allow(AllowAction::builder().build()).build());
    let call = call.rules(rule.visibility_config(visibility()).build().unwrap());
    let made = call.tags(WafTag::builder().key("a").value("b").build().unwrap()).send().await.unwrap();
    let own = arn("wafv2", "regional/webacl/gate/*");
    let managed = arn("wafv2", "regional/managedruleset/*/*");
    assert_eq!(needed(&cloud, "wafv2:CreateWebACL"), [managed, own.clone()]);
    assert_eq!(needed(&cloud, "wafv2:TagResource"), [own]);
    let summary = made.summary.unwrap();
    let call = waf.get_web_acl().name("gate").scope(Scope::Regional).id(summary.id().unwrap());
    call.send().await.unwrap();
    assert_eq!(needed(&cloud, "wafv2:GetWebACL"), [summary.arn().unwrap()]);

    cloud.forget_rights();
    let stage = format!("arn:aws:apigateway:{REGION}::/restapis/a1/stages/prod");
    // There is no such stage, and none is needed to know.
    let _ = waf.get_web_acl_for_resource().resource_arn(&stage).send().await;
    let _ = waf.disassociate_web_acl().resource_arn(&stage).send().await;
    let any = arn("wafv2", "regional/webacl/*/*");
    assert_eq!(needed(&cloud, "wafv2:GetWebACLForResource"), [stage.clone(), any.clone()]);
    assert_eq!(needed(&cloud, "wafv2:GetWebACL"), [any]);
    assert_eq!(needed(&cloud, "wafv2:DisassociateWebACL"), [stage]);
}

#[tokio::test]
async fn what_is_made_is_tagged_and_nothing_else_of_its_kind() {
    let cloud = LocalCloud::in_memory();
    let settings = config(&cloud, REGION).await;
    let amplify = aws_sdk_amplify::Client::new(&settings);
    let app = amplify.create_app().name("site").tags("a", "b").send().await.unwrap().app.unwrap().app_id;
    assert_eq!(needed(&cloud, "amplify:TagResource"), [arn("amplify", "apps/*")]);
    cloud.forget_rights();
    amplify.create_branch().app_id(&app).branch_name("main").tags("a", "b").send().await.unwrap();
    let branch = arn("amplify", &format!("apps/{app}/branches/main"));
    assert_eq!(needed(&cloud, "amplify:TagResource"), [branch]);

    let xray = aws_sdk_xray::Client::new(&settings);
    let tag = XrayTag::builder().key("a").value("b").build().unwrap();
    xray.create_group().group_name("slow").filter_expression("duration > 1").tags(tag).send().await.unwrap();
    for action in ["xray:CreateGroup", "xray:TagResource"] {
        assert_eq!(needed(&cloud, action), [arn("xray", "group/slow/*")]);
    }

    let rds = aws_sdk_rds::Client::new(&settings);
    let tag = RdsTag::builder().key("a").value("b").build();
    let call = rds.create_db_instance().db_instance_identifier("db").engine("postgres").tags(tag);
    let call = call.db_instance_class("db.t3.micro").db_subnet_group_name("nets");
    call.db_parameter_group_name("settings").send().await.unwrap_err();
    assert_eq!(needed(&cloud, "rds:AddTagsToResource"), [arn("rds", "db:db")]);
}

/// The association's id tells neither of the two.
#[tokio::test]
async fn a_route_table_is_let_go_by_who_may_do_it_to_tables_and_subnets() {
    let cloud = LocalCloud::in_memory();
    let ec2 = aws_sdk_ec2::Client::new(&config(&cloud, REGION).await);
    ec2.disassociate_route_table().association_id("rtbassoc-0123456789abcdef0").send().await.unwrap_err();
    let both = ["route-table/*", "subnet/*"].map(|rest| arn("ec2", rest));
    assert_eq!(needed(&cloud, "ec2:DisassociateRouteTable"), both);
}
