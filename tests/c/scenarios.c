/* Runs tests/scenarios.json in C. The results are identical in each language. Arguments: a directory for files that it writes,
   the directory of this file, and the emulator's URL. */

#define _POSIX_C_SOURCE 200809L

#include "scenario_acts.h"

static toklink_client *opened(const scenario_host *host, const char *keys) {
    toklink_options options = TOKLINK_OPTIONS_INIT;
    const char *emulator = host->emulator;
    options.client_key = CLIENT_KEY;
    options.client_secret = SECRET;
    options.callback_url = SCENARIO_CALLBACK;
    options.api_base_url = emulator;
    options.auth_base_url = emulator;
    options.sqlite_path = host->store;
    if (keys == NULL) {
        options.encryption_key = KEY;
    } else {
        options.encryption_keys = keys;
    }
    return client_of(options);
}

static toklink_status accounts(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    const toklink_account_list *found = NULL;
    toklink_status status = took((found = toklink_list_accounts(host->client, argument(step, "tenant"), seen_at())) != NULL, error);
    if (status == TOKLINK_OK) {
        tell_number(all, "accounts", (int64_t)found->count);
        toklink_account_list_free(found);
    }
    return status;
}

static toklink_status profile(scenario_host *host, told_lines *all, toklink_error **error) {
    const toklink_user *info = NULL;
    toklink_status status = took((info = toklink_user_info_blocking(host->client, account_of(host->tenant, host->open_id), seen_at())) != NULL, error);
    if (status == TOKLINK_OK) {
        tell_text(all, "display_name", info->display_name);
        tell_text(all, "username", info->username);
        tell_text(all, "bio", info->bio_description);
        if (info->is_verified >= 0) {
            tell_flag(all, "verified", info->is_verified == 1);
        }
        if (info->videos >= 0) {
            tell_number(all, "videos", info->videos);
        }
        toklink_user_free(info);
    }
    return status;
}

static toklink_status videos(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    const toklink_video_page *page = NULL;
    uint32_t most = (uint32_t)strtoul(argument(step, "at_most"), NULL, 10);
    toklink_status status =
        took((page = toklink_list_videos_blocking(host->client, account_of(host->tenant, host->open_id), 0, most, seen_at())) != NULL, error);
    if (status == TOKLINK_OK) {
        tell_number(all, "videos", (int64_t)page->count);
        tell_flag(all, "more", page->next_cursor >= 0);
        toklink_video_page_free(page);
    }
    return status;
}

static toklink_status creator(scenario_host *host, told_lines *all, toklink_error **error) {
    const toklink_creator *info = NULL;
    char levels[256] = "";
    toklink_status status = took((info = toklink_creator_info_blocking(host->client, account_of(host->tenant, host->open_id), seen_at())) != NULL, error);
    if (status == TOKLINK_OK) {
        for (size_t place = 0; place < info->privacy_level_count; place += 1) {
            append(levels, sizeof levels, info->privacy_levels[place]);
        }
        tell_text(all, "username", info->username);
        tell_text(all, "nickname", info->nickname);
        tell(all, "privacy_levels", levels);
        tell_flag(all, "comment_disabled", info->comment_disabled);
        tell_flag(all, "duet_disabled", info->duet_disabled);
        tell_flag(all, "stitch_disabled", info->stitch_disabled);
        tell_number(all, "longest_seconds", info->max_video_duration_s);
        toklink_creator_free(info);
    }
    return status;
}

static toklink_status probe(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    const toklink_probe_report *report = NULL;
    char file[4200], name[64], sentence[LONGEST_LINE];
    snprintf(file, sizeof file, "%s/%s", host->files, argument(step, "file"));
    toklink_status status = took((report = toklink_probe_video(file, seen_at())) != NULL, error);
    if (status != TOKLINK_OK) {
        return status;
    }
    tell_flag(all, "acceptable", report->is_acceptable);
    tell_text(all, "container", report->container);
    tell_text(all, "mime", report->mime);
    tell_text(all, "codec", report->video_codec);
    tell_number(all, "bytes", (int64_t)report->size_bytes);
    tell_number(all, "width", report->width);
    tell_number(all, "height", report->height);
    tell_number(all, "rotation", report->rotation);
    if (report->duration_ms >= 0) {
        tell_number(all, "duration_ms", report->duration_ms);
    }
    if (report->has_audio >= 0) {
        tell_flag(all, "audio", report->has_audio == 1);
    }
    for (size_t place = 0; place < report->finding_count; place += 1) {
        const toklink_finding *finding = report->findings[place];
        snprintf(name, sizeof name, "finding %s", finding->rule);
        snprintf(sentence, sizeof sentence, "%s; %s; %s", finding->found,
                 finding->allowed, finding->advice);
        tell(all, name, sentence);
    }
    toklink_probe_report_free(report);
    return TOKLINK_OK;
}

static toklink_status quota(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    const toklink_quota *found = NULL;
    toklink_status status = took((found = toklink_quota_status(host->client, account_of(host->tenant, host->open_id), seen_at())) != NULL, error);
    for (size_t place = 0; found != NULL && place < found->count; place += 1) {
        const toklink_quota_window *window = found->items[place];
        char name[64], sentence[64];
        if (window->kind == kind_named(argument(step, "kind"))) {
            snprintf(name, sizeof name, "in %llu ms", (unsigned long long)window->window_ms);
            snprintf(sentence, sizeof sentence, "%u of %u, %u are left", window->used,
                     window->limit, window->remaining);
            tell(all, name, sentence);
        }
    }
    toklink_quota_free(found);
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

static bool goes_on(void *user_data, const toklink_progress *progress) {
    return strcmp(phase_name(progress->phase), user_data) != 0;
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

static void set_video(const scenario_host *host, const scenario_step *step, toklink_publish_options *request) {
    static uint8_t bytes[65536];
    static char path[4200];
    const char *file = argument(step, "file"), *bytes_of = argument(step, "bytes_of");
    const char *stream_of = argument(step, "stream_of"), *breaks_after = argument(step, "breaks_after");
    if (file != NULL) {
        snprintf(path, sizeof path, "%s/%s", host->files, file);
        request->path = path;
    } else if (bytes_of != NULL) {
        size_t length = whole(host, bytes_of, bytes, sizeof bytes);
        request->path = NULL; request->data = bytes; request->data_size = length;
    } else if (stream_of != NULL) {
        size_t length = whole(host, stream_of, bytes, sizeof bytes);
        reader *from = malloc(sizeof *from);
        CHECK(from != NULL);
        snprintf(path, sizeof path, "%s/%s", host->files, stream_of);
        from->file = fopen(path, "rb");
        from->left = breaks_after == NULL ? SIZE_MAX : strtoul(breaks_after, NULL, 10);
        request->path = NULL; request->read = read_on; request->read_data = from; request->read_destroy = reader_ended; request->read_size = length;
    } else {
        request->url = argument(step, "url");
    }
}

static toklink_publish_options request_of(const scenario_host *host, const scenario_step *step) {
    static char until[32], photos[40][256];
    static const char *places[40];
    toklink_publish_options request = TOKLINK_PUBLISH_OPTIONS_INIT;
    const char *level = argument(step, "privacy"), *urls = argument(step, "urls");
    if (strcmp(step->act, "publish_video") == 0) {
        set_video(host, step, &request);
    }
    while (urls != NULL && *urls != '\0') {
        size_t length = strcspn(urls, " ");
        CHECK(request.photo_count < 40 && length < sizeof photos[0]);
        snprintf(photos[request.photo_count], sizeof photos[0], "%.*s", (int)length, urls);
        places[request.photo_count] = photos[request.photo_count];
        request.photo_count += 1;
        urls += length + (urls[length] == ' ');
    }
    request.photo_urls = places;
    if (level != NULL) {
        request.privacy_level = level;
    }
    snprintf(until, sizeof until, "%s", argument_or(step, "cancel_in", ""));
    request.progress = goes_on; request.progress_data = until;
    request.title = argument_or(step, "title", "");
    request.description = argument_or(step, "description", "");
    request.idempotency_key = argument(step, "key");
    request.draft = flag(step, "draft");
    request.allow_comment = flag(step, "allow_comment");
    request.allow_stitch = flag(step, "allow_stitch");
    bool waits = strcmp(argument_or(step, "wait", "true"), "true") == 0;
    request.no_wait = !waits;
    return request;
}

static toklink_status publish(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    const char *account = account_of(host->tenant, host->open_id);
    toklink_publish_options request;
    const toklink_publish *outcome = NULL;
    toklink_status status;
    char warnings[512] = "";
    if (strcmp(step->act, "resume") == 0) {
        const char *key = argument(step, "key");
        status = took((outcome = toklink_resume_publish_blocking(host->client, key, for_account(NULL, account), seen_at())) != NULL, error);
    } else if (strcmp(step->act, "wait") == 0) {
        const char *id = host->publish_id;
        status = took((outcome = toklink_wait_for_publish_blocking(host->client, id, for_account(NULL, account), seen_at())) != NULL, error);
    } else {
        bool is_video = strcmp(step->act, "publish_video") == 0;
        request = request_of(host, step);
        status = is_video ? took((outcome = toklink_publish_video_blocking(host->client, for_account(&request, account), seen_at())) != NULL, error)
                          : took((outcome = toklink_publish_photos_blocking(host->client, for_account(&request, account), seen_at())) != NULL, error);
    }
    if (status != TOKLINK_OK) {
        keep(host->publish_id, sizeof host->publish_id, (*error)->publish_id);
        return status;
    }
    for (size_t place = 0; place < outcome->warning_count; place += 1) {
        append(warnings, sizeof warnings, outcome->warnings[place]);
    }
    keep(host->publish_id, sizeof host->publish_id, outcome->publish_id);
    tell(all, "state", state_name(outcome->state));
    tell(all, "phase", phase_name(outcome->phase));
    tell_number(all, "posts", (int64_t)outcome->post_id_count);
    tell_flag(all, "linked", outcome->share_url[0] != 0);
    tell_text(all, "key", outcome->idempotency_key);
    tell(all, "warnings", warnings);
    if (outcome->uploaded_bytes >= 0) {
        tell_number(all, "uploaded_bytes", outcome->uploaded_bytes);
    }
    toklink_publish_free(outcome);
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
        return toklink_disconnect_blocking(host->client, account_of(host->tenant, host->open_id), error);
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
        toklink_webhook_free(host.event);
        host.event = NULL;
        toklink_client_free(client);
    }
    begin_anew(host.store, host.emulator);
    CHECK(is_same);
    printf("%u checks passed\n", checks_done);
    return 0;
}
