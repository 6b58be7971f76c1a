use crate::video::file;
use crate::world::World;
use std::path::Path;
use toklink::{
    AccountKey, ErrorKind, Owner, PostInfo, PrivacyLevel, PublishOptions, PublishVideo, Reason, probe_video,
};

#[tokio::test]
async fn publish_returns_a_typed_error_for_an_unusable_file() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let (empty, text) =
        (file("empty.mp4", b""), file("notes.mp4", b"Dear diary, this is not a video at all.\n"));
    let directory = tempfile::tempdir().unwrap();
    let before = world.emulator.requests().len();
    for (path, kind) in [
        (empty.path.as_path(), ErrorKind::InvalidInput),
        (text.path.as_path(), ErrorKind::InvalidInput),
        (directory.path(), ErrorKind::InvalidInput),
        (Path::new("/nowhere/clip.mp4"), ErrorKind::NotFound),
    ] {
        let input = PublishVideo::new(path, PostInfo::new(PrivacyLevel::SelfOnly));
        let error =
            world.client.publish_video(&account, &input, &PublishOptions::default()).await.unwrap_err();
        assert_eq!((error.kind(), error.owner()), (kind, Owner::User), "{}: {error:?}", path.display());
        assert_eq!(error.operation(), "publish_video");
        let probed = probe_video(path).await.unwrap_err();
        assert_eq!((probed.kind(), probed.operation()), (kind, "probe_video"));
    }
    assert_eq!(world.emulator.requests().len(), before);
}

#[tokio::test]
async fn too_long_title_is_rejected_and_not_truncated() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let mut post = PostInfo::new(PrivacyLevel::SelfOnly);
    post.title = "x".repeat(2201);
    let input = PublishVideo::new("any.mp4", post);
    let error = world.client.publish_video(&account, &input, &PublishOptions::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.reason()), (ErrorKind::InvalidInput, Reason::TitleTooLong), "{error}");
}

#[tokio::test]
async fn unknown_accounts_and_invalid_arguments_cause_typed_errors() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let nobody = AccountKey::new("workspace-1", "unknown");
    let foreign = AccountKey::new("workspace-2", account.open_id.clone());
    for key in [nobody, foreign] {
        assert_eq!(world.client.user_info(&key).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
    assert_eq!(
        world.client.list_videos(&account, None, 21).await.unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    let unknown = world.client.publish_status(&account, "v_pub_file~v2-1.1").await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    assert_eq!(
        world.client.publish_status(&account, "no id!").await.unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
}

#[tokio::test]
async fn value_decrypts_only_for_its_own_account_and_field() {
    let world = World::new().await;
    let here = AccountKey::new("workspace-1", "open-id");
    let sealed = world.client.seal(&here, "note", &"act.secret".into()).unwrap();
    assert_eq!(world.client.unseal(&here, "note", &sealed).unwrap().expose(), "act.secret");
    assert_eq!(world.client.reseal(&here, "note", &sealed).unwrap(), None);
    for (key, field) in [(AccountKey::new("workspace-2", "open-id"), "note"), (here, "other")] {
        let error = world.client.unseal(&key, field, &sealed).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        assert!(!format!("{error:?}").contains("secret"));
    }
}
