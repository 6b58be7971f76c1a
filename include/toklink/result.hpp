/** Results, their owners, and running operations. Include toklink.hpp instead. */
#ifndef TOKLINK_RESULT_HPP
#define TOKLINK_RESULT_HPP

#include "error.hpp"

#include <future>
#include <type_traits>
#ifdef TOKLINK_NO_EXCEPTIONS
#include <variant>
#endif

namespace toklink {
inline namespace TOKLINK_MODE {

#ifdef TOKLINK_NO_EXCEPTIONS

/** The value or the error of a call. Accessing the one that is absent aborts the program. */
template <class T>
class Result {
public:
    Result(T value) : outcome_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : outcome_(std::in_place_index<1>, std::move(error)) {}

    /** True if there is a value. */
    bool has_value() const noexcept { return outcome_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }
    /** The value. */
    T &value() & { return *present(std::get_if<0>(&outcome_)); }
    const T &value() const & { return *present(std::get_if<0>(&outcome_)); }
    T &&value() && { return std::move(*present(std::get_if<0>(&outcome_))); }
    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }
    /** The error. */
    const Error &error() const { return *present(std::get_if<1>(&outcome_)); }

private:
    template <class P>
    static P *present(P *found) {
        if (found == nullptr) {
            std::abort();
        }
        return found;
    }

    std::variant<T, Error> outcome_;
};

/** The success or the error of a call. */
template <>
class Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    /** True if it succeeded. */
    bool has_value() const noexcept { return !error_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }
    /** The error. */
    const Error &error() const {
        if (!error_) {
            std::abort();
        }
        return *error_;
    }

private:
    std::optional<Error> error_;
};

/** The result type of a call: its value or its error. */
template <class T>
using Returned = Result<T>;

#else

/** The result type of a call: its value. The call throws Error on failure. */
template <class T>
using Returned = T;

#endif

/** Owns a result of the C interface. Its fields are those of the C struct: `user->username`. */
template <class T>
struct Deleter;
template <class T>
using Owned = std::unique_ptr<const T, Deleter<T>>;

#define TOKLINK_OWNED(Name, type, free)                                                                                \
    template <>                                                                                                        \
    struct Deleter<type> {                                                                                             \
        void operator()(const type *result) const noexcept { free(result); }                                           \
    };                                                                                                                 \
    using Name = Owned<type>

TOKLINK_OWNED(Account, toklink_account, toklink_account_free);
TOKLINK_OWNED(AccountList, toklink_account_list, toklink_account_list_free);
TOKLINK_OWNED(User, toklink_user, toklink_user_free);
TOKLINK_OWNED(Metrics, toklink_metrics, toklink_metrics_free);
TOKLINK_OWNED(VideoPage, toklink_video_page, toklink_video_page_free);
TOKLINK_OWNED(Creator, toklink_creator, toklink_creator_free);
TOKLINK_OWNED(Publish, toklink_publish, toklink_publish_free);
TOKLINK_OWNED(PublishRecord, toklink_publish_record, toklink_publish_record_free);
TOKLINK_OWNED(PublishList, toklink_publish_list, toklink_publish_list_free);
TOKLINK_OWNED(ProbeReport, toklink_probe_report, toklink_probe_report_free);
TOKLINK_OWNED(History, toklink_history, toklink_history_free);
TOKLINK_OWNED(CollectReport, toklink_collect_report, toklink_collect_report_free);
TOKLINK_OWNED(ResealReport, toklink_reseal_report, toklink_reseal_report_free);
TOKLINK_OWNED(LoginStart, toklink_login_start, toklink_login_start_free);
TOKLINK_OWNED(LoginInspection, toklink_login_inspection, toklink_login_inspection_free);
TOKLINK_OWNED(LoginResult, toklink_login_result, toklink_login_result_free);
TOKLINK_OWNED(Tokens, toklink_tokens, toklink_tokens_free);
TOKLINK_OWNED(Webhook, toklink_webhook, toklink_webhook_free);
TOKLINK_OWNED(Quota, toklink_quota, toklink_quota_free);

#undef TOKLINK_OWNED

/** A string argument: a C string, a std::string, or a std::string_view, which is copied. */
class Text {
public:
    Text(const char *text) : pointer_(text) {}
    Text(const std::string &text) : pointer_(text.c_str()) {}
    Text(std::string_view text) : copy_(std::make_shared<const std::string>(text)), pointer_(copy_->c_str()) {}
    /** The string with its terminating NUL. */
    const char *c_str() const noexcept { return pointer_; }

private:
    std::shared_ptr<const std::string> copy_;
    const char *pointer_;
};

/** Returns the number, if it is known. */
inline std::optional<std::int64_t> known(std::int64_t number) {
    return number < 0 ? std::nullopt : std::optional<std::int64_t>(number);
}

/** A range over the pointers of a list. */
template <class T>
class Items {
public:
    Items(const T *items, std::size_t count) noexcept : first_(items), count_(count) {}
    const T *begin() const noexcept { return first_; }
    const T *end() const noexcept { return count_ == 0 ? first_ : first_ + count_; }
    std::size_t size() const noexcept { return count_; }

private:
    const T *first_;
    std::size_t count_;
};

/** An array of a result, for example `items(user->scopes, user->scope_count)`. */
template <class T>
Items<T> items(const T *first, std::size_t count) noexcept {
    return Items<T>(first, count);
}
/** The items of a list: accounts, videos, publishes or windows. The list must live longer than the items. */
template <class T>
auto items(const Owned<T> &list) noexcept {
    return items(list->items, list->count);
}
/** A temporary list would be freed before its items are read: keep the list in a variable. */
template <class T>
void items(Owned<T> &&list) = delete;

/** A running operation: its number for `Client::cancel`, and its future. */
template <class R>
struct Operation {
    toklink_op id = 0;
    std::future<Returned<R>> result;
};

namespace detail {

/** Calls a function of the host. Returns false if it throws. */
template <class F, class... A>
bool guarded(const F &function, A &&...arguments) noexcept {
#ifdef TOKLINK_NO_EXCEPTIONS
    return function(std::forward<A>(arguments)...);
#else
    try {
        return function(std::forward<A>(arguments)...);
    } catch (...) {
        return false;
    }
#endif
}

/** Throws or returns an error of the C interface, and frees it. */
template <class R>
[[nodiscard]] Returned<R> failed(toklink_error *raw) {
    Error error(raw);
    toklink_error_free(raw);
#ifdef TOKLINK_NO_EXCEPTIONS
    return error;
#else
    throw error;
#endif
}

/** Runs a call that returns a result. */
template <class T, class Call>
Returned<Owned<T>> owned(Call call) {
    toklink_error *error = nullptr;
    const T *result = call(&error);
    return result == nullptr ? failed<Owned<T>>(error) : Returned<Owned<T>>(Owned<T>(result));
}

/** Runs a call that returns a string, and copies it. */
template <class Call>
Returned<std::string> text(Call call) {
    toklink_error *error = nullptr;
    char *result = call(&error);
    if (result == nullptr) {
        return failed<std::string>(error);
    }
    const std::unique_ptr<char, decltype(&toklink_text_free)> owner(result, toklink_text_free);
    return std::string(result);
}

/** Runs a call that returns a status. */
template <class Call>
Returned<void> done(Call call) {
    toklink_error *error = nullptr;
    if (call(&error) != TOKLINK_OK) {
        return failed<void>(error);
    }
    return Returned<void>();
}

/** A completion that converts a borrowed result to the value of a future. */
template <class F, class... V>
struct Pending {
    using R = std::invoke_result_t<F, const V &...>;

    F map;
    std::promise<Returned<R>> promise = {};

    void finish(const toklink_error *error, const V *...value) {
        if (error != nullptr) {
#ifdef TOKLINK_NO_EXCEPTIONS
            promise.set_value(Returned<R>(Error(error)));
#else
            promise.set_exception(std::make_exception_ptr(Error(error)));
#endif
            return;
        }
#ifndef TOKLINK_NO_EXCEPTIONS
        try {
#endif
            if constexpr (std::is_void_v<R>) {
                map(*value...);
#ifdef TOKLINK_NO_EXCEPTIONS
                promise.set_value(Returned<R>());
#else
                promise.set_value();
#endif
            } else {
                promise.set_value(Returned<R>(map(*value...)));
            }
#ifndef TOKLINK_NO_EXCEPTIONS
        } catch (...) {
            promise.set_exception(std::current_exception());
        }
#endif
    }
};

/** Ends an operation: calls the host's function, then frees the state. */
template <class State, class... V>
void ended(void *data, toklink_op, const V *...value, const toklink_error *error) {
    const std::unique_ptr<State> owner(static_cast<State *>(data));
    owner->finish(error, value...);
}

/** The function for an operation without a result that has a future. */
struct Nothing {
    void operator()() const noexcept {}
};

/** The function for an operation with a string result that has a future. */
struct Copy {
    std::string operator()(const char &first) const { return std::string(&first); }
};

/** A completion function of the host, which receives the borrowed result or the error. Its exceptions are ignored. */
template <class F, class... V>
struct Completion {
    F function;

    void finish(const toklink_error *error, const V *...value) noexcept {
        guarded([&] {
            function(value..., error);
            return true;
        });
    }
};

/** The state of an operation with this function: a completion if it takes an error, otherwise a future of its value. */
template <class F, class... V>
using StateOf = std::conditional_t<std::is_invocable_v<F, const V *..., const toklink_error *>, Completion<F, V...>,
                                   Pending<F, V...>>;

/** The state of a running operation and the host's functions. */
template <class Base, class Keep>
struct State : Base {
    Keep kept;

    template <class F>
    State(F host, Keep given) : Base{std::move(host)}, kept(std::move(given)) {}
    /** Calls the kept function with a URL. */
    static bool opens(void *data, const char *url) { return guarded(static_cast<State *>(data)->kept, url); }
};

/** Starts an operation. `keep` lives until the operation ends. */
template <class... V, class F, class Start, class Keep = int>
auto start(F function, Start call, Keep keep = {}) {
    using Base = StateOf<F, V...>;
    using Whole = State<Base, Keep>;
    auto *state = new Whole(std::move(function), std::move(keep));
    if constexpr (std::is_same_v<Base, Completion<F, V...>>) {
        toklink_op id = 0;
        call(&ended<Whole, V...>, state, &id, *state);
        return id;
    } else {
        Operation<typename Base::R> operation;
        operation.result = state->promise.get_future();
        call(&ended<Whole, V...>, state, &operation.id, *state);
        return operation;
    }
}

} // namespace detail
} // namespace TOKLINK_MODE
} // namespace toklink

#endif
