//! What Route 53's codes mean. A batch is refused with one message for each change, in a form of its own.
//!
//! The messages of a batch are not documented; they are as they were met.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Absent, Blocked, Denied, Exists, Invalid, Quota, Transient};

use super::{Line, line};

const ZONE: &str = "https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html";
const BATCH: &str =
    "https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html";
const CHECK: &str = "https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHealthCheck.html";
const ASSOCIATE: &str =
    "https://docs.aws.amazon.com/Route53/latest/APIReference/API_AssociateVPCWithHostedZone.html";
const DISASSOCIATE: &str =
    "https://docs.aws.amazon.com/Route53/latest/APIReference/API_DisassociateVPCFromHostedZone.html";
const CHANGE: &[&str] = &["InvalidChangeBatch"];

pub(super) const LINES: &[Line] = &[
    line(CHANGE, Absent, BATCH).says(&["that target was not found"]),
    // It is said of a record that stands, and of nothing else.
    line(CHANGE, Exists, BATCH).says(&["tried to create resource record set"]),
    line(CHANGE, Absent, BATCH).says(&["tried to delete*but it was not found"]),
    // Someone changed it between our read and our delete.
    line(CHANGE, Transient, BATCH).says(&["tried to delete resource record set"]),
    line(CHANGE, Invalid, BATCH),
    line(&["NoSuchHostedZone", "NoSuchHealthCheck"], Absent, BATCH),
    // No call that is made is answered so.
    line(
        &["HostedZoneNotFound"],
        Absent,
        "https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateReusableDelegationSet.html",
    ),
    // The second one is said, too, where the account may not get at the VPC.
    line(&["NoSuchDelegationSet", "InvalidVPCId"], Absent, ZONE),
    line(
        &["NoSuchHealthCheckSource"],
        Absent,
        "https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeTagsForResource.html",
    ),
    line(&["VPCAssociationNotFound"], Absent, DISASSOCIATE),
    // Of a reference that was given before: what stands under it has other settings, or stood and is deleted.
    line(&["HealthCheckAlreadyExists"], Exists, CHECK),
    line(&["TooManyHealthChecks"], Quota, CHECK),
    // Somebody changed it between our read and our call.
    line(
        &["HealthCheckVersionMismatch"],
        Transient,
        "https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html",
    ),
    // "This error code is not in use."
    line(
        &["HealthCheckInUse"],
        Blocked,
        "https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHealthCheck.html",
    ),
    // The second one is of the name and the VPC, or of the name servers.
    line(&["HostedZoneAlreadyExists", "ConflictingDomainExists"], Exists, ZONE),
    line(
        &["HostedZoneNotEmpty"],
        Blocked,
        "https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHostedZone.html",
    ),
    // The second one: "there is a limit to the number of hosted zones that have the same name".
    line(&["TooManyHostedZones", "DelegationSetNotAvailable"], Quota, ZONE),
    line(&["LimitsExceeded"], Quota, ASSOCIATE),
    line(&["NotAuthorizedException"], Denied, ASSOCIATE),
    // AWS's text of the first one is that of `NoSuchDelegationSet`, its name is not; AWS's controller for Kubernetes
    // takes it for final, too.
    line(&["DelegationSetNotReusable", "InvalidDomainName"], Invalid, ZONE),
    // "The resource you're trying to access is unsupported on this Route 53 endpoint."
    line(&["IncompatibleVersion"], Invalid, CHECK),
    line(&["LastVPCAssociation"], Invalid, DISASSOCIATE),
    line(&["PublicZoneVPCAssociation"], Invalid, ASSOCIATE),
];
