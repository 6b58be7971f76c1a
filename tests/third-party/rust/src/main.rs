//! Runs the unmodified `tiktok_rust` crate against the emulator. The crate uses TikTok's URLs, which it reaches through
//! the gateway in `HTTPS_PROXY`. Prints a message and exits with 1 at the first unexpected result.

use std::error::Error;

use tiktok_rust::auth::{AuthCallback, AuthService, OAuthConfig, TikTokScope};
use tiktok_rust::creator;
use tiktok_rust::direct_post::{
    self, PostInfoBuilder, PrivacyLevel, Source, SourceInfoBuilder, VideoInitRequestBuilder,
};
use tiktok_rust::error::TikTokApiError;
use tiktok_rust::user;
use tiktok_rust::videos::{self, VideoField};
use url::Url;

const REDIRECT_URI: &str = "https://spike.land/api/social/tiktok/callback";
const MIB: usize = 1024 * 1024;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let emulator = std::env::var("TOKLINK_EMULATOR_URL")?;
    control(&emulator, "reset", "{}").await?;
    // The crate sends a base64url challenge, which TikTok accepts only for web redirects.
    control(&emulator, "settings", r#"{"strict_pkce": false}"#).await?;

    let scopes = [
        TikTokScope::UserInfoBasic,
        TikTokScope::UserInfoProfile,
        TikTokScope::VideoList,
        TikTokScope::VideoPublish,
    ];
    let config =
        OAuthConfig::new("awtoklinkemu0001", "toklinkemulatorclientsecret00001", REDIRECT_URI, &scopes);
    let login = AuthService::new(config.clone());
    let callback = consent(&login.get_authorization_url()).await?;
    login.validate_callback(&callback)?;
    let code = callback.code.ok_or("the callback carries no code")?;
    let tokens = login.fetch_access_token(&code, REDIRECT_URI, Some(&config.code_verifier)).await?;
    ensure(tokens.access_token.starts_with("act."), "the access token begins with act.")?;
    let refreshed = login.refresh_access_token(&tokens.refresh_token).await?;
    ensure(refreshed.refresh_token != tokens.refresh_token, "a refresh rotates the refresh token")?;
    let token = refreshed.access_token.as_str();
    println!("tests passed: tiktok_rust logs in and refreshes");

    let who = user::Service::new().get_user_info(token, vec!["open_id", "username"]).await?;
    ensure(who.username.as_deref() == Some("ana.makes"), "user info names the user")?;
    let fields = || vec![VideoField::Id, VideoField::Title, VideoField::ViewCount];
    let page = videos::Service::new().list_videos(token, None, Some(20), fields()).await?;
    ensure(page.videos.len() == 20 && page.has_more, "the first page is full and more follow")?;
    let next = videos::Service::new().list_videos(token, Some(page.cursor), Some(20), fields()).await?;
    ensure(
        next.videos.iter().all(|video| page.videos.iter().all(|seen| seen.id != video.id)),
        "no video comes twice",
    )?;
    let one = vec![page.videos[0].id.clone()];
    let found = videos::Service::new().query_videos(token, one.clone(), fields()).await?;
    ensure(found.len() == 1 && found[0].id == one[0], "a query finds the video asked for")?;
    println!("tests passed: tiktok_rust reads the user, two pages and one video");

    let may = creator::Service::new().get_creator_info(token).await?;
    ensure(may.creator_username == "ana.makes", "creator info names the creator")?;
    publish(token).await?;
    println!("tests passed: tiktok_rust publishes a file of one chunk");

    match user::Service::new().get_user_info("act.unknown", vec!["open_id"]).await {
        Err(TikTokApiError::AccessTokenInvalid(log_id)) if !log_id.is_empty() => {}
        other => return Err(format!("an unknown token gave {other:?}").into()),
    }
    println!("tests passed: tiktok_rust recognises a dead token");
    Ok(())
}

/// Publishes a file of one chunk. The crate cannot read the status, because it requires a `publish_id` that TikTok does
/// not send.
async fn publish(token: &str) -> Outcome<()> {
    let path = std::env::temp_dir().join(format!("third-party-{}.mp4", std::process::id()));
    let mut bytes = vec![0_u8; 2 * MIB];
    bytes[..12].copy_from_slice(b"\0\0\0\x18ftypisom");
    std::fs::write(&path, &bytes)?;
    let post = PostInfoBuilder::default()
        .title("From a crate")
        .privacy_level(PrivacyLevel::SelfOnly)
        .disable_duet(false)
        .disable_comment(false)
        .disable_stitch(true)
        .video_cover_timestamp_ms(0_u64)
        .build()?;
    let source = SourceInfoBuilder::default()
        .source(Source::FileUpload)
        .video_size(Some(bytes.len() as u64))
        .chunk_size(Some(bytes.len() as u64))
        .total_chunk_count(Some(1))
        .build()?;
    let request = VideoInitRequestBuilder::default().post_info(post).source_info(source).build()?;
    let service = direct_post::Service::new();
    let begun = service.post_video(token, request).await?;
    let sent = service.upload_video(&begun.upload_url, &path.to_string_lossy()).await;
    std::fs::remove_file(&path)?;
    sent?;
    match service.get_post_status(token, &begun.publish_id).await {
        Err(TikTokApiError::ParseFailed(why)) if why.contains("publish_id") => Ok(()),
        other => Err(format!("the crate is known not to read a status, but it answered {other:?}").into()),
    }
}

/// Simulates the user at the browser: opens the page, ticks all scopes and presses Authorize.
async fn consent(authorize_url: &str) -> Outcome<AuthCallback> {
    let browser = browser()?;
    let page = browser.get(authorize_url).send().await?.text().await?;
    let mut form = vec![("username", "ana.makes".to_owned()), ("decision", "allow".to_owned())];
    for part in page.split("name=\"scope\" value=\"").skip(1) {
        form.push(("scope", part.split('"').next().unwrap_or_default().to_owned()));
    }
    let answer = browser.post(authorize_url).form(&form).send().await?;
    let location =
        answer.headers().get("location").ok_or_else(|| format!("no redirect, but {page}"))?.to_str()?;
    let url = Url::parse(location)?;
    let get =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    Ok(AuthCallback {
        code: get("code"),
        scopes: get("scopes"),
        state: get("state"),
        error: get("error"),
        error_description: get("error_description"),
    })
}

fn browser() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()
}

async fn control(emulator: &str, name: &str, body: &'static str) -> Outcome<()> {
    let call = browser()?.post(format!("{emulator}/_emulator/{name}"));
    call.header("content-type", "application/json").body(body).send().await?.error_for_status()?;
    Ok(())
}

fn ensure(holds: bool, what: &str) -> Outcome<()> {
    if holds {
        Ok(())
    } else {
        Err(format!("not so: {what}").into())
    }
}
