/**
 * toklink: a TikTok client. Login with PKCE, encrypted tokens that are refreshed automatically, chunked uploads that post at most
 * once, metrics of accounts and videos, webhooks, exact quotas. Guide: docs/GUIDE_C.md. Errors: docs/ERRORS.md.
 *
 * Results
 * - The library allocates results, which are const. Later versions may append fields, so do not copy a result or use its size.
 *   Free each result that a function returns exactly once with its toklink_x_free, which accepts NULL.
 * - The data that a result points to is freed with the result. Lists are arrays of pointers with a count; an empty list may be
 *   NULL. Progress structs may be copied.
 * - Text is UTF-8 and NUL-terminated. Text in a result is never NULL; missing text is empty. The documentation of other pointers
 *   states whether they can be NULL.
 * - An unknown integer is -1, and an unknown double is NaN, where the documentation says so.
 * - Durations are in milliseconds (_ms), points in time in milliseconds since 1970 in UTC (_at_ms), and sizes in bytes.
 *
 * Options
 * - You own option structs. Initialise each with its TOKLINK_X_INIT. A field that stays 0 or NULL has its default, and NULL
 *   instead of a struct selects every default. Empty text counts as NULL.
 * - `size` is the size in your header. A newer library accepts it. An older library rejects the struct with
 *   TOKLINK_ERR_INVALID_INPUT if you set a field that it does not know.
 * - Arguments are copied, so you may free them when the call returns, except user data.
 *
 * Errors
 * - A function that returns a pointer returns NULL on failure; others return a toklink_status. `toklink_error **error` may be
 *   NULL. Otherwise, a failure writes an error there, which you free with toklink_error_free. Set it to NULL first, because a
 *   successful call does not write it.
 *
 * Accounts
 * - An account is identified by one text, the `id` of toklink_account. It consists of the tenant, if there is one, and the open
 *   id. See toklink_account_id.
 *
 * Operations
 * - An operation that calls TikTok has two forms. toklink_x returns immediately, and its completion is called exactly once with
 *   the result or the error, even if an argument is invalid. toklink_x_blocking returns the result.
 * - A completion may be NULL. Its arguments are valid until it returns: copy the data that you need later, and do not free them.
 * - `out_operation` may be NULL. It receives the number for toklink_cancel before the operation runs; 0 if it did not start.
 * - Operations of one client run concurrently. Functions with only one form do not call TikTok.
 *
 * Callbacks
 * - Completions, progress and event callbacks are called in order, one at a time, on the callback thread. It is a thread of the
 *   client or, with `wake` set, the thread that calls toklink_dispatch. A blocking call reports progress on the calling thread.
 *   If the client is NULL, unusable after a fork, or freed, toklink_x completes on the calling thread.
 * - `destroy` is called exactly once for each call to which it is passed, even if the call fails, after the last use of the user
 *   data. The library never calls it while it holds a lock. It runs on the callback thread of the client, or on the calling
 *   thread if there is no client. (If the `size` of options is invalid, the library cannot read them and does not call
 *   `destroy`.)
 * - Callbacks may call the library unless their documentation says otherwise. In a callback, toklink_client_close fails, and
 *   toklink_client_free returns immediately; a blocking call to which the callback belongs is cancelled.
 * - Callbacks must return normally: leaving one with a C++ exception or longjmp is undefined behavior.
 *
 * Lifetime
 * - toklink_client_free cancels blocking calls on other threads. The last of them frees the client's resources before it returns.
 *   Do not start a call with a freed client.
 * - After a fork, the child process cannot use the parent's client (TOKLINK_REASON_AFTER_FORK), but it may free it and create its
 *   own.
 * - A process may exit at any time: a later call with the same idempotency key continues from the journal.
 * - Panics do not leave the library: a call that hits a bug in the library returns TOKLINK_ERR_PANIC. Enum values are never
 *   reused; later versions may add some.
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

/** The ABI version. It changes with every incompatible change of this interface. While it is 0, any minor release
 *  may break compatibility. */
#define TOKLINK_ABI_VERSION 0

/** Returns the version of the loaded library, in the format of `TOKLINK_VERSION`. Valid until the program exits. */
const char *toklink_version(void);

/** Returns the version of the loaded library as one number, in the format of `TOKLINK_VERSION_NUMBER`: major * 65536
 *  + minor * 256 + patch. A later version has a larger number. */
uint32_t toklink_version_number(void);

/** Returns the ABI version of the loaded library. A host that was compiled with another `TOKLINK_ABI_VERSION` must
 *  not use it. */
uint32_t toklink_abi_version(void);

/* ---- Errors and texts ------------------------------------------------------------------------------------------- */

/** The result of a call, which determines what to do next. Later versions may add values: treat an unknown one like
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
    TOKLINK_ERR_RATE_LIMITED = 5, /**< A one-minute quota window is full: wait for `retry_after_ms` of the error. */
    /** A daily or per-account limit is exhausted: retry the next day, or post or delete a pending draft. */
    TOKLINK_ERR_QUOTA_EXHAUSTED = 6,
    TOKLINK_ERR_NOT_FOUND = 7, /**< The account, video, publish or file does not exist. */
    TOKLINK_ERR_REJECTED = 8, /**< TikTok refused the content: change it before the next attempt. */
    TOKLINK_ERR_UNAVAILABLE = 9, /**< TikTok, the network or the store did not respond as expected: retry later. */
    TOKLINK_ERR_INTEGRITY = 10, /**< An encrypted value, a login state or a signature is invalid. */
    /** The call conflicts with an earlier attempt, or the outcome of an earlier attempt is unknown: check the reason
     *  of the error. */
    TOKLINK_ERR_CONFLICT = 11,
    TOKLINK_ERR_CANCELLED = 12, /**< The caller cancelled the operation. */
    TOKLINK_ERR_CLOSED = 13, /**< The client was closed. */
    TOKLINK_ERR_INTERNAL = 14, /**< A bug in toklink: please report it. */
    /** A panic was caught at the boundary, a bug in toklink: free the results of this call and please report it. */
    TOKLINK_ERR_PANIC = 1000,
};

/** The party that has to act on an error. */
TOKLINK_ENUM(toklink_owner) {
    TOKLINK_OWNER_USER = 1, /**< The owner of the TikTok account. */
    TOKLINK_OWNER_APP = 2, /**< The program or its operator. */
    TOKLINK_OWNER_TIKTOK = 3, /**< TikTok, or the network between this machine and TikTok. */
    TOKLINK_OWNER_TOKLINK = 4, /**< The library itself. */
};

/** Returns the name of a status that logs and toklink's other languages use, for example `RATE_LIMITED`; `UNKNOWN`
 *  for an undefined number. Valid until the program exits. Accepts a plain number, so that any value is allowed. */
const char *toklink_status_name(uint32_t status);

/** The exact reason for an error, in addition to its status. docs/ERRORS.md lists the remedy for each. Later
 *  versions may add values: treat an unknown one like `TOKLINK_REASON_OTHER`. */
TOKLINK_ENUM(toklink_reason) {
    TOKLINK_REASON_OTHER = 0, /**< No specific reason: the status is precise enough. */
    /** Another attempt, in this process or another one, works on the publish of this idempotency key. If its process
     *  died, the key is free after at most 60 s: call again after `retry_after_ms`. */
    TOKLINK_REASON_KEY_IN_USE = 1,
    /** The idempotency key belongs to a publish of another video, other photos or other settings. */
    TOKLINK_REASON_KEY_OF_ANOTHER_PUBLISH = 2,
    /** TikTok may have received the post, but its response was lost: look for the post, then call
     *  `toklink_abandon_publish`. */
    TOKLINK_REASON_START_UNCLEAR = 3,
    TOKLINK_REASON_NOTHING_TO_RESUME = 4, /**< TikTok has no unfinished upload for this publish: publish again. */
    TOKLINK_REASON_CAN_STILL_COMPLETE = 5, /**< TikTok has the publish and can still complete it. */
    TOKLINK_REASON_TAKEN_OVER = 6, /**< Another attempt took over the publish. */
    TOKLINK_REASON_VIDEO_CHANGED = 7, /**< The video differs from the one with which the publish started. */
    TOKLINK_REASON_LOGIN_DECLINED = 8, /**< The user declined on TikTok's consent page. */
    TOKLINK_REASON_LOGIN_TIMED_OUT = 9, /**< The browser did not return in time. */
    TOKLINK_REASON_LOGIN_REFUSED = 10, /**< TikTok's consent page rejected the app or its redirect URI. */
    /** A callback called `toklink_client_close`, which would have to wait for that callback. */
    TOKLINK_REASON_CLOSE_IN_CALLBACK = 11,
    TOKLINK_REASON_AFTER_FORK = 12, /**< The process forked after the client was created. */
    TOKLINK_REASON_TIMED_OUT = 13, /**< The operation did not finish within `timeout_ms`. */
    TOKLINK_REASON_TITLE_TOO_LONG = 14, /**< The title or description is longer than TikTok accepts. */
    TOKLINK_REASON_CODEC_UNSUPPORTED = 15, /**< TikTok does not accept the codec or the container of the video. */
    TOKLINK_REASON_ACCOUNT_NOT_CONNECTED = 16, /**< No such account is connected. */
    /** The certificate of the server is not trusted: set `ca_file` for a proxy, or correct the clock. */
    TOKLINK_REASON_CERTIFICATE_NOT_TRUSTED = 17,
    TOKLINK_REASON_NAME_NOT_RESOLVED = 18, /**< The name of the server could not be resolved. */
    TOKLINK_REASON_CONNECTION_REFUSED = 19, /**< The server refused the connection. */
    /** The login was not started in this browser, or its cookie is missing: start a login here. */
    TOKLINK_REASON_LOGIN_FROM_ANOTHER_BROWSER = 20,
    TOKLINK_REASON_LOGIN_EXPIRED = 21, /**< The login took longer than ten minutes: start a new login. */
    /** The callback of this login was already handled: start a new login if the account is not connected. */
    TOKLINK_REASON_LOGIN_ALREADY_USED = 22,
    /** Another user of the host started the login: sign in as that user, or start a new login. */
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
    /** The stream reported an error, which is the cause of this error: publish again. */
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
};

/** Returns the name of a reason that logs and toklink's other languages use, for example `KEY_IN_USE`; `UNKNOWN` for
 *  an undefined number. Valid until the program exits. */
const char *toklink_reason_name(uint32_t reason);

/** One invalid or missing setting of a `TOKLINK_ERR_CONFIG` error. It never contains the value, which may be a
 *  secret. */
struct toklink_config_problem {
    const char *option; /**< The field of the options, for example `client_key`. */
    /** The environment variable of the same setting, for example `TIKTOK_CLIENT_KEY`; empty if it has none. */
    const char *variable;
    const char *problem; /**< The problem, for example `is not set`. */
    const char *fix; /**< The correction, for example `copy it from TikTok's developer portal`. */
};

/** An error. It never contains a token, a code, a secret or an upload URL, so it may be logged. Programs branch on
 *  `status`, `reason`, `owner`, `may_have_been_sent` and `retry_after_ms`, never on `message`.
 *  Threads: immutable; any thread may read it. */
struct toklink_error {
    toklink_status status; /**< The status, which determines what to do next; never `TOKLINK_OK`. */
    toklink_reason reason; /**< The exact reason. */
    toklink_owner owner; /**< The party that has to act. */
    uint32_t http_status; /**< The HTTP status of TikTok's response; 0 if there was none. */
    /** Milliseconds after which a retry can succeed; -1 if unknown. Always set for `TOKLINK_ERR_RATE_LIMITED`. */
    int64_t retry_after_ms;
    bool retryable; /**< True if a retry of the unchanged call can succeed later. */
    /** True if TikTok may have received a request that changes something, for example after an upload was cancelled.
     *  Then publish again with the same idempotency key if `safe_to_repeat` is true, or as documented for the
     *  reasons `STREAM_FAILED`, `STREAM_LENGTH_MISMATCH` and `KEY_IN_USE`. Otherwise look for the post first. */
    bool may_have_been_sent;
    /** True if a retry with the same idempotency key posts at most once: it continues after the bytes that TikTok
     *  already has. */
    bool safe_to_repeat;
    const char *message; /**< The problem and the next step, in one English sentence. */
    const char *operation; /**< The operation that failed, for example `publish_video`; empty outside an operation. */
    const char *tiktok_code; /**< TikTok's error code, for example `rate_limit_exceeded`; empty if there was none. */
    const char *log_id; /**< TikTok's log id, which TikTok's support needs; empty if there was none. */
    const char *fail_reason; /**< TikTok's reason for a failed publish; empty if there was none. */
    const char *publish_id; /**< TikTok's id of the publish; empty if the error does not concern a publish. */
    /** The key that resumes the publish; empty if the error does not concern a publish. */
    const char *idempotency_key;
    const toklink_config_problem *const *problems; /**< The invalid settings of a `TOKLINK_ERR_CONFIG` error. */
    size_t problem_count; /**< Number of `problems`; 0 for other errors. */
};

/** Frees an error. NULL is allowed. */
void toklink_error_free(const toklink_error *error);

/** Frees a text that a function of this header returned as `char *`. First overwrites its bytes with zeros, because
 *  they may be a token. NULL is allowed. */
void toklink_text_free(char *text);

/* ---- Operations ------------------------------------------------------------------------------------------------- */

/** Frees the `user_data` of a callback that the library will not call again: see "Callbacks" at the top. */
typedef void (*toklink_destroy)(void *user_data);

/** Identifies a running operation of a client, for `toklink_cancel`. Numbers start at 1, need no freeing, and are
 *  never used again. */
typedef uint64_t toklink_op;

/** Receives the result of an operation that returns no value. `error` is NULL on success, and valid until the
 *  callback returns. */
typedef void (*toklink_done)(void *user_data, toklink_op operation, const toklink_error *error);

/** Receives the result of an operation that returns a text. On failure, `text` is NULL; on success, `error` is NULL.
 *  Both are valid until the callback returns. */
typedef void (*toklink_text_done)(void *user_data, toklink_op operation, const char *text, const toklink_error *error);

/* ---- Store of your own ------------------------------------------------------------------------------------------ */

/** Receives the results of a store's `get` and `list`.
 *  Threads: use it only within the call to which it is passed, from one thread at a time. */
struct toklink_store_reply;

/** Adds a key and its value to the reply. Both texts are copied. NULL for the reply is ignored. */
void toklink_store_reply_add(toklink_store_reply *reply, const char *key, const char *value);

/** The host's own store: values by key, with one conditional write. Initialise it with `TOKLINK_STORE_INIT`. Keys
 *  are printable ASCII without spaces, a few hundred bytes at most. Values are JSON of at most four kilobytes, in
 *  which tokens are encrypted. Each key starts with its kind: `account/`; `publish/` and `publish-id/`, deleted with
 *  their account and after the retention of the journal; `lease/`, deleted a day after its end; `metrics/`, one
 *  value per account and day, deleted with the account; `requests/`, one value per request that counts in a daily
 *  window, deleted after that window.
 *  Each function returns true on success. If it returns false, the call that needed it fails with
 *  `TOKLINK_ERR_UNAVAILABLE`. A function that does not return within 5 s counts as failed. It occupies one of
 *  sixteen threads until it returns, and `toklink_client_free` waits for it. If no thread becomes free within 5 s,
 *  the library fails the call without making it.
 *  Threads: the functions are called from several threads at the same time, but never from a thread of the host that
 *  is inside this library. They must not call the same client, except to free it. */
struct toklink_store {
    size_t size; /**< The size of this struct, which `TOKLINK_STORE_INIT` sets. */
    void *user_data; /**< Passed to each function. */
    /** Adds the value of `key` to the reply, or nothing if the key does not exist. Required. */
    bool (*get)(void *user_data, const char *key, toklink_store_reply *reply);
    /** Atomically and durably sets the value of `key` to `next` (NULL: deletes the key) if its value is exactly
     *  `expected` (NULL: if the key does not exist). Writes true to `swapped` if it did. This comparison prevents an
     *  idempotency key from posting twice. Required. */
    bool (*swap)(void *user_data, const char *key, const char *expected, const char *next, bool *swapped);
    /** Adds every key that starts with `prefix`, with its value, to the reply, in any order. Required. */
    bool (*list)(void *user_data, const char *prefix, toklink_store_reply *reply);
    /** Frees `user_data`; NULL: nothing to free. Called once for each `toklink_client_new`: see "Callbacks" at the
     *  top. */
    toklink_destroy destroy;
};
#define TOKLINK_STORE_INIT TOKLINK_INIT(toklink_store)

/* ---- Client ----------------------------------------------------------------------------------------------------- */

/** Requests a call to `toklink_dispatch` on the host's thread, for example by posting a message to its event loop.
 *  The library calls it from any thread when a callback is added to an empty queue. It must return immediately and
 *  must not call into the library. The library does not repeat a wake that the host loses; extra dispatches are
 *  harmless. Wakes that are still in the event loop outlive the client: remove them before you free the data that
 *  they use. */
typedef void (*toklink_wake_callback)(void *user_data);

/** The severity of a line. */
TOKLINK_ENUM(toklink_log_level) {
    TOKLINK_LOG_ERROR = 1, /**< An operation failed. */
    TOKLINK_LOG_WARNING = 2, /**< A request failed and will be retried. */
    TOKLINK_LOG_INFO = 3, /**< An operation succeeded. */
};

/** Receives one line, without a line terminator. The line is valid until the callback returns. It never contains a
 *  token, a code, a secret or an upload URL. Called on the thread whose call ended, or on the callback thread; calls
 *  may overlap. */
typedef void (*toklink_log_callback)(void *user_data, toklink_log_level level, const char *line);

/** The limits that a client applies. */
TOKLINK_ENUM(toklink_quota_policy) {
    TOKLINK_QUOTA_POLICY_STANDARD = 0, /**< TikTok's documented limits, and 24 uploads per account and day. */
    /** The standard limits, and 100 profile reads and 100 video pages per account and day. */
    TOKLINK_QUOTA_POLICY_PLANNED = 1,
    TOKLINK_QUOTA_POLICY_DOCUMENTED = 2, /**< TikTok's documented limits only. */
};

/** The settings of a client. Initialise them with `TOKLINK_OPTIONS_INIT`; a field that stays 0 or NULL has its
 *  default.
 *  Threads: the library reads them only during `toklink_client_new`. */
struct toklink_options {
    size_t size; /**< The size of this struct, which `TOKLINK_OPTIONS_INIT` sets. */
    const char *client_key; /**< The app's client key, from TikTok's developer portal. Required. */
    const char *client_secret; /**< The app's client secret, from TikTok's developer portal. Required. */
    const char *callback_url; /**< The redirect URI of web logins that do not specify one. */
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
    /** Allows relayed videos from loopback addresses, with or without TLS. Only for tests: it lets a user who
     *  chooses a video's URL reach services on this machine. */
    bool relay_from_loopback;
    bool no_redis; /**< Counts requests in this process only, even if the environment sets a Redis server. */
    const char *api_base_url; /**< Another API host: https, or http on loopback. Default: TikTok's. */
    const char *auth_base_url; /**< Another host for the consent page: https, or http on loopback. Default: TikTok's. */
    /** A PEM file of certificate authorities to trust in addition to the built-in ones, for example that of a
     *  corporate proxy. */
    const char *ca_file;
    /** The SQLite file for accounts, publishes, metrics and counted requests; created if it does not exist. Default:
     *  the client's memory, which is lost when the client is freed. */
    const char *sqlite_path;
    const toklink_store *store; /**< The host's own store, used instead of SQLite; NULL: none. The struct is copied. */
    /** The Redis server that counts requests for several processes (`redis://host:port`, or `rediss://` with TLS).
     *  Default: each process counts its own requests. See docs/QUOTAS.md. */
    const char *redis_url;
    /** The number of processes that share the limits while Redis is unavailable. Each process may then use every
     *  limit divided by this number. 0: requests are rejected with `TOKLINK_ERR_UNAVAILABLE`. */
    uint32_t redis_fallback_processes;
    uint32_t quota_policy; /**< The limits, a `toklink_quota_policy`. 0: `TOKLINK_QUOTA_POLICY_STANDARD`. */
    /** Time for which the journal keeps a finished publish, in milliseconds; at least one day. An idempotency key
     *  that is used later posts again. 0: 30 days. */
    uint64_t journal_retention_ms;
    int64_t user_cache_ms; /**< Time for which a profile is cached, in milliseconds. 0: one hour; -1: not cached. */
    /** Time for which a page of videos is cached, in milliseconds. 0: 30 seconds; -1: not cached. */
    int64_t video_cache_ms;
    /** Time limit of an operation that calls TikTok, in milliseconds. A longer operation fails with
     *  `TOKLINK_REASON_TIMED_OUT`. 0: no limit except that of each request. Publishes, collections and logins have
     *  their own `timeout_ms`. */
    uint64_t timeout_ms;
    /** Queues all callbacks until you call `toklink_dispatch`, and is called to request that. NULL: callbacks run on
     *  a thread of the client. */
    toklink_wake_callback wake;
    /** Receives one line for each finished operation and for each retried request; NULL: none. */
    toklink_log_callback log;
    void *user_data; /**< Passed to `wake` and `log`. */
    /** Frees `user_data`; NULL: nothing to free. Called once for each `toklink_client_new`: see "Callbacks" at the
     *  top. */
    toklink_destroy destroy;
    /** The proxy for requests to TikTok: `http://host:port` or `https://host:port`, with `user:password@` before the
     *  host if needed. NULL: the proxy of the environment (`HTTPS_PROXY`), except for an API host on loopback.
     *  Videos of `relay_url` use no proxy. */
    const char *proxy_url;
    /** Time limit for connecting to TikTok, including the DNS lookup and TLS, in milliseconds. 0: 10000. */
    uint64_t connect_timeout_ms;
    /** Time limit for one request to TikTok, including its response, in milliseconds; token requests have a limit of
     *  at most 20000. Uploads have their own limit, which depends on the number of bytes. 0: 30000. */
    uint64_t request_timeout_ms;
    /** The maximum combined rate of all uploads of the client, in bytes per second; at least 10000. TikTok accepts
     *  the bytes of one video for an hour. 0: no limit. */
    uint64_t max_upload_bytes_per_second;
};
#define TOKLINK_OPTIONS_INIT TOKLINK_INIT(toklink_options)

/** A TikTok client for one app. It runs two worker threads, one thread for callbacks, and threads for file access.
 *  Threads: any number of threads may use a client at the same time. No call may start after the client is freed.
 *  Signals: the library installs no signal handler and changes no signal mask of the host's threads. The client's
 *  own threads block `SIGPIPE`, except the callback thread, so a connection that its peer closes only causes an
 *  error. */
struct toklink_client;

/** Creates a client. If `options` is NULL, all settings come from the environment. The options are copied. Opens the
 *  SQLite file if one is set, which takes a few milliseconds. Sends no request. Returns NULL on failure. Free the
 *  client with `toklink_client_free`.
 *  Errors: `TOKLINK_ERR_CONFIG` lists every missing or invalid setting in `problems`, or states why the file cannot
 *  be used; `TOKLINK_ERR_INVALID_INPUT` if the options are not initialised. On failure, `destroy` of the options
 *  runs before this function returns. */
struct toklink_client *toklink_client_new(const struct toklink_options *options, toklink_error **error);

/** Cancels all operations and waits until they have ended. Every later call fails with `TOKLINK_ERR_CLOSED`. Results
 *  that the client returned stay valid. May be called more than once.
 *  Errors: `TOKLINK_ERR_CONFLICT` with `TOKLINK_REASON_CLOSE_IN_CALLBACK` when called from a callback, because this
 *  function would wait for that callback. */
toklink_status toklink_client_close(const toklink_client *client, toklink_error **error);

/** Closes and frees the client. NULL is allowed. Calls that other threads, or an outer function on this thread, have
 *  not finished are cancelled; the last of them frees the client's resources before it returns. Outside a callback,
 *  when no such call is running: when this function returns, every completion and every `destroy` has been called,
 *  and no callback is running. With `wake` set, queued callbacks run on this thread. In a callback, this function
 *  returns immediately. Results that the client returned stay valid. */
void toklink_client_free(toklink_client *client);

/** Asks the operation with this number to stop. Its completion then receives `TOKLINK_ERR_CANCELLED`, unless the
 *  operation finishes first. A cancelled metrics collection succeeds with an incomplete report. Returns true if the
 *  operation was still running; false for NULL and for unknown numbers. */
bool toklink_cancel(const toklink_client *client, toklink_op operation);

/** Runs the queued callbacks on this thread: completions, progress, events and `destroy`. Does nothing for a client
 *  without `wake`. Callbacks may call into the library, and may free the client.
 *  Errors: `TOKLINK_ERR_CONFLICT` with `TOKLINK_REASON_AFTER_FORK` in a forked child. */
toklink_status toklink_dispatch(const toklink_client *client, toklink_error **error);

/** Refreshes the tokens of all accounts before they expire, at most `max_concurrency` accounts at a time (4 is a
 *  good number). 0 stops the refresh. Several processes may do this on one store: each token is refreshed only once. */
toklink_status toklink_start_background_refresh(const toklink_client *client, size_t max_concurrency,
    toklink_error **error);

/** Returns a new random encryption key of 64 hexadecimal digits, for `encryption_key` of the options. Store it where
 *  only your program can read it, such as the system's key chain: without the key, the stored tokens are lost. Free
 *  it with `toklink_text_free`. Returns NULL only if the system cannot provide random numbers. */
char *toklink_make_key(void);

/** Encrypts `value` for one account and field. It can only be decrypted for the same account and field. Sends no
 *  request. Returns NULL on failure. Free the text with `toklink_text_free`. */
char *toklink_seal(const toklink_client *client, const char *account, const char *field, const char *value,
    toklink_error **error);

/** Decrypts a value that was encrypted for this account and field. Returns NULL on failure. The text is a secret;
 *  free it with `toklink_text_free`.
 *  Errors: `TOKLINK_ERR_INTEGRITY` if the value was changed, or was encrypted for another account or field, or with
 *  a key that is not configured. */
char *toklink_unseal(const toklink_client *client, const char *account, const char *field, const char *sealed,
    toklink_error **error);

/** Re-encrypts a value with the current key and format. Returns the value itself if it already uses them, and NULL
 *  on failure. Free the text with `toklink_text_free`.
 *  Errors: as for `toklink_unseal`. */
char *toklink_reseal(const toklink_client *client, const char *account, const char *field, const char *sealed,
    toklink_error **error);

/** Returns the id of the account `open_id` of `tenant`, as every function of this header accepts it. `tenant` may be
 *  NULL or empty for a program with one tenant; the id then equals the open id. Returns NULL on failure. Free the id
 *  with `toklink_text_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if `open_id` is missing. */
char *toklink_account_id(const char *tenant, const char *open_id, toklink_error **error);

/** Splits the id of an account. `out_tenant` and `out_open_id` receive texts that you free with `toklink_text_free`.
 *  Either may be NULL. The tenant is empty for a program with one tenant.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if `account` is not an account id. */
toklink_status toklink_account_id_split(const char *account, char **out_tenant, char **out_open_id,
    toklink_error **error);

/* ---- Login ------------------------------------------------------------------------------------------------------ */

/** The settings of a login. Initialise them with `TOKLINK_LOGIN_OPTIONS_INIT`.
 *  Threads: the library reads them only during the call to which they are passed. */
struct toklink_login_options {
    size_t size; /**< The size of this struct, which `TOKLINK_LOGIN_OPTIONS_INIT` sets. */
    const char *tenant; /**< The tenant of the account. NULL: none, for a program with one tenant. */
    /** The host's user who logs in. Only this user may complete a web login. Required for `toklink_begin_login`,
     *  optional for `toklink_login`. */
    const char *user_id;
    /** The registered redirect URI. NULL: the client's `callback_url`; for `toklink_login`,
     *  `http://127.0.0.1:0/callback/`, where port 0 means any free port. */
    const char *redirect_uri;
    const char *const *scopes; /**< The scopes to request. NULL: the scopes for posting and reading. */
    size_t scope_count; /**< Number of `scopes`. */
    /** A path on the host's own site, which `toklink_complete_login` returns. Web logins only. */
    const char *return_to;
    /** Time limit of `toklink_login` for the browser to return, in milliseconds; at most 600000. 0: 600000. */
    uint64_t timeout_ms;
    /** The HTML page that the browser shows after a successful `toklink_login`. NULL: a short page in English.
     *  Scripts and remote resources are blocked; inline styles and images work. */
    const char *done_page_html;
    /** The HTML page that the browser shows after a failed login, or when it belongs to another login. `{message}`
     *  in the page is replaced with the reason in English. NULL: a short page in English. */
    const char *error_page_html;
};
#define TOKLINK_LOGIN_OPTIONS_INIT TOKLINK_INIT(toklink_login_options)

/** Opens `url` in the user's browser. The URL is valid until the callback returns. Called on the calling thread of a
 *  blocking call, otherwise on the callback thread. Return false if the browser cannot be opened, which cancels the
 *  login. */
typedef bool (*toklink_open_url_callback)(void *user_data, const char *url);

/** Receives the result of `toklink_login`. On failure, `account` is NULL; on success, `error` is NULL. Both are
 *  valid until the callback returns. */
typedef void (*toklink_account_done)(void *user_data, toklink_op operation, const toklink_account *account,
    const toklink_error *error);

/** Logs a user of a desktop program in: listens on loopback, calls `open_url` with the URL of TikTok's consent page,
 *  waits until the browser returns, and stores the account with encrypted tokens. `options` may be NULL. `open_url`
 *  and `done` receive the same `user_data`. Register `http://127.0.0.1:PORT/callback/`, or your `redirect_uri`, as a
 *  desktop redirect URI of the app.
 *  Errors: `TOKLINK_ERR_UNAUTHORIZED` with `TOKLINK_REASON_LOGIN_DECLINED` or `TOKLINK_REASON_LOGIN_TIMED_OUT`;
 *  `TOKLINK_ERR_CONFIG` or `TOKLINK_ERR_UNAVAILABLE` with `TOKLINK_REASON_LOGIN_REFUSED` if TikTok sent the browser
 *  back with a refusal of the app or its scopes; `TOKLINK_ERR_CONFIG` if the redirect URI is not on loopback or its
 *  port is taken; `TOKLINK_ERR_CANCELLED` if `open_url` returned false. TikTok shows an unknown client key or
 *  redirect URI on its page only: then the user sees it, and the login times out. */
void toklink_login(const toklink_client *client, const toklink_login_options *options,
    toklink_open_url_callback open_url, toklink_account_done done, void *user_data, toklink_op *out_operation);

/** Runs `toklink_login` and blocks until it has finished. Returns NULL on failure. Free the account with
 *  `toklink_account_free`. */
const toklink_account *toklink_login_blocking(const toklink_client *client, const toklink_login_options *options,
    toklink_open_url_callback open_url, void *user_data, toklink_error **error);

/** A started login: the URL for the browser, and the cookie to set. Do not log the state or the cookie, because
 *  together they can complete the login.
 *  Threads: immutable; any thread may read it. */
struct toklink_login_start {
    const char *authorize_url; /**< The URL to which the browser is redirected. */
    const char *state; /**< The single-use state, which TikTok returns in the callback. */
    /** The name of the cookie. Each login has its own, so that logins in two tabs do not interfere. */
    const char *cookie_name;
    /** The value of the cookie. Set it as httpOnly, with sameSite lax, and as secure on https. */
    const char *cookie_value;
    uint64_t cookie_max_age_ms; /**< The time after which the login expires, in milliseconds. */
};

/** The login that a callback belongs to.
 *  Threads: immutable; any thread may read it. */
struct toklink_login_inspection {
    const char *tenant; /**< The tenant of the account. */
    const char *user_id; /**< The user who started the login. */
    const char *return_to; /**< The path to which the user returns; empty if the login did not specify one. */
    const char *cookie_name; /**< The cookie to delete. */
};

/** A completed login with its connected account.
 *  Threads: immutable; any thread may read it. */
struct toklink_login_result {
    const toklink_account *account; /**< The account; never NULL. */
    const toklink_login_inspection *login; /**< The login; never NULL. */
};

/** Receives the result of `toklink_complete_login`. On failure, `result` is NULL; on success, `error` is NULL. Both
 *  are valid until the callback returns. */
typedef void (*toklink_login_done)(void *user_data, toklink_op operation, const toklink_login_result *result,
    const toklink_error *error);

/** Frees a started login. NULL is allowed. */
void toklink_login_start_free(const toklink_login_start *start);

/** Frees an inspection. NULL is allowed. */
void toklink_login_inspection_free(const toklink_login_inspection *inspection);

/** Frees a login result and its account. NULL is allowed. */
void toklink_login_result_free(const toklink_login_result *result);

/** Starts a login that only the browser with the returned cookie can complete. Sends no request. Returns NULL on
 *  failure. Free the result with `toklink_login_start_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` without a user; `TOKLINK_ERR_CONFIG` if neither the options nor the client
 *  have a redirect URI. */
const toklink_login_start *toklink_begin_login(const toklink_client *client, const toklink_login_options *options,
    toklink_error **error);

/** Returns the login to which a callback belongs, even if the user declined. `callback` is its query or its complete
 *  URL. `cookies` is the value of the request's Cookie header. The state stays valid: check the user's permission
 *  again before you call `toklink_complete_login`. Returns NULL on failure. Free the result with
 *  `toklink_login_inspection_free`.
 *  Errors: `TOKLINK_ERR_INTEGRITY` if state and cookie do not match. */
const toklink_login_inspection *toklink_inspect_login(const toklink_client *client, const char *callback,
    const char *cookies, toklink_error **error);

/** Completes a web login: invalidates the state, exchanges the code, reads the profile, and stores the account with
 *  encrypted tokens. `user_id` is the host's user who is signed in now, who must be the user who started the login.
 *  Errors: `TOKLINK_ERR_UNAUTHORIZED` if the user declined; `TOKLINK_ERR_INTEGRITY` if the state and the cookie do
 *  not match or were used before; `TOKLINK_ERR_PERMISSION_DENIED` if another user started the login. */
void toklink_complete_login(const toklink_client *client, const char *callback, const char *cookies,
    const char *user_id, toklink_login_done done, void *user_data, toklink_op *out_operation);

/** Runs `toklink_complete_login` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_login_result_free`. */
const toklink_login_result *toklink_complete_login_blocking(const toklink_client *client, const char *callback,
    const char *cookies, const char *user_id, toklink_error **error);

/** The parameters of an authorize URL, for hosts that run the login themselves. Initialise them with
 *  `TOKLINK_AUTHORIZE_OPTIONS_INIT`. */
struct toklink_authorize_options {
    size_t size; /**< The size of this struct, which `TOKLINK_AUTHORIZE_OPTIONS_INIT` sets. */
    const char *redirect_uri; /**< The registered redirect URI. NULL: the client's `callback_url`. */
    const char *state; /**< Random text that TikTok returns unchanged in the callback. Required. */
    const char *code_challenge; /**< The PKCE challenge. NULL: none. */
    const char *const *scopes; /**< The scopes to request. NULL: the scopes for posting and reading. */
    size_t scope_count; /**< Number of `scopes`. */
    bool disable_auto_auth; /**< Shows the consent page even to a user who has consented before. */
};
#define TOKLINK_AUTHORIZE_OPTIONS_INIT TOKLINK_INIT(toklink_authorize_options)

/** Returns the URL of TikTok's consent page, to which you redirect the user's browser. Sends no request. Returns
 *  NULL on failure. Free the text with `toklink_text_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if a parameter is invalid; `TOKLINK_ERR_CONFIG` if neither the options nor
 *  the client have a redirect URI. */
char *toklink_authorize_url(const toklink_client *client, const toklink_authorize_options *options,
    toklink_error **error);

/** Unencrypted tokens, for a host that stores them itself. Freeing the struct does not erase copies that the host
 *  made.
 *  Threads: immutable; any thread may read it. */
struct toklink_tokens {
    const char *access_token; /**< The access token. It is a secret. */
    const char *refresh_token; /**< The refresh token. It is a secret; empty if TikTok returned none. */
    const char *open_id; /**< TikTok's id of the user for this app. */
    const char *const *scopes; /**< The granted scopes. */
    size_t scope_count; /**< Number of `scopes`. */
    int64_t access_expires_at_ms; /**< Time at which the access token expires, in milliseconds since 1970 (UTC). */
    /** Time at which the refresh token expires, in milliseconds since 1970 (UTC); -1 if unknown. */
    int64_t refresh_expires_at_ms;
};

/** Receives the result of `toklink_exchange_code` or `toklink_refresh_tokens`. On failure, `tokens` is NULL; on
 *  success, `error` is NULL. Both are valid until the callback returns. */
typedef void (*toklink_tokens_done)(void *user_data, toklink_op operation, const toklink_tokens *tokens,
    const toklink_error *error);

/** Frees tokens. NULL is allowed. */
void toklink_tokens_free(const toklink_tokens *tokens);

/** Exchanges an authorization code that the host obtained itself. `verifier` is NULL if the authorize URL had no
 *  challenge. Stores nothing.
 *  Errors: `TOKLINK_ERR_UNAUTHORIZED` if the code was used, has expired or belongs to another app. */
void toklink_exchange_code(const toklink_client *client, const char *code, const char *redirect_uri,
    const char *verifier, toklink_tokens_done done, void *user_data, toklink_op *out_operation);

/** Runs `toklink_exchange_code` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_tokens_free`. */
const toklink_tokens *toklink_exchange_code_blocking(const toklink_client *client, const char *code,
    const char *redirect_uri, const char *verifier, toklink_error **error);

/** Exchanges a refresh token that the host stores itself. The old token is invalid as soon as TikTok responds. Do
 *  not use this function for connected accounts, which the library refreshes automatically.
 *  Errors: `TOKLINK_ERR_UNAUTHORIZED` if the token is invalid. */
void toklink_refresh_tokens(const toklink_client *client, const char *refresh_token, toklink_tokens_done done,
    void *user_data, toklink_op *out_operation);

/** Runs `toklink_refresh_tokens` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_tokens_free`. */
const toklink_tokens *toklink_refresh_tokens_blocking(const toklink_client *client, const char *refresh_token,
    toklink_error **error);

/** Revokes the consent to which this access token belongs, for a host that stores tokens itself.
 *  Errors: those of every request (see docs/ERRORS.md). */
void toklink_revoke(const toklink_client *client, const char *access_token, toklink_done done, void *user_data,
    toklink_op *out_operation);

/** Runs `toklink_revoke` and blocks until it has finished. */
toklink_status toklink_revoke_blocking(const toklink_client *client, const char *access_token, toklink_error **error);

/* ---- Accounts --------------------------------------------------------------------------------------------------- */

/** The state of a connected account. Later versions may add values. */
TOKLINK_ENUM(toklink_account_status) {
    TOKLINK_ACCOUNT_OTHER = 0, /**< A state that this version of the header does not define. */
    TOKLINK_ACCOUNT_ACTIVE = 1, /**< The account works. */
    TOKLINK_ACCOUNT_EXPIRED = 2, /**< The user must connect again. */
    TOKLINK_ACCOUNT_ERROR = 3, /**< The last call failed. Its error states the reason. */
    /** TikTok rejected a call because of too many requests. The next successful call ends this state. */
    TOKLINK_ACCOUNT_RATE_LIMITED = 4,
    TOKLINK_ACCOUNT_RESTRICTED = 5, /**< TikTok has banned the creator from posting. */
    TOKLINK_ACCOUNT_DISCONNECTED = 6, /**< The host disconnected the account. */
};

/** A connected account without its tokens.
 *  Threads: immutable; any thread may read it. */
struct toklink_account {
    /** The id of the account, as functions of this header accept it: the tenant and the open id in one text. */
    const char *id;
    const char *tenant; /**< The tenant; empty for a program with one tenant. */
    const char *open_id; /**< TikTok's id of the user for this app. */
    /** The nickname at the time of the login; empty if the profile could not be read then. */
    const char *display_name;
    const char *username; /**< The username without `@`; empty without the scope `user.info.profile`. */
    const char *avatar_url; /**< A signed URL of the profile picture, valid for some hours; empty if there is none. */
    const char *connected_by; /**< The host's user who connected the account. */
    const char *const *scopes; /**< The granted scopes. */
    size_t scope_count; /**< Number of `scopes`. */
    const char *const *missing_scopes; /**< The scopes that the login requested and the user did not grant. */
    size_t missing_scope_count; /**< Number of `missing_scopes`. */
    toklink_account_status status; /**< The state. */
    int64_t connected_at_ms; /**< Time at which the account was connected, in milliseconds since 1970 (UTC). */
    /** Time at which the access token expires, in milliseconds since 1970 (UTC); it is refreshed automatically. */
    int64_t token_expires_at_ms;
};

/** Connected accounts, in the order in which they were connected.
 *  Threads: immutable; any thread may read it. */
struct toklink_account_list {
    const toklink_account *const *items; /**< The accounts. */
    size_t count; /**< Number of `items`. */
};

/** Frees an account. NULL is allowed. */
void toklink_account_free(const toklink_account *account);

/** Frees a list and its accounts. NULL is allowed. */
void toklink_account_list_free(const toklink_account_list *list);

/** Lists the connected accounts of `tenant`, or of all tenants if it is NULL. Only reads the store. Returns NULL on
 *  failure. Free the list with `toklink_account_list_free`.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
const toklink_account_list *toklink_list_accounts(const toklink_client *client, const char *tenant,
    toklink_error **error);

/** Loads one connected account. Only reads the store. Returns NULL on failure. Free the account with
 *  `toklink_account_free`.
 *  Errors: `TOKLINK_ERR_NOT_FOUND` if the account is not connected; `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
const toklink_account *toklink_load_account(const toklink_client *client, const char *account, toklink_error **error);

/** Discards the account's cached reads, so that the next read queries TikTok. The library does this automatically
 *  after posts, webhooks and new tokens. Sends no request. */
toklink_status toklink_invalidate_cache(const toklink_client *client, const char *account, toklink_error **error);

/** Disconnects an account: revokes its token at TikTok, and deletes the account with its publishes and metrics from
 *  the store. Running publishes of the account fail.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_disconnect(const toklink_client *client, const char *account, toklink_done done, void *user_data,
    toklink_op *out_operation);

/** Runs `toklink_disconnect` and blocks until it has finished. */
toklink_status toklink_disconnect_blocking(const toklink_client *client, const char *account, toklink_error **error);

/** Returns a valid access token of the account, for code that calls TikTok directly. The token is refreshed first if
 *  it is about to expire. It is a secret. The library does not count requests made with it: report them with
 *  `toklink_increment_quota`.
 *  Errors: `TOKLINK_ERR_NOT_FOUND` if the account is not connected, `TOKLINK_ERR_UNAUTHORIZED` if the user has to
 *  connect again. */
void toklink_access_token(const toklink_client *client, const char *account, toklink_text_done done, void *user_data,
    toklink_op *out_operation);

/** Runs `toklink_access_token` and blocks until it has finished. Returns NULL on failure. Free the text with
 *  `toklink_text_free`. */
char *toklink_access_token_blocking(const toklink_client *client, const char *account, toklink_error **error);

/** The profile of a user. It only contains what the granted scopes allow.
 *  Threads: immutable; any thread may read it. */
struct toklink_user {
    const char *open_id; /**< TikTok's id of the user for this app. */
    const char *union_id; /**< The user's id for all apps of one developer; empty if TikTok does not return it. */
    const char *display_name; /**< The nickname. */
    const char *username; /**< The username without `@`; empty without the scope `user.info.profile`. */
    const char *avatar_url; /**< A signed URL of the profile picture, valid for some hours; empty if there is none. */
    const char *bio_description; /**< The biography; empty without the scope `user.info.profile`. */
    const char *profile_deep_link; /**< The link to the profile; empty without the scope `user.info.profile`. */
    int32_t is_verified; /**< 1 if TikTok has verified the account, 0 if not; -1 if unknown. */
    int64_t followers; /**< Number of followers; -1 without the scope `user.info.stats`. */
    int64_t following; /**< Number of accounts followed; -1 without the scope `user.info.stats`. */
    int64_t likes; /**< Number of likes received on all videos; -1 without the scope `user.info.stats`. */
    int64_t videos; /**< Number of public videos; -1 without the scope `user.info.stats`. */
};

/** Receives the result of `toklink_user_info`. On failure, `user` is NULL; on success, `error` is NULL. Both are
 *  valid until the callback returns. */
typedef void (*toklink_user_done)(void *user_data, toklink_op operation, const toklink_user *user,
    const toklink_error *error);

/** Frees a profile. NULL is allowed. */
void toklink_user_free(const toklink_user *user);

/** Reads the profile. Sends one request, or none while the profile is cached.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_user_info(const toklink_client *client, const char *account, toklink_user_done done, void *user_data,
    toklink_op *out_operation);

/** Runs `toklink_user_info` and blocks until it has finished. Returns NULL on failure. Free the profile with
 *  `toklink_user_free`. */
const toklink_user *toklink_user_info_blocking(const toklink_client *client, const char *account,
    toklink_error **error);

/** One public video.
 *  Threads: immutable; any thread may read it. */
struct toklink_video {
    const char *id; /**< TikTok's id, as text because it exceeds 2^53. */
    const char *title; /**< The title. */
    const char *description; /**< The description. */
    const char *cover_image_url; /**< A signed URL of the cover, valid for some hours; empty if there is none. */
    const char *share_url; /**< The link to the video; empty if TikTok does not return it. */
    const char *embed_link; /**< The link for an embedded player; empty if TikTok does not return it. */
    int64_t duration_s; /**< The duration in seconds. */
    /** Time at which the video was posted, in milliseconds since 1970 (UTC), with a resolution of one second. */
    int64_t created_at_ms;
    int64_t width; /**< The width in pixels; -1 if unknown. */
    int64_t height; /**< The height in pixels; -1 if unknown. */
    int64_t views; /**< Number of views. */
    int64_t likes; /**< Number of likes. */
    int64_t comments; /**< Number of comments. */
    int64_t shares; /**< Number of shares. */
};

/** A list of videos, newest first.
 *  Threads: immutable; any thread may read it. */
struct toklink_video_page {
    const toklink_video *const *items; /**< The videos. */
    size_t count; /**< Number of `items`. */
    int64_t next_cursor; /**< The cursor of the next page; -1 after the last page. */
};

/** Receives the result of `toklink_list_videos` or `toklink_query_videos`. On failure, `page` is NULL; on success,
 *  `error` is NULL. Both are valid until the callback returns. */
typedef void (*toklink_videos_done)(void *user_data, toklink_op operation, const toklink_video_page *page,
    const toklink_error *error);

/** Frees a page and its videos. NULL is allowed. */
void toklink_video_page_free(const toklink_video_page *page);

/** Reads one page of public videos. Sends one request, or none while the page is cached. `cursor` is 0 for the first
 *  page, otherwise `next_cursor` of the previous page. `max_count` is 1 to 20, or 0 for 20.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_list_videos(const toklink_client *client, const char *account, int64_t cursor, uint32_t max_count,
    toklink_videos_done done, void *user_data, toklink_op *out_operation);

/** Runs `toklink_list_videos` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_video_page_free`. */
const toklink_video_page *toklink_list_videos_blocking(const toklink_client *client, const char *account,
    int64_t cursor, uint32_t max_count, toklink_error **error);

/** Reads the account's own public videos with these ids, of which `count` is 1 to 20. Other ids are absent from the
 *  page. Sends one request.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_query_videos(const toklink_client *client, const char *account, const char *const *ids, size_t count,
    toklink_videos_done done, void *user_data, toklink_op *out_operation);

/** Runs `toklink_query_videos` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_video_page_free`. */
const toklink_video_page *toklink_query_videos_blocking(const toklink_client *client, const char *account,
    const char *const *ids, size_t count, toklink_error **error);

/** The posting options of a creator. A post page must show them, and read them again for each post.
 *  Threads: immutable; any thread may read it. */
struct toklink_creator {
    const char *username; /**< The username without `@`. */
    const char *nickname; /**< The nickname. */
    const char *avatar_url; /**< A URL of the profile picture, valid for two hours; empty if there is none. */
    const char *const *privacy_levels; /**< The privacy levels that this creator may choose, for example `SELF_ONLY`. */
    size_t privacy_level_count; /**< Number of `privacy_levels`. */
    bool comment_disabled; /**< True if the creator turned comments off. */
    bool duet_disabled; /**< True if the creator turned duets off. */
    bool stitch_disabled; /**< True if the creator turned stitches off. */
    uint32_t max_video_duration_s; /**< The maximum length of a video in seconds. */
};

/** Receives the result of `toklink_creator_info`. On failure, `creator` is NULL; on success, `error` is NULL. Both
 *  are valid until the callback returns. */
typedef void (*toklink_creator_done)(void *user_data, toklink_op operation, const toklink_creator *creator,
    const toklink_error *error);

/** Frees the posting options of a creator. NULL is allowed. */
void toklink_creator_free(const toklink_creator *creator);

/** Reads the creator's current posting options. Sends one request; the result is never cached.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_creator_info(const toklink_client *client, const char *account, toklink_creator_done done, void *user_data,
    toklink_op *out_operation);

/** Runs `toklink_creator_info` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_creator_free`. */
const toklink_creator *toklink_creator_info_blocking(const toklink_client *client, const char *account,
    toklink_error **error);

/* ---- Metrics ---------------------------------------------------------------------------------------------------- */

/** The totals of an account, and sums over its newest videos (one page of up to 20).
 *  Threads: immutable; any thread may read it. */
struct toklink_metrics {
    int64_t followers; /**< Number of followers. */
    int64_t following; /**< Number of accounts followed. */
    int64_t likes; /**< Number of likes received on all videos. */
    int64_t videos; /**< Number of public videos. */
    uint32_t videos_read; /**< Number of videos that the sums below include, 0 to 20. */
    int64_t views; /**< Total number of views of these videos. */
    int64_t video_likes; /**< Total number of likes of these videos. */
    int64_t comments; /**< Total number of comments on these videos. */
    int64_t shares; /**< Total number of shares of these videos. */
    double views_per_video; /**< Mean number of views per video; 0 without videos. */
    double like_rate; /**< Likes as a percentage of views; 0 without views. */
    double comment_rate; /**< Comments as a percentage of views; 0 without views. */
    double share_rate; /**< Shares as a percentage of views; 0 without views. */
    double engagement_rate; /**< Likes, comments and shares as a percentage of views; 0 without views. */
    int64_t read_at_ms; /**< Time at which the metrics were read, in milliseconds since 1970 (UTC). */
};

/** Receives the result of `toklink_account_metrics`. On failure, `metrics` is NULL; on success, `error` is NULL.
 *  Both are valid until the callback returns. */
typedef void (*toklink_metrics_done)(void *user_data, toklink_op operation, const toklink_metrics *metrics,
    const toklink_error *error);

/** Frees metrics. NULL is allowed. */
void toklink_metrics_free(const toklink_metrics *metrics);

/** Reads the metrics of an account. Sends two requests, or fewer while the profile and the videos are cached.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected.
 *  `TOKLINK_ERR_PERMISSION_DENIED` without the scope `user.info.stats`. */
void toklink_account_metrics(const toklink_client *client, const char *account, toklink_metrics_done done,
    void *user_data, toklink_op *out_operation);

/** Runs `toklink_account_metrics` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_metrics_free`. */
const toklink_metrics *toklink_account_metrics_blocking(const toklink_client *client, const char *account,
    toklink_error **error);

/** The change of the totals between two days. Sums over the newest videos have no growth, because each day they
 *  include different videos. */
struct toklink_growth {
    const char *from_day; /**< The first day in UTC, for example `2026-11-23`. */
    const char *to_day; /**< The last day in UTC. */
    uint32_t days; /**< Number of days from `from_day` to `to_day`. */
    /** True if `days` is the requested number. Otherwise the requested day has no metrics, and the growth starts at
     *  the nearest earlier day with metrics, or at the first day with metrics. */
    bool exact;
    int64_t followers; /**< Followers gained. This number and the following ones are negative for a loss. */
    /** Followers gained as a percentage of the followers on `from_day`; `NaN` if there were none. */
    double followers_percent;
    int64_t following; /**< Change in the number of accounts followed. */
    int64_t likes; /**< Change in the number of likes received. */
    int64_t videos; /**< Change in the number of public videos. */
};

/** The metrics of one day. */
struct toklink_history_point {
    const char *day; /**< The day in UTC, for example `2026-11-23`. */
    const toklink_metrics *metrics; /**< The metrics; never NULL. */
    const toklink_growth *growth; /**< The change since the previous point; NULL for the first point in the store. */
};

/** A gap: days without metrics between two days with metrics. */
struct toklink_history_gap {
    const char *from_day; /**< The first day without metrics, for example `2026-11-23`. */
    const char *to_day; /**< The last day without metrics. */
    uint32_t days; /**< Number of days without metrics. */
};

/** The stored metrics of an account over a range of days.
 *  Threads: immutable; any thread may read it. */
struct toklink_history {
    const toklink_history_point *const *points; /**< The days with metrics, oldest first. */
    size_t point_count; /**< Number of `points`. */
    const toklink_history_gap *const *gaps; /**< The gaps between the points, oldest first. */
    size_t gap_count; /**< Number of `gaps`. */
    const toklink_growth *over_day; /**< The change over the day before the last point; NULL without earlier metrics. */
    /** The change over the 7 days before the last point; NULL without earlier metrics. */
    const toklink_growth *over_week;
    /** The change over the 30 days before the last point; NULL without earlier metrics. */
    const toklink_growth *over_month;
};

/** Frees a history. NULL is allowed. */
void toklink_history_free(const toklink_history *history);

/** Reads the metrics that `toklink_collect_metrics` stored from `from_day` to `to_day` (inclusive, in UTC, for
 *  example `2026-11-23`; at most 400 days). Only reads the store. Returns NULL on failure. Free the history with
 *  `toklink_history_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if a day or the range is invalid; `TOKLINK_ERR_UNAVAILABLE` if the store
 *  fails. */
const toklink_history *toklink_metrics_history(const toklink_client *client, const char *account, const char *from_day,
    const char *to_day, toklink_error **error);

/** The progress of a collection. May be copied. */
struct toklink_collect_progress {
    uint64_t collected; /**< Number of accounts whose metrics are now stored. */
    /** Number of accounts whose stored metrics are recent enough, or that another process is reading. */
    uint64_t current;
    /** Number of accounts that cannot be read until their users connect them again. An account whose access was just
     *  revoked counts once as failed instead. */
    uint64_t skipped;
    uint64_t failed; /**< Number of accounts whose metrics could not be read or stored. */
    int64_t total; /**< Number of accounts in the store; -1 if unknown. */
};

/** Receives the progress of a collection, in order. A slow host only receives the latest progress. Called on the
 *  calling thread of a blocking call, otherwise on the callback thread. Return false to stop the collection, which
 *  keeps the metrics that it has read. */
typedef bool (*toklink_collect_progress_callback)(void *user_data, const toklink_collect_progress *progress);

/** The accounts and the limits of a collection. Initialise them with `TOKLINK_COLLECT_OPTIONS_INIT`. */
struct toklink_collect_options {
    size_t size; /**< The size of this struct, which `TOKLINK_COLLECT_OPTIONS_INIT` sets. */
    /** Only reads the accounts of this tenant. NULL: all tenants. Cannot be combined with `accounts`. */
    const char *tenant;
    const char *const *accounts; /**< Only reads the accounts with these ids. NULL: all accounts. */
    size_t account_count; /**< Number of `accounts`. */
    size_t max_concurrency; /**< Number of accounts that are read at the same time, 1 to 100. 0: 16. */
    /** Maximum number of accounts that this call reads. The next call continues with the remaining ones. 0: no
     *  limit. */
    size_t limit;
    /** Replaces metrics of today that are older than this, in milliseconds. Use slightly less than the job's
     *  interval. 0: each account is read once a day (UTC). */
    uint64_t max_age_ms;
    /** Time limit in milliseconds, after which the collection stops with `TOKLINK_REASON_TIMED_OUT`. 0: no limit. */
    uint64_t timeout_ms;
    toklink_collect_progress_callback progress; /**< Receives the progress; NULL: none. */
    /** Passed to `progress`. NULL: the call's `user_data`. Must live until the collection has ended. */
    void *progress_data;
};
#define TOKLINK_COLLECT_OPTIONS_INIT TOKLINK_INIT(toklink_collect_options)

/** The failure of one account in a collection. */
struct toklink_collect_failure {
    const char *account; /**< The id of the account. */
    const toklink_error *error; /**< The error; never NULL. */
};

/** The result of a collection.
 *  Threads: immutable; any thread may read it. */
struct toklink_collect_report {
    const char *day; /**< The day in UTC under which the metrics are stored, for example `2026-11-23`. */
    bool complete; /**< True if all accounts were processed; false after a cancellation, or when `limit` was reached. */
    uint64_t collected; /**< Number of accounts whose metrics were stored. */
    /** Number of accounts whose stored metrics are recent enough, or that another process is reading. */
    uint64_t current;
    /** Number of accounts that cannot be read until their users connect them again. An account whose access was just
     *  revoked counts once as failed instead. */
    uint64_t skipped;
    uint64_t failed; /**< Number of accounts whose metrics could not be read or stored. */
    int64_t total; /**< Number of accounts in the store; -1 if unknown. */
    const toklink_collect_failure *const *failures; /**< The failures, at most one hundred. */
    size_t failure_count; /**< Number of `failures`. */
};

/** Receives the result of `toklink_collect_metrics`. On failure, `report` is NULL; on success, `error` is NULL. Both
 *  are valid until the callback returns. */
typedef void (*toklink_collect_done)(void *user_data, toklink_op operation, const toklink_collect_report *report,
    const toklink_error *error);

/** Frees a report. NULL is allowed. */
void toklink_collect_report_free(const toklink_collect_report *report);

/** Reads the metrics of many accounts and stores them under today's date (UTC), once per account and day.
 *  `toklink_metrics_history` returns them. If `options` is NULL, reads all accounts. Sends two requests per account,
 *  waits for the quota windows, and refreshes tokens. It may be cancelled and called again at any time, and several
 *  processes may share the work. If a process dies, other processes can read its accounts after 30 minutes.
 *  Errors: those of the store. The report lists the failures of single accounts. A cancelled collection succeeds
 *  with an incomplete report. */
void toklink_collect_metrics(const toklink_client *client, const toklink_collect_options *options,
    toklink_collect_done done, void *user_data, toklink_op *out_operation);

/** Runs `toklink_collect_metrics` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_collect_report_free`. */
const toklink_collect_report *toklink_collect_metrics_blocking(const toklink_client *client,
    const toklink_collect_options *options, toklink_error **error);

/* ---- Publishing ------------------------------------------------------------------------------------------------- */

/** One TikTok rule that a video violates. */
struct toklink_finding {
    const char *rule; /**< The rule: `size`, `duration`, `frame_rate`, `pixels` or `codec`. */
    const char *found; /**< The value in the file. */
    const char *allowed; /**< The values that TikTok accepts. */
    const char *advice; /**< Advice for the user. */
    bool is_error; /**< True if TikTok would reject the video; false for a warning. */
};

/** The properties of a video file, and the rules that it violates.
 *  Threads: immutable; any thread may read it. */
struct toklink_probe_report {
    bool is_acceptable; /**< True if TikTok should accept the video, which means that no finding is an error. */
    const char *container; /**< The container: `mp4`, `mov` or `webm`. */
    const char *mime; /**< The MIME type, for example `video/mp4`. */
    const char *video_codec; /**< The codec: `h264`, `h265`, `vp8`, `vp9`, or the name in the file; empty if unknown. */
    uint64_t size_bytes; /**< Number of bytes of the file. */
    int64_t duration_ms; /**< The duration in milliseconds; -1 if unknown. */
    int32_t width; /**< The displayed width in pixels; -1 if unknown. */
    int32_t height; /**< The displayed height in pixels; -1 if unknown. */
    uint32_t rotation; /**< The clockwise rotation that a player applies, in degrees: 0, 90, 180 or 270. */
    double fps; /**< Frames per second; `NaN` if unknown. */
    int32_t variable_fps; /**< 1 if the frame durations clearly differ, 0 if not; -1 if unknown. */
    int32_t has_audio; /**< 1 if the video has sound, 0 if not; -1 if unknown. */
    const toklink_finding *const *findings; /**< The rules that the video violates. */
    size_t finding_count; /**< Number of `findings`. */
};

/** Frees a report. NULL is allowed. */
void toklink_probe_report_free(const toklink_probe_report *report);

/** Reads a video file's headers and checks them against TikTok's rules. Blocks while it reads a few hundred bytes.
 *  Requires neither a client nor a network. Returns NULL on failure; a video that violates a rule is not a failure.
 *  Free the report with `toklink_probe_report_free`.
 *  Errors: `TOKLINK_ERR_NOT_FOUND` if the file does not exist; `TOKLINK_ERR_INVALID_INPUT` if it cannot be read or
 *  is not a video. */
const toklink_probe_report *toklink_probe_video(const char *path, toklink_error **error);

/** The kind of a caption part. */
TOKLINK_ENUM(toklink_caption_kind) {
    /** Plain text. A line break counts as one character and is sent as ` `, even if the text contains `\r ` or `\r`. */
    TOKLINK_CAPTION_TEXT = 0,
    /** A hashtag, with or without its `#`: letters of any script with their combining marks, decimal digits and `_`. */
    TOKLINK_CAPTION_HASHTAG = 1,
    TOKLINK_CAPTION_MENTION = 2, /**< A mention of a username, with or without its `@`. */
};

/** One part of a caption. */
struct toklink_caption_part {
    uint32_t kind; /**< A `toklink_caption_kind`. */
    const char *text; /**< The text of the part. */
};

/** Builds a caption from `count` parts. TikTok only links a hashtag or a mention between spaces or line ends, so the
 *  library adds spaces. A caption that TikTok would truncate is rejected. `max_units` is the maximum number of
 *  UTF-16 code units: 2200 for the title of a video, 90 and 4000 for the title and the description of photos. 0:
 *  2200. Returns NULL on failure. Free the text with `toklink_text_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if a hashtag or a username is invalid (the message names the first invalid
 *  character and its position), or with `TOKLINK_REASON_TITLE_TOO_LONG` if the caption is too long. */
char *toklink_build_caption(const toklink_caption_part *parts, size_t count, size_t max_units, toklink_error **error);

/** The current activity of a publish. Later versions may add values. */
TOKLINK_ENUM(toklink_publish_phase) {
    TOKLINK_PHASE_OTHER = 0, /**< A value that this version of the header does not define. */
    TOKLINK_PHASE_PROBING = 1, /**< The library checks the file. */
    TOKLINK_PHASE_SENDING = 2, /**< The library sends the file's bytes. */
    TOKLINK_PHASE_PROCESSING = 3, /**< TikTok processes the file. */
    TOKLINK_PHASE_MODERATING = 4, /**< The video is posted. TikTok moderates it before it assigns a public id. */
    TOKLINK_PHASE_PUBLISHED = 5, /**< Published. */
};

/** TikTok's status of a publish. Later versions may add values. */
TOKLINK_ENUM(toklink_publish_state) {
    TOKLINK_PUBLISH_OTHER = 0, /**< A value that this version of the header does not define. */
    TOKLINK_PUBLISH_PROCESSING_UPLOAD = 1, /**< TikTok is receiving or processing the bytes. */
    TOKLINK_PUBLISH_PROCESSING_DOWNLOAD = 2, /**< TikTok is fetching the file itself. */
    TOKLINK_PUBLISH_SEND_TO_USER_INBOX = 3, /**< A draft is in the creator's inbox. */
    TOKLINK_PUBLISH_COMPLETE = 4, /**< Posted. TikTok may report the public id of a public post later. */
    TOKLINK_PUBLISH_FAILED = 5, /**< Ended without a post. */
};

/** A publish: its outcome, or its status at TikTok.
 *  Threads: immutable; any thread may read it. */
struct toklink_publish {
    const char *publish_id; /**< TikTok's id of the publish. */
    /** The key that identifies the publish; empty in the result of `toklink_publish_status`. */
    const char *idempotency_key;
    toklink_publish_state state; /**< TikTok's status. */
    /** The current activity. `TOKLINK_PHASE_MODERATING` means that the video is posted, but has no public id yet. */
    toklink_publish_phase phase;
    const char *fail_reason; /**< TikTok's reason for a failure; empty otherwise. */
    /** The link to the post; empty until the post's id and the creator's username are known, and for a post that is
     *  not public. */
    const char *share_url;
    const char *const *post_ids; /**< The ids of the public posts, as text because they exceed 2^53. */
    size_t post_id_count; /**< Number of `post_ids`. */
    const char *const *warnings; /**< The settings that TikTok ignores for this post, one sentence each. */
    size_t warning_count; /**< Number of `warnings`. */
    int64_t uploaded_bytes; /**< Number of bytes that TikTok has received; -1 if TikTok does not report it. */
};

/** Receives the result of a publish or of another function that returns a publish. On failure, `publish` is NULL; on
 *  success, `error` is NULL. Both are valid until the callback returns. */
typedef void (*toklink_publish_done)(void *user_data, toklink_op operation, const toklink_publish *publish,
    const toklink_error *error);

/** Frees a publish. NULL is allowed. */
void toklink_publish_free(const toklink_publish *publish);

/** The progress of a publish. May be copied. */
struct toklink_progress {
    toklink_publish_phase phase; /**< The activity. */
    int64_t bytes_sent; /**< Number of bytes sent; decreases when a chunk must be sent again. */
    int64_t total_bytes; /**< Number of bytes of the video; 0 for photos. */
    int64_t bytes_per_second; /**< Mean upload rate of this call in bytes per second. */
    int64_t remaining_ms; /**< Estimated time until all bytes are sent, in milliseconds; -1 if unknown. */
    char publish_id[128]; /**< TikTok's id of the publish, terminated by a NUL; empty while it is unknown. */
};

/** Writes the next bytes of a video to `buffer`, at most `capacity`, and their number to `out_read`; 0 marks the
 *  end. Return false if the bytes cannot be read: the publish then fails without a post. The function may block. The
 *  library calls it on one of its threads, one call at a time, until it calls `read_destroy`. After a cancellation
 *  or a failure, a call may run at the same time as the completion or after it, so a reader may wait for the
 *  completion.
 *  The function must deliver 10,000 bytes per second on average. A publish waits for it at most 60 s in total, and
 *  each byte restores 0.1 ms of that time. All bytes must arrive within the hour in which TikTok accepts them. A
 *  slower reader fails the publish with `TOKLINK_ERR_UNAVAILABLE`. At most sixteen readers of a process run at the
 *  same time; a reader that waits for its turn counts as slow. `toklink_client_free` waits for a call that has not
 *  returned. */
typedef bool (*toklink_read_callback)(void *user_data, uint8_t *buffer, size_t capacity, size_t *out_read);

/** Receives the progress of a publish, in order. A slow host only receives the latest progress. Called on the
 *  calling thread of a blocking call, otherwise on the callback thread. Return false to cancel the publish. */
typedef bool (*toklink_progress_callback)(void *user_data, const toklink_progress *progress);

/** The content and the settings of a post. Initialise it with `TOKLINK_PUBLISH_OPTIONS_INIT`; comments, duets and
 *  stitches are off by default. A video needs exactly one of `path`, `data`, `read`, `url` and `relay_url`; photos
 *  need `photo_urls`.
 *  Threads: the library reads them only during the call to which they are passed. */
struct toklink_publish_options {
    size_t size; /**< The size of this struct, which `TOKLINK_PUBLISH_OPTIONS_INIT` sets. */
    const char *account; /**< The id of the account. Required. */
    /** The key under which the account posts at most once. After a crash, a call with the same key continues after
     *  the last accepted byte; after success, it returns the same publish. NULL: a random key. */
    const char *idempotency_key;
    /** The path of the video file in UTF-8: MP4, MOV or WebM. The file must not change until the publish has ended. */
    const char *path;
    const uint8_t *data; /**< The bytes of the video, which are copied. */
    size_t data_size; /**< Number of bytes of `data`. */
    /** Reads exactly `read_size` bytes. The library keeps at most 10.5 MB of them, for a chunk that must be sent
     *  again. To resume such a publish, supply the same bytes from the first one under the same idempotency key. */
    toklink_read_callback read;
    void *read_data; /**< Passed to `read`; it must live until `read_destroy` is called. */
    /** Frees `read_data` once `read` is not called again; NULL: nothing to free. Called once for each call that
     *  takes these options: see "Callbacks" at the top. */
    toklink_destroy read_destroy;
    uint64_t read_size; /**< Number of bytes that `read` delivers. */
    /** An https URL from which TikTok fetches the video within one hour. Its domain must be verified for the app. */
    const char *url;
    /** A public https URL from which the library reads the video while it uploads it. The server must respond within
     *  30 s and state the length. Private addresses are rejected, even behind redirects. */
    const char *relay_url;
    /** The https URLs of the photos (JPEG or `WebP`), on a domain that is verified for the app. */
    const char *const *photo_urls;
    size_t photo_count; /**< Number of `photo_urls`, 1 to 35. */
    size_t cover_index; /**< The index of the cover in `photo_urls`. */
    /** The audience, one of `privacy_levels` of `toklink_creator`, for example `SELF_ONLY`. Required except for
     *  drafts. */
    const char *privacy_level;
    /** The caption of a video (at most 2,200 UTF-16 code units) or the title of photos (at most 90), with `#tags`
     *  and `@handles`. */
    const char *title;
    const char *description; /**< The text below photos, at most 4,000 UTF-16 code units; not for videos. */
    /** The position of the cover frame, in milliseconds; only for videos that are `PUBLIC_TO_EVERYONE`. 0: the first
     *  frame. */
    uint32_t cover_timestamp_ms;
    /** First asks TikTok to fetch `relay_url` itself. The library relays the video only if the domain is not
     *  verified for the app. */
    bool relay_if_unverified;
    bool allow_comment; /**< Allows comments. */
    bool allow_duet; /**< Allows duets; for videos. */
    bool allow_stitch; /**< Allows stitches; for videos. */
    bool brand_content; /**< Declares a paid partnership with a third party. */
    bool brand_organic; /**< Declares a promotion of the creator's own business. */
    bool is_aigc; /**< Labels the post as AI-generated. */
    bool auto_add_music; /**< Lets TikTok add recommended music; for photos. */
    /** Sends a draft to the creator's inbox instead of posting. TikTok then ignores the settings; the result
     *  contains a warning for each. */
    bool draft;
    bool no_wait; /**< Completes when TikTok has accepted all bytes, without waiting for the outcome. */
    /** Time limit in milliseconds, after which the publish is cancelled with `TOKLINK_REASON_TIMED_OUT`; it can be
     *  resumed. 0: no limit. */
    uint64_t timeout_ms;
    toklink_progress_callback progress; /**< Receives the progress; NULL: none. */
    /** Passed to `progress`. NULL: the call's `user_data`. Must live until the publish has ended. */
    void *progress_data;
};
#define TOKLINK_PUBLISH_OPTIONS_INIT TOKLINK_INIT(toklink_publish_options)

/** Posts a video: checks it, uploads it in chunks, and waits for TikTok's outcome, which takes up to a few minutes.
 *  A file upload posts at most once per idempotency key, even when processes are suspended or die, provided that the
 *  store implements conditional writes correctly.
 *  Errors: those of every request; `TOKLINK_ERR_INVALID_INPUT` if the video violates one of TikTok's rules, before a
 *  byte is sent; `TOKLINK_ERR_REJECTED` if TikTok rejected the post; `TOKLINK_ERR_CONFLICT` with a reason if the key
 *  belongs to another publish, another attempt works on it (after a crash: for up to 60 s, then call again), or its
 *  last chunk is unclear; `TOKLINK_ERR_CANCELLED` if the host stopped it. `idempotency_key` of the error resumes it. */
void toklink_publish_video(const toklink_client *client, const toklink_publish_options *options,
    toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Runs `toklink_publish_video` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_publish_free`. */
const toklink_publish *toklink_publish_video_blocking(const toklink_client *client,
    const toklink_publish_options *options, toklink_error **error);

/** Posts photos, which TikTok fetches from `photo_urls`, and waits for TikTok's outcome. The library sends the
 *  request at most once: if its response is lost, the key fails with a conflict until you call
 *  `toklink_abandon_publish`.
 *  Errors: those of every request; `TOKLINK_ERR_INVALID_INPUT` if the photos or settings violates one of TikTok's
 *  rules, before a request is sent; `TOKLINK_ERR_REJECTED` if TikTok rejected the post; `TOKLINK_ERR_CONFLICT` with
 *  a reason if the key belongs to another publish, or TikTok may have the post and its response was lost;
 *  `TOKLINK_ERR_CANCELLED` if the host stopped it. `idempotency_key` of the error resumes it. */
void toklink_publish_photos(const toklink_client *client, const toklink_publish_options *options,
    toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Runs `toklink_publish_photos` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_publish_free`. */
const toklink_publish *toklink_publish_photos_blocking(const toklink_client *client,
    const toklink_publish_options *options, toklink_error **error);

/** Resumes a publish that a crash, a cancellation or a failure interrupted, even in another process. Continues after
 *  the last complete chunk that TikTok accepted. `publish` is the idempotency key or TikTok's publish id. The
 *  options must contain the account. They must also contain the video if it came as bytes or from a reader, or if
 *  its file has moved. `progress`, `no_wait` and `timeout_ms` apply.
 *  Errors: those of every request; `TOKLINK_ERR_NOT_FOUND` if the journal has no such publish;
 *  `TOKLINK_ERR_CONFLICT` with a reason if the video differs, the publish cannot be resumed, or another attempt
 *  works on it. */
void toklink_resume_publish(const toklink_client *client, const char *publish, const toklink_publish_options *options,
    toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Runs `toklink_resume_publish` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_publish_free`. */
const toklink_publish *toklink_resume_publish_blocking(const toklink_client *client, const char *publish,
    const toklink_publish_options *options, toklink_error **error);

/** Queries a publish, within TikTok's limits, until it has an outcome. The options must contain the account;
 *  `progress` and `timeout_ms` apply.
 *  Errors: those of every request; `TOKLINK_ERR_REJECTED` if TikTok rejected the post; `TOKLINK_ERR_CANCELLED` if
 *  the host stopped the wait. */
void toklink_wait_for_publish(const toklink_client *client, const char *publish_id,
    const toklink_publish_options *options, toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Runs `toklink_wait_for_publish` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_publish_free`. */
const toklink_publish *toklink_wait_for_publish_blocking(const toklink_client *client, const char *publish_id,
    const toklink_publish_options *options, toklink_error **error);

/** Queries the status of a publish once.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_publish_status(const toklink_client *client, const char *account, const char *publish_id,
    toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Runs `toklink_publish_status` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_publish_free`. */
const toklink_publish *toklink_publish_status_blocking(const toklink_client *client, const char *account,
    const char *publish_id, toklink_error **error);

/** Asks TikTok to stop a publish whose media TikTok fetches itself. TikTok may not comply. A finished post stays.
 *  Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_cancel_publish(const toklink_client *client, const char *account, const char *publish_id,
    toklink_done done, void *user_data, toklink_op *out_operation);

/** Runs `toklink_cancel_publish` and blocks until it has finished. */
toklink_status toklink_cancel_publish_blocking(const toklink_client *client, const char *account,
    const char *publish_id, toklink_error **error);

/** A publish in the journal.
 *  Threads: immutable; any thread may read it. */
struct toklink_publish_record {
    const char *idempotency_key; /**< The key that identifies the publish. */
    /** The step: `INTENT`, `SENDING`, `LAST_CHUNK`, `PROCESSING`, `DONE` or `FAILED`; empty in the result of
     *  `toklink_unfinished_publishes`. */
    const char *step;
    const char *publish_id; /**< TikTok's id of the publish; empty before TikTok has assigned one. */
    const char *fail_reason; /**< TikTok's reason for a failure; empty otherwise. */
    uint64_t accepted_bytes; /**< Number of bytes that TikTok has accepted. */
    uint64_t total_bytes; /**< Number of bytes of the video; 0 for photos and for videos that TikTok fetches. */
    bool photos; /**< True for photos. */
    bool draft; /**< True for a draft in the creator's inbox. */
    bool cancel_requested; /**< True if the attempt that works on the publish was asked to stop. */
    const toklink_publish *outcome; /**< The outcome if the step is `DONE`; NULL otherwise. It has no warnings. */
    /** The error of the last attempt; NULL while an attempt is running, and if its process died. */
    const toklink_error *last_error;
    int64_t started_at_ms; /**< Time at which the publish started, in milliseconds since 1970 (UTC). */
    /** Time at which the record was last updated, in milliseconds since 1970 (UTC). A running attempt updates it at
     *  least every 20 s. */
    int64_t updated_at_ms;
};

/** Publishes in the journal, oldest first.
 *  Threads: immutable; any thread may read it. */
struct toklink_publish_list {
    const toklink_publish_record *const *items; /**< The publishes. */
    size_t count; /**< Number of `items`. */
};

/** Frees a publish record. NULL is allowed. */
void toklink_publish_record_free(const toklink_publish_record *record);

/** Frees a list of publishes. NULL is allowed. */
void toklink_publish_list_free(const toklink_publish_list *list);

/** Lists the account's publishes that have not ended. Only reads the store. Returns NULL on failure. Free the list
 *  with `toklink_publish_list_free`.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
const toklink_publish_list *toklink_unfinished_publishes(const toklink_client *client, const char *account,
    toklink_error **error);

/** Finds the publish with an idempotency key, regardless of which process works on it. Only reads the store.
 *  `out_record` receives NULL if there is none. Free the record with `toklink_publish_record_free`.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
toklink_status toklink_find_publish(const toklink_client *client, const char *account, const char *idempotency_key,
    const toklink_publish_record **out_record, toklink_error **error);

/** Asks the attempt that works on a publish to stop, in any process that shares this store. Returns the current
 *  state of the publish. The attempt reads the request within 2 s and ends with `TOKLINK_ERR_CANCELLED`. A publish
 *  that has ended does not change. To cancel the publish at TikTok, use `toklink_cancel_publish`. Returns NULL on
 *  failure. Free the record with `toklink_publish_record_free`.
 *  Errors: `TOKLINK_ERR_NOT_FOUND` if the journal has no such publish; `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
const toklink_publish_record *toklink_request_cancel(const toklink_client *client, const char *account,
    const char *idempotency_key, toklink_error **error);

/** Abandons a publish whose outcome is unknown because its init request or its last chunk may have been sent. Its
 *  key can then be used again. First look for the post in TikTok, and verify that no other process works on this
 *  publish: a suspended process with an unsent request could still post it.
 *  Errors: `TOKLINK_ERR_CONFLICT` if TikTok can still complete the publish; `TOKLINK_ERR_NOT_FOUND` for an unknown
 *  key. */
toklink_status toklink_abandon_publish(const toklink_client *client, const char *account, const char *idempotency_key,
    toklink_error **error);

/* ---- Quotas ----------------------------------------------------------------------------------------------------- */

/** The kind of request that a window counts. Later versions may add values. */
TOKLINK_ENUM(toklink_quota_kind) {
    TOKLINK_QUOTA_OTHER = 0, /**< A kind that this version of the header does not define. */
    TOKLINK_QUOTA_USER_INFO = 1, /**< Profile reads. */
    TOKLINK_QUOTA_VIDEO_LIST = 2, /**< Pages of the video list. */
    TOKLINK_QUOTA_VIDEO_QUERY = 3, /**< Queries of videos by id. */
    TOKLINK_QUOTA_CREATOR_INFO = 4, /**< Reads of the creator's posting options. */
    TOKLINK_QUOTA_PUBLISH_INIT = 5, /**< Starts of direct posts, drafts and photo posts, which share one window. */
    TOKLINK_QUOTA_PUBLISH_STATUS = 6, /**< Status queries. */
    TOKLINK_QUOTA_VIDEO_UPLOAD = 7, /**< Videos, photo posts and drafts sent to TikTok. */
};

/** One window: at most `limit` requests of a kind in any `window_ms` milliseconds. */
struct toklink_quota_window {
    toklink_quota_kind kind; /**< The kind of request that the window counts. */
    uint64_t window_ms; /**< The length of the window in milliseconds. */
    uint32_t limit; /**< Maximum number of requests in the window. */
    uint32_t used; /**< Number of requests in the window, including running ones. */
    uint32_t remaining; /**< Number of requests that are allowed now. */
    uint32_t percent; /**< The threshold of a warning in percent, 80 or 95; 0 otherwise. */
    uint64_t resets_in_ms; /**< Milliseconds until the oldest request leaves the window; 0 if it is empty. */
    /** Time at which the oldest request leaves the window, in milliseconds since 1970 (UTC); 0 if unknown. */
    int64_t reset_at_ms;
};

/** All quota windows of one account.
 *  Threads: immutable; any thread may read it. */
struct toklink_quota {
    const toklink_quota_window *const *items; /**< The windows. */
    size_t count; /**< Number of `items`. */
};

/** Frees the windows of an account. NULL is allowed. */
void toklink_quota_free(const toklink_quota *quota);

/** Returns the account's quota windows as counted by this process, within microseconds. `toklink_read_quota` reads
 *  the counts of all processes from Redis. Returns NULL on failure. Free the result with `toklink_quota_free`. */
const toklink_quota *toklink_quota_status(const toklink_client *client, const char *account, toklink_error **error);

/** Reads the account's quota windows from Redis, for all processes, or from this process if Redis is not configured.
 *  Returns NULL on failure. Free the result with `toklink_quota_free`.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if Redis does not respond. */
const toklink_quota *toklink_read_quota(const toklink_client *client, const char *account, toklink_error **error);

/** Returns `TOKLINK_OK` if a request of this `toklink_quota_kind` is allowed now. Does not count a request.
 *  Errors: `TOKLINK_ERR_RATE_LIMITED` or `TOKLINK_ERR_QUOTA_EXHAUSTED`, with the time until a request is allowed. */
toklink_status toklink_check_quota(const toklink_client *client, const char *account, uint32_t kind,
    toklink_error **error);

/** Counts a request of this `toklink_quota_kind` that the host sent for the account without this client. */
toklink_status toklink_increment_quota(const toklink_client *client, const char *account, uint32_t kind,
    toklink_error **error);

/** Resets the account's quota windows to zero usage. TikTok keeps its own counts: only use this in tests, and after
 *  TikTok changed its limits. */
toklink_status toklink_reset_quota(const toklink_client *client, const char *account, toklink_error **error);

/** Returns the quota windows of all accounts as text, for `toklink_restore_quota` after a restart. The text contains
 *  no account names. Returns NULL on failure. Free the text with `toklink_text_free`. */
char *toklink_quota_snapshot(const toklink_client *client, toklink_error **error);

/** Adds the requests of a snapshot to the counts. Ignores requests whose windows have ended.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if `snapshot` is not a snapshot. */
toklink_status toklink_restore_quota(const toklink_client *client, const char *snapshot, toklink_error **error);

/* ---- Events ----------------------------------------------------------------------------------------------------- */

/** The kind of an event. Later versions may add values. */
TOKLINK_ENUM(toklink_event_kind) {
    TOKLINK_EVENT_OTHER = 0, /**< An event that this version of the header does not define. */
    TOKLINK_EVENT_REFRESHED = 1, /**< A new token pair was stored; see `token_expires_at_ms`. */
    TOKLINK_EVENT_REFRESH_FAILED = 2, /**< A refresh failed; see `error`. */
    TOKLINK_EVENT_REVOKED = 3, /**< The user or TikTok revoked the consent. */
    /** A refresh returned fewer scopes than were granted before; see `lost_scopes`. */
    TOKLINK_EVENT_SCOPES_REDUCED = 4,
    TOKLINK_EVENT_KEY_RETIRED = 5, /**< An encryption key is no longer needed by any account; see `detail`. */
    TOKLINK_EVENT_LAGGED = 6, /**< The host was too slow, so events were dropped; see `lagged`. */
    /** A request fills a quota window to 80 or 95 percent; see `quota`. Emitted once for each threshold, and again
     *  after usage has fallen below half of the window. */
    TOKLINK_EVENT_QUOTA_WARNING = 7,
    /** The Redis server that counts requests does not respond or has lost its counts; see `sharing`. */
    TOKLINK_EVENT_REDIS_UNAVAILABLE = 8,
    /** The Redis server that counts requests responds again, and now includes the requests that this process sent in
     *  between. */
    TOKLINK_EVENT_REDIS_AVAILABLE = 9,
    /** The Redis server of `REDIS_URL` is not used, so each process counts its own requests; see `detail`. Emitted
     *  at most once per client, with its first request. */
    TOKLINK_EVENT_REDIS_IGNORED = 10,
    /** A call for an account ended; see `operation`, `error` and `quota`. Only emitted by `toklink_call_events`. */
    TOKLINK_EVENT_CALLED = 11,
};

/** An event about an account, or about the encryption keys. It contains no token. */
struct toklink_event {
    toklink_event_kind kind; /**< The kind. */
    const char *account; /**< The id of the account; empty if the event does not concern an account. */
    int64_t at_ms; /**< Time of the event, in milliseconds since 1970 (UTC); 0 for `TOKLINK_EVENT_LAGGED`. */
    /** The name of the retired key, or the reason why the Redis server of `REDIS_URL` is not used; empty for other
     *  events. */
    const char *detail;
    /** The endpoint of a call, for example `user_info` or `video_init`, or `access_token` if no token was available;
     *  empty for other events. */
    const char *operation;
    const toklink_error *error; /**< The error of a failed refresh or call; NULL otherwise. */
    const char *const *lost_scopes; /**< The scopes that are no longer granted. */
    size_t lost_scope_count; /**< Number of `lost_scopes`. */
    /** Time at which the new access token expires, in milliseconds since 1970 (UTC); 0 for other events. */
    int64_t token_expires_at_ms;
    uint64_t lagged; /**< Number of events that were dropped before this one. */
    /** The quota window that a warning or a call concerns; NULL for other events. */
    const toklink_quota_window *quota;
    /** True if this process counts its own requests and continues while Redis is unavailable; otherwise requests are
     *  rejected. */
    bool sharing;
};

/** Receives an event on the callback thread. Events arrive one at a time and in order. The event is valid until the
 *  callback returns. A host that is more than 256 events behind loses the oldest events and receives the number of
 *  lost events. */
typedef void (*toklink_event_callback)(void *user_data, const toklink_event *event);

/** Calls `callback` with the events of all accounts from now on, until the client is closed. For `destroy` (may be
 *  NULL) see "Callbacks" at the top. May be called for several callbacks. */
toklink_status toklink_events(const toklink_client *client, toklink_event_callback callback, void *user_data,
    toklink_destroy destroy, toklink_error **error);

/** Calls `callback` with a `TOKLINK_EVENT_CALLED` for each call for an account that ends from now on, until the
 *  client is closed. A host can keep a health record of each account from these events. A read from the cache does
 *  not count as a call. Otherwise behaves like `toklink_events`. */
toklink_status toklink_call_events(const toklink_client *client, toklink_event_callback callback, void *user_data,
    toklink_destroy destroy, toklink_error **error);

/* ---- Webhooks --------------------------------------------------------------------------------------------------- */

/** The kind of a webhook. Later versions may add values. */
TOKLINK_ENUM(toklink_webhook_kind) {
    /** A genuine webhook that this version does not know, or that lacks a documented field: respond with 200. */
    TOKLINK_WEBHOOK_OTHER = 0,
    TOKLINK_WEBHOOK_AUTHORIZATION_REMOVED = 1, /**< A user's consent was revoked; see `reason`. */
    TOKLINK_WEBHOOK_PUBLISH_FAILED = 2, /**< A publish failed without a post; see `reason`. */
    TOKLINK_WEBHOOK_PUBLISH_COMPLETE = 3, /**< The upload was processed, or the creator posted the draft. */
    TOKLINK_WEBHOOK_INBOX_DELIVERED = 4, /**< A draft is in the creator's inbox. */
    TOKLINK_WEBHOOK_PUBLICLY_AVAILABLE = 5, /**< The post can be seen by everyone. */
    TOKLINK_WEBHOOK_NO_LONGER_PUBLICLY_AVAILABLE = 6, /**< The post can no longer be seen by everyone. */
    TOKLINK_WEBHOOK_SHARE_FAILED = 7, /**< An upload by the old Share Video Kit failed. */
    TOKLINK_WEBHOOK_SHARE_COMPLETED = 8, /**< A video of the old Share Video Kit was posted. */
    TOKLINK_WEBHOOK_DOWNLOAD_READY = 9, /**< An export of a user's data can be downloaded. */
};

/** The effect of a webhook. Respond with 200 to all of them. Later versions may add values. */
TOKLINK_ENUM(toklink_webhook_effect) {
    TOKLINK_EFFECT_NOTHING_TO_DO = 0, /**< The webhook concerns the host only. Nothing was changed. */
    TOKLINK_EFFECT_APPLIED = 1, /**< The journal or an account was changed. */
    TOKLINK_EFFECT_ALREADY_KNOWN = 2, /**< The webhook reported nothing new. */
    TOKLINK_EFFECT_NOT_OURS = 3, /**< The webhook is about a publish or an account that is not in the store. */
    TOKLINK_EFFECT_ANOTHER_OWNER = 4, /**< The webhook names another user than the owner of the publish. */
    TOKLINK_EFFECT_OUTDATED = 5, /**< The consent was revoked before the user connected again. */
};

/** A verified webhook.
 *  Threads: immutable; any thread may read it. */
struct toklink_webhook {
    toklink_webhook_kind kind; /**< The kind. */
    const char *name; /**< TikTok's name of the event, for example `post.publish.complete`. */
    const char *open_id; /**< TikTok's id of the user; empty if the webhook does not contain one. */
    const char *publish_id; /**< TikTok's id of the publish; empty if the webhook does not concern a publish. */
    const char *post_id; /**< The id of the post, as text; empty if the webhook does not contain one. */
    const char *reason; /**< The reason for a failed publish or a revoked consent; empty for other kinds. */
    const char *dedupe_key; /**< A text that is the same for every delivery of one event. */
    int64_t created_at_ms; /**< Time of the event, in milliseconds since 1970 (UTC), with a resolution of one second. */
};

/** Frees a webhook. NULL is allowed. */
void toklink_webhook_free(const toklink_webhook *webhook);

/** Verifies a webhook and parses it. `signature` is the value of the `Tiktok-Signature` header. `body` is the raw
 *  request body. `previous_secret` is a client secret that is still accepted while the secret is being changed at
 *  TikTok; usually NULL. `tolerance_ms` is the maximum difference between the signature's time and the current time;
 *  0 for five minutes. Performs no I/O. Returns NULL on failure. Free the webhook with `toklink_webhook_free`.
 *  Errors: `TOKLINK_ERR_INTEGRITY` if TikTok did not send the webhook, or it is for another app, or it is too old:
 *  respond with 401. `TOKLINK_ERR_INVALID_INPUT` if it is larger than 64 KiB. A verified webhook that this version
 *  cannot parse becomes `TOKLINK_WEBHOOK_OTHER`. */
const toklink_webhook *toklink_verify_webhook(const toklink_client *client, const char *signature, const uint8_t *body,
    size_t body_size, const char *previous_secret, uint64_t tolerance_ms, toklink_error **error);

/** Applies a verified webhook: ends the publish in the journal, which also ends any wait for it, or disconnects an
 *  account whose consent was revoked. Events may be applied more than once and in any order. `out_effect` receives
 *  the effect; it may be NULL.
 *  Errors: those of the store. Respond with a status other than 200, so that TikTok sends the webhook again. */
toklink_status toklink_apply_webhook(const toklink_client *client, const toklink_webhook *webhook,
    toklink_webhook_effect *out_effect, toklink_error **error);

/* ---- Encryption keys -------------------------------------------------------------------------------------------- */

/** The progress of a reseal. May be copied. */
struct toklink_reseal_progress {
    uint64_t done; /**< Number of accounts that were processed. */
    uint64_t resealed; /**< Number of accounts whose tokens were re-encrypted. */
    uint64_t current; /**< Number of accounts that needed no change. */
    uint64_t skipped; /**< Number of accounts without tokens. */
    uint64_t failed; /**< Number of accounts whose tokens could not be decrypted or written. They are unchanged. */
    int64_t total; /**< Number of accounts in the store; -1 if unknown. */
};

/** Receives the progress of a reseal, after each page of accounts. A slow host only receives the latest progress.
 *  Called on the calling thread of a blocking call, otherwise on the callback thread. Return false to cancel the
 *  reseal. */
typedef bool (*toklink_reseal_progress_callback)(void *user_data, const toklink_reseal_progress *progress);

/** The settings of a reseal. Initialise them with `TOKLINK_RESEAL_OPTIONS_INIT`. */
struct toklink_reseal_options {
    size_t size; /**< The size of this struct, which `TOKLINK_RESEAL_OPTIONS_INIT` sets. */
    bool check_only; /**< Only counts the accounts, without writing. */
    /** Also encrypts tokens that an old installation stored as plaintext. No other function reads plaintext tokens. */
    bool accept_clear_text;
    /** Encrypts the tokens with the first key in the old format, so that the earlier program can read them again.
     *  The values are not bound to an account. A client only decrypts them with `accept_legacy`. */
    bool to_legacy;
    /** Time limit in milliseconds, after which the reseal is cancelled with `TOKLINK_REASON_TIMED_OUT`. 0: no limit. */
    uint64_t timeout_ms;
    toklink_reseal_progress_callback progress; /**< Receives the progress; NULL: none. */
    /** Passed to `progress`. NULL: the call's `user_data`. Must live until the reseal has ended. */
    void *progress_data;
};
#define TOKLINK_RESEAL_OPTIONS_INIT TOKLINK_INIT(toklink_reseal_options)

/** A key that stored tokens still need. */
struct toklink_reseal_key {
    const char *name; /**< The name of the key. */
    uint64_t accounts; /**< Number of accounts that need the key. */
};

/** The failure of one account in a reseal. */
struct toklink_reseal_failure {
    const char *account; /**< The id of the account. */
    toklink_status status; /**< The status. */
    const char *message; /**< Description of the error and of what to do next. */
};

/** The result of a reseal.
 *  Threads: immutable; any thread may read it. */
struct toklink_reseal_report {
    uint64_t done; /**< Number of accounts that were processed. */
    uint64_t resealed; /**< Number of accounts whose tokens were re-encrypted. */
    uint64_t current; /**< Number of accounts that needed no change. */
    uint64_t skipped; /**< Number of accounts without tokens. */
    uint64_t failed; /**< Number of accounts whose tokens could not be decrypted or written. They are unchanged. */
    /** Number of accounts that still have to be re-encrypted. When it is 0, older keys can be removed. */
    uint64_t outstanding;
    uint64_t older_key; /**< Number of accounts with a value under an older key. */
    uint64_t legacy; /**< Number of accounts with a value in the old format. */
    uint64_t clear_text; /**< Number of accounts with a plaintext token. */
    const char *sealing_key; /**< The name of the current encryption key. */
    const toklink_reseal_key *const *keys; /**< The keys that stored tokens still need. */
    size_t key_count; /**< Number of `keys`. */
    const toklink_reseal_failure *const *failures; /**< The failures, at most one hundred. */
    size_t failure_count; /**< Number of `failures`. */
};

/** Receives the result of `toklink_reseal_accounts`. On failure, `report` is NULL; on success, `error` is NULL. Both
 *  are valid until the callback returns. */
typedef void (*toklink_reseal_done)(void *user_data, toklink_op operation, const toklink_reseal_report *report,
    const toklink_error *error);

/** Frees a report. NULL is allowed. */
void toklink_reseal_report_free(const toklink_reseal_report *report);

/** Re-encrypts the tokens of all accounts that are under an older key or in an old format, while other operations
 *  run. `options` may be NULL. The reseal may be cancelled between two accounts and called again at any time;
 *  completed accounts stay re-encrypted.
 *  Errors: `TOKLINK_ERR_CONFIG` if the store does not support it. The report lists the failures of single accounts. */
void toklink_reseal_accounts(const toklink_client *client, const toklink_reseal_options *options,
    toklink_reseal_done done, void *user_data, toklink_op *out_operation);

/** Runs `toklink_reseal_accounts` and blocks until it has finished. Returns NULL on failure. Free the result with
 *  `toklink_reseal_report_free`. */
const toklink_reseal_report *toklink_reseal_accounts_blocking(const toklink_client *client,
    const toklink_reseal_options *options, toklink_error **error);

#ifdef __cplusplus
}
#endif

#endif /* TOKLINK_H */
