//! The description of one route.

use http::StatusCode;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::problems;
use super::schemas::Schemas;
use crate::fields::{self, Json};

/// An operation of the document, while it is being built.
pub(in crate::http) struct Operation {
    schemas: Schemas,
    json: Value,
    /// Reads an example request as the handler would.
    reads: Option<Reads>,
}

/// Reads a request as its handler would; the error says why it cannot.
type Reads = fn(&str) -> Result<(), String>;

fn reads<T: DeserializeOwned>(request: &str) -> Result<(), String> {
    match serde_json::from_str(request).map_err(|error| error.to_string())? {
        Json::Object(fields) => fields::read::<T, _>(fields)
            .map(drop)
            .map_err(|error| error.to_string()),
        _ => Err("it is not an object".into()),
    }
}

impl Operation {
    /// An operation with the parameters of its path.
    pub(super) fn new(path: &str, schemas: Schemas) -> Self {
        let names = path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'));
        let parameters = names.map(|(name, _)| {
            json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
        });
        let json = json!({"parameters": parameters.collect::<Vec<_>>(), "responses": {}});
        Self {
            schemas,
            json,
            reads: None,
        }
        .refuses(&["internal", "misconfigured"])
    }

    /// The operation's JSON, and the schemas, including those it refers to.
    pub(super) fn finish(self) -> (Value, Schemas) {
        (self.json, self.schemas)
    }

    /// Sets its group, its `operationId` and its summary of one line.
    pub(in crate::http) fn is(mut self, tag: &str, id: &str, summary: &str) -> Self {
        self.json["tags"] = json!([tag]);
        self.json["operationId"] = json!(id);
        self.json["summary"] = json!(summary);
        self
    }

    /// Sets the description, which follows the summary.
    pub(in crate::http) fn says(mut self, description: &str) -> Self {
        self.json["description"] = json!(description);
        self
    }

    /// Describes a parameter of its path.
    pub(in crate::http) fn names(mut self, name: &str, description: &str) -> Self {
        let mut parameters = self.parameters().iter_mut();
        let parameter = parameters
            .find(|parameter| parameter["name"] == name)
            .unwrap();
        parameter["description"] = json!(description);
        self
    }

    /// Requires a user's token, or the cookie of a session. The keys that verify a token may have to be fetched.
    pub(in crate::http) fn user(self) -> Self {
        let codes = [
            "unauthenticated",
            "forbidden",
            "ledger_unavailable",
            "provider_unavailable",
        ];
        self.secured(&["user", "session"]).refuses(&codes)
    }

    /// Requires the cookie of a session.
    pub(in crate::http) fn signed_in(self) -> Self {
        self.user().secured(&["session"])
    }

    /// Requires the operators' token, or the session of one of them.
    pub(in crate::http) fn operator(self) -> Self {
        self.secured(&["operator", "session"]).refuses(&[
            "unauthenticated",
            "forbidden",
            "ledger_unavailable",
        ])
    }

    fn secured(mut self, by: &[&str]) -> Self {
        let schemes = by.iter().map(|scheme| json!({*scheme: []}));
        self.json["security"] = schemes.collect();
        self
    }

    pub(in crate::http) fn query<T: JsonSchema>(mut self) -> Self {
        let parameters = self.schemas.query::<T>();
        self.parameters().extend(parameters);
        self.refuses(&["invalid_request"])
    }

    pub(in crate::http) fn header(mut self, name: &str, description: &str) -> Self {
        self.parameters().push(json!({
            "name": name, "in": "header", "required": false, "description": description,
            "schema": {"type": "string"},
        }));
        self
    }

    /// Sets the least and greatest length of the header that was added last.
    pub(in crate::http) fn of_length(mut self, least: u8, most: u8) -> Self {
        let schema = &mut self.parameters().last_mut().unwrap()["schema"];
        schema["minLength"] = json!(least);
        schema["maxLength"] = json!(most);
        self
    }

    fn parameters(&mut self) -> &mut Vec<Value> {
        self.json["parameters"].as_array_mut().unwrap()
    }

    /// Takes a JSON body.
    pub(in crate::http) fn body<T: JsonSchema + DeserializeOwned>(mut self) -> Self {
        self.reads = Some(reads::<T>);
        let schema = self.schemas.request::<T>();
        self.content(&json!({"application/json": {"schema": schema}}))
            .refuses(&["payload_too_large"])
    }

    /// Takes a JSON body that may be left out, since all its fields may be.
    pub(in crate::http) fn optional_body<T: JsonSchema + DeserializeOwned>(self) -> Self {
        let mut operation = self.body::<T>();
        operation.json["requestBody"]["required"] = json!(false);
        operation
    }

    /// Adds an example of the body, which the handler must be able to read.
    pub(in crate::http) fn request_example(mut self, example: &str) -> Self {
        let id = self.json["operationId"].clone();
        let read = self.reads.unwrap()(example);
        assert_eq!(read, Ok(()), "the example request of {id}");
        let body = &mut self.json["requestBody"]["content"]["application/json"];
        body["example"] = serde_json::from_str(example).unwrap();
        self
    }

    /// Takes a picture as its body.
    pub(in crate::http) fn picture_body(self) -> Self {
        self.content(&picture())
    }

    /// Takes any JSON body; the vendor documents it.
    pub(in crate::http) fn any_body(self) -> Self {
        self.content(&json!({"application/json": {"schema": {}}}))
    }

    fn content(mut self, content: &Value) -> Self {
        self.json["requestBody"] = json!({"required": true, "content": content});
        self.refuses(&["request_timeout", "invalid_request"])
    }

    /// Adds an answer in JSON.
    pub(in crate::http) fn answers<T: JsonSchema>(
        mut self,
        status: u16,
        description: &str,
    ) -> Self {
        let schema = self.schemas.answer::<T>();
        let content = json!({"application/json": {"schema": schema}});
        self.gives(status, description, Some(&content))
    }

    /// Adds an example to an answer. Stories compare it with its schema and with real answers.
    pub(in crate::http) fn answer_example(mut self, status: u16, example: &str) -> Self {
        let answer = &mut self.json["responses"][status.to_string()];
        let content = &mut answer["content"]["application/json"];
        assert!(content["schema"].is_object(), "an example of nothing");
        content["example"] = serde_json::from_str(example).unwrap();
        self
    }

    /// Adds an answer that is a picture.
    pub(in crate::http) fn answers_picture(self, status: u16, description: &str) -> Self {
        self.gives(status, description, Some(&picture()))
    }

    /// Adds an answer that is text of this media type.
    pub(in crate::http) fn answers_text(
        self,
        status: u16,
        media_type: &str,
        description: &str,
    ) -> Self {
        let content = json!({media_type: {"schema": {"type": "string"}}});
        self.gives(status, description, Some(&content))
    }

    /// Adds an answer without a body.
    pub(in crate::http) fn answers_nothing(self, status: u16, description: &str) -> Self {
        self.gives(status, description, None)
    }

    pub(super) fn gives(mut self, status: u16, description: &str, content: Option<&Value>) -> Self {
        let mut answer = json!({"description": description});
        if let Some(content) = content {
            answer["content"] = content.clone();
        }
        self.json["responses"][status.to_string()] = answer;
        self
    }

    /// Adds the problems that it may answer with, by their codes.
    pub(in crate::http) fn refuses(mut self, codes: &[&str]) -> Self {
        for code in codes {
            let status = problems::status_of(code);
            let problem = &mut self.json["responses"][status.to_string()];
            if problem.is_null() {
                *problem = problem_of(status);
            }
            let content = &mut problem["content"]["application/problem+json"];
            let known = content["schema"]["properties"]["code"]["enum"].as_array_mut();
            known.unwrap().push(json!(code));
            content["examples"][*code] = problems::example_of(code);
        }
        self
    }

    /// Adds a header to an answer.
    pub(in crate::http) fn with_header(
        mut self,
        status: u16,
        name: &str,
        description: &str,
    ) -> Self {
        self.json["responses"][status.to_string()]["headers"][name] =
            json!({"description": description, "schema": {"type": "string"}});
        self
    }
}

fn picture() -> Value {
    let bytes = json!({"schema": {"type": "string", "format": "binary"}});
    json!({"image/jpeg": bytes, "image/png": bytes, "image/webp": bytes})
}

/// An answer that is a problem, still without codes.
fn problem_of(status: u16) -> Value {
    let schema = json!({
        "$ref": "#/components/schemas/Problem",
        "properties": {"code": {"enum": []}},
    });
    let mut problem = json!({
        "description": StatusCode::from_u16(status).unwrap().canonical_reason(),
        "content": {"application/problem+json": {"schema": schema}},
    });
    let header = match status {
        401 => Some(("WWW-Authenticate", "Always `Bearer`.", "string")),
        429 | 503 => Some(("Retry-After", "When to try again, in seconds.", "integer")),
        _ => None,
    };
    if let Some((name, description, kind)) = header {
        problem["headers"][name] = json!({"description": description, "schema": {"type": kind}});
    }
    problem
}
