//! An estimate as JSON.

use finsight::cost::assumptions::HOURS;
use finsight::cost::{Open, Report, Stated, prices};
use finsight_engine::cost::{Decimal, Difference, Line, compare};
use serde_json::{Value as Json, json};

use super::cost_text::Change;
use super::remnants::{self, Shown};
use crate::error::CommandError;

/// US dollars to the cent.
fn cents(amount: Decimal) -> f64 {
    amount.round(2).to_f64()
}

/// The document of `cost --json`; with what was before, also the difference.
pub fn document(stack: &str, report: &Report, before: Option<&Report>, kept: &[Shown]) -> Json {
    let estimate = &report.estimate;
    let (counted, stated) = report.counted_total();
    let mut json = json!({
        "version": 1,
        "stack": stack,
        "currency": "USD",
        "users_per_day": report.users_per_day,
        "hours_a_month": HOURS.to_f64(),
        "monthly": cents(estimate.total()),
        "fixed": cents(estimate.sum(|line| line.kind.word() == "fixed")),
        "usage": cents(estimate.sum(|line| line.kind.word() == "usage")),
        "lines": estimate.lines.iter().map(line).collect::<Vec<_>>(),
        "requirements": {
            "monthly": cents(counted),
            "stated": range(stated),
            "left_out": cents(report.left_out()),
            "groups": report.counted().iter().map(|of| json!({
                "group": of.group, "monthly": cents(of.amount), "stated": range(of.stated),
            })).collect::<Vec<_>>(),
        },
        "open": report.open.iter().map(open).collect::<Vec<_>>(),
        "assumptions": report.assumptions().map(|(of, quantity)| json!({
            "name": of.name.to_lowercase(),
            "quantity": quantity.to_f64(),
            "unit": of.unit,
            "scales": of.scales,
            "from": of.from.word(),
            "why": of.why,
        })).collect::<Vec<_>>(),
        "always_free": prices().always_free.iter().map(|of| json!({
            "name": of.pool,
            "quantity": of.quantity.to_f64(),
            "unit": of.unit,
            "used": estimate.allowances.get(&of.pool).copied().unwrap_or_default().to_f64(),
        })).collect::<Vec<_>>(),
        "free": report.free.iter().map(|of| json!({
            "type": of.type_name, "count": of.count, "why": of.why,
        })).collect::<Vec<_>>(),
    });
    if !kept.is_empty() {
        json["remnants"] = remnants::json(kept);
        json["remnants_monthly"] = json!(cents(remnants::monthly(kept)));
    }
    if let Some(before) = before {
        let difference = estimate.total() - before.estimate.total();
        json["diff"] = json!({
            "monthly_before": cents(before.estimate.total()),
            "monthly_after": cents(estimate.total()),
            "difference": cents(difference),
            "lines": compare(&before.estimate, estimate).iter().filter_map(changed).collect::<Vec<_>>(),
        });
    }
    json
}

fn range(stated: Option<Stated>) -> Json {
    stated.map_or(Json::Null, |(from, to)| json!({"from": from, "to": to}))
}

fn line(line: &Line) -> Json {
    json!({
        "key": line.key,
        "service": line.service,
        "what": line.what,
        "kind": line.kind.word(),
        "group": line.group,
        "region": line.region,
        "resources": line.urns,
        "quantity": line.quantity.to_f64(),
        "free": line.free.to_f64(),
        "unit": line.unit,
        "unit_price": line.price.map(Decimal::to_f64),
        "monthly": line.amount.to_f64(),
        "source": line.source,
        "price_date": line.date,
        "notes": line.notes,
    })
}

/// What a month may cost more; `most` is null where there is no bound.
fn open(of: &Open) -> Json {
    json!({
        "key": of.key,
        "service": of.service,
        "what": of.what,
        "region": of.region,
        "resources": of.urns,
        "unit": of.unit,
        "unit_price": of.price.to_f64(),
        "most": of.most.map(cents),
        "why": of.why,
    })
}

fn changed(of: &Difference<'_>) -> Option<Json> {
    let line = of.line()?;
    let side = |side: Option<&Line>| {
        side.map(|line| json!({"quantity": line.quantity.to_f64(), "monthly": line.amount.to_f64()}))
    };
    let only = |here: Option<&Line>, there: Option<&Line>| -> Vec<String> {
        let other = |urn: &_| there.is_some_and(|there| there.urns.contains(urn));
        here.into_iter()
            .flat_map(|here| &here.urns)
            .filter(|urn| !other(urn))
            .map(ToString::to_string)
            .collect()
    };
    Some(json!({
        "key": line.key,
        "service": line.service,
        "what": line.what,
        "region": line.region,
        "unit": line.unit,
        "unit_price": line.price.map(Decimal::to_f64),
        "before": side(of.before),
        "after": side(of.after),
        "difference": of.amount().to_f64(),
        "added": only(of.after, of.before),
        "removed": only(of.before, of.after),
    }))
}

/// `cost` of `preview --json`: amounts are null where something has no price.
pub fn change(cost: &Result<Change, CommandError>) -> Json {
    match cost {
        Ok(change) => json!({
            "currency": "USD",
            "monthly_before": cents(change.before),
            "monthly_after": cents(change.after),
        }),
        Err(error) => json!({
            "currency": "USD",
            "monthly_before": Json::Null,
            "monthly_after": Json::Null,
            "unknown": {"code": error.code, "message": error.message},
        }),
    }
}
