/* An upload host that reads and discards all bytes, so that the server's share of the cost is minimal.
   Prints its port. Runs one thread per connection. Responds to each PUT with 201. */

#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER (256 * 1024)

static const char ANSWER[] = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";

static void *serve(void *argument) {
    int socket = (int)(intptr_t)argument;
    char *buffer = malloc(BUFFER + 1);
    size_t there = 0;
    while (buffer != NULL) {
        ssize_t got = read(socket, buffer + there, BUFFER - there);
        if (got <= 0) break;
        there += (size_t)got;
        buffer[there] = 0;
        char *end = strstr(buffer, "\r\n\r\n");
        if (end == NULL) continue;
        char *length = strcasestr(buffer, "content-length:");
        uint64_t left = length == NULL || length > end ? 0 : strtoull(length + 15, NULL, 10);
        uint64_t early = there - (size_t)(end + 4 - buffer);
        left -= early < left ? early : left;
        while (left > 0 && (got = read(socket, buffer, left < BUFFER ? left : BUFFER)) > 0) left -= (uint64_t)got;
        if (left > 0 || write(socket, ANSWER, sizeof ANSWER - 1) < 0) break;
        there = 0;
    }
    free(buffer);
    close(socket);
    return NULL;
}

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        perror("sink");
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int peer = accept(listener, NULL, NULL);
        pthread_t thread;
        if (peer >= 0 && pthread_create(&thread, NULL, serve, (void *)(intptr_t)peer) == 0) pthread_detach(thread);
    }
}
