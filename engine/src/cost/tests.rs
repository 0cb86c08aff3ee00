//! Estimates of made-up prices.

use super::*;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn prices() -> PriceList {
    serde_json::from_str(
        r#"{
          "always_free": [{"pool": "calls", "quantity": "1000", "unit": "call"}],
          "meters": [
            {"key": "a.hours", "service": "A", "what": "hours", "unit": "hour", "kind": "fixed", "source": "s",
             "prices": [{"region": "r1", "usd": "0.1", "date": "d"}, {"region": "r2", "usd": "0.2", "date": "d", "note": "n"}]},
            {"key": "b.calls", "service": "B", "what": "calls", "unit": "call", "kind": "usage", "source": "s",
             "free": "calls", "group": "G", "prices": [{"region": "*", "usd": "0.01", "date": "d"}]},
            {"key": "c.calls", "service": "C", "what": "calls", "unit": "call", "kind": "usage", "source": "s",
             "free": "calls", "prices": [{"region": "*", "usd": "0.02", "date": "d"}]}
          ]
        }"#,
    )
    .unwrap()
}

fn item(name: &str, region: &str) -> Item {
    let urn = format!("dev/network/aws:a:A/{name}").parse().unwrap();
    Item { urn, region: region.to_owned(), inputs: Default::default(), edges: BTreeSet::new() }
}

fn bill(uses: &[(&str, &str, &str, &str)]) -> Bill {
    let mut bill = Bill::default();
    for (name, region, key, quantity) in uses {
        bill.add(&item(name, region), key, decimal(quantity));
    }
    bill
}

#[test]
fn lines_are_by_meter_and_region() {
    let bill =
        bill(&[("x", "r1", "a.hours", "730"), ("y", "r1", "a.hours", "10"), ("z", "r2", "a.hours", "1")]);
    let estimate = estimate(&bill, &prices()).unwrap();
    let seen: Vec<_> = estimate
        .lines
        .iter()
        .map(|line| (line.region.as_str(), line.urns.len(), line.quantity, line.amount))
        .collect();
    assert_eq!(seen, [("r1", 2, decimal("740"), decimal("74")), ("r2", 1, decimal("1"), decimal("0.2"))]);
    assert_eq!(estimate.lines[1].notes, ["n"]);
    assert_eq!(estimate.total(), decimal("74.2"));
}

#[test]
fn an_allowance_is_used_once() {
    let bill =
        bill(&[("x", "r1", "b.calls", "600"), ("y", "r1", "c.calls", "700"), ("y", "r2", "c.calls", "5")]);
    let estimate = estimate(&bill, &prices()).unwrap();
    let seen: Vec<_> = estimate.lines.iter().map(|line| (line.free, line.amount)).collect();
    assert_eq!(
        seen,
        [(decimal("600"), decimal("0")), (decimal("400"), decimal("6")), (decimal("0"), decimal("0.1"))]
    );
    assert_eq!(estimate.allowances["calls"], decimal("1000"));
    assert_eq!(estimate.sum(|line| line.group.is_some()), Decimal::ZERO);
}

#[test]
fn what_has_no_price_is_an_error_and_not_nothing() {
    let bill = bill(&[("x", "r3", "a.hours", "1"), ("y", "r1", "z", "1"), ("z", "r1", "z", "1")]);
    let errors = estimate(&bill, &prices()).unwrap_err();
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "dev/network/aws:a:A/x: there is no price of `a.hours` in r3",
            "dev/network/aws:a:A/y: there is no price of `z` in r1"
        ]
    );
}

#[test]
fn what_is_known_later_is_said_on_its_line() {
    let mut bill = bill(&[("x", "r1", "a.hours", "1")]);
    bill.unknown(&item("y", "r1"), "a.hours", "size");
    bill.unknown(&item("z", "r1"), "hours of an unknown class", "class");
    let estimate = estimate(&bill, &prices()).unwrap();
    assert_eq!(estimate.total(), decimal("0.1"));
    let [later, known] = estimate.lines.as_slice() else { panic!("{:#?}", estimate.lines) };
    assert_eq!(later.price, None);
    assert!(later.notes[0].contains("`class` of dev/network/aws:a:A/z"), "{:?}", later.notes);
    assert!(known.notes[0].contains("`size` of dev/network/aws:a:A/y"), "{:?}", known.notes);
}

#[test]
fn a_difference_names_lines_that_come_change_and_go() {
    let one =
        bill(&[("x", "r1", "a.hours", "1"), ("x", "r1", "b.calls", "2000"), ("x", "r2", "a.hours", "3")]);
    let two =
        bill(&[("x", "r1", "a.hours", "1"), ("x", "r1", "b.calls", "3000"), ("x", "r1", "c.calls", "1")]);
    let (one, two) = (estimate(&one, &prices()).unwrap(), estimate(&two, &prices()).unwrap());
    let seen: Vec<_> = compare(&one, &two)
        .iter()
        .map(|one| (one.line().unwrap().key.clone(), one.before.is_some(), one.after.is_some(), one.amount()))
        .collect();
    assert_eq!(
        seen,
        [
            ("a.hours".to_owned(), true, false, decimal("-0.6")),
            ("b.calls".to_owned(), true, true, decimal("10")),
            ("c.calls".to_owned(), false, true, decimal("0.02")),
        ]
    );
    assert!(compare(&one, &one).is_empty());
}
