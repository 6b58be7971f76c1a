/** The figures of many accounts, once a day or more often. Include toklink.hpp instead. */
#ifndef TOKLINK_COLLECT_HPP
#define TOKLINK_COLLECT_HPP

#include "account.hpp"

#include <chrono>
#include <functional>

namespace toklink {
inline namespace TOKLINK_MODE {

/** How far a sweep has come: a view as long as the call. */
class CollectProgress {
public:
    /** A view of C progress. */
    explicit CollectProgress(const toklink_collect_progress *view) noexcept : view_(view) {}

    /** Accounts whose figures of the day are now stored. */
    std::uint64_t collected() const noexcept { return toklink_collect_progress_collected(view_); }
    /** Accounts whose figures of the day were there and not older than `max_age`, or are being collected by another worker. */
    std::uint64_t current() const noexcept { return toklink_collect_progress_current(view_); }
    /** Accounts that cannot be read until their user connects again. */
    std::uint64_t skipped() const noexcept { return toklink_collect_progress_skipped(view_); }
    /** Accounts that could not be read; the next run tries them again. */
    std::uint64_t failed() const noexcept { return toklink_collect_progress_failed(view_); }
    /** Accounts that there are, if the store knows. */
    std::optional<std::uint64_t> total() const noexcept { return detail::known(toklink_collect_progress_total, view_); }

private:
    const toklink_collect_progress *view_;
};

/** Hears how far a sweep has come; returns whether to go on. */
using CollectFunction = std::function<bool(const CollectProgress &)>;

namespace detail {

inline bool collected(void *user_data, const toklink_collect_progress *from) noexcept {
    return guarded([&] { return (*static_cast<CollectFunction *>(user_data))(CollectProgress(from)); });
}

} // namespace detail

/** Which accounts are read, and how; an empty one: all of them. */
class CollectRequest : public detail::Builder {
public:
    /** A request for all accounts. */
    CollectRequest() : handle_(detail::made(toklink_collect_request_new())) {}

    /** Reads the accounts of this tenant alone. Not together with `account`. */
    CollectRequest &tenant(std::string_view value) { return set(toklink_collect_request_set_tenant, detail::in(value)); }
    /** Reads this account, and no others than those that are added. */
    CollectRequest &account(const AccountRef &account) {
        return set(toklink_collect_request_add_account, detail::in(account.tenant), detail::in(account.open_id));
    }
    /** Reads so many accounts at a time, 1 to 100. */
    CollectRequest &max_concurrency(std::size_t value) { return set(toklink_collect_request_set_max_concurrency, value); }
    /** Reads accounts again whose metrics of today are older than this; without it each account once a day. */
    CollectRequest &max_age(std::chrono::milliseconds value) {
        return set(toklink_collect_request_set_max_age, static_cast<std::uint64_t>(value.count()));
    }
    /** Reads at most so many accounts in this run; 0: no limit. */
    CollectRequest &limit(std::size_t value) { return set(toklink_collect_request_set_limit, value); }
    /** Hears of progress; `false` stops the sweep, which keeps what it has read. */
    CollectRequest &on_progress(CollectFunction function) {
        progress_ = std::make_shared<CollectFunction>(std::move(function));
        return set(toklink_collect_request_set_progress, detail::collected, progress_.get());
    }

    /** What an operation keeps of the request. */
    std::shared_ptr<CollectFunction> progress() const noexcept { return progress_; }
    /** The C handle; it stays this object's. */
    const toklink_collect_request *get() const noexcept { return handle_.get(); }

private:
    template <typename Setter, typename... Values>
    CollectRequest &set(Setter setter, Values... values) {
        change([&](toklink_error **error) { return setter(handle_.get(), values..., error); });
        return *this;
    }

    detail::Owned<toklink_collect_request, toklink_collect_request_free> handle_;
    std::shared_ptr<CollectFunction> progress_;
};

/** An account that could not be read: views of its report. */
struct CollectFailure {
    /** Whose figures it is about. */
    std::string_view tenant;
    /** Whose figures it is about. */
    std::string_view open_id;
    /** What to do next. */
    toklink_status status;
    /** What happened, without a secret. */
    std::string_view message;
};

/** What a sweep did. */
class CollectReport {
public:
    /** The C type behind it. */
    using Handle = toklink_collect_report;
    /** Takes the handle over. */
    explicit CollectReport(toklink_collect_report *handle) noexcept : handle_(handle) {}

    /** Accounts whose figures of the day are now stored. */
    std::uint64_t collected() const noexcept { return toklink_collect_report_collected(get()); }
    /** Accounts whose figures of the day were there already, or are being collected by another worker. */
    std::uint64_t current() const noexcept { return toklink_collect_report_current(get()); }
    /** Accounts that cannot be read until their user connects again. */
    std::uint64_t skipped() const noexcept { return toklink_collect_report_skipped(get()); }
    /** Accounts that could not be read; the next run tries them again. */
    std::uint64_t failed() const noexcept { return toklink_collect_report_failed(get()); }
    /** Accounts that there are, if the store knows. */
    std::optional<std::uint64_t> total() const noexcept { return detail::known(toklink_collect_report_total, get()); }
    /** The day in UTC that the figures are of, as `2026-11-23`. */
    std::string_view day() const noexcept { return detail::out(toklink_collect_report_day(get())); }
    /** Whether every account had its turn; if not, begin it again to go on. */
    bool complete() const noexcept { return toklink_collect_report_complete(get()); }
    /** How many failures are told one by one, at most a hundred. */
    std::size_t failure_count() const noexcept { return toklink_collect_report_failure_count(get()); }
    /** The failure at `index`; std::out_of_range beyond the last. */
    CollectFailure failure(std::size_t index) const {
        const toklink_collect_failure *found = toklink_collect_report_failure_at(get(), index);
        if (found == nullptr) {
            detail::misused("toklink::CollectReport::failure");
        }
        return CollectFailure{detail::out(toklink_collect_failure_tenant(found)),
                              detail::out(toklink_collect_failure_open_id(found)), toklink_collect_failure_status(found),
                              detail::out(toklink_collect_failure_message(found))};
    }

    /** The C handle; it stays this object's. */
    const toklink_collect_report *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_collect_report, toklink_collect_report_free> handle_;
};

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_COLLECT_HPP
