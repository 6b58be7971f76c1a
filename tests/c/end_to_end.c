/* A C host from login to disconnect, against the emulator. Arguments: a directory for its files, this directory, and the
   emulator's address. */

#define _POSIX_C_SOURCE 200809L

#include "waiter.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

static const char *emulator;
static char video[4096];
static char open_id[128];

/* A user's browser that first sends an unrelated request. */
static bool strays(void *user_data, const char *url) {
    browser *user = user_data;
    char redirect[512], reply[4096];
    between(url, "redirect_uri=", "&", redirect, sizeof redirect);
    decode(redirect);
    /* An unrelated request gets a response and the wait continues. */
    come_back(redirect, "?state=of-a-stranger&", "code", reply, sizeof reply);
    CHECK(strstr(reply, "HTTP/1.1 400") == reply);
    return browses(user, url);
}

static void sign_in(toklink_client *client, const char *username) {
    browser user = {emulator, username, ""};
    const toklink_account *account = NULL;
    toklink_error *error = NULL;
    toklink_login_options options = TOKLINK_LOGIN_OPTIONS_INIT;
    options.done_page_html = "<p>Branded</p>";
    must(took((account = toklink_login_blocking(client, &options, strays, &user, seen_at())) != NULL, &error), error);
    CHECK(strstr(user.reply, "HTTP/1.1 200") == user.reply && strstr(user.reply, "<p>Branded</p>") != NULL);
    CHECK(is(account->username, username));
    CHECK(account->status == TOKLINK_ACCOUNT_ACTIVE && account->scope_count > 3 && is(account->id, account->open_id));
    snprintf(open_id, sizeof open_id, "%s", account->id);
    toklink_account_free(account);
}

static void account_contains_its_fields(toklink_client *client) {
    toklink_error *error = NULL;
    const toklink_account_list *accounts = NULL;
    must(took((accounts = toklink_list_accounts(client, "", seen_at())) != NULL, &error), error);
    CHECK(accounts->count == 1);
    CHECK(is(accounts->items[0]->open_id, open_id));
    toklink_account_list_free(accounts);

    char *token = NULL;
    must(took((token = toklink_access_token_blocking(client, open_id, seen_at())) != NULL, &error), error);
    CHECK(token[0] != 0 && strncmp(token, "act.", 4) == 0);
    toklink_text_free(token);

    const toklink_user *info = NULL;
    int64_t followers = 0;
    must(took((info = toklink_user_info_blocking(client, open_id, seen_at())) != NULL, &error), error);
    CHECK(is(info->username, "ana.makes") && ((followers = info->followers) >= 0));
    toklink_user_free(info);

    const toklink_metrics *metrics = NULL;
    must(took((metrics = toklink_account_metrics_blocking(client, open_id, seen_at())) != NULL, &error), error);
    CHECK(metrics->followers == followers && metrics->videos_read == 20);
    CHECK(metrics->engagement_rate > 0);
    toklink_metrics_free(metrics);

    const toklink_video_page *page = NULL;
    int64_t cursor = 0;
    unsigned seen = 0;
    char first[64] = "";
    do {
        must(took((page = toklink_list_videos_blocking(client, open_id, cursor, 20, seen_at())) != NULL, &error), error);
        seen += (unsigned)page->count;
        if (first[0] == '\0') {
            snprintf(first, sizeof first, "%s", page->items[0]->id);
        }
        if (!((cursor = page->next_cursor) >= 0)) {
            cursor = 0;
        }
        toklink_video_page_free(page);
    } while (cursor != 0);
    CHECK(seen == 45);

    const char *ids[1] = {first};
    must(took((page = toklink_query_videos_blocking(client, open_id, ids, 1, seen_at())) != NULL, &error), error);
    CHECK(page->count == 1 && is(page->items[0]->id, first));
    toklink_video_page_free(page);
    CHECK(took((page = toklink_query_videos_blocking(client, open_id, ids, 0, seen_at())) != NULL, NULL) ==
          TOKLINK_ERR_INVALID_INPUT);

    const toklink_creator *creator = NULL;
    must(took((creator = toklink_creator_info_blocking(client, open_id, seen_at())) != NULL, &error), error);
    CHECK(creator->privacy_level_count > 0 &&
          creator->max_video_duration_s > 0);
    toklink_creator_free(creator);
    CHECK(took((info = toklink_user_info_blocking(client, "unknown", seen_at())) != NULL, &error) == TOKLINK_ERR_NOT_FOUND ||
          error->status == TOKLINK_ERR_UNAUTHORIZED);
    CHECK(is(error->operation, "user_info") && error->message[0] != 0);
    toklink_error_free(error);
}

static bool counted(void *user_data, const toklink_progress *progress) {
    waiter *who = user_data;
    who->progress += 1;
    CHECK(progress->phase >= TOKLINK_PHASE_PROBING);
    return true;
}

static bool refused(void *user_data, const toklink_progress *progress) {
    (void)progress;
    *(pthread_t *)user_data = pthread_self();
    return false;
}

static toklink_publish_options request_for(const char *key) {
    toklink_publish_options request = TOKLINK_PUBLISH_OPTIONS_INIT;
    request.path = video;
    request.title = "from C #test";
    request.privacy_level = "SELF_ONLY";
    request.idempotency_key = key;
    return request;
}

static void publish_can_return_without_waiting(toklink_client *client) {
    toklink_publish_options request = request_for("key-1");
    toklink_error *error = NULL;
    const toklink_publish *outcome = NULL;
    toklink_op operation = 0;
    char publish_id[128];
    waiter who;
    prepare(&who);
    request.progress = counted; request.progress_data = &who;
    toklink_publish_video(client, for_account(&request, open_id), publish_done, &who, &operation);
    wait_for(&who);
    succeeds(&who);
    CHECK(who.operation == operation && operation > 0 && who.progress > 0 && !toklink_cancel(client, operation));
    CHECK(who.state == TOKLINK_PUBLISH_COMPLETE);
    CHECK(is(who.key, "key-1"));
    snprintf(publish_id, sizeof publish_id, "%s", who.id);

    /* The same key finds the same publish. A blocking call reports progress on the calling thread. */
    must(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    CHECK(is(outcome->publish_id, publish_id));
    toklink_publish_free(outcome);

    const toklink_publish *status = NULL;
    must(took((status = toklink_publish_status_blocking(client, open_id, publish_id, seen_at())) != NULL, &error), error);
    CHECK(status->state == TOKLINK_PUBLISH_COMPLETE);
    toklink_publish_free(status);
    must(took((outcome = toklink_wait_for_publish_blocking(client, publish_id, for_account(NULL, open_id), seen_at())) != NULL, &error),
         error);
    toklink_publish_free(outcome);

    pthread_t teller = 0;
    request = request_for("key-2");
    request.progress = refused; request.progress_data = &teller;
    CHECK(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error) ==
          TOKLINK_ERR_CANCELLED);
    CHECK(pthread_equal(teller, pthread_self()));
    toklink_error_free(error);
}

static void bytes_are_published_like_a_file(toklink_client *client) {
    static uint8_t bytes[65536];
    FILE *file = fopen(video, "rb");
    CHECK(file != NULL);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    toklink_publish_options request = request_for("key-3");
    const toklink_publish *outcome = NULL;
    toklink_error *error = NULL;
    request.path = NULL; request.data = bytes; request.data_size = length;
    request.draft = true;
    request.allow_comment = true;
    must(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    CHECK(outcome->state == TOKLINK_PUBLISH_SEND_TO_USER_INBOX);
    CHECK(outcome->warning_count > 0);
    toklink_publish_free(outcome);
}

/* A video that the host reads. Reading fails after `fails_after` bytes. */
typedef struct {
    FILE *file;
    size_t fails_after;
    int destroyed;
} reader;

/* `destroy` is called at the latest when the client is freed. */
static reader broken, whole;

static bool read_video(void *user_data, uint8_t *buffer, size_t capacity, size_t *out_read) {
    reader *from = user_data;
    if (from->fails_after == 0) return false;
    size_t wanted = capacity < from->fails_after ? capacity : from->fails_after;
    *out_read = fread(buffer, 1, wanted, from->file);
    from->fails_after -= *out_read;
    return true;
}

static void reader_ended(void *user_data) {
    reader *from = user_data;
    from->destroyed += 1;
    fclose(from->file);
}

static void stream_resumes_when_it_is_passed_again(toklink_client *client) {
    const toklink_publish *outcome = NULL;
    toklink_error *error = NULL;
    FILE *file = fopen(video, "rb");
    CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0);
    uint64_t length = (uint64_t)ftell(file);
    fclose(file);

    broken = (reader){fopen(video, "rb"), 100, 0};
    toklink_publish_options request = request_for("key-4");
    request.path = NULL; request.read = read_video; request.read_data = &broken; request.read_destroy = reader_ended; request.read_size = length;
    CHECK(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error) ==
          TOKLINK_ERR_INVALID_INPUT);
    CHECK(error->owner == TOKLINK_OWNER_APP);
    toklink_error_free(error);

    whole = (reader){fopen(video, "rb"), SIZE_MAX, 0};
    request = request_for("key-4");
    request.path = NULL; request.read = read_video; request.read_data = &whole; request.read_destroy = reader_ended; request.read_size = length;
    must(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error), error);
    CHECK(outcome->state == TOKLINK_PUBLISH_COMPLETE);
    toklink_publish_free(outcome);

    /* Resuming finds a finished publish by its key, and rejects an unknown key. */
    must(took((outcome = toklink_resume_publish_blocking(client, "key-4", for_account(NULL, open_id), seen_at())) != NULL, &error), error);
    CHECK(is(outcome->idempotency_key, "key-4"));
    toklink_publish_free(outcome);
    CHECK(took((outcome = toklink_resume_publish_blocking(client, "never", for_account(NULL, open_id), seen_at())) != NULL, &error) ==
          TOKLINK_ERR_NOT_FOUND);
    toklink_error_free(error);

    /* Private addresses are rejected, and so is loopback, although the emulator runs there. */
    const char *inward[] = {"https://10.0.0.1/v.mp4", "https://168.63.129.16/v.mp4", "http://127.0.0.1:1/v.mp4"};
    for (size_t at = 0; at < sizeof inward / sizeof *inward; at++) {
        request = request_for("key-5");
        request.path = NULL; request.relay_url = inward[at]; request.relay_if_unverified = false;
        CHECK(took((outcome = toklink_publish_video_blocking(client, for_account(&request, open_id), seen_at())) != NULL, &error) ==
              TOKLINK_ERR_INVALID_INPUT);
        toklink_error_free(error);
    }
}

static bool never_opens(void *user_data, const char *url) {
    CHECK(url[0] != 0);
    atomic_store((_Atomic bool *)user_data, true);
    return true;
}

static bool cannot_open(void *user_data, const char *url) {
    (void)user_data, (void)url;
    return false;
}

typedef struct {
    _Atomic bool is_open;
    waiter who;
} waiting;

static void login_ended(void *user_data, toklink_op operation, const toklink_account *account, const toklink_error *error) {
    fired(&((waiting *)user_data)->who, operation, account != NULL, error);
}

static void cancelled_wait_completes_once(toklink_client *client) {
    waiting login = {0};
    toklink_op operation = 0;
    prepare(&login.who);
    toklink_login(client, NULL, never_opens, login_ended, &login, &operation);
    CHECK(toklink_cancel(client, operation));
    wait_for(&login.who);
    CHECK(login.who.status == TOKLINK_ERR_CANCELLED && !login.who.has_result && login.who.fired == 1);
    CHECK(login.who.owner == TOKLINK_OWNER_USER);
    CHECK(!toklink_cancel(client, operation) && !toklink_cancel(client, 0));

    prepare(&login.who);
    toklink_login(client, NULL, cannot_open, login_ended, &login, NULL);
    wait_for(&login.who);
    CHECK(login.who.status == TOKLINK_ERR_CANCELLED);
    prepare(&login.who);
    toklink_login(client, NULL, NULL, login_ended, &login, &operation);
    wait_for(&login.who);
    CHECK(login.who.status == TOKLINK_ERR_INVALID_INPUT && login.who.operation == operation);
    toklink_login_options options = TOKLINK_LOGIN_OPTIONS_INIT;
    options.timeout_ms = 1;
    prepare(&login.who);
    toklink_login(client, &options, never_opens, login_ended, &login, NULL);
    wait_for(&login.who);
    CHECK(login.who.status == TOKLINK_ERR_UNAUTHORIZED && login.who.reason == TOKLINK_REASON_LOGIN_TIMED_OUT);
}

typedef struct {
    toklink_client *client;
    waiter *who;
    toklink_status inside;
    toklink_status closing;
} caller_back;

static void calls_back(void *user_data, toklink_op operation, const toklink_metrics *metrics, const toklink_error *error) {
    caller_back *caller = user_data;
    const toklink_user *info = NULL;
    caller->inside = took((info = toklink_user_info_blocking(caller->client, open_id, seen_at())) != NULL, NULL);
    toklink_user_free(info);
    caller->closing = toklink_client_close(caller->client, NULL);
    fired(caller->who, operation, metrics != NULL, error);
}

static void completion_can_call_the_library(toklink_client *client) {
    waiter who;
    caller_back caller = {client, &who, TOKLINK_ERR_INTERNAL, TOKLINK_OK};
    toklink_op operation = 0;
    prepare(&who);
    toklink_account_metrics(client, open_id, calls_back, &caller, &operation);
    wait_for(&who);
    CHECK(who.status == TOKLINK_OK && caller.inside == TOKLINK_OK && caller.closing == TOKLINK_ERR_CONFLICT);
    /* The completion and the number are optional. */
    toklink_account_metrics(client, open_id, NULL, NULL, NULL);
}

static void forked_child_cannot_use_the_client(toklink_client *client) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        const toklink_user *info = NULL;
        toklink_status status = took((info = toklink_user_info_blocking(client, open_id, seen_at())) != NULL, NULL);
        toklink_client_free(client);
        if (status != TOKLINK_ERR_CONFLICT || info != NULL) {
            _exit(1);
        }
        /* _exit: a memory checker would report the memory of the parent's threads as leaked in the child. */
        raise(SIGKILL);
    }
    int ended = 0;
    CHECK(waitpid(child, &ended, 0) == child && WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL);
}

static void sealed_value_opens_only_for_its_account_and_field(toklink_client *client) {
    char *sealed = NULL, *opened = NULL, *anew = NULL, *key = toklink_make_key();
    toklink_error *error = NULL;
    must(took((sealed = toklink_seal(client, account_of("t", "a"), "note", "kept", seen_at())) != NULL, &error), error);
    CHECK(strstr(sealed, "kept") == NULL);
    must(took((opened = toklink_unseal(client, account_of("t", "a"), "note", sealed, seen_at())) != NULL, &error), error);
    CHECK(strcmp(opened, "kept") == 0);
    toklink_text_free(opened);
    CHECK(took((opened = toklink_unseal(client, account_of("t", "b"), "note", sealed, seen_at())) != NULL, NULL) ==
          TOKLINK_ERR_INTEGRITY);
    CHECK(opened == NULL);
    must(took((anew = toklink_reseal(client, account_of("t", "a"), "note", sealed, seen_at())) != NULL, &error), error);
    CHECK(strcmp(anew, sealed) == 0 && strlen(key) == 64);
    toklink_text_free(anew);
    toklink_text_free(sealed);
    toklink_text_free(key);

    const toklink_reseal_report *report = NULL;
    toklink_reseal_options check = TOKLINK_RESEAL_OPTIONS_INIT;
    check.check_only = true;
    must(took((report = toklink_reseal_accounts_blocking(client, &check, seen_at())) != NULL, &error), error);
    CHECK(report->done == 1 && report->outstanding == 0);
    toklink_reseal_report_free(report);
}

static void quota_is_counted_and_reset(toklink_client *client) {
    toklink_error *error = NULL;
    int64_t pause = 0;
    for (unsigned count = 0; count < 6; count += 1) {
        CHECK(toklink_check_quota(client, "q", TOKLINK_QUOTA_PUBLISH_INIT, NULL) == TOKLINK_OK);
        CHECK(toklink_increment_quota(client, "q", TOKLINK_QUOTA_PUBLISH_INIT, NULL) ==
              TOKLINK_OK);
    }
    CHECK(toklink_check_quota(client, "q", TOKLINK_QUOTA_PUBLISH_INIT, &error) ==
          TOKLINK_ERR_RATE_LIMITED);
    CHECK(((pause = error->retry_after_ms) >= 0) && pause > 0);
    toklink_error_free(error);
    CHECK(toklink_reset_quota(client, "q", NULL) == TOKLINK_OK);
    CHECK(toklink_check_quota(client, "q", TOKLINK_QUOTA_PUBLISH_INIT, NULL) == TOKLINK_OK);
    CHECK(toklink_check_quota(client, "q", 99, NULL) == TOKLINK_ERR_INVALID_INPUT);
}

static void webhook_without_a_signature_is_refused(toklink_client *client) {
    const char *body = "{\"client_key\":\"" CLIENT_KEY "\",\"event\":\"post.publish.complete\",\"create_time\":1}";
    const toklink_webhook *event = NULL;
    CHECK(took((event = toklink_verify_webhook(client, "t=1,s=00", (const uint8_t *)body, strlen(body), "", 0, seen_at())) != NULL, NULL) == TOKLINK_ERR_INTEGRITY);
    CHECK(took((event = toklink_verify_webhook(client, "", NULL, 4, "", 0, seen_at())) != NULL, NULL) ==
          TOKLINK_ERR_INVALID_INPUT);
    CHECK(event == NULL);
}

static void signed_test_event_has_the_kind_other(toklink_client *client) {
    const char *body = "{\"client_key\":\"" CLIENT_KEY
                       "\",\"event\":\"tiktok.ping\",\"create_time\":1700000000,\"content\":\"test webhook\"}";
    /* HMAC-SHA256 of `1700000000.` and the body, with the emulator's client secret as the key. */
    const char *signature = "t=1700000000,s=ad27e648732694d27e67f8bcd5a607ccb6301f9b4de573b5afe3cf7097fca148";
    const uint64_t any_time = UINT64_MAX / 4;
    const toklink_webhook *event = NULL;
    toklink_webhook_effect effect = TOKLINK_EFFECT_APPLIED;
    toklink_error *error = NULL;
    must(took((event = toklink_verify_webhook(client, signature, (const uint8_t *)body, strlen(body), "", any_time, seen_at())) != NULL, &error), error);
    CHECK(event->kind == TOKLINK_WEBHOOK_OTHER);
    CHECK(is(event->name, "tiktok.ping"));
    must(toklink_apply_webhook(client, event, &effect, &error), error);
    CHECK(effect == TOKLINK_EFFECT_NOTHING_TO_DO);
    toklink_webhook_free(event);
}

static void frees(void *user_data, toklink_op operation, const toklink_metrics *metrics, const toklink_error *error) {
    caller_back *caller = user_data;
    toklink_client_free(caller->client);
    fired(caller->who, operation, metrics != NULL, error);
}

static _Atomic unsigned lines;
static _Atomic unsigned destroyed;

static void note(void *user_data, toklink_log_level level, const char *line) {
    CHECK(user_data == &lines && (level == TOKLINK_LOG_INFO || level == TOKLINK_LOG_ERROR));
    CHECK(strstr(line, SECRET) == NULL && strstr(line, "act.") == NULL);
    lines += 1;
}

static void count_destroyed(void *user_data) {
    CHECK(user_data == &lines);
    destroyed += 1;
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    emulator = arguments[3];
    snprintf(video, sizeof video, "%s/media/good.mp4", arguments[2]);
    toklink_options options = options_for(emulator);
    options.log = note; options.user_data = &lines; options.destroy = count_destroyed;
    toklink_client *client = client_of(options);
    sign_in(client, "ana.makes");
    account_contains_its_fields(client);
    publish_can_return_without_waiting(client);
    bytes_are_published_like_a_file(client);
    stream_resumes_when_it_is_passed_again(client);
    cancelled_wait_completes_once(client);
    completion_can_call_the_library(client);
    forked_child_cannot_use_the_client(client);
    sealed_value_opens_only_for_its_account_and_field(client);
    quota_is_counted_and_reset(client);
    webhook_without_a_signature_is_refused(client);
    signed_test_event_has_the_kind_other(client);

    toklink_error *error = NULL;
    must(toklink_disconnect_blocking(client, open_id, &error), error);
    must(toklink_client_close(client, &error), error);
    must(toklink_client_close(client, &error), error);
    const toklink_user *info = NULL;
    CHECK(took((info = toklink_user_info_blocking(client, open_id, seen_at())) != NULL, NULL) == TOKLINK_ERR_CLOSED);
    CHECK(destroyed == 0);
    toklink_client_free(client);
    CHECK(destroyed == 1 && lines > 10);
    CHECK(broken.destroyed == 1 && whole.destroyed == 1);

    waiter who;
    prepare(&who);
    caller_back caller = {client_of(options_for(emulator)), &who, TOKLINK_OK, TOKLINK_OK};
    toklink_op operation = 0;
    toklink_account_metrics(caller.client, "unknown", frees, &caller, &operation);
    wait_for(&who);
    CHECK(who.fired == 1 && who.status != TOKLINK_OK);
    printf("%u checks passed\n", checks_done);
    return 0;
}
