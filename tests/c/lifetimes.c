/* Every kind of callback frees its own client, or tries to close it. Arguments: as for end_to_end.c. */

#define _GNU_SOURCE

#include "lifetimes.h"

static const char *emulator;
static char video[4096], open_id[128], database[4096];

static void metrics_done(void *user_data, uint64_t operation, toklink_status status, toklink_account_metrics *metrics,
                         toklink_error *error) {
    ending *end = user_data;
    toklink_account_metrics_free(metrics);
    toklink_error_free(error);
    if (end->kind == COMPLETION) {
        end_client(end);
    }
    fired(&end->completion, operation, status, NULL, NULL);
}

static void publish_done(void *user_data, uint64_t operation, toklink_status status, toklink_publish_outcome *outcome,
                         toklink_error *error) {
    ending *end = user_data;
    toklink_publish_outcome_free(outcome);
    toklink_error_free(error);
    fired(&end->completion, operation, status, NULL, NULL);
}

static bool stepped(void *user_data, const toklink_publish_progress *progress) {
    ending *end = user_data;
    CHECK(toklink_publish_progress_phase(progress) >= TOKLINK_PHASE_PROBING);
    if (end->kind == PROGRESS) {
        end_client(end);
    }
    CHECK(toklink_publish_progress_phase(progress) >= TOKLINK_PHASE_PROBING);
    return true;
}

static void logged(void *user_data, toklink_log_level level, toklink_str line) {
    ending *end = user_data;
    CHECK(level != 0);
    if (end->kind == LOG) {
        end_client(end);
    }
    /* The line and `user_data` stay valid until this returns, even after the client is freed. */
    CHECK(line.len == strlen(line.data) && !end->is_log_gone);
}

static void warned(void *user_data, toklink_str tenant, toklink_str who, toklink_quota_kind kind, uint32_t percent,
                   uint32_t used, uint32_t limit, uint64_t window_ms) {
    ending *end = user_data;
    CHECK(percent >= 80 && used <= limit && window_ms > 0 && kind == TOKLINK_QUOTA_PUBLISH_INIT && tenant.len == 0);
    if (end->kind == WARNING) {
        end_client(end);
    }
    CHECK(is(who, "q"));
}

static void happened(void *user_data, const toklink_event *event) {
    ending *end = user_data;
    if (end->kind == EVENT) {
        end_client(end);
    }
    CHECK(toklink_event_what(event) == TOKLINK_EVENT_QUOTA_WARNING && end->destroyed == 0);
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

static bool lists(void *user_data, toklink_str prefix, toklink_store_reply *reply) {
    ending *end = user_data;
    if (end->kind == STORE) {
        end_client(end);
    }
    return rows_list(&end->table, prefix, reply);
}

static bool gets(void *user_data, toklink_str key, toklink_store_reply *reply) {
    return rows_get(&((ending *)user_data)->table, key, reply);
}

static bool swaps(void *user_data, toklink_str key, const toklink_str *expected, const toklink_str *next, bool *swapped) {
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
    toklink_client_options *options = options_for(emulator);
    if (kind == STORE) {
        toklink_store_callbacks store = {end, gets, swaps, lists, log_ended};
        CHECK(toklink_client_options_set_store(options, &store, NULL) == TOKLINK_OK);
    } else {
        CHECK(toklink_client_options_set_sqlite_path(options, text(database), NULL) == TOKLINK_OK);
        CHECK(toklink_client_options_set_log(options, logged, end, log_ended, NULL) == TOKLINK_OK);
    }
    CHECK(toklink_client_options_set_quota_warning(options, warned, end, NULL, NULL) == TOKLINK_OK);
    end->client = client_of(options);
    /* More posts than TikTok accepts in a minute. */
    CHECK(toklink_client_reset_quota(end->client, text(""), text(open_id), NULL) == TOKLINK_OK);
    end->is_armed = true;
    return end;
}

static toklink_publish_request *request_of(ending *end) {
    static unsigned number;
    char key[64];
    toklink_publish_request *request = toklink_publish_request_new();
    snprintf(key, sizeof key, "lifetimes-%u", number += 1);
    CHECK(toklink_publish_request_set_path(request, text(video), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_privacy_level(request, text("SELF_ONLY"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_idempotency_key(request, text(key), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_progress(request, stepped, end, NULL) == TOKLINK_OK);
    return request;
}

static toklink_publish_request *streamed(ending *end) {
    toklink_publish_request *request = request_of(end);
    end->file = fopen(video, "rb");
    CHECK(end->file != NULL && fseek(end->file, 0, SEEK_END) == 0);
    uint64_t length = (uint64_t)ftell(end->file);
    rewind(end->file);
    CHECK(toklink_publish_request_set_stream(request, reads, end, read_ended, length, NULL) == TOKLINK_OK);
    return request;
}

/* The callback runs on this or another thread during a call of this thread. */
static void ends_in_a_blocking_publish(kind_of_callback kind, bool closes) {
    ending *end = client_of_kind(kind, closes);
    bool is_stream = kind == READ || kind == STREAM_DESTROY;
    toklink_publish_request *request = is_stream ? streamed(end) : request_of(end);
    toklink_publish_outcome *outcome = NULL;
    toklink_error *error = NULL;
    toklink_status status =
        toklink_client_publish_video(end->client, text(""), text(open_id), request, &outcome, &error);
    if (closes || kind == LOG) {
        must(status, error);
    } else if (kind == PROGRESS || kind == READ) {
        /* This was the last call in the client, so it released everything. */
        CHECK(status == TOKLINK_ERR_CANCELLED && end->destroyed == (is_stream ? 2 : 1));
    }
    toklink_publish_outcome_free(outcome);
    toklink_error_free(error);
    toklink_publish_request_free(request);
    finish_ending(end, is_stream ? 2 : 1);
}

static void ends_in_an_asynchronous_publish(kind_of_callback kind, bool closes) {
    ending *end = client_of_kind(kind, closes);
    bool is_stream = kind == READ || kind == STREAM_DESTROY;
    toklink_publish_request *request = is_stream ? streamed(end) : request_of(end);
    uint64_t operation = 0;
    CHECK(toklink_client_publish_video_async(end->client, text(""), text(open_id), request, publish_done, end, &operation,
                                             NULL) == TOKLINK_OK);
    toklink_publish_request_free(request);
    wait_for(&end->completion);
    CHECK(end->completion.fired == 1 && end->completion.operation == operation);
    finish_ending(end, is_stream ? 2 : 1);
}

static void ends_in_a_read_of_the_store(kind_of_callback kind, bool closes) {
    toklink_account_list *accounts = NULL;
    ending *end = client_of_kind(kind, closes);
    toklink_status status = toklink_client_accounts(end->client, text(""), &accounts, NULL);
    CHECK(status == TOKLINK_OK || (!closes && (status == TOKLINK_ERR_CANCELLED || status == TOKLINK_ERR_CLOSED)));
    toklink_account_list_free(accounts);
    finish_ending(end, 1);
}

static void ends_in_what_comes_with_metrics(kind_of_callback kind, bool closes) {
    uint64_t operation = 0;
    ending *end = client_of_kind(kind, closes);
    CHECK(toklink_client_account_metrics_async(end->client, text(""), text(open_id), metrics_done, end, &operation, NULL) ==
          TOKLINK_OK);
    wait_for(&end->completion);
    CHECK(end->completion.status == TOKLINK_OK && end->completion.operation == operation);
    finish_ending(end, 1);
}

/* The limit is six requests per minute, so the fifth passes 80 percent. After a free no client counts the sixth. */
static void ends_when_a_window_fills(kind_of_callback kind, bool closes) {
    ending *end = client_of_kind(kind, closes);
    toklink_client *client = end->client;
    CHECK(toklink_client_events(client, happened, end, event_ended, NULL) == TOKLINK_OK);
    for (unsigned count = 0; count < 5; count += 1) {
        CHECK(toklink_client_increment_quota(client, text(""), text("q"), TOKLINK_QUOTA_PUBLISH_INIT, NULL) == TOKLINK_OK);
    }
    wait_until(end, &end->calls, 1);
    finish_ending(end, 2);
}

/* Another thread closes the client, which ends the events. That call is still running when the client is freed. */
static void ends_when_events_end(bool closes) {
    ending *end = client_of_kind(EVENT_DESTROY, closes);
    CHECK(toklink_client_events(end->client, happened, end, event_ended, NULL) == TOKLINK_OK);
    CHECK(toklink_client_close(end->client, NULL) == TOKLINK_OK);
    wait_until(end, &end->calls, 1);
    finish_ending(end, 2);
}

/* Signals that its thread is in the client, and stays there until the client is freed. */
static bool stays_inside(void *user_data, const toklink_publish_progress *progress) {
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
    toklink_publish_request *request = request_of(end);
    toklink_publish_outcome *outcome = NULL;
    CHECK(toklink_publish_request_set_progress(request, stays_inside, end, NULL) == TOKLINK_OK);
    CHECK(toklink_client_publish_video(end->client, text(""), text(open_id), request, &outcome, NULL) ==
          TOKLINK_ERR_CANCELLED);
    CHECK(end->destroyed == 1 && outcome == NULL);
    toklink_publish_request_free(request);
    return NULL;
}

static void a_free_does_not_wait_for_the_call_of_another_thread(void) {
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
    toklink_client_options *options = options_for(emulator);
    CHECK(toklink_client_options_set_sqlite_path(options, text(database), NULL) == TOKLINK_OK);
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
        ends_when_a_window_fills(WARNING, closes);
        ends_when_events_end(closes);
    }
    a_free_does_not_wait_for_the_call_of_another_thread();
    printf("%u checks passed\n", checks_done);
    return 0;
}
