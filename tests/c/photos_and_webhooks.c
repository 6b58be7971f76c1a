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
static toklink_webhook_event *delivered(toklink_client *client, inbox *box, toklink_webhook_kind kind) {
    for (;;) {
        pthread_mutex_lock(&box->lock);
        while (box->read == box->count) {
            pthread_cond_wait(&box->changed, &box->lock);
        }
        const char *signature = box->signatures[box->read], *body = box->bodies[box->read];
        box->read += 1;
        pthread_mutex_unlock(&box->lock);
        toklink_webhook_event *event = NULL;
        toklink_error *error = NULL;
        must(toklink_client_verify_webhook(client, text(signature), (const uint8_t *)body, strlen(body), text(""), 0, &event,
                                           &error),
             error);
        /* One additional byte makes the signature invalid. */
        toklink_webhook_event *forged = NULL;
        char other[2049];
        snprintf(other, sizeof other, "%s ", body);
        CHECK(toklink_client_verify_webhook(client, text(signature), (const uint8_t *)other, strlen(other), text(""), 0,
                                            &forged, NULL) == TOKLINK_ERR_INTEGRITY);
        CHECK(forged == NULL);
        if (toklink_webhook_event_kind(event) == kind) {
            return event;
        }
        toklink_webhook_event_free(event);
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

static toklink_publish_request *photos(const char *key) {
    toklink_publish_request *request = toklink_publish_request_new();
    CHECK(toklink_publish_request_add_photo_url(request, text("https://media.example.test/1.jpg"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_add_photo_url(request, text("https://media.example.test/2.jpg"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_cover_index(request, 1, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_title(request, text("Two pictures"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_description(request, text("Both of the same"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_privacy_level(request, text("SELF_ONLY"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_idempotency_key(request, text(key), NULL) == TOKLINK_OK);
    return request;
}

static void photos_are_fetched_by_tiktok(toklink_client *client, inbox *box) {
    toklink_publish_request *request = photos("photos-1");
    toklink_publish_outcome *outcome = NULL, *again = NULL;
    toklink_error *error = NULL;
    must(toklink_client_publish_photos(client, text(""), text(open_id), request, &outcome, &error), error);
    CHECK(toklink_publish_outcome_state(outcome) == TOKLINK_PUBLISH_COMPLETE && box->photos == 2);
    /* The same key finds the same post. */
    must(toklink_client_publish_photos(client, text(""), text(open_id), request, &again, &error), error);
    CHECK(is(toklink_publish_outcome_publish_id(again), toklink_publish_outcome_publish_id(outcome).data));
    CHECK(box->photos == 2);

    toklink_webhook_event *event = delivered(client, box, TOKLINK_WEBHOOK_PUBLISH_COMPLETE);
    toklink_webhook_effect effect = TOKLINK_EFFECT_NOT_OURS;
    CHECK(is(toklink_webhook_event_publish_id(event), toklink_publish_outcome_publish_id(outcome).data));
    CHECK(is(toklink_webhook_event_open_id(event), open_id) && toklink_webhook_event_dedupe_key(event).len > 0);
    CHECK(is(toklink_webhook_event_name(event), "post.publish.complete") && toklink_webhook_event_created_at_ms(event) > 0);
    CHECK(toklink_webhook_event_post_id(event).len == 0 && toklink_webhook_event_reason(event).len == 0);
    /* The wait has already stored this state. */
    must(toklink_client_apply_webhook(client, event, &effect, &error), error);
    CHECK(effect == TOKLINK_EFFECT_ALREADY_KNOWN);
    toklink_webhook_event_free(event);
    toklink_publish_outcome_free(outcome);
    toklink_publish_outcome_free(again);
    toklink_publish_request_free(request);
}

static void photos_done(void *user_data, uint64_t operation, toklink_status status, toklink_publish_outcome *outcome,
                        toklink_error *error) {
    fired(user_data, operation, status, outcome, error);
}

static void photos_that_tiktok_cannot_fetch_are_refused(toklink_client *client) {
    toklink_publish_request *request = photos("photos-2");
    uint64_t operation = 0;
    waiter who;
    prepare(&who);
    control("/_emulator/settings", "{\"pull_from\":\"http://127.0.0.1:1\"}");
    CHECK(toklink_client_publish_photos_async(client, text(""), text(open_id), request, photos_done, &who, &operation, NULL) ==
          TOKLINK_OK);
    wait_for(&who);
    CHECK(who.status == TOKLINK_ERR_REJECTED && who.result == NULL && who.operation == operation);
    CHECK(is(toklink_error_fail_reason(who.error), "photo_pull_failed"));
    CHECK(is(toklink_error_idempotency_key(who.error), "photos-2"));
    toklink_error_free(who.error);
    toklink_publish_request_free(request);
}

/* The media host serves a picture under the URL of the video. */
static void a_video_that_tiktok_fetches_is_judged_by_tiktok(toklink_client *client) {
    toklink_publish_request *request = toklink_publish_request_new();
    toklink_publish_outcome *outcome = NULL;
    toklink_error *error = NULL;
    CHECK(toklink_publish_request_set_url(request, text("https://media.example.test/video.mp4"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_privacy_level(request, text("SELF_ONLY"), NULL) == TOKLINK_OK);
    CHECK(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error) == TOKLINK_ERR_REJECTED);
    CHECK(toklink_error_fail_reason(error).len > 0 && outcome == NULL);
    toklink_error_free(error);
    toklink_publish_request_free(request);
}

/* TikTok accepts the post and its response is lost. The key stays blocked until the host abandons the publish. */
static void an_unclear_post_is_given_up_by_hand(toklink_client *client, const char *pull_from) {
    toklink_publish_request *request = photos("photos-3");
    toklink_publish_outcome *outcome = NULL;
    toklink_unfinished_list *list = NULL;
    toklink_error *error = NULL;
    char setting[128];
    snprintf(setting, sizeof setting, "{\"pull_from\":\"%s\"}", pull_from);
    control("/_emulator/settings", setting);
    control("/_emulator/faults", "{\"endpoint\":\"content_init\",\"reset\":true,\"after\":true}");
    CHECK(toklink_client_publish_photos(client, text(""), text(open_id), request, &outcome, &error) != TOKLINK_OK);
    CHECK(toklink_error_may_have_been_sent(error) && !toklink_error_is_safe_to_repeat(error));
    toklink_error_free(error);
    error = NULL;
    CHECK(toklink_client_publish_photos(client, text(""), text(open_id), request, &outcome, &error) == TOKLINK_ERR_CONFLICT);
    CHECK(is(toklink_error_idempotency_key(error), "photos-3") && outcome == NULL);
    toklink_error_free(error);

    error = NULL;
    must(toklink_client_unfinished_publishes(client, text(""), text(open_id), &list, &error), error);
    CHECK(toklink_unfinished_list_len(list) == 1 && toklink_unfinished_list_at(list, 1) == NULL);
    const toklink_unfinished_publish *open = toklink_unfinished_list_at(list, 0);
    CHECK(is(toklink_unfinished_publish_idempotency_key(open), "photos-3"));
    CHECK(toklink_unfinished_publish_publish_id(open).len == 0 && toklink_unfinished_publish_photos(open));
    CHECK(!toklink_unfinished_publish_draft(open) && toklink_unfinished_publish_total_bytes(open) == 0);
    CHECK(toklink_unfinished_publish_started_at_ms(open) > 0);
    CHECK(toklink_unfinished_publish_updated_at_ms(open) >= toklink_unfinished_publish_started_at_ms(open));
    toklink_unfinished_list_free(list);

    must(toklink_client_abandon_publish(client, text(""), text(open_id), text("photos-3"), &error), error);
    CHECK(toklink_client_abandon_publish(client, text(""), text(open_id), text("never"), NULL) == TOKLINK_ERR_NOT_FOUND);
    CHECK(toklink_client_abandon_publish(client, text(""), text(open_id), text("photos-1"), NULL) == TOKLINK_ERR_CONFLICT);
    must(toklink_client_publish_photos(client, text(""), text(open_id), request, &outcome, &error), error);
    CHECK(toklink_publish_outcome_state(outcome) == TOKLINK_PUBLISH_COMPLETE);
    toklink_publish_outcome_free(outcome);
    toklink_publish_request_free(request);
    must(toklink_client_unfinished_publishes(client, text(""), text(open_id), &list, &error), error);
    CHECK(toklink_unfinished_list_len(list) == 0);
    toklink_unfinished_list_free(list);
}

static void a_webhook_can_bring_the_outcome_first(toklink_client *client, inbox *box) {
    toklink_publish_request *request = toklink_publish_request_new();
    toklink_publish_outcome *outcome = NULL;
    toklink_publish_status *status = NULL;
    toklink_webhook_effect effect = TOKLINK_EFFECT_NOT_OURS;
    toklink_error *error = NULL;
    CHECK(toklink_publish_request_set_path(request, text(video), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_privacy_level(request, text("SELF_ONLY"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_idempotency_key(request, text("not-waited-for"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_wait_for_outcome(request, false, NULL) == TOKLINK_OK);
    must(toklink_client_publish_video(client, text(""), text(open_id), request, &outcome, &error), error);
    CHECK(toklink_publish_outcome_state(outcome) == TOKLINK_PUBLISH_PROCESSING_UPLOAD);
    control("/_emulator/clock", "{\"advance_ms\":60000}");
    toklink_webhook_event *event = NULL;
    do {
        toklink_webhook_event_free(event);
        event = delivered(client, box, TOKLINK_WEBHOOK_PUBLISH_COMPLETE);
    } while (!is(toklink_webhook_event_publish_id(event), toklink_publish_outcome_publish_id(outcome).data));
    must(toklink_client_apply_webhook(client, event, &effect, &error), error);
    CHECK(effect == TOKLINK_EFFECT_APPLIED);
    must(toklink_client_apply_webhook(client, event, &effect, &error), error);
    CHECK(effect == TOKLINK_EFFECT_ALREADY_KNOWN);
    toklink_webhook_event_free(event);
    must(toklink_client_publish_status(client, text(""), text(open_id), toklink_publish_outcome_publish_id(outcome), &status,
                                       &error),
         error);
    CHECK(toklink_publish_status_state(status) == TOKLINK_PUBLISH_COMPLETE);
    toklink_publish_status_free(status);
    toklink_publish_outcome_free(outcome);
    toklink_publish_request_free(request);
}

static bool until_bytes_went_out(void *user_data, const toklink_publish_progress *progress) {
    (void)user_data;
    return toklink_publish_progress_bytes_sent(progress) == 0;
}

/* TikTok reads no byte of the chunk, so unsent bytes remain when it closes the connection. Writing them raises SIGPIPE, which
   would end this program if the library did not block it. */
static void a_cancel_amid_a_chunk_ends_the_publish_alone(toklink_client *client) {
    const size_t bytes = 12000000;
    char ben[128];
    uint8_t *padded = calloc(bytes, 1);
    FILE *file = fopen(video, "rb");
    CHECK(padded != NULL && file != NULL);
    size_t length = fread(padded, 1, bytes, file), padding = bytes - length;
    fclose(file);
    for (int at = 0; at < 4; at += 1) padded[length + (size_t)at] = (uint8_t)(padding >> (24 - 8 * at));
    memcpy(padded + length + 4, "free", 4);
    toklink_publish_request *request = toklink_publish_request_new();
    toklink_publish_outcome *outcome = NULL;
    CHECK(toklink_publish_request_set_bytes(request, padded, bytes, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_privacy_level(request, text("SELF_ONLY"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_progress(request, until_bytes_went_out, NULL, NULL) == TOKLINK_OK);
    desktop_sign_in(client, emulator, "ben.private", ben, sizeof ben);
    control("/_emulator/faults", "{\"endpoint\":\"upload\",\"delay_ms\":600000}");
    CHECK(toklink_client_publish_video(client, text(""), text(ben), request, &outcome, NULL) == TOKLINK_ERR_CANCELLED);
    toklink_publish_request_free(request);
    free(padded);
}

static void the_users_word_ends_the_connection(toklink_client *client, inbox *box) {
    toklink_webhook_effect effect = TOKLINK_EFFECT_NOT_OURS;
    toklink_account *account = NULL;
    toklink_error *error = NULL;
    control("/_emulator/act", "{\"kind\":\"revoke\",\"client_key\":\"" CLIENT_KEY "\",\"username\":\"ana.makes\"}");
    toklink_webhook_event *event = delivered(client, box, TOKLINK_WEBHOOK_AUTHORIZATION_REMOVED);
    CHECK(is(toklink_webhook_event_open_id(event), open_id) && toklink_webhook_event_publish_id(event).len == 0);
    must(toklink_client_apply_webhook(client, event, &effect, &error), error);
    CHECK(effect == TOKLINK_EFFECT_APPLIED);
    must(toklink_client_account(client, text(""), text(open_id), &account, &error), error);
    CHECK(toklink_account_status(account) == TOKLINK_ACCOUNT_DISCONNECTED);
    toklink_account_free(account);
    CHECK(toklink_client_apply_webhook(client, NULL, &effect, NULL) == TOKLINK_ERR_INVALID_INPUT);
    toklink_webhook_event_free(event);
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
    photos_are_fetched_by_tiktok(client, &box);
    a_video_that_tiktok_fetches_is_judged_by_tiktok(client);
    photos_that_tiktok_cannot_fetch_are_refused(client);
    an_unclear_post_is_given_up_by_hand(client, here.url);
    a_webhook_can_bring_the_outcome_first(client, &box);
    a_cancel_amid_a_chunk_ends_the_publish_alone(client);
    the_users_word_ends_the_connection(client, &box);
    toklink_client_free(client);
    control("/_emulator/reset", "{}");
    stop_listening(&here);
    printf("%u checks passed\n", checks_done);
    return 0;
}
