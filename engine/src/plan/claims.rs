//! What AWS allows only once: who claims it, who holds it, and who gives it up in time.
//!
//! A claim is a set of properties of a type, element by element where they are lists, within the scope in
//! which AWS keeps it. It is made by creates, replacements and changes in place alike, and held by all that
//! stays.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::build::Planner;
use super::fate::Fate;
use super::{Op, PlanError, Step};
use crate::diff::{Effect, with_ignored};
use crate::normal::{canonical, overlap};
use crate::schema::{Equality, Identity, Scope, TypeSpec};
use crate::state::{Edge, Row};
use crate::urn::Urn;
use crate::value::{Map, Value};

/// One thing that only one resource can have.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Claim<'s> {
    /// The properties.
    pub properties: &'s [&'static str],
    /// The region that keeps it; empty where that is the account, or the world.
    place: String,
    /// The value of each property, in the form in which equal meanings are equal.
    values: Vec<(Equality, Value)>,
}

impl Claim<'_> {
    /// Whether two resources of one type cannot both have theirs.
    fn collides(&self, other: &Claim<'_>) -> bool {
        let pairs = || self.values.iter().zip(&other.values);
        self.properties == other.properties
            && self.place == other.place
            && pairs().all(|((equality, one), (_, two))| match equality {
                Equality::Cidr => overlap(one, two),
                Equality::SetIdentifier => {
                    one == two || [one, two].iter().any(|set| set.as_text() == Some(""))
                }
                // Beside an alias of a name nothing else can stand.
                Equality::RecordType => {
                    one == two || [one, two].iter().any(|kind| kind.as_text() == Some("CNAME"))
                }
                _ => one == two,
            })
    }

    /// What it is, in words.
    pub fn words(&self) -> String {
        let values: Vec<String> = self
            .properties
            .iter()
            .zip(&self.values)
            .map(|(name, (_, value))| format!("{name} {}", value.masked()))
            .collect();
        if values.is_empty() { "place: there can be only one".to_owned() } else { values.join(" and ") }
    }
}

/// What a resource with these inputs claims. What is null, a flag that is off, an empty list or unknown claims nothing.
pub(super) fn claims_of<'s>(
    spec: &'s TypeSpec,
    inputs: &Map,
    region: &str,
    generates: bool,
) -> Vec<Claim<'s>> {
    let sets: BTreeSet<&'s [&'static str]> = spec.claims().collect();
    sets.into_iter()
        // A generated name is new with each incarnation.
        .filter(|set| !(generates && spec.generated_name.is_some_and(|name| set.contains(&name))))
        .flat_map(|set| {
            let place = if spec.scope(set) == Scope::Region { region.to_owned() } else { String::new() };
            let claim = |values| Claim { properties: set, place: place.clone(), values };
            combinations(spec, set, inputs).into_iter().map(claim).collect::<Vec<_>>()
        })
        .collect()
}

/// Every combination of one element of each property.
fn combinations(spec: &TypeSpec, set: &[&str], inputs: &Map) -> Vec<Vec<(Equality, Value)>> {
    set.iter().fold(vec![Vec::new()], |found, name| {
        let property = spec.property(name);
        let equality = property.map_or(Equality::Exact, |property| property.equality);
        // A record may be older than a property's default.
        let assumed = || property.and_then(|property| property.default.as_ref());
        let value = inputs.get(*name).filter(|value| !value.is_null()).or_else(assumed);
        let elements = elements(equality, value.unwrap_or(&Value::Null));
        found
            .iter()
            .flat_map(|before| {
                elements.iter().map(|element| {
                    let mut values = before.clone();
                    values.push((equality, element.clone()));
                    values
                })
            })
            .collect()
    })
}

fn elements(equality: Equality, value: &Value) -> Vec<Value> {
    let known = |value: &Value| !value.is_null() && !value.has_unknown();
    match value {
        Value::Bool(false) => Vec::new(),
        Value::List(items) => {
            items.iter().filter(|item| known(item)).map(|item| canonical(equality, item)).collect()
        }
        value if known(value) => vec![canonical(equality, value)],
        _ => Vec::new(),
    }
}

/// The claim of the first that collides with one of the second.
pub(super) fn collision<'c, 's>(claims: &'c [Claim<'s>], held: &[Claim<'_>]) -> Option<&'c Claim<'s>> {
    claims.iter().find(|claim| held.iter().any(|other| claim.collides(other)))
}

/// What the step's new resource cannot share with the row's, as far as it is known.
pub(super) fn own_claim<'s>(spec: &'s TypeSpec, step: &Step, row: &Row) -> Option<Claim<'s>> {
    let wanted = claims_of(spec, &step.known, &step.region, generates(spec, step));
    let held = claims_of(spec, &row.standing(), &row.region, false);
    collision(&wanted, &held).cloned()
}

/// Whether one with these inputs cannot stand beside a row's.
pub(crate) fn is_in_the_way(spec: &TypeSpec, row: &Row, inputs: &Map, region: &str) -> bool {
    let held = claims_of(spec, &row.standing(), &row.region, false);
    collision(&claims_of(spec, inputs, region, false), &held).is_some()
}

/// Whether the step's new resource gets a name that nothing has.
pub(super) fn generates(spec: &TypeSpec, step: &Step) -> bool {
    matches!(step.op, Op::Create | Op::Replace)
        && spec.generated_name.is_some_and(|name| !step.inputs.contains_key(name))
}

impl Planner<'_> {
    /// Why the old resource has to go before the new one can be made, if so.
    pub(super) fn must_delete_first(&self, spec: &TypeSpec, step: &Step, row: &Row) -> Option<String> {
        if step.options.delete_before_replace {
            return Some("delete_before_replace is set".to_owned());
        }
        // What is to stand on makes way for nothing, and who holds the old one lets go of it before.
        if spec.swaps && !step.keeps_old() && !self.is_held(row) {
            return None;
        }
        self.cannot_share(spec, step, row).map(|claim| match claim.properties {
            [] => "there can be only one".to_owned(),
            set => format!("no two can have the same {}", set.join(" and ")),
        })
    }

    /// Whether AWS refuses to delete a row's resource as long as something on record stands.
    fn is_held(&self, row: &Row) -> bool {
        let on = |edge: &&Edge| edge.owner == row.owner;
        let others = self.state.all_rows().filter(|other| other.owner != row.owner);
        others
            .flat_map(|other| other.edges.iter().filter(on).map(move |edge| (other, edge)))
            .any(|(other, edge)| self.holds(other, edge))
    }

    /// Whether a step's new resource takes the place of the one that it replaces in one call.
    pub(super) fn swaps(&self, step: &Step) -> bool {
        let row = step.old_owner.as_ref().and_then(|old| self.state.row(old));
        let (Some(row), Some(spec)) = (row, self.input.registry.get(step.urn.type_name())) else {
            return false;
        };
        spec.swaps
            && step.op == Op::Replace
            && step.delete_first.is_none()
            && self.cannot_share(spec, step, row).is_some()
    }

    /// What the step's new resource cannot share with the row's, or likely cannot.
    pub(super) fn cannot_share<'s>(&self, spec: &'s TypeSpec, step: &Step, row: &Row) -> Option<Claim<'s>> {
        let held = self.held_by(spec, row);
        let claims = |inputs: &Map| claims_of(spec, inputs, &step.region, generates(spec, step));
        let known = claims(&step.known);
        let mut likely = claims(self.expected(spec, step));
        likely.retain(|claim| !self.is_another_then(step, claim));
        collision(&known, &held).or_else(|| collision(&likely, &held)).cloned()
    }

    /// Whether a claim will be another one if the replacement turns out to be needed, because nothing else could need it.
    fn is_another_then(&self, step: &Step, claim: &Claim<'_>) -> bool {
        // Of a list some may stay, and what overlaps is in the way without being the same.
        let overlaps =
            |equality| matches!(equality, Equality::Cidr | Equality::SetIdentifier | Equality::RecordType);
        let differs = |name: &str| {
            let mut claimed = claim.properties.iter().zip(&claim.values);
            let single = claimed.any(|(property, (equality, _))| *property == name && !overlaps(*equality));
            let said = step.inputs.get(name).filter(|value| single && !matches!(value, Value::List(_)));
            said.is_some_and(|value| !self.may_be_said_of_another(value))
        };
        let mut needing = step.diff.iter().filter(|change| change.effect == Effect::Replace);
        !step.forced && step.along.is_empty() && needing.all(|change| differs(&change.path))
    }

    /// By which inputs a step claims: what is known only later will likely be what it was. What waits for its end
    /// under its name is not taken back on a guess.
    fn expected<'s>(&'s self, spec: &TypeSpec, step: &'s Step) -> &'s Map {
        if spec.restorable { &step.known } else { self.likely(step) }
    }

    /// What a row's resource has: by the record, and what another hand has given it.
    fn held_by<'s>(&self, spec: &'s TypeSpec, row: &Row) -> Vec<Claim<'s>> {
        let live = self.live(&row.owner).map(|live| &live.properties);
        let claims = |inputs: &Map| claims_of(spec, inputs, &row.region, false);
        claims(&row.standing()).into_iter().chain(live.into_iter().flat_map(claims)).collect()
    }

    /// Who takes what another one has waits until that has let it go; where it keeps it, there is no plan.
    pub(super) fn yield_claims(&mut self) {
        let mut refused = Vec::new();
        let mut first: Vec<(Urn, Row, String)> = Vec::new();
        let mut after: Vec<(Urn, Urn)> = Vec::new();
        let mut adopted: Vec<(Urn, String)> = Vec::new();
        for step in self.steps.iter().filter(|step| takes(step)) {
            let Some(spec) = self.input.registry.get(step.urn.type_name()) else { continue };
            let wanted = self.newly_claimed(spec, step, &step.known);
            let expected = self.newly_claimed(spec, step, self.expected(spec, step));
            if wanted.is_empty() && expected.is_empty() {
                continue;
            }
            let own = step.old_owner.as_ref().unwrap_or(&step.owner);
            for row in
                self.state.all_rows().filter(|row| row.urn.type_name() == spec.name && row.owner != *own)
            {
                let held = self.held_by(spec, row);
                let known = collision(&wanted, &held);
                let Some(claim) = known.or_else(|| collision(&expected, &held)) else { continue };
                match self.fate(row) {
                    // What stands there is swapped for what leaves room. Two that would wait for each other's swap
                    // both go first, and so does what is swapped for what waits for the step itself.
                    Fate::Goes | Fate::MayGo(_)
                        if !self.swaps(step)
                            && self.is_swapped(spec, row, claim)
                            && !self.waits_for(&row.urn, &step.urn, &after) =>
                    {
                        after.push((step.urn.clone(), row.urn.clone()));
                    }
                    Fate::Goes | Fate::MayGo(_) => {
                        let what = if claim.properties.is_empty() {
                            "place".to_owned()
                        } else {
                            claim.properties.join(" and ")
                        };
                        first.push((step.urn.clone(), row.clone(), format!("{} takes its {what}", step.urn)));
                        if keeps_its_name(spec, row) {
                            adopted.push((step.urn.clone(), row.id.clone()));
                        }
                    }
                    Fate::Changes(other) if !self.keeps(spec, other, claim) => {
                        after.push((step.urn.clone(), other.urn.clone()));
                    }
                    // It may as well turn out to be another.
                    Fate::Changes(_) | Fate::Stays(_) if known.is_none() => {}
                    Fate::Changes(_) => refused.push(taken(step, row, claim, "stays")),
                    Fate::Stays(why) => refused.push(taken(step, row, claim, why)),
                }
            }
        }
        self.errors.extend(refused);
        self.order.after_update.extend(after);
        for (urn, id) in adopted {
            for step in self.steps.iter_mut().filter(|step| step.urn == urn && step.op != Op::Update) {
                step.adopts.get_or_insert_with(|| id.clone());
            }
        }
        for (urn, row, reason) in first {
            self.order.yields.insert((urn, row.owner.clone()));
            for step in self.steps.iter_mut().filter(|step| step.old_owner.as_ref() == Some(&row.owner)) {
                step.delete_first.get_or_insert_with(|| reason.clone());
            }
        }
    }

    /// Whether what has a claim is swapped for what does not keep it.
    fn is_swapped(&self, spec: &TypeSpec, row: &Row, claim: &Claim<'_>) -> bool {
        let successor = self.steps.iter().find(|step| step.old_owner.as_ref() == Some(&row.owner));
        successor.is_some_and(|step| self.swaps(step) && !self.keeps(spec, step, claim))
    }

    /// Whether a resource's step comes after another one's, by what it depends on and by the room that it waits for.
    fn waits_for(&self, urn: &Urn, other: &Urn, after: &[(Urn, Urn)]) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![urn]);
        while let Some(urn) = open.pop() {
            if urn == other {
                return true;
            }
            if seen.insert(urn) {
                let step = self.steps.iter().find(|step| step.urn == *urn);
                open.extend(step.into_iter().flat_map(|step| &step.dependencies).map(|(to, _)| to));
                open.extend(after.iter().filter(|(then, _)| then == urn).map(|(_, first)| first));
            }
        }
        false
    }

    /// What a step takes that its own resource does not have already.
    fn newly_claimed<'s>(&self, spec: &'s TypeSpec, step: &Step, inputs: &Map) -> Vec<Claim<'s>> {
        let will_have = self.will_have(step, inputs);
        let mut wanted = claims_of(spec, &will_have, &step.region, generates(spec, step));
        if step.op == Op::Update
            && let Some(row) = self.state.rows.get(&step.urn)
        {
            let live = self.live(&row.owner).map(|live| live.over(row));
            let recorded = row.standing();
            let stands = live.as_ref().map_or(&*recorded, |live| &live.properties);
            let held = claims_of(spec, stands, &row.region, false);
            wanted.retain(|claim| !held.contains(claim));
        }
        wanted
    }

    /// Whether a resource that is changed in place still has what another one wants.
    fn keeps(&self, spec: &TypeSpec, step: &Step, claim: &Claim<'_>) -> bool {
        // What is unknown yet may turn out to be it: the other one says so to AWS first.
        let will_have = self.will_have(step, &step.known);
        claims_of(spec, &will_have, &step.region, false).iter().any(|kept| claim.collides(kept))
    }

    /// The inputs that a step's resource will have: what is ignored stays as it is.
    fn will_have<'s>(&self, step: &Step, inputs: &'s Map) -> Cow<'s, Map> {
        match self.state.rows.get(&step.urn) {
            Some(row) if !matches!(step.op, Op::Create | Op::Replace) => {
                Cow::Owned(with_ignored(inputs, &row.inputs, &row.effective(&step.options)))
            }
            _ => Cow::Borrowed(inputs),
        }
    }
}

/// Whether its name stays taken while it waits for its end: whoever takes the name takes it back, and makes it what
/// is wanted.
pub(super) fn keeps_its_name(spec: &TypeSpec, row: &Row) -> bool {
    !matches!(spec.identity, Identity::Minted { .. }) && spec.waits(&row.inputs)
}

fn takes(step: &Step) -> bool {
    matches!(step.op, Op::Create | Op::Replace | Op::Update) && step.adopts.is_none() && !step.unselected
}

fn taken(step: &Step, row: &Row, claim: &Claim<'_>, why: &'static str) -> PlanError {
    PlanError::ClaimTaken {
        urn: step.urn.clone(),
        claim: claim.words(),
        holder: row.urn.clone(),
        id: row.id.clone(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Kind, Property, Timing};

    fn spec(
        exclusive: &'static [&'static [&'static str]],
        scopes: &'static [(&'static str, Scope)],
    ) -> TypeSpec {
        TypeSpec {
            name: "test:Site",
            doc: "A site with names.",
            identity: Identity::Minted { token: true },
            properties: vec![
                Property::new("aliases", Kind::List, false, "Its names.").unordered(),
                Property::new("range", Kind::Text, false, "Its range.").equality(Equality::Cidr),
                Property::new("name", Kind::Text, false, "Its name."),
                Property::new("part", Kind::Text, false, "Which part of it.").default(""),
                Property::new("private", Kind::Bool, false, "Whether it is private.").default(false),
                Property::new("kind", Kind::Text, false, "Its kind.").equality(Equality::RecordType),
            ],
            outputs: Vec::new(),
            exclusive,
            scopes,
            restorable: false,
            window: None,
            held: false,
            generated_name: None,
            global: false,
            pending: true,
            data: None,
            lingers: None,
            swaps: false,
            limits: Vec::new(),
            witness: false,
            timing: Timing::new([1, 1, 1], [1, 1, 1]),
        }
    }

    fn collide(spec: &TypeSpec, one: (&str, Value, &str), two: (&str, Value, &str)) -> bool {
        let claims = |(name, value, region): (&str, Value, &str)| {
            claims_of(spec, &Map::from([(name.to_owned(), value)]), region, false)
        };
        collision(&claims(one), &claims(two)).is_some()
    }

    #[test]
    fn lists_claim_element_by_element() {
        let spec = spec(&[&["aliases"]], &[]);
        let names = |names: &[&str]| Value::List(names.iter().map(|name| Value::text(*name)).collect());
        let both = |one: &[&str], two: &[&str]| {
            collide(&spec, ("aliases", names(one), "a"), ("aliases", names(two), "a"))
        };
        assert!(both(&["a", "b"], &["b", "c"]));
        assert!(!both(&["a"], &["b"]));
        assert!(!both(&[], &[]), "two sites without names do not get in each other's way");
        assert!(!collide(&spec, ("aliases", Value::Null, "a"), ("aliases", Value::Null, "a")));
    }

    #[test]
    fn a_claim_is_kept_within_its_scope() {
        let name = |region| ("name", Value::text("x"), region);
        let regional = spec(&[&["name"]], &[]);
        assert!(collide(&regional, name("a"), name("a")));
        assert!(!collide(&regional, name("a"), name("b")), "another region keeps names of its own");
        let world = spec(&[&["name"]], &[("name", Scope::World)]);
        assert!(collide(&world, name("a"), name("b")));
    }

    #[test]
    fn a_flag_that_is_off_claims_nothing() {
        let spec = spec(&[&["private"]], &[]);
        let flag = |on: bool| ("private", Value::Bool(on), "a");
        assert!(collide(&spec, flag(true), flag(true)));
        assert!(!collide(&spec, flag(false), flag(false)), "two that are not private stand side by side");
        assert!(!collide(&spec, flag(true), flag(false)));
    }

    #[test]
    fn what_is_not_said_is_as_aws_assumes() {
        let spec = spec(&[&["name", "part"]], &[]);
        let claims = |inputs: &[(&str, &str)]| {
            let inputs = inputs.iter().map(|(name, value)| ((*name).to_owned(), Value::text(*value)));
            claims_of(&spec, &inputs.collect(), "a", false)
        };
        let old = claims(&[("name", "x")]);
        assert!(collision(&claims(&[("name", "x"), ("part", "")]), &old).is_some(), "the record is older");
        assert!(collision(&claims(&[("name", "x"), ("part", "1")]), &old).is_none());
    }

    #[test]
    fn an_alias_stands_beside_no_other_record() {
        let spec = spec(&[&["kind"]], &[]);
        let kind = |kind| ("kind", Value::text(kind), "a");
        assert!(collide(&spec, kind("CNAME"), kind("TXT")));
        assert!(collide(&spec, kind("A"), kind("A")));
        assert!(!collide(&spec, kind("A"), kind("AAAA")));
    }

    #[test]
    fn ranges_that_overlap_collide() {
        let spec = spec(&[&["range"]], &[]);
        let range = |range| ("range", Value::text(range), "a");
        assert!(collide(&spec, range("10.0.0.0/24"), range("10.0.0.128/25")));
        assert!(!collide(&spec, range("10.0.0.0/24"), range("10.0.1.0/24")));
    }
}
