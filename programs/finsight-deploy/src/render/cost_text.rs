//! An estimate for people, and as Markdown for a pull request.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use finsight::cost::assumptions::USERS_PER_DAY;
use finsight::cost::{Open, Report, Stated};
use finsight_engine::cost::{Decimal, Difference, Line, compare};

use super::remnants::{self, Shown};
use super::{BOLD, CREATE, DELETE, DIM, styled};
use crate::error::CommandError;

/// A month's cost before and after a plan.
pub struct Change {
    pub before: Decimal,
    pub after: Decimal,
}

fn dollars(amount: Decimal) -> String {
    amount.fixed(2)
}

/// With a sign, to the cent.
fn signed(amount: Decimal) -> String {
    let cents = amount.round(2);
    if cents < Decimal::ZERO { cents.fixed(2) } else { format!("+{}", cents.fixed(2)) }
}

/// Dearer is red, cheaper is green.
fn coloured(amount: Decimal) -> String {
    match amount.round(2).cmp(&Decimal::ZERO) {
        std::cmp::Ordering::Greater => styled(DELETE, signed(amount)),
        std::cmp::Ordering::Less => styled(CREATE, signed(amount)),
        std::cmp::Ordering::Equal => signed(amount),
    }
}

/// The one line of a preview.
pub fn change(cost: &Result<Change, CommandError>) -> String {
    match cost {
        Ok(change) => format!(
            "Cost: ${} → ${} a month ({}), for {USERS_PER_DAY} users a day.\n",
            dollars(change.before),
            dollars(change.after),
            coloured(change.after - change.before)
        ),
        Err(error) => {
            let first = error.message.lines().next().unwrap_or_default();
            format!("Cost: not known [{}]: {first}\n", error.code)
        }
    }
}

/// The estimate, or with what was before the difference alone.
pub fn human(stack: &str, report: &Report, before: Option<&Report>, kept: &[Shown]) -> String {
    let mut out = String::new();
    let users = report.users_per_day;
    let title = format!("Cost of `{stack}` in a month, for {users} users a day, in US dollars without tax");
    let _ = writeln!(out, "{}", styled(BOLD, title));
    match before {
        Some(before) => differences(&mut out, before, report),
        None => whole(&mut out, report),
    }
    if !kept.is_empty() {
        let total = dollars(remnants::monthly(kept));
        let _ = writeln!(out, "\n{}", remnants::text(kept).trim_end());
        let _ = writeln!(out, "  ${total} a month at most, besides the total");
    }
    out
}

fn whole(out: &mut String, report: &Report) {
    let mut service = "";
    for line in &report.estimate.lines {
        if line.service != service {
            service = &line.service;
            let _ = writeln!(out, "{}", styled(BOLD, service));
        }
        let what = format!("{} ({})", line.what, line.region);
        let _ = writeln!(out, "  {what:<60} {:<34} {:>9}", reckoning(line), dollars(line.amount));
        let _ = writeln!(out, "      {}", styled(DIM, resources(line)));
        for note in &line.notes {
            let _ = writeln!(out, "      {}", styled(DIM, format!("note: {note}")));
        }
    }
    let estimate = &report.estimate;
    let fixed = estimate.sum(|line| line.kind.word() == "fixed");
    let total = estimate.total();
    let _ = writeln!(out, "\n{}", styled(BOLD, format!("Total: ${} a month", dollars(total))));
    let _ = writeln!(
        out,
        "  ${} stands whatever the usage is, ${} is usage",
        dollars(fixed),
        dollars(total - fixed)
    );
    open_upwards(out, report);
    let _ = writeln!(out, "\n{}", styled(BOLD, "What the requirements count of it"));
    for of in report.counted() {
        let _ = writeln!(out, "  {:<14} {:>9}{}", of.group, dollars(of.amount), said(of.stated));
    }
    let (counted, stated) = report.counted_total();
    let _ = writeln!(out, "  {:<14} {:>9}{}", "together", dollars(counted), said(stated));
    let _ = writeln!(out, "  {:<14} {:>9}  {}", "left out", dollars(report.left_out()), left_out(report));
    let _ = writeln!(
        out,
        "\n{}",
        styled(BOLD, format!("Assumptions, in a month for {} users a day", report.users_per_day))
    );
    for (of, quantity) in report.assumptions() {
        let scales = if of.scales { "" } else { ", whatever the users" };
        let from = of.from.word();
        let _ = writeln!(
            out,
            "  {quantity:>10} {}  {}",
            of.unit,
            styled(DIM, format!("{from}: {}{scales}", of.why))
        );
    }
    let count: usize = report.free.iter().map(|of| of.count).sum();
    let _ = writeln!(
        out,
        "\n{count} resources of {} types cost nothing; `--json` says why. What AWS gives every account",
        report.free.len()
    );
    let _ =
        writeln!(out, "free without end is taken off, as if this stack had it alone; trial offers are not.");
}

/// What a month may cost more: what has a bound, and the prices of what has none.
fn open_upwards(out: &mut String, report: &Report) {
    let _ = writeln!(out, "\n{}", styled(BOLD, "Open upwards, besides the total"));
    for of in &report.open {
        let Some(most) = of.most else { continue };
        let what = format!("{}: {} ({})", of.service, of.what, of.region);
        let _ = writeln!(out, "  {what:<60} {:<34} {:>9} at most", per_unit(of), dollars(most));
        let _ = writeln!(out, "      {}", styled(DIM, &of.why));
    }
    for (service, all) in without_bound(report) {
        let _ = writeln!(out, "  {service}: {all}, without a bound");
    }
}

/// `0.062 per GB`.
fn per_unit(of: &Open) -> String {
    format!("{} per {}", of.price, of.unit)
}

/// What nothing bounds, with prices, by service.
fn without_bound(report: &Report) -> BTreeMap<&str, String> {
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    for of in report.open.iter().filter(|of| of.most.is_none()) {
        let all = found.entry(&of.service).or_default();
        let between = if all.is_empty() { "" } else { "; " };
        let _ = write!(all, "{between}{} ({}) {}", of.what, of.region, per_unit(of));
    }
    found
}

/// `730 hour × 0.062`, and what of it is free.
fn reckoning(line: &Line) -> String {
    let Some(price) = line.price else { return "not known yet".to_owned() };
    let quantity = line.quantity.round(4);
    if line.free == Decimal::ZERO {
        format!("{quantity} {} × {price}", line.unit)
    } else {
        format!("({quantity} - {} free) {} × {price}", line.free.round(4), line.unit)
    }
}

/// The resource, or how many of which types.
fn resources(line: &Line) -> String {
    let short = |urn: &str| urn.split_once('/').map_or(urn, |(_, rest)| rest).to_owned();
    if line.urns.len() <= 2 {
        let names: Vec<String> = line.urns.iter().map(|urn| short(urn.as_str())).collect();
        return names.join(", ");
    }
    let types: BTreeSet<&str> = line.urns.iter().map(|urn| urn.type_name()).collect();
    format!("{} resources: {}", line.urns.len(), types.into_iter().collect::<Vec<_>>().join(", "))
}

fn said(stated: Option<Stated>) -> String {
    match stated {
        Some((from, to)) if from == to => format!("  the requirements say {from}"),
        Some((from, to)) => format!("  the requirements say {from} to {to}"),
        None => String::new(),
    }
}

/// The services of what the requirements do not count, the dearest first.
fn left_out(report: &Report) -> String {
    let names: BTreeSet<&str> = report
        .estimate
        .lines
        .iter()
        .filter(|line| line.group.is_none())
        .map(|line| line.service.as_str())
        .collect();
    let sum = |name: &str| report.estimate.sum(|line| line.group.is_none() && line.service == name);
    let mut dear: Vec<(Decimal, &str)> = names.into_iter().map(|name| (sum(name), name)).collect();
    dear.retain(|(amount, _)| amount.round(2) > Decimal::ZERO);
    dear.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    dear.iter().map(|(amount, name)| format!("{name} {}", dollars(*amount))).collect::<Vec<_>>().join(", ")
}

fn differences(out: &mut String, before: &Report, report: &Report) {
    let all = compare(&before.estimate, &report.estimate);
    for of in &all {
        let Some(line) = of.line() else { continue };
        let what = format!("{}: {} ({})", line.service, line.what, line.region);
        let _ = writeln!(out, "  {what:<60} {:<34} {:>9}", quantities(of), coloured(of.amount()));
    }
    let (was, is) = (before.estimate.total(), report.estimate.total());
    if all.is_empty() {
        let _ = writeln!(out, "  no line differs");
    }
    let total = format!("Total: ${} → ${} a month", dollars(was), dollars(is));
    let _ = writeln!(out, "\n{} ({})", styled(BOLD, total), coloured(is - was));
}

/// `730 → 1460 hour`.
fn quantities(of: &Difference<'_>) -> String {
    let quantity = |line: Option<&Line>| line.map(|line| line.quantity.round(4)).unwrap_or_default();
    let unit = of.line().map_or("", |line| line.unit.as_str());
    format!("{} → {} {unit}", quantity(of.before), quantity(of.after))
}

/// The estimate as Markdown; with what was before, the difference first.
pub fn markdown(stack: &str, report: &Report, before: Option<&Report>, kept: &[Shown]) -> String {
    let users = report.users_per_day;
    let total = report.estimate.total();
    let mut out = format!("## Cost of `{stack}`\n\n");
    if let Some(before) = before {
        let was = before.estimate.total();
        let _ = writeln!(
            out,
            "**${} → ${} a month ({})**, for {users} users a day.\n",
            dollars(was),
            dollars(total),
            signed(total - was)
        );
        let all = compare(&before.estimate, &report.estimate);
        if !all.is_empty() {
            out.push_str(
                "| service | what | region | quantity | monthly |\n| --- | --- | --- | --- | ---: |\n",
            );
        }
        for of in &all {
            let Some(line) = of.line() else { continue };
            let (quantity, amount) = (quantities(of), signed(of.amount()));
            let _ = writeln!(
                out,
                "| {} | {} | {} | {quantity} | {amount} |",
                line.service, line.what, line.region
            );
        }
        if !all.is_empty() {
            out.push('\n');
        }
    } else {
        let _ = writeln!(out, "**${} a month**, for {users} users a day.\n", dollars(total));
    }
    out.push_str(
        "| service | what | region | quantity × unit price | monthly |\n| --- | --- | --- | --- | ---: |\n",
    );
    for line in &report.estimate.lines {
        let (reckoning, amount) = (reckoning(line), dollars(line.amount));
        let mark = if line.notes.is_empty() { "" } else { " *" };
        let _ = writeln!(
            out,
            "| {} | {}{mark} | {} | {reckoning} | {amount} |",
            line.service, line.what, line.region
        );
    }
    let _ = writeln!(out, "| **Total** | | | | **{}** |\n", dollars(total));
    let (counted, stated) = report.counted_total();
    let _ = writeln!(
        out,
        "The requirements count {}{}; {} they leave out: {}.",
        dollars(counted),
        stated.map(|(from, to)| format!(" of it and state {from} to {to}")).unwrap_or_default(),
        dollars(report.left_out()),
        left_out(report)
    );
    let notes: BTreeSet<(String, &String)> = report
        .estimate
        .lines
        .iter()
        .flat_map(|line| line.notes.iter().map(|note| (format!("{}, {}", line.service, line.what), note)))
        .collect();
    if !notes.is_empty() {
        out.push('\n');
    }
    for (line, note) in notes {
        let _ = writeln!(out, "- \\* {line}: {note}");
    }
    out.push_str("\nOpen upwards, besides the total:\n\n| what | unit price | at most | why |\n| --- | --- | ---: | --- |\n");
    for of in &report.open {
        let Some(most) = of.most else { continue };
        let (price, most) = (per_unit(of), dollars(most));
        let _ =
            writeln!(out, "| {}, {} ({}) | {price} | {most} | {} |", of.service, of.what, of.region, of.why);
    }
    for (service, all) in without_bound(report) {
        let _ = writeln!(out, "| {service} | {all} | no bound | as much as is used |");
    }
    out.push_str(&remnants::markdown(kept));
    out
}
