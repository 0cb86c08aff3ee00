//! Request rates: a token bucket for each service, and for the few operations that AWS limits apart.
//!
//! Source: `aws-semantics.md` sections 1 to 4, 13, 16, 17. A throttled
//! answer halves a bucket's rate; it recovers by a tenth a second.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use finsight_engine::contract::Request;
use tokio::time::Instant;

/// Requests a second, and how many at once after a pause.
#[derive(Debug, Clone, Copy)]
struct Rate {
    per_second: f64,
    burst: f64,
}

/// What AWS allows, by service, and by type and call where it says so.
const SERVICES: &[(&str, Rate)] = &[
    ("ec2", Rate { per_second: 5.0, burst: 50.0 }),
    ("iam", Rate { per_second: 10.0, burst: 20.0 }),
    ("kms", Rate { per_second: 5.0, burst: 10.0 }),
    ("logs", Rate { per_second: 5.0, burst: 10.0 }),
    ("rds", Rate { per_second: 10.0, burst: 20.0 }),
    ("lambda", Rate { per_second: 15.0, burst: 15.0 }),
    ("apigateway", Rate { per_second: 10.0, burst: 40.0 }),
    ("acm", Rate { per_second: 5.0, burst: 5.0 }),
    ("amplify", Rate { per_second: 5.0, burst: 10.0 }),
    ("applicationautoscaling", Rate { per_second: 5.0, burst: 10.0 }),
    ("budgets", Rate { per_second: 1.0, burst: 1.0 }),
    ("cloudfront", Rate { per_second: 5.0, burst: 5.0 }),
    ("cloudtrail", Rate { per_second: 1.0, burst: 2.0 }),
    ("cloudwatch", Rate { per_second: 3.0, burst: 10.0 }),
    ("config", Rate { per_second: 2.0, burst: 5.0 }),
    ("route53", Rate { per_second: 5.0, burst: 5.0 }),
    ("s3", Rate { per_second: 10.0, burst: 20.0 }),
    ("scheduler", Rate { per_second: 10.0, burst: 20.0 }),
    ("secretsmanager", Rate { per_second: 10.0, burst: 20.0 }),
    ("ses", Rate { per_second: 1.0, burst: 1.0 }),
    ("sns", Rate { per_second: 10.0, burst: 20.0 }),
    ("wafv2", Rate { per_second: 1.0, burst: 1.0 }),
    ("xray", Rate { per_second: 5.0, burst: 5.0 }),
];

/// Services whose reads count against the same rate as their changes.
const WHOLE: &[&str] = &["route53"];

const OPERATIONS: &[(&str, &str, Rate)] = &[
    ("aws:apigateway:Account", "converge", Rate { per_second: 1.0 / 20.0, burst: 1.0 }),
    ("aws:apigateway:Account", "delete", Rate { per_second: 1.0 / 20.0, burst: 1.0 }),
    ("aws:apigateway:ApiKey", "create", Rate { per_second: 5.0, burst: 5.0 }),
    ("aws:apigateway:ApiKey", "delete", Rate { per_second: 5.0, burst: 5.0 }),
    ("aws:apigateway:Deployment", "create", Rate { per_second: 1.0 / 5.0, burst: 1.0 }),
    ("aws:apigateway:DomainName", "create", Rate { per_second: 1.0 / 30.0, burst: 1.0 }),
    ("aws:apigateway:DomainName", "converge", Rate { per_second: 1.0 / 30.0, burst: 1.0 }),
    ("aws:apigateway:DomainName", "delete", Rate { per_second: 1.0 / 30.0, burst: 1.0 }),
    ("aws:apigateway:RestApi", "converge", Rate { per_second: 1.0, burst: 1.0 }),
    ("aws:apigateway:RestApi", "create", Rate { per_second: 1.0 / 3.0, burst: 1.0 }),
    ("aws:apigateway:RestApi", "delete", Rate { per_second: 1.0 / 30.0, burst: 1.0 }),
    ("aws:apigateway:UsagePlan", "converge", Rate { per_second: 1.0 / 20.0, burst: 1.0 }),
    ("aws:apigateway:UsagePlan", "delete", Rate { per_second: 1.0 / 20.0, burst: 1.0 }),
    ("aws:ec2:VpcEndpoint", "create", Rate { per_second: 0.3, burst: 4.0 }),
    ("aws:ec2:VpcEndpoint", "delete", Rate { per_second: 0.3, burst: 4.0 }),
    ("aws:wafv2:WebACLAssociation", "create", Rate { per_second: 0.5, burst: 1.0 }),
    ("aws:wafv2:WebACLAssociation", "converge", Rate { per_second: 0.5, burst: 1.0 }),
    ("aws:wafv2:WebACLAssociation", "delete", Rate { per_second: 0.5, burst: 1.0 }),
];

/// Keeps requests within what AWS allows.
pub struct Limits {
    enforced: bool,
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

struct Bucket {
    rate: Rate,
    /// The share of the rate that is used: halved when AWS throttles.
    share: f64,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn new(rate: Rate) -> Self {
        Self { rate, share: 1.0, tokens: rate.burst, at: Instant::now() }
    }

    /// Takes a token; the wait until it is there.
    fn take(&mut self) -> Duration {
        let now = Instant::now();
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.share = (self.share + passed / 10.0).min(1.0);
        let rate = self.rate.per_second * self.share;
        self.tokens = (self.tokens + passed * rate).min(self.rate.burst) - 1.0;
        if self.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-self.tokens / rate) }
    }
}

impl Limits {
    /// AWS's limits.
    #[must_use]
    pub fn aws() -> Self {
        Self { enforced: true, buckets: Mutex::default() }
    }

    /// No limits.
    #[must_use]
    pub fn none() -> Self {
        Self { enforced: false, buckets: Mutex::default() }
    }

    /// What a request draws on.
    #[must_use]
    pub fn draws(self: &Arc<Self>, request: &Request) -> Draws {
        Draws { limits: Arc::clone(self), buckets: buckets_of(request) }
    }
}

/// The rates that one request draws on.
pub struct Draws {
    limits: Arc<Limits>,
    buckets: Vec<(String, Rate)>,
}

impl Draws {
    /// Waits until the request may be sent.
    pub async fn pace(&self) {
        if !self.limits.enforced {
            return;
        }
        let wait = {
            let mut buckets = self.limits.buckets.lock().unwrap_or_else(PoisonError::into_inner);
            self.buckets
                .iter()
                .map(|(key, rate)| buckets.entry(key.clone()).or_insert_with(|| Bucket::new(*rate)).take())
                .max()
                .unwrap_or_default()
        };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Slows down after AWS throttled a call of the request.
    pub fn throttled(&self) {
        let mut buckets = self.limits.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in &self.buckets {
            if let Some(bucket) = buckets.get_mut(key) {
                bucket.share = (bucket.share / 2.0).max(0.05);
            }
        }
    }
}

/// The buckets that a request draws on: one a service, region and kind, and one for a limited operation.
fn buckets_of(request: &Request) -> Vec<(String, Rate)> {
    let service = request.type_name.split(':').nth(1).unwrap_or_default();
    let call = request.call.name();
    // Reads have their own, wider buckets in most services.
    let apart = !request.call.mutates() && !WHOLE.contains(&service);
    let kind = if apart { "read" } else { "change" };
    let widen = if apart { 2.0 } else { 1.0 };
    let mut found: Vec<(String, Rate)> = SERVICES
        .iter()
        .filter(|(name, _)| *name == service)
        .map(|(name, rate)| {
            let rate = Rate { per_second: rate.per_second * widen, burst: rate.burst };
            (format!("{name}/{}/{kind}", request.region), rate)
        })
        .collect();
    found.extend(
        OPERATIONS
            .iter()
            .filter(|(type_name, operation, _)| *type_name == request.type_name && *operation == call)
            .map(|(type_name, operation, rate)| {
                (format!("{type_name}/{operation}/{}", request.region), *rate)
            }),
    );
    found
}
