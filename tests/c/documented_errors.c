/* Causes each error that the header documents for publish calls. xtask compares the header with the uses of GIVES here.
   Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "memory_store.h"
#include "waiter.h"

#define EVERY text(""), text(open_id)

/* Checks that the call returns the status. */
#define GIVES(status, function, ...) CHECK(function(__VA_ARGS__) == (status))

static const char *emulator;
static char media[4096], open_id[128];

static void control(const char *target, const char *body) {
    char reply[8192];
    ask(emulator, "POST", target, body, reply, sizeof reply);
    CHECK(strstr(reply, "HTTP/1.1 200") == reply);
}

static bool never(void *user_data, const toklink_publish_progress *progress) {
    (void)user_data;
    CHECK(progress != NULL);
    return false;
}

static bool until_bytes_went_out(void *user_data, const toklink_publish_progress *progress) {
    (void)user_data;
    return toklink_publish_progress_bytes_sent(progress) == 0;
}

static toklink_publish_request *request_for(const char *key) {
    toklink_publish_request *request = toklink_publish_request_new();
    CHECK(toklink_publish_request_set_privacy_level(request, text("SELF_ONLY"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_idempotency_key(request, text(key), NULL) == TOKLINK_OK);
    return request;
}

static toklink_publish_request *file_for(const char *key, const char *name) {
    char path[4200];
    toklink_publish_request *request = request_for(key);
    snprintf(path, sizeof path, "%s/%s", media, name);
    CHECK(toklink_publish_request_set_path(request, text(path), NULL) == TOKLINK_OK);
    return request;
}

static toklink_publish_request *photos_for(const char *key) {
    toklink_publish_request *request = request_for(key);
    CHECK(toklink_publish_request_add_photo_url(request, text("https://media.example.test/1.jpg"), NULL) == TOKLINK_OK);
    return request;
}

static void a_video_gives_what_the_header_says(toklink_client *client, char *rejected_id, size_t size) {
    toklink_publish_outcome *outcome = NULL;
    toklink_error *error = NULL;
    toklink_publish_request *request = file_for("rules", "small.mp4");
    GIVES(TOKLINK_ERR_INVALID_INPUT, toklink_client_publish_video, client, EVERY, request, &outcome, &error);
    CHECK(!toklink_error_may_have_been_sent(error) && toklink_error_owner(error) == TOKLINK_OWNER_USER);
    toklink_error_free(error);
    toklink_publish_request_free(request);

    request = request_for("refused");
    CHECK(toklink_publish_request_set_url(request, text("https://media.example.test/v.mp4"), NULL) == TOKLINK_OK);
    error = NULL;
    GIVES(TOKLINK_ERR_REJECTED, toklink_client_publish_video, client, EVERY, request, &outcome, &error);
    snprintf(rejected_id, size, "%s", toklink_error_publish_id(error).data);
    CHECK(rejected_id[0] != '\0' && is(toklink_error_idempotency_key(error), "refused"));
    toklink_error_free(error);
    toklink_publish_request_free(request);

    request = file_for("stopped", "good.mp4");
    CHECK(toklink_publish_request_set_progress(request, never, NULL, NULL) == TOKLINK_OK);
    GIVES(TOKLINK_ERR_CANCELLED, toklink_client_publish_video, client, EVERY, request, &outcome, NULL);
    toklink_publish_request_free(request);

    request = file_for("taken", "good.mp4");
    must(toklink_client_publish_video(client, EVERY, request, &outcome, &error), error);
    toklink_publish_outcome_free(outcome);
    toklink_publish_request_free(request);
    outcome = NULL;
    request = file_for("taken", "good.mp4");
    CHECK(toklink_publish_request_set_draft(request, true, NULL) == TOKLINK_OK);
    GIVES(TOKLINK_ERR_CONFLICT, toklink_client_publish_video, client, EVERY, request, &outcome, NULL);
    toklink_publish_request_free(request);
    CHECK(outcome == NULL);
}

static void photos_give_what_the_header_says(toklink_client *client) {
    toklink_publish_outcome *outcome = NULL;
    toklink_publish_request *request = request_for("no-photos");
    GIVES(TOKLINK_ERR_INVALID_INPUT, toklink_client_publish_photos, client, EVERY, request, &outcome, NULL);
    toklink_publish_request_free(request);

    request = photos_for("refused-photos");
    GIVES(TOKLINK_ERR_REJECTED, toklink_client_publish_photos, client, EVERY, request, &outcome, NULL);
    toklink_publish_request_free(request);

    request = photos_for("stopped-photos");
    CHECK(toklink_publish_request_set_progress(request, never, NULL, NULL) == TOKLINK_OK);
    GIVES(TOKLINK_ERR_CANCELLED, toklink_client_publish_photos, client, EVERY, request, &outcome, NULL);
    toklink_publish_request_free(request);

    request = photos_for("taken");
    GIVES(TOKLINK_ERR_CONFLICT, toklink_client_publish_photos, client, EVERY, request, &outcome, NULL);
    toklink_publish_request_free(request);

    request = photos_for("lost-photos");
    control("/_emulator/faults", "{\"endpoint\":\"content_init\",\"reset\":true,\"after\":true}");
    CHECK(toklink_client_publish_photos(client, EVERY, request, &outcome, NULL) != TOKLINK_OK);
    GIVES(TOKLINK_ERR_CONFLICT, toklink_client_publish_photos, client, EVERY, request, &outcome, NULL);
    toklink_publish_request_free(request);
    CHECK(outcome == NULL);
}

/* `client` stores its rows in `table`. */
static void the_journal_gives_what_the_header_says(toklink_client *client, rows *table) {
    toklink_unfinished_list *list = NULL;
    toklink_journaled_publish *publish = NULL;
    GIVES(TOKLINK_ERR_CONFLICT, toklink_client_abandon_publish, client, EVERY, text("taken"), NULL);
    GIVES(TOKLINK_ERR_NOT_FOUND, toklink_client_abandon_publish, client, EVERY, text("never"), NULL);
    CHECK(toklink_client_abandon_publish(client, EVERY, text("lost-photos"), NULL) == TOKLINK_OK);
    table->fails = true;
    GIVES(TOKLINK_ERR_UNAVAILABLE, toklink_client_unfinished_publishes, client, EVERY, &list, NULL);
    GIVES(TOKLINK_ERR_UNAVAILABLE, toklink_client_find_publish, client, EVERY, text("taken"), &publish, NULL);
    CHECK(toklink_client_request_cancel(client, EVERY, text("taken"), &publish, NULL) == TOKLINK_ERR_UNAVAILABLE);
    table->fails = false;
    CHECK(toklink_client_request_cancel(client, EVERY, text("never"), &publish, NULL) == TOKLINK_ERR_NOT_FOUND);
    CHECK(list == NULL && publish == NULL);
}

static void a_wait_gives_what_the_header_says(toklink_client *client, const char *rejected_id) {
    toklink_publish_outcome *outcome = NULL;
    toklink_publish_status *status = NULL;
    toklink_error *error = NULL;
    GIVES(TOKLINK_ERR_REJECTED, toklink_client_wait_for_publish, client, EVERY, text(rejected_id), NULL, &outcome, NULL);
    GIVES(TOKLINK_ERR_NOT_FOUND, toklink_client_publish_status, client, text(""), text("unknown"), text(rejected_id), &status,
          NULL);
    GIVES(TOKLINK_ERR_NOT_FOUND, toklink_client_cancel_publish, client, text(""), text("unknown"), text(rejected_id), NULL);
    CHECK(outcome == NULL && status == NULL);

    toklink_publish_request *request = file_for("not-waited-for", "good.mp4");
    CHECK(toklink_publish_request_set_wait_for_outcome(request, false, NULL) == TOKLINK_OK);
    must(toklink_client_publish_video(client, EVERY, request, &outcome, &error), error);
    CHECK(toklink_publish_request_set_progress(request, never, NULL, NULL) == TOKLINK_OK);
    char publish_id[128];
    snprintf(publish_id, sizeof publish_id, "%s", toklink_publish_outcome_publish_id(outcome).data);
    toklink_publish_outcome_free(outcome);
    GIVES(TOKLINK_ERR_CANCELLED, toklink_client_wait_for_publish, client, EVERY, text(publish_id), request, &outcome, NULL);
    toklink_publish_request_free(request);
}

static void a_resume_gives_what_the_header_says(toklink_client *client) {
    const size_t bytes = 12000000;
    char path[4200];
    uint8_t *padded = calloc(bytes, 1);
    toklink_publish_outcome *outcome = NULL;
    GIVES(TOKLINK_ERR_NOT_FOUND, toklink_client_resume_publish, client, EVERY, text("never"), NULL, &outcome, NULL);

    snprintf(path, sizeof path, "%s/good.mp4", media);
    FILE *file = fopen(path, "rb");
    CHECK(padded != NULL && file != NULL);
    size_t length = fread(padded, 1, bytes, file), padding = bytes - length;
    fclose(file);
    for (int at = 0; at < 4; at += 1) padded[length + (size_t)at] = (uint8_t)(padding >> (24 - 8 * at));
    memcpy(padded + length + 4, "free", 4);
    toklink_publish_request *request = request_for("interrupted");
    CHECK(toklink_publish_request_set_bytes(request, padded, bytes, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_progress(request, until_bytes_went_out, NULL, NULL) == TOKLINK_OK);
    /* TikTok never receives the last bytes, so even a late cancel stops the upload before its end. */
    control("/_emulator/faults", "{\"endpoint\":\"upload\",\"reset\":true,\"body_bytes\":1000000,\"times\":0}");
    CHECK(toklink_client_publish_video(client, EVERY, request, &outcome, NULL) == TOKLINK_ERR_CANCELLED);
    padded[bytes - 1] = 1;
    CHECK(toklink_publish_request_set_bytes(request, padded, bytes, NULL) == TOKLINK_OK);
    GIVES(TOKLINK_ERR_CONFLICT, toklink_client_resume_publish, client, EVERY, text("interrupted"), request, &outcome, NULL);
    toklink_publish_request_free(request);
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
    a_video_gives_what_the_header_says(client, rejected_id, sizeof rejected_id);
    CHECK(toklink_client_reset_quota(client, EVERY, NULL) == TOKLINK_OK);
    photos_give_what_the_header_says(client);
    CHECK(toklink_client_reset_quota(client, EVERY, NULL) == TOKLINK_OK);
    the_journal_gives_what_the_header_says(client, &table);
    a_wait_gives_what_the_header_says(client, rejected_id);
    CHECK(toklink_client_reset_quota(client, EVERY, NULL) == TOKLINK_OK);
    a_resume_gives_what_the_header_says(client);
    toklink_client_free(client);
    control("/_emulator/reset", "{}");
    printf("%u checks passed\n", checks_done);
    return 0;
}
