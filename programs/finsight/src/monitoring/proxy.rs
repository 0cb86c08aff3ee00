//! M3: alarms of the database proxy ("Monitoring RDS Proxy metrics with Amazon CloudWatch").

use finsight_engine::program::Output;
use finsight_specs::cloudwatch::Dimension;
use finsight_specs::ids::DbProxyName;

use super::watch::{Beat, Guard, Look, Watch, number};
use crate::config::DatabaseConfig;

/// Microseconds of a millisecond.
const MICROS: f64 = 1_000.0;

/// Its pool is full, is waited for, is pinned to single callers, or the database does not answer it. Silence is well: "some of
/// these metrics might not be visible until after the first successful connection".
pub(super) fn alarms(guard: &Guard<'_>, settings: &DatabaseConfig, proxy: &Output<DbProxyName>) {
    let limits = guard.config;
    let watch = |kind: &str, what: &str, metric: &str, statistic, threshold| Watch {
        what: format!("proxy-{kind}"),
        description: format!("FinSight: {what} of the database proxy"),
        namespace: "AWS/RDS",
        metric: metric.to_owned(),
        look: Look::At(statistic),
        beat: Beat::steady(limits),
        dimensions: vec![Dimension::of("ProxyName", proxy)],
        below: false,
        threshold,
    };
    // Each of its hosts has a value of its own each minute: all of them in one.
    let each_minute = Beat { period: 60, ..Beat::steady(limits) };
    let share = |percent: i64| number(settings.proxy.max_connections * percent) / 100.0;
    let connections = share(limits.proxy_connections_percent);
    guard.watch(Watch {
        beat: each_minute,
        ..watch("connections", "connections", "DatabaseConnections", "Sum", connections)
    });
    let pinned = share(limits.proxy_pinned_percent);
    guard.watch(Watch {
        beat: each_minute,
        ..watch("pinned", "pinned connections", "DatabaseConnectionsCurrentlySessionPinned", "Sum", pinned)
    });
    // In microseconds.
    let borrowing = number(limits.proxy_borrow_ms) * MICROS;
    let waits = watch(
        "borrowing",
        "waits for a connection",
        "DatabaseConnectionsBorrowLatency",
        "Average",
        borrowing,
    );
    guard.watch(waits);
    // It has the dimensions of a role alone: those of the one group that a proxy has, and of its one writer.
    guard.watch(Watch {
        dimensions: vec![
            Dimension::of("ProxyName", proxy),
            Dimension::new("TargetGroup", "default"),
            Dimension::new("TargetRole", "READ_WRITE"),
        ],
        below: true,
        ..watch(
            "availability",
            "availability",
            "AvailabilityPercentage",
            "Average",
            number(limits.proxy_availability_percent),
        )
    });
}
