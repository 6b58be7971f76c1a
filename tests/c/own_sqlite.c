/* A host that links its own SQLite in addition to that of the library. xtask links it with both in each order. Arguments: as for
   end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "waiter.h"

#include <sqlite3.h>
#include <stdatomic.h>

/* The number of connections that the host's SQLite has opened, for the host or the library. */
static _Atomic unsigned opened;

static int counts(sqlite3 *database, char **message, const struct sqlite3_api_routines *routines) {
    (void)database, (void)message, (void)routines;
    opened += 1;
    return SQLITE_OK;
}

/* Returns the number of account rows of the library, read by the host's SQLite. */
static int rows_in(sqlite3 *database, const char *question) {
    sqlite3_stmt *statement = NULL;
    CHECK(sqlite3_prepare_v2(database, question, -1, &statement, NULL) == SQLITE_OK);
    CHECK(sqlite3_step(statement) == SQLITE_ROW);
    int count = sqlite3_column_int(statement, 0);
    CHECK(sqlite3_finalize(statement) == SQLITE_OK);
    return count;
}

int main(int count, char **arguments) {
    char mine[4096], theirs[4096], open_id[128];
    sqlite3 *database = NULL;
    CHECK(count == 4);
    CHECK(strcmp(sqlite3_libversion(), "3.0.0-of-the-host") == 0);
    snprintf(mine, sizeof mine, "%s/own.sqlite", arguments[1]);
    snprintf(theirs, sizeof theirs, "%s/own-toklink.sqlite", arguments[1]);
    remove(mine);
    remove(theirs);
    CHECK(sqlite3_auto_extension((void (*)(void))counts) == SQLITE_OK);
    CHECK(sqlite3_open(mine, &database) == SQLITE_OK && opened == 1);
    CHECK(sqlite3_exec(database, "CREATE TABLE kept (x); INSERT INTO kept VALUES (7)", NULL, NULL, NULL) == SQLITE_OK);

    toklink_options options = options_for(arguments[3]);
    options.sqlite_path = theirs;
    toklink_client *client = client_of(options);
    desktop_sign_in(client, arguments[3], "ana.makes", open_id, sizeof open_id);
    CHECK(rows_in(database, "SELECT x FROM kept") == 7);
    toklink_client_free(client);
    CHECK(opened == 1);
    CHECK(sqlite3_close(database) == SQLITE_OK);

    CHECK(sqlite3_open(theirs, &database) == SQLITE_OK && opened == 2);
    CHECK(rows_in(database, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'") > 0);
    CHECK(sqlite3_close(database) == SQLITE_OK);
    printf("%u checks passed\n", checks_done);
    return 0;
}
