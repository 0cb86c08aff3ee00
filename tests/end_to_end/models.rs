//! Every request of a stack's life fits AWS's model of it (`resources/local/models`).

use crate::support::Served;
use crate::support::storms::{CHANGES, removable_at};

/// Up, again, drift, a change, down; how many requests fit.
fn lived(stack: &'static str) -> u64 {
    let served = Served::new();
    let site = removable_at(stack, &served.url);
    for args in [&["up", "--yes"][..], &["up", "--yes"], &["drift"]] {
        site.run(args).ok();
    }
    for (old, new) in CHANGES {
        site.edit_config(old, new);
    }
    site.run(&["up", "--yes"]).ok();
    site.run(&["destroy", "--yes"]).ok();
    let judged = served.judged();
    assert_eq!(judged.misfits(), Vec::<String>::new(), "{stack}: AWS would refuse");
    judged.fit
}

#[test]
fn every_request_of_the_three_stacks_fits() {
    let mut all = 0;
    for stack in ["dev", "staging", "prod"] {
        let fit = lived(stack);
        println!("models: {stack}: {fit} requests, 0 refused");
        all += fit;
    }
    assert!(all > 5000, "{all} requests");
}
