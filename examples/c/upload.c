/* Posts a video from the command line.
 *
 *     upload STORE FILE TITLE
 *
 * Shows the progress. Ctrl-C stops the upload. The same command resumes it after the last byte that TikTok accepted,
 * because the file and the title determine the idempotency key. Exit code: 0 posted, 1 failed, 2 wrong usage, 130
 * stopped. */

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

/* The result of the upload, which outlives the completion callback. */
typedef struct {
    toklink_status status;
    char text[1024];
} ending;

/* Runs once, on one of the client's threads. The publish and the error are valid until it returns. */
static void ended(void *user_data, toklink_op operation, const toklink_publish *publish, const toklink_error *error) {
    ending *end = user_data;
    (void)operation;
    end->status = error == NULL ? TOKLINK_OK : error->status;
    snprintf(end->text, sizeof end->text, "%s", error == NULL ? publish->publish_id : error->message);
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

/* Runs on the same thread as `ended`, and always before it. */
static bool progressed(void *user_data, const toklink_progress *progress) {
    (void)user_data;
    printf("%s: %.1f of %.1f MB", doing(progress->phase), (double)progress->bytes_sent / 1e6,
           (double)progress->total_bytes / 1e6);
    if (progress->remaining_ms >= 0) {
        printf(", %.0f s left", (double)progress->remaining_ms / 1e3);
    }
    printf("\n");
    fflush(stdout);
    return true;
}

/* Derives the idempotency key from the file and the title (FNV-1a), so that the same file with the same title is never
 * posted twice. */
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

/* Waits until the operation has finished; Ctrl-C cancels it. */
static void wait_for_end(const toklink_client *client, toklink_op operation) {
    char what = '\0';
    while (what != 'd') {
        ssize_t got = read(wake[0], &what, 1);
        if (got == 1 && what == 'i') {
            fprintf(stderr, "stopping ...\n");
            toklink_cancel(client, operation);
        } else if (got != 1 && errno != EINTR) {
            abort();
        }
    }
}

static int upload(const toklink_client *client, const char *account, const char *file, const char *title) {
    ending end = {TOKLINK_OK, ""};
    toklink_op operation = 0;
    char name[32];
    toklink_publish_options options = TOKLINK_PUBLISH_OPTIONS_INIT;
    name_of(file, title, name, sizeof name);
    options.account = account;
    options.path = file;
    options.title = title;
    options.privacy_level = "SELF_ONLY";
    options.idempotency_key = name;
    options.progress = progressed;
    toklink_publish_video(client, &options, ended, &end, &operation);
    wait_for_end(client, operation);
    if (end.status == TOKLINK_OK) {
        printf("posted: %s\n", end.text);
        return 0;
    }
    if (end.status == TOKLINK_ERR_CANCELLED) {
        fprintf(stderr, "stopped; run the same command to resume\n");
        return 130;
    }
    fprintf(stderr, "%s: %s\n", toklink_status_name(end.status), end.text);
    return 1;
}

int main(int count, char **arguments) {
    struct sigaction on_interrupt;
    char account[256];
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
    if (client != NULL && only_account(client, account, sizeof account)) {
        code = upload(client, account, arguments[2], arguments[3]);
    }
    toklink_client_free(client);
    return code;
}
