/* Reads of accounts, videos and posts, and waiting for publishes that another call started. Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "http_listener.h"
#include "waiter.h"

static const char *emulator;
static char open_id[128], video[4096], database[4096];

static void control(const char *target, const char *body) {
    char reply[8192];
    ask(emulator, "POST", target, body, reply, sizeof reply);
    CHECK(strstr(reply, "HTTP/1.1 200") == reply);
}

static void profile_contains_the_granted_fields(toklink_client *client) {
    const toklink_user *info = NULL;
    const toklink_metrics *metrics = NULL;
    toklink_error *error = NULL;
    int64_t followers = 0, following = 0, likes = 0, videos = 0;
    must(took((info = toklink_user_info_blocking(client, open_id, seen_at())) != NULL, &error), error);
    CHECK(is(info->open_id, open_id) && info->union_id[0] != 0);
    CHECK(info->display_name[0] != 0 && info->avatar_url[0] != 0);
    CHECK(strstr(info->profile_deep_link, "https://") != NULL);
    CHECK(info->bio_description != NULL);
    CHECK(info->is_verified == 1);
    CHECK(((followers = info->followers) >= 0) && ((following = info->following) >= 0));
    CHECK(((likes = info->likes) >= 0) && ((videos = info->videos) >= 0) && videos == 45);
    toklink_user_free(info);
    must(took((metrics = toklink_account_metrics_blocking(client, open_id, seen_at())) != NULL, &error), error);
    CHECK(metrics->followers == followers && metrics->following == following);
    CHECK(metrics->likes == likes && metrics->videos == videos);
    CHECK(metrics->views > 0 && metrics->video_likes > 0);
    CHECK(metrics->comments > 0 && metrics->shares > 0);
    CHECK(metrics->read_at_ms > 0);
    toklink_metrics_free(metrics);
}

static void account_contains_the_granted_scopes(toklink_client *client) {
    const toklink_account *account = NULL;
    toklink_error *error = NULL;
    must(took((account = toklink_load_account(client, open_id, seen_at())) != NULL, &error), error);
    CHECK(account->display_name[0] != 0 && account->scope_count == 6);
    CHECK(account->scopes[5][0] != 0);
    toklink_account_free(account);
}

static void video_contains_its_metrics(toklink_client *client) {
    const toklink_video_page *page = NULL;
    toklink_error *error = NULL;
    int64_t width = 0, height = 0, cursor = 0;
    must(took((page = toklink_list_videos_blocking(client, open_id, 0, 2, seen_at())) != NULL, &error), error);
    CHECK(page->count == 2 && ((cursor = page->next_cursor) >= 0));
    const toklink_video *first = page->items[0], *second = page->items[1];
    CHECK(first->created_at_ms >= second->created_at_ms);
    CHECK(strlen(first->id) == 19 && first->title != NULL);
    CHECK(first->description != NULL && first->duration_s > 0);
    /* The emulator serves the pictures itself, on loopback. */
    CHECK(strncmp(first->cover_image_url, emulator, strlen(emulator)) == 0);
    CHECK(strstr(first->share_url, "https://") != NULL);
    CHECK(strstr(first->embed_link, "https://") != NULL);
    CHECK(((width = first->width) >= 0) && ((height = first->height) >= 0) && height > 0 && width > 0);
    CHECK(first->views >= first->likes);
    CHECK(first->comments >= 0 && first->shares >= 0);
    toklink_video_page_free(page);
}

static void creator_info_contains_the_posting_options(toklink_client *client) {
    const toklink_creator *creator = NULL;
    toklink_error *error = NULL;
    must(took((creator = toklink_creator_info_blocking(client, open_id, seen_at())) != NULL, &error), error);
    CHECK(is(creator->username, "ana.makes") && creator->stitch_disabled);
    CHECK(!creator->comment_disabled && !creator->duet_disabled);
    CHECK(creator->privacy_levels[0][0] != 0);
    toklink_creator_free(creator);
}

static void done(void *user_data, toklink_op operation, const toklink_publish *publish, const toklink_error *error) {
    if (publish != NULL && publish->post_id_count > 0) {
        CHECK(strstr(publish->share_url, publish->post_ids[0]) != NULL);
    }
    publish_done(user_data, operation, publish, error);
}

static bool hears(void *user_data, const toklink_progress *progress) {
    waiter *who = user_data;
    int64_t remaining = 0;
    CHECK(progress->bytes_sent <= progress->total_bytes);
    CHECK(!((remaining = progress->remaining_ms) >= 0) || remaining == 0 ||
          progress->bytes_per_second > 0);
    if (progress->publish_id[0] != 0) {
        who->progress += 1;
    }
    return true;
}

static toklink_publish_options request_for(const char *key, const char *privacy) {
    toklink_publish_options request = TOKLINK_PUBLISH_OPTIONS_INIT;
    request.path = video;
    request.privacy_level = privacy;
    request.idempotency_key = key;
    request.no_wait = true;
    return request;
}

static void publish_is_awaited_by_id_and_by_key(toklink_client *client) {
    toklink_publish_options request = request_for("waited", "PUBLIC_TO_EVERYONE");
    const toklink_publish *outcome = NULL;
    const toklink_publish *status = NULL;
    toklink_error *error = NULL;
    toklink_op operation = 0;
    waiter who;
    request.title = "A title";
    request.allow_comment = true;
    request.allow_duet = true;
    request.cover_timestamp_ms = 500;
    request.brand_organic = true;
    request.brand_content = false;
    request.is_aigc = true;
    request.auto_add_music = false;
    prepare(&who);
    request.progress = hears; request.progress_data = &who;
    must(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    CHECK(who.progress > 0 && outcome->phase == TOKLINK_PHASE_PROCESSING);
    CHECK(outcome->warning_count == 0);
    must(took((status = toklink_publish_status_blocking(client, open_id, outcome->publish_id, seen_at())) != NULL, &error),
         error);
    CHECK(is(status->publish_id, outcome->publish_id));
    CHECK(status->fail_reason[0] == 0);
    CHECK(status->uploaded_bytes > 0 && status->idempotency_key[0] == 0);
    toklink_publish_free(status);

    prepare(&who);
    toklink_publish_options listening = TOKLINK_PUBLISH_OPTIONS_INIT;
    listening.progress = hears; listening.progress_data = &who;
    toklink_wait_for_publish(client, outcome->publish_id, for_account(&listening, open_id), done, &who, &operation);
    control("/_emulator/clock", "{\"advance_ms\":120000}");
    succeeds(&who);
    CHECK(who.operation == operation && who.state == TOKLINK_PUBLISH_COMPLETE);
    CHECK(who.post_ids == 1 && who.progress > 0);
    must(took((status = toklink_publish_status_blocking(client, open_id, outcome->publish_id, seen_at())) != NULL, &error),
         error);
    CHECK(status->state == TOKLINK_PUBLISH_COMPLETE && status->post_id_count == 1);
    CHECK(strlen(status->post_ids[0]) == 19);
    toklink_publish_free(status);

    prepare(&who);
    toklink_resume_publish(client, "waited", for_account(NULL, open_id), done, &who, &operation);
    succeeds(&who);
    CHECK(is(who.id, outcome->publish_id));
    toklink_publish_free(outcome);
}

static void draft_warns_about_ignored_settings(toklink_client *client) {
    toklink_publish_options request = request_for("draft", "SELF_ONLY");
    const toklink_publish *outcome = NULL;
    toklink_error *error = NULL;
    request.draft = true;
    request.allow_stitch = true;
    must(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    CHECK(outcome->warning_count > 0 && outcome->warnings[0][0] != 0);
    toklink_publish_free(outcome);
}

/* TikTok rejects the post during processing. */
static void refused_post_reports_its_reason(toklink_client *client) {
    toklink_publish_options request = request_for("refused", "SELF_ONLY");
    const toklink_publish *outcome = NULL, *waited = NULL;
    const toklink_publish *status = NULL;
    toklink_error *error = NULL;
    char body[512];
    must(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    const char *id = outcome->publish_id;
    snprintf(body, sizeof body, "{\"kind\":\"fail_post\",\"publish_id\":\"%s\",\"reason\":\"spam_risk\"}", id);
    control("/_emulator/act", body);
    must(took((status = toklink_publish_status_blocking(client, open_id, id, seen_at())) != NULL, &error), error);
    CHECK(status->state == TOKLINK_PUBLISH_FAILED);
    CHECK(is(status->fail_reason, "spam_risk"));
    toklink_publish_free(status);
    CHECK(took((waited = toklink_wait_for_publish_blocking(client, id, for_account(NULL, open_id), seen_at())) != NULL, &error) == TOKLINK_ERR_REJECTED);
    CHECK(waited == NULL && is(error->fail_reason, "spam_risk") && is(error->publish_id, id));
    toklink_error_free(error);

    /* TikTok has all bytes and the post has failed, so a cancel is rejected. */
    error = NULL;
    CHECK(toklink_cancel_publish_blocking(client, open_id, id, &error) != TOKLINK_OK);
    CHECK(is(error->operation, "cancel_publish") && error->http_status > 0);
    CHECK(error->log_id[0] != 0 && error->tiktok_code[0] != 0);
    toklink_error_free(error);
    CHECK(toklink_cancel_publish_blocking(client, open_id, "", NULL) == TOKLINK_ERR_INVALID_INPUT);
    toklink_publish_free(outcome);
}

static void user_done(void *user_data, toklink_op operation, const toklink_user *user, const toklink_error *error) {
    CHECK(user == NULL || user->videos >= 45);
    fired(user_data, operation, user != NULL, error);
}

static void videos_done(void *user_data, toklink_op operation, const toklink_video_page *page, const toklink_error *error) {
    CHECK(page == NULL || page->count > 0);
    fired(user_data, operation, page != NULL, error);
}

static void creator_done(void *user_data, toklink_op operation, const toklink_creator *creator, const toklink_error *error) {
    fired(user_data, operation, creator != NULL, error);
}

static void text_done(void *user_data, toklink_op operation, const char *text, const toklink_error *error) {
    CHECK(text == NULL || strncmp(text, "act.", 4) == 0);
    fired(user_data, operation, text != NULL, error);
}

static void login_done(void *user_data, toklink_op operation, const toklink_login_result *result, const toklink_error *error) {
    fired(user_data, operation, result != NULL, error);
}

static void tokens_done(void *user_data, toklink_op operation, const toklink_tokens *tokens, const toklink_error *error) {
    fired(user_data, operation, tokens != NULL, error);
}

static void nothing_done(void *user_data, toklink_op operation, const toklink_error *error) {
    fired(user_data, operation, false, error);
}

/* Each completion is called once, with the number of its operation. */
static void asynchronous_reads_return_at_once(toklink_client *client) {
    waiter who[5];
    toklink_op numbers[5];
    for (unsigned place = 0; place < 5; place += 1) {
        prepare(&who[place]);
    }
    const toklink_video_page *page = toklink_list_videos_blocking(client, open_id, 0, 1, NULL);
    CHECK(page != NULL && page->count == 1);
    const char *ids[] = {page->items[0]->id};
    toklink_user_info(client, open_id, user_done, &who[0], &numbers[0]);
    toklink_list_videos(client, open_id, 0, 0, videos_done, &who[1], &numbers[1]);
    toklink_query_videos(client, open_id, ids, 1, videos_done, &who[2], &numbers[2]);
    toklink_creator_info(client, open_id, creator_done, &who[3], &numbers[3]);
    toklink_access_token(client, open_id, text_done, &who[4], &numbers[4]);
    toklink_video_page_free(page);
    for (unsigned place = 0; place < 5; place += 1) {
        succeeds(&who[place]);
        CHECK(who[place].has_result && who[place].operation == numbers[place] && numbers[place] > 0);
    }
}

/* Errors are reported to the completion too. */
static void completions_receive_errors(toklink_client *client) {
    waiter who[5];
    for (unsigned place = 0; place < 5; place += 1) {
        prepare(&who[place]);
    }
    toklink_complete_login(client, "code=c&state=s", "", "user", login_done, &who[0], NULL);
    toklink_exchange_code(client, "unknown", "https://example.test/", NULL, tokens_done, &who[1], NULL);
    toklink_refresh_tokens(client, "", tokens_done, &who[2], NULL);
    toklink_revoke(client, NULL, nothing_done, &who[3], NULL);
    toklink_disconnect(client, "unknown", nothing_done, &who[4], NULL);
    const toklink_status expected[] = {TOKLINK_ERR_INTEGRITY, TOKLINK_ERR_UNAUTHORIZED, TOKLINK_ERR_INVALID_INPUT,
                                       TOKLINK_ERR_INVALID_INPUT, TOKLINK_ERR_NOT_FOUND};
    for (unsigned place = 0; place < 5; place += 1) {
        wait_for(&who[place]);
        CHECK(who[place].fired == 1 && who[place].status == expected[place]);
    }
    CHECK(who[4].reason == TOKLINK_REASON_ACCOUNT_NOT_CONNECTED);
}

/* A server that does not respond: the limit ends a blocking call, and a cancel ends an operation at once. */
static void read_ends_after_its_timeout(void) {
    toklink_options options = options_for(emulator);
    options.timeout_ms = 50;
    options.sqlite_path = database;
    options.video_cache_ms = -1;
    toklink_client *client = client_of(options);
    const toklink_video_page *page = NULL;
    toklink_error *error = NULL;
    toklink_op operation = 0;
    waiter who;
    control("/_emulator/faults", "{\"endpoint\":\"video_list\",\"times\":0,\"delay_ms\":600000}");
    CHECK(took((page = toklink_list_videos_blocking(client, open_id, 0, 1, seen_at())) != NULL, &error) == TOKLINK_ERR_UNAVAILABLE);
    CHECK(error->reason == TOKLINK_REASON_TIMED_OUT && error->retryable && is(error->operation, "list_videos"));
    toklink_error_free(error);
    toklink_client_free(client);
    options.timeout_ms = 0;
    client = client_of(options);
    prepare(&who);
    toklink_list_videos(client, open_id, 0, 1, videos_done, &who, &operation);
    CHECK(toklink_cancel(client, operation));
    wait_for(&who);
    CHECK(who.status == TOKLINK_ERR_CANCELLED);
    toklink_client_free(client);
    char reply[8192];
    ask(emulator, "DELETE", "/_emulator/faults", NULL, reply, sizeof reply);
}

/* The lines of the host's log. */
typedef struct {
    pthread_mutex_t lock;
    unsigned warnings, others;
    char first_warning[512];
} lines;

static void logs(void *user_data, toklink_log_level level, const char *line) {
    lines *log = user_data;
    pthread_mutex_lock(&log->lock);
    if (level == TOKLINK_LOG_WARNING && log->warnings++ == 0) snprintf(log->first_warning, sizeof log->first_warning, "%s", line);
    if (level != TOKLINK_LOG_WARNING) log->others += 1;
    pthread_mutex_unlock(&log->lock);
}

static void log_contains_each_retry(void) {
    lines log = {.warnings = 0};
    toklink_options options = options_for(emulator);
    const toklink_user *info = NULL;
    toklink_error *error = NULL;
    pthread_mutex_init(&log.lock, NULL);
    options.sqlite_path = database;
    options.log = logs;
    options.user_data = &log;
    toklink_client *client = client_of(options);
    control("/_emulator/faults", "[{\"endpoint\":\"user_info\",\"times\":2,\"status\":500}]");
    must(took((info = toklink_user_info_blocking(client, open_id, seen_at())) != NULL, &error), error);
    toklink_user_free(info);
    /* The callback thread logs retries, and it ends here. */
    toklink_client_free(client);
    CHECK(log.warnings == 2 && log.others == 1);
    CHECK(strstr(log.first_warning, "user_info: HTTP 500, ") == log.first_warning && strstr(log.first_warning, "retrying in ") != NULL);
}

/* The request line that the proxy receives, and its response. */
static size_t proxies(void *user_data, const char *request, const char *body, size_t body_bytes, char *reply, size_t size) {
    (void)body, (void)body_bytes;
    snprintf(user_data, 256, "%.255s", request);
    return (size_t)snprintf(reply, size, "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
}

static size_t refuses(void *user_data, const char *request, const char *body, size_t body_bytes, char *reply, size_t size) {
    (void)request, (void)body, (void)body_bytes;
    return (size_t)snprintf(reply, size, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", (const char *)user_data);
}

/* The error names the proxy's option, and its owner is the app. */
static void error_of_a_failing_proxy_names_its_option(void) {
    const struct { const char *answer, *host, *says; } proxies_of[] = {
        {"502 Bad Gateway", "https://open.tiktokapis.com", "is unreachable, or refused the connection to TikTok"},
        {"407 Proxy Authentication Required", "https://open.tiktokapis.com", "requires another user name or password"},
        {"407 Proxy Authentication Required", "http://127.0.0.1:9", "requires another user name or password"},
        {NULL, "https://open.tiktokapis.com", "is unreachable, or refused the connection to TikTok"},
    };
    for (unsigned number = 0; number < sizeof proxies_of / sizeof proxies_of[0]; number += 1) {
        toklink_error *error = NULL;
        char answer_line[64], proxy[256];
        listener here;
        snprintf(answer_line, sizeof answer_line, "%s", proxies_of[number].answer == NULL ? "200 OK" : proxies_of[number].answer);
        start_listening(&here, refuses, answer_line);
        if (proxies_of[number].answer == NULL) stop_listening(&here);
        toklink_options options = options_for(proxies_of[number].host);
        snprintf(proxy, sizeof proxy, "http://me:s3cret@%s", here.url + strlen("http://"));
        options.proxy_url = proxy;
        toklink_client *client = client_of(options);
        CHECK(took(toklink_refresh_tokens_blocking(client, "rft.x", seen_at()) != NULL, &error) == TOKLINK_ERR_UNAVAILABLE);
        CHECK(error->reason == TOKLINK_REASON_PROXY_FAILED && error->owner == TOKLINK_OWNER_APP);
        CHECK(strstr(error->message, "the proxy of proxy_url ") == error->message && strstr(error->message, proxies_of[number].says) != NULL);
        CHECK(strstr(error->message, "s3cret") == NULL && !error->may_have_been_sent);
        toklink_error_free(error);
        toklink_client_free(client);
        if (proxies_of[number].answer != NULL) stop_listening(&here);
    }
}

static void network_options_are_applied(void) {
    char asked[256] = "", proxy[256];
    toklink_options options = options_for("http://127.0.0.1:9");
    toklink_error *error = NULL;
    const toklink_tokens *tokens = NULL;
    listener here;
    start_listening(&here, proxies, asked);
    snprintf(proxy, sizeof proxy, "http://me:s3cret@%s", here.url + strlen("http://"));
    options.proxy_url = proxy;
    toklink_client *client = client_of(options);
    CHECK(took((tokens = toklink_refresh_tokens_blocking(client, "rft.x", seen_at())) != NULL, &error) == TOKLINK_ERR_RATE_LIMITED);
    CHECK(error->retry_after_ms == 60000 && strstr(asked, "POST http://127.0.0.1:9/v2/oauth/token/ ") == asked);
    toklink_error_free(error);
    toklink_client_free(client);
    stop_listening(&here);

    /* Errors name the fields of the struct. */
    const char *names[] = {"proxy_url", "max_upload_bytes_per_second"};
    options.proxy_url = "s3cret";
    options.max_upload_bytes_per_second = 9999;
    CHECK(took((client = toklink_client_new(&options, seen_at())) != NULL, &error) == TOKLINK_ERR_CONFIG);
    CHECK(error->problem_count == 2 && strstr(error->message, "s3cret") == NULL);
    for (unsigned place = 0; place < 2; place += 1) {
        CHECK(is(error->problems[place]->option, names[place]) && error->problems[place]->variable[0] == 0);
    }
    toklink_error_free(error);
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(video, sizeof video, "%s/media/good.mp4", arguments[2]);
    control("/_emulator/settings", "{\"processing_delay_ms\":60000}");
    snprintf(database, sizeof database, "%s/account_reads.db", arguments[1]);
    remove(database);
    toklink_options options = options_for(emulator);
    options.sqlite_path = database;
    toklink_client *client = client_of(options);
    desktop_sign_in(client, emulator, "ana.makes", open_id, sizeof open_id);
    profile_contains_the_granted_fields(client);
    account_contains_the_granted_scopes(client);
    video_contains_its_metrics(client);
    creator_info_contains_the_posting_options(client);
    publish_is_awaited_by_id_and_by_key(client);
    draft_warns_about_ignored_settings(client);
    refused_post_reports_its_reason(client);
    asynchronous_reads_return_at_once(client);
    completions_receive_errors(client);
    read_ends_after_its_timeout();
    log_contains_each_retry();
    network_options_are_applied();
    error_of_a_failing_proxy_names_its_option();
    toklink_client_free(client);
    control("/_emulator/reset", "{}");
    printf("%u checks passed\n", checks_done);
    return 0;
}
