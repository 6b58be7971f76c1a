/* Connects a TikTok account to a program on this machine.
 *
 *     desktop_login STORE
 *
 * Prints the URL to open in a browser and waits for the login to finish, at most ten minutes. A program with a window
 * would open the URL itself and call toklink_login, which does not block. */

#include "session.h"

/* A program with a window would open the browser here, and return false on failure. */
static bool prints(void *user_data, const char *url) {
    (void)user_data;
    printf("Open this in your browser:\n%s\n", url);
    return fflush(stdout) == 0;
}

static bool log_in(const toklink_client *client) {
    /* Without options the redirect URI is http://127.0.0.1 with any free port and /callback/, which the app must have
     * registered. */
    toklink_error *error = NULL;
    const toklink_account *account = toklink_login_blocking(client, NULL, prints, NULL, &error);
    if (account == NULL) {
        report(error);
        return false;
    }
    printf("Connected @%s (%s), missing scopes: %zu\n", account->username, account->display_name,
           account->missing_scope_count);
    toklink_account_free(account);
    return true;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: %s STORE\n", arguments[0]);
        return 2;
    }
    toklink_client *client = open_client(arguments[1]);
    bool done = client != NULL && log_in(client);
    toklink_client_free(client);
    return done ? 0 : 1;
}
