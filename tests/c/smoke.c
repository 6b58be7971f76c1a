/* The C API without a network: options, errors, text and memory. Arguments: a directory for its files, and this directory. */

#include "check.h"
#include "toklink.h"

#include <string.h>

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define SECRET "s3cret-of-the-app"

static toklink_str text(const char *words) { return toklink_str_from(words); }

static int is(toklink_str found, const char *wanted) {
    return found.len == strlen(wanted) && strcmp(found.data, wanted) == 0;
}

static void path_in(char *out, size_t size, const char *directory, const char *name) {
    int length = snprintf(out, size, "%s/%s", directory, name);
    CHECK(length > 0 && (size_t)length < size);
}

static toklink_client_options *complete_options(void) {
    toklink_client_options *options = toklink_client_options_new();
    CHECK(options != NULL);
    CHECK(toklink_client_options_set_client_key(options, text("awdemo"), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_client_secret(options, text(SECRET), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_encryption_key(options, text(KEY), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_callback_url(options, text("http://127.0.0.1:7/callback"), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_auth_base_url(options, text("http://127.0.0.1:9"), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_api_base_url(options, text("http://127.0.0.1:9"), NULL) == TOKLINK_OK);
    return options;
}

static toklink_client *open_client(const toklink_client_options *options) {
    toklink_client *client = NULL;
    toklink_error *error = NULL;
    toklink_status status = toklink_client_new(options, &client, &error);
    if (status != TOKLINK_OK) {
        fprintf(stderr, "%s\n", toklink_error_message(error).data);
    }
    CHECK(status == TOKLINK_OK && error == NULL && client != NULL);
    return client;
}

static void the_versions_agree_in_parts_and_packed(void) {
    char parts[32];
    snprintf(parts, sizeof parts, "%d.%d.%d", TOKLINK_VERSION_MAJOR, TOKLINK_VERSION_MINOR, TOKLINK_VERSION_PATCH);
    CHECK(strcmp(parts, TOKLINK_VERSION) == 0);
    CHECK(is(toklink_version(), TOKLINK_VERSION));
    CHECK(toklink_version_number() == TOKLINK_VERSION_NUMBER);
    CHECK(TOKLINK_VERSION_NUMBER ==
          TOKLINK_VERSION_MAJOR * 65536 + TOKLINK_VERSION_MINOR * 256 + TOKLINK_VERSION_PATCH);
    CHECK(toklink_abi_version() == TOKLINK_ABI_VERSION);
}

static void every_fault_of_the_settings_is_named_at_once(void) {
    toklink_client_options *options = toklink_client_options_from_env();
    toklink_client *untouched = (toklink_client *)&checks_done;
    toklink_error *error = NULL;
    CHECK(toklink_client_new(options, &untouched, &error) == TOKLINK_ERR_CONFIG);
    CHECK(untouched == (toklink_client *)&checks_done);
    CHECK(toklink_error_status(error) == TOKLINK_ERR_CONFIG);
    CHECK(is(toklink_status_name(toklink_error_status(error)), "CONFIG"));
    CHECK(toklink_error_problem_count(error) == 3);
    CHECK(is(toklink_error_problem_variable(error, 0), "TIKTOK_CLIENT_KEY"));
    CHECK(is(toklink_error_problem_variable(error, 1), "TIKTOK_CLIENT_SECRET"));
    CHECK(is(toklink_error_problem_variable(error, 2), "TOKEN_ENCRYPTION_KEY"));
    CHECK(is(toklink_error_problem_text(error, 0), "is not set"));
    CHECK(toklink_error_problem_fix(error, 2).len > 0);
    CHECK(toklink_error_problem_variable(error, 3).len == 0 && toklink_error_problem_count(NULL) == 0);
    CHECK(toklink_error_owner(error) == TOKLINK_OWNER_APP);
    CHECK(!toklink_error_is_retryable(error) && !toklink_error_may_have_been_sent(error));
    CHECK(toklink_error_http_status(error) == 0 && toklink_error_tiktok_code(error).len == 0);
    toklink_error_free(error);

    error = NULL;
    CHECK(toklink_client_options_set_ca_file(options, text("/no/such/ca.pem"), NULL) == TOKLINK_OK);
    CHECK(toklink_client_new(options, &untouched, &error) == TOKLINK_ERR_CONFIG);
    CHECK(is(toklink_error_problem_variable(error, 3), "TIKTOK_CA_FILE"));
    CHECK(is(toklink_error_problem_text(error, 3), "names /no/such/ca.pem, which does not exist"));
    toklink_error_free(error);

    error = NULL;
    toklink_client_options_set_encryption_key(options, text("not-" SECRET), NULL);
    CHECK(toklink_client_new(options, &untouched, &error) == TOKLINK_ERR_CONFIG);
    CHECK(strstr(toklink_error_message(error).data, SECRET) == NULL);
    toklink_error_free(error);
    toklink_client_options_free(options);
}

static void wrong_arguments_are_refused_and_leave_outputs_alone(void) {
    toklink_client_options *options = complete_options();
    toklink_error *error = NULL;
    CHECK(toklink_client_new(NULL, NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_client_new(options, NULL, &error) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(strstr(toklink_error_message(error).data, "NULL") != NULL);
    toklink_error_free(error);

    toklink_str no_utf8 = {"\xff\xfe", 2};
    toklink_str no_bytes = {NULL, 3};
    toklink_str inner_nul = {"a\0b", 3};
    CHECK(toklink_client_options_set_client_key(options, no_utf8, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_client_options_set_client_key(options, no_bytes, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_client_options_set_client_key(options, inner_nul, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_client_options_set_client_key(NULL, text("aw"), NULL) == TOKLINK_ERR_INVALID_INPUT);
    toklink_client_free(open_client(options));
    toklink_client_options_free(options);

    toklink_client_free(NULL);
    toklink_client_options_free(NULL);
    toklink_authorize_link_free(NULL);
    toklink_quota_status_free(NULL);
    toklink_probe_report_free(NULL);
    toklink_error_free(NULL);
    toklink_buf_free(NULL);
    CHECK(toklink_error_message(NULL).len == 0 && toklink_error_status(NULL) == TOKLINK_OK);
    CHECK(toklink_quota_status_len(NULL) == 0 && toklink_quota_window_limit(NULL) == 0);
    CHECK(toklink_finding_rule(NULL).len == 0 && !toklink_probe_report_is_acceptable(NULL));
    CHECK(toklink_str_from(NULL).len == 0);
    CHECK(is(toklink_status_name(4711), "UNKNOWN"));
}

static void a_link_asks_for_what_was_set(void) {
    toklink_client_options *options = complete_options();
    toklink_client *client = open_client(options);
    toklink_client_options_free(options);

    toklink_authorize_link *link = toklink_authorize_link_new();
    toklink_buf url = {NULL, 0};
    toklink_error *error = NULL;
    CHECK(toklink_client_authorize_url(client, link, &url, &error) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(url.data == NULL && url.len == 0);
    CHECK(is(toklink_error_operation(error), "authorize_url"));
    CHECK(strstr(toklink_error_message(error).data, "state") != NULL);
    toklink_error_free(error);

    CHECK(toklink_authorize_link_set_state(link, text("st-1"), NULL) == TOKLINK_OK);
    CHECK(toklink_authorize_link_add_scope(link, text("user.info.basic"), NULL) == TOKLINK_OK);
    CHECK(toklink_authorize_link_add_scope(link, text("video.list"), NULL) == TOKLINK_OK);
    CHECK(toklink_authorize_link_set_code_challenge(link, text(KEY), NULL) == TOKLINK_OK);
    CHECK(toklink_authorize_link_set_disable_auto_auth(link, true, NULL) == TOKLINK_OK);
    CHECK(toklink_client_authorize_url(client, link, &url, NULL) == TOKLINK_OK);
    CHECK(url.len == strlen(url.data));
    CHECK(strncmp(url.data, "http://127.0.0.1:9/v2/auth/authorize/?", 38) == 0);
    CHECK(strstr(url.data, "client_key=awdemo") && strstr(url.data, "state=st-1"));
    CHECK(strstr(url.data, "scope=user.info.basic%2Cvideo.list"));
    CHECK(strstr(url.data, "redirect_uri=http%3A%2F%2F127.0.0.1%3A7%2Fcallback"));
    CHECK(strstr(url.data, "code_challenge=" KEY) && strstr(url.data, "disable_auto_auth=1"));
    CHECK(strstr(url.data, SECRET) == NULL);
    toklink_buf_free(&url);
    CHECK(url.data == NULL && url.len == 0);
    toklink_buf_free(&url);
    toklink_authorize_link_free(link);
    toklink_client_free(client);
}

static void a_new_account_has_its_whole_quota(const char *directory) {
    char file[4096];
    path_in(file, sizeof file, directory, "slice.db");
    remove(file);
    toklink_client_options *options = complete_options();
    CHECK(toklink_client_options_set_sqlite_path(options, text(file), NULL) == TOKLINK_OK);
    toklink_client *client = open_client(options);

    toklink_quota_status *quota = NULL;
    CHECK(toklink_client_quota_status(client, text("tenant"), text("open-id"), &quota, NULL) == TOKLINK_OK);
    toklink_client_free(client);
    size_t windows = toklink_quota_status_len(quota);
    CHECK(windows > 0 && toklink_quota_status_at(quota, windows) == NULL);
    for (size_t index = 0; index < windows; index += 1) {
        const toklink_quota_window *window = toklink_quota_status_at(quota, index);
        CHECK(toklink_quota_window_kind(window) != TOKLINK_QUOTA_OTHER);
        CHECK(toklink_quota_window_limit(window) > 0 && toklink_quota_window_count(window) == 0);
        CHECK(toklink_quota_window_remaining(window) == toklink_quota_window_limit(window));
        CHECK(toklink_quota_window_resets_in_ms(window) == 0 && toklink_quota_window_reset_at_ms(window) > 0);
    }
    /* docs/tiktok-api.md 8: six inits per minute and token. */
    const toklink_quota_window *posts = toklink_quota_status_tightest(quota, TOKLINK_QUOTA_PUBLISH_INIT);
    CHECK(toklink_quota_window_limit(posts) == 6 && toklink_quota_window_length_ms(posts) == 60000);
    CHECK(toklink_quota_status_tightest(quota, 4711) == NULL);
    toklink_quota_status_free(quota);

    toklink_error *error = NULL;
    toklink_client *none = NULL;
    toklink_client_options_set_sqlite_path(options, text(directory), NULL);
    CHECK(toklink_client_new(options, &none, &error) == TOKLINK_ERR_CONFIG && none == NULL);
    CHECK(strstr(toklink_error_message(error).data, directory) != NULL);
    toklink_error_free(error);
    toklink_client_options_free(options);
    remove(file);
}

static void a_video_is_judged_by_its_headers(const char *here) {
    char file[4096];
    toklink_probe_report *report = NULL;
    path_in(file, sizeof file, here, "media/good.mp4");
    CHECK(toklink_probe_video(text(file), &report, NULL) == TOKLINK_OK);
    CHECK(toklink_probe_report_is_acceptable(report) && toklink_probe_report_finding_count(report) == 0);
    CHECK(is(toklink_probe_report_container(report), "mp4") && is(toklink_probe_report_mime(report), "video/mp4"));
    CHECK(is(toklink_probe_report_video_codec(report), "h264") && toklink_probe_report_size_bytes(report) == 2941);
    CHECK(toklink_probe_report_width(report) == 576 && toklink_probe_report_height(report) == 1024);
    uint64_t duration_ms = 0;
    double rate = 0;
    bool audio = true;
    CHECK(toklink_probe_report_duration_ms(report, &duration_ms) && duration_ms == 1000);
    CHECK(toklink_probe_report_frame_rate(report, &rate) && rate > 29.9 && rate < 30.1);
    bool variable = true;
    CHECK(toklink_probe_report_variable_frame_rate(report, &variable) && !variable);
    CHECK(toklink_probe_report_has_audio(report, &audio) && !audio);
    CHECK(toklink_probe_report_rotation(report) == 0);
    toklink_probe_report_free(report);

    path_in(file, sizeof file, here, "media/small.mp4");
    CHECK(toklink_probe_video(text(file), &report, NULL) == TOKLINK_OK);
    CHECK(!toklink_probe_report_is_acceptable(report) && toklink_probe_report_finding_count(report) == 2);
    CHECK(toklink_probe_report_has_audio(report, &audio) && audio);
    const toklink_finding *finding = toklink_probe_report_finding_at(report, 1);
    CHECK(is(toklink_finding_rule(finding), "pixels") && is(toklink_finding_found(finding), "320 x 240"));
    CHECK(toklink_finding_allowed(finding).len > 0 && toklink_finding_advice(finding).len > 0);
    CHECK(toklink_finding_is_error(finding) && toklink_probe_report_finding_at(report, 2) == NULL);
    toklink_probe_report_free(report);
}

static void a_file_that_is_no_video_is_an_error(const char *here) {
    char file[4096];
    toklink_probe_report *report = NULL;
    toklink_error *error = NULL;
    path_in(file, sizeof file, here, "no-such-file.mp4");
    CHECK(toklink_probe_video(text(file), &report, &error) == TOKLINK_ERR_NOT_FOUND && report == NULL);
    CHECK(is(toklink_error_operation(error), "probe_video"));
    toklink_error_free(error);
    path_in(file, sizeof file, here, "smoke.c");
    CHECK(toklink_probe_video(text(file), &report, NULL) == TOKLINK_ERR_INVALID_INPUT && report == NULL);
    CHECK(toklink_probe_video(text(here), &report, NULL) == TOKLINK_ERR_INVALID_INPUT && report == NULL);
    CHECK(toklink_probe_video(text(""), &report, NULL) != TOKLINK_OK && report == NULL);
}

int main(int count, char **arguments) {
    CHECK(count >= 3);
    the_versions_agree_in_parts_and_packed();
    every_fault_of_the_settings_is_named_at_once();
    wrong_arguments_are_refused_and_leave_outputs_alone();
    a_link_asks_for_what_was_set();
    a_new_account_has_its_whole_quota(arguments[1]);
    a_video_is_judged_by_its_headers(arguments[2]);
    a_file_that_is_no_video_is_an_error(arguments[2]);
    printf("%u checks passed\n", checks_done);
    return 0;
}
