//! What each rule is about, for whoever meets it: who suffers where it is broken, and where AWS says so.

use finsight_engine::policy::Rule;
use finsight_engine::urn::nearest;

use super::rules;

/// A rule in words.
pub struct Explained {
    /// The rule.
    pub rule: Rule,
    /// Who suffers where it is broken.
    pub suffers: &'static str,
    /// Where that is written: pages of AWS's documents by their titles, or where the fact is from.
    pub source: &'static str,
}

impl Explained {
    /// The text that `policy explain` prints.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { rule, suffers, source } = self;
        format!(
            "{} ({})\n\nAsks for    {}\nWithout it  {suffers}\nWhat to do  {}\nWhy         {}\nSource      {source}\n",
            rule.id,
            rule.severity.word(),
            rule.title,
            rule.way_out,
            rule.reason,
        )
    }
}

impl Explained {
    /// The same as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let Self { rule, suffers, source } = self;
        serde_json::json!({
            "rule": rule.id,
            "severity": rule.severity.word(),
            "asks": rule.title,
            "suffers": suffers,
            "way_out": rule.way_out,
            "reason": rule.reason,
            "source": source,
        })
    }
}

/// A name that no rule has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRule {
    /// The name.
    pub name: String,
    /// Rules with names like it, or of its kind.
    pub near: Vec<&'static str>,
}

impl std::fmt::Display for NoRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, near } = self;
        write!(f, "no rule is named {name:?}; near it: {}", near.join(", "))
    }
}

impl std::error::Error for NoRule {}

/// A rule in words.
///
/// # Errors
/// When there is no rule of that name.
pub fn explain(name: &str) -> Result<Explained, NoRule> {
    explained().into_iter().find(|one| one.rule.id == name).ok_or_else(|| {
        let ids: Vec<&'static str> = rules().iter().map(|rule| rule.id).collect();
        let kind: Vec<&'static str> = ids
            .iter()
            .copied()
            .filter(|id| !name.is_empty() && id.starts_with(&format!("{}-", name.trim_end_matches('-'))))
            .collect();
        let near = if kind.is_empty() { nearest(name, ids.iter().copied()) } else { kind };
        NoRule { name: name.to_owned(), near }
    })
}

/// All rules in words, in the order of the policy pack.
#[must_use]
pub fn explained() -> Vec<Explained> {
    let words = |id: &str| {
        let found = WORDS.iter().find(|(known, _, _)| *known == id);
        found.map_or(("nobody has said so yet", "none"), |(_, suffers, source)| (*suffers, *source))
    };
    rules()
        .into_iter()
        .map(|rule| {
            let (suffers, source) = words(rule.id);
            Explained { rule, suffers, source }
        })
        .collect()
}

/// Who suffers, and the source.
#[rustfmt::skip]
const WORDS: &[(&str, &str, &str)] = &[
    ("api-authorized", "whoever finds the address reads and changes the data of all users", "API Gateway: Control and manage access to REST APIs"),
    ("audit-api", "after a failure or an attack nobody can tell who called what, and when", "API Gateway: Set up logging for REST APIs"),
    ("audit-firewall", "nobody can tell what was refused, and why a user was", "WAF: Logging AWS WAF protection pack traffic"),
    ("audit-network", "after a break-in nobody can tell where data went", "VPC: Logging IP traffic using VPC Flow Logs"),
    ("audit-retention", "logs are kept for ever, and paid for each month", "CloudWatch Logs: Change log data retention"),
    ("audit-trail", "an intruder works in another region unseen, or changes the record behind him", "CloudTrail: Security best practices"),
    ("effect-bodies", "an attack that stands behind the first 8 KB of a body passes the firewall", "WAF: Considerations for managing oversize web request components"),
    ("effect-budget", "whoever gets its mail each month stops reading it, and misses the month that counts", "the estimate of `finsight-deploy cost`"),
    ("effect-cached", "users wait for the origin though the cache is thought to help", "CloudFront: Cache behavior settings, path pattern"),
    ("effect-keys", "the company pays a dollar a month for a key that protects nothing", "KMS: pricing"),
    ("effect-metrics", "the company pays for metrics that nobody looks at", "CloudWatch: pricing, custom metrics; API Gateway: detailed metrics"),
    ("effect-plan", "one caller uses up what was meant for all, though a limit is thought to hold", "API Gateway: Usage plans and API keys for REST APIs"),
    ("encrypted-cache", "answers with users' data lie in clear on a server", "API Gateway: Cache settings for REST APIs"),
    ("encrypted-database", "whoever gets at a disk or a snapshot reads the data", "RDS: Encrypting Amazon RDS resources"),
    ("encrypted-secret", "nobody can say who may open the secret by its key", "Secrets Manager: Secret encryption and decryption"),
    ("encrypted-topic", "what alarms say lies in clear", "SNS: Data encryption at rest"),
    ("encrypted-trail", "whoever reads the bucket reads who did what in the account", "CloudTrail: Encrypting CloudTrail log files with AWS KMS keys"),
    ("firewall-api", "an attacker who finds the API's own address goes round the firewall", "WAF: Associating protection with AWS resources"),
    ("firewall-edge", "attacks reach the API, and are paid for", "CloudFront: Use AWS WAF protections"),
    ("heard-always", "whoever is told of nothing all day stops looking, and misses the day that counts", "CloudWatch: Using Amazon CloudWatch alarms; Configuring how alarms treat missing data"),
    ("heard-credits", "a busy database costs more each hour, and the bill is the first to say so", "RDS: DB instance class types, burstable classes and unlimited mode"),
    ("heard-early", "users cannot work, and the alarm that would say so has stood for days for something else", "CloudWatch: Create a composite alarm"),
    ("heard-failing", "users find the failure before anyone who could mend it", "requirement M3; the services' own pages of metrics, in `policy/metrics.rs`"),
    ("heard-failures", "an alarm that came while Slack was away is gone", "Lambda: Capturing records of asynchronous invocations; SNS: message delivery retries"),
    ("heard-findings", "a build that fails or a setting that is no longer allowed stays unseen until it hurts", "EventBridge: events from AWS services; RDS: Amazon RDS event notification; Amplify: Notifications"),
    ("heard-metric", "the alarm waits for a value that never comes, and is silent whatever happens; the graph is empty", "the services' own pages of metrics, in `policy/metrics.rs`"),
    ("heard-noise", "whoever is woken for one request stops looking", "CloudWatch: Alarm evaluation; the usage of the estimate"),
    ("heard-once", "the alarm goes off and nobody is told, or all are told twice", "CloudWatch: Create a composite alarm, suppressing"),
    ("heard-outside", "everything is down at night, and the first user of the morning is who finds out", "Route 53: Monitoring health checks using CloudWatch"),
    ("heard-reach", "what is too much never sets the alarm off, and users find it first", "the services' own quotas and the usage of the estimate"),
    ("heard-silence", "a database that is gone is found by the next user", "CloudWatch: Configuring how alarms treat missing data"),
    ("heard-topics", "what goes wrong is told to a topic that nobody listens to", "SNS: Creating a subscription; CloudWatch: actions of alarms are in their own region"),
    ("heard-twice", "while Slack or a mailbox is away, nobody hears of anything", "SNS: Application-to-person messaging"),
    ("iam-actions", "a program that is broken into does more than it was made for", "IAM: Security best practices, least privilege"),
    ("iam-deputy", "another account's resource makes a service act in this one", "IAM: The confused deputy problem"),
    ("iam-public", "anyone on the internet reads, writes or sends", "IAM: Elements of a policy, Principal"),
    ("iam-resources", "a program that is broken into reaches data that is not its own", "IAM: Security best practices, least privilege"),
    ("lambda-public", "another account's resource calls the function", "Lambda: Granting Lambda function access to AWS services"),
    ("network-default", "what is put into the VPC without a group talks to everything in it", "VPC: Default security groups"),
    ("network-ingress", "anyone on the internet tries passwords", "VPC: Security group rules"),
    ("network-ports", "what listens by mistake is reached", "VPC: Security group rules"),
    ("public-bucket", "one wrong setting of an object shows users' data to everyone", "S3: Blocking public access to your storage"),
    ("public-database", "anyone on the internet tries passwords of the database", "RDS: Hiding a DB instance in a VPC from the internet"),
    ("quota-default", "the deployment stops half-way, and the site is half there", "Service Quotas; each with its page in `quotas.txt`"),
    ("quota-fixed", "the deployment stops half-way, and no one can raise the limit", "each with its page in `quotas.txt`"),
    ("reach-callers", "a call of a user, an alarm or a record of who did what comes to a closed door", "Lambda: Granting Lambda function access to AWS services; SNS: Managing access; CloudTrail: Amazon S3 bucket policy; CloudFront: Restricting access to an Amazon S3 origin"),
    ("reach-keys", "what is encrypted can be neither written nor read: alarms are dropped, secrets stay closed", "KMS: Key policies; SNS: Enable compatibility between event sources from AWS services and encrypted topics; CloudWatch Logs: Encrypt log data using AWS KMS; CloudTrail: Configure AWS KMS key policies"),
    ("reach-ports", "each call waits for the database or a service until it times out", "VPC: Security groups are stateful, and on both sides"),
    ("reach-rights", "the function or service is refused by AWS each time: no data, no mail, no log", "Lambda: execution role; RDS Proxy: Configuring IAM authentication; VPC: IAM role for publishing flow logs; CloudTrail: role policy document for CloudWatch Logs; Config: Permissions for the IAM role"),
    ("reach-services", "each call of that service waits until it times out, and the user with it", "VPC: NAT gateways; Access an AWS service using an interface VPC endpoint"),
    ("reach-trust", "the service cannot act at all: the function does not start, the schedule does nothing", "IAM: Roles terms and concepts, trust policy"),
    ("recorder-regions", "AWS refuses the rule, and the deployment stops half-way", "Config: List of managed rules by region availability"),
    ("recorder-rules", "configurations are recorded and paid for, and nobody is told of a wrong one", "Config: Evaluating resources with rules"),
    ("recovery-backups", "a mistake takes the users' data along", "RDS: Introduction to backups; Deleting a DB instance"),
    ("recovery-protect", "one wrong command takes the users' data along", "requirement of the disaster recovery"),
    ("rotated-key", "whoever has learned the key's material has it for ever", "KMS: Rotate AWS KMS keys"),
    ("service-region", "the deployment stops half-way: AWS has no such service there", "AWS: Service endpoints and quotas"),
    ("supported-database", "the company pays Extended Support, and then gets no corrections", "RDS: Release calendars for PostgreSQL"),
    ("supported-node", "the site is no longer built", "Amplify: build image and Node.js versions"),
    ("supported-runtime", "AWS takes no new version of the function, and corrects nothing", "Lambda: Runtimes, deprecation"),
    ("tls-api", "whoever listens on the way reads users' data", "API Gateway: Choose a security policy for your custom domain"),
    ("tls-bucket", "whoever listens on the way reads what is stored", "S3: Security best practices, enforce encryption of data in transit"),
    ("tls-database", "whoever listens in the network reads the data", "RDS: Using SSL with a PostgreSQL DB instance"),
    ("tls-edge", "whoever listens on the way reads users' tokens", "CloudFront: Supported protocols and ciphers"),
    ("tls-mail", "whoever listens on the way reads mail to users", "SES: Amazon SES and security protocols"),
    ("tls-proxy", "whoever listens in the network reads the data", "RDS Proxy: Using TLS/SSL"),
    ("tls-webhook", "whoever listens on the way reads what alarms say", "SNS: HTTPS endpoints"),
    ("works-apart", "one user sees the data of another", "CloudFront: Control the cache key with a policy"),
    ("works-binary", "uploads and reports arrive broken", "API Gateway: Working with binary media types for REST APIs"),
    ("works-cache", "one user sees the data of another", "API Gateway: Cache settings for REST APIs, cache keys"),
    ("works-certificate", "the deployment stops: the certificate or firewall is not where it is looked for", "CloudFront: Requirements for using SSL/TLS certificates; WAF: resources and regions"),
    ("works-cors", "the browser throws each answer away: users see an empty site", "Fetch standard, CORS protocol; CloudFront: Understanding response headers policies"),
    ("works-database-user", "no function reaches the data: the database does not know as whom it logs in", "RDS: Creating a database account using IAM authentication; rds_iam; PostgreSQL: CREATE ROLE"),
    ("works-groups", "the log is kept for ever, and stands on after everything else is gone", "API Gateway: Set up logging; RDS: Publishing logs to CloudWatch Logs; RDS Proxy: logging"),
    ("works-kept", "users get an error though everything works again", "CloudFront: How CloudFront caches HTTP 4xx and 5xx status codes"),
    ("works-level", "who looks for a fault finds nothing in the log", "Lambda: Configuring advanced logging controls, log-level filtering"),
    ("works-limits", "users are refused at the load that is expected", "API Gateway: Throttle requests; Usage plans; Lambda: Configuring reserved concurrency; the usage of the estimate"),
    ("works-mail", "mail to these addresses is returned to whoever wrote it", "RFC 5321, section 5; Route 53: MX record type"),
    ("works-methods", "users cannot save anything, or are taken for strangers", "CloudFront: Allowed HTTP methods; Control origin requests with a policy"),
    ("works-names", "whoever calls the name finds nobody, or the deployment waits for a certificate in vain", "Route 53: Routing traffic to CloudFront; ACM: DNS validation; certificate characteristics"),
    ("works-origin", "each call is answered with 403, and the site shows no data", "CloudFront: Add custom headers to origin requests; API Gateway: Usage plans; Regional custom domain names"),
    ("works-pages", "users get a bare error of CloudFront's, which the site cannot show", "CloudFront: Create a custom error page"),
    ("works-queries", "who looks for the cause of a failure gets an empty answer", "CloudWatch Logs: Logs Insights query syntax; Filter pattern syntax; Lambda: System log level event mapping; CloudTrail: record contents"),
    ("works-signed", "mail to users lands among spam, or is refused", "SES: Easy DKIM; Using a custom MAIL FROM domain"),
    ("works-site", "users cannot log in, or the site shows no data", "FinSight's own contract: the site, the API and the authorizer say the same"),
    ("works-timeouts", "users get an error while the work goes on, and holds a connection that others wait for", "API Gateway: quotas, integration timeout; CloudFront: origin response timeout; PostgreSQL: statement_timeout"),
    ("works-windows", "the database is neither backed up nor kept up to date, or a copy is refused", "RDS: Stopping a DB instance temporarily; Maintaining a DB instance; Backup window"),
    ("works-writes", "a user who has saved something sees what was there before", "CloudFront: Manage how long content stays in the cache"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{WORDS, explain, explained};
    use crate::policy::rules;

    #[test]
    fn each_rule_is_explained_once() {
        let ids: BTreeSet<&str> = rules().iter().map(|rule| rule.id).collect();
        let words: BTreeSet<&str> = WORDS.iter().map(|(id, _, _)| *id).collect();
        assert_eq!(ids, words);
        assert_eq!(WORDS.len(), words.len(), "each once");
        for one in explained() {
            assert!(one.suffers.len() > 20 && one.source.len() > 5, "{}", one.rule.id);
        }
    }

    #[test]
    fn a_rule_is_explained_or_near_ones_are_named() {
        let text = explain("reach-rights").unwrap_or_else(|error| panic!("{error}")).text();
        for part in ["reach-rights (error)", "Asks for", "Without it", "What to do", "Source"] {
            assert!(text.contains(part), "{text}");
        }
        let error = explain("reach-right").err().expect("no rule");
        assert_eq!(error.near.first(), Some(&"reach-rights"), "{error}");
        let error = explain("reach").err().expect("no rule");
        assert!(error.near.len() >= 6 && error.near.iter().all(|id| id.starts_with("reach-")), "{error}");
        assert!(explain("").is_err());
    }
}
