/** Work under way. Include toklink.hpp instead. */
#ifndef TOKLINK_OPERATION_HPP
#define TOKLINK_OPERATION_HPP

#include "result.hpp"

#include <future>

namespace toklink {
inline namespace TOKLINK_MODE {

/** Work under way. */
template <typename T>
struct Operation {
    /** For Client::cancel. */
    std::uint64_t id;
    /** What comes of it; its `get` throws or returns as a call that waits. */
    std::future<Returned<T>> result;
};

namespace detail {

/** What lives until an operation has completed. */
template <typename T>
struct Waiting {
    std::promise<Returned<T>> promise;
    std::shared_ptr<void> heard;
};

template <typename T, typename Handle>
void fulfil(void *user_data, std::uint64_t, toklink_status status, Handle *handle, toklink_error *error) noexcept {
    const std::unique_ptr<Waiting<T>> waiting(static_cast<Waiting<T> *>(user_data));
    T value(handle);
#ifdef TOKLINK_NO_EXCEPTIONS
    waiting->promise.set_value(status == TOKLINK_OK ? Returned<T>(std::move(value)) : failed<T>(Error(error)));
#else
    try {
        if (status == TOKLINK_OK) {
            waiting->promise.set_value(std::move(value));
        } else {
            waiting->promise.set_exception(std::make_exception_ptr(Error(error)));
        }
    } catch (...) {
        waiting->promise.set_exception(std::current_exception());
    }
#endif
}

/** Starts an operation whose completion fulfils a promise. `heard` is a function that it calls until then. */
template <typename T, typename Given, typename Start>
Returned<Operation<T>> begun(const Given &given, std::shared_ptr<void> heard, Start start) {
    auto waiting = std::make_unique<Waiting<T>>();
    waiting->heard = std::move(heard);
    std::future<Returned<T>> result = waiting->promise.get_future();
    const auto begin = [&](std::uint64_t *out, toklink_error **error) {
        return start(&fulfil<T, typename T::Handle>, waiting.get(), out, error);
    };
    struct Begun {
        std::uint64_t id;
        Begun(std::uint64_t from) : id(from) {}
    };
    auto started = call<Begun, std::uint64_t>(given, begin);
#ifdef TOKLINK_NO_EXCEPTIONS
    if (!started) {
        return failed<Operation<T>>(started.error());
    }
    const std::uint64_t id = started->id;
#else
    const std::uint64_t id = started.id;
#endif
    // It started, so the completion owns it now, and may have ended it already.
    static_cast<void>(waiting.release());
    return Operation<T>{id, std::move(result)};
}

} // namespace detail

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_OPERATION_HPP
