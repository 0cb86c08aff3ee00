//! Someone else changes any one property of the running prod stack, or deletes a resource of it: `drift` finds
//! that and nothing else. The cases are generated: all that `drift` can see, of every type of the stack.

#![allow(clippy::print_stdout)]

mod changes;
mod deletions;
mod known;
mod outsider;
mod prod;
mod samples;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// The types under test: all, or those that `FINSIGHT_TYPES` names, such as `aws:sns,aws:rds:DBProxy`.
fn is_subject(type_name: &str) -> bool {
    let wanted = std::env::var("FINSIGHT_TYPES").unwrap_or_default();
    wanted.is_empty() || wanted.split(',').any(|prefix| type_name.starts_with(prefix))
}
