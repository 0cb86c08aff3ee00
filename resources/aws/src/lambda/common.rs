//! What Lambda's errors mean.

use finsight_engine::contract::Candidate;

use crate::session::Region;

/// How many reads of one kind are made at a time.
pub const AT_ONCE: usize = 5;

/// The two parts of an id `<function>:<rest>`.
pub fn parts(id: &str) -> (&str, &str) {
    id.split_once(':').unwrap_or((id, ""))
}

/// What stands under its own key in its function is what was made there.
pub fn ours(found: Option<impl Sized>, id: String) -> Vec<Candidate> {
    found.map(|_| Candidate { id, ours: true }).into_iter().collect()
}

/// The URI by which API Gateway calls a function, a version or an alias.
pub fn invoke_arn(aws: &Region, arn: &str) -> String {
    let (partition, region) = (&aws.account().partition, aws.name());
    format!("arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations")
}
