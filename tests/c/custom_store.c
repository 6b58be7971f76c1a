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
    toklink_client_options *options = options_for(emulator);
    toklink_store_callbacks store = {&table, rows_get, rows_swap, rows_list, NULL};
    CHECK(toklink_client_options_set_store(options, &store, NULL) == TOKLINK_OK);
    /* This policy counts profile reads per day. */
    CHECK(toklink_client_options_set_quota_policy(options, TOKLINK_QUOTA_POLICY_PLANNED, NULL) == TOKLINK_OK);
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
static void nothing_in_it_is_open(void) {
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

static void another_client_goes_on_where_one_stopped(toklink_client *client) {
    toklink_publish_request *request = toklink_publish_request_new();
    toklink_publish_outcome *outcome = NULL, *again = NULL;
    toklink_unfinished_list *list = NULL;
    toklink_error *error = NULL;
    CHECK(toklink_publish_request_set_path(request, text(video), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_privacy_level(request, text("SELF_ONLY"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_idempotency_key(request, text("kept-1"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_wait_for_outcome(request, false, NULL) == TOKLINK_OK);
    must(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error), error);
    CHECK(kept("publish/") == 1 && kept("publish-id/") == 1);
    nothing_in_it_is_open();

    toklink_client *other = another();
    must(toklink_client_unfinished_publishes(other, text(""), text(open_id), &list, &error), error);
    CHECK(toklink_unfinished_list_len(list) == 1);
    const toklink_unfinished_publish *open = toklink_unfinished_list_at(list, 0);
    CHECK(is(toklink_unfinished_publish_idempotency_key(open), "kept-1") && !toklink_unfinished_publish_photos(open));
    CHECK(is(toklink_unfinished_publish_publish_id(open), toklink_publish_outcome_publish_id(outcome).data));
    CHECK(toklink_unfinished_publish_total_bytes(open) > 0);
    CHECK(toklink_unfinished_publish_accepted_bytes(open) == toklink_unfinished_publish_total_bytes(open));
    toklink_unfinished_list_free(list);
    // The call finds nothing and sets the variable to NULL.
    toklink_journaled_publish *found = (toklink_journaled_publish *)&list;
    must(toklink_client_find_publish(other, text(""), text(open_id), text("kept-2"), &found, &error), error);
    CHECK(found == NULL && toklink_journaled_publish_outcome(found) == NULL);
    must(toklink_client_find_publish(other, text(""), text(open_id), text("kept-1"), &found, &error), error);
    CHECK(is(toklink_journaled_publish_phase(found), "PROCESSING") && toklink_journaled_publish_outcome(found) == NULL);
    CHECK(toklink_journaled_publish_last_error(found) == NULL && !toklink_journaled_publish_cancel_requested(found));
    CHECK(is(toklink_journaled_publish_idempotency_key(found), "kept-1"));
    CHECK(is(toklink_journaled_publish_publish_id(found), toklink_publish_outcome_publish_id(outcome).data));
    CHECK(toklink_journaled_publish_fail_reason(found).len == 0);
    CHECK(toklink_journaled_publish_total_bytes(found) > 0);
    CHECK(toklink_journaled_publish_accepted_bytes(found) == toklink_journaled_publish_total_bytes(found));
    CHECK(!toklink_journaled_publish_photos(found) && !toklink_journaled_publish_draft(found));
    CHECK(toklink_journaled_publish_started_at_ms(found) > 0);
    CHECK(toklink_journaled_publish_updated_at_ms(found) >= toklink_journaled_publish_started_at_ms(found));
    toklink_journaled_publish_free(found);
    must(toklink_client_request_cancel(other, text(""), text(open_id), text("kept-1"), &found, &error), error);
    CHECK(toklink_journaled_publish_cancel_requested(found));
    toklink_journaled_publish_free(found);
    // The next attempt ignores the cancel request of the previous one.
    must(toklink_client_resume_publish(other, text(""), text(open_id), text("kept-1"), NULL, &again, &error), error);
    must(toklink_client_request_cancel(other, text(""), text(open_id), text("kept-1"), &found, &error), error);
    CHECK(is(toklink_journaled_publish_phase(found), "DONE") && !toklink_journaled_publish_cancel_requested(found));
    CHECK(toklink_publish_outcome_state(toklink_journaled_publish_outcome(found)) == TOKLINK_PUBLISH_COMPLETE);
    toklink_journaled_publish_free(found);
    CHECK(toklink_publish_outcome_state(again) == TOKLINK_PUBLISH_COMPLETE);
    CHECK(is(toklink_publish_outcome_publish_id(again), toklink_publish_outcome_publish_id(outcome).data));
    must(toklink_client_unfinished_publishes(client, text(""), text(open_id), &list, &error), error);
    CHECK(toklink_unfinished_list_len(list) == 0 && toklink_unfinished_list_at(list, 0) == NULL);
    CHECK(kept("publish/") == 1 && kept("lease/") == 0);
    toklink_unfinished_list_free(list);
    toklink_publish_outcome_free(outcome);
    toklink_publish_outcome_free(again);
    toklink_publish_request_free(request);
    toklink_client_free(other);
}

/* Returns the client's number of profile reads of the account in the last day. */
static uint32_t reads_of_the_day(toklink_client *client) {
    toklink_quota_status *quota = NULL;
    uint32_t found = 0;
    CHECK(toklink_client_quota_status(client, text(""), text(open_id), &quota, NULL) == TOKLINK_OK);
    for (size_t index = 0; index < toklink_quota_status_len(quota); index += 1) {
        const toklink_quota_window *window = toklink_quota_status_at(quota, index);
        if (toklink_quota_window_kind(window) == TOKLINK_QUOTA_USER_INFO && toklink_quota_window_length_ms(window) == 86400000) {
            found = toklink_quota_window_count(window);
        }
    }
    toklink_quota_status_free(quota);
    return found;
}

static void a_restart_does_not_forget_the_day(void) {
    toklink_client *client = another();
    toklink_user_info *info = NULL;
    toklink_error *error = NULL;
    must(toklink_client_user_info(client, text(""), text(open_id), &info, &error), error);
    toklink_user_info_free(info);
    uint32_t before = reads_of_the_day(client);
    CHECK(before >= 1 && kept("requests/") >= before);
    toklink_client *other = another();
    must(toklink_client_user_info(other, text(""), text(open_id), &info, &error), error);
    toklink_user_info_free(info);
    CHECK(reads_of_the_day(other) == before + 1);
    toklink_client_free(client);
    toklink_client_free(other);
}

static void sweep_done(void *user_data, uint64_t operation, toklink_status status, toklink_collect_report *report,
                       toklink_error *error) {
    fired(user_data, operation, status, report, error);
}

/* The store does not return until the collection is cancelled. The collection then releases its leases. */
static void a_cancelled_sweep_keeps_nothing_in_hand(toklink_client *client) {
    uint64_t operation = 0;
    waiter who;
    prepare(&who);
    pthread_mutex_lock(&table.lock);
    CHECK(toklink_client_collect_metrics_async(client, NULL, sweep_done, &who, &operation, NULL) == TOKLINK_OK);
    CHECK(toklink_client_cancel(client, operation));
    pthread_mutex_unlock(&table.lock);
    wait_for(&who);
    must(who.status, who.error);
    CHECK(!toklink_collect_report_complete(who.result) && toklink_collect_report_collected(who.result) == 0);
    toklink_collect_report_free(who.result);
    CHECK(kept("metrics/") == 0 && !toklink_client_cancel(client, operation));
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
    toklink_str next = text(value);
    CHECK(rows_swap(&table, text(key), NULL, &next, &swapped) && swapped);
}

/* Rows of earlier days, with a gap of eight days. */
static void growth_and_gaps_are_told_from_the_rows(toklink_client *client) {
    char first[16], second[16], today[16];
    toklink_collect_report *report = NULL;
    toklink_metrics_history *history = NULL;
    toklink_error *error = NULL;
    double percent = 0;
    must(toklink_client_collect_metrics(client, NULL, &report, &error), error);
    CHECK(toklink_collect_report_collected(report) == 1 && toklink_collect_report_complete(report));
    snprintf(today, sizeof today, "%s", toklink_collect_report_day(report).data);
    toklink_collect_report_free(report);
    spell_day(second, sizeof second, 20);
    spell_day(first, sizeof first, 29);
    put_figures(first, 200);
    put_figures(second, 150);
    must(toklink_client_metrics_history(client, text(""), text(open_id), text(first), text(today), &history, &error), error);
    CHECK(toklink_metrics_history_point_count(history) == 3 && toklink_metrics_history_gap_count(history) == 2);
    const toklink_metrics_gap *gap = toklink_metrics_history_gap_at(history, 0);
    CHECK(toklink_metrics_gap_days(gap) == 8 && strcmp(toklink_metrics_gap_from_day(gap).data, first) > 0);
    CHECK(strcmp(toklink_metrics_gap_to_day(gap).data, second) < 0 && toklink_metrics_history_gap_at(history, 2) == NULL);
    const toklink_metrics_point *point = toklink_metrics_history_point_at(history, 1);
    const toklink_metrics_growth *growth = toklink_metrics_point_growth(point);
    CHECK(is(toklink_metrics_point_day(point), second) && is(toklink_metrics_growth_to_day(growth), second));
    CHECK(is(toklink_metrics_growth_from_day(growth), first) && toklink_metrics_growth_days(growth) == 9);
    CHECK(!toklink_metrics_growth_exact(growth) && toklink_metrics_growth_followers(growth) == -50);
    CHECK(toklink_metrics_growth_followers_percent(growth, &percent) && percent > -25.1 && percent < -24.9);
    CHECK(toklink_metrics_growth_following(growth) == 0 && toklink_metrics_growth_likes(growth) == 0);
    CHECK(toklink_metrics_growth_video_count(growth) == 0);
    CHECK(is(toklink_metrics_growth_from_day(toklink_metrics_history_over_week(history)), second));
    CHECK(is(toklink_metrics_growth_from_day(toklink_metrics_history_over_month(history)), first));
    toklink_metrics_history_free(history);

    /* A value that the host changed is rejected. */
    put_figures("2020-02-30", 1);
    CHECK(toklink_client_metrics_history(client, text(""), text(open_id), text("2020-02-01"), text("2020-03-01"), &history,
                                         &error) == TOKLINK_ERR_CONFIG);
    CHECK(toklink_error_owner(error) == TOKLINK_OWNER_APP);
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
    char *expected = copied(text(table.values[row]));
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
    toklink_str before = text(expected), next = text(value);
    CHECK(rows_swap(&table, text(key), &before, &next, &swapped) && swapped);
    free(expected);
}

static void tokens_are_refreshed_in_the_background(toklink_client *client, event_queue *events) {
    toklink_error *error = NULL;
    let_it_end_in(1);
    must(toklink_client_start_background_refresh(client, 2, &error), error);
    recorded_event renewed = next_event(events, TOKLINK_EVENT_REFRESHED);
    CHECK(strcmp(renewed.open_id, open_id) == 0 && renewed.token_expires_at_ms > renewed.at_ms);
    CHECK(renewed.error == TOKLINK_OK && renewed.tenant[0] == '\0');
    recorded_event reduced = next_event(events, TOKLINK_EVENT_SCOPES_REDUCED);
    CHECK(strcmp(reduced.open_id, open_id) == 0 && reduced.lost_scopes == 1 && strcmp(reduced.lost_scope, "video.more") == 0);
    must(toklink_client_start_background_refresh(client, 0, &error), error);
    nothing_in_it_is_open();
}

static void the_end_of_a_grant_emits_an_event(toklink_client *client, event_queue *events) {
    char reply[4096];
    toklink_creator_info *creator = NULL;
    ask(emulator, "POST", "/_emulator/act",
        "{\"kind\":\"revoke\",\"client_key\":\"" CLIENT_KEY "\",\"username\":\"ana.makes\"}", reply, sizeof reply);
    let_it_end_in(-1);
    CHECK(toklink_client_creator_info(client, text(""), text(open_id), &creator, NULL) == TOKLINK_ERR_UNAUTHORIZED);
    CHECK(strcmp(next_event(events, TOKLINK_EVENT_REVOKED).open_id, open_id) == 0);
    recorded_event failed = next_event(events, TOKLINK_EVENT_REFRESH_FAILED);
    CHECK(strcmp(failed.open_id, open_id) == 0 && failed.error == TOKLINK_ERR_UNAUTHORIZED);
}

static void a_store_that_fails_fails_its_call(toklink_client *client) {
    toklink_unfinished_list *list = NULL;
    toklink_error *error = NULL;
    table.fails = true;
    CHECK(toklink_client_unfinished_publishes(client, text(""), text(open_id), &list, &error) == TOKLINK_ERR_UNAVAILABLE);
    CHECK(toklink_error_owner(error) == TOKLINK_OWNER_APP && toklink_error_is_retryable(error));
    CHECK(strstr(toklink_error_message(error).data, "list failed") != NULL);
    toklink_error_free(error);
    table.fails = false;
    must(toklink_client_unfinished_publishes(client, text(""), text(open_id), &list, &error), error);
    toklink_unfinished_list_free(list);
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
    another_client_goes_on_where_one_stopped(client);
    a_restart_does_not_forget_the_day();
    a_cancelled_sweep_keeps_nothing_in_hand(client);
    growth_and_gaps_are_told_from_the_rows(client);
    nothing_in_it_is_open();
    tokens_are_refreshed_in_the_background(client, &events);
    a_store_that_fails_fails_its_call(client);
    the_end_of_a_grant_emits_an_event(client, &events);
    must(toklink_client_disconnect(client, text(""), text(open_id), &error), error);
    CHECK(kept("account/") == 0 && kept("metrics/") == 0 && kept("lease/") == 0 && table.destroyed == 0);
    toklink_client_free(client);
    CHECK(table.destroyed == 1 && events.destroyed == 1);
    printf("%u checks passed\n", checks_done);
    return 0;
}
