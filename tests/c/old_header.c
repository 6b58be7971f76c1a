/* A program that uses an older header of the same ABI (abi/toklink.h) with the current library: a login with shorter options, and
   results without their last fields. Then options of other sizes. Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "http.h"
#include "abi/toklink.h"

#define CLIENT_KEY "awtoklinkemu0001"
#define REDIRECT "http://127.0.0.1:3000/callback"

static toklink_options options_for(const char *emulator) {
    toklink_options options = {.size = sizeof(toklink_options)};
    options.client_key = CLIENT_KEY;
    options.client_secret = "toklinkemulatorclientsecret00001";
    options.encryption_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    options.api_base_url = emulator;
    options.auth_base_url = emulator;
    return options;
}

static void log_in(toklink_client *client, const char *emulator) {
    char challenge[128], body[1024], reply[8192], code[1024], callback[2048], cookies[4096];
    toklink_login_options options = {.size = sizeof(toklink_login_options), .tenant = "t", .user_id = "u1", .redirect_uri = REDIRECT};
    const toklink_login_start *start = toklink_begin_login(client, &options, NULL);
    CHECK(start != NULL);
    between(start->authorize_url, "code_challenge=", "&", challenge, sizeof challenge);
    snprintf(body, sizeof body,
             "{\"client_key\":\"%s\",\"username\":\"ana.makes\",\"scopes\":[\"user.info.basic\",\"user.info.profile\","
             "\"user.info.stats\",\"video.list\",\"video.upload\",\"video.publish\"],\"redirect_uri\":\"%s\","
             "\"code_challenge\":\"%s\"}",
             CLIENT_KEY, REDIRECT, challenge);
    ask(emulator, "POST", "/_emulator/grant", body, reply, sizeof reply);
    between(reply, "\"code\":\"", "\"", code, sizeof code);
    snprintf(callback, sizeof callback, "?code=%s&state=%s", code, start->state);
    snprintf(cookies, sizeof cookies, "%s=%s", start->cookie_name, start->cookie_value);
    toklink_error *error = NULL;
    const toklink_login_result *result = toklink_complete_login_blocking(client, callback, cookies, "u1", &error);
    CHECK(error == NULL && result != NULL);
    CHECK(strncmp(result->account->id, "t/", 2) == 0 && strcmp(result->account->tenant, "t") == 0);
    CHECK(result->account->display_name[0] != '\0');
    toklink_login_result_free(result);
    toklink_login_start_free(start);
}

/* Options of `size` bytes, whose byte at `set` is 1 if `set` is not 0. */
static bool accepts(const char *emulator, size_t size, size_t set) {
    static union {
        toklink_options known;
        unsigned char bytes[4096];
    } given;
    memset(&given, 0, sizeof given);
    given.known = options_for(emulator);
    given.known.size = size;
    if (set != 0) {
        given.bytes[set] = 1;
    }
    toklink_error *error = NULL;
    toklink_client *client = toklink_client_new(&given.known, &error);
    CHECK((client == NULL) == (error != NULL));
    if (error != NULL) {
        CHECK(error->status == TOKLINK_ERR_INVALID_INPUT && error->message[0] != '\0');
        toklink_error_free(error);
    }
    toklink_client_free(client);
    return client != NULL;
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    CHECK(toklink_abi_version() == TOKLINK_ABI_VERSION);
    toklink_options options = options_for(arguments[3]);
    toklink_client *client = toklink_client_new(&options, NULL);
    CHECK(client != NULL);
    log_in(client, arguments[3]);
    const toklink_account_list *list = toklink_list_accounts(client, "t", NULL);
    CHECK(list != NULL && list->count == 1 && strcmp(list->items[0]->tenant, "t") == 0);
    toklink_account_list_free(list);
    toklink_client_free(client);

    CHECK(accepts(arguments[3], sizeof(toklink_options), 0));
    /* Options of a newer header are accepted if their new fields are 0. */
    CHECK(accepts(arguments[3], 4096, 0));
    CHECK(!accepts(arguments[3], 4096, 4095));
    /* The library ignores bytes after `size`. */
    CHECK(accepts(arguments[3], sizeof(toklink_options), sizeof(toklink_options) + 1));
    CHECK(!accepts(arguments[3], 0, 0) && !accepts(arguments[3], sizeof(size_t) - 1, 0) && !accepts(arguments[3], (size_t)1 << 40, 0));
    printf("%u checks passed\n", checks_done);
    return 0;
}
