//! What a resource type's handler is.

use std::collections::BTreeMap;

use async_trait::async_trait;
use finsight_engine::contract::{
    Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, STACK_TAG, Standing, Target,
};
use finsight_engine::program::Resource;
use finsight_engine::urn::Urn;
use finsight_engine::value::Map;

use crate::failure::unexpected;
use crate::session::Region;
use crate::values::{Inputs, MISSING};

/// One resource type's calls. Retry, waiting, intents, owner tags, drift and
/// recovery are the engine's: a handler makes calls and says what came back.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Reads many at once, one answer a target in their order, with as few calls as the API allows.
    ///
    /// # Errors
    /// When the call as a whole failed: every reading is then unknown.
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure>;

    /// Looks for what a lost create call made: by owner tag, token, name or parent.
    ///
    /// # Errors
    /// When it cannot be known.
    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure>;

    /// Makes the resource with one identity-making call that carries the owner tags, and gives its id.
    ///
    /// # Errors
    /// What AWS said.
    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure>;

    /// Makes the next idempotent call, or a few, towards `desired`; gives the write-only properties it sent.
    ///
    /// It is called again until a read shows no difference, so where AWS wants
    /// a wait between two calls, make the first and return.
    ///
    /// # Errors
    /// What AWS said.
    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure>;

    /// Takes it away, or a step towards it; `NotFound` is [`Deleted::Gone`].
    ///
    /// # Errors
    /// What AWS said.
    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure>;

    /// Takes back a deletion that waits: types with `restorable` in their spec.
    ///
    /// # Errors
    /// What AWS said.
    async fn restore(&self, _aws: &Region, target: &Target) -> Result<(), Failure> {
        Err(Failure {
            class: FailureClass::Invalid,
            code: "NotRestorable".to_owned(),
            message: format!("what is deleted of {} does not come back", target.urn.type_name()),
            operation: "restore".to_owned(),
            request_id: None,
            retry_after: None,
        })
    }

    /// Looks for what stands under the identity of these inputs, whoever made it; where AWS gives the ids, for
    /// what has a claim of the type (`exclusive` in its spec) already.
    ///
    /// # Errors
    /// When it cannot be known.
    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        look_by_find(self, aws, inputs).await
    }

    /// Names what of other hands keeps AWS from deleting it: types with `held` in their spec.
    ///
    /// # Errors
    /// When it cannot be known.
    async fn holders(&self, _aws: &Region, _target: &Target) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }
}

/// What is found under the identity of these inputs, as it reads.
///
/// # Errors
/// When it cannot be known.
pub async fn look_by_find<H: Handler + ?Sized>(
    handler: &H,
    aws: &Region,
    inputs: &Map,
) -> Result<Vec<Standing>, Failure> {
    let nobody = OwnerId(String::new());
    let found = match handler.find(aws, &nobody, inputs).await {
        // What would tell it is known only later.
        Err(failure) if failure.code == MISSING => Vec::new(),
        found => found?,
    };
    let target = |candidate: Candidate| {
        Ok(Target {
            urn: nowhere()?,
            id: candidate.id,
            inputs: inputs.clone(),
            outputs: Map::new(),
            awaited: false,
        })
    };
    let targets = found.into_iter().map(target).collect::<Result<Vec<_>, Failure>>()?;
    let mut standing = Vec::new();
    for (target, reading) in targets.iter().zip(handler.read(aws, &targets).await?) {
        match reading {
            Reading::Found(live) => {
                standing.push(Standing { id: target.id.clone(), ..standing_as(&live) });
            }
            Reading::Absent => {}
            Reading::Unknown(failure) => return Err(failure),
        }
    }
    Ok(standing)
}

/// What stands, by how it was read.
pub fn standing_as(live: &Live) -> Standing {
    Standing {
        id: live.id.clone(),
        stack: live.properties.tags().remove(STACK_TAG),
        deleting: matches!(live.health, Health::Deleting(_)),
    }
}

/// The name of what is on no record.
fn nowhere() -> Result<Urn, Failure> {
    Urn::new("none", "none", "aws:none:None", "none").map_err(|error| unexpected("look", &error.to_string()))
}

/// How far a delete is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone.
    Gone,
    /// Under way: read until absent.
    Pending,
    /// A part of what is in it is gone: go on at once. The text says how far it is.
    Emptying(String),
}

/// Handlers by type name.
pub type Handlers = BTreeMap<&'static str, Box<dyn Handler>>;

/// The handler of every resource type in `finsight_specs::resource_types!`.
#[must_use]
pub fn handlers() -> Handlers {
    macro_rules! boxed {
        ($($service:ident::$name:ident),* $(,)?) => {
            BTreeMap::from([$((
                <finsight_specs::$service::$name as Resource>::TYPE,
                Box::new(crate::$service::$name) as Box<dyn Handler>,
            )),*])
        };
    }
    finsight_specs::resource_types!(boxed)
}
