//! The site's repository and its builds, from the side of people and of AWS.

use aws_sdk_amplify::types::JobSummary;

use super::Served;
use super::site::REGION;

/// Puts the token in that lets Amplify into the repository, as an administrator does (step 8 of the first deployment).
pub fn let_amplify_in(served: &Served) {
    let secrets = aws_sdk_secretsmanager::Client::new(&served.sdk(REGION));
    let all = served.block(secrets.list_secrets().max_results(100).send()).expect("secrets");
    let names = all.secret_list().iter().filter_map(|secret| secret.name());
    for name in names.filter(|name| name.ends_with("/github-token")) {
        let put = secrets.put_secret_value().secret_id(name).secret_string("ghp_token");
        served.block(put.send()).expect("a token");
    }
}

/// The builds of a branch of the stack's app, newest first.
pub fn builds(served: &Served, branch: &str) -> Vec<JobSummary> {
    let amplify = aws_sdk_amplify::Client::new(&served.sdk(REGION));
    let apps = served.block(amplify.list_apps().send()).expect("apps");
    let app = apps.apps().iter().find(|app| app.name() != "others").expect("an app").app_id();
    let jobs = served.block(amplify.list_jobs().app_id(app).branch_name(branch).send());
    jobs.expect("builds").job_summaries().to_vec()
}

/// What they are, oldest first: kind and status.
pub fn said(served: &Served, branch: &str) -> Vec<String> {
    let all = builds(served, branch);
    let words = |job: &JobSummary| format!("{} {}", job.job_type().as_str(), job.status().as_str());
    all.iter().rev().map(words).collect()
}
