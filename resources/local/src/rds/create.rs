//! Creating an instance, with the checks that AWS makes before it begins.

use serde_json::{Value, json};

use super::instance::{Instance, Phase, Secret, default_options, shown};
use super::property::{self, Properties, full_version, major};
use super::{
    identifier, names, parameter_group, plan, postgres, rename, storage, subnet_group, tags, window,
};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::kms::Keys;
use crate::secretsmanager::Hidden;
use crate::wire::query::Params;
use crate::world::{Context, World, letters, uuid};

/// Seconds that AWS typically takes.
const CREATING: u32 = 480;

pub(super) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad("InvalidParameterValue", message)
}

pub(super) fn combination(message: impl Into<String>) -> Refusal {
    Refusal::bad("InvalidParameterCombination", message)
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = identifier(params, "DBInstanceIdentifier")?;
    params.required("DBInstanceClass")?;
    let engine = params.required("Engine")?;
    let (now, until, region) = (cx.now(), cx.clock.due(CREATING), cx.region().to_owned());
    rename::free(cx, &id)?;
    let mut properties = property::defaults();
    properties.extend(property::asked(params)?);
    let version = full_version(params.filled("EngineVersion").as_deref());
    properties.insert("EngineVersion".to_owned(), json!(version));
    names::check(params.filled("MasterUsername").as_deref(), params.filled("DBName").as_deref())?;
    names::port(params.number("Port")?)?;
    check(cx.world, &region, params, &properties)?;
    plan::check(cx, &properties)?;
    plan::check_room(cx)?;
    storage::of_a_new_one(&mut properties)?;
    encryption(cx.world, &region, params, &mut properties)?;
    let secret = credentials(cx.world, &region, params, until)?;
    let subnet_group = params.filled("DBSubnetGroupName").map(|name| name.to_lowercase());
    let place = match &subnet_group {
        Some(name) => Some(subnet_group::place(cx, name, params.filled("AvailabilityZone").as_deref())?),
        None => None,
    };
    if let Some(place) = &place {
        properties.insert("AvailabilityZone".to_owned(), json!(place.zone));
    } else {
        properties.entry("AvailabilityZone".to_owned()).or_insert_with(|| json!(format!("{region}a")));
    }
    let groups =
        groups(cx.world, &region, params, "VpcSecurityGroupIds", place.as_ref().map(|p| p.vpc.as_str()))?;
    let family = format!("{engine}{}", major(&version));
    let parameter_group = match params.filled("DBParameterGroupName") {
        Some(name) => parameter_group::fitting(cx, &name, &family)?,
        None => format!("default.{family}"),
    };
    let log_exports = log_types(&params.texts("EnableCloudwatchLogsExports"))?;
    plan::role_of_instances(cx)?;
    let awaits_reboot = parameter_group::settles(cx, &parameter_group);
    let standby = standby(cx, subnet_group.as_deref(), &properties);
    let instance = Instance {
        region,
        resource_id: format!("db-{}", letters(26, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")),
        pending: Properties::new(),
        coming: Properties::new(),
        phase: Phase::Creating { until },
        ends: Phase::ordered(cx.world, &id),
        new_id: None,
        port: params.number("Port")?.unwrap_or(5432),
        log_exports,
        groups,
        groups_before: None,
        port_coming: None,
        exports_coming: None,
        optimizes_for: 0,
        optimized_at: 0,
        parameter_group,
        awaits_reboot,
        option_group: params.filled("OptionGroupName").unwrap_or_else(|| default_options(&engine, &version)),
        subnet_group,
        without_address: place.as_ref().is_some_and(|place| place.full),
        subnet: place.map(|p| p.subnet),
        standby,
        cut_off_at: None,
        secret,
        password: params.filled("MasterUserPassword").map(Hidden),
        tags: tags::of(params)?,
        created_at: now,
        properties,
        id: id.clone(),
    };
    cx.databases().instances.insert(id.clone(), instance);
    shown(cx, &id)
}

/// The subnet of the standby of an instance that is to have one.
pub(super) fn standby(cx: &mut Context<'_>, group: Option<&str>, properties: &Properties) -> Option<String> {
    let text = |name: &str| properties.get(name).and_then(Value::as_str);
    let wanted = properties.get("MultiAZ") == Some(&json!(true));
    let group = group.filter(|_| wanted).and_then(|name| cx.databases().subnet_groups.get(name))?;
    group.standby(text("AvailabilityZone")?)
}

/// Refuses values that AWS does not take, at creation and at a change.
pub(super) fn check(
    world: &World,
    region: &str,
    params: &Params,
    properties: &Properties,
) -> Result<(), Refusal> {
    let text = |name: &str| properties.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| properties.get(name).and_then(Value::as_i64).unwrap_or(0);
    let class = text("DBInstanceClass");
    if !postgres::classes().any(|known| known == class) {
        return Err(invalid(format!("Invalid DB Instance class: {class}")));
    }
    let (engine, version) = (text("Engine"), text("EngineVersion"));
    if engine == "postgres" && !postgres::has_version(version) {
        return Err(combination(format!("Cannot find version {version} for postgres")));
    }
    if engine == "postgres" && !postgres::has_class(region, class) {
        return Err(combination(format!(
            "RDS does not support creating a DB instance with the following combination: DBInstanceClass={class}, Engine={engine}, EngineVersion={version}, LicenseModel=postgresql-license."
        )));
    }
    let storage = number("AllocatedStorage");
    if !(20..=65_536).contains(&storage) {
        let message = format!(
            "Invalid storage size for engine name {} and storage type {}: {storage}",
            text("Engine"),
            text("StorageType")
        );
        return Err(combination(message));
    }
    let most = properties.get("MaxAllocatedStorage").and_then(Value::as_i64);
    if most.is_some_and(|most| most < storage) {
        return Err(combination("Max storage size must be greater than storage size"));
    }
    names::insights(properties)?;
    let retention = number("BackupRetentionPeriod");
    if !(0..=35).contains(&retention) {
        return Err(invalid(format!(
            "Invalid backup retention period: {retention}. Must be between 0 and 35."
        )));
    }
    window::check(text("PreferredBackupWindow"), text("PreferredMaintenanceWindow"))?;
    let interval = number("MonitoringInterval");
    if ![0, 1, 5, 10, 15, 30, 60].contains(&interval) {
        return Err(invalid(format!("Invalid monitoring interval: {interval}")));
    }
    if interval > 0 && (params.has("MonitoringInterval") || params.has("MonitoringRoleArn")) {
        let role = text("MonitoringRoleArn");
        if role.is_empty() {
            return Err(combination(
                "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.",
            ));
        }
        if !world.iam.trusts(role, "monitoring.rds.amazonaws.com") {
            return Err(invalid(
                "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING",
            ));
        }
    }
    if let Some(password) = params.text("MasterUserPassword") {
        password_fits(&password)?;
    }
    Ok(())
}

fn password_fits(password: &str) -> Result<(), Refusal> {
    if !(8..=128).contains(&password.len()) {
        return Err(invalid(
            "The parameter MasterUserPassword is not a valid password because it is shorter than 8 or longer than 128 characters.",
        ));
    }
    let printable = |c: char| c.is_ascii_graphic() && !"/@\"".contains(c);
    if password.chars().all(printable) {
        return Ok(());
    }
    Err(invalid(
        "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used.",
    ))
}

/// The ARN of a key that is there, and that its policy lets the caller use through RDS.
pub(super) fn key(world: &World, region: &str, reference: &str) -> Result<String, Refusal> {
    let via = format!("rds.{region}.amazonaws.com");
    let context = [
        ("kms:viaservice", via.as_str()),
        ("kms:calleraccount", ACCOUNT),
        ("kms:grantisforawsresource", "true"),
    ];
    usable(world, region, reference, &["kms:CreateGrant", "kms:DescribeKey"], &context)
}

fn usable(
    world: &World,
    region: &str,
    reference: &str,
    actions: &[&str],
    context: &[(&str, &str)],
) -> Result<String, Refusal> {
    let empty = Keys::default();
    let keys = world.kms.get(region).unwrap_or(&empty);
    let caller = format!("arn:aws:iam::{ACCOUNT}:user/local");
    let found =
        keys.arn_of(region, reference).filter(|_| keys.lets(region, reference, &caller, actions, context));
    found.ok_or_else(|| {
        let message = format!("The specified KMS key [{reference}] does not exist, is not enabled or you do not have permissions to access it.");
        Refusal::bad("KMSKeyNotAccessibleFault", message)
    })
}

/// The same of a key for the secret that RDS keeps, which is used through Secrets Manager (RDS User Guide,
/// "Password management with Amazon RDS and AWS Secrets Manager").
fn secret_key(world: &World, region: &str, reference: &str) -> Result<String, Refusal> {
    let via = format!("secretsmanager.{region}.amazonaws.com");
    let context = [("kms:viaservice", via.as_str()), ("kms:calleraccount", ACCOUNT)];
    usable(world, region, reference, &["kms:Decrypt", "kms:GenerateDataKey"], &context)
}

fn encryption(
    world: &World,
    region: &str,
    params: &Params,
    properties: &mut Properties,
) -> Result<(), Refusal> {
    let encrypted = params.flag("StorageEncrypted").unwrap_or(false);
    let asked = params.filled("KmsKeyId");
    if asked.is_some() && !encrypted {
        return Err(combination("The parameter KmsKeyId is only valid with StorageEncrypted."));
    }
    if encrypted {
        let arn = key(world, region, asked.as_deref().unwrap_or("alias/aws/rds"))?;
        properties.insert("KmsKeyId".to_owned(), json!(arn));
    }
    if params.flag("EnablePerformanceInsights") == Some(true) {
        let asked = params.filled("PerformanceInsightsKMSKeyId");
        let arn = key(world, region, asked.as_deref().unwrap_or("alias/aws/rds"))?;
        properties.insert("PerformanceInsightsKMSKeyId".to_owned(), json!(arn));
        properties.entry("PerformanceInsightsRetentionPeriod".to_owned()).or_insert(json!(7));
    }
    Ok(())
}

/// The secret of a managed master password, or nothing for one that was given.
fn credentials(world: &World, region: &str, params: &Params, until: i64) -> Result<Option<Secret>, Refusal> {
    let given = params.filled("MasterUserPassword").is_some();
    params.required("MasterUsername")?;
    if params.flag("ManageMasterUserPassword") == Some(true) {
        if given {
            return Err(combination(
                "You can't specify MasterUserPassword for an instance when ManageMasterUserPassword is enabled.",
            ));
        }
        return managed(world, region, params, until).map(Some);
    }
    if params.filled("MasterUserSecretKmsKeyId").is_some() {
        return Err(combination("MasterUserSecretKmsKeyId is only valid with ManageMasterUserPassword."));
    }
    if !given {
        return Err(invalid("The parameter MasterUserPassword must be provided and must not be blank."));
    }
    Ok(None)
}

/// A new secret of RDS's own.
pub(super) fn managed(
    world: &World,
    region: &str,
    params: &Params,
    active_at: i64,
) -> Result<Secret, Refusal> {
    let asked = params.filled("MasterUserSecretKmsKeyId");
    let tail = letters(6, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    Ok(Secret {
        arn: format!("arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:rds!db-{}-{tail}", uuid()),
        key: secret_key(world, region, asked.as_deref().unwrap_or("alias/aws/secretsmanager"))?,
        active_at,
        rotates: false,
        password: new_password(),
    })
}

/// A password as RDS makes them.
pub(super) fn new_password() -> Hidden {
    Hidden(letters(
        28,
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,-.:;<=>?[]^_{|}~",
    ))
}

/// The security groups of a call, or the default one of the VPC.
pub(super) fn groups(
    world: &World,
    region: &str,
    params: &Params,
    member: &str,
    vpc: Option<&str>,
) -> Result<Vec<String>, Refusal> {
    let ids = params.texts(member);
    let network = world.ec2.get(region);
    for id in &ids {
        let Some(of) = network.and_then(|n| n.vpc_of_group(id)) else {
            return Err(invalid(format!("Invalid security group , groupId= {id}, groupName=.")));
        };
        if vpc.is_some_and(|vpc| vpc != of) {
            return Err(combination("The DB instance and EC2 security group are in different VPCs."));
        }
    }
    if ids.is_empty() {
        return Ok(network.zip(vpc).and_then(|(n, vpc)| n.default_group(vpc)).into_iter().collect());
    }
    Ok(ids)
}

/// Log types that PostgreSQL exports, sorted.
pub(super) fn log_types(asked: &[String]) -> Result<Vec<String>, Refusal> {
    const KNOWN: [&str; 3] = ["iam-db-auth-error", "postgresql", "upgrade"];
    if let Some(unknown) = asked.iter().find(|kind| !KNOWN.contains(&kind.as_str())) {
        return Err(combination(format!(
            "You cannot use the log types '{unknown}' with engine version postgres."
        )));
    }
    Ok(KNOWN.iter().filter(|kind| asked.iter().any(|a| a == *kind)).map(|kind| (*kind).to_owned()).collect())
}
