//! Archives that programs name by their SHA-256.

use std::path::Path;

use finsight_engine::contract::{Failure, FailureClass};
use sha2::{Digest as _, Sha256};

/// Reads `<SHA-256>.zip` out of the folder of archives.
///
/// # Errors
/// When there is no such folder or file, or when the file is another one by now.
pub async fn read(folder: Option<&Path>, sha256: &str) -> Result<Vec<u8>, Failure> {
    let digits = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if sha256.len() != 64 || !sha256.chars().all(digits) {
        return Err(unfit("ArtifactName", format!("`{sha256}` is not 64 hexadecimal digits of a SHA-256")));
    }
    let Some(folder) = folder else {
        return Err(unfit("NoArtifacts", format!("no folder is known in which {sha256}.zip could lie")));
    };
    let path = folder.join(format!("{sha256}.zip"));
    let bytes = tokio::fs::read(&path).await.map_err(|error| {
        unfit("ArtifactMissing", format!("{} cannot be read ({error}): build it first", path.display()))
    })?;
    let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if found != sha256 {
        let message = format!("{} was changed: its SHA-256 is {found}; build it again", path.display());
        return Err(unfit("ArtifactChanged", message));
    }
    Ok(bytes)
}

fn unfit(code: &str, message: String) -> Failure {
    Failure {
        class: FailureClass::Invalid,
        code: code.to_owned(),
        message,
        operation: "artifact".to_owned(),
        request_id: None,
        retry_after: None,
    }
}
