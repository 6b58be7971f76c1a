use super::*;

fn upload() -> VideoOrigin {
    VideoOrigin::Upload { video_size: 3, chunk_size: 3, total_chunk_count: 1 }
}

fn urls(count: usize) -> Vec<Secret> {
    (0..count).map(|n| Secret::new(format!("https://media.example.test/{n}.jpg?sig=s3cret"))).collect()
}

#[test]
fn texts_are_counted_in_utf16_and_never_truncated() {
    for (form, most) in [(PostForm::Video, 2200), (PostForm::VideoDraft, 2200), (PostForm::Photos, 90)] {
        let mut post = PostInfo::new(PrivacyLevel::SelfOnly);
        post.title = "😀".repeat(most / 2);
        assert!(post.validate(form).is_ok());
        post.title.push('x');
        let error = post.validate(form).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.reason() == Reason::TitleTooLong && error.message().contains(&(most + 1).to_string()));
    }
    let mut post = PostInfo::new(PrivacyLevel::SelfOnly);
    post.description = "é".repeat(4000);
    assert!(post.validate(PostForm::Photos).is_ok());
    assert_eq!(post.validate(PostForm::Video).unwrap_err().reason(), Reason::Other);
    post.description.push('x');
    assert_eq!(post.validate(PostForm::PhotosDraft).unwrap_err().reason(), Reason::TitleTooLong);
}

#[test]
fn privacy_level_is_required_except_for_drafts() {
    let post = PostInfo::draft();
    for (form, good) in [
        (PostForm::Video, false),
        (PostForm::Photos, false),
        (PostForm::VideoDraft, true),
        (PostForm::PhotosDraft, true),
    ] {
        assert_eq!(post.validate(form).is_ok(), good, "{form:?}");
    }
}

#[test]
fn branded_content_cannot_be_private() {
    let mut post = PostInfo::new(PrivacyLevel::SelfOnly);
    post.brand_content = true;
    assert!(post.validate(PostForm::Video).is_err() && post.validate(PostForm::Photos).is_err());
    post.privacy_level = Some(PrivacyLevel::PublicToEveryone);
    assert!(post.validate(PostForm::Video).is_ok());
}

#[test]
fn unsupported_setting_is_rejected_or_ignored() {
    let mut post = PostInfo::new(PrivacyLevel::SelfOnly);
    post.allow_duet = true;
    let error = post.validate(PostForm::Photos).unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput && error.message().contains("allow_duet"), "{error}");
    let mut post = PostInfo::new(PrivacyLevel::SelfOnly);
    post.auto_add_music = true;
    let error = post.validate(PostForm::Video).unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput && error.message().contains("auto_add_music"), "{error}");
    post.title = "t".into();
    post.is_aigc = true;
    assert_eq!(post.ignored(PostForm::VideoDraft), ["privacy_level", "title", "is_aigc", "auto_add_music"]);
    assert_eq!(post.ignored(PostForm::PhotosDraft), ["privacy_level", "is_aigc", "auto_add_music"]);
    assert!(post.ignored(PostForm::Video).is_empty());
}

#[test]
fn interactions_are_off_and_brand_settings_are_always_sent() {
    let mut post = PostInfo::new(PrivacyLevel::PublicToEveryone);
    post.allow_duet = true;
    let call = InitVideo { post: Some(post.clone()), origin: upload() };
    let body = call.request().body.unwrap();
    let info = &body["post_info"];
    assert_eq!((&info["disable_comment"], &info["disable_duet"]), (&json!(true), &json!(false)));
    assert_eq!(
        (&info["brand_content_toggle"], &info["brand_organic_toggle"]),
        (&json!(false), &json!(false))
    );
    assert!(info.get("video_cover_timestamp_ms").is_none() && info.get("auto_add_music").is_none());
    post.cover_timestamp_ms = Some(1500);
    let call = InitVideo { post: Some(post), origin: upload() };
    assert_eq!(call.request().body.unwrap()["post_info"]["video_cover_timestamp_ms"], 1500);
}

#[test]
fn draft_sends_no_settings_and_uses_the_inbox_endpoint() {
    let request =
        InitVideo { post: None, origin: VideoOrigin::Pull(Secret::new("https://m.test/v.mp4")) }.request();
    assert_eq!(request.endpoint, Endpoint::InboxInit);
    let body = request.body.unwrap();
    assert_eq!(
        body,
        json!({ "source_info": { "source": "PULL_FROM_URL", "video_url": "https://m.test/v.mp4" } })
    );
}

#[test]
fn photo_post_sends_all_settings_and_its_draft_only_texts() {
    let mut post = PostInfo::new(PrivacyLevel::PublicToEveryone);
    (post.title, post.description, post.auto_add_music, post.is_aigc) = ("t".into(), "d".into(), true, true);
    let direct = InitPhotos { post: post.clone(), draft: false, urls: urls(2), cover_index: 1 };
    let body = direct.request().body.unwrap();
    assert_eq!((&body["media_type"], &body["post_mode"]), (&json!("PHOTO"), &json!("DIRECT_POST")));
    assert_eq!((&body["is_aigc"], &body["post_info"]["auto_add_music"]), (&json!(true), &json!(true)));
    assert_eq!(body["source_info"]["photo_cover_index"], 1);
    assert!(body["post_info"].get("disable_duet").is_none());
    let draft = InitPhotos { draft: true, ..direct };
    let body = draft.request().body.unwrap();
    assert_eq!(body["post_mode"], "MEDIA_UPLOAD");
    assert_eq!(body["post_info"], json!({ "title": "t", "description": "d" }));
    assert!(!format!("{draft:?}").contains("s3cret"), "a signed URL is a credential");
}

#[test]
fn upload_url_is_redacted_and_required_only_for_uploads() {
    let call = InitVideo { post: None, origin: upload() };
    let data =
        json!({ "publish_id": "v_pub_file~v2-1.1", "upload_url": "https://u.example/?upload_token=t0p" });
    assert!(!format!("{:?}", call.parse(data).unwrap()).contains("t0p"));
    let data = json!({ "publish_id": "v_pub_url~v2.1" });
    assert_eq!(call.parse(data.clone()).unwrap_err().kind(), ErrorKind::Unavailable);
    let pull = InitVideo { post: None, origin: VideoOrigin::Pull(Secret::new("https://m.test/v.mp4")) };
    assert!(pull.parse(data).unwrap().upload_url.is_none());
}

#[test]
fn line_break_counts_as_one_unit_and_is_sent_as_one() {
    let mut post = PostInfo::new(PrivacyLevel::SelfOnly);
    post.title = format!("{}\r\nb\rc\n", "a".repeat(2195));
    assert!(post.validate(PostForm::Video).is_ok(), "2,200 units after normalization");
    post.title = "a\r\nb\rc\n\r\r\n".to_owned();
    post.description = "d\r\n".to_owned();
    let photos = InitPhotos { post: post.clone(), draft: false, urls: urls(1), cover_index: 0 };
    let video = InitVideo { post: Some(post), origin: upload() };
    let (video, photos) = (video.request().body.unwrap(), photos.request().body.unwrap());
    for body in [&video, &photos] {
        assert_eq!(body["post_info"]["title"], "a\nb\nc\n\n\n");
    }
    assert_eq!(photos["post_info"]["description"], "d\n");
}

#[test]
fn cover_frame_is_omitted_when_the_post_is_not_public() {
    let mut post = PostInfo::new(PrivacyLevel::SelfOnly);
    assert!(!post.loses_cover(PostForm::Video), "no cover is chosen");
    post.cover_timestamp_ms = Some(0);
    assert!(post.loses_cover(PostForm::Video));
    assert!(!post.loses_cover(PostForm::VideoDraft), "a draft has its own warning");
    post.privacy_level = Some(PrivacyLevel::PublicToEveryone);
    assert!(!post.loses_cover(PostForm::Video));
}
