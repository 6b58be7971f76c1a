//! Stores a list of texts in one column.

use rusqlite::Row;
use rusqlite::types::Type;

pub(super) fn write_texts(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

pub(super) fn read_texts(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|source| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(source)))
}
