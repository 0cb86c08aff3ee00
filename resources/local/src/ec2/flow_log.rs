//! VPC flow logs.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::describe::{Described, Listing, View, describe as list, tag_set};
use super::token::Asked;
use super::{Network, new_id, subnet, tags, vpc};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::clock::iso;
use crate::wire::query::Params;
use crate::world::{Context, World};

const FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

/// A flow log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FlowLog {
    id: String,
    resource: String,
    settings: Settings,
    created_at: i64,
    /// Why nothing arrives, as it is read.
    #[serde(skip)]
    failing: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Settings {
    traffic: Option<String>,
    destination_type: String,
    destination: String,
    group: Option<String>,
    role: Option<String>,
    format: String,
    interval: u32,
}

pub(crate) fn missing(id: &str) -> Refusal {
    Refusal::bad("InvalidFlowLogId.NotFound", format!("The following flow log IDs do not exist: {id}"))
}

impl FlowLog {
    fn status(&self) -> &'static str {
        if self.failing.is_some() { "FAILED" } else { "SUCCESS" }
    }

    /// Whether the role lets flow logs write into the group. It is taken either way: what fails is the delivery.
    fn with_delivery(&self, world: &World, region: &str) -> FlowLog {
        let (role, group) = (self.settings.role.as_deref(), self.settings.group.as_deref());
        let failing = role.zip(group).and_then(|(role, group)| {
            let arn = format!("arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}:log-stream:{}", self.id);
            let may = |action: &str| world.iam.grants(role, action, &arn);
            let written = world.iam.trusts(role, "vpc-flow-logs.amazonaws.com")
                && may("logs:CreateLogStream")
                && may("logs:PutLogEvents");
            (!written).then(|| "Access error".to_owned())
        });
        let ordered = world.outcomes.of("aws:ec2:FlowLog", &self.resource).map(|(_, reason)| reason);
        FlowLog { failing: failing.or(ordered), ..self.clone() }
    }
}

impl Described for FlowLog {
    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, filter: &str, _: &View<'_>) -> Option<Vec<String>> {
        let s = &self.settings;
        Some(match filter {
            "flow-log-id" => vec![self.id.clone()],
            "resource-id" => vec![self.resource.clone()],
            "traffic-type" => s.traffic.iter().cloned().collect(),
            "log-destination-type" => vec![s.destination_type.clone()],
            "log-group-name" => s.group.iter().cloned().collect(),
            "deliver-log-status" => vec![self.status().to_owned()],
            _ => return None,
        })
    }

    fn render(&self, view: &View<'_>) -> Value {
        let s = &self.settings;
        json!({
            "flowLogId": self.id,
            "flowLogStatus": "ACTIVE",
            "resourceId": self.resource,
            "trafficType": s.traffic,
            "logDestinationType": s.destination_type,
            "logDestination": s.destination,
            "logGroupName": s.group,
            "deliverLogsPermissionArn": s.role,
            "deliverLogsStatus": self.status(),
            "deliverLogsErrorMessage": self.failing,
            "logFormat": s.format,
            "maxAggregationInterval": s.interval,
            "creationTime": iso(self.created_at),
            "tagSet": tag_set(view.net, &self.id),
        })
    }
}

fn settings(params: &Params, region: &str) -> Result<Settings, Refusal> {
    let destination_type =
        params.filled("LogDestinationType").unwrap_or_else(|| "cloud-watch-logs".to_owned());
    let role = params.filled("DeliverLogsPermissionArn");
    let given = params.filled("LogDestination").map(|arn| arn.trim_end_matches(":*").to_owned());
    let group = params.filled("LogGroupName");
    let (destination, group) = if destination_type == "cloud-watch-logs" {
        if role.is_none() {
            let message =
                "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.";
            return Err(Refusal::bad("InvalidParameter", message));
        }
        let of_arn = given.as_ref().and_then(|arn| arn.split(":log-group:").nth(1)).map(str::to_owned);
        let group = group.or(of_arn).ok_or_else(|| {
            Refusal::bad("InvalidParameter", "LogDestination or LogGroupName is needed for cloud-watch-logs.")
        })?;
        let arn = given.unwrap_or_else(|| format!("arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}"));
        (arn, Some(group))
    } else {
        let arn = given.ok_or_else(|| Refusal::bad("InvalidParameter", "LogDestination can't be empty."))?;
        (arn, None)
    };
    let interval = params.number("MaxAggregationInterval")?.unwrap_or(600);
    if interval != 60 && interval != 600 {
        return Err(Refusal::bad("InvalidParameter", "Invalid Flow Log Max Aggregation Interval"));
    }
    Ok(Settings {
        traffic: Some(params.required("TrafficType")?),
        destination_type,
        destination,
        group,
        role,
        format: params.filled("LogFormat").unwrap_or_else(|| FORMAT.to_owned()),
        interval,
    })
}

/// Resources that fail are listed in an answer that is otherwise a success.
pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let tags = tags::inline(params, "vpc-flow-log")?;
    let asked = Asked::of("CreateFlowLogs", params, &tags)?;
    let settings = settings(params, cx.region())?;
    let kind = params.required("ResourceType")?;
    let now = cx.now();
    let net = cx.network();
    let token = asked.as_ref().map(|a| a.token().to_owned());
    let replayed = net.replayed(asked.as_ref(), |net, id| net.flow_logs.contains_key(id))?;
    let mut failed: Vec<Value> = Vec::new();
    let made = match replayed {
        Some(made) => made,
        None => {
            let mut made = Vec::new();
            for resource in params.texts("ResourceId") {
                if let Err(refusal) = loggable(net, &kind, &resource, &settings) {
                    let error = json!({"code": refusal.code, "message": refusal.message});
                    failed.push(json!({"resourceId": resource, "error": error}));
                    continue;
                }
                let log = FlowLog {
                    id: new_id("fl"),
                    resource,
                    settings: settings.clone(),
                    created_at: now,
                    failing: None,
                };
                net.tags.insert(log.id.clone(), tags.clone());
                made.push(log.id.clone());
                net.flow_logs.insert(log.id.clone(), log);
            }
            if !made.is_empty() {
                net.remember(asked, made.clone());
            }
            made
        }
    };
    let body = json!({"clientToken": token, "flowLogIdSet": made, "unsuccessful": failed});
    Ok(answer::ec2("CreateFlowLogs", body))
}

fn loggable(net: &Network, kind: &str, resource: &str, settings: &Settings) -> Result<(), Refusal> {
    let prefix = if kind == "Subnet" { "subnet-" } else { "vpc-" };
    if !resource.starts_with(prefix) {
        let message = format!("{resource} is not of the resource type {kind}");
        return Err(Refusal::bad("InvalidParameter", message));
    }
    if resource.starts_with("subnet-") {
        net.subnets.get(resource).ok_or_else(|| subnet::missing(resource))?;
    } else {
        net.vpcs.get(resource).ok_or_else(|| vpc::missing(resource))?;
    }
    let same = |log: &FlowLog| {
        log.resource == resource
            && log.settings.destination == settings.destination
            && log.settings.traffic == settings.traffic
    };
    if net.flow_logs.values().any(same) {
        let message = "Error. There is an existing Flow Log with the same configuration and log destination.";
        return Err(Refusal::bad("FlowLogAlreadyExists", message));
    }
    Ok(())
}

/// An unknown id is left out, and no error.
pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    const LISTING: Listing =
        Listing { ids: "FlowLogId", set: "flowLogSet", missing: None, page: Some((1, 1000)) };
    cx.network();
    let net = &cx.world.ec2[cx.region()];
    let view = View { net, now: cx.now(), region: cx.region() };
    let found: Vec<FlowLog> =
        net.flow_logs.values().map(|log| log.with_delivery(cx.world, cx.region())).collect();
    list(cx, &view, params, &LISTING, found.iter())
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let net = cx.network();
    let mut failed: Vec<Value> = Vec::new();
    for id in params.texts("FlowLogId") {
        if net.flow_logs.remove(&id).is_none() {
            let refusal = missing(&id);
            failed
                .push(json!({"resourceId": id, "error": {"code": refusal.code, "message": refusal.message}}));
        }
        net.tags.remove(&id);
    }
    Ok(answer::ec2("DeleteFlowLogs", json!({"unsuccessful": failed})))
}
