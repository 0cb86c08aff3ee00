//! Who is asking, when it is, and what the account may send: answers of AWS that need no plan.

use std::time::SystemTime;

use finsight::config::Config;
use finsight_aws::sending;
use finsight_driver::clock::now;
use finsight_engine::exec::rfc3339;

use super::report::Report;
use crate::connect::Connection;
use crate::error::CommandError;

/// AWS refuses a signature that is further from its own time; some services take 15 minutes.
const REFUSED: f64 = 300.0;
/// A clock that is so far off is not set by anybody.
const ODD: f64 = 60.0;
/// A date has whole seconds, and an answer is on its way for a moment.
const DATED: f64 = 3.0;
/// What ends within an hour may end before a run does.
const NEAR_SECONDS: u64 = 3_600;
/// The rate that FinSight's mail needs, in messages a second: requirement M1.
const MAILS_A_SECOND: f64 = 1.0;

/// Whose credentials these are, and until when.
pub async fn credentials(connection: &Connection, report: &mut Report) {
    report.ok("credentials.caller", format!("AWS takes them as {}", connection.session.account().arn));
    let end =
        connection.session.expiry().await.and_then(|end| end.duration_since(SystemTime::UNIX_EPOCH).ok());
    let Some(end) = end.map(|end| u64::try_from(end.as_millis()).unwrap_or(u64::MAX)) else {
        if connection.session.is_temporary().await {
            let what = "they are of a session, and nothing says when it ends";
            return report.unknown(
                "credentials.expiry",
                what,
                "see that it lasts longer than a run: a first `up` takes about half an hour",
            );
        }
        return report.ok("credentials.expiry", "they do not end by themselves");
    };
    let left = end.saturating_sub(now()) / 1000;
    let when = rfc3339(end);
    if left < NEAR_SECONDS {
        report.warning(
            "credentials.expiry",
            format!("they end at {when}, in {} minutes: a first `up` takes about half an hour", left / 60),
            "renew them first (for SSO: `aws sso login`); a run whose credentials end waits for new ones for --network-patience",
        );
    } else {
        report.ok("credentials.expiry", format!("they end at {when}"));
    }
}

/// How far this machine's clock is from AWS's.
pub fn clock(connection: &Connection, report: &mut Report) {
    const NAME: &str = "clock.difference";
    let Some(ahead) = connection.session.ahead() else {
        return report.unknown(NAME, "AWS's answer had no date", "");
    };
    let way = if ahead > 0.0 { "behind" } else { "ahead of" };
    let far = format!("this machine's clock is {} {way} AWS's", seconds(ahead.abs()));
    let hint = "let the machine set its clock (`timedatectl set-ntp true`, or the system's own way)";
    match ahead.abs() {
        off if off > REFUSED => {
            let message = format!("{far}: AWS refuses what is signed more than 5 minutes from its own time");
            report.fails(NAME, CommandError::new("DOCTOR-CLOCK", message, hint));
        }
        off if off > ODD => {
            report.warning(NAME, format!("{far}; from 5 minutes on AWS refuses its calls"), hint)
        }
        off if off < DATED => report.ok(NAME, "this machine's clock goes with AWS's"),
        _ => report.ok(NAME, far),
    }
}

fn seconds(of: f64) -> String {
    let whole = format!("{of:.0}").parse::<u64>().unwrap_or_default();
    match whole {
        0..120 => format!("{whole} s"),
        _ => format!("{} min {} s", whole / 60, whole % 60),
    }
}

/// Whether the account is the config's. Of another one a connection is refused, but for an emulator's.
pub fn account(connection: &Connection, config: &Config, report: &mut Report) {
    const NAME: &str = "account.config";
    let id = &connection.session.account().id;
    match &config.account {
        Some(wanted) if wanted == id => report.ok(NAME, format!("{id}, as the config names it")),
        Some(wanted) => {
            report.ok(
                NAME,
                format!("{id} of an emulator on this machine, where the config's {wanted} is not asked for"),
            );
        }
        None => report.warning(
            NAME,
            format!(
                "{id}; the config names none, so that `up` goes to any account that the credentials are of"
            ),
            format!("set `\"account\": \"{id}\"` in the config"),
        ),
    }
}

/// What SES lets the account send: no quota of it can be set by a program.
pub async fn mail(connection: &Connection, config: &Config, report: &mut Report) {
    const NAME: &str = "quotas.mail";
    let aws = connection.session.region(&config.region);
    let found = match connection.ask_soon(async || sending(&aws).await).await {
        Ok(found) => found,
        Err(failure) => {
            let hint = "see with `aws sesv2 get-account`";
            return report.unknown(
                NAME,
                format!("what SES lets the account send is not known: {failure}"),
                hint,
            );
        }
    };
    let rate = format!("{} messages a second, {} a day", found.a_second, found.a_day);
    if !found.enabled {
        let hint = "read AWS's mail about it; SES, *Account dashboard*, says why";
        report.warning(NAME, format!("AWS has paused the account's sending ({rate})"), hint);
    } else if found.a_second < MAILS_A_SECOND {
        let message = format!("SES sends {rate}: FinSight's mail needs {MAILS_A_SECOND} a second");
        report.warning(NAME, message, "SES, *Account dashboard*, *Request a limit increase*");
    } else if !found.to_anybody {
        report.warning(
            NAME,
            format!("SES sends to verified addresses alone: the account is in its sandbox ({rate})"),
            "request production access (docs/guide/first-deployment.md, step 12)",
        );
    } else {
        report.ok(NAME, format!("SES sends to anybody, {rate}"));
    }
}
