//! Hosted zones.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::change::submit;
use super::record::{Record, dns, invalid, labels};
use super::{find, reply};
use crate::answer::{Answered, Refusal};
use crate::wire::xml_in::Element;
use crate::world::{Context, Tags, letters, random};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Vpc {
    id: String,
    region: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Zone {
    pub id: String,
    /// With a dot at the end.
    pub name: String,
    reference: String,
    comment: String,
    /// None of a public zone.
    vpcs: Vec<Vpc>,
    servers: Vec<String>,
    pub records: Vec<Record>,
    pub tags: Tags,
}

impl Zone {
    pub(super) fn private(&self) -> bool {
        !self.vpcs.is_empty()
    }

    fn render(&self) -> Value {
        json!({
            "Id": format!("/hostedzone/{}", self.id),
            "Name": self.name,
            "CallerReference": self.reference,
            "Config": {"Comment": self.comment, "PrivateZone": self.private()},
            "ResourceRecordSetCount": self.records.len(),
        })
    }

    fn render_servers(&self) -> Value {
        if self.private() { Value::Null } else { json!({"NameServers": self.servers}) }
    }
}

impl Vpc {
    fn parse(element: &Element) -> Result<Vpc, Refusal> {
        let text =
            |member: &str| element.filled(member).ok_or_else(|| invalid(format!("VPC without {member}")));
        Ok(Vpc { id: text("VPCId")?, region: text("VPCRegion")? })
    }

    /// Refuses a VPC that is not there, or that has a zone of this name.
    fn check(&self, cx: &mut Context<'_>, name: &str) -> Result<(), Refusal> {
        let stands = cx.world.ec2.get(&self.region).is_some_and(|net| net.default_group(&self.id).is_some());
        if !stands {
            let message =
                format!("The VPC: {} you provided is not authorized to make the association.", self.id);
            return Err(Refusal::bad("InvalidVPCId", message));
        }
        if cx.zones().zones.values().any(|zone| zone.name == name && zone.vpcs.contains(self)) {
            return Err(Refusal::bad(
                "ConflictingDomainExists",
                format!(
                    "The VPC {} in region {} has already been associated with the hosted zone with the same domain name.",
                    self.id, self.region
                ),
            ));
        }
        Ok(())
    }

    fn render(&self) -> Value {
        json!({"VPCRegion": self.region, "VPCId": self.id})
    }
}

fn servers() -> Vec<String> {
    let server = |domain: &str| format!("ns-{}.awsdns-{:02}.{domain}", random() % 2048, random() % 64);
    ["com", "net", "org", "co.uk"].map(server).to_vec()
}

/// The NS and SOA records that every zone has.
fn seeded(name: &str, servers: &[String]) -> Vec<Record> {
    let record = |kind: &str, ttl: i64, values: Vec<String>| Record {
        name: name.to_owned(),
        kind: kind.to_owned(),
        ttl: Some(ttl),
        values,
        ..Record::default()
    };
    let first = servers.first().map_or("", String::as_str);
    let soa = format!("{first}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400");
    let ns = servers.iter().map(|server| format!("{server}.")).collect();
    vec![record("NS", 172_800, ns), record("SOA", 900, vec![soa])]
}

pub(super) fn create(cx: &mut Context<'_>) -> Answered {
    let wish = Element::parse(&cx.call.body)?;
    let name = dns(&wish.filled("Name").ok_or_else(|| invalid("Missing field 'Name'".to_owned()))?);
    let fits = |label: &str| !label.is_empty() && label.len() <= 63 && !label.contains(char::is_whitespace);
    if name.len() > 256 || !labels(&name).iter().all(|label| fits(label)) {
        let message = format!("{} is not a valid domain name.", name.trim_end_matches('.'));
        return Err(Refusal::bad("InvalidDomainName", message));
    }
    let reference = wish.filled("CallerReference");
    let reference = reference.ok_or_else(|| invalid("Missing field 'CallerReference'".to_owned()))?;
    if cx.zones().zones.values().any(|zone| zone.reference == reference) {
        return Err(Refusal::new(
            409,
            "HostedZoneAlreadyExists",
            format!(
                "A hosted zone has already been created with the specified caller reference: {reference}"
            ),
        ));
    }
    let vpc = wish.child("VPC").map(Vpc::parse).transpose()?;
    if let Some(vpc) = &vpc {
        vpc.check(cx, &name)?;
    }
    let servers = servers();
    let zone = Zone {
        id: format!("Z{}", letters(20, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")),
        records: seeded(&name, &servers),
        name,
        reference,
        comment: wish.child("HostedZoneConfig").and_then(|config| config.text("Comment")).unwrap_or_default(),
        vpcs: vpc.clone().into_iter().collect(),
        servers,
        tags: Tags::new(),
    };
    let info = submit(cx);
    let body = json!({
        "HostedZone": zone.render(),
        "ChangeInfo": info,
        "DelegationSet": zone.render_servers(),
        "VPC": vpc.map(|vpc| vpc.render()),
    });
    let mut answer = reply(201, "CreateHostedZoneResponse", &body);
    if let Ok(location) = format!("https://route53.amazonaws.com/2013-04-01/hostedzone/{}", zone.id).parse() {
        answer.headers.insert(http::header::LOCATION, location);
    }
    cx.zones().zones.insert(zone.id.clone(), zone);
    Ok(answer)
}

pub(super) fn get(cx: &mut Context<'_>) -> Answered {
    let zone = find(cx)?;
    let vpcs: Vec<Value> = zone.vpcs.iter().map(Vpc::render).collect();
    let body = json!({
        "HostedZone": zone.render(),
        "DelegationSet": zone.render_servers(),
        "VPCs": zone.private().then_some(vpcs),
    });
    Ok(reply(200, "GetHostedZoneResponse", &body))
}

pub(super) fn list(cx: &mut Context<'_>) -> Answered {
    let query = cx.call.query_params();
    let most = query.number::<usize>("maxitems").ok().flatten().unwrap_or(100).clamp(1, 100);
    let marker = query.filled("marker");
    let from = marker.clone().unwrap_or_default();
    let all: Vec<&Zone> = cx.zones().zones.range(from..).map(|(_, zone)| zone).collect();
    let next = all.get(most).map(|zone| zone.id.clone());
    let page: Vec<Value> = all.iter().take(most).map(|zone| zone.render()).collect();
    let body = json!({
        "HostedZones": page, "Marker": marker, "IsTruncated": next.is_some(), "NextMarker": next,
        "MaxItems": most.to_string(),
    });
    Ok(reply(200, "ListHostedZonesResponse", &body))
}

pub(super) fn list_by_name(cx: &mut Context<'_>) -> Answered {
    let query = cx.call.query_params();
    let most = query.number::<usize>("maxitems").ok().flatten().unwrap_or(100).clamp(1, 100);
    let (name, id) = (query.filled("dnsname"), query.filled("hostedzoneid"));
    let start = name.as_ref().map(|name| (labels(&dns(name)), id.clone().unwrap_or_default()));
    let mut all: Vec<&Zone> = cx.zones().zones.values().collect();
    all.sort_by_key(|zone| (labels(&zone.name), zone.id.clone()));
    all.retain(|zone| start.as_ref().is_none_or(|start| (labels(&zone.name), zone.id.clone()) >= *start));
    let next = all.get(most);
    let page: Vec<Value> = all.iter().take(most).map(|zone| zone.render()).collect();
    let body = json!({
        "HostedZones": page, "DNSName": name, "HostedZoneId": id, "IsTruncated": next.is_some(),
        "NextDNSName": next.map(|zone| &zone.name), "NextHostedZoneId": next.map(|zone| &zone.id),
        "MaxItems": most.to_string(),
    });
    Ok(reply(200, "ListHostedZonesByNameResponse", &body))
}

pub(super) fn count(cx: &mut Context<'_>) -> Answered {
    let body = json!({"HostedZoneCount": cx.zones().zones.len()});
    Ok(reply(200, "GetHostedZoneCountResponse", &body))
}

pub(super) fn comment(cx: &mut Context<'_>) -> Answered {
    let comment = Element::parse(&cx.call.body)?.text("Comment").unwrap_or_default();
    let zone = find(cx)?;
    zone.comment = comment;
    let body = json!({"HostedZone": zone.render()});
    Ok(reply(200, "UpdateHostedZoneCommentResponse", &body))
}

pub(super) fn delete(cx: &mut Context<'_>) -> Answered {
    let zone = find(cx)?;
    if zone.records.iter().any(|record| !record.of_the_zone(&zone.name)) {
        return Err(Refusal::bad(
            "HostedZoneNotEmpty",
            "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
        ));
    }
    let id = zone.id.clone();
    cx.zones().zones.remove(&id);
    let info = submit(cx);
    Ok(reply(200, "DeleteHostedZoneResponse", &json!({"ChangeInfo": info})))
}

/// The VPC that a call names, and the name of its zone.
fn wanted(cx: &mut Context<'_>) -> Result<(Vpc, String), Refusal> {
    let wish = Element::parse(&cx.call.body)?;
    let vpc = wish.child("VPC").ok_or_else(|| invalid("Missing field 'VPC'".to_owned()))?;
    Ok((Vpc::parse(vpc)?, find(cx)?.name.clone()))
}

pub(super) fn associate(cx: &mut Context<'_>) -> Answered {
    let (vpc, name) = wanted(cx)?;
    if !find(cx)?.private() {
        return Err(Refusal::bad(
            "PublicZoneVPCAssociation",
            "You're trying to associate a VPC with a public hosted zone.",
        ));
    }
    vpc.check(cx, &name)?;
    find(cx)?.vpcs.push(vpc);
    let info = submit(cx);
    Ok(reply(200, "AssociateVPCWithHostedZoneResponse", &json!({"ChangeInfo": info})))
}

pub(super) fn disassociate(cx: &mut Context<'_>) -> Answered {
    let (vpc, _) = wanted(cx)?;
    let zone = find(cx)?;
    if !zone.vpcs.contains(&vpc) {
        let message = format!("The VPC {} is not associated with the hosted zone {}.", vpc.id, zone.id);
        return Err(Refusal::new(404, "VPCAssociationNotFound", message));
    }
    if zone.vpcs.len() == 1 {
        let message = "The VPC is the last one that is associated with the private hosted zone.";
        return Err(Refusal::bad("LastVPCAssociation", message));
    }
    zone.vpcs.retain(|other| *other != vpc);
    let info = submit(cx);
    Ok(reply(200, "DisassociateVPCFromHostedZoneResponse", &json!({"ChangeInfo": info})))
}
