/* Records the events of a client, and waits for one of a given kind. */
#ifndef TOKLINK_TESTS_EVENT_QUEUE_H
#define TOKLINK_TESTS_EVENT_QUEUE_H

#include "host.h"

#include <pthread.h>

#define EVENT_QUEUE_CAPACITY 512

/* A copy of an event's fields, which are only valid during its callback. */
typedef struct {
    toklink_event_kind kind;
    char account[160], detail[512], lost_scope[64];
    size_t lost_scopes;
    uint64_t lagged;
    toklink_status error;
    int64_t at_ms, token_expires_at_ms;
    toklink_quota_kind quota_kind;
    uint32_t percent, count, limit;
    uint64_t window_ms;
    uint32_t remaining;
    int64_t reset_at_ms;
    bool sharing;
    char operation[64];
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
    next->kind = event->kind;
    snprintf(next->account, sizeof next->account, "%s", event->account);
    snprintf(next->detail, sizeof next->detail, "%s", event->detail);
    snprintf(next->operation, sizeof next->operation, "%s", event->operation);
    next->lost_scopes = event->lost_scope_count;
    if (event->lost_scope_count > 0) {
        snprintf(next->lost_scope, sizeof next->lost_scope, "%s", event->lost_scopes[0]);
    }
    next->lagged = event->lagged;
    next->error = event->error == NULL ? TOKLINK_OK : event->error->status;
    next->at_ms = event->at_ms;
    next->token_expires_at_ms = event->token_expires_at_ms;
    next->sharing = event->sharing;
    if (event->quota != NULL) {
        next->quota_kind = event->quota->kind;
        next->percent = event->quota->percent;
        next->count = event->quota->used;
        next->limit = event->quota->limit;
        next->window_ms = event->quota->window_ms;
        next->remaining = event->quota->remaining;
        next->reset_at_ms = event->quota->reset_at_ms;
    }
    all->count += 1;
    pthread_cond_signal(&all->changed);
    pthread_mutex_unlock(&all->lock);
}

static inline void events_ended(void *user_data) { ((event_queue *)user_data)->destroyed += 1; }

static inline void subscribe(toklink_client *client, event_queue *all) {
    memset(all, 0, sizeof *all);
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->changed, NULL);
    CHECK(toklink_events(client, record_event, all, events_ended, NULL) == TOKLINK_OK);
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
