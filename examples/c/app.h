/* The user interface of today.c: a terminal, the system's browser, and an event loop that waits on a pipe. */
#ifndef EXAMPLES_APP_H
#define EXAMPLES_APP_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <toklink.h>

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

typedef struct {
    const char *store, *file, *key;
    toklink_client *client;
    int wakes[2];
    unsigned shown;
    bool failed;
} desktop;

static volatile sig_atomic_t stops;

static void interrupted(int number) {
    (void)number;
    stops = 1;
}

static desktop *start_app(int argc, char **argv) {
    static desktop one;
    one = (desktop){0};
    if (argc != 4 || pipe(one.wakes) != 0) {
        fprintf(stderr, "usage: %s STORE FILE KEY\n", argv[0]);
        exit(2);
    }
    one.store = argv[1];
    one.file = argv[2];
    one.key = argv[3];
    signal(SIGINT, interrupted);
    return &one;
}

/* Reads the app's keys from the environment, as session.h does. A program that you distribute sets them in code. */
static toklink_options app_options(const desktop *one) {
    toklink_options options = TOKLINK_OPTIONS_INIT;
    options.use_environment = true;
    options.sqlite_path = one->store;
    return options;
}

/* May be called on any thread. The event loop reads the other end of the pipe. */
static void app_wake(void *app) {
    if (write(((desktop *)app)->wakes[1], "w", 1) != 1) {
        abort();
    }
}

/* Starts the program that the variable BROWSER names. */
static bool open_in_browser(void *app, const char *url) {
    const char *browser = getenv("BROWSER") != NULL ? getenv("BROWSER") : "xdg-open";
    char *arguments[] = {(char *)(size_t)browser, (char *)(size_t)url, NULL};
    pid_t process = 0;
    (void)app;
    return posix_spawnp(&process, browser, NULL, NULL, arguments, environ) == 0;
}

static toklink_client *app_client(const desktop *one) { return one->client; }
static const char *app_file(const desktop *one) { return one->file; }
static const char *app_share_id(const desktop *one) { return one->key; }

static bool app_wants_cancel(const desktop *one) {
    (void)one;
    return stops != 0;
}

static void show_bar(const desktop *one, int64_t sent, int64_t total, int64_t remaining_ms) {
    printf("%s: %.1f of %.1f MB, %lld s left\n", one->file, (double)sent / 1e6, (double)total / 1e6,
           (long long)(remaining_ms < 0 ? -1 : remaining_ms / 1000));
}

static void show_link(desktop *one, const char *publish_id, const char *share_url) {
    printf("posted %s %s\n", publish_id, share_url);
    one->shown += 1;
}

static void show_figures(desktop *one, int64_t followers, int64_t likes, double engagement_rate) {
    printf("%lld followers, %lld likes, %.2f %% engagement\n", (long long)followers, (long long)likes, engagement_rate);
    one->shown += 1;
}

static void show_error(desktop *one, toklink_status status, toklink_reason reason, const char *message) {
    fprintf(stderr, "%s, %s: %s\n", toklink_status_name(status), toklink_reason_name(reason), message);
    one->failed = true;
}

/* Returns after the results of the upload and the metrics, or an error, were shown. */
static void run_event_loop(desktop *one, toklink_client *client) {
    one->client = client;
    while (one->shown < 2 && !one->failed) {
        char wake;
        ssize_t count = read(one->wakes[0], &wake, 1);
        if (count == 1) {
            toklink_dispatch(client, NULL);
        } else if (count == 0 || errno != EINTR) {
            abort();
        }
    }
}

static int end_app(const desktop *one) {
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
    return one->failed ? 1 : 0;
}

#endif
