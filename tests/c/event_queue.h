/* Records the events of a client, and waits for one of a given kind. */
#ifndef TOKLINK_TESTS_EVENT_QUEUE_H
#define TOKLINK_TESTS_EVENT_QUEUE_H

#include "host.h"

#include <pthread.h>

#define EVENT_QUEUE_CAPACITY 512

/* A copy of an event's fields, which are only valid during its callback. */
typedef struct {
    toklink_event_kind kind;
    char tenant[32], open_id[128], key[32], lost_scope[64];
    size_t lost_scopes;
    uint64_t missed;
    toklink_status error;
    int64_t at_ms, token_expires_at_ms;
    toklink_quota_kind quota_kind;
    uint32_t percent, count, limit;
    uint64_t window_ms;
    uint32_t remaining;
    int64_t reset_at_ms;
    bool sharing;
    char reason[512], operation[64];
} recorded_event;

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    recorded_event events[EVENT_QUEUE_CAPACITY];
    unsigned count;
    unsigned destroyed;
} event_queue;

static inline void record_event(void *user_data, const toklink_event *event) {
    event_queue *all = user_data;
    pthread_mutex_lock(&all->lock);
    CHECK(all->count < EVENT_QUEUE_CAPACITY);
    recorded_event *next = &all->events[all->count];
    next->kind = toklink_event_what(event);
    snprintf(next->open_id, sizeof next->open_id, "%s", toklink_event_open_id(event).data);
    snprintf(next->tenant, sizeof next->tenant, "%s", toklink_event_tenant(event).data);
    snprintf(next->key, sizeof next->key, "%s", toklink_event_key(event).data);
    snprintf(next->lost_scope, sizeof next->lost_scope, "%s", toklink_event_lost_scope_at(event, 0).data);
    next->lost_scopes = toklink_event_lost_scope_count(event);
    next->missed = toklink_event_lagged(event);
    next->error = toklink_error_status(toklink_event_error(event));
    next->at_ms = toklink_event_at_ms(event);
    next->token_expires_at_ms = toklink_event_token_expires_at_ms(event);
    next->quota_kind = toklink_event_quota_kind(event);
    next->percent = toklink_event_quota_percent(event);
    next->count = toklink_event_quota_count(event);
    next->limit = toklink_event_quota_limit(event);
    next->window_ms = toklink_event_quota_window_ms(event);
    next->remaining = toklink_event_quota_remaining(event);
    next->reset_at_ms = toklink_event_quota_reset_at_ms(event);
    snprintf(next->operation, sizeof next->operation, "%s", toklink_event_operation(event).data);
    next->sharing = toklink_event_sharing(event);
    snprintf(next->reason, sizeof next->reason, "%s", toklink_event_reason(event).data);
    all->count += 1;
    pthread_cond_signal(&all->changed);
    pthread_mutex_unlock(&all->lock);
}

static inline void events_ended(void *user_data) { ((event_queue *)user_data)->destroyed += 1; }

static inline void subscribe(toklink_client *client, event_queue *all) {
    memset(all, 0, sizeof *all);
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->changed, NULL);
    CHECK(toklink_client_events(client, record_event, all, events_ended, NULL) == TOKLINK_OK);
}

/* Waits for the first event of this kind and marks it as read. */
static inline recorded_event next_event(event_queue *all, toklink_event_kind kind) {
    pthread_mutex_lock(&all->lock);
    for (unsigned place = 0;; place += 1) {
        while (place == all->count) {
            pthread_cond_wait(&all->changed, &all->lock);
        }
        if (all->events[place].kind == kind) {
            recorded_event found = all->events[place];
            all->events[place].kind = TOKLINK_EVENT_OTHER;
            pthread_mutex_unlock(&all->lock);
            return found;
        }
    }
}

#endif
