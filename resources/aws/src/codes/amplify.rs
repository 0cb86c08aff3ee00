//! What Amplify's codes mean: it says most things by one of them, and the text tells them apart.

use finsight_engine::contract::FailureClass::{Ambiguous, Blocked, Exists, NotYet};

use super::{Line, line};

const API: &str = "https://docs.aws.amazon.com/amplify/latest/APIReference/API_CreateApp.html";
const UPDATING: &str = "https://github.com/aws-amplify/amplify-hosting/issues/3878";

pub(super) const LINES: &[Line] = &[
    line(&["BadRequestException"], Exists, API).on(&["Create"]).says(&["already exists"]),
    // A branch that a domain still leads to.
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
    // A role made a moment ago.
    line(&["BadRequestException"], NotYet, super::general::SPREADING).says(&["assume*role", "role*assume"]),
    line(&["DependentServiceFailureException"], Ambiguous, API),
];
