/* A host's own store: a key-value table in memory with one lock. */
#ifndef TOKLINK_TESTS_ROWS_H
#define TOKLINK_TESTS_ROWS_H

#include "host.h"

#include <pthread.h>

#define ROWS 64

typedef struct {
    pthread_mutex_t lock;
    char *keys[ROWS];
    char *values[ROWS];
    unsigned calls;
    unsigned destroyed;
    bool fails;
} rows;

static inline char *copied(const char *text) {
    char *copy = malloc(strlen(text) + 1);
    CHECK(copy != NULL);
    return strcpy(copy, text);
}

static inline bool rows_list(void *user_data, const char *prefix, toklink_store_reply *reply) {
    rows *table = user_data;
    pthread_mutex_lock(&table->lock);
    bool works = !table->fails;
    table->calls += 1;
    for (unsigned row = 0; works && row < ROWS; row += 1) {
        if (table->keys[row] != NULL && strncmp(table->keys[row], prefix, strlen(prefix)) == 0) {
            toklink_store_reply_add(reply, table->keys[row], table->values[row]);
        }
    }
    pthread_mutex_unlock(&table->lock);
    return works;
}

static inline unsigned place_of(const rows *table, const char *key) {
    unsigned row = 0;
    while (row < ROWS && (table->keys[row] == NULL || strcmp(table->keys[row], key) != 0)) {
        row += 1;
    }
    return row;
}

static inline bool rows_get(void *user_data, const char *key, toklink_store_reply *reply) {
    rows *table = user_data;
    pthread_mutex_lock(&table->lock);
    unsigned row = place_of(table, key);
    bool works = !table->fails;
    table->calls += 1;
    if (works && row < ROWS) {
        toklink_store_reply_add(reply, key, table->values[row]);
    }
    pthread_mutex_unlock(&table->lock);
    return works;
}

static inline bool rows_swap(void *user_data, const char *key, const char *expected, const char *next, bool *swapped) {
    rows *table = user_data;
    pthread_mutex_lock(&table->lock);
    unsigned row = place_of(table, key);
    const char *value = row < ROWS ? table->values[row] : NULL;
    bool works = !table->fails;
    table->calls += 1;
    *swapped = works && (expected == NULL ? value == NULL : value != NULL && strcmp(value, expected) == 0);
    if (*swapped && row < ROWS) {
        free(table->keys[row]);
        free(table->values[row]);
        table->keys[row] = table->values[row] = NULL;
    }
    if (*swapped && next != NULL) {
        row = 0;
        while (row < ROWS && table->keys[row] != NULL) {
            row += 1;
        }
        CHECK(row < ROWS);
        table->keys[row] = copied(key);
        table->values[row] = copied(next);
    }
    pthread_mutex_unlock(&table->lock);
    return works;
}

static inline void rows_destroy(void *user_data) {
    rows *table = user_data;
    for (unsigned row = 0; row < ROWS; row += 1) {
        free(table->keys[row]);
        free(table->values[row]);
    }
    table->destroyed += 1;
}

/* Returns the functions of the table. */
static inline toklink_store store_on(rows *table) {
    toklink_store store = TOKLINK_STORE_INIT;
    store.user_data = table;
    store.get = rows_get;
    store.swap = rows_swap;
    store.list = rows_list;
    return store;
}

/* Creates a client on the table. The client destroys the table when it is freed. */
static inline toklink_client *client_on(rows *table, const char *emulator) {
    toklink_options options = options_for(emulator);
    memset(table, 0, sizeof *table);
    pthread_mutex_init(&table->lock, NULL);
    toklink_store store = store_on(table);
    store.destroy = rows_destroy;
    options.store = &store;
    return client_of(options);
}

#endif
