//! Which metrics AWS's services publish, under which dimensions.

/// Metrics of a service that share their sets of dimensions.
struct Published {
    namespace: &'static str,
    /// Sets of dimensions; one of them, whole, is in an alarm.
    dimensions: &'static [&'static [&'static str]],
    names: &'static [&'static str],
}

/// The page of AWS's documents that lists a service's metrics.
const PAGES: &[(&str, &str)] = &[
    ("AWS/ApiGateway", "Amazon API Gateway dimensions and metrics"),
    ("AWS/CloudFront", "Types of metrics for CloudFront"),
    ("AWS/Lambda", "Types of metrics for Lambda functions"),
    (
        "AWS/RDS",
        "Amazon CloudWatch metrics for Amazon RDS; Monitoring RDS Proxy metrics with Amazon CloudWatch",
    ),
    ("AWS/Route53", "Viewing Route 53 health check metrics on the CloudWatch console"),
    ("AWS/SES", "Retrieving Amazon SES event data from CloudWatch"),
    ("AWS/SNS", "Monitoring Amazon SNS topics using CloudWatch"),
    ("AWS/Scheduler", "Monitoring Amazon EventBridge Scheduler with Amazon CloudWatch"),
    ("AWS/WAFV2", "AWS WAF metrics and dimensions"),
];

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
            "PostRuntimeExtensionsDuration",
            "ProvisionedConcurrencyInvocations",
            "ProvisionedConcurrencySpilloverInvocations",
            "ProvisionedConcurrencyUtilization",
            "ProvisionedConcurrentExecutions",
            "RecursiveInvocationsDropped",
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
            "EBSByteBalance%",
            "EBSIOBalance%",
            "FreeStorageSpace",
            "FreeableMemory",
            "MaximumUsedTransactionIDs",
            "NetworkReceiveThroughput",
            "NetworkTransmitThroughput",
            "OldestReplicationSlotLag",
            "ReadIOPS",
            "ReadLatency",
            "ReadThroughput",
            "ReplicaLag",
            "ReplicationSlotDiskUsage",
            "SwapUsage",
            "TransactionLogsDiskUsage",
            "TransactionLogsGeneration",
            "WriteIOPS",
            "WriteLatency",
            "WriteThroughput",
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
        names: &["HealthCheckPercentageHealthy", "HealthCheckStatus"],
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
            "NumberOfNotificationsFilteredOut",
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
        ],
    },
];

/// Why a metric does not exist; `None` where it does, and for services that are not listed here.
pub(super) fn missing(
    namespace: &str,
    name: &str,
    mut dimensions: Vec<&str>,
    region: &str,
) -> Option<String> {
    let (_, page) = PAGES.iter().find(|(of, _)| *of == namespace)?;
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
