/* Media that TikTok fetches, abandoning an unclear photo post, and delivered webhooks. Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "http_listener.h"
#include "waiter.h"

#define DELIVERIES 16

static const char *emulator;
static char open_id[128], video[4096];

/* The webhooks that TikTok delivered, in order. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char signatures[DELIVERIES][256];
    char bodies[DELIVERIES][2048];
    unsigned count, read, photos;
} inbox;

static size_t takes(void *user_data, const char *request, const char *body, size_t body_bytes, char *reply, size_t size) {
    static const char picture[] = {'\xff', '\xd8', '\xff', '\xd9'};
    inbox *box = user_data;
    bool is_pull = strncmp(request, "GET ", 4) == 0;
    pthread_mutex_lock(&box->lock);
    if (is_pull) {
        box->photos += 1;
    } else {
        CHECK(box->count < DELIVERIES && body_bytes < sizeof box->bodies[0]);
        char *signature = box->signatures[box->count];
        const char *name = strstr(request, "iktok-signature: ");
        if (name == NULL) {
            name = strstr(request, "ikTok-Signature: ");
        }
        CHECK(name != NULL);
        between(name, ": ", "\r", signature, sizeof box->signatures[0]);
        memcpy(box->bodies[box->count], body, body_bytes);
        box->bodies[box->count][body_bytes] = '\0';
        box->count += 1;
        pthread_cond_signal(&box->changed);
    }
    pthread_mutex_unlock(&box->lock);
    int head = snprintf(reply, size, "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\nConnection: close\r\n\r\n",
                        is_pull ? (int)sizeof picture : 0);
    CHECK(head > 0);
    if (!is_pull) {
        return (size_t)head;
    }
    memcpy(reply + head, picture, sizeof picture);
    return (size_t)head + sizeof picture;
}

/* Waits for the next delivery of this kind and verifies it. Skips other kinds. */
static const toklink_webhook *delivered(toklink_client *client, inbox *box, toklink_webhook_kind kind) {
    for (;;) {
        pthread_mutex_lock(&box->lock);
        while (box->read == box->count) {
            pthread_cond_wait(&box->changed, &box->lock);
        }
        const char *signature = box->signatures[box->read], *body = box->bodies[box->read];
        box->read += 1;
        pthread_mutex_unlock(&box->lock);
        const toklink_webhook *event = NULL;
        toklink_error *error = NULL;
        must(took((event = toklink_verify_webhook(client, signature, (const uint8_t *)body, strlen(body), "", 0, seen_at())) != NULL, &error),
             error);
        /* One additional byte makes the signature invalid. */
        const toklink_webhook *forged = NULL;
        char other[2049];
        snprintf(other, sizeof other, "%s ", body);
        CHECK(took((forged = toklink_verify_webhook(client, signature, (const uint8_t *)other, strlen(other), "", 0, seen_at())) != NULL, NULL) == TOKLINK_ERR_INTEGRITY);
        CHECK(forged == NULL);
        if (event->kind == kind) {
            return event;
        }
        toklink_webhook_free(event);
    }
}

static void control(const char *target, const char *body) {
    char reply[8192];
    ask(emulator, "POST", target, body, reply, sizeof reply);
    if (strstr(reply, "HTTP/1.1 200") != reply) {
        fprintf(stderr, "%s %s: %s\n", target, body, reply);
        exit(1);
    }
}

static toklink_publish_options photos(const char *key) {
    toklink_publish_options request = TOKLINK_PUBLISH_OPTIONS_INIT;
    static const char *const urls[] = {"https://media.example.test/1.jpg", "https://media.example.test/2.jpg"};
    request.photo_urls = urls;
    request.photo_count = 2;
    request.cover_index = 1;
    request.title = "Two pictures";
    request.description = "Both of the same";
    request.privacy_level = "SELF_ONLY";
    request.idempotency_key = key;
    return request;
}

static void tiktok_fetches_photos(toklink_client *client, inbox *box) {
    toklink_publish_options request = photos("photos-1");
    const toklink_publish *outcome = NULL, *again = NULL;
    toklink_error *error = NULL;
    must(took((outcome = toklink_publish_photos_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    CHECK(outcome->state == TOKLINK_PUBLISH_COMPLETE && box->photos == 2);
    /* The same key finds the same post. */
    must(took((again = toklink_publish_photos_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    CHECK(is(again->publish_id, outcome->publish_id));
    CHECK(box->photos == 2);

    const toklink_webhook *event = delivered(client, box, TOKLINK_WEBHOOK_PUBLISH_COMPLETE);
    toklink_webhook_effect effect = TOKLINK_EFFECT_NOT_OURS;
    CHECK(is(event->publish_id, outcome->publish_id));
    CHECK(is(event->open_id, open_id) && event->dedupe_key[0] != 0);
    CHECK(is(event->name, "post.publish.complete") && event->created_at_ms > 0);
    CHECK(event->post_id[0] == 0 && event->reason[0] == 0);
    /* The wait has already stored this state. */
    must(toklink_apply_webhook(client, event, &effect, &error), error);
    CHECK(effect == TOKLINK_EFFECT_ALREADY_KNOWN);
    toklink_webhook_free(event);
    toklink_publish_free(outcome);
    toklink_publish_free(again);
}

static void unavailable_photos_are_refused(toklink_client *client) {
    toklink_publish_options request = photos("photos-2");
    toklink_op operation = 0;
    waiter who;
    prepare(&who);
    control("/_emulator/settings", "{\"pull_from\":\"http://127.0.0.1:1\"}");
    toklink_publish_photos(client, for_account(&request, open_id), publish_done, &who, &operation);
    wait_for(&who);
    CHECK(who.status == TOKLINK_ERR_REJECTED && !who.has_result && who.operation == operation);
    CHECK(is(who.fail_reason, "photo_pull_failed"));
    CHECK(is(who.key, "photos-2"));
}

/* The media host serves a picture under the URL of the video. */
static void tiktok_checks_a_video_that_it_fetches(toklink_client *client) {
    toklink_publish_options request = TOKLINK_PUBLISH_OPTIONS_INIT;
    const toklink_publish *outcome = NULL;
    toklink_error *error = NULL;
    request.url = "https://media.example.test/video.mp4";
    request.privacy_level = "SELF_ONLY";
    CHECK(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error) == TOKLINK_ERR_REJECTED);
    CHECK(error->fail_reason[0] != 0 && outcome == NULL);
    toklink_error_free(error);
}

/* TikTok accepts the post and its response is lost. The key stays blocked until the host abandons the publish. */
static void unclear_post_can_be_abandoned(toklink_client *client, const char *pull_from) {
    toklink_publish_options request = photos("photos-3");
    const toklink_publish *outcome = NULL;
    const toklink_publish_list *list = NULL;
    toklink_error *error = NULL;
    char setting[128];
    snprintf(setting, sizeof setting, "{\"pull_from\":\"%s\"}", pull_from);
    control("/_emulator/settings", setting);
    control("/_emulator/faults", "{\"endpoint\":\"content_init\",\"reset\":true,\"after\":true}");
    CHECK(took((outcome = toklink_publish_photos_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error) != TOKLINK_OK);
    CHECK(error->may_have_been_sent && !error->safe_to_repeat);
    toklink_error_free(error);
    error = NULL;
    CHECK(took((outcome = toklink_publish_photos_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error) == TOKLINK_ERR_CONFLICT);
    CHECK(is(error->idempotency_key, "photos-3") && outcome == NULL && error->reason == TOKLINK_REASON_START_UNCLEAR);
    toklink_error_free(error);

    error = NULL;
    must(took((list = toklink_unfinished_publishes(client, open_id, seen_at())) != NULL, &error), error);
    CHECK(list->count == 1);
    const toklink_publish_record *open = list->items[0];
    CHECK(is(open->idempotency_key, "photos-3"));
    CHECK(open->publish_id[0] == 0 && open->photos);
    CHECK(!open->draft && open->total_bytes == 0);
    CHECK(open->started_at_ms > 0);
    CHECK(open->updated_at_ms >= open->started_at_ms);
    toklink_publish_list_free(list);

    must(toklink_abandon_publish(client, open_id, "photos-3", &error), error);
    CHECK(toklink_abandon_publish(client, open_id, "never", NULL) == TOKLINK_ERR_NOT_FOUND);
    CHECK(toklink_abandon_publish(client, open_id, "photos-1", NULL) == TOKLINK_ERR_CONFLICT);
    must(took((outcome = toklink_publish_photos_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    CHECK(outcome->state == TOKLINK_PUBLISH_COMPLETE);
    toklink_publish_free(outcome);
    must(took((list = toklink_unfinished_publishes(client, open_id, seen_at())) != NULL, &error), error);
    CHECK(list->count == 0);
    toklink_publish_list_free(list);
}

static void webhook_can_finish_a_publish(toklink_client *client, inbox *box) {
    toklink_publish_options request = TOKLINK_PUBLISH_OPTIONS_INIT;
    const toklink_publish *outcome = NULL;
    const toklink_publish *status = NULL;
    toklink_webhook_effect effect = TOKLINK_EFFECT_NOT_OURS;
    toklink_error *error = NULL;
    request.path = video;
    request.privacy_level = "SELF_ONLY";
    request.idempotency_key = "not-waited-for";
    request.no_wait = true;
    must(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    CHECK(outcome->state == TOKLINK_PUBLISH_PROCESSING_UPLOAD);
    control("/_emulator/clock", "{\"advance_ms\":60000}");
    const toklink_webhook *event = NULL;
    do {
        toklink_webhook_free(event);
        event = delivered(client, box, TOKLINK_WEBHOOK_PUBLISH_COMPLETE);
    } while (!is(event->publish_id, outcome->publish_id));
    must(toklink_apply_webhook(client, event, &effect, &error), error);
    CHECK(effect == TOKLINK_EFFECT_APPLIED);
    must(toklink_apply_webhook(client, event, &effect, &error), error);
    CHECK(effect == TOKLINK_EFFECT_ALREADY_KNOWN);
    toklink_webhook_free(event);
    must(took((status = toklink_publish_status_blocking(client, open_id, outcome->publish_id, seen_at())) != NULL, &error),
         error);
    CHECK(status->state == TOKLINK_PUBLISH_COMPLETE);
    toklink_publish_free(status);
    toklink_publish_free(outcome);
}

static bool until_bytes_went_out(void *user_data, const toklink_progress *progress) {
    (void)user_data;
    return progress->bytes_sent == 0;
}

/* TikTok reads no byte of the chunk, so unsent bytes remain when it closes the connection. Writing them raises SIGPIPE, which
   would end this program if the library did not block it. */
static void cancel_during_a_chunk_ends_only_that_publish(toklink_client *client) {
    const size_t bytes = 12000000;
    char ben[128];
    uint8_t *padded = calloc(bytes, 1);
    FILE *file = fopen(video, "rb");
    CHECK(padded != NULL && file != NULL);
    size_t length = fread(padded, 1, bytes, file), padding = bytes - length;
    fclose(file);
    for (int at = 0; at < 4; at += 1) padded[length + (size_t)at] = (uint8_t)(padding >> (24 - 8 * at));
    memcpy(padded + length + 4, "free", 4);
    toklink_publish_options request = TOKLINK_PUBLISH_OPTIONS_INIT;
    const toklink_publish *outcome = NULL;
    request.path = NULL; request.data = padded; request.data_size = bytes;
    request.privacy_level = "SELF_ONLY";
    request.progress = until_bytes_went_out; request.progress_data = NULL;
    desktop_sign_in(client, emulator, "ben.private", ben, sizeof ben);
    control("/_emulator/faults", "{\"endpoint\":\"upload\",\"delay_ms\":600000}");
    toklink_error *error = NULL;
    CHECK(took((outcome = toklink_publish_video_blocking(client, for_account(&request, ben), seen_at())) != NULL, &error) == TOKLINK_ERR_CANCELLED);
    /* TikTok has the start of the upload, and the same key continues it. */
    CHECK(error->may_have_been_sent && error->safe_to_repeat && error->idempotency_key[0] != 0 && error->publish_id[0] != 0);
    toklink_error_free(error);
    free(padded);
}

static void disconnect_webhook_ends_the_connection(toklink_client *client, inbox *box) {
    toklink_webhook_effect effect = TOKLINK_EFFECT_NOT_OURS;
    const toklink_account *account = NULL;
    toklink_error *error = NULL;
    control("/_emulator/act", "{\"kind\":\"revoke\",\"client_key\":\"" CLIENT_KEY "\",\"username\":\"ana.makes\"}");
    const toklink_webhook *event = delivered(client, box, TOKLINK_WEBHOOK_AUTHORIZATION_REMOVED);
    CHECK(is(event->open_id, open_id) && event->publish_id[0] == 0);
    must(toklink_apply_webhook(client, event, &effect, &error), error);
    CHECK(effect == TOKLINK_EFFECT_APPLIED);
    must(took((account = toklink_load_account(client, open_id, seen_at())) != NULL, &error), error);
    CHECK(account->status == TOKLINK_ACCOUNT_DISCONNECTED);
    toklink_account_free(account);
    CHECK(toklink_apply_webhook(client, NULL, &effect, NULL) == TOKLINK_ERR_INVALID_INPUT);
    toklink_webhook_free(event);
}

int main(int count, char **arguments) {
    static inbox box;
    char body[256];
    listener here;
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(video, sizeof video, "%s/media/good.mp4", arguments[2]);
    pthread_mutex_init(&box.lock, NULL);
    pthread_cond_init(&box.changed, NULL);
    start_listening(&here, takes, &box);
    snprintf(body, sizeof body, "{\"client_key\":\"" CLIENT_KEY "\",\"url\":\"%s/hook\"}", here.url);
    control("/_emulator/webhook", body);
    snprintf(body, sizeof body, "{\"pull_from\":\"%s\",\"processing_delay_ms\":10}", here.url);
    control("/_emulator/settings", body);
    toklink_client *client = client_of(options_for(emulator));
    desktop_sign_in(client, emulator, "ana.makes", open_id, sizeof open_id);
    tiktok_fetches_photos(client, &box);
    tiktok_checks_a_video_that_it_fetches(client);
    unavailable_photos_are_refused(client);
    unclear_post_can_be_abandoned(client, here.url);
    webhook_can_finish_a_publish(client, &box);
    cancel_during_a_chunk_ends_only_that_publish(client);
    disconnect_webhook_ends_the_connection(client, &box);
    toklink_client_free(client);
    control("/_emulator/reset", "{}");
    stop_listening(&here);
    printf("%u checks passed\n", checks_done);
    return 0;
}
