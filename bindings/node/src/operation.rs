//! The asynchronous operations, named as in `js/client-interface.ts`.

use crate::account;
use crate::input::Fields;
use crate::metrics;
use crate::operation_sync::quota;
use crate::outcome::{describe, unknown, value};
use crate::progress::Reporter;
use crate::stream::{self, PieceCall};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use toklink::{
    AccountKey, BeginLogin, CancelToken, Client, Error, JournaledPublish, PostInfo, PrivacyLevel,
    PublishOptions, PublishPhotos, PublishVideo, ResealFormat, ResealOptions, Result, Secret, TokenSet,
    VideoSource,
};

/// Maximum number of videos on a page (docs/tiktok-api.md 4.2).
const FULL_PAGE: u32 = 20;

/// Context of an operation, in addition to its input.
pub(crate) struct Given<'a> {
    pub(crate) cancel: &'a CancelToken,
    pub(crate) reporter: Option<&'a Arc<Reporter>>,
    /// Source of the bytes for a stream.
    pub(crate) next_piece: Option<PieceCall>,
}

/// Runs the operation `name` with `input` (JSON text).
pub(crate) async fn run(
    client: &Client,
    name: &str,
    input: &str,
    Given { cancel, reporter, next_piece }: Given<'_>,
) -> Result<Value> {
    let mut input = Fields::parse(input)?;
    let input = &mut input;
    match name {
        "beginLogin" => begin_login(client, input).await,
        "completeLogin" => complete_login(client, input).await,
        "exchangeCode" => exchange_code(client, input).await,
        "refreshTokens" => {
            let token = Secret::from(input.text("refreshToken")?);
            Ok(token_set(&client.refresh_tokens(&token).await?))
        }
        "revoke" => done(client.revoke(&Secret::from(input.text("accessToken")?)).await),
        "disconnect" => done(client.disconnect(&account::read(input)?).await),
        "accounts" => value(&client.accounts(input.optional_text("tenant")?.as_deref()).await?),
        "account" => value(&client.account(&account::read(input)?).await?),
        "accessToken" => Ok(json!(client.access_token(&account::read(input)?).await?.expose())),
        "userInfo" => value(&client.user_info(&account::read(input)?).await?),
        "accountMetrics" => value(&client.account_metrics(&account::read(input)?).await?),
        "collectMetrics" => metrics::collect(client, input, cancel, reporter).await,
        "metricsHistory" => metrics::history(client, input).await,
        "listVideos" => list_videos(client, input).await,
        "queryVideos" => {
            let key = account::read(input)?;
            value(&client.query_videos(&key, input.optional_texts("ids")?.unwrap_or_default()).await?)
        }
        "readQuota" => Ok(client.read_quota(&account::read(input)?).await?.iter().map(quota).collect()),
        "creatorInfo" => value(&client.creator_info(&account::read(input)?).await?),
        "probeVideo" => {
            // Runs as an operation so that a closed client rejects it, although probing requires no client.
            probe(&input.text("file")?).await
        }
        "publishVideo" => publish_video(client, input, next_piece, (cancel, reporter)).await,
        "publishPhotos" => publish_photos(client, input, cancel, reporter).await,
        "resumePublish" => resume_publish(client, input, cancel, reporter).await,
        "unfinishedPublishes" => value(&client.unfinished_publishes(&account::read(input)?).await?),
        "abandonPublish" => {
            let key = account::read(input)?;
            done(client.abandon_publish(&key, &input.text("idempotencyKey")?).await)
        }
        "findPublish" => {
            let key = account::read(input)?;
            let found = client.find_publish(&key, &input.text("idempotencyKey")?).await?;
            found.map_or(Ok(Value::Null), |found| journaled(&found))
        }
        "requestCancel" => {
            let key = account::read(input)?;
            journaled(&client.request_cancel(&key, &input.text("idempotencyKey")?).await?)
        }
        "publishStatus" => {
            let key = account::read(input)?;
            value(&client.publish_status(&key, &input.text("publishId")?).await?)
        }
        "waitForPublish" => {
            let key = account::read(input)?;
            let options = watched(PublishOptions::default(), cancel, reporter);
            value(&client.wait_for_publish(&key, &input.text("publishId")?, &options).await?)
        }
        "cancelPublish" => {
            let key = account::read(input)?;
            done(client.cancel_publish(&key, &input.text("publishId")?).await)
        }
        "applyWebhook" => {
            let event = serde_json::from_value(input.value("event"))
                .map_err(|_| Error::invalid("event must be the unchanged result of verifyWebhook"))?;
            value(&client.apply_webhook(&event).await?)
        }
        "resealAccounts" => reseal_accounts(client, input, cancel, reporter).await,
        "close" => close(client, input).await,
        _ => Err(unknown(name)),
    }
}

/// Probes a video file.
pub(crate) async fn probe(file: &str) -> Result<Value> {
    value(&toklink::probe_video(Path::new(file)).await?)
}

/// Closes the client, within the deadline if the input contains one.
async fn close(client: &Client, input: &mut Fields) -> Result<Value> {
    let Some(deadline) = input.optional_whole("deadlineMs")? else {
        client.close().await;
        return Ok(Value::Null);
    };
    value(&client.close_within(Duration::from_millis(deadline)).await)
}

async fn begin_login(client: &Client, input: &mut Fields) -> Result<Value> {
    let request = BeginLogin {
        user_id: input.text("userId")?,
        tenant: input.optional_text("tenant")?.unwrap_or_default(),
        redirect_uri: input.optional_text("redirectUri")?,
        scopes: input.optional_texts("scopes")?,
        return_to: input.optional_text("returnTo")?,
    };
    let login = client.begin_login(request).await?;
    Ok(json!({
        "authorizeUrl": login.authorize_url,
        "state": login.state,
        "cookie": {
            "name": login.cookie_name,
            "value": login.cookie_value,
            "maxAgeSec": login.cookie_max_age.as_secs(),
        },
    }))
}

async fn complete_login(client: &Client, input: &mut Fields) -> Result<Value> {
    let callback = input.text("callback")?;
    let cookies = input.named_texts("cookies")?;
    let user_id = input.text("userId")?;
    value(&client.complete_login(&callback, |name| cookies.get(name).cloned(), &user_id).await?)
}

async fn exchange_code(client: &Client, input: &mut Fields) -> Result<Value> {
    let code = Secret::from(input.text("code")?);
    let redirect_uri = input.text("redirectUri")?;
    let verifier = input.optional_text("codeVerifier")?.map(Secret::from);
    Ok(token_set(&client.exchange_code(&code, &redirect_uri, verifier.as_ref()).await?))
}

/// Converts tokens field by field, because `Secret` deliberately cannot be serialized. This operation is meant to
/// return tokens.
fn token_set(tokens: &TokenSet) -> Value {
    json!({
        "accessToken": tokens.access_token.expose(),
        "refreshToken": tokens.refresh_token.as_ref().map(Secret::expose),
        "openId": tokens.open_id,
        "scopes": tokens.scopes,
        "tokenType": tokens.token_type,
        "expiresAt": tokens.access_expires_at,
        "refreshExpiresAt": tokens.refresh_expires_at,
    })
}

async fn list_videos(client: &Client, input: &mut Fields) -> Result<Value> {
    let key = account::read(input)?;
    let (mut cursor, mut max_count) = (None, None);
    if let Some(mut page) = input.optional_object("page")? {
        cursor = page.optional_whole("cursor")?;
        max_count = page.optional_whole("maxCount")?;
        page.finish()?;
    }
    value(&client.list_videos(&key, cursor, max_count.unwrap_or(FULL_PAGE)).await?)
}

async fn publish_video(
    client: &Client,
    input: &mut Fields,
    next_piece: Option<PieceCall>,
    (cancel, reporter): (&CancelToken, Option<&Arc<Reporter>>),
) -> Result<Value> {
    let key = account::read(input)?;
    let video = video_input(input.object("input")?, next_piece)?;
    let options = watched(publish_options(input)?, cancel, reporter);
    value(&client.publish_video(&key, &video, &options).await?)
}

async fn publish_photos(
    client: &Client,
    input: &mut Fields,
    cancel: &CancelToken,
    reporter: Option<&Arc<Reporter>>,
) -> Result<Value> {
    let key = account::read(input)?;
    let photos = photos_input(input.object("input")?)?;
    let options = watched(publish_options(input)?, cancel, reporter);
    value(&client.publish_photos(&key, &photos, &options).await?)
}

async fn resume_publish(
    client: &Client,
    input: &mut Fields,
    cancel: &CancelToken,
    reporter: Option<&Arc<Reporter>>,
) -> Result<Value> {
    let (key, name) = (account::read(input)?, input.text("publish")?);
    let (mut options, mut source) = (PublishOptions::default(), None);
    if let Some(mut given) = input.optional_object("options")? {
        source = given.optional_text("file")?.map(|file| VideoSource::File(file.into()));
        options.wait = given.optional_flag("wait")?.unwrap_or(true);
        given.finish()?;
    }
    let options = watched(options, cancel, reporter);
    value(&client.resume_publish(&key, &name, source.as_ref(), &options).await?)
}

/// Converts a publish field by field, because the core's error cannot be serialized.
fn journaled(publish: &JournaledPublish) -> Result<Value> {
    Ok(json!({
        "idempotencyKey": publish.idempotency_key,
        "phase": publish.phase.as_str(),
        "publishId": publish.publish_id,
        "acceptedBytes": publish.accepted_bytes,
        "totalBytes": publish.total_bytes,
        "photos": publish.photos,
        "draft": publish.draft,
        "cancelRequested": publish.cancel_requested,
        "failReason": publish.fail_reason,
        "outcome": publish.outcome.as_ref().map(value).transpose()?,
        "lastError": publish.last_error.as_ref().map(|error| describe("", error)),
        "startedAt": publish.started_at,
        "updatedAt": publish.updated_at,
    }))
}

fn publish_options(input: &mut Fields) -> Result<PublishOptions> {
    let mut options = PublishOptions::default();
    if let Some(mut given) = input.optional_object("options")? {
        options.idempotency_key = given.optional_text("idempotencyKey")?;
        options.wait = given.optional_flag("wait")?.unwrap_or(true);
        given.finish()?;
    }
    Ok(options)
}

async fn reseal_accounts(
    client: &Client,
    input: &mut Fields,
    cancel: &CancelToken,
    reporter: Option<&Arc<Reporter>>,
) -> Result<Value> {
    let format = match input.optional_text("format")?.as_deref() {
        None | Some("current") => ResealFormat::Current,
        Some("legacy") => ResealFormat::Legacy,
        Some(_) => return Err(Error::invalid("format must be 'current' or 'legacy'")),
    };
    let after = match input.optional_object("after")? {
        Some(mut key) => {
            Some(AccountKey::new(key.optional_text("tenant")?.unwrap_or_default(), key.text("accountId")?))
        }
        None => None,
    };
    let mut options = ResealOptions {
        check_only: input.flag("checkOnly")?,
        accept_clear_text: input.flag("acceptClearText")?,
        format,
        after,
        time_limit: input.optional_whole::<u64>("timeLimitMs")?.map(Duration::from_millis),
        cancel: cancel.clone(),
        ..ResealOptions::default()
    };
    if let Some(reporter) = reporter {
        let reporter = Arc::clone(reporter);
        options.progress = Some(Arc::new(move |progress| reporter.report(&progress)));
    }
    value(&client.reseal_accounts(&options).await?)
}

fn video_input(mut input: Fields, next_piece: Option<PieceCall>) -> Result<PublishVideo> {
    let draft = input.flag("draft")?;
    let post = post_info(&mut input)?;
    let (file, url) = (input.optional_text("file")?, input.optional_text("url")?);
    let size = input.optional_whole::<u64>("streamSize")?;
    let source = match (file, url, size.zip(next_piece)) {
        (Some(file), None, None) => VideoSource::File(file.into()),
        (None, Some(url), None) => match input.optional_text("relay")?.as_deref() {
            None | Some("never") => VideoSource::Url(Secret::from(url)),
            Some("ifUnverified") => VideoSource::UrlOrRelay(Secret::from(url)),
            Some("always") => VideoSource::Relay(Secret::from(url)),
            Some(_) => return Err(Error::invalid("relay must be 'never', 'ifUnverified' or 'always'")),
        },
        (None, None, Some((size, call))) => VideoSource::stream(stream::reader(call), size),
        _ => return Err(Error::invalid("pass one of file (a path), source (bytes or a stream) and url")),
    };
    input.finish()?;
    Ok(PublishVideo { source, post, draft })
}

fn photos_input(mut input: Fields) -> Result<PublishPhotos> {
    let draft = input.flag("draft")?;
    let mut post = post_info(&mut input)?;
    post.description = input.optional_text("description")?.unwrap_or_default();
    post.auto_add_music = input.flag("autoAddMusic")?;
    let urls = input.optional_texts("urls")?.unwrap_or_default().into_iter().map(Secret::from).collect();
    let cover_index = input.optional_whole::<u32>("coverIndex")?.unwrap_or(0) as usize;
    input.finish()?;
    Ok(PublishPhotos { urls, cover_index, post, draft })
}

fn post_info(input: &mut Fields) -> Result<PostInfo> {
    let level = input.optional_text("privacyLevel")?;
    let read = level.as_deref().and_then(PrivacyLevel::parse);
    if read.is_none() && level.is_some() {
        return Err(Error::invalid(
            "privacyLevel is unknown; let the user choose one of creatorInfo's privacyLevelOptions",
        ));
    }
    let mut post = PostInfo::draft();
    post.privacy_level = read;
    post.title = input.optional_text("title")?.unwrap_or_default();
    post.allow_comment = input.flag("allowComment")?;
    post.allow_duet = input.flag("allowDuet")?;
    post.allow_stitch = input.flag("allowStitch")?;
    post.cover_timestamp_ms = input.optional_whole("coverTimestampMs")?;
    post.brand_content = input.flag("brandContent")?;
    post.brand_organic = input.flag("brandOrganic")?;
    post.is_aigc = input.flag("isAigc")?;
    Ok(post)
}

fn watched(
    options: PublishOptions,
    cancel: &CancelToken,
    reporter: Option<&Arc<Reporter>>,
) -> PublishOptions {
    let mut options = options;
    options.cancel = cancel.clone();
    if let Some(reporter) = reporter {
        let reporter = Arc::clone(reporter);
        options.progress = Some(Arc::new(move |progress| reporter.report(&progress)));
    }
    options
}

fn done(result: Result<()>) -> Result<Value> {
    result.map(|()| Value::Null)
}
