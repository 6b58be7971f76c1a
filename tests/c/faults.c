/* Injects errors and panics at every stage of a call: the host gets the error, and the client still works. Needs the library
   with injected faults (its feature `testing`). Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "memory_store.h"
#include "waiter.h"

#include <stdatomic.h>

/* The stages of bindings/c/src/ffi/testing.rs. */
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
    CHECK(error->status == status);
    CHECK(error->message[0] != 0);
    CHECK(error->owner == TOKLINK_OWNER_TOKLINK);
    CHECK(!panics || error->may_have_been_sent);
    toklink_error_free(error);
    *place = NULL;
}

static void note(void *user_data, toklink_log_level level, const char *line) {
    (void)user_data;
    CHECK(level != 0 && line[0] != 0);
    lines += 1;
}

static void ended(void *user_data) { *(unsigned *)user_data += 1; }

static toklink_status ask_accounts(toklink_client *client, toklink_error **error) {
    const toklink_account_list *accounts = NULL;
    toklink_status status = took((accounts = toklink_list_accounts(client, "", seen_at())) != NULL, error);
    CHECK((status == TOKLINK_OK) == (accounts != NULL));
    toklink_account_list_free(accounts);
    return status;
}

static void is_well(toklink_client *client) { CHECK(ask_accounts(client, NULL) == TOKLINK_OK); }

static void before_the_work(toklink_client *client, bool panics) {
    toklink_error *error = NULL;
    toklink_client *none = NULL;
    char *sealed = NULL;
    toklink_options options = options_for(emulator);
    toklink_testing_arm(ENTRY, panics);
    met(took((none = toklink_client_new(&options, seen_at())) != NULL, &error), &error, panics);
    CHECK(none == NULL);
    toklink_testing_arm(ENTRY, panics);
    unsigned destroyed = 0;
    toklink_options logging = options_for(emulator);
    logging.log = note;
    logging.user_data = &destroyed;
    logging.destroy = ended;
    toklink_client *other = toklink_client_new(&logging, NULL);
    /* A fault before the options are read leaves their user data to the host. */
    CHECK(other == NULL && destroyed == 0);
    /* The error of an asynchronous call arrives in its completion. */
    waiter who;
    prepare(&who);
    toklink_testing_arm(ENTRY, panics);
    toklink_account_metrics(client, open_id, metrics_done, &who, NULL);
    wait_for(&who);
    CHECK(who.fired == 1 && who.status == (panics ? TOKLINK_ERR_PANIC : TOKLINK_ERR_INTERNAL));
    toklink_testing_arm(ENTRY, panics);
    met(took((sealed = toklink_seal(client, "a", "f", "x", seen_at())) != NULL, &error), &error, panics);
    CHECK(sealed == NULL);
    toklink_testing_arm(ENTRY, panics);
    met(toklink_client_close(client, &error), &error, panics);
    /* The caller passes no error. */
    toklink_testing_arm(ENTRY, panics);
    CHECK(ask_accounts(client, NULL) == (panics ? TOKLINK_ERR_PANIC : TOKLINK_ERR_INTERNAL));
    toklink_client_free(client_of(options));
    is_well(client);
}

static void in_a_value(toklink_client *client) {
    char *sealed = NULL;
    CHECK(took((sealed = toklink_seal(client, "a", "f", "x", seen_at())) != NULL, NULL) == TOKLINK_OK);
    toklink_testing_arm(VALUE, true);
    toklink_text_free(sealed);
    CHECK(!toklink_testing_disarm() && sealed != NULL);
    toklink_text_free(sealed);
    toklink_testing_arm(VALUE, true);
    CHECK(toklink_make_key() == NULL && !toklink_testing_disarm());
    toklink_testing_arm(VALUE, true);
    CHECK(!toklink_cancel(client, 1) && !toklink_testing_disarm());
    const toklink_account_list *accounts = NULL;
    CHECK(took((accounts = toklink_list_accounts(client, "", seen_at())) != NULL, NULL) == TOKLINK_OK);
    toklink_testing_arm(VALUE, true);
    toklink_account_list_free(accounts);
    CHECK(!toklink_testing_disarm() && is(accounts->items[0]->id, open_id));
    toklink_account_list_free(accounts);
}

static bool hears(void *user_data, const toklink_progress *progress) {
    (void)user_data;
    CHECK(progress != NULL);
    told += 1;
    return true;
}

static toklink_publish_options request_for(toklink_client *client, const char *key) {
    /* More posts than TikTok accepts in a minute. */
    CHECK(toklink_reset_quota(client, open_id, NULL) == TOKLINK_OK);
    toklink_publish_options request = TOKLINK_PUBLISH_OPTIONS_INIT;
    request.path = video;
    request.privacy_level = "SELF_ONLY";
    request.idempotency_key = key;
    request.progress = hears; request.progress_data = NULL;
    return request;
}

/* Faults on a worker, and between the core's result and the output. */
static void under_way(toklink_client *client, uint32_t stage, bool panics) {
    toklink_error *error = NULL;
    toklink_testing_arm(stage, panics);
    met(ask_accounts(client, &error), &error, panics);
    const toklink_user *info = NULL;
    toklink_testing_arm(stage, panics);
    met(took((info = toklink_user_info_blocking(client, open_id, seen_at())) != NULL, &error), &error, panics);
    CHECK(info == NULL);
    char key[64];
    snprintf(key, sizeof key, "under-way-%u-%d", stage, panics);
    toklink_publish_options request = request_for(client, key);
    const toklink_publish *outcome = NULL;
    toklink_testing_arm(stage, panics);
    met(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), &error, panics);
    CHECK(outcome == NULL);
    /* The same key posts once, whether or not the fault occurred before the post. */
    error = NULL;
    must(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    CHECK(outcome->state == TOKLINK_PUBLISH_COMPLETE);
    toklink_publish_free(outcome);
    is_well(client);
}

/* The completion is still called exactly once. */
static void behind_a_completion(toklink_client *client, uint32_t stage, bool panics) {
    toklink_op operation = 0;
    waiter who;
    prepare(&who);
    toklink_testing_arm(stage, panics);
    toklink_account_metrics(client, open_id, metrics_done, &who, &operation);
    wait_for(&who);
    CHECK(who.fired == 1 && who.operation == operation && !who.has_result);
    CHECK(!toklink_testing_disarm() && who.status == (panics ? TOKLINK_ERR_PANIC : TOKLINK_ERR_INTERNAL));
    CHECK(who.owner == TOKLINK_OWNER_TOKLINK && who.message[0] != 0);
    CHECK(!toklink_cancel(client, operation));

    char key[64];
    snprintf(key, sizeof key, "behind-%u-%d", stage, panics);
    toklink_publish_options request = request_for(client, key);
    prepare(&who);
    toklink_testing_arm(stage, panics);
    toklink_publish_video(client, for_account(&request, open_id), publish_done, &who, &operation);
    wait_for(&who);
    CHECK(who.fired == 1 && !who.has_result);
    CHECK(!toklink_testing_disarm() && who.status == (panics ? TOKLINK_ERR_PANIC : TOKLINK_ERR_INTERNAL));
    CHECK(who.owner == TOKLINK_OWNER_TOKLINK && who.message[0] != 0);
    is_well(client);
}

/* Faults in progress, logs and events lose that report and never the result of the call. */
static void beside_the_answer(toklink_client *client) {
    toklink_error *error = NULL;
    const toklink_publish *outcome = NULL;
    toklink_op operation = 0;
    unsigned before = lines;
    toklink_testing_arm(LOG, true);
    is_well(client);
    CHECK(!toklink_testing_disarm() && lines == before);
    is_well(client);
    CHECK(lines == before + 1);

    waiter who;
    prepare(&who);
    toklink_testing_arm(LOG, true);
    toklink_account_metrics(client, open_id, metrics_done, &who, &operation);
    wait_for(&who);
    CHECK(who.status == TOKLINK_OK && who.has_result && !toklink_testing_disarm());

    toklink_publish_options request = request_for(client, "progress-blocking");
    toklink_testing_arm(PROGRESS, true);
    must(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    CHECK(!toklink_testing_disarm() && told > 0);
    toklink_publish_free(outcome);
    request = request_for(client, "progress-async");
    prepare(&who);
    toklink_testing_arm(PROGRESS, true);
    toklink_publish_video(client, for_account(&request, open_id), publish_done, &who, &operation);
    succeeds(&who);
    CHECK(!toklink_testing_disarm());
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
    CHECK(ask_accounts(client, &error) == TOKLINK_ERR_UNAVAILABLE && error->owner == TOKLINK_OWNER_APP);
    toklink_error_free(error);
    table.fails = false;
    is_well(client);
    CHECK(table.destroyed == 0 && table.calls > 2);
    toklink_client_free(client);
    CHECK(table.destroyed == 1);
}

static toklink_client *logging_client(unsigned *destroyed) {
    toklink_options options = options_for(emulator);
    options.log = note; options.user_data = destroyed; options.destroy = ended;
    return client_of(options);
}

/* A close that panics can be repeated. Even if freeing panics, all threads and callbacks end. */
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
