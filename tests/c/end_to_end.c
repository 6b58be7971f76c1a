/* A C host from login to disconnect, against the emulator. Arguments: a directory for its files, this directory, and the
   emulator's address. */

#define _POSIX_C_SOURCE 200809L

#include "waiter.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

static const char *emulator;
static char video[4096];
static char open_id[128];

static void publish_done(void *user_data, uint64_t operation, toklink_status status, toklink_publish_outcome *outcome,
                         toklink_error *error) {
    fired(user_data, operation, status, outcome, error);
}


static void sign_in(toklink_client *client, const char *username) {
    toklink_login_request *request = toklink_login_request_new();
    toklink_desktop_login *login = NULL;
    toklink_error *error = NULL;
    char code[1024], reply[4096];
    uint64_t operation = 0;
    waiter who;
    prepare(&who);
    must(toklink_desktop_login_begin(client, request, &login, &error), error);
    toklink_login_request_free(request);
    must(toklink_desktop_login_wait_async(client, login, login_done, &who, &operation, &error), error);
    CHECK(toklink_desktop_login_wait_async(client, login, login_done, &who, &operation, NULL) ==
          TOKLINK_ERR_CONFLICT);
    const char *url = toklink_desktop_login_url(login).data;
    const char *redirect = toklink_desktop_login_redirect_uri(login).data;
    CHECK(strstr(url, SECRET) == NULL && strncmp(redirect, "http://127.0.0.1:", 17) == 0);
    consent(emulator, url, username, code, sizeof code);
    /* An unrelated request gets a response and the wait continues. */
    come_back(redirect, "?state=of-a-stranger&", code, reply, sizeof reply);
    CHECK(strstr(reply, "HTTP/1.1 400") == reply && who.fired == 0);
    come_back(redirect, url, code, reply, sizeof reply);
    CHECK(strstr(reply, "HTTP/1.1 200") == reply && strstr(reply, "Connected") != NULL);
    wait_for(&who);
    must(who.status, who.error);
    CHECK(who.operation == operation);
    const toklink_account *account = toklink_login_result_account(who.result);
    CHECK(is(toklink_account_username(account), username));
    CHECK(toklink_account_status(account) == TOKLINK_ACCOUNT_ACTIVE && toklink_account_scope_count(account) > 3);
    snprintf(open_id, sizeof open_id, "%s", toklink_account_open_id(account).data);
    toklink_login_result_free(who.result);
    toklink_desktop_login_free(login);
}

static void what_an_account_shows(toklink_client *client) {
    toklink_error *error = NULL;
    toklink_account_list *accounts = NULL;
    must(toklink_client_accounts(client, text(""), &accounts, &error), error);
    CHECK(toklink_account_list_len(accounts) == 1 && toklink_account_list_at(accounts, 1) == NULL);
    CHECK(is(toklink_account_open_id(toklink_account_list_at(accounts, 0)), open_id));
    toklink_account_list_free(accounts);

    toklink_buf token = {0};
    must(toklink_client_access_token(client, text(""), text(open_id), &token, &error), error);
    CHECK(token.len > 4 && strncmp(token.data, "act.", 4) == 0);
    toklink_buf_free(&token);

    toklink_user_info *info = NULL;
    int64_t followers = 0;
    must(toklink_client_user_info(client, text(""), text(open_id), &info, &error), error);
    CHECK(is(toklink_user_info_username(info), "ana.makes") && toklink_user_info_follower_count(info, &followers));
    toklink_user_info_free(info);

    toklink_account_metrics *metrics = NULL;
    must(toklink_client_account_metrics(client, text(""), text(open_id), &metrics, &error), error);
    CHECK(toklink_account_metrics_followers(metrics) == followers && toklink_account_metrics_videos_read(metrics) == 20);
    CHECK(toklink_account_metrics_engagement_rate(metrics) > 0);
    toklink_account_metrics_free(metrics);

    toklink_video_page *page = NULL;
    int64_t cursor = 0;
    unsigned seen = 0;
    char first[64] = "";
    do {
        must(toklink_client_list_videos(client, text(""), text(open_id), cursor, 20, &page, &error), error);
        seen += (unsigned)toklink_video_page_len(page);
        if (first[0] == '\0') {
            snprintf(first, sizeof first, "%s", toklink_video_id(toklink_video_page_at(page, 0)).data);
        }
        if (!toklink_video_page_next_cursor(page, &cursor)) {
            cursor = 0;
        }
        toklink_video_page_free(page);
    } while (cursor != 0);
    CHECK(seen == 45);

    toklink_str ids[1] = {text(first)};
    must(toklink_client_query_videos(client, text(""), text(open_id), ids, 1, &page, &error), error);
    CHECK(toklink_video_page_len(page) == 1 && is(toklink_video_id(toklink_video_page_at(page, 0)), first));
    toklink_video_page_free(page);
    CHECK(toklink_client_query_videos(client, text(""), text(open_id), ids, 0, &page, NULL) ==
          TOKLINK_ERR_INVALID_INPUT);

    toklink_creator_info *creator = NULL;
    must(toklink_client_creator_info(client, text(""), text(open_id), &creator, &error), error);
    CHECK(toklink_creator_info_privacy_level_count(creator) > 0 &&
          toklink_creator_info_max_video_duration_sec(creator) > 0);
    toklink_creator_info_free(creator);
    CHECK(toklink_client_user_info(client, text(""), text("unknown"), &info, &error) == TOKLINK_ERR_NOT_FOUND ||
          toklink_error_status(error) == TOKLINK_ERR_UNAUTHORIZED);
    CHECK(is(toklink_error_operation(error), "user_info") && toklink_error_message(error).len > 0);
    toklink_error_free(error);
}

static bool counted(void *user_data, const toklink_publish_progress *progress) {
    waiter *who = user_data;
    who->progress += 1;
    CHECK(toklink_publish_progress_phase(progress) >= TOKLINK_PHASE_PROBING);
    return true;
}

static bool refused(void *user_data, const toklink_publish_progress *progress) {
    (void)progress;
    *(pthread_t *)user_data = pthread_self();
    return false;
}

static toklink_publish_request *request_for(const char *key) {
    toklink_publish_request *request = toklink_publish_request_new();
    CHECK(toklink_publish_request_set_path(request, text(video), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_title(request, text("from C #test"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_privacy_level(request, text("SELF_ONLY"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_idempotency_key(request, text(key), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_privacy_level(request, text("EVERYONE"), NULL) == TOKLINK_ERR_INVALID_INPUT);
    return request;
}

static void publishing_waits_or_does_not(toklink_client *client) {
    toklink_publish_request *request = request_for("key-1");
    toklink_error *error = NULL;
    toklink_publish_outcome *outcome = NULL;
    uint64_t operation = 0;
    char publish_id[128];
    waiter who;
    prepare(&who);
    CHECK(toklink_publish_request_set_progress(request, counted, &who, NULL) == TOKLINK_OK);
    must(toklink_client_publish_video_async(client, text(""), text(open_id), request, publish_done, &who, &operation,
                                            &error),
         error);
    wait_for(&who);
    must(who.status, who.error);
    CHECK(who.operation == operation && operation > 0 && who.progress > 0 && !toklink_client_cancel(client, operation));
    CHECK(toklink_publish_outcome_state(who.result) == TOKLINK_PUBLISH_COMPLETE);
    CHECK(is(toklink_publish_outcome_idempotency_key(who.result), "key-1"));
    snprintf(publish_id, sizeof publish_id, "%s", toklink_publish_outcome_publish_id(who.result).data);
    toklink_publish_outcome_free(who.result);

    /* The same key finds the same publish. A blocking call reports progress on the calling thread. */
    must(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error), error);
    CHECK(is(toklink_publish_outcome_publish_id(outcome), publish_id));
    toklink_publish_outcome_free(outcome);
    toklink_publish_request_free(request);

    toklink_publish_status *status = NULL;
    must(toklink_client_publish_status(client, text(""), text(open_id), text(publish_id), &status, &error), error);
    CHECK(toklink_publish_status_state(status) == TOKLINK_PUBLISH_COMPLETE);
    toklink_publish_status_free(status);
    must(toklink_client_wait_for_publish(client, text(""), text(open_id), text(publish_id), NULL, &outcome, &error),
         error);
    toklink_publish_outcome_free(outcome);

    pthread_t teller = 0;
    request = request_for("key-2");
    CHECK(toklink_publish_request_set_progress(request, refused, &teller, NULL) == TOKLINK_OK);
    CHECK(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error) ==
          TOKLINK_ERR_CANCELLED);
    CHECK(pthread_equal(teller, pthread_self()));
    toklink_error_free(error);
    toklink_publish_request_free(request);
}

static void bytes_are_published_like_a_file(toklink_client *client) {
    static uint8_t bytes[65536];
    FILE *file = fopen(video, "rb");
    CHECK(file != NULL);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    toklink_publish_request *request = request_for("key-3");
    toklink_publish_outcome *outcome = NULL;
    toklink_error *error = NULL;
    CHECK(toklink_publish_request_set_bytes(request, bytes, length, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_draft(request, true, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_allow_comment(request, true, NULL) == TOKLINK_OK);
    must(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error), error);
    CHECK(toklink_publish_outcome_state(outcome) == TOKLINK_PUBLISH_SEND_TO_USER_INBOX);
    CHECK(toklink_publish_outcome_warning_count(outcome) > 0);
    toklink_publish_outcome_free(outcome);
    toklink_publish_request_free(request);
}

/* A video that the host reads. Reading fails after `fails_after` bytes. */
typedef struct {
    FILE *file;
    size_t fails_after;
    int destroyed;
} reader;

/* Destroyed with the client at the latest. */
static reader broken, whole;

static bool read_video(void *user_data, uint8_t *buffer, size_t capacity, size_t *out_read) {
    reader *from = user_data;
    if (from->fails_after == 0) return false;
    size_t wanted = capacity < from->fails_after ? capacity : from->fails_after;
    *out_read = fread(buffer, 1, wanted, from->file);
    from->fails_after -= *out_read;
    return true;
}

static void reader_ended(void *user_data) {
    reader *from = user_data;
    from->destroyed += 1;
    fclose(from->file);
}

static void a_stream_is_published_and_goes_on_when_it_is_given_again(toklink_client *client) {
    toklink_publish_outcome *outcome = NULL;
    toklink_error *error = NULL;
    FILE *file = fopen(video, "rb");
    CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0);
    uint64_t length = (uint64_t)ftell(file);
    fclose(file);

    broken = (reader){fopen(video, "rb"), 100, 0};
    toklink_publish_request *request = request_for("key-4");
    CHECK(toklink_publish_request_set_stream(request, NULL, NULL, NULL, length, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_publish_request_set_stream(request, read_video, &broken, reader_ended, length, NULL) == TOKLINK_OK);
    CHECK(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error) ==
          TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_error_owner(error) == TOKLINK_OWNER_APP);
    toklink_error_free(error);
    toklink_publish_request_free(request);

    whole = (reader){fopen(video, "rb"), SIZE_MAX, 0};
    request = request_for("key-4");
    CHECK(toklink_publish_request_set_stream(request, read_video, &whole, reader_ended, length, NULL) == TOKLINK_OK);
    must(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error), error);
    CHECK(toklink_publish_outcome_state(outcome) == TOKLINK_PUBLISH_COMPLETE);
    toklink_publish_outcome_free(outcome);
    toklink_publish_request_free(request);

    /* Resuming finds a finished publish by its key, and rejects an unknown key. */
    must(toklink_client_resume_publish(client, text(""), text(open_id), text("key-4"), NULL, &outcome, &error), error);
    CHECK(is(toklink_publish_outcome_idempotency_key(outcome), "key-4"));
    toklink_publish_outcome_free(outcome);
    CHECK(toklink_client_resume_publish(client, text(""), text(open_id), text("never"), NULL, &outcome, &error) ==
          TOKLINK_ERR_NOT_FOUND);
    toklink_error_free(error);

    /* Private addresses are rejected, and so is loopback, although the emulator runs there. */
    const char *inward[] = {"https://10.0.0.1/v.mp4", "https://168.63.129.16/v.mp4", "http://127.0.0.1:1/v.mp4"};
    for (size_t at = 0; at < sizeof inward / sizeof *inward; at++) {
        request = request_for("key-5");
        CHECK(toklink_publish_request_set_relay_url(request, text(inward[at]), false, NULL) == TOKLINK_OK);
        CHECK(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error) ==
              TOKLINK_ERR_INVALID_INPUT);
        toklink_error_free(error);
        toklink_publish_request_free(request);
    }
}

static void a_cancelled_wait_completes_once(toklink_client *client) {
    toklink_login_request *request = toklink_login_request_new();
    toklink_desktop_login *login = NULL;
    toklink_error *error = NULL;
    uint64_t operation = 0;
    waiter who;
    prepare(&who);
    must(toklink_desktop_login_begin(client, request, &login, &error), error);
    must(toklink_desktop_login_wait_async(client, login, login_done, &who, &operation, &error), error);
    CHECK(toklink_client_cancel(client, operation));
    wait_for(&who);
    CHECK(who.status == TOKLINK_ERR_CANCELLED && who.result == NULL && who.fired == 1);
    CHECK(toklink_error_owner(who.error) == TOKLINK_OWNER_USER);
    toklink_error_free(who.error);
    CHECK(!toklink_client_cancel(client, operation) && !toklink_client_cancel(client, 0));
    toklink_desktop_login_free(login);
    toklink_login_request_free(request);
}

typedef struct {
    toklink_client *client;
    waiter *who;
    toklink_status inside;
    toklink_status closing;
} caller_back;

static void calls_back(void *user_data, uint64_t operation, toklink_status status, toklink_account_metrics *metrics,
                       toklink_error *error) {
    caller_back *caller = user_data;
    toklink_user_info *info = NULL;
    toklink_account_metrics_free(metrics);
    toklink_error_free(error);
    caller->inside = toklink_client_user_info(caller->client, text(""), text(open_id), &info, NULL);
    toklink_user_info_free(info);
    caller->closing = toklink_client_close(caller->client, NULL);
    fired(caller->who, operation, status, NULL, NULL);
}

static void a_completion_may_call_back_in(toklink_client *client) {
    waiter who;
    caller_back caller = {client, &who, TOKLINK_ERR_INTERNAL, TOKLINK_OK};
    uint64_t operation = 0;
    prepare(&who);
    CHECK(toklink_client_account_metrics_async(client, text(""), text(open_id), calls_back, &caller, &operation, NULL) ==
          TOKLINK_OK);
    wait_for(&who);
    CHECK(who.status == TOKLINK_OK && caller.inside == TOKLINK_OK && caller.closing == TOKLINK_ERR_CONFLICT);
    CHECK(toklink_client_account_metrics_async(client, text(""), text(open_id), NULL, NULL, &operation, NULL) ==
          TOKLINK_ERR_INVALID_INPUT);
}

static void a_child_process_has_no_client(toklink_client *client) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        toklink_user_info *info = NULL;
        toklink_status status = toklink_client_user_info(client, text(""), text(open_id), &info, NULL);
        toklink_client_free(client);
        if (status != TOKLINK_ERR_CONFLICT || info != NULL) {
            _exit(1);
        }
        /* _exit: a memory checker would report the memory of the parent's threads as leaked in the child. */
        raise(SIGKILL);
    }
    int ended = 0;
    CHECK(waitpid(child, &ended, 0) == child && WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL);
}

static void sealed_values_open_where_they_belong(toklink_client *client) {
    toklink_buf sealed = {NULL, 0}, opened = {NULL, 0}, anew = {NULL, 0};
    toklink_error *error = NULL;
    must(toklink_client_seal(client, text("t"), text("a"), text("note"), text("kept"), &sealed, &error), error);
    CHECK(strstr(sealed.data, "kept") == NULL);
    must(toklink_client_unseal(client, text("t"), text("a"), text("note"), text(sealed.data), &opened, &error), error);
    CHECK(strcmp(opened.data, "kept") == 0);
    toklink_buf_free(&opened);
    CHECK(toklink_client_unseal(client, text("t"), text("b"), text("note"), text(sealed.data), &opened, NULL) ==
          TOKLINK_ERR_INTEGRITY);
    CHECK(opened.data == NULL);
    must(toklink_client_reseal(client, text("t"), text("a"), text("note"), text(sealed.data), &anew, &error), error);
    CHECK(anew.data == NULL && anew.len == 0);
    toklink_buf_free(&sealed);

    toklink_reseal_report *report = NULL;
    must(toklink_client_reseal_accounts(client, TOKLINK_RESEAL_CHECK_ONLY, &report, &error), error);
    CHECK(toklink_reseal_report_done(report) == 1 && toklink_reseal_report_outstanding(report) == 0);
    toklink_reseal_report_free(report);
}

static void quotas_are_counted_and_kept(toklink_client *client) {
    toklink_buf snapshot = {NULL, 0};
    toklink_error *error = NULL;
    uint64_t pause = 0;
    for (unsigned count = 0; count < 6; count += 1) {
        CHECK(toklink_client_check_quota(client, text(""), text("q"), TOKLINK_QUOTA_PUBLISH_INIT, NULL) == TOKLINK_OK);
        CHECK(toklink_client_increment_quota(client, text(""), text("q"), TOKLINK_QUOTA_PUBLISH_INIT, NULL) ==
              TOKLINK_OK);
    }
    CHECK(toklink_client_check_quota(client, text(""), text("q"), TOKLINK_QUOTA_PUBLISH_INIT, &error) ==
          TOKLINK_ERR_RATE_LIMITED);
    CHECK(toklink_error_retry_after_ms(error, &pause) && pause > 0);
    toklink_error_free(error);
    CHECK(toklink_client_quota_snapshot(client, &snapshot, NULL) == TOKLINK_OK);
    CHECK(toklink_client_reset_quota(client, text(""), text("q"), NULL) == TOKLINK_OK);
    CHECK(toklink_client_check_quota(client, text(""), text("q"), TOKLINK_QUOTA_PUBLISH_INIT, NULL) == TOKLINK_OK);
    CHECK(toklink_client_restore_quota(client, text(snapshot.data), NULL) == TOKLINK_OK);
    CHECK(toklink_client_check_quota(client, text(""), text("q"), TOKLINK_QUOTA_PUBLISH_INIT, NULL) ==
          TOKLINK_ERR_RATE_LIMITED);
    CHECK(toklink_client_restore_quota(client, text("{"), NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_client_check_quota(client, text(""), text("q"), 99, NULL) == TOKLINK_ERR_INVALID_INPUT);
    toklink_buf_free(&snapshot);
}

static void a_webhook_without_a_signature_is_refused(toklink_client *client) {
    const char *body = "{\"client_key\":\"" CLIENT_KEY "\",\"event\":\"post.publish.complete\",\"create_time\":1}";
    toklink_webhook_event *event = NULL;
    CHECK(toklink_client_verify_webhook(client, text("t=1,s=00"), (const uint8_t *)body, strlen(body), text(""), 0,
                                        &event, NULL) == TOKLINK_ERR_INTEGRITY);
    CHECK(toklink_client_verify_webhook(client, text(""), NULL, 4, text(""), 0, &event, NULL) ==
          TOKLINK_ERR_INVALID_INPUT);
    CHECK(event == NULL && toklink_webhook_event_created_at_ms(NULL) == 0);
}

static void a_signed_test_event_is_reported_as_unknown(toklink_client *client) {
    const char *body = "{\"client_key\":\"" CLIENT_KEY
                       "\",\"event\":\"tiktok.ping\",\"create_time\":1700000000,\"content\":\"test webhook\"}";
    /* HMAC-SHA256 of `1700000000.` and the body, with the emulator's client secret as the key. */
    const char *signature = "t=1700000000,s=ad27e648732694d27e67f8bcd5a607ccb6301f9b4de573b5afe3cf7097fca148";
    const uint64_t any_time = UINT64_MAX / 4;
    toklink_webhook_event *event = NULL;
    toklink_webhook_effect effect = TOKLINK_EFFECT_APPLIED;
    toklink_error *error = NULL;
    must(toklink_client_verify_webhook(client, text(signature), (const uint8_t *)body, strlen(body), text(""), any_time,
                                       &event, &error), error);
    CHECK(toklink_webhook_event_kind(event) == TOKLINK_WEBHOOK_OTHER);
    CHECK(is(toklink_webhook_event_name(event), "tiktok.ping"));
    must(toklink_client_apply_webhook(client, event, &effect, &error), error);
    CHECK(effect == TOKLINK_EFFECT_NOTHING_TO_DO);
    toklink_webhook_event_free(event);
}

static void frees(void *user_data, uint64_t operation, toklink_status status, toklink_account_metrics *metrics,
                  toklink_error *error) {
    caller_back *caller = user_data;
    toklink_account_metrics_free(metrics);
    toklink_error_free(error);
    toklink_client_free(caller->client);
    fired(caller->who, operation, status, NULL, NULL);
}

static _Atomic unsigned lines;
static _Atomic unsigned destroyed;

static void note(void *user_data, toklink_log_level level, toklink_str line) {
    CHECK(user_data == &lines && (level == TOKLINK_LOG_INFO || level == TOKLINK_LOG_ERROR));
    CHECK(strstr(line.data, SECRET) == NULL && strstr(line.data, "act.") == NULL);
    lines += 1;
}

static void count_destroyed(void *user_data) {
    CHECK(user_data == &lines);
    destroyed += 1;
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(video, sizeof video, "%s/media/good.mp4", arguments[2]);
    toklink_client_options *options = options_for(emulator);
    CHECK(toklink_client_options_set_log(options, note, &lines, count_destroyed, NULL) == TOKLINK_OK);
    toklink_client *client = client_of(options);
    sign_in(client, "ana.makes");
    what_an_account_shows(client);
    publishing_waits_or_does_not(client);
    bytes_are_published_like_a_file(client);
    a_stream_is_published_and_goes_on_when_it_is_given_again(client);
    a_cancelled_wait_completes_once(client);
    a_completion_may_call_back_in(client);
    a_child_process_has_no_client(client);
    sealed_values_open_where_they_belong(client);
    quotas_are_counted_and_kept(client);
    a_webhook_without_a_signature_is_refused(client);
    a_signed_test_event_is_reported_as_unknown(client);

    toklink_error *error = NULL;
    must(toklink_client_disconnect(client, text(""), text(open_id), &error), error);
    must(toklink_client_close(client, &error), error);
    must(toklink_client_close(client, &error), error);
    toklink_user_info *info = NULL;
    CHECK(toklink_client_user_info(client, text(""), text(open_id), &info, NULL) == TOKLINK_ERR_CLOSED);
    CHECK(destroyed == 0);
    toklink_client_free(client);
    CHECK(destroyed == 1 && lines > 10);
    CHECK(broken.destroyed == 1 && whole.destroyed == 1);

    waiter who;
    prepare(&who);
    caller_back caller = {client_of(options_for(emulator)), &who, TOKLINK_OK, TOKLINK_OK};
    uint64_t operation = 0;
    CHECK(toklink_client_account_metrics_async(caller.client, text(""), text("unknown"), frees, &caller, &operation,
                                               NULL) == TOKLINK_OK);
    wait_for(&who);
    CHECK(who.fired == 1 && who.status != TOKLINK_OK);
    printf("%u checks passed\n", checks_done);
    return 0;
}
