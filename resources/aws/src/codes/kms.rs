//! What the codes of KMS mean.
//!
//! KMS is eventually consistent: a key made a moment ago may not be known yet, which the engine judges, or not be in
//! its state yet for the next call.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Absent, Invalid, Transient};

use super::{Line, line};

const API: &str = "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html";
const CONSISTENCY: &str = "https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency";

pub(super) const LINES: &[Line] = &[
    // "You might get unexpected errors, such as a NotFoundException or an InvalidStateException."
    line(&["KMSInvalidStateException"], Transient, CONSISTENCY),
    // A key enabled a moment ago. Not documented: as Terraform does before it sets the rotation.
    line(
        &["DisabledException"],
        Transient,
        "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/kms/key.go",
    ),
    line(&["CustomKeyStoreNotFoundException", "XksKeyNotFoundException"], Absent, API),
    line(
        &[
            "CloudHsmClusterInvalidConfigurationException",
            "CustomKeyStoreInvalidStateException",
            "XksKeyAlreadyInUseException",
            "XksKeyInvalidConfigurationException",
            "TagException",
        ],
        Invalid,
        API,
    ),
    line(
        &["InvalidAliasNameException"],
        Invalid,
        "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html",
    ),
    line(
        &["InvalidMarkerException"],
        Invalid,
        "https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html",
    ),
    line(
        &["InvalidGrantIdException", "DryRunOperationException"],
        Invalid,
        "https://docs.aws.amazon.com/kms/latest/APIReference/API_RevokeGrant.html",
    ),
];
