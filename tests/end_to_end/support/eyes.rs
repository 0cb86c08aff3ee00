//! The cloud's own listing, through the AWS SDKs.

use std::collections::BTreeMap;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::site::REGION;

/// Clients that look at (and change) a cloud.
pub struct Eyes {
    pub ec2: aws_sdk_ec2::Client,
    pub iam: aws_sdk_iam::Client,
    pub kms: aws_sdk_kms::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
}

/// One resource that the cloud lists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    pub kind: &'static str,
    pub id: String,
    pub tags: BTreeMap<String, String>,
}

/// The types that have a listing of their own.
pub const LISTED: &[&str] = &[
    "aws:ec2:Vpc",
    "aws:ec2:Subnet",
    "aws:ec2:InternetGateway",
    "aws:ec2:EIP",
    "aws:ec2:NatGateway",
    "aws:ec2:RouteTable",
    "aws:ec2:SecurityGroup",
    "aws:ec2:VpcEndpoint",
    "aws:ec2:FlowLog",
    "aws:logs:LogGroup",
    "aws:kms:Key",
    "aws:kms:Alias",
    "aws:iam:Role",
];

macro_rules! tags {
    ($resource:expr) => {
        $resource
            .tags()
            .iter()
            .map(|tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
}

macro_rules! seen {
    ($all:ident, $kind:literal, $resources:expr, $id:ident) => {
        for resource in $resources {
            $all.push(Seen {
                kind: $kind,
                id: resource.$id().unwrap_or_default().to_owned(),
                tags: tags!(resource),
            });
        }
    };
}

impl Eyes {
    pub async fn open(url: &str, client: SharedHttpClient) -> Self {
        Self::open_in(REGION, url, client).await
    }

    /// In another region.
    pub async fn open_in(region: &'static str, url: &str, client: SharedHttpClient) -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(url)
            .region(Region::new(region))
            .credentials_provider(Credentials::new("AKIAEYESEYESEYESEYES", "eyes", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client(client)
            .load()
            .await;
        Self {
            ec2: aws_sdk_ec2::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
        }
    }

    /// All that lives, but what AWS makes by itself.
    pub async fn all(&self) -> Vec<Seen> {
        let mut all = Vec::new();
        self.network(&mut all).await;
        self.gateways(&mut all).await;
        self.others(&mut all).await;
        all.sort();
        all
    }

    async fn network(&self, all: &mut Vec<Seen>) {
        let ec2 = &self.ec2;
        seen!(all, "aws:ec2:Vpc", ec2.describe_vpcs().send().await.expect("VPCs").vpcs(), vpc_id);
        seen!(
            all,
            "aws:ec2:Subnet",
            ec2.describe_subnets().send().await.expect("subnets").subnets(),
            subnet_id
        );
        let tables = ec2.describe_route_tables().send().await.expect("route tables");
        let own =
            tables.route_tables().iter().filter(|t| t.associations().iter().all(|a| a.main() != Some(true)));
        seen!(all, "aws:ec2:RouteTable", own, route_table_id);
        let groups = ec2.describe_security_groups().send().await.expect("security groups");
        let own = groups.security_groups().iter().filter(|group| group.group_name() != Some("default"));
        seen!(all, "aws:ec2:SecurityGroup", own, group_id);
    }

    async fn gateways(&self, all: &mut Vec<Seen>) {
        let ec2 = &self.ec2;
        let gateways = ec2.describe_internet_gateways().send().await.expect("internet gateways");
        seen!(all, "aws:ec2:InternetGateway", gateways.internet_gateways(), internet_gateway_id);
        let addresses = ec2.describe_addresses().send().await.expect("addresses");
        seen!(all, "aws:ec2:EIP", addresses.addresses(), allocation_id);
        let nats = ec2.describe_nat_gateways().send().await.expect("NAT gateways");
        let live = nats.nat_gateways().iter().filter(|nat| {
            !matches!(nat.state().map(|state| state.as_str()), Some("deleted" | "deleting" | "failed"))
        });
        seen!(all, "aws:ec2:NatGateway", live, nat_gateway_id);
        let endpoints = ec2.describe_vpc_endpoints().send().await.expect("endpoints");
        let live = endpoints.vpc_endpoints().iter().filter(|endpoint| {
            !matches!(endpoint.state().map(|state| state.as_str()), Some("deleted" | "Deleted" | "deleting"))
        });
        seen!(all, "aws:ec2:VpcEndpoint", live, vpc_endpoint_id);
        let logs = ec2.describe_flow_logs().send().await.expect("flow logs");
        seen!(all, "aws:ec2:FlowLog", logs.flow_logs(), flow_log_id);
    }

    async fn others(&self, all: &mut Vec<Seen>) {
        for group in self.logs.describe_log_groups().send().await.expect("log groups").log_groups() {
            let arn = group.log_group_arn().or(group.arn()).unwrap_or_default().trim_end_matches(":*");
            let tags = self.logs.list_tags_for_resource().resource_arn(arn).send().await.expect("its tags");
            let tags = tags.tags().cloned().unwrap_or_default().into_iter().collect();
            let id = group.log_group_name().unwrap_or_default().to_owned();
            all.push(Seen { kind: "aws:logs:LogGroup", id, tags });
        }
        for key in self.kms.list_keys().send().await.expect("keys").keys() {
            let id = key.key_id().unwrap_or_default();
            let about = self.kms.describe_key().key_id(id).send().await.expect("a key");
            let about = about.key_metadata().expect("its description");
            let state = about.key_state().map(|state| state.as_str());
            if state == Some("PendingDeletion") || about.key_manager().is_some_and(|m| m.as_str() == "AWS") {
                continue;
            }
            let tags = self.kms.list_resource_tags().key_id(id).send().await.expect("its tags");
            let tags =
                tags.tags().iter().map(|t| (t.tag_key().to_owned(), t.tag_value().to_owned())).collect();
            all.push(Seen { kind: "aws:kms:Key", id: id.to_owned(), tags });
        }
        for alias in self.kms.list_aliases().send().await.expect("aliases").aliases() {
            let id = alias.alias_name().unwrap_or_default().to_owned();
            if !id.starts_with("alias/aws/") {
                all.push(Seen { kind: "aws:kms:Alias", id, tags: BTreeMap::new() });
            }
        }
        for role in self.iam.list_roles().send().await.expect("roles").roles() {
            if role.path().starts_with("/aws-service-role/") {
                continue;
            }
            let name = role.role_name().to_owned();
            let tags = self.iam.list_role_tags().role_name(&name).send().await.expect("its tags");
            let tags = tags.tags().iter().map(|t| (t.key().to_owned(), t.value().to_owned())).collect();
            all.push(Seen { kind: "aws:iam:Role", id: name, tags });
        }
    }
}
