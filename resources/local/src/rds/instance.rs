//! An instance: its properties, its life and how it is described.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::property::{Properties, major};
use super::{Databases, arn, done, paged, tags};
use crate::answer::{Answered, Refusal};
use crate::clock::iso;
use crate::ec2::Interface;
use crate::kms::Keys;
use crate::secretsmanager::{Hidden, Managed};
use crate::wire::query::Params;
use crate::world::{Context, Tags, World};

/// Milliseconds after which a stopped instance starts by itself: seven days.
const STOPPED: i64 = 7 * 86_400_000;

/// Milliseconds for which an instance whose key cannot be used can come back: seven days
/// (<https://repost.aws/knowledge-center/rds-aurora-inaccessible-state>).
const RECOVERABLE: i64 = 7 * 86_400_000;

/// A DB instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Instance {
    pub id: String,
    pub region: String,
    pub resource_id: String,
    pub properties: Properties,
    /// Changes that wait for the maintenance window.
    pub pending: Properties,
    /// Changes that take effect at the end of `modifying`.
    pub coming: Properties,
    pub phase: Phase,
    /// How what is under way ends, where a test says so.
    #[serde(default)]
    pub ends: Option<Phase>,
    /// The identifier that it is getting.
    #[serde(default)]
    pub new_id: Option<String>,
    pub port: i64,
    pub log_exports: Vec<String>,
    pub groups: Vec<String>,
    /// The security groups in force, while others are being put in their place.
    #[serde(default)]
    pub groups_before: Option<Vec<String>>,
    /// The port that it is getting.
    #[serde(default)]
    pub port_coming: Option<i64>,
    /// The log exports that it is getting.
    #[serde(default)]
    pub exports_coming: Option<Vec<String>>,
    /// For how long, after the modification under way, its storage is optimized.
    #[serde(default)]
    pub optimizes_for: i64,
    /// Until then no other change of its storage is taken.
    #[serde(default)]
    pub optimized_at: i64,
    pub parameter_group: String,
    /// Whether a parameter waits for a reboot.
    pub awaits_reboot: bool,
    pub option_group: String,
    pub subnet_group: Option<String>,
    /// The subnet that it stands in.
    pub subnet: Option<String>,
    /// It found no address in its subnet.
    #[serde(default)]
    pub without_address: bool,
    /// The subnet that its standby stands in.
    #[serde(default)]
    pub standby: Option<String>,
    pub secret: Option<Secret>,
    /// The master user's password, where RDS keeps none.
    #[serde(default)]
    pub password: Option<Hidden>,
    /// When RDS notices that its key cannot be used.
    #[serde(default)]
    pub cut_off_at: Option<i64>,
    pub tags: Tags,
    pub created_at: i64,
}

/// The secret that RDS keeps for the master user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Secret {
    pub arn: String,
    pub key: String,
    pub active_at: i64,
    /// Whether it is there, and has its password made anew until then.
    #[serde(default)]
    pub rotates: bool,
    #[serde(default)]
    pub password: Hidden,
}

/// Where an instance is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    Creating {
        until: i64,
    },
    Available,
    /// A modification was taken and has not begun: the status does not show it yet
    /// (aws-cloudformation-resource-providers-rds#243).
    Accepted {
        until: i64,
        lasts: i64,
    },
    Modifying {
        until: i64,
    },
    Rebooting {
        until: i64,
    },
    Renaming {
        until: i64,
    },
    Stopping {
        until: i64,
    },
    Stopped {
        since: i64,
    },
    Starting {
        until: i64,
    },
    Deleting {
        until: i64,
    },
    /// Its key cannot be used. With a key that can, a start brings it back, for seven days.
    Inaccessible {
        since: i64,
    },
    /// Its key could not be used for too long.
    Lost,
    /// There was no address for it.
    IncompatibleNetwork,
    /// The engine does not start with its parameters: they are put right, then it is rebooted.
    IncompatibleParameters,
    /// It takes no more data until it has more storage.
    StorageFull,
    /// RDS cannot bring it back.
    Failed,
}

impl Phase {
    /// The bad end that a test has ordered for what an instance begins, by its status.
    pub(super) fn ordered(world: &World, id: &str) -> Option<Phase> {
        let (status, _) = world.outcomes.of("aws:rds:DBInstance", id)?;
        let ends = [Phase::IncompatibleNetwork, Phase::IncompatibleParameters, Phase::StorageFull];
        Some(ends.into_iter().find(|phase| phase.status() == status).unwrap_or(Phase::Failed))
    }

    pub(crate) fn status(self) -> &'static str {
        match self {
            Phase::Creating { .. } => "creating",
            Phase::Available | Phase::Accepted { .. } => "available",
            Phase::Modifying { .. } => "modifying",
            Phase::Rebooting { .. } => "rebooting",
            Phase::Renaming { .. } => "renaming",
            Phase::Stopping { .. } => "stopping",
            Phase::Stopped { .. } => "stopped",
            Phase::Starting { .. } => "starting",
            Phase::Deleting { .. } => "deleting",
            Phase::Inaccessible { .. } => "inaccessible-encryption-credentials-recoverable",
            Phase::IncompatibleNetwork => "incompatible-network",
            Phase::IncompatibleParameters => "incompatible-parameters",
            Phase::StorageFull => "storage-full",
            Phase::Failed => "failed",
            Phase::Lost => "inaccessible-encryption-credentials",
        }
    }
}

pub(crate) fn missing(id: &str) -> Refusal {
    Refusal::new(404, "DBInstanceNotFound", format!("DBInstance {id} not found."))
}

impl Instance {
    pub(crate) fn arn(&self) -> String {
        arn(&self.region, "db", &self.id)
    }

    pub(crate) fn gone(&self, now: i64) -> bool {
        matches!(self.phase, Phase::Deleting { until } if now >= until)
    }

    /// Lets what is due by now happen.
    pub(crate) fn settle(&mut self, now: i64) {
        match self.phase {
            Phase::Creating { until } if now >= until && self.without_address => {
                self.phase = Phase::IncompatibleNetwork
            }
            Phase::Creating { until } | Phase::Starting { until } if now >= until => self.phase = self.end(),
            Phase::Accepted { until, lasts } if now >= until => {
                self.phase = Phase::Modifying { until: until + lasts };
                self.settle(now);
            }
            Phase::Modifying { until } if now >= until => {
                self.take_what_comes(until);
                self.phase = self.end();
            }
            Phase::Rebooting { until } if now >= until => {
                self.awaits_reboot = false;
                self.phase = self.end();
            }
            Phase::Stopping { until } if now >= until => self.phase = Phase::Stopped { since: until },
            Phase::Stopped { since } if now >= since + STOPPED => self.phase = Phase::Available,
            Phase::Inaccessible { since } if now >= since + RECOVERABLE => self.phase = Phase::Lost,
            _ => {}
        }
    }

    fn end(&mut self) -> Phase {
        self.ends.take().unwrap_or(Phase::Available)
    }

    /// Looks whether its key can be used; if not, that is noticed later.
    pub(super) fn look(&mut self, keys: &Keys, noticed: i64, now: i64) {
        let key = self.text("KmsKeyId");
        if key.is_empty() || keys.require(&self.region, key).is_ok() {
            self.cut_off_at = None;
            return;
        }
        let at = *self.cut_off_at.get_or_insert(noticed);
        if now >= at && matches!(self.phase, Phase::Available | Phase::Accepted { .. }) {
            self.phase = Phase::Inaccessible { since: at };
        }
    }

    /// Puts in force what a modification brings.
    pub(super) fn take_what_comes(&mut self, now: i64) {
        self.properties.append(&mut self.coming);
        self.properties.retain(|_, value| !value.is_null());
        if !self.flag("MultiAZ") {
            self.standby = None;
        }
        self.groups_before = None;
        self.port = self.port_coming.take().unwrap_or(self.port);
        if let Some(exports) = self.exports_coming.take() {
            self.log_exports = exports;
        }
        if self.optimizes_for > 0 {
            self.optimized_at = now + std::mem::take(&mut self.optimizes_for);
        }
    }

    /// The status that is shown.
    fn status(&self, now: i64) -> &'static str {
        match self.phase {
            Phase::Available | Phase::Accepted { .. } if now < self.optimized_at => "storage-optimization",
            phase => phase.status(),
        }
    }

    /// Whether a change of its storage is under way.
    pub(super) fn is_busy_with_storage(&self, now: i64) -> bool {
        self.optimizes_for > 0 || now < self.optimized_at
    }

    /// Refuses what needs an available instance.
    pub(crate) fn require_available(&self) -> Result<(), Refusal> {
        if matches!(self.phase, Phase::Available | Phase::Accepted { .. }) {
            return Ok(());
        }
        Err(self.wrong_state("available"))
    }

    pub(crate) fn wrong_state(&self, wanted: &str) -> Refusal {
        let message = match self.phase {
            Phase::Deleting { .. } => format!("Instance {} is already being deleted.", self.id),
            _ => format!("Instance {} is not in {wanted} state. Try your request later.", self.id),
        };
        Refusal::bad("InvalidDBInstanceState", message)
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.properties.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.properties.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn number(&self, name: &str) -> i64 {
        self.properties.get(name).and_then(Value::as_i64).unwrap_or(0)
    }

    /// The log groups that it writes to.
    pub(super) fn log_groups(&self) -> Vec<String> {
        let of = |kind: &String| format!("/aws/rds/instance/{}/{kind}", self.id);
        self.log_exports.iter().map(of).collect()
    }

    /// Its network interface and that of its standby.
    pub(crate) fn interfaces(&self) -> Vec<Interface> {
        let subnets = [&self.subnet, &self.standby].into_iter().flatten().filter(|_| !self.without_address);
        let made = subnets.map(|subnet| {
            Interface::new(&self.resource_id, subnet, "interface", "RDSNetworkInterface".to_owned())
        });
        made.map(|interface| interface.with_groups(&self.groups)).collect()
    }

    /// The secret that RDS keeps for the master user, as Secrets Manager shows it.
    pub(crate) fn managed_secret(&self) -> Option<Managed> {
        self.secret.as_ref().map(|secret| Managed {
            arn: secret.arn.clone(),
            key: secret.key.clone(),
            username: self.text("MasterUsername").to_owned(),
            password: secret.password.clone(),
            created_at: self.created_at,
        })
    }

    /// The master user's password.
    pub(crate) fn password(&self) -> Option<&Hidden> {
        self.secret.as_ref().map(|secret| &secret.password).or(self.password.as_ref())
    }

    /// The host name that clients connect to. Its second label is the account's in the region, so that an
    /// instance that gets another one's identifier gets its host name too.
    pub(crate) fn address(&self) -> String {
        format!("{}.c1o2k3y4m5z6.{}.rds.amazonaws.com", self.id, self.region)
    }

    fn apply_status(&self) -> &'static str {
        if self.awaits_reboot { "pending-reboot" } else { "in-sync" }
    }

    /// The security groups: those that come are being added, those that go removed.
    fn rendered_groups(&self) -> Vec<Value> {
        let before = self.groups_before.as_ref();
        let one = |id: &String, status: &str| json!({"VpcSecurityGroupId": id, "Status": status});
        let stands = |id: &&String| before.is_none_or(|before| before.contains(id));
        let mut groups: Vec<Value> =
            self.groups.iter().map(|id| one(id, if stands(&id) { "active" } else { "adding" })).collect();
        let going = before.into_iter().flatten().filter(|id| !self.groups.contains(id));
        groups.extend(going.map(|id| one(id, "removing")));
        groups
    }

    /// What the pending log exports switch on and off.
    fn exports_change(&self, to: &[String]) -> Value {
        let without = |all: &[String], others: &[String]| -> Vec<String> {
            all.iter().filter(|kind| !others.contains(kind)).cloned().collect()
        };
        json!({
            "LogTypesToEnable": without(to, &self.log_exports),
            "LogTypesToDisable": without(&self.log_exports, to),
        })
    }

    pub(crate) fn render(&self, databases: &Databases, now: i64) -> Value {
        let mut answer: Value = self.properties.clone().into_iter().collect::<serde_json::Map<_, _>>().into();
        let made = !matches!(self.phase, Phase::Creating { .. });
        let groups = self.rendered_groups();
        let subnet_group = self.subnet_group.as_ref().and_then(|name| databases.subnet_groups.get(name));
        let mut pending: Properties = self.pending.clone().into_iter().chain(self.coming.clone()).collect();
        pending.extend(self.new_id.as_ref().map(|id| ("DBInstanceIdentifier".to_owned(), json!(id))));
        pending.extend(self.port_coming.map(|port| ("Port".to_owned(), json!(port))));
        pending.extend(
            self.exports_coming
                .as_ref()
                .map(|to| ("PendingCloudwatchLogsExports".to_owned(), self.exports_change(to))),
        );
        let own = json!({
            "DBInstanceIdentifier": self.id,
            "DBInstanceArn": self.arn(),
            "DbiResourceId": self.resource_id,
            "DBInstanceStatus": self.status(now),
            "DbInstancePort": 0,
            "InstanceCreateTime": made.then(|| iso(self.created_at)),
            "LatestRestorableTime": made.then(|| iso(now)),
            "Endpoint": made.then(|| json!({
                "Address": self.address(),
                "Port": self.port,
                "HostedZoneId": "Z24O6O9L7SGTNB",
            })),
            "EnabledCloudwatchLogsExports": self.log_exports,
            "VpcSecurityGroups": groups,
            "DBSecurityGroups": [],
            "DBParameterGroups": [{"DBParameterGroupName": self.parameter_group, "ParameterApplyStatus": self.apply_status()}],
            "OptionGroupMemberships": [{"OptionGroupName": self.option_group, "Status": "in-sync"}],
            "DBSubnetGroup": subnet_group.map(|g| g.render(&self.region)),
            "SecondaryAvailabilityZone": self.standby.as_ref().filter(|_| self.flag("MultiAZ")).and_then(|standby| subnet_group?.zone_of(standby)),
            "MasterUserSecret": self.secret.as_ref().map(|s| json!({
                "SecretArn": s.arn,
                "SecretStatus": match now < s.active_at {
                    false => "active",
                    true if s.rotates => "rotating",
                    true => "creating",
                },
                "KmsKeyId": s.key,
            })),
            "PendingModifiedValues": pending,
            "TagList": tags::render(&self.tags),
            "AssociatedRoles": [], "DomainMemberships": [], "ReadReplicaDBInstanceIdentifiers": [],
            "ActivityStreamStatus": "stopped",
        });
        if let (Value::Object(into), Value::Object(from)) = (&mut answer, own) {
            into.extend(from);
        }
        answer
    }
}

/// The option group that an instance has if it was given none.
pub(crate) fn default_options(engine: &str, version: &str) -> String {
    format!("default:{engine}-{}", major(version))
}

/// An answer that shows one instance.
pub(crate) fn shown(cx: &mut Context<'_>, id: &str) -> Answered {
    let now = cx.now();
    let databases = cx.databases();
    let instance = databases.instances.get(id).ok_or_else(|| missing(id))?;
    let body = json!({"DBInstance": instance.render(databases, now)});
    Ok(done(cx, &body))
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    let now = cx.now();
    let databases = cx.databases();
    let one = params.filled("DBInstanceIdentifier").map(|id| {
        let id = id.to_lowercase();
        id.rsplit(':').next().map(str::to_owned).unwrap_or(id)
    });
    if let Some(id) = &one
        && !databases.instances.contains_key(id)
    {
        return Err(missing(id));
    }
    let filters: Vec<(String, Vec<String>)> = params
        .list("Filters")
        .iter()
        .map(|f| Ok((f.required("Name")?, f.texts("Values"))))
        .collect::<Result<_, Refusal>>()?;
    let mut items = Vec::new();
    for instance in databases.instances.values() {
        if one.as_ref().is_none_or(|id| *id == instance.id) && passes(instance, &filters)? {
            items.push(instance.render(databases, now));
        }
    }
    let body = paged(params, "DBInstances", items)?;
    Ok(done(cx, &body))
}

fn passes(instance: &Instance, filters: &[(String, Vec<String>)]) -> Result<bool, Refusal> {
    for (name, values) in filters {
        let arn = instance.arn();
        let fits = |value: &String| match name.as_str() {
            "db-instance-id" => value.to_lowercase() == instance.id || *value == arn,
            "dbi-resource-id" => *value == instance.resource_id,
            "engine" => value == instance.text("Engine"),
            _ => false,
        };
        match name.as_str() {
            "db-instance-id" | "dbi-resource-id" | "engine" => {}
            "db-cluster-id" | "domain" => return Ok(false),
            other => {
                let message = format!("Unrecognized filter name: {other}");
                return Err(Refusal::bad("InvalidParameterValue", message));
            }
        }
        if !values.iter().any(fits) {
            return Ok(false);
        }
    }
    Ok(true)
}
