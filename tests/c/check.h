/* Assertions. The first failure prints its condition and exits the program. */
#ifndef TOKLINK_TESTS_CHECK_H
#define TOKLINK_TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

static unsigned checks_done = 0;

#define CHECK(condition)                                                                      \
    do {                                                                                      \
        if (!(condition)) {                                                                   \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);   \
            exit(1);                                                                          \
        }                                                                                     \
        checks_done += 1;                                                                     \
    } while (0)

#endif
