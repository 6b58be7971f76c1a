/* Measures the basic costs of the C library: loading it, creating a first client, the cheapest call, and a quota check.
 * Argument: path of the shared library. Prints the median of all rounds, in microseconds and nanoseconds. */

#include "toklink.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 11
#define CALLS 1000000

static double now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *rounds) {
    qsort(rounds, ROUNDS, sizeof *rounds, ascending);
    return rounds[ROUNDS / 2];
}

static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (found == NULL) {
        fprintf(stderr, "%s is not in the library\n", name);
        exit(1);
    }
    return found;
}

/* dlsym returns a data pointer. POSIX guarantees that it can be converted to a function pointer. */
#define FUNCTION(library, name) __typeof__(&name) my_##name = (__typeof__(&name))symbol(library, #name)

int main(int count, char **arguments) {
    if (count != 2) {
        return 2;
    }
    double began = now_ns();
    void *library = dlopen(arguments[1], RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    double opened = now_ns();
    FUNCTION(library, toklink_str_from);
    FUNCTION(library, toklink_client_options_new);
    FUNCTION(library, toklink_client_options_set_client_key);
    FUNCTION(library, toklink_client_options_set_client_secret);
    FUNCTION(library, toklink_client_options_set_encryption_key);
    FUNCTION(library, toklink_client_options_free);
    FUNCTION(library, toklink_client_new);
    FUNCTION(library, toklink_client_check_quota);
    FUNCTION(library, toklink_client_free);
    FUNCTION(library, toklink_version);

    toklink_client_options *options = my_toklink_client_options_new();
    toklink_client *client = NULL;
    const char *key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    if (my_toklink_client_options_set_client_key(options, my_toklink_str_from("awbench"), NULL) != TOKLINK_OK ||
        my_toklink_client_options_set_client_secret(options, my_toklink_str_from("s"), NULL) != TOKLINK_OK ||
        my_toklink_client_options_set_encryption_key(options, my_toklink_str_from(key), NULL) != TOKLINK_OK ||
        my_toklink_client_new(options, &client, NULL) != TOKLINK_OK) {
        fprintf(stderr, "no client\n");
        return 1;
    }
    double ready = now_ns();

    double versions[ROUNDS], checks[ROUNDS];
    size_t seen = 0;
    toklink_str tenant = my_toklink_str_from("workspace-1"), open_id = my_toklink_str_from("-000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    for (int round = 0; round < ROUNDS; round++) {
        double from = now_ns();
        for (int call = 0; call < CALLS; call++) {
            seen += my_toklink_version().len;
        }
        versions[round] = (now_ns() - from) / CALLS;
        from = now_ns();
        for (int call = 0; call < CALLS; call++) {
            seen += 1 + (size_t)my_toklink_client_check_quota(client, tenant, open_id, TOKLINK_QUOTA_USER_INFO, NULL);
        }
        checks[round] = (now_ns() - from) / CALLS;
    }
    printf("C library: dlopen %.0f us, first client %.0f us, toklink_version %.1f ns, a quota check %.0f ns\n",
           (opened - began) / 1000, (ready - opened) / 1000, median(versions), median(checks));
    my_toklink_client_free(client);
    my_toklink_client_options_free(options);
    return seen == 0;
}
