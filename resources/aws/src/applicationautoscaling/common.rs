//! What Application Auto Scaling's errors mean, and the keys of its resources.

use finsight_engine::contract::Failure;
use finsight_engine::value::Map;

use crate::values::Inputs;

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
