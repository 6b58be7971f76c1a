/**
 * toklink: a client of TikTok. Login with PKCE, sealed tokens, exact limits, video checks.
 *
 * Conventions
 * - A handle (toklink_client, toklink_error, ...) is opaque. Each toklink_x that the library hands out goes back to
 *   toklink_x_free exactly once; freeing NULL does nothing. A handle that belongs to another (a toklink_finding, a
 *   toklink_quota_window) and every toklink_str that a handle gives out are views: never freed, dead with their
 *   owner.
 * - A call that can fail returns a toklink_status, TOKLINK_OK (0) on success. Its arguments are inputs, then outputs,
 *   then `toklink_error **error`. Outputs are written only on success and stay untouched otherwise.
 * - `error` may be NULL. If not, and the call fails, it receives an error to be freed with toklink_error_free; on
 *   success it stays untouched, so set it to NULL first. It is overwritten, not freed: free the last error before
 *   the next call.
 * - NULL where a handle or an output is needed is TOKLINK_ERR_INVALID_INPUT. Accessors, which cannot fail, answer
 *   NULL with empty text, 0 or false.
 * - Text is UTF-8 by pointer and length (toklink_str); toklink_str_from makes one of a C string. All text that the
 *   library hands out also ends with a NUL. Inputs are copied: they may go when the call returns.
 * - Times are milliseconds (`_ms`), sizes are bytes (`_bytes`).
 * - Thread safety is said for each type. Calls may come from any thread.
 * - No panic leaves the library: a fault of its own is TOKLINK_ERR_PANIC.
 * - Numbers of enums are never used again for something else; new ones may come.
 *
 * Linking: -ltoklink, or the static library with -lpthread -ldl -lm.
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
 * What an authorize link asks for. Without scopes it asks for those that posting and reading need.
 *
 * Thread safety: use one from one thread at a time.
 */
typedef struct toklink_authorize_link toklink_authorize_link;

/**
 * A client of TikTok for one app.
 *
 * Thread safety: any number of threads may use one at the same time; free it when none does.
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
 * Why a call failed. Give it back with `toklink_error_free`. It never holds a token, a code, a secret or an upload
 * URL: it may be logged.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_error toklink_error;

/**
 * One rule that a video does not keep. It belongs to its `toklink_probe_report` and lives as long.
 *
 * Thread safety: it never changes; any number of threads may read it.
 */
typedef struct toklink_finding toklink_finding;

/**
 * What a file is, and the rules that it does not keep.
 *
 * Thread safety: it never changes; any number of threads may read it, one frees it.
 */
typedef struct toklink_probe_report toklink_probe_report;

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

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

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
 * Frees the client. What it handed out before stays. NULL is fine.
 */
void toklink_client_free(struct toklink_client *client);

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
 * How full each window of requests is for the account `open_id` of `tenant` (empty for a host with one tenant), as
 * it is now. Microseconds; nothing is sent. Give it back with `toklink_quota_status_free`.
 */
toklink_status toklink_client_quota_status(const struct toklink_client *client,
                                           struct toklink_str tenant,
                                           struct toklink_str open_id,
                                           struct toklink_quota_status **out_status,
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
 * The publish that the error is about; empty when it is about none. Lives as long as the error.
 */
struct toklink_str toklink_error_publish_id(const struct toklink_error *error);

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
 * Whether the request may have reached TikTok without an answer that was read. Then a publish must not simply be
 * begun again.
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
 * Empty settings. Give them back with `toklink_client_options_free`. NULL only after a fault of the library.
 */
struct toklink_client_options *toklink_client_options_new(void);

/**
 * Settings filled from the environment: `TIKTOK_CLIENT_KEY`, `TIKTOK_CLIENT_SECRET`, `TIKTOK_CALLBACK_URL`,
 * `TOKEN_ENCRYPTION_KEY`, `TOKEN_ENCRYPTION_KEYS`, `TIKTOK_API_BASE_URL`, `TIKTOK_AUTH_BASE_URL`. What is set
 * afterwards wins. Give them back with `toklink_client_options_free`. NULL only after a fault of the library.
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
 * Keeps accounts, journal and leases in this SQLite file, which is made (mode 0600) if there is none. The path is
 * UTF-8. Without it they live as long as the client.
 */
toklink_status toklink_client_options_set_sqlite_path(struct toklink_client_options *options,
                                                      struct toklink_str path,
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

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* TOKLINK_H */
