/* Daily metrics, the read cache, captions, and warnings before a limit. Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "event_queue.h"
#include "waiter.h"

#include <stdatomic.h>

static const char *emulator;
static char ana[128], ben[128];

static void a_sweep_reads_each_account_once_a_day(toklink_client *client) {
    toklink_collect_request *request = toklink_collect_request_new();
    toklink_collect_report *report = NULL;
    toklink_error *error = NULL;
    uint64_t total = 0;
    CHECK(toklink_collect_request_set_max_concurrency(request, 0, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_collect_request_set_max_concurrency(request, 101, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_collect_request_set_max_concurrency(request, 1, NULL) == TOKLINK_OK);
    CHECK(toklink_collect_request_set_limit(request, 1, NULL) == TOKLINK_OK);
    must(toklink_client_collect_metrics(client, request, &report, &error), error);
    CHECK(toklink_collect_report_collected(report) == 1 && !toklink_collect_report_complete(report));
    CHECK(toklink_collect_report_total(report, &total) && total == 2);
    CHECK(toklink_collect_report_day(report).len == strlen("2026-11-23"));
    toklink_collect_report_free(report);
    toklink_collect_request_free(request);

    must(toklink_client_collect_metrics(client, NULL, &report, &error), error);
    CHECK(toklink_collect_report_collected(report) == 1 && toklink_collect_report_current(report) == 1);
    CHECK(toklink_collect_report_complete(report) && toklink_collect_report_failure_count(report) == 0);
    CHECK(toklink_collect_report_failure_at(report, 0) == NULL);
    toklink_collect_report_free(report);
    must(toklink_client_collect_metrics(client, NULL, &report, &error), error);
    CHECK(toklink_collect_report_collected(report) == 0 && toklink_collect_report_current(report) == 2);
    toklink_collect_report_free(report);
}

static void metrics_are_read_again_when_they_are_too_old(const char *store) {
    toklink_client_options *options = options_for(emulator);
    CHECK(toklink_client_options_set_sqlite_path(options, text(store), NULL) == TOKLINK_OK);
    toklink_client *client = client_of(options);
    toklink_collect_request *request = toklink_collect_request_new();
    toklink_collect_report *report = NULL;
    toklink_error *error = NULL;
    event_queue calls;
    subscribe(client, &calls);
    CHECK(toklink_client_call_events(client, record_event, &calls, events_ended, NULL) == TOKLINK_OK);
    CHECK(toklink_client_call_events(NULL, record_event, &calls, NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_collect_request_set_max_age(NULL, 0, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_collect_request_set_max_age(request, UINT64_C(3600000), NULL) == TOKLINK_OK);
    must(toklink_client_collect_metrics(client, request, &report, &error), error);
    CHECK(toklink_collect_report_collected(report) == 0 && toklink_collect_report_current(report) == 2);
    toklink_collect_report_free(report);
    CHECK(toklink_collect_request_set_max_age(request, 0, NULL) == TOKLINK_OK);
    must(toklink_client_collect_metrics(client, request, &report, &error), error);
    CHECK(toklink_collect_report_collected(report) == 2 && toklink_collect_report_complete(report));
    toklink_collect_report_free(report);
    toklink_collect_request_free(request);
    recorded_event call = next_event(&calls, TOKLINK_EVENT_CALLED);
    CHECK(strcmp(call.operation, "user_info") == 0 && call.error == TOKLINK_OK && call.at_ms > 0);
    CHECK(call.quota_kind == TOKLINK_QUOTA_USER_INFO && call.limit == 600 && call.remaining < 600 && call.reset_at_ms > 0);
    toklink_user_info *info = NULL;
    CHECK(toklink_client_user_info(client, text(""), text("unknown"), &info, NULL) == TOKLINK_ERR_NOT_FOUND);
    recorded_event failed = next_event(&calls, TOKLINK_EVENT_CALLED);
    while (failed.error == TOKLINK_OK) {
        failed = next_event(&calls, TOKLINK_EVENT_CALLED);
    }
    CHECK(failed.error == TOKLINK_ERR_NOT_FOUND && strcmp(failed.operation, "access_token") == 0);
    CHECK(strcmp(failed.open_id, "unknown") == 0 && failed.limit == 0);
    toklink_client_free(client);
    CHECK(calls.destroyed == 2 && toklink_event_quota_remaining(NULL) == 0 && toklink_event_quota_reset_at_ms(NULL) == 0);
}

static void a_failure_stays_with_its_account(toklink_client *client) {
    toklink_collect_request *request = toklink_collect_request_new();
    toklink_collect_report *report = NULL;
    toklink_error *error = NULL;
    CHECK(toklink_collect_request_add_account(request, text(""), text("unknown"), NULL) == TOKLINK_OK);
    CHECK(toklink_collect_request_add_account(request, text(""), text(ana), NULL) == TOKLINK_OK);
    must(toklink_client_collect_metrics(client, request, &report, &error), error);
    CHECK(toklink_collect_report_failed(report) == 1 && toklink_collect_report_current(report) == 1);
    CHECK(toklink_collect_report_failure_count(report) == 1 && toklink_collect_report_skipped(report) == 0);
    const toklink_collect_failure *failure = toklink_collect_report_failure_at(report, 0);
    CHECK(is(toklink_collect_failure_open_id(failure), "unknown") && toklink_collect_failure_tenant(failure).len == 0);
    CHECK(toklink_collect_failure_status(failure) == TOKLINK_ERR_NOT_FOUND);
    CHECK(toklink_collect_failure_message(failure).len > 20);
    toklink_collect_report_free(report);

    CHECK(toklink_collect_request_set_tenant(request, text("acme"), NULL) == TOKLINK_OK);
    CHECK(toklink_client_collect_metrics(client, request, &report, NULL) == TOKLINK_ERR_INVALID_INPUT);
    toklink_collect_request_free(request);
    request = toklink_collect_request_new();
    CHECK(toklink_collect_request_set_tenant(request, text("acme"), NULL) == TOKLINK_OK);
    must(toklink_client_collect_metrics(client, request, &report, &error), error);
    CHECK(toklink_collect_report_complete(report) && toklink_collect_report_current(report) == 0);
    toklink_collect_report_free(report);
    toklink_collect_request_free(request);
}

typedef struct {
    waiter who;
    uint64_t seen;
} sweeper;

static bool steps(void *user_data, const toklink_collect_progress *progress) {
    sweeper *from = user_data;
    uint64_t total = 0;
    from->seen = toklink_collect_progress_collected(progress) + toklink_collect_progress_failed(progress);
    CHECK(toklink_collect_progress_current(progress) + toklink_collect_progress_skipped(progress) == 0);
    CHECK(toklink_collect_progress_total(progress, &total) && total == 1);
    return true;
}

static void sweep_done(void *user_data, uint64_t operation, toklink_status status, toklink_collect_report *report,
                       toklink_error *error) {
    fired(user_data, operation, status, report, error);
}

static void a_sweep_tells_of_its_steps(toklink_client *client) {
    toklink_collect_request *request = toklink_collect_request_new();
    toklink_collect_report *report = NULL;
    toklink_error *error = NULL;
    uint64_t operation = 0;
    sweeper from;
    prepare(&from.who);
    from.seen = 0;
    CHECK(toklink_collect_request_add_account(request, text(""), text("unknown"), NULL) == TOKLINK_OK);
    CHECK(toklink_collect_request_set_progress(request, steps, &from, NULL) == TOKLINK_OK);
    must(toklink_client_collect_metrics(client, request, &report, &error), error);
    CHECK(from.seen == 1);
    toklink_collect_report_free(report);
    from.seen = 0;
    must(toklink_client_collect_metrics_async(client, request, sweep_done, &from, &operation, &error), error);
    wait_for(&from.who);
    must(from.who.status, from.who.error);
    CHECK(from.seen == 1 && from.who.operation == operation && from.who.fired == 1);
    toklink_collect_report_free(from.who.result);
    CHECK(toklink_client_collect_metrics_async(client, request, NULL, NULL, &operation, NULL) == TOKLINK_ERR_INVALID_INPUT);
    toklink_collect_request_free(request);
}

static void what_was_collected_is_found_by_day(toklink_client *client) {
    toklink_collect_report *report = NULL;
    toklink_metrics_history *history = NULL;
    toklink_error *error = NULL;
    must(toklink_client_collect_metrics(client, NULL, &report, &error), error);
    toklink_str today = toklink_collect_report_day(report);
    must(toklink_client_metrics_history(client, text(""), text(ana), today, today, &history, &error), error);
    CHECK(toklink_metrics_history_point_count(history) == 1 && toklink_metrics_history_gap_count(history) == 0);
    const toklink_metrics_point *point = toklink_metrics_history_point_at(history, 0);
    const toklink_account_metrics *metrics = toklink_metrics_point_metrics(point);
    CHECK(is(toklink_metrics_point_day(point), today.data) && toklink_metrics_point_growth(point) == NULL);
    CHECK(toklink_account_metrics_followers(metrics) > 0 && toklink_account_metrics_videos_read(metrics) == 20);
    CHECK(toklink_account_metrics_views_per_video(metrics) > 0 && toklink_account_metrics_like_rate(metrics) > 0);
    CHECK(toklink_account_metrics_comment_rate(metrics) > 0 && toklink_account_metrics_share_rate(metrics) > 0);
    CHECK(toklink_account_metrics_like_rate(metrics) < toklink_account_metrics_engagement_rate(metrics));
    CHECK(toklink_metrics_history_over_day(history) == NULL && toklink_metrics_history_over_week(history) == NULL);
    CHECK(toklink_metrics_history_over_month(history) == NULL && toklink_metrics_history_point_at(history, 1) == NULL);
    toklink_metrics_history_free(history);

    CHECK(toklink_client_metrics_history(client, text(""), text(ana), text("yesterday"), today, &history, NULL) ==
          TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_client_metrics_history(client, text(""), text(ana), today, text("2020-01-01"), &history, &error) ==
          TOKLINK_ERR_INVALID_INPUT);
    CHECK(is(toklink_error_operation(error), "metrics_history"));
    toklink_error_free(error);
    CHECK(toklink_metrics_growth_days(NULL) == 0 && toklink_metrics_gap_days(NULL) == 0);
    CHECK(toklink_metrics_history_point_count(NULL) == 0 && toklink_metrics_point_metrics(NULL) == NULL);
    toklink_collect_report_free(report);
}

static toklink_status reads(toklink_client *client) {
    toklink_user_info *info = NULL;
    toklink_status status = toklink_client_user_info(client, text(""), text(ana), &info, NULL);
    toklink_user_info_free(info);
    return status;
}

/* TikTok rejects the next reads, so a successful read came from the cache. */
static void a_read_is_shown_again_until_it_is_forgotten(toklink_client *client, toklink_client *uncached) {
    char reply[8192];
    CHECK(reads(client) == TOKLINK_OK && reads(uncached) == TOKLINK_OK);
    ask(emulator, "POST", "/_emulator/faults",
        "{\"endpoint\":\"user_info\",\"times\":0,\"status\":401,\"code\":\"scope_not_authorized\"}", reply, sizeof reply);
    CHECK(strstr(reply, "HTTP/1.1 200") == reply);
    CHECK(reads(client) == TOKLINK_OK && reads(uncached) == TOKLINK_ERR_PERMISSION_DENIED);
    CHECK(toklink_client_invalidate_cache(client, text(""), text(ana), NULL) == TOKLINK_OK);
    CHECK(reads(client) == TOKLINK_ERR_PERMISSION_DENIED);
    ask(emulator, "DELETE", "/_emulator/faults", NULL, reply, sizeof reply);
    CHECK(reads(client) == TOKLINK_OK);
    CHECK(toklink_client_invalidate_cache(NULL, text(""), text(ana), NULL) == TOKLINK_ERR_INVALID_INPUT);
}

static void a_window_that_fills_up_emits_a_warning(toklink_client *client, event_queue *events) {
    toklink_quota_status *quota = NULL;
    toklink_error *error = NULL;
    for (unsigned count = 0; count < 5; count += 1) {
        CHECK(toklink_client_increment_quota(client, text(""), text("q"), TOKLINK_QUOTA_PUBLISH_INIT, NULL) ==
              TOKLINK_OK);
    }
    recorded_event warning = next_event(events, TOKLINK_EVENT_QUOTA_WARNING);
    CHECK(strcmp(warning.open_id, "q") == 0 && warning.quota_kind == TOKLINK_QUOTA_PUBLISH_INIT);
    CHECK(warning.percent == 80 && warning.count == 5 && warning.limit == 6 && warning.window_ms == 60000);
    CHECK(warning.at_ms > 0 && !warning.sharing);

    must(toklink_client_read_quota(client, text(""), text("q"), &quota, &error), error);
    const toklink_quota_window *window = toklink_quota_status_tightest(quota, TOKLINK_QUOTA_PUBLISH_INIT);
    CHECK(toklink_quota_window_count(window) == 5 && toklink_quota_window_remaining(window) == 1);
    toklink_quota_status_free(quota);
}

/* A callback blocks the callback thread while more than 256 events are queued. */
static void a_slow_listener_receives_the_number_of_missed_events(toklink_client *client, event_queue *events) {
    char id[32];
    pthread_mutex_lock(&events->lock);
    for (unsigned account = 0; account < 300; account += 1) {
        snprintf(id, sizeof id, "crowd-%u", account);
        for (unsigned count = 0; count < 5; count += 1) {
            CHECK(toklink_client_increment_quota(client, text(""), text(id), TOKLINK_QUOTA_PUBLISH_INIT, NULL) == TOKLINK_OK);
        }
    }
    pthread_mutex_unlock(&events->lock);
    uint64_t missed = next_event(events, TOKLINK_EVENT_LAGGED).missed;
    CHECK(missed > 0 && missed <= 44);
}

typedef struct {
    unsigned warnings, destroyed;
} warned;

static void warns(void *user_data, toklink_str tenant, toklink_str id, toklink_quota_kind kind, uint32_t percent, uint32_t used,
                  uint32_t limit, uint64_t window_ms) {
    warned *all = user_data;
    CHECK(is(tenant, "acme") && is(id, "w") && kind == TOKLINK_QUOTA_PUBLISH_STATUS && window_ms == 60000);
    CHECK(limit == 30 && used == (percent == 80 ? 24 : 29));
    all->warnings += 1;
}

static void warned_no_more(void *user_data) { ((warned *)user_data)->destroyed += 1; }

static void each_mark_is_warned_of_once(void) {
    warned all = {0, 0};
    toklink_client_options *options = options_for(emulator);
    CHECK(toklink_client_options_set_quota_warning(options, warns, &all, warned_no_more, NULL) == TOKLINK_OK);
    toklink_client *client = client_of(options);
    for (unsigned used = 0; used < 30; used += 1) {
        CHECK(toklink_client_increment_quota(client, text("acme"), text("w"), TOKLINK_QUOTA_PUBLISH_STATUS, NULL) == TOKLINK_OK);
    }
    CHECK(all.warnings == 2 && all.destroyed == 0);
    toklink_client_free(client);
    CHECK(all.destroyed == 1);
}

static toklink_client *counting_in(const char *redis, uint32_t processes, const char *store) {
    toklink_client_options *options = options_for(emulator);
    CHECK(toklink_client_options_set_redis_url(options, text(redis), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_redis_fallback_share(options, processes, NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_sqlite_path(options, text(store), NULL) == TOKLINK_OK);
    return client_of(options);
}

/* Port 1 is closed. */
static void without_its_redis_a_client_refuses_and_says_so(const char *store) {
    toklink_client_options *options = options_for(emulator);
    toklink_client *client = NULL;
    toklink_user_info *info = NULL;
    toklink_quota_status *quota = NULL;
    toklink_error *error = NULL;
    uint64_t pause = 0;
    CHECK(toklink_client_options_set_redis_url(options, text("http://:p4ssword@host"), NULL) == TOKLINK_OK);
    CHECK(toklink_client_new(options, &client, &error) == TOKLINK_ERR_CONFIG);
    CHECK(strstr(toklink_error_message(error).data, "REDIS_URL") != NULL);
    CHECK(strstr(toklink_error_message(error).data, "p4ssword") == NULL);
    toklink_error_free(error);
    toklink_client_options_free(options);

    for (uint32_t processes = 0; processes < 2; processes += 1) {
        client = counting_in("redis://127.0.0.1:1", processes, store);
        event_queue events;
        subscribe(client, &events);
        error = NULL;
        CHECK(toklink_client_user_info(client, text(""), text(ana), &info, &error) == TOKLINK_ERR_UNAVAILABLE);
        CHECK(toklink_error_message(error).len > 20 && !toklink_error_may_have_been_sent(error));
        CHECK(processes == 0 || (toklink_error_retry_after_ms(error, &pause) && pause > 60000 && pause <= 105000));
        toklink_error_free(error);
        recorded_event away = next_event(&events, TOKLINK_EVENT_REDIS_UNAVAILABLE);
        CHECK(away.sharing == (processes > 0) && away.at_ms > 0 && away.open_id[0] == '\0');
        error = NULL;
        toklink_status status = toklink_client_read_quota(client, text(""), text(ana), &quota, &error);
        CHECK(status == (processes == 0 ? TOKLINK_ERR_UNAVAILABLE : TOKLINK_OK));
        toklink_quota_status_free(quota);
        toklink_error_free(error);
        quota = NULL;
        toklink_client_free(client);
    }
}

/* The options of a client whose REDIS_URL belongs to another program. */
static toklink_client_options *options_with_redis_url(const char *url, const char *store) {
    CHECK(setenv("REDIS_URL", url, 1) == 0);
    toklink_client_options *options = toklink_client_options_from_env();
    CHECK(unsetenv("REDIS_URL") == 0);
    CHECK(toklink_client_options_set_client_key(options, text(CLIENT_KEY), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_client_secret(options, text(SECRET), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_encryption_key(options, text(KEY), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_api_base_url(options, text(emulator), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_auth_base_url(options, text(emulator), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_sqlite_path(options, text(store), NULL) == TOKLINK_OK);
    return options;
}

static void redis_of_another_program_is_reported_and_not_used(const char *store) {
    toklink_quota_status *quota = NULL;
    toklink_error *error = NULL;
    toklink_client *client = client_of(options_with_redis_url("http://:p4ssword@cache.example", store));
    event_queue events;
    subscribe(client, &events);
    must(toklink_client_read_quota(client, text(""), text(ana), &quota, &error), error);
    toklink_quota_status_free(quota);
    recorded_event ignored = next_event(&events, TOKLINK_EVENT_REDIS_IGNORED);
    CHECK(strstr(ignored.reason, "REDIS_URL is not used") != NULL && strstr(ignored.reason, "p4ssword") == NULL);
    CHECK(ignored.at_ms > 0 && ignored.open_id[0] == '\0');
    toklink_client_free(client);

    toklink_client_options *options = options_with_redis_url("redis://127.0.0.1:1", store);
    CHECK(toklink_client_options_set_redis_url(options, text("redis://127.0.0.1:1"), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_no_redis(options, NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_no_redis(NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    client = client_of(options);
    quota = NULL;
    must(toklink_client_read_quota(client, text(""), text(ana), &quota, &error), error);
    toklink_quota_status_free(quota);
    toklink_client_free(client);
    CHECK(toklink_event_reason(NULL).len == 0);
}

static void a_caption_is_whole_or_refused(void) {
    toklink_caption *caption = toklink_caption_new();
    toklink_buf built = {NULL, 0};
    toklink_error *error = NULL;
    CHECK(toklink_caption_add_text(caption, text("Morning run"), NULL) == TOKLINK_OK);
    CHECK(toklink_caption_add_hashtag(caption, text("running"), NULL) == TOKLINK_OK);
    CHECK(toklink_caption_add_mention(caption, text("@ana.makes"), NULL) == TOKLINK_OK);
    CHECK(toklink_caption_utf16_units(caption) == 31);
    CHECK(toklink_caption_add_hashtag(caption, text("two words"), NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_caption_add_mention(caption, text("an a"), NULL) == TOKLINK_ERR_INVALID_INPUT);
    must(toklink_caption_build(caption, 2200, &built, &error), error);
    CHECK(strcmp(built.data, "Morning run #running @ana.makes") == 0);
    toklink_buf_free(&built);
    CHECK(toklink_caption_build(caption, 30, &built, &error) == TOKLINK_ERR_INVALID_INPUT && built.data == NULL);
    CHECK(toklink_error_owner(error) == TOKLINK_OWNER_USER);
    CHECK(strstr(toklink_error_message(error).data, "31 UTF-16") != NULL);
    toklink_error_free(error);
    CHECK(toklink_caption_add_text(NULL, text("x"), NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_caption_utf16_units(NULL) == 0);
    toklink_caption_free(caption);
    toklink_caption_free(NULL);
}

int main(int count, char **arguments) {
    char store[4096];
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(store, sizeof store, "%s/figures-%ld.db", arguments[1], (long)getpid());
    toklink_client_options *options = options_for(emulator);
    CHECK(toklink_client_options_set_sqlite_path(options, text(store), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_journal_retention(options, UINT64_C(86400000), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_quota_policy(options, 3, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_client_options_set_journal_retention(options, 1, NULL) == TOKLINK_OK);
    toklink_client *too_short = NULL;
    CHECK(toklink_client_new(options, &too_short, NULL) == TOKLINK_ERR_CONFIG && too_short == NULL);
    CHECK(toklink_client_options_set_journal_retention(options, UINT64_C(7) * 24 * 60 * 60 * 1000, NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_quota_policy(options, TOKLINK_QUOTA_POLICY_DOCUMENTED, NULL) == TOKLINK_OK);
    toklink_client *client = client_of(options);
    options = options_for(emulator);
    CHECK(toklink_client_options_set_sqlite_path(options, text(store), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_cache(options, 0, 0, NULL) == TOKLINK_OK);
    toklink_client *uncached = client_of(options);
    event_queue events;
    subscribe(client, &events);
    desktop_sign_in(client, emulator, "ana.makes", ana, sizeof ana);
    desktop_sign_in(client, emulator, "ben.private", ben, sizeof ben);
    a_sweep_reads_each_account_once_a_day(client);
    metrics_are_read_again_when_they_are_too_old(store);
    a_failure_stays_with_its_account(client);
    a_sweep_tells_of_its_steps(client);
    what_was_collected_is_found_by_day(client);
    a_read_is_shown_again_until_it_is_forgotten(client, uncached);
    a_window_that_fills_up_emits_a_warning(client, &events);
    a_slow_listener_receives_the_number_of_missed_events(client, &events);
    each_mark_is_warned_of_once();
    without_its_redis_a_client_refuses_and_says_so(store);
    redis_of_another_program_is_reported_and_not_used(store);
    a_caption_is_whole_or_refused();
    toklink_client_free(uncached);
    toklink_client_free(client);
    CHECK(events.destroyed == 1);
    remove(store);
    printf("%u checks passed\n", checks_done);
    return 0;
}
