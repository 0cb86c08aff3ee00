//! The properties of an instance as data: how each is asked for, answered and changed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::answer::Refusal;
use crate::wire::query::Params;

/// Properties by the name that they have in answers.
pub(crate) type Properties = BTreeMap<String, Value>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Flag,
}

/// When a change takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It cannot be changed.
    Never,
    /// At once, and the instance stays available.
    Quiet,
    /// At once, whatever `ApplyImmediately` says; the instance is modifying for a short time.
    Always,
    /// As soon as possible, whatever `ApplyImmediately` says; until then it is a pending value.
    Soon,
    /// With `ApplyImmediately`, else in the maintenance window.
    Window,
}

/// One property.
pub(crate) struct Property {
    /// The parameter of create and, mostly, of modify.
    pub asked: &'static str,
    /// The member of the answer.
    pub answered: &'static str,
    pub kind: Kind,
    pub effect: Effect,
}

const fn property(asked: &'static str, answered: &'static str, kind: Kind, effect: Effect) -> Property {
    Property { asked, answered, kind, effect }
}

use Effect::{Always, Never, Quiet, Soon, Window};
use Kind::{Flag, Number, Text};

/// All properties that are plain values.
pub(crate) const PROPERTIES: [Property; 35] = [
    property("AllocatedStorage", "AllocatedStorage", Number, Window),
    property("AutoMinorVersionUpgrade", "AutoMinorVersionUpgrade", Flag, Always),
    property("AvailabilityZone", "AvailabilityZone", Text, Never),
    property("BackupRetentionPeriod", "BackupRetentionPeriod", Number, Soon),
    property("BackupTarget", "BackupTarget", Text, Never),
    property("CACertificateIdentifier", "CACertificateIdentifier", Text, Window),
    property("CopyTagsToSnapshot", "CopyTagsToSnapshot", Flag, Quiet),
    property("DBInstanceClass", "DBInstanceClass", Text, Window),
    property("DBName", "DBName", Text, Never),
    property("DatabaseInsightsMode", "DatabaseInsightsMode", Text, Always),
    property("DedicatedLogVolume", "DedicatedLogVolume", Flag, Window),
    property("DeletionProtection", "DeletionProtection", Flag, Quiet),
    property("EnableCustomerOwnedIp", "CustomerOwnedIpEnabled", Flag, Window),
    property("EnableIAMDatabaseAuthentication", "IAMDatabaseAuthenticationEnabled", Flag, Window),
    property("EnablePerformanceInsights", "PerformanceInsightsEnabled", Flag, Always),
    property("Engine", "Engine", Text, Never),
    property("EngineLifecycleSupport", "EngineLifecycleSupport", Text, Always),
    property("EngineVersion", "EngineVersion", Text, Window),
    property("Iops", "Iops", Number, Window),
    property("KmsKeyId", "KmsKeyId", Text, Never),
    property("LicenseModel", "LicenseModel", Text, Window),
    property("MasterUsername", "MasterUsername", Text, Never),
    property("MaxAllocatedStorage", "MaxAllocatedStorage", Number, Quiet),
    property("MonitoringInterval", "MonitoringInterval", Number, Always),
    property("MonitoringRoleArn", "MonitoringRoleArn", Text, Always),
    property("MultiAZ", "MultiAZ", Flag, Window),
    property("NetworkType", "NetworkType", Text, Always),
    property("PerformanceInsightsKMSKeyId", "PerformanceInsightsKMSKeyId", Text, Always),
    property("PerformanceInsightsRetentionPeriod", "PerformanceInsightsRetentionPeriod", Number, Always),
    property("PreferredBackupWindow", "PreferredBackupWindow", Text, Always),
    property("PreferredMaintenanceWindow", "PreferredMaintenanceWindow", Text, Always),
    property("PubliclyAccessible", "PubliclyAccessible", Flag, Always),
    property("StorageEncrypted", "StorageEncrypted", Flag, Never),
    property("StorageThroughput", "StorageThroughput", Number, Window),
    property("StorageType", "StorageType", Text, Window),
];

/// What a call asks for of these, by the names of answers.
pub(crate) fn asked(params: &Params) -> Result<Properties, Refusal> {
    let mut found = Properties::new();
    for property in &PROPERTIES {
        let value = match property.kind {
            Text => params.filled(property.asked).map(Value::from),
            Flag => params.flag(property.asked).map(Value::from),
            Number => params.number::<i64>(property.asked)?.map(Value::from),
        };
        if let Some(value) = value {
            found.insert(property.answered.to_owned(), normal(property.answered, value));
        }
    }
    Ok(found)
}

/// A value as RDS keeps it.
fn normal(name: &str, value: Value) -> Value {
    match (name, &value) {
        ("PreferredBackupWindow" | "PreferredMaintenanceWindow", Value::String(text)) => {
            json!(text.to_lowercase())
        }
        _ => value,
    }
}

/// When a change of a property takes effect.
pub(crate) fn effect(name: &str) -> Effect {
    PROPERTIES.iter().find(|p| p.answered == name).map_or(Always, |p| p.effect)
}

/// What an instance has that was not said.
pub(crate) fn defaults() -> Properties {
    let all = json!({
        "AllocatedStorage": 20,
        "AutoMinorVersionUpgrade": true,
        "BackupRetentionPeriod": 1,
        "BackupTarget": "region",
        "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        "CopyTagsToSnapshot": false,
        "CustomerOwnedIpEnabled": false,
        "DatabaseInsightsMode": "standard",
        "DedicatedLogVolume": false,
        "DeletionProtection": false,
        "EngineLifecycleSupport": "open-source-rds-extended-support",
        "IAMDatabaseAuthenticationEnabled": false,
        "LicenseModel": "postgresql-license",
        "MonitoringInterval": 0,
        "MultiAZ": false,
        "NetworkType": "IPV4",
        "PerformanceInsightsEnabled": false,
        "PreferredBackupWindow": "17:10-17:40",
        "PreferredMaintenanceWindow": "sun:13:10-sun:13:40",
        "PubliclyAccessible": false,
        "StorageEncrypted": false,
        "StorageType": "gp2",
    });
    match all {
        Value::Object(map) => map.into_iter().collect(),
        _ => Properties::new(),
    }
}

/// A version as RDS completes it: `15` becomes the newest `15.x` that it has.
pub(crate) fn full_version(asked: Option<&str>) -> String {
    match asked {
        Some("13") => "13.23",
        Some("14") => "14.20",
        Some("15") => "15.15",
        Some("16") => "16.11",
        Some("17") | None => "17.7",
        Some("18") => "18.1",
        Some(other) => other,
    }
    .to_owned()
}

/// The major part of a version.
pub(crate) fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}
