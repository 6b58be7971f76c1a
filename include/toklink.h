/**
 * toklink: a TikTok client. Login with PKCE, encrypted tokens that are refreshed automatically, chunked uploads that post at most
 * once, metrics of accounts and videos, webhooks, exact quotas. Guide: docs/GUIDE_C.md. Errors: docs/ERRORS.md.
 *
 * Results
 * - The library allocates results; they are const, and fields are only added at their end. Do not copy a result or take its size.
 *   Free each result that a function returns with its toklink_x_free, exactly once. NULL is allowed there.
 * - All that a result points to belongs to it and is freed with it. Lists are arrays of pointers with a count; an empty list may be
 *   NULL. Structs for progress are values and may be copied.
 * - Text is UTF-8 and ends with a NUL. Text in a result is never NULL: it is empty where there is none. Other pointers that can be
 *   NULL say so.
 * - Unknown: an integer is -1, a double is NaN. Numbers that cannot be unknown do not say so.
 * - Times are milliseconds (_ms), points in time milliseconds since 1970 in UTC (_at_ms), sizes bytes.
 *
 * Options
 * - Structs of options are yours. Initialise each with its TOKLINK_X_INIT; a field that stays 0 or NULL has its default, and NULL
 *   instead of the options means every default. Empty text is the same as NULL.
 * - `size` is that of your header. A newer library accepts it. An older library refuses it with TOKLINK_ERR_INVALID_INPUT if a
 *   field that it does not know is set.
 * - Arguments are copied: they may go when the call returns, except for user data.
 *
 * Errors
 * - A function that returns a pointer returns NULL on failure; others return a toklink_status. `toklink_error **error` may be NULL. If not,
 *   a failure writes an error there, which you free with toklink_error_free; success leaves it alone. Set it to NULL first.
 *
 * Accounts
 * - An account is named by one text, `id` of toklink_account: the open id, and before it the tenant if there is one. See
 *   toklink_account_id.
 *
 * Operations
 * - An operation that asks TikTok has two forms. toklink_x returns at once, and its completion is called exactly once with the result
 *   or the error, also if an argument is invalid. toklink_x_blocking returns the result.
 * - A completion may be NULL. What it receives lives until it returns: copy what you keep, and free nothing.
 * - `out_operation` may be NULL. It receives the number for toklink_cancel before the operation runs; 0 if it did not start.
 * - Operations of one client run at the same time. Functions with one form do not ask TikTok.
 *
 * Callbacks
 * - Completions, progress and events come in order, one at a time: on a thread of the client, or with `wake` set on the thread that calls
 *   toklink_dispatch. The progress of a blocking call comes on the calling thread. A call of toklink_x in a client that is NULL, closed by a
 *   fork or freed completes on the calling thread.
 * - `destroy` is called exactly once for each call that takes it, whether the call succeeds or fails, after the last use of the
 *   user data and never under a lock: on the thread of callbacks of the client, or on the calling thread if there is no client. (Options
 *   whose `size` is invalid cannot be read: nothing is called.)
 * - Callbacks may call into the library unless their description says otherwise. toklink_client_close fails in one. toklink_client_free
 *   returns at once in one: a blocking call that the callback belongs to is cancelled.
 * - They must return: a C++ exception or a longjmp out of one is undefined.
 *
 * Life
 * - Blocking calls of other threads survive toklink_client_free: they are cancelled, and the last one ends the client before it
 *   returns. No call may start with a client that is freed.
 * - After a fork the child cannot use the parent's client (TOKLINK_REASON_AFTER_FORK), but may free it and create its own.
 * - A process may exit at any time: the same idempotency key finds what the journal has.
 * - No panic leaves the library: a bug of its own is TOKLINK_ERR_PANIC. Numbers of enums are never reused; later versions add some.
 *
 * Linking: -ltoklink, or the static library with -lpthread -ldl -lm. On Linux, the installed static library has no global symbol
 * except the functions below, so that a program may link its own SQLite.
 *
 *     toklink_options options = TOKLINK_OPTIONS_INIT;
 *     options.use_environment = true;
 *     toklink_error *error = NULL;
 *     toklink_client *client = toklink_client_new(&options, &error);
 *     if (!client) {
 *         fprintf(stderr, "%s\n", error->message);
 *         toklink_error_free(error);
 *     }
 *     toklink_client_free(client);
 *
 * Groups of this header: Version; Errors and texts; Operations; Store of your own; Client; Login; Accounts; Metrics;
 * Publishing; Quotas; Events; Webhooks; Encryption keys.
 */

#ifndef TOKLINK_H
#define TOKLINK_H

/* Generated from bindings/c by `cargo run -p xtask -- header`: edit there. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The version of this header. toklink_version and toklink_version_number return the version of the loaded library.
 */
#define TOKLINK_VERSION "0.1.0"
#define TOKLINK_VERSION_MAJOR 0
#define TOKLINK_VERSION_MINOR 1
#define TOKLINK_VERSION_PATCH 0
/**
 * The version as one number: major * 65536 + minor * 256 + patch.
 */
#define TOKLINK_VERSION_NUMBER 256

/** Declares an enum with the type uint32_t in every language version. */
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
#define TOKLINK_ENUM(name) enum name : uint32_t
#else
#define TOKLINK_ENUM(name) typedef uint32_t name; enum name
#endif

/** Initialises a struct of options with its defaults and with its size in this header. */
#ifdef __cplusplus
 template <class T> inline T toklink_init() { T options = T(); options.size = sizeof(T); return options; }
#define TOKLINK_INIT(type) toklink_init<type>()
#else
#define TOKLINK_INIT(type) {.size = sizeof(type)}
#endif

typedef struct toklink_client toklink_client;
typedef struct toklink_store_reply toklink_store_reply;
typedef struct toklink_account toklink_account;
typedef struct toklink_account_list toklink_account_list;
typedef struct toklink_config_problem toklink_config_problem;
typedef struct toklink_error toklink_error;
typedef struct toklink_creator toklink_creator;
typedef struct toklink_user toklink_user;
typedef struct toklink_video toklink_video;
typedef struct toklink_video_page toklink_video_page;
typedef struct toklink_store toklink_store;
typedef struct toklink_options toklink_options;
typedef struct toklink_quota_window toklink_quota_window;
typedef struct toklink_event toklink_event;
typedef struct toklink_authorize_options toklink_authorize_options;
typedef struct toklink_login_options toklink_login_options;
typedef struct toklink_tokens toklink_tokens;
typedef struct toklink_login_start toklink_login_start;
typedef struct toklink_login_inspection toklink_login_inspection;
typedef struct toklink_login_result toklink_login_result;
typedef struct toklink_metrics toklink_metrics;
typedef struct toklink_collect_failure toklink_collect_failure;
typedef struct toklink_collect_report toklink_collect_report;
typedef struct toklink_collect_progress toklink_collect_progress;
typedef struct toklink_collect_options toklink_collect_options;
typedef struct toklink_growth toklink_growth;
typedef struct toklink_history_point toklink_history_point;
typedef struct toklink_history_gap toklink_history_gap;
typedef struct toklink_history toklink_history;
typedef struct toklink_progress toklink_progress;
typedef struct toklink_publish_options toklink_publish_options;
typedef struct toklink_publish toklink_publish;
typedef struct toklink_caption_part toklink_caption_part;
typedef struct toklink_finding toklink_finding;
typedef struct toklink_probe_report toklink_probe_report;
typedef struct toklink_publish_record toklink_publish_record;
typedef struct toklink_publish_list toklink_publish_list;
typedef struct toklink_quota toklink_quota;
typedef struct toklink_reseal_key toklink_reseal_key;
typedef struct toklink_reseal_failure toklink_reseal_failure;
typedef struct toklink_reseal_report toklink_reseal_report;
typedef struct toklink_reseal_progress toklink_reseal_progress;
typedef struct toklink_reseal_options toklink_reseal_options;
typedef struct toklink_webhook toklink_webhook;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/* ---- Version ---------------------------------------------------------------------------------------------------- */

/** Changes with every incompatible change of this interface. While it is 0, any minor release may change it. */
#define TOKLINK_ABI_VERSION 0

/** Returns the version of the loaded library, as in `TOKLINK_VERSION`. Lives as long as the program. */
const char *toklink_version(void);

/** Returns the version of the loaded library as one number, as in `TOKLINK_VERSION_NUMBER`: major * 65536 + minor *
 *  256 + patch. Later versions compare greater. */
uint32_t toklink_version_number(void);

/** Returns the ABI of the loaded library. A host compiled against another `TOKLINK_ABI_VERSION` must not use it. */
uint32_t toklink_abi_version(void);

/* ---- Errors and texts ------------------------------------------------------------------------------------------- */

/** The result of a call, which determines what to do next. Later versions add numbers: treat an unknown one like
 *  `TOKLINK_ERR_INTERNAL`. */
TOKLINK_ENUM(toklink_status) {
    TOKLINK_OK = 0, /**< The call succeeded. */
    TOKLINK_ERR_CONFIG = 1, /**< The configuration is invalid (a missing key, a malformed URL): correct the setting. */
    TOKLINK_ERR_INVALID_INPUT = 2, /**< An argument is invalid: correct the call. */
    /** The user's consent is missing, expired or revoked: ask the user to connect again. */
    TOKLINK_ERR_UNAUTHORIZED = 3,
    /** The user did not grant a scope, the app lacks an approval or audit, or the publish or login belongs to
     *  another user. */
    TOKLINK_ERR_PERMISSION_DENIED = 4,
    TOKLINK_ERR_RATE_LIMITED = 5, /**< A quota window of a minute is full: wait for `retry_after_ms` of the error. */
    /** A daily or per-account limit is used up: retry the next day, or post or delete a pending draft. */
    TOKLINK_ERR_QUOTA_EXHAUSTED = 6,
    TOKLINK_ERR_NOT_FOUND = 7, /**< The account, video, publish or file does not exist. */
    TOKLINK_ERR_REJECTED = 8, /**< TikTok refused the content: change it before the next attempt. */
    TOKLINK_ERR_UNAVAILABLE = 9, /**< TikTok, the network or the store did not answer as expected: retry later. */
    TOKLINK_ERR_INTEGRITY = 10, /**< An encrypted value, a login state or a signature is invalid. */
    /** Conflicts with an earlier attempt, or the outcome of one is unknown: read the reason of the error. */
    TOKLINK_ERR_CONFLICT = 11,
    TOKLINK_ERR_CANCELLED = 12, /**< The caller cancelled the operation. */
    TOKLINK_ERR_CLOSED = 13, /**< The client was closed. */
    TOKLINK_ERR_INTERNAL = 14, /**< A bug in toklink: please report it. */
    /** A panic was caught at the boundary, a bug in toklink: free the results of this call and please report it. */
    TOKLINK_ERR_PANIC = 1000,
};

/** The party that has to act on an error. */
TOKLINK_ENUM(toklink_owner) {
    TOKLINK_OWNER_USER = 1, /**< The person whose TikTok account it is. */
    TOKLINK_OWNER_APP = 2, /**< The program or its operator. */
    TOKLINK_OWNER_TIKTOK = 3, /**< TikTok, or the network on the way there. */
    TOKLINK_OWNER_TOKLINK = 4, /**< The library itself. */
};

/** Returns the spelling of a status in logs and in the other languages of toklink, for example `RATE_LIMITED`;
 *  `UNKNOWN` for a number without one. Lives as long as the program. Takes a plain number, so that any value is
 *  allowed. */
const char *toklink_status_name(uint32_t status);

/** The exact situation of an error, beside its status. docs/ERRORS.md says what to do in each. Later versions add
 *  numbers: treat an unknown one like `TOKLINK_REASON_OTHER`. */
TOKLINK_ENUM(toklink_reason) {
    TOKLINK_REASON_OTHER = 0, /**< No situation that has a reason of its own: the status says all. */
    /** Another attempt, in this process or another one, works on the publish of this idempotency key. If its process
     *  died, the key is free after at most 60 s: call again after `retry_after_ms`. */
    TOKLINK_REASON_KEY_IN_USE = 1,
    /** The idempotency key belongs to a publish of another video, other photos or other settings. */
    TOKLINK_REASON_KEY_OF_ANOTHER_PUBLISH = 2,
    /** TikTok may have received the post and its answer was lost: look for the post, then call
     *  `toklink_abandon_publish`. */
    TOKLINK_REASON_START_UNCLEAR = 3,
    /** TikTok has nothing of this publish that an upload could continue: publish again. */
    TOKLINK_REASON_NOTHING_TO_RESUME = 4,
    TOKLINK_REASON_CAN_STILL_COMPLETE = 5, /**< TikTok has the publish and can still complete it. */
    TOKLINK_REASON_TAKEN_OVER = 6, /**< Another attempt took over the publish. */
    TOKLINK_REASON_VIDEO_CHANGED = 7, /**< The video is not the one that the publish started with. */
    TOKLINK_REASON_LOGIN_DECLINED = 8, /**< The user declined on TikTok's consent page. */
    TOKLINK_REASON_LOGIN_TIMED_OUT = 9, /**< The browser did not return in time. */
    TOKLINK_REASON_LOGIN_REFUSED = 10, /**< TikTok's consent page refused the app or its redirect URI. */
    /** A callback called `toklink_client_close`, which would wait for that callback. */
    TOKLINK_REASON_CLOSE_IN_CALLBACK = 11,
    TOKLINK_REASON_AFTER_FORK = 12, /**< The process forked after the client was created. */
    TOKLINK_REASON_TIMED_OUT = 13, /**< The operation did not end within `timeout_ms`. */
    TOKLINK_REASON_TITLE_TOO_LONG = 14, /**< The title or description is longer than TikTok accepts. */
    TOKLINK_REASON_CODEC_UNSUPPORTED = 15, /**< TikTok does not accept the codec or the container of the video. */
    TOKLINK_REASON_ACCOUNT_NOT_CONNECTED = 16, /**< No such account is connected. */
    /** The certificate of the server is not trusted: set `ca_file` for a proxy, or correct the clock. */
    TOKLINK_REASON_CERTIFICATE_NOT_TRUSTED = 17,
    TOKLINK_REASON_NAME_NOT_RESOLVED = 18, /**< The name of the server could not be resolved. */
    TOKLINK_REASON_CONNECTION_REFUSED = 19, /**< The server refused the connection. */
    /** The login was not started in this browser, or its cookie is missing: start a login here. */
    TOKLINK_REASON_LOGIN_FROM_ANOTHER_BROWSER = 20,
    TOKLINK_REASON_LOGIN_EXPIRED = 21, /**< The login took longer than ten minutes: start another. */
    /** The callback of this login was already handled: start another login if the account is not connected. */
    TOKLINK_REASON_LOGIN_ALREADY_USED = 22,
    /** Another user of the host started the login: sign in as that user, or start another login. */
    TOKLINK_REASON_LOGIN_OF_ANOTHER_USER = 23,
    TOKLINK_REASON_ACCOUNT_DISCONNECTED = 24, /**< The account was disconnected: connect it again. */
    /** A refresh was interrupted and its new tokens are lost: connect the account again. */
    TOKLINK_REASON_REFRESH_INTERRUPTED = 25,
    /** The account has not granted a scope that the call needs: connect it again and grant it. */
    TOKLINK_REASON_SCOPE_NOT_GRANTED = 26,
    /** A stored value was changed, moved, or encrypted with another key: restore it, or connect the account again. */
    TOKLINK_REASON_CANNOT_DECRYPT = 27,
    TOKLINK_REASON_NOT_ENCRYPTED = 28, /**< A stored value is in clear text: encrypt it with `toklink_reseal`. */
    /** A stored value has the dashboard's old format, which is not accepted: set `accept_legacy` and call
     *  `toklink_reseal`. */
    TOKLINK_REASON_LEGACY_FORMAT = 29,
    /** A stored value was encrypted with a key that is not configured: add that key to the key ring. */
    TOKLINK_REASON_KEY_NOT_CONFIGURED = 30,
    TOKLINK_REASON_NOT_A_VIDEO = 31, /**< The file is not an MP4, MOV or WebM video: export it as MP4 (H.264). */
    TOKLINK_REASON_VIDEO_TRUNCATED = 32, /**< The end of the video is missing: copy or export it again. */
    TOKLINK_REASON_VIDEO_DAMAGED = 33, /**< The headers of the video contradict each other: export it again. */
    TOKLINK_REASON_FILE_UNREADABLE = 34, /**< The file exists but cannot be read: check its permissions and the disk. */
    /** A stream can be read only once: pass a new stream from the first byte. */
    TOKLINK_REASON_STREAM_ALREADY_READ = 35,
    /** A stream has fewer or more bytes than declared: publish again with its true length. */
    TOKLINK_REASON_STREAM_LENGTH_MISMATCH = 36,
    /** The stream reported an error, which is the source of this error: publish again. */
    TOKLINK_REASON_STREAM_FAILED = 37,
    /** The bytes that TikTok needs are no longer available: pass the same video again. */
    TOKLINK_REASON_SOURCE_UNAVAILABLE = 38,
    /** The source delivered its bytes too slowly: publish again from a faster source. */
    TOKLINK_REASON_SOURCE_TOO_SLOW = 39,
    /** TikTok has all bytes and is still processing them: query the status later. */
    TOKLINK_REASON_STILL_PROCESSING = 40,
    TOKLINK_REASON_STORE_LOCKED = 41, /**< Another process has locked the store: try again. */
    TOKLINK_REASON_STORE_DISK_FULL = 42, /**< The disk of the store is full: free space. */
    TOKLINK_REASON_STORE_DAMAGED = 43, /**< The file of the store is damaged: restore it from a backup. */
    /** The path of the store is a directory, a link, unreadable or another database: use another path. */
    TOKLINK_REASON_STORE_PATH_INVALID = 44,
    TOKLINK_REASON_SIGNATURE_MISSING = 45, /**< The webhook has no valid signature header: pass the header unchanged. */
    /** The signature does not match the body: pass the raw bytes, and check the client secret. */
    TOKLINK_REASON_SIGNATURE_MISMATCH = 46,
    /** The webhook was signed too long ago or in the future: check the clock. */
    TOKLINK_REASON_SIGNATURE_TOO_OLD = 47,
    /** The webhook belongs to another app: use a separate webhook URL for each app. */
    TOKLINK_REASON_WEBHOOK_OF_ANOTHER_APP = 48,
    /** The proxy could not be reached, or refused the connection to TikTok: check the proxy and `proxy_url`. */
    TOKLINK_REASON_PROXY_FAILED = 49,
};

/** Returns the spelling of a reason in logs and in the other languages of toklink, for example `KEY_IN_USE`;
 *  `UNKNOWN` for a number without one. Lives as long as the program. */
const char *toklink_reason_name(uint32_t reason);

/** One invalid or missing setting of a `TOKLINK_ERR_CONFIG` error. It never holds the value, which may be a secret. */
struct toklink_config_problem {
    const char *option; /**< The field of the options, for example `client_key`. */
    /** The environment variable of the same setting, for example `TIKTOK_CLIENT_KEY`; empty if it has none. */
    const char *variable;
    const char *problem; /**< The problem, for example `is not set`. */
    const char *fix; /**< The correction, for example `copy it from TikTok's developer portal`. */
};

/** The reason why a call failed. It never holds a token, a code, a secret or an upload URL: it may be logged.
 *  Programs branch on `status`, `reason`, `owner`, `may_have_been_sent` and `retry_after_ms`, never on `message`.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_error {
    toklink_status status; /**< The status, which determines what to do next; never `TOKLINK_OK`. */
    toklink_reason reason; /**< The exact situation. */
    toklink_owner owner; /**< The party that has to act. */
    uint32_t http_status; /**< The HTTP status of TikTok's response; 0 if there was none. */
    /** Milliseconds after which a retry can succeed; -1 if unknown. Known for every `TOKLINK_ERR_RATE_LIMITED`. */
    int64_t retry_after_ms;
    bool retryable; /**< True if the same call can succeed later without a change. */
    /** True if TikTok may have received a request that changes something, as after the cancel of an upload. Then
     *  publish again with the same idempotency key if `safe_to_repeat`, and as `reason` says for `STREAM_FAILED`,
     *  `STREAM_LENGTH_MISMATCH` and `KEY_IN_USE`; otherwise look for the post first. */
    bool may_have_been_sent;
    /** True if the same call, with the same idempotency key, posts at most once: it continues after what TikTok has. */
    bool safe_to_repeat;
    const char *message; /**< The problem and the next step, in one English sentence. */
    const char *operation; /**< The operation that failed, for example `publish_video`; empty outside of operations. */
    const char *tiktok_code; /**< TikTok's error code, for example `rate_limit_exceeded`; empty if there was none. */
    const char *log_id; /**< TikTok's log id, which its support asks for; empty if there was none. */
    const char *fail_reason; /**< TikTok's reason for a failed publish; empty if there was none. */
    const char *publish_id; /**< TikTok's id of the publish; empty if the error is about none. */
    const char *idempotency_key; /**< The key that resumes the publish; empty if the error is about none. */
    const toklink_config_problem *const *problems; /**< The invalid settings of a `TOKLINK_ERR_CONFIG` error. */
    size_t problem_count; /**< Number of `problems`; 0 for other errors. */
};

/** Frees an error. NULL is allowed. */
void toklink_error_free(const toklink_error *error);

/** Frees a text that a function of this header returned as `char *`. The bytes are overwritten with zeros first,
 *  since they may be a token. NULL is allowed. */
void toklink_text_free(char *text);

/* ---- Operations ------------------------------------------------------------------------------------------------- */

/** Frees the `user_data` of a callback that the library does not call again: see "Callbacks" at the top. */
typedef void (*toklink_destroy)(void *user_data);

/** Identifies a running operation of a client, for `toklink_cancel`. Numbers start at 1, need no freeing, and are
 *  never used again. */
typedef uint64_t toklink_op;

/** Receives the end of an operation without a result. `error` is NULL if the operation succeeded; it lives until the
 *  callback returns. */
typedef void (*toklink_done)(void *user_data, toklink_op operation, const toklink_error *error);

/** Receives the end of an operation whose result is a text. `text` is NULL if the operation failed, otherwise
 *  `error` is NULL; both live until the callback returns. */
typedef void (*toklink_text_done)(void *user_data, toklink_op operation, const char *text, const toklink_error *error);

/* ---- Store of your own ------------------------------------------------------------------------------------------ */

/** Receives what `get` and `list` of a store find.
 *  Threads: use it within the call that it is passed to, from one thread at a time. */
struct toklink_store_reply;

/** Adds a key and its value to the reply. Both texts are copied. NULL for the reply is ignored. */
void toklink_store_reply_add(toklink_store_reply *reply, const char *key, const char *value);

/** A store of the host: values by key, with one conditional write. Initialise it with `TOKLINK_STORE_INIT`. Keys are
 *  printable ASCII without blanks of at most a few hundred bytes; values are JSON of at most four kilobytes, the
 *  tokens in them encrypted. Keys start with their kind: `account/`; `publish/` and `publish-id/`, deleted with
 *  their account and after the retention of the journal; `lease/`, deleted a day after its end; `metrics/`, one
 *  value for each account and day, deleted with the account; `requests/`, one value for each request that counts for
 *  a day, deleted after it.
 *  Each function returns whether it succeeded. After false, the call that needed it fails with
 *  `TOKLINK_ERR_UNAVAILABLE`. A function that does not return within 5 s counts as failed, and `toklink_client_free`
 *  waits for it. At most 16 calls run at the same time. A further one waits, and fails after 5 s without being made.
 *  Threads: called from several threads at the same time, never from a thread of the host that is inside of this
 *  library. The functions must not call the same client, except to free it. */
struct toklink_store {
    size_t size; /**< The size of this struct, which `TOKLINK_STORE_INIT` sets. */
    void *user_data; /**< Passed to each of the functions. */
    /** Adds the value of `key` to the reply, or nothing if there is none. Required. */
    bool (*get)(void *user_data, const char *key, toklink_store_reply *reply);
    /** Stores `next` as the value of `key` (NULL: deletes the key) if its value is exactly `expected` (NULL: if
     *  there is none), atomically and durably, and writes to `swapped` whether it did. That no idempotency key posts
     *  twice depends on this comparison. Required. */
    bool (*swap)(void *user_data, const char *key, const char *expected, const char *next, bool *swapped);
    /** Adds every key that starts with `prefix`, and its value, to the reply, in any order. Required. */
    bool (*list)(void *user_data, const char *prefix, toklink_store_reply *reply);
    /** Frees `user_data`; NULL: nothing to free. Called once for each `toklink_client_new`: see "Callbacks" at the
     *  top. */
    toklink_destroy destroy;
};
#define TOKLINK_STORE_INIT TOKLINK_INIT(toklink_store)

/* ---- Client ----------------------------------------------------------------------------------------------------- */

/** Requests a call of `toklink_dispatch` on the host's thread, for example by posting a message to its event loop.
 *  The library calls it from any thread, when a callback is queued and none was before. It must return at once and
 *  must not call into this library. A wake that is lost is not repeated, an extra dispatch is harmless, and wakes
 *  that are still in the event loop outlive the client: drop them before you free it. */
typedef void (*toklink_wake_callback)(void *user_data);

/** The importance of a line. */
TOKLINK_ENUM(toklink_log_level) {
    TOKLINK_LOG_ERROR = 1, /**< An operation failed. */
    TOKLINK_LOG_WARNING = 2, /**< A request failed and is sent again. */
    TOKLINK_LOG_INFO = 3, /**< An operation succeeded. */
};

/** Receives one line without an end of line, which lives until the callback returns. No line contains a token, a
 *  code, a secret or an upload URL. Comes on the thread of callbacks; without `wake`, the line of a blocking call
 *  comes on its thread, so that calls may overlap. */
typedef void (*toklink_log_callback)(void *user_data, toklink_log_level level, const char *line);

/** The limits that a client obeys. */
TOKLINK_ENUM(toklink_quota_policy) {
    TOKLINK_QUOTA_POLICY_STANDARD = 0, /**< The limits that TikTok documents, and 24 uploads per account and day. */
    /** The standard limits, and 100 reads of the profile and 100 pages of videos per account and day. */
    TOKLINK_QUOTA_POLICY_PLANNED = 1,
    TOKLINK_QUOTA_POLICY_DOCUMENTED = 2, /**< The limits that TikTok documents, and no others. */
};

/** The settings of a client. Initialise them with `TOKLINK_OPTIONS_INIT`; a field that stays 0 or NULL has its
 *  default.
 *  Threads: the library reads them only during `toklink_client_new`. */
struct toklink_options {
    size_t size; /**< The size of this struct, which `TOKLINK_OPTIONS_INIT` sets. */
    const char *client_key; /**< The app's client key, from TikTok's developer portal. Required. */
    const char *client_secret; /**< The app's client secret, from TikTok's developer portal. Required. */
    const char *callback_url; /**< The redirect URI of web logins that set none. */
    /** The key that encrypts tokens: 64 hexadecimal digits, or base64 of 32 bytes; see `toklink_make_key`. This or
     *  `encryption_keys` is required. */
    const char *encryption_key;
    /** Several keys, as `kid:hex,kid:hex`: the first encrypts, all decrypt. Takes precedence over `encryption_key`. */
    const char *encryption_keys;
    /** Reads the settings that are NULL here from the environment: `TIKTOK_CLIENT_KEY`, `TIKTOK_CLIENT_SECRET`,
     *  `TIKTOK_CALLBACK_URL`, `TOKEN_ENCRYPTION_KEY`, `TOKEN_ENCRYPTION_KEYS`, `TIKTOK_API_BASE_URL`,
     *  `TIKTOK_AUTH_BASE_URL`, `TIKTOK_CA_FILE`, `SSL_CERT_FILE`, `TOKLINK_REDIS_URL`, `REDIS_URL`. */
    bool use_environment;
    bool accept_legacy; /**< Also decrypts the format of an earlier program (AES-256-GCM as `iv:tag:data` in hex). */
    /** Allows relayed videos from loopback addresses, also without TLS, for tests. A user who chooses the address of
     *  a video can otherwise reach the services of this machine. */
    bool relay_from_loopback;
    bool no_redis; /**< Counts requests in this process only, whatever Redis the environment names. */
    const char *api_base_url; /**< Another API host: https, or http on loopback. Default: TikTok's. */
    const char *auth_base_url; /**< Another host of the consent page: https, or http on loopback. Default: TikTok's. */
    /** A PEM file of certificate authorities that are trusted in addition to the built-in ones, such as that of a
     *  corporate proxy. */
    const char *ca_file;
    /** The SQLite file for accounts, publishes, metrics and counted requests; created if it does not exist. Default:
     *  memory, which is lost with the client. */
    const char *sqlite_path;
    const toklink_store *store; /**< A store of your own instead of SQLite; NULL: none. The struct is copied. */
    /** The Redis that counts requests for several processes (`redis://host:port`, or `rediss://` with TLS). Default:
     *  each process counts its own requests. See docs/QUOTAS.md. */
    const char *redis_url;
    /** The number of processes that share the limits while Redis is unavailable: each may then use every limit
     *  divided by this number. 0 refuses requests instead, with `TOKLINK_ERR_UNAVAILABLE`. */
    uint32_t redis_fallback_processes;
    uint32_t quota_policy; /**< The limits, a `toklink_quota_policy`. 0: `TOKLINK_QUOTA_POLICY_STANDARD`. */
    /** Milliseconds for which the journal keeps a publish after it ended, at least one day. An idempotency key that
     *  is used later posts again. 0: 30 days. */
    uint64_t journal_retention_ms;
    int64_t user_cache_ms; /**< Milliseconds for which a profile is cached. 0: one hour; -1: not at all. */
    int64_t video_cache_ms; /**< Milliseconds for which a page of videos is cached. 0: 30 seconds; -1: not at all. */
    /** Milliseconds after which an operation that asks TikTok fails with `TOKLINK_REASON_TIMED_OUT`. 0: no limit
     *  beyond that of each request. Publishes, collections and logins have a `timeout_ms` of their own. */
    uint64_t timeout_ms;
    /** Makes all callbacks wait until you call `toklink_dispatch`, and requests that call. NULL: callbacks come on a
     *  thread of the client. */
    toklink_wake_callback wake;
    /** Receives one line for each operation that ended, and one for each request that is sent again; NULL: none. */
    toklink_log_callback log;
    void *user_data; /**< Passed to `wake` and `log`. */
    /** Frees `user_data`; NULL: nothing to free. Called once for each `toklink_client_new`: see "Callbacks" at the
     *  top. */
    toklink_destroy destroy;
    /** The proxy for requests to TikTok: `http://host:port` or `https://host:port`, with `user:password@` before the
     *  host if needed. NULL: the proxy of the environment (`HTTPS_PROXY`), except for an API host on loopback.
     *  Videos of `relay_url` use no proxy. */
    const char *proxy_url;
    /** Milliseconds that a connection to TikTok may take, including the DNS lookup and TLS. 0: 10000. */
    uint64_t connect_timeout_ms;
    /** Milliseconds that one request to TikTok may take, including its response; at most 20000 apply to requests for
     *  tokens. The bytes of videos have a limit of their own, which depends on their number. 0: 30000. */
    uint64_t request_timeout_ms;
    /** The maximum rate of all uploads of the client together in bytes per second, at least 10000. TikTok accepts
     *  the bytes of one video for an hour. 0: no limit. */
    uint64_t max_upload_bytes_per_second;
};
#define TOKLINK_OPTIONS_INIT TOKLINK_INIT(toklink_options)

/** A client of TikTok for one app. It runs two worker threads, one thread for callbacks, and threads for files.
 *  Threads: any number of threads may use one at the same time; no call may start once it is freed.
 *  Signals: the library sets no handler and changes no mask of the host's threads. A peer that closes a connection
 *  is an error here: `SIGPIPE` is blocked in the client's own threads, except that of callbacks. */
struct toklink_client;

/** Creates a client. `options` may be NULL: then all settings come from the environment. The options are copied.
 *  Opens the SQLite file if one is set, which takes some milliseconds; sends nothing. Returns NULL on failure. Free
 *  the client with `toklink_client_free`.
 *  Errors: `TOKLINK_ERR_CONFIG` lists every missing or invalid setting in `problems`, or says why the file cannot be
 *  used; `TOKLINK_ERR_INVALID_INPUT` if the options are not initialised. `destroy` of the options then runs before
 *  this returns. */
struct toklink_client *toklink_client_new(const struct toklink_options *options, toklink_error **error);

/** Cancels all operations, waits until they have ended, and makes every later call fail with `TOKLINK_ERR_CLOSED`.
 *  Results that the client returned stay valid. Call it any number of times.
 *  Errors: `TOKLINK_ERR_CONFLICT` with `TOKLINK_REASON_CLOSE_IN_CALLBACK` from a callback, which this would wait
 *  for. */
toklink_status toklink_client_close(const toklink_client *client, toklink_error **error);

/** Closes and frees the client. NULL is allowed. Calls that are still inside of it, on other threads or below the
 *  callback that calls this, are cancelled; the last of them ends the client before it returns. Otherwise, and not
 *  from a callback: when this returns, every completion and every `destroy` has been called, and no callback runs
 *  any more. With `wake` set, the callbacks that still wait run on this thread. From a callback it returns at once.
 *  Results that the client returned stay valid. */
void toklink_client_free(toklink_client *client);

/** Asks an operation to stop, by its number. Its completion then receives `TOKLINK_ERR_CANCELLED`, unless the
 *  operation ended first. A collection of metrics that is cancelled ends with a report that is not complete. Returns
 *  whether the operation was still running; false for NULL and for unknown numbers. */
bool toklink_cancel(const toklink_client *client, toklink_op operation);

/** Runs the callbacks that wait for this thread: completions, progress, events and `destroy`. Does nothing for a
 *  client without `wake`. Callbacks may call into the library, and may free the client.
 *  Errors: `TOKLINK_ERR_CONFLICT` with `TOKLINK_REASON_AFTER_FORK` in a forked child. */
toklink_status toklink_dispatch(const toklink_client *client, toklink_error **error);

/** Refreshes the tokens of all accounts before they are needed, at most `max_concurrency` accounts at a time (4 is a
 *  good number); 0 stops it. Several processes may do this on one store: each account is refreshed once. */
toklink_status toklink_start_background_refresh(const toklink_client *client, size_t max_concurrency,
    toklink_error **error);

/** Returns a new random encryption key, 64 hexadecimal digits, for `encryption_key` of the options. Store it where
 *  only your program can read it, such as the key chain of the system: without it, the stored tokens are lost. Free
 *  it with `toklink_text_free`. NULL only if the system has no random numbers. */
char *toklink_make_key(void);

/** Encrypts `value` for one account and field: it can be decrypted only for the same account and field. Sends
 *  nothing. Returns NULL on failure. Free the text with `toklink_text_free`. */
char *toklink_seal(const toklink_client *client, const char *account, const char *field, const char *value,
    toklink_error **error);

/** Decrypts a value that was encrypted for exactly this account and field. Returns NULL on failure. Free the text,
 *  which is a secret, with `toklink_text_free`.
 *  Errors: `TOKLINK_ERR_INTEGRITY` if it was encrypted for another account or field, under a key that is not
 *  configured, or changed. */
char *toklink_unseal(const toklink_client *client, const char *account, const char *field, const char *sealed,
    toklink_error **error);

/** Encrypts a value again with the current key and format. Returns the value itself if it is current already, and
 *  NULL on failure. Free the text with `toklink_text_free`.
 *  Errors: as for `toklink_unseal`. */
char *toklink_reseal(const toklink_client *client, const char *account, const char *field, const char *sealed,
    toklink_error **error);

/** Returns the id of the account `open_id` of `tenant`, as every function of this header takes it. `tenant` may be
 *  NULL or empty for a program with one tenant; the id is then the open id. Returns NULL on failure. Free it with
 *  `toklink_text_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if `open_id` is missing. */
char *toklink_account_id(const char *tenant, const char *open_id, toklink_error **error);

/** Splits the id of an account. `out_tenant` and `out_open_id` receive texts that you free with `toklink_text_free`;
 *  either may be NULL. The tenant is empty for a program with one tenant.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if `account` is not an account id. */
toklink_status toklink_account_id_split(const char *account, char **out_tenant, char **out_open_id,
    toklink_error **error);

/* ---- Login ------------------------------------------------------------------------------------------------------ */

/** The settings of a login. Initialise them with `TOKLINK_LOGIN_OPTIONS_INIT`.
 *  Threads: the library reads them only during the call that takes them. */
struct toklink_login_options {
    size_t size; /**< The size of this struct, which `TOKLINK_LOGIN_OPTIONS_INIT` sets. */
    const char *tenant; /**< The tenant that the account is for. NULL: none, for a program with one tenant. */
    /** The user of the host who logs in, and who alone may complete a web login. Required for `toklink_begin_login`;
     *  `toklink_login` needs none. */
    const char *user_id;
    /** The registered redirect URI. NULL: `callback_url` of the client; for `toklink_login`
     *  `http://127.0.0.1:0/callback/`, where the port 0 means any free one. */
    const char *redirect_uri;
    const char *const *scopes; /**< The scopes to ask for. NULL: those that posting and reading need. */
    size_t scope_count; /**< Number of `scopes`. */
    /** A path of the host's own site, which `toklink_complete_login` returns; for web logins. */
    const char *return_to;
    uint64_t timeout_ms; /**< Milliseconds that `toklink_login` waits for the browser, at most 600000. 0: 600000. */
    /** The HTML page that the browser shows after a login that succeeded, at most 1048576 bytes; for
     *  `toklink_login`. NULL: a short page in English. Scripts and remote resources are blocked; style and images in
     *  the page work. */
    const char *done_page_html;
    /** The HTML page after a login that failed, or for a browser of another login; `{message}` in it is replaced by
     *  the reason in English. NULL: a short page in English. */
    const char *error_page_html;
};
#define TOKLINK_LOGIN_OPTIONS_INIT TOKLINK_INIT(toklink_login_options)

/** Opens `url` in the user's browser. The URL lives until the callback returns. Comes on the calling thread of a
 *  blocking call, otherwise on the thread of callbacks. Returns whether it could: false cancels the login. */
typedef bool (*toklink_open_url_callback)(void *user_data, const char *url);

/** Receives the end of `toklink_login`. `account` is NULL if it failed, otherwise `error` is NULL; both live until
 *  the callback returns. */
typedef void (*toklink_account_done)(void *user_data, toklink_op operation, const toklink_account *account,
    const toklink_error *error);

/** Logs a user of a desktop program in: listens on loopback, calls `open_url` with TikTok's consent page, waits
 *  until the browser returns, and stores the account with encrypted tokens. `options` may be NULL. `open_url` and
 *  `done` receive the same `user_data`. Register `http://127.0.0.1:PORT/callback/`, or your `redirect_uri`, for the
 *  app as a desktop redirect URI.
 *  Errors: `TOKLINK_ERR_UNAUTHORIZED` with `TOKLINK_REASON_LOGIN_DECLINED` or `TOKLINK_REASON_LOGIN_TIMED_OUT`;
 *  `TOKLINK_ERR_CONFIG` or `TOKLINK_ERR_UNAVAILABLE` with `TOKLINK_REASON_LOGIN_REFUSED` if TikTok sent the browser
 *  back with a refusal of the app or its scopes; `TOKLINK_ERR_CONFIG` if the redirect URI is not on loopback or its
 *  port is taken; `TOKLINK_ERR_CANCELLED` if `open_url` returned false. TikTok shows an unknown client key or
 *  redirect URI on its page only: then the user sees it, and the login times out. */
void toklink_login(const toklink_client *client, const toklink_login_options *options,
    toklink_open_url_callback open_url, toklink_account_done done, void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_login` and blocks until it is done. Returns NULL on failure. Free the account with
 *  `toklink_account_free`. */
const toklink_account *toklink_login_blocking(const toklink_client *client, const toklink_login_options *options,
    toklink_open_url_callback open_url, void *user_data, toklink_error **error);

/** A login that has started: where to send the browser, and the cookie to set on it. State and cookie together
 *  complete the login, so log neither.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_login_start {
    const char *authorize_url; /**< The address to send the browser to. */
    const char *state; /**< The state, valid once, which returns with the callback. */
    const char *cookie_name; /**< The name of the cookie; each login has its own, so that two tabs work. */
    const char *cookie_value; /**< The value of the cookie: set it httpOnly, sameSite lax, and secure on https. */
    uint64_t cookie_max_age_ms; /**< The time that the login may take, in milliseconds. */
};

/** The login that a callback belongs to.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_login_inspection {
    const char *tenant; /**< The tenant that the account is for. */
    const char *user_id; /**< The user who started the login. */
    const char *return_to; /**< The path to return to; empty if the login set none. */
    const char *cookie_name; /**< The cookie to delete. */
};

/** A login that has ended with a connected account.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_login_result {
    const toklink_account *account; /**< The account; never NULL. */
    const toklink_login_inspection *login; /**< The login; never NULL. */
};

/** Receives the end of `toklink_complete_login`. `result` is NULL if it failed, otherwise `error` is NULL; both live
 *  until the callback returns. */
typedef void (*toklink_login_done)(void *user_data, toklink_op operation, const toklink_login_result *result,
    const toklink_error *error);

/** Frees the start of a login. NULL is allowed. */
void toklink_login_start_free(const toklink_login_start *start);

/** Frees an inspection. NULL is allowed. */
void toklink_login_inspection_free(const toklink_login_inspection *inspection);

/** Frees a login result and its account. NULL is allowed. */
void toklink_login_result_free(const toklink_login_result *result);

/** Starts a login that only the browser with the returned cookie can complete. Sends nothing. Returns NULL on
 *  failure. Free the start with `toklink_login_start_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` without a user; `TOKLINK_ERR_CONFIG` if neither the options nor the client
 *  have a redirect URI. */
const toklink_login_start *toklink_begin_login(const toklink_client *client, const toklink_login_options *options,
    toklink_error **error);

/** Returns the login that a callback (its query or its whole URL) belongs to, also if the user declined. `cookies`
 *  is the value of the request's Cookie header. Uses nothing up: check the permission of the user again before
 *  `toklink_complete_login`. Returns NULL on failure. Free it with `toklink_login_inspection_free`.
 *  Errors: `TOKLINK_ERR_INTEGRITY` if state and cookie do not match. */
const toklink_login_inspection *toklink_inspect_login(const toklink_client *client, const char *callback,
    const char *cookies, toklink_error **error);

/** Completes a web login: uses up the state, exchanges the code, reads the profile, and stores the account with
 *  encrypted tokens. `user_id` is the user of the host who is logged in now, and must be the one who started.
 *  Errors: `TOKLINK_ERR_UNAUTHORIZED` if the user declined; `TOKLINK_ERR_INTEGRITY` if state and cookie do not match
 *  or were used before; `TOKLINK_ERR_PERMISSION_DENIED` for another user. */
void toklink_complete_login(const toklink_client *client, const char *callback, const char *cookies,
    const char *user_id, toklink_login_done done, void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_complete_login` and blocks until it is done. Returns NULL on failure. Free the result
 *  with `toklink_login_result_free`. */
const toklink_login_result *toklink_complete_login_blocking(const toklink_client *client, const char *callback,
    const char *cookies, const char *user_id, toklink_error **error);

/** The parts of a link to TikTok's consent page, for hosts that run the login themselves. Initialise them with
 *  `TOKLINK_AUTHORIZE_OPTIONS_INIT`. */
struct toklink_authorize_options {
    size_t size; /**< The size of this struct, which `TOKLINK_AUTHORIZE_OPTIONS_INIT` sets. */
    const char *redirect_uri; /**< The registered redirect URI. NULL: `callback_url` of the client. */
    const char *state; /**< The random state that returns with the callback. Required. */
    const char *code_challenge; /**< The PKCE challenge. NULL: none. */
    const char *const *scopes; /**< The scopes to ask for. NULL: those that posting and reading need. */
    size_t scope_count; /**< Number of `scopes`. */
    bool disable_auto_auth; /**< Shows the consent page also to a user who has consented before. */
};
#define TOKLINK_AUTHORIZE_OPTIONS_INIT TOKLINK_INIT(toklink_authorize_options)

/** Returns the address of TikTok's consent page; send the user's browser there. Sends nothing. Returns NULL on
 *  failure. Free the text with `toklink_text_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if a part is invalid; `TOKLINK_ERR_CONFIG` if neither the options nor the
 *  client have a redirect URI. */
char *toklink_authorize_url(const toklink_client *client, const toklink_authorize_options *options,
    toklink_error **error);

/** Tokens in clear text, for a host that stores them itself. Freeing them does not erase what was copied.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_tokens {
    const char *access_token; /**< The access token: a secret. */
    const char *refresh_token; /**< The refresh token: a secret; empty if TikTok sends none. */
    const char *open_id; /**< TikTok's id of the user for this app. */
    const char *const *scopes; /**< The granted scopes. */
    size_t scope_count; /**< Number of `scopes`. */
    int64_t access_expires_at_ms; /**< Time at which the access token expires, in milliseconds since 1970 (UTC). */
    /** Time at which the refresh token expires, in milliseconds since 1970 (UTC); -1 if unknown. */
    int64_t refresh_expires_at_ms;
};

/** Receives the end of `toklink_exchange_code` or `toklink_refresh_tokens`. `tokens` is NULL if it failed, otherwise
 *  `error` is NULL; both live until the callback returns. */
typedef void (*toklink_tokens_done)(void *user_data, toklink_op operation, const toklink_tokens *tokens,
    const toklink_error *error);

/** Frees tokens. NULL is allowed. */
void toklink_tokens_free(const toklink_tokens *tokens);

/** Exchanges an authorization code that the host obtained itself. `verifier` is NULL if the link had no challenge.
 *  Stores nothing.
 *  Errors: `TOKLINK_ERR_UNAUTHORIZED` if the code was used, has expired or belongs to another app. */
void toklink_exchange_code(const toklink_client *client, const char *code, const char *redirect_uri,
    const char *verifier, toklink_tokens_done done, void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_exchange_code` and blocks until it is done. Returns NULL on failure. Free the result
 *  with `toklink_tokens_free`. */
const toklink_tokens *toklink_exchange_code_blocking(const toklink_client *client, const char *code,
    const char *redirect_uri, const char *verifier, toklink_error **error);

/** Exchanges a refresh token that the host stores itself. The old one is invalid once TikTok has responded.
 *  Connected accounts are refreshed automatically; never refresh their tokens with this.
 *  Errors: `TOKLINK_ERR_UNAUTHORIZED` if the token is invalid. */
void toklink_refresh_tokens(const toklink_client *client, const char *refresh_token, toklink_tokens_done done,
    void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_refresh_tokens` and blocks until it is done. Returns NULL on failure. Free the result
 *  with `toklink_tokens_free`. */
const toklink_tokens *toklink_refresh_tokens_blocking(const toklink_client *client, const char *refresh_token,
    toklink_error **error);

/** Ends the consent that this access token came from, for a host that stores tokens itself.
 *  Errors: those of every request (see docs/ERRORS.md). */
void toklink_revoke(const toklink_client *client, const char *access_token, toklink_done done, void *user_data,
    toklink_op *out_operation);

/** Does the same as `toklink_revoke` and blocks until it is done. */
toklink_status toklink_revoke_blocking(const toklink_client *client, const char *access_token, toklink_error **error);

/* ---- Accounts --------------------------------------------------------------------------------------------------- */

/** The state of a connected account. Later versions add numbers. */
TOKLINK_ENUM(toklink_account_status) {
    TOKLINK_ACCOUNT_OTHER = 0, /**< A state that this version of the header has no name for. */
    TOKLINK_ACCOUNT_ACTIVE = 1, /**< Calls work. */
    TOKLINK_ACCOUNT_EXPIRED = 2, /**< The user must connect again. */
    TOKLINK_ACCOUNT_ERROR = 3, /**< The last call failed for a reason that has to be examined. */
    /** TikTok refused a call because of too many requests; the next call that succeeds ends this. */
    TOKLINK_ACCOUNT_RATE_LIMITED = 4,
    TOKLINK_ACCOUNT_RESTRICTED = 5, /**< TikTok has banned the creator from posting. */
    TOKLINK_ACCOUNT_DISCONNECTED = 6, /**< The host disconnected the account. */
};

/** A connected account without its tokens.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_account {
    const char *id; /**< The id that functions of this header take: tenant and open id in one text. */
    const char *tenant; /**< The tenant; empty for a program with one tenant. */
    const char *open_id; /**< TikTok's id of the user for this app. */
    /** The nickname when the account was connected; empty if TikTok limited or failed the read of the profile then. */
    const char *display_name;
    const char *username; /**< The handle without `@`; empty without the scope `user.info.profile`. */
    const char *avatar_url; /**< A signed URL of the picture, valid for hours; empty if there is none. */
    const char *connected_by; /**< The user of the host who connected the account. */
    const char *const *scopes; /**< The granted scopes. */
    size_t scope_count; /**< Number of `scopes`. */
    const char *const *missing_scopes; /**< The scopes that the login asked for and the user did not grant. */
    size_t missing_scope_count; /**< Number of `missing_scopes`. */
    toklink_account_status status; /**< The state. */
    int64_t connected_at_ms; /**< Time at which the account was connected, in milliseconds since 1970 (UTC). */
    /** Time at which the access token expires, in milliseconds since 1970 (UTC); it is refreshed automatically. */
    int64_t token_expires_at_ms;
};

/** Connected accounts, the oldest connection first.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_account_list {
    const toklink_account *const *items; /**< The accounts. */
    size_t count; /**< Number of `items`. */
};

/** Frees an account that a function returned. NULL is allowed. */
void toklink_account_free(const toklink_account *account);

/** Frees a list of accounts and the accounts in it. NULL is allowed. */
void toklink_account_list_free(const toklink_account_list *list);

/** Lists the connected accounts of `tenant`, or of all tenants if it is NULL. Asks the store only. Returns NULL on
 *  failure. Free the list with `toklink_account_list_free`.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
const toklink_account_list *toklink_list_accounts(const toklink_client *client, const char *tenant,
    toklink_error **error);

/** Loads one connected account. Asks the store only. Returns NULL on failure. Free the account with
 *  `toklink_account_free`.
 *  Errors: `TOKLINK_ERR_NOT_FOUND` if the account is not connected; `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
const toklink_account *toklink_load_account(const toklink_client *client, const char *account, toklink_error **error);

/** Removes what was cached of the account, so that the next read asks TikTok. Posts, webhooks and new tokens do this
 *  by themselves. Sends nothing. */
toklink_status toklink_invalidate_cache(const toklink_client *client, const char *account, toklink_error **error);

/** Disconnects an account: revokes its token at TikTok and deletes it, its publishes and its metrics from the store.
 *  Publishes that still run fail.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_disconnect(const toklink_client *client, const char *account, toklink_done done, void *user_data,
    toklink_op *out_operation);

/** Does the same as `toklink_disconnect` and blocks until it is done. */
toklink_status toklink_disconnect_blocking(const toklink_client *client, const char *account, toklink_error **error);

/** Gets a valid access token of the account, refreshed first if it is about to expire, for code that calls TikTok
 *  itself. The text is a secret. Requests made with it are not counted: report them with `toklink_increment_quota`.
 *  Errors: `TOKLINK_ERR_NOT_FOUND` if the account is not connected, `TOKLINK_ERR_UNAUTHORIZED` if the user has to
 *  connect again. */
void toklink_access_token(const toklink_client *client, const char *account, toklink_text_done done, void *user_data,
    toklink_op *out_operation);

/** Does the same as `toklink_access_token` and blocks until it is done. Returns NULL on failure. Free the text with
 *  `toklink_text_free`. */
char *toklink_access_token_blocking(const toklink_client *client, const char *account, toklink_error **error);

/** The profile, as far as the granted scopes show it.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_user {
    const char *open_id; /**< TikTok's id of the user for this app. */
    const char *union_id; /**< The user's id for all apps of one developer; empty if TikTok sends none. */
    const char *display_name; /**< The nickname. */
    const char *username; /**< The handle without `@`; empty without the scope `user.info.profile`. */
    const char *avatar_url; /**< A signed URL of the picture, valid for hours; empty if there is none. */
    const char *bio_description; /**< The biography; empty without the scope `user.info.profile`. */
    const char *profile_deep_link; /**< The link to the profile; empty without the scope `user.info.profile`. */
    int32_t is_verified; /**< 1 if TikTok verified the account, otherwise 0; -1 if unknown. */
    int64_t followers; /**< Number of followers; -1 without the scope `user.info.stats`. */
    int64_t following; /**< Number of accounts followed; -1 without the scope `user.info.stats`. */
    int64_t likes; /**< Number of likes received over all videos; -1 without the scope `user.info.stats`. */
    int64_t videos; /**< Number of public videos; -1 without the scope `user.info.stats`. */
};

/** Receives the end of `toklink_user_info`. `user` is NULL if it failed, otherwise `error` is NULL; both live until
 *  the callback returns. */
typedef void (*toklink_user_done)(void *user_data, toklink_op operation, const toklink_user *user,
    const toklink_error *error);

/** Frees a profile. NULL is allowed. */
void toklink_user_free(const toklink_user *user);

/** Reads the profile. One request, or none while the profile is cached.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_user_info(const toklink_client *client, const char *account, toklink_user_done done, void *user_data,
    toklink_op *out_operation);

/** Does the same as `toklink_user_info` and blocks until it is done. Returns NULL on failure. Free the profile with
 *  `toklink_user_free`. */
const toklink_user *toklink_user_info_blocking(const toklink_client *client, const char *account,
    toklink_error **error);

/** One public video.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_video {
    const char *id; /**< TikTok's id, as text since it is above 2^53. */
    const char *title; /**< The title. */
    const char *description; /**< The description. */
    const char *cover_image_url; /**< A signed URL of the cover, valid for hours; empty if there is none. */
    const char *share_url; /**< The link to the video; empty if TikTok sends none. */
    const char *embed_link; /**< The link for an embedded player; empty if TikTok sends none. */
    int64_t duration_s; /**< The length in seconds. */
    int64_t created_at_ms; /**< Time at which it was posted, in milliseconds since 1970 (UTC); whole seconds. */
    int64_t width; /**< The width in pixels; -1 if unknown. */
    int64_t height; /**< The height in pixels; -1 if unknown. */
    int64_t views; /**< Number of views. */
    int64_t likes; /**< Number of likes. */
    int64_t comments; /**< Number of comments. */
    int64_t shares; /**< Number of shares. */
};

/** Some videos, the newest first.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_video_page {
    const toklink_video *const *items; /**< The videos. */
    size_t count; /**< Number of `items`. */
    int64_t next_cursor; /**< The cursor of the next page; -1 after the last page. */
};

/** Receives the end of `toklink_list_videos` or `toklink_query_videos`. `page` is NULL if it failed, otherwise
 *  `error` is NULL; both live until the callback returns. */
typedef void (*toklink_videos_done)(void *user_data, toklink_op operation, const toklink_video_page *page,
    const toklink_error *error);

/** Frees a page and its videos. NULL is allowed. */
void toklink_video_page_free(const toklink_video_page *page);

/** Reads one page of public videos. One request, or none while the page is cached. `cursor` is 0 for the first page,
 *  otherwise `next_cursor` of the page before; `max_count` is 1 to 20, or 0 for 20.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_list_videos(const toklink_client *client, const char *account, int64_t cursor, uint32_t max_count,
    toklink_videos_done done, void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_list_videos` and blocks until it is done. Returns NULL on failure. Free the result with
 *  `toklink_video_page_free`. */
const toklink_video_page *toklink_list_videos_blocking(const toklink_client *client, const char *account,
    int64_t cursor, uint32_t max_count, toklink_error **error);

/** Reads the account's own public videos with these ids, `count` of 1 to 20. Others are absent from the page. One
 *  request.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_query_videos(const toklink_client *client, const char *account, const char *const *ids, size_t count,
    toklink_videos_done done, void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_query_videos` and blocks until it is done. Returns NULL on failure. Free the result
 *  with `toklink_video_page_free`. */
const toklink_video_page *toklink_query_videos_blocking(const toklink_client *client, const char *account,
    const char *const *ids, size_t count, toklink_error **error);

/** The settings that a creator allows for posts. A page for posting must show them and read them again for each
 *  post.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_creator {
    const char *username; /**< The handle without `@`. */
    const char *nickname; /**< The nickname. */
    const char *avatar_url; /**< A URL of the picture, valid for two hours; empty if there is none. */
    const char *const *privacy_levels; /**< The privacy levels that this creator may choose, for example `SELF_ONLY`. */
    size_t privacy_level_count; /**< Number of `privacy_levels`. */
    bool comment_disabled; /**< True if the creator turned comments off. */
    bool duet_disabled; /**< True if the creator turned duets off. */
    bool stitch_disabled; /**< True if the creator turned stitches off. */
    uint32_t max_video_duration_s; /**< The maximum length of a video in seconds. */
};

/** Receives the end of `toklink_creator_info`. `creator` is NULL if it failed, otherwise `error` is NULL; both live
 *  until the callback returns. */
typedef void (*toklink_creator_done)(void *user_data, toklink_op operation, const toklink_creator *creator,
    const toklink_error *error);

/** Frees the settings of a creator. NULL is allowed. */
void toklink_creator_free(const toklink_creator *creator);

/** Reads what the creator may post now. One request; never cached.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_creator_info(const toklink_client *client, const char *account, toklink_creator_done done, void *user_data,
    toklink_op *out_operation);

/** Does the same as `toklink_creator_info` and blocks until it is done. Returns NULL on failure. Free the result
 *  with `toklink_creator_free`. */
const toklink_creator *toklink_creator_info_blocking(const toklink_client *client, const char *account,
    toklink_error **error);

/* ---- Metrics ---------------------------------------------------------------------------------------------------- */

/** The totals of an account, and sums over its newest videos (one page of 20).
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_metrics {
    int64_t followers; /**< Number of followers. */
    int64_t following; /**< Number of accounts followed. */
    int64_t likes; /**< Number of likes received over all videos. */
    int64_t videos; /**< Number of public videos. */
    uint32_t videos_read; /**< Number of the newest videos that the sums below are over, 0 to 20. */
    int64_t views; /**< Sum of the views of these videos. */
    int64_t video_likes; /**< Sum of the likes of these videos. */
    int64_t comments; /**< Sum of the comments on these videos. */
    int64_t shares; /**< Sum of the shares of these videos. */
    double views_per_video; /**< Mean number of views of these videos; 0 without videos. */
    double like_rate; /**< Likes in percent of the views; 0 without views. */
    double comment_rate; /**< Comments in percent of the views; 0 without views. */
    double share_rate; /**< Shares in percent of the views; 0 without views. */
    double engagement_rate; /**< Likes, comments and shares together in percent of the views; 0 without views. */
    int64_t read_at_ms; /**< Time at which the metrics were read, in milliseconds since 1970 (UTC). */
};

/** Receives the end of `toklink_account_metrics`. `metrics` is NULL if it failed, otherwise `error` is NULL; both
 *  live until the callback returns. */
typedef void (*toklink_metrics_done)(void *user_data, toklink_op operation, const toklink_metrics *metrics,
    const toklink_error *error);

/** Frees metrics. NULL is allowed. */
void toklink_metrics_free(const toklink_metrics *metrics);

/** Reads the metrics of an account. Two requests, or less while profile and videos are cached.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected.
 *  `TOKLINK_ERR_PERMISSION_DENIED` without the scope `user.info.stats`. */
void toklink_account_metrics(const toklink_client *client, const char *account, toklink_metrics_done done,
    void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_account_metrics` and blocks until it is done. Returns NULL on failure. Free the result
 *  with `toklink_metrics_free`. */
const toklink_metrics *toklink_account_metrics_blocking(const toklink_client *client, const char *account,
    toklink_error **error);

/** The change of the totals from one day to a later one. Sums over the newest videos have no growth, since they are
 *  over other videos each day. */
struct toklink_growth {
    const char *from_day; /**< The first day in UTC, for example `2026-11-23`. */
    const char *to_day; /**< The last day in UTC. */
    uint32_t days; /**< Number of days between the two. */
    /** True if `days` is the number that was asked for. If not, the wanted day has no metrics, and the nearest day
     *  before it was taken, or else the first day with metrics. */
    bool exact;
    int64_t followers; /**< Followers gained; negative if lost, as all of the following. */
    double followers_percent; /**< Followers gained in percent of those on `from_day`; `NaN` if there were none. */
    int64_t following; /**< Change of the number of accounts followed. */
    int64_t likes; /**< Change of the number of likes received. */
    int64_t videos; /**< Change of the number of public videos. */
};

/** The metrics of one day. */
struct toklink_history_point {
    const char *day; /**< The day in UTC, for example `2026-11-23`. */
    const toklink_metrics *metrics; /**< The metrics; never NULL. */
    const toklink_growth *growth; /**< The change since the point before; NULL for the first one in the store. */
};

/** Days without metrics between two days with metrics. */
struct toklink_history_gap {
    const char *from_day; /**< The first day without metrics, for example `2026-11-23`. */
    const char *to_day; /**< The last day without metrics. */
    uint32_t days; /**< Number of days without metrics. */
};

/** The stored metrics of an account over some days.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_history {
    const toklink_history_point *const *points; /**< The days with metrics, the oldest first. */
    size_t point_count; /**< Number of `points`. */
    const toklink_history_gap *const *gaps; /**< The gaps between them, the oldest first. */
    size_t gap_count; /**< Number of `gaps`. */
    const toklink_growth *over_day; /**< The change over the day before the last point; NULL without earlier metrics. */
    /** The change over the 7 days before the last point; NULL without earlier metrics. */
    const toklink_growth *over_week;
    /** The change over the 30 days before the last point; NULL without earlier metrics. */
    const toklink_growth *over_month;
};

/** Frees a history. NULL is allowed. */
void toklink_history_free(const toklink_history *history);

/** Reads the metrics that `toklink_collect_metrics` stored from `from_day` to `to_day` (both included, in UTC, for
 *  example `2026-11-23`; at most 400 days). Asks the store only. Returns NULL on failure. Free the history with
 *  `toklink_history_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if a day is invalid or the range is; `TOKLINK_ERR_UNAVAILABLE` if the store
 *  fails. */
const toklink_history *toklink_metrics_history(const toklink_client *client, const char *account, const char *from_day,
    const char *to_day, toklink_error **error);

/** The state of a collection. A value: it may be copied. */
struct toklink_collect_progress {
    uint64_t collected; /**< Number of accounts whose metrics are now stored. */
    uint64_t current; /**< Number of accounts whose metrics were stored already, or that another process is reading. */
    /** Number of accounts that cannot be read until their user connects again. An account whose access was just
     *  revoked counts as failed once. */
    uint64_t skipped;
    uint64_t failed; /**< Number of accounts whose metrics could not be read or stored. */
    int64_t total; /**< Number of accounts in the store; -1 if unknown. */
};

/** Receives the progress of a collection, in order; a slow host receives the latest. Comes on the calling thread of
 *  a blocking call, otherwise on the thread of callbacks. Returns whether to continue: false stops the collection,
 *  which keeps what it has read. */
typedef bool (*toklink_collect_progress_callback)(void *user_data, const toklink_collect_progress *progress);

/** The accounts of a collection and its limits. Initialise it with `TOKLINK_COLLECT_OPTIONS_INIT`. */
struct toklink_collect_options {
    size_t size; /**< The size of this struct, which `TOKLINK_COLLECT_OPTIONS_INIT` sets. */
    const char *tenant; /**< Reads the accounts of this tenant only. NULL: all tenants. Not together with `accounts`. */
    const char *const *accounts; /**< Reads these accounts only, by their ids. NULL: all accounts. */
    size_t account_count; /**< Number of `accounts`. */
    size_t max_concurrency; /**< Number of accounts that are read at the same time, 1 to 100. 0: 16. */
    size_t limit; /**< Maximum number of accounts that this call reads; the next call continues. 0: no limit. */
    /** Replaces the metrics of today if they are older than this, in milliseconds. Set a little less than the
     *  interval of the job. 0: each account is read once a day (UTC). */
    uint64_t max_age_ms;
    /** Milliseconds after which the collection stops with `TOKLINK_REASON_TIMED_OUT`. 0: no limit. */
    uint64_t timeout_ms;
    toklink_collect_progress_callback progress; /**< Receives the progress; NULL: none. */
    /** Passed to `progress`. NULL: the `user_data` of the call. Must live until the collection has ended. */
    void *progress_data;
};
#define TOKLINK_COLLECT_OPTIONS_INIT TOKLINK_INIT(toklink_collect_options)

/** The failure of one account in a collection. */
struct toklink_collect_failure {
    const char *account; /**< The id of the account. */
    const toklink_error *error; /**< The error; never NULL. */
};

/** The result of a collection.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_collect_report {
    const char *day; /**< The day in UTC under which the metrics are stored, for example `2026-11-23`. */
    bool complete; /**< True if all accounts were visited; false after a cancel and when `limit` was reached. */
    uint64_t collected; /**< Number of accounts whose metrics were stored. */
    uint64_t current; /**< Number of accounts whose metrics were stored already, or that another process is reading. */
    /** Number of accounts that cannot be read until their user connects again. An account whose access was just
     *  revoked counts as failed once. */
    uint64_t skipped;
    uint64_t failed; /**< Number of accounts whose metrics could not be read or stored. */
    int64_t total; /**< Number of accounts in the store; -1 if unknown. */
    const toklink_collect_failure *const *failures; /**< The failures, at most one hundred. */
    size_t failure_count; /**< Number of `failures`. */
};

/** Receives the end of `toklink_collect_metrics`. `report` is NULL if it failed, otherwise `error` is NULL; both
 *  live until the callback returns. */
typedef void (*toklink_collect_done)(void *user_data, toklink_op operation, const toklink_collect_report *report,
    const toklink_error *error);

/** Frees a report. NULL is allowed. */
void toklink_collect_report_free(const toklink_collect_report *report);

/** Reads the metrics of many accounts and stores them under today (UTC), once for each account and day;
 *  `toklink_metrics_history` reads them. `options` may be NULL for all accounts. Two requests for each account;
 *  waits for the quota windows and refreshes tokens. It may be cancelled and called again at any time, and several
 *  processes may share the work. The accounts of a process that dies are free for the others after 30 minutes.
 *  Errors: those of the store. The failure of one account is in the report, and a collection that was cancelled
 *  succeeds with a report that is not complete. */
void toklink_collect_metrics(const toklink_client *client, const toklink_collect_options *options,
    toklink_collect_done done, void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_collect_metrics` and blocks until it is done. Returns NULL on failure. Free the result
 *  with `toklink_collect_report_free`. */
const toklink_collect_report *toklink_collect_metrics_blocking(const toklink_client *client,
    const toklink_collect_options *options, toklink_error **error);

/* ---- Publishing ------------------------------------------------------------------------------------------------- */

/** One rule of TikTok that a video breaks. */
struct toklink_finding {
    const char *rule; /**< The rule: `size`, `duration`, `frame_rate`, `pixels` or `codec`. */
    const char *found; /**< The value in the file. */
    const char *allowed; /**< The values that TikTok accepts. */
    const char *advice; /**< The remedy for the user. */
    bool is_error; /**< True if TikTok would refuse the video; otherwise it is a warning. */
};

/** The properties of a video file, and the rules that it breaks.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_probe_report {
    bool is_acceptable; /**< True if TikTok should accept the video: no finding is an error. */
    const char *container; /**< The container: `mp4`, `mov` or `webm`. */
    const char *mime; /**< The MIME type, for example `video/mp4`. */
    /** The codec: `h264`, `h265`, `vp8`, `vp9`, or the name in the file; empty if the file does not say. */
    const char *video_codec;
    uint64_t size_bytes; /**< Number of bytes of the file. */
    int64_t duration_ms; /**< The length in milliseconds; -1 if the file does not say. */
    int32_t width; /**< The width in pixels as shown; -1 if the file does not say. */
    int32_t height; /**< The height in pixels as shown; -1 if the file does not say. */
    uint32_t rotation; /**< Degrees by which a player turns the frames clockwise: 0, 90, 180 or 270. */
    double fps; /**< Frames per second; `NaN` if the file does not say. */
    /** 1 if frames have clearly different durations, otherwise 0; -1 if the file does not say. */
    int32_t variable_fps;
    int32_t has_audio; /**< 1 if there is sound, otherwise 0; -1 if the file does not say. */
    const toklink_finding *const *findings; /**< The rules that it breaks. */
    size_t finding_count; /**< Number of `findings`. */
};

/** Frees a report. NULL is allowed. */
void toklink_probe_report_free(const toklink_probe_report *report);

/** Reads the headers of a video file and checks them by TikTok's rules. Blocks while it reads some hundred bytes;
 *  needs no client and no network. Returns NULL on failure; a video that breaks a rule is not a failure. Free the
 *  report with `toklink_probe_report_free`.
 *  Errors: `TOKLINK_ERR_NOT_FOUND` if there is no such file; `TOKLINK_ERR_INVALID_INPUT` if it cannot be read or is
 *  not a video. */
const toklink_probe_report *toklink_probe_video(const char *path, toklink_error **error);

/** The meaning of a part of a caption. */
TOKLINK_ENUM(toklink_caption_kind) {
    /** Plain text. A line break is counted and sent as `\n`, also if it is `\r\n` or `\r`. */
    TOKLINK_CAPTION_TEXT = 0,
    /** A hashtag, with or without its `#`: letters of any script with their combining marks, decimal digits and `_`. */
    TOKLINK_CAPTION_HASHTAG = 1,
    TOKLINK_CAPTION_MENTION = 2, /**< The handle of a user, with or without its `@`. */
};

/** One part of a caption. */
struct toklink_caption_part {
    uint32_t kind; /**< A `toklink_caption_kind`. */
    const char *text; /**< The text of the part. */
};

/** Builds a caption of `count` parts. TikTok links a hashtag or a mention only between spaces or line ends, so these
 *  are added. A caption that TikTok would cut is refused. `max_units` is the maximum number of UTF-16 code units,
 *  2200 for the title of a video, 90 and 4000 for the title and description of photos; 0: 2200. Returns NULL on
 *  failure. Free the text with `toklink_text_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if a hashtag or handle is invalid, with its first invalid character and the
 *  position, or with `TOKLINK_REASON_TITLE_TOO_LONG` if the caption is too long. */
char *toklink_build_caption(const toklink_caption_part *parts, size_t count, size_t max_units, toklink_error **error);

/** The activity of a publish. Later versions add numbers. */
TOKLINK_ENUM(toklink_publish_phase) {
    TOKLINK_PHASE_OTHER = 0, /**< A value that this version of the header has no name for. */
    TOKLINK_PHASE_PROBING = 1, /**< The file is checked. */
    TOKLINK_PHASE_SENDING = 2, /**< Bytes are sent. */
    TOKLINK_PHASE_PROCESSING = 3, /**< TikTok processes the file. */
    TOKLINK_PHASE_MODERATING = 4, /**< Posted; TikTok moderates it before it assigns a public id. */
    TOKLINK_PHASE_PUBLISHED = 5, /**< Published. */
};

/** TikTok's status of a publish. Later versions add numbers. */
TOKLINK_ENUM(toklink_publish_state) {
    TOKLINK_PUBLISH_OTHER = 0, /**< A value that this version of the header has no name for. */
    TOKLINK_PUBLISH_PROCESSING_UPLOAD = 1, /**< Bytes arrive or are being processed. */
    TOKLINK_PUBLISH_PROCESSING_DOWNLOAD = 2, /**< TikTok is fetching the file itself. */
    TOKLINK_PUBLISH_SEND_TO_USER_INBOX = 3, /**< A draft is in the creator's inbox. */
    TOKLINK_PUBLISH_COMPLETE = 4, /**< Posted; the id of a public post can follow later. */
    TOKLINK_PUBLISH_FAILED = 5, /**< Failed without a post. */
};

/** A publish: its outcome, or its status at TikTok.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_publish {
    const char *publish_id; /**< TikTok's id of the publish. */
    /** The key that finds the same publish again; empty in the result of `toklink_publish_status`. */
    const char *idempotency_key;
    toklink_publish_state state; /**< TikTok's status. */
    /** The activity. `TOKLINK_PHASE_MODERATING`: it is posted, and its public id is still to come. */
    toklink_publish_phase phase;
    const char *fail_reason; /**< TikTok's reason for a failure; empty otherwise. */
    /** The link to the post; empty until its id and the creator's handle are known, and for a post that is not
     *  public. */
    const char *share_url;
    const char *const *post_ids; /**< The ids of the public posts, as text since they are above 2^53. */
    size_t post_id_count; /**< Number of `post_ids`. */
    const char *const *warnings; /**< Settings that TikTok ignores for this post, one sentence each. */
    size_t warning_count; /**< Number of `warnings`. */
    int64_t uploaded_bytes; /**< Number of bytes that TikTok has received; -1 if it does not say. */
};

/** Receives the end of a publish or of a call about one. `publish` is NULL if it failed, otherwise `error` is NULL;
 *  both live until the callback returns. */
typedef void (*toklink_publish_done)(void *user_data, toklink_op operation, const toklink_publish *publish,
    const toklink_error *error);

/** Frees a publish. NULL is allowed. */
void toklink_publish_free(const toklink_publish *publish);

/** The progress of a publish. A value: it may be copied. */
struct toklink_progress {
    toklink_publish_phase phase; /**< The activity. */
    int64_t bytes_sent; /**< Number of bytes sent; falls when a chunk must be sent again. */
    int64_t total_bytes; /**< Number of bytes of the video; 0 for photos. */
    int64_t bytes_per_second; /**< Mean rate of this call in bytes per second. */
    int64_t remaining_ms; /**< Estimated milliseconds until all bytes are sent; -1 without an estimate. */
    char publish_id[128]; /**< TikTok's id of the publish, ended by a NUL; empty while it is unknown. */
};

/** Writes the next bytes of a video to `buffer`, at most `capacity` of them, and their number to `out_read`; 0 is
 *  the end. Returns false if it cannot read any further: the publish then fails without a post. It may block. Called
 *  from a thread of the library, one call at a time, until `read_destroy` is called: after a cancel or a failure a
 *  call can run beside the completion and after it, so that a reader may wait for the completion.
 *  It must deliver 10,000 bytes per second on average: the publish waits for it at most 60 s altogether, each byte
 *  earns 0.1 ms of that back, and all bytes must come within the hour in which TikTok accepts them. A slower reader
 *  fails the publish with `TOKLINK_ERR_UNAVAILABLE`. At most sixteen readers of a process run at the same time; one
 *  that waits for its turn counts as slow. `toklink_client_free` waits for a call that has not returned. */
typedef bool (*toklink_read_callback)(void *user_data, uint8_t *buffer, size_t capacity, size_t *out_read);

/** Receives the progress of a publish, in order; a slow host receives the latest. Comes on the calling thread of a
 *  blocking call, otherwise on the thread of callbacks. Returns whether to continue: false cancels the publish. */
typedef bool (*toklink_progress_callback)(void *user_data, const toklink_progress *progress);

/** The content and the settings of a post. Initialise it with `TOKLINK_PUBLISH_OPTIONS_INIT`; comments, duets and
 *  stitches are off by default. A video needs exactly one of `path`, `data`, `read`, `url` and `relay_url`; photos
 *  need `photo_urls`.
 *  Threads: the library reads them only during the call that takes them. */
struct toklink_publish_options {
    size_t size; /**< The size of this struct, which `TOKLINK_PUBLISH_OPTIONS_INIT` sets. */
    const char *account; /**< The id of the account. Required. */
    /** Posts at most once for each key and account: the same key after a crash continues after the last accepted
     *  byte, and after success returns the same publish. NULL: a random key. */
    const char *idempotency_key;
    /** The file of the video: MP4, MOV or WebM, path in UTF-8. It must not change until the publish has ended. */
    const char *path;
    const uint8_t *data; /**< The bytes of the video, which are copied. */
    size_t data_size; /**< Number of bytes of `data`. */
    /** Reads exactly `read_size` bytes. At most 10.5 MB of them are kept for a chunk that must be sent again. To
     *  resume such a publish, read the same bytes again from the first one, under the same idempotency key. */
    toklink_read_callback read;
    void *read_data; /**< Passed to `read`; it must live until `read_destroy` is called. */
    /** Frees `read_data` once `read` is not called again; NULL: nothing to free. Called once for each call that
     *  takes these options: see "Callbacks" at the top. */
    toklink_destroy read_destroy;
    uint64_t read_size; /**< Number of bytes that `read` delivers. */
    /** An https address that TikTok fetches the video from within one hour, on a domain that is verified for the
     *  app. */
    const char *url;
    /** A public https address that the library reads the video from while it uploads it. The server must respond
     *  within 30 s and state the length. Private addresses are refused, also behind redirects. */
    const char *relay_url;
    /** The https addresses of the photos, JPEG or `WebP` on a domain that is verified for the app. */
    const char *const *photo_urls;
    size_t photo_count; /**< Number of `photo_urls`, 1 to 35. */
    size_t cover_index; /**< The index in `photo_urls` of the cover. */
    /** The audience, one of `privacy_levels` of `toklink_creator`, for example `SELF_ONLY`. Required except for
     *  drafts. */
    const char *privacy_level;
    /** The caption of a video (at most 2,200 UTF-16 code units) or the title of photos (at most 90), with `#tags`
     *  and `@handles`. */
    const char *title;
    const char *description; /**< The text below photos, at most 4,000 UTF-16 code units; not for videos. */
    /** The frame of the cover, in milliseconds from the start; for videos that are `PUBLIC_TO_EVERYONE`. 0: the
     *  first frame. */
    uint32_t cover_timestamp_ms;
    /** Asks TikTok first to fetch `relay_url` itself; the library relays it only if the domain is not verified for
     *  the app. */
    bool relay_if_unverified;
    bool allow_comment; /**< Allows comments. */
    bool allow_duet; /**< Allows duets; for videos. */
    bool allow_stitch; /**< Allows stitches; for videos. */
    bool brand_content; /**< Declares a paid partnership with a third party. */
    bool brand_organic; /**< Declares a promotion of the creator's own business. */
    bool is_aigc; /**< Labels the post as made by AI. */
    bool auto_add_music; /**< Lets TikTok add music that it recommends; for photos. */
    /** Sends a draft to the creator's inbox instead of posting. TikTok then ignores the settings; the result warns
     *  of each. */
    bool draft;
    bool no_wait; /**< Ends when all bytes are accepted, without waiting for TikTok's outcome. */
    /** Milliseconds after which the publish is cancelled with `TOKLINK_REASON_TIMED_OUT`; it can be resumed. 0: no
     *  limit. */
    uint64_t timeout_ms;
    toklink_progress_callback progress; /**< Receives the progress; NULL: none. */
    /** Passed to `progress`. NULL: the `user_data` of the call. Must live until the publish has ended. */
    void *progress_data;
};
#define TOKLINK_PUBLISH_OPTIONS_INIT TOKLINK_INIT(toklink_publish_options)

/** Posts a video: checks it, uploads it in chunks, and waits until TikTok has an outcome, which takes up to some
 *  minutes. A file upload posts at most once per idempotency key, whatever processes live, sleep or die, as long as
 *  the store keeps its conditional writes.
 *  Errors: those of every request; `TOKLINK_ERR_INVALID_INPUT` if the video breaks a rule of TikTok, before a byte
 *  is sent; `TOKLINK_ERR_REJECTED` if TikTok refused the post; `TOKLINK_ERR_CONFLICT` with a reason if the key
 *  belongs to another publish, another attempt works on it (after a crash: for up to 60 s, then call again), or its
 *  last chunk is unclear; `TOKLINK_ERR_CANCELLED` if the host stopped it. `idempotency_key` of the error resumes it. */
void toklink_publish_video(const toklink_client *client, const toklink_publish_options *options,
    toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_publish_video` and blocks until it is done. Returns NULL on failure. Free the result
 *  with `toklink_publish_free`. */
const toklink_publish *toklink_publish_video_blocking(const toklink_client *client,
    const toklink_publish_options *options, toklink_error **error);

/** Posts photos, which TikTok fetches from `photo_urls`, and waits until TikTok has an outcome. They are sent at
 *  most once automatically: if the response to the start is lost, the key stays a conflict until
 *  `toklink_abandon_publish`.
 *  Errors: those of every request; `TOKLINK_ERR_INVALID_INPUT` if the photos or settings break a rule of TikTok,
 *  before a request is sent; `TOKLINK_ERR_REJECTED` if TikTok refused the post; `TOKLINK_ERR_CONFLICT` with a reason
 *  if the key belongs to another publish, or TikTok may have the post and its response was lost;
 *  `TOKLINK_ERR_CANCELLED` if the host stopped it. `idempotency_key` of the error resumes it. */
void toklink_publish_photos(const toklink_client *client, const toklink_publish_options *options,
    toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_publish_photos` and blocks until it is done. Returns NULL on failure. Free the result
 *  with `toklink_publish_free`. */
const toklink_publish *toklink_publish_photos_blocking(const toklink_client *client,
    const toklink_publish_options *options, toklink_error **error);

/** Resumes a publish that a crash, a cancel or a failure interrupted, also in a new process: after the last complete
 *  chunk that TikTok accepted. `publish` is its idempotency key or TikTok's publish id. The options need the
 *  account, and the video if it came as bytes or from a reader, or if its file has moved; progress, `no_wait` and
 *  `timeout_ms` apply.
 *  Errors: those of every request; `TOKLINK_ERR_NOT_FOUND` if the journal has no such publish;
 *  `TOKLINK_ERR_CONFLICT` with a reason if the video is another one, nothing of it can be resumed, or another
 *  attempt works on it. */
void toklink_resume_publish(const toklink_client *client, const char *publish, const toklink_publish_options *options,
    toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_resume_publish` and blocks until it is done. Returns NULL on failure. Free the result
 *  with `toklink_publish_free`. */
const toklink_publish *toklink_resume_publish_blocking(const toklink_client *client, const char *publish,
    const toklink_publish_options *options, toklink_error **error);

/** Asks TikTok, within its limits, until a publish has an outcome. The options need the account; progress and
 *  `timeout_ms` apply.
 *  Errors: those of every request; `TOKLINK_ERR_REJECTED` if TikTok refused the post; `TOKLINK_ERR_CANCELLED` if the
 *  host stopped the wait. */
void toklink_wait_for_publish(const toklink_client *client, const char *publish_id,
    const toklink_publish_options *options, toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_wait_for_publish` and blocks until it is done. Returns NULL on failure. Free the result
 *  with `toklink_publish_free`. */
const toklink_publish *toklink_wait_for_publish_blocking(const toklink_client *client, const char *publish_id,
    const toklink_publish_options *options, toklink_error **error);

/** Asks TikTok once for the status of a publish.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_publish_status(const toklink_client *client, const char *account, const char *publish_id,
    toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_publish_status` and blocks until it is done. Returns NULL on failure. Free the result
 *  with `toklink_publish_free`. */
const toklink_publish *toklink_publish_status_blocking(const toklink_client *client, const char *account,
    const char *publish_id, toklink_error **error);

/** Asks TikTok to stop a publish, for videos and photos that TikTok fetches itself. TikTok does not promise to; a
 *  finished post stays.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_cancel_publish(const toklink_client *client, const char *account, const char *publish_id,
    toklink_done done, void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_cancel_publish` and blocks until it is done. */
toklink_status toklink_cancel_publish_blocking(const toklink_client *client, const char *account,
    const char *publish_id, toklink_error **error);

/** A publish in the journal.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_publish_record {
    const char *idempotency_key; /**< The key that finds it. */
    /** The step: `INTENT`, `SENDING`, `LAST_CHUNK`, `PROCESSING`, `DONE` or `FAILED`; empty in the result of
     *  `toklink_unfinished_publishes`. */
    const char *step;
    const char *publish_id; /**< TikTok's id of the publish; empty before TikTok has assigned one. */
    const char *fail_reason; /**< TikTok's reason for a failure; empty otherwise. */
    uint64_t accepted_bytes; /**< Number of bytes that TikTok has accepted. */
    uint64_t total_bytes; /**< Number of bytes of the video; 0 for photos and for videos that TikTok fetches. */
    bool photos; /**< True if it is a photo post. */
    bool draft; /**< True if it is a draft for the creator's inbox. */
    bool cancel_requested; /**< True if the attempt that works on it was asked to stop. */
    const toklink_publish *outcome; /**< The outcome if the step is `DONE`; NULL otherwise. It has no warnings. */
    /** The error of the last attempt; NULL while an attempt works on it, and if its process died. */
    const toklink_error *last_error;
    int64_t started_at_ms; /**< Time at which it started, in milliseconds since 1970 (UTC). */
    /** Time at which the journal last wrote it, in milliseconds since 1970 (UTC). A running attempt writes at least
     *  every 20 s. */
    int64_t updated_at_ms;
};

/** Publishes in the journal, the oldest first.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_publish_list {
    const toklink_publish_record *const *items; /**< The publishes. */
    size_t count; /**< Number of `items`. */
};

/** Frees a publish of the journal. NULL is allowed. */
void toklink_publish_record_free(const toklink_publish_record *record);

/** Frees a list of publishes. NULL is allowed. */
void toklink_publish_list_free(const toklink_publish_list *list);

/** Lists the publishes of the account that have not ended. Asks the store only. Returns NULL on failure. Free the
 *  list with `toklink_publish_list_free`.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
const toklink_publish_list *toklink_unfinished_publishes(const toklink_client *client, const char *account,
    toklink_error **error);

/** Finds the publish of an idempotency key, whichever process works on it. Asks the store only. `out_record`
 *  receives NULL if there is none. Free it with `toklink_publish_record_free`.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
toklink_status toklink_find_publish(const toklink_client *client, const char *account, const char *idempotency_key,
    const toklink_publish_record **out_record, toklink_error **error);

/** Asks the attempt that works on a publish to stop, in whichever process on this store it runs, and returns the
 *  publish as it is then. The attempt reads the request within 2 s and ends with `TOKLINK_ERR_CANCELLED`. A publish
 *  that has ended stays as it is. `toklink_cancel_publish` asks TikTok instead. Returns NULL on failure. Free it
 *  with `toklink_publish_record_free`.
 *  Errors: `TOKLINK_ERR_NOT_FOUND` if the journal has no such publish; `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
const toklink_publish_record *toklink_request_cancel(const toklink_client *client, const char *account,
    const char *idempotency_key, toklink_error **error);

/** Ends a publish whose outcome is unclear, because its start or its last chunk may have been sent; its key may then
 *  be used again. First look for the post in TikTok, and make sure that no other process works on this publish: one
 *  that is suspended with an unsent request could still post it.
 *  Errors: `TOKLINK_ERR_CONFLICT` if TikTok has a task for it that can still complete; `TOKLINK_ERR_NOT_FOUND` for
 *  an unknown key. */
toklink_status toklink_abandon_publish(const toklink_client *client, const char *account, const char *idempotency_key,
    toklink_error **error);

/* ---- Quotas ----------------------------------------------------------------------------------------------------- */

/** The requests that a window counts. Later versions add numbers. */
TOKLINK_ENUM(toklink_quota_kind) {
    TOKLINK_QUOTA_OTHER = 0, /**< Requests that this version of the header has no name for. */
    TOKLINK_QUOTA_USER_INFO = 1, /**< Reads of the profile. */
    TOKLINK_QUOTA_VIDEO_LIST = 2, /**< Pages of the list of videos. */
    TOKLINK_QUOTA_VIDEO_QUERY = 3, /**< Queries of videos by id. */
    TOKLINK_QUOTA_CREATOR_INFO = 4, /**< Reads of what the creator may post. */
    TOKLINK_QUOTA_PUBLISH_INIT = 5, /**< Starts of direct posts, drafts and photo posts: the three share one window. */
    TOKLINK_QUOTA_PUBLISH_STATUS = 6, /**< Reads of the status of a post. */
    TOKLINK_QUOTA_VIDEO_UPLOAD = 7, /**< Videos, photo posts and drafts sent to TikTok. */
};

/** One window: at most `limit` requests of a kind in any `window_ms` milliseconds. */
struct toklink_quota_window {
    toklink_quota_kind kind; /**< The requests that it counts. */
    uint64_t window_ms; /**< The length of the window in milliseconds. */
    uint32_t limit; /**< Maximum number of requests in the window. */
    uint32_t used; /**< Number of requests in the window, those in flight included. */
    uint32_t remaining; /**< Number of requests that could be sent now. */
    uint32_t percent; /**< The threshold in percent, 80 or 95, that a warning is about; 0 otherwise. */
    uint64_t resets_in_ms; /**< Milliseconds until the oldest request leaves the window; 0 if it is empty. */
    /** Time at which the oldest request leaves the window, in milliseconds since 1970 (UTC); 0 if unknown. */
    int64_t reset_at_ms;
};

/** All windows of one account.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_quota {
    const toklink_quota_window *const *items; /**< The windows. */
    size_t count; /**< Number of `items`. */
};

/** Frees the windows of an account. NULL is allowed. */
void toklink_quota_free(const toklink_quota *quota);

/** Returns the windows of the account as this process knows them, within microseconds; `toklink_read_quota` asks the
 *  Redis that several processes count in. Returns NULL on failure. Free it with `toklink_quota_free`. */
const toklink_quota *toklink_quota_status(const toklink_client *client, const char *account, toklink_error **error);

/** Reads the windows where the requests are counted: in Redis for all processes if one is set, else in this process.
 *  Returns NULL on failure. Free it with `toklink_quota_free`.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if Redis does not answer. */
const toklink_quota *toklink_read_quota(const toklink_client *client, const char *account, toklink_error **error);

/** Returns `TOKLINK_OK` if a request of this `toklink_quota_kind` could be sent now. Counts nothing.
 *  Errors: `TOKLINK_ERR_RATE_LIMITED` or `TOKLINK_ERR_QUOTA_EXHAUSTED` with the time until it could be. */
toklink_status toklink_check_quota(const toklink_client *client, const char *account, uint32_t kind,
    toklink_error **error);

/** Counts a request of this `toklink_quota_kind` that the host sent for the account without this client. */
toklink_status toklink_increment_quota(const toklink_client *client, const char *account, uint32_t kind,
    toklink_error **error);

/** Removes what was counted for the account. TikTok still counts it: for tests, and after a change of limits. */
toklink_status toklink_reset_quota(const toklink_client *client, const char *account, toklink_error **error);

/** Returns the windows of all accounts as text for `toklink_restore_quota` after a restart. It names no account.
 *  Returns NULL on failure. Free the text with `toklink_text_free`. */
char *toklink_quota_snapshot(const toklink_client *client, toklink_error **error);

/** Counts the requests of a snapshot in addition to those counted already, as far as they still matter.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if it is not a snapshot. */
toklink_status toklink_restore_quota(const toklink_client *client, const char *snapshot, toklink_error **error);

/* ---- Events ----------------------------------------------------------------------------------------------------- */

/** The kind of an event. Later versions add numbers. */
TOKLINK_ENUM(toklink_event_kind) {
    TOKLINK_EVENT_OTHER = 0, /**< An event that this version of the header has no name for. */
    TOKLINK_EVENT_REFRESHED = 1, /**< A new pair of tokens is stored; see `token_expires_at_ms`. */
    TOKLINK_EVENT_REFRESH_FAILED = 2, /**< A refresh failed; see `error`. */
    TOKLINK_EVENT_REVOKED = 3, /**< The user or TikTok ended the consent. */
    /** A refresh returned fewer scopes than were granted before; see `lost_scopes`. */
    TOKLINK_EVENT_SCOPES_REDUCED = 4,
    TOKLINK_EVENT_KEY_RETIRED = 5, /**< No account needs an encryption key any more; see `detail`. */
    TOKLINK_EVENT_LAGGED = 6, /**< The host was too slow, and events were dropped; see `lagged`. */
    /** A request fills a quota window to 80 or 95 percent; see `quota`. Once for each threshold, and again after the
     *  window was half empty. */
    TOKLINK_EVENT_QUOTA_WARNING = 7,
    /** The Redis that counts requests does not respond or has lost its counts; see `sharing`. */
    TOKLINK_EVENT_REDIS_UNAVAILABLE = 8,
    /** The Redis that counts requests responds again and has counted what this process sent without it. */
    TOKLINK_EVENT_REDIS_AVAILABLE = 9,
    /** The Redis of `REDIS_URL` is not used, so that each process counts its own requests; see `detail`. At most
     *  once for a client, with its first request. */
    TOKLINK_EVENT_REDIS_IGNORED = 10,
    /** A call for an account ended; see `operation`, `error` and `quota`. Only with `toklink_call_events`. */
    TOKLINK_EVENT_CALLED = 11,
};

/** An event of an account, or of the keys that encrypt all of them. It contains no token. */
struct toklink_event {
    toklink_event_kind kind; /**< The kind. */
    const char *account; /**< The id of the account; empty if the event is about none. */
    int64_t at_ms; /**< Time at which it happened, in milliseconds since 1970 (UTC); 0 for `TOKLINK_EVENT_LAGGED`. */
    /** The name of the retired key, or why the Redis of `REDIS_URL` is not used; empty for other events. */
    const char *detail;
    /** The endpoint of a call, for example `user_info` or `video_init`, or `access_token` if there was no token to
     *  call with; empty for other events. */
    const char *operation;
    const toklink_error *error; /**< The error of a refresh or a call that failed; NULL otherwise. */
    const char *const *lost_scopes; /**< The scopes that were lost. */
    size_t lost_scope_count; /**< Number of `lost_scopes`. */
    /** Time at which the new access token expires, in milliseconds since 1970 (UTC); 0 for other events. */
    int64_t token_expires_at_ms;
    uint64_t lagged; /**< Number of events that were dropped before this one. */
    const toklink_quota_window *quota; /**< The window of a quota warning or of a call; NULL for other events. */
    /** True if requests continue, counted by this process, while Redis is unavailable; otherwise they are refused. */
    bool sharing;
};

/** Receives an event, on the thread of callbacks, one at a time and in order. The event lives until the callback
 *  returns. A host that is 256 events behind loses the oldest, and receives their number. */
typedef void (*toklink_event_callback)(void *user_data, const toklink_event *event);

/** Calls `callback` with the events of all accounts from now on, until the client is closed. For `destroy` (may be
 *  NULL) see "Callbacks" at the top. May be called for several callbacks. */
toklink_status toklink_events(const toklink_client *client, toklink_event_callback callback, void *user_data,
    toklink_destroy destroy, toklink_error **error);

/** Calls `callback` with a `TOKLINK_EVENT_CALLED` for each call for an account that ends from now on, until the
 *  client is closed, for a health record of each account. A read from the cache is not a call. Otherwise like
 *  `toklink_events`. */
toklink_status toklink_call_events(const toklink_client *client, toklink_event_callback callback, void *user_data,
    toklink_destroy destroy, toklink_error **error);

/* ---- Webhooks --------------------------------------------------------------------------------------------------- */

/** The kind of a webhook. Later versions add numbers. */
TOKLINK_ENUM(toklink_webhook_kind) {
    /** Genuine, and unknown to this version, or without the fields that TikTok documents: answer 200. */
    TOKLINK_WEBHOOK_OTHER = 0,
    TOKLINK_WEBHOOK_AUTHORIZATION_REMOVED = 1, /**< A user's consent ended; see `reason`. */
    TOKLINK_WEBHOOK_PUBLISH_FAILED = 2, /**< A publish failed without a post; see `reason`. */
    TOKLINK_WEBHOOK_PUBLISH_COMPLETE = 3, /**< The upload was processed, or the creator posted the draft. */
    TOKLINK_WEBHOOK_INBOX_DELIVERED = 4, /**< A draft is in the creator's inbox. */
    TOKLINK_WEBHOOK_PUBLICLY_AVAILABLE = 5, /**< The post can be seen by everyone. */
    TOKLINK_WEBHOOK_NO_LONGER_PUBLICLY_AVAILABLE = 6, /**< The post can no longer be seen by everyone. */
    TOKLINK_WEBHOOK_SHARE_FAILED = 7, /**< An upload by the old Share Video Kit failed. */
    TOKLINK_WEBHOOK_SHARE_COMPLETED = 8, /**< A video of the old Share Video Kit was posted. */
    TOKLINK_WEBHOOK_DOWNLOAD_READY = 9, /**< An export of a user's data can be downloaded. */
};

/** The change that a webhook made. Respond with 200 to all of them. Later versions add numbers. */
TOKLINK_ENUM(toklink_webhook_effect) {
    TOKLINK_EFFECT_NOTHING_TO_DO = 0, /**< It is for the host, and changes nothing here. */
    TOKLINK_EFFECT_APPLIED = 1, /**< The journal or an account was changed. */
    TOKLINK_EFFECT_ALREADY_KNOWN = 2, /**< It reported nothing new. */
    TOKLINK_EFFECT_NOT_OURS = 3, /**< It is about a publish or an account that is not in the store. */
    TOKLINK_EFFECT_ANOTHER_OWNER = 4, /**< It names another user than the one of the publish. */
    TOKLINK_EFFECT_OUTDATED = 5, /**< Consent ended before the user connected again. */
};

/** A genuine webhook.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_webhook {
    toklink_webhook_kind kind; /**< The kind. */
    const char *name; /**< TikTok's name of the event, for example `post.publish.complete`. */
    const char *open_id; /**< TikTok's id of the user; empty if TikTok names none. */
    const char *publish_id; /**< The publish; empty if the webhook is about none. */
    const char *post_id; /**< The post, as text; empty if the webhook names none. */
    const char *reason; /**< The reason of a failed publish or of the end of a consent; empty for other kinds. */
    const char *dedupe_key; /**< The same text for every delivery of one event. */
    int64_t created_at_ms; /**< Time at which it happened, in milliseconds since 1970 (UTC); whole seconds. */
};

/** Frees a webhook. NULL is allowed. */
void toklink_webhook_free(const toklink_webhook *webhook);

/** Checks a webhook and reads it. `signature` is the value of the header `Tiktok-Signature`, `body` the raw bytes of
 *  the request. `previous_secret` is a client secret that is still valid while it is being changed at TikTok; NULL
 *  in general. `tolerance_ms` is the maximum difference between the time of the signature and now, 0 for five
 *  minutes. No I/O. Returns NULL on failure. Free it with `toklink_webhook_free`.
 *  Errors: `TOKLINK_ERR_INTEGRITY` if TikTok did not send it, it is for another app, or it is too old: respond with
 *  401. `TOKLINK_ERR_INVALID_INPUT` if it is larger than 64 KiB. A genuine webhook that this version cannot read is
 *  `TOKLINK_WEBHOOK_OTHER`. */
const toklink_webhook *toklink_verify_webhook(const toklink_client *client, const char *signature, const uint8_t *body,
    size_t body_size, const char *previous_secret, uint64_t tolerance_ms, toklink_error **error);

/** Applies a genuine webhook: ends the publish in the journal, which also ends waits for it, or disconnects an
 *  account whose consent has ended. The same event may be applied any number of times, and events in any order.
 *  `out_effect` receives the change; it may be NULL.
 *  Errors: those of the store: then respond with anything but 200, and TikTok sends it again. */
toklink_status toklink_apply_webhook(const toklink_client *client, const toklink_webhook *webhook,
    toklink_webhook_effect *out_effect, toklink_error **error);

/* ---- Encryption keys -------------------------------------------------------------------------------------------- */

/** The progress of a reseal. A value: it may be copied. */
struct toklink_reseal_progress {
    uint64_t done; /**< Number of accounts that were visited. */
    uint64_t resealed; /**< Number of accounts whose tokens were encrypted again. */
    uint64_t current; /**< Number of accounts that needed nothing. */
    uint64_t skipped; /**< Number of accounts without tokens. */
    uint64_t failed; /**< Number of accounts whose tokens could not be decrypted or written; they are as they were. */
    int64_t total; /**< Number of accounts in the store; -1 if the store does not know. */
};

/** Receives the progress of a reseal, after each page of accounts; a slow host receives the latest. Comes on the
 *  calling thread of a blocking call, otherwise on the thread of callbacks. Returns whether to continue: false
 *  cancels the reseal. */
typedef bool (*toklink_reseal_progress_callback)(void *user_data, const toklink_reseal_progress *progress);

/** The settings of a reseal. Initialise them with `TOKLINK_RESEAL_OPTIONS_INIT`. */
struct toklink_reseal_options {
    size_t size; /**< The size of this struct, which `TOKLINK_RESEAL_OPTIONS_INIT` sets. */
    bool check_only; /**< Only counts, and writes nothing. */
    /** Also encrypts tokens that an old installation stored in clear text. Nothing else reads clear text. */
    bool accept_clear_text;
    /** Encrypts the tokens with the first key in the old format, so that the earlier program can read them again.
     *  Its values are bound to no account, and a client decrypts them only with `accept_legacy`. */
    bool to_legacy;
    /** Milliseconds after which the reseal is cancelled with `TOKLINK_REASON_TIMED_OUT`. 0: no limit. */
    uint64_t timeout_ms;
    toklink_reseal_progress_callback progress; /**< Receives the progress; NULL: none. */
    /** Passed to `progress`. NULL: the `user_data` of the call. Must live until the reseal has ended. */
    void *progress_data;
};
#define TOKLINK_RESEAL_OPTIONS_INIT TOKLINK_INIT(toklink_reseal_options)

/** A key that stored tokens need. */
struct toklink_reseal_key {
    const char *name; /**< The name of the key. */
    uint64_t accounts; /**< Number of accounts that need it. */
};

/** The failure of one account in a reseal. */
struct toklink_reseal_failure {
    const char *account; /**< The id of the account. */
    toklink_status status; /**< The status. */
    const char *message; /**< The problem and the next step. */
};

/** The result of a reseal.
 *  Threads: it never changes; any number of threads may read it. */
struct toklink_reseal_report {
    uint64_t done; /**< Number of accounts that were visited. */
    uint64_t resealed; /**< Number of accounts whose tokens were encrypted again. */
    uint64_t current; /**< Number of accounts that needed nothing. */
    uint64_t skipped; /**< Number of accounts without tokens. */
    uint64_t failed; /**< Number of accounts whose tokens could not be decrypted or written; they are as they were. */
    /** Number of accounts that still have to be encrypted again; 0 when older keys can be removed. */
    uint64_t outstanding;
    uint64_t older_key; /**< Number of accounts that were under an older key. */
    uint64_t legacy; /**< Number of accounts that were in the old format. */
    uint64_t clear_text; /**< Number of accounts that were in clear text. */
    const char *sealing_key; /**< The name of the key that encrypts. */
    const toklink_reseal_key *const *keys; /**< The keys that stored tokens still need. */
    size_t key_count; /**< Number of `keys`. */
    const toklink_reseal_failure *const *failures; /**< The failures, at most one hundred. */
    size_t failure_count; /**< Number of `failures`. */
};

/** Receives the end of `toklink_reseal_accounts`. `report` is NULL if it failed, otherwise `error` is NULL; both
 *  live until the callback returns. */
typedef void (*toklink_reseal_done)(void *user_data, toklink_op operation, const toklink_reseal_report *report,
    const toklink_error *error);

/** Frees a report. NULL is allowed. */
void toklink_reseal_report_free(const toklink_reseal_report *report);

/** Encrypts the tokens of all accounts again that are under an older key or in an old format, while other operations
 *  run. `options` may be NULL. It may be cancelled between two accounts and called again at any time; what was
 *  encrypted again stays.
 *  Errors: `TOKLINK_ERR_CONFIG` if the store cannot do it. The failure of one account is in the report. */
void toklink_reseal_accounts(const toklink_client *client, const toklink_reseal_options *options,
    toklink_reseal_done done, void *user_data, toklink_op *out_operation);

/** Does the same as `toklink_reseal_accounts` and blocks until it is done. Returns NULL on failure. Free the result
 *  with `toklink_reseal_report_free`. */
const toklink_reseal_report *toklink_reseal_accounts_blocking(const toklink_client *client,
    const toklink_reseal_options *options, toklink_error **error);

#ifdef __cplusplus
}
#endif

#endif /* TOKLINK_H */
