//! `permissions`: the least that a role has to be allowed, found by doing it in an embedded AWS that writes down
//! which rights each call needs.

mod by_hand;
mod document;
mod rehearsal;
mod show;

use std::collections::BTreeSet;

use finsight_local::{Right, all_of_the_handlers};

use crate::cli::Global;
use crate::cli::permissions::{Permissions, PermissionsFormat, Purpose};
use crate::error::{CommandError, Outcome, USAGE};
use crate::render;
use crate::stack::Stack;

pub use self::document::REHEARSED;
use self::document::{documents, opened};
use self::rehearsal::Rehearsal;

pub async fn run(global: &Global, args: &Permissions) -> Outcome {
    let configured = Stack::new(global)?.config()?.account;
    let account = args.account.clone().or(configured);
    // In a trust policy AWS takes no `*` for it.
    if account.is_none() && args.github.is_some() {
        return Err(CommandError::new(
            "CLI-USAGE",
            "the trust policy for workflows names the account, and neither the config nor --account does",
            "give --account ID, or set `account` in the config",
        )
        .with_exit(USAGE));
    }
    // Twice: what differs is what AWS gives.
    let (one, other) = (Rehearsal::open(global).await?, Rehearsal::open(global).await?);
    let (one, other) = tokio::try_join!(rights(&one, args.purpose), rights(&other, args.purpose))?;
    let rights = opened(&one, &other);
    let account = account.as_deref().unwrap_or("*");
    let documents = documents(&rights, &global.stack, account, args.purpose.word());
    let trust = document::trust(args.github.as_deref(), args.principal.as_deref(), account);
    let format = if global.is_json() { PermissionsFormat::Json } else { args.format };
    match format {
        PermissionsFormat::Json => render::json(&show::json(args.purpose, &documents, trust.as_ref())),
        PermissionsFormat::Terraform => {
            render::text(&show::terraform(&global.stack, args.purpose, &documents, trust.as_ref()));
        }
        PermissionsFormat::Shell => {
            render::text(&show::shell(&global.stack, args.purpose, &documents, trust.as_ref()));
        }
        PermissionsFormat::Markdown => {
            render::text(&show::markdown(&global.stack, args.purpose, &documents, trust.as_ref()));
        }
    }
    Ok(0)
}

/// What `up` needs, with the account of the rehearsal: [`REHEARSED`].
pub async fn of_up(global: &Global) -> Result<BTreeSet<Right>, CommandError> {
    rights(&Rehearsal::open(global).await?, Purpose::Up).await
}

/// What a purpose needs.
async fn rights(rehearsal: &Rehearsal, purpose: Purpose) -> Result<BTreeSet<Right>, CommandError> {
    if purpose == Purpose::Ops {
        // What no standby stands for cannot fail over, and a config may get one later.
        rehearsal.with_standby()?;
    }
    let mut up = rehearsal.run(&["up", "--yes"]).await?;
    // Until then Amplify builds nothing. What `ops` builds is left to it.
    rehearsal.let_amplify_in().await?;
    up.extend(match purpose {
        Purpose::Ops => rehearsal.run(&["up", "--yes", "--no-build"]).await?,
        _ => rehearsal.run(&["up", "--yes"]).await?,
    });
    let mut rights = match purpose {
        // It also goes on with what was cut off, reads what stands, and takes away what is not declared any more.
        Purpose::Up => {
            let mut all = up;
            all.extend(rehearsal.run(&["up", "--yes"]).await?);
            rehearsal.unprotect()?;
            all.extend(rehearsal.run(&["up", "--yes"]).await?);
            // A replacement of the database leaves a last snapshot of the old one.
            if let Some(database) = rehearsal.database()? {
                let replaced = ["up", "--yes", "--replace", &database, "--confirm-replace", &database];
                all.extend(rehearsal.run(&replaced).await?);
            }
            all.extend(rehearsal.destroy().await?);
            let more = all_of_the_handlers(&all);
            all.extend(more);
            all
        }
        Purpose::Preview => {
            let mut all = rehearsal.run(&["preview"]).await?;
            all.extend(rehearsal.fresh().await?.run(&["preview"]).await?);
            all
        }
        Purpose::Drift => rehearsal.run(&["drift", "--unmanaged"]).await?,
        Purpose::Destroy => {
            rehearsal.unprotect()?;
            rehearsal.run(&["up", "--yes"]).await?;
            rehearsal.destroy().await?
        }
        Purpose::Ops => ops(rehearsal).await?,
    };
    rights.extend(of_others(&rights));
    // Who only looks or deletes does without what is secret: a value that cannot be read is not compared.
    if matches!(purpose, Purpose::Preview | Purpose::Drift | Purpose::Destroy) {
        rights.retain(|right| right.action != "secretsmanager:GetSecretValue");
    }
    Ok(rights)
}

/// What is asked of all that a list names, and so of what others have in the account: an action that is asked with it
/// and nowhere else, then what is asked. A rehearsal has the account for itself.
const OF_OTHERS: [(&str, &str, &str); 2] = [
    // Whose they are (`finsight_aws::tagged`).
    ("iam:ListPolicies", "iam:ListPolicyTags", "arn:aws:iam::123456789012:policy/*"),
    // What is left of the account's concurrency (`finsight_aws::preflight`).
    (
        "lambda:GetAccountSettings",
        "lambda:GetFunctionConcurrency",
        "arn:aws:lambda:*:123456789012:function:*",
    ),
];

fn of_others(rights: &BTreeSet<Right>) -> Vec<Right> {
    let is_asked = |with: &str| rights.iter().any(|right| right.action == with);
    let asked = OF_OTHERS.iter().filter(|(with, ..)| is_asked(with));
    asked
        .map(|(_, action, resource)| Right {
            action: (*action).to_owned(),
            resource: (*resource).to_owned(),
            passed_to: None,
        })
        .collect()
}

/// What a copy of the database is asked: what the embedded AWS answers.
const QUESTIONS: &str = "questions.sql";

/// The types of what can be rotated; of secrets those that the stack makes.
const ROTATED: [&str; 3] =
    ["aws:secretsmanager:Secret/cdn-origin", "aws:rds:DBInstance", "aws:apigateway:ApiKey"];

/// What people do to a standing stack by hand.
async fn ops(rehearsal: &Rehearsal) -> Result<BTreeSet<Right>, CommandError> {
    // People name snapshots as they like, and restore what others have taken.
    let snapshot = rehearsal.name_of_its_own();
    rehearsal.put(QUESTIONS, "-- expect: 1\nselect 1;\n")?;
    let mut all = BTreeSet::new();
    // Before the restores: an `up` has to follow those.
    for secret in rehearsal.of_types(&ROTATED).await? {
        all.extend(rehearsal.run(&["ops", "secret", "rotate", &secret, "--yes"]).await?);
    }
    let functions = rehearsal.of_types(&["aws:lambda:Function"]).await?;
    let named: Vec<&str> = functions.iter().map(String::as_str).collect();
    if !named.is_empty() {
        let back = [&["rollback"], named.as_slice(), &["--to", "1", "--yes"]].concat();
        all.extend(rehearsal.run(&back).await?);
        all.extend(rehearsal.run(&["rollback", "--release", "--yes"]).await?);
    }
    for args in [
        &["database", "snapshot"][..],
        &["database", "snapshot", "--name", &snapshot],
        &["database", "stop", "--yes"],
        &["database", "start", "--yes"],
        &["database", "failover", "--yes"],
        &["database", "restore", "--rehearse", "--latest", "--queries", QUESTIONS, "--yes"],
        &["database", "restore", "--rehearse", "--snapshot", &snapshot, "--queries", QUESTIONS, "--yes"],
        &["database", "restore", "--latest", "--yes"],
        &["database", "restore", "--snapshot", &snapshot, "--yes"],
    ] {
        all.extend(rehearsal.run(&[&["ops"], args].concat()).await?);
    }
    for branch in rehearsal.build().await? {
        all.extend(rehearsal.run(&["ops", "frontend", "rollback", "--branch", &branch, "--yes"]).await?);
        all.extend(rehearsal.run(&["ops", "frontend", "build", "--branch", &branch, "--yes"]).await?);
    }
    Ok(all)
}
