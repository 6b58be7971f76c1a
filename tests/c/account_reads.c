/* Reads of accounts, videos and posts, and waiting for publishes that another call started. Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "waiter.h"

static const char *emulator;
static char open_id[128], video[4096];

static void control(const char *target, const char *body) {
    char reply[8192];
    ask(emulator, "POST", target, body, reply, sizeof reply);
    CHECK(strstr(reply, "HTTP/1.1 200") == reply);
}

static void a_profile_shows_what_was_granted(toklink_client *client) {
    toklink_user_info *info = NULL;
    toklink_account_metrics *metrics = NULL;
    toklink_error *error = NULL;
    int64_t followers = 0, following = 0, likes = 0, videos = 0;
    bool verified = false;
    must(toklink_client_user_info(client, text(""), text(open_id), &info, &error), error);
    CHECK(is(toklink_user_info_open_id(info), open_id) && toklink_user_info_union_id(info).len > 0);
    CHECK(toklink_user_info_display_name(info).len > 0 && toklink_user_info_avatar_url(info).len > 0);
    CHECK(strstr(toklink_user_info_profile_deep_link(info).data, "https://") != NULL);
    CHECK(toklink_user_info_bio_description(info).data != NULL);
    CHECK(toklink_user_info_is_verified(info, &verified) && verified);
    CHECK(toklink_user_info_follower_count(info, &followers) && toklink_user_info_following_count(info, &following));
    CHECK(toklink_user_info_likes_count(info, &likes) && toklink_user_info_video_count(info, &videos) && videos == 45);
    CHECK(!toklink_user_info_video_count(info, NULL) && !toklink_user_info_video_count(NULL, &videos));
    toklink_user_info_free(info);
    must(toklink_client_account_metrics(client, text(""), text(open_id), &metrics, &error), error);
    CHECK(toklink_account_metrics_followers(metrics) == followers && toklink_account_metrics_following(metrics) == following);
    CHECK(toklink_account_metrics_likes(metrics) == likes && toklink_account_metrics_video_count(metrics) == videos);
    CHECK(toklink_account_metrics_views(metrics) > 0 && toklink_account_metrics_video_likes(metrics) > 0);
    CHECK(toklink_account_metrics_comments(metrics) > 0 && toklink_account_metrics_shares(metrics) > 0);
    CHECK(toklink_account_metrics_read_at_ms(metrics) > 0);
    toklink_account_metrics_free(metrics);
}

static void an_account_shows_what_was_granted(toklink_client *client) {
    toklink_account *account = NULL;
    toklink_error *error = NULL;
    must(toklink_client_account(client, text(""), text(open_id), &account, &error), error);
    CHECK(toklink_account_display_name(account).len > 0 && toklink_account_scope_count(account) == 6);
    CHECK(toklink_account_scope_at(account, 5).len > 0 && toklink_account_scope_at(account, 6).len == 0);
    toklink_account_free(account);
}

static void a_video_shows_its_figures(toklink_client *client) {
    toklink_video_page *page = NULL;
    toklink_error *error = NULL;
    int64_t width = 0, height = 0, cursor = 0;
    must(toklink_client_list_videos(client, text(""), text(open_id), 0, 2, &page, &error), error);
    CHECK(toklink_video_page_len(page) == 2 && toklink_video_page_next_cursor(page, &cursor));
    const toklink_video *first = toklink_video_page_at(page, 0), *second = toklink_video_page_at(page, 1);
    CHECK(toklink_video_created_at_ms(first) >= toklink_video_created_at_ms(second));
    CHECK(toklink_video_id(first).len == 19 && toklink_video_title(first).data != NULL);
    CHECK(toklink_video_description(first).data != NULL && toklink_video_duration_sec(first) > 0);
    /* The emulator serves the pictures itself, on loopback. */
    CHECK(strncmp(toklink_video_cover_image_url(first).data, emulator, strlen(emulator)) == 0);
    CHECK(strstr(toklink_video_share_url(first).data, "https://") != NULL);
    CHECK(strstr(toklink_video_embed_link(first).data, "https://") != NULL);
    CHECK(toklink_video_width(first, &width) && toklink_video_height(first, &height) && height > 0 && width > 0);
    CHECK(toklink_video_view_count(first) >= toklink_video_like_count(first));
    CHECK(toklink_video_comment_count(first) >= 0 && toklink_video_share_count(first) >= 0);
    CHECK(toklink_video_page_at(page, 2) == NULL && toklink_video_id(NULL).len == 0);
    toklink_video_page_free(page);
}

static void a_creator_says_what_may_be_posted(toklink_client *client) {
    toklink_creator_info *creator = NULL;
    toklink_error *error = NULL;
    must(toklink_client_creator_info(client, text(""), text(open_id), &creator, &error), error);
    CHECK(is(toklink_creator_info_username(creator), "ana.makes") && toklink_creator_info_stitch_disabled(creator));
    CHECK(!toklink_creator_info_comment_disabled(creator) && !toklink_creator_info_duet_disabled(creator));
    CHECK(toklink_creator_info_privacy_level_at(creator, 0).len > 0 && toklink_creator_info_privacy_level_at(creator, 99).len == 0);
    toklink_creator_info_free(creator);
}

static void done(void *user_data, uint64_t operation, toklink_status status, toklink_publish_outcome *outcome,
                 toklink_error *error) {
    fired(user_data, operation, status, outcome, error);
}

static bool hears(void *user_data, const toklink_publish_progress *progress) {
    waiter *who = user_data;
    uint64_t remaining = 0;
    CHECK(toklink_publish_progress_bytes_sent(progress) <= toklink_publish_progress_total_bytes(progress));
    CHECK(!toklink_publish_progress_remaining_ms(progress, &remaining) || remaining == 0 ||
          toklink_publish_progress_bytes_per_second(progress) > 0);
    if (toklink_publish_progress_publish_id(progress).len > 0) {
        who->progress += 1;
    }
    return true;
}

static toklink_publish_request *request_for(const char *key, const char *privacy) {
    toklink_publish_request *request = toklink_publish_request_new();
    CHECK(toklink_publish_request_set_path(request, text(video), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_privacy_level(request, text(privacy), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_idempotency_key(request, text(key), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_wait_for_outcome(request, false, NULL) == TOKLINK_OK);
    return request;
}

static void a_post_is_waited_for_by_its_id_and_by_its_key(toklink_client *client) {
    toklink_publish_request *request = request_for("waited", "PUBLIC_TO_EVERYONE"), *listening = NULL;
    toklink_publish_outcome *outcome = NULL;
    toklink_publish_status *status = NULL;
    toklink_error *error = NULL;
    uint64_t operation = 0, bytes = 0;
    waiter who;
    CHECK(toklink_publish_request_set_title(request, text("A title"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_allow_comment(request, true, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_allow_duet(request, true, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_cover_timestamp_ms(request, 500, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_brand_organic(request, true, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_brand_content(request, false, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_is_aigc(request, true, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_auto_add_music(request, false, NULL) == TOKLINK_OK);
    prepare(&who);
    CHECK(toklink_publish_request_set_progress(request, hears, &who, NULL) == TOKLINK_OK);
    must(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error), error);
    toklink_publish_request_free(request);
    CHECK(who.progress > 0 && toklink_publish_outcome_phase(outcome) == TOKLINK_PHASE_PROCESSING);
    CHECK(toklink_publish_outcome_warning_count(outcome) == 0 && toklink_publish_outcome_warning_at(outcome, 0).len == 0);
    must(toklink_client_publish_status(client, text(""), text(open_id), toklink_publish_outcome_publish_id(outcome), &status,
                                       &error),
         error);
    CHECK(is(toklink_publish_status_publish_id(status), toklink_publish_outcome_publish_id(outcome).data));
    CHECK(toklink_publish_status_fail_reason(status).len == 0 && toklink_publish_status_post_id_at(status, 9).len == 0);
    CHECK(toklink_publish_status_uploaded_bytes(status, &bytes) && bytes > 0);
    toklink_publish_status_free(status);

    prepare(&who);
    listening = toklink_publish_request_new();
    CHECK(toklink_publish_request_set_progress(listening, hears, &who, NULL) == TOKLINK_OK);
    CHECK(toklink_client_wait_for_publish_async(client, text(""), text(open_id), toklink_publish_outcome_publish_id(outcome),
                                                listening, done, &who, &operation, NULL) == TOKLINK_OK);
    control("/_emulator/clock", "{\"advance_ms\":120000}");
    wait_for(&who);
    must(who.status, who.error);
    CHECK(who.operation == operation && toklink_publish_outcome_state(who.result) == TOKLINK_PUBLISH_COMPLETE);
    CHECK(toklink_publish_outcome_post_id_count(who.result) == 1 && who.progress > 0);
    CHECK(strstr(toklink_publish_outcome_share_url(who.result).data, toklink_publish_outcome_post_id_at(who.result, 0).data) != NULL);
    toklink_publish_outcome_free(who.result);
    must(toklink_client_publish_status(client, text(""), text(open_id), toklink_publish_outcome_publish_id(outcome), &status,
                                       &error),
         error);
    CHECK(toklink_publish_status_state(status) == TOKLINK_PUBLISH_COMPLETE && toklink_publish_status_post_id_count(status) == 1);
    CHECK(toklink_publish_status_post_id_at(status, 0).len == 19);
    toklink_publish_status_free(status);

    prepare(&who);
    CHECK(toklink_client_resume_publish_async(client, text(""), text(open_id), text("waited"), NULL, done, &who, &operation, NULL) ==
          TOKLINK_OK);
    wait_for(&who);
    must(who.status, who.error);
    CHECK(is(toklink_publish_outcome_publish_id(who.result), toklink_publish_outcome_publish_id(outcome).data));
    CHECK(!toklink_publish_outcome_uploaded_bytes(who.result, &bytes) || bytes > 0);
    toklink_publish_outcome_free(who.result);
    toklink_publish_outcome_free(outcome);
    toklink_publish_request_free(listening);
}

static void a_draft_says_which_settings_are_lost(toklink_client *client) {
    toklink_publish_request *request = request_for("draft", "SELF_ONLY");
    toklink_publish_outcome *outcome = NULL;
    toklink_error *error = NULL;
    CHECK(toklink_publish_request_set_draft(request, true, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_allow_stitch(request, true, NULL) == TOKLINK_OK);
    must(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error), error);
    CHECK(toklink_publish_outcome_warning_count(outcome) > 0 && toklink_publish_outcome_warning_at(outcome, 0).len > 10);
    toklink_publish_outcome_free(outcome);
    toklink_publish_request_free(request);
}

/* TikTok rejects the post during processing. */
static void a_refused_post_says_why(toklink_client *client) {
    toklink_publish_request *request = request_for("refused", "SELF_ONLY");
    toklink_publish_outcome *outcome = NULL, *waited = NULL;
    toklink_publish_status *status = NULL;
    toklink_error *error = NULL;
    char body[512];
    must(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error), error);
    toklink_publish_request_free(request);
    toklink_str id = toklink_publish_outcome_publish_id(outcome);
    snprintf(body, sizeof body, "{\"kind\":\"fail_post\",\"publish_id\":\"%s\",\"reason\":\"spam_risk\"}", id.data);
    control("/_emulator/act", body);
    must(toklink_client_publish_status(client, text(""), text(open_id), id, &status, &error), error);
    CHECK(toklink_publish_status_state(status) == TOKLINK_PUBLISH_FAILED);
    CHECK(is(toklink_publish_status_fail_reason(status), "spam_risk"));
    toklink_publish_status_free(status);
    CHECK(toklink_client_wait_for_publish(client, text(""), text(open_id), id, NULL, &waited, &error) == TOKLINK_ERR_REJECTED);
    CHECK(waited == NULL && is(toklink_error_fail_reason(error), "spam_risk") && is(toklink_error_publish_id(error), id.data));
    toklink_error_free(error);

    /* TikTok has all bytes and the post has failed, so a cancel is rejected. */
    error = NULL;
    CHECK(toklink_client_cancel_publish(client, text(""), text(open_id), id, &error) != TOKLINK_OK);
    CHECK(is(toklink_error_operation(error), "cancel_publish") && toklink_error_http_status(error) > 0);
    CHECK(toklink_error_log_id(error).len > 0 && toklink_error_tiktok_code(error).len > 0);
    toklink_error_free(error);
    CHECK(toklink_client_cancel_publish(client, text(""), text(open_id), text(""), NULL) == TOKLINK_ERR_INVALID_INPUT);
    toklink_publish_outcome_free(outcome);
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(video, sizeof video, "%s/media/good.mp4", arguments[2]);
    control("/_emulator/settings", "{\"processing_delay_ms\":60000}");
    toklink_client *client = client_of(options_for(emulator));
    desktop_sign_in(client, emulator, "ana.makes", open_id, sizeof open_id);
    a_profile_shows_what_was_granted(client);
    an_account_shows_what_was_granted(client);
    a_video_shows_its_figures(client);
    a_creator_says_what_may_be_posted(client);
    a_post_is_waited_for_by_its_id_and_by_its_key(client);
    a_draft_says_which_settings_are_lost(client);
    a_refused_post_says_why(client);
    toklink_client_free(client);
    control("/_emulator/reset", "{}");
    printf("%u checks passed\n", checks_done);
    return 0;
}
