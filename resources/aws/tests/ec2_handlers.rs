//! Scratch.
#![allow(clippy::all, clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use finsight_aws::session::https_client;
use finsight_aws::{AwsCloud, Session};
use finsight_driver::cloud::Cloud;
use finsight_engine::contract::*;
use finsight_engine::diff::diff_live;
use finsight_engine::program::Options;
use finsight_engine::schema::Registry;
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};
use serde_json::{Value as Json, json};

struct World {
    cloud: AwsCloud,
    registry: Registry,
    region: String,
    raw: aws_sdk_ec2::Client,
    n: std::cell::Cell<u32>,
    run: String,
}

fn map(json: Json) -> Map {
    match Value::from_plain_json(&json) {
        Value::Map(map) => map,
        _ => panic!("map"),
    }
}

struct Made {
    t: &'static str,
    owner: OwnerId,
    live: Live,
    inputs: Map,
}
impl Made {
    fn id(&self) -> &str {
        &self.live.id
    }
}

impl World {
    async fn open() -> Self {
        let url = std::env::var("EC2_URL").unwrap_or("http://127.0.0.1:5557".into());
        let region = "ap-northeast-1".to_owned();
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .endpoint_url(url)
            .region(Region::new(region.clone()))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client(https_client())
            .load()
            .await;
        let session = Session::open(config.clone()).await.unwrap();
        println!("account {:?}", session.account());
        let run = format!("{:x}", std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis());
        World {
            cloud: AwsCloud::unlimited(session),
            registry: finsight_specs::registry(),
            region,
            raw: aws_sdk_ec2::Client::new(&config),
            n: 0.into(),
            run,
        }
    }
    async fn call(&self, t: &str, call: Call) -> Reply {
        self.cloud.call(Request { type_name: t.into(), region: self.region.clone(), call }).await
    }
    fn target(&self, t: &str, id: &str, inputs: &Map, outputs: &Map) -> Target {
        Target { urn: Urn::new("s", "c", t, "n").unwrap(), id: id.into(), inputs: inputs.clone(), outputs: outputs.clone() }
    }
    async fn read(&self, t: &str, id: &str) -> Reading {
        match self.call(t, Call::Read { targets: vec![self.target(t, id, &Map::new(), &Map::new())] }).await {
            Reply::Read(mut r) => r.remove(0),
            other => panic!("{other:?}"),
        }
    }
    async fn live(&self, t: &str, id: &str) -> Live {
        for _ in 0..100 {
            match self.read(t, id).await {
                Reading::Found(live) if matches!(live.health, Health::Pending(_)) => {
                    
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await
                }
                Reading::Found(live) => return *live,
                other => panic!("{t} {id} {other:?}"),
            }
        }
        panic!("still pending")
    }
    fn fill(&self, t: &'static str, owner: &OwnerId, inputs: Json) -> Map {
        let spec = self.registry.get(t).unwrap();
        let mut inputs = map(inputs);
        if spec.taggable() {
            let tags = inputs.entry("tags".into()).or_insert(Value::Map(Map::new()));
            if let Value::Map(tags) = tags {
                tags.insert(OWNER_TAG.into(), owner.as_str().into());
                tags.insert(STACK_TAG.into(), "s".into());
            }
        }
        spec.fill_defaults(&mut inputs);
        inputs
    }
    async fn settle(&self, t: &'static str, id: &str, inputs: &Map) -> Live {
        let spec = self.registry.get(t).unwrap();
        for round in 0..6 {
            let live = self.live(t, id).await;
            let diff = diff_live(spec, &live, inputs, &Options::default());
            if diff.is_empty() {
                for p in &spec.outputs {
                    if !live.outputs.contains_key(p.name) {
                        println!("  !! {t} has no output {}", p.name);
                    }
                }
                for name in live.properties.keys() {
                    assert!(spec.property(name).is_some(), "{t}: unknown property {name}");
                }
                println!("{t} {id} settled after {round} converges: {:?} {:?}", Value::Map(live.properties.clone()), Value::Map(live.outputs.clone()));
                return live;
            }
            println!("  {t} {id} differs: {:?}", diff.iter().map(|d| (&d.path, &d.before, &d.after)).collect::<Vec<_>>());
            let mut differing: Vec<String> = diff.iter().map(|d| d.path.split('.').next().unwrap().to_owned()).collect();
            differing.dedup();
            let reply = self.call(t, Call::Converge { target: self.target(t, id, inputs, &live.outputs), live: Box::new(live), desired: inputs.clone(), differing }).await;
            if !matches!(reply, Reply::Converged { .. }) {
                println!("  !! {t} converge {reply:?}");
            }
        }
        println!("  !!!! {t} {id} never settled");
        self.live(t, id).await
    }
    async fn up(&self, t: &'static str, inputs: Json) -> Made {
        self.n.set(self.n.get() + 1);
        let owner = OwnerId(format!("o{}x{}", self.run, self.n.get()));
        let inputs = self.fill(t, &owner, inputs);
        let before = self.call(t, Call::Find { owner: owner.clone(), inputs: inputs.clone() }).await;
        println!("{t} found before: {before:?}");
        let id = match self.call(t, Call::Create { owner: owner.clone(), inputs: inputs.clone() }).await {
            Reply::Created { id } => id,
            other => panic!("{t} create {other:?}"),
        };
        let found = self.call(t, Call::Find { owner: owner.clone(), inputs: inputs.clone() }).await;
        if found != Reply::Found(vec![Candidate { id: id.clone(), ours: true }]) {
            println!("  !! {t} find {found:?}, created {id}");
        }
        let live = self.settle(t, &id, &inputs).await;
        assert_eq!(live.id, id);
        Made { t, owner, live, inputs }
    }
    async fn change(&self, made: &mut Made, inputs: Json) {
        made.inputs = self.fill(made.t, &made.owner, inputs);
        made.live = self.settle(made.t, &made.live.id, &made.inputs).await;
    }
    async fn try_down(&self, made: &Made) -> Reply {
        self.call(made.t, Call::Delete { target: self.target(made.t, made.id(), &made.inputs, &made.live.outputs) }).await
    }
    async fn down(&self, made: Made) {
        let reply = self.try_down(&made).await;
        println!("{} {} delete: {reply:?}", made.t, made.id());
        assert!(matches!(reply, Reply::Gone | Reply::Deleting));
        for _ in 0..50 {
            match self.read(made.t, made.id()).await {
                Reading::Absent => break,
                Reading::Found(live) => { if !matches!(live.health, Health::Deleting(_)) { println!("  not absent: {:?}", live.health) } }
                other => println!("  not absent: {other:?}"),
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        let found = self.call(made.t, Call::Find { owner: made.owner.clone(), inputs: made.inputs.clone() }).await;
        if found != Reply::Found(vec![]) {
            println!("  !! {} found after delete: {found:?}", made.t);
        }
        let again = self.try_down(&made).await;
        if !matches!(again, Reply::Gone) {
            println!("  !! {} second delete: {again:?}", made.t);
        }
    }
}

#[tokio::test]
async fn all() {
    let w = World::open().await;
    let region = w.region.clone();
    let mut vpc = w.up("aws:ec2:Vpc", json!({"cidr_block": "10.7.0.0/16", "enable_dns_hostnames": true, "tags": {"a": "1", "b": "2"}})).await;
    w.change(&mut vpc, json!({"cidr_block": "10.7.0.0/16", "enable_dns_hostnames": false, "enable_dns_support": false, "tags": {"a": "2", "c": "3"}})).await;
    w.change(&mut vpc, json!({"cidr_block": "10.7.0.0/16", "enable_dns_hostnames": true})).await;
    let v = vpc.id().to_owned();
    let mut sub = w.up("aws:ec2:Subnet", json!({"vpc_id": v, "cidr_block": "10.7.1.0/24", "availability_zone": format!("{region}a"), "map_public_ip_on_launch": true, "tags": {"a": "1"}})).await;
    w.change(&mut sub, json!({"vpc_id": v, "cidr_block": "10.7.1.0/24", "availability_zone": format!("{region}a"), "tags": {"a": "2"}})).await;
    let sub2 = w.up("aws:ec2:Subnet", json!({"vpc_id": v, "cidr_block": "10.7.2.0/24", "availability_zone": format!("{region}c")})).await;
    // conflict
    let reply = w.call("aws:ec2:Subnet", Call::Create { owner: OwnerId("zzz".into()), inputs: sub.inputs.clone() }).await;
    println!("CONFLICT {reply:?}");
    println!("VPC delete with subnets: {:?}", w.try_down(&vpc).await);
    let igw = w.up("aws:ec2:InternetGateway", json!({"tags": {"x": "y"}})).await;
    // route before attach
    let mut rt = w.up("aws:ec2:RouteTable", json!({"vpc_id": v, "tags": {"t": "1"}})).await;
    let igw_route = json!({"destination_cidr_block": "0.0.0.0/0", "gateway_id": igw.id()});
    {
        let inputs = w.fill(rt.t, &rt.owner, json!({"vpc_id": v, "routes": [igw_route]}));
        let reply = w.call(rt.t, Call::Converge { target: w.target(rt.t, rt.id(), &inputs, &Map::new()), live: Box::new(rt.live.clone()), desired: inputs, differing: vec!["routes".into()] }).await;
        println!("ROUTE BEFORE ATTACH {reply:?}");
    }
    let att_inputs = json!({"vpc_id": v, "internet_gateway_id": igw.id()});
    let att = w.up("aws:ec2:VpcGatewayAttachment", att_inputs.clone()).await;
    let reply = w.call("aws:ec2:VpcGatewayAttachment", Call::Create { owner: OwnerId("zzz".into()), inputs: map(att_inputs) }).await;
    println!("ATTACH AGAIN {reply:?}");
    let eip = w.up("aws:ec2:EIP", json!({"tags": {"n": "1"}})).await;
    let nat = w.up("aws:ec2:NatGateway", json!({"subnet_id": sub.id(), "allocation_id": eip.id(), "tags": {"n": "1"}})).await;
    println!("NAT AGAIN (token): {:?} vs {}", w.call(nat.t, Call::Create { owner: nat.owner.clone(), inputs: nat.inputs.clone() }).await, nat.id());
    let again = w.call(rt.t, Call::Create { owner: rt.owner.clone(), inputs: w.fill(rt.t, &rt.owner, json!({"vpc_id": v, "tags": {"t": "1"}})) }).await;
    println!("RT AGAIN (token): {again:?} vs {}", rt.id());
    if let Reply::Created { id } = again { if id != rt.id() { w.raw.delete_route_table().route_table_id(id).send().await.unwrap(); } }
    if std::env::var("EC2_URL").is_ok() { println!("EIP release while NAT: {:?}", w.try_down(&eip).await); }
    w.change(&mut rt, json!({"vpc_id": v, "routes": [igw_route]})).await;
    let nat_route = json!({"destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": nat.id()});
    w.change(&mut rt, json!({"vpc_id": v, "routes": [nat_route, {"destination_cidr_block": "10.99.0.0/16", "gateway_id": igw.id()}]})).await;
    // drift: someone adds a route to an eni
    if std::env::var("EC2_URL").is_err() {
    let eni = w.raw.create_network_interface().subnet_id(sub.id()).send().await.unwrap().network_interface.unwrap().network_interface_id.unwrap();
    let r = w.raw.create_route().route_table_id(rt.id()).destination_cidr_block("10.55.0.0/16").network_interface_id(&eni).send().await;
    println!("foreign route {:?}", r.is_ok());
    w.change(&mut rt, json!({"vpc_id": v, "routes": [nat_route]})).await;
    w.raw.delete_network_interface().network_interface_id(&eni).send().await.unwrap();
    } else { w.change(&mut rt, json!({"vpc_id": v, "routes": [nat_route]})).await; }
    let rt2 = w.up("aws:ec2:RouteTable", json!({"vpc_id": v})).await;
    let mut assoc = w.up("aws:ec2:SubnetRouteTableAssociation", json!({"subnet_id": sub.id(), "route_table_id": rt.id()})).await;
    let first = assoc.live.outputs.clone();
    w.change(&mut assoc, json!({"subnet_id": sub.id(), "route_table_id": rt2.id()})).await;
    assert_ne!(first, assoc.live.outputs);
    println!("ASSOC AGAIN {:?}", w.call(assoc.t, Call::Create { owner: OwnerId("zzz".into()), inputs: assoc.inputs.clone() }).await);
    println!("FIND other table {:?}", w.call(assoc.t, Call::Find { owner: OwnerId("zzz".into()), inputs: map(json!({"subnet_id": sub.id(), "route_table_id": rt.id()})) }).await);
    println!("RT delete while associated: {:?}", w.try_down(&rt2).await);
    // stale id on delete
    assoc.live.outputs = first;
    // security groups
    let name = format!("g{}", w.run);
    let base = json!({"vpc_id": v, "group_name": name, "group_description": "test"});
    let with = |more: Json| { let mut b = base.clone(); for (k, v) in more.as_object().unwrap() { b[k] = v.clone(); } b };
    let other = w.up("aws:ec2:SecurityGroup", json!({"vpc_id": v, "group_name": format!("{name}b"), "group_description": "other"})).await;
    let mut sg = w.up("aws:ec2:SecurityGroup", with(json!({
        "ingress": [
            {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ip": "10.0.0.0/8", "description": "web"},
            {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ip": "11.0.0.0/8"},
            {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv6": "fd00::/8"},
            {"ip_protocol": "tcp", "from_port": 5432, "to_port": 5432, "group_id": other.id(), "description": "db"},
            {"ip_protocol": "icmp", "from_port": -1, "to_port": -1, "cidr_ip": "10.0.0.0/8"}],
        "egress": [{"ip_protocol": "-1", "cidr_ip": "0.0.0.0/0"}], "tags": {"a": "1"}}))).await;
    println!("DUPLICATE {:?}", w.call(sg.t, Call::Create { owner: OwnerId("zzz".into()), inputs: sg.inputs.clone() }).await);
    let moto = std::env::var("EC2_URL").is_err();
    if !moto { println!("other group delete while referenced: {:?}", w.try_down(&other).await); }
    let sg_id = sg.id().to_owned();
    w.change(&mut sg, with(json!({
        "ingress": [
            {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ip": "10.0.0.0/8", "description": "web2"},
            {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ip": "11.0.0.0/8", "description": "new"},
            {"ip_protocol": "tcp", "from_port": 5432, "to_port": 5432, "group_id": other.id()},
            {"ip_protocol": "udp", "from_port": 53, "to_port": 53, "group_id": sg_id}],
        "egress": [{"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ip": "0.0.0.0/0", "description": "out"}]}))).await;
    // the engine asks again with a stale live: idempotent
    {
        let mut stale = sg.live.clone();
        stale.properties.remove("ingress");
        let reply = w.call(sg.t, Call::Converge { target: w.target(sg.t, sg.id(), &sg.inputs, &Map::new()), live: Box::new(stale), desired: sg.inputs.clone(), differing: vec!["ingress".into()] }).await;
        println!("CONVERGE AGAIN {reply:?}");
    }
    if std::env::var("EC2_URL").is_ok() {
        let many = |octet: u8| -> Vec<Json> { (0..60).map(|n| json!({"ip_protocol": "TCP".to_lowercase(), "from_port": n, "to_port": n, "cidr_ip": format!("{octet}.0.0.0/8")})).collect() };
        w.change(&mut sg, with(json!({"ingress": many(20)}))).await;
        w.change(&mut sg, with(json!({"ingress": many(30)}))).await;
        let inputs = w.fill(sg.t, &sg.owner, with(json!({"ingress": (0..25).map(|n| json!({"ip_protocol": "udp", "from_port": n, "to_port": n, "cidr_ip": "9.0.0.0/8"})).collect::<Vec<_>>()})));
        w.change(&mut sg, with(json!({"ingress": (0..5).map(|n| json!({"ip_protocol": "udp", "from_port": n, "to_port": n, "cidr_ip": "9.0.0.0/8"})).collect::<Vec<_>>()}))).await;
        let go = || w.call(sg.t, Call::Converge { target: w.target(sg.t, sg.id(), &inputs, &Map::new()), live: Box::new(sg.live.clone()), desired: inputs.clone(), differing: vec!["ingress".into(), "egress".into()] });
        let before = w.cloud.api_calls(); let replies = futures::future::join_all((0..6).map(|_| go())).await; println!("CONCURRENT calls {}", w.cloud.api_calls() - before);
        println!("CONCURRENT RULES {replies:?}");
        w.settle(sg.t, sg.id(), &inputs).await;
        let inputs = w.fill(rt.t, &rt.owner, json!({"vpc_id": v, "routes": (0..10).map(|n| json!({"destination_cidr_block": format!("11.{n}.0.0/16"), "gateway_id": igw.id()})).collect::<Vec<_>>()}));
        let go = || w.call(rt.t, Call::Converge { target: w.target(rt.t, rt.id(), &inputs, &Map::new()), live: Box::new(rt.live.clone()), desired: inputs.clone(), differing: vec!["routes".into()] });
        let replies = futures::future::join_all((0..4).map(|_| go())).await;
        println!("CONCURRENT ROUTES {replies:?}");
        w.settle(rt.t, rt.id(), &inputs).await;
        let inputs = rt.inputs.clone();
        w.settle(rt.t, rt.id(), &inputs).await;
    }
    w.change(&mut sg, with(json!({}))).await;
    let mut eg = w.up("aws:ec2:SecurityGroupEgress", json!({"group_id": sg.id(), "egress": [{"ip_protocol": "tcp", "from_port": 5432, "to_port": 5432, "group_id": other.id()}]})).await;
    let again = json!({"group_id": sg.id(), "egress": [{"ip_protocol": "tcp", "from_port": 5433, "to_port": 5433, "group_id": other.id(), "description": "x"}, {"ip_protocol": "-1", "cidr_ip": "0.0.0.0/0"}]});
    if std::env::var("EC2_URL").is_ok() { w.change(&mut eg, again).await; }
    println!("EGRESS DELETE {:?} {:?}", w.try_down(&eg).await, w.read(eg.t, eg.id()).await);
    let default = json!({"vpc_id": v, "ingress": [], "egress": []});
    let mut dsg = w.up("aws:ec2:DefaultSecurityGroup", default.clone()).await;
    assert_eq!(Some(dsg.id()), vpc.live.outputs["default_security_group_id"].as_text());
    let dsg_id = dsg.id().to_owned();
    w.change(&mut dsg, json!({"vpc_id": v, "ingress": [{"ip_protocol": "-1", "group_id": dsg_id}]})).await;
    // many in one read, one missing
    let targets: Vec<Target> = [sg.id(), "sg-0123456789abcdef0", dsg.id(), other.id()].into_iter().map(|id| w.target(sg.t, id, &Map::new(), &Map::new())).collect();
    let before = w.cloud.api_calls();
    if let Reply::Read(r) = w.call(sg.t, Call::Read { targets }).await {
        println!("MANY {:?} calls {}", r.iter().map(|r| matches!(r, Reading::Found(_))).collect::<Vec<_>>(), w.cloud.api_calls() - before);
    }
    // endpoints
    let s3 = format!("com.amazonaws.{region}.s3");
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]});
    let mut gw = w.up("aws:ec2:VpcEndpoint", json!({"vpc_id": v, "service_name": s3, "route_table_ids": [rt.id()], "policy_document": policy, "tags": {"e": "1"}})).await;
    if std::env::var("EC2_URL").is_ok() { println!("ENDPOINT AGAIN (token): {:?} vs {}", w.call(gw.t, Call::Create { owner: gw.owner.clone(), inputs: gw.inputs.clone() }).await, gw.id()); }
    let before = w.settle(rt.t, rt.id(), &rt.inputs).await;
    assert_eq!(before.properties, rt.live.properties);
    let policy2 = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": ["s3:*"], "Resource": "*"}]});
    let moved = if std::env::var("EC2_URL").is_err() { rt.id() } else { rt2.id() };
    w.change(&mut gw, json!({"vpc_id": v, "service_name": s3, "route_table_ids": [moved], "policy_document": policy2, "tags": {"e": "2"}})).await;
    {
        let reply = w.call(gw.t, Call::Converge { target: w.target(gw.t, gw.id(), &gw.inputs, &Map::new()), live: Box::new(gw.live.clone()), desired: w.fill(gw.t, &gw.owner, json!({"vpc_id": v, "service_name": s3})), differing: vec!["policy_document".into()] }).await;
        println!("RESET POLICY {reply:?} {:?}", w.live(gw.t, gw.id()).await.properties.get("policy_document"));
    }
    let sm = format!("com.amazonaws.{region}.secretsmanager");
    let mut iface = w.up("aws:ec2:VpcEndpoint", json!({"vpc_id": v, "service_name": sm, "vpc_endpoint_type": "Interface", "subnet_ids": [sub.id()], "security_group_ids": [sg.id()], "private_dns_enabled": true})).await;
    w.change(&mut iface, json!({"vpc_id": v, "service_name": sm, "vpc_endpoint_type": "Interface", "subnet_ids": [sub2.id()], "security_group_ids": [other.id()], "private_dns_enabled": std::env::var("EC2_URL").is_err()})).await;
    // flow log
    let account = "123456789012";
    let log = w.up("aws:ec2:FlowLog", json!({"resource_id": v, "log_destination": format!("arn:aws:logs:{region}:{account}:log-group:flow{}", w.run), "deliver_logs_permission_arn": format!("arn:aws:iam::{account}:role/flow"), "traffic_type": "REJECT", "max_aggregation_interval": 60, "tags": {"f": "1"}})).await;
    println!("FLOWLOG DUPLICATE {:?}", w.call(log.t, Call::Create { owner: OwnerId("other".into()), inputs: log.inputs.clone() }).await);
    println!("FLOWLOG AGAIN (token) {:?}", w.call(log.t, Call::Create { owner: log.owner.clone(), inputs: log.inputs.clone() }).await);
    // errors on create
    println!("NO VPC {:?}", w.call("aws:ec2:Subnet", Call::Create { owner: OwnerId("q".into()), inputs: map(json!({"vpc_id": "vpc-0123456789abcdef0", "cidr_block": "10.7.9.0/24"})) }).await);
    if std::env::var("EC2_URL").is_ok() { println!("SUBNET delete with NAT: {:?}", w.try_down(&sub).await); }
    println!("IGW delete while attached: {:?}", w.try_down(&igw).await);
    if std::env::var("EC2_URL").is_ok() { println!("SG delete while used: {:?}", w.try_down(&other).await); }
    println!("DETACH with EIP: {:?}", "skipped");
    for made in [log, iface, gw, assoc, nat, dsg, sg, other, rt, rt2, att, igw, eip, sub2, sub, vpc] {
        if made.t.contains("DefaultSec") { println!("{:?}", w.try_down(&made).await); continue; }
        w.down(made).await;
    }
}
