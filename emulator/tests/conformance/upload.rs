//! Checks the PUT protocol of uploads (docs/tiktok-api.md 5.7).

use serde_json::json;

use crate::support::{Answer, Bed, direct, file, mp4};

const MIB: usize = 1024 * 1024;
/// Two chunks of 5 MiB, and a last chunk of 5 MiB plus 100 bytes.
const SIZE: usize = 15 * MIB + 100;

struct Upload {
    bed: Bed,
    token: String,
    url: String,
    bytes: Vec<u8>,
}

impl Upload {
    async fn new() -> Self {
        let bed = Bed::new().await;
        let token = bed.ana().await;
        let answer = bed.init(&token, direct("SELF_ONLY", SIZE, 5 * MIB, 3)).await;
        let url = answer.data()["upload_url"].as_str().unwrap().to_owned();
        Self { bed, token, url, bytes: mp4(SIZE) }
    }

    /// Uploads the bytes from `first` up to but excluding `end`, with the matching `Content-Range`.
    async fn put(&self, first: usize, end: usize) -> Answer {
        let range = format!("bytes {first}-{}/{SIZE}", end - 1);
        self.bed.put(&self.url, &range, self.bytes[first..end].to_vec()).await
    }
}

#[tokio::test]
async fn chunks_get_206_and_the_last_one_201_5_7() {
    let up = Upload::new().await;
    let first = up.put(0, 5 * MIB).await;
    assert_eq!((first.status, first.header("content-range")), (206, "bytes 0-5242879/15728740"));
    let second = up.put(5 * MIB, 10 * MIB).await;
    assert_eq!((second.status, second.header("content-range")), (206, "bytes 0-10485759/15728740"));
    let last = up.put(10 * MIB, SIZE).await;
    assert_eq!((last.status, last.header("content-range")), (201, "bytes 0-15728739/15728740"));
    let post = &up.bed.emulator.posts()[0];
    assert_eq!(post.chunk_sizes, [5_242_880, 5_242_880, 5_242_980]);
    assert_eq!(post.bytes_received, SIZE as u64);
    let hash = sha256(&up.bytes);
    assert_eq!(post.sha256.as_deref(), Some(hash.as_str()));
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn status_reports_the_received_bytes_5_8() {
    let up = Upload::new().await;
    up.put(0, 5 * MIB).await;
    let id = up.bed.emulator.posts()[0].publish_id.clone();
    let status = up.bed.status(&up.token, &id).await;
    assert_eq!(status.data(), &json!({"status": "PROCESSING_UPLOAD", "uploaded_bytes": 5_242_880}));
}

#[tokio::test]
async fn incomplete_task_is_never_posted_5_7() {
    let up = Upload::new().await;
    up.put(0, 5 * MIB).await;
    up.bed.seconds(86_400);
    assert_eq!(up.bed.emulator.posts()[0].status, "PROCESSING_UPLOAD");
}

#[tokio::test]
async fn gap_or_duplicate_gets_416_with_the_progress_5_7() {
    let up = Upload::new().await;
    let gap = up.put(5 * MIB, 10 * MIB).await;
    assert_eq!((gap.status, gap.header("content-range")), (416, "bytes 0-0/15728740"));
    up.put(0, 5 * MIB).await;
    let repeat = up.put(0, 5 * MIB).await;
    assert_eq!((repeat.status, repeat.header("content-range")), (416, "bytes 0-5242879/15728740"));
    assert_eq!(up.put(5 * MIB, 10 * MIB).await.status, 206, "the upload continues from there");
}

#[tokio::test]
async fn content_range_can_be_a_count_c15() {
    let up = Upload::new().await;
    up.bed.emulator.configure(|settings| settings.content_range_counts = true);
    assert_eq!(up.put(0, 5 * MIB).await.header("content-range"), "bytes 0-5242880/15728740");
}

#[tokio::test]
async fn invalid_headers_and_sizes_get_400_and_store_nothing_5_7() {
    let up = Upload::new().await;
    let chunk = || up.bytes[..5 * MIB].to_vec();
    for range in [
        "",
        "0-5242879/15728740",
        "bytes 0-5242879",
        "bytes 0-5242879/*",
        "bytes a-b/c",
        "bytes 5242879-0/15728740",
        "bytes 0-5242879/15728741",
        "bytes 0-5242878/15728740",
        "bytes 0-99999999999999999999999/15728740",
        "bytes +0-5242879/15728740",
    ] {
        assert_eq!(up.bed.put(&up.url, range, chunk()).await.status, 400, "{range}");
    }
    assert_eq!(up.put(0, 5 * MIB - 1).await.status, 400, "not the chunk size of the init");
    assert_eq!(up.put(0, 10 * MIB).await.status, 400, "two chunks at once");
    let request = up.bed.http.put(&up.url).header("content-range", "bytes 0-5242879/15728740").body(chunk());
    assert_eq!(up.bed.send(request).await.status, 400, "missing content type");
    assert_eq!(up.bed.emulator.posts()[0].bytes_received, 0);
    assert_eq!(up.put(0, 5 * MIB).await.status, 206);
}

#[tokio::test]
async fn upload_accepts_webm_and_quicktime_5_7() {
    for kind in ["video/webm", "video/quicktime"] {
        let up = Upload::new().await;
        let request = up.bed.http.put(&up.url).header("content-type", kind);
        let request =
            request.header("content-range", "bytes 0-5242879/15728740").body(up.bytes[..5 * MIB].to_vec());
        assert_eq!(up.bed.send(request).await.status, 206, "{kind}");
    }
}

#[tokio::test]
async fn upload_url_expires_after_one_hour_5_3() {
    let up = Upload::new().await;
    up.bed.seconds(3_599);
    assert_eq!(up.put(0, 5 * MIB).await.status, 206);
    up.bed.seconds(1);
    assert_eq!(up.put(5 * MIB, 10 * MIB).await.status, 403);
}

#[tokio::test]
async fn unknown_finished_or_cancelled_task_gets_404_5_7() {
    let up = Upload::new().await;
    let wrong = up.url.replace("upload_token=", "upload_token=0");
    assert_eq!(up.bed.put(&wrong, "bytes 0-9/10", mp4(10)).await.status, 404);
    assert_eq!(up.bed.put(&up.bed.url("/video/"), "bytes 0-9/10", mp4(10)).await.status, 404);
    let publish_id = up.bed.emulator.posts()[0].publish_id.clone();
    let cancel = up.bed.post("/v2/post/publish/cancel/", &up.token, json!({"publish_id": publish_id})).await;
    assert_eq!(cancel.outcome(), (200, "ok"));
    assert_eq!(up.put(0, 5 * MIB).await.status, 404);
    let answer = up.bed.init(&up.token, direct("SELF_ONLY", 10, 10, 1)).await;
    let url = answer.data()["upload_url"].as_str().unwrap();
    assert_eq!(up.bed.put(url, "bytes 0-9/10", mp4(10)).await.status, 201);
    assert_eq!(up.bed.put(url, "bytes 0-9/10", mp4(10)).await.status, 404, "finished");
}

#[tokio::test]
async fn upload_url_needs_no_bearer_and_has_a_second_path_c17() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let answer =
        bed.post("/v2/post/publish/inbox/video/init/", &token, json!({"source_info": file(10, 10, 1)})).await;
    let url = answer.data()["upload_url"].as_str().unwrap().replace("/video/?", "/upload?");
    assert_eq!(bed.put(&url, "bytes 0-9/10", mp4(10)).await.status, 201);
}

#[tokio::test]
async fn connection_lost_within_a_chunk_stores_nothing_5_7() {
    use tokio::io::AsyncWriteExt;
    let up = Upload::new().await;
    let path = up.url.strip_prefix(up.bed.emulator.base_url()).unwrap();
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Type: video/mp4\r\nContent-Range: bytes 0-5242879/{SIZE}\r\nContent-Length: 5242880\r\n\r\n"
    );
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", up.bed.emulator.port())).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&up.bytes[..MIB]).await.unwrap();
    drop(stream);
    while up.bed.emulator.count("upload") == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(up.bed.emulator.posts()[0].bytes_received, 0);
    assert_eq!(up.put(0, 5 * MIB).await.status, 206, "the whole chunk can be retried");
}

#[tokio::test]
async fn body_longer_than_announced_gets_400_5_7() {
    let up = Upload::new().await;
    let stream = lengthless(&up.bytes[..6 * MIB]);
    let request = up.bed.http.put(&up.url).header("content-type", "video/mp4");
    let request = request.header("content-range", "bytes 0-5242879/15728740").body(stream);
    assert_eq!(up.bed.send(request).await.status, 400);
    assert_eq!(up.bed.emulator.posts()[0].bytes_received, 0);
}

/// Returns a body without a length, which the client sends with chunked encoding.
fn lengthless(bytes: &[u8]) -> reqwest::Body {
    let parts: Vec<Result<Vec<u8>, std::io::Error>> =
        bytes.chunks(MIB).map(|part| Ok(part.to_vec())).collect();
    reqwest::Body::wrap_stream(futures_util::stream::iter(parts))
}
