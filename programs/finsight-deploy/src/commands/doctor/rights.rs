//! Whether the rights suffice: those that `up` needs, as a rehearsal finds them, asked of IAM without using them.

use std::collections::{BTreeMap, BTreeSet};

use finsight_aws::{Simulated, Wanted, role_of, simulate};
use finsight_engine::contract::{Failure, FailureClass};
use finsight_local::Right;

use super::report::Report;
use crate::cli::Doctor;
use crate::commands::permissions;
use crate::connect::Connection;
use crate::embedded::at_the_pace_of_aws;
use crate::error::CommandError;
use crate::run::Desk;

const NAME: &str = "permissions.up";
/// Of so many lines it is said that there are more.
const SHOWN: usize = 12;
/// Services whose calls all go to one region, whatever the stack's.
const GLOBAL: [&str; 5] = ["iam", "cloudfront", "route53", "budgets", "freetier"];
const EDGE: &str = "us-east-1";

/// Asks IAM what of the rights that `up` needs the caller, or another principal, has not.
pub async fn look(
    desk: &Desk,
    args: &Doctor,
    connection: &Connection,
    report: &mut Report,
) -> Result<(), CommandError> {
    let caller = args.principal.as_ref().unwrap_or(&connection.session.account().arn);
    let aws = connection.session.region(&desk.config.region);
    let principal = match desk.stop.or(connection.ask_soon(async || role_of(&aws, caller).await)).await? {
        Ok(Some(principal)) => principal,
        Ok(None) => {
            let message = format!("{caller} has no policies of its own that IAM could be asked about");
            report.unknown(NAME, message, "deploy by a role (docs/guide/permissions.md)");
            return Ok(());
        }
        Err(failure) => {
            not_known(&failure, caller, report);
            return Ok(());
        }
    };
    if at_the_pace_of_aws(&desk.global) {
        report.unknown(NAME, "at AWS's pace a rehearsal has no time of its own", "leave --local-pace out");
        return Ok(());
    }
    // Whether the question may be asked at all, before it is found out what to ask.
    if let Err(failure) =
        desk.stop.or(connection.ask(async || simulate(&aws, &principal, &trial()).await)).await?
    {
        not_known(&failure, &principal, report);
        return Ok(());
    }
    let rights = match desk.stop.or(permissions::of_up(&desk.global)).await? {
        Ok(rights) => rights,
        Err(error) => {
            report.unknown(NAME, format!("what `up` needs is not known: {}", error.message), error.hint);
            return Ok(());
        }
    };
    let account = connection.session.account().id.as_str();
    let wanted: BTreeSet<Wanted> =
        rights.into_iter().map(|right| wanted(right, account, &desk.config.region)).collect();
    let asked = desk.stop.or(connection.ask(async || simulate(&aws, &principal, &wanted).await)).await?;
    match asked {
        Ok(simulated) => judge(&principal, &simulated, report),
        Err(failure) => not_known(&failure, &principal, report),
    }
    Ok(())
}

/// A question to which any answer will do.
fn trial() -> BTreeSet<Wanted> {
    let (action, resource) = ("sts:GetCallerIdentity".to_owned(), "*".to_owned());
    [Wanted { action, resource, passed_to: None, region: EDGE.to_owned() }].into()
}

/// A right of the rehearsal, in the account that is meant.
fn wanted(right: Right, account: &str, region: &str) -> Wanted {
    let Right { action, resource, passed_to } = right;
    let resource = resource.replace(permissions::REHEARSED, account);
    let service = action.split(':').next().unwrap_or_default();
    let named = resource.split(':').nth(3).filter(|region| !region.is_empty() && *region != "*");
    let region = match named {
        _ if GLOBAL.contains(&service) => EDGE,
        Some(named) => named,
        None => region,
    };
    let region = region.to_owned();
    Wanted { action, resource, passed_to, region }
}

fn judge(principal: &str, simulated: &Simulated, report: &mut Report) {
    let Simulated { asked, denied, open } = simulated;
    if denied.is_empty() && open.is_empty() {
        return report
            .ok(NAME, format!("{principal} has the {asked} rights that `up` needs, as IAM simulates it"));
    }
    if denied.is_empty() {
        let actions: BTreeSet<&str> = open.iter().map(|one| one.action.as_str()).collect();
        let message = format!(
            "whether {principal} has {} of {asked} rights depends on conditions that a simulation does not know:\n{}",
            open.len(),
            shown(actions.into_iter().map(str::to_owned).collect())
        );
        return report.warning(
            NAME,
            message,
            "a condition on tags or on the network decides with the call itself",
        );
    }
    let mut on: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (one, why) in denied {
        on.entry((one.action.as_str(), why.as_str())).or_default().push(&one.resource);
    }
    let line = |((action, why), resources): (&(&str, &str), &Vec<&str>)| {
        let more =
            if resources.len() > 1 { format!(" and {} more", resources.len() - 1) } else { String::new() };
        format!("{action} on {}{more}: {why}", resources.first().copied().unwrap_or("*"))
    };
    let message = format!(
        "{principal} has not {} of the {asked} rights that `up` may need:\n{}",
        denied.len(),
        shown(on.iter().map(line).collect())
    );
    let hint = "`finsight-deploy permissions --for up` prints the policies that have them all";
    report.fails(NAME, CommandError::new("DOCTOR-RIGHTS", message, hint));
}

fn shown(lines: Vec<String>) -> String {
    let more = lines.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = lines.into_iter().take(SHOWN).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown.join("\n")
}

/// Who may not ask IAM is told how the question can be asked.
fn not_known(failure: &Failure, principal: &str, report: &mut Report) {
    let (message, hint) = match failure.class {
        FailureClass::Denied => (
            format!("no right to simulate ({})", failure.operation),
            format!(
                "an administrator can ask for this role: `finsight-deploy doctor --principal {principal}`; or allow it \
                 iam:SimulatePrincipalPolicy and iam:GetRole on itself"
            ),
        ),
        _ => (failure.to_string(), String::new()),
    };
    report.unknown(NAME, message, hint);
}
