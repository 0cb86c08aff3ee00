//! The Lambda function: reads its environment and the webhook, then sends messages until Lambda ends it.

use std::process::ExitCode;

use finsight_function::http::Client;
use finsight_function::log;
use finsight_function::runtime::{Failure, Invocation, RuntimeApi};
use finsight_slack_notifier::Notifier;
use finsight_slack_notifier::config::Config;
use finsight_slack_notifier::slack::Slack;
use finsight_slack_notifier::webhook::Webhook;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let variable = |name: &str| std::env::var(name).ok();
    log::install(variable("AWS_LAMBDA_LOG_LEVEL").as_deref());
    let Some(Ok(api)) = variable("AWS_LAMBDA_RUNTIME_API").map(|address| RuntimeApi::at(&address)) else {
        tracing::error!("AWS_LAMBDA_RUNTIME_API is not set: this program runs in Lambda");
        return ExitCode::FAILURE;
    };
    let ready = Config::read(variable).map_err(|error| error.to_string()).and_then(|config| {
        let client = Client::https().map_err(|error| error.to_string())?;
        Ok(Notifier::new(Slack::new(client, Webhook::new(&config)), config.stack))
    });
    let ended = match ready {
        Ok(mut notifier) => {
            let handle = async |invocation: &Invocation| notifier.notify(invocation).await;
            api.serve(handle).await.map(|never| match never {})
        }
        Err(problem) => {
            tracing::error!(problem, "the function cannot start");
            api.cannot_start(&Failure::new("Notifier.Config", problem)).await
        }
    };
    if let Err(error) = ended {
        tracing::error!(error = error.to_string(), "the function ends");
    }
    ExitCode::FAILURE
}
