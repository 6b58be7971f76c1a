/* Setup code that the examples share: creates a client from the environment and a store file, and selects an account.
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
    fprintf(stderr, "%s: %s\n", toklink_status_name(error->status), error->message);
    toklink_error_free(error);
}

/* Returns a client that stores its accounts in the file `store`. Prints the reason and returns NULL on failure. */
static inline toklink_client *open_client(const char *store) {
    toklink_options options = TOKLINK_OPTIONS_INIT;
    toklink_error *error = NULL;
    options.use_environment = true;
    options.sqlite_path = store;
    toklink_client *client = toklink_client_new(&options, &error);
    if (client == NULL) {
        report(error);
    }
    return client;
}

/* Copies the id of the only account to `out`. */
static inline bool only_account(const toklink_client *client, char *out, size_t size) {
    toklink_error *error = NULL;
    const toklink_account_list *accounts = toklink_list_accounts(client, NULL, &error);
    if (accounts == NULL) {
        report(error);
        return false;
    }
    bool found = accounts->count == 1 && strlen(accounts->items[0]->id) < size;
    if (found) {
        strcpy(out, accounts->items[0]->id);
    } else {
        fprintf(stderr, "The store has %zu accounts; this example wants one. Run desktop_login first.\n", accounts->count);
    }
    toklink_account_list_free(accounts);
    return found;
}

#endif
