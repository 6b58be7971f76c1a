/**
 * toklink: a TikTok client library. Logs users in with PKCE, refreshes encrypted tokens, uploads videos in chunks and
 * posts them at most once, reads metrics of accounts and videos, verifies webhooks, and enforces TikTok's quotas.
 * Guide: docs/GUIDE_C.md. Errors: docs/ERRORS.md.
 *
 * Results
 * - The library allocates results. They are const. Later versions add fields only at the end, so do not copy a result
 *   or take its size. Free each result that a function returns exactly once with its toklink_x_free, which accepts
 *   NULL.
 * - A result owns everything that it points to. Lists are arrays of pointers with a count; the array of an empty list
 *   may be NULL. Progress structs are plain values and may be copied.
 * - Strings are UTF-8 and NUL-terminated. A string in a result is never NULL; it is empty if there is no value. The
 *   documentation of other pointers states whether they can be NULL.
 * - An unknown integer is -1 and an unknown double is NaN, where the documentation of the field says so.
 * - Durations are in milliseconds (_ms), times in milliseconds since 1970 in UTC (_at_ms), and sizes in bytes.
 *
 * Options
 * - The host allocates options. Initialise each struct with its TOKLINK_X_INIT. A field that is 0 or NULL has its
 *   default. If a function accepts NULL instead of options, every option has its default. An empty string means the
 *   same as NULL.
 * - `size` is the size of the struct in your header. A newer library accepts it. An older library returns
 *   TOKLINK_ERR_INVALID_INPUT if a field that it does not support is set.
 * - The library copies all arguments except user data, so they may be freed when the call returns.
 *
 * Errors
 * - A function that returns a pointer returns NULL on failure; others return a toklink_status. `toklink_error **error`
 *   may be NULL. Otherwise, initialise the error to NULL; a failure writes an error to it, which you free with
 *   toklink_error_free. Success does not write to it.
 *
 * Accounts
 * - A string identifies an account: `id` of toklink_account, which contains the tenant, if there is one, and the open
 *   id. See toklink_account_id.
 *
 * Operations
 * - An operation that sends requests to TikTok has two forms. toklink_x returns at once and calls its completion
 *   exactly once with the result or the error, also if an argument is invalid. toklink_x_blocking returns the result.
 * - The completion may be NULL. Its arguments are valid until it returns: copy what you need, and free nothing.
 * - `out_operation` may be NULL. It receives the number for toklink_cancel before the operation runs, or 0 if the
 *   operation did not start.
 * - Operations of a client run concurrently. Functions with one form send no requests to TikTok.
 *
 * Callbacks
 * - The library calls completions, progress, events, log lines and `destroy` in order, one at a time: on the client's
 *   callback thread, or, with `wake` set, on the thread that calls toklink_dispatch. The progress callback of a
 *   blocking call runs on the calling thread. The completion of toklink_x runs on the calling thread if the client is
 *   NULL or belongs to the parent of a forked child.
 * - `destroy` is called exactly once for each call that takes it, whether the call succeeds or fails, after the last
 *   use of the user data and never under a lock. It runs on the client's callback thread if the operation started, and
 *   otherwise on the calling thread before the call returns. It is not called for options with an invalid `size`,
 *   which cannot be read, or with a field that this version does not support.
 * - Callbacks may call the library unless their documentation says otherwise. In a callback, toklink_client_close
 *   fails, and toklink_client_free returns at once and cancels the blocking call that runs the callback.
 * - A callback must return normally. Throwing a C++ exception out of it or leaving it with longjmp is undefined
 *   behaviour.
 *
 * Lifetime
 * - toklink_client_free cancels blocking calls on other threads; the last of them shuts the client down before it
 *   returns. No call may start after the client is freed.
 * - After a fork, the child cannot use the parent's client (TOKLINK_REASON_AFTER_FORK). It may free that client and
 *   create its own, but with `sqlite_path` only if no client of the parent used a SQLite file during the fork.
 * - A process may exit at any time. A later call with the same idempotency key continues from the journal.
 * - No panic crosses the C boundary; a bug in the library is reported as TOKLINK_ERR_PANIC. Enum numbers are never
 *   reused, and later versions add numbers.
 *
 * Linking: use -ltoklink, or the static library with -lpthread -ldl -lm. On Linux, the only global symbols of the
 * installed static library are the functions below, so a program may link its own SQLite.
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

/** Initialises a struct of options with its defaults and its size in this header. */
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
typedef struct toklink_quota toklink_quota;
typedef struct toklink_reseal_key toklink_reseal_key;
typedef struct toklink_reseal_failure toklink_reseal_failure;
typedef struct toklink_reseal_report toklink_reseal_report;
typedef struct toklink_reseal_progress toklink_reseal_progress;
typedef struct toklink_reseal_options toklink_reseal_options;
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
typedef struct toklink_webhook toklink_webhook;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/* ---- Version ---------------------------------------------------------------------------------------------------- */

/** Increases with every incompatible change of this interface. While it is 0, any minor release may contain one. */
#define TOKLINK_ABI_VERSION 0

/** Returns the version of the loaded library in the format of `TOKLINK_VERSION`. The string is static. */
const char *toklink_version(void);

/** Returns the version of the loaded library in the format of `TOKLINK_VERSION_NUMBER`: major * 65536 + minor * 256
 *  + patch. */
uint32_t toklink_version_number(void);

/** Returns the ABI version of the loaded library. A host that was compiled with another `TOKLINK_ABI_VERSION` must
 *  not use the library. */
uint32_t toklink_abi_version(void);

/* ---- Errors and texts ------------------------------------------------------------------------------------------- */

/** The result of a call, which determines what to do next. Later versions add numbers; treat an unknown number like
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
    TOKLINK_ERR_RATE_LIMITED = 5, /**< A one-minute quota window is full: wait for the error's `retry_after_ms`. */
    /** A daily or per-account limit is used up: retry the next day, or post or delete a pending draft. */
    TOKLINK_ERR_QUOTA_EXHAUSTED = 6,
    TOKLINK_ERR_NOT_FOUND = 7, /**< The account, video, publish or file does not exist. */
    TOKLINK_ERR_REJECTED = 8, /**< TikTok refused the content: change it before the next attempt. */
    TOKLINK_ERR_UNAVAILABLE = 9, /**< TikTok, the network or the store did not respond as expected: retry later. */
    TOKLINK_ERR_INTEGRITY = 10, /**< An encrypted value, a login state or a signature is invalid. */
    /** The call conflicts with an earlier attempt, or that attempt's outcome is unknown: check `reason` of the
     *  error. */
    TOKLINK_ERR_CONFLICT = 11,
    TOKLINK_ERR_CANCELLED = 12, /**< The caller cancelled the operation. */
    TOKLINK_ERR_CLOSED = 13, /**< The client was closed. */
    TOKLINK_ERR_INTERNAL = 14, /**< A bug in toklink: please report it. */
    TOKLINK_ERR_PANIC = 1000, /**< The library caught a panic, which is a bug in toklink: please report it. */
};

/** The party that has to act on an error. */
TOKLINK_ENUM(toklink_owner) {
    TOKLINK_OWNER_USER = 1, /**< The owner of the TikTok account. */
    TOKLINK_OWNER_APP = 2, /**< The program or its operator. */
    TOKLINK_OWNER_TIKTOK = 3, /**< TikTok, or the network between the library and TikTok. */
    TOKLINK_OWNER_TOKLINK = 4, /**< The library itself. */
};

/** Returns the name of a status, as logs and the other language bindings spell it, for example `RATE_LIMITED`.
 *  Returns `UNKNOWN` for an undefined number. The string is static. */
const char *toklink_status_name(uint32_t status);

/** The exact situation of an error, in addition to its status. docs/ERRORS.md describes what to do in each. Later
 *  versions add numbers; treat an unknown number like `TOKLINK_REASON_OTHER`. */
TOKLINK_ENUM(toklink_reason) {
    TOKLINK_REASON_OTHER = 0, /**< A situation without its own reason; the status is specific enough. */
    /** Another attempt, in this process or another one, works on the publish with this idempotency key. If its
     *  process died, the key is free after at most 60 s; retry after `retry_after_ms`. */
    TOKLINK_REASON_KEY_IN_USE = 1,
    /** The idempotency key belongs to a publish of another video, other photos or other settings. */
    TOKLINK_REASON_KEY_OF_ANOTHER_PUBLISH = 2,
    /** TikTok may have received the post, but its response was lost: look for the post, then call
     *  `toklink_abandon_publish`. */
    TOKLINK_REASON_START_UNCLEAR = 3,
    /** TikTok has no upload of this publish that could continue: publish again. */
    TOKLINK_REASON_NOTHING_TO_RESUME = 4,
    TOKLINK_REASON_CAN_STILL_COMPLETE = 5, /**< TikTok has the publish and can still complete it. */
    TOKLINK_REASON_TAKEN_OVER = 6, /**< Another attempt took over the publish. */
    TOKLINK_REASON_VIDEO_CHANGED = 7, /**< The video differs from the one that the publish started with. */
    TOKLINK_REASON_LOGIN_DECLINED = 8, /**< The user declined on TikTok's consent page. */
    TOKLINK_REASON_LOGIN_TIMED_OUT = 9, /**< The browser did not return in time. */
    TOKLINK_REASON_LOGIN_REFUSED = 10, /**< TikTok's consent page refused the app or its redirect URI. */
    /** A callback called `toklink_client_close`, which would wait for that callback. */
    TOKLINK_REASON_CLOSE_IN_CALLBACK = 11,
    /** The client was created before the process forked: create a client in the child. */
    TOKLINK_REASON_AFTER_FORK = 12,
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
    TOKLINK_REASON_STREAM_FAILED = 37, /**< The stream reported an error: publish again. */
    /** The bytes that TikTok needs are no longer available: pass the same video again. */
    TOKLINK_REASON_SOURCE_UNAVAILABLE = 38,
    /** The source delivered its bytes too slowly: publish again from a faster source. */
    TOKLINK_REASON_SOURCE_TOO_SLOW = 39,
    /** TikTok has all bytes and is still processing them: query the status later. */
    TOKLINK_REASON_STILL_PROCESSING = 40,
    TOKLINK_REASON_STORE_LOCKED = 41, /**< Another process has locked the store: try again. */
    TOKLINK_REASON_STORE_DISK_FULL = 42, /**< The store's disk is full: free space. */
    TOKLINK_REASON_STORE_DAMAGED = 43, /**< The store's file is damaged: restore it from a backup. */
    /** The store's path is a directory, a link, unreadable or another database: use another path. */
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

/** Returns the name of a reason, as logs and the other language bindings spell it, for example `KEY_IN_USE`. Returns
 *  `UNKNOWN` for an undefined number. The string is static. */
const char *toklink_reason_name(uint32_t reason);

/** One invalid or missing setting in a `TOKLINK_ERR_CONFIG` error. It never contains the value, which may be a
 *  secret. */
struct toklink_config_problem {
    const char *option; /**< The field of the options, for example `client_key`. */
    /** The environment variable for the same setting, for example `TIKTOK_CLIENT_KEY`; empty if there is none. */
    const char *variable;
    const char *problem; /**< The problem, for example `is not set`. */
    const char *fix; /**< The correction, for example `copy it from TikTok's developer portal`. */
};

/** The reason why a call failed. It never contains a token, a code, a secret or an upload URL, so it may be logged.
 *  Programs branch on `status`, `reason`, `owner`, `may_have_been_sent` and `retry_after_ms`, never on `message`.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_error {
    toklink_status status; /**< The status, which determines what to do next; never `TOKLINK_OK`. */
    toklink_reason reason; /**< The exact situation. */
    toklink_owner owner; /**< The party that has to act. */
    uint32_t http_status; /**< The HTTP status of TikTok's response; 0 if there was none. */
    /** Milliseconds after which a retry can succeed; -1 if unknown. Known for every `TOKLINK_ERR_RATE_LIMITED`. */
    int64_t retry_after_ms;
    bool retryable; /**< True if the same call can succeed later. */
    /** True if TikTok may have received a request that changes something, for example after an upload was cancelled.
     *  If `safe_to_repeat` is true, publish again with the same idempotency key; follow `reason` for
     *  `STREAM_FAILED`, `STREAM_LENGTH_MISMATCH` and `KEY_IN_USE`. Otherwise look for the post first. */
    bool may_have_been_sent;
    /** True if the same call with the same idempotency key continues an interrupted upload. False does not mean that
     *  it would post twice: see `may_have_been_sent` and `reason`. */
    bool safe_to_repeat;
    const char *message; /**< The problem and the next step, in one English sentence. */
    const char *operation; /**< The operation that failed, for example `publish_video`; empty if no operation failed. */
    const char *tiktok_code; /**< TikTok's error code, for example `rate_limit_exceeded`; empty if there was none. */
    const char *log_id; /**< TikTok's log id, which its support asks for; empty if there was none. */
    const char *fail_reason; /**< TikTok's reason for a failed publish; empty if there was none. */
    const char *publish_id; /**< TikTok's id of the publish; empty if the error does not concern a publish. */
    /** The key that resumes the publish; empty if the error does not concern a publish. */
    const char *idempotency_key;
    const toklink_config_problem *const *problems; /**< The invalid settings of a `TOKLINK_ERR_CONFIG` error. */
    size_t problem_count; /**< Number of `problems`; 0 for other errors. */
};

/** Frees an error. NULL is allowed. */
void toklink_error_free(const toklink_error *error);

/** Frees a string that a function of this header returned as `char *`. Overwrites the bytes with zeros first,
 *  because they may be a token. NULL is allowed. */
void toklink_text_free(char *text);

/* ---- Operations ------------------------------------------------------------------------------------------------- */

/** Frees the `user_data` of a callback after its last call; see "Callbacks" at the top. */
typedef void (*toklink_destroy)(void *user_data);

/** Identifies a running operation of a client for `toklink_cancel`. Numbers start at 1 and are never reused. */
typedef uint64_t toklink_op;

/** Receives the outcome of an operation without a result. `error` is NULL on success; it is valid until the callback
 *  returns. */
typedef void (*toklink_done)(void *user_data, toklink_op operation, const toklink_error *error);

/** Receives the outcome of an operation whose result is a string. `text` is NULL on failure and `error` is NULL on
 *  success; both are valid until the callback returns. */
typedef void (*toklink_text_done)(void *user_data, toklink_op operation, const char *text, const toklink_error *error);

/* ---- Store of your own ------------------------------------------------------------------------------------------ */

/** Receives the results of a store's `get` and `list`.
 *  Threads: use it only during the call that receives it, on one thread at a time. */
struct toklink_store_reply;

/** Adds a key and its value to the reply. Copies both strings. Does nothing if `reply` is NULL. */
void toklink_store_reply_add(toklink_store_reply *reply, const char *key, const char *value);

/** A custom key-value store with a conditional write. Initialise it with `TOKLINK_STORE_INIT`. Keys are printable
 *  ASCII without spaces. They contain the tenant, the open id and the idempotency key, in which every byte except
 *  letters, digits and `-_.~` takes three bytes: 1024 bytes suffice for tenants of up to 50 bytes. Values are JSON
 *  of at most 4 KB, with encrypted tokens. Keys start with their kind: `account/`; `publish/` and `publish-id/`,
 *  deleted with their account and after the retention of the journal; `lease/`, deleted a day after its end;
 *  `metrics/`, one value for each account and day, deleted with the account; `requests/`, one value for each request
 *  that counts for a day, deleted after that day.
 *  Each function returns true on success. If it returns false, or does not return within 5 s, the operation that
 *  needed it fails with `TOKLINK_ERR_UNAVAILABLE`. `toklink_client_free` waits until running calls return. At most
 *  16 calls run at the same time; a further call waits and fails after 5 s.
 *  Threads: called on several threads of the library at the same time. The functions must not call the same client,
 *  except to free it. */
struct toklink_store {
    size_t size; /**< The size of this struct, which `TOKLINK_STORE_INIT` sets. */
    void *user_data; /**< Passed to each function. */
    /** Adds the value of `key` to the reply; adds nothing if the key does not exist. Required. */
    bool (*get)(void *user_data, const char *key, toklink_store_reply *reply);
    /** Stores `next` as the value of `key` (NULL: deletes the key) if the current value equals `expected` (NULL: the
     *  key does not exist), atomically and durably. Writes true to `swapped` if it did. The promise that an
     *  idempotency key posts at most once depends on this comparison. Required. */
    bool (*swap)(void *user_data, const char *key, const char *expected, const char *next, bool *swapped);
    /** Adds each key that starts with `prefix`, and its value, to the reply, in any order. Required. */
    bool (*list)(void *user_data, const char *prefix, toklink_store_reply *reply);
    /** Frees `user_data`; may be NULL. Called once for each `toklink_client_new`; see "Callbacks" at the top. */
    toklink_destroy destroy;
};
#define TOKLINK_STORE_INIT TOKLINK_INIT(toklink_store)

/* ---- Client ----------------------------------------------------------------------------------------------------- */

/** Requests a call of `toklink_dispatch` on the host's thread, for example by posting a message to its event loop.
 *  The library calls it on any thread when a callback is added to the empty queue. It must return at once and must
 *  not call this library. The library does not repeat a lost wake, and an extra dispatch is harmless. Remove pending
 *  messages from the event loop before you free the client. */
typedef void (*toklink_wake_callback)(void *user_data);

/** The severity of a log line. */
TOKLINK_ENUM(toklink_log_level) {
    TOKLINK_LOG_ERROR = 1, /**< An operation failed. */
    TOKLINK_LOG_WARNING = 2, /**< A request failed and is retried. */
    TOKLINK_LOG_INFO = 3, /**< An operation succeeded. */
};

/** Receives one line without a line break. The line is valid until the callback returns. No line contains a token, a
 *  code, a secret or an upload URL. Called on the callback thread; without `wake`, the line of a blocking call is
 *  logged on the calling thread, so calls may overlap. */
typedef void (*toklink_log_callback)(void *user_data, toklink_log_level level, const char *line);

/** The limits that a client enforces. */
TOKLINK_ENUM(toklink_quota_policy) {
    TOKLINK_QUOTA_POLICY_STANDARD = 0, /**< TikTok's documented limits, and 24 uploads per account and day. */
    /** The standard limits, and 100 reads of the profile and 100 pages of videos per account and day. */
    TOKLINK_QUOTA_POLICY_PLANNED = 1,
    TOKLINK_QUOTA_POLICY_DOCUMENTED = 2, /**< Only TikTok's documented limits. */
};

/** The settings of a client. Initialise them with `TOKLINK_OPTIONS_INIT`. A field that is 0 or NULL has its default.
 *  Threads: the library reads them only during `toklink_client_new`. */
struct toklink_options {
    size_t size; /**< The size of this struct, which `TOKLINK_OPTIONS_INIT` sets. */
    const char *client_key; /**< The app's client key, from TikTok's developer portal. Required. */
    const char *client_secret; /**< The app's client secret, from TikTok's developer portal. Required. */
    const char *callback_url; /**< The redirect URI of web logins that set none. */
    /** The key that encrypts tokens: 64 hexadecimal digits, or base64 of 32 bytes; see `toklink_make_key`. This or
     *  `encryption_keys` is required. */
    const char *encryption_key;
    /** Several keys as `kid:hex,kid:hex`. The first key encrypts, all keys decrypt. Takes precedence over
     *  `encryption_key`. */
    const char *encryption_keys;
    /** Reads the settings that are NULL here from the environment: `TIKTOK_CLIENT_KEY`, `TIKTOK_CLIENT_SECRET`,
     *  `TIKTOK_CALLBACK_URL`, `TOKEN_ENCRYPTION_KEY`, `TOKEN_ENCRYPTION_KEYS`, `TIKTOK_API_BASE_URL`,
     *  `TIKTOK_AUTH_BASE_URL`, `TIKTOK_CA_FILE`, `SSL_CERT_FILE`, `TOKLINK_REDIS_URL`, `REDIS_URL`. */
    bool use_environment;
    bool accept_legacy; /**< Also decrypts the legacy format (AES-256-GCM as `iv:tag:data` in hex). */
    /** Allows `relay_url` to be a loopback address, with or without TLS. For tests only: a user who chooses the URL
     *  of a video could reach local services. */
    bool relay_from_loopback;
    bool no_redis; /**< Counts requests in this process only, even if the environment sets a Redis URL. */
    const char *api_base_url; /**< The base URL of the API: https, or http on loopback. Default: TikTok's API. */
    /** The base URL of the consent page: https, or http on loopback. Default: TikTok's page. */
    const char *auth_base_url;
    /** A PEM file with certificate authorities that are trusted in addition to the built-in ones, for example for a
     *  corporate proxy. */
    const char *ca_file;
    /** The SQLite file for accounts, publishes, metrics and counted requests; created if it does not exist. Default:
     *  memory that is lost when the client is freed. */
    const char *sqlite_path;
    const toklink_store *store; /**< A custom store instead of SQLite; NULL: none. The struct is copied. */
    /** The Redis that counts the requests of several processes (`redis://`, `redis-cluster://` or
     *  `redis-sentinel://`; for TLS `rediss://`, `rediss-cluster://` or `rediss-sentinel://`). Default: each process
     *  counts its own requests. See docs/QUOTAS.md. */
    const char *redis_url;
    uint32_t quota_policy; /**< The limits, a `toklink_quota_policy`. 0: `TOKLINK_QUOTA_POLICY_STANDARD`. */
    /** Milliseconds for which the journal keeps a finished publish, at least one day. An idempotency key that is
     *  used again later posts again. 0: 30 days. */
    uint64_t journal_retention_ms;
    int64_t user_cache_ms; /**< Milliseconds for which a profile is cached. 0: one hour; -1: no cache. */
    int64_t video_cache_ms; /**< Milliseconds for which a page of videos is cached. 0: 30 seconds; -1: no cache. */
    /** Milliseconds after which an operation fails with `TOKLINK_REASON_TIMED_OUT`. 0: only the limit of each
     *  request applies. Publishes, collections, reseals and logins have their own `timeout_ms`. */
    uint64_t timeout_ms;
    /** Queues all callbacks until you call `toklink_dispatch`, and is called when a callback is queued. NULL:
     *  callbacks run on the client's callback thread. */
    toklink_wake_callback wake;
    /** Receives a line for each operation that ended and for each request that is retried; NULL: no log. */
    toklink_log_callback log;
    void *user_data; /**< Passed to `wake` and `log`. */
    /** Frees `user_data`; may be NULL. Called once for each `toklink_client_new`; see "Callbacks" at the top. */
    toklink_destroy destroy;
    /** The proxy for requests to TikTok: `http://host:port` or `https://host:port`, with `user:password@` before the
     *  host if needed. NULL: `HTTPS_PROXY` of the environment, except if `api_base_url` is on loopback. Downloads
     *  from `relay_url` use no proxy. */
    const char *proxy_url;
    /** Milliseconds that a connection to TikTok may take, including the DNS lookup and TLS. 0: 10000. */
    uint64_t connect_timeout_ms;
    /** Milliseconds that a request to TikTok may take, including its response; at most 20000 for token requests.
     *  Uploads of video bytes have a separate limit that depends on their size. 0: 30000. */
    uint64_t request_timeout_ms;
    /** The maximum total rate of the client's uploads in bytes per second, at least 10000. TikTok accepts the bytes
     *  of a video for one hour. 0: no limit. */
    uint64_t max_upload_bytes_per_second;
};
#define TOKLINK_OPTIONS_INIT TOKLINK_INIT(toklink_options)

/** A TikTok client for one app. It runs two worker threads, a callback thread, and threads that read files.
 *  Threads: any number of threads may use a client at the same time. No call may start after it is freed.
 *  Signals: the library installs no handler and does not change the signal masks of the host's threads. The client's
 *  threads block `SIGPIPE`, except for the callback thread, so a connection that the peer closed is reported as an
 *  error. */
struct toklink_client;

/** Creates a client. `options` may be NULL; all settings then come from the environment. The options are copied.
 *  Opens the SQLite file if one is set, which takes a few milliseconds. Sends nothing. Returns NULL on failure. Free
 *  the client with `toklink_client_free`.
 *  Errors: `TOKLINK_ERR_CONFIG` lists every missing or invalid setting in `problems`, or states why the file cannot
 *  be used; `TOKLINK_ERR_INVALID_INPUT` if the options are not initialised. On failure, `destroy` of the options is
 *  called before this function returns. */
struct toklink_client *toklink_client_new(const struct toklink_options *options, toklink_error **error);

/** Cancels all operations and waits until they have ended. Every later operation fails with `TOKLINK_ERR_CLOSED`.
 *  Results that the client returned stay valid. It may be called more than once.
 *  Errors: `TOKLINK_ERR_CONFLICT` with `TOKLINK_REASON_CLOSE_IN_CALLBACK` if it is called in a callback, which it
 *  would wait for. */
toklink_status toklink_client_close(const toklink_client *client, toklink_error **error);

/** Closes and frees the client. NULL is allowed. Cancels blocking calls of other threads, and the blocking call
 *  whose callback calls this function; the last of them shuts the client down before it returns. If there are none
 *  and this is not called in a callback, then every completion and every `destroy` has been called when this
 *  function returns, and no callback runs any more. With `wake` set, queued callbacks run on this thread. In a
 *  callback, this function returns at once. Results that the client returned stay valid. Waits for the response to a
 *  token refresh, at most 20 seconds, because TikTok may already have replaced the account's tokens. In a callback,
 *  and beside a blocking call of another thread, it does not wait: keep the process alive until the last `destroy`
 *  has been called. */
void toklink_client_free(toklink_client *client);

/** Cancels an operation by its number. Its completion then receives `TOKLINK_ERR_CANCELLED`, unless the operation
 *  has already ended. A cancelled collection of metrics ends with a report whose `complete` is false. Returns true
 *  if the operation was still running; false for NULL and for unknown numbers. */
bool toklink_cancel(const toklink_client *client, toklink_op operation);

/** Runs the queued callbacks on this thread: completions, progress, events, log lines and `destroy`. Does nothing
 *  for a client without `wake`. Callbacks may call the library and may free the client.
 *  Errors: `TOKLINK_ERR_CONFLICT` with `TOKLINK_REASON_AFTER_FORK` in a forked child. */
toklink_status toklink_dispatch(const toklink_client *client, toklink_error **error);

/** Starts to refresh the tokens of all accounts before they expire, at most `max_concurrency` accounts at a time (4
 *  is a good value); 0 stops it. Several processes may do this with one store; each account is refreshed once. */
toklink_status toklink_start_background_refresh(const toklink_client *client, size_t max_concurrency,
    toklink_error **error);

/** Returns a new random encryption key of 64 hexadecimal digits for `encryption_key` of the options. Store it where
 *  only your program can read it, such as the system's key chain. Without it, the stored tokens are lost. Free it
 *  with `toklink_text_free`. Returns NULL only if the system provides no random numbers. */
char *toklink_make_key(void);

/** Encrypts `value` for one account and field. It can be decrypted only for the same account and field. Sends
 *  nothing. Returns NULL on failure. Free the string with `toklink_text_free`. */
char *toklink_seal(const toklink_client *client, const char *account, const char *field, const char *value,
    toklink_error **error);

/** Decrypts a value that was encrypted for this account and field. Returns NULL on failure. Free the string, which
 *  is a secret, with `toklink_text_free`.
 *  Errors: `TOKLINK_ERR_INTEGRITY` if the value was encrypted for another account or field or with a key that is not
 *  configured, or if it was modified. */
char *toklink_unseal(const toklink_client *client, const char *account, const char *field, const char *sealed,
    toklink_error **error);

/** Encrypts a value again with the current key and format. Returns a copy of the value if it is already current, and
 *  NULL on failure. Free the string with `toklink_text_free`.
 *  Errors: as for `toklink_unseal`. */
char *toklink_reseal(const toklink_client *client, const char *account, const char *field, const char *sealed,
    toklink_error **error);

/** Returns the id of the account `open_id` of `tenant`, which the functions of this header take as `account`. If
 *  `tenant` is NULL or empty, as in a program with one tenant, the id is the open id, with special characters
 *  escaped. Returns NULL on failure. Free it with `toklink_text_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if `open_id` is missing. */
char *toklink_account_id(const char *tenant, const char *open_id, toklink_error **error);

/** Splits the id of an account. `out_tenant` and `out_open_id` receive strings that you free with
 *  `toklink_text_free`; each may be NULL. The tenant is empty in a program with one tenant.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if `account` is not an account id. */
toklink_status toklink_account_id_split(const char *account, char **out_tenant, char **out_open_id,
    toklink_error **error);

/* ---- Login ------------------------------------------------------------------------------------------------------ */

/** The settings of a login. Initialise them with `TOKLINK_LOGIN_OPTIONS_INIT`.
 *  Threads: the library reads them only during the call that takes them. */
struct toklink_login_options {
    size_t size; /**< The size of this struct, which `TOKLINK_LOGIN_OPTIONS_INIT` sets. */
    const char *tenant; /**< The tenant of the account. NULL: none, for a program with one tenant. */
    /** The host's user who logs in; only this user may complete a web login. Required for `toklink_begin_login`,
     *  optional for `toklink_login`. */
    const char *user_id;
    /** The registered redirect URI. NULL: `callback_url` of the client; for `toklink_login`,
     *  `http://127.0.0.1:0/callback/`, where port 0 means any free port. */
    const char *redirect_uri;
    const char *const *scopes; /**< The scopes to request. NULL: the scopes that posting and reading need. */
    size_t scope_count; /**< Number of `scopes`. */
    const char *return_to; /**< A path of the host's site that `toklink_complete_login` returns; for web logins. */
    /** Milliseconds that `toklink_login` waits for the browser, larger values count as 600000. 0: 600000. */
    uint64_t timeout_ms;
    /** The HTML page that `toklink_login` shows after a successful login, at most 1048576 bytes. NULL: a short page
     *  in English. Scripts and remote resources are blocked; inline styles and `data:` images work. */
    const char *done_page_html;
    /** The HTML page that `toklink_login` shows after a failed login or to a browser of another login, at most
     *  1048576 bytes. `{message}` is replaced by the reason in English. NULL: a short page in English. */
    const char *error_page_html;
};
#define TOKLINK_LOGIN_OPTIONS_INIT TOKLINK_INIT(toklink_login_options)

/** Opens `url` in the user's browser. The URL is valid until the callback returns. Called on the calling thread of a
 *  blocking call, otherwise on the callback thread. Returns true on success; false cancels the login. */
typedef bool (*toklink_open_url_callback)(void *user_data, const char *url);

/** Receives the result of `toklink_login`. `account` is NULL on failure and `error` is NULL on success; both are
 *  valid until the callback returns. */
typedef void (*toklink_account_done)(void *user_data, toklink_op operation, const toklink_account *account,
    const toklink_error *error);

/** Logs in a user of a desktop program: listens on loopback, calls `open_url` with the URL of TikTok's consent page,
 *  waits until the browser returns, and stores the account with encrypted tokens. `options` may be NULL. `open_url`
 *  and `done` receive the same `user_data`. Register `http://127.0.0.1:PORT/callback/`, or your `redirect_uri`, as a
 *  desktop redirect URI of the app.
 *  Errors: `TOKLINK_ERR_UNAUTHORIZED` with `TOKLINK_REASON_LOGIN_DECLINED` or `TOKLINK_REASON_LOGIN_TIMED_OUT`;
 *  `TOKLINK_ERR_CONFIG` or `TOKLINK_ERR_UNAVAILABLE` with `TOKLINK_REASON_LOGIN_REFUSED` if TikTok's redirect
 *  reports that it refused the app or its scopes; `TOKLINK_ERR_CONFIG` if the redirect URI is not on loopback or its
 *  port is in use; `TOKLINK_ERR_CANCELLED` if `open_url` returned false. TikTok reports an unknown client key or
 *  redirect URI only on its page, without a redirect; the login then times out. */
void toklink_login(const toklink_client *client, const toklink_login_options *options,
    toklink_open_url_callback open_url, toklink_account_done done, void *user_data, toklink_op *out_operation);

/** Like `toklink_login`, but blocks until the operation ends. Returns NULL on failure. Free the account with
 *  `toklink_account_free`. */
const toklink_account *toklink_login_blocking(const toklink_client *client, const toklink_login_options *options,
    toklink_open_url_callback open_url, void *user_data, toklink_error **error);

/** A started login: the URL for the browser and the cookie to set. State and cookie together complete the login, so
 *  log neither.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_login_start {
    const char *authorize_url; /**< The URL to which the browser is redirected. */
    const char *state; /**< The single-use state that the callback contains. */
    const char *cookie_name; /**< The name of the cookie. Each login has its own, so that logins in two tabs work. */
    /** The value of the cookie. Set it with `HttpOnly`, `SameSite=Lax`, and `Secure` on https. */
    const char *cookie_value;
    uint64_t cookie_max_age_ms; /**< The maximum duration of the login in milliseconds. */
};

/** The login to which a callback belongs.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_login_inspection {
    const char *tenant; /**< The tenant of the account. */
    const char *user_id; /**< The user who started the login. */
    const char *return_to; /**< The path to return to; empty if the login set none. */
    const char *cookie_name; /**< The cookie to delete. */
};

/** The result of a successful login.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_login_result {
    const toklink_account *account; /**< The account; never NULL. */
    const toklink_login_inspection *login; /**< The login; never NULL. */
};

/** Receives the result of `toklink_complete_login`. `result` is NULL on failure and `error` is NULL on success; both
 *  are valid until the callback returns. */
typedef void (*toklink_login_done)(void *user_data, toklink_op operation, const toklink_login_result *result,
    const toklink_error *error);

/** Frees a started login. NULL is allowed. */
void toklink_login_start_free(const toklink_login_start *start);

/** Frees an inspection. NULL is allowed. */
void toklink_login_inspection_free(const toklink_login_inspection *inspection);

/** Frees a login result and its account. NULL is allowed. */
void toklink_login_result_free(const toklink_login_result *result);

/** Starts a login that only the browser with the returned cookie can complete. Sends nothing. Returns NULL on
 *  failure. Free the result with `toklink_login_start_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if `user_id` is missing; `TOKLINK_ERR_CONFIG` if neither the options nor the
 *  client has a redirect URI. */
const toklink_login_start *toklink_begin_login(const toklink_client *client, const toklink_login_options *options,
    toklink_error **error);

/** Returns the login to which a callback (its query or its whole URL) belongs, also if the user declined. `cookies`
 *  is the value of the request's `Cookie` header. Does not use up the state, so the host can check the user's
 *  permission before `toklink_complete_login`. Returns NULL on failure. Free the result with
 *  `toklink_login_inspection_free`.
 *  Errors: `TOKLINK_ERR_INTEGRITY` if state and cookie do not match. */
const toklink_login_inspection *toklink_inspect_login(const toklink_client *client, const char *callback,
    const char *cookies, toklink_error **error);

/** Completes a web login: uses up the state, exchanges the code, reads the profile, and stores the account with
 *  encrypted tokens. `user_id` is the host's current user, who must be the user who started the login.
 *  Errors: `TOKLINK_ERR_UNAUTHORIZED` if the user declined; `TOKLINK_ERR_INTEGRITY` if state and cookie do not match
 *  or were already used; `TOKLINK_ERR_PERMISSION_DENIED` if `user_id` is another user. */
void toklink_complete_login(const toklink_client *client, const char *callback, const char *cookies,
    const char *user_id, toklink_login_done done, void *user_data, toklink_op *out_operation);

/** Like `toklink_complete_login`, but blocks until the operation ends. Returns NULL on failure. Free the result with
 *  `toklink_login_result_free`. */
const toklink_login_result *toklink_complete_login_blocking(const toklink_client *client, const char *callback,
    const char *cookies, const char *user_id, toklink_error **error);

/** The parameters of a URL of TikTok's consent page, for hosts that implement the login themselves. Initialise them
 *  with `TOKLINK_AUTHORIZE_OPTIONS_INIT`. */
struct toklink_authorize_options {
    size_t size; /**< The size of this struct, which `TOKLINK_AUTHORIZE_OPTIONS_INIT` sets. */
    const char *redirect_uri; /**< The registered redirect URI. NULL: `callback_url` of the client. */
    const char *state; /**< The random state that the callback contains. Required. */
    const char *code_challenge; /**< The PKCE challenge. NULL: none. */
    const char *const *scopes; /**< The scopes to request. NULL: the scopes that posting and reading need. */
    size_t scope_count; /**< Number of `scopes`. */
    bool disable_auto_auth; /**< Shows the consent page even to a user who has already consented. */
};
#define TOKLINK_AUTHORIZE_OPTIONS_INIT TOKLINK_INIT(toklink_authorize_options)

/** Returns the URL of TikTok's consent page for the user's browser. Sends nothing. Returns NULL on failure. Free the
 *  string with `toklink_text_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if an option is invalid; `TOKLINK_ERR_CONFIG` if neither the options nor the
 *  client has a redirect URI. */
char *toklink_authorize_url(const toklink_client *client, const toklink_authorize_options *options,
    toklink_error **error);

/** Tokens in clear text, for a host that stores them itself. Freeing them does not erase the memory.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_tokens {
    const char *access_token; /**< The access token: a secret. */
    const char *refresh_token; /**< The refresh token: a secret; empty if TikTok returned none. */
    const char *open_id; /**< TikTok's id of the user for this app. */
    const char *const *scopes; /**< The granted scopes. */
    size_t scope_count; /**< Number of `scopes`. */
    int64_t access_expires_at_ms; /**< Time at which the access token expires, in milliseconds since 1970 (UTC). */
    /** Time at which the refresh token expires, in milliseconds since 1970 (UTC); -1 if unknown. */
    int64_t refresh_expires_at_ms;
};

/** Receives the result of `toklink_exchange_code` or `toklink_refresh_tokens`. `tokens` is NULL on failure and
 *  `error` is NULL on success; both are valid until the callback returns. */
typedef void (*toklink_tokens_done)(void *user_data, toklink_op operation, const toklink_tokens *tokens,
    const toklink_error *error);

/** Frees tokens. NULL is allowed. */
void toklink_tokens_free(const toklink_tokens *tokens);

/** Exchanges an authorization code that the host obtained itself for tokens. `verifier` is NULL if the URL had no
 *  `code_challenge`. Stores nothing.
 *  Errors: `TOKLINK_ERR_UNAUTHORIZED` if the code was already used, has expired or belongs to another app. */
void toklink_exchange_code(const toklink_client *client, const char *code, const char *redirect_uri,
    const char *verifier, toklink_tokens_done done, void *user_data, toklink_op *out_operation);

/** Like `toklink_exchange_code`, but blocks until the operation ends. Returns NULL on failure. Free the result with
 *  `toklink_tokens_free`. */
const toklink_tokens *toklink_exchange_code_blocking(const toklink_client *client, const char *code,
    const char *redirect_uri, const char *verifier, toklink_error **error);

/** Exchanges a refresh token that the host stores itself for new tokens. The old refresh token is invalid once
 *  TikTok has responded. Never use this for connected accounts, whose tokens are refreshed automatically.
 *  Errors: `TOKLINK_ERR_UNAUTHORIZED` if the token is invalid. */
void toklink_refresh_tokens(const toklink_client *client, const char *refresh_token, toklink_tokens_done done,
    void *user_data, toklink_op *out_operation);

/** Like `toklink_refresh_tokens`, but blocks until the operation ends. Returns NULL on failure. Free the result with
 *  `toklink_tokens_free`. */
const toklink_tokens *toklink_refresh_tokens_blocking(const toklink_client *client, const char *refresh_token,
    toklink_error **error);

/** Revokes the consent of this access token, for a host that stores tokens itself.
 *  Errors: the common request errors (see docs/ERRORS.md). */
void toklink_revoke(const toklink_client *client, const char *access_token, toklink_done done, void *user_data,
    toklink_op *out_operation);

/** Like `toklink_revoke`, but blocks until the operation ends. */
toklink_status toklink_revoke_blocking(const toklink_client *client, const char *access_token, toklink_error **error);

/* ---- Accounts --------------------------------------------------------------------------------------------------- */

/** The state of a connected account. Later versions add numbers. */
TOKLINK_ENUM(toklink_account_status) {
    TOKLINK_ACCOUNT_OTHER = 0, /**< A state that this header version does not define. */
    TOKLINK_ACCOUNT_ACTIVE = 1, /**< Calls work. */
    TOKLINK_ACCOUNT_EXPIRED = 2, /**< The user must connect again. */
    TOKLINK_ACCOUNT_ERROR = 3, /**< The last call failed; check its error. */
    /** TikTok rejected a request because of its rate limit. The next successful call resets this state. */
    TOKLINK_ACCOUNT_RATE_LIMITED = 4,
    TOKLINK_ACCOUNT_RESTRICTED = 5, /**< TikTok has banned the creator from posting. */
    TOKLINK_ACCOUNT_DISCONNECTED = 6, /**< The host disconnected the account. */
};

/** A connected account without its tokens.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_account {
    const char *id; /**< The account id that the functions of this header take: tenant and open id in one string. */
    const char *tenant; /**< The tenant; empty in a program with one tenant. */
    const char *open_id; /**< TikTok's id of the user for this app. */
    /** The nickname at the time of the login; empty if TikTok did not return the profile then. */
    const char *display_name;
    const char *username; /**< The handle without `@`; empty without the scope `user.info.profile`. */
    /** A signed URL of the profile picture, valid for several hours; empty if there is none. */
    const char *avatar_url;
    const char *connected_by; /**< The host's user who connected the account. */
    const char *const *scopes; /**< The granted scopes. */
    size_t scope_count; /**< Number of `scopes`. */
    const char *const *missing_scopes; /**< The scopes that the login requested and the user did not grant. */
    size_t missing_scope_count; /**< Number of `missing_scopes`. */
    toklink_account_status status; /**< The state of the account. */
    int64_t connected_at_ms; /**< Time at which the account was connected, in milliseconds since 1970 (UTC). */
    /** Time at which the access token expires, in milliseconds since 1970 (UTC); it is refreshed automatically. */
    int64_t token_expires_at_ms;
};

/** Connected accounts, sorted by the time of their connection.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_account_list {
    const toklink_account *const *items; /**< The accounts. */
    size_t count; /**< Number of `items`. */
};

/** Frees an account. NULL is allowed. */
void toklink_account_free(const toklink_account *account);

/** Frees a list of accounts and the accounts in it. NULL is allowed. */
void toklink_account_list_free(const toklink_account_list *list);

/** Lists the connected accounts of `tenant`, or of all tenants if it is NULL. Reads only the store. Returns NULL on
 *  failure. Free the list with `toklink_account_list_free`.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
const toklink_account_list *toklink_list_accounts(const toklink_client *client, const char *tenant,
    toklink_error **error);

/** Loads one connected account. Reads only the store. Returns NULL on failure. Free the account with
 *  `toklink_account_free`.
 *  Errors: `TOKLINK_ERR_NOT_FOUND` if the account is not connected; `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
const toklink_account *toklink_load_account(const toklink_client *client, const char *account, toklink_error **error);

/** Deletes the cached profile and videos of the account, so that the next read sends a request. Posts, webhooks and
 *  new tokens do this automatically. Sends nothing. */
toklink_status toklink_invalidate_cache(const toklink_client *client, const char *account, toklink_error **error);

/** Disconnects an account: revokes its token at TikTok and deletes the account, its publishes and its metrics from
 *  the store. Running publishes fail.
 *  Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_disconnect(const toklink_client *client, const char *account, toklink_done done, void *user_data,
    toklink_op *out_operation);

/** Like `toklink_disconnect`, but blocks until the operation ends. */
toklink_status toklink_disconnect_blocking(const toklink_client *client, const char *account, toklink_error **error);

/** Returns a valid access token of the account for code that calls TikTok directly. Refreshes the token first if it
 *  is about to expire. The string is a secret. Requests with it are not counted; report them with
 *  `toklink_increment_quota`.
 *  Errors: `TOKLINK_ERR_NOT_FOUND` if the account is not connected, `TOKLINK_ERR_UNAUTHORIZED` if the user has to
 *  connect again. */
void toklink_access_token(const toklink_client *client, const char *account, toklink_text_done done, void *user_data,
    toklink_op *out_operation);

/** Like `toklink_access_token`, but blocks until the operation ends. Returns NULL on failure. Free the string with
 *  `toklink_text_free`. */
char *toklink_access_token_blocking(const toklink_client *client, const char *account, toklink_error **error);

/** The profile, limited to the fields that the granted scopes include.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_user {
    const char *open_id; /**< TikTok's id of the user for this app. */
    const char *union_id; /**< The user's id for all apps of one developer; empty if TikTok returned none. */
    const char *display_name; /**< The nickname. */
    const char *username; /**< The handle without `@`; empty without the scope `user.info.profile`. */
    /** A signed URL of the profile picture, valid for several hours; empty if there is none. */
    const char *avatar_url;
    const char *bio_description; /**< The biography; empty without the scope `user.info.profile`. */
    const char *profile_deep_link; /**< The link to the profile; empty without the scope `user.info.profile`. */
    int32_t is_verified; /**< 1 if TikTok verified the account, otherwise 0; -1 if unknown. */
    int64_t followers; /**< Number of followers; -1 without the scope `user.info.stats`. */
    int64_t following; /**< Number of accounts followed; -1 without the scope `user.info.stats`. */
    int64_t likes; /**< Number of likes on all videos; -1 without the scope `user.info.stats`. */
    int64_t videos; /**< Number of public videos; -1 without the scope `user.info.stats`. */
};

/** Receives the result of `toklink_user_info`. `user` is NULL on failure and `error` is NULL on success; both are
 *  valid until the callback returns. */
typedef void (*toklink_user_done)(void *user_data, toklink_op operation, const toklink_user *user,
    const toklink_error *error);

/** Frees a profile. NULL is allowed. */
void toklink_user_free(const toklink_user *user);

/** Reads the profile. Sends one request, or none if the profile is cached.
 *  Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_user_info(const toklink_client *client, const char *account, toklink_user_done done, void *user_data,
    toklink_op *out_operation);

/** Like `toklink_user_info`, but blocks until the operation ends. Returns NULL on failure. Free the profile with
 *  `toklink_user_free`. */
const toklink_user *toklink_user_info_blocking(const toklink_client *client, const char *account,
    toklink_error **error);

/** One public video.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_video {
    const char *id; /**< TikTok's id, as text because it can exceed 2^53. */
    const char *title; /**< The title. */
    const char *description; /**< The description. */
    const char *cover_image_url; /**< A signed URL of the cover, valid for hours; empty if there is none. */
    const char *share_url; /**< The link to the video; empty if TikTok returned none. */
    const char *embed_link; /**< The URL for an embedded player; empty if TikTok returned none. */
    int64_t duration_s; /**< The length in seconds. */
    int64_t created_at_ms; /**< Time at which it was posted, in milliseconds since 1970 (UTC), a multiple of 1000. */
    int64_t width; /**< The width in pixels; -1 if unknown. */
    int64_t height; /**< The height in pixels; -1 if unknown. */
    int64_t views; /**< Number of views. */
    int64_t likes; /**< Number of likes. */
    int64_t comments; /**< Number of comments. */
    int64_t shares; /**< Number of shares. */
};

/** A page of videos, the newest first.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_video_page {
    const toklink_video *const *items; /**< The videos. */
    size_t count; /**< Number of `items`. */
    int64_t next_cursor; /**< The cursor of the next page; -1 after the last page. */
};

/** Receives the result of `toklink_list_videos` or `toklink_query_videos`. `page` is NULL on failure and `error` is
 *  NULL on success; both are valid until the callback returns. */
typedef void (*toklink_videos_done)(void *user_data, toklink_op operation, const toklink_video_page *page,
    const toklink_error *error);

/** Frees a page and its videos. NULL is allowed. */
void toklink_video_page_free(const toklink_video_page *page);

/** Reads one page of public videos. Sends one request, or none if the page is cached. `cursor` is 0 for the first
 *  page and `next_cursor` of the previous page for the next one; `max_count` is 1 to 20, or 0 for 20.
 *  Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_list_videos(const toklink_client *client, const char *account, int64_t cursor, uint32_t max_count,
    toklink_videos_done done, void *user_data, toklink_op *out_operation);

/** Like `toklink_list_videos`, but blocks until the operation ends. Returns NULL on failure. Free the result with
 *  `toklink_video_page_free`. */
const toklink_video_page *toklink_list_videos_blocking(const toklink_client *client, const char *account,
    int64_t cursor, uint32_t max_count, toklink_error **error);

/** Reads the account's public videos with these 1 to 20 ids. The page omits ids that the account does not have.
 *  Sends one request.
 *  Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_query_videos(const toklink_client *client, const char *account, const char *const *ids, size_t count,
    toklink_videos_done done, void *user_data, toklink_op *out_operation);

/** Like `toklink_query_videos`, but blocks until the operation ends. Returns NULL on failure. Free the result with
 *  `toklink_video_page_free`. */
const toklink_video_page *toklink_query_videos_blocking(const toklink_client *client, const char *account,
    const char *const *ids, size_t count, toklink_error **error);

/** The posting options of a creator. A posting page must show them and read them again for each post.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_creator {
    const char *username; /**< The handle without `@`. */
    const char *nickname; /**< The nickname. */
    const char *avatar_url; /**< A URL of the profile picture, valid for two hours; empty if there is none. */
    const char *const *privacy_levels; /**< The privacy levels that this creator may choose, for example `SELF_ONLY`. */
    size_t privacy_level_count; /**< Number of `privacy_levels`. */
    bool comment_disabled; /**< True if the creator turned comments off. */
    bool duet_disabled; /**< True if the creator turned duets off. */
    bool stitch_disabled; /**< True if the creator turned stitches off. */
    uint32_t max_video_duration_s; /**< The maximum length of a video in seconds. */
};

/** Receives the result of `toklink_creator_info`. `creator` is NULL on failure and `error` is NULL on success; both
 *  are valid until the callback returns. */
typedef void (*toklink_creator_done)(void *user_data, toklink_op operation, const toklink_creator *creator,
    const toklink_error *error);

/** Frees the posting options of a creator. NULL is allowed. */
void toklink_creator_free(const toklink_creator *creator);

/** Reads the creator's current posting options. Sends one request; the result is never cached.
 *  Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_creator_info(const toklink_client *client, const char *account, toklink_creator_done done, void *user_data,
    toklink_op *out_operation);

/** Like `toklink_creator_info`, but blocks until the operation ends. Returns NULL on failure. Free the result with
 *  `toklink_creator_free`. */
const toklink_creator *toklink_creator_info_blocking(const toklink_client *client, const char *account,
    toklink_error **error);

/* ---- Metrics ---------------------------------------------------------------------------------------------------- */

/** The totals of an account, and sums over its 20 newest videos.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_metrics {
    int64_t followers; /**< Number of followers. */
    int64_t following; /**< Number of accounts followed. */
    int64_t likes; /**< Number of likes on all videos. */
    int64_t videos; /**< Number of public videos. */
    uint32_t videos_read; /**< Number of videos in the sums below, 0 to 20. */
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

/** Receives the result of `toklink_account_metrics`. `metrics` is NULL on failure and `error` is NULL on success;
 *  both are valid until the callback returns. */
typedef void (*toklink_metrics_done)(void *user_data, toklink_op operation, const toklink_metrics *metrics,
    const toklink_error *error);

/** Frees metrics. NULL is allowed. */
void toklink_metrics_free(const toklink_metrics *metrics);

/** Reads the metrics of an account. Sends two requests, or fewer if the profile or the videos are cached.
 *  Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected;
 *  `TOKLINK_ERR_PERMISSION_DENIED` without the scope `user.info.stats`. */
void toklink_account_metrics(const toklink_client *client, const char *account, toklink_metrics_done done,
    void *user_data, toklink_op *out_operation);

/** Like `toklink_account_metrics`, but blocks until the operation ends. Returns NULL on failure. Free the result
 *  with `toklink_metrics_free`. */
const toklink_metrics *toklink_account_metrics_blocking(const toklink_client *client, const char *account,
    toklink_error **error);

/** The change of the totals between two days. The sums over the newest videos have no growth, because the videos
 *  differ each day. */
struct toklink_growth {
    const char *from_day; /**< The first day in UTC, for example `2026-11-23`. */
    const char *to_day; /**< The last day in UTC. */
    uint32_t days; /**< Number of days between the two. */
    /** True if `days` is the requested number. Otherwise the requested day has no metrics; `from_day` is then the
     *  nearest earlier day with metrics, or the first day with metrics. */
    bool exact;
    int64_t followers; /**< Change of the number of followers. */
    /** Change of the number of followers in percent of those on `from_day`; `NaN` if there were none. */
    double followers_percent;
    int64_t following; /**< Change of the number of accounts followed. */
    int64_t likes; /**< Change of the number of likes received. */
    int64_t videos; /**< Change of the number of public videos. */
};

/** The metrics of one day. */
struct toklink_history_point {
    const char *day; /**< The day in UTC, for example `2026-11-23`. */
    const toklink_metrics *metrics; /**< The metrics; never NULL. */
    const toklink_growth *growth; /**< The change since the previous point; NULL for the first point in the store. */
};

/** A range of days without metrics. */
struct toklink_history_gap {
    const char *from_day; /**< The first day without metrics, for example `2026-11-23`. */
    const char *to_day; /**< The last day without metrics. */
    uint32_t days; /**< Number of days without metrics. */
};

/** The stored metrics of an account in a range of days.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_history {
    const toklink_history_point *const *points; /**< The days with metrics, the oldest first. */
    size_t point_count; /**< Number of `points`. */
    const toklink_history_gap *const *gaps; /**< The gaps between the points, the oldest first. */
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
 *  example `2026-11-23`; at most 400 days). Reads only the store. Returns NULL on failure. Free the history with
 *  `toklink_history_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if a day or the range is invalid; `TOKLINK_ERR_UNAVAILABLE` if the store
 *  fails. */
const toklink_history *toklink_metrics_history(const toklink_client *client, const char *account, const char *from_day,
    const char *to_day, toklink_error **error);

/** The progress of a collection. A plain value that may be copied. */
struct toklink_collect_progress {
    uint64_t collected; /**< Number of accounts whose metrics this collection has stored. */
    uint64_t current; /**< Number of accounts whose metrics were already stored, or that another process is reading. */
    /** Number of accounts that cannot be read until their user logs in again. An account whose access was just
     *  revoked first counts as failed. */
    uint64_t skipped;
    uint64_t failed; /**< Number of accounts whose metrics could not be read or stored. */
    int64_t total; /**< Number of accounts in the store; -1 if unknown. */
};

/** Receives the progress of a collection, in order; a slow host skips values. Called on the calling thread of a
 *  blocking call, otherwise on the callback thread. Returns true to continue; false stops the collection, which
 *  keeps the metrics that it has read. */
typedef bool (*toklink_collect_progress_callback)(void *user_data, const toklink_collect_progress *progress);

/** The accounts and the limits of a collection. Initialise it with `TOKLINK_COLLECT_OPTIONS_INIT`. */
struct toklink_collect_options {
    size_t size; /**< The size of this struct, which `TOKLINK_COLLECT_OPTIONS_INIT` sets. */
    /** Collects only the accounts of this tenant. NULL: all tenants. Must be NULL if `accounts` is set. */
    const char *tenant;
    const char *const *accounts; /**< The ids of the accounts to collect. NULL: all accounts. */
    size_t account_count; /**< Number of `accounts`. */
    size_t max_concurrency; /**< Number of accounts that are read at the same time, 1 to 100. 0: 16. */
    /** Maximum number of accounts that this call reads; the next call continues with the others. 0: no limit. */
    size_t limit;
    /** Maximum age of today's metrics in milliseconds; older ones are replaced. Use slightly less than the interval
     *  of the job. 0: each account is read once a day (UTC). */
    uint64_t max_age_ms;
    /** Milliseconds after which the collection fails with `TOKLINK_REASON_TIMED_OUT`; metrics that were read are
     *  kept. 0: no limit. */
    uint64_t timeout_ms;
    toklink_collect_progress_callback progress; /**< Receives the progress; NULL: none. */
    void *progress_data; /**< Passed to `progress`; must stay valid until the collection ends. */
};
#define TOKLINK_COLLECT_OPTIONS_INIT TOKLINK_INIT(toklink_collect_options)

/** The failure of one account in a collection. */
struct toklink_collect_failure {
    const char *account; /**< The id of the account. */
    const toklink_error *error; /**< The error; never NULL. */
};

/** The result of a collection.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_collect_report {
    const char *day; /**< The day in UTC under which the metrics are stored, for example `2026-11-23`. */
    bool complete; /**< True if all accounts were visited; false if the collection was cancelled or reached `limit`. */
    uint64_t collected; /**< Number of accounts whose metrics this collection has stored. */
    uint64_t current; /**< Number of accounts whose metrics were already stored, or that another process is reading. */
    /** Number of accounts that cannot be read until their user logs in again. An account whose access was just
     *  revoked first counts as failed. */
    uint64_t skipped;
    uint64_t failed; /**< Number of accounts whose metrics could not be read or stored. */
    int64_t total; /**< Number of accounts in the store; -1 if unknown. */
    const toklink_collect_failure *const *failures; /**< The failures, at most 100. */
    size_t failure_count; /**< Number of `failures`. */
};

/** Receives the result of `toklink_collect_metrics`. `report` is NULL on failure and `error` is NULL on success;
 *  both are valid until the callback returns. */
typedef void (*toklink_collect_done)(void *user_data, toklink_op operation, const toklink_collect_report *report,
    const toklink_error *error);

/** Frees a report. NULL is allowed. */
void toklink_collect_report_free(const toklink_collect_report *report);

/** Reads the metrics of many accounts and stores them for the current day (UTC), once per account and day;
 *  `toklink_metrics_history` reads them. If `options` is NULL, collects all accounts. Sends two requests per
 *  account, waits for quota windows and refreshes tokens. It may be cancelled and called again at any time, and
 *  several processes may share the work. If a process dies, other processes take over its accounts after 30 minutes.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails or with `TOKLINK_REASON_TIMED_OUT`. The report contains the
 *  failures of single accounts. A cancelled collection succeeds with a report whose `complete` is false. */
void toklink_collect_metrics(const toklink_client *client, const toklink_collect_options *options,
    toklink_collect_done done, void *user_data, toklink_op *out_operation);

/** Like `toklink_collect_metrics`, but blocks until the operation ends. Returns NULL on failure. Free the result
 *  with `toklink_collect_report_free`. */
const toklink_collect_report *toklink_collect_metrics_blocking(const toklink_client *client,
    const toklink_collect_options *options, toklink_error **error);

/* ---- Publishing ------------------------------------------------------------------------------------------------- */

/** A rule of TikTok that a video breaks. */
struct toklink_finding {
    const char *rule; /**< The rule: `size`, `duration`, `frame_rate`, `pixels` or `codec`. */
    const char *found; /**< The value in the file. */
    const char *allowed; /**< The values that TikTok accepts. */
    const char *advice; /**< The advice for the user. */
    bool is_error; /**< True if TikTok would refuse the video; false for a warning. */
};

/** The properties of a video file and the rules that it breaks.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_probe_report {
    bool is_acceptable; /**< True if no finding is an error, so TikTok should accept the video. */
    const char *container; /**< The container: `mp4`, `mov` or `webm`. */
    const char *mime; /**< The MIME type, for example `video/mp4`. */
    const char *video_codec; /**< The codec: `h264`, `h265`, `vp8`, `vp9`, or the name in the file; empty if unknown. */
    uint64_t size_bytes; /**< The size of the file in bytes. */
    int64_t duration_ms; /**< The length in milliseconds; -1 if unknown. */
    int32_t width; /**< The width in pixels as shown; -1 if unknown. */
    int32_t height; /**< The height in pixels as shown; -1 if unknown. */
    uint32_t rotation; /**< Degrees by which a player rotates the frames clockwise: 0, 90, 180 or 270. */
    double fps; /**< Frames per second; `NaN` if unknown. */
    int32_t variable_fps; /**< 1 if the frame rate varies, otherwise 0; -1 if unknown. */
    int32_t has_audio; /**< 1 if the video has sound, otherwise 0; -1 if unknown. */
    const toklink_finding *const *findings; /**< The rules that the video breaks. */
    size_t finding_count; /**< Number of `findings`. */
};

/** Frees a report. NULL is allowed. */
void toklink_probe_report_free(const toklink_probe_report *report);

/** Reads the headers of a video file and checks them against TikTok's rules. Blocks while it reads a few hundred
 *  bytes. Needs no client and no network. Returns NULL on failure; a video that breaks a rule is not a failure. Free
 *  the report with `toklink_probe_report_free`.
 *  Errors: `TOKLINK_ERR_NOT_FOUND` if the file does not exist; `TOKLINK_ERR_INVALID_INPUT` if it cannot be read or
 *  is not a video. */
const toklink_probe_report *toklink_probe_video(const char *path, toklink_error **error);

/** The kind of a caption part. */
TOKLINK_ENUM(toklink_caption_kind) {
    TOKLINK_CAPTION_TEXT = 0, /**< Plain text. The line breaks `\r\n` and `\r` become `\n`. */
    /** A hashtag, with or without its `#`: letters of any script with their combining marks, decimal digits and `_`. */
    TOKLINK_CAPTION_HASHTAG = 1,
    TOKLINK_CAPTION_MENTION = 2, /**< A user's handle, with or without its `@`. */
};

/** One part of a caption. */
struct toklink_caption_part {
    uint32_t kind; /**< A `toklink_caption_kind`. */
    const char *text; /**< The text of the part. */
};

/** Builds a caption from `count` parts. Adds spaces around hashtags and mentions, because TikTok links them only
 *  between spaces or line ends. Refuses a caption that TikTok would truncate. `max_units` is the maximum number of
 *  UTF-16 code units, 2200 for the title of a video, 90 and 4000 for the title and description of photos; 0: 2200.
 *  Returns NULL on failure. Free the string with `toklink_text_free`.
 *  Errors: `TOKLINK_ERR_INVALID_INPUT` if a hashtag or handle is invalid (the message names the first invalid
 *  character and its position), or with `TOKLINK_REASON_TITLE_TOO_LONG` if the caption is too long. */
char *toklink_build_caption(const toklink_caption_part *parts, size_t count, size_t max_units, toklink_error **error);

/** The current activity of a publish. Later versions add numbers. */
TOKLINK_ENUM(toklink_publish_phase) {
    TOKLINK_PHASE_OTHER = 0, /**< A value that this header version does not define. */
    TOKLINK_PHASE_PROBING = 1, /**< The library checks the file. */
    TOKLINK_PHASE_SENDING = 2, /**< The library sends bytes. */
    TOKLINK_PHASE_PROCESSING = 3, /**< TikTok processes the file. */
    TOKLINK_PHASE_MODERATING = 4, /**< TikTok accepted the post and moderates it before it assigns a public id. */
    TOKLINK_PHASE_PUBLISHED = 5, /**< The post is published, or the draft is in the creator's inbox. */
};

/** TikTok's status of a publish. Later versions add numbers. */
TOKLINK_ENUM(toklink_publish_state) {
    TOKLINK_PUBLISH_OTHER = 0, /**< A value that this header version does not define. */
    TOKLINK_PUBLISH_PROCESSING_UPLOAD = 1, /**< TikTok receives or processes the bytes. */
    TOKLINK_PUBLISH_PROCESSING_DOWNLOAD = 2, /**< TikTok fetches the file itself. */
    TOKLINK_PUBLISH_SEND_TO_USER_INBOX = 3, /**< The draft is in the creator's inbox. */
    TOKLINK_PUBLISH_COMPLETE = 4, /**< Posted. The id of a public post may become known later. */
    TOKLINK_PUBLISH_FAILED = 5, /**< Failed; there is no post. */
};

/** The outcome or the status of a publish.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_publish {
    const char *publish_id; /**< TikTok's id of the publish. */
    const char *idempotency_key; /**< The idempotency key; empty in the result of `toklink_publish_status`. */
    toklink_publish_state state; /**< TikTok's status. */
    /** The activity. `TOKLINK_PHASE_MODERATING` means that it is posted and has no public id yet. */
    toklink_publish_phase phase;
    const char *fail_reason; /**< TikTok's reason for a failure; empty otherwise. */
    /** The link to the post; empty until its id and the creator's handle are known, and for a post that is not
     *  public. */
    const char *share_url;
    const char *const *post_ids; /**< The ids of the public posts, as text because they can exceed 2^53. */
    size_t post_id_count; /**< Number of `post_ids`. */
    const char *const *warnings; /**< One sentence for each setting that TikTok ignores for this post. */
    size_t warning_count; /**< Number of `warnings`. */
    int64_t uploaded_bytes; /**< Number of bytes that TikTok has received; -1 if unknown. */
};

/** Receives the result of a publish operation. `publish` is NULL on failure and `error` is NULL on success; both are
 *  valid until the callback returns. */
typedef void (*toklink_publish_done)(void *user_data, toklink_op operation, const toklink_publish *publish,
    const toklink_error *error);

/** Frees a publish. NULL is allowed. */
void toklink_publish_free(const toklink_publish *publish);

/** The progress of a publish. A plain value that may be copied. */
struct toklink_progress {
    toklink_publish_phase phase; /**< The activity. */
    int64_t bytes_sent; /**< Number of bytes sent; decreases when a chunk is sent again. */
    int64_t total_bytes; /**< Number of bytes of the video; 0 for photos. */
    int64_t bytes_per_second; /**< Mean upload rate of this call in bytes per second. */
    int64_t remaining_ms; /**< Estimated milliseconds until all bytes are sent; -1 if unknown. */
    char publish_id[128]; /**< TikTok's id of the publish, NUL-terminated; empty while it is unknown. */
};

/** Writes at most `capacity` bytes of the video to `buffer`, and their number to `out_read`; 0 marks the end.
 *  Returns false on a read error; the publish then fails without a post. It may block. Called on a thread of the
 *  library, one call at a time, until `read_destroy` is called. After a cancel or a failure, a call can overlap the
 *  completion or follow it, so a reader may wait for the completion.
 *  It must deliver 10,000 bytes per second on average: the publish waits at most 60 s in total for it, plus 0.1 ms
 *  for each byte, and TikTok accepts the bytes for one hour. The publish of a slower reader fails with
 *  `TOKLINK_ERR_UNAVAILABLE`. At most 16 readers of a client run at the same time; the time that a reader waits for
 *  its turn counts as well. `toklink_client_free` waits until a running call returns. */
typedef bool (*toklink_read_callback)(void *user_data, uint8_t *buffer, size_t capacity, size_t *out_read);

/** Receives the progress of a publish, in order; a slow host skips values. Called on the calling thread of a
 *  blocking call, otherwise on the callback thread. Returns true to continue; false cancels the publish. */
typedef bool (*toklink_progress_callback)(void *user_data, const toklink_progress *progress);

/** The content and the settings of a post. Initialise it with `TOKLINK_PUBLISH_OPTIONS_INIT`; comments, duets and
 *  stitches are off by default. A video needs exactly one of `path`, `data`, `read`, `url` and `relay_url`; photos
 *  need `photo_urls`.
 *  Threads: the library reads them only during the call that takes them. */
struct toklink_publish_options {
    size_t size; /**< The size of this struct, which `TOKLINK_PUBLISH_OPTIONS_INIT` sets. */
    const char *account; /**< The id of the account. Required. */
    /** A key of at most 255 bytes that posts at most once per account. After a crash, the same key continues after
     *  the last complete chunk; after a success, it returns the same publish. NULL: a random key. */
    const char *idempotency_key;
    /** The path of the video file (MP4, MOV or WebM) in UTF-8. The file must not change until the publish ends. */
    const char *path;
    const uint8_t *data; /**< The bytes of the video, which are copied. */
    size_t data_size; /**< Number of bytes of `data`. */
    /** Reads the video, exactly `read_size` bytes. The library buffers at most 10.5 MB for retries of a chunk. To
     *  resume such a publish, pass the same idempotency key and a reader that starts at the first byte again. */
    toklink_read_callback read;
    void *read_data; /**< Passed to `read`; must stay valid until `read_destroy` is called. */
    /** Frees `read_data` after the last call of `read`; may be NULL. Called once for each call that takes these
     *  options; see "Callbacks" at the top. */
    toklink_destroy read_destroy;
    uint64_t read_size; /**< Number of bytes that `read` delivers. */
    /** An https URL from which TikTok fetches the video within one hour, on a domain that is verified for the app. */
    const char *url;
    /** A public https URL from which the library downloads the video while it uploads it. The server must respond
     *  within 30 s and send a Content-Length. Private addresses are refused, also after redirects. */
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
    const char *description; /**< The description of photos, at most 4,000 UTF-16 code units; not for videos. */
    /** The time of the cover frame in milliseconds from the start, for videos that are `PUBLIC_TO_EVERYONE`. 0: the
     *  first frame. */
    uint32_t cover_timestamp_ms;
    /** Lets TikTok fetch `relay_url` itself if its domain is verified for the app; otherwise the library relays it. */
    bool relay_if_unverified;
    bool allow_comment; /**< Allows comments. */
    bool allow_duet; /**< Allows duets; only for videos. */
    bool allow_stitch; /**< Allows stitches; only for videos. */
    bool brand_content; /**< Declares a paid partnership with a third party. */
    bool brand_organic; /**< Declares a promotion of the creator's own business. */
    bool is_aigc; /**< Labels the post as AI-generated content. */
    bool auto_add_music; /**< Lets TikTok add recommended music; only for photos. */
    /** Sends a draft to the creator's inbox instead of posting. TikTok then ignores the settings; the result has a
     *  warning for each. */
    bool draft;
    bool no_wait; /**< Ends the operation when TikTok has accepted all bytes, without waiting for the outcome. */
    /** Milliseconds after which the publish fails with `TOKLINK_REASON_TIMED_OUT`; it can be resumed. 0: no limit. */
    uint64_t timeout_ms;
    toklink_progress_callback progress; /**< Receives the progress; NULL: none. */
    void *progress_data; /**< Passed to `progress`; must stay valid until the publish ends. */
};
#define TOKLINK_PUBLISH_OPTIONS_INIT TOKLINK_INIT(toklink_publish_options)

/** Posts a video: checks it, uploads it in chunks, and waits for TikTok's outcome, which takes up to a few minutes.
 *  A file upload posts at most once per idempotency key, whatever processes live, sleep or die, as long as the store
 *  keeps its conditional writes.
 *  Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_INVALID_INPUT` if the video breaks a rule of
 *  TikTok, before a byte is sent; `TOKLINK_ERR_REJECTED` if TikTok refused the post; `TOKLINK_ERR_CONFLICT` with a
 *  reason if the key belongs to another publish, another attempt works on it (after a crash: for up to 60 s, then
 *  call again), or TikTok may have received its last chunk; `TOKLINK_ERR_CANCELLED` if the host cancelled it.
 *  `idempotency_key` of the error resumes the publish. */
void toklink_publish_video(const toklink_client *client, const toklink_publish_options *options,
    toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Like `toklink_publish_video`, but blocks until the operation ends. Returns NULL on failure. Free the result with
 *  `toklink_publish_free`. */
const toklink_publish *toklink_publish_video_blocking(const toklink_client *client,
    const toklink_publish_options *options, toklink_error **error);

/** Posts photos, which TikTok fetches from `photo_urls`, and waits for TikTok's outcome. The post is sent at most
 *  once automatically: if TikTok's response is lost, every further call with the key fails with
 *  `TOKLINK_ERR_CONFLICT` until `toklink_abandon_publish`.
 *  Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_INVALID_INPUT` if the photos or settings
 *  break a rule of TikTok, before a request is sent; `TOKLINK_ERR_REJECTED` if TikTok refused the post;
 *  `TOKLINK_ERR_CONFLICT` with a reason if the key belongs to another publish, or TikTok may have received the post
 *  and its response was lost; `TOKLINK_ERR_CANCELLED` if the host cancelled it. `idempotency_key` of the error
 *  resumes the publish. */
void toklink_publish_photos(const toklink_client *client, const toklink_publish_options *options,
    toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Like `toklink_publish_photos`, but blocks until the operation ends. Returns NULL on failure. Free the result with
 *  `toklink_publish_free`. */
const toklink_publish *toklink_publish_photos_blocking(const toklink_client *client,
    const toklink_publish_options *options, toklink_error **error);

/** Resumes a publish after a crash, a cancel or a failure, also in another process. Continues after the last
 *  complete chunk that TikTok accepted. `publish` is its idempotency key or TikTok's publish id. The options need
 *  `account`, and the video if it was passed as `data` or `read` or if its file has moved; `progress`, `no_wait` and
 *  `timeout_ms` apply.
 *  Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the journal has no such
 *  publish; `TOKLINK_ERR_CONFLICT` with a reason if the video differs, nothing can be resumed, or another attempt
 *  works on the publish. */
void toklink_resume_publish(const toklink_client *client, const char *publish, const toklink_publish_options *options,
    toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Like `toklink_resume_publish`, but blocks until the operation ends. Returns NULL on failure. Free the result with
 *  `toklink_publish_free`. */
const toklink_publish *toklink_resume_publish_blocking(const toklink_client *client, const char *publish,
    const toklink_publish_options *options, toklink_error **error);

/** Waits for TikTok's outcome of a publish. Queries the status within the quota. The options need `account`;
 *  `progress` and `timeout_ms` apply.
 *  Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_REJECTED` if TikTok refused the post;
 *  `TOKLINK_ERR_CANCELLED` if the host cancelled the operation. */
void toklink_wait_for_publish(const toklink_client *client, const char *publish_id,
    const toklink_publish_options *options, toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Like `toklink_wait_for_publish`, but blocks until the operation ends. Returns NULL on failure. Free the result
 *  with `toklink_publish_free`. */
const toklink_publish *toklink_wait_for_publish_blocking(const toklink_client *client, const char *publish_id,
    const toklink_publish_options *options, toklink_error **error);

/** Queries the status of a publish. Sends one request.
 *  Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_publish_status(const toklink_client *client, const char *account, const char *publish_id,
    toklink_publish_done done, void *user_data, toklink_op *out_operation);

/** Like `toklink_publish_status`, but blocks until the operation ends. Returns NULL on failure. Free the result with
 *  `toklink_publish_free`. */
const toklink_publish *toklink_publish_status_blocking(const toklink_client *client, const char *account,
    const char *publish_id, toklink_error **error);

/** Asks TikTok to cancel a publish whose video or photos TikTok fetches itself. TikTok may post it nevertheless; a
 *  finished post remains.
 *  Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected. */
void toklink_cancel_publish(const toklink_client *client, const char *account, const char *publish_id,
    toklink_done done, void *user_data, toklink_op *out_operation);

/** Like `toklink_cancel_publish`, but blocks until the operation ends. */
toklink_status toklink_cancel_publish_blocking(const toklink_client *client, const char *account,
    const char *publish_id, toklink_error **error);

/** A publish in the journal.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_publish_record {
    const char *idempotency_key; /**< The idempotency key. */
    /** The step: `INTENT`, `SENDING`, `LAST_CHUNK`, `PROCESSING`, `DONE` or `FAILED`; empty in the result of
     *  `toklink_unfinished_publishes`. */
    const char *step;
    const char *publish_id; /**< TikTok's id of the publish; empty before TikTok has assigned one. */
    const char *fail_reason; /**< TikTok's reason for a failure; empty otherwise. */
    uint64_t accepted_bytes; /**< Number of bytes that TikTok has accepted. */
    uint64_t total_bytes; /**< Number of bytes of the video; 0 for photos and for videos that TikTok fetches. */
    bool photos; /**< True if it is a photo post. */
    bool draft; /**< True if it is a draft for the creator's inbox. */
    bool cancel_requested; /**< True if the current attempt was asked to stop. */
    const toklink_publish *outcome; /**< The outcome, without warnings, if the step is `DONE`; NULL otherwise. */
    /** The error of the last attempt; NULL while an attempt is running and if its process died. */
    const toklink_error *last_error;
    int64_t started_at_ms; /**< Time at which the publish started, in milliseconds since 1970 (UTC). */
    /** Time of the last update of the record, in milliseconds since 1970 (UTC). A running attempt updates it at
     *  least every 20 s. */
    int64_t updated_at_ms;
};

/** Publishes in the journal, the oldest first.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_publish_list {
    const toklink_publish_record *const *items; /**< The publishes. */
    size_t count; /**< Number of `items`. */
};

/** Frees a publish record. NULL is allowed. */
void toklink_publish_record_free(const toklink_publish_record *record);

/** Frees a list of publishes. NULL is allowed. */
void toklink_publish_list_free(const toklink_publish_list *list);

/** Lists the unfinished publishes of the account. Reads only the store. Returns NULL on failure. Free the list with
 *  `toklink_publish_list_free`.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
const toklink_publish_list *toklink_unfinished_publishes(const toklink_client *client, const char *account,
    toklink_error **error);

/** Finds the publish with an idempotency key, of this process or another one. Reads only the store. `out_record`
 *  receives NULL if there is none. Free the record with `toklink_publish_record_free`.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
toklink_status toklink_find_publish(const toklink_client *client, const char *account, const char *idempotency_key,
    const toklink_publish_record **out_record, toklink_error **error);

/** Requests the cancellation of a publish that runs in any process with this store, and returns its record. The
 *  running attempt reads the request within 2 s and fails with `TOKLINK_ERR_CANCELLED`. Does not change a finished
 *  publish. Sends nothing to TikTok, unlike `toklink_cancel_publish`. Returns NULL on failure. Free the record with
 *  `toklink_publish_record_free`.
 *  Errors: `TOKLINK_ERR_NOT_FOUND` if the journal has no such publish; `TOKLINK_ERR_UNAVAILABLE` if the store fails. */
const toklink_publish_record *toklink_request_cancel(const toklink_client *client, const char *account,
    const char *idempotency_key, toklink_error **error);

/** Abandons a publish whose outcome is unknown because its start or its last chunk may have been sent. Its key may
 *  then be used again. First verify that TikTok has no such post and that no other process works on this publish: a
 *  suspended process with an unsent request could still post it.
 *  Errors: `TOKLINK_ERR_CONFLICT` if TikTok can still complete the publish; `TOKLINK_ERR_NOT_FOUND` if the key is
 *  unknown. */
toklink_status toklink_abandon_publish(const toklink_client *client, const char *account, const char *idempotency_key,
    toklink_error **error);

/* ---- Quotas ----------------------------------------------------------------------------------------------------- */

/** The requests that a window counts. Later versions add numbers. */
TOKLINK_ENUM(toklink_quota_kind) {
    TOKLINK_QUOTA_OTHER = 0, /**< Requests that this header version does not define. */
    TOKLINK_QUOTA_USER_INFO = 1, /**< Reads of the profile. */
    TOKLINK_QUOTA_VIDEO_LIST = 2, /**< Pages of the list of videos. */
    TOKLINK_QUOTA_VIDEO_QUERY = 3, /**< Queries of videos by id. */
    TOKLINK_QUOTA_CREATOR_INFO = 4, /**< Reads of the creator's posting options. */
    TOKLINK_QUOTA_PUBLISH_INIT = 5, /**< Starts of direct posts, drafts and photo posts: the three share one window. */
    TOKLINK_QUOTA_PUBLISH_STATUS = 6, /**< Reads of the status of a post. */
    TOKLINK_QUOTA_VIDEO_UPLOAD = 7, /**< Videos, photo posts and drafts sent to TikTok. */
};

/** A quota window: at most `limit` requests of a kind in any `window_ms` milliseconds. */
struct toklink_quota_window {
    toklink_quota_kind kind; /**< The requests that the window counts. */
    uint64_t window_ms; /**< The length of the window in milliseconds. */
    uint32_t limit; /**< Maximum number of requests in the window. */
    uint32_t used; /**< Number of requests in the window, including those in flight. */
    uint32_t remaining; /**< Number of requests that are allowed now. */
    uint32_t percent; /**< The threshold of a warning in percent, 80 or 95; 0 otherwise. */
    uint64_t resets_in_ms; /**< Milliseconds until the oldest request leaves the window; 0 if it is empty. */
    /** Time at which the oldest request leaves the window, in milliseconds since 1970 (UTC); 0 if unknown. */
    int64_t reset_at_ms;
};

/** All windows of one account.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_quota {
    const toklink_quota_window *const *items; /**< The windows. */
    size_t count; /**< Number of `items`. */
};

/** Frees the windows of an account. NULL is allowed. */
void toklink_quota_free(const toklink_quota *quota);

/** Returns the account's windows as this process counts them, without I/O. `toklink_read_quota` includes the
 *  requests of other processes that Redis counts. Returns NULL on failure. Free the result with
 *  `toklink_quota_free`. */
const toklink_quota *toklink_quota_status(const toklink_client *client, const char *account, toklink_error **error);

/** Reads the account's windows from Redis if it counts the requests, and otherwise from this process. Returns NULL
 *  on failure. Free the result with `toklink_quota_free`.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if Redis does not respond. */
const toklink_quota *toklink_read_quota(const toklink_client *client, const char *account, toklink_error **error);

/** Returns `TOKLINK_OK` if a request of this `toklink_quota_kind` is allowed now. Does not count a request.
 *  Errors: `TOKLINK_ERR_RATE_LIMITED` or `TOKLINK_ERR_QUOTA_EXHAUSTED` with `retry_after_ms`. */
toklink_status toklink_check_quota(const toklink_client *client, const char *account, uint32_t kind,
    toklink_error **error);

/** Counts a request of this `toklink_quota_kind` that the host sent for the account without this client. */
toklink_status toklink_increment_quota(const toklink_client *client, const char *account, uint32_t kind,
    toklink_error **error);

/** Resets the account's counters, for tests and after a change of limits. TikTok's own counters do not change. */
toklink_status toklink_reset_quota(const toklink_client *client, const char *account, toklink_error **error);

/* ---- Events ----------------------------------------------------------------------------------------------------- */

/** The kind of an event. Later versions add numbers. */
TOKLINK_ENUM(toklink_event_kind) {
    TOKLINK_EVENT_OTHER = 0, /**< An event that this header version does not define. */
    TOKLINK_EVENT_REFRESHED = 1, /**< New tokens were stored; see `token_expires_at_ms`. */
    TOKLINK_EVENT_REFRESH_FAILED = 2, /**< A refresh failed; see `error`. */
    TOKLINK_EVENT_REVOKED = 3, /**< The user or TikTok revoked the consent. */
    TOKLINK_EVENT_SCOPES_REDUCED = 4, /**< A refresh returned fewer scopes than before; see `lost_scopes`. */
    TOKLINK_EVENT_KEY_RETIRED = 5, /**< No account needs the encryption key in `detail` any more. */
    TOKLINK_EVENT_LAGGED = 6, /**< The host processed events too slowly, so events were dropped; see `lagged`. */
    /** A request filled a quota window to 80 or 95 percent; see `quota`. Emitted once for each threshold, and again
     *  after the usage fell below 50 percent. */
    TOKLINK_EVENT_QUOTA_WARNING = 7,
    /** The Redis server that counts requests does not respond or has lost its counts; see `sharing`. */
    TOKLINK_EVENT_REDIS_UNAVAILABLE = 8,
    /** The Redis server responds again and has counted the requests that this process sent in between. */
    TOKLINK_EVENT_REDIS_AVAILABLE = 9,
    /** The Redis server of `REDIS_URL` is not used, so each process counts its own requests; see `detail`. Emitted
     *  at most once per client, with its first request. */
    TOKLINK_EVENT_REDIS_IGNORED = 10,
    /** A request for an account ended; see `operation`, `error` and `quota`. Only with `toklink_call_events`. */
    TOKLINK_EVENT_CALLED = 11,
};

/** An event about an account or about the encryption keys. It contains no token. */
struct toklink_event {
    toklink_event_kind kind; /**< The kind. */
    const char *account; /**< The id of the account; empty if the event does not concern an account. */
    int64_t at_ms; /**< Time of the event, in milliseconds since 1970 (UTC); 0 for `TOKLINK_EVENT_LAGGED`. */
    /** The name of the retired key, or the reason why the Redis server of `REDIS_URL` is not used; empty for other
     *  events. */
    const char *detail;
    /** The endpoint of a request, for example `user_info` or `video_init`; `access_token` if no token was available;
     *  empty for other events. */
    const char *operation;
    const toklink_error *error; /**< The error of a failed refresh or request; NULL otherwise. */
    const char *const *lost_scopes; /**< The scopes that were lost. */
    size_t lost_scope_count; /**< Number of `lost_scopes`. */
    /** Time at which the new access token expires, in milliseconds since 1970 (UTC); 0 for other events. */
    int64_t token_expires_at_ms;
    uint64_t lagged; /**< Number of events that were dropped before this one. */
    const toklink_quota_window *quota; /**< The window of a quota warning or of a request; NULL for other events. */
    /** True if this process continues to send requests and counts them itself while Redis is unavailable; false if
     *  requests are refused. */
    bool sharing;
};

/** Receives events on the callback thread, one at a time and in order. The event is valid until the callback
 *  returns. A host that is more than 256 events behind loses the oldest ones and receives a `TOKLINK_EVENT_LAGGED`
 *  with their number. */
typedef void (*toklink_event_callback)(void *user_data, const toklink_event *event);

/** Subscribes `callback` to the events of all accounts until the client is closed. For `destroy` (may be NULL), see
 *  "Callbacks" at the top. Several callbacks may be subscribed. */
toklink_status toklink_events(const toklink_client *client, toklink_event_callback callback, void *user_data,
    toklink_destroy destroy, toklink_error **error);

/** Subscribes `callback` to a `TOKLINK_EVENT_CALLED` for each request that ends, until the client is closed. Use it
 *  to record the health of each account. Reads from the cache are not reported. Otherwise like `toklink_events`. */
toklink_status toklink_call_events(const toklink_client *client, toklink_event_callback callback, void *user_data,
    toklink_destroy destroy, toklink_error **error);

/* ---- Webhooks --------------------------------------------------------------------------------------------------- */

/** The kind of a webhook. Later versions add numbers. */
TOKLINK_ENUM(toklink_webhook_kind) {
    /** A genuine webhook that this version does not know or whose documented fields are missing: respond with 200. */
    TOKLINK_WEBHOOK_OTHER = 0,
    TOKLINK_WEBHOOK_AUTHORIZATION_REMOVED = 1, /**< A user's consent ended; see `reason`. */
    TOKLINK_WEBHOOK_PUBLISH_FAILED = 2, /**< A publish failed; see `reason`. */
    TOKLINK_WEBHOOK_PUBLISH_COMPLETE = 3, /**< TikTok processed the upload, or the creator posted the draft. */
    TOKLINK_WEBHOOK_INBOX_DELIVERED = 4, /**< The draft is in the creator's inbox. */
    TOKLINK_WEBHOOK_PUBLICLY_AVAILABLE = 5, /**< The post is publicly visible. */
    TOKLINK_WEBHOOK_NO_LONGER_PUBLICLY_AVAILABLE = 6, /**< The post is no longer publicly visible. */
    TOKLINK_WEBHOOK_SHARE_FAILED = 7, /**< An upload with the old Share Video Kit failed. */
    TOKLINK_WEBHOOK_SHARE_COMPLETED = 8, /**< A video was posted with the old Share Video Kit. */
    TOKLINK_WEBHOOK_DOWNLOAD_READY = 9, /**< An export of a user's data is ready for download. */
};

/** The effect of a webhook. Respond with 200 to all of them. Later versions add numbers. */
TOKLINK_ENUM(toklink_webhook_effect) {
    TOKLINK_EFFECT_NOTHING_TO_DO = 0, /**< The webhook concerns only the host; the library changed nothing. */
    TOKLINK_EFFECT_APPLIED = 1, /**< The journal or an account was updated. */
    TOKLINK_EFFECT_ALREADY_KNOWN = 2, /**< The webhook contained nothing new. */
    TOKLINK_EFFECT_NOT_OURS = 3, /**< The publish or account is not in the store. */
    TOKLINK_EFFECT_ANOTHER_OWNER = 4, /**< The webhook's user is not the user of the publish. */
    TOKLINK_EFFECT_OUTDATED = 5, /**< The consent ended before the user's latest login. */
};

/** A genuine webhook.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_webhook {
    toklink_webhook_kind kind; /**< The kind. */
    const char *name; /**< TikTok's name of the event, for example `post.publish.complete`. */
    const char *open_id; /**< TikTok's id of the user; empty if the webhook has none. */
    const char *publish_id; /**< TikTok's id of the publish; empty if the webhook has none. */
    const char *post_id; /**< The id of the post; empty if the webhook has none. */
    const char *reason; /**< The reason for a failed publish or a revoked consent; empty for other kinds. */
    const char *dedupe_key; /**< A string that is the same for every delivery of one event. */
    int64_t created_at_ms; /**< Time of the event, in milliseconds since 1970 (UTC), a multiple of 1000. */
};

/** Frees a webhook. NULL is allowed. */
void toklink_webhook_free(const toklink_webhook *webhook);

/** Verifies and parses a webhook. `signature` is the value of the header `Tiktok-Signature`, and `body` the raw body
 *  of the request. `previous_secret` is the old client secret during a rotation, otherwise NULL. `tolerance_ms` is
 *  the maximum age of the signature; 0: five minutes. Performs no I/O. Returns NULL on failure. Free the result with
 *  `toklink_webhook_free`.
 *  Errors: `TOKLINK_ERR_INTEGRITY` if TikTok did not send it, or it is for another app or too old: respond with 401;
 *  `TOKLINK_ERR_INVALID_INPUT` if it is larger than 64 KiB. A genuine webhook that this version cannot parse has the
 *  kind `TOKLINK_WEBHOOK_OTHER`. */
const toklink_webhook *toklink_verify_webhook(const toklink_client *client, const char *signature, const uint8_t *body,
    size_t body_size, const char *previous_secret, uint64_t tolerance_ms, toklink_error **error);

/** Applies a genuine webhook: finishes the publish in the journal and the operations that wait for it, or
 *  disconnects an account whose consent was revoked. Events may be applied repeatedly and in any order. `out_effect`
 *  receives the effect; it may be NULL.
 *  Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails. Respond with a status other than 200 then, so that TikTok
 *  sends the webhook again. */
toklink_status toklink_apply_webhook(const toklink_client *client, const toklink_webhook *webhook,
    toklink_webhook_effect *out_effect, toklink_error **error);

/* ---- Encryption keys -------------------------------------------------------------------------------------------- */

/** The progress of a reseal. A plain value that may be copied. */
struct toklink_reseal_progress {
    uint64_t done; /**< Number of accounts that were processed. */
    uint64_t resealed; /**< Number of accounts whose tokens were encrypted again. */
    uint64_t current; /**< Number of accounts whose tokens were already current. */
    uint64_t skipped; /**< Number of accounts without tokens. */
    uint64_t failed; /**< Number of accounts whose tokens could not be decrypted or written; they are unchanged. */
    int64_t total; /**< Number of accounts in the store; -1 if unknown. */
};

/** Receives the progress of a reseal after each page of accounts; a slow host skips values. Called on the calling
 *  thread of a blocking call, otherwise on the callback thread. Returns true to continue; false cancels the reseal. */
typedef bool (*toklink_reseal_progress_callback)(void *user_data, const toklink_reseal_progress *progress);

/** The settings of a reseal. Initialise them with `TOKLINK_RESEAL_OPTIONS_INIT`. */
struct toklink_reseal_options {
    size_t size; /**< The size of this struct, which `TOKLINK_RESEAL_OPTIONS_INIT` sets. */
    bool check_only; /**< Counts the accounts without writing anything. */
    /** Also encrypts tokens that are stored in clear text. No other function accepts clear text. */
    bool accept_clear_text;
    /** Encrypts the tokens with the first key in the legacy format. Its values are not bound to an account, and a
     *  client decrypts them only with `accept_legacy`. */
    bool to_legacy;
    uint64_t timeout_ms; /**< Milliseconds after which the reseal fails with `TOKLINK_REASON_TIMED_OUT`. 0: no limit. */
    toklink_reseal_progress_callback progress; /**< Receives the progress; NULL: none. */
    void *progress_data; /**< Passed to `progress`; must stay valid until the reseal ends. */
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
    toklink_status status; /**< The status of the failure. */
    const char *message; /**< The problem and the next step in English. */
};

/** The result of a reseal.
 *  Threads: immutable; any number of threads may read it. */
struct toklink_reseal_report {
    uint64_t done; /**< Number of accounts that were processed. */
    uint64_t resealed; /**< Number of accounts whose tokens were encrypted again. */
    uint64_t current; /**< Number of accounts whose tokens were already current. */
    uint64_t skipped; /**< Number of accounts without tokens. */
    uint64_t failed; /**< Number of accounts whose tokens could not be decrypted or written; they are unchanged. */
    uint64_t outstanding; /**< Number of accounts that must still be encrypted again; 0 if older keys can be removed. */
    uint64_t older_key; /**< Number of accounts that were encrypted with an older key. */
    uint64_t legacy; /**< Number of accounts that were stored in the legacy format. */
    uint64_t clear_text; /**< Number of accounts that were stored in clear text. */
    const char *sealing_key; /**< The name of the current encryption key. */
    const toklink_reseal_key *const *keys; /**< The keys that stored tokens still need. */
    size_t key_count; /**< Number of `keys`. */
    const toklink_reseal_failure *const *failures; /**< The failures, at most 100. */
    size_t failure_count; /**< Number of `failures`. */
};

/** Receives the result of `toklink_reseal_accounts`. `report` is NULL on failure and `error` is NULL on success;
 *  both are valid until the callback returns. */
typedef void (*toklink_reseal_done)(void *user_data, toklink_op operation, const toklink_reseal_report *report,
    const toklink_error *error);

/** Frees a report. NULL is allowed. */
void toklink_reseal_report_free(const toklink_reseal_report *report);

/** Encrypts the tokens of all accounts again whose key or format is not current. Other operations may run at the
 *  same time. `options` may be NULL. It may be cancelled and called again at any time; accounts that were already
 *  encrypted again are not changed back.
 *  Errors: `TOKLINK_ERR_CONFIG` if the store does not support it. The report contains the failures of single
 *  accounts. */
void toklink_reseal_accounts(const toklink_client *client, const toklink_reseal_options *options,
    toklink_reseal_done done, void *user_data, toklink_op *out_operation);

/** Like `toklink_reseal_accounts`, but blocks until the operation ends. Returns NULL on failure. Free the result
 *  with `toklink_reseal_report_free`. */
const toklink_reseal_report *toklink_reseal_accounts_blocking(const toklink_client *client,
    const toklink_reseal_options *options, toklink_error **error);

#ifdef __cplusplus
}
#endif

#endif /* TOKLINK_H */
