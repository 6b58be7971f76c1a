/* A process that forks while its client is busy: in the child, each call with that client fails at once, and a new client works.
   Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "waiter.h"

#include <signal.h>
#include <sys/wait.h>

#define READERS 16

static const char *emulator;
static char open_id[128], video[4096];

/* A reader that blocks until the test ends. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned inside;
    bool may_end;
} gate;

static gate readers;

static bool blocks(void *user_data, uint8_t *buffer, size_t capacity, size_t *out_read) {
    gate *here = user_data;
    (void)buffer, (void)capacity;
    pthread_mutex_lock(&here->lock);
    here->inside += 1;
    pthread_cond_broadcast(&here->changed);
    while (!here->may_end) pthread_cond_wait(&here->changed, &here->lock);
    pthread_mutex_unlock(&here->lock);
    *out_read = 0;
    return false;
}

static bool reads_file(void *user_data, uint8_t *buffer, size_t capacity, size_t *out_read) {
    *out_read = fread(buffer, 1, capacity, user_data);
    return true;
}

static void happens(void *user_data, const toklink_event *event) { (void)user_data, (void)event; }

static void users(void *who, toklink_op operation, const toklink_user *user, const toklink_error *error) {
    fired(who, operation, user != NULL, error);
}

static bool never(void *user_data, const char *url) {
    (void)user_data, (void)url;
    return false;
}

/* Checks the error of a call in the child. */
static void refused(bool succeeded) {
    toklink_error *error = NULL;
    CHECK(took(succeeded, &error) == TOKLINK_ERR_CONFLICT && error->reason == TOKLINK_REASON_AFTER_FORK);
    CHECK(!error->may_have_been_sent);
    toklink_error_free(error);
}

static void each_call_fails_at_once(toklink_client *client) {
    waiter who;
    toklink_publish_options post = TOKLINK_PUBLISH_OPTIONS_INIT;
    const toklink_publish_record *record = NULL;
    post.account = open_id;
    post.path = video;
    post.privacy_level = "SELF_ONLY";
    refused(toklink_user_info_blocking(client, open_id, seen_at()) != NULL);
    refused(toklink_list_accounts(client, NULL, seen_at()) != NULL);
    refused(toklink_publish_video_blocking(client, &post, seen_at()) != NULL);
    refused(toklink_login_blocking(client, NULL, never, NULL, seen_at()) != NULL);
    refused(toklink_quota_status(client, open_id, seen_at()) != NULL);
    refused(toklink_seal(client, open_id, "field", "text", seen_at()) != NULL);
    refused(toklink_events(client, happens, NULL, NULL, seen_at()) == TOKLINK_OK);
    refused(toklink_call_events(client, happens, NULL, NULL, seen_at()) == TOKLINK_OK);
    refused(toklink_invalidate_cache(client, open_id, seen_at()) == TOKLINK_OK);
    refused(toklink_find_publish(client, open_id, "key", &record, seen_at()) == TOKLINK_OK);
    refused(toklink_start_background_refresh(client, 4, seen_at()) == TOKLINK_OK);
    refused(toklink_dispatch(client, seen_at()) == TOKLINK_OK);
    refused(toklink_client_close(client, seen_at()) == TOKLINK_OK);
    CHECK(!toklink_cancel(client, 1));
    prepare(&who);
    toklink_user_info(client, open_id, users, &who, NULL);
    CHECK(who.fired == 1 && who.reason == TOKLINK_REASON_AFTER_FORK);
    toklink_client_free(client);
}

static void new_client_works_in_the_child(void) {
    char id[128];
    const toklink_publish *outcome = NULL;
    toklink_error *error = NULL;
    toklink_publish_options post = TOKLINK_PUBLISH_OPTIONS_INIT;
    toklink_client *client = client_of(options_for(emulator));
    desktop_sign_in(client, emulator, "ben.private", id, sizeof id);
    FILE *file = fopen(video, "rb");
    CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0);
    post.account = id;
    post.privacy_level = "SELF_ONLY";
    post.read = reads_file;
    post.read_data = file;
    post.read_size = (uint64_t)ftell(file);
    rewind(file);
    must(took((outcome = toklink_publish_video_blocking(client, &post, seen_at())) != NULL, &error), error);
    toklink_publish_free(outcome);
    toklink_client_free(client);
    fclose(file);
}

/* SQLite cannot be shared with a forked child, not even for another file. */
static void sqlite_file_is_refused_in_the_child(const char *folder) {
    char path[512];
    toklink_error *error = NULL;
    toklink_options options = options_for(emulator);
    snprintf(path, sizeof path, "%s/child.sqlite", folder);
    options.sqlite_path = path;
    CHECK(toklink_client_new(&options, &error) == NULL);
    CHECK(error->reason == TOKLINK_REASON_AFTER_FORK && error->status == TOKLINK_ERR_CONFLICT);
    toklink_error_free(error);
}

int main(int count, char **arguments) {
    waiter ends[READERS];
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(video, sizeof video, "%s/media/good.mp4", arguments[2]);
    pthread_mutex_init(&readers.lock, NULL);
    pthread_cond_init(&readers.changed, NULL);
    char path[512];
    toklink_options with_file = options_for(emulator);
    snprintf(path, sizeof path, "%s/parent.sqlite", arguments[1]);
    remove(path);
    with_file.sqlite_path = path;
    toklink_client *second = client_of(with_file);
    toklink_client *client = client_of(options_for(emulator));
    desktop_sign_in(client, emulator, "ana.makes", open_id, sizeof open_id);
    CHECK(toklink_events(client, happens, NULL, NULL, NULL) == TOKLINK_OK);
    for (unsigned number = 0; number < READERS; number += 1) {
        toklink_publish_options post = TOKLINK_PUBLISH_OPTIONS_INIT;
        prepare(&ends[number]);
        post.account = open_id;
        post.privacy_level = "SELF_ONLY";
        post.read = blocks;
        post.read_data = &readers;
        post.read_size = 4096;
        toklink_publish_video(client, &post, publish_done, &ends[number], NULL);
    }
    pthread_mutex_lock(&readers.lock);
    while (readers.inside < READERS) pthread_cond_wait(&readers.changed, &readers.lock);
    pthread_mutex_unlock(&readers.lock);
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        /* Ends a child that hangs. */
        alarm(60);
        each_call_fails_at_once(client);
        new_client_works_in_the_child();
        sqlite_file_is_refused_in_the_child(arguments[1]);
        /* SIGKILL: a memory checker would report the memory of the parent's threads as leaked in the child. */
        raise(SIGKILL);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    pthread_mutex_lock(&readers.lock);
    readers.may_end = true;
    pthread_cond_broadcast(&readers.changed);
    pthread_mutex_unlock(&readers.lock);
    for (unsigned number = 0; number < READERS; number += 1) wait_for(&ends[number]);
    toklink_client_free(client);
    toklink_client_free(second);
    printf("%u checks passed\n", checks_done);
    return 0;
}
