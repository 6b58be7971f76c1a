//! Errors in scenarios, with their positions.

use std::fmt;
use std::path::Path;

/// Error for an invalid scenario. The message contains the position, the field and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioError {
    file: Option<String>,
    /// Line and column. Counting starts at 1.
    position: Option<(u64, u64)>,
    field: String,
    reason: String,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut places: Vec<String> = self.file.iter().cloned().collect();
        if let Some((line, column)) = self.position {
            places.push(format!("line {line}, column {column}"));
        }
        if !self.field.is_empty() && self.field != "." {
            places.push(format!("field {}", self.field));
        }
        f.write_str("invalid scenario: ")?;
        if places.is_empty() {
            return f.write_str(&self.reason);
        }
        f.write_str(&places.join(", "))?;
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for ScenarioError {}

impl ScenarioError {
    pub(super) fn new(field: &str, reason: &str) -> Self {
        Self { file: None, position: None, field: field.to_owned(), reason: reason.to_owned() }
    }

    pub(super) fn of_json(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        Self { field: error.path().to_string(), ..Self::at_end(error.inner()) }
    }

    pub(super) fn at_end(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let (line, column) = (error.line() as u64, error.column() as u64);
        let reason = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
        Self { position: (line > 0).then_some((line, column)), ..Self::new("", reason) }
    }

    pub(super) fn of_yaml(error: &serde_saphyr::Error, field: &str) -> Self {
        let error = error.without_snippet();
        let position = error.location().map(|at| (at.line(), at.column())).filter(|at| at.0 > 0);
        let text = error.to_string();
        // The message ends with the position, so remove it.
        let reason = match text.rfind(" at line ") {
            Some(at) if position.is_some() => &text[..at],
            _ => &text,
        };
        Self { position, ..Self::new(field, reason) }
    }

    pub(super) fn in_file(self, path: &Path) -> Self {
        Self { file: Some(path.display().to_string()), ..self }
    }

    /// Sets the position of an error that no parser located, to the last occurrence of the invalid value.
    pub(super) fn located_at(self, text: &str, value: &str) -> Self {
        let Some(at) = text.rfind(value) else { return self };
        let before = &text[..at];
        let line = before.matches('\n').count() as u64 + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u64 + 1;
        Self { position: Some((line, column)), ..self }
    }
}
