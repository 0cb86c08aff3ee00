//! `permissions`: the least that a role has to be allowed, found by doing it in an embedded AWS that writes down
//! which rights each call needs.

mod document;
mod rehearsal;
mod show;

use std::collections::BTreeSet;

use finsight_local::{Right, all_of_the_handlers};

use crate::cli::Global;
use crate::cli::permissions::{Permissions, PermissionsFormat, Purpose};
use crate::error::Outcome;
use crate::render;

use self::document::{documents, opened};
use self::rehearsal::Rehearsal;

pub async fn run(global: &Global, args: &Permissions) -> Outcome {
    // Twice: what differs is what AWS gives.
    let (one, other) = (Rehearsal::open(global).await?, Rehearsal::open(global).await?);
    let (one, other) = tokio::try_join!(rights(&one, args.purpose), rights(&other, args.purpose))?;
    let rights = opened(&one, &other);
    let account = args.account.as_deref().unwrap_or("*");
    let documents = documents(&rights, &global.stack, account, args.purpose.word());
    let trust = args.github.as_ref().map(|subject| document::trust(subject, account));
    let format = if global.is_json() { PermissionsFormat::Json } else { args.format };
    match format {
        PermissionsFormat::Json => render::json(&show::json(args.purpose, &documents, trust.as_ref())),
        PermissionsFormat::Terraform => {
            render::text(&show::terraform(&global.stack, args.purpose, &documents, trust.as_ref()));
        }
        PermissionsFormat::Markdown => {
            render::text(&show::markdown(&global.stack, args.purpose, &documents, trust.as_ref()));
        }
    }
    Ok(0)
}

/// What a purpose needs.
async fn rights(
    rehearsal: &Rehearsal,
    purpose: Purpose,
) -> Result<BTreeSet<Right>, crate::error::CommandError> {
    let up = rehearsal.run(&["up", "--yes"]).await?;
    let mut rights = match purpose {
        // It also goes on with what was cut off, reads what stands, and takes away what is not declared any more.
        Purpose::Up => {
            let mut all = up;
            all.extend(rehearsal.run(&["up", "--yes"]).await?);
            rehearsal.unprotect()?;
            all.extend(rehearsal.run(&["up", "--yes"]).await?);
            all.extend(rehearsal.run(&["destroy", "--yes"]).await?);
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
            rehearsal.run(&["destroy", "--yes"]).await?
        }
        Purpose::Ops => {
            let mut all = BTreeSet::new();
            for args in [
                &["ops", "database", "snapshot"][..],
                &["ops", "database", "stop", "--yes"],
                &["ops", "database", "start", "--yes"],
                &["ops", "database", "restore", "--latest", "--yes"],
            ] {
                all.extend(rehearsal.run(args).await?);
            }
            all
        }
    };
    // Who only looks does without what is secret: a value that cannot be read is not compared.
    if matches!(purpose, Purpose::Preview | Purpose::Drift) {
        rights.retain(|right| right.action != "secretsmanager:GetSecretValue");
    }
    Ok(rights)
}
