/* Runs examples/c/today.c, a desktop program of at most 45 lines. This program is also its browser, which follows the emulator's
   redirect to the login page. Arguments: as for end_to_end.c; as the browser, a URL. */

#define _POSIX_C_SOURCE 200809L

#define main today
#include "../../examples/c/today.c"
#undef main

#include "host.h"

/* The example consists of this many lines at most. */
#define MOST_LINES 45

static unsigned lines_of(const char *tests) {
    char path[4096];
    unsigned lines = 0;
    snprintf(path, sizeof path, "%s/../../examples/c/today.c", tests);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    for (int character = fgetc(file); character != EOF; character = fgetc(file)) lines += character == '\n';
    fclose(file);
    return lines;
}

int main(int count, char **arguments) {
    char reply[8192], database[4096], video[4096], *command[] = {arguments[0], database, video, NULL, NULL};
    if (count == 2) {
        follow(arguments[1], reply, sizeof reply);
        CHECK(strstr(reply, "Welcome to the game") != NULL);
        return 0;
    }
    CHECK(count == 4 && lines_of(arguments[2]) <= MOST_LINES);
    const char *settings[][2] = {{"TIKTOK_CLIENT_KEY", CLIENT_KEY}, {"TIKTOK_CLIENT_SECRET", SECRET},
                                 {"TOKEN_ENCRYPTION_KEY", KEY}, {"TIKTOK_API_BASE_URL", arguments[3]},
                                 {"TIKTOK_AUTH_BASE_URL", arguments[3]}, {"BROWSER", arguments[0]}};
    for (unsigned place = 0; place < 6; place += 1) CHECK(setenv(settings[place][0], settings[place][1], 1) == 0);
    snprintf(database, sizeof database, "%s/desktop_app-%ld.db", arguments[1], (long)getpid());
    snprintf(video, sizeof video, "%s/media/good.mp4", arguments[2]);
    consent_as(arguments[3], "ana.makes");
    command[3] = database;
    CHECK(today(4, command) == 0);

    /* An interrupt cancels the upload of another post. */
    command[3] = video;
    stops = 1;
    CHECK(today(4, command) == 1);
    remove(database);
    printf("%u checks passed\n", checks_done);
    return 0;
}
