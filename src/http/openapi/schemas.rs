//! The schemas that the document refers to, made from the types of requests and answers.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// The schemas that requests and answers refer to. A field that a request may leave out is present
/// in an answer, perhaps as null, so each kind has its own generator.
pub(in crate::http) struct Schemas {
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
    pub(super) fn query<T: JsonSchema>(&mut self) -> Vec<Value> {
        let schema: Schema = self.requests.root_schema_for::<T>();
        let schema = Value::from(schema);
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let fields = schema["properties"].as_object().unwrap().iter();
        fields
            .map(|(name, field)| {
                let mut schema = field.clone();
                // A query has no null: an absent parameter is left out.
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

    /// All schemas, by name. A name stands for one schema.
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
