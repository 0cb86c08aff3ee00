//! A walk through what stands: requests as browsers send them, and alarms as they sound.
//!
//! Each service has its part of the way in its module `serve` (`wafv2/inspect.rs`), as AWS documents it. Functions run as
//! they are deployed ([`Walk::new`]), or a [`Backend`] stands in for them. A walk goes through a copy of the account: nothing
//! that it does is seen there.
//!
//! What is not modelled is said in [`Seen::unknown`], or here: CloudFront's and API Gateway's caches (each request goes the
//! whole way), how many calls a function has at once, and networks.

mod message;
mod news;
mod run;
mod tally;
mod way;

use std::collections::BTreeMap;
use std::sync::Arc;

use finsight_function_testing::Answer;
use serde_json::Value;

pub use message::{Headers, Hop, Reply, Request, Seen};
pub use news::{Mail, Sounded};
pub use run::Packages;
pub(crate) use tally::Tally;

use crate::cloud::LocalCloud;
use crate::lambda::Called;
use crate::world::World;
use run::{Runner, Surroundings};

/// What a function of the API made of an event.
#[derive(Clone, Debug)]
pub struct Worked {
    /// How long it would take.
    pub millis: u64,
    /// The answer, or why there is none.
    pub answer: Result<Value, String>,
}

/// Stands in for the functions of an API: gets the event and the function's environment variables.
pub type Backend<'a> = &'a dyn Fn(&Value, &BTreeMap<String, String>) -> Worked;

/// A walk through an account.
pub struct Walk {
    world: Arc<World>,
    /// The moment at which it is made, by the account's clock.
    now: i64,
    tally: Tally,
    runner: Runner,
    /// What authorizers said of whom, and until when that is taken.
    kept: BTreeMap<String, (u64, Value)>,
    variables: Vec<(String, String)>,
    secrets: BTreeMap<String, String>,
}

impl Walk {
    /// A walk through an account as it stands. `packages` gives the code of functions, whose bytes the account does not
    /// keep.
    #[must_use]
    pub fn new(cloud: &LocalCloud, packages: Packages) -> Self {
        let (mut world, now) = cloud.copy();
        crate::apigateway::unfold(&mut world);
        Self {
            world: Arc::new(world),
            now,
            tally: Tally::default(),
            runner: Runner::new(packages),
            kept: BTreeMap::new(),
            variables: Vec::new(),
            secrets: BTreeMap::new(),
        }
    }

    /// Gives each function that runs one more environment variable, which stands above its own.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Gives the secrets whose names end so this text, for those who may read them.
    #[must_use]
    pub fn secret(mut self, ending: &str, text: impl Into<String>) -> Self {
        self.secrets.insert(ending.to_owned(), text.into());
        self
    }

    /// The domain below which the branches of a site with a tag stand, as far as it has one.
    #[must_use]
    pub fn site(&self, tag: (&str, &str)) -> Option<String> {
        crate::amplify::domain_of(&self.world, tag)
    }

    /// Lets time pass for limits and for what is kept.
    pub fn pass(&mut self, millis: u64) {
        self.tally.pass(millis);
    }

    /// Runs a function with what surrounds it.
    fn run(&mut self, world: &World, function: &Called<'_>, event: &Value) -> Result<Answer, String> {
        let surroundings = || {
            let text = |arn: &str| {
                let name = crate::secretsmanager::name(world, arn)?;
                self.secrets.iter().find(|(ending, _)| name.ends_with(ending.as_str())).map(|(_, text)| text)
            };
            let arns = function.environment().into_values().filter(|value| value.contains(":secret:"));
            let secrets = arns.filter_map(|arn| {
                let text = text(&arn)?.clone();
                let seen = crate::secretsmanager::refuses(world, function.role(), &arn).map_or(Ok(text), Err);
                Some((arn, seen))
            });
            Surroundings { variables: self.variables.clone(), secrets: secrets.collect() }
        };
        self.runner.invoke(function, surroundings, event)
    }
}
