//! The `Debug` and `Display` output of a whole session (login, calls, refresh, faults, disconnect) contains no secret.

use crate::world::{ALL_SCOPES, KEY, World, config};
use std::collections::BTreeSet;
use std::error::Error as _;
use std::fmt::{Debug, Write};
use std::path::Path;
use std::time::Duration;
use toklink::store::AccountStore;
use toklink::transport::{Authorization, Body, HttpReply, HttpRequest, Method};
use toklink::{
    AccountKey, AuthorizeLink, CollectOptions, Error, PublishOptions, ResealOptions, Secret, SqliteStore,
    VideoSource,
};
use toklink_emulator::{CLIENT_SECRET, Fault};
use url::Url;

/// Collects output in every form that a log may contain.
#[derive(Default)]
struct Shown(String);

impl Shown {
    fn value(&mut self, value: &impl Debug) {
        write!(self.0, "{value:?}\n{value:#?}\n").unwrap();
    }

    fn error(&mut self, error: &Error) {
        self.value(error);
        write!(self.0, "{error}\n{error:#}\n").unwrap();
        let mut source = error.source();
        while let Some(cause) = source {
            write!(self.0, "{cause}\n{cause:?}\n").unwrap();
            source = cause.source();
        }
    }
}

/// Returns the account's current tokens.
async fn tokens(world: &World, account: &AccountKey) -> Vec<Secret> {
    let row = world.store.load(account).await.unwrap().unwrap();
    let open = |field: &str, sealed: &str| world.client.unseal(account, field, sealed).unwrap();
    vec![
        open("access_token", &row.access_token_sealed),
        open("refresh_token", row.refresh_token_sealed.as_deref().unwrap()),
    ]
}

#[tokio::test]
async fn session_output_contains_no_secret() {
    let world = World::new().await;
    let (mut shown, mut secrets) =
        (Shown::default(), BTreeSet::from([KEY.to_owned(), CLIENT_SECRET.to_owned()]));
    let mut events = world.client.events();
    let mut keep = |found: Vec<Secret>| secrets.extend(found.iter().map(|secret| secret.expose().to_owned()));

    let start = world.begin(&ALL_SCOPES).await;
    let callback = world.consent(&start, "ana.makes", &ALL_SCOPES);
    let code = url::form_urlencoded::parse(callback.as_bytes()).find(|(name, _)| name == "code").unwrap().1;
    keep(vec![code.into_owned().into(), start.state.clone().into(), start.cookie_value.clone().into()]);
    shown.value(&start);
    let login = world.finish(&start, &callback).await.unwrap();
    shown.value(&login);
    shown.error(&world.finish(&start, &callback).await.unwrap_err());
    let account = AccountKey::new(login.account.tenant, login.account.account_id);
    keep(tokens(&world, &account).await);

    shown.value(&config(&world.emulator, world.client_key));
    shown.value(&world.client);
    shown.value(&world.store);
    shown.value(&world.client.user_info(&account).await.unwrap());
    world.advance(Duration::from_secs(7200));
    shown.value(&world.client.creator_info(&account).await.unwrap());
    keep(tokens(&world, &account).await);
    shown.value(&world.store.list(None, None, usize::MAX).await.unwrap().rows);
    for answer in [
        Fault::on("video_list").times(0).status(500),
        Fault::on("video_list").times(0).error(401, "access_token_invalid"),
        Fault::on("video_list").times(0).raw(200, "text/html", "<html>gateway</html>"),
    ] {
        world.fault(answer);
        shown.error(&world.client.list_videos(&account, None, 20).await.unwrap_err());
        world.emulator.clear_faults();
    }
    keep(tokens(&world, &account).await);
    let row = world.store.load(&account).await.unwrap().unwrap();
    shown.error(&world.client.unseal(&account, "refresh_token", &row.access_token_sealed).unwrap_err());
    shown.error(&world.client.unseal(&account, "access_token", KEY).unwrap_err());
    shown.value(&world.client.reseal_accounts(&ResealOptions::default()).await.unwrap());

    world.advance(Duration::from_secs(7200));
    world.fault(Fault::on("token").reset_after());
    shown.error(&world.client.user_info(&account).await.unwrap_err());
    shown.error(&world.client.user_info(&account).await.unwrap_err());
    world.client.disconnect(&account).await.unwrap();
    world.client.close().await;
    let mut emitted = 0;
    while let Some(event) = events.next().await {
        shown.value(&event);
        emitted += 1;
    }

    assert!(
        emitted >= 3 && shown.0.len() > 5_000,
        "too little output: {emitted} events, {} bytes",
        shown.0.len()
    );
    assert!(secrets.len() >= 9, "too few secrets were seen: {}", secrets.len());
    for secret in &secrets {
        // The message does not contain the secret, because the output of a failing test is a log as well.
        assert!(!shown.0.contains(secret.as_str()), "a secret of {} characters was shown", secret.len());
    }
}

#[test]
fn debug_output_of_request_types_hides_secrets() {
    let link = AuthorizeLink {
        state: "s3cret-state".into(),
        code_challenge: Some("s3cret-challenge".into()),
        redirect_uri: Some("https://app.example/callback".into()),
        ..AuthorizeLink::default()
    };
    let address = || Secret::new("https://media.example/v.mp4?sig=s3cret");
    let mut shown = Shown::default();
    shown.value(&link);
    shown.value(&[
        VideoSource::Url(address()),
        VideoSource::UrlOrRelay(address()),
        VideoSource::Relay(address()),
    ]);
    shown.value(&VideoSource::Bytes(b"s3cret bytes".to_vec().into()));
    shown.value(&VideoSource::stream(std::io::Cursor::new(b"s3cret stream".to_vec()), 13));
    shown.value(&VideoSource::from(Path::new("/videos/a.mp4")));
    let (reseal, collect) =
        (ResealOptions { check_only: true, ..ResealOptions::default() }, CollectOptions::default());
    shown.value(&reseal);
    shown.value(&collect);
    let url = Url::parse("https://upload.example/video/?upload_token=s3cret").unwrap();
    let body = Body::Json(b"{\"video_url\":\"s3cret\"}".to_vec());
    let authorization = Some(Authorization::Bearer(Secret::new("s3cret-token")));
    let timeout = Duration::from_secs(1);
    shown.value(&HttpRequest { method: Method::Put, url, authorization, headers: Vec::new(), body, timeout });
    let body = b"{\"access_token\":\"s3cret\"}".to_vec();
    shown.value(&HttpReply { status: 200, log_id: Some("log-1".into()), content_range: None, body });
    shown.value(&SqliteStore::open_in_memory().unwrap());
    shown.value(&PublishOptions { idempotency_key: Some("order-7".into()), ..PublishOptions::default() });
    shown.value(&[Body::Empty, Body::Form(Secret::new("client_secret=s3cret"))]);
    for useful in [
        "https://app.example/callback",
        "order-7",
        "12",
        "13",
        "redacted",
        "a.mp4",
        "log-1",
        "check_only: true",
    ] {
        assert!(shown.0.contains(useful), "{useful} is missing: {}", shown.0);
    }
    assert!(!shown.0.contains("s3cret"), "{}", shown.0);
}
