/* Runs tests/scenarios.json without a JSON reader: the table that xtask writes as C, the result lines of an act, and the
   emulator. */
#ifndef TOKLINK_TESTS_SCENARIO_H
#define TOKLINK_TESTS_SCENARIO_H

#include "host.h"

#include <stdbool.h>
#include <stdio.h>

typedef struct {
    const char *name;
    const char *value;
} scenario_word;

typedef struct {
    const char *act;
    const scenario_word *with;
    size_t with_count;
    /* The expected result lines. */
    const char *gives;
} scenario_step;

typedef struct {
    const char *name;
    const scenario_step *steps;
    size_t step_count;
} scenario;

#include "scenarios_table.h"

/* Returns NULL if the step has no such argument. */
static inline const char *argument(const scenario_step *step, const char *name) {
    for (size_t place = 0; place < step->with_count; place += 1) {
        if (strcmp(step->with[place].name, name) == 0) {
            return step->with[place].value;
        }
    }
    return NULL;
}

static inline const char *argument_or(const scenario_step *step, const char *name, const char *otherwise) {
    const char *value = argument(step, name);
    return value == NULL ? otherwise : value;
}

static inline bool flag(const scenario_step *step, const char *name) {
    return strcmp(argument_or(step, name, "false"), "true") == 0;
}

#define MOST_LINES 24
#define LONGEST_LINE 1024

typedef struct {
    char lines[MOST_LINES][LONGEST_LINE];
    size_t count;
} told_lines;

static inline void tell(told_lines *all, const char *name, const char *value) {
    CHECK(all->count < MOST_LINES);
    int length = snprintf(all->lines[all->count], LONGEST_LINE, "%s: %s\n", name, value);
    CHECK(length > 0 && length < LONGEST_LINE);
    all->count += 1;
}

/* Checks that strings of the library are never NULL. */
static inline void tell_text(told_lines *all, const char *name, const char *value) {
    tell(all, name, value);
}

static inline void tell_some(told_lines *all, const char *name, const char *value) {
    if (value[0] != 0) {
        tell_text(all, name, value);
    }
}

static inline void tell_number(told_lines *all, const char *name, int64_t value) {
    char digits[32];
    snprintf(digits, sizeof digits, "%lld", (long long)value);
    tell(all, name, digits);
}

static inline void tell_flag(told_lines *all, const char *name, bool value) { tell(all, name, value ? "true" : "false"); }

static inline void tell_if(told_lines *all, const char *name, bool value) {
    if (value) {
        tell_flag(all, name, true);
    }
}

/* Adds an item to a list of strings. */
static inline void append(char *list, size_t size, const char *item) {
    size_t filled = strlen(list);
    int more = snprintf(list + filled, size - filled, "%s%s", filled == 0 ? "" : ", ", item);
    CHECK(more >= 0 && (size_t)more < size - filled);
}

static inline int in_order(const void *left, const void *right) {
    return strcmp((const char *)left, (const char *)right);
}

/* Returns the lines in byte order, in a static buffer. */
static inline const char *written(told_lines *all) {
    static char text[MOST_LINES * LONGEST_LINE];
    size_t filled = 0;
    qsort(all->lines, all->count, LONGEST_LINE, in_order);
    text[0] = '\0';
    for (size_t line = 0; line < all->count; line += 1) {
        size_t length = strlen(all->lines[line]);
        memcpy(text + filled, all->lines[line], length + 1);
        filled += length;
    }
    return text;
}

/* Rounds to minutes, which are the same on every machine. */
static inline int64_t minutes(int64_t ms) { return (int64_t)((ms + 30000) / 60000); }

static inline const char *owner_name(uint32_t owner) {
    static const char *const names[] = {"", "user", "app", "tiktok", "toklink"};
    return owner < 5 ? names[owner] : "";
}

static inline const char *account_name(uint32_t state) {
    static const char *const names[] = {"OTHER", "ACTIVE", "EXPIRED", "ERROR", "RATE_LIMITED", "RESTRICTED", "DISCONNECTED"};
    return state < 7 ? names[state] : "";
}

static inline const char *state_name(uint32_t state) {
    static const char *const names[] = {"OTHER", "PROCESSING_UPLOAD", "PROCESSING_DOWNLOAD", "SEND_TO_USER_INBOX",
                                        "PUBLISH_COMPLETE", "FAILED"};
    return state < 6 ? names[state] : "";
}

static inline const char *phase_name(uint32_t phase) {
    static const char *const names[] = {"other", "probing", "sending", "processing", "moderating", "published"};
    return phase < 6 ? names[phase] : "";
}

static inline uint32_t kind_named(const char *name) {
    static const char *const names[] = {"",            "userInfo",      "videoList",  "videoQuery", "creatorInfo",
                                        "publishInit", "publishStatus", "videoUpload"};
    uint32_t kind = 1;
    while (kind < 8 && strcmp(names[kind], name) != 0) {
        kind += 1;
    }
    CHECK(kind < 8);
    return kind;
}

/* Calls the emulator's control API. The response is valid until the next call. */
static inline const char *control(const char *emulator, const char *method, const char *call, const char *body) {
    static char reply[262144];
    char target[64];
    snprintf(target, sizeof target, "/_emulator/%s", call);
    ask(emulator, method, target, body, reply, sizeof reply);
    CHECK(strstr(reply, "HTTP/1.1 200") == reply);
    return reply;
}

/* Resets the emulator, and clears the store at `store`. */
static inline void begin_anew(const char *store, const char *emulator) {
    static const char *const ends[] = {"", "-wal", "-shm"};
    char file[4200];
    for (size_t end = 0; end < 3; end += 1) {
        snprintf(file, sizeof file, "%s%s", store, ends[end]);
        remove(file);
    }
    control(emulator, "POST", "reset", "{}");
    control(emulator, "POST", "limits", "{\"on\":false}");
}

/* Adds the requested endpoints and their responses since the start. */
static inline void tell_requests(told_lines *all, const char *emulator) {
    const char *rest = control(emulator, "GET", "requests", NULL);
    char sent[LONGEST_LINE] = "", endpoint[32], status[8], one[48];
    while ((rest = strstr(rest, "\"endpoint\":")) != NULL) {
        between(rest, "\"endpoint\":\"", "\"", endpoint, sizeof endpoint);
        between(rest, "\"status\":", ",}", status, sizeof status);
        snprintf(one, sizeof one, "%s %s", endpoint, status);
        append(sent, sizeof sent, one);
        rest += 1;
    }
    tell(all, "sent", sent);
}

/* Consents at `url` to `grants`, or to all requested scopes. Writes the query of the callback without the state. */
static inline void grant(const char *emulator, const char *url, const char *username, const char *grants, char *callback,
                         size_t size) {
    char challenge[128], redirect[512], asked[512], body[2048], code[1024];
    between(url, "code_challenge=", "&", challenge, sizeof challenge);
    between(url, "redirect_uri=", "&", redirect, sizeof redirect);
    between(url, "scope=", "&", asked, sizeof asked);
    decode(redirect);
    decode(asked);
    const char *scopes = grants == NULL ? asked : grants;
    int filled = snprintf(body, sizeof body,
                          "{\"client_key\":\"%s\",\"username\":\"%s\",\"redirect_uri\":\"%s\",\"code_challenge\":\"%s\","
                          "\"scopes\":[\"",
                          CLIENT_KEY, username, redirect, challenge);
    for (const char *letter = scopes; *letter != '\0'; letter += 1) {
        filled += *letter == ',' ? snprintf(body + filled, sizeof body - (size_t)filled, "\",\"")
                                : snprintf(body + filled, sizeof body - (size_t)filled, "%c", *letter);
    }
    snprintf(body + filled, sizeof body - (size_t)filled, "\"]}");
    between(control(emulator, "POST", "grant", body), "\"code\":\"", "\"", code, sizeof code);
    snprintf(callback, size, "code=%s&scopes=%s&state=", code, scopes);
}

/* Prints the differences. Returns true if there are none. */
static inline bool is_as_told(const scenario *played, size_t number, const char *came) {
    const scenario_step *step = &played->steps[number];
    checks_done += 1;
    if (strcmp(came, step->gives) == 0) {
        return true;
    }
    fprintf(stderr, "%s: step %u, %s\n%sinstead of\n%s\n", played->name, (unsigned)number, step->act, came, step->gives);
    return false;
}

#endif
