//! JSON format of a rule: one flat object, used by the control API and by scenarios (docs/EMULATOR.md, fault rules).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::call_filter::CallFilter;
use super::effect::{
    Corruption, Failure, FaultContent, FaultEffect, FaultResponse, ResponseChanges, Throttle,
};
use super::error::FaultError;
use super::fault::Fault;
use super::token_filter::TokenFilter;

/// Fields of the JSON object. Code outside this file uses [`Fault`] instead.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(skip_deserializing)]
    id: u64,
    #[serde(default = "default_true")]
    enabled: bool,
    endpoint: String,
    #[serde(default)]
    client_key: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    publish_id: Option<String>,
    #[serde(default)]
    token: Option<TokenFilter>,
    #[serde(default = "default_one")]
    nth: u64,
    #[serde(default)]
    times: Option<u64>,
    #[serde(default)]
    probability: Option<f64>,
    #[serde(default)]
    preset: Option<Preset>,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    reset: bool,
    #[serde(default)]
    after: bool,
    #[serde(default)]
    body_bytes: Option<u64>,
    #[serde(default)]
    answer_bytes: Option<u64>,
    #[serde(default)]
    corrupt: Option<Corruption>,
    #[serde(default)]
    throttle: Option<Throttle>,
    #[serde(default)]
    content_range: Option<String>,
    #[serde(skip_deserializing)]
    seen: u64,
    #[serde(skip_deserializing)]
    hits: u64,
}

/// Predefined fault responses.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Preset {
    ProxyHtml,
}

const fn default_one() -> u64 {
    1
}

const fn default_true() -> bool {
    true
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fields::deserialize(deserializer)?.into_fault().map_err(D::Error::custom)
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Fields::of(self).serialize(serializer)
    }
}

impl Fields {
    fn into_fault(self) -> Result<Fault, FaultError> {
        let replacement = self.replacement()?;
        let reset = self.reset()?;
        let mut fault = Fault::on(&self.endpoint);
        fault.enabled = self.enabled;
        fault.calls = CallFilter {
            endpoint: self.endpoint,
            client_key: self.client_key,
            username: self.username,
            publish_id: self.publish_id,
            token: self.token,
            nth: self.nth,
            times: self.times,
            probability: self.probability,
        };
        fault.effect = FaultEffect { delay_ms: self.delay_ms, failure: reset.unwrap_or_default() };
        if let Some(response) = replacement {
            fault = fault.respond(response);
        }
        if let Some(corruption) = self.corrupt {
            fault = fault.corrupted(corruption);
        }
        if let Some(throttle) = self.throttle {
            fault = fault.throttled(throttle);
        }
        if let Some(range) = &self.content_range {
            fault = fault.content_range(range);
        }
        if let Some(bytes) = self.answer_bytes {
            fault = fault.reset_in_answer(bytes);
        }
        if self.after {
            fault = fault.after_effect();
        }
        fault.check()?;
        Ok(fault)
    }

    /// Returns the rule's response. `body`, `code` and `preset` exclude each other, because a rule sends one response.
    fn replacement(&self) -> Result<Option<FaultResponse>, FaultError> {
        let content = match (&self.body, &self.code, self.preset) {
            (Some(body), None, None) => {
                FaultContent::Raw { body: body.clone(), content_type: self.content_type.clone() }
            }
            (None, None, Some(Preset::ProxyHtml)) => FaultContent::ProxyHtml,
            (None, code, None) => FaultContent::Error { code: code.clone() },
            _ => {
                return Err(FaultError::Contradiction {
                    fields: &["body", "code", "preset"],
                    reason: "body, code and preset define different responses; set only one of them",
                });
            }
        };
        if self.content_type.is_some() && self.body.is_none() {
            return Err(FaultError::Contradiction {
                fields: &["content_type", "body"],
                reason: "content_type describes a raw body; set body",
            });
        }
        let is_empty = self.status.is_none() && content == FaultContent::Error { code: None };
        Ok((!is_empty).then_some(FaultResponse { status: self.status, content }))
    }

    /// Returns the reset if the rule resets the connection without a response.
    fn reset(&self) -> Result<Option<Failure>, FaultError> {
        let contradiction = |fields, reason| Err(FaultError::Contradiction { fields, reason });
        match (self.reset, self.body_bytes, self.answer_bytes) {
            (_, Some(_), Some(_)) => contradiction(
                &["body_bytes", "answer_bytes"],
                "body_bytes and answer_bytes contradict each other; set only one of them",
            ),
            (false, Some(_), None) | (false, None, Some(_)) => contradiction(
                &["reset", "body_bytes", "answer_bytes"],
                "body_bytes and answer_bytes define when a reset happens; set reset to true",
            ),
            (true, Some(_), None) if self.after => contradiction(
                &["body_bytes", "after"],
                "body_bytes resets before the request takes effect; set after to false",
            ),
            (true, None, None) if self.after => Ok(Some(Failure::ResetAfter)),
            (true, body_bytes, None) => Ok(Some(Failure::ResetBefore { body_bytes })),
            (false, None, None) | (true, None, Some(_)) => Ok(None),
        }
    }

    fn of(fault: &Fault) -> Self {
        let calls = fault.calls.clone();
        let (replacement, after, changes, body_bytes) = match fault.effect.failure.clone() {
            Failure::ResetBefore { body_bytes } => (None, false, None, body_bytes),
            Failure::ResetAfter => (None, true, None, None),
            Failure::Response { replacement, takes_effect, changes } => {
                (replacement, takes_effect, Some(changes), None)
            }
        };
        let reset = changes.as_ref().is_none_or(|changes| changes.cut_after.is_some());
        let ResponseChanges { corrupt, throttle, content_range, cut_after } = changes.unwrap_or_default();
        let status = replacement.as_ref().and_then(|response| response.status);
        let (code, body, content_type, preset) = match replacement.map(|response| response.content) {
            Some(FaultContent::Error { code }) => (code, None, None, None),
            Some(FaultContent::Raw { body, content_type }) => (None, Some(body), content_type, None),
            Some(FaultContent::ProxyHtml) => (None, None, None, Some(Preset::ProxyHtml)),
            None => (None, None, None, None),
        };
        Self {
            id: fault.id,
            enabled: fault.enabled,
            endpoint: calls.endpoint,
            client_key: calls.client_key,
            username: calls.username,
            publish_id: calls.publish_id,
            token: calls.token,
            nth: calls.nth,
            times: calls.times,
            probability: calls.probability,
            preset,
            status,
            code,
            body,
            content_type,
            delay_ms: fault.effect.delay_ms,
            reset,
            after,
            body_bytes,
            answer_bytes: cut_after,
            corrupt,
            throttle,
            content_range,
            seen: fault.seen,
            hits: fault.hits,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// One rule for each effect, in the format that `GET faults` returns.
    #[test]
    fn rule_is_listed_with_the_fields_that_were_sent() {
        for fields in [
            json!({"status": 500, "after": true}),
            json!({"code": "internal_error"}),
            json!({"status": 404, "body": "no", "content_type": "text/plain"}),
            json!({"preset": "proxy_html", "status": 504, "delay_ms": 5}),
            json!({"reset": true}),
            json!({"reset": true, "after": true}),
            json!({"reset": true, "body_bytes": 0}),
            json!({"reset": true, "answer_bytes": 9, "status": 200, "code": "x", "after": true}),
            json!({"corrupt": "garbled", "throttle": {"bytes": 1, "every_ms": 2}, "content_range": "bytes 0-1/2"}),
            json!({"after": true}),
            json!({"client_key": "a", "username": "b", "publish_id": "c", "nth": 2, "times": 3, "probability": 0.5, "enabled": false}),
        ] {
            let mut given = fields.clone();
            given["endpoint"] = json!("*");
            let fault: Fault = serde_json::from_value(given.clone()).unwrap();
            let listed = serde_json::to_value(&fault).unwrap();
            let names: Vec<&String> = listed.as_object().unwrap().keys().collect();
            assert_eq!(names.len(), 25, "{names:?}");
            for (name, value) in listed.as_object().unwrap() {
                let default = match name.as_str() {
                    "enabled" => json!(true),
                    "nth" => json!(1),
                    "id" | "delay_ms" | "seen" | "hits" => json!(0),
                    "reset" | "after" => json!(false),
                    _ => Value::Null,
                };
                assert_eq!(value, given.get(name).unwrap_or(&default), "{name} of {fields}");
            }
        }
    }

    #[test]
    fn rule_with_two_responses_is_rejected() {
        for fields in [
            json!({"endpoint": "token", "body": "x", "code": "y"}),
            json!({"endpoint": "token", "body": "x", "preset": "proxy_html"}),
            json!({"endpoint": "token", "code": "y", "preset": "proxy_html"}),
        ] {
            let error = serde_json::from_value::<Fault>(fields).unwrap_err().to_string();
            assert!(error.contains("body, code and preset define different responses"), "{error}");
        }
        let error = serde_json::from_value::<Fault>(json!({"endpoint": "token", "content_type": "a/b"}));
        assert!(error.unwrap_err().to_string().contains("set body"));
    }

    #[test]
    fn builder_reports_a_contradiction_in_any_order() {
        let fields = |fault: Fault| match fault.check() {
            Err(FaultError::Contradiction { fields, .. }) => fields,
            other => panic!("{other:?}"),
        };
        let rule = || Fault::on("status");
        assert!(fields(rule().reset_before().status(500)).contains(&"status"));
        assert!(fields(rule().status(500).reset_before()).contains(&"status"));
        assert!(fields(rule().garbled().reset_after()).contains(&"corrupt"));
        assert!(fields(rule().reset_after().garbled()).contains(&"corrupt"));
        assert!(fields(rule().reset_in_answer(1).reset_in_body(1)).contains(&"body_bytes"));
        assert!(fields(rule().reset_in_body(1).reset_in_answer(1)).contains(&"body_bytes"));
        assert!(fields(rule().after_effect().reset_before()).contains(&"after"));
        assert!(fields(rule().reset_before().after_effect()).contains(&"after"));
        assert_eq!(rule().after_effect().reset_after().check(), Ok(()));
        assert_eq!(rule().reset_in_answer(1).status(500).after_effect().check(), Ok(()));
    }
}
