//! Cancels a publish at each suspension point. An error that reports the publish as not sent must always be correct.

use crate::media_host::serving;
use crate::other_process::{keyed, video};
use crate::suspension_points::{self, Points};
use crate::video::mp4_bytes;
use crate::world::World;
use std::sync::Arc;
use toklink::{
    AccountKey, CancelToken, Client, PostInfo, PrivacyLevel, PublishOptions, PublishOutcome, PublishPhotos,
    Result, Secret, VideoSource,
};

/// An upper bound on the number of suspension points in one publish.
const MANY: usize = 200;

/// Cancels `publish` at each suspension point. Returns the number of points, and each point at which the error reported
/// the publish as not sent although TikTok published it.
async fn cancelled_at_each_point<F>(
    publish: impl Fn(Client, AccountKey, PublishOptions) -> F,
) -> (usize, Vec<String>)
where
    F: Future<Output = Result<PublishOutcome>> + Send + 'static,
{
    let (mut wrong, mut passed) = (Vec::new(), 0);
    for n in 1..MANY {
        let world = World::new().await;
        let account = world.connect("ana.makes").await;
        serving(&world.emulator).await;
        let (points, cancel) = (Points::stop_at(n), CancelToken::new());
        let options = PublishOptions { cancel: cancel.clone(), ..keyed() };
        let mut running = tokio::spawn(publish(suspension_points::client(&world, &points), account, options));
        tokio::select! {
            () = points.reached.notified() => {}
            ended = &mut running => {
                ended.unwrap().unwrap();
                break;
            }
        }
        passed = n;
        cancel.cancel();
        let points = Arc::clone(&points);
        // A cancel may not interrupt the operation at this point, so resume it until the publish returns.
        let ended = loop {
            tokio::select! {
                ended = &mut running => break ended.unwrap(),
                () = tokio::task::yield_now() => points.wake.notify_one(),
            }
        };
        world.emulator.settled().await;
        world.advance(std::time::Duration::from_secs(3600));
        let posts = world.emulator.posts();
        let Err(error) = ended else { continue };
        if !error.may_have_been_sent() && posts.iter().any(|post| post.status == "PUBLISH_COMPLETE") {
            wrong.push(format!("{}: {error:?}", points.name()));
        }
    }
    (passed, wrong)
}

#[tokio::test]
async fn posted_photos_are_never_reported_as_not_sent() {
    let (passed, wrong) = cancelled_at_each_point(|client, account, options| async move {
        let photos = PublishPhotos {
            urls: vec![Secret::new("https://media.example.test/1.webp")],
            cover_index: 0,
            post: PostInfo::new(PrivacyLevel::SelfOnly),
            draft: false,
        };
        // The emulator fetches photos in real time. A wait would add a suspension point for each status query.
        let options = PublishOptions { wait: false, ..options };
        client.publish_photos(&account, &photos, &options).await
    })
    .await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!((10..MANY - 1).contains(&passed), "{passed} points");
}

#[tokio::test]
async fn posted_upload_is_never_reported_as_not_sent() {
    let bytes = mp4_bytes(1000);
    let (passed, wrong) = cancelled_at_each_point(|client, account, options| {
        let input = video(VideoSource::Bytes(bytes.clone().into()));
        async move { client.publish_video(&account, &input, &options).await }
    })
    .await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!((10..MANY - 1).contains(&passed), "{passed} points");
}
