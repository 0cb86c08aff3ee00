//! Policies as JSON, as Terraform, and as a page.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::permissions::Purpose;

pub fn json(purpose: Purpose, documents: &[Value], trust: Option<&Value>) -> Value {
    json!({"purpose": purpose.word().to_lowercase(), "policies": documents, "trust": trust})
}

fn pretty(document: &Value) -> String {
    serde_json::to_string_pretty(document).unwrap_or_default()
}

pub fn terraform(stack: &str, purpose: Purpose, documents: &[Value], trust: Option<&Value>) -> String {
    let role = format!("finsight-{stack}-{}", purpose.word().to_lowercase());
    let label = role.replace('-', "_");
    let mut text = String::new();
    if let Some(trust) = trust {
        let _ = writeln!(
            text,
            "resource \"aws_iam_role\" \"{label}\" {{\n  name               = \"{role}\"\n  assume_role_policy = <<-JSON\n{}\n  JSON\n}}\n",
            indented(&pretty(trust))
        );
    }
    for (number, document) in documents.iter().enumerate() {
        let number = number + 1;
        let _ = writeln!(
            text,
            "resource \"aws_iam_policy\" \"{label}_{number}\" {{\n  name   = \"{role}-{number}\"\n  policy = <<-JSON\n{}\n  JSON\n}}\n",
            indented(&pretty(document))
        );
        if trust.is_some() {
            let _ = writeln!(
                text,
                "resource \"aws_iam_role_policy_attachment\" \"{label}_{number}\" {{\n  role       = aws_iam_role.{label}.name\n  policy_arn = aws_iam_policy.{label}_{number}.arn\n}}\n"
            );
        }
    }
    text
}

/// Terraform reads `${` in a heredoc as its own.
fn indented(text: &str) -> String {
    text.replace("${", "$${").lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// Commands of the AWS CLI. Documents are JSON without `'`, so the shell's quotes hold them.
pub fn shell(stack: &str, purpose: Purpose, documents: &[Value], trust: Option<&Value>) -> String {
    let role = format!("finsight-{stack}-{}", purpose.word().to_lowercase());
    let mut text = "set -eu\n".to_owned();
    if let Some(trust) = trust {
        let _ = writeln!(
            text,
            "aws iam create-role --role-name {role} --max-session-duration 7200 \\\n  --assume-role-policy-document '{trust}' > /dev/null"
        );
    }
    for (number, document) in documents.iter().enumerate() {
        let number = number + 1;
        let _ = writeln!(
            text,
            "arn=$(aws iam create-policy --policy-name {role}-{number} --query Policy.Arn --output text \\\n  --policy-document '{document}')"
        );
        if trust.is_some() {
            let _ = writeln!(text, "aws iam attach-role-policy --role-name {role} --policy-arn \"$arn\"");
        } else {
            text.push_str("echo \"$arn\"\n");
        }
    }
    if trust.is_some() {
        let _ = writeln!(text, "aws iam get-role --role-name {role} --query Role.Arn --output text");
    }
    text
}

pub fn markdown(stack: &str, purpose: Purpose, documents: &[Value], trust: Option<&Value>) -> String {
    let word = purpose.word().to_lowercase();
    let mut text = format!(
        "# What `{word}` of {stack} has to be allowed\n\n{} of at most 6,144 characters each; attach all to one role.\n",
        if documents.len() == 1 { "One policy".to_owned() } else { format!("{} policies", documents.len()) }
    );
    if let Some(trust) = trust {
        let _ = write!(text, "\n## Who may take the role on\n\n```json\n{}\n```\n", pretty(trust));
    }
    for (number, document) in documents.iter().enumerate() {
        let _ = write!(text, "\n## Policy {}\n\n```json\n{}\n```\n", number + 1, pretty(document));
    }
    text
}
