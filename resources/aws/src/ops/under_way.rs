//! An operation on a branch of the site that is under way, as a tag of the branch tells: whoever gives the command again goes
//! on with it, from whatever machine.

use finsight_engine::contract::{Failure, OPERATION_TAG};

use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::session::Region;

/// What is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnderWay {
    /// A build; one with a higher number than this is it.
    Build(u64),
    /// A way back to a build, as one with a higher number than this.
    Rollback(String, u64),
}

impl UnderWay {
    /// Reads what [`UnderWay::text`] wrote; `None` for all else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split(' ').collect::<Vec<_>>().as_slice() {
            ["build", "after", job] => Some(Self::Build(job.parse().ok()?)),
            ["rollback", "to", target, "after", job] => {
                Some(Self::Rollback((*target).to_owned(), job.parse().ok()?))
            }
            _ => None,
        }
    }

    /// The value of the tag.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Build(after) => format!("build after {after}"),
            Self::Rollback(target, after) => format!("rollback to {target} after {after}"),
        }
    }
}

/// A branch that stands: its ARN, and what is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its ARN.
    pub arn: String,
    /// What its tag says of what is under way.
    pub under_way: Option<String>,
}

/// What stands of a branch; `None` where it does not.
///
/// # Errors
/// What AWS said.
pub async fn look(aws: &Region, app: &str, branch: &str) -> Result<Option<Branch>, Failure> {
    let operation = "amplify:GetBranch";
    let answer = aws.amplify().get_branch().app_id(app).branch_name(branch).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread(operation, &error)))?;
    let Some(answer) = answer else { return Ok(None) };
    let found = answer.branch().ok_or_else(|| unexpected(operation, "the answer has no branch"))?;
    let tag = found.tags().and_then(|tags| tags.get(OPERATION_TAG));
    Ok(Some(Branch { arn: found.branch_arn().to_owned(), under_way: tag.cloned() }))
}

/// Says that it is under way.
///
/// # Errors
/// What AWS said.
pub async fn put(aws: &Region, arn: &str, mark: &str) -> Result<(), Failure> {
    let call = aws.amplify().tag_resource().resource_arn(arn).tags(OPERATION_TAG, mark);
    call.send().await.map(|_| ()).map_err(|error| refused("amplify:TagResource", &error))
}

/// Says that nothing is.
///
/// # Errors
/// What AWS said.
pub async fn take_off(aws: &Region, arn: &str) -> Result<(), Failure> {
    let call = aws.amplify().untag_resource().resource_arn(arn).tag_keys(OPERATION_TAG);
    call.send().await.map(|_| ()).map_err(|error| refused("amplify:UntagResource", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_as_it_was_written() {
        for what in [UnderWay::Build(0), UnderWay::Rollback("3".to_owned(), 12)] {
            assert_eq!(UnderWay::parse(&what.text()), Some(what));
        }
        for other in ["", "build", "build after x", "rollback to 3", "rollback to 3 after"] {
            assert_eq!(UnderWay::parse(other), None, "{other}");
        }
    }
}
