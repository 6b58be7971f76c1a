/* A minimal uploader that sends a file in chunks and waits for each response. `sender PORT FILE CHUNK_BYTES` */

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (128 * 1024)

static int write_all(int socket, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = write(socket, bytes, count);
        if (sent <= 0) return -1;
        bytes += sent;
        count -= (size_t)sent;
    }
    return 0;
}

static int send_chunk(int socket, int file, uint64_t start, uint64_t end, uint64_t size) {
    static char piece[PIECE];
    int head = snprintf(piece, sizeof piece,
                        "PUT /upload HTTP/1.1\r\nHost: sink\r\nContent-Type: video/mp4\r\nContent-Length: %llu\r\n"
                        "Content-Range: bytes %llu-%llu/%llu\r\n\r\n",
                        (unsigned long long)(end - start), (unsigned long long)start, (unsigned long long)(end - 1),
                        (unsigned long long)size);
    if (write_all(socket, piece, (size_t)head) != 0) return -1;
    for (uint64_t left = end - start; left > 0;) {
        ssize_t got = read(file, piece, left < PIECE ? left : PIECE);
        if (got <= 0 || write_all(socket, piece, (size_t)got) != 0) return -1;
        left -= (uint64_t)got;
    }
    ssize_t got = read(socket, piece, sizeof piece - 1);
    return got > 12 && memcmp(piece + 9, "201", 3) == 0 ? 0 : -1;
}

int main(int count, char **words) {
    if (count != 4) return 2;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons((uint16_t)atoi(words[1]));
    int file = open(words[2], O_RDONLY), peer = socket(AF_INET, SOCK_STREAM, 0);
    struct stat facts;
    if (file < 0 || fstat(file, &facts) != 0 || connect(peer, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("sender");
        return 1;
    }
    uint64_t size = (uint64_t)facts.st_size, chunk = strtoull(words[3], NULL, 10);
    /* As TikTok requires, the last chunk also contains the remainder. */
    uint64_t chunks = size / chunk > 0 ? size / chunk : 1;
    for (uint64_t n = 0; n < chunks; n++) {
        uint64_t end = n + 1 == chunks ? size : (n + 1) * chunk;
        if (send_chunk(peer, file, n * chunk, end, size) != 0) {
            fprintf(stderr, "sender: chunk %llu failed\n", (unsigned long long)n);
            return 1;
        }
    }
    return 0;
}
