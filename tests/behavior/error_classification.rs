//! Maps TikTok's error codes (docs/tiktok-api.md 7) to the kind, owner and retry advice of the client's errors.

use crate::world::World;
use std::time::Duration;
use toklink::{ErrorKind, Owner, Retry};
use toklink_emulator::Fault;

const DAY: Retry = Retry::After(Duration::from_secs(86_400));
const MINUTE: Retry = Retry::After(Duration::from_secs(60));

#[tokio::test]
async fn tiktok_codes_map_to_kind_owner_and_retry() {
    use ErrorKind::{
        Conflict, InvalidInput, NotFound, PermissionDenied, QuotaExhausted, RateLimited, Rejected,
        Unavailable,
    };
    use Owner::{App, TikTok, User};
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    for (status, code, kind, owner, retry) in [
        (401, "scope_not_authorized", PermissionDenied, User, Retry::Never),
        (400, "scope_permission_missed", PermissionDenied, User, Retry::Never),
        (400, "invalid_params", InvalidInput, App, Retry::Never),
        (400, "invalid_publish_id", NotFound, User, Retry::Never),
        (403, "token_not_authorized_for_specified_publish_id", PermissionDenied, App, Retry::Never),
        (400, "publish_not_cancellable", Conflict, User, Retry::Never),
        (400, "app_version_check_failed", Rejected, User, Retry::Never),
        (403, "spam_risk_too_many_posts", QuotaExhausted, User, DAY),
        (403, "spam_risk_too_many_pending_share", QuotaExhausted, User, DAY),
        (403, "spam_risk_user_banned_from_posting", PermissionDenied, User, Retry::Never),
        (403, "reached_active_user_cap", QuotaExhausted, App, DAY),
        (403, "unaudited_client_can_only_post_to_private_accounts", PermissionDenied, App, Retry::Never),
        (403, "url_ownership_unverified", PermissionDenied, App, Retry::Never),
        (400, "privacy_level_option_mismatch", InvalidInput, App, Retry::Never),
        (400, "spam_risk", Rejected, User, Retry::Never),
        (429, "rate_limit_exceeded", RateLimited, App, MINUTE),
        (500, "internal_error", Unavailable, TikTok, Retry::Backoff),
        // For an unknown code, the HTTP status decides.
        (403, "brand_new", PermissionDenied, App, Retry::Never),
        (404, "brand_new", NotFound, App, Retry::Never),
        (418, "brand_new", InvalidInput, App, Retry::Never),
    ] {
        // The client makes up to three attempts per read, so the fault applies to every request. The clock then moves
        // past the window that a 429 closes.
        world.fault(Fault::on("video_list").times(0).error(status, code));
        let error = world.client.list_videos(&account, None, 20).await.unwrap_err();
        world.emulator.clear_faults();
        world.advance(Duration::from_secs(61));
        assert_eq!((error.kind(), error.owner(), error.retry()), (kind, owner, retry), "{code}: {error:?}");
        assert_eq!((error.tiktok_code(), error.http_status()), (Some(code), Some(status)), "{error:?}");
    }
}

#[tokio::test]
async fn response_without_a_code_is_classified_by_its_status() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    for (status, kind, owner) in [
        (403, ErrorKind::PermissionDenied, Owner::App),
        (429, ErrorKind::RateLimited, Owner::App),
        (502, ErrorKind::Unavailable, Owner::TikTok),
    ] {
        world.fault(Fault::on("video_list").times(0).raw(status, "text/html", "<html>a gateway</html>"));
        let error = world.client.list_videos(&account, None, 20).await.unwrap_err();
        world.emulator.clear_faults();
        world.advance(Duration::from_secs(61));
        assert_eq!(
            (error.kind(), error.owner(), error.http_status()),
            (kind, owner, Some(status)),
            "{error:?}"
        );
        assert!(!error.message().contains("gateway</html>"), "{error}");
    }
}

#[tokio::test]
async fn html_401_response_is_reported_as_unauthorized() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.fault(Fault::on("video_list").times(0).raw(401, "text/html", "<html>"));
    let error = world.client.list_videos(&account, None, 20).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Unauthorized, Some(401)), "{error:?}");
}

#[tokio::test]
async fn change_may_have_been_sent_when_only_its_retry_is_rejected() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    world.fault(Fault::on("cancel").times(1).reset_after());
    world.fault(Fault::on("cancel").nth(2).error(429, "rate_limit_exceeded"));
    let error = world.client.cancel_publish(&account, "v_pub_url~v2-1.7").await.unwrap_err();
    assert!(error.kind() == ErrorKind::RateLimited && error.may_have_been_sent(), "{error:?}");
}
