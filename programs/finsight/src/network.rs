//! `network`: requirements N1 to N6.

use std::collections::BTreeMap;

use finsight_engine::program::{Handle, Input, Options, Output, Scope, concat, list};
use finsight_specs::ec2::{
    DefaultSecurityGroup, ElasticIp, FlowLog, InternetGateway, NatGateway, Route, RouteTable, Rule,
    SecurityGroup, SecurityGroupEgress, Subnet, SubnetRouteTableAssociation, Vpc, VpcEndpoint,
    VpcGatewayAttachment,
};
use finsight_specs::iam::{Policy, Role, Statement};
use finsight_specs::ids::Arn;
use finsight_specs::kms::{Alias, Key};
use finsight_specs::logs::LogGroup;

use crate::common::key_policy;
use crate::config::{FlowLogsConfig, NetworkConfig};
use crate::stack_name;

/// The port of PostgreSQL.
const POSTGRES: u16 = 5432;
/// Every address.
const ANYWHERE: &str = "0.0.0.0/0";

/// What other components need of the network.
pub struct Network {
    /// The VPC.
    pub vpc: Handle<Vpc>,
    /// One in each zone, with a route to the internet gateway.
    pub public_subnets: Vec<Handle<Subnet>>,
    /// One in each zone, with a route to a NAT gateway.
    pub private_subnets: Vec<Handle<Subnet>>,
    /// Of the functions: outbound only.
    pub lambda_group: Handle<SecurityGroup>,
    /// Of the database proxy, if there is one.
    pub proxy_group: Option<Handle<SecurityGroup>>,
    /// Of the function that makes the database's user.
    pub user_group: Handle<SecurityGroup>,
    /// Of the database.
    pub database_group: Handle<SecurityGroup>,
    /// The addresses of the NAT gateways.
    pub addresses: Vec<Handle<ElasticIp>>,
}

/// The network that FinSight runs in; where it is protected, so is the key of its logs.
#[must_use]
pub fn network(s: &Scope, config: &NetworkConfig, protected: bool) -> Network {
    let vpc = s.add("main", Vpc::new(config.cidr.as_str()).enable_dns_hostnames(true).tags(name(s, "vpc")));
    s.add("default", DefaultSecurityGroup::new(&vpc));
    let public_subnets = subnets(s, config, &vpc, "public", &config.public_subnets);
    let private_subnets = subnets(s, config, &vpc, "private", &config.private_subnets);

    let gateway = s.add("main", InternetGateway::new().tags(name(s, "igw")));
    let attachment = s.add("main", VpcGatewayAttachment::new(&vpc, &gateway));
    let through_gateway = after(&attachment, "a route to a gateway needs it attached");
    let public = s.add_with(
        "public",
        RouteTable::new(&vpc)
            .routes(vec![Route::internet_gateway(ANYWHERE, &gateway)])
            .tags(name(s, "public")),
        through_gateway,
    );
    associate(s, "public", &public_subnets, |_| &public);

    let addresses: Vec<Handle<ElasticIp>> = (0..config.nat_gateways)
        .map(|index| s.add(&suffixed("nat", index), ElasticIp::new().tags(name(s, &suffixed("nat", index)))))
        .collect();
    let gateways: Vec<Handle<NatGateway>> = addresses
        .iter()
        .zip(&public_subnets)
        .enumerate()
        .map(|(index, (address, subnet))| {
            let nat = NatGateway::new(subnet)
                .allocation_id(address)
                .vpc_gateway_attachment(&attachment)
                .tags(name(s, &suffixed("nat", index)));
            s.add(&suffixed("main", index), nat)
        })
        .collect();
    let tables: Vec<Handle<RouteTable>> = private_subnets
        .iter()
        .enumerate()
        .map(|(index, _)| {
            let mut table = RouteTable::new(&vpc).tags(name(s, &suffixed("private", index)));
            // One gateway serves all zones, or each zone has its own.
            if let Some(nat) = gateways.get(index).or_else(|| gateways.first()) {
                table = table.routes(vec![Route::nat_gateway(ANYWHERE, nat)]);
            }
            s.add(&suffixed("private", index), table)
        })
        .collect();
    associate(s, "private", &private_subnets, |index| &tables[index]);

    let Groups { lambda, user, proxy, database } = security_groups(s, config, &vpc);
    endpoints(s, config, &vpc, &tables, &private_subnets, [&lambda, &user]);
    if let Some(flow_logs) = &config.flow_logs {
        record_traffic(s, flow_logs, &vpc, protected);
    }
    Network {
        vpc,
        public_subnets,
        private_subnets,
        lambda_group: lambda,
        user_group: user,
        proxy_group: proxy,
        database_group: database,
        addresses,
    }
}

fn name(s: &Scope, what: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("Name".to_owned(), stack_name(s.stack_name(), &format!("finsight-{what}")))])
}

/// `nat-a`, `nat-b` … : one a zone.
fn suffixed(stem: &str, index: usize) -> String {
    let letter = char::from(b'a' + u8::try_from(index).unwrap_or(25).min(25));
    format!("{stem}-{letter}")
}

fn after<R: finsight_engine::program::Resource>(handle: &Handle<R>, reason: &str) -> Options {
    Options { depends_on: BTreeMap::from([(handle.urn().clone(), reason.to_owned())]), ..Options::default() }
}

fn subnets(
    s: &Scope,
    config: &NetworkConfig,
    vpc: &Handle<Vpc>,
    kind: &str,
    ranges: &[String],
) -> Vec<Handle<Subnet>> {
    ranges
        .iter()
        .zip(&config.zones)
        .enumerate()
        .map(|(index, (range, zone))| {
            let subnet = Subnet::new(vpc, range.as_str())
                .availability_zone(zone.as_str())
                .tags(name(s, &suffixed(kind, index)));
            s.add(&suffixed(kind, index), subnet)
        })
        .collect()
}

fn associate<'a>(
    s: &Scope,
    kind: &str,
    subnets: &[Handle<Subnet>],
    table: impl Fn(usize) -> &'a Handle<RouteTable>,
) {
    for (index, subnet) in subnets.iter().enumerate() {
        s.add(&suffixed(kind, index), SubnetRouteTableAssociation::new(subnet, table(index)));
    }
}

struct Groups {
    lambda: Handle<SecurityGroup>,
    user: Handle<SecurityGroup>,
    proxy: Option<Handle<SecurityGroup>>,
    database: Handle<SecurityGroup>,
}

/// N4 and N5: functions → proxy → database, each from the group before it alone. What makes the database's user comes with a
/// password, which no proxy takes, and so goes to the database itself.
fn security_groups(s: &Scope, config: &NetworkConfig, vpc: &Handle<Vpc>) -> Groups {
    let group = |what: &str, description: &str| {
        SecurityGroup::new(vpc, description)
            .group_name(stack_name(s.stack_name(), &format!("finsight-{what}")))
            .tags(name(s, what))
    };
    let lambda = s.add(
        "lambda",
        group("lambda", "FinSight functions: outbound only")
            .egress(vec![Rule::all_traffic().cidr(ANYWHERE).description("to AWS, Auth0 and the database")]),
    );
    let postgres = || Rule::tcp(POSTGRES, POSTGRES);
    let user = s.add(
        "database-user",
        group("database-user", "FinSight database user: outbound to Secrets Manager and the database")
            .egress(vec![
                Rule::tcp(443, 443).cidr(ANYWHERE).description("to AWS"),
                postgres().cidr(config.cidr.as_str()).description("to the database"),
            ]),
    );
    let proxy = config.database_proxy.then(|| {
        // The two groups' rules refer to each other, so the egress is declared apart.
        let apart = Options { ignore_changes: vec!["egress".to_owned()], ..Options::default() };
        s.add_with(
            "proxy",
            group("proxy", "FinSight database proxy: PostgreSQL from the functions")
                .ingress(vec![postgres().group(&lambda).description("from the functions")]),
            apart,
        )
    });
    let admitted = proxy.as_ref().unwrap_or(&lambda);
    let who = if proxy.is_some() { "from the proxy" } else { "from the functions" };
    let database = s.add(
        "database",
        group("database", "FinSight database: PostgreSQL from one group alone").ingress(vec![
            postgres().group(admitted).description(who),
            postgres().group(&user).description("from what makes its user"),
        ]),
    );
    if let Some(proxy) = &proxy {
        let out = vec![postgres().group(&database).description("to the database")];
        s.add("proxy", SecurityGroupEgress::new(proxy, out));
    }
    Groups { lambda, user, proxy, database }
}

/// N6: the free S3 endpoint, and the interface endpoints that the config lists.
fn endpoints(
    s: &Scope,
    config: &NetworkConfig,
    vpc: &Handle<Vpc>,
    tables: &[Handle<RouteTable>],
    subnets: &[Handle<Subnet>],
    functions: [&Handle<SecurityGroup>; 2],
) {
    let service = |name: &str| -> Output<String> {
        concat([Input::from("com.amazonaws."), s.region().into(), Input::from(format!(".{name}"))])
    };
    s.add("s3", VpcEndpoint::new(vpc, service("s3")).route_table_ids(list(tables)).tags(name(s, "s3")));
    if config.interface_endpoints.is_empty() {
        return;
    }
    let group = s.add(
        "endpoints",
        SecurityGroup::new(vpc, "FinSight interface endpoints: HTTPS from the functions")
            .group_name(stack_name(s.stack_name(), "finsight-endpoints"))
            .ingress(
                functions
                    .map(|group| Rule::tcp(443, 443).group(group).description("from the functions"))
                    .to_vec(),
            )
            .tags(name(s, "endpoints")),
    );
    for endpoint in &config.interface_endpoints {
        s.add(
            endpoint,
            VpcEndpoint::new(vpc, service(endpoint))
                .vpc_endpoint_type("Interface")
                .subnet_ids(list(subnets))
                .security_group_ids([&group])
                .private_dns_enabled(true)
                .tags(name(s, endpoint)),
        );
    }
}

/// N6: flow logs to a log group that the stack owns, encrypted with its own key.
fn record_traffic(s: &Scope, config: &FlowLogsConfig, vpc: &Handle<Vpc>, protected: bool) {
    let stack = s.stack_name();
    let group_name = stack_name(stack, "/aws/vpc/flow-logs/finsight");
    let account = |rest: &str, service: &str| -> Output<String> {
        concat([
            Input::from("arn:"),
            s.partition().into(),
            Input::from(format!(":{service}:")),
            if service == "iam" { Input::from("") } else { s.region().into() },
            Input::from(":"),
            s.account_id().into(),
            Input::from(format!(":{rest}")),
        ])
    };
    let logs_service: Output<String> =
        concat([Input::from("logs."), s.region().into(), Input::from(".amazonaws.com")]);
    let policy = key_policy(s).statement(
        Statement::allow(&[
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:DescribeKey",
        ])
        .sid("FlowLogGroup")
        .service(logs_service)
        .resource("*")
        .condition(
            "ArnEquals",
            "kms:EncryptionContext:aws:logs:arn",
            account(&format!("log-group:{group_name}"), "logs"),
        ),
    );
    let key = s.add_with(
        "logs",
        Key::new(policy.document())
            .description("FinSight logs")
            .enable_key_rotation(true)
            .pending_window_in_days(config.key_deletion_days)
            .tags(name(s, "logs")),
        Options { protect: protected, ..Options::default() },
    );
    s.add("logs", Alias::new(stack_name(stack, "alias/finsight-logs"), &key));
    let group = s.add(
        "flow-logs",
        LogGroup::new()
            .log_group_name(group_name)
            .retention_in_days(config.retention_days)
            .kms_key_id(&key.arn)
            .tags(name(s, "flow-logs")),
    );
    let trust = Policy::new().statement(
        Statement::allow(&["sts:AssumeRole"]).service("vpc-flow-logs.amazonaws.com").condition(
            "StringEquals",
            "aws:SourceAccount",
            s.account_id(),
        ),
    );
    let arn: Output<String> = Output::of(group.urn(), "arn");
    let write = Policy::new()
        .statement(
            Statement::allow(&["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"])
                .resource(concat([Input::from(arn), Input::from(":*")])),
        )
        // Describing groups takes no narrower resource.
        .statement(Statement::allow(&["logs:DescribeLogGroups"]).resource("*"));
    let role = s.add(
        "flow-logs",
        Role::new(trust.document())
            .role_name(stack_name(stack, "finsight-flow-logs"))
            .description("Writes FinSight's VPC flow logs")
            .inline_policies(BTreeMap::from([("write".to_owned(), write.document())]))
            .tags(name(s, "flow-logs")),
    );
    let destination: Output<Arn> = Output::of(group.urn(), "arn");
    s.add(
        "main",
        FlowLog::new(Output::of(vpc.urn(), "id"), destination, &role.arn)
            .max_aggregation_interval(60)
            .tags(name(s, "flow-logs")),
    );
}
