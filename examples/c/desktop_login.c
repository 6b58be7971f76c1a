/* Connects a TikTok account to a program on this machine.
 *
 *     desktop_login STORE
 *
 * Prints the URL to open in a browser and waits for the login to finish, at most ten minutes. A program with a window
 * would open the URL itself and wait with toklink_desktop_login_wait_async. */

#include "session.h"

static bool log_in(const toklink_client *client) {
    /* Without a redirect URI it is http://127.0.0.1 with any free port, which the app must have registered. */
    toklink_login_request *request = toklink_login_request_new();
    toklink_desktop_login *login = NULL;
    toklink_login_result *result = NULL;
    toklink_error *error = NULL;
    bool done = false;
    if (toklink_desktop_login_begin(client, request, &login, &error) == TOKLINK_OK) {
        printf("Open this in your browser:\n%s\n", toklink_desktop_login_url(login).data);
        fflush(stdout);
        if (toklink_desktop_login_wait(client, login, &result, &error) == TOKLINK_OK) {
            const toklink_account *account = toklink_login_result_account(result);
            printf("Connected @%s (%s), missing scopes: %zu\n", toklink_account_username(account).data,
                   toklink_account_display_name(account).data, toklink_account_missing_scope_count(account));
            done = true;
        }
    }
    if (!done) {
        report(error);
    }
    toklink_login_result_free(result);
    toklink_desktop_login_free(login);
    toklink_login_request_free(request);
    return done;
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
