//! Who suffers where a rule is broken, and the sources of each fact that a rule relies on.

use super::{Source, ours, page};

/// The rule, who suffers without it, and its sources.
pub(super) type Words = (&'static str, &'static str, &'static [Source]);

/// Expected calls, the load that thresholds and limits are judged by.
pub(super) const USAGE: Source = ours("the usage of FinSight's requirements, as `cost` assumes it");

#[rustfmt::skip]
pub(super) const WORDS: &[Words] = &[
    ("api-authorized", "whoever finds the address reads and changes the data of all users", &[
        page("API Gateway: Control and manage access to REST APIs", "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html"),
        ours("requirement A6: /auth and preflights are open, all else needs the authorizer"),
    ]),
    ("audit-api", "after a failure or an attack nobody can tell who called what, and when", &[
        page("API Gateway: Set up logging for REST APIs", "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"),
        page("API Gateway: Trace user requests to REST APIs using X-Ray", "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html"),
    ]),
    ("audit-firewall", "nobody can tell what was refused, and why a user was", &[
        page("WAF: Logging AWS WAF protection pack traffic", "https://docs.aws.amazon.com/waf/latest/developerguide/logging.html"),
    ]),
    ("audit-network", "after a break-in nobody can tell where data went", &[
        page("VPC: Logging IP traffic using VPC Flow Logs", "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html"),
    ]),
    ("audit-retention", "logs are kept for ever, and paid for each month", &[
        page("CloudWatch Logs: Working with log groups and log streams, log data retention", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"),
    ]),
    ("audit-trail", "an intruder works in another region unseen, or changes the record behind him", &[
        page("CloudTrail: Security best practices", "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html"),
        page("CloudTrail: Validating log file integrity", "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html"),
    ]),
    ("code-needed", "each alarm is dropped without a word, or no function can log in to the database", &[
        ours("the code of functions is delivered apart, and a placeholder stands for it: what a topic has delivered to one is lost"),
        page("SNS: Fanout to Lambda functions", "https://docs.aws.amazon.com/sns/latest/dg/sns-lambda-as-subscriber.html"),
    ]),
    ("code-own", "users get an answer that means nothing", &[
        ours("the code of functions is delivered apart, and a placeholder stands for it"),
        page("Lambda: Deploying Lambda functions as .zip file archives", "https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html"),
    ]),
    ("effect-bodies", "an attack that stands behind the first 16 KB of a body passes the firewall", &[
        page("WAF: Oversize web request components", "https://docs.aws.amazon.com/waf/latest/developerguide/waf-oversize-request-components.html"),
        page("WAF: Managing body inspection size limits", "https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-setting-body-inspection-limit.html"),
        page("WAF: Baseline rule groups, SizeRestrictions_BODY", "https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html"),
    ]),
    ("effect-budget", "whoever gets its mail each month stops reading it, and misses the month that counts", &[
        page("Cost Management: Managing your costs with AWS Budgets", "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html"),
        ours("the estimate of `cost`, in which each price has its page"),
    ]),
    ("effect-cache", "the company pays for a cache, and users wait as long as without it", &[
        page("API Gateway: Cache settings for REST APIs", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html"),
        page("CloudFront: Manage how long content stays in the cache (expiration)", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html"),
    ]),
    ("effect-cached", "users wait for the origin though the cache is thought to help", &[
        page("CloudFront: Cache behavior settings, path pattern", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html"),
    ]),
    ("effect-firewall", "attacks that are thought to be refused get through, and are counted", &[
        page("WAF: Using rule actions in AWS WAF", "https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-action.html"),
        page("WAF: Overriding rule group actions in AWS WAF", "https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-rule-group-override-options.html"),
    ]),
    ("effect-keys", "the company pays a dollar a month for a key that protects nothing", &[
        page("KMS: pricing", "https://aws.amazon.com/kms/pricing/"),
    ]),
    ("effect-metrics", "the company pays for metrics that nobody looks at", &[
        page("CloudWatch: pricing, custom and detailed metrics", "https://aws.amazon.com/cloudwatch/pricing/"),
        page("API Gateway: dimensions and metrics", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html"),
    ]),
    ("effect-plan", "one caller uses up what was meant for all, though a limit is thought to hold", &[
        page("API Gateway: Usage plans and API keys for REST APIs", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html"),
        page("CloudFront: Add custom headers to origin requests", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html"),
    ]),
    ("effect-probe", "TLS or the API fails, and the health check says that all is well", &[
        page("Route 53: HealthCheckConfig, Type", "https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html"),
        page("Route 53: How Amazon Route 53 determines whether a health check is healthy", "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html"),
    ]),
    ("effect-recorder", "nobody can look up what was set and when, and no rule says what is wrong", &[
        page("Config: Managing the customer managed configuration recorder", "https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html"),
    ]),
    ("effect-schedules", "the snapshot that is needed one day was never taken, or a database that should sleep is paid for", &[
        page("EventBridge Scheduler: Changing the schedule state in EventBridge Scheduler", "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-state.html"),
        page("EventBridge Scheduler: Schedule types", "https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"),
        page("RDS: Quotas and constraints, manual DB instance snapshots", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html"),
        ours("requirement D6: a copy each month"),
    ]),
    ("encrypted-cache", "answers with users' data lie in clear on a server", &[
        page("API Gateway: Cache settings for REST APIs", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html"),
    ]),
    ("encrypted-database", "whoever gets at a disk or a snapshot reads the data", &[
        page("RDS: Encrypting Amazon RDS resources", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html"),
    ]),
    ("encrypted-secret", "nobody can say who may open the secret by its key", &[
        page("Secrets Manager: Secret encryption and decryption", "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"),
    ]),
    ("encrypted-topic", "what alarms say lies in clear", &[
        page("SNS: Securing data with server-side encryption", "https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html"),
    ]),
    ("encrypted-trail", "whoever reads the bucket reads who did what in the account", &[
        page("CloudTrail: Encrypting log files with AWS KMS keys", "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html"),
    ]),
    ("firewall-api", "an attacker who finds the API's own address goes round the firewall", &[
        page("WAF: Associating or disassociating protection with an AWS resource", "https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-associating-aws-resource.html"),
    ]),
    ("firewall-edge", "attacks reach the API, and are paid for", &[
        page("CloudFront: Use AWS WAF protections", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-web-awswaf.html"),
    ]),
    ("heard-always", "whoever is told of nothing all day stops looking, and misses the day that counts", &[
        page("CloudWatch: Using Amazon CloudWatch alarms", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"),
        page("CloudWatch: Configuring how alarms treat missing data", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"),
        page("CloudWatch: Using math expressions with metrics", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"),
        page("RDS: Hardware specifications for DB instance classes", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html"),
        USAGE,
        ours("what asks nobody else takes five milliseconds at least"),
    ]),
    ("heard-credits", "a busy database costs more each hour, and the bill is the first to say so", &[
        page("RDS: DB instance class types, burstable classes and unlimited mode", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html"),
        page("RDS: Amazon CloudWatch metrics for Amazon RDS", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html"),
        page("RDS: DB instance class types, as AWS last published the text", "https://github.com/awsdocs/amazon-rds-user-guide/blob/main/doc_source/Concepts.DBInstanceClass.md"),
    ]),
    ("heard-early", "users cannot work, and the alarm that would say so has stood for days for something else", &[
        page("CloudWatch: Combining alarms", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html"),
        ours("which metrics tell of a load or a stock, and of no user"),
    ]),
    ("heard-failing", "users find the failure before anyone who could mend it", &[
        ours("requirement M3: what is watched"),
        page("API Gateway: Gateway response types", "https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"),
    ]),
    ("heard-failures", "an alarm that came while Slack was away is gone", &[
        page("Lambda: Capturing records of asynchronous invocations", "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"),
        page("Lambda: How Lambda handles errors and retries with asynchronous invocation", "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"),
        page("SNS: message delivery retries", "https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html"),
    ]),
    ("heard-findings", "a build that fails, a setting that is no longer allowed or a certificate that is not renewed stays unseen until it hurts", &[
        page("ACM: Amazon EventBridge support for ACM", "https://docs.aws.amazon.com/acm/latest/userguide/supported-events.html"),
        page("EventBridge: Creating event patterns", "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html"),
        page("EventBridge: events from AWS services", "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event.html"),
        page("EventBridge: AWS Amplify events", "https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-amplify.html"),
        page("Config: Monitoring with EventBridge", "https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html"),
        page("RDS: event categories and event messages", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html"),
        page("RDS: CreateEventSubscription", "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateEventSubscription.html"),
        ours("requirement M3: failover, low storage and maintenance of the database"),
    ]),
    ("heard-metric", "the alarm waits for a value that never comes, and is silent whatever happens; the graph is empty", &[]),
    ("heard-noise", "whoever is woken for one request stops looking", &[
        page("CloudWatch: Alarm evaluation", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html"),
        page("RDS: Managing capacity automatically with storage autoscaling", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html"),
        USAGE,
    ]),
    ("heard-once", "the alarm goes off and nobody is told, or all are told twice", &[
        page("CloudWatch: Combining alarms", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html"),
        page("CloudWatch: PutCompositeAlarm", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"),
    ]),
    ("heard-outside", "everything is down at night, and the first user of the morning is who finds out", &[
        page("Route 53: Monitoring health checks using CloudWatch", "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html"),
        page("Route 53: How Route 53 determines whether a health check is healthy", "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html"),
    ]),
    ("heard-reach", "what is too much never sets the alarm off, and users find it first", &[
        page("API Gateway: Quotas for configuring and running a REST API, integration timeout", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"),
        page("Lambda: Configuring reserved concurrency", "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"),
        page("Lambda: Configure function timeout", "https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"),
        page("CloudWatch Logs: Creating metrics from log events using filters", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html"),
        ours("what somebody does by hand in an hour, in the record of calls: a hundred at most"),
        page("CloudWatch: Using math expressions with metrics", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"),
        page("Route 53: How Route 53 determines whether a health check is healthy", "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html"),
        USAGE,
    ]),
    ("heard-silence", "a database that is gone is found by the next user", &[
        page("CloudWatch: Configuring how alarms treat missing data", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"),
    ]),
    ("heard-topics", "what goes wrong is told to a topic that nobody listens to", &[
        page("SNS: Creating a subscription to a topic", "https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html"),
        page("CloudWatch refuses topics of other regions, as others met it", "https://github.com/cds-snc/notification-terraform/pull/128"),
    ]),
    ("heard-twice", "while Slack or a mailbox is away, nobody hears of anything", &[
        page("SNS: Application-to-person messaging", "https://docs.aws.amazon.com/sns/latest/dg/sns-user-notifications.html"),
        page("SNS: Subscription filter policies", "https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html"),
        ours("requirement M3: alarms reach people by a second way"),
    ]),
    ("iam-actions", "a program that is broken into does more than it was made for", &[
        page("IAM: Security best practices, least privilege", "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"),
    ]),
    ("iam-deputy", "another account's resource makes a service act in this one", &[
        page("IAM: The confused deputy problem", "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"),
    ]),
    ("iam-public", "anyone on the internet reads, writes or sends", &[
        page("IAM: Elements of a policy, Principal", "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"),
        page("IAM: Global condition context keys", "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"),
    ]),
    ("iam-resources", "a program that is broken into reaches data that is not its own", &[
        page("IAM: Security best practices, least privilege", "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"),
        page("Service Authorization Reference: actions, and the resources that they take", "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"),
    ]),
    ("key-grants", "whoever administers a key gives it to anybody, and neither its policy nor a role shows it", &[
        page("KMS: Controlling access to grants", "https://docs.aws.amazon.com/kms/latest/developerguide/grant-authorization.html"),
        page("KMS: Grants", "https://docs.aws.amazon.com/kms/latest/developerguide/grants.html"),
        page("KMS: Key policies", "https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html"),
        page("IAM: Elements of a policy, NotPrincipal", "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html"),
    ]),
    ("lambda-public", "another account's resource calls the function", &[
        page("Lambda: Granting Lambda function access to AWS services", "https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html"),
    ]),
    ("network-default", "what is put into the VPC without a group talks to everything in it", &[
        page("VPC: Default security groups", "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html"),
    ]),
    ("network-ingress", "anyone on the internet tries passwords", &[
        page("VPC: Security group rules", "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"),
    ]),
    ("network-ports", "what listens by mistake is reached", &[
        page("VPC: Security group rules", "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"),
    ]),
    ("public-bucket", "one wrong setting of an object shows users' data to everyone", &[
        page("S3: Blocking public access to your storage", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"),
    ]),
    ("public-database", "anyone on the internet tries passwords of the database", &[
        page("RDS: Hiding a DB instance in a VPC from the internet", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html"),
    ]),
    ("quota-default", "the deployment stops half-way, and the site is half there", &[
        page("Service Quotas", "https://docs.aws.amazon.com/servicequotas/latest/userguide/intro.html"),
        ours("`resources/specs/data/quotas.txt`, read on 2026-11-29, in which each quota has its page"),
    ]),
    ("quota-fixed", "the deployment stops half-way, and no one can raise the limit", &[
        page("AWS service quotas", "https://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html"),
        ours("`resources/specs/data/quotas.txt`, read on 2026-11-29, in which each quota has its page"),
    ]),
];
