//! What a restore leaves: the database as it was before, under another name.

use finsight_aws::ops::database;
use finsight_aws::session::Region;
use finsight_driver::clock::now;
use finsight_engine::state::{Entry, Finish, Remnant, Row};
use finsight_specs::rds::BEFORE_RESTORE;

/// The end of a restore, as the entries of its record: where it succeeded and the old instance stands under this
/// name, it is on record as kept.
pub async fn restored(aws: &Region, row: &Row, before: &str, record: Finish) -> Vec<Entry> {
    // What cannot be asked is taken to stand: the next run that looks knows better.
    let stands = async || database::look(aws, &[before]).await.map_or(true, |found| !found.is_empty());
    let left = record.result == "succeeded" && stands().await;
    let left = left.then(|| Remnant::named(&BEFORE_RESTORE, row, before.to_owned(), now()));
    let left = left.map(|remnant| Entry::Left { remnant: Box::new(remnant) });
    left.into_iter().chain([Entry::UpdateFinished { record }]).collect()
}
