/** Errors, owners and views, of which the other parts of toklink.hpp are made. Include toklink.hpp instead. */
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
#include <utility>
#include <vector>

#if !defined(TOKLINK_NO_EXCEPTIONS) && !defined(__cpp_exceptions) && !defined(_CPPUNWIND)
#error "exceptions are off: define TOKLINK_NO_EXCEPTIONS before toklink.hpp, and calls return a toklink::Result"
#endif

#ifdef TOKLINK_NO_EXCEPTIONS
#include <cstdio>
#include <cstdlib>
/* The two ways are different types, so that they may meet in one program. */
#define TOKLINK_MODE without_exceptions
#else
#define TOKLINK_MODE with_exceptions
#endif

namespace toklink {
inline namespace TOKLINK_MODE {

namespace detail {

template <typename T, void (*Free)(T *)>
struct Deleter {
    void operator()(T *handle) const noexcept { Free(handle); }
};

template <typename T, void (*Free)(T *)>
using Owned = std::unique_ptr<T, Deleter<T, Free>>;

inline toklink_str in(std::string_view text) noexcept { return toklink_str{text.data(), text.size()}; }

inline std::string_view out(toklink_str text) noexcept { return std::string_view(text.data, text.len); }

/** A length of time that goes in: it cannot be negative. */
using UnsignedMillis = std::chrono::duration<std::uint64_t, std::milli>;

inline std::chrono::milliseconds millis(std::uint64_t count) noexcept {
    return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(count));
}

/** What an accessor writes only when it is known. */
template <typename T, typename Handle>
std::optional<T> known(bool (*read)(const Handle *, T *), const Handle *handle) noexcept {
    T value{};
    return read(handle, &value) ? std::optional<T>(value) : std::nullopt;
}

/** A list of texts: views, or copies for a Text that owns. */
template <typename Text, typename Handle>
std::vector<Text> texts(std::size_t (*count)(const Handle *), toklink_str (*at)(const Handle *, std::size_t),
                        const Handle *handle) {
    std::vector<Text> all;
    const std::size_t size = count(handle);
    all.reserve(size);
    for (std::size_t index = 0; index < size; index += 1) {
        all.emplace_back(out(at(handle, index)));
    }
    return all;
}

/** What a `_new` function gave; it gives nothing only after a fault of the library. */
template <typename T>
T *made(T *handle) {
#ifndef TOKLINK_NO_EXCEPTIONS
    if (handle == nullptr) {
        throw std::bad_alloc();
    }
#endif
    // Without exceptions the first call with it fails, and says so.
    return handle;
}

/** A mistake of the program's own. */
[[noreturn]] inline void misused(const char *what) {
#ifdef TOKLINK_NO_EXCEPTIONS
    std::fprintf(stderr, "%s\n", what);
    std::abort();
#else
    throw std::out_of_range(what);
#endif
}

} // namespace detail

/** One invalid or missing setting: its environment variable, the problem and the correction. */
struct ConfigProblem {
    std::string_view variable;
    std::string_view problem;
    std::string_view fix;
};

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
    /** The key under which the failed publish goes on when it is begun again; empty when it is about none. */
    std::string_view idempotency_key() const noexcept {
        return detail::out(toklink_error_idempotency_key(error_.get()));
    }
    /** Every problem of a TOKLINK_ERR_CONFIG error that is about settings. The views live as long as the error. */
    std::vector<ConfigProblem> problems() const {
        std::vector<ConfigProblem> all;
        const std::size_t count = toklink_error_problem_count(error_.get());
        all.reserve(count);
        for (std::size_t index = 0; index < count; index += 1) {
            all.push_back({detail::out(toklink_error_problem_variable(error_.get(), index)),
                           detail::out(toklink_error_problem_text(error_.get(), index)),
                           detail::out(toklink_error_problem_fix(error_.get(), index))});
        }
        return all;
    }
    /** Whether trying the same call again can help. */
    bool is_retryable() const noexcept { return toklink_error_is_retryable(error_.get()); }
    /** The known pause before that, if there is one. */
    std::optional<std::chrono::milliseconds> retry_after() const noexcept {
        const auto pause = detail::known<std::uint64_t, toklink_error>(toklink_error_retry_after_ms, error_.get());
        return pause ? std::optional<std::chrono::milliseconds>(detail::millis(*pause)) : std::nullopt;
    }
    /** Whether the request may have reached TikTok without an answer that was read. */
    bool may_have_been_sent() const noexcept { return toklink_error_may_have_been_sent(error_.get()); }
    /** Whether the same publish may be begun again although it may have been sent. */
    bool is_safe_to_repeat() const noexcept { return toklink_error_is_safe_to_repeat(error_.get()); }

private:
    // Shared, since exceptions are copied when they are kept or rethrown elsewhere.
    std::shared_ptr<toklink_error> error_;
};

/** The version of the loaded library. */
inline std::string_view version() noexcept { return detail::out(toklink_version()); }

/** The same as one number, as in TOKLINK_VERSION_NUMBER: later versions compare greater. */
inline std::uint32_t version_number() noexcept { return toklink_version_number(); }

/** Whether the loaded library is one that this header describes. */
inline bool is_compatible() noexcept { return toklink_abi_version() == TOKLINK_ABI_VERSION; }

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_ERROR_HPP
