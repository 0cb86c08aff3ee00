//! Holds one call up, so that something can happen meanwhile.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use finsight_local::{CallInfo, Fault, Faults};

/// Which side of a call's effect the run is killed on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

/// Holds the n-th mutating call up until it is released.
pub struct Holder {
    side: Side,
    position: usize,
    then: Option<Fault>,
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    seen: usize,
    reached: bool,
    released: bool,
}

impl Holder {
    pub fn new(side: Side, position: usize, then: Option<Fault>) -> Arc<Self> {
        Arc::new(Self { side, position, then, inner: Mutex::default(), changed: Condvar::new() })
    }

    fn meet(&self, side: Side, call: &CallInfo) -> Option<Fault> {
        if side != self.side || !call.mutating {
            return None;
        }
        let mut inner = self.inner.lock().expect("not poisoned");
        inner.seen += 1;
        if inner.seen != self.position {
            return None;
        }
        inner.reached = true;
        self.changed.notify_all();
        while !inner.released {
            inner = self.changed.wait(inner).expect("not poisoned");
        }
        self.then.clone()
    }

    /// Whether a call is held up; waits a little for it.
    pub fn reached(&self) -> bool {
        let inner = self.inner.lock().expect("not poisoned");
        let waited = self.changed.wait_timeout_while(inner, Duration::from_millis(5), |inner| !inner.reached);
        waited.expect("not poisoned").0.reached
    }

    pub fn release(&self) {
        self.inner.lock().expect("not poisoned").released = true;
        self.changed.notify_all();
    }
}

impl Faults for Holder {
    fn before(&self, call: &CallInfo) -> Option<Fault> {
        self.meet(Side::Before, call)
    }

    fn after(&self, call: &CallInfo) -> Option<Fault> {
        self.meet(Side::After, call)
    }
}
