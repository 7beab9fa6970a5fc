//! Reading a struct from named values: a request's body or query, or a row. One reader for all of
//! them tells which field could not be read, and keeps the Worker small.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Error, Value};

/// A field that cannot be read, or is missing, or is not known.
#[derive(Debug, thiserror::Error)]
#[error("{}{error}", field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default())]
pub struct Unreadable {
    /// Which, unless it is missing.
    pub field: Option<String>,
    /// What is wrong with it.
    pub error: Error,
}

/// Reads a struct. A field that is there twice is refused.
pub fn read<'de, T, W>(fields: impl IntoIterator<Item = (String, W)>) -> Result<T, Unreadable>
where
    T: Deserialize<'de>,
    W: IntoDeserializer<'de, Error>,
{
    let mut field = None;
    let fields = Fields {
        rest: fields.into_iter(),
        value: None,
        field: &mut field,
    };
    let read = T::deserialize(fields);
    read.map_err(|error| Unreadable { field, error })
}

struct Fields<'a, I, W> {
    rest: I,
    value: Option<W>,
    field: &'a mut Option<String>,
}

impl<'de, I, W> Deserializer<'de> for Fields<'_, I, W>
where
    I: Iterator<Item = (String, W)>,
    W: IntoDeserializer<'de, Error>,
{
    type Error = Error;

    fn deserialize_any<R: Visitor<'de>>(self, visitor: R) -> Result<R::Value, Error> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, I, W> MapAccess<'de> for Fields<'_, I, W>
where
    I: Iterator<Item = (String, W)>,
    W: IntoDeserializer<'de, Error>,
{
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some((field, value)) = self.rest.next() else {
            *self.field = None;
            return Ok(None);
        };
        self.value = Some(value);
        let name: StrDeserializer<'_, Error> =
            self.field.insert(field).as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let value = self.value.take();
        let value = value.ok_or_else(|| Error::custom("a value before its name"))?;
        seed.deserialize(value.into_deserializer())
    }
}

/// The fields of a JSON object, in their order.
pub struct Object(pub Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Object;

            fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Object, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = fields.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Object(pairs))
            }
        }

        from.deserialize_map(Pairs)
    }
}

/// A value of a query: text that may be a number.
pub struct Text(pub String);

impl IntoDeserializer<'_, Error> for Text {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident),*) => {$(
        fn $method<R: Visitor<'de>>(self, visitor: R) -> Result<R::Value, Error> {
            let number = self.0.parse().map_err(|_| Error::custom("is not a whole number"))?;
            visitor.$visit(number)
        }
    )*};
}

impl<'de> Deserializer<'de> for Text {
    type Error = Error;

    fn deserialize_any<R: Visitor<'de>>(self, visitor: R) -> Result<R::Value, Error> {
        visitor.visit_string(self.0)
    }

    fn deserialize_option<R: Visitor<'de>>(self, visitor: R) -> Result<R::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_bool<R: Visitor<'de>>(self, visitor: R) -> Result<R::Value, Error> {
        let value = self.0.parse();
        visitor.visit_bool(value.map_err(|_| Error::custom("is neither true nor false"))?)
    }

    numbers!(deserialize_u8 visit_u64, deserialize_u64 visit_u64, deserialize_i64 visit_i64);

    forward_to_deserialize_any! {
        i8 i16 i32 u16 u32 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Page {
        limit: Option<u8>,
        name: String,
    }

    fn page(fields: &[(&str, &str)]) -> Result<Page, String> {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Text((*value).to_owned())));
        read(fields).map_err(|error| error.to_string())
    }

    #[test]
    fn a_field_that_cannot_be_read_is_named() {
        let name = ("name", "12");
        let good = Page {
            limit: Some(7),
            name: "12".into(),
        };
        assert_eq!(page(&[("limit", "7"), name]), Ok(good));
        for (fields, says) in [
            (&[("limit", "x"), name][..], "limit: is not a whole number"),
            (
                &[("limit", "256"), name],
                "limit: invalid value: integer `256`, expected u8",
            ),
            (
                &[("size", "1"), name],
                "size: unknown field `size`, expected `limit` or `name`",
            ),
            (&[name, name], "name: duplicate field `name`"),
            (&[("limit", "7")], "missing field `name`"),
        ] {
            assert_eq!(page(fields), Err(says.into()));
        }
    }
}
