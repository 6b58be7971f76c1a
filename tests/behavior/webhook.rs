//! Webhooks from the emulator. Only verified webhooks change the journal and the accounts.

use crate::faulty_store::{FaultyStore, conflict, erased};
use crate::intercepting_transport;
use crate::video::mp4;
use crate::world::World;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use toklink::PublishPhase;
use toklink::store::{JournalStore, PublishRow};
use toklink::webhook::{Removal, WebhookUpdate};
use toklink::{
    AccountKey, AccountStatus, Client, ErrorKind, MemoryStore, Phase, PostInfo, PrivacyLevel, PublishOptions,
    PublishOutcome, PublishVideo, WebhookCheck, WebhookEffect, WebhookEvent,
};
use toklink_emulator::AUDITED_CLIENT_KEY;

/// The signature and the raw body of a webhook.
type Delivery = (String, Vec<u8>);

/// An app's server that records each webhook.
#[derive(Clone, Default)]
struct Inbox {
    taken: Arc<Mutex<Vec<Delivery>>>,
    came: Arc<Notify>,
}

impl Inbox {
    async fn of(world: &World) -> Self {
        let inbox = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        assert!(world.emulator.set_webhook_url(AUDITED_CLIENT_KEY, Some(&url)));
        let Self { taken, came } = inbox.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let (head, body) = loop {
                    stream.read_buf(&mut bytes).await.unwrap();
                    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
                    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
                    let length: usize = header(&head, "content-length").parse().unwrap();
                    if bytes.len() >= end + 4 + length {
                        break (head, bytes[end + 4..end + 4 + length].to_vec());
                    }
                };
                taken.lock().unwrap().push((header(&head, "tiktok-signature"), body));
                came.notify_waiters();
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .await
                    .unwrap();
            }
        });
        inbox
    }

    /// Returns the first webhook of the type `event`. The tolerance is an hour, because the tests advance the clock
    /// between the signature and its check.
    async fn wait_for(&self, client: &Client, event: &str) -> WebhookEvent {
        let check = WebhookCheck { tolerance: Duration::from_secs(3600), ..WebhookCheck::default() };
        loop {
            let came = self.came.notified();
            tokio::pin!(came);
            came.as_mut().enable();
            for (signature, body) in self.taken.lock().unwrap().clone() {
                let read = client.verify_webhook(&signature, &body, &check).unwrap();
                if serde_json::to_value(&read).unwrap()["event"] == event {
                    return read;
                }
            }
            came.await;
        }
    }
}

fn header(head: &str, name: &str) -> String {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).unwrap().1.trim().to_owned()
}

fn public(file: &crate::video::VideoFile) -> PublishVideo {
    PublishVideo::new(&file.path, PostInfo::new(PrivacyLevel::PublicToEveryone))
}

fn keyed(key: &str, wait: bool) -> PublishOptions {
    PublishOptions { idempotency_key: Some(key.into()), wait, ..PublishOptions::default() }
}

async fn connected() -> (World, AccountKey, Inbox) {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let inbox = Inbox::of(&world).await;
    (world, account, inbox)
}

#[tokio::test]
async fn webhook_stores_the_post_id_without_another_request() {
    let (world, account, inbox) = connected().await;
    let file = mp4(1000);
    let begun = world.client.publish_video(&account, &public(&file), &keyed("k", false)).await.unwrap();
    assert_eq!(begun.phase, Phase::Processing);
    world.advance(Duration::from_secs(600));
    let event = inbox.wait_for(&world.client, "post.publish.publicly_available").await;
    assert_eq!(world.client.apply_webhook(&event).await.unwrap(), WebhookEffect::Applied);
    assert_eq!(world.client.apply_webhook(&event).await.unwrap(), WebhookEffect::AlreadyKnown);
    let row = world.store.find_publish(&begun.publish_id).await.unwrap().unwrap();
    assert_eq!((row.phase, row.upload_url_sealed), (PublishPhase::Done, None));

    let asked = world.emulator.count("/v2/post/publish/status/fetch/");
    let outcome = world.client.publish_video(&account, &public(&file), &keyed("k", true)).await.unwrap();
    let WebhookUpdate::PubliclyAvailable { post_id, .. } = event.update else { panic!("{event:?}") };
    assert_eq!((outcome.post_id, outcome.phase), (Some(post_id), Phase::Published));
    assert_eq!(world.emulator.count("/v2/post/publish/status/fetch/"), asked);
}

/// Returns a client that waits for the outcome and has queried TikTok once. The client waits in real time while the
/// emulator's clock does not advance, so polling alone would never end the wait.
async fn waiting_for(
    world: &World,
    account: &AccountKey,
    publish_id: &str,
) -> (Client, JoinHandle<toklink::Result<PublishOutcome>>) {
    let waiting = world.patient_client();
    let (waiter, account, id) = (waiting.clone(), account.clone(), publish_id.to_owned());
    let wait =
        tokio::spawn(async move { waiter.wait_for_publish(&account, &id, &PublishOptions::default()).await });
    while world.emulator.count("/v2/post/publish/status/fetch/") == 0 {
        tokio::task::yield_now().await;
    }
    (waiting, wait)
}

#[tokio::test]
async fn webhook_of_a_failed_post_ends_a_waiting_call() {
    let (world, account, inbox) = connected().await;
    let file = mp4(1000);
    let begun = world.client.publish_video(&account, &public(&file), &keyed("k", false)).await.unwrap();
    let (waiting, wait) = waiting_for(&world, &account, &begun.publish_id).await;
    world.advance(Duration::from_secs(600));
    let complete = inbox.wait_for(&world.client, "post.publish.publicly_available").await;
    let failed = WebhookEvent {
        update: WebhookUpdate::PublishFailed {
            publish_id: begun.publish_id.clone(),
            reason: "spam_risk".into(),
            publish_type: toklink::webhook::PublishKind::DirectPublish,
        },
        ..complete
    };
    // A status query would report success, so the failure comes from the journal.
    assert_eq!(waiting.apply_webhook(&failed).await.unwrap(), WebhookEffect::Applied);
    let error = wait.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.fail_reason()), (ErrorKind::Rejected, Some("spam_risk")));
}

#[tokio::test]
async fn webhook_of_a_successful_post_ends_a_waiting_call() {
    let (world, account, inbox) = connected().await;
    let file = mp4(1000);
    let begun = world.client.publish_video(&account, &public(&file), &keyed("k", false)).await.unwrap();
    let (waiting, wait) = waiting_for(&world, &account, &begun.publish_id).await;
    world.advance(Duration::from_secs(600));
    let event = inbox.wait_for(&world.client, "post.publish.publicly_available").await;
    assert_eq!(waiting.apply_webhook(&event).await.unwrap(), WebhookEffect::Applied);
    let outcome = wait.await.unwrap().unwrap();
    let WebhookUpdate::PubliclyAvailable { post_id, .. } = event.update else { panic!("{event:?}") };
    assert_eq!((outcome.post_id, outcome.phase), (Some(post_id), Phase::Published));
    assert_eq!(
        world.emulator.count("/v2/post/publish/status/fetch/"),
        1,
        "the webhook contained the outcome"
    );
}

#[tokio::test]
async fn webhook_in_another_process_ends_a_wait_at_once() {
    let (world, account, _) = connected().await;
    let file = mp4(1000);
    let begun = world.client.publish_video(&account, &public(&file), &keyed("k", false)).await.unwrap();
    let (store, key, id) = (Arc::clone(&world.store), account.clone(), begun.publish_id.clone());
    let client = intercepting_transport::client(&world, Arc::<MemoryStore>::clone(&world.store), move |_| {
        let (store, key, id) = (Arc::clone(&store), key.clone(), id.clone());
        Box::pin(async move {
            let row = store.find_publish(&id).await.unwrap().unwrap();
            assert_eq!(row.account, key);
            let post_ids = vec!["7000000000000000001".to_owned()];
            let next = row.revision + 1;
            let posted = PublishRow { phase: PublishPhase::Done, post_ids, revision: next, ..row.clone() };
            assert!(store.update_if(&posted, row.revision).await.unwrap());
        })
    });
    let before = world.emulator.now_ms();
    let options = PublishOptions::default();
    let outcome = client.wait_for_publish(&account, &begun.publish_id, &options).await.unwrap();
    assert_eq!(outcome.post_id.as_deref(), Some("7000000000000000001"));
    assert_eq!(world.emulator.now_ms(), before, "the call did not wait");
}

#[tokio::test]
async fn webhook_about_another_users_publish_changes_nothing() {
    let (world, account, inbox) = connected().await;
    let file = mp4(1000);
    let begun = world.client.publish_video(&account, &public(&file), &keyed("k", false)).await.unwrap();
    world.advance(Duration::from_secs(600));
    let event = inbox.wait_for(&world.client, "post.publish.publicly_available").await;
    for stranger in [None, Some("-000SomebodyElse".to_owned())] {
        let foreign = WebhookEvent { account_id: stranger, ..event.clone() };
        assert_eq!(world.client.apply_webhook(&foreign).await.unwrap(), WebhookEffect::AnotherOwner);
    }
    let row = world.store.find_publish(&begun.publish_id).await.unwrap().unwrap();
    assert_eq!((row.phase, row.post_ids.len()), (PublishPhase::Processing, 0));
}

#[tokio::test]
async fn late_revocation_webhook_keeps_a_new_login() {
    let (world, account, inbox) = connected().await;
    world.advance(Duration::from_secs(60));
    world.emulator.revoke(AUDITED_CLIENT_KEY, "ana.makes");
    world.emulator.settled().await;
    world.advance(Duration::from_secs(1));
    let removed = inbox.wait_for(&world.client, "authorization.removed").await;
    assert_eq!(world.client.apply_webhook(&removed).await.unwrap(), WebhookEffect::Applied);
    assert_eq!(world.client.account(&account).await.unwrap().status, AccountStatus::Disconnected);
    assert_eq!(world.client.apply_webhook(&removed).await.unwrap(), WebhookEffect::AlreadyKnown);

    world.advance(Duration::from_secs(60));
    assert_eq!(world.connect("ana.makes").await, account);
    assert_eq!(world.client.apply_webhook(&removed).await.unwrap(), WebhookEffect::Outdated);
    assert_eq!(world.client.account(&account).await.unwrap().status, AccountStatus::Active);
    world.client.user_info(&account).await.unwrap();
}

#[tokio::test]
async fn webhook_effect_distinguishes_foreign_and_unknown_publishes() {
    let (world, account, inbox) = connected().await;
    let file = mp4(1000);
    let begun = world.client.publish_video(&account, &public(&file), &keyed("k", false)).await.unwrap();
    world.advance(Duration::from_secs(600));
    let event = inbox.wait_for(&world.client, "post.publish.publicly_available").await;
    let publish_type = toklink::webhook::PublishKind::InboxShare;
    let told = |update: WebhookUpdate| WebhookEvent { update, ..event.clone() };
    let foreign = WebhookUpdate::PublishComplete { publish_id: "v_pub_file~v2.1".into(), publish_type };
    let removed = WebhookEvent {
        account_id: None,
        ..told(WebhookUpdate::AuthorizationRemoved { reason: Removal::ByUser })
    };
    let delivered = WebhookUpdate::InboxDelivered { publish_id: begun.publish_id.clone(), publish_type };
    for (event, effect) in [
        (told(foreign), WebhookEffect::NotOurs),
        (removed, WebhookEffect::NotOurs),
        (told(WebhookUpdate::ShareFailed { share_id: "s.1".into() }), WebhookEffect::NothingToDo),
        (told(delivered), WebhookEffect::Applied),
    ] {
        assert_eq!(world.client.apply_webhook(&event).await.unwrap(), effect, "{event:?}");
    }
    let row = world.store.find_publish(&begun.publish_id).await.unwrap().unwrap();
    assert_eq!((row.phase, row.post_ids.len()), (PublishPhase::Done, 0));
}

#[tokio::test]
async fn revocation_webhook_retries_conflicts_and_ignores_lost_rows() {
    let (world, account, inbox) = connected().await;
    world.advance(Duration::from_secs(60));
    world.emulator.revoke(AUDITED_CLIENT_KEY, "ana.makes");
    world.emulator.settled().await;
    world.advance(Duration::from_secs(1));
    let removed = inbox.wait_for(&world.client, "authorization.removed").await;
    let store = FaultyStore::new(&world.store);
    let client = world.client_on(Arc::<FaultyStore>::clone(&store));
    // The client stops after five conflicts. The process that changes the row receives TikTok's rejection itself.
    store.inject("end_refresh", 5, conflict);
    assert_eq!(client.apply_webhook(&removed).await.unwrap(), WebhookEffect::AlreadyKnown);
    store.inject("end_refresh", 1, conflict);
    assert_eq!(client.apply_webhook(&removed).await.unwrap(), WebhookEffect::Applied);
    assert_eq!(client.account(&account).await.unwrap().status, AccountStatus::Disconnected);
    world.advance(Duration::from_secs(60));
    world.connect("ana.makes").await;
    let later = WebhookEvent { created_at: removed.created_at.plus(Duration::from_secs(3600)), ..removed };
    store.inject("end_refresh", 1, erased);
    assert_eq!(client.apply_webhook(&later).await.unwrap(), WebhookEffect::NotOurs);
}

#[tokio::test]
async fn forged_or_outdated_webhook_is_rejected() {
    let (world, account, inbox) = connected().await;
    world.emulator.revoke(AUDITED_CLIENT_KEY, "ana.makes");
    world.advance(Duration::from_secs(1));
    inbox.wait_for(&world.client, "authorization.removed").await;
    let (signature, body) = inbox.taken.lock().unwrap()[0].clone();
    let forged = [&body[..body.len() - 1], b" }"].concat();
    let error = world.client.verify_webhook(&signature, &forged, &WebhookCheck::default()).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Integrity, "verify_webhook"));
    world.advance(Duration::from_secs(301));
    let error = world.client.verify_webhook(&signature, &body, &WebhookCheck::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert_eq!(world.client.account(&account).await.unwrap().status, AccountStatus::Active);
}
