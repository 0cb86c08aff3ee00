//! What is read in one request.

use std::collections::BTreeMap;

use crate::contract::{Call, OwnerId, Request};
use crate::plan::{About, Question};
use crate::program::Options;
use crate::state::{Row, Status};
use crate::urn::Urn;
use crate::value::Map;

/// At most this many resources are asked for in one request.
const BATCH: usize = 500;

/// What one request reads.
pub(super) struct Batch {
    pub type_name: String,
    pub region: String,
    pub rows: Vec<Row>,
    /// Instead of a reading: what stands under the identity of what is to be created.
    pub question: Option<Question>,
    /// Whether it is what an answer has shown to wait for its deletion.
    pub waiting: bool,
    pub failures: u32,
    /// For how long a first absence was doubted, in milliseconds.
    pub doubted: u64,
    /// Of whose name a read has shown somebody else's, and how long into the doubt that was: it is ours
    /// again after a whole lag without such a read.
    pub disputed: BTreeMap<OwnerId, u64>,
    pub done: bool,
}

impl Batch {
    /// What is asked for it, and the name under which it is asked.
    pub(super) fn request(&self) -> (Urn, Request) {
        let (urn, call) = match &self.question {
            Some(question) => {
                let call = match &question.about {
                    About::Identity(inputs) => Call::Look { inputs: inputs.clone() },
                    About::Holders(_, target) => Call::Holders { target: (**target).clone() },
                    About::LetStand(_, target) => Call::Read { targets: vec![(**target).clone()] },
                };
                (&question.urn, call)
            }
            None => {
                let first = self.rows.first().expect("a batch without a question has rows");
                (&first.urn, Call::Read { targets: self.rows.iter().map(Row::target).collect() })
            }
        };
        let request = Request { type_name: self.type_name.clone(), region: self.region.clone(), call };
        (urn.clone(), request)
    }
}

/// The rows by type and region.
pub(super) fn batches_of(rows: impl IntoIterator<Item = Row>) -> Vec<Batch> {
    let mut groups: BTreeMap<(String, String), Vec<Row>> = BTreeMap::new();
    for row in rows {
        let key = (row.urn.type_name().to_owned(), row.region.clone());
        groups.entry(key).or_default().push(row);
    }
    groups
        .into_iter()
        .flat_map(|((type_name, region), rows)| {
            rows.chunks(BATCH)
                .map(|rows| batch(type_name.clone(), region.clone(), rows.to_vec()))
                .collect::<Vec<_>>()
        })
        .collect()
}

pub(super) fn batch(type_name: String, region: String, rows: Vec<Row>) -> Batch {
    Batch {
        type_name,
        region,
        rows,
        question: None,
        waiting: false,
        failures: 0,
        doubted: 0,
        disputed: BTreeMap::new(),
        done: false,
    }
}

/// What is on no record, as a row without an incarnation.
pub(super) fn unrecorded(urn: Urn, id: String, region: String, inputs: Map) -> Row {
    Row {
        urn,
        owner: OwnerId(String::new()),
        id,
        account: String::new(),
        region,
        inputs,
        outputs: Map::new(),
        edges: Vec::new(),
        status: Status::Ready,
        configured: true,
        options: Options::default(),
        locked: false,
        interim: None,
        former: Vec::new(),
    }
}
