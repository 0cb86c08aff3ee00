//! What API Gateway's codes mean.
//!
//! The reference says of `ConflictException` and `BadRequestException` that the message tells the rest, and tells no
//! messages. Those below that have no issue or tool as their source are documented nowhere.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Absent, Blocked, Exists, Invalid, NotYet, Transient};

use super::{Line, line};

const ERRORS: &str =
    "https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html#API_CreateRestApi_Errors";
const ACCOUNT: &str =
    "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/apigateway/account.go";
const TWO: &[&str] = &["ConflictException", "BadRequestException"];

pub(super) const LINES: &[Line] = &[
    // Two changes of one API at the same time.
    line(TWO, Transient, "https://github.com/hashicorp/terraform-provider-aws/issues/16439")
        .says(&["try again later", "concurrent modification"]),
    line(&["ConflictException"], Transient, "https://github.com/aws/chalice/issues/1986")
        .says(&["update in progress"]),
    // What still hangs on it.
    line(TWO, Blocked, "https://github.com/hashicorp/terraform-provider-aws/issues/19805")
        .on(&["Delete"])
        .says(&["active stages"]),
    line(TWO, Blocked, ERRORS).on(&["Delete"]).says(&[
        "usage plan",
        "api stages",
        "base path mapping",
        "in use",
    ]),
    // An API just made is not known to domain names yet.
    line(
        &["BadRequestException"],
        NotYet,
        "https://github.com/amplify-education/serverless-domain-manager/issues/92",
    )
    .on(&["CreateBasePathMapping"])
    .says(&["identifier specified"]),
    line(&["ConflictException"], Exists, ERRORS).on(&["Create"]),
    line(TWO, Blocked, ERRORS).says(&["base path mapping"]),
    line(&["BadRequestException"], Exists, ERRORS)
        .on(&["Create"])
        .says(&["already exists", "must be unique"]),
    // A certificate that was just issued is not known for a minute; one of another region never is.
    line(&["BadRequestException"], Invalid, ERRORS)
        .on(&["CreateDomainName", "UpdateDomainName"])
        .says(&["region", "must be in"]),
    line(&["BadRequestException"], NotYet, "https://github.com/aws/chalice/issues/539")
        .on(&["CreateDomainName", "UpdateDomainName"])
        .says(&["certificate"]),
    // The account's role, or the role's permissions, may have been set a moment ago. Not documented: so Terraform
    // waits for the account's; that of a stage is the same role.
    line(&["BadRequestException"], NotYet, ACCOUNT)
        .on(&["UpdateStage", "UpdateAccount"])
        .says(&["cloudwatch logs", "required permissions"]),
    // What it names: an API, a stage or a certificate made a moment ago.
    line(&["BadRequestException"], Invalid, ERRORS).on(&["Delete"]),
    line(&["BadRequestException"], Absent, ERRORS).says(&["not found"]),
    line(&["ConflictException"], Invalid, ERRORS),
];
