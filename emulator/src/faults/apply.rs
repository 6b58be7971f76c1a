//! Applies a rule to a response.

use bytes::Bytes;
use hyper::StatusCode;
use serde_json::json;

use super::rule::{Corruption, Fault, Preset, is_printable};
use crate::routes::Endpoint;
use crate::wire::Reply;

const PROXY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n";

impl Fault {
    /// Returns true if the rule responds in place of the handler; a rule with only a delay does not.
    pub(crate) fn answers(&self) -> bool {
        self.status.is_some() || self.body.is_some() || self.code.is_some() || self.preset.is_some()
    }

    /// Returns true if the rule resets the connection before the request takes effect.
    pub(crate) fn resets_before_handling(&self) -> bool {
        self.reset && !self.after && self.answer_bytes.is_none()
    }

    /// Returns true if the rule resets the connection instead of sending a response.
    pub(crate) fn resets_instead_of_answering(&self) -> bool {
        self.reset && self.answer_bytes.is_none()
    }

    /// Returns the response of the rule, in place of the handler's.
    pub(crate) fn reply(&self, endpoint: Endpoint, log_id: &str) -> Reply {
        let status = self.status.and_then(|status| StatusCode::from_u16(status).ok());
        if let Some(body) = &self.body {
            let kind = self.content_type.as_deref().filter(|kind| is_printable(kind));
            let status = status.unwrap_or(StatusCode::OK);
            return Reply::text(status, kind.unwrap_or("text/html"), Bytes::from(body.clone()));
        }
        if self.preset == Some(Preset::ProxyHtml) {
            return Reply::text(status.unwrap_or(StatusCode::BAD_GATEWAY), "text/html", PROXY_PAGE);
        }
        let status = status.unwrap_or(StatusCode::OK);
        let code = self.code.as_deref().unwrap_or("internal_error");
        let body = match endpoint {
            Endpoint::Token | Endpoint::Revoke | Endpoint::GetQrcode | Endpoint::CheckQrcode => {
                json!({"error": code, "error_description": "Injected by a fault rule.", "log_id": log_id})
            }
            Endpoint::Upload => return Reply::empty(status),
            _ => {
                json!({"data": {}, "error": {"code": code, "message": "Injected by a fault rule.", "log_id": log_id}})
            }
        };
        Reply::json(status, &body).with("x-tt-logid", log_id.to_owned())
    }

    /// Changes a response of the handler or of the rule itself before it is sent.
    pub(crate) fn corrupt(&self, mut reply: Reply) -> Reply {
        if let Some(range) = &self.content_range {
            reply.headers.retain(|(name, _)| *name != "content-range");
            reply = reply.with("content-range", range.clone());
        }
        match self.corrupt {
            Some(Corruption::Truncated) => reply.body = reply.body.slice(..reply.body.len() / 2),
            Some(Corruption::Garbled) => reply.body = garbled(&reply.body),
            None => {}
        }
        reply.pace.throttle = self.throttle.map(|throttle| (throttle.bytes, throttle.every_ms));
        reply.pace.cut_after = self.answer_bytes.filter(|_| self.reset);
        reply
    }
}

/// Replaces every seventh byte with 0xFF, which never occurs in UTF-8. The length stays the same.
fn garbled(body: &[u8]) -> Bytes {
    body.iter().enumerate().map(|(at, byte)| if at % 7 == 0 { 0xFF } else { *byte }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrupted_json_does_not_parse() {
        let body = json!({"data": {"user": {"open_id": "x"}}, "error": {"code": "ok"}});
        for (rule, length) in [(Fault::on("*").garbled(), 1), (Fault::on("*").truncated(), 2)] {
            let whole = Reply::json(StatusCode::OK, &body);
            let expected = whole.body.len() / length;
            let corrupted = rule.corrupt(whole);
            assert_eq!(corrupted.body.len(), expected);
            assert!(serde_json::from_slice::<serde_json::Value>(&corrupted.body).is_err());
        }
    }
}
