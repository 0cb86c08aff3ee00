//! Why there is no plan.

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
    /// A selected resource needs one that does not exist and is not selected.
    #[error("{from} needs {to}, which does not exist yet and is not selected; select it too")]
    Unselected {
        /// Who needs.
        from: Urn,
        /// What.
        to: Urn,
    },
    /// Resources that are not selected stand on one that is to be deleted.
    #[error(
        "{urn} cannot be deleted alone: {dependent} stands on it; select it too, or give --target-dependents"
    )]
    StillNeeded {
        /// What is to be deleted.
        urn: Urn,
        /// Who needs it.
        dependent: Urn,
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
    /// What holds data would be replaced, and nobody confirmed it by name.
    #[error(
        "{urn} holds data and would be replaced ({reason}): the new one starts empty, and a last snapshot is taken of the old one; give `--confirm-replace {name}` if that is meant"
    )]
    HoldsData {
        /// The resource.
        urn: Urn,
        /// Its physical name.
        name: String,
        /// Why it would be replaced.
        reason: String,
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
        "{urn} ({id}) cannot be deleted: {} of another hand would keep AWS from it; delete or move them first", .names.join(", ")
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
            Self::NoSuchUrn { .. } => "PLAN-NO-SUCH-URN",
            Self::Unselected { .. } => "PLAN-UNSELECTED",
            Self::StillNeeded { .. } => "PLAN-STILL-NEEDED",
            Self::Protected { .. } | Self::Guarded { .. } => "PLAN-PROTECTED",
            Self::HoldsData { .. } => "PLAN-HOLDS-DATA",
            Self::Retained { .. } => "PLAN-RETAINED",
            Self::ClaimTaken { .. } => "PLAN-CLAIM-TAKEN",
            Self::Held { .. } | Self::HeldByOthers { .. } => "PLAN-HELD",
            Self::OtherAccount { .. } => "PLAN-OTHER-ACCOUNT",
            Self::Unreadable { .. } => "PLAN-UNREADABLE",
            Self::Expression { .. } => "PLAN-EXPRESSION",
            Self::UnknownType { .. } => "PLAN-UNKNOWN-TYPE",
            Self::ImportTaken { .. } | Self::ImportTwice { .. } => "PLAN-IMPORT-TAKEN",
            Self::Circle { .. } => "PLAN-CIRCLE",
        }
    }
}

fn names_like(names: &[String]) -> String {
    if names.is_empty() {
        "; `finsight-deploy state list` lists what is there".to_owned()
    } else {
        format!("; did you mean {}?", names.join(" or "))
    }
}
