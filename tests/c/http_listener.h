/* A loopback HTTP server that passes each request to a handler, one at a time. */
#ifndef TOKLINK_TESTS_LISTENER_H
#define TOKLINK_TESTS_LISTENER_H

#include "http.h"

#include <pthread.h>

#define REQUEST_BYTES 65536

/* Writes the complete response, head and body, and returns its length. `body` points into `request`, which ends with a NUL. */
typedef size_t (*answer)(void *user_data, const char *request, const char *body, size_t body_bytes, char *reply, size_t size);

typedef struct {
    int socket;
    char url[64];
    answer handler;
    void *user_data;
    pthread_t thread;
} listener;

/* Reads one request. Returns the length of its body, or -1 if the connection ends first. */
static inline long read_request(int connection, char *request, const char **body) {
    size_t filled = 0;
    for (;;) {
        ssize_t count = read(connection, request + filled, REQUEST_BYTES - 1 - filled);
        if (count <= 0) {
            return -1;
        }
        filled += (size_t)count;
        request[filled] = '\0';
        const char *end = strstr(request, "\r\n\r\n");
        if (end == NULL) {
            continue;
        }
        const char *length = strstr(request, "ontent-length: ");
        if (length == NULL) {
            length = strstr(request, "ontent-Length: ");
        }
        size_t wanted = length == NULL || length > end ? 0 : (size_t)strtoul(length + 15, NULL, 10);
        *body = end + 4;
        if (filled >= (size_t)(*body - request) + wanted) {
            return (long)wanted;
        }
    }
}

static inline void *listen_on(void *given) {
    static char request[REQUEST_BYTES], reply[4096];
    listener *here = given;
    for (;;) {
        int connection = accept(here->socket, NULL, NULL);
        if (connection < 0) {
            return NULL;
        }
        const char *body = NULL;
        long length = read_request(connection, request, &body);
        if (length >= 0) {
            size_t bytes = here->handler(here->user_data, request, body, (size_t)length, reply, sizeof reply);
            CHECK(write(connection, reply, bytes) == (ssize_t)bytes);
        }
        close(connection);
    }
}

/* Static, because the thread handles one request at a time. */
static inline void start_listening(listener *here, answer handler, void *user_data) {
    struct sockaddr_in place;
    socklen_t size = sizeof place;
    memset(&place, 0, sizeof place);
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    here->socket = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(here->socket >= 0 && bind(here->socket, (struct sockaddr *)&place, sizeof place) == 0);
    CHECK(listen(here->socket, 16) == 0 && getsockname(here->socket, (struct sockaddr *)&place, &size) == 0);
    snprintf(here->url, sizeof here->url, "http://127.0.0.1:%u", (unsigned)ntohs(place.sin_port));
    here->handler = handler;
    here->user_data = user_data;
    CHECK(pthread_create(&here->thread, NULL, listen_on, here) == 0);
}

static inline void stop_listening(listener *here) {
    shutdown(here->socket, SHUT_RDWR);
    pthread_join(here->thread, NULL);
    close(here->socket);
}

#endif
