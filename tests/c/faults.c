/* Injects errors and panics at every stage of a call: the host gets the error, and the client still works. Needs the library
   with fault injection (bindings/c-testing). Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "memory_store.h"
#include "waiter.h"

#include <stdatomic.h>

/* The stages of bindings/c/src/testing.rs. */
enum { ENTRY = 1, VALUE, WORK, ANSWER, COMPLETION, STORE, PROGRESS, LOG, FREE };

void toklink_testing_arm(uint32_t stage, bool panics);
bool toklink_testing_disarm(void);

static const char *emulator;
static char video[4096];
static char open_id[128];
static _Atomic unsigned lines, told;

/* `error` is passed by address, because evaluating the first argument sets it. */
static void met(toklink_status status, toklink_error **place, bool panics) {
    toklink_error *error = *place;
    CHECK(!toklink_testing_disarm());
    CHECK(status == (panics ? TOKLINK_ERR_PANIC : TOKLINK_ERR_INTERNAL));
    CHECK(error != NULL);
    CHECK(toklink_error_status(error) == status);
    CHECK(toklink_error_message(error).len > 20);
    CHECK(toklink_error_owner(error) == TOKLINK_OWNER_TOKLINK);
    CHECK(!panics || toklink_error_may_have_been_sent(error));
    toklink_error_free(error);
    *place = NULL;
}

static void note(void *user_data, toklink_log_level level, toklink_str line) {
    (void)user_data;
    CHECK(level != 0 && line.len > 0);
    lines += 1;
}

static void ended(void *user_data) { *(unsigned *)user_data += 1; }

static toklink_status ask_accounts(toklink_client *client, toklink_error **error) {
    toklink_account_list *accounts = NULL;
    toklink_status status = toklink_client_accounts(client, text(""), &accounts, error);
    CHECK((status == TOKLINK_OK) == (accounts != NULL));
    toklink_account_list_free(accounts);
    return status;
}

static void is_well(toklink_client *client) { CHECK(ask_accounts(client, NULL) == TOKLINK_OK); }

static void before_the_work(toklink_client *client, bool panics) {
    toklink_error *error = NULL;
    toklink_client *none = NULL;
    toklink_buf sealed = {NULL, 0};
    toklink_client_options *options = options_for(emulator);
    toklink_testing_arm(ENTRY, panics);
    met(toklink_client_new(options, &none, &error), &error, panics);
    CHECK(none == NULL);
    toklink_testing_arm(ENTRY, panics);
    met(toklink_client_options_set_client_key(options, text("other"), &error), &error, panics);
    unsigned destroyed = 0;
    toklink_testing_arm(ENTRY, panics);
    met(toklink_client_options_set_log(options, note, &destroyed, ended, &error), &error, panics);
    CHECK(destroyed == 1);
    toklink_testing_arm(ENTRY, panics);
    met(toklink_client_seal(client, text("t"), text("a"), text("f"), text("x"), &sealed, &error), &error, panics);
    CHECK(sealed.data == NULL && sealed.len == 0);
    toklink_testing_arm(ENTRY, panics);
    met(toklink_client_close(client, &error), &error, panics);
    /* The caller passes no error. */
    toklink_testing_arm(ENTRY, panics);
    CHECK(ask_accounts(client, NULL) == (panics ? TOKLINK_ERR_PANIC : TOKLINK_ERR_INTERNAL));
    toklink_client_free(client_of(options));
    is_well(client);
}

static void in_a_value(toklink_client *client) {
    toklink_buf sealed = {NULL, 0};
    CHECK(toklink_client_seal(client, text("t"), text("a"), text("f"), text("x"), &sealed, NULL) == TOKLINK_OK);
    toklink_testing_arm(VALUE, true);
    toklink_buf_free(&sealed);
    CHECK(!toklink_testing_disarm() && sealed.data != NULL);
    toklink_buf_free(&sealed);
    toklink_testing_arm(VALUE, true);
    CHECK(toklink_client_options_new() == NULL && !toklink_testing_disarm());
    toklink_testing_arm(VALUE, true);
    CHECK(!toklink_client_cancel(client, 1) && !toklink_testing_disarm());
    toklink_account_list *accounts = NULL;
    CHECK(toklink_client_accounts(client, text(""), &accounts, NULL) == TOKLINK_OK);
    toklink_testing_arm(VALUE, true);
    CHECK(toklink_account_list_len(accounts) == 0 && toklink_account_list_len(accounts) == 1);
    const toklink_account *account = toklink_account_list_at(accounts, 0);
    toklink_testing_arm(VALUE, true);
    CHECK(toklink_account_open_id(account).len == 0 && is(toklink_account_open_id(account), open_id));
    toklink_account_list_free(accounts);
}

static void metrics_done(void *user_data, uint64_t operation, toklink_status status, toklink_account_metrics *metrics,
                         toklink_error *error) {
    fired(user_data, operation, status, metrics, error);
}

static void publish_done(void *user_data, uint64_t operation, toklink_status status, toklink_publish_outcome *outcome,
                         toklink_error *error) {
    fired(user_data, operation, status, outcome, error);
}

static bool hears(void *user_data, const toklink_publish_progress *progress) {
    (void)user_data;
    CHECK(progress != NULL);
    told += 1;
    return true;
}

static toklink_publish_request *request_for(toklink_client *client, const char *key) {
    /* More posts than TikTok accepts in a minute. */
    CHECK(toklink_client_reset_quota(client, text(""), text(open_id), NULL) == TOKLINK_OK);
    toklink_publish_request *request = toklink_publish_request_new();
    CHECK(toklink_publish_request_set_path(request, text(video), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_privacy_level(request, text("SELF_ONLY"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_idempotency_key(request, text(key), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_progress(request, hears, NULL, NULL) == TOKLINK_OK);
    return request;
}

/* Faults on a worker, and between the core's result and the output. */
static void under_way(toklink_client *client, uint32_t stage, bool panics) {
    toklink_error *error = NULL;
    toklink_testing_arm(stage, panics);
    met(ask_accounts(client, &error), &error, panics);
    toklink_user_info *info = NULL;
    toklink_testing_arm(stage, panics);
    met(toklink_client_user_info(client, text(""), text(open_id), &info, &error), &error, panics);
    CHECK(info == NULL);
    char key[64];
    snprintf(key, sizeof key, "under-way-%u-%d", stage, panics);
    toklink_publish_request *request = request_for(client, key);
    toklink_publish_outcome *outcome = NULL;
    toklink_testing_arm(stage, panics);
    met(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error), &error, panics);
    CHECK(outcome == NULL);
    /* The same key posts once, whether or not the fault occurred before the post. */
    error = NULL;
    must(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error), error);
    CHECK(toklink_publish_outcome_state(outcome) == TOKLINK_PUBLISH_COMPLETE);
    toklink_publish_outcome_free(outcome);
    toklink_publish_request_free(request);
    is_well(client);
}

/* The completion is still called exactly once. */
static void behind_a_completion(toklink_client *client, uint32_t stage, bool panics) {
    uint64_t operation = 0;
    waiter who;
    prepare(&who);
    toklink_testing_arm(stage, panics);
    CHECK(toklink_client_account_metrics_async(client, text(""), text(open_id), metrics_done, &who, &operation, NULL) ==
          TOKLINK_OK);
    wait_for(&who);
    CHECK(who.fired == 1 && who.operation == operation && who.result == NULL);
    met(who.status, &who.error, panics);
    CHECK(!toklink_client_cancel(client, operation));

    char key[64];
    snprintf(key, sizeof key, "behind-%u-%d", stage, panics);
    toklink_publish_request *request = request_for(client, key);
    prepare(&who);
    toklink_testing_arm(stage, panics);
    CHECK(toklink_client_publish_video_async(client, text(""), text(open_id), request, publish_done, &who, &operation,
                                             NULL) == TOKLINK_OK);
    wait_for(&who);
    CHECK(who.fired == 1 && who.result == NULL);
    met(who.status, &who.error, panics);
    toklink_publish_request_free(request);
    is_well(client);
}

/* Faults in progress, logs and events lose that report and never the result of the call. */
static void beside_the_answer(toklink_client *client) {
    toklink_error *error = NULL;
    toklink_publish_outcome *outcome = NULL;
    uint64_t operation = 0;
    unsigned before = lines;
    toklink_testing_arm(LOG, true);
    is_well(client);
    CHECK(!toklink_testing_disarm() && lines == before);
    is_well(client);
    CHECK(lines == before + 1);

    waiter who;
    prepare(&who);
    toklink_testing_arm(LOG, true);
    CHECK(toklink_client_account_metrics_async(client, text(""), text(open_id), metrics_done, &who, &operation, NULL) ==
          TOKLINK_OK);
    wait_for(&who);
    CHECK(who.status == TOKLINK_OK && who.result != NULL && !toklink_testing_disarm());
    toklink_account_metrics_free(who.result);

    toklink_publish_request *request = request_for(client, "progress-blocking");
    toklink_testing_arm(PROGRESS, true);
    must(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error), error);
    CHECK(!toklink_testing_disarm() && told > 0);
    toklink_publish_outcome_free(outcome);
    toklink_publish_request_free(request);
    request = request_for(client, "progress-async");
    prepare(&who);
    toklink_testing_arm(PROGRESS, true);
    CHECK(toklink_client_publish_video_async(client, text(""), text(open_id), request, publish_done, &who, &operation,
                                             NULL) == TOKLINK_OK);
    wait_for(&who);
    must(who.status, who.error);
    CHECK(!toklink_testing_disarm());
    toklink_publish_outcome_free(who.result);
    toklink_publish_request_free(request);
}

static void at_the_hosts_store(bool panics) {
    static rows table;
    toklink_error *error = NULL;
    char id[128];
    toklink_client *client = client_on(&table, emulator);
    desktop_sign_in(client, emulator, "ana.makes", id, sizeof id);
    toklink_testing_arm(STORE, panics);
    met(ask_accounts(client, &error), &error, panics);
    is_well(client);
    /* The store itself reports a failure. */
    table.fails = true;
    error = NULL;
    CHECK(ask_accounts(client, &error) == TOKLINK_ERR_UNAVAILABLE && toklink_error_owner(error) == TOKLINK_OWNER_APP);
    toklink_error_free(error);
    table.fails = false;
    is_well(client);
    CHECK(table.destroyed == 0 && table.calls > 2);
    toklink_client_free(client);
    CHECK(table.destroyed == 1);
}

static toklink_client *logging_client(unsigned *destroyed) {
    toklink_client_options *options = options_for(emulator);
    CHECK(toklink_client_options_set_log(options, note, destroyed, ended, NULL) == TOKLINK_OK);
    return client_of(options);
}

/* A close that panics can be repeated. A free that panics still ends all threads and callbacks. */
static void at_the_end(toklink_client *client, unsigned *destroyed) {
    toklink_error *error = NULL;
    toklink_testing_arm(FREE, true);
    met(toklink_client_close(client, &error), &error, true);
    is_well(client);
    CHECK(toklink_client_close(client, NULL) == TOKLINK_OK);
    CHECK(ask_accounts(client, NULL) == TOKLINK_ERR_CLOSED);
    toklink_testing_arm(FREE, true);
    toklink_client_free(client);
    CHECK(!toklink_testing_disarm() && *destroyed == 1);

    unsigned other = 0;
    client = logging_client(&other);
    toklink_testing_arm(FREE, true);
    toklink_client_free(client);
    CHECK(!toklink_testing_disarm() && other == 1);
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(video, sizeof video, "%s/media/good.mp4", arguments[2]);
    unsigned destroyed = 0;
    toklink_client *client = logging_client(&destroyed);
    desktop_sign_in(client, emulator, "ana.makes", open_id, sizeof open_id);
    in_a_value(client);
    beside_the_answer(client);
    for (int panics = 0; panics < 2; panics += 1) {
        before_the_work(client, panics);
        under_way(client, WORK, panics);
        under_way(client, ANSWER, panics);
        behind_a_completion(client, WORK, panics);
        behind_a_completion(client, COMPLETION, panics);
        at_the_hosts_store(panics);
    }
    at_the_end(client, &destroyed);
    printf("%u checks passed\n", checks_done);
    return 0;
}
