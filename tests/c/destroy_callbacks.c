/* Every call that takes a `destroy` calls it exactly once, whether the call succeeds or fails. Arguments: as for end_to_end.c. */

#define _GNU_SOURCE

#include "lifetimes.h"

static const char *emulator;

/* The number of `destroy` calls, and the thread of the last one. */
typedef struct {
    _Atomic unsigned count;
    pthread_t thread;
    bool is_callback_thread;
} given;

static void destroyed(void *user_data) {
    given *what = user_data;
    what->thread = pthread_self();
    what->is_callback_thread = is_callback_thread();
    what->count += 1;
}

static bool is_back_here(const given *what) {
    return what->count == 1 && pthread_equal(what->thread, pthread_self()) && !what->is_callback_thread;
}

static bool is_back_by_callback_thread(const given *what) { return what->count == 1 && what->is_callback_thread; }

static void logs(void *user_data, toklink_log_level level, const char *line) {
    CHECK(((given *)user_data)->count == 0 && level != 0 && line[0] != 0);
}

static void happens(void *user_data, const toklink_event *event) {
    CHECK(((given *)user_data)->count == 0 && event != NULL);
}

static bool finds_nothing(void *user_data, const char *key, toklink_store_reply *reply) {
    CHECK(((given *)user_data)->count == 0 && key[0] != 0 && reply != NULL);
    return true;
}

static bool swaps_nothing(void *user_data, const char *key, const char *expected, const char *next,
                          bool *swapped) {
    (void)expected;
    CHECK(((given *)user_data)->count == 0 && key[0] != 0 && next != NULL);
    *swapped = false;
    return true;
}

static bool reads_nothing(void *user_data, uint8_t *buffer, size_t capacity, size_t *out_read) {
    CHECK(((given *)user_data)->count == 0 && buffer != NULL && capacity > 0);
    *out_read = 0;
    return true;
}

/* Options with a log, or with a store. */
static toklink_options options_with(given *what, bool is_store, toklink_store *store) {
    toklink_options options = options_for(emulator);
    *store = (toklink_store)TOKLINK_STORE_INIT;
    if (is_store) {
        store->user_data = what;
        store->get = finds_nothing;
        store->swap = swaps_nothing;
        store->list = finds_nothing;
        store->destroy = destroyed;
        options.store = store;
    } else {
        options.log = logs;
        options.user_data = what;
        options.destroy = destroyed;
    }
    return options;
}

static void user_data_of_options_is_destroyed_once(bool is_store) {
    given failed = {0}, first = {0}, second = {0};
    toklink_store store;
    toklink_options options = options_with(&failed, is_store, &store);
    options.client_key = NULL;
    toklink_client *client = toklink_client_new(&options, NULL);
    CHECK(client == NULL && is_back_here(&failed));

    options = options_with(&first, is_store, &store);
    toklink_client *one = client_of(options);
    options = options_with(&second, is_store, &store);
    toklink_client *other = client_of(options);
    const toklink_account_list *accounts = toklink_list_accounts(one, NULL, NULL);
    CHECK(accounts != NULL && first.count == 0);
    toklink_account_list_free(accounts);
    toklink_client_free(one);
    CHECK(is_back_by_callback_thread(&first) && second.count == 0);
    toklink_client_free(other);
    CHECK(is_back_by_callback_thread(&second));
}

static void incomplete_store_is_destroyed_at_once(void) {
    for (unsigned missing = 0; missing < 3; missing += 1) {
        given failed = {0};
        toklink_store store;
        toklink_options options = options_with(&failed, true, &store);
        store.get = missing == 0 ? NULL : store.get;
        store.swap = missing == 1 ? NULL : store.swap;
        store.list = missing == 2 ? NULL : store.list;
        toklink_client *client = NULL;
        CHECK(took((client = toklink_client_new(&options, seen_at())) != NULL, NULL) == TOKLINK_ERR_CONFIG);
        CHECK(is_back_here(&failed));
    }
}

static void events_are_destroyed_once(void) {
    given without_client = {0}, without_function = {0}, closed = {0}, freed = {0}, late = {0};
    toklink_client *client = client_of(options_for(emulator));
    CHECK(toklink_events(NULL, happens, &without_client, destroyed, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(is_back_here(&without_client));
    CHECK(toklink_events(client, NULL, &without_function, destroyed, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(is_back_here(&without_function));
    CHECK(toklink_events(client, happens, &closed, destroyed, NULL) == TOKLINK_OK && closed.count == 0);
    CHECK(toklink_client_close(client, NULL) == TOKLINK_OK);
    CHECK(toklink_events(client, happens, &late, destroyed, NULL) == TOKLINK_OK);
    toklink_client_free(client);
    CHECK(is_back_by_callback_thread(&closed) && is_back_by_callback_thread(&late));
    client = client_of(options_for(emulator));
    CHECK(toklink_events(client, happens, &freed, destroyed, NULL) == TOKLINK_OK);
    toklink_client_free(client);
    CHECK(is_back_by_callback_thread(&freed));
}

static toklink_publish_options streamed(given *what) {
    toklink_publish_options options = TOKLINK_PUBLISH_OPTIONS_INIT;
    options.account = "unknown";
    options.privacy_level = "SELF_ONLY";
    options.read = reads_nothing;
    options.read_data = what;
    options.read_destroy = destroyed;
    options.read_size = 9;
    return options;
}

/* Once for each call: on the callback thread if the operation started, otherwise on the calling thread before the call returns. */
static void stream_is_destroyed_once(void) {
    given invalid = {0}, unknown = {0}, waited = {0}, closed = {0}, homeless = {0}, unread = {0}, nameless = {0}, blocking = {0};
    waiter who;
    toklink_client *client = client_of(options_for(emulator));
    toklink_publish_options options = streamed(&invalid);
    options.path = "several.mp4";
    CHECK(toklink_publish_video_blocking(client, &options, NULL) == NULL && is_back_here(&invalid));
    options = streamed(&nameless);
    options.account = NULL;
    toklink_publish_video(client, &options, NULL, NULL, NULL);
    CHECK(is_back_here(&nameless));
    options = streamed(&unknown);
    prepare(&who);
    toklink_publish_video(client, &options, publish_done, &who, NULL);
    wait_for(&who);
    CHECK(who.status == TOKLINK_ERR_NOT_FOUND && who.reason == TOKLINK_REASON_ACCOUNT_NOT_CONNECTED);
    options = streamed(&waited);
    CHECK(toklink_wait_for_publish_blocking(client, "id", &options, NULL) == NULL);
    CHECK(toklink_client_close(client, NULL) == TOKLINK_OK);
    options = streamed(&closed);
    prepare(&who);
    toklink_publish_video(client, &options, publish_done, &who, NULL);
    CHECK(is_back_here(&closed));
    wait_for(&who);
    CHECK(who.status == TOKLINK_ERR_CLOSED && who.operation == 0);
    options = streamed(&blocking);
    CHECK(toklink_publish_video_blocking(client, &options, NULL) == NULL && is_back_here(&blocking));
    options = streamed(&homeless);
    CHECK(toklink_publish_video_blocking(NULL, &options, NULL) == NULL && homeless.count == 1);
    toklink_publish_video(NULL, &options, NULL, NULL, NULL);
    CHECK(homeless.count == 2);
    options = streamed(&unread);
    options.read = NULL;
    CHECK(toklink_publish_video_blocking(client, &options, NULL) == NULL && is_back_here(&unread));
    toklink_client_free(client);
    CHECK(invalid.count == 1 && is_back_by_callback_thread(&unknown) && waited.count == 1 && closed.count == 1);
}

/* No call requires a `destroy`. */
static void destroy_is_optional(void) {
    given what = {0};
    toklink_store store;
    toklink_options options = options_with(&what, true, &store);
    store.destroy = NULL;
    options.log = logs;
    options.user_data = &what;
    toklink_client *client = client_of(options);
    CHECK(toklink_events(client, happens, &what, NULL, NULL) == TOKLINK_OK);
    toklink_publish_options post = streamed(&what);
    post.read_destroy = NULL;
    CHECK(toklink_publish_video_blocking(client, &post, NULL) == NULL);
    toklink_client_free(client);
    CHECK(what.count == 0);
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    emulator = arguments[3];
    user_data_of_options_is_destroyed_once(false);
    user_data_of_options_is_destroyed_once(true);
    incomplete_store_is_destroyed_at_once();
    events_are_destroyed_once();
    stream_is_destroyed_once();
    destroy_is_optional();
    printf("%u checks passed\n", checks_done);
    return 0;
}
