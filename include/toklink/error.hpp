/** Errors, owners and views: what the other parts of toklink.hpp are made of. Include toklink.hpp instead. */
#ifndef TOKLINK_ERROR_HPP
#define TOKLINK_ERROR_HPP

#include "../toklink.h"

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

} // namespace toklink

#endif // TOKLINK_ERROR_HPP
