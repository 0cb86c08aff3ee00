//! What the environment says: where the webhook is kept, and who may read it.

use finsight_function::secret::Place;

/// The settings of the notifier.
#[derive(Clone, Debug)]
pub struct Config {
    /// `SLACK_WEBHOOK_SECRET_ARN`: the secret that holds the webhook's address.
    pub secret: Place,
    /// `FINSIGHT_STACK`: the stack's name, shown in each message.
    pub stack: Option<String>,
}

/// All that is wrong with the environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads the settings with `variable`, which gives an environment variable by name.
    ///
    /// # Errors
    /// All variables that are missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let stack = variable("FINSIGHT_STACK").map(|text| text.trim().to_owned());
        Ok(Self {
            secret: Place::read("SLACK_WEBHOOK_SECRET_ARN", variable).map_err(ConfigError)?,
            stack: stack.filter(|text| !text.is_empty()),
        })
    }
}
