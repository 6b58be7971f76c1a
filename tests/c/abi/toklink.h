/* A part of an older header with the same ABI: options and results without their last fields. Generated once by hand from
   include/toklink.h; `xtask test-c` checks that the present header continues it. When TOKLINK_ABI_VERSION changes, derive another one. */
#ifndef TOKLINK_H
#define TOKLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKLINK_ABI_VERSION 0
#define TOKLINK_OK 0u
#define TOKLINK_ERR_INVALID_INPUT 2u

typedef uint32_t toklink_status;
typedef uint32_t toklink_reason;
typedef uint32_t toklink_owner;

typedef struct toklink_client toklink_client;
typedef struct toklink_error toklink_error;
typedef struct toklink_options toklink_options;
typedef struct toklink_login_options toklink_login_options;
typedef struct toklink_login_start toklink_login_start;
typedef struct toklink_login_inspection toklink_login_inspection;
typedef struct toklink_login_result toklink_login_result;
typedef struct toklink_account toklink_account;
typedef struct toklink_account_list toklink_account_list;

struct toklink_error {
    toklink_status status;
    toklink_reason reason;
    toklink_owner owner;
    uint32_t http_status;
    int64_t retry_after_ms;
    bool retryable;
    bool may_have_been_sent;
    bool safe_to_repeat;
    const char *message;
};

struct toklink_options {
    size_t size;
    const char *client_key;
    const char *client_secret;
    const char *callback_url;
    const char *encryption_key;
    const char *encryption_keys;
    bool use_environment;
    bool accept_legacy;
    bool relay_from_loopback;
    bool no_redis;
    const char *api_base_url;
    const char *auth_base_url;
};

struct toklink_login_options {
    size_t size;
    const char *tenant;
    const char *user_id;
    const char *redirect_uri;
};

struct toklink_login_start {
    const char *authorize_url;
    const char *state;
    const char *cookie_name;
    const char *cookie_value;
};

struct toklink_login_result {
    const toklink_account *account;
};

struct toklink_account {
    const char *id;
    const char *tenant;
    const char *open_id;
    const char *display_name;
};

struct toklink_account_list {
    const toklink_account *const *items;
    size_t count;
};

uint32_t toklink_abi_version(void);

void toklink_error_free(const toklink_error *error);

struct toklink_client *toklink_client_new(const struct toklink_options *options, toklink_error **error);

void toklink_client_free(toklink_client *client);

void toklink_login_start_free(const toklink_login_start *start);

void toklink_login_result_free(const toklink_login_result *result);

const toklink_login_start *toklink_begin_login(const toklink_client *client, const toklink_login_options *options,
    toklink_error **error);

const toklink_login_result *toklink_complete_login_blocking(const toklink_client *client, const char *callback,
    const char *cookies, const char *user_id, toklink_error **error);

void toklink_account_list_free(const toklink_account_list *list);

const toklink_account_list *toklink_list_accounts(const toklink_client *client, const char *tenant,
    toklink_error **error);

#endif
