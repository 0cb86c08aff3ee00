//! `aws:secretsmanager:Secret`

use std::collections::BTreeMap;

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Data, Equality, Identity, Kept, Kind, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Shape, resource};
use crate::ids::{Arn, SecretArn};

/// A random first value of a secret, made by Secrets Manager: what is not said is as AWS assumes
/// it, 32 characters of every kind but the space.
#[derive(Clone, Default)]
pub struct Generate(Map);

impl Generate {
    /// The random text alone is the value.
    #[must_use]
    pub fn password() -> Self {
        Self::default()
    }

    /// The value is this JSON object with the random text added under `key`.
    #[must_use]
    pub fn within(template: impl Into<Input<String>>, key: &str) -> Self {
        Self::default()
            .set("secret_string_template", template.into().into_value())
            .set("generate_string_key", key.into())
    }

    /// How many characters, 1 to 4096.
    #[must_use]
    pub fn password_length(self, length: i64) -> Self {
        self.set("password_length", length.into())
    }

    /// Characters that are left out.
    #[must_use]
    pub fn exclude_characters(self, characters: &str) -> Self {
        self.set("exclude_characters", characters.into())
    }

    /// Whether punctuation is left out.
    #[must_use]
    pub fn exclude_punctuation(self, exclude: bool) -> Self {
        self.set("exclude_punctuation", exclude.into())
    }

    /// Whether digits are left out.
    #[must_use]
    pub fn exclude_numbers(self, exclude: bool) -> Self {
        self.set("exclude_numbers", exclude.into())
    }

    /// Whether lower-case letters are left out.
    #[must_use]
    pub fn exclude_lowercase(self, exclude: bool) -> Self {
        self.set("exclude_lowercase", exclude.into())
    }

    /// Whether upper-case letters are left out.
    #[must_use]
    pub fn exclude_uppercase(self, exclude: bool) -> Self {
        self.set("exclude_uppercase", exclude.into())
    }

    /// Whether each kind that is not left out occurs at least once; it does where this is not said.
    #[must_use]
    pub fn require_each_included_type(self, require: bool) -> Self {
        self.set("require_each_included_type", require.into())
    }

    /// Whether the space may occur.
    #[must_use]
    pub fn include_space(self, include: bool) -> Self {
        self.set("include_space", include.into())
    }

    /// It opens nothing: people put the real value in, and only they make another one.
    #[must_use]
    pub fn placeholder(self) -> Self {
        self.set("placeholder", true.into())
    }

    fn set(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

impl Property for Generate {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for Generate {
    const KIND: Kind = Kind::Map;
}

resource! {
    /// A secret. Its value is made with it (`generate`), comes from a `SecretVersion`, or is put by
    /// others: the secret itself never changes it.
    Secret: "aws:secretsmanager:Secret", id SecretArn, outputs SecretOutputs {
        required {}
        optional {
            /// Its name; generated where it is not set.
            name: String { replace(), lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { default("") },
            /// The KMS key that encrypts it, by ARN; AWS's own for Secrets Manager where it is not set.
            kms_key_id: Arn { absent(), lets_go(LetsGo::Changed) },
            /// Its first value. It is made when the secret is created and never again: a later change here
            /// is kept on record and does nothing.
            generate: Generate { write_only(), lets_go(LetsGo::Free) },
            /// Not to be set: after which version `ops secret rotate` has a new value made, and with ` alone` that the one
            /// before is not in force beside it any more.
            rotation: String {
                by_operation(), write_only(), renews(&["secret_string", "other_string"]),
            },
            /// Who may use it besides whom IAM allows; a policy for everyone is refused.
            resource_policy: Value { equality(Equality::Policy), absent(), lets_go(LetsGo::Free) },
            /// Days between its deletion and its end, 7 to 30; 0 ends it at once.
            recovery_window_in_days: i64 { write_only(), default(30) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// Its current value, of a secret that was made with `generate`.
            secret_string: String { secret },
            /// The value before it, as long as that keeps its label `AWSPREVIOUS`; else the current one again. Who takes
            /// both takes callers that have not got the new one yet.
            other_string: String { secret },
            /// Whether another value has come in the place of the first one.
            replaced: bool { volatile },
        }
        spec {
            identity: Identity::Named { property: "name" },
            generated_name: Some("name"),
            restorable: true,
            window: Some("recovery_window_in_days"),
            data: Some(Data {
                // "Secrets Manager … re-encrypts" the versions that have labels (`UpdateSecret`, KmsKeyId).
                reseals: true,
                sealed_by: &["kms_key_id"],
                itself: Some(WAITING),
                ..Data::new("the values of a secret")
            }),
            timing: Timing::new([2, 2, 2], [5, 5, 10]),
        }
    }
}

/// AWS charges nothing for it
/// (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html>).
const WAITING: Kept = Kept {
    type_name: "aws:secretsmanager:Secret",
    days: Some("recovery_window_in_days"),
    ends: Some(
        "aws secretsmanager delete-secret --region {region} --force-delete-without-recovery --secret-id {id}",
    ),
    brings_back: Some("aws secretsmanager restore-secret --region {region} --secret-id {id}"),
    ..Kept::new("the secret, scheduled for deletion", itself)
};

#[allow(clippy::unnecessary_wraps, reason = "what is kept may be nothing")]
fn itself(target: &finsight_engine::contract::Target) -> Option<String> {
    Some(target.id.clone())
}
