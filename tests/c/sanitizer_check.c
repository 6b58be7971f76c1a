/* Contains memory faults that sanitizers and valgrind must report. Argument: the name of the fault. */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **arguments) {
    volatile int number = INT_MAX;
    if (count != 2) {
        return 2;
    }
    if (strcmp(arguments[1], "use-after-free") == 0) {
        char *volatile bytes = malloc(8);
        free(bytes);
        number = bytes[3];
    } else if (strcmp(arguments[1], "overflow") == 0) {
        number = number + count;
    } else if (strcmp(arguments[1], "leak") == 0) {
        char *volatile lost = malloc(800);
        lost[0] = 1;
        lost = NULL;
    }
    printf("%s was not detected (%d)\n", arguments[1], number);
    return 0;
}
