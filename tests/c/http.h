/* A minimal HTTP client: one request to 127.0.0.1 and its complete response. */
#ifndef TOKLINK_TESTS_HTTP_H
#define TOKLINK_TESTS_HTTP_H

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static inline int connected(const char *base) {
    struct sockaddr_in place;
    const char *port = strrchr(base, ':');
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(port != NULL && connection >= 0);
    memset(&place, 0, sizeof place);
    place.sin_family = AF_INET;
    place.sin_port = htons((unsigned short)strtoul(port + 1, NULL, 10));
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(connect(connection, (struct sockaddr *)&place, sizeof place) == 0);
    return connection;
}

/* Sends `method target` to the server at `base` ("http://127.0.0.1:PORT"), with a JSON body unless `body` is NULL. */
static inline void ask(const char *base, const char *method, const char *target, const char *body, char *reply, size_t size) {
    static char request[16384];
    int connection = connected(base);
    size_t length = body == NULL ? 0 : strlen(body);
    int head = snprintf(request, sizeof request,
                        "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/json\r\n"
                        "Content-Length: %lu\r\n\r\n%s",
                        method, target, base + strlen("http://"), (unsigned long)length, body == NULL ? "" : body);
    size_t filled = 0;
    CHECK(head > 0 && (size_t)head < sizeof request);
    CHECK(write(connection, request, (size_t)head) == head);
    for (;;) {
        ssize_t count = read(connection, reply + filled, size - 1 - filled);
        if (count <= 0) {
            break;
        }
        filled += (size_t)count;
    }
    reply[filled] = '\0';
    close(connection);
}

/* Copies the text between `before` and the first character of `ends`. */
static inline void between(const char *text, const char *before, const char *ends, char *out, size_t size) {
    const char *start = strstr(text, before);
    size_t length;
    CHECK(start != NULL);
    start += strlen(before);
    length = strcspn(start, ends);
    CHECK(length > 0 && length < size);
    memcpy(out, start, length);
    out[length] = '\0';
}

/* Decodes %XX in place. */
static inline void decode(char *text) {
    char *out = text;
    for (; *text != '\0'; text += 1, out += 1) {
        if (*text == '%') {
            char digits[3] = {text[1], text[2], '\0'};
            *out = (char)strtoul(digits, NULL, 16);
            text += 2;
        } else {
            *out = *text;
        }
    }
    *out = '\0';
}

#endif
