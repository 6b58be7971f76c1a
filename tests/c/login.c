/* Logins of a web host, tokens that a host stores itself, and encryption keys. Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "event_queue.h"
#include "memory_store.h"
#include "waiter.h"

#define CALLBACK "https://spike.land/api/social/tiktok/callback"
#define NEW_KEY "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"

static const char *emulator;
static rows table;

static toklink_login_request *login_request(void) {
    toklink_login_request *request = toklink_login_request_new();
    CHECK(toklink_login_request_set_user_id(request, text("person-1"), NULL) == TOKLINK_OK);
    CHECK(toklink_login_request_set_tenant(request, text("acme"), NULL) == TOKLINK_OK);
    CHECK(toklink_login_request_set_redirect_uri(request, text(CALLBACK), NULL) == TOKLINK_OK);
    CHECK(toklink_login_request_set_return_to(request, text("/settings"), NULL) == TOKLINK_OK);
    return request;
}

static void cookies_of(const toklink_login_start *start, char *out, size_t size) {
    int length = snprintf(out, size, "other=1; %s=%s", toklink_login_start_cookie_name(start).data,
                          toklink_login_start_cookie_value(start).data);
    CHECK(length > 0 && (size_t)length < size);
}

static void a_web_login_is_finished_by_who_began_it(toklink_client *client) {
    toklink_login_request *request = login_request();
    toklink_login_start *start = NULL, *second = NULL;
    toklink_login_inspection *inspection = NULL;
    toklink_login_result *result = NULL;
    toklink_error *error = NULL;
    char code[1024], callback[4096], cookies[4096], foreign[4096];
    must(toklink_client_begin_login(client, request, &start, &error), error);
    must(toklink_client_begin_login(client, request, &second, &error), error);
    toklink_login_request_free(request);
    CHECK(!is(toklink_login_start_cookie_name(start), toklink_login_start_cookie_name(second).data));
    CHECK(!is(toklink_login_start_state(start), toklink_login_start_state(second).data));
    CHECK(toklink_login_start_cookie_max_age_ms(start) == 600000);
    const char *url = toklink_login_start_authorize_url(start).data;
    CHECK(strstr(url, toklink_login_start_state(start).data) != NULL && strstr(url, SECRET) == NULL);
    consent(emulator, url, "ana.makes", code, sizeof code);
    snprintf(callback, sizeof callback, CALLBACK "?code=%s&state=%s", code, toklink_login_start_state(start).data);
    cookies_of(start, cookies, sizeof cookies);
    cookies_of(second, foreign, sizeof foreign);

    CHECK(toklink_client_inspect_login(client, text(callback), text(foreign), &inspection, NULL) == TOKLINK_ERR_INTEGRITY);
    must(toklink_client_inspect_login(client, text(callback), text(cookies), &inspection, &error), error);
    CHECK(is(toklink_login_inspection_tenant(inspection), "acme") && is(toklink_login_inspection_return_to(inspection), "/settings"));
    CHECK(is(toklink_login_inspection_user_id(inspection), "person-1"));
    CHECK(is(toklink_login_inspection_cookie_name(inspection), toklink_login_start_cookie_name(start).data));
    toklink_login_inspection_free(inspection);

    CHECK(toklink_client_complete_login(client, text(callback), text(cookies), text("person-2"), &result, NULL) ==
          TOKLINK_ERR_PERMISSION_DENIED);
    must(toklink_client_complete_login(client, text(callback), text(cookies), text("person-1"), &result, &error), error);
    const toklink_account *account = toklink_login_result_account(result);
    CHECK(is(toklink_account_username(account), "ana.makes") && is(toklink_account_connected_by(account), "person-1"));
    CHECK(is(toklink_account_tenant(account), "acme") && toklink_account_avatar_url(account).len > 0);
    CHECK(toklink_account_connected_at_ms(account) > 0);
    CHECK(toklink_account_token_expires_at_ms(account) > toklink_account_connected_at_ms(account));
    CHECK(toklink_account_missing_scope_count(account) == 0 && toklink_account_missing_scope_at(account, 0).len == 0);
    CHECK(is(toklink_login_inspection_tenant(toklink_login_result_login(result)), "acme"));
    toklink_login_result_free(result);
    result = NULL;
    CHECK(toklink_client_complete_login(client, text(callback), text(cookies), text("person-1"), &result, NULL) ==
          TOKLINK_ERR_INTEGRITY);
    CHECK(result == NULL);

    /* The user declines in the other tab. */
    snprintf(callback, sizeof callback, CALLBACK "?error=access_denied&state=%s", toklink_login_start_state(second).data);
    CHECK(toklink_client_complete_login(client, text(callback), text(foreign), text("person-1"), &result, &error) ==
          TOKLINK_ERR_UNAUTHORIZED);
    CHECK(toklink_error_owner(error) == TOKLINK_OWNER_USER);
    toklink_error_free(error);
    toklink_login_start_free(start);
    toklink_login_start_free(second);
}

/* The authorize URL and the name of the browser's user. */
typedef struct {
    const char *url, *redirect_uri;
} browser;

static void *comes_back(void *given) {
    const browser *user = given;
    char code[1024], reply[4096];
    consent(emulator, user->url, "ben.private", code, sizeof code);
    come_back(user->redirect_uri, user->url, code, reply, sizeof reply);
    CHECK(strstr(reply, "HTTP/1.1 200") == reply);
    return NULL;
}

static void a_desktop_login_may_be_waited_for(toklink_client *client) {
    toklink_login_request *request = toklink_login_request_new();
    toklink_desktop_login *login = NULL;
    toklink_login_result *result = NULL;
    toklink_error *error = NULL;
    pthread_t thread;
    CHECK(toklink_login_request_add_scope(request, text("user.info.basic"), NULL) == TOKLINK_OK);
    CHECK(toklink_login_request_add_scope(request, text("research.adlib.basic"), NULL) == TOKLINK_OK);
    must(toklink_desktop_login_begin(client, request, &login, &error), error);
    toklink_login_request_free(request);
    browser user = {toklink_desktop_login_url(login).data, toklink_desktop_login_redirect_uri(login).data};
    CHECK(pthread_create(&thread, NULL, comes_back, &user) == 0);
    must(toklink_desktop_login_wait(client, login, &result, &error), error);
    CHECK(pthread_join(thread, NULL) == 0);
    const toklink_account *account = toklink_login_result_account(result);
    CHECK(is(toklink_account_missing_scope_at(account, 0), "research.adlib.basic"));
    toklink_login_result_free(result);
    toklink_desktop_login_free(login);
}

static void a_link_leads_where_it_is_told(toklink_client *client) {
    toklink_authorize_link *link = toklink_authorize_link_new();
    toklink_buf url = {NULL, 0};
    toklink_error *error = NULL;
    CHECK(toklink_authorize_link_set_state(link, text("unguessable-state-of-a-test"), NULL) == TOKLINK_OK);
    CHECK(toklink_client_authorize_url(client, link, &url, NULL) == TOKLINK_ERR_CONFIG && url.data == NULL);
    CHECK(toklink_authorize_link_set_redirect_uri(link, text(CALLBACK), NULL) == TOKLINK_OK);
    must(toklink_client_authorize_url(client, link, &url, &error), error);
    CHECK(strstr(url.data, "redirect_uri=https%3A%2F%2Fspike.land%2F") != NULL);
    toklink_buf_free(&url);
    toklink_authorize_link_free(link);
}

static void a_host_may_keep_tokens_itself(toklink_client *client) {
    toklink_tokens *tokens = NULL, *renewed = NULL;
    toklink_error *error = NULL;
    char reply[8192], code[1024];
    int64_t end = 0;
    ask(emulator, "POST", "/_emulator/grant",
        "{\"client_key\":\"" CLIENT_KEY "\",\"username\":\"ben.private\",\"scopes\":[\"user.info.basic\",\"video.list\"],"
        "\"redirect_uri\":\"" CALLBACK "\"}",
        reply, sizeof reply);
    between(reply, "\"code\":\"", "\"", code, sizeof code);
    must(toklink_client_exchange_code(client, text(code), text(CALLBACK), text(""), &tokens, &error), error);
    CHECK(toklink_tokens_access_token(tokens).len > 10 && toklink_tokens_open_id(tokens).len > 10);
    CHECK(toklink_tokens_scope_count(tokens) == 2 && is(toklink_tokens_scope_at(tokens, 0), "user.info.basic"));
    CHECK(toklink_tokens_scope_at(tokens, 2).len == 0);
    CHECK(toklink_tokens_refresh_expires_at_ms(tokens, &end) && end > toklink_tokens_access_expires_at_ms(tokens));
    CHECK(toklink_client_exchange_code(client, text(code), text(CALLBACK), text(""), &renewed, &error) ==
          TOKLINK_ERR_UNAUTHORIZED);
    CHECK(strstr(toklink_error_message(error).data, code) == NULL);
    toklink_error_free(error);

    must(toklink_client_refresh_tokens(client, toklink_tokens_refresh_token(tokens), &renewed, &error), error);
    CHECK(is(toklink_tokens_open_id(renewed), toklink_tokens_open_id(tokens).data));
    CHECK(!is(toklink_tokens_access_token(renewed), toklink_tokens_access_token(tokens).data));
    must(toklink_client_revoke(client, toklink_tokens_access_token(renewed), &error), error);
    toklink_tokens *dead = NULL;
    CHECK(toklink_client_refresh_tokens(client, toklink_tokens_refresh_token(renewed), &dead, NULL) == TOKLINK_ERR_UNAUTHORIZED);
    CHECK(dead == NULL);
    toklink_tokens_free(tokens);
    toklink_tokens_free(renewed);
}

static toklink_client *with_keys(const char *keys) {
    toklink_client_options *options = options_for(emulator);
    toklink_store_callbacks store = {&table, rows_get, rows_swap, rows_list, NULL};
    CHECK(toklink_client_options_set_store(options, &store, NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_encryption_keys(options, text(keys), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_accept_legacy(options, true, NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_relay_from_loopback(options, false, NULL) == TOKLINK_OK);
    return client_of(options);
}

static bool counts(void *user_data, const toklink_reseal_progress *progress) {
    waiter *who = user_data;
    uint64_t total = 0;
    CHECK(toklink_reseal_progress_total(progress, &total) && total == 1 && toklink_reseal_progress_done(progress) == 1);
    CHECK(toklink_reseal_progress_failed(progress) + toklink_reseal_progress_skipped(progress) == 0);
    CHECK(toklink_reseal_progress_resealed(progress) <= 1 && toklink_reseal_progress_current(progress) == 0);
    who->progress += 1;
    return true;
}

static void resealed(void *user_data, uint64_t operation, toklink_status status, toklink_reseal_report *report,
                     toklink_error *error) {
    fired(user_data, operation, status, report, error);
}

static toklink_reseal_report *reseal(toklink_client *client, uint32_t flags) {
    uint64_t operation = 0;
    waiter who;
    prepare(&who);
    CHECK(toklink_client_reseal_accounts_async(client, flags, counts, resealed, &who, &operation, NULL) == TOKLINK_OK);
    wait_for(&who);
    must(who.status, who.error);
    CHECK(who.progress == 1 && who.operation == operation && who.fired == 1);
    return who.result;
}

static void a_key_is_changed_while_the_account_is_used(const char *open_id) {
    event_queue events;
    toklink_client *client = with_keys("2027:" NEW_KEY ",2026:" KEY);
    toklink_creator_info *creator = NULL;
    toklink_error *error = NULL;
    subscribe(client, &events);
    toklink_reseal_report *report = reseal(client, TOKLINK_RESEAL_CHECK_ONLY);
    CHECK(toklink_reseal_report_outstanding(report) == 1 && toklink_reseal_report_resealed(report) == 0);
    CHECK(toklink_reseal_report_key_count(report) == 1 && is(toklink_reseal_report_key_at(report, 0), "2026 1"));
    CHECK(is(toklink_reseal_report_sealing_key(report), "2027") && toklink_reseal_report_legacy(report) == 0);
    toklink_reseal_report_free(report);

    report = reseal(client, 0);
    CHECK(toklink_reseal_report_done(report) == 1 && toklink_reseal_report_resealed(report) == 1);
    CHECK(toklink_reseal_report_outstanding(report) == 0 && toklink_reseal_report_current(report) == 0);
    CHECK(toklink_reseal_report_skipped(report) == 0 && toklink_reseal_report_failed(report) == 0);
    CHECK(toklink_reseal_report_failure_count(report) == 0 && toklink_reseal_report_failure_at(report, 0).len == 0);
    CHECK(is(toklink_reseal_report_key_at(report, 0), "2027 1"));
    toklink_reseal_report_free(report);
    recorded_event retired = next_event(&events, TOKLINK_EVENT_KEY_RETIRED);
    CHECK(strcmp(retired.key, "2026") == 0 && retired.open_id[0] == '\0');
    toklink_client_free(client);

    client = with_keys("2027:" NEW_KEY);
    must(toklink_client_creator_info(client, text(""), text(open_id), &creator, &error), error);
    CHECK(toklink_creator_info_nickname(creator).len > 0 && toklink_creator_info_avatar_url(creator).len > 0);
    toklink_creator_info_free(creator);
    CHECK(toklink_client_reseal_accounts_async(client, 0, NULL, NULL, NULL, NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_client_reseal_accounts(client, 8, &report, NULL) == TOKLINK_ERR_INVALID_INPUT);

    /* An export writes the old format, and the next reseal restores the current one. */
    must(toklink_client_reseal_accounts(client, TOKLINK_RESEAL_TO_LEGACY, &report, &error), error);
    CHECK(toklink_reseal_report_resealed(report) == 1 && toklink_reseal_report_legacy(report) == 1);
    CHECK(toklink_reseal_report_key_count(report) == 0 && toklink_reseal_report_outstanding(report) == 0);
    toklink_reseal_report_free(report);
    must(toklink_client_reseal_accounts(client, TOKLINK_RESEAL_ACCEPT_CLEAR_TEXT, &report, &error), error);
    CHECK(toklink_reseal_report_resealed(report) == 1 && toklink_reseal_report_legacy(report) == 0);
    CHECK(toklink_reseal_report_older_key(report) == 0 && toklink_reseal_report_clear_text(report) == 0);
    toklink_reseal_report_free(report);
    toklink_client_free(client);

    /* The old key alone decrypts nothing now. The account reports that and stays unchanged. */
    client = with_keys("2026:" KEY);
    must(toklink_client_reseal_accounts(client, 0, &report, &error), error);
    CHECK(toklink_reseal_report_failed(report) == 1 && toklink_reseal_report_failure_count(report) == 1);
    CHECK(strstr(toklink_reseal_report_failure_at(report, 0).data, open_id) != NULL);
    toklink_reseal_report_free(report);
    toklink_client_free(client);
}

int main(int count, char **arguments) {
    char open_id[128];
    CHECK(count == 4);
    emulator = arguments[3];
    toklink_client *client = client_of(options_for(emulator));
    a_web_login_is_finished_by_who_began_it(client);
    a_desktop_login_may_be_waited_for(client);
    a_link_leads_where_it_is_told(client);
    a_host_may_keep_tokens_itself(client);
    toklink_client_free(client);

    pthread_mutex_init(&table.lock, NULL);
    client = with_keys("2026:" KEY);
    desktop_sign_in(client, emulator, "ana.makes", open_id, sizeof open_id);
    toklink_client_free(client);
    a_key_is_changed_while_the_account_is_used(open_id);
    rows_destroy(&table);
    printf("%u checks passed\n", checks_done);
    return 0;
}
