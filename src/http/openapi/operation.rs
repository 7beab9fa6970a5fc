//! What the document says of one route.

use http::StatusCode;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::CODES;
use super::schemas::Schemas;

/// An operation of the document, while it is described.
pub(in crate::http) struct Operation {
    schemas: Schemas,
    operation: Value,
}

impl Operation {
    /// An operation, with what its path names.
    pub(super) fn new(path: &str, schemas: Schemas) -> Self {
        let names = path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'));
        let parameters = names.map(|(name, _)| {
            json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
        });
        let operation = json!({"parameters": parameters.collect::<Vec<_>>(), "responses": {}});
        Self { schemas, operation }.refuses(&["internal", "misconfigured"])
    }

    /// Its JSON, and the schemas with those that it needs.
    pub(super) fn finish(self) -> (Value, Schemas) {
        (self.operation, self.schemas)
    }

    /// Its group, its `operationId`, and what it does, in a line.
    pub(in crate::http) fn is(mut self, tag: &str, id: &str, summary: &str) -> Self {
        self.operation["tags"] = json!([tag]);
        self.operation["operationId"] = json!(id);
        self.operation["summary"] = json!(summary);
        self
    }

    /// Only for who proves to be a user. The keys for that may have to be fetched.
    pub(in crate::http) fn user(self) -> Self {
        let codes = [
            "unauthenticated",
            "ledger_unavailable",
            "provider_unavailable",
        ];
        self.secured("user").refuses(&codes)
    }

    /// Only for operators.
    pub(in crate::http) fn operator(self) -> Self {
        self.secured("operator")
            .refuses(&["unauthenticated", "ledger_unavailable"])
    }

    fn secured(mut self, by: &str) -> Self {
        self.operation["security"] = json!([{by: []}]);
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

    /// How long the header that was described last is.
    pub(in crate::http) fn of_length(mut self, least: u8, most: u8) -> Self {
        let schema = &mut self.parameters().last_mut().unwrap()["schema"];
        schema["minLength"] = json!(least);
        schema["maxLength"] = json!(most);
        self
    }

    fn parameters(&mut self) -> &mut Vec<Value> {
        self.operation["parameters"].as_array_mut().unwrap()
    }

    /// A body in JSON.
    pub(in crate::http) fn body<T: JsonSchema>(mut self) -> Self {
        let schema = self.schemas.request::<T>();
        self.content(&json!({"application/json": {"schema": schema}}))
            .refuses(&["payload_too_large"])
    }

    /// A body whose fields may all be absent, and so may it.
    pub(in crate::http) fn optional_body<T: JsonSchema>(self) -> Self {
        let mut operation = self.body::<T>();
        operation.operation["requestBody"]["required"] = json!(false);
        operation
    }

    /// A body that is a picture.
    pub(in crate::http) fn picture_body(self) -> Self {
        self.content(&picture())
    }

    /// A body in JSON, which is somebody else's to describe.
    pub(in crate::http) fn any_body(self) -> Self {
        self.content(&json!({"application/json": {"schema": {}}}))
    }

    fn content(mut self, content: &Value) -> Self {
        self.operation["requestBody"] = json!({"required": true, "content": content});
        self.refuses(&["request_timeout", "invalid_request"])
    }

    /// An answer in JSON.
    pub(in crate::http) fn answers<T: JsonSchema>(
        mut self,
        status: u16,
        description: &str,
    ) -> Self {
        let schema = self.schemas.answer::<T>();
        let content = json!({"application/json": {"schema": schema}});
        self.gives(status, description, Some(&content))
    }

    /// An answer that is a picture.
    pub(in crate::http) fn answers_picture(self, status: u16, description: &str) -> Self {
        self.gives(status, description, Some(&picture()))
    }

    /// An answer that is a text of a type of its own.
    pub(in crate::http) fn answers_text(
        self,
        status: u16,
        media_type: &str,
        description: &str,
    ) -> Self {
        let content = json!({media_type: {"schema": {"type": "string"}}});
        self.gives(status, description, Some(&content))
    }

    /// An answer without a body.
    pub(in crate::http) fn answers_nothing(self, status: u16, description: &str) -> Self {
        self.gives(status, description, None)
    }

    pub(super) fn gives(mut self, status: u16, description: &str, content: Option<&Value>) -> Self {
        let mut answer = json!({"description": description});
        if let Some(content) = content {
            answer["content"] = content.clone();
        }
        self.operation["responses"][status.to_string()] = answer;
        self
    }

    /// The problems that it may answer with, by their codes.
    pub(in crate::http) fn refuses(mut self, codes: &[&str]) -> Self {
        for code in codes {
            let (_, status) = CODES.iter().find(|(name, _)| name == code).unwrap();
            let problem = &mut self.operation["responses"][status.to_string()];
            if problem.is_null() {
                *problem = problem_of(*status);
            }
            let content = &mut problem["content"]["application/problem+json"];
            let known = content["schema"]["properties"]["code"]["enum"].as_array_mut();
            known.unwrap().push(json!(code));
        }
        self
    }

    /// A header of an answer that was described before.
    pub(in crate::http) fn with_header(
        mut self,
        status: u16,
        name: &str,
        description: &str,
    ) -> Self {
        self.operation["responses"][status.to_string()]["headers"][name] =
            json!({"description": description, "schema": {"type": "string"}});
        self
    }
}

fn picture() -> Value {
    let bytes = json!({"schema": {"type": "string", "format": "binary"}});
    json!({"image/jpeg": bytes, "image/png": bytes, "image/webp": bytes})
}

/// An answer that is a problem, whose codes are to be added.
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
        401 => Some(("WWW-Authenticate", "Bearer.", "string")),
        429 | 503 => Some((
            "Retry-After",
            "Seconds until it makes sense to try again.",
            "integer",
        )),
        _ => None,
    };
    if let Some((name, description, kind)) = header {
        problem["headers"][name] = json!({"description": description, "schema": {"type": kind}});
    }
    problem
}
