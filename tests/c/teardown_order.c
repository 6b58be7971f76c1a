/* Frees clients, requests and operations in an unusual order. Arguments: as for end_to_end.c. */

#define _GNU_SOURCE

#include "lifetimes.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *emulator;
static char open_id[128], database[4096];

static toklink_client_options *stored(void) {
    toklink_client_options *options = options_for(emulator);
    CHECK(toklink_client_options_set_sqlite_path(options, text(database), NULL) == TOKLINK_OK);
    return options;
}

/* An operation of the host. Its completion frees the memory. */
typedef struct {
    uint64_t number;
    waiter *seen;
} job;

static void frees_its_job(void *user_data, uint64_t operation, toklink_status status, toklink_account_metrics *metrics,
                          toklink_error *error) {
    job *done = user_data;
    waiter *seen = done->seen;
    CHECK(done->number == operation && metrics == NULL && status == TOKLINK_ERR_NOT_FOUND);
    toklink_error_free(error);
    free(done);
    fired(seen, operation, status, NULL, NULL);
}

/* On one processor with this thread at the lowest priority, most completions run before the call returns. */
static void a_completion_may_free_where_its_number_is(void) {
    cpu_set_t all, one;
    const struct sched_param none = {0};
    CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
    CPU_ZERO(&one);
    for (unsigned number = 0; CPU_COUNT(&one) == 0; number += 1) {
        if (CPU_ISSET(number, &all)) CPU_SET(number, &one);
    }
    CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
    toklink_client *client = client_of(options_for(emulator));
    CHECK(sched_setscheduler(0, SCHED_IDLE, &none) == 0);
    for (unsigned round = 0; round < 100; round += 1) {
        waiter seen;
        prepare(&seen);
        job *started = malloc(sizeof *started);
        CHECK(started != NULL);
        *started = (job){0, &seen};
        CHECK(toklink_client_account_metrics_async(client, text(""), text("unknown"), frees_its_job, started, &started->number,
                                                   NULL) == TOKLINK_OK);
        wait_for(&seen);
    }
    CHECK(sched_setscheduler(0, SCHED_OTHER, &none) == 0 && sched_setaffinity(0, sizeof all, &all) == 0);
    toklink_client_free(client);
}

static void never_done(void *user_data, uint64_t operation, toklink_status status, toklink_login_result *result,
                       toklink_error *error) {
    (void)user_data, (void)operation, (void)result, (void)error;
    fprintf(stderr, "a call that failed has a completion: %s\n", toklink_status_name(status).data);
    exit(1);
}

/* A waiting desktop login sends TikTok no request, so only the close can end it. */
static void no_login_waits_with_a_closed_client(void) {
    toklink_desktop_login *logins[2] = {NULL, NULL}, *other = NULL;
    toklink_login_request *request = toklink_login_request_new();
    toklink_login_result *result = NULL;
    uint64_t operation = 0;
    toklink_client *client = client_of(options_for(emulator));
    for (unsigned number = 0; number < 2; number += 1) {
        CHECK(toklink_desktop_login_begin(client, request, &logins[number], NULL) == TOKLINK_OK);
    }
    CHECK(toklink_client_close(client, NULL) == TOKLINK_OK);
    CHECK(toklink_desktop_login_wait_async(client, logins[0], never_done, NULL, &operation, NULL) == TOKLINK_ERR_CLOSED);
    CHECK(toklink_desktop_login_wait(client, logins[1], &result, NULL) == TOKLINK_ERR_CLOSED);
    CHECK(toklink_desktop_login_begin(client, request, &other, NULL) == TOKLINK_ERR_CLOSED);
    CHECK(operation == 0 && result == NULL && other == NULL);
    toklink_client_free(client);
    toklink_desktop_login_free(logins[0]);
    toklink_desktop_login_free(logins[1]);
    toklink_login_request_free(request);
}

/* The results of a callback on a worker that creates clients. */
typedef struct {
    unsigned calls;
    toklink_status faulty, sound;
} maker;

static void makes_clients(void *user_data, toklink_str tenant, toklink_str who, toklink_quota_kind kind, uint32_t percent,
                          uint32_t used, uint32_t limit, uint64_t window_ms) {
    maker *made = user_data;
    (void)tenant, (void)who, (void)kind, (void)percent, (void)used, (void)limit, (void)window_ms;
    toklink_client *client = NULL;
    toklink_client_options *faulty = toklink_client_options_new(), *sound = options_for(emulator);
    made->calls += 1;
    made->faulty = toklink_client_new(faulty, &client, NULL);
    made->sound = toklink_client_new(sound, &client, NULL);
    toklink_client_free(client);
    toklink_client_options_free(faulty);
    toklink_client_options_free(sound);
}

/* The sixteenth of twenty requests in a minute is sent to TikTok, so its warning runs on a worker. */
static void a_callback_on_a_worker_makes_clients(void) {
    maker made = {0, TOKLINK_OK, TOKLINK_ERR_INTERNAL};
    toklink_creator_info *info = NULL;
    toklink_client_options *options = stored();
    CHECK(toklink_client_options_set_quota_warning(options, makes_clients, &made, NULL, NULL) == TOKLINK_OK);
    toklink_client *client = client_of(options);
    for (unsigned count = 0; count < 15; count += 1) {
        CHECK(toklink_client_increment_quota(client, text(""), text(open_id), TOKLINK_QUOTA_CREATOR_INFO, NULL) ==
              TOKLINK_OK);
    }
    CHECK(made.calls == 0);
    CHECK(toklink_client_creator_info(client, text(""), text(open_id), &info, NULL) == TOKLINK_OK);
    toklink_creator_info_free(info);
    toklink_client_free(client);
    CHECK(made.calls == 1 && made.faulty == TOKLINK_ERR_CONFIG && made.sound == TOKLINK_OK);
}

/* A stream whose reader blocks until the test releases it. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_read, may_end;
    _Atomic unsigned destroyed;
    bool is_at_home;
} feed;

static void set(feed *from, bool *what) {
    pthread_mutex_lock(&from->lock);
    *what = true;
    pthread_cond_broadcast(&from->changed);
    pthread_mutex_unlock(&from->lock);
}

static void wait_until_set(feed *from, const bool *what) {
    pthread_mutex_lock(&from->lock);
    while (!*what) {
        pthread_cond_wait(&from->changed, &from->lock);
    }
    pthread_mutex_unlock(&from->lock);
}

static bool reads_late(void *user_data, uint8_t *buffer, size_t capacity, size_t *out_read) {
    feed *from = user_data;
    (void)buffer, (void)capacity, (void)out_read;
    set(from, &from->is_read);
    wait_until_set(from, &from->may_end);
    return false;
}

static void feed_ended(void *user_data) {
    feed *from = user_data;
    from->is_at_home = is_callback_thread();
    from->destroyed += 1;
}

static toklink_publish_request *fed(feed *from) {
    toklink_publish_request *request = toklink_publish_request_new();
    pthread_mutex_init(&from->lock, NULL);
    pthread_cond_init(&from->changed, NULL);
    CHECK(toklink_publish_request_set_privacy_level(request, text("SELF_ONLY"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_stream(request, reads_late, from, feed_ended, 4096, NULL) == TOKLINK_OK);
    return request;
}

static void publish_failed(void *user_data, uint64_t operation, toklink_status status, toklink_publish_outcome *outcome,
                           toklink_error *error) {
    CHECK(outcome == NULL);
    toklink_error_free(error);
    fired(user_data, operation, status, NULL, NULL);
}

/* One client reads the stream. The publish of another client, freed by then, was rejected because the stream was in use. */
static void a_stream_goes_back_where_it_was_read(void) {
    feed from = {0};
    waiter who;
    prepare(&who);
    uint64_t operation = 0;
    toklink_publish_outcome *outcome = NULL;
    toklink_publish_request *request = fed(&from);
    toklink_client *reader = client_of(stored()), *other = client_of(stored());
    CHECK(toklink_client_publish_video_async(reader, text(""), text(open_id), request, publish_failed, &who, &operation,
                                             NULL) == TOKLINK_OK);
    wait_until_set(&from, &from.is_read);
    CHECK(toklink_client_publish_video(other, text(""), text(open_id), request, &outcome, NULL) ==
          TOKLINK_ERR_INVALID_INPUT);
    toklink_client_free(other);
    toklink_publish_request_free(request);
    CHECK(from.destroyed == 0);
    set(&from, &from.may_end);
    wait_for(&who);
    CHECK(who.fired == 1 && who.status != TOKLINK_OK);
    toklink_client_free(reader);
    CHECK(from.destroyed == 1 && from.is_at_home);
}

static void lets_its_reader_end(void *user_data, uint64_t operation, toklink_status status, toklink_publish_outcome *outcome,
                                toklink_error *error) {
    feed *from = user_data;
    CHECK(operation > 0 && outcome == NULL && status == TOKLINK_ERR_CANCELLED);
    toklink_error_free(error);
    set(from, &from->may_end);
}

/* A reader that waits for a completion, as a queue without a consumer: the completion must not wait for the reader. */
static void a_reader_may_wait_for_the_completion(void) {
    for (unsigned round = 0; round < 20; round += 1) {
        feed from = {0};
        uint64_t operation = 0;
        toklink_publish_request *request = fed(&from);
        toklink_client *client = client_of(stored());
        CHECK(toklink_client_publish_video_async(client, text(""), text(open_id), request, lets_its_reader_end, &from,
                                                 &operation, NULL) == TOKLINK_OK);
        wait_until_set(&from, &from.is_read);
        toklink_publish_request_free(request);
        toklink_client_free(client);
        CHECK(from.may_end && from.destroyed == 1 && from.is_at_home);
    }
}

/* The callback thread exists in the parent only, so the child calls `destroy` itself. */
static void a_child_gives_back_its_streams(void) {
    feed before = {0}, after = {0};
    toklink_publish_outcome *outcome = NULL;
    toklink_client *client = client_of(options_for(emulator));
    toklink_publish_request *inherited = fed(&before);
    CHECK(toklink_client_publish_video(client, text(""), text("unknown"), inherited, &outcome, NULL) ==
          TOKLINK_ERR_NOT_FOUND);
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        toklink_publish_request *own = fed(&after);
        CHECK(toklink_client_publish_video(client, text(""), text("unknown"), own, &outcome, NULL) == TOKLINK_ERR_CONFLICT);
        toklink_publish_request_free(own);
        CHECK(after.destroyed == 1);
        toklink_publish_request_free(inherited);
        CHECK(before.destroyed == 1);
        toklink_client_free(client);
        /* _exit: a memory checker would report the memory of the parent's threads as leaked in the child. */
        raise(SIGKILL);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    toklink_publish_request_free(inherited);
    toklink_client_free(client);
    CHECK(before.destroyed == 1 && before.is_at_home && after.destroyed == 0);
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(database, sizeof database, "%s/ends.sqlite", arguments[1]);
    remove(database);
    toklink_client *client = client_of(stored());
    desktop_sign_in(client, emulator, "ana.makes", open_id, sizeof open_id);
    toklink_client_free(client);
    a_completion_may_free_where_its_number_is();
    no_login_waits_with_a_closed_client();
    a_callback_on_a_worker_makes_clients();
    a_stream_goes_back_where_it_was_read();
    a_reader_may_wait_for_the_completion();
    a_child_gives_back_its_streams();
    printf("%u checks passed\n", checks_done);
    return 0;
}
