/* Waits for a completion and stores its arguments. */
#ifndef TOKLINK_TESTS_WAITER_H
#define TOKLINK_TESTS_WAITER_H

#include "host.h"

#include <pthread.h>

/* A completion. The strings are copies, because results are only valid during the callback. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned fired;
    toklink_status status;
    toklink_reason reason;
    toklink_owner owner;
    toklink_op operation;
    bool has_result, may_have_been_sent;
    char message[1024], fail_reason[128], key[128], id[128];
    toklink_publish_state state;
    size_t post_ids;
    unsigned progress;
} waiter;

static inline void prepare(waiter *who) {
    memset(who, 0, sizeof *who);
    pthread_mutex_init(&who->lock, NULL);
    pthread_cond_init(&who->changed, NULL);
}

static inline void fired(waiter *who, toklink_op operation, bool has_result, const toklink_error *error) {
    pthread_mutex_lock(&who->lock);
    who->fired += 1;
    who->operation = operation;
    who->has_result = has_result;
    who->status = error == NULL ? TOKLINK_OK : error->status;
    if (error != NULL) {
        CHECK(error->status != TOKLINK_OK && error->message[0] != 0);
        who->reason = error->reason;
        who->owner = error->owner;
        who->may_have_been_sent = error->may_have_been_sent;
        snprintf(who->message, sizeof who->message, "%s", error->message);
        snprintf(who->fail_reason, sizeof who->fail_reason, "%s", error->fail_reason);
        snprintf(who->key, sizeof who->key, "%s", error->idempotency_key);
    }
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

/* Waits for a completion that must have succeeded. */
static inline void succeeds(waiter *who) {
    wait_for(who);
    if (who->status != TOKLINK_OK) {
        fprintf(stderr, "%s: %s\n", toklink_status_name(who->status), who->message);
        exit(1);
    }
    CHECK(who->fired == 1);
}

/* Completions that write to a `waiter`. */
static inline void metrics_done(void *user_data, toklink_op operation, const toklink_metrics *metrics, const toklink_error *error) {
    CHECK((metrics == NULL) != (error == NULL));
    fired(user_data, operation, metrics != NULL, error);
}

static inline void account_done(void *user_data, toklink_op operation, const toklink_account *account, const toklink_error *error) {
    CHECK((account == NULL) != (error == NULL));
    fired(user_data, operation, account != NULL, error);
}

static inline void publish_done(void *user_data, toklink_op operation, const toklink_publish *publish, const toklink_error *error) {
    waiter *who = user_data;
    CHECK((publish == NULL) != (error == NULL));
    if (publish != NULL) {
        who->state = publish->state;
        who->post_ids = publish->post_id_count;
        snprintf(who->id, sizeof who->id, "%s", publish->publish_id);
        snprintf(who->key, sizeof who->key, "%s", publish->idempotency_key);
    }
    fired(who, operation, publish != NULL, error);
}

#endif
