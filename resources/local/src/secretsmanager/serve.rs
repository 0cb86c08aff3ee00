//! Secrets as a role reads them.

use crate::call::ACCOUNT;
use crate::world::World;

/// Why a role cannot read a secret: it is not there, or the role's policies or those of the key do not let it
/// ("Permissions reference", "Secret encryption and decryption in AWS Secrets Manager").
pub(crate) fn refuses(world: &World, role: &str, arn: &str) -> Option<String> {
    let region = arn.split(':').nth(3).unwrap_or_default();
    let secret = world.secretsmanager.get(region).and_then(|all| all.resolve(arn));
    let Some(secret) = secret.filter(|secret| secret.deletion_at.is_none()) else {
        return Some("there is no such secret".to_owned());
    };
    if !world.iam.may(role, "secretsmanager:GetSecretValue", &secret.arn, &[]) {
        return Some(format!("{role} may not read {}", secret.name));
    }
    let Some(key) = &secret.key else { return None };
    let keys = world.kms.get(region)?;
    let Some(key) = keys.arn_of(region, key) else {
        return Some(format!("the key of {} cannot be used", secret.name));
    };
    let via = format!("secretsmanager.{region}.amazonaws.com");
    let context = [("kms:viaservice", via.as_str()), ("kms:calleraccount", ACCOUNT)];
    let may = world.iam.may(role, "kms:Decrypt", &key, &context)
        && keys.lets(region, &key, role, &["kms:Decrypt"], &context);
    (!may).then(|| format!("{role} may not decrypt {}", secret.name))
}

/// The name of a secret by its ARN.
pub(crate) fn name<'a>(world: &'a World, arn: &str) -> Option<&'a str> {
    let region = arn.split(':').nth(3)?;
    world.secretsmanager.get(region)?.resolve(arn).map(|secret| secret.name.as_str())
}
