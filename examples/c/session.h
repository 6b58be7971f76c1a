/* The start of each example: a client from the environment and a file, and an account of it.
 *
 * The environment: TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET, TOKEN_ENCRYPTION_KEY. */
#ifndef EXAMPLES_SESSION_H
#define EXAMPLES_SESSION_H

#include <toklink.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Prints the error and frees it. */
static inline void report(toklink_error *error) {
    fprintf(stderr, "%s: %s\n", toklink_status_name(toklink_error_status(error)).data,
            toklink_error_message(error).data);
    toklink_error_free(error);
}

/* Returns a client that stores its accounts in the file `store`. Prints the reason and returns NULL on failure. */
static inline toklink_client *open_client(const char *store) {
    toklink_client_options *options = toklink_client_options_from_env();
    toklink_client *client = NULL;
    toklink_error *error = NULL;
    if (toklink_client_options_set_sqlite_path(options, toklink_str_from(store), &error) != TOKLINK_OK ||
        toklink_client_new(options, &client, &error) != TOKLINK_OK) {
        report(error);
    }
    toklink_client_options_free(options);
    return client;
}

/* Copies the open id of the only account to `out`. */
static inline bool only_account(const toklink_client *client, char *out, size_t size) {
    toklink_account_list *accounts = NULL;
    toklink_error *error = NULL;
    if (toklink_client_accounts(client, toklink_str_from(""), &accounts, &error) != TOKLINK_OK) {
        report(error);
        return false;
    }
    size_t count = toklink_account_list_len(accounts);
    toklink_str open_id = toklink_account_open_id(toklink_account_list_at(accounts, 0));
    bool found = count == 1 && open_id.len < size;
    if (found) {
        memcpy(out, open_id.data, open_id.len + 1);
    } else {
        fprintf(stderr, "The store has %zu accounts; this example wants one. Run desktop_login first.\n", count);
    }
    toklink_account_list_free(accounts);
    return found;
}

#endif
