/* Frees a client inside one of its own callbacks and checks that everything is released. Needs _GNU_SOURCE. */
#ifndef TOKLINK_TESTS_LIFETIMES_H
#define TOKLINK_TESTS_LIFETIMES_H

#include "memory_store.h"
#include "waiter.h"

#include <stdatomic.h>

typedef enum {
    PROGRESS,
    LOG,
    READ,
    STREAM_DESTROY,
    STORE,
    COMPLETION,
    EVENT,
    EVENT_DESTROY
} kind_of_callback;

/* Shared by all callbacks of one client. Only the callbacks of `kind` free the client, or try to close it. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    toklink_client *client;
    kind_of_callback kind;
    bool closes;
    _Atomic bool is_armed;
    _Atomic unsigned calls, destroyed, is_log_gone;
    waiter completion;
    rows table;
    FILE *file;
} ending;

/* Static, because the callback thread may still return from a callback when the test has ended. */
static ending endings[32];
static unsigned endings_used;

static inline ending *next_ending(kind_of_callback kind, bool closes) {
    CHECK(endings_used < sizeof endings / sizeof endings[0]);
    ending *end = &endings[endings_used++];
    pthread_mutex_init(&end->lock, NULL);
    pthread_mutex_init(&end->table.lock, NULL);
    pthread_cond_init(&end->changed, NULL);
    prepare(&end->completion);
    end->kind = kind;
    end->closes = closes;
    return end;
}

static inline bool is_callback_thread(void) {
    char name[16] = "";
    CHECK(pthread_getname_np(pthread_self(), name, sizeof name) == 0);
    return strcmp(name, "toklink-callbac") == 0;
}

/* Runs in the callback. Only the first call frees the client. */
static inline void end_client(ending *end) {
    if (!end->is_armed) return;
    if (end->closes) {
        CHECK(toklink_client_close(end->client, NULL) == TOKLINK_ERR_CONFLICT);
    }
    if (atomic_fetch_add(&end->calls, 1) == 0 && !end->closes) {
        toklink_client_free(end->client);
    }
    pthread_mutex_lock(&end->lock);
    pthread_cond_broadcast(&end->changed);
    pthread_mutex_unlock(&end->lock);
}

static inline void gone(ending *end) {
    pthread_mutex_lock(&end->lock);
    end->destroyed += 1;
    pthread_cond_broadcast(&end->changed);
    pthread_mutex_unlock(&end->lock);
}

/* `destroy` of the log or the store, which are freed last. */
static inline void log_ended(void *user_data) {
    ending *end = user_data;
    CHECK(is_callback_thread());
    CHECK(atomic_fetch_add(&end->is_log_gone, 1) == 0);
    gone(end);
}

static inline void wait_until(ending *end, const _Atomic unsigned *counter, unsigned wanted) {
    pthread_mutex_lock(&end->lock);
    while (*counter < wanted) {
        pthread_cond_wait(&end->changed, &end->lock);
    }
    pthread_mutex_unlock(&end->lock);
}

/* Waits until every `destroy` was called once; the one of the log or the store is the last. */
static inline void finish_ending(ending *end, unsigned destroys) {
    CHECK(end->calls > 0);
    if (end->closes) {
        end->is_armed = false;
        toklink_client_free(end->client);
        CHECK(end->destroyed == destroys);
    }
    wait_until(end, &end->destroyed, destroys);
    CHECK(end->destroyed == destroys && end->is_log_gone == 1);
}

#endif
