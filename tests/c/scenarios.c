/* Runs tests/scenarios.json in C. The results are identical in each language. Arguments: a directory for its files, this
   directory, and the emulator's address. */

#define _POSIX_C_SOURCE 200809L

#include "scenario_acts.h"

static toklink_client *opened(const scenario_host *host, const char *keys) {
    toklink_client_options *options = toklink_client_options_new();
    toklink_str emulator = text(host->emulator);
    CHECK(toklink_client_options_set_client_key(options, text(CLIENT_KEY), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_client_secret(options, text(SECRET), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_callback_url(options, text(SCENARIO_CALLBACK), NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_api_base_url(options, emulator, NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_auth_base_url(options, emulator, NULL) == TOKLINK_OK);
    CHECK(toklink_client_options_set_sqlite_path(options, text(host->store), NULL) == TOKLINK_OK);
    if (keys == NULL) {
        CHECK(toklink_client_options_set_encryption_key(options, text(KEY), NULL) == TOKLINK_OK);
    } else {
        CHECK(toklink_client_options_set_encryption_keys(options, text(keys), NULL) == TOKLINK_OK);
    }
    return client_of(options);
}

static toklink_status accounts(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    toklink_account_list *found = NULL;
    toklink_status status = toklink_client_accounts(host->client, text(argument(step, "tenant")), &found, error);
    if (status == TOKLINK_OK) {
        tell_number(all, "accounts", (int64_t)toklink_account_list_len(found));
        toklink_account_list_free(found);
    }
    return status;
}

static toklink_status profile(scenario_host *host, told_lines *all, toklink_error **error) {
    toklink_user_info *info = NULL;
    bool verified = false;
    int64_t videos = 0;
    toklink_status status = toklink_client_user_info(host->client, text(host->tenant), text(host->open_id), &info, error);
    if (status == TOKLINK_OK) {
        tell_text(all, "display_name", toklink_user_info_display_name(info));
        tell_text(all, "username", toklink_user_info_username(info));
        tell_text(all, "bio", toklink_user_info_bio_description(info));
        if (toklink_user_info_is_verified(info, &verified)) {
            tell_flag(all, "verified", verified);
        }
        if (toklink_user_info_video_count(info, &videos)) {
            tell_number(all, "videos", videos);
        }
        toklink_user_info_free(info);
    }
    return status;
}

static toklink_status videos(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    toklink_video_page *page = NULL;
    int64_t cursor = 0;
    uint32_t most = (uint32_t)strtoul(argument(step, "at_most"), NULL, 10);
    toklink_status status =
        toklink_client_list_videos(host->client, text(host->tenant), text(host->open_id), 0, most, &page, error);
    if (status == TOKLINK_OK) {
        tell_number(all, "videos", (int64_t)toklink_video_page_len(page));
        tell_flag(all, "more", toklink_video_page_next_cursor(page, &cursor));
        toklink_video_page_free(page);
    }
    return status;
}

static toklink_status creator(scenario_host *host, told_lines *all, toklink_error **error) {
    toklink_creator_info *info = NULL;
    char levels[256] = "";
    toklink_status status = toklink_client_creator_info(host->client, text(host->tenant), text(host->open_id), &info, error);
    if (status == TOKLINK_OK) {
        for (size_t place = 0; place < toklink_creator_info_privacy_level_count(info); place += 1) {
            append(levels, sizeof levels, toklink_creator_info_privacy_level_at(info, place).data);
        }
        tell_text(all, "username", toklink_creator_info_username(info));
        tell_text(all, "nickname", toklink_creator_info_nickname(info));
        tell(all, "privacy_levels", levels);
        tell_flag(all, "comment_disabled", toklink_creator_info_comment_disabled(info));
        tell_flag(all, "duet_disabled", toklink_creator_info_duet_disabled(info));
        tell_flag(all, "stitch_disabled", toklink_creator_info_stitch_disabled(info));
        tell_number(all, "longest_seconds", toklink_creator_info_max_video_duration_sec(info));
        toklink_creator_info_free(info);
    }
    return status;
}

static toklink_status probe(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    toklink_probe_report *report = NULL;
    char file[4200], name[64], sentence[LONGEST_LINE];
    uint64_t duration_ms = 0;
    bool audio = false;
    snprintf(file, sizeof file, "%s/%s", host->files, argument(step, "file"));
    toklink_status status = toklink_probe_video(text(file), &report, error);
    if (status != TOKLINK_OK) {
        return status;
    }
    tell_flag(all, "acceptable", toklink_probe_report_is_acceptable(report));
    tell_text(all, "container", toklink_probe_report_container(report));
    tell_text(all, "mime", toklink_probe_report_mime(report));
    tell_text(all, "codec", toklink_probe_report_video_codec(report));
    tell_number(all, "bytes", (int64_t)toklink_probe_report_size_bytes(report));
    tell_number(all, "width", toklink_probe_report_width(report));
    tell_number(all, "height", toklink_probe_report_height(report));
    tell_number(all, "rotation", toklink_probe_report_rotation(report));
    if (toklink_probe_report_duration_ms(report, &duration_ms)) {
        tell_number(all, "duration_ms", (int64_t)duration_ms);
    }
    if (toklink_probe_report_has_audio(report, &audio)) {
        tell_flag(all, "audio", audio);
    }
    for (size_t place = 0; place < toklink_probe_report_finding_count(report); place += 1) {
        const toklink_finding *finding = toklink_probe_report_finding_at(report, place);
        snprintf(name, sizeof name, "finding %s", toklink_finding_rule(finding).data);
        snprintf(sentence, sizeof sentence, "%s; %s; %s", toklink_finding_found(finding).data,
                 toklink_finding_allowed(finding).data, toklink_finding_advice(finding).data);
        tell(all, name, sentence);
    }
    toklink_probe_report_free(report);
    return TOKLINK_OK;
}

static toklink_status quota(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    toklink_quota_status *found = NULL;
    toklink_status status = toklink_client_quota_status(host->client, text(host->tenant), text(host->open_id), &found, error);
    for (size_t place = 0; place < toklink_quota_status_len(found); place += 1) {
        const toklink_quota_window *window = toklink_quota_status_at(found, place);
        char name[64], sentence[64];
        if (toklink_quota_window_kind(window) == kind_named(argument(step, "kind"))) {
            snprintf(name, sizeof name, "in %llu ms", (unsigned long long)toklink_quota_window_length_ms(window));
            snprintf(sentence, sizeof sentence, "%u of %u, %u are left", toklink_quota_window_count(window),
                     toklink_quota_window_limit(window), toklink_quota_window_remaining(window));
            tell(all, name, sentence);
        }
    }
    toklink_quota_status_free(found);
    return status;
}

/* A video that the host reads. Reading fails after `left` bytes. */
typedef struct {
    FILE *file;
    size_t left;
} reader;

static bool read_on(void *user_data, uint8_t *buffer, size_t capacity, size_t *out_read) {
    reader *from = user_data;
    if (from->left == 0) {
        return false;
    }
    *out_read = fread(buffer, 1, capacity < from->left ? capacity : from->left, from->file);
    from->left -= *out_read;
    return true;
}

static void reader_ended(void *user_data) {
    reader *from = user_data;
    fclose(from->file);
    free(from);
}

static bool goes_on(void *user_data, const toklink_publish_progress *progress) {
    return strcmp(phase_name(toklink_publish_progress_phase(progress)), user_data) != 0;
}

/* Reads a file of this directory. */
static size_t whole(const scenario_host *host, const char *name, uint8_t *bytes, size_t size) {
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", host->files, name);
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    size_t length = fread(bytes, 1, size, file);
    CHECK(fclose(file) == 0 && length > 0 && length < size);
    return length;
}

static void set_video(const scenario_host *host, const scenario_step *step, toklink_publish_request *request) {
    static uint8_t bytes[65536];
    char path[4200];
    const char *file = argument(step, "file"), *bytes_of = argument(step, "bytes_of");
    const char *stream_of = argument(step, "stream_of"), *breaks_after = argument(step, "breaks_after");
    if (file != NULL) {
        snprintf(path, sizeof path, "%s/%s", host->files, file);
        CHECK(toklink_publish_request_set_path(request, text(path), NULL) == TOKLINK_OK);
    } else if (bytes_of != NULL) {
        size_t length = whole(host, bytes_of, bytes, sizeof bytes);
        CHECK(toklink_publish_request_set_bytes(request, bytes, length, NULL) == TOKLINK_OK);
    } else if (stream_of != NULL) {
        size_t length = whole(host, stream_of, bytes, sizeof bytes);
        reader *from = malloc(sizeof *from);
        CHECK(from != NULL);
        snprintf(path, sizeof path, "%s/%s", host->files, stream_of);
        from->file = fopen(path, "rb");
        from->left = breaks_after == NULL ? SIZE_MAX : strtoul(breaks_after, NULL, 10);
        CHECK(toklink_publish_request_set_stream(request, read_on, from, reader_ended, length, NULL) == TOKLINK_OK);
    } else {
        CHECK(toklink_publish_request_set_url(request, text(argument(step, "url")), NULL) == TOKLINK_OK);
    }
}

static toklink_publish_request *request_of(const scenario_host *host, const scenario_step *step) {
    static char until[32];
    toklink_publish_request *request = toklink_publish_request_new();
    const char *level = argument(step, "privacy"), *urls = argument(step, "urls");
    if (strcmp(step->act, "publish_video") == 0) {
        set_video(host, step, request);
    }
    while (urls != NULL && *urls != '\0') {
        toklink_str one = {urls, strcspn(urls, " ")};
        CHECK(toklink_publish_request_add_photo_url(request, one, NULL) == TOKLINK_OK);
        urls += one.len + (urls[one.len] == ' ');
    }
    if (level != NULL) {
        CHECK(toklink_publish_request_set_privacy_level(request, text(level), NULL) == TOKLINK_OK);
    }
    snprintf(until, sizeof until, "%s", argument_or(step, "cancel_in", ""));
    CHECK(toklink_publish_request_set_progress(request, goes_on, until, NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_title(request, text(argument_or(step, "title", "")), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_description(request, text(argument_or(step, "description", "")), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_idempotency_key(request, text(argument(step, "key")), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_draft(request, flag(step, "draft"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_allow_comment(request, flag(step, "allow_comment"), NULL) == TOKLINK_OK);
    CHECK(toklink_publish_request_set_allow_stitch(request, flag(step, "allow_stitch"), NULL) == TOKLINK_OK);
    bool waits = strcmp(argument_or(step, "wait", "true"), "true") == 0;
    CHECK(toklink_publish_request_set_wait_for_outcome(request, waits, NULL) == TOKLINK_OK);
    return request;
}

static toklink_status publish(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    toklink_str tenant = text(host->tenant), open_id = text(host->open_id);
    toklink_publish_request *request = NULL;
    toklink_publish_outcome *outcome = NULL;
    toklink_status status;
    char warnings[512] = "";
    uint64_t bytes = 0;
    if (strcmp(step->act, "resume") == 0) {
        toklink_str key = text(argument(step, "key"));
        status = toklink_client_resume_publish(host->client, tenant, open_id, key, NULL, &outcome, error);
    } else if (strcmp(step->act, "wait") == 0) {
        toklink_str id = text(host->publish_id);
        status = toklink_client_wait_for_publish(host->client, tenant, open_id, id, NULL, &outcome, error);
    } else {
        bool is_video = strcmp(step->act, "publish_video") == 0;
        request = request_of(host, step);
        status = is_video ? toklink_client_publish_video(host->client, tenant, open_id, request, &outcome, error)
                          : toklink_client_publish_photos(host->client, tenant, open_id, request, &outcome, error);
    }
    toklink_publish_request_free(request);
    if (status != TOKLINK_OK) {
        keep(host->publish_id, sizeof host->publish_id, toklink_error_publish_id(*error));
        return status;
    }
    for (size_t place = 0; place < toklink_publish_outcome_warning_count(outcome); place += 1) {
        append(warnings, sizeof warnings, toklink_publish_outcome_warning_at(outcome, place).data);
    }
    keep(host->publish_id, sizeof host->publish_id, toklink_publish_outcome_publish_id(outcome));
    tell(all, "state", state_name(toklink_publish_outcome_state(outcome)));
    tell(all, "phase", phase_name(toklink_publish_outcome_phase(outcome)));
    tell_number(all, "posts", (int64_t)toklink_publish_outcome_post_id_count(outcome));
    tell_flag(all, "linked", toklink_publish_outcome_share_url(outcome).len > 0);
    tell_text(all, "key", toklink_publish_outcome_idempotency_key(outcome));
    tell(all, "warnings", warnings);
    if (toklink_publish_outcome_uploaded_bytes(outcome, &bytes)) {
        tell_number(all, "uploaded_bytes", (int64_t)bytes);
    }
    toklink_publish_outcome_free(outcome);
    return TOKLINK_OK;
}

static toklink_status does(scenario_host *host, toklink_client **client, const scenario_step *step, told_lines *all,
                           toklink_error **error) {
    const char *act = step->act;
    if (strcmp(act, "open_client") == 0) {
        toklink_client_free(*client);
        host->client = *client = opened(host, argument(step, "keys"));
        return TOKLINK_OK;
    }
    if (strcmp(act, "disconnect") == 0) {
        return toklink_client_disconnect(host->client, text(host->tenant), text(host->open_id), error);
    }
    if (strcmp(act, "accounts") == 0) return accounts(host, step, all, error);
    if (strcmp(act, "profile") == 0) return profile(host, all, error);
    if (strcmp(act, "videos") == 0) return videos(host, step, all, error);
    if (strcmp(act, "creator") == 0) return creator(host, all, error);
    if (strcmp(act, "probe") == 0) return probe(host, step, all, error);
    if (strcmp(act, "quota") == 0) return quota(host, step, all, error);
    if (strncmp(act, "publish_", 8) == 0 || strcmp(act, "resume") == 0 || strcmp(act, "wait") == 0) {
        return publish(host, step, all, error);
    }
    return common_act(host, step, all, error);
}

int main(int count, char **arguments) {
    static scenario_host host;
    static told_lines all;
    bool is_same = true;
    CHECK(count == 4);
    host.files = arguments[2];
    host.emulator = arguments[3];
    snprintf(host.store, sizeof host.store, "%s/scenarios-c.db", arguments[1]);
    for (unsigned place = 0; place < SCENARIO_COUNT; place += 1) {
        begin_anew(host.store, host.emulator);
        host.tenant[0] = host.publish_id[0] = host.sealed[0] = '\0';
        snprintf(host.open_id, sizeof host.open_id, "unknown");
        toklink_client *client = opened(&host, NULL);
        host.client = client;
        for (size_t number = 0; number < SCENARIOS[place].step_count; number += 1) {
            toklink_error *error = NULL;
            all.count = 0;
            if (does(&host, &client, &SCENARIOS[place].steps[number], &all, &error) != TOKLINK_OK) {
                all.count = 0;
                tell_failure(&all, error);
                toklink_error_free(error);
            }
            is_same = is_as_told(&SCENARIOS[place], number, written(&all)) && is_same;
        }
        toklink_webhook_event_free(host.event);
        host.event = NULL;
        toklink_client_free(client);
    }
    begin_anew(host.store, host.emulator);
    CHECK(is_same);
    printf("%u checks passed\n", checks_done);
    return 0;
}
