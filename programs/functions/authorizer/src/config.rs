//! What the environment says: issuer, audiences, where the keys are, and how long they are good.

use std::ops::RangeInclusive;
use std::time::Duration;

use ::http::Uri;
use finsight_function::http;

/// The settings of the authorizer.
#[derive(Clone, Debug)]
pub struct Config {
    /// `JWT_ISSUER`: exactly the `iss` of the tokens, such as `https://finsight.eu.auth0.com/`.
    pub issuer: String,
    /// `JWT_AUDIENCES`, separated by commas or blanks: a token has to name one of them.
    pub audiences: Vec<String>,
    /// `JWKS_URL`: where the keys are; else `.well-known/jwks.json` below the issuer.
    pub jwks_url: Uri,
    /// `CLOCK_SKEW_SECONDS`, at most 300: how far the clocks may differ. 30 without a setting.
    pub leeway: Duration,
    /// `JWKS_FRESH_SECONDS`: after that, keys are fetched again. 600 without a setting.
    pub fresh: Duration,
    /// `JWKS_STALE_SECONDS`, from 60, and not less than the other two together: after that, keys that could not be
    /// fetched again are used no more. 21600 without a setting.
    pub stale: Duration,
    /// `JWKS_REFRESH_SECONDS`: the mean time between two fetches at the most. 10 without a setting.
    pub refresh: Duration,
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
        let set =
            |name: &str| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut seconds = |name: &str, default: u64, range: RangeInclusive<u64>| {
            let Some(text) = set(name) else { return Duration::from_secs(default) };
            let number = text.parse().ok().filter(|number| range.contains(number));
            if number.is_none() {
                let (least, most) = (range.start(), range.end());
                problems.push(format!("{name} is not a number of seconds from {least} to {most}"));
            }
            Duration::from_secs(number.unwrap_or(default))
        };
        let leeway = seconds("CLOCK_SKEW_SECONDS", 30, 0..=300);
        let fresh = seconds("JWKS_FRESH_SECONDS", 600, 0..=86_400);
        let stale = seconds("JWKS_STALE_SECONDS", 21_600, 60..=604_800);
        let refresh = seconds("JWKS_REFRESH_SECONDS", 10, 0..=3_600);
        // Otherwise there are times when the keys may not be used any more, and may not yet be fetched again.
        if stale < fresh + refresh {
            let both = "JWKS_FRESH_SECONDS and JWKS_REFRESH_SECONDS together";
            problems.push(format!("JWKS_STALE_SECONDS is less than {both}: nobody could come in"));
        }
        let issuer = set("JWT_ISSUER").unwrap_or_default();
        if let Err(problem) = http::address(&issuer) {
            problems.push(format!("JWT_ISSUER {problem}"));
        }
        let audiences: Vec<String> = set("JWT_AUDIENCES")
            .unwrap_or_default()
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect();
        if audiences.is_empty() {
            problems.push("JWT_AUDIENCES names no audience".to_owned());
        }
        let jwks = set("JWKS_URL")
            .unwrap_or_else(|| format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/')));
        match http::address(&jwks) {
            Ok(jwks_url) if problems.is_empty() => {
                Ok(Self { issuer, audiences, jwks_url, leeway, fresh, stale, refresh })
            }
            Ok(_) => Err(ConfigError(problems)),
            Err(problem) => {
                problems.push(format!("JWKS_URL {problem}"));
                Err(ConfigError(problems))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_keys_are_below_the_issuer() {
        let config =
            read(&[("JWT_ISSUER", "https://x.auth0.com/"), ("JWT_AUDIENCES", "a, b c")]).expect("good");
        assert_eq!(config.jwks_url.to_string(), "https://x.auth0.com/.well-known/jwks.json");
        assert_eq!(config.audiences, ["a", "b", "c"]);
        assert_eq!(config.leeway, Duration::from_secs(30));
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let error = read(&[("JWT_ISSUER", "http://x"), ("CLOCK_SKEW_SECONDS", "301"), ("JWKS_URL", "x")])
            .expect_err("wrong");
        assert_eq!(error.0.len(), 4, "{error}");
        for name in ["JWT_ISSUER", "JWT_AUDIENCES", "CLOCK_SKEW_SECONDS", "JWKS_URL"] {
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    /// B7: with some settings the keys would be too old to be used before they may be fetched again.
    #[test]
    fn settings_that_lock_everyone_out_are_refused() {
        let with = |fresh: &str, stale: &str, refresh: &str| {
            read(&[
                ("JWT_ISSUER", "https://x/"),
                ("JWT_AUDIENCES", "a"),
                ("JWKS_FRESH_SECONDS", fresh),
                ("JWKS_STALE_SECONDS", stale),
                ("JWKS_REFRESH_SECONDS", refresh),
            ])
        };
        for (fresh, stale, refresh) in [
            ("1", "2", "60"),
            ("60", "59", "10"),
            ("0", "0", "0"),
            ("0", "2", "0"),
            ("30", "60", "60"),
            ("600", "600", "10"),
            ("600", "3600", "3600"),
            ("-1", "3600", "10"),
        ] {
            assert!(with(fresh, stale, refresh).is_err(), "{fresh} {stale} {refresh}");
        }
        for (fresh, stale, refresh) in [("0", "60", "0"), ("50", "60", "10"), ("600", "21600", "10")] {
            assert!(with(fresh, stale, refresh).is_ok(), "{fresh} {stale} {refresh}");
        }
    }
}
