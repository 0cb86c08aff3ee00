//! The same of the rules from `reach-callers` on.

use super::words::{USAGE, Words};
use super::{ours, page};

#[rustfmt::skip]
pub(super) const WORDS: &[Words] = &[
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
        page("SES: Setting up VPC endpoints with Amazon SES", "https://docs.aws.amazon.com/ses/latest/dg/send-email-set-up-vpc-endpoints.html"),
        page("AWS CDK: SES interface VPC endpoint, as `describe-vpc-endpoint-services` lists it", "https://github.com/aws/aws-cdk/pull/36318"),
        ours("a secret that is put in by hand was given by somebody outside of AWS"),
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
        page("CloudFront: Origin settings, minimum origin SSL protocol", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html"),
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
        page("CloudFront: Use managed cache policies", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html"),
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
        ours("a page of the site makes five calls at once"),
    ]),
    ("works-mail", "mail to these addresses is returned to whoever wrote it", &[
        page("RFC 5321, section 5", "https://www.rfc-editor.org/rfc/rfc5321#section-5"),
        page("Route 53: Supported DNS record types, MX", "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html"),
        page("RFC 7505, section 3", "https://www.rfc-editor.org/rfc/rfc7505#section-3"),
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
        page("CloudFront: Use managed origin request policies", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html"),
        page("CloudFront: Use managed cache policies", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html"),
        page("CloudFront: Control origin requests with a policy", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-origin-requests.html"),
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
        page("EventBridge Scheduler: Schedule types", "https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"),
    ]),
    ("works-writes", "a user who has saved something sees what was there before", &[
        page("CloudFront: Manage how long content stays in the cache", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html"),
    ]),
];
