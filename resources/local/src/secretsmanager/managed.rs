//! Secrets of other services: RDS's master passwords. They are derived from what has them, come
//! and go with it, and nobody else changes them.

use serde_json::json;

use super::Hidden;
use super::secret::{Secret, is_own};
use super::version::Content;
use crate::world::{Context, World};

/// A secret that a service keeps here.
#[derive(Debug, Clone)]
pub(crate) struct Managed {
    pub arn: String,
    pub key: String,
    pub username: String,
    pub password: Hidden,
    pub created_at: i64,
}

impl Managed {
    fn content(&self) -> Content {
        Content::Text(Hidden(json!({"username": self.username, "password": self.password.0}).to_string()))
    }
}

/// The name in a secret's ARN.
fn name_in(arn: &str) -> &str {
    let last = arn.rsplit(":secret:").next().unwrap_or(arn);
    last.get(..last.len().saturating_sub(7)).unwrap_or(last)
}

/// All managed secrets of a region.
pub(crate) fn all(world: &World, region: &str) -> Vec<Managed> {
    world.rds.get(region).map(|databases| databases.managed_secrets()).unwrap_or_default()
}

/// Makes the managed secrets here what their services say.
pub(crate) fn take_in(cx: &mut Context<'_>) {
    let (now, region) = (cx.now(), cx.region().to_owned());
    cx.settle_databases(now);
    let wanted = all(cx.world, &region);
    let secrets = &mut cx.secrets().secrets;
    secrets.retain(|_, s| s.owning_service.is_none() || wanted.iter().any(|m| m.arn == s.arn));
    for managed in wanted {
        let name = name_in(&managed.arn);
        let secret = secrets.entry(name.to_owned()).or_insert_with(|| {
            let mut made = Secret::new(name, managed.arn.clone(), managed.created_at);
            made.owning_service = Some("rds".to_owned());
            made.description = Some("The secret associated with the primary RDS DB instance".to_owned());
            made
        });
        secret.key = Some(managed.key.clone()).filter(|key| !is_own(&region, key));
        if secret.current().and_then(|version| version.content.as_ref()) != Some(&managed.content()) {
            let id = crate::world::uuid();
            secret.put(&id, Some(managed.content()), &["AWSCURRENT".to_owned()], now);
        }
    }
}
