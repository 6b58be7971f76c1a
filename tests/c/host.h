/* Helpers for hosts of the C library that use the emulator: options, logins, and a browser. */
#ifndef TOKLINK_TESTS_HOST_H
#define TOKLINK_TESTS_HOST_H

#include "http.h"
#include "toklink.h"

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define CLIENT_KEY "awtoklinkemu0001"
#define SECRET "toklinkemulatorclientsecret00001"

static inline int is(const char *found, const char *wanted) { return strcmp(found, wanted) == 0; }

#ifdef __cplusplus
#define EACH_THREAD thread_local
#else
#define EACH_THREAD _Thread_local
#endif

/* The error of the last call that returns a pointer. */
static EACH_THREAD toklink_error *last_error;

static inline toklink_error **seen_at(void) {
    last_error = NULL;
    return &last_error;
}

/* Returns the status of a call that returns a pointer. Stores its error in `error`, or frees it if `error` is NULL. */
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

/* Exits with the error's message if the call fails. A macro, because the call must run before `error` is read. */
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

/* Returns the id of a tenant's account in one of eight static buffers. */
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

/* Sets the account in `options`, or in default options if `options` is NULL. */
static inline const toklink_publish_options *for_account(toklink_publish_options *options, const char *account) {
    static EACH_THREAD toklink_publish_options plain;
    if (options == NULL) {
        plain = (toklink_publish_options)TOKLINK_PUBLISH_OPTIONS_INIT;
        options = &plain;
    }
    options->account = account;
    return options;
}

/* Returns the window of this kind with the fewest remaining requests, or NULL if the kind has no limit. */
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

/* Consents at `url` as the user and copies TikTok's code to `code`. */
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

/* Makes the emulator consent as this user at every authorize request. */
static inline void consent_as(const char *emulator, const char *username) {
    char body[128], reply[8192];
    snprintf(body, sizeof body, "{\"auto_consent\":\"%s\"}", username);
    ask(emulator, "POST", "/_emulator/settings", body, reply, sizeof reply);
    CHECK(strstr(reply, "HTTP/1.1 200") == reply);
}

/* Opens a URL as a browser does, and follows one redirect. */
static inline void follow(const char *url, char *reply, size_t size) {
    char base[128], next[4096];
    const char *path = strchr(url + strlen("http://"), '/');
    snprintf(base, sizeof base, "%.*s", (int)(path - url), url);
    ask(base, "GET", path, NULL, reply, size);
    if (strstr(reply, "location: ") == NULL) return;
    between(reply, "location: ", "\r\n", next, sizeof next);
    path = strchr(next + strlen("http://"), '/');
    snprintf(base, sizeof base, "%.*s", (int)(path - next), next);
    ask(base, "GET", path, NULL, reply, size);
}

/* A browser with a user. */
typedef struct {
    const char *emulator, *username;
    char reply[4096];
} browser;

/* Consents as the user and follows the redirect to the loopback page. */
static inline bool browses(void *user_data, const char *url) {
    browser *user = (browser *)user_data;
    CHECK(strstr(url, SECRET) == NULL);
    consent_as(user->emulator, user->username);
    follow(url, user->reply, sizeof user->reply);
    return true;
}

/* Like `browses`, but grants the default scopes regardless of the requested ones. */
static inline bool grants_the_usual(void *user_data, const char *url) {
    browser *user = (browser *)user_data;
    char code[1024], redirect[512];
    between(url, "redirect_uri=", "&", redirect, sizeof redirect);
    decode(redirect);
    CHECK(strncmp(redirect, "http://127.0.0.1:", 17) == 0);
    consent(user->emulator, url, user->username, code, sizeof code);
    come_back(redirect, url, code, user->reply, sizeof user->reply);
    return true;
}

/* Logs in a user of the emulator with a desktop login, and copies the account id to `id`. */
static inline void desktop_sign_in(toklink_client *client, const char *emulator, const char *username, char *id, size_t size) {
    browser user = {emulator, username, ""};
    toklink_error *error = NULL;
    const toklink_account *account = NULL;
    must(took((account = toklink_login_blocking(client, NULL, browses, &user, seen_at())) != NULL, &error), error);
    CHECK(strstr(user.reply, "HTTP/1.1 200") == user.reply);
    snprintf(id, size, "%s", account->id);
    toklink_account_free(account);
}

#endif
