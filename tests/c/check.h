/* Assertions. The first one that fails prints its condition and ends the program. */
#ifndef TOKLINK_TESTS_CHECK_H
#define TOKLINK_TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

static unsigned checks_done = 0;

#define CHECK(condition)                                                                      \
    do {                                                                                      \
        if (!(condition)) {                                                                   \
            fprintf(stderr, "%s:%d: this is not so: %s\n", __FILE__, __LINE__, #condition);   \
            exit(1);                                                                          \
        }                                                                                     \
        checks_done += 1;                                                                     \
    } while (0)

#endif
