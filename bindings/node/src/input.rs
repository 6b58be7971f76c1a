//! Parses input from JavaScript. Errors name the field and the expected type but never the value, which may be a secret
//! in the wrong field.

use serde_json::{Map, Value};
use std::collections::HashMap;
use toklink::{Error, Result};

/// The fields of a JSON object. `null` counts as absent.
#[derive(Debug)]
pub(crate) struct Fields {
    path: String,
    map: Map<String, Value>,
}

impl Fields {
    /// Parses JSON text that must contain an object.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let value = serde_json::from_str(text).map_err(|fault| {
            Error::invalid(format!(
                "the argument is not valid JSON at column {}; install the same version of toklink and toklink-native",
                fault.column()
            ))
        })?;
        Self::from_value("", value)
    }

    /// Converts a value that must be an object. `path` names it in errors.
    pub(crate) fn from_value(path: &str, value: Value) -> Result<Self> {
        match value {
            Value::Object(map) => Ok(Self { path: path.to_owned(), map }),
            _ => Err(Error::invalid(format!("{} must be an object", subject(path)))),
        }
    }

    /// Returns a required string.
    pub(crate) fn text(&mut self, name: &str) -> Result<String> {
        self.optional_text(name)?.ok_or_else(|| self.fault(name, "is required; pass a string"))
    }

    /// Returns an optional string.
    pub(crate) fn optional_text(&mut self, name: &str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.fault(name, "must be a string")),
        }
    }

    /// Returns true if the field contains a string, for options that can also be an object.
    pub(crate) fn holds_text(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(Value::is_string)
    }

    /// Removes the field `name` if it is `false`, for options that are either `false` or a string. Returns true if it
    /// did.
    pub(crate) fn take_false(&mut self, name: &str) -> bool {
        let is_false = self.map.get(name).is_some_and(|value| *value == Value::Bool(false));
        if is_false {
            self.map.remove(name);
        }
        is_false
    }

    /// Returns a flag; `false` if absent.
    pub(crate) fn flag(&mut self, name: &str) -> Result<bool> {
        Ok(self.optional_flag(name)?.unwrap_or(false))
    }

    /// Returns an optional flag.
    pub(crate) fn optional_flag(&mut self, name: &str) -> Result<Option<bool>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.fault(name, "must be true or false")),
        }
    }

    /// Returns an optional whole number.
    pub(crate) fn optional_whole<N: TryFrom<i64>>(&mut self, name: &str) -> Result<Option<N>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        value
            .as_i64()
            .and_then(|whole| N::try_from(whole).ok())
            .map(Some)
            .ok_or_else(|| self.fault(name, "must be a whole number within the documented range"))
    }

    /// Returns a required whole number.
    pub(crate) fn whole<N: TryFrom<i64>>(&mut self, name: &str) -> Result<N> {
        self.optional_whole(name)?.ok_or_else(|| self.fault(name, "is required; pass a whole number"))
    }

    /// Returns an optional list of strings.
    pub(crate) fn optional_texts(&mut self, name: &str) -> Result<Option<Vec<String>>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let wrong = || self.fault(name, "must be a list of strings");
        let Value::Array(items) = value else { return Err(wrong()) };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            let Value::String(text) = item else { return Err(wrong()) };
            texts.push(text);
        }
        Ok(Some(texts))
    }

    /// Returns a required list.
    pub(crate) fn list(&mut self, name: &str) -> Result<Vec<Value>> {
        match self.take(name) {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(self.fault(name, "must be a list")),
        }
    }

    /// Returns an optional list.
    pub(crate) fn optional_list(&mut self, name: &str) -> Result<Option<Vec<Value>>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(self.fault(name, "must be a list")),
        }
    }

    /// Returns named strings, for example cookies; empty if absent. Ignores values that are not strings, because a
    /// host's cookies may include others.
    pub(crate) fn named_texts(&mut self, name: &str) -> Result<HashMap<String, String>> {
        match self.take(name) {
            None => Ok(HashMap::new()),
            Some(Value::Object(map)) => Ok(map
                .into_iter()
                .filter_map(|(name, value)| match value {
                    Value::String(text) => Some((name, text)),
                    _ => None,
                })
                .collect()),
            Some(_) => Err(self.fault(name, "must be an object of strings")),
        }
    }

    /// Returns the raw value; null if absent.
    pub(crate) fn value(&mut self, name: &str) -> Value {
        self.take(name).unwrap_or(Value::Null)
    }

    /// Returns a required nested object.
    pub(crate) fn object(&mut self, name: &str) -> Result<Self> {
        let path = self.named(name);
        Self::from_value(&path, self.take(name).unwrap_or(Value::Null))
    }

    /// Returns an optional nested object.
    pub(crate) fn optional_object(&mut self, name: &str) -> Result<Option<Self>> {
        let path = self.named(name);
        self.take(name).map(|value| Self::from_value(&path, value)).transpose()
    }

    /// Rejects unknown fields. Without this check, a misspelt option would be ignored and its default would apply.
    pub(crate) fn finish(self) -> Result<()> {
        match self.map.iter().find(|(_, value)| !value.is_null()) {
            None => Ok(()),
            Some((name, _)) if is_plain(name) => Err(self.fault(name, "is unknown; check the spelling")),
            Some(_) => Err(Error::invalid(format!("{} has an unknown field", subject(&self.path)))),
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.map.remove(name).filter(|value| !value.is_null())
    }

    fn named(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn fault(&self, name: &str, what: &str) -> Error {
        Error::invalid(format!("{} {what}", self.named(name)))
    }
}

fn subject(path: &str) -> &str {
    if path.is_empty() { "the argument" } else { path }
}

fn is_plain(name: &str) -> bool {
    name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_names_the_field_but_not_its_value() {
        let mut fields = Fields::parse(r#"{"clientSecret":{"oops":"s3cret"}}"#).unwrap();
        let error = fields.optional_text("clientSecret").unwrap_err();
        assert_eq!(error.message(), "clientSecret must be a string");
    }

    #[test]
    fn misspelt_field_is_rejected_and_null_counts_as_absent() {
        let mut fields = Fields::parse(r#"{"title":null,"allowComments":true}"#).unwrap();
        assert_eq!(fields.optional_text("title").unwrap(), None);
        assert!(fields.finish().unwrap_err().message().starts_with("allowComments "));
    }

    #[test]
    fn fraction_and_negative_number_are_rejected_as_counts() {
        let mut fields = Fields::parse(r#"{"a":1.5,"b":-1,"c":7}"#).unwrap();
        assert!(fields.optional_whole::<u32>("a").is_err());
        assert!(fields.optional_whole::<u32>("b").is_err());
        assert_eq!(fields.optional_whole::<u32>("c").unwrap(), Some(7));
    }

    #[test]
    fn error_in_a_nested_field_names_its_path() {
        let mut fields = Fields::parse(r#"{"page":{"cursor":"x"}}"#).unwrap();
        let mut page = fields.object("page").unwrap();
        assert!(page.whole::<i64>("cursor").unwrap_err().message().starts_with("page.cursor must be"));
    }
}
