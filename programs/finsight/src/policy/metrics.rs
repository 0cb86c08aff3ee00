//! Which metrics AWS's services publish, under which dimensions: of RDS those of PostgreSQL, of Lambda those of functions.

use super::explained::{Source, page};

/// Metrics of a service that share their sets of dimensions.
struct Published {
    namespace: &'static str,
    /// Sets of dimensions; one of them, whole, is in an alarm.
    dimensions: &'static [&'static [&'static str]],
    names: &'static [&'static str],
}

/// The pages of AWS's documents that list a service's metrics.
const PAGES: &[(&str, Source)] = &[
    (
        "AWS/ApiGateway",
        page(
            "API Gateway: dimensions and metrics",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
        ),
    ),
    (
        "AWS/CloudFront",
        page(
            "CloudFront: Use the CloudWatch API for metrics",
            "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html",
        ),
    ),
    (
        "AWS/Lambda",
        page(
            "Lambda: Types of metrics for Lambda functions",
            "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
        ),
    ),
    (
        "AWS/RDS",
        page(
            "RDS: Amazon CloudWatch metrics for Amazon RDS",
            "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html",
        ),
    ),
    (
        "AWS/RDS",
        page(
            "RDS Proxy: Monitoring metrics with CloudWatch",
            "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.monitoring.html",
        ),
    ),
    (
        "AWS/Route53",
        page(
            "Route 53: Monitoring health checks using CloudWatch",
            "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html",
        ),
    ),
    (
        "AWS/SES",
        page(
            "SES: Retrieving event data from CloudWatch",
            "https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-cloudwatch.html",
        ),
    ),
    (
        "AWS/SES",
        page(
            "SES: Creating reputation monitoring alarms using CloudWatch",
            "https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html",
        ),
    ),
    (
        "AWS/SNS",
        page(
            "SNS: Monitoring topics using CloudWatch",
            "https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html",
        ),
    ),
    (
        "AWS/Scheduler",
        page(
            "EventBridge Scheduler: Monitoring with CloudWatch",
            "https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html",
        ),
    ),
    (
        "AWS/WAFV2",
        page(
            "WAF: AWS WAF metrics and dimensions",
            "https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html",
        ),
    ),
];

/// The pages of all services.
pub(super) fn pages() -> impl Iterator<Item = Source> {
    PAGES.iter().map(|(_, page)| *page)
}

/// Services that publish in one region alone, wherever they are used from.
const GLOBAL: &[(&str, &str)] = &[("AWS/CloudFront", "us-east-1"), ("AWS/Route53", "us-east-1")];

const PUBLISHED: &[Published] = &[
    Published {
        namespace: "AWS/ApiGateway",
        dimensions: &[&["ApiName"], &["ApiName", "Stage"], &["ApiName", "Method", "Resource", "Stage"]],
        names: &[
            "4XXError",
            "5XXError",
            "CacheHitCount",
            "CacheMissCount",
            "Count",
            "IntegrationLatency",
            "Latency",
        ],
    },
    Published {
        namespace: "AWS/CloudFront",
        dimensions: &[&["DistributionId", "Region"]],
        names: &[
            "401ErrorRate",
            "403ErrorRate",
            "404ErrorRate",
            "4xxErrorRate",
            "502ErrorRate",
            "503ErrorRate",
            "504ErrorRate",
            "5xxErrorRate",
            "BytesDownloaded",
            "BytesUploaded",
            "CacheHitRate",
            "OriginLatency",
            "Requests",
            "TotalErrorRate",
        ],
    },
    Published {
        namespace: "AWS/Lambda",
        dimensions: &[
            &[],
            &["FunctionName"],
            &["FunctionName", "Resource"],
            &["ExecutedVersion", "FunctionName", "Resource"],
        ],
        names: &[
            "AsyncEventAge",
            "AsyncEventsDropped",
            "AsyncEventsReceived",
            "ConcurrentExecutions",
            "DeadLetterErrors",
            "DestinationDeliveryFailures",
            "Duration",
            "Errors",
            "Invocations",
            "IteratorAge",
            "OffsetLag",
            "OversizedRecordCount",
            "PostRuntimeExtensionsDuration",
            "ProvisionedConcurrencyInvocations",
            "ProvisionedConcurrencySpilloverInvocations",
            "ProvisionedConcurrencyUtilization",
            "ProvisionedConcurrentExecutions",
            "RecursiveInvocationsDropped",
            "SignatureValidationErrors",
            "Throttles",
        ],
    },
    Published {
        namespace: "AWS/Lambda",
        dimensions: &[&[]],
        names: &["ClaimedAccountConcurrency", "UnreservedConcurrentExecutions"],
    },
    Published {
        namespace: "AWS/RDS",
        dimensions: &[&[], &["DBInstanceIdentifier"], &["DatabaseClass"], &["EngineName"]],
        names: &[
            "BurstBalance",
            "CPUCreditBalance",
            "CPUCreditUsage",
            "CPUSurplusCreditBalance",
            "CPUSurplusCreditsCharged",
            "CPUUtilization",
            "CheckpointLag",
            "DatabaseConnections",
            "DiskQueueDepth",
            "DiskQueueDepthLogVolume",
            "EBSByteBalance%",
            "EBSIOBalance%",
            "FreeLocalStorage",
            "FreeLocalStoragePercent",
            "FreeStorageSpace",
            "FreeStorageSpaceLogVolume",
            "FreeableMemory",
            "IamDbAuthConnectionRequests",
            "MaximumUsedTransactionIDs",
            "NetworkReceiveThroughput",
            "NetworkTransmitThroughput",
            "OldestLogicalReplicationSlotLag",
            "OldestReplicationSlotLag",
            "ReadIOPS",
            "ReadIOPSLocalStorage",
            "ReadIOPSLogVolume",
            "ReadLatency",
            "ReadLatencyLocalStorage",
            "ReadLatencyLogVolume",
            "ReadThroughput",
            "ReadThroughputLocalStorage",
            "ReadThroughputLogVolume",
            "ReplicaLag",
            "ReplicationSlotDiskUsage",
            "SwapUsage",
            "TransactionLogsDiskUsage",
            "TransactionLogsGeneration",
            "WriteIOPS",
            "WriteIOPSLocalStorage",
            "WriteIOPSLogVolume",
            "WriteLatency",
            "WriteLatencyLocalStorage",
            "WriteLatencyLogVolume",
            "WriteThroughput",
            "WriteThroughputLocalStorage",
            "WriteThroughputLogVolume",
        ],
    },
    Published {
        namespace: "AWS/RDS",
        dimensions: &[
            &["ProxyName"],
            &["EndpointName", "ProxyName"],
            &["ProxyName", "Target", "TargetGroup"],
            &["ProxyName", "TargetGroup", "TargetRole"],
        ],
        names: &[
            "ClientConnections",
            "ClientConnectionsClosed",
            "ClientConnectionsNoTLS",
            "ClientConnectionsReceived",
            "ClientConnectionsSetupFailedAuth",
            "ClientConnectionsSetupSucceeded",
            "ClientConnectionsTLS",
            "DatabaseConnectionRequests",
            "DatabaseConnectionRequestsWithTLS",
            "DatabaseConnections",
            "DatabaseConnectionsBorrowLatency",
            "DatabaseConnectionsCurrentlyBorrowed",
            "DatabaseConnectionsCurrentlyInTransaction",
            "DatabaseConnectionsCurrentlySessionPinned",
            "DatabaseConnectionsSetupFailed",
            "DatabaseConnectionsSetupSucceeded",
            "DatabaseConnectionsWithTLS",
            "MaxDatabaseConnectionsAllowed",
            "QueryDatabaseResponseLatency",
            "QueryRequests",
            "QueryRequestsNoTLS",
            "QueryRequestsTLS",
            "QueryResponseLatency",
        ],
    },
    Published {
        namespace: "AWS/RDS",
        dimensions: &[&["ProxyName", "TargetGroup", "TargetRole"]],
        names: &["AvailabilityPercentage"],
    },
    Published {
        namespace: "AWS/Route53",
        dimensions: &[&["HealthCheckId"]],
        names: &[
            "ChildHealthCheckHealthyCount",
            "ConnectionTime",
            "HealthCheckPercentageHealthy",
            "HealthCheckStatus",
            "SSLHandshakeTime",
            "TimeToFirstByte",
        ],
    },
    Published {
        namespace: "AWS/SES",
        dimensions: &[&[]],
        names: &[
            "Bounce",
            "Complaint",
            "Delivery",
            "Reject",
            "Reputation.BounceRate",
            "Reputation.ComplaintRate",
            "Send",
        ],
    },
    Published {
        namespace: "AWS/SNS",
        dimensions: &[&["TopicName"]],
        names: &[
            "NumberOfMessagesPublished",
            "NumberOfNotificationsDelivered",
            "NumberOfNotificationsFailed",
            "NumberOfNotificationsFailedToRedriveToDlq",
            "NumberOfNotificationsFilteredOut",
            "NumberOfNotificationsFilteredOut-InvalidAttributes",
            "NumberOfNotificationsFilteredOut-InvalidMessageBody",
            "NumberOfNotificationsFilteredOut-NoMessageAttributes",
            "NumberOfNotificationsRedrivenToDlq",
            "PublishSize",
        ],
    },
    Published {
        namespace: "AWS/Scheduler",
        dimensions: &[&[], &["ScheduleGroup"]],
        names: &[
            "InvocationAttemptCount",
            "InvocationDroppedCount",
            "InvocationThrottleCount",
            "InvocationsFailedToBeSentToDeadLetterCount",
            "InvocationsSentToDeadLetterCount",
            "InvocationsSentToDeadLetterCount_Truncated_MessageSizeExceeded",
            "TargetErrorCount",
            "TargetErrorThrottledCount",
        ],
    },
    Published {
        namespace: "AWS/WAFV2",
        dimensions: &[&["Region", "Rule", "WebACL"], &["Rule", "WebACL"]],
        names: &[
            "AllowedRequests",
            "BlockedRequests",
            "CaptchaRequests",
            "ChallengeRequests",
            "CountedRequests",
            "PassedRequests",
            "RequestsWithValidCaptchaToken",
            "RequestsWithValidChallengeToken",
        ],
    },
];

/// Why a metric does not exist; `None` where it does. A namespace that no page here lists is as good as misspelt.
pub(super) fn missing(
    namespace: &str,
    name: &str,
    mut dimensions: Vec<&str>,
    region: &str,
) -> Option<String> {
    let listed = PAGES.iter().filter(|(of, _)| *of == namespace).filter_map(|(_, page)| page.url);
    let page = listed.collect::<Vec<_>>().join(", ");
    if page.is_empty() {
        return Some(format!(
            "unknown namespace {namespace}: no page of AWS's is listed here that has its metrics"
        ));
    }
    let home = GLOBAL.iter().find(|(of, _)| *of == namespace).map(|(_, home)| *home);
    if let Some(home) = home.filter(|home| *home != region) {
        return Some(format!(
            "{namespace} has its metrics in {home}, and they are looked for in {region} ({page})"
        ));
    }
    let named = || PUBLISHED.iter().filter(|one| one.namespace == namespace && one.names.contains(&name));
    if named().next().is_none() {
        return Some(format!("{namespace} publishes no metric {name} ({page})"));
    }
    dimensions.sort_unstable();
    let known = named().any(|one| one.dimensions.contains(&dimensions.as_slice()));
    (!known).then(|| {
        format!("{namespace} publishes {name} under other dimensions than {} ({page})", dimensions.join(", "))
    })
}
