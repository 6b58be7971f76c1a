/* The window of desktop_app.c, as functions that check what they are called with. */
#ifndef TOKLINK_TESTS_USER_INTERFACE_H
#define TOKLINK_TESTS_USER_INTERFACE_H

#include "host.h"

#include <pthread.h>

typedef struct {
    browser user;
    char video[4096], database[4096];
    toklink_client *client;
    pthread_t thread;
    int wakes[2];
    unsigned bars, links, figures;
} desktop;

static inline desktop *start_app(int count, char **arguments) {
    static desktop one;
    CHECK(count == 4 && pipe(one.wakes) == 0);
    one.user.emulator = arguments[3];
    one.user.username = "ana.makes";
    one.thread = pthread_self();
    snprintf(one.video, sizeof one.video, "%s/media/good.mp4", arguments[2]);
    snprintf(one.database, sizeof one.database, "%s/desktop_app-%ld.db", arguments[1], (long)getpid());
    return &one;
}

static inline toklink_options app_options(const desktop *one) {
    toklink_options options = options_for(one->user.emulator);
    options.sqlite_path = one->database;
    return options;
}

/* Any thread calls it; the loop reads the other end. */
static inline void app_wake(void *user_data) { CHECK(write(((desktop *)user_data)->wakes[1], "w", 1) == 1); }

static inline bool open_in_browser(void *user_data, const char *url) {
    desktop *one = user_data;
    CHECK(pthread_equal(one->thread, pthread_self()));
    return browses(&one->user, url);
}

static inline toklink_client *app_client(const desktop *one) { return one->client; }
static inline const char *app_file(const desktop *one) { return one->video; }
static inline const char *app_share_id(const desktop *one) { return one->user.username; }
static inline bool app_wants_cancel(const desktop *one) { return one->links > 0; }

static inline void show_bar(desktop *one, int64_t sent, int64_t total, int64_t remaining_ms) {
    CHECK(pthread_equal(one->thread, pthread_self()) && sent <= total && remaining_ms >= -1);
    one->bars += 1;
}

static inline void show_link(desktop *one, const char *publish_id, const char *share_url) {
    CHECK(pthread_equal(one->thread, pthread_self()) && publish_id[0] != 0 && share_url != NULL);
    one->links += 1;
}

static inline void show_figures(desktop *one, int64_t followers, int64_t likes, double engagement_rate) {
    CHECK(pthread_equal(one->thread, pthread_self()) && followers > 0 && likes > 0 && engagement_rate > 0);
    one->figures += 1;
}

static inline void show_error(const desktop *one, toklink_status status, toklink_reason reason, const char *message) {
    fprintf(stderr, "%s, %s of %s: %s\n", toklink_status_name(status), toklink_reason_name(reason), one->user.username, message);
    exit(1);
}

/* Ends when the upload and the metrics were shown. */
static inline void run_event_loop(desktop *one, toklink_client *client) {
    one->client = client;
    while (one->links == 0 || one->figures == 0) {
        char wake;
        CHECK(read(one->wakes[0], &wake, 1) == 1 && toklink_dispatch(client, NULL) == TOKLINK_OK);
    }
}

static inline int end_app(const desktop *one) {
    CHECK(one->bars > 0 && one->links == 1 && one->figures == 1 && strstr(one->user.reply, "Welcome to the game") != NULL);
    remove(one->database);
    printf("%u checks passed\n", checks_done);
    return 0;
}

#endif
