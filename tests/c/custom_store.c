/* A host's own store: the stored values, a second client on the same store, and a store that is slow or fails.
   Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "event_queue.h"
#include "memory_store.h"
#include "waiter.h"

#include <time.h>

static const char *emulator;
static char open_id[128], video[4096];
static rows table;

/* A second client on the same store, as in another process. It neither clears nor destroys the store. */
static toklink_client *another(void) {
    toklink_options options = options_for(emulator);
    toklink_store store = store_on(&table);
    options.store = &store;
    /* This policy counts profile reads per day. */
    options.quota_policy = TOKLINK_QUOTA_POLICY_PLANNED;
    return client_of(options);
}

/* Returns the number of values whose key starts with `prefix`. */
static unsigned kept(const char *prefix) {
    unsigned found = 0;
    pthread_mutex_lock(&table.lock);
    for (unsigned row = 0; row < ROWS; row += 1) {
        found += table.keys[row] != NULL && strncmp(table.keys[row], prefix, strlen(prefix)) == 0;
    }
    pthread_mutex_unlock(&table.lock);
    return found;
}

/* No value contains a clear-text token. The emulator's tokens start like TikTok's. */
static void store_contains_no_clear_text_tokens(void) {
    pthread_mutex_lock(&table.lock);
    for (unsigned row = 0; row < ROWS; row += 1) {
        CHECK(table.keys[row] == NULL || strspn(table.keys[row], "/-_.~%0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                                  "abcdefghijklmnopqrstuvwxyz") == strlen(table.keys[row]));
        CHECK(table.values[row] == NULL || strlen(table.values[row]) <= 4096);
        CHECK(table.values[row] == NULL || (strstr(table.values[row], "act.") == NULL &&
                                            strstr(table.values[row], "rft.") == NULL &&
                                            strstr(table.values[row], "upload_token") == NULL));
    }
    pthread_mutex_unlock(&table.lock);
}

static void another_client_resumes_a_publish(toklink_client *client) {
    toklink_publish_options request = TOKLINK_PUBLISH_OPTIONS_INIT;
    const toklink_publish *outcome = NULL, *again = NULL;
    const toklink_publish_list *list = NULL;
    toklink_error *error = NULL;
    request.path = video;
    request.privacy_level = "SELF_ONLY";
    request.idempotency_key = "kept-1";
    request.no_wait = true;
    must(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    CHECK(kept("publish/") == 1 && kept("publish-id/") == 1);
    store_contains_no_clear_text_tokens();

    toklink_client *other = another();
    must(took((list = toklink_unfinished_publishes(other, open_id, seen_at())) != NULL, &error), error);
    CHECK(list->count == 1);
    const toklink_publish_record *open = list->items[0];
    CHECK(is(open->idempotency_key, "kept-1") && !open->photos);
    CHECK(is(open->publish_id, outcome->publish_id));
    CHECK(open->total_bytes > 0);
    CHECK(open->accepted_bytes == open->total_bytes);
    toklink_publish_list_free(list);
    /* The call finds nothing and sets the variable to NULL. */
    const toklink_publish_record *found = (const toklink_publish_record *)&list;
    must(toklink_find_publish(other, open_id, "kept-2", &found, &error), error);
    CHECK(found == NULL);
    must(toklink_find_publish(other, open_id, "kept-1", &found, &error), error);
    CHECK(is(found->step, "PROCESSING") && found->outcome == NULL);
    CHECK(found->last_error == NULL && !found->cancel_requested);
    CHECK(is(found->idempotency_key, "kept-1"));
    CHECK(is(found->publish_id, outcome->publish_id));
    CHECK(found->fail_reason[0] == 0);
    CHECK(found->total_bytes > 0);
    CHECK(found->accepted_bytes == found->total_bytes);
    CHECK(!found->photos && !found->draft);
    CHECK(found->started_at_ms > 0);
    CHECK(found->updated_at_ms >= found->started_at_ms);
    toklink_publish_record_free(found);
    must(took((found = toklink_request_cancel(other, open_id, "kept-1", seen_at())) != NULL, &error), error);
    CHECK(found->cancel_requested);
    toklink_publish_record_free(found);
    /* The next attempt ignores the cancel request of the previous one. */
    must(took((again = toklink_resume_publish_blocking(other, "kept-1", for_account(NULL, open_id), seen_at())) != NULL, &error), error);
    must(took((found = toklink_request_cancel(other, open_id, "kept-1", seen_at())) != NULL, &error), error);
    CHECK(is(found->step, "DONE") && !found->cancel_requested);
    CHECK(found->outcome->state == TOKLINK_PUBLISH_COMPLETE);
    toklink_publish_record_free(found);
    CHECK(again->state == TOKLINK_PUBLISH_COMPLETE);
    CHECK(is(again->publish_id, outcome->publish_id));
    must(took((list = toklink_unfinished_publishes(client, open_id, seen_at())) != NULL, &error), error);
    CHECK(list->count == 0);
    CHECK(kept("publish/") == 1 && kept("lease/") == 0);
    toklink_publish_list_free(list);
    toklink_publish_free(outcome);
    toklink_publish_free(again);
    toklink_client_free(other);
}

/* Returns the client's number of profile reads of the account in the last day. */
static uint32_t reads_of_the_day(toklink_client *client) {
    const toklink_quota *quota = NULL;
    uint32_t found = 0;
    CHECK(took((quota = toklink_quota_status(client, open_id, seen_at())) != NULL, NULL) == TOKLINK_OK);
    for (size_t index = 0; index < quota->count; index += 1) {
        const toklink_quota_window *window = quota->items[index];
        if (window->kind == TOKLINK_QUOTA_USER_INFO && window->window_ms == 86400000) {
            found = window->used;
        }
    }
    toklink_quota_free(quota);
    return found;
}

static void daily_quota_survives_a_restart(void) {
    toklink_client *client = another();
    const toklink_user *info = NULL;
    toklink_error *error = NULL;
    must(took((info = toklink_user_info_blocking(client, open_id, seen_at())) != NULL, &error), error);
    toklink_user_free(info);
    uint32_t before = reads_of_the_day(client);
    CHECK(before >= 1 && kept("requests/") >= before);
    toklink_client *other = another();
    must(took((info = toklink_user_info_blocking(other, open_id, seen_at())) != NULL, &error), error);
    toklink_user_free(info);
    CHECK(reads_of_the_day(other) == before + 1);
    toklink_client_free(client);
    toklink_client_free(other);
}

static void sweep_done(void *user_data, toklink_op operation, const toklink_collect_report *report, const toklink_error *error) {
    CHECK(report != NULL && !report->complete && report->collected == 0);
    fired(user_data, operation, report != NULL, error);
}

/* The store does not return until the collection is cancelled. The collection then releases its leases. */
static void cancelled_collection_releases_its_accounts(toklink_client *client) {
    toklink_op operation = 0;
    waiter who;
    prepare(&who);
    pthread_mutex_lock(&table.lock);
    toklink_collect_metrics(client, NULL, sweep_done, &who, &operation);
    CHECK(toklink_cancel(client, operation));
    pthread_mutex_unlock(&table.lock);
    succeeds(&who);
    CHECK(kept("metrics/") == 0 && !toklink_cancel(client, operation));
}

static void spell_day(char *out, size_t size, int days_ago) {
    time_t then = time(NULL) - (time_t)days_ago * 86400;
    struct tm parts;
    CHECK(gmtime_r(&then, &parts) != NULL && strftime(out, size, "%Y-%m-%d", &parts) == 10);
}

static void put_figures(const char *day, int followers) {
    char key[256], value[1024];
    bool swapped = false;
    snprintf(key, sizeof key, "metrics//%s/%s", open_id, day);
    snprintf(value, sizeof value,
             "{\"figures\":{\"tenant\":\"\",\"open_id\":\"%s\",\"day\":\"%s\",\"followers\":%d,\"following\":1,\"likes\":5,"
             "\"video_count\":3,\"videos_read\":3,\"views\":10,\"video_likes\":1,\"comments\":0,\"shares\":0,\"read_at_ms\":1}}",
             open_id, day, followers);
    CHECK(rows_swap(&table, key, NULL, value, &swapped) && swapped);
}

/* Rows of earlier days, with a gap of eight days. */
static void history_contains_growth_and_gaps(toklink_client *client) {
    char first[16], second[16], today[16];
    const toklink_collect_report *report = NULL;
    const toklink_history *history = NULL;
    toklink_error *error = NULL;
    must(took((report = toklink_collect_metrics_blocking(client, NULL, seen_at())) != NULL, &error), error);
    CHECK(report->collected == 1 && report->complete);
    snprintf(today, sizeof today, "%s", report->day);
    toklink_collect_report_free(report);
    spell_day(second, sizeof second, 20);
    spell_day(first, sizeof first, 29);
    put_figures(first, 200);
    put_figures(second, 150);
    must(took((history = toklink_metrics_history(client, open_id, first, today, seen_at())) != NULL, &error), error);
    CHECK(history->point_count == 3 && history->gap_count == 2);
    const toklink_history_gap *gap = history->gaps[0];
    CHECK(gap->days == 8 && strcmp(gap->from_day, first) > 0);
    CHECK(strcmp(gap->to_day, second) < 0);
    const toklink_history_point *point = history->points[1];
    const toklink_growth *growth = point->growth;
    CHECK(is(point->day, second) && is(growth->to_day, second));
    CHECK(is(growth->from_day, first) && growth->days == 9);
    CHECK(!growth->exact && growth->followers == -50);
    CHECK(growth->followers_percent > -25.1 && growth->followers_percent < -24.9);
    CHECK(growth->following == 0 && growth->likes == 0);
    CHECK(growth->videos == 0);
    CHECK(is(history->over_week->from_day, second));
    CHECK(is(history->over_month->from_day, first));
    toklink_history_free(history);

    /* A value that the host changed is rejected. */
    put_figures("2020-02-30", 1);
    CHECK(took((history = toklink_metrics_history(client, open_id, "2020-02-01", "2020-03-01", seen_at())) != NULL, &error) == TOKLINK_ERR_CONFIG);
    CHECK(error->owner == TOKLINK_OWNER_APP);
    toklink_error_free(error);
}

/* Makes the stored access token expire in `seconds`, and adds a scope that TikTok has not granted. Neither field is part of
   the authenticated data of the encrypted token. */
static void let_it_end_in(long seconds) {
    char key[256], value[8192];
    const char *name = "\"access_expires_at_ms\":";
    bool swapped = false;
    snprintf(key, sizeof key, "account//%s", open_id);
    pthread_mutex_lock(&table.lock);
    unsigned row = place_of(&table, key);
    CHECK(row < ROWS);
    char *expected = copied(table.values[row]);
    pthread_mutex_unlock(&table.lock);
    const char *place = strstr(expected, name);
    CHECK(place != NULL);
    snprintf(value, sizeof value, "%.*s%s%ld000%s", (int)(place - expected), expected, name, (long)time(NULL) + seconds,
             place + strlen(name) + strspn(place + strlen(name), "-0123456789"));
    char *scopes = strstr(value, "\"scopes\":[");
    const char *more = "\"video.more\",";
    CHECK(scopes != NULL && strlen(value) + strlen(more) < sizeof value);
    scopes += strlen("\"scopes\":[");
    memmove(scopes + strlen(more), scopes, strlen(scopes) + 1);
    memcpy(scopes, more, strlen(more));
    CHECK(rows_swap(&table, key, expected, value, &swapped) && swapped);
    free(expected);
}

static void tokens_are_refreshed_before_they_expire(toklink_client *client, event_queue *events) {
    toklink_error *error = NULL;
    let_it_end_in(1);
    must(toklink_start_background_refresh(client, 2, &error), error);
    recorded_event renewed = next_event(events, TOKLINK_EVENT_REFRESHED);
    CHECK(strcmp(renewed.account, open_id) == 0 && renewed.token_expires_at_ms > renewed.at_ms);
    CHECK(renewed.error == TOKLINK_OK);
    recorded_event reduced = next_event(events, TOKLINK_EVENT_SCOPES_REDUCED);
    CHECK(strcmp(reduced.account, open_id) == 0 && reduced.lost_scopes == 1 && strcmp(reduced.lost_scope, "video.more") == 0);
    must(toklink_start_background_refresh(client, 0, &error), error);
    store_contains_no_clear_text_tokens();
}

static void event_reports_the_end_of_the_consent(toklink_client *client, event_queue *events) {
    char reply[4096];
    const toklink_creator *creator = NULL;
    ask(emulator, "POST", "/_emulator/act",
        "{\"kind\":\"revoke\",\"client_key\":\"" CLIENT_KEY "\",\"username\":\"ana.makes\"}", reply, sizeof reply);
    let_it_end_in(-1);
    CHECK(took((creator = toklink_creator_info_blocking(client, open_id, seen_at())) != NULL, NULL) == TOKLINK_ERR_UNAUTHORIZED);
    CHECK(strcmp(next_event(events, TOKLINK_EVENT_REVOKED).account, open_id) == 0);
    recorded_event failed = next_event(events, TOKLINK_EVENT_REFRESH_FAILED);
    CHECK(strcmp(failed.account, open_id) == 0 && failed.error == TOKLINK_ERR_UNAUTHORIZED);
}

/* A store whose calls block and count how many run at the same time. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned inside, most;
    bool may_end;
} slow_store;

static bool gets_slowly(void *user_data, const char *key, toklink_store_reply *reply) {
    slow_store *slow = user_data;
    (void)reply;
    pthread_mutex_lock(&slow->lock);
    /* Counts only reads of accounts, one for each operation. */
    slow->inside += strncmp(key, "account/", 8) == 0;
    slow->most = slow->inside > slow->most ? slow->inside : slow->most;
    pthread_cond_broadcast(&slow->changed);
    while (!slow->may_end) pthread_cond_wait(&slow->changed, &slow->lock);
    slow->inside -= strncmp(key, "account/", 8) == 0;
    pthread_mutex_unlock(&slow->lock);
    return true;
}

static void at_most_16_store_calls_run_at_once(void) {
    slow_store slow = {.may_end = false};
    waiter who[40];
    toklink_options options = options_for(emulator);
    toklink_store store = store_on(&table);
    struct timespec pause = {0, 300000000};
    pthread_mutex_init(&slow.lock, NULL);
    pthread_cond_init(&slow.changed, NULL);
    store.get = gets_slowly;
    store.user_data = &slow;
    options.store = &store;
    toklink_client *client = client_of(options);
    for (unsigned number = 0; number < 40; number += 1) {
        char account[16];
        snprintf(account, sizeof account, "slow-%u", number);
        prepare(&who[number]);
        toklink_account_metrics(client, account, metrics_done, &who[number], NULL);
    }
    pthread_mutex_lock(&slow.lock);
    while (slow.inside < 16) pthread_cond_wait(&slow.changed, &slow.lock);
    pthread_mutex_unlock(&slow.lock);
    nanosleep(&pause, NULL);
    pthread_mutex_lock(&slow.lock);
    slow.may_end = true;
    pthread_cond_broadcast(&slow.changed);
    pthread_mutex_unlock(&slow.lock);
    for (unsigned number = 0; number < 40; number += 1) {
        wait_for(&who[number]);
        CHECK(who[number].reason == TOKLINK_REASON_ACCOUNT_NOT_CONNECTED);
    }
    CHECK(slow.most == 16);
    toklink_client_free(client);
}

static void failure_of_the_store_fails_the_call(toklink_client *client) {
    const toklink_publish_list *list = NULL;
    toklink_error *error = NULL;
    table.fails = true;
    CHECK(took((list = toklink_unfinished_publishes(client, open_id, seen_at())) != NULL, &error) == TOKLINK_ERR_UNAVAILABLE);
    CHECK(error->owner == TOKLINK_OWNER_APP && error->retryable);
    CHECK(strstr(error->message, "`list` of the host's store returned false") != NULL);
    toklink_error_free(error);
    table.fails = false;
    must(took((list = toklink_unfinished_publishes(client, open_id, seen_at())) != NULL, &error), error);
    toklink_publish_list_free(list);
}

int main(int count, char **arguments) {
    event_queue events;
    toklink_error *error = NULL;
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(video, sizeof video, "%s/media/good.mp4", arguments[2]);
    toklink_client *client = client_on(&table, emulator);
    subscribe(client, &events);
    desktop_sign_in(client, emulator, "ana.makes", open_id, sizeof open_id);
    CHECK(kept("account/") == 1);
    another_client_resumes_a_publish(client);
    daily_quota_survives_a_restart();
    cancelled_collection_releases_its_accounts(client);
    history_contains_growth_and_gaps(client);
    store_contains_no_clear_text_tokens();
    tokens_are_refreshed_before_they_expire(client, &events);
    failure_of_the_store_fails_the_call(client);
    at_most_16_store_calls_run_at_once();
    event_reports_the_end_of_the_consent(client, &events);
    must(toklink_disconnect_blocking(client, open_id, &error), error);
    CHECK(kept("account/") == 0 && kept("metrics/") == 0 && kept("lease/") == 0 && table.destroyed == 0);
    toklink_client_free(client);
    CHECK(table.destroyed == 1 && events.destroyed == 1);
    printf("%u checks passed\n", checks_done);
    return 0;
}
