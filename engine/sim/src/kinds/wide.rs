//! Types that hardships bring along: what they do is not known to every program.

use std::collections::BTreeSet;

use finsight_engine::schema::{Equality, Identity, Kind, LetsGo, TypeSpec};
use finsight_engine::value::Value;

use super::{VAULT, kind, output, property, required, tags};
use crate::hardship::Hardship;

/// The types of these hardships, besides [`super::specs`].
#[must_use]
pub fn specs(hardships: &BTreeSet<Hardship>) -> Vec<TypeSpec> {
    let mut specs = Vec::new();
    let mut add = |of: &[Hardship], types: Vec<TypeSpec>| {
        if of.iter().any(|one| hardships.contains(one)) {
            specs.extend(types);
        }
    };
    add(&[Hardship::Claims, Hardship::Needless], vec![site()]);
    add(&[Hardship::Needless], vec![record()]);
    add(&[Hardship::Policies], vec![group()]);
    add(&[Hardship::Users], vec![balancer(), ledger()]);
    add(&[Hardship::Waiting], vec![secret(), key()]);
    add(&[Hardship::Holders], vec![zone(), entry()]);
    specs
}

/// Its names and its host are claims that a change in place takes and gives up.
fn site() -> TypeSpec {
    let names = property("names", Kind::List).unordered().default(Vec::<Value>::new());
    let host = property("host", Kind::Text).absent();
    TypeSpec {
        exclusive: &[&["names"], &["host"]],
        ..kind(
            "sim:edge:Site",
            Identity::Minted { token: true },
            vec![names, host, property("note", Kind::Text).default(""), tags()],
            // It may change with an update, and mostly does not.
            vec![output("domain", true, false)],
        )
    }
}

/// It goes first, by its name, when what it points to changes.
fn record() -> TypeSpec {
    kind(
        "sim:edge:Record",
        Identity::Named { property: "record_name" },
        vec![required("record_name"), required("target"), property("note", Kind::Text), tags()],
        Vec::new(),
    )
}

fn group() -> TypeSpec {
    kind(
        "sim:id:Group",
        Identity::Named { property: "group_name" },
        vec![
            required("group_name"),
            property("policies", Kind::Map)
                .equality(Equality::PolicyMap)
                .default(finsight_engine::value::Map::new()),
            tags(),
        ],
        vec![output("arn", false, false)],
    )
}

/// It stands through a change of all that it uses, and holds each in another way.
fn balancer() -> TypeSpec {
    let parent = finsight_engine::schema::Property::new("parent_id", Kind::Text, true, "A property.");
    let members =
        finsight_engine::schema::Property::new("member_ids", Kind::List, true, "A property.").unordered();
    kind(
        "sim:app:Balancer",
        Identity::Minted { token: false },
        vec![
            parent.lets_go(LetsGo::Changed),
            members.lets_go(LetsGo::Shrunk),
            property("role", Kind::Text).absent().lets_go(LetsGo::Emptied),
            property("watched", Kind::Text).absent().lets_go(LetsGo::Free),
            property("note", Kind::Text).default(""),
            tags(),
        ],
        vec![output("arn", false, false)],
    )
}

/// It does not let go as long as it stands, and what it holds is lost with it.
fn ledger() -> TypeSpec {
    let seat = finsight_engine::schema::Property::new("seat", Kind::Text, true, "A property.");
    TypeSpec {
        data: Some(VAULT),
        ..kind(
            "sim:db:Ledger",
            Identity::Named { property: "ledger_name" },
            vec![
                required("ledger_name"),
                seat.replace().lets_go(LetsGo::Never),
                property("skip_snapshot", Kind::Bool).write_only().default(true),
                tags(),
            ],
            Vec::new(),
        )
    }
}

fn secret() -> TypeSpec {
    TypeSpec {
        restorable: true,
        pending: false,
        ..kind(
            "sim:keep:Secret",
            Identity::Named { property: "secret_name" },
            vec![required("secret_name"), property("note", Kind::Text).default(""), tags()],
            vec![output("arn", false, false)],
        )
    }
}

fn key() -> TypeSpec {
    TypeSpec {
        restorable: true,
        ..kind(
            "sim:keep:Key",
            Identity::Minted { token: false },
            vec![property("note", Kind::Text).default(""), tags()],
            vec![output("arn", false, false)],
        )
    }
}

/// Entries of other hands keep it from being deleted.
fn zone() -> TypeSpec {
    TypeSpec {
        held: true,
        ..kind(
            "sim:net:Zone",
            Identity::Minted { token: true },
            vec![property("note", Kind::Text).default(""), tags()],
            Vec::new(),
        )
    }
}

fn entry() -> TypeSpec {
    kind(
        "sim:net:Entry",
        Identity::Child { key: &["zone_id", "slot"] },
        vec![required("zone_id"), required("slot")],
        Vec::new(),
    )
}
