//! What API Gateway itself answers.

use finsight_engine::value::{Map, Value};

use super::Cors;

/// What API Gateway itself answers in one case.
#[derive(Clone)]
pub struct GatewayResponse {
    kind: String,
    status: Option<String>,
    parameters: Map,
    templates: Map,
}

impl GatewayResponse {
    /// The case: `DEFAULT_4XX`, `DEFAULT_5XX`, `UNAUTHORIZED`, `ACCESS_DENIED`, `WAF_FILTERED`,
    /// `THROTTLED`, `QUOTA_EXCEEDED` …
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self { kind: kind.to_owned(), status: None, parameters: Map::new(), templates: Map::new() }
    }

    /// The HTTP status, where it is not API Gateway's own.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status.to_string());
        self
    }

    /// A header with a constant value.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.parameters.insert(format!("gatewayresponse.header.{name}"), format!("'{value}'").into());
        self
    }

    /// The body for a media type: text in which `$context.…` stands for values, and
    /// `$context.error.messageString` for the message in quotes.
    #[must_use]
    pub fn template(mut self, media_type: &str, text: &str) -> Self {
        self.templates.insert(media_type.to_owned(), text.into());
        self
    }

    /// The headers without which a browser does not show the error to the page. They cannot depend
    /// on the request here: of several origins the first can read errors.
    #[must_use]
    pub fn cors(mut self, cors: &Cors) -> Self {
        for (name, value) in cors.error_headers() {
            self.parameters.insert(format!("gatewayresponse.header.{name}"), value.into());
        }
        self
    }

    /// The case, and what is said of it in the document.
    pub(super) fn into_entry(self) -> (String, Value) {
        let mut out = Map::new();
        if let Some(status) = self.status {
            out.insert("statusCode".to_owned(), status.into());
        }
        if !self.parameters.is_empty() {
            out.insert("responseParameters".to_owned(), Value::Map(self.parameters));
        }
        if !self.templates.is_empty() {
            out.insert("responseTemplates".to_owned(), Value::Map(self.templates));
        }
        (self.kind, Value::Map(out))
    }
}
