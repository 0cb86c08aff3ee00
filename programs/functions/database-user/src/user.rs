//! What is said to PostgreSQL.

use tokio_postgres::{Client, Error};

/// The lock that calls of this function hold against each other: any number that nobody else takes.
const LOCK: i64 = 0x4669_6e53_6967_6874;

/// Makes the user and gives it what it needs, all of it or nothing, and says whether the user is new.
///
/// It is said by the master user, who owns what migrations make in his name: by `ALTER DEFAULT PRIVILEGES` what he makes later is
/// open to the user as well. What another makes is not.
///
/// # Errors
/// What PostgreSQL said.
pub async fn make(client: &mut Client, user: &str, database: &str) -> Result<bool, Error> {
    let all = client.transaction().await?;
    all.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    let stands = all.query_opt("SELECT FROM pg_roles WHERE rolname = $1", &[&user]).await?.is_some();
    let user = quoted(user);
    // One that was made by hand may have got more than it needs.
    let role = if stands {
        format!("ALTER ROLE {user} LOGIN NOCREATEDB NOCREATEROLE")
    } else {
        format!("CREATE ROLE {user} LOGIN")
    };
    all.batch_execute(&role).await?;
    all.batch_execute(&rights(&user, &quoted(database))).await?;
    all.commit().await?;
    Ok(!stands)
}

/// To log in with IAM credentials, and to read and write what is in the tables; nothing that makes, changes or drops any
/// ("Creating a database account using IAM authentication" in AWS's RDS user guide).
fn rights(user: &str, database: &str) -> String {
    format!(
        "GRANT rds_iam TO {user};
        GRANT CONNECT ON DATABASE {database} TO {user};
        GRANT USAGE ON SCHEMA public TO {user};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {user};
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {user};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {user};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {user};"
    )
}

/// A name as PostgreSQL reads it back, whatever is in it ("Identifiers and Key Words": a quote within quotes is written twice).
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::{quoted, rights};

    #[test]
    fn names_are_names_whatever_is_in_them() {
        assert_eq!(quoted("finsight_app"), "\"finsight_app\"");
        assert_eq!(quoted("a\"; DROP TABLE users; --"), "\"a\"\"; DROP TABLE users; --\"");
        let all = rights(&quoted("u"), &quoted("d"));
        assert_eq!(all.matches("\"u\"").count(), 7, "{all}");
        for much in ["ALL PRIVILEGES", "CREATE", "TRUNCATE", "WITH GRANT OPTION", "SUPERUSER", "PASSWORD"] {
            assert!(!all.contains(much), "{much} is in {all}");
        }
    }
}
