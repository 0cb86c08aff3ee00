//! What RDS's codes mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{
    Absent, Blocked, Exists, Invalid, Later, NotYet, Quota, Transient,
};

use super::{Line, line};

const CREATE: &str = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html";
const DELETE: &str = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html";
const RESTORE: &str =
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html";
const PROXY: &str =
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RegisterDBProxyTargets.html";
const MODIFY: &str = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html";
const PARAMETERS: &str =
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBParameterGroup.html";
const SUBNETS: &str =
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSubnetGroup.html";
const RESTORE_SNAPSHOT: &str =
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html";
const EVENTS: &str =
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateEventSubscription.html";
const UNSUBSCRIBE: &str =
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteEventSubscription.html";
const VALUES: &[&str] = &["InvalidParameterValue", "InvalidParameterCombination"];

pub(super) const LINES: &[Line] = &[
    // Busy with something long, or in use: worth waiting for before a delete. The model says of each that it is not in a
    // valid state, and no more.
    line(&["InvalidDBInstanceState", "InvalidDBClusterStateFault"], Blocked, DELETE).on(&["Delete"]),
    line(&["InvalidDBParameterGroupState"], Blocked, PARAMETERS).on(&["Delete"]),
    line(&["InvalidDBProxyStateFault"], Blocked, PROXY).on(&["Delete"]),
    line(
        &["InvalidDBSnapshotState"],
        Blocked,
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSnapshot.html",
    )
    .on(&["Delete"]),
    line(&["InvalidDBSubnetGroupStateFault", "InvalidDBSubnetStateFault"], Blocked, SUBNETS).on(&["Delete"]),
    line(&["InvalidDBSecurityGroupState"], Blocked, MODIFY).on(&["Delete"]),
    // Nobody starts one that is stopped; one that is busy, for minutes, may come yet.
    line(&["InvalidDBInstanceState"], Invalid, PROXY)
        .on(&["RegisterDBProxyTargets", "CreateDBSnapshot"])
        .says(&["stopped"]),
    line(&["InvalidDBInstanceState"], NotYet, PROXY).on(&["RegisterDBProxyTargets", "CreateDBSnapshot"]),
    // It is busy with something else.
    line(&["InvalidDBInstanceState"], Transient, MODIFY),
    // The class is not to be had in the zone; AWS advises another of either, and to CloudFormation it is a limit.
    line(
        &["InsufficientDBInstanceCapacity"],
        Quota,
        "https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds/blob/master/aws-rds-dbinstance/src/main/java/software/amazon/rds/dbinstance/BaseHandlerStd.java",
    ),
    // Busy as well, for minutes.
    line(&["InvalidDBParameterGroupState"], NotYet, PARAMETERS),
    line(&["InvalidDBProxyStateFault"], NotYet, PROXY),
    line(&["InvalidDBSnapshotState"], NotYet, RESTORE_SNAPSHOT),
    line(&["InvalidDBSubnetStateFault"], NotYet, SUBNETS),
    line(&["InvalidDBClusterStateFault", "InvalidDBSecurityGroupState"], NotYet, MODIFY),
    line(
        &["InvalidDBClusterEndpointStateFault"],
        NotYet,
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_AddTagsToResource.html",
    ),
    // A key made a moment ago: RDS says that it cannot get at it, and KMS that its changes take up to minutes to be
    // seen.
    line(
        &["KMSKeyNotAccessibleFault"],
        NotYet,
        "https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency",
    ),
    // A role made a moment ago.
    line(VALUES, NotYet, "https://github.com/terraform-aws-modules/terraform-aws-rds/issues/393").says(&[
        "enhanced_monitoring",
        "iam role arn value is invalid or does not include the required permissions",
    ]),
    // AWS makes the role for RDS with the first call of an account. "Missing necessary credentials" is said until it is
    // in force, which is documented nowhere.
    line(
        VALUES,
        NotYet,
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html",
    )
    .says(&["permission to create service linked role", "missing necessary credentials"]),
    // The same of a proxy, which does not make the role. The code of this 403 is not known: it is no lack of a right.
    line(
        &["AccessDenied", "AccessDeniedException", "InvalidParameterValue"],
        NotYet,
        "https://github.com/awslabs/nx-plugin-for-aws/pull/652",
    )
    .says(&["not authorized to assume service-linked role"]),
    // "Either 6 hours or until storage optimization completes on the instance, whatever is longer." The words:
    // terraform-provider-aws#12493.
    line(
        &["InvalidParameterCombination"],
        Later,
        "https://repost.aws/knowledge-center/rds-stuck-in-storage-optimization",
    )
    .says(&["being optimized"]),
    // AWS's word for what the free plan of new accounts has not. Not in the model: as it was met.
    line(&["FreeTierRestrictionError"], Quota, "https://github.com/yc-software/qm/issues/352"),
    // What it names is not known to RDS, which may be a subnet or group made a moment ago. The texts are not documented;
    // "Some input subnets in :[…] are invalid" was met with two of the codes.
    line(&["InvalidParameterValue", "InvalidSubnet", "InvalidVPCNetworkStateFault"], Absent, CREATE).says(&[
        "does not exist",
        "do not exist",
        "not found",
        "invalid security group",
        "input subnets in",
    ]),
    // The policy of a topic made or changed a moment ago.
    line(&["SNSNoAuthorization"], NotYet, EVENTS),
    line(&["SNSTopicArnNotFound", "SourceNotFound", "SubscriptionNotFound"], Absent, EVENTS),
    line(&["SNSInvalidTopic", "SubscriptionCategoryNotFound"], Invalid, EVENTS),
    line(&["SubscriptionAlreadyExist"], Exists, EVENTS),
    // It is busy with its creation, or with another change.
    line(&["InvalidEventSubscriptionState"], Blocked, UNSUBSCRIBE).on(&["Delete"]),
    line(&["InvalidEventSubscriptionState"], NotYet, UNSUBSCRIBE),
    line(&["*NotFound", "*NotFoundFault"], Absent, CREATE),
    line(&["DBInstanceAlreadyExists"], Exists, CREATE),
    line(
        &["DBSubnetGroupAlreadyExists"],
        Exists,
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html",
    ),
    line(
        &["DBParameterGroupAlreadyExists"],
        Exists,
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBParameterGroup.html",
    ),
    line(
        &["DBSnapshotAlreadyExists"],
        Exists,
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html",
    ),
    line(
        &["DBProxyAlreadyExistsFault"],
        Exists,
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBProxy.html",
    ),
    line(&["DBProxyTargetAlreadyRegisteredFault"], Exists, PROXY),
    line(&["InsufficientAvailableIPsInSubnetFault"], Quota, PROXY),
    line(&["*QuotaExceeded", "*QuotaExceededFault"], Quota, CREATE),
    line(
        &[
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "InvalidSubnet",
            "InvalidVPCNetworkStateFault",
            "InvalidDBCapacityReservationState",
            "NetworkTypeNotSupported",
            "ProvisionedIopsNotAvailableInAZFault",
            "StorageTypeNotSupported",
            "VpcEncryptionControlViolationException",
        ],
        Invalid,
        CREATE,
    ),
    line(&["DBUpgradeDependencyFailure"], Invalid, MODIFY),
    line(
        &["InvalidDBSubnetGroupStateFault", "SubnetAlreadyInUse"],
        Invalid,
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html",
    ),
    line(&["InvalidRestoreFault", "PointInTimeRestoreNotEnabled"], Invalid, RESTORE),
];
