/** Tokens, and the keys that they are sealed under. Include toklink.hpp instead. */
#ifndef TOKLINK_SEALING_HPP
#define TOKLINK_SEALING_HPP

#include "error.hpp"

#include <vector>

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
    /** Accounts that are still under another. */
    std::uint64_t outstanding() const noexcept { return toklink_reseal_report_outstanding(handle_.get()); }
    /** Accounts that failed. */
    std::uint64_t failed() const noexcept { return toklink_reseal_report_failed(handle_.get()); }
    /** The name of the key that seals. */
    std::string_view sealing_key() const noexcept { return detail::out(toklink_reseal_report_sealing_key(handle_.get())); }

    /** The C handle; it stays this object's. */
    const toklink_reseal_report *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_reseal_report, toklink_reseal_report_free> handle_;
};

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_SEALING_HPP
