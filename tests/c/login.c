/* Logins of a web host, host-managed tokens, and encryption keys. Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "event_queue.h"
#include "http_listener.h"
#include "memory_store.h"
#include "waiter.h"

#include <time.h>

#define CALLBACK "https://spike.land/api/social/tiktok/callback"
#define NEW_KEY "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"

static const char *emulator;
static rows table;

static toklink_login_options login_request(void) {
    toklink_login_options request = TOKLINK_LOGIN_OPTIONS_INIT;
    request.user_id = "person-1";
    request.tenant = "acme";
    request.redirect_uri = CALLBACK;
    request.return_to = "/settings";
    return request;
}

static void cookies_of(const toklink_login_start *start, char *out, size_t size) {
    int length = snprintf(out, size, "other=1; %s=%s", start->cookie_name,
                          start->cookie_value);
    CHECK(length > 0 && (size_t)length < size);
}

static void only_the_user_who_started_a_web_login_completes_it(toklink_client *client) {
    toklink_login_options request = login_request();
    const toklink_login_start *start = NULL, *second = NULL;
    const toklink_login_inspection *inspection = NULL;
    const toklink_login_result *result = NULL;
    toklink_error *error = NULL;
    char code[1024], callback[4096], cookies[4096], foreign[4096];
    must(took((start = toklink_begin_login(client, &request, seen_at())) != NULL, &error), error);
    must(took((second = toklink_begin_login(client, &request, seen_at())) != NULL, &error), error);
    CHECK(!is(start->cookie_name, second->cookie_name));
    CHECK(!is(start->state, second->state));
    CHECK(start->cookie_max_age_ms == 600000);
    const char *url = start->authorize_url;
    CHECK(strstr(url, start->state) != NULL && strstr(url, SECRET) == NULL);
    consent(emulator, url, "ana.makes", code, sizeof code);
    snprintf(callback, sizeof callback, CALLBACK "?code=%s&state=%s", code, start->state);
    cookies_of(start, cookies, sizeof cookies);
    cookies_of(second, foreign, sizeof foreign);

    CHECK(took((inspection = toklink_inspect_login(client, callback, foreign, seen_at())) != NULL, NULL) == TOKLINK_ERR_INTEGRITY);
    must(took((inspection = toklink_inspect_login(client, callback, cookies, seen_at())) != NULL, &error), error);
    CHECK(is(inspection->tenant, "acme") && is(inspection->return_to, "/settings"));
    CHECK(is(inspection->user_id, "person-1"));
    CHECK(is(inspection->cookie_name, start->cookie_name));
    toklink_login_inspection_free(inspection);

    CHECK(took((result = toklink_complete_login_blocking(client, callback, cookies, "person-2", seen_at())) != NULL, NULL) ==
          TOKLINK_ERR_PERMISSION_DENIED);
    must(took((result = toklink_complete_login_blocking(client, callback, cookies, "person-1", seen_at())) != NULL, &error), error);
    const toklink_account *account = result->account;
    CHECK(is(account->username, "ana.makes") && is(account->connected_by, "person-1"));
    CHECK(is(account->tenant, "acme") && account->avatar_url[0] != 0);
    CHECK(account->connected_at_ms > 0);
    CHECK(account->token_expires_at_ms > account->connected_at_ms);
    CHECK(account->missing_scope_count == 0);
    CHECK(is(account->id, account_of("acme", account->open_id)));
    CHECK(is(result->login->tenant, "acme"));
    toklink_login_result_free(result);
    result = NULL;
    CHECK(took((result = toklink_complete_login_blocking(client, callback, cookies, "person-1", seen_at())) != NULL, NULL) ==
          TOKLINK_ERR_INTEGRITY);
    CHECK(result == NULL);

    /* The user declines in the other tab. */
    snprintf(callback, sizeof callback, CALLBACK "?error=access_denied&state=%s", second->state);
    CHECK(took((result = toklink_complete_login_blocking(client, callback, foreign, "person-1", seen_at())) != NULL, &error) ==
          TOKLINK_ERR_UNAUTHORIZED);
    CHECK(error->owner == TOKLINK_OWNER_USER);
    toklink_error_free(error);
    toklink_login_start_free(start);
    toklink_login_start_free(second);
}

static void blocking_desktop_login_connects_the_account(toklink_client *client) {
    browser user = {emulator, "ben.private", ""};
    const char *scopes[] = {"user.info.basic", "research.adlib.basic"};
    toklink_login_options request = TOKLINK_LOGIN_OPTIONS_INIT;
    const toklink_account *account = NULL;
    toklink_error *error = NULL;
    request.scopes = scopes;
    request.scope_count = 2;
    request.redirect_uri = "http://localhost:0/signed-in/";
    CHECK(took((account = toklink_login_blocking(client, &request, NULL, &user, seen_at())) != NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    request.redirect_uri = "http://example.test/callback/";
    CHECK(took((account = toklink_login_blocking(client, &request, browses, &user, seen_at())) != NULL, NULL) == TOKLINK_ERR_CONFIG);
    request.redirect_uri = NULL;
    must(took((account = toklink_login_blocking(client, &request, grants_the_usual, &user, seen_at())) != NULL, &error), error);
    CHECK(strstr(user.reply, "HTTP/1.1 200") == user.reply && is(account->missing_scopes[0], "research.adlib.basic"));
    toklink_account_free(account);
}

/* State of `returns_with`. */
typedef struct {
    const char *query;
    char reply[8192];
} refused_browser;

/* Returns to the loopback page with an error, as TikTok's consent page does. */
static bool returns_with(void *user_data, const char *url) {
    refused_browser *user = user_data;
    char redirect[512], state[512], target[2048];
    between(url, "redirect_uri=", "&", redirect, sizeof redirect);
    decode(redirect);
    between(url, "state=", "&", state, sizeof state);
    snprintf(target, sizeof target, "%s?%s&state=%s", redirect, user->query, state);
    follow(target, user->reply, sizeof user->reply);
    return true;
}

static void refusal_by_the_consent_page_is_reported(toklink_client *client) {
    const struct { const char *query; toklink_status status; toklink_reason reason; } refusals[] = {
        {"error=access_denied", TOKLINK_ERR_UNAUTHORIZED, TOKLINK_REASON_LOGIN_DECLINED},
        {"error=invalid_scope&error_description=scope", TOKLINK_ERR_PERMISSION_DENIED, TOKLINK_REASON_LOGIN_REFUSED},
        {"error=invalid_client&errCode=10033", TOKLINK_ERR_CONFIG, TOKLINK_REASON_LOGIN_REFUSED},
    };
    toklink_login_options request = TOKLINK_LOGIN_OPTIONS_INIT;
    request.error_page_html = "<html lang=\"de\"><h1>Anmeldung fehlgeschlagen</h1>{message}</html>";
    for (unsigned place = 0; place < 3; place += 1) {
        refused_browser user = {refusals[place].query, ""};
        toklink_error *error = NULL;
        const toklink_account *account = NULL;
        CHECK(took((account = toklink_login_blocking(client, &request, returns_with, &user, seen_at())) != NULL, &error) == refusals[place].status);
        CHECK(error->reason == refusals[place].reason && is(error->operation, "login"));
        CHECK(strstr(user.reply, "Anmeldung fehlgeschlagen") != NULL && strstr(user.reply, "{message}") == NULL);
        toklink_error_free(error);
    }
}

/* Opens the consent page, which reports an invalid parameter, and does not return. */
static bool sees_the_refusal(void *user_data, const char *url) {
    char *reply = user_data;
    follow(url, reply, 8192);
    return true;
}

/* A browser that sends extra bytes and reads the page late or never. */
typedef struct {
    const char *emulator;
    bool reads;
    size_t received;
} slow_browser;

static bool browses_slowly(void *user_data, const char *url) {
    slow_browser *user = user_data;
    char code[1024], redirect[512], state[512], base[128], head[4096], piece[4096];
    between(url, "redirect_uri=", "&", redirect, sizeof redirect);
    decode(redirect);
    between(url, "state=", "&", state, sizeof state);
    consent(user->emulator, url, "ana.makes", code, sizeof code);
    const char *path = strchr(redirect + strlen("http://"), '/');
    snprintf(base, sizeof base, "%.*s", (int)(path - redirect), redirect);
    int connection = connected(base);
    int length = snprintf(head, sizeof head, "GET %s?code=%s&scopes=user.info.basic&state=%s HTTP/1.1\r\nHost: %s\r\n\r\nunread", path,
                          code, state, base + strlen("http://"));
    CHECK(write(connection, head, (size_t)length) == length);
    if (!user->reads) return true;
    struct timespec pause = {0, 100000000};
    nanosleep(&pause, NULL);
    for (ssize_t count; (count = read(connection, piece, sizeof piece)) > 0;) user->received += (size_t)count;
    close(connection);
    return true;
}

static void large_done_page_is_sent_completely(toklink_client *client) {
    const size_t size = 1024 * 1024;
    slow_browser user = {emulator, true, 0};
    toklink_error *error = NULL;
    const toklink_account *account = NULL;
    toklink_login_options options = login_request();
    options.redirect_uri = NULL;
    char *page = malloc(size + 2);
    CHECK(page != NULL);
    memset(page, 'x', size + 1);
    page[size + 1] = '\0';
    options.done_page_html = page;
    CHECK(took((account = toklink_login_blocking(client, &options, browses_slowly, &user, seen_at())) != NULL, &error) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(strstr(error->message, "done_page_html has 1048577 bytes; use at most 1048576") != NULL);
    toklink_error_free(error);
    page[size] = '\0';
    for (int reads = 1; reads >= 0; reads -= 1) {
        struct timespec before, after;
        user = (slow_browser){emulator, reads, 0};
        clock_gettime(CLOCK_MONOTONIC, &before);
        must(took((account = toklink_login_blocking(client, &options, browses_slowly, &user, seen_at())) != NULL, &error), error);
        clock_gettime(CLOCK_MONOTONIC, &after);
        toklink_account_free(account);
        CHECK(after.tv_sec - before.tv_sec < 10);
        CHECK(!reads || user.received > size);
    }
    free(page);
}

static void refusal_without_a_redirect_times_the_login_out(void) {
    char reply[8192] = "";
    toklink_options options = options_for(emulator);
    options.client_key = "awunknown";
    toklink_client *client = client_of(options);
    toklink_login_options request = TOKLINK_LOGIN_OPTIONS_INIT;
    toklink_error *error = NULL;
    const toklink_account *account = NULL;
    request.timeout_ms = 200;
    CHECK(took((account = toklink_login_blocking(client, &request, sees_the_refusal, reply, seen_at())) != NULL, &error) == TOKLINK_ERR_UNAUTHORIZED);
    CHECK(strstr(reply, "client_key") != NULL && error->reason == TOKLINK_REASON_LOGIN_TIMED_OUT);
    CHECK(strstr(error->message, "http://127.0.0.1:") != NULL && strstr(error->message, "developer portal") != NULL);
    toklink_error_free(error);
    toklink_client_free(client);
}

/* If TikTok limits the read of the profile, the login still connects the account, without names. */
static void login_succeeds_when_the_profile_is_rate_limited(void) {
    toklink_client *client = client_of(options_for(emulator));
    browser user = {emulator, "ana.makes", ""};
    const toklink_account *account = NULL;
    toklink_error *error = NULL;
    char reply[8192];
    ask(emulator, "POST", "/_emulator/faults", "[{\"endpoint\":\"user_info\",\"times\":0,\"status\":429,\"code\":\"rate_limit_exceeded\"}]", reply, sizeof reply);
    must(took((account = toklink_login_blocking(client, NULL, browses, &user, seen_at())) != NULL, &error), error);
    CHECK(account->id[0] != 0 && account->display_name[0] == 0 && account->username[0] == 0);
    toklink_account_free(account);
    /* A rate limit of the token request is reported with its pause. */
    ask(emulator, "POST", "/_emulator/faults", "[{\"endpoint\":\"token\",\"times\":0,\"status\":429}]", reply, sizeof reply);
    CHECK(took((account = toklink_login_blocking(client, NULL, browses, &user, seen_at())) != NULL, &error) == TOKLINK_ERR_RATE_LIMITED);
    CHECK(error->retry_after_ms == 60000 && error->retryable);
    toklink_error_free(error);
    ask(emulator, "DELETE", "/_emulator/faults", NULL, reply, sizeof reply);
    toklink_client_free(client);
}

static void authorize_url_contains_the_redirect_uri(toklink_client *client) {
    toklink_authorize_options link = TOKLINK_AUTHORIZE_OPTIONS_INIT;
    char *url = NULL;
    toklink_error *error = NULL;
    link.state = "unguessable-state-of-a-test";
    CHECK(took((url = toklink_authorize_url(client, &link, seen_at())) != NULL, NULL) == TOKLINK_ERR_CONFIG && url == NULL);
    link.redirect_uri = CALLBACK;
    must(took((url = toklink_authorize_url(client, &link, seen_at())) != NULL, &error), error);
    CHECK(strstr(url, "redirect_uri=https%3A%2F%2Fspike.land%2F") != NULL);
    toklink_text_free(url);
}

static void host_can_store_tokens_itself(toklink_client *client) {
    const toklink_tokens *tokens = NULL, *renewed = NULL;
    toklink_error *error = NULL;
    char reply[8192], code[1024];
    int64_t end = 0;
    ask(emulator, "POST", "/_emulator/grant",
        "{\"client_key\":\"" CLIENT_KEY "\",\"username\":\"ben.private\",\"scopes\":[\"user.info.basic\",\"video.list\"],"
        "\"redirect_uri\":\"" CALLBACK "\"}",
        reply, sizeof reply);
    between(reply, "\"code\":\"", "\"", code, sizeof code);
    must(took((tokens = toklink_exchange_code_blocking(client, code, CALLBACK, "", seen_at())) != NULL, &error), error);
    CHECK(tokens->access_token[0] != 0 && tokens->open_id[0] != 0);
    CHECK(tokens->scope_count == 2 && is(tokens->scopes[0], "user.info.basic"));
    CHECK(((end = tokens->refresh_expires_at_ms) >= 0) && end > tokens->access_expires_at_ms);
    CHECK(took((renewed = toklink_exchange_code_blocking(client, code, CALLBACK, "", seen_at())) != NULL, &error) ==
          TOKLINK_ERR_UNAUTHORIZED);
    CHECK(strstr(error->message, code) == NULL);
    toklink_error_free(error);

    must(took((renewed = toklink_refresh_tokens_blocking(client, tokens->refresh_token, seen_at())) != NULL, &error), error);
    CHECK(is(renewed->open_id, tokens->open_id));
    CHECK(!is(renewed->access_token, tokens->access_token));
    must(toklink_revoke_blocking(client, renewed->access_token, &error), error);
    const toklink_tokens *dead = NULL;
    CHECK(took((dead = toklink_refresh_tokens_blocking(client, renewed->refresh_token, seen_at())) != NULL, NULL) == TOKLINK_ERR_UNAUTHORIZED);
    CHECK(dead == NULL);
    toklink_tokens_free(tokens);
    toklink_tokens_free(renewed);
}

/* Repeats the decoded form of a token request in the description of its error. */
static size_t repeats(void *user_data, const char *request, const char *body, size_t body_bytes, char *reply, size_t size) {
    char form[2048], json[3000];
    (void)user_data, (void)request;
    CHECK(body_bytes < sizeof form);
    snprintf(form, sizeof form, "%.*s", (int)body_bytes, body);
    decode(form);
    for (char *place = form; *place != 0; place += 1) *place = *place == '&' ? ' ' : *place;
    int length = snprintf(json, sizeof json, "{\"error\":\"invalid_request\",\"error_description\":\"cannot read %s\",\"log_id\":\"2026\"}", form);
    return (size_t)snprintf(reply, size, "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", length, json);
}

static void oauth_errors_contain_no_secrets(void) {
    const char *secrets[] = {"Zq7canary-secret", "Zq7canary-code", "Zq7canary-verifier", "Zq7canary-token"};
    listener here;
    start_listening(&here, repeats, NULL);
    toklink_options options = options_for(here.url);
    options.client_secret = secrets[0];
    toklink_client *client = client_of(options);
    for (unsigned call = 0; call < 3; call += 1) {
        toklink_error *error = NULL;
        if (call == 0) {
            CHECK(toklink_exchange_code_blocking(client, secrets[1], CALLBACK, secrets[2], &error) == NULL);
        } else if (call == 1) {
            CHECK(toklink_refresh_tokens_blocking(client, secrets[3], &error) == NULL);
        } else {
            CHECK(toklink_revoke_blocking(client, secrets[3], &error) != TOKLINK_OK);
        }
        CHECK(strstr(error->message, "TikTok's description: cannot read ") != NULL && strstr(error->message, "[redacted]") != NULL);
        CHECK(strstr(error->message, "Zq7") == NULL && strstr(error->message, CLIENT_KEY) != NULL && is(error->log_id, "2026"));
        toklink_error_free(error);
    }
    toklink_client_free(client);
    stop_listening(&here);
}

static toklink_client *with_keys(const char *keys) {
    toklink_options options = options_for(emulator);
    toklink_store store = store_on(&table);
    options.store = &store;
    options.encryption_keys = keys;
    options.accept_legacy = true;
    options.relay_from_loopback = false;
    return client_of(options);
}

static bool counts(void *user_data, const toklink_reseal_progress *progress) {
    waiter *who = user_data;
    CHECK(progress->total == 1 && progress->done == 1);
    CHECK(progress->failed + progress->skipped == 0);
    CHECK(progress->resealed <= 1 && progress->current == 0);
    who->progress += 1;
    return true;
}

/* The report lives only during the completion, so the completion checks it. */
typedef struct {
    waiter who;
    bool checks_only;
} resealing;

static bool counted(void *user_data, const toklink_reseal_progress *progress) {
    return counts(&((resealing *)user_data)->who, progress);
}

static void resealed(void *user_data, toklink_op operation, const toklink_reseal_report *report, const toklink_error *error) {
    resealing *from = user_data;
    CHECK(report != NULL && report->key_count == 1 && is(report->sealing_key, "2027") && report->legacy == 0);
    CHECK(report->current == 0 && report->skipped == 0 && report->failed == 0 && report->failure_count == 0);
    CHECK(report->keys[0]->accounts == 1 && is(report->keys[0]->name, from->checks_only ? "2026" : "2027"));
    CHECK(report->outstanding == (from->checks_only ? 1 : 0) && report->resealed == (from->checks_only ? 0 : 1));
    fired(&from->who, operation, report != NULL, error);
}

static void reseals(toklink_client *client, bool check_only) {
    toklink_op operation = 0;
    resealing from;
    toklink_reseal_options options = TOKLINK_RESEAL_OPTIONS_INIT;
    prepare(&from.who);
    from.checks_only = check_only;
    options.check_only = check_only;
    options.progress = counted;
    toklink_reseal_accounts(client, &options, resealed, &from, &operation);
    succeeds(&from.who);
    CHECK(from.who.progress == 1 && from.who.operation == operation);
}

static void key_can_be_changed_while_the_account_is_used(const char *open_id) {
    event_queue events;
    toklink_client *client = with_keys("2027:" NEW_KEY ",2026:" KEY);
    const toklink_creator *creator = NULL;
    toklink_error *error = NULL;
    subscribe(client, &events);
    const toklink_reseal_report *report = NULL;
    toklink_reseal_options options = TOKLINK_RESEAL_OPTIONS_INIT;
    reseals(client, true);
    reseals(client, false);
    recorded_event retired = next_event(&events, TOKLINK_EVENT_KEY_RETIRED);
    CHECK(strcmp(retired.detail, "2026") == 0 && retired.account[0] == '\0');
    toklink_client_free(client);

    client = with_keys("2027:" NEW_KEY);
    must(took((creator = toklink_creator_info_blocking(client, open_id, seen_at())) != NULL, &error), error);
    CHECK(creator->nickname[0] != 0 && creator->avatar_url[0] != 0);
    toklink_creator_free(creator);

    /* An export writes the old format, and the next reseal restores the current one. */
    options.to_legacy = true;
    must(took((report = toklink_reseal_accounts_blocking(client, &options, seen_at())) != NULL, &error), error);
    CHECK(report->resealed == 1 && report->legacy == 1);
    CHECK(report->key_count == 0 && report->outstanding == 0);
    toklink_reseal_report_free(report);
    options.to_legacy = false;
    options.accept_clear_text = true;
    must(took((report = toklink_reseal_accounts_blocking(client, &options, seen_at())) != NULL, &error), error);
    CHECK(report->resealed == 1 && report->legacy == 0);
    CHECK(report->older_key == 0 && report->clear_text == 0);
    toklink_reseal_report_free(report);
    toklink_client_free(client);

    /* The old key alone decrypts nothing now. The account reports that and stays unchanged. */
    client = with_keys("2026:" KEY);
    must(took((report = toklink_reseal_accounts_blocking(client, NULL, seen_at())) != NULL, &error), error);
    CHECK(report->failed == 1 && report->failure_count == 1);
    CHECK(is(report->failures[0]->account, open_id) && report->failures[0]->status == TOKLINK_ERR_INTEGRITY);
    CHECK(report->failures[0]->message[0] != 0);
    toklink_reseal_report_free(report);
    toklink_client_free(client);
}

int main(int count, char **arguments) {
    char open_id[128];
    CHECK(count == 4);
    emulator = arguments[3];
    toklink_client *client = client_of(options_for(emulator));
    only_the_user_who_started_a_web_login_completes_it(client);
    blocking_desktop_login_connects_the_account(client);
    refusal_by_the_consent_page_is_reported(client);
    large_done_page_is_sent_completely(client);
    refusal_without_a_redirect_times_the_login_out();
    login_succeeds_when_the_profile_is_rate_limited();
    authorize_url_contains_the_redirect_uri(client);
    host_can_store_tokens_itself(client);
    oauth_errors_contain_no_secrets();
    toklink_client_free(client);

    pthread_mutex_init(&table.lock, NULL);
    client = with_keys("2026:" KEY);
    desktop_sign_in(client, emulator, "ana.makes", open_id, sizeof open_id);
    toklink_client_free(client);
    key_can_be_changed_while_the_account_is_used(open_id);
    rows_destroy(&table);
    printf("%u checks passed\n", checks_done);
    return 0;
}
