//! `local`: the embedded AWS.

use crate::cli::{Global, Local};
use crate::error::{CommandError, Outcome};

#[cfg(not(feature = "local"))]
pub async fn run(_global: &Global, _command: &Local) -> Outcome {
    Err(CommandError::new(
        "LOCAL-NOT-BUILT",
        "this binary was built without the embedded AWS",
        "build it with the default features",
    ))
}

#[cfg(feature = "local")]
pub async fn run(global: &Global, command: &Local) -> Outcome {
    use crate::render;
    use crate::stack::Stack;
    use finsight_local::LocalCloud;

    let local = Global { local: true, endpoint_url: None, ..global.clone() };
    let stack = Stack::new(&local)?;
    let dir = &stack.local_cloud;
    match command {
        Local::Serve { port, caller, account } => {
            let mut cloud = LocalCloud::open(dir).map_err(|error| CommandError::local(&error))?;
            if global.local_pace == crate::cli::LocalPace::Aws {
                cloud = cloud.with_the_pace_of_aws(crate::embedded::seed());
            }
            set(&cloud, *account).await?;
            if !caller.is_empty() {
                cloud.set_caller(Some(policies(caller)?));
            }
            let server =
                cloud.serve(std::net::SocketAddr::from(([127, 0, 0, 1], *port))).await.map_err(|error| {
                    let hint = "nothing was changed; take another port with --port, or 0 for any free one";
                    CommandError::new("LOCAL-OPEN", format!("port {port}: {error}"), hint)
                })?;
            let url = format!("http://{}", server.addr());
            if global.is_json() {
                render::json(&serde_json::json!({"endpoint": url}));
            } else {
                render::text(&format!(
                    "The embedded AWS answers on {url}\n\n  export AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n  aws ec2 describe-vpcs --region ap-northeast-1\n\nCtrl-C ends it.\n"
                ));
            }
            let stop = crate::signals::Stop::watch();
            stop.begin()?;
            let _ = stop.receiver().changed().await;
            server.shutdown().await;
            Ok(0)
        }
        Local::Reset { account, yes } => {
            if !yes {
                crate::run::ask(
                    "delete all that the embedded AWS holds, and the state of its stacks",
                    global,
                )?;
            }
            if stack.base.exists() {
                std::fs::remove_dir_all(&stack.base).map_err(|error| {
                    CommandError::io(&format!("deleting {}", stack.base.display()), &error)
                })?;
            }
            if account.is_some() {
                set(&LocalCloud::open(dir).map_err(|error| CommandError::local(&error))?, *account).await?;
            }
            render::note("the embedded AWS is empty");
            Ok(0)
        }
        Local::Status => {
            let cloud = LocalCloud::open(dir).map_err(|error| CommandError::local(&error))?;
            let status = serde_json::json!(cloud.status().await);
            if global.is_json() {
                render::json(&status);
            } else {
                render::text(&format!("{status:#}\n"));
            }
            Ok(0)
        }
        Local::Try => super::tried::run(&local, &stack),
    }
}

/// Makes the embedded AWS an account of this kind.
#[cfg(feature = "local")]
async fn set(
    cloud: &finsight_local::LocalCloud,
    account: Option<crate::cli::LocalAccount>,
) -> Result<(), CommandError> {
    use crate::cli::LocalAccount;
    use finsight_local::Account;
    let account = match account {
        Some(LocalAccount::Old) => Account::Old,
        Some(LocalAccount::New) => Account::New,
        Some(LocalAccount::Prepared) => Account::Prepared,
        None => return Ok(()),
    };
    cloud.set_account(account).await.map_err(|error| CommandError::local(&error))
}

/// The policies in these files: documents, or what `permissions` prints as JSON.
#[cfg(feature = "local")]
fn policies(files: &[std::path::PathBuf]) -> Result<Vec<String>, CommandError> {
    let mut found = Vec::new();
    for file in files {
        let wrong = |why: String| {
            CommandError::new(
                "LOCAL-POLICY",
                format!("{}: {why}", file.display()),
                "give policy documents as JSON, or what `permissions --format json` prints",
            )
        };
        let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let documents = match value["policies"].as_array() {
            Some(documents) => documents.clone(),
            None => vec![value],
        };
        if documents.is_empty() {
            return Err(wrong("there is no policy in it".to_owned()));
        }
        for document in documents {
            let document = document.to_string();
            finsight_local::LocalCloud::check_policy(&document).map_err(wrong)?;
            found.push(document);
        }
    }
    Ok(found)
}
