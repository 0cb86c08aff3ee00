//! The network interfaces of functions.
//!
//! Lambda keeps one for each subnet and set of security groups, shared by all functions and published versions in
//! them (AWS: Lambda, "Giving Lambda functions access to resources in an Amazon VPC", Hyperplane ENIs). It takes one
//! away some time after the last of them has left, with the rights of that function's role: once the role is gone, or
//! may not delete it, the interface stays (aws-support-tools#174, aws-cdk#34400).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Functions, invalid, settings::Settings};
use crate::answer::Refusal;
use crate::call::ACCOUNT;
use crate::ec2::{Interface, left};
use crate::iam::Account;
use crate::world::Context;

/// Seconds for which Lambda keeps an interface that nothing uses any more: AWS says up to 20 minutes, users met 45.
const LINGERING: u32 = 20 * 60;

/// Where an interface is: a subnet, and security groups in order.
pub(crate) type Place = (String, Vec<String>);

/// Who uses an interface: a function's name and its role.
pub(crate) type User = (String, String);

/// An interface that nothing uses any more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Lingering {
    place: Place,
    /// The function that left last, and its role.
    last: User,
    until: i64,
}

/// The places of a configuration, and the role that it runs in.
pub(super) fn of(settings: &Settings) -> (Vec<Place>, String) {
    let list = |member: &str| -> Vec<String> {
        let items = settings.get("VpcConfig").and_then(|v| v.get(member)).and_then(|v| v.as_array());
        items.into_iter().flatten().filter_map(|v| v.as_str()).map(str::to_owned).collect()
    };
    let mut groups = list("SecurityGroupIds");
    groups.sort();
    let places = list("SubnetIds").into_iter().map(|subnet| (subnet, groups.clone())).collect();
    let role = settings.get("Role").and_then(|v| v.as_str()).unwrap_or_default();
    (places, role.to_owned())
}

impl Functions {
    /// What is used, and by whom: by functions as they are and by published versions.
    pub(super) fn used(&self) -> BTreeMap<Place, BTreeSet<User>> {
        let mut used: BTreeMap<Place, BTreeSet<User>> = BTreeMap::new();
        for function in self.functions.values().filter(|function| !function.without_address) {
            let versions = function.versions.iter().map(super::version::Version::settings);
            for settings in std::iter::once(&function.settings).chain(versions) {
                let (places, role) = of(settings);
                for place in places {
                    used.entry(place).or_default().insert((function.name.clone(), role.clone()));
                }
            }
        }
        used
    }

    /// The network interfaces of functions, and of those that are gone but not for long.
    pub(crate) fn interfaces(&self, iam: &Account, region: &str, now: i64) -> Vec<Interface> {
        let used = self.used().into_iter().filter_map(|(place, users)| {
            let (function, _) = users.into_iter().next()?;
            Some(interface(&place, &function))
        });
        let left = self.lingering.iter().filter(|one| !one.gone(iam, region, now));
        used.chain(left.map(|one| interface(&one.place, &one.last.0))).collect()
    }
}

impl Lingering {
    fn gone(&self, iam: &Account, region: &str, now: i64) -> bool {
        let resource = format!("arn:aws:ec2:{region}:{ACCOUNT}:network-interface/*");
        let may = || iam.grants(&self.last.1, "ec2:DeleteNetworkInterface", &resource);
        now >= self.until && (may() || iam.left_after(&self.last.1, self.until))
    }
}

/// Whether a function needs an interface in a subnet that has no address left for one.
pub(super) fn is_full(cx: &mut Context<'_>, settings: &Settings) -> bool {
    let left = left(cx.world, cx.region(), cx.now());
    let functions = cx.functions();
    let (used, (places, _)) = (functions.used(), of(settings));
    let stands =
        |place: &Place| used.contains_key(place) || functions.lingering.iter().any(|one| one.place == *place);
    places
        .iter()
        .filter(|place| !stands(place))
        .any(|(subnet, _)| left.get(subnet).is_none_or(|left| *left == 0))
}

/// Notes which interfaces nothing uses any more, after a change of what functions there are and where they are.
pub(super) fn settle(cx: &mut Context<'_>, before: BTreeMap<Place, BTreeSet<User>>) {
    let (now, until, region) = (cx.now(), cx.clock.due(LINGERING), cx.region().to_owned());
    let after = cx.functions().used();
    let mut lingering = std::mem::take(&mut cx.functions().lingering);
    lingering.retain(|one| !after.contains_key(&one.place) && !one.gone(&cx.world.iam, &region, now));
    for (place, users) in before {
        if let Some(last) = users.into_iter().next().filter(|_| !after.contains_key(&place)) {
            lingering.push(Lingering { place, last, until });
        }
    }
    cx.functions().lingering = lingering;
}

/// Refuses a role that may not do what Lambda does in its name: for the network and for events that failed.
pub(super) fn check_role(cx: &Context<'_>, settings: &Settings) -> Result<(), Refusal> {
    let (places, role) = of(settings);
    let may = |action: &str, resource: &str| cx.world.iam.grants(&role, action, resource);
    let refusal = |call: &str, service: &str| {
        invalid(format!("The provided execution role does not have permissions to call {call} on {service}"))
    };
    if !places.is_empty() {
        let interface = format!("arn:aws:ec2:{}:{ACCOUNT}:network-interface/*", cx.region());
        for (call, resource) in [
            ("CreateNetworkInterface", interface.as_str()),
            ("DescribeNetworkInterfaces", "*"),
            ("DeleteNetworkInterface", interface.as_str()),
        ] {
            if !may(&format!("ec2:{call}"), resource) {
                return Err(refusal(call, "EC2"));
            }
        }
    }
    let target = settings.get("DeadLetterConfig").and_then(|dead| dead.get("TargetArn"));
    let target = target.and_then(|arn| arn.as_str()).unwrap_or_default();
    match target.split(':').nth(2) {
        Some("sns") if !may("sns:Publish", target) => Err(refusal("Publish", "SNS")),
        Some("sqs") if !may("sqs:SendMessage", target) => Err(refusal("SendMessage", "SQS")),
        _ => Ok(()),
    }
}

/// The description names a function and ends with a UUID.
fn interface((subnet, groups): &Place, function: &str) -> Interface {
    let owner = format!("lambda/{}", groups.join(","));
    let hash = Sha256::digest(format!("{owner}/{subnet}"));
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let uuid = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]].join("-");
    let description = format!("AWS Lambda VPC ENI-{function}-{uuid}");
    Interface::new(&owner, subnet, "lambda", description).with_groups(groups)
}
