//! Subnets.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::cidr::Cidr;
use super::describe::{Described, Listing, View, describe as list, tag_set};
use super::{dependency, interface, new_id, tags, vpc, zone};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::wire::query::Params;
use crate::world::Context;

/// Seconds until a new subnet is available.
const CREATING: u32 = 2;

/// A subnet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Subnet {
    pub id: String,
    pub vpc: String,
    pub cidr: String,
    pub zone: String,
    zone_id: String,
    public_on_launch: bool,
    ipv6_on_creation: bool,
    dns64: bool,
    hostname_type: String,
    a_record: bool,
    aaaa_record: bool,
    available_at: i64,
    /// AWS's word, where it comes to nothing.
    #[serde(default)]
    failed: Option<String>,
}

pub(crate) fn missing(id: &str) -> Refusal {
    Refusal::bad("InvalidSubnetID.NotFound", format!("The subnet ID '{id}' does not exist"))
}

/// A subnet, and how many addresses it has left.
struct Shown {
    subnet: Subnet,
    left: u64,
}

impl Described for Shown {
    fn id(&self) -> &str {
        &self.subnet.id
    }

    fn field(&self, filter: &str, view: &View<'_>) -> Option<Vec<String>> {
        self.subnet.field(filter, view)
    }

    fn render(&self, view: &View<'_>) -> Value {
        self.subnet.render(view, self.left)
    }
}

impl Subnet {
    /// How many addresses it has: AWS keeps five.
    pub(super) fn addresses(&self) -> u64 {
        Cidr::parse(&self.cidr).map_or(0, |cidr| cidr.size().saturating_sub(5))
    }

    fn field(&self, filter: &str, view: &View<'_>) -> Option<Vec<String>> {
        let value = match filter {
            "subnet-id" => self.id.clone(),
            "vpc-id" => self.vpc.clone(),
            "cidr" | "cidr-block" | "cidrBlock" => self.cidr.clone(),
            "availability-zone" | "availabilityZone" => self.zone.clone(),
            "availability-zone-id" | "availabilityZoneId" => self.zone_id.clone(),
            "state" => self.state(view.now).to_owned(),
            "owner-id" => ACCOUNT.to_owned(),
            "default-for-az" | "defaultForAz" => "false".to_owned(),
            "map-public-ip-on-launch" => self.public_on_launch.to_string(),
            "subnet-arn" => view.arn("subnet", &self.id),
            _ => return None,
        };
        Some(vec![value])
    }

    fn render(&self, view: &View<'_>, left: u64) -> Value {
        json!({
            "subnetId": self.id,
            "subnetArn": view.arn("subnet", &self.id),
            "state": self.state(view.now),
            "vpcId": self.vpc,
            "cidrBlock": self.cidr,
            "ipv6CidrBlockAssociationSet": [],
            "availableIpAddressCount": left,
            "availabilityZone": self.zone,
            "availabilityZoneId": self.zone_id,
            "defaultForAz": false,
            "mapPublicIpOnLaunch": self.public_on_launch,
            "assignIpv6AddressOnCreation": self.ipv6_on_creation,
            "enableDns64": self.dns64,
            "ipv6Native": false,
            "ownerId": ACCOUNT,
            "privateDnsNameOptionsOnLaunch": {
                "hostnameType": self.hostname_type,
                "enableResourceNameDnsARecord": self.a_record,
                "enableResourceNameDnsAAAARecord": self.aaaa_record,
            },
            "tagSet": tag_set(view.net, &self.id),
        })
    }

    fn state(&self, now: i64) -> &str {
        match &self.failed {
            _ if now < self.available_at => "pending",
            Some(word) => word,
            None => "available",
        }
    }
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let tags = tags::inline(params, "subnet")?;
    let vpc_id = params.required("VpcId")?;
    let text = params.required("CidrBlock")?;
    let (now, region, available_at) = (cx.now(), cx.region().to_owned(), cx.clock.due(CREATING));
    let (zone, zone_id) = zone_of(cx, params)?;
    let failed = cx.world.outcomes.of("aws:ec2:Subnet", &text).map(|(state, _)| state);
    let net = cx.network();
    let vpc = net.vpcs.get(&vpc_id).ok_or_else(|| vpc::missing(&vpc_id))?;
    let cidr = Cidr::parse(&text).ok_or_else(|| {
        Refusal::bad(
            "InvalidParameterValue",
            format!("Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."),
        )
    })?;
    let range = || Refusal::bad("InvalidSubnet.Range", format!("The CIDR '{text}' is invalid."));
    let within = Cidr::parse(&vpc.cidr).ok_or_else(range)?;
    if !within.contains(cidr) || !(16..=28).contains(&cidr.prefix) {
        return Err(range());
    }
    let mut others = net.subnets.values().filter(|s| s.vpc == vpc_id).filter_map(|s| Cidr::parse(&s.cidr));
    if others.any(|other| other.overlaps(cidr)) {
        return Err(Refusal::bad(
            "InvalidSubnet.Conflict",
            format!("The CIDR '{text}' conflicts with another subnet"),
        ));
    }
    let subnet = Subnet {
        id: new_id("subnet"),
        vpc: vpc_id,
        cidr: cidr.to_string(),
        zone,
        zone_id,
        public_on_launch: false,
        ipv6_on_creation: false,
        dns64: false,
        hostname_type: "ip-name".to_owned(),
        a_record: false,
        aaaa_record: false,
        available_at,
        failed,
    };
    net.tags.insert(subnet.id.clone(), tags);
    net.subnets.insert(subnet.id.clone(), subnet.clone());
    let view = View { net, now, region: &region };
    Ok(answer::ec2("CreateSubnet", json!({"subnet": subnet.render(&view, subnet.addresses())})))
}

fn zone_of(cx: &Context<'_>, params: &Params) -> Result<(String, String), Refusal> {
    let zones = zone::zones(cx);
    let (name, id) = (params.filled("AvailabilityZone"), params.filled("AvailabilityZoneId"));
    let found = match (&name, &id) {
        (Some(name), _) => zones.iter().find(|(n, _)| n == name),
        (None, Some(id)) => zones.iter().find(|(_, i)| i == id),
        (None, None) => zones.first(),
    };
    found.cloned().ok_or_else(|| {
        let given = name.or(id).unwrap_or_default();
        Refusal::bad(
            "InvalidParameterValue",
            format!("Value ({given}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: {}.",
                zones.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>().join(", ")),
        )
    })
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    const LISTING: Listing =
        Listing { ids: "SubnetId", set: "subnetSet", missing: Some(missing), page: Some((5, 1000)) };
    cx.network();
    let left = interface::left(cx.world, cx.region(), cx.now());
    let net = &cx.world.ec2[cx.region()];
    let view = View { net, now: cx.now(), region: cx.region() };
    let shown =
        |subnet: &Subnet| Shown { subnet: subnet.clone(), left: left.get(&subnet.id).copied().unwrap_or(0) };
    let subnets: Vec<Shown> = net.subnets.values().map(shown).collect();
    list(cx, &view, params, &LISTING, subnets.iter())
}

pub(crate) fn modify(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("SubnetId")?;
    let public = params.flag("MapPublicIpOnLaunch.Value");
    let ipv6 = params.flag("AssignIpv6AddressOnCreation.Value");
    let dns64 = params.flag("EnableDns64.Value");
    let a = params.flag("EnableResourceNameDnsARecordOnLaunch.Value");
    let aaaa = params.flag("EnableResourceNameDnsAAAARecordOnLaunch.Value");
    let hostname = params.filled("PrivateDnsHostnameTypeOnLaunch");
    let given = [public, ipv6, dns64, a, aaaa].iter().flatten().count() + usize::from(hostname.is_some());
    let subnet = cx.network().subnets.get_mut(&id).ok_or_else(|| missing(&id))?;
    if given != 1 {
        return Err(Refusal::bad(
            "InvalidParameterCombination",
            "Exactly one attribute is modified by a request",
        ));
    }
    subnet.public_on_launch = public.unwrap_or(subnet.public_on_launch);
    subnet.ipv6_on_creation = ipv6.unwrap_or(subnet.ipv6_on_creation);
    subnet.dns64 = dns64.unwrap_or(subnet.dns64);
    subnet.a_record = a.unwrap_or(subnet.a_record);
    subnet.aaaa_record = aaaa.unwrap_or(subnet.aaaa_record);
    if let Some(kind) = hostname {
        subnet.hostname_type = kind;
    }
    Ok(answer::ec2_true("ModifySubnetAttribute"))
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("SubnetId")?;
    if !cx.network().subnets.contains_key(&id) {
        return Err(missing(&id));
    }
    if interface::all(cx.world, cx.region(), cx.now()).iter().any(|i| i.subnet == id) {
        return Err(dependency("subnet", &id));
    }
    let net = cx.network();
    for table in net.route_tables.values_mut() {
        table.forget_subnet(&id);
    }
    net.subnets.remove(&id);
    net.tags.remove(&id);
    Ok(answer::ec2_true("DeleteSubnet"))
}
