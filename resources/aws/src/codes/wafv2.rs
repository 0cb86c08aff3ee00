//! What WAF's codes mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

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
    // "A previous PutLoggingConfiguration request … can lock the service linked role for about 20 seconds."
    line(&["WAFServiceLinkedRoleErrorException"], NotYet, LOGGING),
    // That it passes is not documented: the second try went well.
    line(
        &["WAFLogDestinationPermissionIssueException"],
        NotYet,
        "https://github.com/hashicorp/terraform-provider-aws/issues/36000",
    ),
    line(
        &["WAFAssociatedItemException"],
        Blocked,
        "https://docs.aws.amazon.com/waf/latest/APIReference/API_DeleteWebACL.html",
    ),
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
            "WAFInvalidOperationException",
            "WAFInvalidParameterException",
            "WAFInvalidResourceException",
            "WAFSubscriptionNotFoundException",
        ],
        Invalid,
        API,
    ),
    line(&["WAFFeatureNotIncludedInPricingPlanException"], Invalid, ASSOCIATE),
];
