//! What the codes of Secrets Manager mean. The service is eventually consistent, and so are the keys and roles that it
//! is told of.

use finsight_engine::contract::FailureClass::{Invalid, NotYet};

use super::{Line, line};

const API: &str = "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html";

pub(super) const LINES: &[Line] = &[
    line(&["EncryptionFailure"], NotYet, API),
    line(&["DecryptionFailure", "PreconditionNotMetException"], Invalid, API),
    line(
        &["PublicPolicyException"],
        Invalid,
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html",
    ),
];
