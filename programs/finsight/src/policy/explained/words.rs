//! Who suffers where a rule is broken, and the sources of each fact that a rule relies on.

use super::{Source, ours, page};

/// The rule, who suffers without it, and its sources.
pub(super) type Words = (&'static str, &'static str, &'static [Source]);

/// Expected calls, the load that thresholds and limits are judged by.
const USAGE: Source = ours("the usage of FinSight's requirements, as `cost` assumes it");

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
    ]),
    ("heard-credits", "a busy database costs more each hour, and the bill is the first to say so", &[
        page("RDS: DB instance class types, burstable classes and unlimited mode", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html"),
        page("RDS: Amazon CloudWatch metrics for Amazon RDS", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html"),
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
    ("reach-callers", "a call of a user, an alarm or a record of who did what comes to a closed door", &[
        page("Lambda: Granting Lambda function access to AWS services", "https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html"),
        page("SNS: Example cases for access control", "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html"),
        page("CloudTrail: Amazon S3 bucket policy", "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html"),
        page("CloudFront: Restricting access to an Amazon S3 origin", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html"),
        page("CloudFront: Configuring standard logging (legacy)", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html"),
    ]),
    ("reach-keys", "what is encrypted can be neither written nor read: alarms are dropped, secrets stay closed", &[
        page("KMS: Key policies", "https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html"),
        page("SNS: Enable compatibility between event sources from AWS services and encrypted topics", "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"),
        page("CloudWatch Logs: Encrypt log data using AWS KMS", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"),
        page("CloudTrail: Configure AWS KMS key policies", "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"),
        page("RDS: AWS KMS key management", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html"),
        page("RDS: Password management with AWS Secrets Manager", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html"),
        page("Secrets Manager: Secret encryption and decryption", "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"),
    ]),
    ("reach-ports", "each call waits for the database or a service until it times out", &[
        page("VPC: Security groups are stateful, and on both sides", "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html"),
        page("RDS Proxy: concepts and terminology", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.howitworks.html"),
    ]),
    ("reach-rights", "the function or service is refused by AWS each time: no data, no mail, no log", &[
        page("Lambda: execution role", "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"),
        page("Lambda: Giving functions access to resources in a VPC", "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"),
        page("Lambda: Visualize invocations using X-Ray", "https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html"),
        page("RDS: Creating and using an IAM policy for IAM database access", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html"),
        page("RDS Proxy: Getting started, authentication", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-setup.html"),
        page("VPC: IAM role for publishing flow logs to CloudWatch Logs", "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html"),
        page("CloudTrail: role policy document for CloudWatch Logs", "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html"),
        page("Config: Permissions for the IAM role", "https://docs.aws.amazon.com/config/latest/developerguide/iamrole-permissions.html"),
        page("EventBridge Scheduler: Using universal targets", "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html"),
        page("Secrets Manager: Get secrets", "https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets.html"),
        page("AWS managed policies", "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html"),
    ]),
    ("reach-services", "each call of that service waits until it times out, and the user with it", &[
        page("VPC: NAT gateways", "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html"),
        page("VPC: Enable internet access using an internet gateway", "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html"),
        page("VPC: Access an AWS service using an interface VPC endpoint", "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html"),
    ]),
    ("reach-trust", "the service cannot act at all: the function does not start, the schedule does nothing", &[
        page("IAM: Roles terms and concepts, trust policy", "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html"),
    ]),
    ("reach-zones", "one zone fails, the database goes on in the other, and users are let in nowhere all the same", &[
        page("VPC: NAT gateway basics", "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html"),
        page("RDS: Multi-AZ DB instance deployments", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html"),
    ]),
    ("recorder-regions", "AWS refuses the rule, and the deployment stops half-way", &[
        page("Config: List of managed rules by region availability", "https://docs.aws.amazon.com/config/latest/developerguide/managing-rules-by-region-availability.html"),
        page("`resources/specs/data/config-rules.txt`, from AWS's own guide of 2023-05-19", "https://github.com/awsdocs/aws-config-developer-guide"),
    ]),
    ("recorder-rules", "configurations are recorded and paid for, and nobody is told of a wrong one", &[
        page("Config: Evaluating resources with rules", "https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config.html"),
    ]),
    ("recovery-backups", "a mistake takes the users' data along", &[
        page("RDS: Introduction to backups", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html"),
        page("RDS: Deleting a DB instance", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html"),
        ours("requirement D2: 7 days"),
    ]),
    ("recovery-protect", "one wrong command takes the users' data along", &[
        ours("requirement of the disaster recovery: what is lost with one command"),
    ]),
    ("rotated-key", "whoever has learned the key's material has it for ever", &[
        page("KMS: Rotate AWS KMS keys", "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html"),
    ]),
    ("service-region", "the deployment stops half-way: AWS has no such service there", &[
        page("AWS: Service endpoints and quotas", "https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html"),
        page("`resources/specs/data/regions.txt`, made on 2026-11-30 from the endpoints of botocore 1.44.8", "https://pypi.org/project/botocore/1.44.8/"),
    ]),
    ("supported-database", "the company pays Extended Support, and then gets no corrections", &[
        page("RDS: Release calendars for PostgreSQL", "https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html"),
        page("RDS: Extended Support", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html"),
    ]),
    ("supported-node", "the site is no longer built", &[
        page("Amplify: Supported features, Node.js versions", "https://docs.aws.amazon.com/amplify/latest/userguide/ssr-supported-features.html"),
        page("Amplify: Customizing the build image", "https://docs.aws.amazon.com/amplify/latest/userguide/custom-build-image.html"),
    ]),
    ("supported-runtime", "AWS takes no new version of the function, and corrects nothing", &[
        page("Lambda: Runtimes, deprecation", "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"),
        page("`resources/specs/data/runtimes.txt`, read on 2026-11-30 from cfn-lint 1.58.0", "https://pypi.org/project/cfn-lint/1.58.0/"),
    ]),
    ("tls-api", "whoever listens on the way reads users' data", &[
        page("API Gateway: Choose a security policy for your custom domain", "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html"),
    ]),
    ("tls-bucket", "whoever listens on the way reads what is stored", &[
        page("S3: Security best practices, enforce encryption of data in transit", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html"),
    ]),
    ("tls-database", "whoever listens in the network reads the data", &[
        page("RDS: Using SSL with a PostgreSQL DB instance", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html"),
    ]),
    ("tls-edge", "whoever listens on the way reads users' tokens", &[
        page("CloudFront: Require HTTPS for communication between viewers and CloudFront", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-viewers-to-cloudfront.html"),
        page("CloudFront: Supported protocols and ciphers between viewers and CloudFront", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html"),
        page("CloudFront: Require HTTPS between CloudFront and your custom origin", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-cloudfront-to-custom-origin.html"),
    ]),
    ("tls-mail", "whoever listens on the way reads mail to users", &[
        page("SES: Amazon SES and security protocols", "https://docs.aws.amazon.com/ses/latest/dg/security-protocols.html"),
    ]),
    ("tls-proxy", "whoever listens in the network reads the data", &[
        page("RDS Proxy: concepts and terminology, Using TLS/SSL", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.howitworks.html"),
    ]),
    ("tls-webhook", "whoever listens on the way reads what alarms say", &[
        page("SNS: HTTP/S endpoints", "https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html"),
        page("SNS: Security best practices", "https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html"),
    ]),
    ("works-apart", "one user sees the data of another", &[
        page("CloudFront: Control the cache key with a policy", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-the-cache-key.html"),
    ]),
    ("works-binary", "uploads and reports arrive broken", &[
        page("API Gateway: Binary media types for REST APIs", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html"),
        page("WAF: Baseline rule groups, SizeRestrictions_BODY", "https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html"),
    ]),
    ("works-cache", "one user sees the data of another", &[
        page("API Gateway: Cache settings for REST APIs, cache keys", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html"),
    ]),
    ("works-certificate", "the deployment stops: the certificate or firewall is not where it is looked for", &[
        page("CloudFront: Requirements for using SSL/TLS certificates", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html"),
        page("API Gateway: Set up a Regional custom domain name", "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html"),
        page("WAF: Resources that you can protect, and their regions", "https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html"),
    ]),
    ("works-cors", "the browser throws each answer away: users see an empty site", &[
        page("Fetch standard, CORS protocol", "https://fetch.spec.whatwg.org/#http-cors-protocol"),
        page("API Gateway: CORS for REST APIs", "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html"),
        page("CloudFront: Understanding response headers policies", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html"),
    ]),
    ("works-database-user", "no function reaches the data: the database does not know as whom it logs in", &[
        page("RDS: Creating a database account using IAM authentication, rds_iam", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html"),
        page("PostgreSQL: CREATE ROLE", "https://www.postgresql.org/docs/15/sql-createrole.html"),
    ]),
    ("works-groups", "the log is kept for ever, and stands on after everything else is gone", &[
        page("API Gateway: Set up logging for REST APIs", "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"),
        page("RDS: Publishing logs to CloudWatch Logs", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html"),
        page("RDS Proxy: concepts and terminology, logging", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.howitworks.html"),
        page("Lambda: Working with function logs", "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html"),
    ]),
    ("works-kept", "users get an error though everything works again", &[
        page("CloudFront: How CloudFront caches HTTP 4xx and 5xx status codes", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html"),
    ]),
    ("works-level", "who looks for a fault finds nothing in the log", &[
        page("Lambda: Log-level filtering", "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html"),
    ]),
    ("works-limits", "users are refused at the load that is expected", &[
        page("API Gateway: Throttle requests to REST APIs", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html"),
        page("API Gateway: Usage plans and API keys for REST APIs", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html"),
        page("Lambda: Configuring reserved concurrency", "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"),
        page("Route 53: How Route 53 determines whether a health check is healthy", "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html"),
        USAGE,
    ]),
    ("works-mail", "mail to these addresses is returned to whoever wrote it", &[
        page("RFC 5321, section 5", "https://www.rfc-editor.org/rfc/rfc5321#section-5"),
        page("Route 53: Supported DNS record types, MX", "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html"),
    ]),
    ("works-methods", "users cannot save anything, or are taken for strangers", &[
        page("CloudFront: Cache behavior settings, allowed HTTP methods", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html"),
        page("CloudFront: Control origin requests with a policy", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-origin-requests.html"),
        page("CloudFront: Use managed origin request policies", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html"),
    ]),
    ("works-names", "whoever calls the name finds nobody, or the deployment waits for a certificate in vain", &[
        page("Route 53: Routing traffic to a CloudFront distribution", "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-to-cloudfront-distribution.html"),
        page("ACM: DNS validation", "https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html"),
        page("ACM: certificate characteristics", "https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html"),
    ]),
    ("works-on", "nobody gets an answer", &[
        page("CloudFront: DistributionConfig, Enabled", "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html"),
        page("WAF: Setting the web ACL default action in AWS WAF", "https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-default-action.html"),
        page("KMS: Enable and disable keys", "https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html"),
        page("VPC: Understanding Amazon DNS, DNS attributes for your VPC", "https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html"),
    ]),
    ("works-origin", "each call is answered with 403, and the site shows no data", &[
        page("CloudFront: Add custom headers to origin requests", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html"),
        page("API Gateway: Usage plans and API keys for REST APIs", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html"),
        page("API Gateway: Set up a Regional custom domain name", "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html"),
    ]),
    ("works-pages", "users get a bare error of CloudFront's, which the site cannot show", &[
        page("CloudFront: Creating a custom error page", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/creating-custom-error-pages.html"),
        page("IANA: Media types", "https://www.iana.org/assignments/media-types/media-types.xhtml"),
    ]),
    ("works-queries", "who looks for the cause of a failure gets an empty answer", &[
        page("CloudWatch Logs: Logs Insights query syntax", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html"),
        page("CloudWatch Logs: Filter pattern syntax", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"),
        page("Lambda: Log-level filtering, system log level event mapping", "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html"),
        page("CloudTrail: record contents", "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html"),
        page("PostgreSQL: Error Reporting and Logging", "https://www.postgresql.org/docs/15/runtime-config-logging.html"),
    ]),
    ("works-signed", "mail to users lands among spam, or is refused", &[
        page("SES: Easy DKIM", "https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html"),
        page("SES: Using a custom MAIL FROM domain", "https://docs.aws.amazon.com/ses/latest/dg/mail-from.html"),
    ]),
    ("works-site", "users cannot log in, or the site shows no data", &[
        ours("FinSight's own contract: the site, the API and the authorizer say the same"),
    ]),
    ("works-timeouts", "users get an error while the work goes on, and holds a connection that others wait for", &[
        page("API Gateway: Quotas for configuring and running a REST API, integration timeout", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"),
        page("CloudFront: Origin settings, response timeout", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html"),
        page("RDS Proxy: Getting started, connection borrow timeout", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-setup.html"),
        page("PostgreSQL: Client Connection Defaults, statement_timeout", "https://www.postgresql.org/docs/15/runtime-config-client.html"),
    ]),
    ("works-windows", "the database is neither backed up nor kept up to date, a copy is refused, or an alarm goes off for nothing", &[
        page("RDS: Stopping a DB instance temporarily", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html"),
        page("RDS: Maintaining a DB instance", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Maintenance.html"),
        page("RDS: Introduction to backups, Backup window", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html"),
        page("RDS: Creating a DB snapshot", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CreateSnapshot.html"),
        page("RDS: StopDBInstance, InvalidDBInstanceState", "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StopDBInstance.html"),
        page("EventBridge Scheduler: Monitoring with CloudWatch, TargetErrorCount", "https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html"),
    ]),
    ("works-writes", "a user who has saved something sees what was there before", &[
        page("CloudFront: Manage how long content stays in the cache", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html"),
    ]),
];
