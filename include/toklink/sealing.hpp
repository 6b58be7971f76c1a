/** Tokens, and the keys that they are sealed under. Include toklink.hpp instead. */
#ifndef TOKLINK_SEALING_HPP
#define TOKLINK_SEALING_HPP

#include "operation.hpp"

#include <functional>

namespace toklink {
inline namespace TOKLINK_MODE {

/** A pair of tokens, wiped with this object; for hosts that keep them themselves. */
class Tokens {
public:
    /** The C type behind it. */
    using Handle = toklink_tokens;
    /** Takes the handle over. */
    explicit Tokens(toklink_tokens *handle) noexcept : handle_(handle) {}

    /** The access token: a secret. */
    std::string_view access_token() const noexcept { return detail::out(toklink_tokens_access_token(handle_.get())); }
    /** The refresh token: a secret. */
    std::string_view refresh_token() const noexcept { return detail::out(toklink_tokens_refresh_token(handle_.get())); }
    /** TikTok's id of the user. */
    std::string_view open_id() const noexcept { return detail::out(toklink_tokens_open_id(handle_.get())); }
    /** When the access token ends, in milliseconds since 1970 (UTC). */
    std::int64_t access_expires_at_ms() const noexcept { return toklink_tokens_access_expires_at_ms(handle_.get()); }
    /** When the refresh token ends, in milliseconds since 1970 (UTC), if known. */
    std::optional<std::int64_t> refresh_expires_at_ms() const noexcept {
        return detail::known(toklink_tokens_refresh_expires_at_ms, get());
    }
    /** The granted scopes. */
    std::vector<std::string_view> scopes() const {
        return detail::texts<std::string_view>(toklink_tokens_scope_count, toklink_tokens_scope_at, get());
    }

    /** The C handle; it stays this object's. */
    const toklink_tokens *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_tokens, toklink_tokens_free> handle_;
};

/** What a change of keys did, or has still to do. */
class ResealReport {
public:
    /** The C type behind it. */
    using Handle = toklink_reseal_report;
    /** Takes the handle over. */
    explicit ResealReport(toklink_reseal_report *handle) noexcept : handle_(handle) {}

    /** Accounts looked at. */
    std::uint64_t done() const noexcept { return toklink_reseal_report_done(handle_.get()); }
    /** Accounts sealed anew. */
    std::uint64_t resealed() const noexcept { return toklink_reseal_report_resealed(handle_.get()); }
    /** Accounts that were under the current key. */
    std::uint64_t current() const noexcept { return toklink_reseal_report_current(handle_.get()); }
    /** Accounts that are not in the format that was asked for, under the first key. */
    std::uint64_t outstanding() const noexcept { return toklink_reseal_report_outstanding(handle_.get()); }
    /** Accounts that failed. */
    std::uint64_t failed() const noexcept { return toklink_reseal_report_failed(handle_.get()); }
    /** Accounts without tokens: disconnected ones whose tokens are erased, and those erased before their turn came. */
    std::uint64_t skipped() const noexcept { return toklink_reseal_report_skipped(handle_.get()); }
    /** Accounts that hold a value of the old format; `accept_legacy` is safe to switch off at 0. */
    std::uint64_t legacy() const noexcept { return toklink_reseal_report_legacy(handle_.get()); }
    /** Accounts that hold a value under another key than the sealing one. */
    std::uint64_t older_key() const noexcept { return toklink_reseal_report_older_key(handle_.get()); }
    /** Accounts that hold a token in clear text. */
    std::uint64_t clear_text() const noexcept { return toklink_reseal_report_clear_text(handle_.get()); }
    /** At most a hundred failures: tenant, account, code, sentence. */
    std::vector<std::string_view> failures() const {
        return detail::texts<std::string_view>(toklink_reseal_report_failure_count, toklink_reseal_report_failure_at, get());
    }
    /** The keys that are still needed: the name of each and how many accounts need it, with a blank between. */
    std::vector<std::string_view> needed_keys() const {
        return detail::texts<std::string_view>(toklink_reseal_report_key_count, toklink_reseal_report_key_at, get());
    }
    /** The name of the key that seals. */
    std::string_view sealing_key() const noexcept { return detail::out(toklink_reseal_report_sealing_key(handle_.get())); }

    /** The C handle; it stays this object's. */
    const toklink_reseal_report *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_reseal_report, toklink_reseal_report_free> handle_;
};

/** How far a change of keys has come: a view as long as the call. */
class ResealProgress {
public:
    /** A view of C progress. */
    explicit ResealProgress(const toklink_reseal_progress *view) noexcept : view_(view) {}

    /** Accounts looked at. */
    std::uint64_t done() const noexcept { return toklink_reseal_progress_done(view_); }
    /** Accounts sealed anew. */
    std::uint64_t resealed() const noexcept { return toklink_reseal_progress_resealed(view_); }
    /** Accounts that needed nothing. */
    std::uint64_t current() const noexcept { return toklink_reseal_progress_current(view_); }
    /** Accounts without tokens: disconnected ones whose tokens are erased, and those erased before their turn came. */
    std::uint64_t skipped() const noexcept { return toklink_reseal_progress_skipped(view_); }
    /** Accounts that failed, and are as they were. */
    std::uint64_t failed() const noexcept { return toklink_reseal_progress_failed(view_); }
    /** Accounts that there are, if the store knows. */
    std::optional<std::uint64_t> total() const noexcept { return detail::known(toklink_reseal_progress_total, view_); }

private:
    const toklink_reseal_progress *view_;
};

/** Hears how far a change of keys has come; returns whether to go on. */
using ResealFunction = std::function<bool(const ResealProgress &)>;

namespace detail {

/** The completion and the progress get the same: what waits holds the function. */
inline bool resealing(void *user_data, const toklink_reseal_progress *from) noexcept {
    const auto *waiting = static_cast<Waiting<ResealReport> *>(user_data);
    return guarded([&] { return (*static_cast<ResealFunction *>(waiting->heard.get()))(ResealProgress(from)); });
}

} // namespace detail

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_SEALING_HPP
