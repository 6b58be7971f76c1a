//! How a Rust test writes a rule.

use std::time::Duration;

use super::filter::TokenFilter;
use super::rule::{Corruption, Fault, Preset, Throttle};

impl Fault {
    /// A rule that hits the first call to `endpoint` and, until scenario more, does nothing to it.
    #[must_use]
    pub fn on(endpoint: &str) -> Self {
        Self {
            id: 0,
            enabled: true,
            endpoint: endpoint.to_owned(),
            client_key: None,
            username: None,
            publish_id: None,
            token: None,
            nth: 1,
            times: None,
            probability: None,
            preset: None,
            status: None,
            code: None,
            body: None,
            content_type: None,
            delay_ms: 0,
            reset: false,
            after: false,
            body_bytes: None,
            answer_bytes: None,
            corrupt: None,
            throttle: None,
            content_range: None,
            seen: 0,
            hits: 0,
            chosen: 0,
        }
    }

    /// Only calls of this app.
    #[must_use]
    pub fn for_app(mut self, client_key: &str) -> Self {
        self.client_key = Some(client_key.to_owned());
        self
    }

    /// Only calls for this user.
    #[must_use]
    pub fn for_user(mut self, username: &str) -> Self {
        self.username = Some(username.to_owned());
        self
    }

    /// Only calls about this publish task.
    #[must_use]
    pub fn for_upload(mut self, publish_id: &str) -> Self {
        self.publish_id = Some(publish_id.to_owned());
        self
    }

    /// Only calls that carry this token: a bearer, or the refresh token or token of an OAuth form. Only its hash is kept.
    #[must_use]
    pub fn for_token(mut self, token: &str) -> Self {
        self.token = Some(TokenFilter::new(token));
        self
    }

    /// The first call that is hit, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = nth;
        self
    }

    /// How many calls are hit; 0 is no end.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Chance of each call, 0 to 1, drawn from the emulator's seed; without `times` there is no end.
    #[must_use]
    pub fn probability(mut self, chance: f64) -> Self {
        self.probability = Some(chance);
        self
    }

    /// Answers with a status; the body is TikTok's envelope with `internal_error`.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Answers with a status and an error code in TikTok's shape.
    #[must_use]
    pub fn error(mut self, status: u16, code: &str) -> Self {
        self.status = Some(status);
        self.code = Some(code.to_owned());
        self
    }

    /// Answers with a raw body.
    #[must_use]
    pub fn raw(mut self, status: u16, content_type: &str, body: &str) -> Self {
        self.status = Some(status);
        self.content_type = Some(content_type.to_owned());
        self.body = Some(body.to_owned());
        self
    }

    /// Answers with the HTML page of a proxy, at 502.
    #[must_use]
    pub fn proxy_html(mut self) -> Self {
        self.preset = Some(Preset::ProxyHtml);
        self
    }

    /// Waits in real time before anything else.
    #[must_use]
    pub fn delay(mut self, by: Duration) -> Self {
        self.delay_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Resets the connection before the body is read: nothing takes effect.
    #[must_use]
    pub fn reset_before(mut self) -> Self {
        self.reset = true;
        self.after = false;
        self
    }

    /// Resets the connection once `bytes` of the request's body were taken: nothing takes effect.
    #[must_use]
    pub fn reset_in_body(mut self, bytes: u64) -> Self {
        self.reset = true;
        self.body_bytes = Some(bytes);
        self
    }

    /// Takes the body, does what it asks for, and resets the connection instead of answering.
    #[must_use]
    pub fn reset_after(mut self) -> Self {
        self.reset = true;
        self.after = true;
        self
    }

    /// Does what the request asks for and resets the connection once `bytes` of the answer's body went out.
    #[must_use]
    pub fn reset_in_answer(mut self, bytes: u64) -> Self {
        self.reset = true;
        self.answer_bytes = Some(bytes);
        self
    }

    /// Lets the request take effect before the wrong answer goes out.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        self.after = true;
        self
    }

    /// Sends only the first half of the answer's JSON, as a complete HTTP message.
    #[must_use]
    pub fn truncated(mut self) -> Self {
        self.corrupt = Some(Corruption::Truncated);
        self
    }

    /// Sends an answer of the right length that is no JSON.
    #[must_use]
    pub fn garbled(mut self) -> Self {
        self.corrupt = Some(Corruption::Garbled);
        self
    }

    /// Sends the answer `bytes` at a time, with a real pause of `every` between them.
    #[must_use]
    pub fn throttle(mut self, bytes: u64, every: Duration) -> Self {
        let every_ms = u64::try_from(every.as_millis()).unwrap_or(u64::MAX);
        self.throttle = Some(Throttle { bytes, every_ms });
        self
    }

    /// Answers an upload with this `Content-Range`, whatever was stored.
    #[must_use]
    pub fn content_range(mut self, value: &str) -> Self {
        self.content_range = Some(value.to_owned());
        self
    }
}
