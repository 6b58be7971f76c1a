//! Drafts, photos, and videos that TikTok fetches from a URL.

use crate::media_host::serving;
use crate::video::{mp4, mp4_bytes};
use crate::world::World;
use std::time::Duration;
use toklink::PublishPhase;
use toklink::store::JournalStore;
use toklink::{
    AccountKey, ErrorKind, Phase, PostInfo, PrivacyLevel, PublishOptions, PublishOutcome, PublishPhotos,
    PublishVideo, Result, Secret, StatusCode, VideoSource,
};
use toklink_emulator::Fault;

const CONTENT: &str = "/v2/post/publish/content/init/";

/// Waits for a started publish. The emulator fetches media in real time, which does not advance the virtual clock.
async fn fetched(world: &World, account: &AccountKey, begun: &PublishOutcome) -> Result<PublishOutcome> {
    assert_eq!(begun.phase, Phase::Processing);
    world.emulator.settled().await;
    world.client.wait_for_publish(account, &begun.publish_id, &PublishOptions::default()).await
}

async fn connected() -> (World, AccountKey) {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    (world, account)
}

fn keyed(key: &str) -> PublishOptions {
    PublishOptions { idempotency_key: Some(key.into()), ..PublishOptions::default() }
}

fn begun(key: &str) -> PublishOptions {
    PublishOptions { wait: false, ..keyed(key) }
}

fn photos(count: usize) -> PublishPhotos {
    let mut post = PostInfo::new(PrivacyLevel::PublicToEveryone);
    (post.title, post.description) = ("Trip".into(), "Three days".into());
    PublishPhotos {
        urls: (0..count)
            .map(|n| Secret::new(format!("https://media.example.test/{n}.webp?sig=s3cret")))
            .collect(),
        cover_index: 0,
        post,
        draft: false,
    }
}

#[tokio::test]
async fn draft_reaches_the_inbox_and_warns_about_ignored_settings() {
    let (world, account) = connected().await;
    let file = mp4(70_000_000);
    let mut input = PublishVideo::draft(&file.path);
    (input.post.title, input.post.allow_comment) = ("ignored".into(), true);
    let outcome = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap();
    assert_eq!((outcome.status, outcome.phase), (StatusCode::SendToUserInbox, Phase::Published));
    assert!(outcome.publish_id.starts_with("v_inbox_file~"), "{}", outcome.publish_id);
    assert_eq!(outcome.warnings.len(), 2);
    assert!(outcome.warnings[0].contains("title") && outcome.warnings[1].contains("allow comment"));
    assert_eq!(world.emulator.posts()[0].sha256.as_deref(), Some(file.sha256.as_str()));
    assert_eq!(
        world.emulator.count("/v2/post/publish/creator_info/query/"),
        0,
        "a draft needs no such scope"
    );
    let again = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap();
    assert_eq!((again.publish_id, world.emulator.posts().len()), (outcome.publish_id, 1));
    let direct = PublishVideo::new(&file.path, PostInfo::new(PrivacyLevel::SelfOnly));
    let error = world.client.publish_video(&account, &direct, &keyed("k")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "a draft's key is not one of a post");
}

#[tokio::test]
async fn bytes_in_memory_are_posted_like_a_file() {
    let (world, account) = connected().await;
    let bytes = mp4_bytes(66_000_000);
    let source = VideoSource::Bytes(bytes.clone().into());
    let input = PublishVideo::new(source, PostInfo::new(PrivacyLevel::SelfOnly));
    let outcome = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap();
    assert_eq!(outcome.status, StatusCode::PublishComplete);
    let post = &world.emulator.posts()[0];
    assert_eq!((post.bytes_received, post.chunk_sizes.len()), (bytes.len() as u64, 6));
    let empty = PublishVideo { source: VideoSource::Bytes(Vec::new().into()), ..input };
    let error = world.client.publish_video(&account, &empty, &keyed("other")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn photos_are_posted_with_all_settings_and_a_photo_link() {
    let (world, account) = connected().await;
    let mut input = photos(35);
    (input.post.auto_add_music, input.post.is_aigc, input.cover_index) = (true, true, 34);
    serving(&world.emulator).await;
    let outcome = world.client.publish_photos(&account, &input, &begun("k")).await.unwrap();
    let outcome = fetched(&world, &account, &outcome).await.unwrap();
    assert_eq!((outcome.status, outcome.phase), (StatusCode::PublishComplete, Phase::Published));
    let id = outcome.post_id.unwrap();
    assert_eq!(outcome.share_url, Some(format!("https://www.tiktok.com/@ana.makes/photo/{id}")));
    let post = &world.emulator.posts()[0];
    assert_eq!(
        (post.photo_count, post.title.as_str(), post.description.as_str()),
        (35, "Trip", "Three days")
    );
    let again = world.client.publish_photos(&account, &input, &keyed("k")).await.unwrap();
    assert_eq!((again.publish_id, world.emulator.count(CONTENT)), (outcome.publish_id, 1));
}

#[tokio::test]
async fn cover_warning_is_returned_when_the_post_is_not_public() {
    let (world, account) = connected().await;
    let file = mp4(1000);
    let mut input = PublishVideo::new(&file.path, PostInfo::new(PrivacyLevel::SelfOnly));
    input.post.title = format!("{}\r\n", "a\r\n".repeat(1099));
    input.post.cover_timestamp_ms = Some(0);
    let outcome = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap();
    assert_eq!(outcome.warnings.len(), 1, "{:?}", outcome.warnings);
    assert!(
        outcome.warnings[0].contains("cover frame") && outcome.warnings[0].contains("PUBLIC_TO_EVERYONE")
    );
    assert_eq!(world.emulator.posts()[0].title, format!("{}\n", "a\n".repeat(1099)));
    // A title that differs only in its line breaks counts as the same post.
    input.post.title = input.post.title.replace('\r', "");
    let again = world.client.publish_video(&account, &input, &keyed("k")).await.unwrap();
    assert_eq!((again.publish_id, world.emulator.posts().len()), (outcome.publish_id, 1));
}

#[tokio::test]
async fn invalid_photo_post_is_rejected_before_anything_is_sent() {
    let (world, account) = connected().await;
    let before = world.emulator.requests().len();
    for wrong in [
        photos(0),
        photos(36),
        PublishPhotos { cover_index: 2, ..photos(2) },
        PublishPhotos { urls: vec![Secret::new("http://media.example.test/0.webp")], ..photos(1) },
        PublishPhotos { urls: vec![Secret::new("no address")], ..photos(1) },
        PublishPhotos { post: PostInfo::draft(), ..photos(1) },
    ] {
        let error = world.client.publish_photos(&account, &wrong, &keyed("k")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{wrong:?}");
        assert!(!format!("{error:?} {wrong:?}").contains("s3cret"));
    }
    assert_eq!(world.emulator.requests().len(), before);
}

#[tokio::test]
async fn photo_draft_warns_about_ignored_settings() {
    let (world, account) = connected().await;
    let input = PublishPhotos { draft: true, ..photos(2) };
    serving(&world.emulator).await;
    let outcome = world.client.publish_photos(&account, &input, &begun("k")).await.unwrap();
    assert_eq!(outcome.warnings.len(), 1, "{:?}", outcome.warnings);
    let outcome = fetched(&world, &account, &outcome).await.unwrap();
    assert_eq!(outcome.status, StatusCode::SendToUserInbox);
}

#[tokio::test]
async fn unclear_photo_post_blocks_its_key_until_abandoned() {
    let (world, account) = connected().await;
    world.fault(Fault::on(CONTENT).times(1).reset_after());
    let error = world.client.publish_photos(&account, &photos(2), &keyed("k")).await.unwrap_err();
    assert!(error.may_have_been_sent() && !error.is_safe_to_repeat(), "{error:?}");
    let again = world.client.publish_photos(&account, &photos(2), &keyed("k")).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    assert_eq!(world.emulator.count(CONTENT), 1);
    world.client.abandon_publish(&account, "k").await.unwrap();
    world.client.abandon_publish(&account, "k").await.unwrap();
    serving(&world.emulator).await;
    let outcome = world.client.publish_photos(&account, &photos(2), &begun("k")).await.unwrap();
    let outcome = fetched(&world, &account, &outcome).await.unwrap();
    let row = world.store.find_publish(&outcome.publish_id).await.unwrap().unwrap();
    assert_eq!((row.phase, row.photos, row.pulled), (PublishPhase::Done, true, true));
    let error = world.client.abandon_publish(&account, "k").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let error = world.client.abandon_publish(&account, "never").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn tiktok_fetches_videos_from_verified_urls_only() {
    let (world, account) = connected().await;
    let pull = |url: &str| {
        PublishVideo::new(VideoSource::Url(Secret::new(url)), PostInfo::new(PrivacyLevel::PublicToEveryone))
    };
    let good = pull("https://media.example.test/v.mp4?sig=s3cret");
    serving(&world.emulator).await;
    let outcome = world.client.publish_video(&account, &good, &begun("k")).await.unwrap();
    assert!(outcome.publish_id.starts_with("v_pub_url~"), "{}", outcome.publish_id);
    let outcome = fetched(&world, &account, &outcome).await.unwrap();
    assert_eq!((outcome.status, outcome.phase), (StatusCode::PublishComplete, Phase::Published));
    world.advance(Duration::from_secs(60));
    let bad = pull("https://elsewhere.example.test/v.mp4?sig=s3cret");
    let error = world.client.publish_video(&account, &bad, &keyed("other")).await.unwrap_err();
    assert_eq!(error.tiktok_code(), Some("url_ownership_unverified"));
    assert!(!format!("{error:?} {bad:?}").contains("s3cret"));
}
