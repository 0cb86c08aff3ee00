//! `frontend`: requirements F1 to F4. F5 is a command.

use finsight_engine::program::{Handle, Scope};
use finsight_specs::amplify::{App, Branch, CustomRule, DomainAssociation, SubDomainSetting};

use crate::common::{name, named, part};
use crate::config::{BranchStage, Config, FrontendConfig};
use crate::dns::Zone;
use crate::security::Security;

/// Paths without a file's ending are the application's own.
const APPLICATION_PATHS: &str =
    "</^[^.]+$|\\.(?!(css|gif|ico|jpg|jpeg|js|json|map|png|svg|ttf|txt|webp|woff|woff2)$)([^.]+$)/>";

/// What browsers are told with each file of the site, in Amplify's own form.
const HEADERS: &str = "customHeaders:
  - pattern: '**'
    headers:
      - key: Strict-Transport-Security
        value: max-age=63072000; includeSubDomains
      - key: X-Content-Type-Options
        value: nosniff
      - key: X-Frame-Options
        value: DENY
      - key: Referrer-Policy
        value: strict-origin-when-cross-origin
";

/// What other components need of the frontend.
pub struct Frontend {
    /// The app.
    pub app: Handle<App>,
}

/// The site, built from its repository.
#[must_use]
pub fn frontend(s: &Scope, config: &Config, zone: &Zone, security: &Security) -> Frontend {
    let site = &config.frontend;
    let apex = zone.domain.as_str();
    let mut rules = Vec::new();
    if site.redirect_apex {
        rules.push(CustomRule::new(&format!("https://{apex}"), format!("https://www.{apex}")).status("301"));
    }
    rules.push(CustomRule::new(APPLICATION_PATHS, "/index.html").status("200"));
    let mut environment = site.environment.clone();
    // What the authorizer demands of a token, the site asks for.
    let authorizer = &config.api.authorizer;
    for (name, value) in [
        ("API_URL", format!("https://{}", config.api.domain)),
        ("AUTH_ISSUER", authorizer.issuer.clone()),
        ("AUTH_AUDIENCE", authorizer.audience.clone()),
    ] {
        environment.entry(format!("REACT_APP_{name}")).or_insert(value);
    }
    let app = s.add(
        "main",
        App::new(named(s, "web"))
            .description("FinSight: the site")
            .repository(site.repository.as_str())
            .access_token(&security.secrets.github.secret_string)
            .platform("WEB")
            .build_spec(build_spec(site))
            .environment_variables(environment)
            .custom_rules(rules)
            .custom_headers(HEADERS)
            .enable_branch_auto_deletion(true)
            .tags(name(s, "web")),
    );
    let mut settings = Vec::new();
    for (branch_name, branch) in &site.branches {
        let branch_of = s.add(
            &part(branch_name),
            Branch::new(&app, branch_name.as_str())
                .stage(branch.stage.as_str())
                .enable_auto_build(true)
                .enable_pull_request_preview(site.pull_request_previews)
                .environment_variables(branch.environment.clone())
                .tags(name(s, branch_name)),
        );
        settings.push(SubDomainSetting::new(&branch.prefix, &branch_of.branch_name));
        if site.redirect_apex && branch.prefix == "www" {
            settings.push(SubDomainSetting::new("", &branch_of.branch_name));
        }
    }
    if !settings.is_empty() {
        // The zone is the account's: Amplify writes what proves the certificate and what leads to the branches.
        s.add("main", DomainAssociation::new(&app, apex, settings).hosted_zone_id(zone.id()));
    }
    Frontend { app }
}

/// The build, in Amplify's own form.
fn build_spec(site: &FrontendConfig) -> String {
    let FrontendConfig { node_version, build_command, output_directory, .. } = site;
    format!(
        "version: 1\nfrontend:\n  phases:\n    preBuild:\n      commands:\n        - nvm install {node_version}\n        - nvm use {node_version}\n        - npm ci\n    build:\n      commands:\n        - {build_command}\n  artifacts:\n    baseDirectory: {output_directory}\n    files:\n      - '**/*'\n  cache:\n    paths:\n      - node_modules/**/*\n"
    )
}

/// The address of the site: that of production, where a branch is.
pub(crate) fn address(config: &Config) -> Option<String> {
    let branches = || config.frontend.branches.values();
    let production = branches().find(|branch| branch.stage == BranchStage::Production);
    let branch = production.or_else(|| branches().next())?;
    Some(format!("https://{}.{}", branch.prefix, config.domain.zone))
}
