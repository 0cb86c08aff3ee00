//! How long the store takes, in a directory of the system's choice: prints, and asserts nothing.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use finsight_engine::contract::OwnerId;
use finsight_engine::program::Options;
use finsight_engine::state::{Edge, Entry, Finish, Intent, Operation, Removal, Row, Status};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};
use finsight_state::{Holder, LocalStore, verify};

const STACK: &str = "bench";

fn inputs(number: usize) -> Map {
    let text =
        |key: usize| (format!("property_{key}"), Value::text(format!("value {number} {key}").repeat(4)));
    (0..15).map(text).collect()
}

fn intent(number: usize) -> Result<Vec<Entry>, Box<dyn Error>> {
    let intent = Intent {
        owner: OwnerId(format!("o{number}")),
        urn: Urn::new(STACK, "bench", "aws:ec2:Subnet", &format!("n{number}"))?,
        operation: Operation::Create,
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        inputs: inputs(number),
        edges: Vec::new(),
        options: Options::default(),
    };
    Ok(vec![Entry::Intended { intent }])
}

fn result(number: usize) -> Result<Vec<Entry>, Box<dyn Error>> {
    let row = Row {
        urn: Urn::new(STACK, "bench", "aws:ec2:Subnet", &format!("n{number}"))?,
        owner: OwnerId(format!("o{number}")),
        id: format!("subnet-{number}"),
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        inputs: inputs(number),
        outputs: Map::new(),
        edges: Vec::new(),
        status: Status::Ready,
        options: Options::default(),
        configured: true,
        locked: false,
        interim: None,
        former: Vec::new(),
    };
    Ok(vec![Entry::RowPut { row: Box::new(row) }, Entry::Settled { owner: OwnerId(format!("o{number}")) }])
}

fn started() -> Entry {
    Entry::UpdateStarted { command: "up".into(), who: "bench".into(), at: String::new() }
}

fn finished() -> Entry {
    Entry::UpdateFinished {
        record: Finish {
            result: "succeeded".into(),
            at: String::new(),
            seconds: 1.0,
            summary: std::collections::BTreeMap::new(),
            errors: Vec::new(),
        },
    }
}

fn timed<T>(what: &str, work: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<T, Box<dyn Error>> {
    let begun = Instant::now();
    let value = work()?;
    println!("{what:55} {:?}", begun.elapsed());
    Ok(value)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn run(base: &Path, rows: usize) -> Result<(), Box<dyn Error>> {
    println!("-- {rows} resources");
    let holder = Holder::now("bench", "bench");
    let mut store = LocalStore::lock(base, STACK, &holder, None)?;
    store.append(vec![started()])?;
    let mut times = Vec::new();
    for number in 0..rows {
        let begun = Instant::now();
        store.append(intent(number)?)?;
        times.push(begun.elapsed());
        store.append(result(number)?)?;
    }
    println!("{:55} {:?}", "append one record, on disk: median", median(times));
    drop(store);
    timed("read, replaying the whole log", || Ok(LocalStore::read(base, STACK, None)?))?;
    let mut store =
        timed("lock after a kill (index built again)", || Ok(LocalStore::lock(base, STACK, &holder, None)?))?;
    let group: Vec<Vec<Entry>> = (rows..rows + 10).map(intent).collect::<Result<_, _>>()?;
    timed("append a group of 10 records", || Ok(store.append_group(group)?))?;
    timed("finish an update: record, snapshot, index", || Ok(store.append(vec![finished()])?))?;
    let _ = store.close();
    timed("read from a snapshot", || Ok(LocalStore::read(base, STACK, None)?))?;
    timed("lock and close, nothing to do", || {
        let store = LocalStore::lock(base, STACK, &holder, None)?;
        Ok(store.close())
    })?;
    timed("verify", || Ok(verify(base, STACK, None, None)?))?;
    Ok(())
}

/// Each stands on the one before, and all on the first.
fn standing(number: usize) -> Result<Row, Box<dyn Error>> {
    let Entry::RowPut { row } = result(number)?.swap_remove(0) else { return Err("no row".into()) };
    let on = |number: usize| -> Result<Edge, Box<dyn Error>> {
        let urn = Urn::new(STACK, "bench", "aws:ec2:Subnet", &format!("n{number}"))?;
        Ok(Edge { urn, owner: OwnerId(format!("o{number}")), via: "x".into() })
    };
    let edges = if number == 0 { Vec::new() } else { vec![on(0)?, on(number - 1)?] };
    Ok(Row { edges, ..*row })
}

fn deleting(row: &Row) -> Entry {
    Entry::Intended {
        intent: Intent {
            owner: row.owner.clone(),
            urn: row.urn.clone(),
            operation: Operation::Delete,
            account: String::new(),
            region: String::new(),
            inputs: Map::new(),
            edges: Vec::new(),
            options: Options::default(),
        },
    }
}

/// What a record costs beside so many rows; the groups that fill the store are not measured.
fn beside(base: &Path, rows: usize) -> Result<(), Box<dyn Error>> {
    const MEASURED: usize = 200;
    let holder = Holder::now("bench", "bench");
    let mut store = LocalStore::lock(base, STACK, &holder, None)?;
    store.append(vec![started()])?;
    for first in (0..rows).step_by(100) {
        let fill = (first..first + 100).map(|number| {
            let row = Box::new(standing(number)?);
            Ok(vec![Entry::RowPut { row }])
        });
        store.append_group(fill.collect::<Result<_, Box<dyn Error>>>()?)?;
    }
    store.append(vec![finished(), started()])?;
    let (mut create, mut done, mut delete, mut gone) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut measure = |times: &mut Vec<Duration>, record: Vec<Entry>| -> Result<(), Box<dyn Error>> {
        let begun = Instant::now();
        store.append(record)?;
        times.push(begun.elapsed());
        Ok(())
    };
    for number in rows..rows + MEASURED {
        measure(&mut create, intent(number)?)?;
        let row = standing(number)?;
        let owner = row.owner.clone();
        measure(&mut done, vec![Entry::RowPut { row: Box::new(row) }, Entry::Settled { owner }])?;
    }
    for number in (rows..rows + MEASURED).rev() {
        let row = standing(number)?;
        measure(&mut delete, vec![deleting(&row)])?;
        let owner = row.owner;
        let removed = Entry::RowRemoved { owner: owner.clone(), why: Removal::Deleted };
        measure(&mut gone, vec![removed, Entry::Settled { owner }])?;
    }
    for (what, times) in
        [("intent to create", create), ("row", done), ("intent to delete", delete), ("removal", gone)]
    {
        println!("{:55} {:?}", format!("record beside {rows} rows, {what}: median"), median(times));
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    for rows in [500, 2000, 8000] {
        let dir = tempfile::tempdir()?;
        beside(dir.path(), rows)?;
    }
    for rows in [150, 1000] {
        let dir = tempfile::tempdir()?;
        run(dir.path(), rows)?;
    }
    Ok(())
}
