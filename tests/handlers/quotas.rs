//! Quotas: what goes beyond one is refused by the embedded AWS as AWS does it, and every handler says so.

use finsight_engine::contract::FailureClass;
use finsight_specs::quotas::{Counts, Quota};
use serde_json::Value as Json;

use crate::fixture::Fixture;
use crate::life::Life;
use crate::runtime;

/// The inputs with which a fixture has something of what a quota counts.
fn inputs<'a>(fixture: &'a Fixture, quota: &Quota) -> Vec<(&'a str, Json)> {
    let mut inputs = Vec::new();
    if let Counts::Entries(name) | Counts::Characters(name) | Counts::AllCharacters(name) = quota.counts
        && let Some((property, (one, other))) = fixture.samples.get_key_value(name)
    {
        inputs.extend(fixture.beside(name));
        let fuller = if one.to_string().len() >= other.to_string().len() { one } else { other };
        inputs.push((property.as_str(), fuller.clone()));
    }
    if let Some((name, value)) = quota.only {
        inputs.push((name, value.into()));
    }
    inputs
}

/// Quotas of kinds that the embedded AWS or the type's handler does not make, with the reason.
const NOT_MADE: &[(&str, &str)] = &[];

#[test]
fn one_more_than_a_quota_is_refused_in_aws_s_words() {
    runtime().block_on(async {
        let mut tried = 0;
        for quota in Quota::all() {
            if NOT_MADE.iter().any(|(what, _)| *what == quota.what) {
                continue;
            }
            let fixture = Fixture::of(quota.type_name);
            let graph = fixture.graph(&inputs(&fixture, &quota));
            let mut roomy = Life::new().await;
            let outcome = roomy.up(&graph).await;
            assert!(outcome.succeeded(), "{}: {:?}", quota.what, outcome.errors);
            let n = roomy.cloud.counted(quota.what);
            assert!(n > 0, "{}: nothing is counted", quota.what);

            let mut full = Life::new().await;
            full.cloud.set_quota(quota.what, n - 1);
            let outcome = full.up(&graph).await;
            let (status, code) = full.cloud.quota_refusal(quota.what).expect("what AWS says");
            let refused = outcome.errors.iter().filter_map(|(_, error)| error.failure.as_ref());
            let class = if code == "MalformedXML" { FailureClass::Invalid } else { FailureClass::Quota };
            let said: Vec<_> = refused.map(|failure| (failure.class, failure.code.clone())).collect();
            let wanted = (class, code.clone());
            assert!(said.contains(&wanted), "{}: {status} {code}, and {:?}", quota.what, outcome.errors);
            assert!(full.cloud.counted(quota.what) < n, "{}: it is there all the same", quota.what);
            tried += 1;
        }
        println!("quotas: {tried} of {} were gone beyond, each refused", Quota::all().len());
    });
}
