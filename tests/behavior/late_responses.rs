//! Responses about a publish that arrive late, that answer a repeated request, or that come from a proxy.

use crate::intercepting_transport::InterceptingTransport;
use crate::suspended_attempts::{asleep_at, last_chunk_asleep, upload};
use crate::suspension_points::{self, Points};
use crate::video::mp4_bytes;
use crate::world::{World, clock_of, config};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::sync::Arc;
use std::time::Duration;
use toklink::PublishPhase;
use toklink::clock::BoxFuture;
use toklink::store::JournalStore;
use toklink::transport::{Body, HttpReply, HttpRequest, HttpTransport, Method, Transport};
use toklink::webhook::{PublishKind, WebhookUpdate};
use toklink::{
    AccountKey, CachePolicy, Client, ErrorKind, PostInfo, PrivacyLevel, PublishOptions, PublishPhotos,
    Reason, Result, Secret, Timestamp, VideoSource, WebhookEffect, WebhookEvent,
};

const CONTENT: &str = "/v2/post/publish/content/init/";

/// Returns a client behind a proxy that sends each chunk twice and returns the second response, as a proxy does after
/// it loses the connection to the upload host.
fn client_whose_chunks_arrive_twice(world: &World) -> Client {
    client_behind(world, |request, network| {
        Box::pin(async move {
            if request.method == Method::Put {
                twice(request, &network).await
            } else {
                network.send(request).await
            }
        })
    })
}

async fn twice(request: HttpRequest, network: &HttpTransport) -> Result<HttpReply> {
    let HttpRequest { method, url, authorization, headers, body, timeout } = request;
    let Body::Stream { length, stream: pieces } = body else { panic!("a chunk is a stream") };
    let pieces: Vec<_> = pieces.try_collect().await.unwrap();
    let once = || HttpRequest {
        method,
        url: url.clone(),
        authorization: authorization.clone(),
        headers: headers.clone(),
        body: Body::Stream { length, stream: stream::iter(pieces.clone()).map(Ok).boxed() },
        timeout,
    };
    network.send(once()).await?;
    network.send(once()).await
}

/// Returns a client behind a proxy that forwards the photo init and then returns a response of its own.
fn client_whose_init_is_answered_with(world: &World, status: u16, body: &'static str) -> Client {
    client_behind(world, move |request, network| {
        Box::pin(async move {
            let is_init = request.url.path() == CONTENT;
            let reply = network.send(request).await?;
            Ok(if is_init { HttpReply { status, body: body.as_bytes().to_vec(), ..reply } } else { reply })
        })
    })
}

fn client_behind(
    world: &World,
    proxy: impl Fn(HttpRequest, Arc<HttpTransport>) -> BoxFuture<'static, Result<HttpReply>>
    + Send
    + Sync
    + 'static,
) -> Client {
    let config = config(&world.emulator, world.client_key);
    let transport = InterceptingTransport::new(&config, proxy);
    Client::builder(config)
        .cache(CachePolicy::off())
        .store(Arc::clone(&world.store))
        .transport(transport)
        .clock(clock_of(&world.emulator))
        .build()
        .unwrap()
}

fn bytes() -> VideoSource {
    VideoSource::Bytes(mp4_bytes(1000).into())
}

fn posted(world: &World) -> usize {
    world.emulator.posts().iter().filter(|post| post.status == "PUBLISH_COMPLETE").count()
}

fn event(world: &World, account: &AccountKey, update: WebhookUpdate) -> WebhookEvent {
    WebhookEvent {
        client_key: world.client_key.to_owned(),
        created_at: Timestamp::from_millis(world.emulator.now_ms()),
        account_id: Some(account.open_id.clone()),
        dedupe_key: "1".into(),
        update,
    }
}

/// Returns a webhook about the publish with the key `k`.
async fn webhook(
    world: &World,
    account: &AccountKey,
    update: impl Fn(String) -> WebhookUpdate,
) -> WebhookEvent {
    let row = world.store.find(account, "k").await.unwrap().unwrap();
    event(world, account, update(row.publish_id.unwrap()))
}

fn complete(publish_id: String) -> WebhookUpdate {
    WebhookUpdate::PublishComplete { publish_id, publish_type: PublishKind::DirectPublish }
}

#[tokio::test]
async fn webhook_after_abandon_prevents_a_second_post_with_the_key() {
    let (world, account, _, asleep) = last_chunk_asleep().await;
    world.client.abandon_publish(&account, "k").await.unwrap();
    let event = webhook(&world, &account, complete).await;
    // The chunk was still in flight when the caller abandoned the publish.
    asleep.wake().await.unwrap_err();
    world.emulator.settled().await;
    assert_eq!(world.client.apply_webhook(&event).await.unwrap(), WebhookEffect::Applied);
    let again = upload(suspension_points::other_process(&world), account.clone(), bytes()).await.unwrap();
    let row = world.store.find(&account, "k").await.unwrap().unwrap();
    assert_eq!((row.phase, row.publish_id), (PublishPhase::Done, Some(again.publish_id)));
    assert_eq!(world.emulator.posts().len(), 1, "no other upload is started");
}

#[tokio::test]
async fn wait_after_abandon_finds_the_post_and_blocks_a_second_one() {
    let (world, account, _, asleep) = last_chunk_asleep().await;
    let row = world.store.find(&account, "k").await.unwrap().unwrap();
    let id = row.publish_id.unwrap();
    world.client.abandon_publish(&account, "k").await.unwrap();
    let wait = async || world.client.wait_for_publish(&account, &id, &PublishOptions::default()).await;
    wait().await.unwrap_err();
    asleep.wake().await.unwrap_err();
    let error = wait().await.unwrap_err();
    assert!(error.is_retryable() && error.reason() == Reason::StillProcessing, "{error:?}");
    world.advance(Duration::from_secs(600));
    world.emulator.settled().await;
    assert_eq!(wait().await.unwrap().publish_id, id);
    let again = upload(suspension_points::other_process(&world), account.clone(), bytes()).await.unwrap();
    assert_eq!((again.publish_id, world.emulator.posts().len()), (id, 1));
}

#[tokio::test]
async fn same_key_does_not_post_again_if_the_abandoned_upload_arrived() {
    let (world, account, _, asleep) = last_chunk_asleep().await;
    world.client.abandon_publish(&account, "k").await.unwrap();
    asleep.wake().await.unwrap_err();
    let again = async || upload(suspension_points::other_process(&world), account.clone(), bytes()).await;
    let error = again().await.unwrap_err();
    assert!(error.publish_id().is_some() && error.may_have_been_sent(), "{error:?}");
    assert!(error.is_retryable() && error.reason() == Reason::StillProcessing, "{error:?}");
    world.advance(Duration::from_secs(600));
    world.emulator.settled().await;
    again().await.unwrap();
    world.emulator.settled().await;
    assert_eq!((posted(&world), world.emulator.posts().len()), (1, 1));
}

#[tokio::test]
async fn video_is_posted_once_when_the_last_chunk_arrives_twice() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let client = client_whose_chunks_arrive_twice(&world);
    let first = upload(client.clone(), account.clone(), bytes()).await.unwrap();
    let second = upload(client, account, bytes()).await.unwrap();
    world.emulator.settled().await;
    assert_eq!((posted(&world), first.publish_id), (1, second.publish_id));
}

#[tokio::test]
async fn upload_stops_when_a_webhook_reports_failure() {
    let (world, account, _, asleep) = asleep_at("before update_if to LAST_CHUNK").await;
    let failed = |publish_id| WebhookUpdate::PublishFailed {
        publish_id,
        publish_type: PublishKind::DirectPublish,
        reason: "publish_cancelled".into(),
    };
    let event = webhook(&world, &account, failed).await;
    assert_eq!(world.client.apply_webhook(&event).await.unwrap(), WebhookEffect::Applied);
    let error = asleep.wake().await.unwrap_err();
    assert_eq!(error.fail_reason(), Some("publish_cancelled"), "{error:?}");
    assert_eq!(world.emulator.count("/video/"), 0, "no chunk is sent");
}

#[tokio::test]
async fn attempt_with_a_deleted_key_never_changes_the_next_publish() {
    let point = "before update_if to LAST_CHUNK";
    let (world, account, _, asleep) = asleep_at(point).await;
    let (mut n, second) = (1, mp4_bytes(2000));
    let next = loop {
        world.store.forget(&account).await.unwrap();
        let points = Points::stop_at(n);
        let client = suspension_points::client(&world, &points);
        let next = tokio::spawn(upload(client, account.clone(), VideoSource::Bytes(second.clone().into())));
        points.reached.notified().await;
        if points.name() == point {
            break crate::suspended_attempts::Asleep { points, attempt: next };
        }
        next.abort();
        let _ = next.await;
        n += 1;
    };
    let row = world.store.find(&account, "k").await.unwrap();
    let error = asleep.wake().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    assert_eq!(world.store.find(&account, "k").await.unwrap(), row);
    next.wake().await.unwrap();
    assert_eq!(posted(&world), 1);
}

fn photos() -> (PublishPhotos, PublishOptions) {
    let photos = PublishPhotos {
        urls: vec![Secret::new("https://media.example.test/1.webp")],
        cover_index: 0,
        post: PostInfo::new(PrivacyLevel::SelfOnly),
        draft: false,
    };
    let options =
        PublishOptions { idempotency_key: Some("k".into()), wait: false, ..PublishOptions::default() };
    (photos, options)
}

#[tokio::test]
async fn proxy_response_leaves_a_photo_post_unclear() {
    let (photos, options) = photos();
    for (status, body) in [(403, "<html>blocked</html>"), (408, r#"{"message":"timeout"}"#), (409, "{}")] {
        let world = World::new().await;
        let account = world.connect("ana.makes").await;
        let client = client_whose_init_is_answered_with(&world, status, body);
        let error = client.publish_photos(&account, &photos, &options).await.unwrap_err();
        assert!(error.may_have_been_sent(), "{status}: {error:?}");
        let error = client.publish_photos(&account, &photos, &options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{status}: {error:?}");
        assert_eq!(world.emulator.count(CONTENT), 1, "{status}");
    }
}

#[tokio::test]
async fn webhook_does_not_resolve_an_unclear_photo_post() {
    let (photos, options) = photos();
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let client = client_whose_init_is_answered_with(&world, 502, "");
    client.publish_photos(&account, &photos, &options).await.unwrap_err();
    let event = event(&world, &account, complete(world.emulator.posts()[0].publish_id.clone()));
    assert_eq!(client.apply_webhook(&event).await.unwrap(), WebhookEffect::NotOurs);
    let error = client.publish_photos(&account, &photos, &options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    client.abandon_publish(&account, "k").await.unwrap();
}
