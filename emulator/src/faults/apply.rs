//! Applies a fault rule to a response.

use bytes::Bytes;
use hyper::StatusCode;
use serde_json::json;

use super::effect::{Corruption, FaultContent, FaultResponse, ResponseChanges};
use crate::wire::Endpoint;
use crate::wire::Reply;

const PROXY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n";

impl FaultResponse {
    /// Returns the rule's response, which replaces the endpoint's own.
    pub(crate) fn reply(&self, endpoint: Endpoint, log_id: &str) -> Reply {
        let status = self.status.and_then(|status| StatusCode::from_u16(status).ok());
        let code = match &self.content {
            FaultContent::Raw { body, content_type } => {
                let content_type = content_type.as_deref().unwrap_or("text/html");
                return Reply::text(
                    status.unwrap_or(StatusCode::OK),
                    content_type,
                    Bytes::from(body.clone()),
                );
            }
            FaultContent::ProxyHtml => {
                return Reply::text(status.unwrap_or(StatusCode::BAD_GATEWAY), "text/html", PROXY_PAGE);
            }
            FaultContent::Error { code } => code.as_deref().unwrap_or("internal_error"),
        };
        let status = status.unwrap_or(StatusCode::OK);
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

    /// Returns the error code of the rule's response, for the request record.
    pub(crate) fn error_code(&self) -> Option<&str> {
        if let FaultContent::Error { code } = &self.content { code.as_deref() } else { None }
    }
}

impl ResponseChanges {
    /// Changes a response before it is sent, whether it comes from the endpoint or from the rule itself.
    pub(crate) fn apply(&self, mut reply: Reply) -> Reply {
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
        reply.pace.cut_after = self.cut_after;
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
        for (corruption, length) in [(Corruption::Garbled, 1), (Corruption::Truncated, 2)] {
            let changes = ResponseChanges { corrupt: Some(corruption), ..ResponseChanges::default() };
            let whole = Reply::json(StatusCode::OK, &body);
            let expected = whole.body.len() / length;
            let corrupted = changes.apply(whole);
            assert_eq!(corrupted.body.len(), expected);
            assert!(serde_json::from_slice::<serde_json::Value>(&corrupted.body).is_err());
        }
    }
}
