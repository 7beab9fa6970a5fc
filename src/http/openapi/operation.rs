//! One route of the document.

use http::StatusCode;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::CODES;

/// The schemas that requests and answers refer to. What may be absent in a request is there, though
/// null, in an answer, so each has a generator of its own.
pub(super) struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            requests: settings.clone().for_deserialize().into_generator(),
            answers: settings.for_serialize().into_generator(),
        }
    }
}

impl Schemas {
    pub(super) fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().into()
    }

    pub(super) fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().into()
    }

    /// The parameters of a query, from the fields of its type.
    fn query<T: JsonSchema>(&mut self) -> Vec<Value> {
        let schema: Schema = self.requests.root_schema_for::<T>();
        let schema = Value::from(schema);
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let fields = schema["properties"].as_object().unwrap().iter();
        fields
            .map(|(name, field)| {
                let mut schema = field.clone();
                // A query has no null: what is absent is not there.
                if let Some(kinds) = schema["type"].as_array() {
                    schema["type"] = kinds[0].clone();
                }
                let description = schema.as_object_mut().unwrap().remove("description");
                let mut field = json!({
                    "name": name, "in": "query", "required": required.contains(&json!(name)), "schema": schema,
                });
                if let Some(description) = description {
                    field["description"] = description;
                }
                field
            })
            .collect()
    }

    /// All of them, by name. One name is one thing.
    pub(super) fn finish(mut self) -> Map<String, Value> {
        let mut all = self.answers.take_definitions(true);
        for (name, schema) in self.requests.take_definitions(true) {
            let known = all.insert(name.clone(), schema.clone());
            assert!(
                known.is_none_or(|known| known == schema),
                "{name} is two things"
            );
        }
        all
    }
}

/// A route of the document.
pub(super) struct Route {
    pub(super) path: String,
    pub(super) method: &'static str,
    pub(super) operation: Value,
}

impl Route {
    /// A route, with what its path names.
    pub(super) fn new(method: &'static str, path: &str, id: &str, summary: &str) -> Self {
        let names = path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'));
        let parameters = names.map(|(name, _)| {
            json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
        });
        let operation = json!({
            "operationId": id, "summary": summary, "parameters": parameters.collect::<Vec<_>>(), "responses": {},
        });
        let route = Self {
            path: path.into(),
            method,
            operation,
        };
        route.refuses(&["internal", "misconfigured"])
    }

    /// Only for who proves to be a user. The keys for that may have to be fetched.
    pub(super) fn user(self) -> Self {
        let codes = [
            "unauthenticated",
            "ledger_unavailable",
            "provider_unavailable",
        ];
        self.secured("user").refuses(&codes)
    }

    /// Only for operators.
    pub(super) fn operator(self) -> Self {
        self.secured("operator")
            .refuses(&["unauthenticated", "ledger_unavailable"])
    }

    fn secured(mut self, by: &str) -> Self {
        self.operation["security"] = json!([{by: []}]);
        self
    }

    pub(super) fn query<T: JsonSchema>(mut self, schemas: &mut Schemas) -> Self {
        self.parameters().extend(schemas.query::<T>());
        self.refuses(&["invalid_request"])
    }

    pub(super) fn header(mut self, name: &str, description: &str) -> Self {
        self.parameters().push(json!({
            "name": name, "in": "header", "required": false, "description": description,
            "schema": {"type": "string"},
        }));
        self
    }

    /// How long the header that was described last is.
    pub(super) fn of_length(mut self, least: u8, most: u8) -> Self {
        let schema = &mut self.parameters().last_mut().unwrap()["schema"];
        schema["minLength"] = json!(least);
        schema["maxLength"] = json!(most);
        self
    }

    fn parameters(&mut self) -> &mut Vec<Value> {
        self.operation["parameters"].as_array_mut().unwrap()
    }

    pub(super) fn body<T: JsonSchema>(self, schemas: &mut Schemas) -> Self {
        let schema = schemas.request::<T>();
        self.content(&json!({"application/json": {"schema": schema}}))
            .refuses(&["payload_too_large"])
    }

    /// A body whose fields may all be absent, and so may it.
    pub(super) fn optional_body<T: JsonSchema>(self, schemas: &mut Schemas) -> Self {
        let mut route = self.body::<T>(schemas);
        route.operation["requestBody"]["required"] = json!(false);
        route
    }

    pub(super) fn content(mut self, content: &Value) -> Self {
        self.operation["requestBody"] = json!({"required": true, "content": content});
        self.refuses(&["request_timeout", "invalid_request"])
    }

    pub(super) fn answers<T: JsonSchema>(
        self,
        status: u16,
        description: &str,
        schemas: &mut Schemas,
    ) -> Self {
        let schema = schemas.answer::<T>();
        self.gives(
            status,
            description,
            &json!({"application/json": {"schema": schema}}),
        )
    }

    pub(super) fn gives(mut self, status: u16, description: &str, content: &Value) -> Self {
        let mut answer = json!({"description": description});
        if !content.is_null() {
            answer["content"] = content.clone();
        }
        self.operation["responses"][status.to_string()] = answer;
        self
    }

    /// The problems that it may answer with, by their codes.
    pub(super) fn refuses(mut self, codes: &[&str]) -> Self {
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
    pub(super) fn with_header(mut self, status: u16, name: &str, description: &str) -> Self {
        self.operation["responses"][status.to_string()]["headers"][name] =
            json!({"description": description, "schema": {"type": "string"}});
        self
    }
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
