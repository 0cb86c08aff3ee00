//! The pace of AWS: what a quick cloud hides.
//!
//! Durations are the clock's. Here is what else takes time in AWS: an answer, a change that others see later, and a
//! rate above which calls are refused. Which call comes to a server that is behind is drawn from a seed.

mod rates;
mod views;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::answer::Refusal;
use crate::call::Call;
use crate::world::World;

use rates::Rates;
use views::Views;

/// How long a call takes that only asks or begins something.
pub(crate) const ANSWER: Duration = Duration::from_millis(100);

/// What is kept of an account at AWS's pace.
pub(crate) struct Pace {
    rates: Mutex<Rates>,
    views: Mutex<Views>,
}

impl Pace {
    pub fn new(seed: u64) -> Pace {
        Pace { rates: Mutex::default(), views: Mutex::new(Views::new(seed)) }
    }

    /// The refusal of a call that comes too soon after others.
    pub fn throttle(&self, call: &Call, now: i64) -> Option<Refusal> {
        self.rates.lock().unwrap_or_else(PoisonError::into_inner).refusal(call, now)
    }

    /// The account as some of AWS's servers still see it when this call comes; nothing where all see the same.
    pub fn late(&self, call: &Call, world: &World, now: i64) -> Option<World> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner).late(call, world, now)
    }

    /// Keeps the account as it is before a change.
    pub fn keep(&self, world: &World, now: i64) {
        self.views.lock().unwrap_or_else(PoisonError::into_inner).keep(world, now);
    }

    /// The calls that came too soon, such as `wafv2 CreateIPSet`, in order.
    pub fn throttled(&self) -> Vec<String> {
        self.rates.lock().unwrap_or_else(PoisonError::into_inner).refused.clone()
    }
}
