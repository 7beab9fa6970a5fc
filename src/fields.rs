//! Reading a struct from named values: a request's body or query, or a row. One reader for all of them
//! reports which field could not be read, in words for the caller, and keeps the Worker small.

use std::fmt::{self, Display, Formatter};

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error, Expected, IgnoredAny, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Number, Value};

use crate::domain::number;

/// A field that cannot be read, is missing, or is unknown.
#[derive(Debug, thiserror::Error)]
#[error("{}{message}", field.as_ref().map(|field| format!("{field} ")).unwrap_or_default())]
pub struct Unreadable {
    /// The field's path, such as `options.seed`; `None` if the error is about no single field.
    pub field: Option<String>,
    /// What is wrong, as the end of a sentence that begins with the field, such as `is missing`.
    pub message: String,
}

impl Unreadable {
    fn named(field: &str, message: &str) -> Self {
        Self {
            field: Some(field.into()),
            message: message.into(),
        }
    }

    fn within(self, outer: &str) -> Self {
        let field = match self.field {
            Some(inner) => format!("{outer}.{inner}"),
            None => outer.into(),
        };
        Self {
            field: Some(field),
            ..self
        }
    }
}

impl Error for Unreadable {
    fn custom<T: Display>(message: T) -> Self {
        Self {
            field: None,
            message: message.to_string(),
        }
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::custom("is of another type")
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        out_of_range()
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::custom(format!("is not one of {}", known.join(", ")))
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::named(field, "is not known")
    }

    fn missing_field(field: &'static str) -> Self {
        Self::named(field, "is missing")
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::named(field, "is repeated")
    }
}

/// Reads a struct. A repeated field is refused.
pub fn read<'de, T, W>(fields: impl IntoIterator<Item = (String, W)>) -> Result<T, Unreadable>
where
    T: Deserialize<'de>,
    W: IntoDeserializer<'de, Unreadable>,
{
    T::deserialize(Fields {
        rest: fields.into_iter(),
        next: None,
    })
}

struct Fields<I, W> {
    rest: I,
    next: Option<(String, W)>,
}

impl<'de, I, W> Deserializer<'de> for Fields<I, W>
where
    I: Iterator<Item = (String, W)>,
    W: IntoDeserializer<'de, Unreadable>,
{
    type Error = Unreadable;

    fn deserialize_any<R: Visitor<'de>>(self, visitor: R) -> Result<R::Value, Unreadable> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, I, W> MapAccess<'de> for Fields<I, W>
where
    I: Iterator<Item = (String, W)>,
    W: IntoDeserializer<'de, Unreadable>,
{
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        self.next = self.rest.next();
        let Some((field, _)) = &self.next else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, Unreadable> = field.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, Unreadable> {
        let next = self.next.take();
        let (field, value) = next.ok_or_else(|| Unreadable::custom("a value before its name"))?;
        let value = seed.deserialize(value.into_deserializer());
        value.map_err(|error| error.within(&field))
    }
}

/// JSON as received: an object keeps the order of its fields, and repeated ones.
pub enum Json {
    /// Text, a number, true, false or null.
    Plain(Value),
    /// A list; no request has one, so its items are dropped.
    List,
    /// An object's fields.
    Object(Vec<(String, Json)>),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Json;

            fn expecting(&self, to: &mut Formatter<'_>) -> fmt::Result {
                to.write_str("JSON")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Plain(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Plain(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Plain(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
                Ok(Json::Plain(value.into()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Plain(value.into()))
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Plain(Value::Null))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Json::List)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = fields.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Json::Object(pairs))
            }
        }

        from.deserialize_any(Any)
    }
}

impl IntoDeserializer<'_, Unreadable> for Json {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Conversions that don't depend on the visitor, so that the generic code around them stays small.
impl Json {
    fn text(self) -> Result<String, Unreadable> {
        match self {
            Self::Plain(Value::String(text)) => Ok(text),
            _ => Err(Unreadable::custom("is not text")),
        }
    }

    fn number(self) -> Result<Number, Unreadable> {
        match self {
            Self::Plain(Value::Number(number)) if is_beyond_integers(&number) => {
                Err(out_of_range())
            }
            Self::Plain(Value::Number(number)) if !number.is_f64() => Ok(number),
            _ => Err(Unreadable::custom("is not a whole number")),
        }
    }

    fn flag(self) -> Result<bool, Unreadable> {
        match self {
            Self::Plain(Value::Bool(flag)) => Ok(flag),
            _ => Err(Unreadable::custom("is neither true nor false")),
        }
    }

    fn count(self) -> Result<u64, Unreadable> {
        let number = self.number()?;
        number.as_u64().ok_or_else(out_of_range)
    }

    fn integer(self) -> Result<i64, Unreadable> {
        let number = self.number()?;
        number.as_i64().ok_or_else(out_of_range)
    }

    fn object(self) -> Result<Vec<(String, Self)>, Unreadable> {
        match self {
            Self::Object(fields) => Ok(fields),
            _ => Err(Unreadable::custom("is not an object")),
        }
    }
}

/// Whether a number is too large for any integer, which is why it was read as a float.
fn is_beyond_integers(number: &Number) -> bool {
    const FIRST_BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let float = number.as_f64().filter(|_| number.is_f64());
    float.is_some_and(|float| float.abs() >= FIRST_BEYOND)
}

fn out_of_range() -> Unreadable {
    Unreadable::custom("is out of range")
}

macro_rules! wanted {
    ($($method:ident $wanted:ident $visit:ident),*) => {$(
        fn $method<R: Visitor<'de>>(self, visitor: R) -> Result<R::Value, Unreadable> {
            visitor.$visit(self.$wanted()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Json {
    type Error = Unreadable;

    wanted!(
        deserialize_str text visit_string, deserialize_string text visit_string,
        deserialize_bool flag visit_bool,
        deserialize_u8 count visit_u64, deserialize_u32 count visit_u64,
        deserialize_u64 count visit_u64, deserialize_i64 integer visit_i64
    );

    /// A row's value, for a struct that flattens another one.
    fn deserialize_any<R: Visitor<'de>>(self, visitor: R) -> Result<R::Value, Unreadable> {
        match self {
            Self::Plain(Value::Null) => visitor.visit_unit(),
            Self::Plain(Value::Number(_)) => visitor.visit_i64(self.integer()?),
            _ => visitor.visit_string(self.text()?),
        }
    }

    fn deserialize_option<R: Visitor<'de>>(self, visitor: R) -> Result<R::Value, Unreadable> {
        match self {
            Self::Plain(Value::Null) => visitor.visit_none(),
            some => visitor.visit_some(some),
        }
    }

    fn deserialize_struct<R: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: R,
    ) -> Result<R::Value, Unreadable> {
        visitor.visit_map(Fields {
            rest: self.object()?.into_iter(),
            next: None,
        })
    }

    fn deserialize_enum<R: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: R,
    ) -> Result<R::Value, Unreadable> {
        visitor.visit_enum(self.text()?.into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i32 u16 f32 f64 char bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// A query's value: text that may be a number.
pub struct Text(pub String);

impl IntoDeserializer<'_, Unreadable> for Text {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident),*) => {$(
        fn $method<R: Visitor<'de>>(self, visitor: R) -> Result<R::Value, Unreadable> {
            let number = number::whole(&self.0).map_err(Unreadable::custom)?;
            visitor.$visit(number.try_into().map_err(|_| out_of_range())?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Text {
    type Error = Unreadable;

    fn deserialize_any<R: Visitor<'de>>(self, visitor: R) -> Result<R::Value, Unreadable> {
        visitor.visit_string(self.0)
    }

    fn deserialize_option<R: Visitor<'de>>(self, visitor: R) -> Result<R::Value, Unreadable> {
        visitor.visit_some(self)
    }

    fn deserialize_bool<R: Visitor<'de>>(self, visitor: R) -> Result<R::Value, Unreadable> {
        let value = self.0.parse();
        visitor.visit_bool(value.map_err(|_| Unreadable::custom("is neither true nor false"))?)
    }

    numbers!(deserialize_u8 visit_u64, deserialize_u64 visit_u64, deserialize_i64 visit_i64);

    forward_to_deserialize_any! {
        i8 i16 i32 u16 u32 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests;
