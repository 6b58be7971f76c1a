/** What a host does for the library: a store, and functions that hear of things. Include toklink.hpp instead. */
#ifndef TOKLINK_HOST_HPP
#define TOKLINK_HOST_HPP

#include "result.hpp"

#include <functional>

namespace toklink {
inline namespace TOKLINK_MODE {

/** Where a store puts what it found. */
class StoreReply {
public:
    /** A view of the C reply, as long as the call. */
    explicit StoreReply(toklink_store_reply *reply) noexcept : reply_(reply) {}
    /** Adds an entry; both texts are copied. */
    void add(std::string_view key, std::string_view value) const noexcept {
        toklink_store_reply_add(reply_, detail::in(key), detail::in(value));
    }

private:
    toklink_store_reply *reply_;
};

/**
 * Texts by key, kept by the host: see toklink_store_callbacks. Each function returns whether it could do its work; one
 * that throws could not. Called from several threads at the same time; must not call back in with the same client.
 */
class Store {
public:
    virtual ~Store() = default;
    /** Adds the value of `key` to the reply, or nothing when there is none. */
    virtual bool get(std::string_view key, const StoreReply &reply) = 0;
    /**
     * Makes `next` the value of `key` (nothing: erases it) if its value is exactly `expected` (nothing: if there is
     * none), all at once and durably, and says in `swapped` whether it did.
     */
    virtual bool swap(std::string_view key, std::optional<std::string_view> expected,
                      std::optional<std::string_view> next, bool &swapped) = 0;
    /** Adds every key that begins with `prefix`, and its value, to the reply, in any order. */
    virtual bool list(std::string_view prefix, const StoreReply &reply) = 0;
};

/** A window of requests that is nearly full: views as long as the call. All is 0 where an event is about none. */
struct QuotaWarning {
    /** Whose window it is. */
    std::string_view tenant;
    /** Whose window it is. */
    std::string_view open_id;
    /** What it counts. */
    toklink_quota_kind kind;
    /** 80 or 95. */
    std::uint32_t percent;
    /** How many slots are occupied. */
    std::uint32_t count;
    /** How many there are. */
    std::uint32_t limit;
    /** The length of the window. */
    std::chrono::milliseconds window;
};

/** What happened to an account: a view as long as the call. */
class Event {
public:
    /** A view of the C event. */
    explicit Event(const toklink_event *event) noexcept : event_(event) {}

    /** What happened. */
    toklink_event_kind kind() const noexcept { return toklink_event_what(event_); }
    /** The account's tenant. */
    std::string_view tenant() const noexcept { return detail::out(toklink_event_tenant(event_)); }
    /** The account's open id; empty for an event of no account. */
    std::string_view open_id() const noexcept { return detail::out(toklink_event_open_id(event_)); }
    /** The name of a retired key. */
    std::string_view key() const noexcept { return detail::out(toklink_event_key(event_)); }
    /** When the new access token ends, in milliseconds since 1970 (UTC); 0 unless there is a new one. */
    std::int64_t token_expires_at_ms() const noexcept { return toklink_event_token_expires_at_ms(event_); }
    /** The window that is nearly full; its percent is 0 for other events. */
    QuotaWarning quota_warning() const noexcept {
        return QuotaWarning{tenant(),
                            open_id(),
                            toklink_event_quota_kind(event_),
                            toklink_event_quota_percent(event_),
                            toklink_event_quota_count(event_),
                            toklink_event_quota_limit(event_),
                            detail::millis(toklink_event_quota_window_ms(event_))};
    }
    /** Whether requests go on, counted by this process, while the Redis is away; else they are refused. */
    bool sharing() const noexcept { return toklink_event_sharing(event_); }
    /** Why the Redis of `REDIS_URL` is not used; empty for other events. */
    std::string_view reason() const noexcept { return detail::out(toklink_event_reason(event_)); }
    /** The endpoint of a call that ended; empty for other events. */
    std::string_view operation() const noexcept { return detail::out(toklink_event_operation(event_)); }
    /** How many requests could be sent now in the window that a call counts in. */
    std::uint32_t quota_remaining() const noexcept { return toklink_event_quota_remaining(event_); }
    /** When that window has room again, in milliseconds since 1970 (UTC); 0 for other events. */
    std::int64_t quota_reset_at_ms() const noexcept { return toklink_event_quota_reset_at_ms(event_); }
    /** What a refresh or a call failed with; empty for a call that succeeded. */
    std::string_view failure() const noexcept {
        return detail::out(toklink_error_message(toklink_event_error(event_)));
    }
    /** The scopes that the user took back. */
    std::vector<std::string> lost_scopes() const {
        return detail::texts<std::string>(toklink_event_lost_scope_count, toklink_event_lost_scope_at, event_);
    }
    /** Milliseconds since 1970 (UTC). */
    std::int64_t at_ms() const noexcept { return toklink_event_at_ms(event_); }
    /** Returns the number of events that were dropped before this one because the listener was too slow. */
    std::uint64_t lagged() const noexcept { return toklink_event_lagged(event_); }

private:
    const toklink_event *event_;
};

/** Hears of a window that is nearly full. */
using QuotaWarningFunction = std::function<void(const QuotaWarning &)>;

/** Hears a line of the log, which lives as long as the call. */
using LogFunction = std::function<void(toklink_log_level level, std::string_view line)>;

/** Hears what happens to accounts, on the client's thread of callbacks. */
using EventFunction = std::function<void(const Event &)>;

namespace detail {

template <typename Kept>
void forgotten(void *user_data) noexcept {
    delete static_cast<Kept *>(user_data);
}

inline Store &store_of(void *user_data) noexcept { return **static_cast<std::shared_ptr<Store> *>(user_data); }

inline std::optional<std::string_view> maybe(const toklink_str *text) noexcept {
    return text == nullptr ? std::nullopt : std::optional<std::string_view>(out(*text));
}

inline bool store_get(void *user_data, toklink_str key, toklink_store_reply *reply) noexcept {
    return guarded([&] { return store_of(user_data).get(out(key), StoreReply(reply)); });
}

inline bool store_swap(void *user_data, toklink_str key, const toklink_str *expected, const toklink_str *next,
                       bool *swapped) noexcept {
    return guarded([&] { return store_of(user_data).swap(out(key), maybe(expected), maybe(next), *swapped); });
}

inline bool store_list(void *user_data, toklink_str prefix, toklink_store_reply *reply) noexcept {
    return guarded([&] { return store_of(user_data).list(out(prefix), StoreReply(reply)); });
}

inline void warn(void *user_data, toklink_str tenant, toklink_str open_id, toklink_quota_kind kind,
                 std::uint32_t percent, std::uint32_t count, std::uint32_t limit, std::uint64_t window_ms) noexcept {
    guarded([&] {
        (*static_cast<QuotaWarningFunction *>(user_data))(
            QuotaWarning{out(tenant), out(open_id), kind, percent, count, limit, millis(window_ms)});
        return true;
    });
}

inline void log(void *user_data, toklink_log_level level, toklink_str line) noexcept {
    guarded([&] {
        (*static_cast<LogFunction *>(user_data))(level, out(line));
        return true;
    });
}

inline void happened(void *user_data, const toklink_event *event) noexcept {
    guarded([&] {
        (*static_cast<EventFunction *>(user_data))(Event(event));
        return true;
    });
}

} // namespace detail

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_HOST_HPP
