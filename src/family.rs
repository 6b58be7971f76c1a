//! The differences between TikTok's API families. The pipeline shares everything else.

use crate::api::endpoint::Endpoint;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::quota::QuotaKind;
use crate::secret::Secret;
use crate::transport::{Authorization, HttpReply, consumer};
use serde_json::Value;
use url::Url;

/// One API family: a group of endpoints with one host, credential, envelope, error table and set of limits.
pub(crate) struct ApiFamily {
    /// Returns the base URL of the family's endpoints.
    pub(crate) base_url: fn(&Config) -> &Url,
    /// Places an access token in the header that the family expects.
    pub(crate) authorization: fn(Secret) -> Authorization,
    /// Unwraps the envelope of a response, and converts the family's error codes to errors.
    pub(crate) decode: fn(&HttpReply) -> Result<Value>,
    /// The error code with which TikTok rejects an access token that has not expired yet.
    invalid_token: &'static str,
    /// Returns the quota windows in which a request to an endpoint is counted.
    pub(crate) quota_kinds: fn(Endpoint) -> &'static [QuotaKind],
}

/// Login Kit, Display API and Content Posting API (docs/tiktok-api.md 0.6 and 7).
static CONSUMER: ApiFamily = ApiFamily {
    base_url: |config| &config.api_base_url,
    authorization: Authorization::Bearer,
    decode: consumer::envelope::decode,
    invalid_token: "access_token_invalid",
    quota_kinds: consumer_quota_kinds,
};

impl ApiFamily {
    /// Returns the family of an endpoint.
    pub(crate) fn of(endpoint: Endpoint) -> &'static Self {
        match endpoint {
            Endpoint::UserInfo
            | Endpoint::VideoList
            | Endpoint::VideoQuery
            | Endpoint::CreatorInfo
            | Endpoint::VideoInit
            | Endpoint::InboxInit
            | Endpoint::ContentInit
            | Endpoint::PublishStatus
            | Endpoint::PublishCancel => &CONSUMER,
        }
    }

    /// Returns true when TikTok rejected the access token itself, so that a new token may be accepted.
    pub(crate) fn is_invalid_token(&self, error: &Error) -> bool {
        error.tiktok_code() == Some(self.invalid_token)
    }
}

/// The limits of docs/tiktok-api.md 8.
fn consumer_quota_kinds(endpoint: Endpoint) -> &'static [QuotaKind] {
    match endpoint {
        Endpoint::UserInfo => &[QuotaKind::UserInfo],
        Endpoint::VideoList => &[QuotaKind::VideoList],
        Endpoint::VideoQuery => &[QuotaKind::VideoQuery],
        Endpoint::CreatorInfo => &[QuotaKind::CreatorInfo],
        Endpoint::VideoInit | Endpoint::InboxInit => &[QuotaKind::PublishInit, QuotaKind::VideoUpload],
        Endpoint::ContentInit => &[QuotaKind::PublishInit],
        Endpoint::PublishStatus => &[QuotaKind::PublishStatus],
        Endpoint::PublishCancel => &[],
    }
}
