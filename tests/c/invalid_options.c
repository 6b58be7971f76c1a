/* Invalid options are reported together, and no error contains a value. Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "host.h"

#include <unistd.h>

static const char *emulator;

/* Part of each invalid value. No string of an error may contain it. */
#define CANARY "c4n4ry"

static void is_without_values(const toklink_error *error) {
    CHECK(strstr(error->message, CANARY) == NULL);
    for (size_t place = 0; place < error->problem_count; place += 1) {
        const toklink_config_problem *problem = error->problems[place];
        CHECK(strstr(problem->problem, CANARY) == NULL && strstr(problem->fix, CANARY) == NULL);
        CHECK(strstr(problem->option, CANARY) == NULL && strstr(problem->variable, CANARY) == NULL);
        CHECK(problem->problem[0] != 0 && problem->fix[0] != 0);
    }
}

/* Returns true if the error has a problem for this option. */
static bool names(const toklink_error *error, const char *option) {
    for (size_t place = 0; place < error->problem_count; place += 1) {
        if (is(error->problems[place]->option, option)) return true;
    }
    return false;
}

static void error_lists_all_invalid_options(void) {
    const char *expected[] = {"client_key", "client_secret", "callback_url", "encryption_key", "api_base_url", "auth_base_url",
                              "ca_file", "redis_url", "proxy_url", "max_upload_bytes_per_second", "quota_policy",
                              "journal_retention_ms", "store"};
    toklink_options options = TOKLINK_OPTIONS_INIT;
    toklink_store store = TOKLINK_STORE_INIT;
    toklink_error *error = NULL;
    options.client_key = "a b " CANARY;
    options.client_secret = "\xff" CANARY;
    options.callback_url = CANARY;
    options.encryption_key = CANARY;
    options.api_base_url = "http://" CANARY ".example";
    options.auth_base_url = "https://me:" CANARY "@www.example";
    options.ca_file = "/" CANARY "/ca.pem";
    options.redis_url = "http://:" CANARY "@127.0.0.1";
    options.proxy_url = "socks5://me:" CANARY "@127.0.0.1";
    options.max_upload_bytes_per_second = 1;
    options.quota_policy = 77;
    options.journal_retention_ms = 1;
    options.sqlite_path = CANARY;
    options.store = &store;
    CHECK(took(toklink_client_new(&options, seen_at()) != NULL, &error) == TOKLINK_ERR_CONFIG);
    for (size_t place = 0; place < sizeof expected / sizeof expected[0]; place += 1) {
        if (!names(error, expected[place])) fprintf(stderr, "%s is not listed: %s\n", expected[place], error->message);
        CHECK(names(error, expected[place]));
        CHECK(strstr(error->message, expected[place]) != NULL);
    }
    is_without_values(error);
    toklink_error_free(error);
}

/* Sets each string option to each invalid value. Some values are valid relative paths, for which SQLite creates files. */
static void errors_contain_no_values_of_options(void) {
    const char *values[] = {CANARY,
                            CANARY "," CANARY,
                            CANARY ":" CANARY,
                            "http://me:" CANARY "@" CANARY ":99999/",
                            "https://" CANARY ".example/?" CANARY "#" CANARY,
                            "redis://" CANARY ":" CANARY "@",
                            "\"" CANARY "'",
                            CANARY "\n" CANARY,
                            CANARY " " CANARY,
                            CANARY "\xe2\x80\x8b",
                            "\xff" CANARY,
                            "/" CANARY "/" CANARY};
    char folder[] = "/tmp/toklink-invalid-options-XXXXXX";
    CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0);
    for (size_t value = 0; value < sizeof values / sizeof values[0]; value += 1) {
        for (unsigned option = 0; option < 12; option += 1) {
            toklink_options options = options_for(emulator);
            toklink_error *error = NULL;
            const char **places[] = {&options.client_key, &options.client_secret, &options.callback_url, &options.encryption_key,
                                     &options.encryption_keys, &options.api_base_url, &options.auth_base_url, &options.ca_file,
                                     &options.sqlite_path, &options.redis_url, &options.proxy_url, &options.client_secret};
            *places[option] = values[value];
            toklink_client *client = toklink_client_new(&options, &error);
            /* An error about a file contains its path, which is not a secret. */
            if (client == NULL && places[option] != &options.sqlite_path) is_without_values(error);
            toklink_error_free(error);
            toklink_client_free(client);
        }
        remove(values[value]);
    }
    CHECK(chdir("/") == 0 && rmdir(folder) == 0);
}

/* A key that is too long for a store is refused before any request; the error contains the option and the limit. */
static void idempotency_key_above_255_bytes_is_refused(void) {
    char key[400];
    toklink_error *error = NULL;
    const toklink_publish_record *record = NULL;
    toklink_publish_options post = TOKLINK_PUBLISH_OPTIONS_INIT;
    toklink_client *client = client_of(options_for(emulator));
    memset(key, 'k', sizeof key);
    key[256] = '\0';
    post.account = "unknown";
    post.privacy_level = "SELF_ONLY";
    post.path = "missing.mp4";
    post.idempotency_key = key;
    CHECK(took(toklink_publish_video_blocking(client, &post, seen_at()) != NULL, &error) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(strstr(error->message, "idempotency_key") != NULL && strstr(error->message, "255") != NULL);
    CHECK(strstr(error->message, "256") != NULL && strstr(error->message, "kkkk") == NULL);
    toklink_error_free(error);
    CHECK(took(toklink_resume_publish_blocking(client, key, &post, seen_at()) != NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_find_publish(client, "unknown", key, &record, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(took(toklink_request_cancel(client, "unknown", key, seen_at()) != NULL, NULL) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink_abandon_publish(client, "unknown", key, NULL) == TOKLINK_ERR_INVALID_INPUT);
    key[255] = '\0';
    CHECK(took(toklink_publish_video_blocking(client, &post, seen_at()) != NULL, NULL) == TOKLINK_ERR_NOT_FOUND);
    CHECK(toklink_find_publish(client, "unknown", key, &record, NULL) == TOKLINK_OK && record == NULL);
    toklink_client_free(client);
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    emulator = arguments[3];
    error_lists_all_invalid_options();
    errors_contain_no_values_of_options();
    idempotency_key_above_255_bytes_is_refused();
    printf("%u checks passed\n", checks_done);
    return 0;
}
