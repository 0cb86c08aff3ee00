//! The Lambda function: reads its environment, then does what it is called for.

use std::process::ExitCode;

use finsight_database_user::Maker;
use finsight_database_user::config::Config;
use finsight_database_user::tls::Tls;
use finsight_function::log;
use finsight_function::runtime::{Failure, Invocation, RuntimeApi};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let variable = |name: &str| std::env::var(name).ok();
    log::install(variable("AWS_LAMBDA_LOG_LEVEL").as_deref());
    let Some(Ok(api)) = variable("AWS_LAMBDA_RUNTIME_API").map(|address| RuntimeApi::at(&address)) else {
        tracing::error!("AWS_LAMBDA_RUNTIME_API is not set: this program runs in Lambda");
        return ExitCode::FAILURE;
    };
    let ready = Config::read(variable).map_err(|error| error.to_string()).and_then(|config| {
        let tls = Tls::of_rds().map_err(|error| error.to_string())?;
        Ok(Maker::new(config, tls))
    });
    let ended = match ready {
        Ok(maker) => {
            let handle = async |invocation: &Invocation| maker.handle(invocation).await;
            api.serve(handle).await.map(|never| match never {})
        }
        Err(problem) => {
            tracing::error!(problem, "the function cannot start");
            api.cannot_start(&Failure::new("DatabaseUser.Config", problem)).await
        }
    };
    if let Err(error) = ended {
        tracing::error!(error = error.to_string(), "the function ends");
    }
    ExitCode::FAILURE
}
