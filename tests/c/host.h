/* A host of the C library against the emulator: options, a logged-in client, and the requests of a browser. */
#ifndef TOKLINK_TESTS_HOST_H
#define TOKLINK_TESTS_HOST_H

#include "http.h"
#include "toklink.h"

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define CLIENT_KEY "awtoklinkemu0001"
#define SECRET "toklinkemulatorclientsecret00001"

static inline toklink_str text(const char *words) { return toklink_str_from(words); }

static inline int is(toklink_str found, const char *wanted) {
    return found.len == strlen(wanted) && memcmp(found.data, wanted, found.len) == 0;
}

/* Ends the program with the error's message. A macro, because the call must run before `error` is read. */
#define must(call, error)                                                                                            \
    do {                                                                                                             \
        toklink_status status_of_call = (call);                                                                      \
        if (status_of_call != TOKLINK_OK) {                                                                          \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, toklink_status_name(status_of_call).data,         \
                    toklink_error_message(error).data);                                                              \
            exit(1);                                                                                                 \
        }                                                                                                            \
    } while (0)

static inline toklink_client_options *options_for(const char *emulator) {
    toklink_client_options *options = toklink_client_options_new();
    CHECK(toklink_client_options_set_client_key(options, text(CLIENT_KEY), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_client_secret(options, text(SECRET), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_encryption_key(options, text(KEY), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_api_base_url(options, text(emulator), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_auth_base_url(options, text(emulator), NULL) == TOKLINK_OK);
    return options;
}

static inline toklink_client *client_of(toklink_client_options *options) {
    toklink_client *client = NULL;
    toklink_error *error = NULL;
    must(toklink_client_new(options, &client, &error), error);
    toklink_client_options_free(options);
    return client;
}

/* Consents at `url` as the user's browser does, and returns TikTok's code. */
static inline void consent(const char *emulator, const char *url, const char *username, char *code, size_t size) {
    char challenge[128], redirect[512], body[2048], reply[8192];
    between(url, "code_challenge=", "&", challenge, sizeof challenge);
    between(url, "redirect_uri=", "&", redirect, sizeof redirect);
    decode(redirect);
    snprintf(body, sizeof body,
             "{\"client_key\":\"%s\",\"username\":\"%s\",\"scopes\":[\"user.info.basic\",\"user.info.profile\","
             "\"user.info.stats\",\"video.list\",\"video.upload\",\"video.publish\"],\"redirect_uri\":\"%s\","
             "\"code_challenge\":\"%s\"}",
             CLIENT_KEY, username, redirect, challenge);
    ask(emulator, "POST", "/_emulator/grant", body, reply, sizeof reply);
    between(reply, "\"code\":\"", "\"", code, size);
}

/* Sends the redirect to the waiting callback page. */
static inline void come_back(const char *redirect_uri, const char *url, const char *code, char *reply, size_t size) {
    char state[512], target[4096], base[128];
    const char *path = strchr(redirect_uri + strlen("http://"), '/');
    between(url, "state=", "&", state, sizeof state);
    snprintf(base, sizeof base, "%.*s", (int)(path - redirect_uri), redirect_uri);
    snprintf(target, sizeof target, "%s?code=%s&scopes=user.info.basic&state=%s", path, code, state);
    ask(base, "GET", target, NULL, reply, size);
}

#endif
