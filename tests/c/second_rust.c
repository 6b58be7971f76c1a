/* A host with a second static library of Rust. xtask links it with both in each order. Arguments: as for end_to_end.c. */

#define _POSIX_C_SOURCE 200809L

#include "waiter.h"

int64_t second_rust_sum(uint32_t last);
bool second_rust_catches(void);

int main(int count, char **arguments) {
    char open_id[128];
    CHECK(count == 4);
    CHECK(second_rust_sum(100) == 5050);
    toklink_client *client = client_of(options_for(arguments[3]));
    desktop_sign_in(client, arguments[3], "ana.makes", open_id, sizeof open_id);
    /* Each library unwinds with its own standard library. */
    CHECK(second_rust_catches());
    toklink_client_free(client);
    CHECK(second_rust_sum(10) == 55);
    printf("%u checks passed\n", checks_done);
    return 0;
}
