//! What Route 53's codes mean. A batch is refused with one message for each change, in a form of its own.

use finsight_engine::contract::FailureClass::{Absent, Blocked, Denied, Exists, Invalid, Quota, Transient};

use super::{Line, line};

const ZONE: &str = "https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html";
const BATCH: &str =
    "https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html";
const CHANGE: &[&str] = &["InvalidChangeBatch"];

pub(super) const LINES: &[Line] = &[
    line(CHANGE, Absent, BATCH).says(&["that target was not found"]),
    // It is said of a record that stands, and of nothing else.
    line(CHANGE, Exists, BATCH).says(&["tried to create resource record set"]),
    line(CHANGE, Absent, BATCH).says(&["tried to delete*but it was not found"]),
    // Someone changed it between our read and our delete.
    line(CHANGE, Transient, BATCH).says(&["tried to delete resource record set"]),
    line(CHANGE, Invalid, BATCH),
    line(
        &[
            "NoSuchHostedZone",
            "HostedZoneNotFound",
            "InvalidVPCId",
            "NoSuchHealthCheck",
            "NoSuchHealthCheckSource",
            "NoSuchDelegationSet",
            "VPCAssociationNotFound",
        ],
        Absent,
        BATCH,
    ),
    line(&["HostedZoneAlreadyExists", "ConflictingDomainExists"], Exists, ZONE),
    line(
        &["HostedZoneNotEmpty"],
        Blocked,
        "https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHostedZone.html",
    ),
    line(&["TooManyHostedZones", "LimitsExceeded"], Quota, ZONE),
    line(&["NotAuthorizedException"], Denied, ZONE),
    line(
        &[
            "DelegationSetNotAvailable",
            "DelegationSetNotReusable",
            "InvalidDomainName",
            "LastVPCAssociation",
            "PublicZoneVPCAssociation",
        ],
        Invalid,
        ZONE,
    ),
];
