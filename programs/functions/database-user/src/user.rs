//! What is said to PostgreSQL.

use tokio_postgres::{Client, Error};

/// The lock that calls of this function hold against each other: any number that nobody else takes.
const LOCK: i64 = 0x4669_6e53_6967_6874;

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Whether the user is new.
    pub created: bool,
    /// Tables and sequences of others, which only these can open to the user.
    pub closed: Vec<String>,
}

/// Tables, what is read as one, and sequences of `public`, each with whether it is a sequence and whether the master user may
/// give away what the user needs of it.
const RELATIONS: &str = "
    SELECT c.relname::text, c.relkind = 'S',
        pg_has_role(c.relowner, 'USAGE') OR CASE c.relkind
            WHEN 'S' THEN has_sequence_privilege(c.oid, 'USAGE WITH GRANT OPTION')
                AND has_sequence_privilege(c.oid, 'SELECT WITH GRANT OPTION')
            ELSE has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION')
                AND has_table_privilege(c.oid, 'INSERT WITH GRANT OPTION')
                AND has_table_privilege(c.oid, 'UPDATE WITH GRANT OPTION')
                AND has_table_privilege(c.oid, 'DELETE WITH GRANT OPTION')
            END
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    ORDER BY 1";

/// Makes the user and gives it what it needs and the master user has, all of it or nothing.
///
/// It is said by the master user, who owns what migrations make in his name: by `ALTER DEFAULT PRIVILEGES` what he makes later is
/// open to the user as well. What another has made, that one opens.
///
/// # Errors
/// What PostgreSQL said.
pub async fn make(client: &mut Client, user: &str, database: &str) -> Result<Made, Error> {
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
    let mut closed = Vec::new();
    for row in all.query(RELATIONS, &[]).await? {
        let (name, sequence, open): (String, bool, bool) = (row.get(0), row.get(1), row.get(2));
        match open {
            true => all.batch_execute(&grant(&name, sequence, &user)).await?,
            false => closed.push(name),
        }
    }
    all.commit().await?;
    Ok(Made { created: !stands, closed })
}

/// To log in with IAM credentials, and to read and write what is in the tables; nothing that makes, changes or drops any
/// ("Creating a database account using IAM authentication" in AWS's RDS user guide).
fn rights(user: &str, database: &str) -> String {
    format!(
        "GRANT rds_iam TO {user};
        GRANT CONNECT ON DATABASE {database} TO {user};
        GRANT USAGE ON SCHEMA public TO {user};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {user};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {user};"
    )
}

/// To read and write one table, or to draw from one sequence.
fn grant(name: &str, sequence: bool, user: &str) -> String {
    let what = if sequence { "USAGE, SELECT ON SEQUENCE" } else { "SELECT, INSERT, UPDATE, DELETE ON TABLE" };
    format!("GRANT {what} public.{} TO {user}", quoted(name))
}

/// A name as PostgreSQL reads it back, whatever is in it ("Identifiers and Key Words": a quote within quotes is written twice).
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::{grant, quoted, rights};

    #[test]
    fn names_are_names_whatever_is_in_them() {
        assert_eq!(quoted("finsight_app"), "\"finsight_app\"");
        assert_eq!(quoted("a\"; DROP TABLE users; --"), "\"a\"\"; DROP TABLE users; --\"");
        let all = rights(&quoted("u"), &quoted("d"));
        assert_eq!(all.matches("\"u\"").count(), 5, "{all}");
        assert_eq!(
            grant("a\"b", true, "\"u\""),
            "GRANT USAGE, SELECT ON SEQUENCE public.\"a\"\"b\" TO \"u\""
        );
        for much in ["ALL PRIVILEGES", "CREATE", "TRUNCATE", "WITH GRANT OPTION", "SUPERUSER", "PASSWORD"] {
            assert!(!all.contains(much), "{much} is in {all}");
        }
    }
}
