use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_ec2::error::SdkError;
use finsight_local::{CallInfo, Fault, Faults, LocalCloud};

use crate::support::{code, ec2};

/// One fault for the first call of an operation.
struct Once {
    operation: &'static str,
    before: Option<Fault>,
    after: Option<Fault>,
    done: AtomicBool,
}

impl Once {
    fn of(operation: &'static str, before: Option<Fault>, after: Option<Fault>) -> Option<Arc<dyn Faults>> {
        Some(Arc::new(Once { operation, before, after, done: AtomicBool::new(false) }))
    }
}

impl Faults for Once {
    fn before(&self, call: &CallInfo) -> Option<Fault> {
        self.before
            .clone()
            .filter(|_| call.operation == self.operation && !self.done.swap(true, Ordering::SeqCst))
    }

    fn after(&self, call: &CallInfo) -> Option<Fault> {
        self.after
            .clone()
            .filter(|_| call.operation == self.operation && !self.done.swap(true, Ordering::SeqCst))
    }
}

#[tokio::test]
async fn a_fault_before_has_no_effect_and_one_after_has() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    let create = || ec2.create_vpc().cidr_block("10.0.0.0/16").send();
    let throttle =
        Fault::Respond { status: 503, code: "RequestLimitExceeded".into(), message: "slow down".into() };
    cloud.set_faults(Once::of("CreateVpc", Some(throttle), None));
    assert_eq!(code(create().await), "RequestLimitExceeded");
    cloud.set_faults(Once::of("CreateVpc", Some(Fault::DropConnection), None));
    let cut = create().await.unwrap_err();
    assert!(matches!(&cut, SdkError::DispatchFailure(e) if e.is_io()), "{cut:?}");
    assert!(cloud.status().await.is_empty());
    cloud.set_faults(Once::of("CreateVpc", None, Some(Fault::DropConnection)));
    assert!(matches!(create().await.unwrap_err(), SdkError::DispatchFailure(e) if e.is_io()));
    assert_eq!(cloud.status().await.count("aws:ec2:Vpc"), 1, "the answer was lost, the VPC is there");
    cloud.set_faults(Once::of("CreateVpc", None, Some(Fault::Delay(Duration::from_millis(50)))));
    let start = Instant::now();
    create().await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(50));
    cloud.set_faults(None);
    create().await.unwrap();
    assert_eq!(cloud.call_count(), 5);
}

#[tokio::test]
async fn calls_are_recorded() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    ec2.describe_vpcs().send().await.unwrap();
    ec2.create_vpc().cidr_block("10.0.0.0/16").send().await.unwrap();
    let seen: Vec<(String, u64, bool)> =
        cloud.calls().into_iter().map(|c| (c.operation, c.index, c.mutating)).collect();
    assert_eq!(seen, [("DescribeVpcs".to_owned(), 0, false), ("CreateVpc".to_owned(), 1, true)]);
}
