/* Waits for completions, and logs in with one. */
#ifndef TOKLINK_TESTS_WAITER_H
#define TOKLINK_TESTS_WAITER_H

#include "host.h"

#include <pthread.h>

/* A completion that a thread waits for. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned fired;
    toklink_status status;
    uint64_t operation;
    void *result;
    toklink_error *error;
    unsigned progress;
} waiter;

static inline void prepare(waiter *who) {
    memset(who, 0, sizeof *who);
    pthread_mutex_init(&who->lock, NULL);
    pthread_cond_init(&who->changed, NULL);
}

static inline void fired(waiter *who, uint64_t operation, toklink_status status, void *result, toklink_error *error) {
    pthread_mutex_lock(&who->lock);
    who->fired += 1;
    who->operation = operation;
    who->status = status;
    who->result = result;
    who->error = error;
    pthread_cond_signal(&who->changed);
    pthread_mutex_unlock(&who->lock);
}

static inline void wait_for(waiter *who) {
    pthread_mutex_lock(&who->lock);
    while (who->fired == 0) {
        pthread_cond_wait(&who->changed, &who->lock);
    }
    pthread_mutex_unlock(&who->lock);
}

static inline void login_done(void *user_data, uint64_t operation, toklink_status status, toklink_login_result *result,
                       toklink_error *error) {
    fired(user_data, operation, status, result, error);
}

/* Logs in a user of the emulator, as a desktop program does, and stores TikTok's id of the user. */
static inline void desktop_sign_in(toklink_client *client, const char *emulator, const char *username, char *open_id, size_t size) {
    toklink_login_request *request = toklink_login_request_new();
    toklink_desktop_login *login = NULL;
    toklink_error *error = NULL;
    char code[1024], reply[4096];
    uint64_t operation = 0;
    waiter who;
    prepare(&who);
    must(toklink_desktop_login_begin(client, request, &login, &error), error);
    toklink_login_request_free(request);
    must(toklink_desktop_login_wait_async(client, login, login_done, &who, &operation, &error), error);
    const char *url = toklink_desktop_login_url(login).data;
    consent(emulator, url, username, code, sizeof code);
    come_back(toklink_desktop_login_redirect_uri(login).data, url, code, reply, sizeof reply);
    wait_for(&who);
    must(who.status, who.error);
    snprintf(open_id, size, "%s", toklink_account_open_id(toklink_login_result_account(who.result)).data);
    toklink_login_result_free(who.result);
    toklink_desktop_login_free(login);
}

#endif
