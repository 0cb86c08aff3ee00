//! What Application Auto Scaling's errors mean, and the keys of its resources.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::Map;

use crate::failure::{Effect, failure};
use crate::values::Inputs;

/// The failure of a call that changes something (`aws-semantics.md` 0.4, 24).
pub fn refused<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut failure = failure(operation, Effect::Mutates, error);
    let message = failure.message.to_ascii_lowercase();
    failure.class = match failure.code.as_str() {
        "ObjectNotFoundException" => FailureClass::Absent,
        "ConcurrentUpdateException" => FailureClass::Transient,
        // Roles and resources made a moment ago.
        "FailedResourceAccessException" => FailureClass::NotYet,
        "ValidationException"
            if message.contains("unable to assume iam role") || message.contains("doesn't exist") =>
        {
            FailureClass::NotYet
        }
        _ => failure.class,
    };
    failure
}

/// What is scaled: service, resource and dimension.
pub struct Key<'a> {
    /// Such as `lambda`.
    pub namespace: &'a str,
    /// Such as `function:f:live`.
    pub resource: &'a str,
    /// Such as `lambda:function:ProvisionedConcurrency`.
    pub dimension: &'a str,
}

impl<'a> Key<'a> {
    /// Of the inputs.
    ///
    /// # Errors
    /// When one is not set.
    pub fn of(inputs: &'a Map) -> Result<Self, Failure> {
        Ok(Self {
            namespace: inputs.required("service_namespace")?,
            resource: inputs.required("resource_id")?,
            dimension: inputs.required("scalable_dimension")?,
        })
    }

    /// Of a physical id `<namespace>|<resource>|<dimension>`.
    pub fn parse(id: &'a str) -> Self {
        let mut parts = id.splitn(3, '|');
        let mut next = || parts.next().unwrap_or_default();
        Self { namespace: next(), resource: next(), dimension: next() }
    }

    /// The physical id.
    pub fn id(&self) -> String {
        format!("{}|{}|{}", self.namespace, self.resource, self.dimension)
    }
}
