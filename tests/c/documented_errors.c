/* Causes each error that the header documents for publish calls. xtask compares the header with the uses of GIVES here.
   Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "memory_store.h"
#include "waiter.h"

/* Checks that the call returns the status. */
#define GIVES(status, function, call) CHECK((call) == (status))

static const char *emulator;
static char media[4096], open_id[128];

static void control(const char *target, const char *body) {
    char reply[8192];
    ask(emulator, "POST", target, body, reply, sizeof reply);
    CHECK(strstr(reply, "HTTP/1.1 200") == reply);
}

static bool never(void *user_data, const toklink_progress *progress) {
    (void)user_data;
    CHECK(progress != NULL);
    return false;
}

static bool until_bytes_went_out(void *user_data, const toklink_progress *progress) {
    (void)user_data;
    return progress->bytes_sent == 0;
}

static toklink_publish_options request_for(const char *key) {
    toklink_publish_options request = TOKLINK_PUBLISH_OPTIONS_INIT;
    request.privacy_level = "SELF_ONLY";
    request.idempotency_key = key;
    return request;
}

static toklink_publish_options file_for(const char *key, const char *name) {
    static char path[4200];
    toklink_publish_options request = request_for(key);
    snprintf(path, sizeof path, "%s/%s", media, name);
    request.path = path;
    return request;
}

static toklink_publish_options photos_for(const char *key) {
    toklink_publish_options request = request_for(key);
    static const char *const urls[] = {"https://media.example.test/1.jpg"};
    request.photo_urls = urls;
    request.photo_count = 1;
    return request;
}

static void publish_video_returns_the_documented_errors(toklink_client *client, char *rejected_id, size_t size) {
    const toklink_publish *outcome = NULL;
    toklink_error *error = NULL;
    toklink_publish_options request = file_for("rules", "small.mp4");
    GIVES(TOKLINK_ERR_INVALID_INPUT, toklink_publish_video, took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error));
    CHECK(!error->may_have_been_sent && error->owner == TOKLINK_OWNER_USER);
    toklink_error_free(error);

    request = request_for("refused");
    request.url = "https://media.example.test/v.mp4";
    error = NULL;
    GIVES(TOKLINK_ERR_REJECTED, toklink_publish_video, took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error));
    snprintf(rejected_id, size, "%s", error->publish_id);
    CHECK(rejected_id[0] != '\0' && is(error->idempotency_key, "refused"));
    toklink_error_free(error);

    request = file_for("stopped", "good.mp4");
    request.progress = never; request.progress_data = NULL;
    GIVES(TOKLINK_ERR_CANCELLED, toklink_publish_video, took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, NULL));

    request = file_for("taken", "good.mp4");
    must(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    toklink_publish_free(outcome);
    outcome = NULL;
    request = file_for("taken", "good.mp4");
    request.draft = true;
    GIVES(TOKLINK_ERR_CONFLICT, toklink_publish_video, took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, NULL));
    CHECK(outcome == NULL);
}

static void publish_photos_returns_the_documented_errors(toklink_client *client) {
    const toklink_publish *outcome = NULL;
    toklink_publish_options request = request_for("no-photos");
    GIVES(TOKLINK_ERR_INVALID_INPUT, toklink_publish_photos, took((outcome = toklink_publish_photos_blocking(client, for_account(&request, open_id), seen_at())) != NULL, NULL));

    request = photos_for("refused-photos");
    GIVES(TOKLINK_ERR_REJECTED, toklink_publish_photos, took((outcome = toklink_publish_photos_blocking(client, for_account(&request, open_id), seen_at())) != NULL, NULL));

    request = photos_for("stopped-photos");
    request.progress = never; request.progress_data = NULL;
    GIVES(TOKLINK_ERR_CANCELLED, toklink_publish_photos, took((outcome = toklink_publish_photos_blocking(client, for_account(&request, open_id), seen_at())) != NULL, NULL));

    request = photos_for("taken");
    GIVES(TOKLINK_ERR_CONFLICT, toklink_publish_photos, took((outcome = toklink_publish_photos_blocking(client, for_account(&request, open_id), seen_at())) != NULL, NULL));

    request = photos_for("lost-photos");
    control("/_emulator/faults", "{\"endpoint\":\"content_init\",\"reset\":true,\"after\":true}");
    CHECK(took((outcome = toklink_publish_photos_blocking(client, for_account(&request, open_id), seen_at())) != NULL, NULL) != TOKLINK_OK);
    GIVES(TOKLINK_ERR_CONFLICT, toklink_publish_photos, took((outcome = toklink_publish_photos_blocking(client, for_account(&request, open_id), seen_at())) != NULL, NULL));
    CHECK(outcome == NULL);
}

/* `client` stores its rows in `table`. */
static void journal_functions_return_the_documented_errors(toklink_client *client, rows *table) {
    const toklink_publish_list *list = NULL;
    const toklink_publish_record *publish = NULL;
    GIVES(TOKLINK_ERR_CONFLICT, toklink_abandon_publish, toklink_abandon_publish(client, open_id, "taken", NULL));
    GIVES(TOKLINK_ERR_NOT_FOUND, toklink_abandon_publish, toklink_abandon_publish(client, open_id, "never", NULL));
    CHECK(toklink_abandon_publish(client, open_id, "lost-photos", NULL) == TOKLINK_OK);
    table->fails = true;
    GIVES(TOKLINK_ERR_UNAVAILABLE, toklink_unfinished_publishes, took((list = toklink_unfinished_publishes(client, open_id, seen_at())) != NULL, NULL));
    GIVES(TOKLINK_ERR_UNAVAILABLE, toklink_find_publish, toklink_find_publish(client, open_id, "taken", &publish, NULL));
    CHECK(took((publish = toklink_request_cancel(client, open_id, "taken", seen_at())) != NULL, NULL) == TOKLINK_ERR_UNAVAILABLE);
    table->fails = false;
    CHECK(took((publish = toklink_request_cancel(client, open_id, "never", seen_at())) != NULL, NULL) == TOKLINK_ERR_NOT_FOUND);
    CHECK(list == NULL && publish == NULL);
}

static void wait_returns_the_documented_errors(toklink_client *client, const char *rejected_id) {
    const toklink_publish *outcome = NULL;
    const toklink_publish *status = NULL;
    toklink_error *error = NULL;
    GIVES(TOKLINK_ERR_REJECTED, toklink_wait_for_publish, took((outcome = toklink_wait_for_publish_blocking(client, rejected_id, for_account(NULL, open_id), seen_at())) != NULL, NULL));
    GIVES(TOKLINK_ERR_NOT_FOUND, toklink_publish_status, took((status = toklink_publish_status_blocking(client, "unknown", rejected_id, seen_at())) != NULL, NULL));
    GIVES(TOKLINK_ERR_NOT_FOUND, toklink_cancel_publish, toklink_cancel_publish_blocking(client, "unknown", rejected_id, NULL));
    CHECK(outcome == NULL && status == NULL);

    toklink_publish_options request = file_for("not-waited-for", "good.mp4");
    request.no_wait = true;
    must(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    request.progress = never; request.progress_data = NULL;
    char publish_id[128];
    snprintf(publish_id, sizeof publish_id, "%s", outcome->publish_id);
    toklink_publish_free(outcome);
    GIVES(TOKLINK_ERR_CANCELLED, toklink_wait_for_publish, took((outcome = toklink_wait_for_publish_blocking(client, publish_id, for_account(&request, open_id), seen_at())) != NULL, NULL));
}

static void resume_returns_the_documented_errors(toklink_client *client) {
    const size_t bytes = 12000000;
    char path[4200];
    uint8_t *padded = calloc(bytes, 1);
    const toklink_publish *outcome = NULL;
    GIVES(TOKLINK_ERR_NOT_FOUND, toklink_resume_publish, took((outcome = toklink_resume_publish_blocking(client, "never", for_account(NULL, open_id), seen_at())) != NULL, NULL));

    snprintf(path, sizeof path, "%s/good.mp4", media);
    FILE *file = fopen(path, "rb");
    CHECK(padded != NULL && file != NULL);
    size_t length = fread(padded, 1, bytes, file), padding = bytes - length;
    fclose(file);
    for (int at = 0; at < 4; at += 1) padded[length + (size_t)at] = (uint8_t)(padding >> (24 - 8 * at));
    memcpy(padded + length + 4, "free", 4);
    toklink_publish_options request = request_for("interrupted");
    request.path = NULL; request.data = padded; request.data_size = bytes;
    request.progress = until_bytes_went_out; request.progress_data = NULL;
    /* TikTok never receives the last bytes, so even a late cancel stops the upload before its end. */
    control("/_emulator/faults", "{\"endpoint\":\"upload\",\"reset\":true,\"body_bytes\":1000000,\"times\":0}");
    CHECK(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, NULL) == TOKLINK_ERR_CANCELLED);
    padded[bytes - 1] = 1;
    request.path = NULL; request.data = padded; request.data_size = bytes;
    GIVES(TOKLINK_ERR_CONFLICT, toklink_resume_publish, took((outcome = toklink_resume_publish_blocking(client, "interrupted", for_account(&request, open_id), seen_at())) != NULL, NULL));
    free(padded);
    CHECK(outcome == NULL);
}

int main(int count, char **arguments) {
    static rows table;
    char rejected_id[128];
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(media, sizeof media, "%s/media", arguments[2]);
    control("/_emulator/settings", "{\"pull_from\":\"http://127.0.0.1:1\",\"processing_delay_ms\":10}");
    toklink_client *client = client_on(&table, emulator);
    desktop_sign_in(client, emulator, "ana.makes", open_id, sizeof open_id);
    publish_video_returns_the_documented_errors(client, rejected_id, sizeof rejected_id);
    CHECK(toklink_reset_quota(client, open_id, NULL) == TOKLINK_OK);
    publish_photos_returns_the_documented_errors(client);
    CHECK(toklink_reset_quota(client, open_id, NULL) == TOKLINK_OK);
    journal_functions_return_the_documented_errors(client, &table);
    wait_returns_the_documented_errors(client, rejected_id);
    CHECK(toklink_reset_quota(client, open_id, NULL) == TOKLINK_OK);
    resume_returns_the_documented_errors(client);
    toklink_client_free(client);
    control("/_emulator/reset", "{}");
    printf("%u checks passed\n", checks_done);
    return 0;
}
