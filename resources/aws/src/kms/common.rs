//! What the KMS handlers share: what its errors mean, and key ids.

/// The id of a key that may be given by ARN.
pub fn key_id(id_or_arn: &str) -> &str {
    id_or_arn.rsplit('/').next().unwrap_or(id_or_arn)
}
