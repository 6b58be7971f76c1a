/* The C API without a network: options, errors, text and memory. Arguments: a directory for its files, and this directory. */

#include "host.h"

#undef SECRET
#define SECRET "s3cret-of-the-app"

static void path_in(char *out, size_t size, const char *directory, const char *name) {
    int length = snprintf(out, size, "%s/%s", directory, name);
    CHECK(length > 0 && (size_t)length < size);
}

static toklink_options complete_options(void) {
    toklink_options options = TOKLINK_OPTIONS_INIT;
    options.client_key = "awdemo";
    options.client_secret = SECRET;
    options.encryption_key = KEY;
    options.callback_url = "http://127.0.0.1:7/callback";
    options.auth_base_url = "http://127.0.0.1:9";
    options.api_base_url = "http://127.0.0.1:9";
    return options;
}

static toklink_client *open_client(toklink_options options) { return client_of(options); }

static void version_number_equals_the_version_text(void) {
    char parts[32];
    snprintf(parts, sizeof parts, "%d.%d.%d", TOKLINK_VERSION_MAJOR, TOKLINK_VERSION_MINOR, TOKLINK_VERSION_PATCH);
    CHECK(strcmp(parts, TOKLINK_VERSION) == 0);
    CHECK(is(toklink_version(), TOKLINK_VERSION));
    CHECK(toklink_version_number() == TOKLINK_VERSION_NUMBER);
    CHECK(TOKLINK_VERSION_NUMBER ==
          TOKLINK_VERSION_MAJOR * 65536 + TOKLINK_VERSION_MINOR * 256 + TOKLINK_VERSION_PATCH);
    CHECK(toklink_abi_version() == TOKLINK_ABI_VERSION);
}

static void configuration_error_lists_every_problem(void) {
    toklink_options options = TOKLINK_OPTIONS_INIT;
    toklink_client *untouched = NULL;
    options.use_environment = true;
    toklink_error *error = NULL;
    CHECK(took((untouched = toklink_client_new(&options, seen_at())) != NULL, &error) == TOKLINK_ERR_CONFIG);
    CHECK(untouched == NULL);
    CHECK(error->status == TOKLINK_ERR_CONFIG);
    CHECK(is(toklink_status_name(error->status), "CONFIG"));
    CHECK(error->problem_count == 3);
    CHECK(is(error->problems[0]->variable, "TIKTOK_CLIENT_KEY") && is(error->problems[0]->option, "client_key"));
    CHECK(strstr(error->message, "client_key is not set") != NULL && strstr(error->message, "TIKTOK_CLIENT_KEY") == NULL);
    CHECK(is(error->problems[1]->variable, "TIKTOK_CLIENT_SECRET"));
    CHECK(is(error->problems[2]->variable, "TOKEN_ENCRYPTION_KEY"));
    CHECK(is(error->problems[0]->problem, "is not set"));
    CHECK(error->problems[2]->fix[0] != 0);
    CHECK(error->owner == TOKLINK_OWNER_APP);
    CHECK(!error->retryable && !error->may_have_been_sent);
    CHECK(error->http_status == 0 && error->tiktok_code[0] == 0);
    toklink_error_free(error);

    error = NULL;
    options.ca_file = "/no/such/ca.pem";
    CHECK(took((untouched = toklink_client_new(&options, seen_at())) != NULL, &error) == TOKLINK_ERR_CONFIG);
    CHECK(is(error->problems[3]->variable, "TIKTOK_CA_FILE"));
    CHECK(is(error->problems[3]->problem, "names a file that does not exist"));
    toklink_error_free(error);

    error = NULL;
    options.encryption_key = "not-" SECRET;
    CHECK(took((untouched = toklink_client_new(&options, seen_at())) != NULL, &error) == TOKLINK_ERR_CONFIG);
    CHECK(strstr(error->message, SECRET) == NULL);
    toklink_error_free(error);
}

static void invalid_arguments_are_refused(void) {
    toklink_options options = complete_options();
    toklink_client *client = NULL;
    toklink_error *error = NULL;
    CHECK(took((client = toklink_client_new(NULL, seen_at())) != NULL, NULL) == TOKLINK_ERR_CONFIG);
    options.client_key = "\xff\xfe";
    CHECK(took((client = toklink_client_new(&options, seen_at())) != NULL, &error) == TOKLINK_ERR_CONFIG);
    CHECK(error->problem_count == 1 && is(error->problems[0]->variable, "TIKTOK_CLIENT_KEY"));
    CHECK(strstr(error->message, "client_key is not UTF-8") != NULL);
    toklink_error_free(error);
    options = complete_options();
    options.quota_policy = 3;
    CHECK(took((client = toklink_client_new(&options, seen_at())) != NULL, NULL) == TOKLINK_ERR_CONFIG);

    /* A struct without its size, and one with fields that this library does not know. */
    options = complete_options();
    options.size = 0;
    CHECK(took((client = toklink_client_new(&options, seen_at())) != NULL, &error) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(strstr(error->message, "TOKLINK_OPTIONS_INIT") != NULL);
    toklink_error_free(error);
    struct {
        toklink_options known;
        uint64_t later;
    } newer = {complete_options(), 0};
    newer.known.size = sizeof newer;
    client = toklink_client_new(&newer.known, NULL);
    CHECK(client != NULL);
    toklink_client_free(client);
    newer.later = 1;
    CHECK(took((client = toklink_client_new(&newer.known, seen_at())) != NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);

    const toklink_user *user = NULL;
    CHECK(took((user = toklink_user_info_blocking(NULL, "a", seen_at())) != NULL, &error) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(strstr(error->message, "client is NULL") != NULL && user == NULL);
    toklink_error_free(error);
    CHECK(toklink_user_info_blocking(NULL, "a", NULL) == NULL && toklink_dispatch(NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_client_close(NULL, NULL) == TOKLINK_ERR_INVALID_INPUT && !toklink_cancel(NULL, 1));
    client = open_client(complete_options());
    CHECK(toklink_dispatch(client, NULL) == TOKLINK_OK);
    const char *wrong[] = {NULL, "", "a/", "a/b/c", "%zz"};
    for (size_t place = 0; place < sizeof wrong / sizeof *wrong; place += 1) {
        CHECK(took((user = toklink_user_info_blocking(client, wrong[place], seen_at())) != NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    }
    toklink_client_free(client);

    toklink_client_free(NULL);
    toklink_account_free(NULL);
    toklink_account_list_free(NULL);
    toklink_user_free(NULL);
    toklink_metrics_free(NULL);
    toklink_video_page_free(NULL);
    toklink_creator_free(NULL);
    toklink_publish_free(NULL);
    toklink_publish_record_free(NULL);
    toklink_publish_list_free(NULL);
    toklink_history_free(NULL);
    toklink_collect_report_free(NULL);
    toklink_reseal_report_free(NULL);
    toklink_login_start_free(NULL);
    toklink_login_inspection_free(NULL);
    toklink_login_result_free(NULL);
    toklink_tokens_free(NULL);
    toklink_webhook_free(NULL);
    toklink_quota_free(NULL);
    toklink_probe_report_free(NULL);
    toklink_error_free(NULL);
    toklink_text_free(NULL);
    toklink_store_reply_add(NULL, "k", "v");
    CHECK(is(toklink_status_name(4711), "UNKNOWN") && is(toklink_reason_name(4711), "UNKNOWN"));
    CHECK(is(toklink_reason_name(TOKLINK_REASON_KEY_IN_USE), "KEY_IN_USE"));
}

static void account_id_contains_tenant_and_open_id(void) {
    char *id = toklink_account_id("acme/eu", "-000abc", NULL), *tenant = NULL, *open_id = NULL;
    CHECK(id != NULL && toklink_account_id_split(id, &tenant, &open_id, NULL) == TOKLINK_OK);
    CHECK(is(tenant, "acme/eu") && is(open_id, "-000abc"));
    toklink_text_free(id);
    toklink_text_free(tenant);
    toklink_text_free(open_id);
    id = toklink_account_id(NULL, "-000abc", NULL);
    CHECK(is(id, "-000abc"));
    toklink_text_free(id);
    CHECK(toklink_account_id("acme", "", NULL) == NULL);
    CHECK(toklink_account_id_split("a/b/c", NULL, NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
}

static void authorize_url_contains_the_options(void) {
    toklink_options options = complete_options();
    toklink_client *client = open_client(options);

    toklink_authorize_options link = TOKLINK_AUTHORIZE_OPTIONS_INIT;
    char *url = NULL;
    toklink_error *error = NULL;
    CHECK(took((url = toklink_authorize_url(client, &link, seen_at())) != NULL, &error) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(url == NULL);
    CHECK(is(error->operation, "authorize_url"));
    CHECK(strstr(error->message, "state") != NULL);
    toklink_error_free(error);

    link.state = "st-1";
    const char *scopes[] = {"user.info.basic", "video.list"};
    link.scopes = scopes;
    link.scope_count = 2;
    link.code_challenge = KEY;
    link.disable_auto_auth = true;
    CHECK(took((url = toklink_authorize_url(client, &link, seen_at())) != NULL, NULL) == TOKLINK_OK);
    CHECK(strncmp(url, "http://127.0.0.1:9/v2/auth/authorize/?", 38) == 0);
    CHECK(strstr(url, "client_key=awdemo") && strstr(url, "state=st-1"));
    CHECK(strstr(url, "scope=user.info.basic%2Cvideo.list"));
    CHECK(strstr(url, "redirect_uri=http%3A%2F%2F127.0.0.1%3A7%2Fcallback"));
    CHECK(strstr(url, "code_challenge=" KEY) && strstr(url, "disable_auto_auth=1"));
    CHECK(strstr(url, SECRET) == NULL);
    toklink_text_free(url);
    toklink_client_free(client);
}

static void new_account_has_its_whole_quota(const char *directory) {
    char file[4096];
    path_in(file, sizeof file, directory, "slice.db");
    remove(file);
    toklink_options options = complete_options();
    options.sqlite_path = file;
    toklink_client *client = open_client(options);

    const toklink_quota *quota = NULL;
    CHECK(took((quota = toklink_quota_status(client, account_of("tenant", "open-id"), seen_at())) != NULL, NULL) == TOKLINK_OK);
    toklink_client_free(client);
    size_t windows = quota->count;
    CHECK(windows > 0);
    for (size_t index = 0; index < windows; index += 1) {
        const toklink_quota_window *window = quota->items[index];
        CHECK(window->kind != TOKLINK_QUOTA_OTHER);
        CHECK(window->limit > 0 && window->used == 0);
        CHECK(window->remaining == window->limit);
        CHECK(window->resets_in_ms == 0 && window->reset_at_ms > 0);
    }
    /* docs/tiktok-api.md 8: six inits per minute and token. */
    const toklink_quota_window *posts = tightest(quota, TOKLINK_QUOTA_PUBLISH_INIT);
    CHECK(posts->limit == 6 && posts->window_ms == 60000);
    CHECK(tightest(quota, 4711) == NULL);
    toklink_quota_free(quota);

    toklink_error *error = NULL;
    toklink_client *none = NULL;
    options.sqlite_path = directory;
    CHECK(took((none = toklink_client_new(&options, seen_at())) != NULL, &error) == TOKLINK_ERR_CONFIG && none == NULL);
    CHECK(strstr(error->message, directory) != NULL);
    toklink_error_free(error);
    remove(file);
}

static void probe_reads_the_headers_of_a_video(const char *here) {
    char file[4096];
    const toklink_probe_report *report = NULL;
    path_in(file, sizeof file, here, "media/good.mp4");
    CHECK(took((report = toklink_probe_video(file, seen_at())) != NULL, NULL) == TOKLINK_OK);
    CHECK(report->is_acceptable && report->finding_count == 0);
    CHECK(is(report->container, "mp4") && is(report->mime, "video/mp4"));
    CHECK(is(report->video_codec, "h264") && report->size_bytes == 2941);
    CHECK(report->width == 576 && report->height == 1024);
    CHECK(report->duration_ms == 1000 && report->fps > 29.9 && report->fps < 30.1);
    CHECK(report->variable_fps == 0 && report->has_audio == 0);
    CHECK(report->rotation == 0);
    toklink_probe_report_free(report);

    path_in(file, sizeof file, here, "media/small.mp4");
    CHECK(took((report = toklink_probe_video(file, seen_at())) != NULL, NULL) == TOKLINK_OK);
    CHECK(!report->is_acceptable && report->finding_count == 2);
    CHECK(report->has_audio == 1);
    const toklink_finding *finding = report->findings[1];
    CHECK(is(finding->rule, "pixels") && is(finding->found, "320 x 240"));
    CHECK(finding->allowed[0] != 0 && finding->advice[0] != 0);
    CHECK(finding->is_error);
    toklink_probe_report_free(report);
}

static void probe_rejects_a_file_that_is_not_a_video(const char *here) {
    char file[4096];
    const toklink_probe_report *report = NULL;
    toklink_error *error = NULL;
    path_in(file, sizeof file, here, "no-such-file.mp4");
    CHECK(took((report = toklink_probe_video(file, seen_at())) != NULL, &error) == TOKLINK_ERR_NOT_FOUND && report == NULL);
    CHECK(is(error->operation, "probe_video"));
    toklink_error_free(error);
    path_in(file, sizeof file, here, "smoke.c");
    CHECK(took((report = toklink_probe_video(file, seen_at())) != NULL, NULL) == TOKLINK_ERR_INVALID_INPUT && report == NULL);
    CHECK(took((report = toklink_probe_video(here, seen_at())) != NULL, NULL) == TOKLINK_ERR_INVALID_INPUT && report == NULL);
    CHECK(took((report = toklink_probe_video("", seen_at())) != NULL, NULL) != TOKLINK_OK && report == NULL);
}

int main(int count, char **arguments) {
    CHECK(count >= 3);
    version_number_equals_the_version_text();
    configuration_error_lists_every_problem();
    invalid_arguments_are_refused();
    account_id_contains_tenant_and_open_id();
    authorize_url_contains_the_options();
    new_account_has_its_whole_quota(arguments[1]);
    probe_reads_the_headers_of_a_video(arguments[2]);
    probe_rejects_a_file_that_is_not_a_video(arguments[2]);
    printf("%u checks passed\n", checks_done);
    return 0;
}
