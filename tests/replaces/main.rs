//! Every resource type is replaced under what stands on it and stays: by `--replace`, by a change of each
//! property that cannot be changed in place, and by another name in the program.
//!
//! Each case begins with a stack as it stood: the whole of prod, or dev or staging where prod has none of the
//! type, or else the fixture of the type. It ends well, with nothing left to do, or it is refused before
//! anything changes, by a text that names what stands in the way and the way out. Of all that the plan left alone,
//! the account knows the same as before. A sample of the cases is
//! tried, the same one unless `SEED` says otherwise. `FINSIGHT_CASES=all` tries all, a number so many; `SEED=n` takes the
//! sample again that a run has printed; `FINSIGHT_TYPES=aws:sns,aws:rds:DBProxy` takes these types only.
//!
//! ```console
//! $ FINSIGHT_CASES=all cargo test -p finsight-deploy --test replaces -- --nocapture
//! ```
#![allow(clippy::print_stdout)]
#![allow(clippy::disallowed_methods, reason = "which cases are tried can be said by the environment")]

mod bounds;
mod cases;
#[path = "../handlers/kept/facts.rs"]
mod facts;
#[path = "../handlers/fixture.rs"]
#[allow(dead_code, reason = "the tests of handlers use all of it")]
mod fixture;
mod known;
mod others;
mod references;
mod stand;
mod tally;
mod verdict;
mod world;

use cases::{Kind, Stands};

/// How many cases of each kind are tried, unless all are.
const SAMPLE: [usize; 3] = [10, 10, 5];

/// Every type is in a case of `--replace` and of a rename, by `Stands::cases`; which are in none of a property is said.
#[test]
fn what_no_property_replaces_is_said_with_its_reason() {
    known::KNOWN.check(&finsight_specs::registry());
}

#[test]
fn every_type_is_replaced_on_demand() {
    tally::run("replaced by --replace", SAMPLE[0], |stands: &Stands| stands.cases(&Kind::Replace));
}

#[test]
fn every_type_is_replaced_by_each_property_that_cannot_be_changed() {
    tally::run("replaced by a property", SAMPLE[1], Stands::changes);
}

#[test]
fn every_type_is_renamed() {
    tally::run("renamed", SAMPLE[2], |stands: &Stands| stands.cases(&Kind::Rename));
}
