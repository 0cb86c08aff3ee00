//! What the codes of KMS mean.
//!
//! KMS is eventually consistent: a key made a moment ago may not be known yet, which the engine judges, or not be in
//! its state yet for the next call.

use finsight_engine::contract::FailureClass::{Absent, Invalid, Transient};

use super::{Line, line};

const API: &str = "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html";
const CONSISTENCY: &str = "https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency";

pub(super) const LINES: &[Line] = &[
    line(&["KMSInvalidStateException", "DisabledException"], Transient, CONSISTENCY),
    line(&["CustomKeyStoreNotFoundException", "XksKeyNotFoundException"], Absent, API),
    line(
        &[
            "CloudHsmClusterInvalidConfigurationException",
            "CustomKeyStoreInvalidStateException",
            "XksKeyAlreadyInUseException",
            "XksKeyInvalidConfigurationException",
            "InvalidAliasNameException",
            "InvalidMarkerException",
            "TagException",
        ],
        Invalid,
        API,
    ),
];
