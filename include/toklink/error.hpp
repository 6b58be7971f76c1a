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
#include <utility>

#ifdef TOKLINK_NO_EXCEPTIONS
#include <cstdio>
#include <cstdlib>
#include <variant>
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

#ifdef TOKLINK_NO_EXCEPTIONS

/** What a call gave, or why it failed. To look at the one that is not there ends the program. */
template <typename T>
class Result {
public:
    /** A success. */
    Result(T value) : outcome_(std::in_place_index<0>, std::move(value)) {}
    /** A failure. */
    Result(Error error) : outcome_(std::in_place_index<1>, std::move(error)) {}

    /** Whether it is a success. */
    bool has_value() const noexcept { return outcome_.index() == 0; }
    /** Whether it is a success. */
    explicit operator bool() const noexcept { return has_value(); }
    /** What the call gave. */
    T &value() & { return got<0>("toklink::Result::value"); }
    /** What the call gave. */
    const T &value() const & { return const_cast<Result *>(this)->value(); }
    /** What the call gave, moved out. */
    T &&value() && { return std::move(value()); }
    /** What the call gave. */
    T &operator*() & { return value(); }
    /** What the call gave. */
    const T &operator*() const & { return value(); }
    /** What the call gave, moved out. */
    T &&operator*() && { return std::move(value()); }
    /** What the call gave. */
    T *operator->() { return &value(); }
    /** What the call gave. */
    const T *operator->() const { return &value(); }
    /** Why it failed. */
    const Error &error() const { return const_cast<Result *>(this)->template got<1>("toklink::Result::error"); }

private:
    template <std::size_t Index>
    auto &got(const char *what) {
        auto *found = std::get_if<Index>(&outcome_);
        if (found == nullptr) {
            detail::misused(what);
        }
        return *found;
    }

    std::variant<T, Error> outcome_;
};

/** Whether a call succeeded, or why it failed. */
template <>
class Result<void> {
public:
    /** A success. */
    Result() = default;
    /** A failure. */
    Result(Error error) : error_(std::move(error)) {}

    /** Whether it is a success. */
    bool has_value() const noexcept { return !error_.has_value(); }
    /** Whether it is a success. */
    explicit operator bool() const noexcept { return has_value(); }
    /** Why it failed. */
    const Error &error() const {
        if (has_value()) {
            detail::misused("toklink::Result::error");
        }
        return *error_;
    }

private:
    std::optional<Error> error_;
};

/** What a call that can fail returns. */
template <typename T>
using Returned = Result<T>;

#else

/** What a call that can fail returns; it throws Error otherwise. */
template <typename T>
using Returned = T;

#endif

namespace detail {

template <typename T>
Returned<T> failed(Error error) {
#ifdef TOKLINK_NO_EXCEPTIONS
    return Result<T>(std::move(error));
#else
    throw error;
#endif
}

/** Settings and requests: what was wrong in one of them is told by the call that takes it, or thrown at once. */
class Builder {
public:
    /** The first thing that was wrong. Always nothing where it is thrown. */
    const std::optional<Error> &fault() const noexcept { return fault_; }

protected:
    /** Runs a C setter with a place for its error. */
    template <typename Work>
    bool change(Work work) {
        toklink_error *error = nullptr;
        if (work(&error) == TOKLINK_OK) {
            return true;
        }
        Error fault(error);
#ifndef TOKLINK_NO_EXCEPTIONS
        throw fault;
#endif
        if (!fault_) {
            fault_ = std::move(fault);
        }
        return false;
    }

private:
    std::optional<Error> fault_;
};

/** What is said by a parameter that cannot be wrong. */
struct Faultless {
    std::optional<Error> fault() const noexcept { return std::nullopt; }
};

/** Text that the library made, freed with this. */
struct Buffer : toklink_buf {
    Buffer() noexcept : toklink_buf{nullptr, 0} {}
    Buffer(Buffer &&other) noexcept : toklink_buf{other.data, other.len} { static_cast<toklink_buf &>(other) = {nullptr, 0}; }
    Buffer &operator=(Buffer &&) = delete;
    ~Buffer() { toklink_buf_free(this); }
    /** A copy. */
    explicit operator std::string() const { return data == nullptr ? std::string() : std::string(data, len); }
};

/** What a call returns of what was written. */
template <typename T, typename Written>
struct Into {
    static T from(Written &&written) { return T(std::move(written)); }
};

/** A copy, or nothing when the library wrote none. */
template <>
struct Into<std::optional<std::string>, Buffer> {
    static std::optional<std::string> from(Buffer &&written) {
        if (written.data == nullptr) {
            return std::nullopt;
        }
        return std::optional<std::string>(std::in_place, written.data, written.len);
    }
};

/** Runs a C call, unless what it is `given` was wrong already, and makes a T of what it wrote. */
template <typename T, typename Written, typename Given, typename Work>
Returned<T> call(const Given &given, Work work) {
    if (given.fault()) {
        return failed<T>(*given.fault());
    }
    Written written{};
    toklink_error *error = nullptr;
    if (work(&written, &error) != TOKLINK_OK) {
        return failed<T>(Error(error));
    }
    return Into<T, Written>::from(std::move(written));
}

/** Runs a C call that gives a handle. */
template <typename T, typename Given, typename Work>
Returned<T> make(const Given &given, Work work) {
    return call<T, typename T::Handle *>(given, work);
}

/** Runs a C call that gives nothing. */
template <typename Work>
Returned<void> run(Work work) {
    toklink_error *error = nullptr;
    if (work(&error) != TOKLINK_OK) {
        return failed<void>(Error(error));
    }
    return Returned<void>();
}

/** Runs a function of the host's inside a callback, which no exception may leave: then it failed. */
template <typename Work>
bool guarded(Work work) noexcept {
#ifdef TOKLINK_NO_EXCEPTIONS
    return work();
#else
    try {
        return work();
    } catch (...) {
        return false;
    }
#endif
}

} // namespace detail

/** The version of the loaded library. */
inline std::string_view version() noexcept { return detail::out(toklink_version()); }

/** Whether the loaded library is one that this header describes. */
inline bool is_compatible() noexcept { return toklink_abi_version() == TOKLINK_ABI_VERSION; }

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_ERROR_HPP
