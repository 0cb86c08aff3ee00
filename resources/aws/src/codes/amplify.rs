//! What Amplify's codes mean: it says most things by one of them, and the text tells them apart.
//!
//! The model says of `BadRequestException` "A request contains unexpected data", and no more: what its texts are is
//! known from issues.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Ambiguous, Blocked, Exists, NotYet};

use super::{Line, line};

const API: &str = "https://docs.aws.amazon.com/amplify/latest/APIReference/API_CreateApp.html";
const JOBS: &str = "https://docs.aws.amazon.com/amplify/latest/APIReference/API_StartJob.html";
const UPDATING: &str = "https://github.com/aws-amplify/amplify-hosting/issues/3878";

pub(super) const LINES: &[Line] = &[
    // "Failed to create branch. The branch main already exists for the app"
    line(&["BadRequestException"], Exists, "https://github.com/aws-amplify/amplify-hosting/issues/2604")
        .on(&["Create"])
        .says(&["already exists"]),
    // "The branch is deleting for the app. Please wait a few minutes before re-create this branch."
    line(&["BadRequestException"], NotYet, "https://github.com/aws-amplify/amplify-hosting/issues/2732")
        .on(&["CreateBranch"])
        .says(&["is deleting"]),
    // A branch that a domain still leads to. Not documented, and in no issue: the words are a guess.
    line(
        &["BadRequestException"],
        Blocked,
        "https://docs.aws.amazon.com/amplify/latest/APIReference/API_DeleteBranch.html",
    )
    .on(&["DeleteBranch"])
    .says(&["domain", "in use"]),
    // It is busy with the change before.
    line(&["BadRequestException"], Blocked, UPDATING)
        .on(&["DeleteDomainAssociation"])
        .says(&["while the domain is in"]),
    line(&["BadRequestException"], NotYet, UPDATING).says(&["while the domain is in"]),
    // One build of a branch at a time: "The branch … already has pending or running jobs". It is no quota that anybody
    // could raise. Not documented but for the code: the words are a guess.
    line(&["LimitExceededException"], NotYet, JOBS).on(&["StartJob"]).says(&["pending or running"]),
    // A role made a moment ago. Not documented for Amplify: as IAM says of all services.
    line(&["BadRequestException"], NotYet, super::general::SPREADING).says(&["assume*role", "role*assume"]),
    // Another service failed (HTTP 503).
    line(&["DependentServiceFailureException"], Ambiguous, API),
];
