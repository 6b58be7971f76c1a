/* Daily metrics, the read cache, captions, and warnings before a limit. Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "event_queue.h"
#include "waiter.h"

#include <stdatomic.h>

static const char *emulator;
static char ana[128], ben[128];

static void collection_reads_each_account_once_a_day(toklink_client *client) {
    toklink_collect_options request = TOKLINK_COLLECT_OPTIONS_INIT;
    const toklink_collect_report *report = NULL;
    toklink_error *error = NULL;
    int64_t total = 0;
    request.max_concurrency = 101;
    CHECK(took((report = toklink_collect_metrics_blocking(client, &request, seen_at())) != NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    request.max_concurrency = 1;
    request.limit = 1;
    must(took((report = toklink_collect_metrics_blocking(client, &request, seen_at())) != NULL, &error), error);
    CHECK(report->collected == 1 && !report->complete);
    CHECK(((total = report->total) >= 0) && total == 2);
    CHECK(strlen(report->day) == strlen("2026-11-23"));
    toklink_collect_report_free(report);

    must(took((report = toklink_collect_metrics_blocking(client, NULL, seen_at())) != NULL, &error), error);
    CHECK(report->collected == 1 && report->current == 1);
    CHECK(report->complete && report->failure_count == 0);
    toklink_collect_report_free(report);
    must(took((report = toklink_collect_metrics_blocking(client, NULL, seen_at())) != NULL, &error), error);
    CHECK(report->collected == 0 && report->current == 2);
    toklink_collect_report_free(report);
}

static void collection_replaces_old_metrics(const char *store) {
    toklink_options options = options_for(emulator);
    options.sqlite_path = store;
    toklink_client *client = client_of(options);
    toklink_collect_options request = TOKLINK_COLLECT_OPTIONS_INIT;
    const toklink_collect_report *report = NULL;
    toklink_error *error = NULL;
    event_queue calls;
    subscribe(client, &calls);
    CHECK(toklink_call_events(client, record_event, &calls, events_ended, NULL) == TOKLINK_OK);
    CHECK(toklink_call_events(NULL, record_event, &calls, NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    request.max_age_ms = UINT64_C(3600000);
    must(took((report = toklink_collect_metrics_blocking(client, &request, seen_at())) != NULL, &error), error);
    CHECK(report->collected == 0 && report->current == 2);
    toklink_collect_report_free(report);
    request.max_age_ms = 1;
    must(took((report = toklink_collect_metrics_blocking(client, &request, seen_at())) != NULL, &error), error);
    CHECK(report->collected == 2 && report->complete);
    toklink_collect_report_free(report);
    recorded_event call = next_event(&calls, TOKLINK_EVENT_CALLED);
    CHECK(strcmp(call.operation, "user_info") == 0 && call.error == TOKLINK_OK && call.at_ms > 0);
    CHECK(call.quota_kind == TOKLINK_QUOTA_USER_INFO && call.limit == 600 && call.remaining < 600 && call.reset_at_ms > 0);
    const toklink_user *info = NULL;
    CHECK(took((info = toklink_user_info_blocking(client, "unknown", seen_at())) != NULL, NULL) == TOKLINK_ERR_NOT_FOUND);
    recorded_event failed = next_event(&calls, TOKLINK_EVENT_CALLED);
    while (failed.error == TOKLINK_OK) {
        failed = next_event(&calls, TOKLINK_EVENT_CALLED);
    }
    CHECK(failed.error == TOKLINK_ERR_NOT_FOUND && strcmp(failed.operation, "access_token") == 0);
    CHECK(strcmp(failed.account, "unknown") == 0 && failed.limit == 0);
    toklink_client_free(client);
    CHECK(calls.destroyed == 2);
}

static void failure_of_one_account_does_not_stop_the_collection(toklink_client *client) {
    toklink_collect_options request = TOKLINK_COLLECT_OPTIONS_INIT;
    const toklink_collect_report *report = NULL;
    toklink_error *error = NULL;
    const char *accounts[] = {"unknown", ana};
    request.accounts = accounts;
    request.account_count = 2;
    must(took((report = toklink_collect_metrics_blocking(client, &request, seen_at())) != NULL, &error), error);
    CHECK(report->failed == 1 && report->current == 1);
    CHECK(report->failure_count == 1 && report->skipped == 0);
    const toklink_collect_failure *failure = report->failures[0];
    CHECK(is(failure->account, "unknown"));
    CHECK(failure->error->status == TOKLINK_ERR_NOT_FOUND);
    CHECK(failure->error->message[0] != 0);
    toklink_collect_report_free(report);

    request.tenant = "acme";
    CHECK(took((report = toklink_collect_metrics_blocking(client, &request, seen_at())) != NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    request = (toklink_collect_options)TOKLINK_COLLECT_OPTIONS_INIT;
    request.tenant = "acme";
    must(took((report = toklink_collect_metrics_blocking(client, &request, seen_at())) != NULL, &error), error);
    CHECK(report->complete && report->current == 0);
    toklink_collect_report_free(report);
}

typedef struct {
    waiter who;
    uint64_t seen;
} sweeper;

static bool steps(void *user_data, const toklink_collect_progress *progress) {
    sweeper *from = user_data;
    int64_t total = 0;
    from->seen = progress->collected + progress->failed;
    CHECK(progress->current + progress->skipped == 0);
    CHECK(((total = progress->total) >= 0) && total == 1);
    return true;
}

static void sweep_done(void *user_data, toklink_op operation, const toklink_collect_report *report, const toklink_error *error) {
    CHECK(report != NULL && report->failed == 1 && report->failures[0]->error->status == TOKLINK_ERR_NOT_FOUND);
    fired(&((sweeper *)user_data)->who, operation, report != NULL, error);
}

static void collection_reports_its_progress(toklink_client *client) {
    toklink_collect_options request = TOKLINK_COLLECT_OPTIONS_INIT;
    const toklink_collect_report *report = NULL;
    toklink_error *error = NULL;
    toklink_op operation = 0;
    sweeper from;
    prepare(&from.who);
    from.seen = 0;
    const char *accounts[] = {"unknown"};
    request.accounts = accounts;
    request.account_count = 1;
    request.progress = steps;
    request.progress_data = &from;
    must(took((report = toklink_collect_metrics_blocking(client, &request, seen_at())) != NULL, &error), error);
    CHECK(from.seen == 1);
    toklink_collect_report_free(report);
    from.seen = 0;
    request.progress_data = NULL;
    toklink_collect_metrics(client, &request, sweep_done, &from, &operation);
    succeeds(&from.who);
    CHECK(from.seen == 1 && from.who.operation == operation);
}

static void history_contains_the_collected_days(toklink_client *client) {
    const toklink_collect_report *report = NULL;
    const toklink_history *history = NULL;
    toklink_error *error = NULL;
    must(took((report = toklink_collect_metrics_blocking(client, NULL, seen_at())) != NULL, &error), error);
    const char *today = report->day;
    must(took((history = toklink_metrics_history(client, ana, today, today, seen_at())) != NULL, &error), error);
    CHECK(history->point_count == 1 && history->gap_count == 0);
    const toklink_history_point *point = history->points[0];
    const toklink_metrics *metrics = point->metrics;
    CHECK(is(point->day, today) && point->growth == NULL);
    CHECK(metrics->followers > 0 && metrics->videos_read == 20);
    CHECK(metrics->views_per_video > 0 && metrics->like_rate > 0);
    CHECK(metrics->comment_rate > 0 && metrics->share_rate > 0);
    CHECK(metrics->like_rate < metrics->engagement_rate);
    CHECK(history->over_day == NULL && history->over_week == NULL);
    CHECK(history->over_month == NULL);
    toklink_history_free(history);

    CHECK(took((history = toklink_metrics_history(client, ana, "yesterday", today, seen_at())) != NULL, NULL) ==
          TOKLINK_ERR_INVALID_INPUT);
    CHECK(took((history = toklink_metrics_history(client, ana, today, "2020-01-01", seen_at())) != NULL, &error) ==
          TOKLINK_ERR_INVALID_INPUT);
    CHECK(is(error->operation, "metrics_history"));
    toklink_error_free(error);
    toklink_collect_report_free(report);
}

static toklink_status reads(toklink_client *client) {
    const toklink_user *info = NULL;
    toklink_status status = took((info = toklink_user_info_blocking(client, ana, seen_at())) != NULL, NULL);
    toklink_user_free(info);
    return status;
}

/* TikTok rejects the next reads, so a successful read came from the cache. */
static void read_is_cached_until_it_is_invalidated(toklink_client *client, toklink_client *uncached) {
    char reply[8192];
    CHECK(reads(client) == TOKLINK_OK && reads(uncached) == TOKLINK_OK);
    ask(emulator, "POST", "/_emulator/faults",
        "{\"endpoint\":\"user_info\",\"times\":0,\"status\":401,\"code\":\"scope_not_authorized\"}", reply, sizeof reply);
    CHECK(strstr(reply, "HTTP/1.1 200") == reply);
    CHECK(reads(client) == TOKLINK_OK && reads(uncached) == TOKLINK_ERR_PERMISSION_DENIED);
    CHECK(toklink_invalidate_cache(client, ana, NULL) == TOKLINK_OK);
    CHECK(reads(client) == TOKLINK_ERR_PERMISSION_DENIED);
    ask(emulator, "DELETE", "/_emulator/faults", NULL, reply, sizeof reply);
    CHECK(reads(client) == TOKLINK_OK);
    CHECK(toklink_invalidate_cache(NULL, ana, NULL) == TOKLINK_ERR_INVALID_INPUT);
}

static void event_warns_about_a_window_that_fills(toklink_client *client, event_queue *events) {
    const toklink_quota *quota = NULL;
    toklink_error *error = NULL;
    for (unsigned count = 0; count < 5; count += 1) {
        CHECK(toklink_increment_quota(client, "q", TOKLINK_QUOTA_PUBLISH_INIT, NULL) ==
              TOKLINK_OK);
    }
    recorded_event warning = next_event(events, TOKLINK_EVENT_QUOTA_WARNING);
    CHECK(strcmp(warning.account, "q") == 0 && warning.quota_kind == TOKLINK_QUOTA_PUBLISH_INIT);
    CHECK(warning.percent == 80 && warning.count == 5 && warning.limit == 6 && warning.window_ms == 60000);
    CHECK(warning.at_ms > 0 && !warning.sharing);

    must(took((quota = toklink_read_quota(client, "q", seen_at())) != NULL, &error), error);
    const toklink_quota_window *window = tightest(quota, TOKLINK_QUOTA_PUBLISH_INIT);
    CHECK(window->used == 5 && window->remaining == 1);
    toklink_quota_free(quota);
}

/* A callback blocks the callback thread while more than 256 events are queued. */
static void slow_subscriber_receives_the_number_of_lost_events(toklink_client *client, event_queue *events) {
    char id[32];
    pthread_mutex_lock(&events->lock);
    for (unsigned account = 0; account < 300; account += 1) {
        snprintf(id, sizeof id, "crowd-%u", account);
        for (unsigned count = 0; count < 5; count += 1) {
            CHECK(toklink_increment_quota(client, id, TOKLINK_QUOTA_PUBLISH_INIT, NULL) == TOKLINK_OK);
        }
    }
    pthread_mutex_unlock(&events->lock);
    uint64_t missed = next_event(events, TOKLINK_EVENT_LAGGED).lagged;
    CHECK(missed > 0 && missed <= 44);
}

/* 24 and 29 of 30 requests are 80 and 95 percent. */
static void each_threshold_is_reported_once(void) {
    event_queue events;
    toklink_client *client = client_of(options_for(emulator));
    subscribe(client, &events);
    const char *account = account_of("acme", "w");
    for (unsigned used = 0; used < 30; used += 1) {
        CHECK(toklink_increment_quota(client, account, TOKLINK_QUOTA_PUBLISH_STATUS, NULL) == TOKLINK_OK);
    }
    for (unsigned mark = 0; mark < 2; mark += 1) {
        recorded_event warning = next_event(&events, TOKLINK_EVENT_QUOTA_WARNING);
        CHECK(strcmp(warning.account, account) == 0 && warning.quota_kind == TOKLINK_QUOTA_PUBLISH_STATUS);
        CHECK(warning.limit == 30 && warning.count == (mark == 0 ? 24 : 29) && warning.percent == (mark == 0 ? 80 : 95));
    }
    toklink_client_free(client);
    CHECK(events.count == 2 && events.destroyed == 1);
}

static toklink_client *counting_in(const char *redis, const char *store) {
    toklink_options options = options_for(emulator);
    options.redis_url = redis;
    options.sqlite_path = store;
    return client_of(options);
}

/* Port 1 is closed. */
static void client_refuses_requests_without_its_redis(const char *store) {
    toklink_options options = options_for(emulator);
    toklink_client *client = NULL;
    const toklink_user *info = NULL;
    const toklink_quota *quota = NULL;
    toklink_error *error = NULL;
    options.redis_url = "http://:p4ssword@host";
    CHECK(took((client = toklink_client_new(&options, seen_at())) != NULL, &error) == TOKLINK_ERR_CONFIG);
    CHECK(strstr(error->message, "redis_url") != NULL && is(error->problems[0]->option, "redis_url"));
    CHECK(strstr(error->message, "p4ssword") == NULL);
    toklink_error_free(error);

    client = counting_in("redis://127.0.0.1:1", store);
    event_queue events;
    subscribe(client, &events);
    error = NULL;
    CHECK(took((info = toklink_user_info_blocking(client, ana, seen_at())) != NULL, &error) == TOKLINK_ERR_UNAVAILABLE);
    CHECK(error->message[0] != 0 && !error->may_have_been_sent);
    toklink_error_free(error);
    recorded_event away = next_event(&events, TOKLINK_EVENT_REDIS_UNAVAILABLE);
    CHECK(!away.sharing && away.at_ms > 0 && away.account[0] == '\0');
    CHECK(took((quota = toklink_read_quota(client, ana, seen_at())) != NULL, NULL) == TOKLINK_ERR_UNAVAILABLE);
    toklink_client_free(client);
}

/* A client whose REDIS_URL belongs to another program. */
static toklink_client *client_with_redis_url(const char *url, const char *store, bool no_redis) {
    toklink_options options = options_for(emulator);
    options.use_environment = true;
    options.sqlite_path = store;
    options.no_redis = no_redis;
    CHECK(setenv("REDIS_URL", url, 1) == 0);
    toklink_client *client = client_of(options);
    CHECK(unsetenv("REDIS_URL") == 0);
    return client;
}

static void redis_of_another_program_is_reported_and_not_used(const char *store) {
    const toklink_quota *quota = NULL;
    toklink_error *error = NULL;
    toklink_client *client = client_with_redis_url("http://:p4ssword@cache.example", store, false);
    event_queue events;
    subscribe(client, &events);
    must(took((quota = toklink_read_quota(client, ana, seen_at())) != NULL, &error), error);
    toklink_quota_free(quota);
    recorded_event ignored = next_event(&events, TOKLINK_EVENT_REDIS_IGNORED);
    CHECK(strstr(ignored.detail, "REDIS_URL is not used") != NULL && strstr(ignored.detail, "p4ssword") == NULL);
    CHECK(ignored.at_ms > 0 && ignored.account[0] == '\0');
    toklink_client_free(client);

    client = client_with_redis_url("redis://127.0.0.1:1", store, true);
    quota = NULL;
    must(took((quota = toklink_read_quota(client, ana, seen_at())) != NULL, &error), error);
    toklink_quota_free(quota);
    toklink_client_free(client);
}

static void caption_that_is_too_long_is_refused(void) {
    toklink_caption_part parts[] = {{TOKLINK_CAPTION_TEXT, "Morning run"},
                                    {TOKLINK_CAPTION_HASHTAG, "running"},
                                    {TOKLINK_CAPTION_MENTION, "@ana.makes"}};
    toklink_error *error = NULL;
    char *built = toklink_build_caption(parts, 3, 31, NULL);
    CHECK(built != NULL && strcmp(built, "Morning run #running @ana.makes") == 0);
    toklink_text_free(built);
    CHECK(toklink_build_caption(parts, 3, 30, &error) == NULL);
    CHECK(error->owner == TOKLINK_OWNER_USER && error->reason == TOKLINK_REASON_TITLE_TOO_LONG);
    CHECK(strstr(error->message, "31 UTF-16") != NULL);
    toklink_error_free(error);
    parts[1].text = "two words";
    CHECK(took(toklink_build_caption(parts, 3, 0, seen_at()) != NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    parts[1].kind = 3;
    CHECK(took(toklink_build_caption(parts, 3, 0, seen_at()) != NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(took(toklink_build_caption(NULL, 3, 0, seen_at()) != NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
}

int main(int count, char **arguments) {
    char store[4096];
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(store, sizeof store, "%s/figures-%ld.db", arguments[1], (long)getpid());
    toklink_options options = options_for(emulator);
    options.sqlite_path = store;
    options.journal_retention_ms = 1;
    toklink_client *too_short = NULL;
    CHECK(took((too_short = toklink_client_new(&options, seen_at())) != NULL, NULL) == TOKLINK_ERR_CONFIG && too_short == NULL);
    options.journal_retention_ms = UINT64_C(7) * 24 * 60 * 60 * 1000;
    options.quota_policy = TOKLINK_QUOTA_POLICY_DOCUMENTED;
    toklink_client *client = client_of(options);
    options = options_for(emulator);
    options.sqlite_path = store;
    options.user_cache_ms = -1;
    options.video_cache_ms = -1;
    toklink_client *uncached = client_of(options);
    event_queue events;
    subscribe(client, &events);
    desktop_sign_in(client, emulator, "ana.makes", ana, sizeof ana);
    desktop_sign_in(client, emulator, "ben.private", ben, sizeof ben);
    collection_reads_each_account_once_a_day(client);
    collection_replaces_old_metrics(store);
    failure_of_one_account_does_not_stop_the_collection(client);
    collection_reports_its_progress(client);
    history_contains_the_collected_days(client);
    read_is_cached_until_it_is_invalidated(client, uncached);
    event_warns_about_a_window_that_fills(client, &events);
    slow_subscriber_receives_the_number_of_lost_events(client, &events);
    each_threshold_is_reported_once();
    client_refuses_requests_without_its_redis(store);
    redis_of_another_program_is_reported_and_not_used(store);
    caption_that_is_too_long_is_refused();
    toklink_client_free(uncached);
    toklink_client_free(client);
    CHECK(events.destroyed == 1);
    remove(store);
    printf("%u checks passed\n", checks_done);
    return 0;
}
