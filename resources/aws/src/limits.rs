//! Request rates: each API call waits until AWS takes it.
//!
//! What AWS documents is the table `resources/specs/data/rates.txt`; services of which it documents nothing have a
//! modest rate of ours. A call waits before it is signed. One that AWS throttles all the same halves the rate of its
//! buckets, which recovers by a tenth a second.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::identity::{
    IdentityFuture, ResolveCachedIdentity, ResolveIdentity, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use tokio::time::Instant;

const TABLE: &str = include_str!("../../specs/data/rates.txt");

/// Services of which AWS documents no rate: requests a second, and at once after a pause.
const UNDOCUMENTED: [(&str, f64, f64); 9] = [
    ("amplify", 5.0, 10.0),
    ("application-autoscaling", 5.0, 10.0),
    ("budgets", 1.0, 1.0),
    ("cloudfront", 5.0, 10.0),
    ("config", 2.0, 5.0),
    ("freetier", 1.0, 1.0),
    ("iam", 10.0, 20.0),
    ("s3", 20.0, 40.0),
    ("xray", 5.0, 5.0),
];

/// Services that have one rate for all regions.
const GLOBAL: [&str; 6] = ["budgets", "cloudfront", "freetier", "iam", "route53", "s3"];

/// The names by which the SDK's services stand in the table.
const NAMES: [(&str, &str); 27] = [
    ("ACM", "acm"),
    ("API Gateway", "apigateway"),
    ("Amplify", "amplify"),
    ("Application Auto Scaling", "application-autoscaling"),
    ("Budgets", "budgets"),
    ("CloudFront", "cloudfront"),
    ("CloudTrail", "cloudtrail"),
    ("CloudWatch", "monitoring"),
    ("CloudWatch Logs", "logs"),
    ("Config Service", "config"),
    ("EC2", "ec2"),
    ("FreeTier", "freetier"),
    ("IAM", "iam"),
    ("KMS", "kms"),
    ("Lambda", "lambda"),
    ("RDS", "rds"),
    ("Resource Groups Tagging API", "tagging"),
    ("Route 53", "route53"),
    ("S3", "s3"),
    ("SESv2", "ses"),
    ("SNS", "sns"),
    ("STS", "sts"),
    ("EventBridge", "events"),
    ("Scheduler", "scheduler"),
    ("Secrets Manager", "secretsmanager"),
    ("WAFV2", "wafv2"),
    ("XRay", "xray"),
];

/// How far a bucket is emptied and filled below what AWS says: its clock and ours differ, and so does the way there.
const CAREFUL: f64 = 0.95;

/// A line of the table.
#[derive(Debug)]
struct Rate {
    service: &'static str,
    operations: Vec<&'static str>,
    /// Whether each operation has a bucket of its own.
    each: bool,
    /// Whether it is drawn on besides another one.
    total: bool,
    per_second: f64,
    burst: f64,
}

impl Rate {
    fn read(line: &'static str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (service, operations) = (words.next()?, words.next()?.split(',').collect());
        let scope = words.next()?;
        let (per_second, burst) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some(Self { service, operations, each: scope == "each", total: scope == "total", per_second, burst })
    }

    fn is_of(&self, service: &str, operation: &str) -> bool {
        let fits = |name: &&str| match name.strip_suffix('*') {
            Some(beginning) => operation.starts_with(beginning),
            None => *name == operation,
        };
        self.service == service && self.operations.iter().any(fits)
    }
}

static RATES: LazyLock<Vec<Rate>> = LazyLock::new(|| {
    let lines = TABLE.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let ours = UNDOCUMENTED.iter().map(|(service, per_second, burst)| Rate {
        service,
        operations: vec!["*"],
        each: false,
        total: false,
        per_second: *per_second,
        burst: *burst,
    });
    lines.filter_map(Rate::read).chain(ours).collect()
});

/// The lines that a call draws on: the first that is its own, and all totals.
fn drawn(service: &str, operation: &str) -> impl Iterator<Item = (usize, &'static Rate)> {
    let mut own = false;
    let fitting = RATES.iter().enumerate().filter(move |(_, rate)| rate.is_of(service, operation));
    fitting.filter(move |(_, rate)| rate.total || !std::mem::replace(&mut own, true))
}

/// A line, a region, and an operation where each has a bucket of its own.
type Key = (usize, String, String);

struct Bucket {
    /// The share of the rate that is used: halved when AWS throttles.
    share: f64,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn new(rate: &Rate) -> Self {
        Self { share: 1.0, tokens: full(rate), at: Instant::now() }
    }

    /// Takes a token; the wait until it is there.
    fn take(&mut self, rate: &Rate) -> Duration {
        let now = Instant::now();
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.share = (self.share + passed / 10.0).min(1.0);
        let per_second = rate.per_second * CAREFUL * self.share;
        self.tokens = (self.tokens + passed * per_second).min(full(rate)) - 1.0;
        if self.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-self.tokens / per_second) }
    }
}

fn full(rate: &Rate) -> f64 {
    (rate.burst * CAREFUL).max(1.0)
}

/// Keeps calls within what AWS allows.
#[derive(Default)]
pub(crate) struct Limits {
    buckets: Mutex<BTreeMap<Key, Bucket>>,
}

impl Limits {
    fn each<T>(
        &self,
        region: &str,
        metadata: &Metadata,
        mut work: impl FnMut(&mut Bucket, &Rate) -> T,
    ) -> Vec<T> {
        let known = NAMES.iter().find(|(name, _)| *name == metadata.service());
        let Some((_, service)) = known else { return Vec::new() };
        let region = if GLOBAL.contains(service) { "" } else { region };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut done = Vec::new();
        for (line, rate) in drawn(service, metadata.name()) {
            let operation = if rate.each { metadata.name() } else { "" };
            let key = (line, region.to_owned(), operation.to_owned());
            done.push(work(buckets.entry(key).or_insert_with(|| Bucket::new(rate)), rate));
        }
        done
    }
}

/// The way of the calls of one region: through here, one after the other, as fast as AWS takes them.
///
/// For the SDK it is a cache of identities that keeps none: the identity is what a call is asked for before it is
/// signed, and the only thing that may take its time.
#[derive(Clone)]
pub(crate) struct Gate {
    /// None where nothing is limited.
    limits: Option<Arc<Limits>>,
    region: String,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("region", &self.region).finish_non_exhaustive()
    }
}

impl Gate {
    pub fn new(limits: Option<Arc<Limits>>, region: &str) -> Self {
        Self { limits, region: region.to_owned() }
    }

    /// How long a call has to wait for its turn, which it has taken then.
    fn wait(&self, config: &ConfigBag) -> Duration {
        let (Some(limits), Some(metadata)) = (&self.limits, config.load::<Metadata>()) else {
            return Duration::ZERO;
        };
        limits.each(&self.region, metadata, Bucket::take).into_iter().max().unwrap_or_default()
    }

    /// Slows down after AWS throttled a call.
    pub fn throttled(&self, config: &ConfigBag) {
        if let (Some(limits), Some(metadata)) = (&self.limits, config.load::<Metadata>()) {
            limits.each(&self.region, metadata, |bucket, _| bucket.share = (bucket.share / 2.0).max(0.05));
        }
    }
}

impl ResolveCachedIdentity for Gate {
    fn resolve_cached_identity<'a>(
        &'a self,
        resolver: SharedIdentityResolver,
        components: &'a RuntimeComponents,
        config: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        IdentityFuture::new(async move {
            let wait = self.wait(config);
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            resolver.resolve_identity(components, config).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(limits: &Limits, service: &'static str, operation: &'static str, calls: usize) -> f64 {
        let metadata = Metadata::new(operation, service);
        let wait = |_| limits.each("r", &metadata, Bucket::take).into_iter().max().unwrap_or_default();
        (0..calls).map(wait).last().unwrap_or_default().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn calls_wait_for_what_aws_documents() {
        let limits = Limits::default();
        assert_eq!(waits(&limits, "EC2", "CreateVpc", 40), 0.0);
        assert!(waits(&limits, "EC2", "CreateVpc", 20) > 2.0);
        assert_eq!(waits(&limits, "EC2", "CreateSubnet", 40), 0.0, "each operation has its own bucket");
        assert_eq!(waits(&limits, "API Gateway", "UpdateUsagePlan", 1), 0.0);
        assert!(waits(&limits, "API Gateway", "UpdateUsagePlan", 1) > 20.0);
        // The total of all operations.
        assert!(waits(&limits, "API Gateway", "GetStage", 60) > 1.0);
        assert!(waits(&limits, "IAM", "GetRole", 60) > 2.0, "ours, where nothing is documented");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_throttled_goes_slower_for_a_while() {
        let limits = Limits::default();
        let metadata = Metadata::new("UpdateUsagePlan", "API Gateway");
        waits(&limits, "API Gateway", "UpdateUsagePlan", 1);
        limits.each("r", &metadata, |bucket, _| bucket.share /= 2.0);
        assert!(waits(&limits, "API Gateway", "UpdateUsagePlan", 1) > 40.0);
        tokio::time::sleep(Duration::from_secs(120)).await;
        assert_eq!(waits(&limits, "API Gateway", "UpdateUsagePlan", 1), 0.0);
    }

    #[test]
    fn every_line_is_of_a_service_that_is_called() {
        for rate in RATES.iter() {
            assert!(NAMES.iter().any(|(_, name)| *name == rate.service), "{rate:?}");
        }
    }
}
