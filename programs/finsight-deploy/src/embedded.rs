//! The embedded AWS as what a command talks to.

use aws_config::ConfigLoader;

use crate::cli::Global;
use crate::error::CommandError;
use crate::stack::Stack;

#[cfg(feature = "local")]
pub use built::*;
#[cfg(not(feature = "local"))]
pub use left_out::*;

#[cfg(feature = "local")]
mod built {
    use clap::CommandFactory as _;
    use clap::error::ErrorKind;
    use finsight_local::LocalCloud;
    use tokio::time::Instant;

    use super::{CommandError, ConfigLoader, Global, Stack};
    use crate::cli::{Cli, Command, LocalPace};
    use crate::render;

    /// The embedded AWS of a command; at AWS's pace it says at the end how that was.
    pub struct Embedded {
        cloud: LocalCloud,
        /// When it began, where it goes at AWS's pace.
        began: Option<Instant>,
    }

    impl Embedded {
        /// Opens what is kept for the stack, and leads an SDK there.
        pub async fn open(
            loader: ConfigLoader,
            global: &Global,
            stack: &Stack,
        ) -> Result<(ConfigLoader, Self), CommandError> {
            let mut cloud =
                LocalCloud::open(&stack.local_cloud).map_err(|error| CommandError::local(&error))?;
            let mut loader = loader.credentials_provider(LocalCloud::credentials());
            let mut began = None;
            if at_the_pace_of_aws(global) {
                // What was waited for is not undone: the clock goes on from where the last command left it.
                tokio::time::advance(cloud.ahead()).await;
                cloud = cloud.with_the_pace_of_aws(seed());
                began = Some(Instant::now());
            } else {
                loader = loader.endpoint_url("http://local.invalid");
            }
            Ok((loader.http_client(cloud.http_client()), Self { cloud, began }))
        }
    }

    impl Drop for Embedded {
        fn drop(&mut self) {
            let Some(began) = self.began else { return };
            let throttled = self.cloud.throttled();
            let first = throttled.first().map(|call| format!(", the first of them {call}"));
            render::note(&format!(
                "at AWS's pace: {}, {} calls, {} refused for their rate{}",
                render::duration(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)),
                self.cloud.call_count(),
                throttled.len(),
                first.unwrap_or_default(),
            ));
        }
    }

    /// Which calls come to a server of AWS that is behind is drawn from it: always the same, unless somebody wants to
    /// see more.
    pub fn seed() -> u64 {
        std::env::var("FINSIGHT_LOCAL_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    /// A pace of the embedded AWS for a command that does not go there.
    pub fn misused_pace(cli: &Cli) -> Option<clap::Error> {
        let goes_there = cli.global.local || matches!(cli.command, Command::Local(_));
        (cli.global.local_pace == LocalPace::Aws && !goes_there).then(|| {
            let message = "--local-pace is of the embedded AWS: give --local too, or `local serve`\n";
            Cli::command().error(ErrorKind::MissingRequiredArgument, message)
        })
    }

    /// Whether a command goes on in the embedded AWS and at AWS's pace.
    pub fn at_the_pace_of_aws(global: &Global) -> bool {
        global.local && global.local_pace == LocalPace::Aws
    }
}

#[cfg(not(feature = "local"))]
mod left_out {
    use super::{CommandError, ConfigLoader, Global, Stack};

    /// There is none.
    pub enum Embedded {}

    impl Embedded {
        /// Says so.
        pub async fn open(
            _: ConfigLoader,
            _: &Global,
            _: &Stack,
        ) -> Result<(ConfigLoader, Self), CommandError> {
            Err(CommandError::new(
                "LOCAL-NOT-BUILT",
                "this binary was built without the embedded AWS",
                "build it with the default features: `cargo run -- up --local`",
            ))
        }
    }

    /// There is no pace without it.
    pub fn misused_pace(_: &crate::cli::Cli) -> Option<clap::Error> {
        None
    }

    /// Never.
    pub fn at_the_pace_of_aws(_: &Global) -> bool {
        false
    }
}
