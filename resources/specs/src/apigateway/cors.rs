//! Who may call from a browser: the answers to preflights, and the headers of errors.

use finsight_engine::value::{Map, Value};

/// What a browser is told about calls from other origins.
#[derive(Debug, Clone)]
pub struct Cors {
    origins: Vec<String>,
    methods: Vec<String>,
    headers: Vec<String>,
    max_age: i64,
    credentials: bool,
}

/// The request header that API Gateway may know by either spelling.
const ORIGIN: &str = "#set($origin = $input.params(\"Origin\"))#if($origin == \"\")#set($origin = $input.params(\"origin\"))#end";

impl Cors {
    /// The methods that may be called where none are named.
    pub const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"];
    /// The headers that may be sent where none are named.
    pub const HEADERS: [&str; 5] =
        ["Authorization", "Content-Type", "X-Api-Key", "X-Amz-Date", "X-Amz-Security-Token"];
    /// Seconds for which a browser keeps the answer where nothing is said.
    pub const MAX_AGE: i64 = 600;

    /// Origins such as `https://app.example.com`, or `*` alone for all.
    ///
    /// What cannot be part of an origin (quotes, spaces, `$`, `#` …) is left out of it.
    #[must_use]
    pub fn new<I: Into<String>>(origins: impl IntoIterator<Item = I>) -> Self {
        let plain = |c: &char| c.is_ascii_alphanumeric() || "-._~:/[]*".contains(*c);
        let mut clean: Vec<String> = origins
            .into_iter()
            .map(|origin| origin.into().chars().filter(plain).collect::<String>())
            .map(|origin| origin.trim_end_matches('/').to_owned())
            .filter(|origin| !origin.is_empty())
            .collect();
        let mut seen = Vec::new();
        clean.retain(|origin| {
            let new = !seen.contains(origin);
            seen.push(origin.clone());
            new
        });
        Self {
            origins: clean,
            methods: Self::METHODS.map(str::to_owned).to_vec(),
            headers: Self::HEADERS.map(str::to_owned).to_vec(),
            max_age: Self::MAX_AGE,
            credentials: false,
        }
    }

    /// The methods that may be called.
    #[must_use]
    pub fn methods(mut self, methods: &[&str]) -> Self {
        self.methods = methods.iter().map(|method| (*method).to_owned()).collect();
        self
    }

    /// The headers that may be sent.
    #[must_use]
    pub fn headers(mut self, headers: &[&str]) -> Self {
        self.headers = headers.iter().map(|header| (*header).to_owned()).collect();
        self
    }

    /// Seconds for which a browser keeps the answer; 0 for never.
    #[must_use]
    pub fn max_age(mut self, seconds: i64) -> Self {
        self.max_age = seconds;
        self
    }

    /// Whether cookies and other credentials of the browser go along: not with `*`.
    #[must_use]
    pub fn credentials(mut self, allowed: bool) -> Self {
        self.credentials = allowed;
        self
    }

    /// The one value of `Access-Control-Allow-Origin`, unless it depends on the request.
    fn one_origin(&self) -> Option<&str> {
        match self.origins.as_slice() {
            [one] => Some(one),
            origins => origins.iter().find(|origin| *origin == "*").map(String::as_str),
        }
    }

    /// The mapping template that echoes the request's `Origin` where it is one of several that are
    /// allowed; any other gets no `Access-Control-Allow-Origin`, and its browser stops.
    ///
    /// The comparison is of whole texts: no part of an origin, no pattern. `None` where one value
    /// fits all requests.
    #[must_use]
    pub fn template(&self) -> Option<String> {
        if self.one_origin().is_some() || self.origins.is_empty() {
            return None;
        }
        let allowed: Vec<String> =
            self.origins.iter().map(|origin| format!("$origin == \"{origin}\"")).collect();
        Some(format!(
            "{ORIGIN}#if({})#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end",
            allowed.join(" || ")
        ))
    }

    /// Headers with their quoted values, as API Gateway takes constants.
    fn preflight_headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("Access-Control-Allow-Methods", format!("'{}'", self.methods.join(","))),
            ("Access-Control-Allow-Headers", format!("'{}'", self.headers.join(","))),
            ("Access-Control-Max-Age", format!("'{}'", self.max_age)),
        ];
        if let Some(origin) = self.one_origin() {
            headers.push(("Access-Control-Allow-Origin", format!("'{origin}'")));
        }
        if self.one_origin() != Some("*") {
            headers.push(("Vary", "'Origin'".to_owned()));
            if self.credentials {
                headers.push(("Access-Control-Allow-Credentials", "'true'".to_owned()));
            }
        }
        headers
    }

    /// The operation that answers `OPTIONS` without a backend, an authorizer or a key.
    pub(super) fn preflight(&self) -> Value {
        let headers = self.preflight_headers();
        let parameters: Map = headers
            .iter()
            .map(|(name, value)| (format!("method.response.header.{name}"), Value::text(value.as_str())))
            .collect();
        let text = |text: &str| Value::text(text);
        let schema = || Value::Map(Map::from([("schema".to_owned(), kind("string"))]));
        let mut declared: Map = headers.iter().map(|(name, _)| ((*name).to_owned(), schema())).collect();
        declared.insert("Access-Control-Allow-Origin".to_owned(), schema());
        let mut answer = map([("statusCode", text("200")), ("responseParameters", Value::Map(parameters))]);
        if let (Value::Map(answer), Some(template)) = (&mut answer, self.template()) {
            answer.insert("responseTemplates".to_owned(), map([("application/json", text(&template))]));
        }
        let described =
            map([("description", text("what a browser may do")), ("headers", Value::Map(declared))]);
        map([
            ("summary", text("CORS preflight")),
            ("responses", map([("200", described)])),
            (
                "x-amazon-apigateway-integration",
                map([
                    ("type", text("mock")),
                    ("passthroughBehavior", text("when_no_match")),
                    ("requestTemplates", map([("application/json", text("{\"statusCode\": 200}"))])),
                    ("responses", map([("default", answer)])),
                ]),
            ),
        ])
    }

    /// The headers of API Gateway's own errors. They cannot depend on the request there: of several
    /// origins it is the first.
    pub(super) fn error_headers(&self) -> Vec<(&'static str, String)> {
        let origin = self.one_origin().or_else(|| self.origins.first().map(String::as_str));
        let Some(origin) = origin else { return Vec::new() };
        let mut headers = vec![("Access-Control-Allow-Origin", format!("'{origin}'"))];
        if origin != "*" {
            headers.push(("Vary", "'Origin'".to_owned()));
            if self.credentials {
                headers.push(("Access-Control-Allow-Credentials", "'true'".to_owned()));
            }
        }
        headers
    }
}

pub(super) fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The schema of a plain type.
pub(super) fn kind(name: &str) -> Value {
    map([("type", Value::text(name))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_origins_are_echoed_only_where_allowed() {
        let cors = Cors::new(["https://app.example.com", "https://admin.example.com/"]);
        let template = cors.template().unwrap();
        assert_eq!(
            template,
            "#set($origin = $input.params(\"Origin\"))\
             #if($origin == \"\")#set($origin = $input.params(\"origin\"))#end\
             #if($origin == \"https://app.example.com\" || $origin == \"https://admin.example.com\")\
             #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end"
        );
        let text = cors.preflight().masked().to_string();
        assert!(!text.contains("method.response.header.Access-Control-Allow-Origin"), "{text}");
        assert!(text.contains("\"method.response.header.Vary\":\"'Origin'\""), "{text}");
    }

    #[test]
    fn one_origin_and_all_are_constants() {
        for (origin, varies) in [("https://app.example.com", true), ("*", false)] {
            let cors = Cors::new([origin]).credentials(true);
            assert_eq!(cors.template(), None);
            let text = cors.preflight().masked().to_string();
            assert!(text.contains(&format!("Access-Control-Allow-Origin\":\"'{origin}'\"")), "{text}");
            assert_eq!(text.contains("header.Vary"), varies);
            assert_eq!(text.contains("header.Access-Control-Allow-Credentials"), varies);
        }
    }

    #[test]
    fn nothing_gets_out_of_the_quotes() {
        let cors = Cors::new(["https://a.example\"#end$x'", "https://b.example"]);
        let template = cors.template().unwrap();
        assert!(template.contains("$origin == \"https://a.exampleendx\""), "{template}");
    }
}
