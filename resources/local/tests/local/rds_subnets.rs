//! Databases, and subnets that go.

use crate::rds::site;
use crate::support::code;

#[tokio::test]
async fn no_database_is_put_into_a_group_whose_subnets_are_gone() {
    let site = site().await;
    // A subnet in a group is deleted like any other: no network interface stands in it.
    site.ec2.delete_subnet().subnet_id(&site.subnets[1]).send().await.unwrap();
    let statuses = async || {
        let call = site.rds.describe_db_subnet_groups().db_subnet_group_name("db");
        let subnets = call.send().await.unwrap().db_subnet_groups()[0].subnets().to_vec();
        subnets.into_iter().map(|subnet| subnet.subnet_status.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(statuses().await, ["Active", "Inactive"]);
    assert_eq!(code(site.create().send().await), "InvalidVPCNetworkStateFault");
    assert_eq!(code(site.create().multi_az(true).send().await), "InvalidVPCNetworkStateFault");

    let [_, other] = site.other_subnets().await;
    let ids = vec![site.subnets[0].clone(), other];
    let change = site.rds.modify_db_subnet_group().db_subnet_group_name("db").set_subnet_ids(Some(ids));
    change.send().await.unwrap();
    assert_eq!(statuses().await, ["Active", "Active"]);
    site.create().multi_az(true).send().await.unwrap();
    site.wait().await;
    assert_eq!(site.seen().await.secondary_availability_zone(), Some("ap-northeast-1c"));
}

#[tokio::test]
async fn a_standby_needs_a_subnet_and_holds_it() {
    let site = site().await;
    let [_, spare] = site.other_subnets().await;
    site.create().send().await.unwrap();
    site.wait().await;
    site.ec2.delete_subnet().subnet_id(&site.subnets[1]).send().await.unwrap();
    let twofold = || site.modify().multi_az(true).apply_immediately(true).send();
    assert_eq!(code(twofold().await), "InvalidVPCNetworkStateFault");
    assert_eq!(code(site.modify().multi_az(true).send().await), "InvalidVPCNetworkStateFault");

    let ids = vec![site.subnets[0].clone(), spare.clone()];
    let change = site.rds.modify_db_subnet_group().db_subnet_group_name("db").set_subnet_ids(Some(ids));
    change.send().await.unwrap();
    twofold().await.unwrap();
    site.wait().await;
    let delete = || site.ec2.delete_subnet().subnet_id(&spare).send();
    assert_eq!(code(delete().await), "DependencyViolation");
    // The standby takes over, and the one before holds its subnet in turn.
    let reboot = site.rds.reboot_db_instance().db_instance_identifier("finsight-db").force_failover(true);
    reboot.send().await.unwrap();
    site.wait().await;
    assert_eq!(site.seen().await.availability_zone(), Some("ap-northeast-1c"));
    assert_eq!(site.seen().await.secondary_availability_zone(), Some("ap-northeast-1a"));
    site.modify().multi_az(false).apply_immediately(true).send().await.unwrap();
    site.wait().await;
    assert_eq!(code(delete().await), "DependencyViolation");
    site.ec2.delete_subnet().subnet_id(&site.subnets[0]).send().await.unwrap();
}
