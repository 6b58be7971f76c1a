/* Operations that are cancelled, time out or lose their client during a request. Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "waiter.h"

#include <time.h>

static const char *emulator;
static char open_id[128], video[4096], database[4096];

static void control(const char *method, const char *target, const char *body) {
    char reply[65536];
    ask(emulator, method, target, body, reply, sizeof reply);
    CHECK(strstr(reply, "HTTP/1.1 200") == reply);
}

static void rest(long milliseconds) {
    struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

/* Makes the emulator apply requests for this endpoint at once and respond late. */
static void hang(const char *endpoint, unsigned delay_ms) {
    char body[256];
    snprintf(body, sizeof body, "[{\"endpoint\":\"%s\",\"times\":0,\"delay_ms\":%u}]", endpoint, delay_ms);
    control("POST", "/_emulator/faults", body);
}

static void wait_until_hung(void) {
    char reply[65536];
    do {
        rest(5);
        ask(emulator, "GET", "/_emulator/faults", NULL, reply, sizeof reply);
    } while (strstr(reply, "\"hits\":0") != NULL);
}

static void work_again(void) { control("POST", "/_emulator/faults", "[]"); }

static toklink_options stored(void) {
    toklink_options options = options_for(emulator);
    options.sqlite_path = database;
    options.user_cache_ms = options.video_cache_ms = -1;
    return options;
}

static void user_done(void *who, toklink_op operation, const toklink_user *user, const toklink_error *error) {
    fired(who, operation, user != NULL, error);
}

static void tokens_done(void *who, toklink_op operation, const toklink_tokens *tokens, const toklink_error *error) {
    fired(who, operation, tokens != NULL, error);
}

static void login_done(void *who, toklink_op operation, const toklink_login_result *result, const toklink_error *error) {
    fired(who, operation, result != NULL, error);
}

static void nothing_done(void *who, toklink_op operation, const toklink_error *error) { fired(who, operation, false, error); }

/* A web login whose callback is ready. */
typedef struct {
    char callback[4096], cookies[8192];
} returned;

static void return_from_tiktok(toklink_client *client, returned *login) {
    toklink_login_options options = TOKLINK_LOGIN_OPTIONS_INIT;
    char code[1024];
    options.user_id = "u1";
    options.redirect_uri = "http://127.0.0.1:3000/callback";
    const toklink_login_start *start = toklink_begin_login(client, &options, NULL);
    CHECK(start != NULL);
    consent(emulator, start->authorize_url, "ben.private", code, sizeof code);
    snprintf(login->callback, sizeof login->callback, "code=%s&scopes=user.info.basic&state=%s", code, start->state);
    snprintf(login->cookies, sizeof login->cookies, "%s=%s", start->cookie_name, start->cookie_value);
    toklink_login_start_free(start);
}

typedef enum { REFRESH, EXCHANGE, REVOKE, COMPLETE_LOGIN, CANCEL_PUBLISH, USER_INFO, PUBLISH_STATUS, OPERATIONS } operation_kind;

static const struct {
    const char *endpoint;
    bool changes;
} operations[OPERATIONS] = {
    {"token", true}, {"token", true}, {"revoke", true}, {"token", true}, {"cancel", true}, {"user_info", false}, {"status", false},
};

static toklink_op begin(toklink_client *client, operation_kind kind, const returned *login, waiter *who) {
    toklink_op operation = 0;
    prepare(who);
    switch (kind) {
    case REFRESH: toklink_refresh_tokens(client, "rft.unknown", tokens_done, who, &operation); break;
    case EXCHANGE: toklink_exchange_code(client, "code", "http://127.0.0.1:1/", NULL, tokens_done, who, &operation); break;
    case REVOKE: toklink_revoke(client, "act.unknown", nothing_done, who, &operation); break;
    case COMPLETE_LOGIN: toklink_complete_login(client, login->callback, login->cookies, "u1", login_done, who, &operation); break;
    case CANCEL_PUBLISH: toklink_cancel_publish(client, open_id, "v_pub_url~v2.1", nothing_done, who, &operation); break;
    case USER_INFO: toklink_user_info(client, open_id, user_done, who, &operation); break;
    default: toklink_publish_status(client, open_id, "v_pub_url~v2.1", publish_done, who, &operation); break;
    }
    CHECK(operation > 0);
    return operation;
}

/* TikTok may have received a change whose response is missing. Reads never count. */
static void stopped_operation_reports_if_it_may_have_been_sent(bool by_time) {
    for (int kind = 0; kind < OPERATIONS; kind += 1) {
        toklink_options options = stored();
        returned login;
        waiter who;
        options.timeout_ms = by_time ? 700 : 0;
        toklink_client *client = client_of(options);
        return_from_tiktok(client, &login);
        hang(operations[kind].endpoint, 3000);
        toklink_op operation = begin(client, (operation_kind)kind, &login, &who);
        wait_until_hung();
        if (!by_time) CHECK(toklink_cancel(client, operation));
        wait_for(&who);
        CHECK(who.status == (by_time ? TOKLINK_ERR_UNAVAILABLE : TOKLINK_ERR_CANCELLED));
        CHECK(who.reason == (by_time ? TOKLINK_REASON_TIMED_OUT : TOKLINK_REASON_OTHER));
        CHECK(who.may_have_been_sent == operations[kind].changes);
        work_again();
        toklink_client_free(client);
    }
}

static void read_without_a_response_counts_as_not_sent(void) {
    toklink_options options = stored();
    const toklink_user *info = NULL;
    toklink_error *error = NULL;
    options.request_timeout_ms = 50;
    toklink_client *client = client_of(options);
    hang("user_info", 600);
    CHECK(took((info = toklink_user_info_blocking(client, open_id, seen_at())) != NULL, &error) == TOKLINK_ERR_UNAVAILABLE);
    CHECK(!error->may_have_been_sent);
    toklink_error_free(error);
    work_again();
    toklink_client_free(client);
}

static void collection_fails_after_its_timeout(void) {
    toklink_client *client = client_of(stored());
    toklink_collect_options options = TOKLINK_COLLECT_OPTIONS_INIT;
    toklink_error *error = NULL;
    const toklink_collect_report *report = NULL;
    options.timeout_ms = 100;
    hang("user_info", 2000);
    CHECK(took((report = toklink_collect_metrics_blocking(client, &options, seen_at())) != NULL, &error) == TOKLINK_ERR_UNAVAILABLE);
    CHECK(error->reason == TOKLINK_REASON_TIMED_OUT && error->retryable && !error->may_have_been_sent);
    CHECK(is(error->operation, "collect_metrics"));
    toklink_error_free(error);
    work_again();
    options.timeout_ms = 60000;
    must(took((report = toklink_collect_metrics_blocking(client, &options, seen_at())) != NULL, &error), error);
    CHECK(report->complete && report->collected > 0);
    toklink_collect_report_free(report);
    toklink_client_free(client);
}

static void journal_records_the_timeout_of_a_publish(void) {
    toklink_client *client = client_of(stored());
    toklink_publish_options post = TOKLINK_PUBLISH_OPTIONS_INIT;
    const toklink_publish *outcome = NULL;
    const toklink_publish_record *record = NULL;
    toklink_error *error = NULL;
    post.account = open_id;
    post.path = video;
    post.privacy_level = "SELF_ONLY";
    post.idempotency_key = "late";
    post.timeout_ms = 500;
    hang("upload", 5000);
    CHECK(took((outcome = toklink_publish_video_blocking(client, &post, seen_at())) != NULL, &error) == TOKLINK_ERR_UNAVAILABLE);
    CHECK(error->reason == TOKLINK_REASON_TIMED_OUT && error->safe_to_repeat && is(error->idempotency_key, "late"));
    toklink_error_free(error);
    must(toklink_find_publish(client, open_id, "late", &record, &error), error);
    CHECK(record->last_error->reason == TOKLINK_REASON_TIMED_OUT && record->last_error->status == TOKLINK_ERR_UNAVAILABLE);
    toklink_publish_record_free(record);
    work_again();
    post.timeout_ms = 0;
    must(took((outcome = toklink_publish_video_blocking(client, &post, seen_at())) != NULL, &error), error);
    toklink_publish_free(outcome);
    toklink_client_free(client);
}

/* Advances the emulator's clock beyond the life of the access token, so that the next read refreshes it. */
static void expire_the_token(void) { control("POST", "/_emulator/clock", "{\"advance_ms\":8000000}"); }

/* TikTok replaces the tokens before it responds, so an abandoned refresh would disconnect the account. */
static void free_waits_for_the_response_to_a_refresh(void) {
    waiter who;
    toklink_error *error = NULL;
    const toklink_user *info = NULL;
    control("POST", "/_emulator/settings", "{\"rotation\":\"always\"}");
    toklink_client *client = client_of(stored());
    control("POST", "/_emulator/faults", "[{\"endpoint\":\"token\",\"times\":1,\"throttle\":{\"bytes\":40,\"every_ms\":100}}]");
    prepare(&who);
    toklink_user_info(client, open_id, user_done, &who, NULL);
    wait_until_hung();
    toklink_client_free(client);
    CHECK(who.fired == 1 && who.status == TOKLINK_ERR_CANCELLED);
    work_again();
    client = client_of(stored());
    must(took((info = toklink_user_info_blocking(client, open_id, seen_at())) != NULL, &error), error);
    toklink_user_free(info);
    toklink_client_free(client);
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(video, sizeof video, "%s/media/good.mp4", arguments[2]);
    snprintf(database, sizeof database, "%s/cancellation.sqlite", arguments[1]);
    remove(database);
    toklink_client *client = client_of(stored());
    desktop_sign_in(client, emulator, "ana.makes", open_id, sizeof open_id);
    toklink_client_free(client);
    stopped_operation_reports_if_it_may_have_been_sent(false);
    stopped_operation_reports_if_it_may_have_been_sent(true);
    read_without_a_response_counts_as_not_sent();
    collection_fails_after_its_timeout();
    journal_records_the_timeout_of_a_publish();
    expire_the_token();
    free_waits_for_the_response_to_a_refresh();
    printf("%u checks passed\n", checks_done);
    return 0;
}
