/* Every kind of callback frees its own client, or tries to close it. Arguments: as for end_to_end.c. */

#define _GNU_SOURCE

#include "lifetimes.h"

static const char *emulator;
static char video[4096], open_id[128], database[4096];

static void metrics_ended(void *user_data, toklink_op operation, const toklink_metrics *metrics, const toklink_error *error) {
    ending *end = user_data;
    if (end->kind == COMPLETION) {
        end_client(end);
    }
    /* Result and error outlive the client until this returns. */
    CHECK(metrics != NULL && metrics->followers > 0 && error == NULL);
    fired(&end->completion, operation, metrics != NULL, error);
}

static void publish_ended(void *user_data, toklink_op operation, const toklink_publish *publish, const toklink_error *error) {
    publish_done(&((ending *)user_data)->completion, operation, publish, error);
}

static bool stepped(void *user_data, const toklink_progress *progress) {
    ending *end = user_data;
    CHECK(progress->phase >= TOKLINK_PHASE_PROBING);
    if (end->kind == PROGRESS) {
        end_client(end);
    }
    CHECK(progress->phase >= TOKLINK_PHASE_PROBING);
    return true;
}

static void logged(void *user_data, toklink_log_level level, const char *line) {
    ending *end = user_data;
    CHECK(level != 0);
    if (end->kind == LOG) {
        end_client(end);
    }
    /* The line and `user_data` stay valid until this returns, even after the client is freed. */
    CHECK(line[0] != 0 && !end->is_log_gone);
}

static void happened(void *user_data, const toklink_event *event) {
    ending *end = user_data;
    if (end->kind == EVENT) {
        end_client(end);
    }
    CHECK(event->kind == TOKLINK_EVENT_QUOTA_WARNING && end->destroyed == 0);
}

static bool reads(void *user_data, uint8_t *buffer, size_t capacity, size_t *out_read) {
    ending *end = user_data;
    if (end->kind == READ) {
        end_client(end);
    }
    *out_read = fread(buffer, 1, capacity, end->file);
    return true;
}

static void read_ended(void *user_data) {
    ending *end = user_data;
    CHECK(is_callback_thread());
    fclose(end->file);
    if (end->kind == STREAM_DESTROY) {
        end_client(end);
    }
    gone(end);
}

static bool lists(void *user_data, const char *prefix, toklink_store_reply *reply) {
    ending *end = user_data;
    if (end->kind == STORE) {
        end_client(end);
    }
    return rows_list(&end->table, prefix, reply);
}

static bool gets(void *user_data, const char *key, toklink_store_reply *reply) {
    return rows_get(&((ending *)user_data)->table, key, reply);
}

static bool swaps(void *user_data, const char *key, const char *expected, const char *next, bool *swapped) {
    return rows_swap(&((ending *)user_data)->table, key, expected, next, swapped);
}

static void event_ended(void *user_data) {
    ending *end = user_data;
    CHECK(is_callback_thread() && !end->is_log_gone);
    if (end->kind == EVENT_DESTROY) {
        end_client(end);
    }
    gone(end);
}

static ending *client_of_kind(kind_of_callback kind, bool closes) {
    ending *end = next_ending(kind, closes);
    toklink_options options = options_for(emulator);
    toklink_store store = TOKLINK_STORE_INIT;
    if (kind == STORE) {
        store.user_data = end;
        store.get = gets;
        store.swap = swaps;
        store.list = lists;
        store.destroy = log_ended;
        options.store = &store;
    } else {
        options.sqlite_path = database;
        options.log = logged;
        options.user_data = end;
        options.destroy = log_ended;
    }
    end->client = client_of(options);
    /* More posts than TikTok accepts in a minute. */
    CHECK(toklink_reset_quota(end->client, open_id, NULL) == TOKLINK_OK);
    end->is_armed = true;
    return end;
}

static toklink_publish_options request_of(ending *end) {
    static unsigned number;
    static _Thread_local char key[64];
    toklink_publish_options request = TOKLINK_PUBLISH_OPTIONS_INIT;
    snprintf(key, sizeof key, "lifetimes-%u", number += 1);
    request.path = video;
    request.privacy_level = "SELF_ONLY";
    request.idempotency_key = key;
    request.progress = stepped; request.progress_data = end;
    return request;
}

static toklink_publish_options streamed(ending *end) {
    toklink_publish_options request = request_of(end);
    end->file = fopen(video, "rb");
    CHECK(end->file != NULL && fseek(end->file, 0, SEEK_END) == 0);
    uint64_t length = (uint64_t)ftell(end->file);
    rewind(end->file);
    request.path = NULL; request.read = reads; request.read_data = end; request.read_destroy = read_ended; request.read_size = length;
    return request;
}

/* The callback runs on this or another thread during a call of this thread. */
static void ends_in_a_blocking_publish(kind_of_callback kind, bool closes) {
    ending *end = client_of_kind(kind, closes);
    bool is_stream = kind == READ || kind == STREAM_DESTROY;
    toklink_publish_options request = is_stream ? streamed(end) : request_of(end);
    const toklink_publish *outcome = NULL;
    toklink_error *error = NULL;
    toklink_status status =
        took((outcome = toklink_publish_video_blocking(end->client, for_account(&request, open_id), seen_at())) != NULL, &error);
    if (closes || kind == LOG) {
        must(status, error);
    } else if (kind == PROGRESS || kind == READ) {
        /* This was the last call in the client, so it released everything. */
        CHECK(status == TOKLINK_ERR_CANCELLED && end->destroyed == (is_stream ? 2 : 1));
    }
    toklink_publish_free(outcome);
    toklink_error_free(error);
    finish_ending(end, is_stream ? 2 : 1);
}

static void ends_in_an_asynchronous_publish(kind_of_callback kind, bool closes) {
    ending *end = client_of_kind(kind, closes);
    bool is_stream = kind == READ || kind == STREAM_DESTROY;
    toklink_publish_options request = is_stream ? streamed(end) : request_of(end);
    toklink_op operation = 0;
    toklink_publish_video(end->client, for_account(&request, open_id), publish_ended, end, &operation);
    wait_for(&end->completion);
    CHECK(end->completion.fired == 1 && end->completion.operation == operation);
    finish_ending(end, is_stream ? 2 : 1);
}

static void ends_in_a_read_of_the_store(kind_of_callback kind, bool closes) {
    const toklink_account_list *accounts = NULL;
    ending *end = client_of_kind(kind, closes);
    toklink_status status = took((accounts = toklink_list_accounts(end->client, "", seen_at())) != NULL, NULL);
    CHECK(status == TOKLINK_OK || (!closes && (status == TOKLINK_ERR_CANCELLED || status == TOKLINK_ERR_CLOSED)));
    toklink_account_list_free(accounts);
    finish_ending(end, 1);
}

static void ends_in_what_comes_with_metrics(kind_of_callback kind, bool closes) {
    toklink_op operation = 0;
    ending *end = client_of_kind(kind, closes);
    toklink_account_metrics(end->client, open_id, metrics_ended, end, &operation);
    wait_for(&end->completion);
    CHECK(end->completion.status == TOKLINK_OK && end->completion.operation == operation);
    finish_ending(end, 1);
}

/* The limit is six requests per minute, so the fifth passes 80 percent. After a free no client counts the sixth. */
static void ends_when_a_window_fills(kind_of_callback kind, bool closes) {
    ending *end = client_of_kind(kind, closes);
    toklink_client *client = end->client;
    CHECK(toklink_events(client, happened, end, event_ended, NULL) == TOKLINK_OK);
    for (unsigned count = 0; count < 5; count += 1) {
        CHECK(toklink_increment_quota(client, "q", TOKLINK_QUOTA_PUBLISH_INIT, NULL) == TOKLINK_OK);
    }
    wait_until(end, &end->calls, 1);
    finish_ending(end, 2);
}

/* Another thread closes the client, which ends the events. That call is still running when the client is freed. */
static void ends_when_events_end(bool closes) {
    ending *end = client_of_kind(EVENT_DESTROY, closes);
    CHECK(toklink_events(end->client, happened, end, event_ended, NULL) == TOKLINK_OK);
    CHECK(toklink_client_close(end->client, NULL) == TOKLINK_OK);
    wait_until(end, &end->calls, 1);
    finish_ending(end, 2);
}

/* Signals that its thread is in the client, and stays there until the client is freed. */
static bool stays_inside(void *user_data, const toklink_progress *progress) {
    ending *end = user_data;
    (void)progress;
    pthread_mutex_lock(&end->lock);
    end->calls += 1;
    pthread_cond_broadcast(&end->changed);
    while (end->is_armed) {
        pthread_cond_wait(&end->changed, &end->lock);
    }
    pthread_mutex_unlock(&end->lock);
    return true;
}

static void *publishes(void *given) {
    ending *end = given;
    toklink_publish_options request = request_of(end);
    const toklink_publish *outcome = NULL;
    request.progress = stays_inside; request.progress_data = end;
    CHECK(took((outcome = toklink_publish_video_blocking(end->client, for_account(&request, open_id), seen_at())) != NULL, NULL) ==
          TOKLINK_ERR_CANCELLED);
    CHECK(end->destroyed == 1 && outcome == NULL);
    return NULL;
}

static void free_does_not_wait_for_a_call_on_another_thread(void) {
    ending *end = client_of_kind(PROGRESS, false);
    pthread_t other;
    CHECK(pthread_create(&other, NULL, publishes, end) == 0);
    wait_until(end, &end->calls, 1);
    toklink_client_free(end->client);
    CHECK(end->destroyed == 0);
    pthread_mutex_lock(&end->lock);
    end->is_armed = false;
    pthread_cond_broadcast(&end->changed);
    pthread_mutex_unlock(&end->lock);
    CHECK(pthread_join(other, NULL) == 0);
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(video, sizeof video, "%s/media/good.mp4", arguments[2]);
    snprintf(database, sizeof database, "%s/lifetimes.sqlite", arguments[1]);
    remove(database);
    toklink_options options = options_for(emulator);
    options.sqlite_path = database;
    toklink_client *client = client_of(options);
    desktop_sign_in(client, emulator, "ana.makes", open_id, sizeof open_id);
    toklink_client_free(client);
    for (int closes = 0; closes < 2; closes += 1) {
        ends_in_a_blocking_publish(PROGRESS, closes);
        ends_in_a_blocking_publish(LOG, closes);
        ends_in_a_blocking_publish(READ, closes);
        ends_in_a_blocking_publish(STREAM_DESTROY, closes);
        ends_in_an_asynchronous_publish(PROGRESS, closes);
        ends_in_an_asynchronous_publish(READ, closes);
        ends_in_an_asynchronous_publish(STREAM_DESTROY, closes);
        ends_in_a_read_of_the_store(STORE, closes);
        ends_in_a_read_of_the_store(LOG, closes);
        ends_in_what_comes_with_metrics(COMPLETION, closes);
        ends_in_what_comes_with_metrics(LOG, closes);
        ends_when_a_window_fills(EVENT, closes);
        ends_when_events_end(closes);
    }
    free_does_not_wait_for_a_call_on_another_thread();
    printf("%u checks passed\n", checks_done);
    return 0;
}
