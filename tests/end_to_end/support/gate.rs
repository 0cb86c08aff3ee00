//! Holds the first call of an operation up, reading or changing, so that something can happen meanwhile.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use finsight_local::{CallInfo, Fault, Faults};

/// Holds the first call of an operation up until it is opened.
pub struct Gate {
    operation: &'static str,
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    reached: bool,
    open: bool,
}

impl Gate {
    pub fn new(operation: &'static str) -> Arc<Self> {
        Arc::new(Self { operation, inner: Mutex::default(), changed: Condvar::new() })
    }

    /// Waits until a call is held up.
    #[track_caller]
    pub fn wait(&self) {
        let began = Instant::now();
        while !self.inner.lock().expect("not poisoned").reached {
            assert!(began.elapsed() < Duration::from_secs(60), "{} is not called", self.operation);
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn open(&self) {
        self.inner.lock().expect("not poisoned").open = true;
        self.changed.notify_all();
    }
}

impl Faults for Gate {
    fn before(&self, call: &CallInfo) -> Option<Fault> {
        let mut inner = self.inner.lock().expect("not poisoned");
        if call.operation != self.operation || inner.reached {
            return None;
        }
        inner.reached = true;
        while !inner.open {
            inner = self.changed.wait(inner).expect("not poisoned");
        }
        None
    }

    fn after(&self, _call: &CallInfo) -> Option<Fault> {
        None
    }
}
