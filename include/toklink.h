/**
 * toklink: a client of TikTok. Login with PKCE, sealed tokens that renew themselves, videos posted in chunks at most
 * once, account and video figures, webhooks, exact limits.
 *
 * Conventions
 * - A handle (toklink_client, toklink_error, ...) is opaque. Each toklink_x that the library hands out goes back to
 *   toklink_x_free exactly once; freeing NULL does nothing. A handle that belongs to another (a toklink_finding, a
 *   toklink_video, the toklink_account of a list) and every toklink_str that a handle gives out are views: never freed,
 *   dead with their owner.
 * - A call that can fail returns a toklink_status, TOKLINK_OK (0) on success. Its arguments are inputs, then outputs,
 *   then `toklink_error **error`. Outputs are written only on success and stay untouched otherwise.
 * - `error` may be NULL. If not, and the call fails, it receives an error to be freed with toklink_error_free; on
 *   success it stays untouched, so set it to NULL first. It is overwritten, not freed: free the last error before
 *   the next call.
 * - NULL where a handle or an output is needed is TOKLINK_ERR_INVALID_INPUT. Accessors, which cannot fail, answer
 *   NULL with empty text, 0 or false.
 * - Text is UTF-8 by pointer and length (toklink_str); toklink_str_from makes one of a C string. All text that the
 *   library hands out also ends with a NUL. Inputs are copied: they may go when the call returns.
 * - An account is named by a tenant (empty for a host with one) and by TikTok's id of the user, the open id.
 * - Times are milliseconds (`_ms`), points in time milliseconds since 1970 in UTC (`_at_ms`), sizes bytes (`_bytes`).
 * - Thread safety is said for each type. Calls may come from any thread.
 * - No panic leaves the library: a fault of its own is TOKLINK_ERR_PANIC.
 * - Numbers of enums are never used again for something else; new ones may come.
 *
 * Operations
 * - A call of a client blocks until it is done. Those that can take long have a twin `_async`, which returns at once
 *   with the number of an operation. If it returns TOKLINK_OK its completion is called exactly once, possibly before
 *   it returns; otherwise never. The number is written before that, so the completion may free the place where it is.
 *   What the completion is given becomes the host's, and is freed as ever.
 * - toklink_client_cancel asks an operation to stop; the completion is called all the same.
 * - Completions, events, and the progress of `_async` calls come on one thread of the client's that does nothing else,
 *   in the order in which they came up. The progress of a blocking call comes on the calling thread.
 *
 * Callbacks
 * - They get the `user_data` that was given with them. They may come from any thread and are never called under a lock.
 * - `destroy`: the library calls it exactly once for each call of a setter that takes one, after the last call of the
 *   callback, and never under a lock. If the setter fails, `destroy` runs on the same thread before the setter returns.
 *   Otherwise it runs on the thread of callbacks of the client that used the callback (of the last one that is left, if
 *   several did). Where no such client is left, as in a forked child, it runs on the thread that frees or replaces what
 *   holds the callback.
 * - They may call back in, unless their own description says otherwise. toklink_client_close fails in one with
 *   TOKLINK_ERR_CONFLICT. Every callback may call toklink_client_free, which then returns at once: a blocking call that
 *   the callback belongs to is cancelled and ends the client before it returns, otherwise the thread of callbacks does.
 * - They must return: a C++ exception or a longjmp out of one is undefined.
 *
 * Life
 * - toklink_client_close cancels and waits; after it calls fail with TOKLINK_ERR_CLOSED. toklink_client_free closes first.
 * - Blocking calls that other threads are inside of survive toklink_client_free: they are cancelled, and the last one
 *   ends the client before it returns. No call may start with a client that is freed.
 * - After a fork the child cannot use the parent's client (TOKLINK_ERR_CONFLICT), but may free it and make its own.
 * - A process may exit during work: what was journalled before is found again by the same idempotency key.
 *
 * Linking: -ltoklink, or the static library with -lpthread -ldl -lm. On Linux the installed static library has no global
 * symbol but the functions below, so that a host may link an SQLite of its own.
 *
 * In C:
 *
 *     toklink_error *error = NULL;
 *     toklink_client *client = NULL;
 *     toklink_client_options *options = toklink_client_options_from_env();
 *     if (toklink_client_new(options, &client, &error) != TOKLINK_OK) {
 *         fprintf(stderr, "%s\n", toklink_error_message(error).data);
 *         toklink_error_free(error);
 *     }
 *     toklink_client_free(client);
 *     toklink_client_options_free(options);
 */

#ifndef TOKLINK_H
#define TOKLINK_H

/* Generated from bindings/c by `cargo run -p xtask -- header`: edit there. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The version of this header. The loaded library's own: toklink_version, toklink_version_number.
 */
#define TOKLINK_VERSION "0.1.0"
#define TOKLINK_VERSION_MAJOR 0
#define TOKLINK_VERSION_MINOR 1
#define TOKLINK_VERSION_PATCH 0
/**
 * The version as one number: major * 65536 + minor * 256 + patch.
 */
#define TOKLINK_VERSION_NUMBER 256

/**
 * Changes with every incompatible change of this interface. While it is 0, any minor release may change it.
 */
#define TOKLINK_ABI_VERSION 0

/**
 * Whether an account can be used. New numbers may come.
 */
enum toklink_account_state
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Something that this version of the header has no name for.
     */
    TOKLINK_ACCOUNT_OTHER = 0,
    /**
     * Calls work.
     */
    TOKLINK_ACCOUNT_ACTIVE = 1,
    /**
     * The user must connect again.
     */
    TOKLINK_ACCOUNT_EXPIRED = 2,
    /**
     * The last use failed for a reason that needs a look.
     */
    TOKLINK_ACCOUNT_ERROR = 3,
    /**
     * TikTok refused a call for too many requests; the next that succeeds ends it.
     */
    TOKLINK_ACCOUNT_RATE_LIMITED = 4,
    /**
     * TikTok has banned the creator from posting.
     */
    TOKLINK_ACCOUNT_RESTRICTED = 5,
    /**
     * The host ended the connection.
     */
    TOKLINK_ACCOUNT_DISCONNECTED = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum toklink_account_state toklink_account_state;
#else
typedef uint32_t toklink_account_state;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a call ended, and what to do next. New numbers may come: treat an unknown one like `TOKLINK_ERR_INTERNAL`.
 */
enum toklink_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * It did what it says.
     */
    TOKLINK_OK = 0,
    /**
     * The set-up is wrong (a missing key, a malformed URL): correct the configuration.
     */
    TOKLINK_ERR_CONFIG = 1,
    /**
     * An argument is wrong: correct the call.
     */
    TOKLINK_ERR_INVALID_INPUT = 2,
    /**
     * The user's consent is missing, expired or revoked: ask the user to connect again.
     */
    TOKLINK_ERR_UNAUTHORIZED = 3,
    /**
     * The user did not grant a scope, the app lacks an approval or audit, or a store row belongs to another.
     */
    TOKLINK_ERR_PERMISSION_DENIED = 4,
    /**
     * A short window is full: wait for `toklink_error_retry_after_ms`.
     */
    TOKLINK_ERR_RATE_LIMITED = 5,
    /**
     * A daily or per-account cap is used up: try again the next day or free a slot.
     */
    TOKLINK_ERR_QUOTA_EXHAUSTED = 6,
    /**
     * There is no such account, video, publish or file.
     */
    TOKLINK_ERR_NOT_FOUND = 7,
    /**
     * TikTok refused the content: change it before trying again.
     */
    TOKLINK_ERR_REJECTED = 8,
    /**
     * TikTok or the network did not answer as it should: trying again later can help.
     */
    TOKLINK_ERR_UNAVAILABLE = 9,
    /**
     * A sealed value, a login state or a signature is not what was issued.
     */
    TOKLINK_ERR_INTEGRITY = 10,
    /**
     * The act was begun before, or its outcome is unclear: settle that first.
     */
    TOKLINK_ERR_CONFLICT = 11,
    /**
     * The caller cancelled.
     */
    TOKLINK_ERR_CANCELLED = 12,
    /**
     * The client was closed.
     */
    TOKLINK_ERR_CLOSED = 13,
    /**
     * A fault of toklink itself: please report it.
     */
    TOKLINK_ERR_INTERNAL = 14,
    /**
     * A panic was caught at the boundary, a fault of toklink itself: free the handles of this call, use them no
     * more, and please report it.
     */
    TOKLINK_ERR_PANIC = 1000,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum toklink_status toklink_status;
#else
typedef uint32_t toklink_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whose move it is.
 */
enum toklink_owner
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * The person whose TikTok account it is.
     */
    TOKLINK_OWNER_USER = 1,
    /**
     * The program or its operator.
     */
    TOKLINK_OWNER_APP = 2,
    /**
     * TikTok, or the network on the way there.
     */
    TOKLINK_OWNER_TIKTOK = 3,
    /**
     * The library itself.
     */
    TOKLINK_OWNER_TOKLINK = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum toklink_owner toklink_owner;
#else
typedef uint32_t toklink_owner;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What happened. New numbers may come.
 */
enum toklink_event_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Something that this version of the header has no name for.
     */
    TOKLINK_EVENT_OTHER = 0,
    /**
     * A new pair of tokens is stored.
     */
    TOKLINK_EVENT_REFRESHED = 1,
    /**
     * A refresh did not give a token; the event has an error.
     */
    TOKLINK_EVENT_REFRESH_FAILED = 2,
    /**
     * The user, or TikTok, ended the grant.
     */
    TOKLINK_EVENT_REVOKED = 3,
    /**
     * A refresh gave fewer scopes than were granted before; the event has those that were lost.
     */
    TOKLINK_EVENT_SCOPES_REDUCED = 4,
    /**
     * No account needs this key any more; the event has its name.
     */
    TOKLINK_EVENT_KEY_RETIRED = 5,
    /**
     * The host was too slow: this many events were dropped before the next one.
     */
    TOKLINK_EVENT_LAGGED = 6,
    /**
     * A request fills a quota window to 80 or 95 percent: once for each mark, and again after the window was half empty.
     * The event has the window.
     */
    TOKLINK_EVENT_QUOTA_WARNING = 7,
    /**
     * The Redis that counts requests does not answer or has lost its counts; the event says whether requests are still sent.
     */
    TOKLINK_EVENT_REDIS_UNAVAILABLE = 8,
    /**
     * The Redis that counts requests answers again and has counted what this process sent without it.
     */
    TOKLINK_EVENT_REDIS_AVAILABLE = 9,
    /**
     * The Redis of `REDIS_URL` is not used, so that each process counts its own requests; the event has the reason. At most
     * once for a client, with its first request.
     */
    TOKLINK_EVENT_REDIS_IGNORED = 10,
    /**
     * A call for an account ended; the event has the operation, the error when it failed, and the window. Only with
     * `toklink_client_call_events`.
     */
    TOKLINK_EVENT_CALLED = 11,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum toklink_event_kind toklink_event_kind;
#else
typedef uint32_t toklink_event_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a window counts. New numbers may come.
 */
enum toklink_quota_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Something that this version of the header has no name for.
     */
    TOKLINK_QUOTA_OTHER = 0,
    /**
     * Reads of the profile.
     */
    TOKLINK_QUOTA_USER_INFO = 1,
    /**
     * Pages of the video list.
     */
    TOKLINK_QUOTA_VIDEO_LIST = 2,
    /**
     * Queries of videos by id.
     */
    TOKLINK_QUOTA_VIDEO_QUERY = 3,
    /**
     * Questions what the creator may post.
     */
    TOKLINK_QUOTA_CREATOR_INFO = 4,
    /**
     * Begins of direct posts, drafts and photo posts: the three share one window.
     */
    TOKLINK_QUOTA_PUBLISH_INIT = 5,
    /**
     * Questions how far a post has come.
     */
    TOKLINK_QUOTA_PUBLISH_STATUS = 6,
    /**
     * Videos, photo posts and drafts handed to TikTok.
     */
    TOKLINK_QUOTA_VIDEO_UPLOAD = 7,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum toklink_quota_kind toklink_quota_kind;
#else
typedef uint32_t toklink_quota_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How important a line is.
 */
enum toklink_log_level
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * An operation failed.
     */
    TOKLINK_LOG_ERROR = 1,
    /**
     * An operation ended as it should.
     */
    TOKLINK_LOG_INFO = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum toklink_log_level toklink_log_level;
#else
typedef uint32_t toklink_log_level;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * TikTok's word for how far a publish is. New numbers may come.
 */
enum toklink_publish_state
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Something that this version of the header has no name for.
     */
    TOKLINK_PUBLISH_OTHER = 0,
    /**
     * Bytes arrive or are being processed.
     */
    TOKLINK_PUBLISH_PROCESSING_UPLOAD = 1,
    /**
     * TikTok is fetching the file itself.
     */
    TOKLINK_PUBLISH_PROCESSING_DOWNLOAD = 2,
    /**
     * A draft lies in the creator's inbox.
     */
    TOKLINK_PUBLISH_SEND_TO_USER_INBOX = 3,
    /**
     * Posted; the public id of a public post can come later.
     */
    TOKLINK_PUBLISH_COMPLETE = 4,
    /**
     * Ended without a post.
     */
    TOKLINK_PUBLISH_FAILED = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum toklink_publish_state toklink_publish_state;
#else
typedef uint32_t toklink_publish_state;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a publish is doing. New numbers may come.
 */
enum toklink_publish_phase
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Something that this version of the header has no name for.
     */
    TOKLINK_PHASE_OTHER = 0,
    /**
     * The file is judged.
     */
    TOKLINK_PHASE_PROBING = 1,
    /**
     * Bytes travel.
     */
    TOKLINK_PHASE_SENDING = 2,
    /**
     * TikTok works on the file.
     */
    TOKLINK_PHASE_PROCESSING = 3,
    /**
     * Posted; TikTok looks at it before it gives a public id.
     */
    TOKLINK_PHASE_MODERATING = 4,
    /**
     * Done.
     */
    TOKLINK_PHASE_PUBLISHED = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum toklink_publish_phase toklink_publish_phase;
#else
typedef uint32_t toklink_publish_phase;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What happened. New numbers may come.
 */
enum toklink_webhook_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Genuine, and unknown to this version, or without the fields that TikTok documents: answer 200.
     */
    TOKLINK_WEBHOOK_OTHER = 0,
    /**
     * A user's consent ended.
     */
    TOKLINK_WEBHOOK_AUTHORIZATION_REMOVED = 1,
    /**
     * A publish ended without a post.
     */
    TOKLINK_WEBHOOK_PUBLISH_FAILED = 2,
    /**
     * The upload was processed, or the creator posted the draft.
     */
    TOKLINK_WEBHOOK_PUBLISH_COMPLETE = 3,
    /**
     * A draft lies in the creator's inbox.
     */
    TOKLINK_WEBHOOK_INBOX_DELIVERED = 4,
    /**
     * The post can be seen by everyone.
     */
    TOKLINK_WEBHOOK_PUBLICLY_AVAILABLE = 5,
    /**
     * The post can no longer be seen by everyone.
     */
    TOKLINK_WEBHOOK_NO_LONGER_PUBLICLY_AVAILABLE = 6,
    /**
     * An upload by the old Share Video Kit failed.
     */
    TOKLINK_WEBHOOK_SHARE_FAILED = 7,
    /**
     * A video of the old Share Video Kit was posted.
     */
    TOKLINK_WEBHOOK_SHARE_COMPLETED = 8,
    /**
     * An export of a user's data can be fetched.
     */
    TOKLINK_WEBHOOK_DOWNLOAD_READY = 9,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum toklink_webhook_kind toklink_webhook_kind;
#else
typedef uint32_t toklink_webhook_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a webhook has changed here. Answer 200 to all of them. New numbers may come.
 */
enum toklink_webhook_effect
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * It tells the host something, and changes nothing here.
     */
    TOKLINK_EFFECT_NOTHING_TO_DO = 0,
    /**
     * The journal or an account was changed.
     */
    TOKLINK_EFFECT_APPLIED = 1,
    /**
     * It told nothing new.
     */
    TOKLINK_EFFECT_ALREADY_KNOWN = 2,
    /**
     * It is about something that is not kept here.
     */
    TOKLINK_EFFECT_NOT_OURS = 3,
    /**
     * It is about a publish of another user than the one it names.
     */
    TOKLINK_EFFECT_ANOTHER_OWNER = 4,
    /**
     * Consent ended before the user connected again.
     */
    TOKLINK_EFFECT_OUTDATED = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum toklink_webhook_effect toklink_webhook_effect;
#else
typedef uint32_t toklink_webhook_effect;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Which limits a client keeps. New numbers may come.
 */
enum toklink_quota_policy
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * The limits that TikTok documents, and 24 uploads per account and day. The default.
     */
    TOKLINK_QUOTA_POLICY_STANDARD = 0,
    /**
     * The standard limits, and 100 profile reads and 100 video pages per account and day.
     */
    TOKLINK_QUOTA_POLICY_PLANNED = 1,
    /**
     * What TikTok documents, and nothing else.
     */
    TOKLINK_QUOTA_POLICY_DOCUMENTED = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum toklink_quota_policy toklink_quota_policy;
#else
typedef uint32_t toklink_quota_policy;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Flags of a reseal; combine them with `|`.
 */
enum toklink_reseal_flag
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Only counts, and writes nothing.
     */
    TOKLINK_RESEAL_CHECK_ONLY = 1,
    /**
     * Also encrypts tokens that an old installation stored in clear text. Nothing else ever reads clear text.
     */
    TOKLINK_RESEAL_ACCEPT_CLEAR_TEXT = 2,
    /**
     * Writes the dashboard's old format under the first key, for a return to the dashboard's own code. Its values are bound to no
     * account, and a client opens them only with `toklink_client_options_set_accept_legacy`.
     */
    TOKLINK_RESEAL_TO_LEGACY = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum toklink_reseal_flag toklink_reseal_flag;
#else
typedef uint32_t toklink_reseal_flag;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A connected account without its tokens. One from a list belongs to the list.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_account toklink_account;

/**
 * Connected accounts.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_account_list toklink_account_list;

/**
 * Lifetime figures of an account, and sums over its newest videos (one page).
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_account_metrics toklink_account_metrics;

/**
 * What an authorize link asks for. Without scopes it asks for those that posting and reading need.
 *
 * Thread safety: use one from one thread at a time.
 */
typedef struct toklink_authorize_link toklink_authorize_link;

/**
 * A caption that is put together part by part. TikTok links `#tag` and `@handle` when a space or a line's end is on either
 * side, so these are put there. What TikTok would cut or not link is refused, and leaves the caption as it was.
 *
 * Thread safety: use one from one thread at a time.
 */
typedef struct toklink_caption toklink_caption;

/**
 * A client of TikTok for one app, with threads of its own: two workers, one for callbacks, and some for files.
 *
 * Thread safety: any number of threads may use one at the same time; no call may start once it is freed. A process that
 * forks may not use it in the child (`TOKLINK_ERR_CONFLICT`), but may free it there.
 *
 * Signals: no handler is set, and no mask of the host's threads is changed. A peer that closes a connection is an error
 * here: `SIGPIPE` is blocked in the client's own threads, those of callbacks excepted.
 */
typedef struct toklink_client toklink_client;

/**
 * Settings of a client. A setter only notes; `toklink_client_new` judges all of them and names every fault at
 * once.
 *
 * Thread safety: use one from one thread at a time.
 */
typedef struct toklink_client_options toklink_client_options;

/**
 * Why the figures of one account were not collected. It belongs to its report.
 *
 * Thread safety: it never changes; any number of threads may read it.
 */
typedef struct toklink_collect_failure toklink_collect_failure;

/**
 * How far a sweep has come. It lives as long as the call of the callback that it is given to.
 *
 * Thread safety: use it within the callback only.
 */
typedef struct toklink_collect_progress toklink_collect_progress;

/**
 * What a sweep did.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_collect_report toklink_collect_report;

/**
 * Which accounts a sweep is about, and how it runs. Empty: all accounts, 16 at a time. It is read, not taken: use it as
 * often as you like.
 *
 * Thread safety: use one from one thread at a time.
 */
typedef struct toklink_collect_request toklink_collect_request;

/**
 * What the creator may post now. A post page must ask each time it is shown.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_creator_info toklink_creator_info;

/**
 * A login that waits on this machine for the browser to come back.
 *
 * Thread safety: any number of threads may read it; one waits, and one frees it. Freeing it ends no wait that has
 * begun.
 */
typedef struct toklink_desktop_login toklink_desktop_login;

/**
 * Why a call failed. Give it back with `toklink_error_free`. It never holds a token, a code, a secret or an upload
 * URL: it may be logged.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_error toklink_error;

/**
 * Something that happened to an account, or to the keys that seal all of them. Holds no token. It lives as long as the
 * call of the callback that it is given to.
 *
 * Thread safety: use it within the callback only.
 */
typedef struct toklink_event toklink_event;

/**
 * One rule that a video does not keep. It belongs to its `toklink_probe_report` and lives as long.
 *
 * Thread safety: it never changes; any number of threads may read it.
 */
typedef struct toklink_finding toklink_finding;

/**
 * A publish as the journal has it.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_journaled_publish toklink_journaled_publish;

/**
 * Whose login a callback belongs to.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_login_inspection toklink_login_inspection;

/**
 * Who begins a login, and where it goes. It is read, not taken: use it as often as you like.
 *
 * Thread safety: use one from one thread at a time.
 */
typedef struct toklink_login_request toklink_login_request;

/**
 * A login that has ended with a stored account.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_login_result toklink_login_result;

/**
 * A login that has begun: where to send the browser, and the cookie to set on it. State and cookie together can
 * finish the login, so log neither.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_login_start toklink_login_start;

/**
 * Days without figures between two that have some. It belongs to its history.
 *
 * Thread safety: it never changes; any number of threads may read it.
 */
typedef struct toklink_metrics_gap toklink_metrics_gap;

/**
 * How lifetime figures changed from one day to a later one. It belongs to its history. The sums over the newest videos
 * have no growth, since they are over other videos each day.
 *
 * Thread safety: it never changes; any number of threads may read it.
 */
typedef struct toklink_metrics_growth toklink_metrics_growth;

/**
 * What became of an account's figures.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_metrics_history toklink_metrics_history;

/**
 * The figures of one day. It belongs to its history.
 *
 * Thread safety: it never changes; any number of threads may read it.
 */
typedef struct toklink_metrics_point toklink_metrics_point;

/**
 * What a file is, and the rules that it does not keep.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_probe_report toklink_probe_report;

/**
 * What became of a publish.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_publish_outcome toklink_publish_outcome;

/**
 * One step forward. It lives as long as the call of the callback that it is given to.
 *
 * Thread safety: use it within the callback only.
 */
typedef struct toklink_publish_progress toklink_publish_progress;

/**
 * What is published, and how. Comments, duets and stitches are off until allowed. It is read, not taken: use it as
 * often as you like (one with a stream once), but set another idempotency key for another post.
 *
 * Thread safety: use one from one thread at a time.
 */
typedef struct toklink_publish_request toklink_publish_request;

/**
 * TikTok's answer about a publish.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_publish_status toklink_publish_status;

/**
 * All windows of one account, as they were when it was asked for.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_quota_status toklink_quota_status;

/**
 * One window: at most `limit` requests of a kind in any `window_ms` milliseconds. It belongs to its
 * `toklink_quota_status` and lives as long.
 *
 * Thread safety: it never changes; any number of threads may read it.
 */
typedef struct toklink_quota_window toklink_quota_window;

/**
 * How far a reseal of all accounts has come. It lives as long as the call of the callback that it is given to.
 *
 * Thread safety: use it within the callback only.
 */
typedef struct toklink_reseal_progress toklink_reseal_progress;

/**
 * What a reseal of all accounts found and did.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_reseal_report toklink_reseal_report;

/**
 * Where `get` and `list` put what they find.
 *
 * Thread safety: use it within the call that it was given to, from one thread at a time.
 */
typedef struct toklink_store_reply toklink_store_reply;

/**
 * Tokens in clear, for a host that keeps them itself. Freeing wipes nothing that was copied out.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_tokens toklink_tokens;

/**
 * Publishes without an end, the last written first.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_unfinished_list toklink_unfinished_list;

/**
 * A publish that can go on. It belongs to its list.
 *
 * Thread safety: it never changes; any number of threads may read it.
 */
typedef struct toklink_unfinished_publish toklink_unfinished_publish;

/**
 * The profile, as far as the granted scopes show it.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_user_info toklink_user_info;

/**
 * One public video. It belongs to its page.
 *
 * Thread safety: it never changes; any number of threads may read it.
 */
typedef struct toklink_video toklink_video;

/**
 * Some videos, newest first.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_video_page toklink_video_page;

/**
 * A genuine webhook.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_webhook_event toklink_webhook_event;

/**
 * UTF-8 text that belongs to somebody else.
 *
 * Into the library: `len` bytes without a NUL among them, which must stay as they are until the call returns;
 * `data` may be NULL when `len` is 0. Out of the library: valid as long as its owner, never NULL, and a NUL byte
 * follows the last byte, so that `data` also serves as a C string.
 *
 * Thread safety: a plain value.
 */
typedef struct toklink_str {
    /**
     * The first byte.
     */
    const char *data;
    /**
     * Bytes, without the NUL that may follow them.
     */
    size_t len;
} toklink_str;

/**
 * Bytes that the library made for the host: give them back with `toklink_buf_free`.
 *
 * A NUL byte follows the last byte, so that text in it also serves as a C string. An empty one is `{NULL, 0}`.
 *
 * Thread safety: use one from one thread at a time.
 */
typedef struct toklink_buf {
    /**
     * The first byte, or NULL when the buffer was never filled or has been freed.
     */
    char *data;
    /**
     * Bytes, without the NUL that follows them.
     */
    size_t len;
} toklink_buf;

/**
 * Hears how far a sweep has come, in order; a slow host hears of the latest. The progress lives as long as the call. In a
 * blocking call it runs on the calling thread, otherwise on the thread of callbacks. Returns whether to go on: `false`
 * stops the sweep, which keeps what it has read.
 */
typedef bool (*toklink_collect_progress_callback)(void *user_data,
                                                  const struct toklink_collect_progress *progress);

/**
 * Hears how `toklink_client_collect_metrics_async` ended. On `TOKLINK_OK` there is a report and no error, otherwise an error and
 * no report; what there is belongs to the host, who frees it. A sweep that was cancelled ends with `TOKLINK_OK` and a report
 * that is not complete.
 */
typedef void (*toklink_collect_done)(void *user_data,
                                     uint64_t operation,
                                     toklink_status status,
                                     struct toklink_collect_report *report,
                                     struct toklink_error *error);

/**
 * Hears how a login ended. On `TOKLINK_OK` there is a result and no error, otherwise an error and no result; what there
 * is belongs to the host, who frees it.
 */
typedef void (*toklink_login_done)(void *user_data,
                                   uint64_t operation,
                                   toklink_status status,
                                   struct toklink_login_result *result,
                                   struct toklink_error *error);

/**
 * Hears of an event, on the thread of callbacks, one at a time and in order. A host that falls 256 behind misses the
 * oldest, and is told how many.
 */
typedef void (*toklink_event_callback)(void *user_data, const struct toklink_event *event);

/**
 * Frees what a callback was given, once it will not be called again: see "Callbacks" at the top.
 */
typedef void (*toklink_destroy)(void *user_data);

/**
 * A store of the host's own: texts by key. Keys are printable ASCII without blanks, at most some hundred bytes; values
 * are JSON of at most four kilobytes, tokens in them sealed. Keys begin with what they are for: `account/`, `publish/` and
 * `publish-id/` (erased with their account, and when the retention of the journal is over), `lease/`, `metrics/` (one value for each account and day on which `toklink_client_collect_metrics` read it; they
 * go with their account) and `requests/` (one value for each request that counts for a day; they go after it).
 *
 * Each function returns whether it could do its work; `false` makes the call that needed it fail with
 * `TOKLINK_ERR_UNAVAILABLE`, and may be tried again. One that has not returned after 5 s counts as failed: what it still
 * returns is not looked at, and one of sixteen threads is taken until it does (`toklink_client_free` waits for it). When all are taken, a
 * call fails after 5 s more without being made.
 *
 * Called from several threads at the same time, never from a thread of the host's that is inside this library. They
 * must not call back in with the same client, except to free it.
 */
typedef struct toklink_store_callbacks {
    /**
     * Given to each of the functions.
     */
    void *user_data;
    /**
     * Adds the value of `key` to the reply, or nothing when there is none.
     */
    bool (*get)(void *user_data, struct toklink_str key, struct toklink_store_reply *reply);
    /**
     * Makes `next` the value of `key` (NULL: erases it) if its value is exactly `expected` (NULL: if there is none), all
     * at once and durably, and says in `swapped` whether it did. That no idempotency key posts twice rests on this comparison.
     */
    bool (*swap)(void *user_data,
                 struct toklink_str key,
                 const struct toklink_str *expected,
                 const struct toklink_str *next,
                 bool *swapped);
    /**
     * Adds every key that begins with `prefix`, and its value, to the reply, in any order.
     */
    bool (*list)(void *user_data, struct toklink_str prefix, struct toklink_store_reply *reply);
    /**
     * Frees `user_data`; may be NULL. See "Callbacks" at the top.
     */
    toklink_destroy destroy;
} toklink_store_callbacks;

/**
 * Hears that a request fills a window to `percent` (80 or 95), once for each mark, and again after the window was half
 * empty. The texts live as long as the call. Called on a worker before the request is sent, and on the caller's thread
 * where the caller counts a request itself: return quickly, and call
 * nothing with this client but `toklink_client_free`.
 */
typedef void (*toklink_quota_warning_callback)(void *user_data,
                                               struct toklink_str tenant,
                                               struct toklink_str open_id,
                                               toklink_quota_kind kind,
                                               uint32_t percent,
                                               uint32_t count,
                                               uint32_t limit,
                                               uint64_t window_ms);

/**
 * Takes one line, UTF-8 without an end of line, which lives as long as the call. No line holds a token, a code, a
 * secret or an upload URL. Called from the thread whose call ended, or from the thread of callbacks; several at the
 * same time are possible.
 */
typedef void (*toklink_log_callback)(void *user_data, toklink_log_level level, struct toklink_str line);

/**
 * Hears how `toklink_client_account_metrics_async` ended. On `TOKLINK_OK` there are metrics and no error, otherwise an
 * error and no metrics; what there is belongs to the host, who frees it.
 */
typedef void (*toklink_account_metrics_done)(void *user_data,
                                             uint64_t operation,
                                             toklink_status status,
                                             struct toklink_account_metrics *metrics,
                                             struct toklink_error *error);

/**
 * Hears how a publish or a wait ended. On `TOKLINK_OK` there is an outcome and no error, otherwise an error and no
 * outcome; what there is belongs to the host, who frees it.
 */
typedef void (*toklink_publish_done)(void *user_data,
                                     uint64_t operation,
                                     toklink_status status,
                                     struct toklink_publish_outcome *outcome,
                                     struct toklink_error *error);

/**
 * Hears of a step forward, in order; a slow host hears of the latest. The progress lives as long as the call. In a
 * blocking call it runs on the calling thread, otherwise on the thread of callbacks. Returns whether to go on: `false`
 * cancels.
 */
typedef bool (*toklink_progress_callback)(void *user_data, const struct toklink_publish_progress *progress);

/**
 * Writes the next bytes of a video to `buffer`, at most `capacity` of them, and their number to `out_read`; 0 is the end.
 * Returns `false` when it cannot read on: the publish then ends without a post. It may block. It is called from a thread
 * of the library, one call at a time, and only when there is room for the bytes.
 */
typedef bool (*toklink_read_callback)(void *user_data, uint8_t *buffer, size_t capacity, size_t *out_read);

/**
 * Hears how far a reseal has come, after each page of accounts and on the thread of callbacks; a slow host hears of the
 * latest. The progress lives as long as the call. Returns whether to go on: `false` cancels.
 */
typedef bool (*toklink_reseal_progress_callback)(void *user_data,
                                                 const struct toklink_reseal_progress *progress);

/**
 * Hears how `toklink_client_reseal_accounts_async` ended. On `TOKLINK_OK` there is a report and no error, otherwise an error and
 * no report; what there is belongs to the host, who frees it.
 */
typedef void (*toklink_reseal_done)(void *user_data,
                                    uint64_t operation,
                                    toklink_status status,
                                    struct toklink_reseal_report *report,
                                    struct toklink_error *error);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Frees it and every view of its texts. NULL is fine.
 */
void toklink_account_free(struct toklink_account *account);

/**
 * The host's tenant. Lives as long as the account.
 */
struct toklink_str toklink_account_tenant(const struct toklink_account *account);

/**
 * TikTok's id of the user for this app. Lives as long as the account.
 */
struct toklink_str toklink_account_open_id(const struct toklink_account *account);

/**
 * The nickname. Lives as long as the account.
 */
struct toklink_str toklink_account_display_name(const struct toklink_account *account);

/**
 * The handle without `@`; empty when the profile scope was not granted. Lives as long as the account.
 */
struct toklink_str toklink_account_username(const struct toklink_account *account);

/**
 * A signed picture URL, good for hours after connecting; empty when there is none. Lives as long as the account.
 */
struct toklink_str toklink_account_avatar_url(const struct toklink_account *account);

/**
 * The host's id of the person who connected it. Lives as long as the account.
 */
struct toklink_str toklink_account_connected_by(const struct toklink_account *account);

/**
 * How many scopes the user granted.
 */
size_t toklink_account_scope_count(const struct toklink_account *account);

/**
 * The granted scope at `index`, from 0; empty beyond the last. Lives as long as the account.
 */
struct toklink_str toklink_account_scope_at(const struct toklink_account *account, size_t index);

/**
 * How many scopes were asked for and are not granted.
 */
size_t toklink_account_missing_scope_count(const struct toklink_account *account);

/**
 * The missing scope at `index`, from 0; empty beyond the last. Lives as long as the account.
 */
struct toklink_str toklink_account_missing_scope_at(const struct toklink_account *account, size_t index);

/**
 * Whether it can be used; `TOKLINK_ACCOUNT_OTHER` for NULL.
 */
toklink_account_state toklink_account_status(const struct toklink_account *account);

/**
 * When the user last consented, in milliseconds since 1970 (UTC).
 */
int64_t toklink_account_connected_at_ms(const struct toklink_account *account);

/**
 * When the access token ends, in milliseconds since 1970 (UTC); it is renewed before.
 */
int64_t toklink_account_token_expires_at_ms(const struct toklink_account *account);

/**
 * Frees the list and its accounts. NULL is fine.
 */
void toklink_account_list_free(struct toklink_account_list *list);

/**
 * How many accounts there are; 0 for NULL.
 */
size_t toklink_account_list_len(const struct toklink_account_list *list);

/**
 * The account at `index`, from 0; NULL beyond the last. It belongs to the list.
 */
const struct toklink_account *toklink_account_list_at(const struct toklink_account_list *list, size_t index);

/**
 * The connected accounts of `tenant` (empty for a host with one tenant), ordered by when they connected. Reads
 * the store alone. Give the list back with `toklink_account_list_free`.
 */
toklink_status toklink_client_accounts(const struct toklink_client *client,
                                       struct toklink_str tenant,
                                       struct toklink_account_list **out_accounts,
                                       struct toklink_error **error);

/**
 * One connected account. Reads the store alone. Give it back with `toklink_account_free`.
 *
 * Errors: `TOKLINK_ERR_NOT_FOUND` when it is not connected.
 */
toklink_status toklink_client_account(const struct toklink_client *client,
                                      struct toklink_str tenant,
                                      struct toklink_str open_id,
                                      struct toklink_account **out_account,
                                      struct toklink_error **error);

/**
 * Ends the connection: revokes the token at TikTok and erases the account from the store. Unfinished publishes
 * of it end.
 *
 * Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
 * connected.
 */
toklink_status toklink_client_disconnect(const struct toklink_client *client,
                                         struct toklink_str tenant,
                                         struct toklink_str open_id,
                                         struct toklink_error **error);

/**
 * An empty caption. Give it back with `toklink_caption_free`. NULL only after a fault of the library.
 */
struct toklink_caption *toklink_caption_new(void);

/**
 * Frees the caption; what was built from it stays. NULL is fine.
 */
void toklink_caption_free(struct toklink_caption *caption);

/**
 * Adds plain text. A line break is counted and built as `\n`, also when it is given as `\r\n` or `\r`.
 */
toklink_status toklink_caption_add_text(struct toklink_caption *caption,
                                        struct toklink_str words,
                                        struct toklink_error **error);

/**
 * Adds a hashtag, given with or without its `#` or full-width U+FF03. The rest must be letters of any script with their
 * combining marks, decimal digits and `_`, and must not start with a mark.
 *
 * Errors: `TOKLINK_ERR_INVALID_INPUT` when it is empty or holds another character (spaces, punctuation, symbols, emoji,
 * zero-width characters, another `#`). The message names the first such character and its position.
 */
toklink_status toklink_caption_add_hashtag(struct toklink_caption *caption,
                                           struct toklink_str tag,
                                           struct toklink_error **error);

/**
 * Mentions a handle, given with or without its `@`.
 *
 * Errors: `TOKLINK_ERR_INVALID_INPUT` when it cannot be a handle.
 */
toklink_status toklink_caption_add_mention(struct toklink_caption *caption,
                                           struct toklink_str username,
                                           struct toklink_error **error);

/**
 * How long the caption is, in the UTF-16 code units that TikTok counts; 0 for NULL.
 */
size_t toklink_caption_utf16_units(const struct toklink_caption *caption);

/**
 * The caption, if it has at most `most_units` UTF-16 code units (a video's title has 2200, a photo post's title 90 and its
 * description 4000); it is never cut. Give the buffer back with `toklink_buf_free`.
 *
 * Errors: `TOKLINK_ERR_INVALID_INPUT` when it is longer, with how much.
 */
toklink_status toklink_caption_build(const struct toklink_caption *caption,
                                     size_t most_units,
                                     struct toklink_buf *out_caption,
                                     struct toklink_error **error);

/**
 * Makes a client. The options are read, not taken: free them, or make another client from them. Opens the SQLite
 * file if one was set, which takes some milliseconds; nothing is sent.
 *
 * Errors: `TOKLINK_ERR_CONFIG` names every setting that is missing or malformed at once, or says why the file
 * cannot be used.
 */
toklink_status toklink_client_new(const struct toklink_client_options *options,
                                  struct toklink_client **out_client,
                                  struct toklink_error **error);

/**
 * Cancels all operations, waits until they have ended, and refuses new work with `TOKLINK_ERR_CLOSED` from now on.
 * May be called again. Handles that the client gave out stay.
 *
 * Errors: `TOKLINK_ERR_CONFLICT` from inside a callback, which this would wait for.
 */
toklink_status toklink_client_close(const struct toklink_client *client,
                                    struct toklink_error **error);

/**
 * Closes and frees the client. Calls that are still inside it, on other threads or beneath the callback that calls
 * this, are cancelled; the last of them ends the client before it returns. If there is none and this is not called from a
 * callback, then no callback runs when this returns, and none will: every completion and every `destroy` has been
 * called. From inside a callback it returns at once. What the client handed out before stays. NULL is fine.
 */
void toklink_client_free(struct toklink_client *client);

/**
 * Asks an operation to stop, by the number that its `_async` call gave. Its completion is then called with
 * `TOKLINK_ERR_CANCELLED`, unless it ended first (a sweep's with `TOKLINK_OK` and a report that is not complete). Returns whether it was still running. Numbers need no freeing and are
 * never used again.
 */
bool toklink_client_cancel(const struct toklink_client *client,
                           uint64_t operation);

/**
 * The address of TikTok's consent page for this link; send the user's browser there. Nothing is sent. Give the
 * buffer back with `toklink_buf_free`.
 *
 * Errors: `TOKLINK_ERR_INVALID_INPUT` when a part of the link is malformed, `TOKLINK_ERR_CONFIG` when neither the
 * link nor the client has a redirect URI.
 */
toklink_status toklink_client_authorize_url(const struct toklink_client *client,
                                            const struct toklink_authorize_link *link,
                                            struct toklink_buf *out_url,
                                            struct toklink_error **error);

/**
 * Renews the tokens of all accounts before anyone needs them, at most `max_concurrency` accounts at a time (4 is a good
 * number); 0 stops it. Several processes may do this on one store: an account is renewed once.
 */
toklink_status toklink_client_start_background_refresh(const struct toklink_client *client,
                                                       size_t max_concurrency,
                                                       struct toklink_error **error);

/**
 * A request for all accounts. Give it back with `toklink_collect_request_free`. NULL only after a fault of the library.
 */
struct toklink_collect_request *toklink_collect_request_new(void);

/**
 * Frees the request. NULL is fine.
 */
void toklink_collect_request_free(struct toklink_collect_request *request);

/**
 * Reads the accounts of this tenant alone. Not together with `toklink_collect_request_add_account`.
 */
toklink_status toklink_collect_request_set_tenant(struct toklink_collect_request *request,
                                                  struct toklink_str tenant,
                                                  struct toklink_error **error);

/**
 * Reads this account, and no others than those that are added. Call it once for each.
 */
toklink_status toklink_collect_request_add_account(struct toklink_collect_request *request,
                                                   struct toklink_str tenant,
                                                   struct toklink_str open_id,
                                                   struct toklink_error **error);

/**
 * Reads so many accounts at a time, 1 to 100. Default: 16.
 *
 * Errors: `TOKLINK_ERR_INVALID_INPUT` for another number.
 */
toklink_status toklink_collect_request_set_max_concurrency(struct toklink_collect_request *request,
                                                           size_t max_concurrency,
                                                           struct toklink_error **error);

/**
 * Reads at most so many accounts in this run, for jobs whose time is bounded; the next run goes on. 0, the default: no
 * limit.
 */
toklink_status toklink_collect_request_set_limit(struct toklink_collect_request *request,
                                                 size_t limit,
                                                 struct toklink_error **error);

/**
 * Reads accounts whose metrics of today are older than `max_age_ms` milliseconds, and replaces these metrics; younger ones are
 * skipped. Pass a little less than the interval of the job: 600000 for one that runs every 15 minutes. Default: each account is
 * read once a day (UTC).
 */
toklink_status toklink_collect_request_set_max_age(struct toklink_collect_request *request,
                                                   uint64_t max_age_ms,
                                                   struct toklink_error **error);

/**
 * Calls `callback` (NULL: nobody) whenever accounts were done. `user_data` must live until the sweep has ended.
 */
toklink_status toklink_collect_request_set_progress(struct toklink_collect_request *request,
                                                    toklink_collect_progress_callback callback,
                                                    void *user_data,
                                                    struct toklink_error **error);

/**
 * Reads the figures of many accounts and stores them under today (UTC), one row for each account and day:
 * `toklink_client_metrics_history` reads them. `request` may be NULL for all accounts. Two requests for each account; it keeps
 * within all quota windows, waiting in order, and renews tokens as needed. Accounts whose row of the day is there are not
 * read again unless `toklink_collect_request_set_max_age` says so. A collection may be stopped and started again at any time, and
 * several processes may share the work. The accounts of a process that dies are free for the others after 30 minutes. Give the report back with `toklink_collect_report_free`.
 *
 * Errors: the store's own. A failure of one account stays with it and is in the report, and a sweep that was stopped is
 * none: its report says that it is not complete.
 */
toklink_status toklink_client_collect_metrics(const struct toklink_client *client,
                                              const struct toklink_collect_request *request,
                                              struct toklink_collect_report **out_report,
                                              struct toklink_error **error);

/**
 * `toklink_client_collect_metrics` without waiting: see "Operations" at the top.
 */
toklink_status toklink_client_collect_metrics_async(const struct toklink_client *client,
                                                    const struct toklink_collect_request *request,
                                                    toklink_collect_done done,
                                                    void *user_data,
                                                    uint64_t *out_operation,
                                                    struct toklink_error **error);

/**
 * The tenant of the account. Lives as long as the report.
 */
struct toklink_str toklink_collect_failure_tenant(const struct toklink_collect_failure *failure);

/**
 * TikTok's id of the user. Lives as long as the report.
 */
struct toklink_str toklink_collect_failure_open_id(const struct toklink_collect_failure *failure);

/**
 * What kind of failure it is: see docs/ERRORS.md for what to do next; `TOKLINK_OK` for NULL.
 */
toklink_status toklink_collect_failure_status(const struct toklink_collect_failure *failure);

/**
 * What happened, and what to do: one sentence without a secret. Lives as long as the report.
 */
struct toklink_str toklink_collect_failure_message(const struct toklink_collect_failure *failure);

/**
 * Accounts whose figures of the day are now stored.
 */
uint64_t toklink_collect_progress_collected(const struct toklink_collect_progress *progress);

/**
 * Accounts whose figures of the day were there already, or are being collected by another worker.
 */
uint64_t toklink_collect_progress_current(const struct toklink_collect_progress *progress);

/**
 * Accounts that cannot be read until their user connects again.
 */
uint64_t toklink_collect_progress_skipped(const struct toklink_collect_progress *progress);

/**
 * Accounts that could not be read; the next run tries them again.
 */
uint64_t toklink_collect_progress_failed(const struct toklink_collect_progress *progress);

/**
 * Accounts that there are. Returns whether the store knows, and writes only then.
 */
bool toklink_collect_progress_total(const struct toklink_collect_progress *progress, uint64_t *out_value);

/**
 * Frees the report and its failures. NULL is fine.
 */
void toklink_collect_report_free(struct toklink_collect_report *report);

/**
 * Accounts whose figures of the day are now stored.
 */
uint64_t toklink_collect_report_collected(const struct toklink_collect_report *report);

/**
 * Accounts whose figures of the day were there already, or are being collected by another worker.
 */
uint64_t toklink_collect_report_current(const struct toklink_collect_report *report);

/**
 * Accounts that cannot be read until their user connects again.
 */
uint64_t toklink_collect_report_skipped(const struct toklink_collect_report *report);

/**
 * Accounts that could not be read; the next run tries them again.
 */
uint64_t toklink_collect_report_failed(const struct toklink_collect_report *report);

/**
 * Accounts that there are. Returns whether the store knows, and writes only then.
 */
bool toklink_collect_report_total(const struct toklink_collect_report *report, uint64_t *out_value);

/**
 * The day in UTC that the figures are of, the one on which the sweep began, as `2026-11-23`. Lives as long as the report.
 */
struct toklink_str toklink_collect_report_day(const struct toklink_collect_report *report);

/**
 * Whether every account had its turn; `false` when the sweep was stopped or reached its limit: begin it again to go on.
 */
bool toklink_collect_report_complete(const struct toklink_collect_report *report);

/**
 * How many failures are told one by one, at most a hundred.
 */
size_t toklink_collect_report_failure_count(const struct toklink_collect_report *report);

/**
 * The failure at `index`, from 0; NULL beyond the last. It belongs to the report.
 */
const struct toklink_collect_failure *toklink_collect_report_failure_at(const struct toklink_collect_report *report,
                                                                        size_t index);

/**
 * Frees it and every view of its texts. NULL is fine.
 */
void toklink_creator_info_free(struct toklink_creator_info *info);

/**
 * The handle without `@`. Lives as long as the creator info.
 */
struct toklink_str toklink_creator_info_username(const struct toklink_creator_info *info);

/**
 * The nickname. Lives as long as the creator info.
 */
struct toklink_str toklink_creator_info_nickname(const struct toklink_creator_info *info);

/**
 * A signed picture URL, good for hours; empty when there is none. Lives as long as the creator info.
 */
struct toklink_str toklink_creator_info_avatar_url(const struct toklink_creator_info *info);

/**
 * How many privacy levels the creator may choose from.
 */
size_t toklink_creator_info_privacy_level_count(const struct toklink_creator_info *info);

/**
 * The privacy level at `index` in TikTok's spelling, for example `SELF_ONLY`; empty beyond the last. Lives as
 * long as the creator info.
 */
struct toklink_str toklink_creator_info_privacy_level_at(const struct toklink_creator_info *info,
                                                         size_t index);

/**
 * Whether the creator has comments off.
 */
bool toklink_creator_info_comment_disabled(const struct toklink_creator_info *info);

/**
 * Whether the creator has duets off.
 */
bool toklink_creator_info_duet_disabled(const struct toklink_creator_info *info);

/**
 * Whether the creator has stitches off.
 */
bool toklink_creator_info_stitch_disabled(const struct toklink_creator_info *info);

/**
 * The longest video that the creator may post, in seconds.
 */
uint32_t toklink_creator_info_max_video_duration_sec(const struct toklink_creator_info *info);

/**
 * Asks what the creator may post now. One request. Give it back with `toklink_creator_info_free`.
 *
 * Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
 * connected.
 */
toklink_status toklink_client_creator_info(const struct toklink_client *client,
                                           struct toklink_str tenant,
                                           struct toklink_str open_id,
                                           struct toklink_creator_info **out_info,
                                           struct toklink_error **error);

/**
 * Begins a login: listens on loopback and gives the address that the host opens in the user's browser; opens nothing by
 * itself. The redirect URI `http://127.0.0.1` with any port and the path `/callback/`, or that of the request, must be registered for the app as a
 * desktop one. The login is good for ten minutes. Give it back with `toklink_desktop_login_free`.
 *
 * Errors: `TOKLINK_ERR_CONFIG` when the redirect URI is not on loopback or its port is taken.
 */
toklink_status toklink_desktop_login_begin(const struct toklink_client *client,
                                           const struct toklink_login_request *request,
                                           struct toklink_desktop_login **out_login,
                                           struct toklink_error **error);

/**
 * Frees the login. If nobody waits for it, it can no longer be finished. NULL is fine.
 */
void toklink_desktop_login_free(struct toklink_desktop_login *login);

/**
 * The address to open in the user's browser. Lives as long as the login.
 */
struct toklink_str toklink_desktop_login_url(const struct toklink_desktop_login *login);

/**
 * Where the browser will come back to. Lives as long as the login.
 */
struct toklink_str toklink_desktop_login_redirect_uri(const struct toklink_desktop_login *login);

/**
 * Waits until the browser has come back and the account is stored, at most ten minutes. A foreign call of the page is
 * answered with 400, and the wait goes on. Give the result back with `toklink_login_result_free`.
 *
 * Errors: `TOKLINK_ERR_UNAUTHORIZED` when the user declined or never came back, `TOKLINK_ERR_CONFLICT` when somebody
 * waits or has waited already.
 */
toklink_status toklink_desktop_login_wait(const struct toklink_client *client,
                                          const struct toklink_desktop_login *login,
                                          struct toklink_login_result **out_result,
                                          struct toklink_error **error);

/**
 * `toklink_desktop_login_wait` without waiting: see "Operations" at the top.
 */
toklink_status toklink_desktop_login_wait_async(const struct toklink_client *client,
                                                const struct toklink_desktop_login *login,
                                                toklink_login_done done,
                                                void *user_data,
                                                uint64_t *out_operation,
                                                struct toklink_error **error);

/**
 * What to do next: the status that the failed call returned. `TOKLINK_OK` for NULL.
 */
toklink_status toklink_error_status(const struct toklink_error *error);

/**
 * What happened and what to do next, in one English sentence. Empty for NULL. Lives as long as the error.
 */
struct toklink_str toklink_error_message(const struct toklink_error *error);

/**
 * The operation that failed, for example `probe_video`; empty outside any. Lives as long as the error.
 */
struct toklink_str toklink_error_operation(const struct toklink_error *error);

/**
 * Whose move it is. `TOKLINK_OWNER_APP` for NULL.
 */
toklink_owner toklink_error_owner(const struct toklink_error *error);

/**
 * The HTTP status of TikTok's answer, 0 when there was none.
 */
uint16_t toklink_error_http_status(const struct toklink_error *error);

/**
 * TikTok's own error code, for example `rate_limit_exceeded`; empty when there was none. Lives as long as the
 * error.
 */
struct toklink_str toklink_error_tiktok_code(const struct toklink_error *error);

/**
 * TikTok's log id, which its support asks for; empty when there was none. Lives as long as the error.
 */
struct toklink_str toklink_error_log_id(const struct toklink_error *error);

/**
 * TikTok's reason for a failed publish; empty when there was none. Lives as long as the error.
 */
struct toklink_str toklink_error_fail_reason(const struct toklink_error *error);

/**
 * The key under which the failed publish goes on when it is begun again; empty when the error is about none. Lives as
 * long as the error.
 */
struct toklink_str toklink_error_idempotency_key(const struct toklink_error *error);

/**
 * The publish that the error is about; empty when it is about none. Lives as long as the error.
 */
struct toklink_str toklink_error_publish_id(const struct toklink_error *error);

/**
 * Returns the number of problems of a `TOKLINK_ERR_CONFIG` error that is about settings; 0 for other errors and for NULL.
 */
size_t toklink_error_problem_count(const struct toklink_error *error);

/**
 * Returns the environment variable of the problem at `index`, from 0; empty beyond the last. Lives as long as the error.
 */
struct toklink_str toklink_error_problem_variable(const struct toklink_error *error,
                                                  size_t index);

/**
 * Returns the fault of the setting at `index`, for example `is not set`; empty beyond the last. It never holds the value. Lives
 * as long as the error.
 */
struct toklink_str toklink_error_problem_text(const struct toklink_error *error,
                                              size_t index);

/**
 * Returns the correction of the problem at `index`; empty beyond the last. Lives as long as the error.
 */
struct toklink_str toklink_error_problem_fix(const struct toklink_error *error, size_t index);

/**
 * Whether trying the same call again can help.
 */
bool toklink_error_is_retryable(const struct toklink_error *error);

/**
 * The known pause before trying again, in milliseconds. Returns whether there is one, and writes it only then.
 */
bool toklink_error_retry_after_ms(const struct toklink_error *error,
                                  uint64_t *out_ms);

/**
 * Returns whether the request may have reached TikTok although no answer was read. Start such a publish again only when
 * `toklink_error_is_safe_to_repeat` returns true, and under the same idempotency key.
 */
bool toklink_error_may_have_been_sent(const struct toklink_error *error);

/**
 * Whether the same publish may be begun again although it may have been sent.
 */
bool toklink_error_is_safe_to_repeat(const struct toklink_error *error);

/**
 * Frees the error and every view of its texts. NULL is fine.
 */
void toklink_error_free(struct toklink_error *error);

/**
 * Calls `callback` with what happens to accounts from now on, until the client is closed. For
 * `destroy` (may be NULL) see "Callbacks" at the top. May be called for several callbacks.
 */
toklink_status toklink_client_events(const struct toklink_client *client,
                                     toklink_event_callback callback,
                                     void *user_data,
                                     toklink_destroy destroy,
                                     struct toklink_error **error);

/**
 * Calls `callback` with a `TOKLINK_EVENT_CALLED` for each call for an account that ends from now on, until the client is closed, so
 * that a host can keep a health record of each account. An answer from the cache is not a call. Otherwise like
 * `toklink_client_events`, whose callbacks are not called with these.
 */
toklink_status toklink_client_call_events(const struct toklink_client *client,
                                          toklink_event_callback callback,
                                          void *user_data,
                                          toklink_destroy destroy,
                                          struct toklink_error **error);

/**
 * What happened; `TOKLINK_EVENT_OTHER` for NULL.
 */
toklink_event_kind toklink_event_what(const struct toklink_event *event);

/**
 * The tenant of the account; empty when the event is about none.
 */
struct toklink_str toklink_event_tenant(const struct toklink_event *event);

/**
 * TikTok's id of the user; empty when the event is about no account.
 */
struct toklink_str toklink_event_open_id(const struct toklink_event *event);

/**
 * The name of the key that was retired; empty for other events.
 */
struct toklink_str toklink_event_key(const struct toklink_event *event);

/**
 * Returns why the Redis of `REDIS_URL` is not used, and what to do; empty for other events.
 */
struct toklink_str toklink_event_reason(const struct toklink_event *event);

/**
 * Returns the endpoint of a call, such as `user_info` or `video_init`, or `access_token` when there was no token to call with; empty
 * for other events.
 */
struct toklink_str toklink_event_operation(const struct toklink_event *event);

/**
 * Why a refresh or a call failed; NULL for a call that succeeded and for other events. It belongs to the event.
 */
const struct toklink_error *toklink_event_error(const struct toklink_event *event);

/**
 * How many scopes were lost.
 */
size_t toklink_event_lost_scope_count(const struct toklink_event *event);

/**
 * The lost scope at `index`, from 0; empty beyond the last.
 */
struct toklink_str toklink_event_lost_scope_at(const struct toklink_event *event, size_t index);

/**
 * When it happened, in milliseconds since 1970 (UTC); 0 when that means nothing.
 */
int64_t toklink_event_at_ms(const struct toklink_event *event);

/**
 * When the new access token ends, in milliseconds since 1970 (UTC); 0 unless there is a new one.
 */
int64_t toklink_event_token_expires_at_ms(const struct toklink_event *event);

/**
 * Returns the number of events that were dropped before this one because the listener was too slow.
 */
uint64_t toklink_event_lagged(const struct toklink_event *event);

/**
 * What the window of a quota warning or of a call counts; `TOKLINK_QUOTA_OTHER` for other events.
 */
toklink_quota_kind toklink_event_quota_kind(const struct toklink_event *event);

/**
 * Which mark the window of a quota warning has passed, 80 or 95 percent; 0 for other events.
 */
uint32_t toklink_event_quota_percent(const struct toklink_event *event);

/**
 * How many slots of that window are occupied, requests in flight included.
 */
uint32_t toklink_event_quota_count(const struct toklink_event *event);

/**
 * How many requests fit in that window.
 */
uint32_t toklink_event_quota_limit(const struct toklink_event *event);

/**
 * Returns how many requests could be sent now in that window.
 */
uint32_t toklink_event_quota_remaining(const struct toklink_event *event);

/**
 * Returns when the oldest occupied slot of the window of a call becomes free, in milliseconds since 1970 (UTC); 0 for other events.
 */
int64_t toklink_event_quota_reset_at_ms(const struct toklink_event *event);

/**
 * The length of that window in milliseconds.
 */
uint64_t toklink_event_quota_window_ms(const struct toklink_event *event);

/**
 * Whether requests go on, counted by this process, while the Redis is away; else they are refused.
 */
bool toklink_event_sharing(const struct toklink_event *event);

/**
 * The day that it is measured from, as `2026-11-23`. Lives as long as the history.
 */
struct toklink_str toklink_metrics_growth_from_day(const struct toklink_metrics_growth *growth);

/**
 * The day that it is measured to. Lives as long as the history.
 */
struct toklink_str toklink_metrics_growth_to_day(const struct toklink_metrics_growth *growth);

/**
 * Days between the two.
 */
uint32_t toklink_metrics_growth_days(const struct toklink_metrics_growth *growth);

/**
 * Whether they are as many as was asked for. If not, the day that was wanted has no figures, and the nearest before it was
 * taken, or the first there is.
 */
bool toklink_metrics_growth_exact(const struct toklink_metrics_growth *growth);

/**
 * Followers won; negative when lost, as the next ones.
 */
int64_t toklink_metrics_growth_followers(const struct toklink_metrics_growth *growth);

/**
 * The same in percent of the followers at the beginning. Returns whether there were any, and writes only then.
 */
bool toklink_metrics_growth_followers_percent(const struct toklink_metrics_growth *growth,
                                              double *out_value);

/**
 * Accounts followed.
 */
int64_t toklink_metrics_growth_following(const struct toklink_metrics_growth *growth);

/**
 * Likes received.
 */
int64_t toklink_metrics_growth_likes(const struct toklink_metrics_growth *growth);

/**
 * Public videos.
 */
int64_t toklink_metrics_growth_video_count(const struct toklink_metrics_growth *growth);

/**
 * The day in UTC, as `2026-11-23`. Lives as long as the history.
 */
struct toklink_str toklink_metrics_point_day(const struct toklink_metrics_point *point);

/**
 * The figures of the day; NULL for NULL. They belong to the history: do not free them.
 */
const struct toklink_account_metrics *toklink_metrics_point_metrics(const struct toklink_metrics_point *point);

/**
 * What changed since the figures before it; NULL for the first that there are. It belongs to the history.
 */
const struct toklink_metrics_growth *toklink_metrics_point_growth(const struct toklink_metrics_point *point);

/**
 * The first day without figures, as `2026-11-23`. Lives as long as the history.
 */
struct toklink_str toklink_metrics_gap_from_day(const struct toklink_metrics_gap *gap);

/**
 * The last day without figures. Lives as long as the history.
 */
struct toklink_str toklink_metrics_gap_to_day(const struct toklink_metrics_gap *gap);

/**
 * How many days they are.
 */
uint32_t toklink_metrics_gap_days(const struct toklink_metrics_gap *gap);

/**
 * Frees the history and all that belongs to it. NULL is fine.
 */
void toklink_metrics_history_free(struct toklink_metrics_history *history);

/**
 * How many days of the range have figures; 0 for NULL.
 */
size_t toklink_metrics_history_point_count(const struct toklink_metrics_history *history);

/**
 * The day at `index`, from 0 and the oldest first; NULL beyond the last. It belongs to the history.
 */
const struct toklink_metrics_point *toklink_metrics_history_point_at(const struct toklink_metrics_history *history,
                                                                     size_t index);

/**
 * How many stretches without figures lie between those days.
 */
size_t toklink_metrics_history_gap_count(const struct toklink_metrics_history *history);

/**
 * The stretch at `index`, from 0; NULL beyond the last. It belongs to the history.
 */
const struct toklink_metrics_gap *toklink_metrics_history_gap_at(const struct toklink_metrics_history *history,
                                                                 size_t index);

/**
 * Growth over the day before the last point; NULL without earlier figures. It belongs to the history.
 */
const struct toklink_metrics_growth *toklink_metrics_history_over_day(const struct toklink_metrics_history *history);

/**
 * Growth over the 7 days before the last point; NULL without earlier figures. It belongs to the history.
 */
const struct toklink_metrics_growth *toklink_metrics_history_over_week(const struct toklink_metrics_history *history);

/**
 * Growth over the 30 days before the last point; NULL without earlier figures. It belongs to the history.
 */
const struct toklink_metrics_growth *toklink_metrics_history_over_month(const struct toklink_metrics_history *history);

/**
 * The figures that `toklink_client_collect_metrics` stored from `from_day` to `to_day` (both included, in UTC, as `2026-11-23`), and
 * their growth over a day, 7 and 30 days. Asks the store alone. Give the history back with `toklink_metrics_history_free`.
 *
 * Errors: `TOKLINK_ERR_INVALID_INPUT` when a day is misspelled, `from_day` is after `to_day` or more than 400 days before it;
 * `TOKLINK_ERR_UNAVAILABLE` when the store fails.
 */
toklink_status toklink_client_metrics_history(const struct toklink_client *client,
                                              struct toklink_str tenant,
                                              struct toklink_str open_id,
                                              struct toklink_str from_day,
                                              struct toklink_str to_day,
                                              struct toklink_metrics_history **out_history,
                                              struct toklink_error **error);

/**
 * Adds what was found. Both texts are copied. NULL for the reply is ignored.
 */
void toklink_store_reply_add(struct toklink_store_reply *reply,
                             struct toklink_str key,
                             struct toklink_str value);

/**
 * Frees it with its outcome, its error and every view of its texts. NULL is fine.
 */
void toklink_journaled_publish_free(struct toklink_journaled_publish *publish);

/**
 * The key under which it is found. Lives as long as the publish.
 */
struct toklink_str toklink_journaled_publish_idempotency_key(const struct toklink_journaled_publish *publish);

/**
 * How far it has come: `INTENT`, `SENDING`, `LAST_CHUNK`, `PROCESSING`, `DONE` or `FAILED`. Lives as long as the publish.
 */
struct toklink_str toklink_journaled_publish_phase(const struct toklink_journaled_publish *publish);

/**
 * TikTok's id; empty while TikTok is not known to have a task for it. Lives as long as the publish.
 */
struct toklink_str toklink_journaled_publish_publish_id(const struct toklink_journaled_publish *publish);

/**
 * TikTok's reason for a failed publish; empty when it gave none. Lives as long as the publish.
 */
struct toklink_str toklink_journaled_publish_fail_reason(const struct toklink_journaled_publish *publish);

/**
 * Bytes that TikTok has accepted.
 */
uint64_t toklink_journaled_publish_accepted_bytes(const struct toklink_journaled_publish *publish);

/**
 * The size of the video in bytes; 0 for what TikTok fetches itself.
 */
uint64_t toklink_journaled_publish_total_bytes(const struct toklink_journaled_publish *publish);

/**
 * Whether it is photos rather than a video.
 */
bool toklink_journaled_publish_photos(const struct toklink_journaled_publish *publish);

/**
 * Whether it goes to the creator's inbox rather than being posted.
 */
bool toklink_journaled_publish_draft(const struct toklink_journaled_publish *publish);

/**
 * Whether the attempt that works on it was asked to stop.
 */
bool toklink_journaled_publish_cancel_requested(const struct toklink_journaled_publish *publish);

/**
 * The outcome of a publish whose phase is `DONE`, else NULL. It has no warnings, and belongs to the publish.
 */
const struct toklink_publish_outcome *toklink_journaled_publish_outcome(const struct toklink_journaled_publish *publish);

/**
 * The error that the last attempt ended with; NULL while an attempt works on it, and when its process died. It belongs to
 * the publish.
 */
const struct toklink_error *toklink_journaled_publish_last_error(const struct toklink_journaled_publish *publish);

/**
 * When it started, in milliseconds since 1970 (UTC).
 */
int64_t toklink_journaled_publish_started_at_ms(const struct toklink_journaled_publish *publish);

/**
 * When the journal last wrote it, in milliseconds since 1970 (UTC). An attempt at work writes at least every 20 s.
 */
int64_t toklink_journaled_publish_updated_at_ms(const struct toklink_journaled_publish *publish);

/**
 * Finds what the journal has under the key, whichever process works on it; NULL in `out_publish` when there is nothing. Asks the
 * store alone. Give it back with `toklink_journaled_publish_free`.
 *
 * Errors: `TOKLINK_ERR_UNAVAILABLE` when the store fails.
 */
toklink_status toklink_client_find_publish(const struct toklink_client *client,
                                           struct toklink_str tenant,
                                           struct toklink_str open_id,
                                           struct toklink_str idempotency_key,
                                           struct toklink_journaled_publish **out_publish,
                                           struct toklink_error **error);

/**
 * Asks the attempt that works on a publish to stop, in whichever process on this store it runs, and gives the publish as it
 * is then. The attempt reads the request within 2 s and ends with `TOKLINK_ERR_CANCELLED`. A publish that is posted, and one
 * whose last attempt ended, stays as it is; the next attempt under the key starts without the request.
 * `toklink_client_cancel_publish` asks TikTok instead. Give it back with `toklink_journaled_publish_free`.
 *
 * Errors: `TOKLINK_ERR_NOT_FOUND` when the journal has nothing of the key; `TOKLINK_ERR_UNAVAILABLE` when the store fails.
 */
toklink_status toklink_client_request_cancel(const struct toklink_client *client,
                                             struct toklink_str tenant,
                                             struct toklink_str open_id,
                                             struct toklink_str idempotency_key,
                                             struct toklink_journaled_publish **out_publish,
                                             struct toklink_error **error);

/**
 * An empty link. Give it back with `toklink_authorize_link_free`. NULL only after a fault of the library.
 */
struct toklink_authorize_link *toklink_authorize_link_new(void);

/**
 * Frees the link; addresses made from it stay. NULL is fine.
 */
void toklink_authorize_link_free(struct toklink_authorize_link *link);

/**
 * Sets what comes back with the callback. Required: unguessable and used once, or another could finish the login.
 */
toklink_status toklink_authorize_link_set_state(struct toklink_authorize_link *link,
                                                struct toklink_str state,
                                                struct toklink_error **error);

/**
 * Sets a registered redirect URI. Default: the client's callback URL.
 */
toklink_status toklink_authorize_link_set_redirect_uri(struct toklink_authorize_link *link,
                                                       struct toklink_str redirect_uri,
                                                       struct toklink_error **error);

/**
 * Sets the PKCE challenge: SHA-256 of the verifier in lower-case hex, which is TikTok's form for desktop logins.
 */
toklink_status toklink_authorize_link_set_code_challenge(struct toklink_authorize_link *link,
                                                         struct toklink_str code_challenge,
                                                         struct toklink_error **error);

/**
 * Asks for this scope, for example `video.list`, instead of the default ones. Call it once for each.
 */
toklink_status toklink_authorize_link_add_scope(struct toklink_authorize_link *link,
                                                struct toklink_str scope,
                                                struct toklink_error **error);

/**
 * Whether the consent page is shown even to a user who granted the same before. Default: false.
 */
toklink_status toklink_authorize_link_set_disable_auto_auth(struct toklink_authorize_link *link,
                                                            bool disable,
                                                            struct toklink_error **error);

/**
 * Frees it and every view of its texts. NULL is fine.
 */
void toklink_login_start_free(struct toklink_login_start *start);

/**
 * Send the browser here. Lives as long as the login start.
 */
struct toklink_str toklink_login_start_authorize_url(const struct toklink_login_start *start);

/**
 * Single use; comes back with the callback. Lives as long as the login start.
 */
struct toklink_str toklink_login_start_state(const struct toklink_login_start *start);

/**
 * Names the cookie; each login has its own, so that two tabs work. Lives as long as the login start.
 */
struct toklink_str toklink_login_start_cookie_name(const struct toklink_login_start *start);

/**
 * The value of the cookie: set it httpOnly, sameSite lax, secure on https. Lives as long as the login start.
 */
struct toklink_str toklink_login_start_cookie_value(const struct toklink_login_start *start);

/**
 * How long the login may take, in milliseconds.
 */
uint64_t toklink_login_start_cookie_max_age_ms(const struct toklink_login_start *start);

/**
 * Frees it and every view of its texts. NULL is fine.
 */
void toklink_login_inspection_free(struct toklink_login_inspection *inspection);

/**
 * The tenant that the account is for. Lives as long as the inspection, or the login result that it is part of.
 */
struct toklink_str toklink_login_inspection_tenant(const struct toklink_login_inspection *inspection);

/**
 * The person who began. Lives as long as the inspection, or the login result that it is part of.
 */
struct toklink_str toklink_login_inspection_user_id(const struct toklink_login_inspection *inspection);

/**
 * The path to go back to; empty when the login named none. Lives as long as the inspection, or the login result
 * that it is part of.
 */
struct toklink_str toklink_login_inspection_return_to(const struct toklink_login_inspection *inspection);

/**
 * The cookie to delete. Lives as long as the inspection, or the login result that it is part of.
 */
struct toklink_str toklink_login_inspection_cookie_name(const struct toklink_login_inspection *inspection);

/**
 * Frees the result with its account. NULL is fine.
 */
void toklink_login_result_free(struct toklink_login_result *result);

/**
 * The account; it belongs to the result. NULL for NULL.
 */
const struct toklink_account *toklink_login_result_account(const struct toklink_login_result *result);

/**
 * Whose login it was; it belongs to the result. NULL for NULL.
 */
const struct toklink_login_inspection *toklink_login_result_login(const struct toklink_login_result *result);

/**
 * Begins a login that only the browser holding the returned cookie can finish. Nothing is sent. Give it back
 * with `toklink_login_start_free`.
 *
 * Errors: `TOKLINK_ERR_CONFIG` when neither the request nor the client has a redirect URI.
 */
toklink_status toklink_client_begin_login(const struct toklink_client *client,
                                          const struct toklink_login_request *request,
                                          struct toklink_login_start **out_start,
                                          struct toklink_error **error);

/**
 * Says whose login a callback (its query or whole URL) belongs to, also when the user declined. `cookies` is the
 * value of the request's Cookie header. Nothing is used up: ask for permission again before
 * `toklink_client_complete_login`. Give it back with `toklink_login_inspection_free`.
 *
 * Errors: `TOKLINK_ERR_INTEGRITY` when state and cookie do not belong together.
 */
toklink_status toklink_client_inspect_login(const struct toklink_client *client,
                                            struct toklink_str callback,
                                            struct toklink_str cookies,
                                            struct toklink_login_inspection **out_inspection,
                                            struct toklink_error **error);

/**
 * Finishes a login: the state is used up, the code exchanged, the profile read, the account stored with sealed
 * tokens. `user_id` is the person signed in now and must be the one who began. Give the result back with
 * `toklink_login_result_free`.
 *
 * Errors: `TOKLINK_ERR_UNAUTHORIZED` when the user declined, `TOKLINK_ERR_INTEGRITY` when state and cookie do
 * not belong together or were used before, `TOKLINK_ERR_PERMISSION_DENIED` for another person.
 */
toklink_status toklink_client_complete_login(const struct toklink_client *client,
                                             struct toklink_str callback,
                                             struct toklink_str cookies,
                                             struct toklink_str user_id,
                                             struct toklink_login_result **out_result,
                                             struct toklink_error **error);

/**
 * An empty request, which asks for the default scopes. Give it back with `toklink_login_request_free`. NULL only after a fault of the library.
 */
struct toklink_login_request *toklink_login_request_new(void);

/**
 * Frees the request. NULL is fine.
 */
void toklink_login_request_free(struct toklink_login_request *request);

/**
 * Sets the person signed in at the host, who alone may finish a web login. A desktop login needs none.
 */
toklink_status toklink_login_request_set_user_id(struct toklink_login_request *request,
                                                 struct toklink_str value,
                                                 struct toklink_error **error);

/**
 * Sets the tenant that the account is for. Default: empty, for a host with one tenant.
 */
toklink_status toklink_login_request_set_tenant(struct toklink_login_request *request,
                                                struct toklink_str value,
                                                struct toklink_error **error);

/**
 * Sets a registered redirect URI. Default: the client's callback URL; for a desktop login
 * `http://127.0.0.1:0/callback/`, where the port 0 stands for any free one.
 */
toklink_status toklink_login_request_set_redirect_uri(struct toklink_login_request *request,
                                                      struct toklink_str value,
                                                      struct toklink_error **error);

/**
 * Sets a path of the host's own site to go back to.
 */
toklink_status toklink_login_request_set_return_to(struct toklink_login_request *request,
                                                   struct toklink_str value,
                                                   struct toklink_error **error);

/**
 * Asks for this scope, for example `video.list`, instead of the default ones. Call it once for each.
 */
toklink_status toklink_login_request_add_scope(struct toklink_login_request *request,
                                               struct toklink_str scope,
                                               struct toklink_error **error);

/**
 * Counts requests in this Redis (`redis://host:port`, or `rediss://` with TLS) for all processes that use it, instead of each
 * for itself. Default: `TOKLINK_REDIS_URL`; else the Redis of `REDIS_URL`, if it answers and its eviction policy is
 * `noeviction` or `volatile-*`. `toklink_client_new` does not wait for it. While Redis is unavailable, requests fail with
 * `TOKLINK_ERR_UNAVAILABLE` unless `toklink_client_options_set_redis_fallback_share` is set. The client emits
 * `TOKLINK_EVENT_REDIS_UNAVAILABLE` and `TOKLINK_EVENT_REDIS_AVAILABLE`. See docs/QUOTAS.md.
 */
toklink_status toklink_client_options_set_redis_url(struct toklink_client_options *options,
                                                    struct toklink_str value,
                                                    struct toklink_error **error);

/**
 * Uses no Redis, whatever the environment names: each process counts its own requests.
 */
toklink_status toklink_client_options_set_no_redis(struct toklink_client_options *options,
                                                   struct toklink_error **error);

/**
 * Sets the maximum number of processes that use this Redis for the same app. While Redis is unavailable, each process may then
 * use every limit divided by `processes`, counted in its memory. That starts 105 seconds after Redis was lost, when no earlier
 * request counts in a minute window. 0, the default, refuses requests instead.
 */
toklink_status toklink_client_options_set_redis_fallback_share(struct toklink_client_options *options,
                                                               uint32_t processes,
                                                               struct toklink_error **error);

/**
 * Keeps the limits of this `toklink_quota_policy`.
 *
 * Errors: `TOKLINK_ERR_INVALID_INPUT` for a number that is none.
 */
toklink_status toklink_client_options_set_quota_policy(struct toklink_client_options *options,
                                                       uint32_t policy,
                                                       struct toklink_error **error);

/**
 * Sets how long the journal keeps a publish after it ended, in milliseconds. It is the time in which an idempotency key still
 * finds its publish: used later, or after the account was disconnected, it posts again. Default: 30 days; the least is one day.
 * The client deletes older rows itself when a publish or a sweep of metrics starts, at most once an hour and a day late, since
 * the clocks of two machines may be a day apart.
 *
 * Errors: `toklink_client_new` returns `TOKLINK_ERR_CONFIG` for less than a day.
 */
toklink_status toklink_client_options_set_journal_retention(struct toklink_client_options *options,
                                                            uint64_t retention_ms,
                                                            struct toklink_error **error);

/**
 * Shows a profile that was read again for `user_info_ms`, a page of videos for `videos_ms`; 0 asks TikTok each time. Default:
 * an hour and 30 seconds. `toklink_client_invalidate_cache` forgets what was read of one account.
 */
toklink_status toklink_client_options_set_cache(struct toklink_client_options *options,
                                                uint64_t user_info_ms,
                                                uint64_t videos_ms,
                                                struct toklink_error **error);

/**
 * Empty settings. Give them back with `toklink_client_options_free`. NULL only after a fault of the library.
 */
struct toklink_client_options *toklink_client_options_new(void);

/**
 * Settings filled from the environment: `TIKTOK_CLIENT_KEY`, `TIKTOK_CLIENT_SECRET`, `TIKTOK_CALLBACK_URL`,
 * `TOKEN_ENCRYPTION_KEY`, `TOKEN_ENCRYPTION_KEYS`, `TIKTOK_API_BASE_URL`, `TIKTOK_AUTH_BASE_URL`, `TIKTOK_CA_FILE`,
 * `SSL_CERT_FILE`, `TOKLINK_REDIS_URL`, `REDIS_URL`. White space and one pair of quotes around a value are removed. What is set afterwards wins. Give them back with `toklink_client_options_free`. NULL only after a fault of the library.
 */
struct toklink_client_options *toklink_client_options_from_env(void);

/**
 * Frees the settings; clients made from them stay. NULL is fine.
 */
void toklink_client_options_free(struct toklink_client_options *options);

/**
 * Sets the app's client key, from TikTok's developer portal. Required.
 */
toklink_status toklink_client_options_set_client_key(struct toklink_client_options *options,
                                                     struct toklink_str value,
                                                     struct toklink_error **error);

/**
 * Sets the app's client secret, beside the client key in TikTok's developer portal. Required.
 */
toklink_status toklink_client_options_set_client_secret(struct toklink_client_options *options,
                                                        struct toklink_str value,
                                                        struct toklink_error **error);

/**
 * Sets the redirect URI that is used when a login names none.
 */
toklink_status toklink_client_options_set_callback_url(struct toklink_client_options *options,
                                                       struct toklink_str value,
                                                       struct toklink_error **error);

/**
 * Sets the one key that seals tokens: 64 hex digits, or base64 of 32 bytes. This or a ring of keys is required.
 */
toklink_status toklink_client_options_set_encryption_key(struct toklink_client_options *options,
                                                         struct toklink_str value,
                                                         struct toklink_error **error);

/**
 * Sets a ring of keys, `kid:hex,kid:hex`: the first seals, all open. Used instead of a single key.
 */
toklink_status toklink_client_options_set_encryption_keys(struct toklink_client_options *options,
                                                          struct toklink_str value,
                                                          struct toklink_error **error);

/**
 * Sets another API host: https, or http on loopback. Default: TikTok's.
 */
toklink_status toklink_client_options_set_api_base_url(struct toklink_client_options *options,
                                                       struct toklink_str value,
                                                       struct toklink_error **error);

/**
 * Sets another host of the authorize page: https, or http on loopback. Default: TikTok's.
 */
toklink_status toklink_client_options_set_auth_base_url(struct toklink_client_options *options,
                                                        struct toklink_str value,
                                                        struct toklink_error **error);

/**
 * Trusts the authorities whose certificates this PEM file holds, such as that of a corporate proxy, in addition to the
 * built-in ones. The path is UTF-8. `toklink_client_new` reads the file, and fails with `TOKLINK_ERR_CONFIG` when it holds
 * no certificate.
 */
toklink_status toklink_client_options_set_ca_file(struct toklink_client_options *options,
                                                  struct toklink_str path,
                                                  struct toklink_error **error);

/**
 * Keeps accounts, the journal of publishes, the figures of each day, leases and the requests of the day in this SQLite
 * file, which is made (mode 0600) if there is none. A file that others can read becomes private; a symbolic link is
 * refused. The path is UTF-8. Without it they live as long as the client.
 */
toklink_status toklink_client_options_set_sqlite_path(struct toklink_client_options *options,
                                                      struct toklink_str path,
                                                      struct toklink_error **error);

/**
 * Whether values in the format of an earlier program (AES-256-GCM as `iv:tag:data` in hex) open. Default: false.
 */
toklink_status toklink_client_options_set_accept_legacy(struct toklink_client_options *options,
                                                        bool accept,
                                                        struct toklink_error **error);

/**
 * Sets whether relayed videos may be read from loopback addresses, also without TLS. Default: false, also when the API host
 * is on loopback. For tests with a video host on this machine: whoever names the address of a video can otherwise reach its
 * services.
 */
toklink_status toklink_client_options_set_relay_from_loopback(struct toklink_client_options *options,
                                                              bool allow,
                                                              struct toklink_error **error);

/**
 * Keeps accounts, the journal of publishes, the figures of each day, leases and the requests of the day in a store of the
 * host's own instead of SQLite. The struct is copied. These options, until a later call replaces it, and every client made from
 * them keep its `user_data`; for its `destroy` see "Callbacks" at the top.
 *
 * Errors: `TOKLINK_ERR_INVALID_INPUT` when one of `get`, `swap` and `list` is NULL.
 */
toklink_status toklink_client_options_set_store(struct toklink_client_options *options,
                                                const struct toklink_store_callbacks *store,
                                                struct toklink_error **error);

/**
 * Calls `callback` when a request fills a quota window to 80 and to 95 percent. These options, until a later call
 * replaces it, and every client made from them keep `user_data`; for `destroy` (may be NULL) see "Callbacks" at the top.
 */
toklink_status toklink_client_options_set_quota_warning(struct toklink_client_options *options,
                                                        toklink_quota_warning_callback callback,
                                                        void *user_data,
                                                        toklink_destroy destroy,
                                                        struct toklink_error **error);

/**
 * Calls `callback` with a line for each operation that ended. These options, until a later call replaces it, and every
 * client made from them keep `user_data`; for `destroy` (may be NULL) see "Callbacks" at the top.
 */
toklink_status toklink_client_options_set_log(struct toklink_client_options *options,
                                              toklink_log_callback callback,
                                              void *user_data,
                                              toklink_destroy destroy,
                                              struct toklink_error **error);

/**
 * Frees it and every view of its texts. NULL is fine.
 */
void toklink_publish_status_free(struct toklink_publish_status *status);

/**
 * TikTok's id of the publish. Lives as long as the publish status.
 */
struct toklink_str toklink_publish_status_publish_id(const struct toklink_publish_status *status);

/**
 * How far it is.
 */
toklink_publish_state toklink_publish_status_state(const struct toklink_publish_status *status);

/**
 * Why it failed, TikTok's word; empty when it has not. Lives as long as the publish status.
 */
struct toklink_str toklink_publish_status_fail_reason(const struct toklink_publish_status *status);

/**
 * How many public posts came of it.
 */
size_t toklink_publish_status_post_id_count(const struct toklink_publish_status *status);

/**
 * The id of the public post at `index`, as text since it is above 2^53; empty beyond the last. Lives as long as
 * the publish status.
 */
struct toklink_str toklink_publish_status_post_id_at(const struct toklink_publish_status *status,
                                                     size_t index);

/**
 * Bytes that TikTok has of the upload. Returns whether it says, and writes only then.
 */
bool toklink_publish_status_uploaded_bytes(const struct toklink_publish_status *status, uint64_t *out_value);

/**
 * Frees it and every view of its texts. NULL is fine.
 */
void toklink_publish_outcome_free(struct toklink_publish_outcome *outcome);

/**
 * TikTok's id of the publish. Lives as long as the publish outcome.
 */
struct toklink_str toklink_publish_outcome_publish_id(const struct toklink_publish_outcome *outcome);

/**
 * TikTok's last word.
 */
toklink_publish_state toklink_publish_outcome_state(const struct toklink_publish_outcome *outcome);

/**
 * `TOKLINK_PHASE_MODERATING` when it is posted and its public id is still to come.
 */
toklink_publish_phase toklink_publish_outcome_phase(const struct toklink_publish_outcome *outcome);

/**
 * How many public posts came of it.
 */
size_t toklink_publish_outcome_post_id_count(const struct toklink_publish_outcome *outcome);

/**
 * The id of the public post at `index`, as text since it is above 2^53; empty beyond the last. Lives as long as
 * the publish outcome.
 */
struct toklink_str toklink_publish_outcome_post_id_at(const struct toklink_publish_outcome *outcome,
                                                      size_t index);

/**
 * The link to the post; empty unless its id and the creator's handle are known. Lives as long as the publish
 * outcome.
 */
struct toklink_str toklink_publish_outcome_share_url(const struct toklink_publish_outcome *outcome);

/**
 * The key under which the same publish is found again. Lives as long as the publish outcome.
 */
struct toklink_str toklink_publish_outcome_idempotency_key(const struct toklink_publish_outcome *outcome);

/**
 * How many warnings there are.
 */
size_t toklink_publish_outcome_warning_count(const struct toklink_publish_outcome *outcome);

/**
 * The warning at `index`, one sentence; empty beyond the last. Lives as long as the publish outcome.
 */
struct toklink_str toklink_publish_outcome_warning_at(const struct toklink_publish_outcome *outcome,
                                                      size_t index);

/**
 * Bytes that TikTok has. Returns whether it says, and writes only then.
 */
bool toklink_publish_outcome_uploaded_bytes(const struct toklink_publish_outcome *outcome,
                                            uint64_t *out_value);

/**
 * What is being done.
 */
toklink_publish_phase toklink_publish_progress_phase(const struct toklink_publish_progress *progress);

/**
 * TikTok's id of the publish; empty while it is unknown. Lives as long as the call.
 */
struct toklink_str toklink_publish_progress_publish_id(const struct toklink_publish_progress *progress);

/**
 * Bytes handed to the network so far; goes back when a chunk must be repeated.
 */
uint64_t toklink_publish_progress_bytes_sent(const struct toklink_publish_progress *progress);

/**
 * Size of the file in bytes.
 */
uint64_t toklink_publish_progress_total_bytes(const struct toklink_publish_progress *progress);

/**
 * The mean rate of this run, in bytes a second.
 */
uint64_t toklink_publish_progress_bytes_per_second(const struct toklink_publish_progress *progress);

/**
 * Estimated milliseconds until all bytes are sent. Returns whether there is an estimate, and writes only then.
 */
bool toklink_publish_progress_remaining_ms(const struct toklink_publish_progress *progress,
                                           uint64_t *out_value);

/**
 * Which photo is the cover, from 0. Default: 0.
 */
toklink_status toklink_publish_request_set_cover_index(struct toklink_publish_request *request,
                                                       size_t value,
                                                       struct toklink_error **error);

/**
 * Sets the caption, with `#tags` and `@handles`; of photos the title. At most 2,200 UTF-16 code units, 90 for
 * photos. A line break is counted and sent as `\n`, also when it is given as `\r\n` or `\r`.
 */
toklink_status toklink_publish_request_set_title(struct toklink_publish_request *request,
                                                 struct toklink_str value,
                                                 struct toklink_error **error);

/**
 * Sets the text below photos, at most 4,000 UTF-16 code units; videos have none. Line breaks as in the title.
 */
toklink_status toklink_publish_request_set_description(struct toklink_publish_request *request,
                                                       struct toklink_str value,
                                                       struct toklink_error **error);

/**
 * Whether others may comment. Default: false.
 */
toklink_status toklink_publish_request_set_allow_comment(struct toklink_publish_request *request,
                                                         bool value,
                                                         struct toklink_error **error);

/**
 * Whether others may make a duet; videos only. Default: false.
 */
toklink_status toklink_publish_request_set_allow_duet(struct toklink_publish_request *request,
                                                      bool value,
                                                      struct toklink_error **error);

/**
 * Whether others may stitch; videos only. Default: false.
 */
toklink_status toklink_publish_request_set_allow_stitch(struct toklink_publish_request *request,
                                                        bool value,
                                                        struct toklink_error **error);

/**
 * Sets the frame used as cover, in milliseconds; videos only. Default: the first frame. TikTok applies it to posts that are
 * `PUBLIC_TO_EVERYONE`; the outcome of any other post warns of it.
 */
toklink_status toklink_publish_request_set_cover_timestamp_ms(struct toklink_publish_request *request,
                                                              uint32_t value,
                                                              struct toklink_error **error);

/**
 * Whether it is a paid partnership with a third party. Default: false.
 */
toklink_status toklink_publish_request_set_brand_content(struct toklink_publish_request *request,
                                                         bool value,
                                                         struct toklink_error **error);

/**
 * Whether it promotes the creator's own business. Default: false.
 */
toklink_status toklink_publish_request_set_brand_organic(struct toklink_publish_request *request,
                                                         bool value,
                                                         struct toklink_error **error);

/**
 * Whether it is labelled as made by AI. Default: false.
 */
toklink_status toklink_publish_request_set_is_aigc(struct toklink_publish_request *request,
                                                   bool value,
                                                   struct toklink_error **error);

/**
 * Whether TikTok adds music that it recommends; photos only. Default: false.
 */
toklink_status toklink_publish_request_set_auto_add_music(struct toklink_publish_request *request,
                                                          bool value,
                                                          struct toklink_error **error);

/**
 * Who may see the post, in TikTok's spelling: one of `toklink_creator_info_privacy_level_at`. Required without a default
 * for all but drafts.
 *
 * Errors: `TOKLINK_ERR_INVALID_INPUT` for another text.
 */
toklink_status toklink_publish_request_set_privacy_level(struct toklink_publish_request *request,
                                                         struct toklink_str level,
                                                         struct toklink_error **error);

/**
 * Reads a file's headers and judges them by TikTok's rules. Blocks while it reads some hundred bytes; needs no
 * client and no network. The path is UTF-8. Give the report back with `toklink_probe_report_free`.
 *
 * Errors: `TOKLINK_ERR_NOT_FOUND` when there is no such file, `TOKLINK_ERR_INVALID_INPUT` when it is no video that
 * TikTok takes or cannot be read. A video that breaks a rule is no error: see the findings.
 */
toklink_status toklink_probe_video(struct toklink_str path,
                                   struct toklink_probe_report **out_report,
                                   struct toklink_error **error);

/**
 * Frees the report, its findings and every view of its texts. NULL is fine.
 */
void toklink_probe_report_free(struct toklink_probe_report *report);

/**
 * Whether TikTok should take the video: no finding is an error.
 */
bool toklink_probe_report_is_acceptable(const struct toklink_probe_report *report);

/**
 * `mp4`, `mov` or `webm`. Lives as long as the report.
 */
struct toklink_str toklink_probe_report_container(const struct toklink_probe_report *report);

/**
 * The MIME type, for example `video/mp4`. Lives as long as the report.
 */
struct toklink_str toklink_probe_report_mime(const struct toklink_probe_report *report);

/**
 * `h264`, `h265`, `vp8`, `vp9`, or the name in the file; empty when the file does not say. Lives as long as the
 * report.
 */
struct toklink_str toklink_probe_report_video_codec(const struct toklink_probe_report *report);

/**
 * Bytes of the file.
 */
uint64_t toklink_probe_report_size_bytes(const struct toklink_probe_report *report);

/**
 * Milliseconds of play. Returns whether the file says, and writes only then.
 */
bool toklink_probe_report_duration_ms(const struct toklink_probe_report *report, uint64_t *out_ms);

/**
 * Pixels across, as shown; 0 when the file does not say.
 */
uint32_t toklink_probe_report_width(const struct toklink_probe_report *report);

/**
 * Pixels down, as shown; 0 when the file does not say.
 */
uint32_t toklink_probe_report_height(const struct toklink_probe_report *report);

/**
 * Degrees by which a player turns the stored pictures clockwise: 0, 90, 180 or 270.
 */
uint16_t toklink_probe_report_rotation(const struct toklink_probe_report *report);

/**
 * Pictures per second. Returns whether the file says, and writes only then.
 */
bool toklink_probe_report_frame_rate(const struct toklink_probe_report *report, double *out_rate);

/**
 * Whether pictures are shown for clearly different times. Returns whether the file says, and writes only then.
 */
bool toklink_probe_report_variable_frame_rate(const struct toklink_probe_report *report,
                                              bool *out_variable);

/**
 * Whether there is sound. Returns whether the file says, and writes only then.
 */
bool toklink_probe_report_has_audio(const struct toklink_probe_report *report, bool *out_has_audio);

/**
 * Number of findings; 0 when every rule is kept, and for NULL.
 */
size_t toklink_probe_report_finding_count(const struct toklink_probe_report *report);

/**
 * The finding at `index`, from 0; NULL beyond the last.
 */
const struct toklink_finding *toklink_probe_report_finding_at(const struct toklink_probe_report *report,
                                                              size_t index);

/**
 * Whether TikTok would refuse the video for it; otherwise it is a warning.
 */
bool toklink_finding_is_error(const struct toklink_finding *finding);

/**
 * `size`, `duration`, `frame_rate`, `pixels` or `codec`. Lives as long as the report.
 */
struct toklink_str toklink_finding_rule(const struct toklink_finding *finding);

/**
 * What the file has. Lives as long as the report.
 */
struct toklink_str toklink_finding_found(const struct toklink_finding *finding);

/**
 * What TikTok takes. Lives as long as the report.
 */
struct toklink_str toklink_finding_allowed(const struct toklink_finding *finding);

/**
 * What the user can do. Lives as long as the report.
 */
struct toklink_str toklink_finding_advice(const struct toklink_finding *finding);

/**
 * Frees it and every view of its texts. NULL is fine.
 */
void toklink_user_info_free(struct toklink_user_info *info);

/**
 * TikTok's id of the user for this app. Lives as long as the user info.
 */
struct toklink_str toklink_user_info_open_id(const struct toklink_user_info *info);

/**
 * The user's id for all apps of one developer; empty when TikTok gave none. Lives as long as the user info.
 */
struct toklink_str toklink_user_info_union_id(const struct toklink_user_info *info);

/**
 * The nickname. Lives as long as the user info.
 */
struct toklink_str toklink_user_info_display_name(const struct toklink_user_info *info);

/**
 * The handle without `@`; empty without the scope user.info.profile. Lives as long as the user info.
 */
struct toklink_str toklink_user_info_username(const struct toklink_user_info *info);

/**
 * A signed picture URL, good for hours; empty when there is none. Lives as long as the user info.
 */
struct toklink_str toklink_user_info_avatar_url(const struct toklink_user_info *info);

/**
 * The biography; empty without the scope user.info.profile. Lives as long as the user info.
 */
struct toklink_str toklink_user_info_bio_description(const struct toklink_user_info *info);

/**
 * The link to the profile; empty without the scope user.info.profile. Lives as long as the user info.
 */
struct toklink_str toklink_user_info_profile_deep_link(const struct toklink_user_info *info);

/**
 * Whether TikTok verified the account. Returns whether it is known, and writes only then.
 */
bool toklink_user_info_is_verified(const struct toklink_user_info *info, bool *out_value);

/**
 * Followers. Returns whether the number is known (scope user.info.stats), and writes only then.
 */
bool toklink_user_info_follower_count(const struct toklink_user_info *info, int64_t *out_value);

/**
 * Accounts followed. Returns whether the number is known, and writes only then.
 */
bool toklink_user_info_following_count(const struct toklink_user_info *info, int64_t *out_value);

/**
 * Likes received. Returns whether the number is known, and writes only then.
 */
bool toklink_user_info_likes_count(const struct toklink_user_info *info, int64_t *out_value);

/**
 * Public videos. Returns whether the number is known, and writes only then.
 */
bool toklink_user_info_video_count(const struct toklink_user_info *info, int64_t *out_value);

/**
 * Frees it. NULL is fine.
 */
void toklink_account_metrics_free(struct toklink_account_metrics *metrics);

/**
 * Followers.
 */
int64_t toklink_account_metrics_followers(const struct toklink_account_metrics *metrics);

/**
 * Accounts followed.
 */
int64_t toklink_account_metrics_following(const struct toklink_account_metrics *metrics);

/**
 * Likes received over all videos.
 */
int64_t toklink_account_metrics_likes(const struct toklink_account_metrics *metrics);

/**
 * Public videos.
 */
int64_t toklink_account_metrics_video_count(const struct toklink_account_metrics *metrics);

/**
 * How many of the newest videos the following sums are over.
 */
size_t toklink_account_metrics_videos_read(const struct toklink_account_metrics *metrics);

/**
 * Views of these videos.
 */
int64_t toklink_account_metrics_views(const struct toklink_account_metrics *metrics);

/**
 * Likes of these videos.
 */
int64_t toklink_account_metrics_video_likes(const struct toklink_account_metrics *metrics);

/**
 * Comments on these videos.
 */
int64_t toklink_account_metrics_comments(const struct toklink_account_metrics *metrics);

/**
 * Shares of these videos.
 */
int64_t toklink_account_metrics_shares(const struct toklink_account_metrics *metrics);

/**
 * Views for each of these videos, on average; 0 without videos.
 */
double toklink_account_metrics_views_per_video(const struct toklink_account_metrics *metrics);

/**
 * Percent of the views that were liked; 0 without views, as the next ones.
 */
double toklink_account_metrics_like_rate(const struct toklink_account_metrics *metrics);

/**
 * Percent of the views that were commented on.
 */
double toklink_account_metrics_comment_rate(const struct toklink_account_metrics *metrics);

/**
 * Percent of the views that were shared.
 */
double toklink_account_metrics_share_rate(const struct toklink_account_metrics *metrics);

/**
 * Percent: (likes + comments + shares) / views * 100 over these videos; 0 without views.
 */
double toklink_account_metrics_engagement_rate(const struct toklink_account_metrics *metrics);

/**
 * When it was read, in milliseconds since 1970 (UTC).
 */
int64_t toklink_account_metrics_read_at_ms(const struct toklink_account_metrics *metrics);

/**
 * The profile. One request. Give it back with `toklink_user_info_free`.
 *
 * Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
 * connected.
 */
toklink_status toklink_client_user_info(const struct toklink_client *client,
                                        struct toklink_str tenant,
                                        struct toklink_str open_id,
                                        struct toklink_user_info **out_info,
                                        struct toklink_error **error);

/**
 * Figures of the account. Two requests. Give them back with `toklink_account_metrics_free`.
 *
 * Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
 * connected. `TOKLINK_ERR_PERMISSION_DENIED` without the scope user.info.stats.
 */
toklink_status toklink_client_account_metrics(const struct toklink_client *client,
                                              struct toklink_str tenant,
                                              struct toklink_str open_id,
                                              struct toklink_account_metrics **out_metrics,
                                              struct toklink_error **error);

/**
 * `toklink_client_account_metrics` without waiting: see "Operations" at the top.
 */
toklink_status toklink_client_account_metrics_async(const struct toklink_client *client,
                                                    struct toklink_str tenant,
                                                    struct toklink_str open_id,
                                                    toklink_account_metrics_done done,
                                                    void *user_data,
                                                    uint64_t *out_operation,
                                                    struct toklink_error **error);

/**
 * Forgets what was read of the account, so that the next read asks TikTok. Reads are otherwise shown again for as long as
 * `toklink_client_options_set_cache` says; posts, webhooks and new tokens make the client forget by itself. Nothing is sent.
 */
toklink_status toklink_client_invalidate_cache(const struct toklink_client *client,
                                               struct toklink_str tenant,
                                               struct toklink_str open_id,
                                               struct toklink_error **error);

/**
 * Posts a video: judged, uploaded in chunks, and waited for. A file upload posts at most once per idempotency key, whatever
 * processes live, sleep or die, as long as the store keeps its conditional writes. Blocks for as
 * long as that takes: the upload, and up to some minutes until TikTok has an outcome. Give the outcome back with
 * `toklink_publish_outcome_free`.
 *
 * Errors: those of every request; `TOKLINK_ERR_INVALID_INPUT` when the video breaks a rule of TikTok's, before a byte is
 * sent; `TOKLINK_ERR_REJECTED` when TikTok refused the post; `TOKLINK_ERR_CONFLICT` when the key belongs to another
 * publish, another process took this one over, or its last chunk is unclear; `TOKLINK_ERR_CANCELLED` when the host stopped
 * it. `toklink_error_idempotency_key` returns the key to resume with.
 */
toklink_status toklink_client_publish_video(const struct toklink_client *client,
                                            struct toklink_str tenant,
                                            struct toklink_str open_id,
                                            const struct toklink_publish_request *request,
                                            struct toklink_publish_outcome **out_outcome,
                                            struct toklink_error **error);

/**
 * `toklink_client_publish_video` without waiting: see "Operations" at the top.
 */
toklink_status toklink_client_publish_video_async(const struct toklink_client *client,
                                                  struct toklink_str tenant,
                                                  struct toklink_str open_id,
                                                  const struct toklink_publish_request *request,
                                                  toklink_publish_done done,
                                                  void *user_data,
                                                  uint64_t *out_operation,
                                                  struct toklink_error **error);

/**
 * Posts photos, which TikTok fetches from their addresses. They are sent at most once automatically: when the answer to
 * the init is lost, the key stays a conflict until `toklink_client_abandon_publish`. Blocks until TikTok
 * has an outcome. Give it back with `toklink_publish_outcome_free`.
 *
 * Errors: those of every request; `TOKLINK_ERR_INVALID_INPUT` when the photos or settings break a rule of TikTok's, before
 * a request is sent; `TOKLINK_ERR_REJECTED` when TikTok refused the post; `TOKLINK_ERR_CONFLICT` when the key belongs to
 * another publish, or when TikTok may have the post and its answer was lost; `TOKLINK_ERR_CANCELLED` when the host stopped
 * it. `toklink_error_idempotency_key` returns the key to resume with.
 */
toklink_status toklink_client_publish_photos(const struct toklink_client *client,
                                             struct toklink_str tenant,
                                             struct toklink_str open_id,
                                             const struct toklink_publish_request *request,
                                             struct toklink_publish_outcome **out_outcome,
                                             struct toklink_error **error);

/**
 * `toklink_client_publish_photos` without waiting: see "Operations" at the top.
 */
toklink_status toklink_client_publish_photos_async(const struct toklink_client *client,
                                                   struct toklink_str tenant,
                                                   struct toklink_str open_id,
                                                   const struct toklink_publish_request *request,
                                                   toklink_publish_done done,
                                                   void *user_data,
                                                   uint64_t *out_operation,
                                                   struct toklink_error **error);

/**
 * Asks, within the limits, until a publish has an outcome. `request` is read for its progress callback alone and
 * may be NULL. Give the outcome back with `toklink_publish_outcome_free`.
 *
 * Errors: those of every request; `TOKLINK_ERR_REJECTED` when TikTok refused the post, `TOKLINK_ERR_CANCELLED` when the
 * host stopped the wait.
 */
toklink_status toklink_client_wait_for_publish(const struct toklink_client *client,
                                               struct toklink_str tenant,
                                               struct toklink_str open_id,
                                               struct toklink_str publish_id,
                                               const struct toklink_publish_request *request,
                                               struct toklink_publish_outcome **out_outcome,
                                               struct toklink_error **error);

/**
 * `toklink_client_wait_for_publish` without waiting: see "Operations" at the top.
 */
toklink_status toklink_client_wait_for_publish_async(const struct toklink_client *client,
                                                     struct toklink_str tenant,
                                                     struct toklink_str open_id,
                                                     struct toklink_str publish_id,
                                                     const struct toklink_publish_request *request,
                                                     toklink_publish_done done,
                                                     void *user_data,
                                                     uint64_t *out_operation,
                                                     struct toklink_error **error);

/**
 * An empty request. Give it back with `toklink_publish_request_free`. NULL only after a fault of the library.
 */
struct toklink_publish_request *toklink_publish_request_new(void);

/**
 * Frees the request and the bytes that it holds. NULL is fine.
 */
void toklink_publish_request_free(struct toklink_publish_request *request);

/**
 * Takes the video from this file: MP4, MOV or WebM. The path is UTF-8. The file must stay as it is until the
 * publish has ended.
 */
toklink_status toklink_publish_request_set_path(struct toklink_publish_request *request,
                                                struct toklink_str value,
                                                struct toklink_error **error);

/**
 * Lets TikTok fetch the video from this https address, on a domain that is verified for the app, within one
 * hour.
 */
toklink_status toklink_publish_request_set_url(struct toklink_publish_request *request,
                                               struct toklink_str value,
                                               struct toklink_error **error);

/**
 * Adds a photo: the https address of a JPEG or `WebP` file on a domain that is verified for the app. 1 to 35 of
 * them.
 */
toklink_status toklink_publish_request_add_photo_url(struct toklink_publish_request *request,
                                                     struct toklink_str value,
                                                     struct toklink_error **error);

/**
 * Whether it is sent to the creator's inbox rather than posted. TikTok then ignores the settings, and the
 * outcome warns of each. Default: false.
 */
toklink_status toklink_publish_request_set_draft(struct toklink_publish_request *request,
                                                 bool value,
                                                 struct toklink_error **error);

/**
 * Posts at most once per key and account: the same key after a crash goes on after the last accepted byte, and
 * after success gives the same publish. Default: one is made.
 */
toklink_status toklink_publish_request_set_idempotency_key(struct toklink_publish_request *request,
                                                           struct toklink_str value,
                                                           struct toklink_error **error);

/**
 * Whether to wait for TikTok's outcome, or only until all bytes were accepted. Default: true.
 */
toklink_status toklink_publish_request_set_wait_for_outcome(struct toklink_publish_request *request,
                                                            bool value,
                                                            struct toklink_error **error);

/**
 * Takes the video from these bytes, which are copied.
 */
toklink_status toklink_publish_request_set_bytes(struct toklink_publish_request *request,
                                                 const uint8_t *data,
                                                 size_t len,
                                                 struct toklink_error **error);

/**
 * Calls `callback` with each step forward. It must stay callable until every publish that was begun with this request
 * has ended. NULL ends that for later publishes.
 */
toklink_status toklink_publish_request_set_progress(struct toklink_publish_request *request,
                                                    toklink_progress_callback callback,
                                                    void *user_data,
                                                    struct toklink_error **error);

/**
 * Takes the video from `read`, which gives exactly `length` bytes. They are read once, so the request is good for one
 * publish; at most 10.5 MB of them are kept, to repeat a chunk that is lost. A publish that was interrupted goes on when
 * the same bytes are given again from the first one, under the same idempotency key.
 *
 * The reader must keep an average of 10,000 bytes per second: the publish waits for it at most 60 s altogether, each byte
 * earns 0.1 ms of that back, and all bytes must come within the hour in which TikTok takes them. A slower reader ends the
 * publish with `TOKLINK_ERR_UNAVAILABLE`. A call of `read` that blocks holds its thread until it returns: at most sixteen calls run
 * at the same time in a process, and a reader that waits for its turn counts as slow.
 * `toklink_client_free` waits for it; it may wait for the completion of its publish, which comes first.
 *
 * The request keeps `user_data` until its publish takes it, which gives it back once it reads no more; for `destroy` (may be
 * NULL) see "Callbacks" at the top.
 */
toklink_status toklink_publish_request_set_stream(struct toklink_publish_request *request,
                                                  toklink_read_callback read,
                                                  void *user_data,
                                                  toklink_destroy destroy,
                                                  uint64_t length,
                                                  struct toklink_error **error);

/**
 * Reads the video from this public https address and sends it on as it comes, stored nowhere: always, or, with
 * `if_unverified`, only when TikTok, which is asked to fetch it first, says that its domain is not verified for the app.
 * The host must answer within 30 s, say how long the video is, and keep the pace of `toklink_publish_request_set_stream`.
 * Private addresses are refused, also behind redirects; loopback is allowed only by
 * `toklink_client_options_set_relay_from_loopback`.
 */
toklink_status toklink_publish_request_set_relay_url(struct toklink_publish_request *request,
                                                     struct toklink_str value,
                                                     bool if_unverified,
                                                     struct toklink_error **error);

/**
 * Number of windows, 0 for NULL.
 */
size_t toklink_quota_status_len(const struct toklink_quota_status *status);

/**
 * The window at `index`, from 0; NULL beyond the last.
 */
const struct toklink_quota_window *toklink_quota_status_at(const struct toklink_quota_status *status,
                                                           size_t index);

/**
 * The window of this `toklink_quota_kind` with the fewest requests left, which is the one that a request would wait
 * for; NULL when the kind has no limit.
 */
const struct toklink_quota_window *toklink_quota_status_tightest(const struct toklink_quota_status *status,
                                                                 uint32_t kind);

/**
 * Frees the status and its windows. NULL is fine.
 */
void toklink_quota_status_free(struct toklink_quota_status *status);

/**
 * What the window counts; `TOKLINK_QUOTA_OTHER` for NULL.
 */
toklink_quota_kind toklink_quota_window_kind(const struct toklink_quota_window *window);

/**
 * The window's length in milliseconds.
 */
uint64_t toklink_quota_window_length_ms(const struct toklink_quota_window *window);

/**
 * How many requests fit in the window.
 */
uint32_t toklink_quota_window_limit(const struct toklink_quota_window *window);

/**
 * How many slots are occupied, requests in flight included.
 */
uint32_t toklink_quota_window_count(const struct toklink_quota_window *window);

/**
 * How many requests could be sent now.
 */
uint32_t toklink_quota_window_remaining(const struct toklink_quota_window *window);

/**
 * Milliseconds until the oldest occupied slot is free again; 0 when all are free.
 */
uint64_t toklink_quota_window_resets_in_ms(const struct toklink_quota_window *window);

/**
 * When the oldest occupied slot is free again, in milliseconds since 1970 (UTC); now when all are free.
 */
int64_t toklink_quota_window_reset_at_ms(const struct toklink_quota_window *window);

/**
 * How full each window of requests is for the account `open_id` of `tenant` (empty for a host with one tenant), as
 * this process knows it now; `toklink_client_read_quota` asks the Redis that several processes count in. Microseconds; nothing is sent. Give it back with `toklink_quota_status_free`.
 */
toklink_status toklink_client_quota_status(const struct toklink_client *client,
                                           struct toklink_str tenant,
                                           struct toklink_str open_id,
                                           struct toklink_quota_status **out_status,
                                           struct toklink_error **error);

/**
 * How full each window is where the requests are counted: for all processes when a Redis counts them, else the same as
 * `toklink_client_quota_status`. Asks Redis, never TikTok. Give it back with `toklink_quota_status_free`.
 *
 * Errors: `TOKLINK_ERR_UNAVAILABLE` when Redis is away and nothing is shared.
 */
toklink_status toklink_client_read_quota(const struct toklink_client *client,
                                         struct toklink_str tenant,
                                         struct toklink_str open_id,
                                         struct toklink_quota_status **out_status,
                                         struct toklink_error **error);

/**
 * Whether a request of this `toklink_quota_kind` would be let through now. Counts nothing.
 *
 * Errors: `TOKLINK_ERR_RATE_LIMITED` or `TOKLINK_ERR_QUOTA_EXHAUSTED` with the time until it would be.
 */
toklink_status toklink_client_check_quota(const struct toklink_client *client,
                                          struct toklink_str tenant,
                                          struct toklink_str open_id,
                                          uint32_t kind,
                                          struct toklink_error **error);

/**
 * Counts a request of this `toklink_quota_kind` that was made for the account by other means than this client.
 */
toklink_status toklink_client_increment_quota(const struct toklink_client *client,
                                              struct toklink_str tenant,
                                              struct toklink_str open_id,
                                              uint32_t kind,
                                              struct toklink_error **error);

/**
 * Forgets what was counted for the account. TikTok does not forget: for tests and after a change of limits.
 */
toklink_status toklink_client_reset_quota(const struct toklink_client *client,
                                          struct toklink_str tenant,
                                          struct toklink_str open_id,
                                          struct toklink_error **error);

/**
 * What the windows of all accounts hold, as text for `toklink_client_restore_quota` after a restart. It names no
 * account. Give the buffer back with `toklink_buf_free`.
 */
toklink_status toklink_client_quota_snapshot(const struct toklink_client *client,
                                             struct toklink_buf *out_snapshot,
                                             struct toklink_error **error);

/**
 * Counts the requests of a snapshot besides those counted already, as far as they still matter.
 *
 * Errors: `TOKLINK_ERR_INVALID_INPUT` when it is no snapshot.
 */
toklink_status toklink_client_restore_quota(const struct toklink_client *client,
                                            struct toklink_str snapshot,
                                            struct toklink_error **error);

/**
 * Frees it and every view of its texts. NULL is fine.
 */
void toklink_reseal_report_free(struct toklink_reseal_report *report);

/**
 * Accounts that were looked at.
 */
uint64_t toklink_reseal_report_done(const struct toklink_reseal_report *report);

/**
 * Accounts whose tokens were sealed anew.
 */
uint64_t toklink_reseal_report_resealed(const struct toklink_reseal_report *report);

/**
 * Accounts that needed nothing.
 */
uint64_t toklink_reseal_report_current(const struct toklink_reseal_report *report);

/**
 * Accounts without tokens: disconnected ones whose tokens are erased, and those erased before their turn came.
 */
uint64_t toklink_reseal_report_skipped(const struct toklink_reseal_report *report);

/**
 * Accounts that would not open or could not be written; they are as they were.
 */
uint64_t toklink_reseal_report_failed(const struct toklink_reseal_report *report);

/**
 * Accounts that are not in the format that was asked for, under the first key. Those whose tokens open with no key are among the
 * failures instead.
 */
uint64_t toklink_reseal_report_outstanding(const struct toklink_reseal_report *report);

/**
 * Accounts that hold a value under another key than the sealing one.
 */
uint64_t toklink_reseal_report_older_key(const struct toklink_reseal_report *report);

/**
 * Accounts that hold a token in clear text.
 */
uint64_t toklink_reseal_report_clear_text(const struct toklink_reseal_report *report);

/**
 * Accounts that hold a value of the old format; `accept_legacy` is safe to switch off at 0.
 */
uint64_t toklink_reseal_report_legacy(const struct toklink_reseal_report *report);

/**
 * The name of the key that seals now. Lives as long as the reseal report.
 */
struct toklink_str toklink_reseal_report_sealing_key(const struct toklink_reseal_report *report);

/**
 * How many failures are told one by one, at most a hundred.
 */
size_t toklink_reseal_report_failure_count(const struct toklink_reseal_report *report);

/**
 * The failure at `index` (tenant, account, code, sentence); empty beyond the last. Lives as long as the reseal
 * report.
 */
struct toklink_str toklink_reseal_report_failure_at(const struct toklink_reseal_report *report,
                                                    size_t index);

/**
 * How many keys are still needed.
 */
size_t toklink_reseal_report_key_count(const struct toklink_reseal_report *report);

/**
 * The name of a needed key and how many accounts need it, with a blank between; empty beyond the last. Lives as
 * long as the reseal report.
 */
struct toklink_str toklink_reseal_report_key_at(const struct toklink_reseal_report *report,
                                                size_t index);

/**
 * Accounts that were looked at.
 */
uint64_t toklink_reseal_progress_done(const struct toklink_reseal_progress *progress);

/**
 * Accounts whose tokens were sealed anew.
 */
uint64_t toklink_reseal_progress_resealed(const struct toklink_reseal_progress *progress);

/**
 * Accounts that needed nothing.
 */
uint64_t toklink_reseal_progress_current(const struct toklink_reseal_progress *progress);

/**
 * Accounts without tokens: disconnected ones whose tokens are erased, and those erased before their turn came.
 */
uint64_t toklink_reseal_progress_skipped(const struct toklink_reseal_progress *progress);

/**
 * Accounts that would not open or could not be written; they are as they were.
 */
uint64_t toklink_reseal_progress_failed(const struct toklink_reseal_progress *progress);

/**
 * Accounts that there are. Returns whether the store knows, and writes only then.
 */
bool toklink_reseal_progress_total(const struct toklink_reseal_progress *progress, uint64_t *out_value);

/**
 * Seals the tokens of all accounts anew that are under an older key or in the old format, while other
 * operations run. `flags` is 0 or a combination of `toklink_reseal_flag`. May be stopped (`toklink_client_close`) and begun again at any
 * time. Give the report back with `toklink_reseal_report_free`.
 *
 * Errors: `TOKLINK_ERR_CONFIG` when the store cannot do it, `TOKLINK_ERR_INVALID_INPUT` for an unknown flag. An account that fails is in the report.
 */
toklink_status toklink_client_reseal_accounts(const struct toklink_client *client,
                                              uint32_t flags,
                                              struct toklink_reseal_report **out_report,
                                              struct toklink_error **error);

/**
 * `toklink_client_reseal_accounts` without waiting: see "Operations" at the top. `progress` (NULL: nobody) and `done` get the
 * same `user_data`. A cancel stops between two accounts, and what was sealed anew stays.
 */
toklink_status toklink_client_reseal_accounts_async(const struct toklink_client *client,
                                                    uint32_t flags,
                                                    toklink_reseal_progress_callback progress,
                                                    toklink_reseal_done done,
                                                    void *user_data,
                                                    uint64_t *out_operation,
                                                    struct toklink_error **error);

/**
 * Goes on with a publish that a crash, a cancel or a failure interrupted, also in a new process: after the last byte that
 * TikTok has accepted. `publish_name` is its idempotency key or TikTok's publish id. `request` may be NULL; it is read for the
 * video alone (only needed when it came as bytes or as a stream, or has moved), for its progress callback and whether to
 * wait. Give the outcome back with `toklink_publish_outcome_free`.
 *
 * Errors: those of every request; `TOKLINK_ERR_NOT_FOUND` when the journal has no such publish,
 * `TOKLINK_ERR_CONFLICT` when the video is not the one it began with or nothing of it could go on.
 */
toklink_status toklink_client_resume_publish(const struct toklink_client *client,
                                             struct toklink_str tenant,
                                             struct toklink_str open_id,
                                             struct toklink_str publish_name,
                                             const struct toklink_publish_request *request,
                                             struct toklink_publish_outcome **out_outcome,
                                             struct toklink_error **error);

/**
 * `toklink_client_resume_publish` without waiting: see "Operations" at the top.
 */
toklink_status toklink_client_resume_publish_async(const struct toklink_client *client,
                                                   struct toklink_str tenant,
                                                   struct toklink_str open_id,
                                                   struct toklink_str publish_name,
                                                   const struct toklink_publish_request *request,
                                                   toklink_publish_done done,
                                                   void *user_data,
                                                   uint64_t *out_operation,
                                                   struct toklink_error **error);

/**
 * Seals `text` for one account and field; it opens nowhere else. Nothing is sent. Give the buffer back with
 * `toklink_buf_free`.
 */
toklink_status toklink_client_seal(const struct toklink_client *client,
                                   struct toklink_str tenant,
                                   struct toklink_str open_id,
                                   struct toklink_str field,
                                   struct toklink_str text,
                                   struct toklink_buf *out_sealed,
                                   struct toklink_error **error);

/**
 * Writes a valid access token of the account, refreshed first when it is about to expire, for code that calls TikTok itself.
 * The buffer then holds a secret; `toklink_buf_free` does not wipe it. Requests made with it are not counted: report them with
 * `toklink_client_increment_quota`.
 *
 * Errors: `TOKLINK_ERR_NOT_FOUND` when no such account is connected, `TOKLINK_ERR_UNAUTHORIZED` when the user has to connect
 * again.
 */
toklink_status toklink_client_access_token(const struct toklink_client *client,
                                           struct toklink_str tenant,
                                           struct toklink_str open_id,
                                           struct toklink_buf *out_token,
                                           struct toklink_error **error);

/**
 * Opens what was sealed for exactly this account and field. The buffer then holds a secret; `toklink_buf_free`
 * does not wipe it, so overwrite it first if that matters.
 *
 * Errors: `TOKLINK_ERR_INTEGRITY` when it was sealed for another place, under a key that is not in the ring, or
 * changed.
 */
toklink_status toklink_client_unseal(const struct toklink_client *client,
                                     struct toklink_str tenant,
                                     struct toklink_str open_id,
                                     struct toklink_str field,
                                     struct toklink_str sealed,
                                     struct toklink_buf *out_text,
                                     struct toklink_error **error);

/**
 * The value under the current key and format: an empty buffer when it already is. Give the buffer back with
 * `toklink_buf_free`.
 *
 * Errors: as for `toklink_client_unseal`.
 */
toklink_status toklink_client_reseal(const struct toklink_client *client,
                                     struct toklink_str tenant,
                                     struct toklink_str open_id,
                                     struct toklink_str field,
                                     struct toklink_str sealed,
                                     struct toklink_buf *out_sealed,
                                     struct toklink_error **error);

/**
 * Asks TikTok once how far a publish is. Give the status back with `toklink_publish_status_free`.
 *
 * Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
 * connected.
 */
toklink_status toklink_client_publish_status(const struct toklink_client *client,
                                             struct toklink_str tenant,
                                             struct toklink_str open_id,
                                             struct toklink_str publish_id,
                                             struct toklink_publish_status **out_status,
                                             struct toklink_error **error);

/**
 * Asks TikTok to stop a publish. Best effort, meant for videos and photos that TikTok fetches itself; a finished
 * post stays.
 *
 * Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
 * connected.
 */
toklink_status toklink_client_cancel_publish(const struct toklink_client *client,
                                             struct toklink_str tenant,
                                             struct toklink_str open_id,
                                             struct toklink_str publish_id,
                                             struct toklink_error **error);

/**
 * Gives up a publish of which nobody can say whether a post comes of it: its init, or the last chunk of its upload, may have
 * been sent. Then the same key may be used again. First look for the post in TikTok, and make sure that no other process
 * still works on this publish: one that sleeps with its request unsent could still post it.
 *
 * Errors: `TOKLINK_ERR_CONFLICT` when TikTok has a task for it that can still complete, `TOKLINK_ERR_NOT_FOUND` for an
 * unknown key.
 */
toklink_status toklink_client_abandon_publish(const struct toklink_client *client,
                                              struct toklink_str tenant,
                                              struct toklink_str open_id,
                                              struct toklink_str idempotency_key,
                                              struct toklink_error **error);

/**
 * The spelling of a status that logs and the other hosts of toklink use: `OK`, `RATE_LIMITED`; `UNKNOWN` for a
 * number that is none. Lives as long as the program. Takes a plain number, so that any value is safe to ask about.
 */
struct toklink_str toklink_status_name(uint32_t status);

/**
 * A view of a C string. NULL gives empty text. The bytes stay the caller's.
 */
struct toklink_str toklink_str_from(const char *text);

/**
 * Frees the bytes and makes the buffer empty. NULL and an empty buffer are fine, so that a second call is harmless.
 */
void toklink_buf_free(struct toklink_buf *buf);

/**
 * Frees the tokens. NULL is fine.
 */
void toklink_tokens_free(struct toklink_tokens *tokens);

/**
 * The access token: a secret. Lives as long as the tokens.
 */
struct toklink_str toklink_tokens_access_token(const struct toklink_tokens *tokens);

/**
 * The refresh token: a secret; empty when TikTok gave none. Lives as long as the tokens.
 */
struct toklink_str toklink_tokens_refresh_token(const struct toklink_tokens *tokens);

/**
 * TikTok's id of the user for this app. Lives as long as the tokens.
 */
struct toklink_str toklink_tokens_open_id(const struct toklink_tokens *tokens);

/**
 * How many scopes were granted.
 */
size_t toklink_tokens_scope_count(const struct toklink_tokens *tokens);

/**
 * The granted scope at `index`, from 0; empty beyond the last. Lives as long as the tokens.
 */
struct toklink_str toklink_tokens_scope_at(const struct toklink_tokens *tokens, size_t index);

/**
 * When the access token ends, in milliseconds since 1970 (UTC).
 */
int64_t toklink_tokens_access_expires_at_ms(const struct toklink_tokens *tokens);

/**
 * When the refresh token ends, in milliseconds since 1970 (UTC). Returns whether it is known, and writes only
 * then.
 */
bool toklink_tokens_refresh_expires_at_ms(const struct toklink_tokens *tokens, int64_t *out_value);

/**
 * Exchanges an authorization code that the host obtained itself; `verifier` is empty when the link had no
 * challenge. Nothing is stored. Give the tokens back with `toklink_tokens_free`.
 *
 * Errors: `TOKLINK_ERR_UNAUTHORIZED` when the code was used, is too old or is another app's.
 */
toklink_status toklink_client_exchange_code(const struct toklink_client *client,
                                            struct toklink_str code,
                                            struct toklink_str redirect_uri,
                                            struct toklink_str verifier,
                                            struct toklink_tokens **out_tokens,
                                            struct toklink_error **error);

/**
 * Exchanges a refresh token that the host keeps itself: the old one is dead once TikTok has answered. Connected
 * accounts renew themselves and must not be refreshed this way. Give the tokens back with `toklink_tokens_free`.
 */
toklink_status toklink_client_refresh_tokens(const struct toklink_client *client,
                                             struct toklink_str refresh_token,
                                             struct toklink_tokens **out_tokens,
                                             struct toklink_error **error);

/**
 * Ends the consent that this access token came from, for a host that keeps tokens itself.
 */
toklink_status toklink_client_revoke(const struct toklink_client *client,
                                     struct toklink_str access_token,
                                     struct toklink_error **error);

/**
 * The key under which it goes on: see `toklink_client_resume_publish`. Lives as long as the list.
 */
struct toklink_str toklink_unfinished_publish_idempotency_key(const struct toklink_unfinished_publish *publish);

/**
 * TikTok's id; empty while nobody knows whether TikTok has begun it. Lives as long as the list.
 */
struct toklink_str toklink_unfinished_publish_publish_id(const struct toklink_unfinished_publish *publish);

/**
 * Bytes that TikTok has accepted.
 */
uint64_t toklink_unfinished_publish_accepted_bytes(const struct toklink_unfinished_publish *publish);

/**
 * The size of the video in bytes; 0 for what TikTok fetches itself.
 */
uint64_t toklink_unfinished_publish_total_bytes(const struct toklink_unfinished_publish *publish);

/**
 * Whether it is photos rather than a video.
 */
bool toklink_unfinished_publish_photos(const struct toklink_unfinished_publish *publish);

/**
 * Whether it goes to the creator's inbox rather than being posted.
 */
bool toklink_unfinished_publish_draft(const struct toklink_unfinished_publish *publish);

/**
 * When it began, in milliseconds since 1970 (UTC).
 */
int64_t toklink_unfinished_publish_started_at_ms(const struct toklink_unfinished_publish *publish);

/**
 * When it last came further, in milliseconds since 1970 (UTC).
 */
int64_t toklink_unfinished_publish_updated_at_ms(const struct toklink_unfinished_publish *publish);

/**
 * Frees the list and its publishes. NULL is fine.
 */
void toklink_unfinished_list_free(struct toklink_unfinished_list *list);

/**
 * How many there are; 0 for NULL.
 */
size_t toklink_unfinished_list_len(const struct toklink_unfinished_list *list);

/**
 * The publish at `index`, from 0; NULL beyond the last. It belongs to the list.
 */
const struct toklink_unfinished_publish *toklink_unfinished_list_at(const struct toklink_unfinished_list *list,
                                                                    size_t index);

/**
 * The publishes of the account that have no end in the journal yet. Asks the store alone. Give the list back with
 * `toklink_unfinished_list_free`.
 *
 * Errors: `TOKLINK_ERR_UNAVAILABLE` when the store fails.
 */
toklink_status toklink_client_unfinished_publishes(const struct toklink_client *client,
                                                   struct toklink_str tenant,
                                                   struct toklink_str open_id,
                                                   struct toklink_unfinished_list **out_list,
                                                   struct toklink_error **error);

/**
 * The version of the loaded library, as in `TOKLINK_VERSION`. Lives as long as the program.
 */
struct toklink_str toklink_version(void);

/**
 * The version of the loaded library as one number, as in `TOKLINK_VERSION_NUMBER`: major * 65536 + minor * 256 +
 * patch. Later versions compare greater.
 */
uint32_t toklink_version_number(void);

/**
 * The ABI of the loaded library. A host compiled against another `TOKLINK_ABI_VERSION` must not use it.
 */
uint32_t toklink_abi_version(void);

/**
 * TikTok's id, as text since it is above 2^53. Lives as long as its page.
 */
struct toklink_str toklink_video_id(const struct toklink_video *video);

/**
 * The title. Lives as long as its page.
 */
struct toklink_str toklink_video_title(const struct toklink_video *video);

/**
 * The caption. Lives as long as its page.
 */
struct toklink_str toklink_video_description(const struct toklink_video *video);

/**
 * A signed picture URL, good for hours; empty when there is none. Lives as long as its page.
 */
struct toklink_str toklink_video_cover_image_url(const struct toklink_video *video);

/**
 * The link to the video; empty when there is none. Lives as long as its page.
 */
struct toklink_str toklink_video_share_url(const struct toklink_video *video);

/**
 * The link of the embedded player; empty when there is none. Lives as long as its page.
 */
struct toklink_str toklink_video_embed_link(const struct toklink_video *video);

/**
 * Seconds of play.
 */
int64_t toklink_video_duration_sec(const struct toklink_video *video);

/**
 * When it was posted, in milliseconds since 1970 (UTC).
 */
int64_t toklink_video_created_at_ms(const struct toklink_video *video);

/**
 * Pixels across. Returns whether TikTok says, and writes only then.
 */
bool toklink_video_width(const struct toklink_video *video, int64_t *out_value);

/**
 * Pixels down. Returns whether TikTok says, and writes only then.
 */
bool toklink_video_height(const struct toklink_video *video, int64_t *out_value);

/**
 * Views.
 */
int64_t toklink_video_view_count(const struct toklink_video *video);

/**
 * Likes.
 */
int64_t toklink_video_like_count(const struct toklink_video *video);

/**
 * Comments.
 */
int64_t toklink_video_comment_count(const struct toklink_video *video);

/**
 * Shares.
 */
int64_t toklink_video_share_count(const struct toklink_video *video);

/**
 * Frees the page and its videos. NULL is fine.
 */
void toklink_video_page_free(struct toklink_video_page *page);

/**
 * How many videos are on the page; 0 for NULL.
 */
size_t toklink_video_page_len(const struct toklink_video_page *page);

/**
 * The video at `index`, from 0; NULL beyond the last. It belongs to the page.
 */
const struct toklink_video *toklink_video_page_at(const struct toklink_video_page *page, size_t index);

/**
 * Where the next page begins. Returns whether there is one, and writes only then.
 */
bool toklink_video_page_next_cursor(const struct toklink_video_page *page, int64_t *out_value);

/**
 * One page of public videos. One request. `cursor` is 0 for the first page, otherwise the last page's
 * `toklink_video_page_next_cursor`; `max_count` is 1 to 20. Give the page back with `toklink_video_page_free`.
 *
 * Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
 * connected.
 */
toklink_status toklink_client_list_videos(const struct toklink_client *client,
                                          struct toklink_str tenant,
                                          struct toklink_str open_id,
                                          int64_t cursor,
                                          uint32_t max_count,
                                          struct toklink_video_page **out_page,
                                          struct toklink_error **error);

/**
 * The account's own public videos with these `count` ids (1 to 20); others are absent from the answer. One
 * request. Give the page, which has no next one, back with `toklink_video_page_free`.
 *
 * Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
 * connected.
 */
toklink_status toklink_client_query_videos(const struct toklink_client *client,
                                           struct toklink_str tenant,
                                           struct toklink_str open_id,
                                           const struct toklink_str *ids,
                                           size_t count,
                                           struct toklink_video_page **out_page,
                                           struct toklink_error **error);

/**
 * Frees it and every view of its texts. NULL is fine.
 */
void toklink_webhook_event_free(struct toklink_webhook_event *event);

/**
 * What happened.
 */
toklink_webhook_kind toklink_webhook_event_kind(const struct toklink_webhook_event *event);

/**
 * TikTok's name of the event. Lives as long as the webhook event.
 */
struct toklink_str toklink_webhook_event_name(const struct toklink_webhook_event *event);

/**
 * The user that it is about; empty where TikTok names none. Lives as long as the webhook event.
 */
struct toklink_str toklink_webhook_event_open_id(const struct toklink_webhook_event *event);

/**
 * The publish that it is about; empty when it is about none. Lives as long as the webhook event.
 */
struct toklink_str toklink_webhook_event_publish_id(const struct toklink_webhook_event *event);

/**
 * The post that it is about, as text; empty when it names none. Lives as long as the webhook event.
 */
struct toklink_str toklink_webhook_event_post_id(const struct toklink_webhook_event *event);

/**
 * Why a publish failed or a consent ended; empty for other events. Lives as long as the webhook event.
 */
struct toklink_str toklink_webhook_event_reason(const struct toklink_webhook_event *event);

/**
 * The same for every repetition of one event. Lives as long as the webhook event.
 */
struct toklink_str toklink_webhook_event_dedupe_key(const struct toklink_webhook_event *event);

/**
 * When it happened, in milliseconds since 1970 (UTC); whole seconds.
 */
int64_t toklink_webhook_event_created_at_ms(const struct toklink_webhook_event *event);

/**
 * Checks a webhook and reads it. `signature` is the value of the header `Tiktok-Signature`, `body` the raw bytes
 * of the request: parsed and written again they would differ. `previous_secret` is a client secret that still
 * counts while it is being changed at TikTok, usually empty; `tolerance_ms` is how far the signature's time may
 * be from now, 0 for the default of five minutes. No I/O. Give the event back with `toklink_webhook_event_free`.
 *
 * Errors: `TOKLINK_ERR_INTEGRITY` when it is not TikTok's, not for this app, or not recent: answer 401.
 * `TOKLINK_ERR_INVALID_INPUT` when it is larger than 64 KiB. A genuine webhook never fails for what it says: one that this
 * version cannot read is `TOKLINK_WEBHOOK_OTHER`.
 */
toklink_status toklink_client_verify_webhook(const struct toklink_client *client,
                                             struct toklink_str signature,
                                             const uint8_t *body,
                                             size_t body_len,
                                             struct toklink_str previous_secret,
                                             uint64_t tolerance_ms,
                                             struct toklink_webhook_event **out_event,
                                             struct toklink_error **error);

/**
 * Does what a genuine webhook asks for: ends the publish in the journal, which also ends the wait of whoever
 * waits for it, or ends the connection of an account whose consent is gone. The same event may be applied any
 * number of times, and events in any order.
 *
 * Errors: those of the store: then answer with anything but 200, and TikTok tells it again.
 */
toklink_status toklink_client_apply_webhook(const struct toklink_client *client,
                                            const struct toklink_webhook_event *event,
                                            toklink_webhook_effect *out_effect,
                                            struct toklink_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* TOKLINK_H */
