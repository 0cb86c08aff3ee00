//! Create twice, delete twice, read after write.

use std::time::Duration;

use finsight_engine::contract::{Call, FailureClass, Health, Live, Reading, Reply};
use finsight_engine::schema::Identity;
use finsight_engine::state::Row;

use crate::fixture::Fixture;
use crate::life::Life;
use crate::{runtime, subjects};

#[test]
fn create_twice_makes_one_or_is_found_out() {
    runtime().block_on(async {
        for spec in &subjects() {
            let fixture = Fixture::of(spec.name);
            let mut life = Life::new().await;
            life.reach(&fixture.graph(&[]), spec.name).await;
            let row = life.subject(spec.name);
            let create = Call::Create { owner: row.owner.clone(), inputs: row.inputs.clone() };
            let find = Call::Find { owner: row.owner.clone(), inputs: row.inputs.clone() };
            let again = life.call(&row, create).await;
            let found = match life.call(&row, find).await {
                Reply::Found(found) => found,
                other => panic!("{}: find answered {other:?}", spec.name),
            };
            let ours: Vec<&str> = found.iter().filter(|one| one.ours).map(|one| one.id.as_str()).collect();
            match again {
                // A token, or a name: the same one.
                Reply::Created { id } if id == row.id => assert_eq!(ours, [row.id.as_str()], "{}", spec.name),
                // Neither: a second one, which the owner tag finds.
                Reply::Created { id } => {
                    assert!(
                        matches!(spec.identity, Identity::Minted { .. }),
                        "{}: {id} beside {}",
                        spec.name,
                        row.id
                    );
                    assert!(ours.len() == 2 && ours.contains(&id.as_str()), "{}: found {ours:?}", spec.name);
                    delete(&life, &Row { id, ..row.clone() }).await;
                }
                Reply::Failed(failure) => {
                    assert_eq!(failure.class, FailureClass::Exists, "{}: {failure}", spec.name);
                    assert_eq!(ours, [row.id.as_str()], "{}", spec.name);
                }
                other => panic!("{}: create answered {other:?}", spec.name),
            }
            life.destroy(spec.name).await;
        }
    });
}

#[test]
fn delete_twice_is_gone_twice() {
    runtime().block_on(async {
        for spec in &subjects() {
            if matches!(spec.identity, Identity::Adopted { .. }) {
                continue;
            }
            let fixture = Fixture::of(spec.name);
            let mut life = Life::new().await;
            life.reach(&fixture.graph(&[]), spec.name).await;
            let row = life.subject(spec.name);
            delete(&life, &row).await;
            delete(&life, &row).await;
            let read = life.call(&row, Call::Read { targets: vec![row.target()] }).await;
            // What waits for its end is read, and comes back as the same.
            let waits = spec.waits(&row.inputs);
            let gone = |live: &Live| waits && matches!(live.health, Health::Deleting(_));
            let ended = match &read {
                Reply::Read(readings) => match readings.as_slice() {
                    [Reading::Absent] => !waits,
                    [Reading::Found(live)] => gone(live),
                    _ => false,
                },
                _ => false,
            };
            assert!(ended, "{}: {read:?}", spec.name);
            // Found gone, it is made anew.
            life.reach(&fixture.graph(&[]), spec.name).await;
            assert_eq!(life.subject(spec.name).owner == row.owner, waits, "{}", spec.name);
            life.destroy(spec.name).await;
            assert_eq!(serde_json::json!(life.cloud.status().await), serde_json::json!({}), "{}", spec.name);
        }
    });
}

/// Deletes until it is gone.
async fn delete(life: &Life, row: &Row) {
    for _ in 0..500 {
        match life.call(row, Call::Delete { target: row.target() }).await {
            Reply::Gone => return,
            Reply::Failed(failure) if failure.class == FailureClass::Absent => {
                let read = life.call(row, Call::Read { targets: vec![row.target()] }).await;
                if read == Reply::Read(vec![Reading::Absent]) {
                    return;
                }
            }
            Reply::Emptying { .. } => {}
            Reply::Deleting => {
                let read = life.call(row, Call::Read { targets: vec![row.target()] }).await;
                if read == Reply::Read(vec![Reading::Absent]) {
                    return;
                }
            }
            Reply::Failed(failure)
                if matches!(
                    failure.class,
                    FailureClass::Blocked | FailureClass::Transient | FailureClass::NotYet
                ) => {}
            other => panic!("{}: delete answered {other:?}", row.urn),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{} does not go", row.urn);
}
