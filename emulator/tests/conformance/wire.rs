//! Checks the formats on the wire (docs/tiktok-api.md 0.5, 0.6, 7).

use serde_json::json;

use crate::support::{AUDITED, Bed};

#[tokio::test]
async fn unknown_path_is_a_plain_text_janus_404_0_6() {
    let bed = Bed::new().await;
    let answer = bed.get("/v2/nothing/here/", "x").await;
    assert_eq!((answer.status, answer.text.as_str()), (404, "Unsupported path(Janus)"));
    assert!(answer.content_type.starts_with("text/plain"));
}

#[tokio::test]
async fn wrong_method_or_missing_slash_is_a_janus_404_0_6() {
    let bed = Bed::new().await;
    for path in ["/v2/video/list/", "/v2/oauth/token/", "/v2/post/publish/video/init/", "/v2/user/info"] {
        let answer = bed.get(path, "x").await;
        assert_eq!((answer.status, answer.text.as_str()), (404, "Unsupported path(Janus)"), "{path}");
    }
    for path in ["/v2/oauth/token", "/v2/user/info/", "/v2/video/query"] {
        let answer = bed.post(path, "x", json!({})).await;
        assert_eq!((answer.status, answer.text.as_str()), (404, "Unsupported path(Janus)"), "{path}");
    }
}

#[tokio::test]
async fn success_is_an_envelope_with_code_ok_and_a_log_id_7() {
    let bed = Bed::new().await;
    let answer = bed.get("/v2/user/info/?fields=open_id", &bed.ana().await).await;
    assert_eq!(answer.outcome(), (200, "ok"));
    assert_eq!(answer.json["error"]["message"], "");
    assert_eq!(answer.content_type, "application/json");
    let log_id = answer.json["error"]["log_id"].as_str().unwrap();
    assert_eq!(answer.header("x-tt-logid"), log_id);
    assert_eq!(log_id.len(), 34, "0.5: 14 digits and 20 hex");
    assert!(log_id.starts_with("20261122184000"), "0.5: stamped in UTC: {log_id}");
    assert!(log_id[14..].bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)));
}

#[tokio::test]
async fn failure_has_empty_data_and_a_code_7() {
    let bed = Bed::new().await;
    let answer = bed.get("/v2/user/info/?fields=open_id", "act.unknown").await;
    assert_eq!(answer.outcome(), (401, "access_token_invalid"));
    assert_eq!(answer.data(), &json!({}));
    assert_eq!(answer.json["error"]["message"], "The access token is invalid or not found in the request.");
}

#[tokio::test]
async fn request_without_bearer_is_access_token_invalid_7() {
    let bed = Bed::new().await;
    let answer = bed.send(bed.http.get(bed.url("/v2/user/info/?fields=open_id"))).await;
    assert_eq!(answer.outcome(), (401, "access_token_invalid"));
    let answer = bed
        .send(bed.http.get(bed.url("/v2/user/info/?fields=open_id")).header("authorization", "Basic eA=="))
        .await;
    assert_eq!(answer.outcome(), (401, "access_token_invalid"));
}

#[tokio::test]
async fn ids_have_the_documented_formats_0_5() {
    let bed = Bed::new().await;
    let login = bed.login(AUDITED, "ana.makes", &["video.publish"]).await;
    let text = |name: &str| login.json[name].as_str().unwrap().to_owned();
    assert!(text("access_token").starts_with("act."));
    assert!(text("refresh_token").starts_with("rft."));
    assert!(text("access_token").contains('*') && text("access_token").contains(".u1"));
    assert_eq!(text("open_id").len(), 36);
    assert!(text("open_id").starts_with("-000"));
}

#[tokio::test]
async fn any_bytes_get_a_response_in_tiktoks_format_7() {
    let bed = Bed::new().await;
    let token = bed.ana().await;
    let deep = vec![b'['; 200_000];
    let bodies: [&[u8]; 7] =
        [b"", b"\xff\xfe\x00", b"[]", b"null", b"{\"a\":", b"{\"publish_id\":{}}", &deep];
    let paths = [
        "/v2/video/list/?fields=id",
        "/v2/video/query/?fields=id",
        "/v2/post/publish/creator_info/query/",
        "/v2/post/publish/video/init/",
        "/v2/post/publish/inbox/video/init/",
        "/v2/post/publish/status/fetch/",
        "/v2/post/publish/cancel/",
    ];
    for path in paths {
        for body in bodies {
            let request =
                bed.http.post(bed.url(path)).bearer_auth(&token).header("content-type", "application/json");
            let answer = bed.send(request.body(body.to_vec())).await;
            assert!(answer.json["error"]["log_id"].is_string(), "{path}: {}", answer.text);
        }
    }
    for path in ["/v2/oauth/token/", "/v2/oauth/revoke/"] {
        for body in bodies {
            let request =
                bed.http.post(bed.url(path)).header("content-type", "application/x-www-form-urlencoded");
            let answer = bed.send(request.body(body.to_vec())).await;
            assert_eq!(answer.oauth().1, "invalid_request", "{path}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn emulator_survives_bytes_that_are_not_http() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let bed = Bed::new().await;
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"PUT /video/ HTTP/9.9\r\n\r\n",
    ] {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", bed.emulator.port())).await.unwrap();
        stream.write_all(garbage).await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    }
    assert_eq!(bed.get("/v2/user/info/?fields=open_id", &bed.ana().await).await.status, 200);
}
