//! How far this machine's clock is from AWS's, by the dates of its answers.

use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;

use crate::failure::dated;

/// Looks at the first answer of a call, whether it is a refusal or not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock(Arc<OnceLock<f64>>);

impl Clock {
    /// By how many seconds AWS's clock is ahead of this machine's, to a second; nothing where no answer had a date.
    pub fn ahead(&self) -> Option<f64> {
        self.0.get().copied()
    }
}

impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "Clock"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(date) = dated(context.response()) {
            let now = DateTime::from(SystemTime::now());
            let _ = self.0.set(date.as_secs_f64() - now.as_secs_f64());
        }
        Ok(())
    }
}
