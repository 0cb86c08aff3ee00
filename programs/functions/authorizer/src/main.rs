//! The Lambda function: reads its environment, then answers events until Lambda ends it.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use finsight_authorizer::config::Config;
use finsight_authorizer::{Authorizer, UNAVAILABLE};
use finsight_function::http::Client;
use finsight_function::log;
use finsight_function::runtime::{Failure, Invocation, RuntimeApi};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let variable = |name: &str| std::env::var(name).ok();
    log::install(variable("AWS_LAMBDA_LOG_LEVEL").as_deref());
    let Some(Ok(api)) = variable("AWS_LAMBDA_RUNTIME_API").map(|address| RuntimeApi::at(&address)) else {
        tracing::error!(
            outcome = UNAVAILABLE,
            "AWS_LAMBDA_RUNTIME_API is not set: this program runs in Lambda"
        );
        return ExitCode::FAILURE;
    };
    let ready = Config::read(variable).map_err(|error| error.to_string()).and_then(|config| {
        let client = Client::https().map_err(|error| error.to_string())?;
        Ok(Authorizer::new(
            &config,
            client,
            Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()),
        ))
    });
    let ended = match ready {
        Ok(authorizer) => {
            authorizer.prepare().await;
            let handle = async |invocation: &Invocation| authorizer.authorize(invocation).await;
            api.serve(handle).await.map(|never| match never {})
        }
        Err(problem) => {
            tracing::error!(outcome = UNAVAILABLE, problem, "the function cannot start");
            api.cannot_start(&Failure::new("Authorizer.Config", problem)).await
        }
    };
    if let Err(error) = ended {
        tracing::error!(outcome = UNAVAILABLE, error = error.to_string(), "the function ends");
    }
    ExitCode::FAILURE
}
