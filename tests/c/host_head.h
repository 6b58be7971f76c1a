/* A host of the C library against the emulator: options, a logged-in client, and the requests of a browser. */
#ifndef TOKLINK_TESTS_HOST_H
#define TOKLINK_TESTS_HOST_H

#include "http.h"
#include "toklink.h"

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define CLIENT_KEY "awtoklinkemu0001"
#define SECRET "toklinkemulatorclientsecret00001"

static inline int is(const char *found, const char *wanted) { return strcmp(found, wanted) == 0; }

/* The error of the last call that returns a pointer. */
static toklink_error *last_error;

static inline toklink_error **seen_at(void) {
    last_error = NULL;
    return &last_error;
}

/* Returns the status of a call that returns a pointer; hands its error to `error` if that is not NULL. */
static inline toklink_status took(bool succeeded, toklink_error **error) {
    if (succeeded) {
        CHECK(last_error == NULL);
        return TOKLINK_OK;
    }
    CHECK(last_error != NULL);
    toklink_status status = last_error->status;
    if (error != NULL) {
        *error = last_error;
    } else {
        toklink_error_free(last_error);
    }
    last_error = NULL;
    return status;
}

/* Ends the program with the error's message. A macro, because the call must run before `error` is read. */
#define must(call, error)                                                                                            \
    do {                                                                                                             \
        toklink_status status_of_call = (call);                                                                      \
        if (status_of_call != TOKLINK_OK) {                                                                          \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, toklink_status_name(status_of_call),              \
                    (error) != NULL ? (error)->message : "");                                                        \
            exit(1);                                                                                                 \
        }                                                                                                            \
    } while (0)

static inline toklink_options options_for(const char *emulator) {
    toklink_options options = TOKLINK_OPTIONS_INIT;
    options.client_key = CLIENT_KEY;
    options.client_secret = SECRET;
    options.encryption_key = KEY;
    options.api_base_url = emulator;
    options.auth_base_url = emulator;
    return options;
}

static inline toklink_client *client_of(toklink_options options) {
    toklink_client *client = NULL;
    toklink_error *error = NULL;
    must(took((client = toklink_client_new(&options, seen_at())) != NULL, &error), error);
    return client;
}

/* The id of an account of a tenant, in one of a few static places. */
static inline const char *account_of(const char *tenant, const char *open_id) {
    static char places[8][256];
    static unsigned next;
    char *place = places[next++ % 8];
    char *id = toklink_account_id(tenant, open_id, NULL);
    CHECK(id != NULL);
    snprintf(place, sizeof places[0], "%s", id);
    toklink_text_free(id);
    return place;
}

/* The options of a publish, for this account. */
static inline const toklink_publish_options *for_account(toklink_publish_options *options, const char *account) {
    options->account = account;
    return options;
}

/* The window of this kind with the fewest requests left; NULL if the kind has no limit. */
static inline const toklink_quota_window *tightest(const toklink_quota *quota, toklink_quota_kind kind) {
    const toklink_quota_window *found = NULL;
    for (size_t place = 0; place < quota->count; place += 1) {
        const toklink_quota_window *window = quota->items[place];
        if (window->kind == kind && (found == NULL || window->remaining < found->remaining)) {
            found = window;
        }
    }
    return found;
}

