/* Frees clients, requests and operations in an unusual order. Arguments: as for end_to_end.c. */

#define _GNU_SOURCE

#include "lifetimes.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *emulator;
static char open_id[128], database[4096];

static toklink_options stored(void) {
    toklink_options options = options_for(emulator);
    options.sqlite_path = database;
    return options;
}

/* An operation of the host. Its completion frees the memory. */
typedef struct {
    uint64_t number;
    waiter *seen;
} job;

static void frees_its_job(void *user_data, toklink_op operation, const toklink_metrics *metrics, const toklink_error *error) {
    job *done = user_data;
    waiter *seen = done->seen;
    CHECK(done->number == operation && metrics == NULL && error->status == TOKLINK_ERR_NOT_FOUND);
    free(done);
    fired(seen, operation, false, error);
}

/* On one processor, with this thread at the lowest priority, most completions run before the call returns. */
static void completion_can_free_the_memory_of_its_number(void) {
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
        toklink_account_metrics(client, "unknown", frees_its_job, started, &started->number);
        wait_for(&seen);
    }
    CHECK(sched_setscheduler(0, SCHED_OTHER, &none) == 0 && sched_setaffinity(0, sizeof all, &all) == 0);
    toklink_client_free(client);
}

static bool opens(void *user_data, const char *url) {
    (void)user_data;
    return url[0] != 0;
}

/* A waiting desktop login sends TikTok no request, so only the close can end it. */
static void close_ends_a_waiting_login(void) {
    waiter waiting, late;
    toklink_client *client = client_of(options_for(emulator));
    prepare(&waiting);
    prepare(&late);
    toklink_op operation = 7;
    toklink_login_options options = TOKLINK_LOGIN_OPTIONS_INIT;
    toklink_login(client, &options, opens, NULL, NULL, NULL);
    CHECK(toklink_client_close(client, NULL) == TOKLINK_OK);
    toklink_account_metrics(client, "unknown", metrics_done, &late, &operation);
    wait_for(&late);
    CHECK(late.status == TOKLINK_ERR_CLOSED && operation == 0 && late.fired == 1);
    const toklink_account *account = NULL;
    CHECK(took((account = toklink_login_blocking(client, NULL, opens, NULL, seen_at())) != NULL, NULL) == TOKLINK_ERR_CLOSED);
    toklink_client_free(client);
    /* Without a client, the completion runs on the calling thread. */
    toklink_account_metrics(NULL, "unknown", metrics_done, &waiting, NULL);
    CHECK(waiting.fired == 1 && waiting.status == TOKLINK_ERR_INVALID_INPUT);
}

/* The results of a callback that creates clients. */
typedef struct {
    waiter who;
    toklink_status faulty, sound;
} maker;

static void makes_clients(void *user_data, toklink_op operation, const toklink_metrics *metrics, const toklink_error *error) {
    maker *made = user_data;
    toklink_client *client = NULL;
    toklink_options faulty = TOKLINK_OPTIONS_INIT, sound = options_for(emulator);
    made->faulty = took((client = toklink_client_new(&faulty, seen_at())) != NULL, NULL);
    made->sound = took((client = toklink_client_new(&sound, seen_at())) != NULL, NULL);
    toklink_client_free(client);
    fired(&made->who, operation, metrics != NULL, error);
}

static void callback_can_create_clients(void) {
    maker made;
    prepare(&made.who);
    toklink_client *client = client_of(stored());
    toklink_account_metrics(client, open_id, makes_clients, &made, NULL);
    succeeds(&made.who);
    toklink_client_free(client);
    CHECK(made.faulty == TOKLINK_ERR_CONFIG && made.sound == TOKLINK_OK);
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

static toklink_publish_options fed(feed *from) {
    toklink_publish_options request = TOKLINK_PUBLISH_OPTIONS_INIT;
    pthread_mutex_init(&from->lock, NULL);
    pthread_cond_init(&from->changed, NULL);
    request.privacy_level = "SELF_ONLY";
    request.path = NULL; request.read = reads_late; request.read_data = from; request.read_destroy = feed_ended; request.read_size = 4096;
    return request;
}

/* A client reads the stream, and `destroy` runs on its callback thread. */
static void stream_is_destroyed_on_its_callback_thread(void) {
    feed from = {0};
    waiter who;
    prepare(&who);
    toklink_op operation = 0;
    toklink_publish_options request = fed(&from);
    toklink_client *reader = client_of(stored());
    toklink_publish_video(reader, for_account(&request, open_id), publish_done, &who, &operation);
    wait_until_set(&from, &from.is_read);
    CHECK(from.destroyed == 0);
    set(&from, &from.may_end);
    wait_for(&who);
    CHECK(who.fired == 1 && who.status != TOKLINK_OK);
    toklink_client_free(reader);
    CHECK(from.destroyed == 1 && from.is_at_home);
}

static void lets_its_reader_end(void *user_data, toklink_op operation, const toklink_publish *outcome, const toklink_error *error) {
    feed *from = user_data;
    CHECK(operation > 0 && outcome == NULL && error->status == TOKLINK_ERR_CANCELLED);
    /* A read is still running, so its data is not freed yet. */
    CHECK(from->destroyed == 0);
    set(from, &from->may_end);
}

/* A reader that waits for a completion, like a full queue. The completion must not wait for the reader. */
static void reader_can_wait_for_the_completion(void) {
    for (unsigned round = 0; round < 20; round += 1) {
        feed from = {0};
        toklink_op operation = 0;
        toklink_publish_options request = fed(&from);
        toklink_client *client = client_of(stored());
        toklink_publish_video(client, for_account(&request, open_id), lets_its_reader_end, &from, &operation);
        wait_until_set(&from, &from.is_read);
        toklink_client_free(client);
        CHECK(from.may_end && from.destroyed == 1 && from.is_at_home);
    }
}

/* The callback thread exists in the parent only, so the child calls `destroy` itself. */
static void forked_child_frees_its_streams(void) {
    feed after = {0};
    toklink_client *client = client_of(options_for(emulator));
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        waiter who;
        prepare(&who);
        const toklink_publish *outcome = NULL;
        toklink_error *error = NULL;
        toklink_publish_options own = fed(&after);
        CHECK(took((outcome = toklink_publish_video_blocking(client, for_account(&own, "unknown"), seen_at())) != NULL, &error) == TOKLINK_ERR_CONFLICT);
        CHECK(error->reason == TOKLINK_REASON_AFTER_FORK && after.destroyed == 1);
        toklink_error_free(error);
        toklink_account_metrics(client, "unknown", metrics_done, &who, NULL);
        CHECK(who.fired == 1 && who.reason == TOKLINK_REASON_AFTER_FORK);
        toklink_client_free(client);
        /* _exit: a memory checker would report the memory of the parent's threads as leaked in the child. */
        raise(SIGKILL);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    toklink_client_free(client);
    CHECK(after.destroyed == 0);
}

/* A host that dispatches callbacks on its own thread. */
typedef struct {
    _Atomic unsigned wakes, destroyed;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    unsigned progress, lines, events;
    waiter who;
} loop;

static void wakes(void *user_data) {
    loop *host = user_data;
    pthread_mutex_lock(&host->lock);
    host->wakes += 1;
    pthread_cond_signal(&host->changed);
    pthread_mutex_unlock(&host->lock);
}

static void loop_ended(void *user_data) {
    loop *host = user_data;
    CHECK(pthread_equal(pthread_self(), host->thread));
    host->destroyed += 1;
}

static bool progresses(void *user_data, const toklink_progress *progress) {
    loop *host = user_data;
    toklink_progress copy = *progress;
    CHECK(pthread_equal(pthread_self(), host->thread) && copy.total_bytes >= copy.bytes_sent);
    host->progress += 1;
    return true;
}

static void posted(void *user_data, toklink_op operation, const toklink_publish *publish, const toklink_error *error) {
    loop *host = user_data;
    CHECK(pthread_equal(pthread_self(), host->thread));
    publish_done(&host->who, operation, publish, error);
}

static void logged(void *user_data, toklink_log_level level, const char *line) {
    loop *host = user_data;
    CHECK(pthread_equal(pthread_self(), host->thread) && level != 0 && line[0] != 0);
    host->lines += 1;
}

static void happened(void *user_data, const toklink_event *event) {
    loop *host = user_data;
    CHECK(pthread_equal(pthread_self(), host->thread) && event != NULL);
    host->events += 1;
}

/* A call on another thread, whose log line is also queued for the host's thread. */
static void *calls_elsewhere(void *client) {
    const toklink_account_list *accounts = toklink_list_accounts(client, NULL, NULL);
    CHECK(accounts != NULL);
    toklink_account_list_free(accounts);
    return NULL;
}

static void all_callbacks_run_on_the_dispatching_thread(const char *video) {
    pthread_t other;
    loop host = {0};
    host.thread = pthread_self();
    pthread_mutex_init(&host.lock, NULL);
    pthread_cond_init(&host.changed, NULL);
    prepare(&host.who);
    toklink_options options = stored();
    options.wake = wakes;
    options.user_data = &host;
    options.destroy = loop_ended;
    options.log = logged;
    toklink_client *client = client_of(options);
    toklink_publish_options post = TOKLINK_PUBLISH_OPTIONS_INIT;
    post.account = open_id;
    post.path = video;
    post.privacy_level = "SELF_ONLY";
    post.progress = progresses;
    toklink_publish_video(client, &post, posted, &host, NULL);
    while (host.who.fired == 0) {
        pthread_mutex_lock(&host.lock);
        while (host.wakes == 0) {
            pthread_cond_wait(&host.changed, &host.lock);
        }
        host.wakes = 0;
        pthread_mutex_unlock(&host.lock);
        CHECK(toklink_dispatch(client, NULL) == TOKLINK_OK);
    }
    CHECK(host.who.status == TOKLINK_OK && host.progress > 0 && host.lines == 1);
    CHECK(toklink_call_events(client, happened, &host, NULL, NULL) == TOKLINK_OK);
    CHECK(pthread_create(&other, NULL, calls_elsewhere, client) == 0 && pthread_join(other, NULL) == 0);
    const toklink_user *user = toklink_user_info_blocking(client, open_id, NULL);
    CHECK(user != NULL && host.lines == 1);
    toklink_user_free(user);
    CHECK(toklink_dispatch(client, NULL) == TOKLINK_OK && host.lines == 3);
    /* Queued callbacks run on the thread that frees the client. */
    prepare(&host.who);
    toklink_publish_video(client, &post, posted, &host, NULL);
    toklink_client_free(client);
    CHECK(host.who.fired == 1 && host.destroyed == 1 && host.events > 0);
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(database, sizeof database, "%s/ends.sqlite", arguments[1]);
    remove(database);
    toklink_client *client = client_of(stored());
    desktop_sign_in(client, emulator, "ana.makes", open_id, sizeof open_id);
    toklink_client_free(client);
    completion_can_free_the_memory_of_its_number();
    close_ends_a_waiting_login();
    callback_can_create_clients();
    stream_is_destroyed_on_its_callback_thread();
    reader_can_wait_for_the_completion();
    forked_child_frees_its_streams();
    char video[4096];
    snprintf(video, sizeof video, "%s/media/good.mp4", arguments[2]);
    all_callbacks_run_on_the_dispatching_thread(video);
    printf("%u checks passed\n", checks_done);
    return 0;
}
