//! Checks expectations about the recorded requests (docs/EMULATOR.md).

use serde_json::json;
use toklink_emulator::{ExpectedRequest, Fault};

use crate::support::{Bed, direct, mp4};

async fn upload_in_three(bed: &Bed) {
    let token = bed.ana().await;
    let size = 15 * 1024 * 1024;
    let chunk = size / 3;
    let answer = bed.init(&token, direct("SELF_ONLY", size, chunk, 3)).await;
    let url = answer.data()["upload_url"].as_str().unwrap();
    bed.emulator.add_fault(Fault::on("upload").nth(2).status(500)).unwrap();
    let bytes = mp4(size);
    for nth in [0, 1, 1, 2] {
        let (first, end) = (nth * chunk, (nth + 1) * chunk);
        bed.put(url, &format!("bytes {first}-{}/{size}", end - 1), bytes[first..end].to_vec()).await;
    }
}

#[tokio::test]
async fn expectations_compare_order_count_and_fields() {
    let bed = Bed::new().await;
    upload_in_three(&bed).await;
    let to = ExpectedRequest::to;
    let chunk = 5 * 1024 * 1024;
    bed.emulator.expect_requests(&["token", "video_init", "upload", "upload", "upload", "upload"]).unwrap();
    bed.emulator
        .expect_requests(&[
            to("/v2/oauth/token/").status(200),
            to("video_init").username("ana.makes"),
            to("upload").status(206).body_bytes(chunk).content_range("bytes 0-5242879/15728640"),
            to("upload").status(500).faulted(true),
            to("upload").status(206).faulted(false),
            to("upload").status(201),
        ])
        .unwrap();
    bed.emulator.expect_count(&to("upload").status(206).times(2)).unwrap();
    bed.emulator.expect_count(&to("upload").times(4)).unwrap();
    bed.emulator.expect_count(&to("status").times(0)).unwrap();
}

#[tokio::test]
async fn mismatch_names_the_first_difference() {
    let bed = Bed::new().await;
    upload_in_three(&bed).await;
    let to = ExpectedRequest::to;
    let expected =
        [to("token"), to("video_init"), to("upload"), to("upload").status(206).username("ben.private")];
    let message = bed.emulator.expect_requests(&expected).unwrap_err().to_string();
    let mut lines = message.lines();
    assert_eq!(
        lines.next().unwrap(),
        "request 4: status: expected 206, received 500; username: expected ben.private, received ana.makes; 4 expected, 6 received"
    );
    let listed: Vec<&str> = lines.collect();
    assert_eq!(listed.len(), 6);
    assert!(
        listed[3].starts_with("->   4 upload        500 bytes 5242880-10485759/15728640 @ana.makes"),
        "{message}"
    );
    assert!(
        listed[3].ends_with("(faulted)") && listed[2].starts_with("     3 upload        206"),
        "{message}"
    );
    let message = bed.emulator.expect_count(&to("upload").status(206).times(3)).unwrap_err().to_string();
    assert!(
        message.starts_with(
            "expected 3 requests to `upload` with the given fields, received 2; 6 received in total\n"
        ),
        "{message}"
    );
    let message = bed.emulator.expect_requests(&["token"]).unwrap_err().to_string();
    assert!(
        message.starts_with("request 2: expected none, received `video_init`; 1 expected, 6 received\n"),
        "{message}"
    );
}

#[tokio::test]
async fn control_api_compares_expected_requests() {
    let bed = Bed::new().await;
    bed.ana().await;
    let ask = |body| bed.post("/_emulator/expect", "", body);
    let met = json!({"met": true, "difference": null});
    assert_eq!(ask(json!({"requests": [{"endpoint": "token", "status": 200}]})).await.json, met);
    assert_eq!(ask(json!({"count": {"endpoint": "upload", "times": 0}})).await.json, met);
    let endless =
        json!({"requests": [{"endpoint": "token", "times": u64::MAX}, {"endpoint": "token", "times": 9}]});
    let unmet = ask(endless).await.json;
    assert_eq!(unmet["met"], false);
    assert!(
        unmet["difference"].as_str().unwrap().starts_with("request 2: expected `token`, received none"),
        "{unmet}"
    );
    assert_eq!(ask(json!({"requests": [{"endpiont": "token"}]})).await.status, 400);
}
