//! Checks avatars and covers, which are served at signed URLs that expire (docs/tiktok-api.md 4.1, 4.4, 5.2).

use serde_json::json;

use crate::support::Bed;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Returns the status, content type and body of a GET request.
async fn fetched(url: &str) -> (u16, String, Vec<u8>) {
    let answer = reqwest::get(url).await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (answer.status().as_u16(), kind, answer.bytes().await.unwrap().to_vec())
}

async fn avatars(bed: &Bed) -> Vec<String> {
    let fields = ["avatar_url", "avatar_url_100", "avatar_large_url"];
    let answer = bed.get(&format!("/v2/user/info/?fields={}", fields.join(",")), &bed.ana().await).await;
    fields.map(|field| answer.data()["user"][field].as_str().unwrap().to_owned()).to_vec()
}

async fn covers(bed: &Bed) -> Vec<String> {
    let path = "/v2/video/list/?fields=cover_image_url";
    let answer = bed.post(path, &bed.ana().await, json!({"max_count": 3})).await;
    let videos = answer.data()["videos"].as_array().unwrap();
    videos.iter().map(|video| video["cover_image_url"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn avatars_and_covers_are_served_as_pictures_4_1_4_4() {
    let bed = Bed::new().await;
    let mut bodies = Vec::new();
    for url in [avatars(&bed).await, covers(&bed).await].concat() {
        assert!(url.starts_with(bed.emulator.base_url()), "{url}");
        let (status, kind, body) = fetched(&url).await;
        assert_eq!((status, kind.as_str()), (200, "image/png"), "{url}");
        assert!(body.starts_with(PNG));
        assert!(!bodies.contains(&body), "each URL shows another picture");
        bodies.push(body);
    }
    assert_eq!(bodies.len(), 6);
}

#[tokio::test]
async fn cover_expires_after_6_h_and_avatar_after_2_h_4_4_5_2() {
    let bed = Bed::new().await;
    let (cover, avatar) = (covers(&bed).await.remove(0), avatars(&bed).await.remove(0));
    bed.seconds(7_199);
    assert_eq!(fetched(&avatar).await.0, 200);
    bed.seconds(1);
    assert_eq!(fetched(&avatar).await.0, 403);
    bed.seconds(21_600 - 7_201);
    assert_eq!(fetched(&cover).await.0, 200);
    bed.seconds(1);
    assert_eq!(fetched(&cover).await.0, 403);
    // A new URL shows the same picture.
    let (_, _, body) = fetched(&covers(&bed).await.remove(0)).await;
    assert!(body.starts_with(PNG));
}

#[tokio::test]
async fn picture_url_with_a_wrong_signature_is_rejected_4_4() {
    let bed = Bed::new().await;
    let url = covers(&bed).await.remove(0);
    let later = url.replace("x-expires=1", "x-expires=2");
    let other = url.replace("360x640", "9999x9999");
    let bare = url.split('?').next().unwrap().to_owned();
    for url in [later, other, bare, format!("{}/cdn/", bed.emulator.base_url())] {
        assert_eq!(fetched(&url).await.0, 403, "{url}");
    }
    assert_eq!(reqwest::Client::new().post(&url).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn picture_requests_are_not_recorded() {
    let bed = Bed::new().await;
    let url = covers(&bed).await.remove(0);
    let before = bed.emulator.requests().len();
    fetched(&url).await;
    assert_eq!(bed.emulator.requests().len(), before);
}
