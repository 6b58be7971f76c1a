/**
 * toklink for C++17: the C interface of toklink.h with owners, views and exceptions. Header-only.
 *
 * - A class owns its handle and frees it; it moves and does not copy. A moved-from object may only be assigned to or
 *   destroyed.
 * - A failure is thrown as toklink::Error, which is a std::runtime_error and copies without allocation.
 * - A std::string_view is a view of its owner: it dies with it. Nothing else outlives what it came from.
 * - Thread safety is that of the C type of the same name.
 */
#ifndef TOKLINK_HPP
#define TOKLINK_HPP

#include "toklink.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace toklink {

namespace detail {

template <typename T, void (*Free)(T *)>
struct Deleter {
    void operator()(T *handle) const noexcept { Free(handle); }
};

template <typename T, void (*Free)(T *)>
using Owned = std::unique_ptr<T, Deleter<T, Free>>;

inline toklink_str in(std::string_view text) noexcept { return toklink_str{text.data(), text.size()}; }

inline std::string_view out(toklink_str text) noexcept { return std::string_view(text.data, text.len); }

/** What a `_new` function gave; it gives nothing only after a fault of the library. */
template <typename T>
T *made(T *handle) {
    if (handle == nullptr) {
        throw std::bad_alloc();
    }
    return handle;
}

} // namespace detail

/** Why a call failed. Holds no secret: it may be logged. */
class Error : public std::runtime_error {
public:
    /** Takes the error over. */
    explicit Error(toklink_error *error)
        : std::runtime_error(std::string(detail::out(toklink_error_message(error)))),
          error_(error, toklink_error_free) {}

    /** What to do next. */
    toklink_status status() const noexcept { return toklink_error_status(error_.get()); }
    /** The status as logs spell it, for example `RATE_LIMITED`. */
    std::string_view code() const noexcept { return detail::out(toklink_status_name(status())); }
    /** The operation that failed; empty outside any. */
    std::string_view operation() const noexcept { return detail::out(toklink_error_operation(error_.get())); }
    /** Whose move it is. */
    toklink_owner owner() const noexcept { return toklink_error_owner(error_.get()); }
    /** The HTTP status of TikTok's answer, 0 when there was none. */
    std::uint16_t http_status() const noexcept { return toklink_error_http_status(error_.get()); }
    /** TikTok's own error code; empty when there was none. */
    std::string_view tiktok_code() const noexcept { return detail::out(toklink_error_tiktok_code(error_.get())); }
    /** TikTok's log id; empty when there was none. */
    std::string_view log_id() const noexcept { return detail::out(toklink_error_log_id(error_.get())); }
    /** TikTok's reason for a failed publish; empty when there was none. */
    std::string_view fail_reason() const noexcept { return detail::out(toklink_error_fail_reason(error_.get())); }
    /** The publish that the error is about; empty when it is about none. */
    std::string_view publish_id() const noexcept { return detail::out(toklink_error_publish_id(error_.get())); }
    /** Whether trying the same call again can help. */
    bool is_retryable() const noexcept { return toklink_error_is_retryable(error_.get()); }
    /** The known pause before that, if there is one. */
    std::optional<std::chrono::milliseconds> retry_after() const noexcept {
        std::uint64_t pause = 0;
        if (!toklink_error_retry_after_ms(error_.get(), &pause)) {
            return std::nullopt;
        }
        return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(pause));
    }
    /** Whether the request may have reached TikTok without an answer that was read. */
    bool may_have_been_sent() const noexcept { return toklink_error_may_have_been_sent(error_.get()); }
    /** Whether the same publish may be begun again although it may have been sent. */
    bool is_safe_to_repeat() const noexcept { return toklink_error_is_safe_to_repeat(error_.get()); }

private:
    // Shared, since exceptions are copied when they are kept or rethrown elsewhere.
    std::shared_ptr<toklink_error> error_;
};

namespace detail {

/** Runs a C call with a place for its error, and throws what it puts there. */
template <typename Work>
void call(Work work) {
    toklink_error *error = nullptr;
    const toklink_status status = work(&error);
    if (status != TOKLINK_OK) {
        throw Error(error);
    }
}

} // namespace detail

/** The version of the loaded library. */
inline std::string_view version() noexcept { return detail::out(toklink_version()); }

/** Whether the loaded library is one that this header describes. */
inline bool is_compatible() noexcept { return toklink_abi_version() == TOKLINK_ABI_VERSION; }

/** Settings of a client; Client judges all of them at once. */
class ClientOptions {
public:
    /** Empty settings. */
    ClientOptions() : handle_(detail::made(toklink_client_options_new())) {}
    /** Settings filled from the environment; see toklink_client_options_from_env. */
    static ClientOptions from_env() { return ClientOptions(detail::made(toklink_client_options_from_env())); }

    /** The app's client key. Required. */
    ClientOptions &client_key(std::string_view value) { return set(toklink_client_options_set_client_key, value); }
    /** The app's client secret. Required. */
    ClientOptions &client_secret(std::string_view value) {
        return set(toklink_client_options_set_client_secret, value);
    }
    /** The redirect URI that is used when a login names none. */
    ClientOptions &callback_url(std::string_view value) {
        return set(toklink_client_options_set_callback_url, value);
    }
    /** The one key that seals tokens: 64 hex digits, or base64 of 32 bytes. */
    ClientOptions &encryption_key(std::string_view value) {
        return set(toklink_client_options_set_encryption_key, value);
    }
    /** A ring of keys, `kid:hex,kid:hex`: the first seals, all open. */
    ClientOptions &encryption_keys(std::string_view value) {
        return set(toklink_client_options_set_encryption_keys, value);
    }
    /** Another API host: https, or http on loopback. */
    ClientOptions &api_base_url(std::string_view value) {
        return set(toklink_client_options_set_api_base_url, value);
    }
    /** Another host of the authorize page: https, or http on loopback. */
    ClientOptions &auth_base_url(std::string_view value) {
        return set(toklink_client_options_set_auth_base_url, value);
    }
    /** The SQLite file that keeps accounts, journal and leases. */
    ClientOptions &sqlite_path(std::string_view path) { return set(toklink_client_options_set_sqlite_path, path); }

    /** The C handle; it stays this object's. */
    const toklink_client_options *get() const noexcept { return handle_.get(); }

private:
    using Setter = toklink_status (*)(toklink_client_options *, toklink_str, toklink_error **);

    explicit ClientOptions(toklink_client_options *handle) : handle_(handle) {}

    ClientOptions &set(Setter setter, std::string_view value) {
        detail::call([&](toklink_error **error) { return setter(handle_.get(), detail::in(value), error); });
        return *this;
    }

    detail::Owned<toklink_client_options, toklink_client_options_free> handle_;
};

/** What an authorize link asks for. */
class AuthorizeLink {
public:
    /** A link with this state, which comes back with the callback: unguessable and used once. */
    explicit AuthorizeLink(std::string_view state) : handle_(detail::made(toklink_authorize_link_new())) {
        set(toklink_authorize_link_set_state, state);
    }

    /** A registered redirect URI. Default: the client's callback URL. */
    AuthorizeLink &redirect_uri(std::string_view value) {
        return set(toklink_authorize_link_set_redirect_uri, value);
    }
    /** The PKCE challenge: SHA-256 of the verifier in lower-case hex. */
    AuthorizeLink &code_challenge(std::string_view value) {
        return set(toklink_authorize_link_set_code_challenge, value);
    }
    /** One scope to ask for instead of the default ones. */
    AuthorizeLink &scope(std::string_view value) { return set(toklink_authorize_link_add_scope, value); }
    /** Whether the consent page is shown even to a user who granted the same before. */
    AuthorizeLink &disable_auto_auth(bool disable) {
        detail::call([&](toklink_error **error) {
            return toklink_authorize_link_set_disable_auto_auth(handle_.get(), disable, error);
        });
        return *this;
    }

    /** The C handle; it stays this object's. */
    const toklink_authorize_link *get() const noexcept { return handle_.get(); }

private:
    using Setter = toklink_status (*)(toklink_authorize_link *, toklink_str, toklink_error **);

    AuthorizeLink &set(Setter setter, std::string_view value) {
        detail::call([&](toklink_error **error) { return setter(handle_.get(), detail::in(value), error); });
        return *this;
    }

    detail::Owned<toklink_authorize_link, toklink_authorize_link_free> handle_;
};

/** One window of requests, copied out of its status. */
struct QuotaWindow {
    /** What it counts. */
    toklink_quota_kind kind;
    /** Its length. */
    std::chrono::milliseconds length;
    /** How many requests fit in it. */
    std::uint32_t limit;
    /** How many slots are occupied, requests in flight included. */
    std::uint32_t count;
    /** How many requests could be sent now. */
    std::uint32_t remaining;
    /** How long it is until the oldest occupied slot is free again. */
    std::chrono::milliseconds resets_in;
};

/** All windows of one account, as they were when it was asked for. */
class QuotaStatus {
public:
    /** Takes the handle over. */
    explicit QuotaStatus(toklink_quota_status *handle) noexcept : handle_(handle) {}

    /** Number of windows. */
    std::size_t size() const noexcept { return toklink_quota_status_len(handle_.get()); }
    /** The window at `index`; std::out_of_range beyond the last. */
    QuotaWindow at(std::size_t index) const {
        const toklink_quota_window *window = toklink_quota_status_at(handle_.get(), index);
        if (window == nullptr) {
            throw std::out_of_range("toklink::QuotaStatus::at");
        }
        return copied(window);
    }
    /** The window of this kind with the fewest requests left; nothing when the kind has no limit. */
    std::optional<QuotaWindow> tightest(toklink_quota_kind kind) const noexcept {
        const toklink_quota_window *window =
            toklink_quota_status_tightest(handle_.get(), static_cast<std::uint32_t>(kind));
        if (window == nullptr) {
            return std::nullopt;
        }
        return copied(window);
    }

private:
    static QuotaWindow copied(const toklink_quota_window *window) noexcept {
        using Millis = std::chrono::milliseconds;
        return QuotaWindow{toklink_quota_window_kind(window),
                           Millis(static_cast<Millis::rep>(toklink_quota_window_length_ms(window))),
                           toklink_quota_window_limit(window),
                           toklink_quota_window_count(window),
                           toklink_quota_window_remaining(window),
                           Millis(static_cast<Millis::rep>(toklink_quota_window_resets_in_ms(window)))};
    }

    detail::Owned<toklink_quota_status, toklink_quota_status_free> handle_;
};

/** One rule that a video does not keep: views of its report. */
struct Finding {
    /** `size`, `duration`, `frame_rate`, `pixels` or `codec`. */
    std::string_view rule;
    /** What the file has. */
    std::string_view found;
    /** What TikTok takes. */
    std::string_view allowed;
    /** What the user can do. */
    std::string_view advice;
    /** Whether TikTok would refuse the video for it; otherwise it is a warning. */
    bool is_error;
};

/** What a file is, and the rules that it does not keep. */
class ProbeReport {
public:
    /** Takes the handle over. */
    explicit ProbeReport(toklink_probe_report *handle) noexcept : handle_(handle) {}

    /** Whether TikTok should take the video. */
    bool is_acceptable() const noexcept { return toklink_probe_report_is_acceptable(handle_.get()); }
    /** `mp4`, `mov` or `webm`. */
    std::string_view container() const noexcept {
        return detail::out(toklink_probe_report_container(handle_.get()));
    }
    /** The MIME type. */
    std::string_view mime() const noexcept { return detail::out(toklink_probe_report_mime(handle_.get())); }
    /** `h264`, `h265`, `vp8`, `vp9` or the name in the file; empty when the file does not say. */
    std::string_view video_codec() const noexcept {
        return detail::out(toklink_probe_report_video_codec(handle_.get()));
    }
    /** Bytes of the file. */
    std::uint64_t size_bytes() const noexcept { return toklink_probe_report_size_bytes(handle_.get()); }
    /** The time of play, if the file says. */
    std::optional<std::chrono::milliseconds> duration() const noexcept {
        std::uint64_t millis = 0;
        if (!toklink_probe_report_duration_ms(handle_.get(), &millis)) {
            return std::nullopt;
        }
        return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(millis));
    }
    /** Pixels across, as shown; 0 when the file does not say. */
    std::uint32_t width() const noexcept { return toklink_probe_report_width(handle_.get()); }
    /** Pixels down, as shown; 0 when the file does not say. */
    std::uint32_t height() const noexcept { return toklink_probe_report_height(handle_.get()); }
    /** Degrees by which a player turns the stored pictures clockwise. */
    std::uint16_t rotation() const noexcept { return toklink_probe_report_rotation(handle_.get()); }
    /** Pictures per second, if the file says. */
    std::optional<double> frame_rate() const noexcept {
        double rate = 0;
        return toklink_probe_report_frame_rate(handle_.get(), &rate) ? std::optional<double>(rate) : std::nullopt;
    }
    /** Whether pictures are shown for clearly different times, if the file says. */
    std::optional<bool> variable_frame_rate() const noexcept {
        bool variable = false;
        return toklink_probe_report_variable_frame_rate(handle_.get(), &variable) ? std::optional<bool>(variable)
                                                                                  : std::nullopt;
    }
    /** Whether there is sound, if the file says. */
    std::optional<bool> has_audio() const noexcept {
        bool audio = false;
        return toklink_probe_report_has_audio(handle_.get(), &audio) ? std::optional<bool>(audio) : std::nullopt;
    }
    /** Number of findings. */
    std::size_t finding_count() const noexcept { return toklink_probe_report_finding_count(handle_.get()); }
    /** The finding at `index`; std::out_of_range beyond the last. */
    Finding finding(std::size_t index) const {
        const toklink_finding *found = toklink_probe_report_finding_at(handle_.get(), index);
        if (found == nullptr) {
            throw std::out_of_range("toklink::ProbeReport::finding");
        }
        return Finding{detail::out(toklink_finding_rule(found)), detail::out(toklink_finding_found(found)),
                       detail::out(toklink_finding_allowed(found)), detail::out(toklink_finding_advice(found)),
                       toklink_finding_is_error(found)};
    }

private:
    detail::Owned<toklink_probe_report, toklink_probe_report_free> handle_;
};

/** Reads a file's headers and judges them by TikTok's rules. The path is UTF-8. */
inline ProbeReport probe_video(std::string_view path) {
    toklink_probe_report *report = nullptr;
    detail::call([&](toklink_error **error) { return toklink_probe_video(detail::in(path), &report, error); });
    return ProbeReport(report);
}

/** A client of TikTok for one app. */
class Client {
public:
    /** Makes a client of these settings, which stay the caller's. */
    explicit Client(const ClientOptions &options) {
        toklink_client *client = nullptr;
        detail::call([&](toklink_error **error) { return toklink_client_new(options.get(), &client, error); });
        handle_.reset(client);
    }

    /** The address of TikTok's consent page for this link. */
    std::string authorize_url(const AuthorizeLink &link) const {
        struct Buffer : toklink_buf {
            Buffer() : toklink_buf{nullptr, 0} {}
            Buffer(const Buffer &) = delete;
            Buffer &operator=(const Buffer &) = delete;
            ~Buffer() { toklink_buf_free(this); }
        } url;
        detail::call([&](toklink_error **error) {
            return toklink_client_authorize_url(handle_.get(), link.get(), &url, error);
        });
        return std::string(url.data, url.len);
    }

    /** How full each window of requests is for the account `open_id` of `tenant`. */
    QuotaStatus quota_status(std::string_view tenant, std::string_view open_id) const {
        toklink_quota_status *status = nullptr;
        detail::call([&](toklink_error **error) {
            return toklink_client_quota_status(handle_.get(), detail::in(tenant), detail::in(open_id), &status, error);
        });
        return QuotaStatus(status);
    }

    /** The C handle; it stays this object's. */
    const toklink_client *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_client, toklink_client_free> handle_;
};

} // namespace toklink

#endif // TOKLINK_HPP
