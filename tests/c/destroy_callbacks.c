/* Every setter with a `destroy` calls it exactly once, whether the setter succeeds or fails. Arguments: as for end_to_end.c. */

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

static void logs(void *user_data, toklink_log_level level, toklink_str line) {
    CHECK(((given *)user_data)->count == 0 && level != 0 && line.len > 0);
}

static void warns(void *user_data, toklink_str tenant, toklink_str who, toklink_quota_kind kind, uint32_t percent,
                  uint32_t used, uint32_t limit, uint64_t window_ms) {
    CHECK(((given *)user_data)->count == 0 && tenant.len == 0 && who.len > 0 && kind != 0 && percent > 0);
    CHECK(used <= limit && window_ms > 0);
}

static void happens(void *user_data, const toklink_event *event) {
    CHECK(((given *)user_data)->count == 0 && event != NULL);
}

static bool finds_nothing(void *user_data, toklink_str key, toklink_store_reply *reply) {
    CHECK(((given *)user_data)->count == 0 && key.len > 0 && reply != NULL);
    return true;
}

static bool swaps_nothing(void *user_data, toklink_str key, const toklink_str *expected, const toklink_str *next,
                          bool *swapped) {
    (void)expected;
    CHECK(((given *)user_data)->count == 0 && key.len > 0 && next != NULL);
    *swapped = false;
    return true;
}

static bool reads_nothing(void *user_data, uint8_t *buffer, size_t capacity, size_t *out_read) {
    CHECK(((given *)user_data)->count == 0 && buffer != NULL && capacity > 0);
    *out_read = 0;
    return true;
}

/* The setters of options. Each replaces the previous callback. */
typedef toklink_status (*option_setter)(toklink_client_options *options, given *what);

static toklink_status sets_log(toklink_client_options *options, given *what) {
    return toklink_client_options_set_log(options, logs, what, destroyed, NULL);
}

static toklink_status sets_quota_warning(toklink_client_options *options, given *what) {
    return toklink_client_options_set_quota_warning(options, warns, what, destroyed, NULL);
}

static toklink_status sets_store(toklink_client_options *options, given *what) {
    toklink_store_callbacks store = {what, finds_nothing, swaps_nothing, finds_nothing, destroyed};
    return toklink_client_options_set_store(options, &store, NULL);
}

static void an_option_is_destroyed_once(option_setter set) {
    given failed = {0}, replaced = {0}, unused = {0}, used = {0};
    CHECK(set(NULL, &failed) == TOKLINK_ERR_INVALID_INPUT && is_back_here(&failed));

    toklink_client_options *options = options_for(emulator);
    CHECK(set(options, &replaced) == TOKLINK_OK && replaced.count == 0);
    CHECK(set(options, &unused) == TOKLINK_OK && is_back_here(&replaced) && unused.count == 0);
    toklink_client_options_free(options);
    CHECK(is_back_here(&unused));

    /* Creating a client with these options fails. */
    given refused = {0};
    toklink_client *none = NULL;
    options = toklink_client_options_new();
    CHECK(set(options, &refused) == TOKLINK_OK);
    CHECK(toklink_client_new(options, &none, NULL) == TOKLINK_ERR_CONFIG && refused.count == 0);
    toklink_client_options_free(options);
    CHECK(is_back_here(&refused));

    /* Two clients share the callback after the options got another one. */
    given later = {0};
    toklink_client *clients[2] = {NULL, NULL};
    options = options_for(emulator);
    CHECK(set(options, &used) == TOKLINK_OK);
    for (unsigned number = 0; number < 2; number += 1) {
        CHECK(toklink_client_new(options, &clients[number], NULL) == TOKLINK_OK);
    }
    CHECK(set(options, &later) == TOKLINK_OK);
    toklink_client_options_free(options);
    CHECK(used.count == 0 && is_back_here(&later));
    toklink_account_list *accounts = NULL;
    CHECK(toklink_client_accounts(clients[0], text(""), &accounts, NULL) == TOKLINK_OK);
    toklink_account_list_free(accounts);
    toklink_client_free(clients[0]);
    CHECK(used.count == 0);
    toklink_client_free(clients[1]);
    CHECK(is_back_by_callback_thread(&used));
}

static void a_store_without_a_function_is_destroyed_at_once(void) {
    for (unsigned missing = 0; missing < 3; missing += 1) {
        given failed = {0};
        toklink_store_callbacks store = {&failed, missing == 0 ? NULL : finds_nothing,
                                         missing == 1 ? NULL : swaps_nothing, missing == 2 ? NULL : finds_nothing,
                                         destroyed};
        toklink_client_options *options = options_for(emulator);
        CHECK(toklink_client_options_set_store(options, &store, NULL) == TOKLINK_ERR_INVALID_INPUT);
        CHECK(is_back_here(&failed));
        toklink_client_options_free(options);
        CHECK(failed.count == 1);
    }
    CHECK(toklink_client_options_set_store(NULL, NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
}

static void events_are_destroyed_once(void) {
    given without_client = {0}, without_function = {0}, closed = {0}, freed = {0}, late = {0};
    toklink_client *client = client_of(options_for(emulator));
    CHECK(toklink_client_events(NULL, happens, &without_client, destroyed, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(is_back_here(&without_client));
    CHECK(toklink_client_events(client, NULL, &without_function, destroyed, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(is_back_here(&without_function));
    CHECK(toklink_client_events(client, happens, &closed, destroyed, NULL) == TOKLINK_OK && closed.count == 0);
    CHECK(toklink_client_close(client, NULL) == TOKLINK_OK);
    CHECK(toklink_client_events(client, happens, &late, destroyed, NULL) == TOKLINK_OK);
    toklink_client_free(client);
    CHECK(is_back_by_callback_thread(&closed) && is_back_by_callback_thread(&late));
    client = client_of(options_for(emulator));
    CHECK(toklink_client_events(client, happens, &freed, destroyed, NULL) == TOKLINK_OK);
    toklink_client_free(client);
    CHECK(is_back_by_callback_thread(&freed));
}

static void a_stream_is_destroyed_once(void) {
    given failed[2] = {{0}, {0}}, replaced = {0}, unused = {0};
    CHECK(toklink_publish_request_set_stream(NULL, reads_nothing, &failed[0], destroyed, 9, NULL) ==
          TOKLINK_ERR_INVALID_INPUT);
    CHECK(is_back_here(&failed[0]));
    toklink_publish_request *request = toklink_publish_request_new();
    CHECK(toklink_publish_request_set_stream(request, NULL, &failed[1], destroyed, 9, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(is_back_here(&failed[1]));
    CHECK(toklink_publish_request_set_stream(request, reads_nothing, &replaced, destroyed, 9, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_stream(request, reads_nothing, &unused, destroyed, 9, NULL) == TOKLINK_OK);
    CHECK(is_back_here(&replaced) && unused.count == 0);
    toklink_publish_request_free(request);
    CHECK(is_back_here(&unused));
}

/* A stream that no publish has read is destroyed with its request, on the client's callback thread if it exists. */
static void an_unread_stream_is_destroyed_with_its_request(void) {
    for (unsigned client_first = 0; client_first < 2; client_first += 1) {
        given what = {0};
        toklink_publish_outcome *outcome = NULL;
        toklink_client *client = client_of(options_for(emulator));
        toklink_publish_request *request = toklink_publish_request_new();
        CHECK(toklink_publish_request_set_privacy_level(request, text("SELF_ONLY"), NULL) == TOKLINK_OK);
        CHECK(toklink_publish_request_set_stream(request, reads_nothing, &what, destroyed, 0, NULL) == TOKLINK_OK);
        CHECK(toklink_client_publish_video(client, text(""), text("unknown"), request, &outcome, NULL) != TOKLINK_OK);
        if (client_first) {
            toklink_client_free(client);
            CHECK(what.count == 0);
            toklink_publish_request_free(request);
            CHECK(is_back_here(&what));
        } else {
            toklink_publish_request_free(request);
            toklink_client_free(client);
            CHECK(is_back_by_callback_thread(&what));
        }
    }
}

/* The `destroy` of a replaced callback uses the handle whose setter is running. */
typedef struct {
    toklink_client_options *options;
    toklink_publish_request *request;
    given *next;
} replacer;

static void sets_another_log(void *user_data) {
    const replacer *what = user_data;
    CHECK(toklink_client_options_set_log(what->options, logs, what->next, destroyed, NULL) == TOKLINK_OK);
}

static void frees_options(void *user_data) { toklink_client_options_free(((replacer *)user_data)->options); }

static void sets_another_stream(void *user_data) {
    const replacer *what = user_data;
    CHECK(toklink_publish_request_set_stream(what->request, reads_nothing, what->next, destroyed, 9, NULL) == TOKLINK_OK);
}

static void frees_request(void *user_data) { toklink_publish_request_free(((replacer *)user_data)->request); }

static void a_destroy_may_use_the_handle_that_is_set(void) {
    given second = {0}, third = {0};
    replacer what = {toklink_client_options_new(), NULL, &third};
    CHECK(toklink_client_options_set_log(what.options, logs, &what, sets_another_log, NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_log(what.options, logs, &second, destroyed, NULL) == TOKLINK_OK);
    CHECK(is_back_here(&second) && third.count == 0);
    CHECK(toklink_client_options_set_log(what.options, logs, &what, frees_options, NULL) == TOKLINK_OK);
    given last = {0};
    CHECK(is_back_here(&third));
    CHECK(toklink_client_options_set_log(what.options, logs, &last, destroyed, NULL) == TOKLINK_OK && is_back_here(&last));

    for (unsigned setter = 0; setter < 5; setter += 1) {
        void (*const uses[2])(void *) = {sets_another_stream, frees_request};
        for (unsigned use = 0; use < 2; use += 1) {
            given next = {0}, other = {0};
            replacer with = {NULL, toklink_publish_request_new(), &next};
            toklink_status status = TOKLINK_ERR_INTERNAL;
            CHECK(toklink_publish_request_set_stream(with.request, reads_nothing, &with, uses[use], 9, NULL) == TOKLINK_OK);
            switch (setter) {
            case 0: status = toklink_publish_request_set_path(with.request, text("v.mp4"), NULL); break;
            case 1: status = toklink_publish_request_set_url(with.request, text("https://a.test/v"), NULL); break;
            case 2: status = toklink_publish_request_set_relay_url(with.request, text("https://a.test/v"), true, NULL); break;
            case 3: status = toklink_publish_request_set_bytes(with.request, (const uint8_t *)"v", 1, NULL); break;
            default:
                status = toklink_publish_request_set_stream(with.request, reads_nothing, &other, destroyed, 9, NULL);
            }
            CHECK(status == TOKLINK_OK);
            if (use == 0) {
                CHECK(next.count == 0);
                toklink_publish_request_free(with.request);
                CHECK(is_back_here(&next));
            }
            CHECK(other.count == (setter == 4 ? 1U : 0U));
        }
    }
}

/* `destroy` may be NULL for every setter. */
static void nothing_is_called_without_destroy(void) {
    given what = {0};
    toklink_store_callbacks store = {&what, finds_nothing, swaps_nothing, finds_nothing, NULL};
    toklink_client_options *options = options_for(emulator);
    CHECK(toklink_client_options_set_log(options, logs, &what, NULL, NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_quota_warning(options, warns, &what, NULL, NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_store(options, &store, NULL) == TOKLINK_OK);
    toklink_client *client = client_of(options);
    CHECK(toklink_client_events(client, happens, &what, NULL, NULL) == TOKLINK_OK);
    toklink_client_free(client);
    toklink_publish_request *request = toklink_publish_request_new();
    CHECK(toklink_publish_request_set_stream(request, reads_nothing, &what, NULL, 9, NULL) == TOKLINK_OK);
    toklink_publish_request_free(request);
    CHECK(what.count == 0);
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    emulator = arguments[3];
    an_option_is_destroyed_once(sets_log);
    an_option_is_destroyed_once(sets_quota_warning);
    an_option_is_destroyed_once(sets_store);
    a_store_without_a_function_is_destroyed_at_once();
    events_are_destroyed_once();
    a_stream_is_destroyed_once();
    an_unread_stream_is_destroyed_with_its_request();
    a_destroy_may_use_the_handle_that_is_set();
    nothing_is_called_without_destroy();
    printf("%u checks passed\n", checks_done);
    return 0;
}
