/* Posts a video from the command line.
 *
 *     upload STORE FILE TITLE
 *
 * Shows the progress. Ctrl-C stops it. The same command resumes after the last byte that TikTok accepted, because the file
 * and its title determine the idempotency key. Exit code: 0 posted, 1 failed, 2 wrong usage, 130 stopped. */

#define _POSIX_C_SOURCE 200809L

#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Wakes the main thread: 'i' for Ctrl-C, 'd' when the upload has finished. A pipe, because a signal handler may write
 * to it. */
static int wake[2];

static void interrupted(int signal) {
    int kept = errno;
    (void)signal;
    if (write(wake[1], "i", 1) != 1) {
        abort();
    }
    errno = kept;
}

typedef struct {
    toklink_status status;
    toklink_publish_outcome *outcome;
    toklink_error *error;
} ending;

/* Runs once, on a thread of the client. It owns its arguments. */
static void ended(void *user_data, uint64_t operation, toklink_status status, toklink_publish_outcome *outcome,
                  toklink_error *error) {
    ending *end = user_data;
    (void)operation;
    *end = (ending){status, outcome, error};
    if (write(wake[1], "d", 1) != 1) {
        abort();
    }
}

static const char *doing(toklink_publish_phase phase) {
    switch (phase) {
    case TOKLINK_PHASE_PROBING: return "looking at the file";
    case TOKLINK_PHASE_SENDING: return "sending";
    case TOKLINK_PHASE_PROCESSING: return "TikTok is processing it";
    case TOKLINK_PHASE_MODERATING: return "TikTok is moderating it";
    case TOKLINK_PHASE_PUBLISHED: return "published";
    default: return "working";
    }
}

/* Runs on the same thread as `ended`, and before it. */
static bool progressed(void *user_data, const toklink_publish_progress *progress) {
    uint64_t remaining_ms = 0;
    (void)user_data;
    printf("%s: %.1f of %.1f MB", doing(toklink_publish_progress_phase(progress)),
           (double)toklink_publish_progress_bytes_sent(progress) / 1e6,
           (double)toklink_publish_progress_total_bytes(progress) / 1e6);
    if (toklink_publish_progress_remaining_ms(progress, &remaining_ms)) {
        printf(", %.0f s left", (double)remaining_ms / 1e3);
    }
    printf("\n");
    fflush(stdout);
    return true;
}

/* The idempotency key: the same file with the same title is never posted twice. FNV-1a. */
static void name_of(const char *file, const char *title, char *out, size_t size) {
    const char *parts[2] = {file, title};
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t part = 0; part < 2; part += 1) {
        const char *letter = parts[part];
        do {
            hash = (hash ^ (unsigned char)*letter) * 0x100000001b3u;
        } while (*letter++ != '\0');
    }
    snprintf(out, size, "upload-%016llx", (unsigned long long)hash);
}

static toklink_publish_request *request_for(const char *file, const char *title) {
    toklink_publish_request *request = toklink_publish_request_new();
    toklink_error *error = NULL;
    char name[32];
    name_of(file, title, name, sizeof name);
    if (toklink_publish_request_set_path(request, toklink_str_from(file), &error) == TOKLINK_OK &&
        toklink_publish_request_set_title(request, toklink_str_from(title), &error) == TOKLINK_OK &&
        toklink_publish_request_set_privacy_level(request, toklink_str_from("SELF_ONLY"), &error) == TOKLINK_OK &&
        toklink_publish_request_set_idempotency_key(request, toklink_str_from(name), &error) == TOKLINK_OK &&
        toklink_publish_request_set_progress(request, progressed, NULL, &error) == TOKLINK_OK) {
        return request;
    }
    report(error);
    toklink_publish_request_free(request);
    return NULL;
}

/* Waits until the operation has finished; Ctrl-C cancels it. */
static void wait_for_end(const toklink_client *client, uint64_t operation) {
    char what = '\0';
    while (what != 'd') {
        ssize_t got = read(wake[0], &what, 1);
        if (got == 1 && what == 'i') {
            fprintf(stderr, "stopping ...\n");
            toklink_client_cancel(client, operation);
        } else if (got != 1 && errno != EINTR) {
            abort();
        }
    }
}

static int upload(const toklink_client *client, const char *open_id, const toklink_publish_request *request) {
    ending end = {TOKLINK_OK, NULL, NULL};
    toklink_error *error = NULL;
    uint64_t operation = 0;
    if (toklink_client_publish_video_async(client, toklink_str_from(""), toklink_str_from(open_id), request, ended, &end,
                                           &operation, &error) != TOKLINK_OK) {
        report(error);
        return 1;
    }
    wait_for_end(client, operation);
    if (end.status == TOKLINK_OK) {
        printf("posted: %s\n", toklink_publish_outcome_publish_id(end.outcome).data);
        toklink_publish_outcome_free(end.outcome);
        return 0;
    }
    if (end.status == TOKLINK_ERR_CANCELLED) {
        toklink_error_free(end.error);
        fprintf(stderr, "stopped; run the same command to resume\n");
        return 130;
    }
    report(end.error);
    return 1;
}

int main(int count, char **arguments) {
    struct sigaction on_interrupt;
    char open_id[256];
    int code = 1;
    if (count != 4) {
        fprintf(stderr, "usage: %s STORE FILE TITLE\n", arguments[0]);
        return 2;
    }
    memset(&on_interrupt, 0, sizeof on_interrupt);
    on_interrupt.sa_handler = interrupted;
    if (pipe(wake) != 0 || sigaction(SIGINT, &on_interrupt, NULL) != 0) {
        perror("upload");
        return 1;
    }
    toklink_client *client = open_client(arguments[1]);
    toklink_publish_request *request = request_for(arguments[2], arguments[3]);
    if (client != NULL && request != NULL && only_account(client, open_id, sizeof open_id)) {
        code = upload(client, open_id, request);
    }
    toklink_client_free(client);
    toklink_publish_request_free(request);
    return code;
}
