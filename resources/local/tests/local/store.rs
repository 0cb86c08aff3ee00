use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use aws_sdk_ec2::types::{Filter, IpPermission, IpRange, ResourceType};
use finsight_local::{LocalCloud, LocalError};

use crate::support::{REGION, address, config, ec2, gateway, group, role, subnet, tagged, vpc};

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    entries.map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&p).unwrap())).collect()
}

/// Every read that matters, as text.
async fn everything(cloud: &LocalCloud) -> Vec<String> {
    let ec2 = ec2(cloud).await;
    let config = config(cloud, REGION).await;
    let kms = aws_sdk_kms::Client::new(&config);
    let iam = aws_sdk_iam::Client::new(&config);
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    let rds = aws_sdk_rds::Client::new(&config);
    let lambda = aws_sdk_lambda::Client::new(&config);
    let api = aws_sdk_apigateway::Client::new(&config);
    let apis = api.get_rest_apis().send().await.unwrap();
    let id = apis.items()[0].id().unwrap();
    vec![
        format!("{:?}", ec2.describe_vpcs().send().await.unwrap().vpcs()),
        format!("{:?}", ec2.describe_subnets().send().await.unwrap().subnets()),
        format!("{:?}", ec2.describe_route_tables().send().await.unwrap().route_tables()),
        format!("{:?}", ec2.describe_nat_gateways().send().await.unwrap().nat_gateways()),
        format!("{:?}", ec2.describe_addresses().send().await.unwrap().addresses()),
        format!("{:?}", ec2.describe_security_groups().send().await.unwrap().security_groups()),
        format!("{:?}", ec2.describe_security_group_rules().send().await.unwrap().security_group_rules()),
        format!("{:?}", ec2.describe_tags().send().await.unwrap().tags()),
        format!("{:?}", iam.get_account_authorization_details().send().await.unwrap().role_detail_list()),
        format!("{:?}", kms.list_aliases().send().await.unwrap().aliases()),
        format!("{:?}", kms.describe_key().key_id("alias/x").send().await.unwrap().key_metadata()),
        format!("{:?}", logs.describe_log_groups().send().await.unwrap().log_groups()),
        format!(
            "{:?}",
            logs.describe_log_streams().log_group_name("/a").send().await.unwrap().log_streams().len()
        ),
        format!(
            "{:?}",
            rds.describe_db_parameters().db_parameter_group_name("pg").send().await.unwrap().parameters()
        ),
        format!("{:?}", lambda.get_function().function_name("f").send().await.unwrap().configuration()),
        format!("{:?}", lambda.get_policy().function_name("f").send().await.unwrap().policy()),
        format!("{:?}", apis.items()),
        format!(
            "{:?}",
            api.get_resources().rest_api_id(id).embed("methods").send().await.unwrap().items().len()
        ),
        format!("{:?}", cloud.status().await),
    ]
}

async fn fill(cloud: &LocalCloud) {
    let ec2 = ec2(cloud).await;
    let net = vpc(&ec2).await;
    gateway(&ec2, &net).await;
    let public = subnet(&ec2, &net, "10.0.0.0/24", "ap-northeast-1a").await;
    let eip = address(&ec2).await;
    ec2.create_nat_gateway().subnet_id(&public).allocation_id(&eip).client_token("t").send().await.unwrap();
    let sg = group(&ec2, &net, "g").await;
    let range = IpRange::builder().cidr_ip("10.0.0.0/8").build();
    let permission =
        IpPermission::builder().ip_protocol("tcp").from_port(1).to_port(2).ip_ranges(range).build();
    ec2.authorize_security_group_ingress()
        .group_id(&sg)
        .ip_permissions(permission)
        .tag_specifications(tagged(ResourceType::SecurityGroupRule, "k", "日本"))
        .send()
        .await
        .unwrap();
    let config = config(cloud, REGION).await;
    let kms = aws_sdk_kms::Client::new(&config);
    let key = kms.create_key().send().await.unwrap().key_metadata.unwrap().key_id;
    kms.create_alias().alias_name("alias/x").target_key_id(&key).send().await.unwrap();
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    logs.create_log_group().log_group_name("/a").send().await.unwrap();
    logs.create_log_stream().log_group_name("/a").log_stream_name("s").send().await.unwrap();
    let rds = aws_sdk_rds::Client::new(&config);
    let pg =
        rds.create_db_parameter_group().db_parameter_group_name("pg").db_parameter_group_family("postgres15");
    pg.description("d").send().await.unwrap();
    let role = role(cloud, "r", "lambda.amazonaws.com").await;
    let lambda = aws_sdk_lambda::Client::new(&config);
    let zip = aws_sdk_lambda::primitives::Blob::new(b"PK");
    let create = lambda.create_function().function_name("f").role(role).handler("h");
    let code = aws_sdk_lambda::types::FunctionCode::builder().zip_file(zip).build();
    create.runtime(aws_sdk_lambda::types::Runtime::Providedal2023).code(code).send().await.unwrap();
    let permit = lambda.add_permission().function_name("f").statement_id("s").action("lambda:InvokeFunction");
    permit.principal("apigateway.amazonaws.com").send().await.unwrap();
    let api = aws_sdk_apigateway::Client::new(&config);
    api.create_rest_api().name("a").send().await.unwrap();
}

#[tokio::test]
async fn all_of_it_survives() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = LocalCloud::open(dir.path()).unwrap();
    fill(&cloud).await;
    let east = aws_sdk_kms::Client::new(&config(&cloud, "us-east-1").await);
    let other = east.create_key().send().await.unwrap().key_metadata.unwrap().key_id;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let before = everything(&cloud).await;
    let on_disk = files(dir.path());
    everything(&cloud).await;
    assert_eq!(on_disk, files(dir.path()), "reading writes nothing");
    // Clients hold the cloud, and with it the lock.
    drop((cloud, east));
    let again = LocalCloud::open(dir.path()).unwrap();
    for (before, after) in before.iter().zip(everything(&again).await) {
        assert_eq!(*before, after);
    }
    let east = aws_sdk_kms::Client::new(&config(&again, "us-east-1").await);
    east.describe_key().key_id(other).send().await.unwrap();
    // The token is remembered too.
    let ec2 = ec2(&again).await;
    let nat = ec2.describe_nat_gateways().send().await.unwrap().nat_gateways.unwrap().remove(0);
    let eip = nat.nat_gateway_addresses()[0].allocation_id().unwrap();
    let call =
        ec2.create_nat_gateway().subnet_id(nat.subnet_id().unwrap()).allocation_id(eip).client_token("t");
    let same = call.send().await.unwrap().nat_gateway.unwrap();
    assert_eq!(same.nat_gateway_id(), nat.nat_gateway_id());
}

/// A copy of the directory, taken when an answer arrives, is what `kill -9` would leave.
#[tokio::test]
async fn what_was_answered_is_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = LocalCloud::open(dir.path()).unwrap();
    let client = ec2(&cloud).await;
    for n in 0..5 {
        let id = vpc(&client).await;
        let copy = tempfile::tempdir().unwrap();
        for (name, bytes) in files(dir.path()) {
            fs::write(copy.path().join(name), bytes).unwrap();
        }
        let later = LocalCloud::open(copy.path()).unwrap();
        let by = Filter::builder().name("vpc-id").values(&id).build();
        let found = ec2(&later).await.describe_vpcs().filters(by).send().await.unwrap();
        assert_eq!(found.vpcs().len(), 1);
        assert_eq!(later.status().await.count("aws:ec2:Vpc"), n + 1);
    }
}

#[tokio::test]
async fn many_at_once_are_all_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = LocalCloud::open(dir.path()).unwrap();
    cloud.set_quota("aws:ec2:Vpc", 40);
    let client = ec2(&cloud).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let client = client.clone();
        calls.spawn(async move { vpc(&client).await });
    }
    assert_eq!(calls.join_all().await.len(), 40);
    drop((cloud, client));
    assert_eq!(LocalCloud::open(dir.path()).unwrap().status().await.count("aws:ec2:Vpc"), 40);
}

#[tokio::test]
async fn one_process_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = LocalCloud::open(dir.path()).unwrap();
    let second = LocalCloud::open(dir.path());
    assert!(matches!(second, Err(LocalError::Busy { .. })), "{second:?}");
    drop(cloud);
    LocalCloud::open(dir.path()).unwrap();
}

#[tokio::test]
async fn damage_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = LocalCloud::open(dir.path()).unwrap();
    vpc(&ec2(&cloud).await).await;
    drop(cloud);
    let path = dir.path().join("ec2.json");
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for bytes in [&whole[..whole.len() / 2], &flipped, b"", b"{}\n"] {
        fs::write(&path, bytes).unwrap();
        let message = LocalCloud::open(dir.path()).unwrap_err().to_string();
        assert!(message.contains("ec2.json") && message.contains("finsight-deploy local reset"), "{message}");
    }
    let newer = String::from_utf8(whole.clone()).unwrap().replace("\"format\":1", "\"format\":9");
    fs::write(&path, newer).unwrap();
    assert!(matches!(LocalCloud::open(dir.path()), Err(LocalError::Newer { found: 9, .. })));
    fs::write(&path, whole).unwrap();
    LocalCloud::open(dir.path()).unwrap();
}

#[tokio::test]
async fn reset_empties_the_disk_too() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = LocalCloud::open(dir.path()).unwrap();
    fill(&cloud).await;
    cloud.reset().await.unwrap();
    assert!(cloud.status().await.is_empty());
    drop(cloud);
    assert!(LocalCloud::open(dir.path()).unwrap().status().await.is_empty());
}
