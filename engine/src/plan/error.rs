//! Why there is no plan.

use crate::contract::OwnerId;
use crate::urn::Urn;

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A selection that fits nothing.
    #[error("`{pattern}` fits no resource of the stack{}", names_like(.near))]
    NoSuchUrn {
        /// The pattern.
        pattern: String,
        /// Names like it.
        near: Vec<String>,
    },
    /// A resource that a destroy is to spare, and that is not on record.
    #[error(
        "`{pattern}` is to be spared and fits no resource on record, so nothing would be spared; `finsight-deploy state list` lists what is there, and what the program has renamed goes by its old name until `up`"
    )]
    NotOnRecord {
        /// The pattern.
        pattern: String,
    },
    /// A selected resource needs one that does not exist and is not selected.
    #[error(
        "{from} needs {to}, which does not exist yet and is not selected; select it too, or make it first: `finsight-deploy up --target {to}`"
    )]
    Unselected {
        /// Who needs.
        from: Urn,
        /// What.
        to: Urn,
    },
    /// A selected resource would be built on one that does not stay as it is, and that is not selected.
    #[error(
        "{from} would be built on {to}, which {why} and is not selected; select it too, or bring that to its end first: `finsight-deploy up --target {to}`"
    )]
    Unfit {
        /// What would be built.
        from: Urn,
        /// On what.
        to: Urn,
        /// Why not.
        why: &'static str,
    },
    /// A selected resource would stand on what stands on it and is left alone.
    #[error(
        "{urn} is to stand on {other} by its `{property}`, and {other} is on record as standing on it and is not selected: neither could be deleted any more; select {other} too"
    )]
    TurnedRound {
        /// Who is to stand on it.
        urn: Urn,
        /// By which property.
        property: String,
        /// What stands on it.
        other: Urn,
    },
    /// Resources that are not selected stand on one that is to be deleted.
    #[error(
        "{urn} cannot be deleted alone: {dependent} stands on it; {}",
        if *.spared { "give --exclude for it too" } else { "select it too, or give --target-dependents" }
    )]
    StillNeeded {
        /// What is to be deleted.
        urn: Urn,
        /// Who needs it.
        dependent: Urn,
        /// Whether something is to be spared, and this goes with it.
        spared: bool,
    },
    /// A protected resource would be deleted or replaced.
    #[error(
        "{urn} is protected and would be {what}; take `protect` out of its options, or run `finsight-deploy state unprotect {urn}`"
    )]
    Protected {
        /// The resource.
        urn: Urn,
        /// `deleted` or `replaced`.
        what: String,
    },
    /// What AWS itself guards would be deleted or replaced.
    #[error(
        "{urn} would be {what}, but AWS refuses to delete it while its `{property}` is on; set that to false and run `up` first, or switch it off in AWS"
    )]
    Guarded {
        /// The resource.
        urn: Urn,
        /// `deleted` or `replaced`.
        what: String,
        /// The property that guards it.
        property: &'static str,
    },
    /// A change that AWS takes in one direction alone.
    #[error(
        "{urn} cannot go back from {property} {from} to {to}: AWS takes no earlier version; set {property} to what stands, or restore what was kept from before into a new resource"
    )]
    NoWayBack {
        /// The resource.
        urn: Urn,
        /// The property.
        property: &'static str,
        /// The version that stands.
        from: String,
        /// The one that is wanted.
        to: String,
    },
    /// Another major version, which AWS takes with a word alone.
    #[error(
        "{urn} would go from {property} {from} to {to}: AWS takes another major version only where {flag} is on, and no change takes it back; set {flag} in the program if that is meant, or leave {property} at what stands"
    )]
    MajorVersion {
        /// The resource.
        urn: Urn,
        /// The property.
        property: &'static str,
        /// The flag.
        flag: &'static str,
        /// The version that stands.
        from: String,
        /// The one that is wanted.
        to: String,
    },
    /// What holds data would lose it, and nobody confirmed it by name.
    #[error("{urn} holds {what} and would be {fate}; give `{flag} {name}` if that is meant")]
    HoldsData {
        /// The resource.
        urn: Urn,
        /// Its physical name.
        name: String,
        /// What it holds.
        what: &'static str,
        /// What would become of it, and why.
        fate: String,
        /// What the command takes as a confirmation.
        flag: &'static str,
    },
    /// What an operation has set would go with what it was set for.
    #[error(
        "{urn} keeps {what}, set by an operation, and its {changed} changes; give `--unpin {name}` if it is to follow the program again"
    )]
    Kept {
        /// The resource.
        urn: Urn,
        /// Its physical name.
        name: String,
        /// What it keeps.
        what: String,
        /// The property that changes.
        changed: String,
    },
    /// A key would go while something that stands is encrypted with it.
    #[error(
        "{urn} would be deleted, and what is encrypted with it stays and could not be read any more: {}; leave the key (`--exclude {urn}`), delete that first, or give `--confirm-unreadable {name}` if it may be lost", .sealed.join(", ")
    )]
    StillSeals {
        /// The key.
        urn: Urn,
        /// Its physical id.
        name: String,
        /// What is encrypted with it.
        sealed: Vec<String>,
    },
    /// What holds data would be deleted, and an empty one made in its place under another URN.
    #[error(
        "{urn} holds {what} and would be deleted, and {successor} made in its place, empty: if it is the same under another name, say so in the options of {successor} with `moved_from`; give `--confirm-replace {name}` if its data may go"
    )]
    DataUnderAnotherName {
        /// The resource.
        urn: Urn,
        /// What it holds.
        what: &'static str,
        /// Its physical name.
        name: String,
        /// Who takes its place.
        successor: Urn,
    },
    /// A retained resource would be replaced by one that cannot stand beside it.
    #[error(
        "{urn} cannot be replaced: it is to be retained, and no two can have the same {claim}; take `retain_on_delete` out of its options, or change {claim} too"
    )]
    Retained {
        /// The resource.
        urn: Urn,
        /// The properties that no two can share.
        claim: String,
    },
    /// What one resource is to have, another one has and keeps.
    #[error(
        "{urn} cannot have the {claim}: AWS allows it once, and {holder} ({id}) has it and {why}; give one of them another, or take {holder} out of the program"
    )]
    ClaimTaken {
        /// Who wants it.
        urn: Urn,
        /// What.
        claim: String,
        /// Who has it.
        holder: Urn,
        /// The holder's physical id.
        id: String,
        /// Why it keeps it.
        why: &'static str,
    },
    /// A resource that stays holds one that is to be deleted.
    #[error("{urn} cannot be deleted: {holder} holds it by its `{property}` and {why}; {way_out}")]
    Held {
        /// What is to be deleted.
        urn: Urn,
        /// Who holds it.
        holder: Urn,
        /// By which property.
        property: String,
        /// Why it does not let go.
        why: &'static str,
        /// What to do.
        way_out: String,
    },
    /// Things that are not of this stack hold what is to be deleted.
    #[error(
        "{urn} ({id}) cannot be deleted: {}, which this stack does not have on record, would keep AWS from it; find out whose it is before you delete or move it", .names.join(", ")
    )]
    HeldByOthers {
        /// What is to be deleted.
        urn: Urn,
        /// Its physical id.
        id: String,
        /// Who holds it.
        names: Vec<String>,
    },
    /// Credentials of another account than the one on record.
    #[error(
        "{urn} stands in account {recorded}, but the credentials are of account {actual}; nothing was read or changed"
    )]
    OtherAccount {
        /// A resource.
        urn: Urn,
        /// The account on record.
        recorded: String,
        /// The account of the credentials.
        actual: String,
    },
    /// A resource could not be read, so nothing can be decided about it.
    #[error("{urn} could not be read: {why}")]
    Unreadable {
        /// The resource.
        urn: Urn,
        /// What AWS said.
        why: String,
    },
    /// A property's expression cannot be computed.
    #[error("{urn}: property `{property}`: {why}")]
    Expression {
        /// The resource.
        urn: Urn,
        /// The property.
        property: String,
        /// Why.
        why: String,
    },
    /// What the state holds of a resource names a type that this version does not know.
    #[error("{urn} on record is of a type that this version does not know; use the version that made it")]
    UnknownType {
        /// The resource.
        urn: Urn,
    },
    /// An import of an id that another row holds.
    #[error("{urn} cannot be imported: {id} is already on record as {holder}")]
    ImportTaken {
        /// The resource.
        urn: Urn,
        /// The physical id.
        id: String,
        /// Who holds it.
        holder: Urn,
    },
    /// Two imports of one id.
    #[error("{urn} cannot be imported: {other} takes {id} in the same update")]
    ImportTwice {
        /// The resource.
        urn: Urn,
        /// The physical id.
        id: String,
        /// Who takes it.
        other: Urn,
    },
    /// What stands under a name on record carries no mark of ours, and differs from the record.
    #[error(
        "{urn}: {id} stands without the mark of this stack and is not as on record, so it may be another's: it is not touched; put its tag `finsight:id={}` back if it is ours, or let it stand with `finsight-deploy state remove {urn}`", .owner.as_str()
    )]
    NotOurs {
        /// The resource.
        urn: Urn,
        /// The physical id.
        id: String,
        /// The incarnation that its mark would name.
        owner: OwnerId,
    },
    /// What is to be imported is not there.
    #[error("{urn} cannot be imported: there is no {id} in {region}; check the id, its region and account")]
    ImportAbsent {
        /// The resource.
        urn: Urn,
        /// The id that was named.
        id: String,
        /// Where it was looked for.
        region: String,
    },
    /// What is to be imported is another stack's.
    #[error(
        "{urn} cannot be imported: {id} carries the tag of stack {stack}, which would make another one; take it off the record there first (`finsight-deploy state remove`), and take its tag `finsight:stack` off"
    )]
    AnotherStacks {
        /// The resource.
        urn: Urn,
        /// The physical id.
        id: String,
        /// The stack that its tag names.
        stack: String,
    },
    /// An import that would do something else as well.
    #[error("{urn} is not imported: {why}; an import changes nothing but the record")]
    OnlyImports {
        /// The resource.
        urn: Urn,
        /// What would be done.
        why: String,
    },
    /// What cannot be brought back to the record without creating, deleting or replacing.
    #[error("{urn} is not put right by a fix: {why}; run `up`, which shows it as a change and asks")]
    NotByFix {
        /// The resource.
        urn: Urn,
        /// Why.
        why: String,
    },
    /// What held data is gone.
    #[error(
        "{urn} held {what} and is gone from AWS: a new one would be empty; {way}give `{flag} {name}` if that may be lost"
    )]
    DataGone {
        /// The resource.
        urn: Urn,
        /// Its physical name.
        name: String,
        /// What it held.
        what: &'static str,
        /// What could be done to have it back.
        way: &'static str,
        /// What the command takes as a confirmation.
        flag: &'static str,
    },
    /// Something stands already under the identity of what is to be created.
    #[error(
        "{urn} cannot be created: {id} stands already and {whose}; take it under management with `finsight-deploy import {urn} {id}`, or choose another name"
    )]
    Stands {
        /// The resource.
        urn: Urn,
        /// The physical id of what stands.
        id: String,
        /// Whose it is, by its tag.
        whose: String,
    },
    /// Nothing is on record, and what carries the stack's tag stands.
    #[error(
        "nothing on record of stack {stack} was created by it, but {count} resources off the record carry its tag: {}; restore the state from its backup, take them under management with `finsight-deploy import`, or give this stack another name", first_of(.first, *.count)
    )]
    StateLost {
        /// The stack.
        stack: String,
        /// How many there are.
        count: usize,
        /// The first of them.
        first: Vec<String>,
    },
    /// A command that needs a stack, and none is on record.
    #[error(
        "nothing was ever on record of stack {stack} in {place}; check the name, and where its state lives (`--state`)"
    )]
    NeverWas {
        /// The stack.
        stack: String,
        /// Where its state was looked for.
        place: String,
    },
    /// Two declared resources that would be one.
    #[error("{urn} and {other} would be one resource: both have the same {claim}; declare it once")]
    Twins {
        /// One.
        urn: Urn,
        /// The other.
        other: Urn,
        /// What no two can have.
        claim: String,
    },
    /// What is to be deleted is named by a literal of what stays.
    #[error(
        "{urn} would be {what}, but `{property}` of {dependent} names it; refer to the resource itself, give another value, or set `retain_on_delete` to let it stand"
    )]
    NamedLiterally {
        /// What goes.
        urn: Urn,
        /// `deleted` or `replaced`.
        what: &'static str,
        /// Who names it.
        dependent: Urn,
        /// In which property.
        property: String,
    },
    /// The order of steps has a circle.
    #[error("the steps of this plan wait for each other in a circle: {}; apply the changes in two runs", .way.join(" → "))]
    Circle {
        /// The steps in the circle.
        way: Vec<String>,
    },
}

impl PlanError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchUrn { .. } | Self::NotOnRecord { .. } => "PLAN-NO-SUCH-URN",
            Self::Unselected { .. } | Self::Unfit { .. } | Self::TurnedRound { .. } => "PLAN-UNSELECTED",
            Self::StillNeeded { .. } | Self::NamedLiterally { .. } => "PLAN-STILL-NEEDED",
            Self::Protected { .. } | Self::Guarded { .. } => "PLAN-PROTECTED",
            Self::HoldsData { .. } | Self::DataUnderAnotherName { .. } | Self::DataGone { .. } => {
                "PLAN-HOLDS-DATA"
            }
            Self::Kept { .. } => "PLAN-PINNED",
            Self::StillSeals { .. } => "PLAN-STILL-SEALS",
            Self::NoWayBack { .. } => "PLAN-NO-WAY-BACK",
            Self::MajorVersion { .. } => "PLAN-MAJOR-VERSION",
            Self::Retained { .. } => "PLAN-RETAINED",
            Self::ClaimTaken { .. } => "PLAN-CLAIM-TAKEN",
            Self::Held { .. } | Self::HeldByOthers { .. } => "PLAN-HELD",
            Self::OtherAccount { .. } => "PLAN-OTHER-ACCOUNT",
            Self::Unreadable { .. } => "PLAN-UNREADABLE",
            Self::Expression { .. } => "PLAN-EXPRESSION",
            Self::UnknownType { .. } => "PLAN-UNKNOWN-TYPE",
            Self::ImportTaken { .. } | Self::ImportTwice { .. } => "PLAN-IMPORT-TAKEN",
            Self::NotOurs { .. } | Self::AnotherStacks { .. } => "PLAN-NOT-OURS",
            Self::ImportAbsent { .. } => "PLAN-IMPORT-ABSENT",
            Self::OnlyImports { .. } => "PLAN-IMPORT-ONLY",
            Self::NotByFix { .. } => "PLAN-NOT-BY-FIX",
            Self::Stands { .. } => "PLAN-STANDS",
            Self::StateLost { .. } => "PLAN-STATE-LOST",
            Self::NeverWas { .. } => "PLAN-NEVER-WAS",
            Self::Twins { .. } => "PLAN-CLAIM-TAKEN",
            Self::Circle { .. } => "PLAN-CIRCLE",
        }
    }
}

/// How bad it is that there is no plan: what the exit code of a command says. Later ones are worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// What was typed fits nothing.
    Usage,
    /// The plan could be made and must not be carried out: nothing was changed.
    Refused,
    /// It could not be decided what to do.
    Failed,
}

impl PlanError {
    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::NoSuchUrn { .. } | Self::NotOnRecord { .. } => Severity::Usage,
            Self::Unreadable { .. }
            | Self::Expression { .. }
            | Self::UnknownType { .. }
            | Self::NeverWas { .. }
            | Self::OtherAccount { .. }
            | Self::Circle { .. } => Severity::Failed,
            _ => Severity::Refused,
        }
    }

    /// The worst of some: its code and severity speak for all.
    #[must_use]
    pub fn worst(errors: &[Self]) -> Option<&Self> {
        // Of equals the first.
        errors.iter().rev().max_by_key(|error| error.severity())
    }
}

fn first_of(first: &[String], count: usize) -> String {
    let more = count.saturating_sub(first.len());
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{rest}", first.join(", "))
}

fn names_like(names: &[String]) -> String {
    if names.is_empty() {
        "; `finsight-deploy state list` lists what is there".to_owned()
    } else {
        format!("; did you mean {}?", names.join(" or "))
    }
}
