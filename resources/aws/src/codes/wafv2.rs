//! What WAF's codes mean.

use finsight_engine::contract::FailureClass::{
    Absent, Ambiguous, Blocked, Exists, Invalid, NotYet, Quota, Transient,
};

use super::{Line, line};

const API: &str = "https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html";
const ASSOCIATE: &str = "https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html";
const LOGGING: &str = "https://docs.aws.amazon.com/waf/latest/APIReference/API_PutLoggingConfiguration.html";

pub(super) const LINES: &[Line] = &[
    line(&["WAFNonexistentItemException"], Absent, API),
    line(&["WAFDuplicateItemException"], Exists, API),
    // The token is taken anew for the next try.
    line(&["WAFOptimisticLockException"], Transient, API),
    // Something just made has not reached all of WAF yet.
    line(&["WAFUnavailableEntityException"], NotYet, ASSOCIATE),
    line(
        &["WAFServiceLinkedRoleErrorException", "WAFLogDestinationPermissionIssueException"],
        NotYet,
        LOGGING,
    ),
    line(&["WAFAssociatedItemException"], Blocked, API),
    line(&["WAFLimitsExceededException"], Quota, API),
    line(
        &["WAFInternalErrorException", "WAFTagOperationException", "WAFTagOperationInternalErrorException"],
        Ambiguous,
        API,
    ),
    line(
        &[
            "WAFConfigurationWarningException",
            "WAFExpiredManagedRuleGroupVersionException",
            "WAFFeatureNotIncludedInPricingPlanException",
            "WAFInvalidOperationException",
            "WAFInvalidParameterException",
            "WAFInvalidResourceException",
            "WAFSubscriptionNotFoundException",
        ],
        Invalid,
        API,
    ),
];
