//! What the environment says: which database, which user, and where the master user's secret is.

use finsight_function::secret::Place;

/// The settings of the function.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DB_HOST`: the instance's own host, as a proxy takes no passwords.
    pub host: String,
    /// `DB_PORT`.
    pub port: u16,
    /// `DB_NAME`: the database.
    pub database: String,
    /// `DB_USER`: the user that is to be.
    pub user: String,
    /// `DB_MASTER_SECRET_ARN`: the master user's secret, which RDS keeps.
    pub secret: Place,
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
        let mut problems = Vec::new();
        let mut needed = |name: &str| {
            let set = variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
            set.unwrap_or_else(|| {
                problems.push(format!("{name} is not set"));
                String::new()
            })
        };
        let (host, port) = (needed("DB_HOST"), needed("DB_PORT"));
        let (database, user) = (needed("DB_NAME"), needed("DB_USER"));
        let port = port.parse().unwrap_or_else(|_| {
            problems.push("DB_PORT is no port".to_owned());
            0
        });
        match Place::read("DB_MASTER_SECRET_ARN", variable) {
            Ok(secret) if problems.is_empty() => Ok(Self { host, port, database, user, secret }),
            Ok(_) => Err(ConfigError(problems)),
            Err(others) => Err(ConfigError(problems.into_iter().chain(others).collect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn everything_wrong_is_said_at_once() {
        let error = Config::read(|_| None).expect_err("wrong").to_string();
        for name in ["DB_HOST", "DB_PORT is not set; ", "DB_NAME", "DB_USER", "DB_MASTER_SECRET_ARN"] {
            assert!(error.contains(name), "{name} is not in {error}");
        }
        let odd = |name: &str| {
            Some(if name.ends_with("ARN") { "arn:aws:secretsmanager:r:1:secret:s" } else { "x" }.to_owned())
        };
        let error =
            Config::read(|name| odd(name).filter(|_| !name.contains("ENDPOINT"))).expect_err("no port");
        assert_eq!(error.to_string(), "DB_PORT is no port");
    }
}
