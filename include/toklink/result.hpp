/** What calls return, and how they are made. Include toklink.hpp instead. */
#ifndef TOKLINK_RESULT_HPP
#define TOKLINK_RESULT_HPP

#include "error.hpp"

#ifdef TOKLINK_NO_EXCEPTIONS
#include <variant>
#endif

namespace toklink {
inline namespace TOKLINK_MODE {

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
    void change(Work work) {
        toklink_error *error = nullptr;
        if (work(&error) == TOKLINK_OK) {
            return;
        }
        Error fault(error);
#ifndef TOKLINK_NO_EXCEPTIONS
        throw fault;
#endif
        if (!fault_) {
            fault_ = std::move(fault);
        }
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

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_RESULT_HPP
