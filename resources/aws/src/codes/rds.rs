//! What RDS's codes mean.

use finsight_engine::contract::FailureClass::{Absent, Blocked, Exists, Invalid, NotYet, Quota, Transient};

use super::{Line, line};

const CREATE: &str = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html";
const DELETE: &str = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html";
const RESTORE: &str =
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html";
const PROXY: &str =
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RegisterDBProxyTargets.html";
const VALUES: &[&str] = &["InvalidParameterValue", "InvalidParameterCombination"];

pub(super) const LINES: &[Line] = &[
    // Busy with something long, or in use: worth waiting for before a delete.
    line(
        &[
            "InvalidDBInstanceState",
            "InvalidDBParameterGroupState",
            "InvalidDBProxyStateFault",
            "InvalidDBSnapshotState",
            "InvalidDBSubnetGroupStateFault",
            "InvalidDBSubnetStateFault",
            "InvalidDBClusterStateFault",
            "InvalidDBSecurityGroupState",
        ],
        Blocked,
        DELETE,
    )
    .on(&["Delete"]),
    // Nobody starts one that is stopped; one that is busy, for minutes, may come yet.
    line(&["InvalidDBInstanceState"], Invalid, PROXY)
        .on(&["RegisterDBProxyTargets", "CreateDBSnapshot"])
        .says(&["stopped"]),
    line(&["InvalidDBInstanceState"], NotYet, PROXY).on(&["RegisterDBProxyTargets", "CreateDBSnapshot"]),
    // It is busy with something else, or there is no capacity just now.
    line(&["InvalidDBInstanceState", "InsufficientDBInstanceCapacity"], Transient, CREATE),
    // The same, for minutes.
    line(
        &[
            "InvalidDBParameterGroupState",
            "InvalidDBProxyStateFault",
            "InvalidDBSnapshotState",
            "InvalidDBSubnetStateFault",
            "InvalidDBClusterStateFault",
            "InvalidDBClusterEndpointStateFault",
            "InvalidDBSecurityGroupState",
        ],
        NotYet,
        CREATE,
    ),
    // A key, a role or a group made a moment ago.
    line(&["KMSKeyNotAccessibleFault"], NotYet, CREATE),
    line(VALUES, NotYet, super::general::SPREADING).says(&[
        "enhanced_monitoring",
        "iam role arn value is invalid or does not include the required permissions",
        "missing necessary credentials",
    ]),
    // AWS makes the role for RDS with the first call of an account.
    line(
        VALUES,
        NotYet,
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html",
    )
    .says(&["permission to create service linked role"]),
    // For hours, after an earlier change.
    line(
        &["InvalidParameterCombination"],
        NotYet,
        "https://github.com/hashicorp/terraform-provider-aws/issues/12493",
    )
    .says(&["being optimized"]),
    // AWS's word for what the free plan of new accounts has not.
    line(
        &["FreeTierRestrictionError"],
        Quota,
        "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/free-tier-plans.html",
    ),
    // What it names is not known to RDS, which may be a subnet or group made a moment ago.
    line(&["InvalidParameterValue", "InvalidSubnet", "InvalidVPCNetworkStateFault"], Absent, CREATE).says(&[
        "does not exist",
        "do not exist",
        "not found",
        "invalid security group",
        "input subnets in",
    ]),
    line(&["*NotFound", "*NotFoundFault"], Absent, CREATE),
    line(
        &[
            "DBInstanceAlreadyExists",
            "DBSubnetGroupAlreadyExists",
            "DBParameterGroupAlreadyExists",
            "DBSnapshotAlreadyExists",
            "DBProxyAlreadyExistsFault",
            "DBProxyTargetAlreadyRegisteredFault",
        ],
        Exists,
        CREATE,
    ),
    line(&["*QuotaExceeded", "*QuotaExceededFault", "InsufficientAvailableIPsInSubnetFault"], Quota, CREATE),
    line(
        &[
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "DBUpgradeDependencyFailure",
            "InvalidSubnet",
            "InvalidVPCNetworkStateFault",
            "InvalidDBCapacityReservationState",
            "InvalidDBSubnetGroupStateFault",
            "NetworkTypeNotSupported",
            "ProvisionedIopsNotAvailableInAZFault",
            "StorageTypeNotSupported",
            "SubnetAlreadyInUse",
            "VpcEncryptionControlViolationException",
        ],
        Invalid,
        CREATE,
    ),
    line(&["InvalidRestoreFault", "PointInTimeRestoreNotEnabled"], Invalid, RESTORE),
];
