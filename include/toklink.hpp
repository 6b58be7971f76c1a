/**
 * toklink for C++17: the C interface of toklink.h with owners, views and exceptions. Header-only.
 *
 * - A class owns its handle and frees it; it moves and does not copy. A moved-from object may only be assigned to or
 *   destroyed.
 * - A failure is thrown as toklink::Error, which is a std::runtime_error and copies without allocation.
 * - A std::string_view is a view of its owner: it dies with it. Nothing else outlives what it came from.
 * - Thread safety is that of the C type of the same name.
 * - A call that can take long has a twin `_async`, whose Operation holds the number to cancel it by and a std::future.
 *   Freeing the client cancels what runs and fulfils every future first.
 * - A progress function that throws cancels its publish; the exception goes no further.
 */
#ifndef TOKLINK_HPP
#define TOKLINK_HPP

#include "toklink/account.hpp"
#include "toklink/error.hpp"
#include "toklink/login.hpp"
#include "toklink/publish.hpp"
#include "toklink/reports.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace toklink {

/** Settings of a client; Client judges all of them at once. */
class ClientOptions {
public:
    /** Empty settings. */
    ClientOptions() : handle_(detail::made(toklink_client_options_new())) {}
    /** Settings filled from the environment; see toklink_client_options_from_env. */
    static ClientOptions from_env() { return ClientOptions(detail::made(toklink_client_options_from_env())); }

    /** The app's client key. Required. */
    ClientOptions &client_key(std::string_view value) { return set(toklink_client_options_set_client_key, value); }
    /** The app's client secret. Required. */
    ClientOptions &client_secret(std::string_view value) {
        return set(toklink_client_options_set_client_secret, value);
    }
    /** The redirect URI that is used when a login names none. */
    ClientOptions &callback_url(std::string_view value) {
        return set(toklink_client_options_set_callback_url, value);
    }
    /** The one key that seals tokens: 64 hex digits, or base64 of 32 bytes. */
    ClientOptions &encryption_key(std::string_view value) {
        return set(toklink_client_options_set_encryption_key, value);
    }
    /** A ring of keys, `kid:hex,kid:hex`: the first seals, all open. */
    ClientOptions &encryption_keys(std::string_view value) {
        return set(toklink_client_options_set_encryption_keys, value);
    }
    /** Another API host: https, or http on loopback. */
    ClientOptions &api_base_url(std::string_view value) {
        return set(toklink_client_options_set_api_base_url, value);
    }
    /** Another host of the authorize page: https, or http on loopback. */
    ClientOptions &auth_base_url(std::string_view value) {
        return set(toklink_client_options_set_auth_base_url, value);
    }
    /** The SQLite file that keeps accounts, journal and leases. */
    ClientOptions &sqlite_path(std::string_view path) { return set(toklink_client_options_set_sqlite_path, path); }

    /** The C handle; it stays this object's. */
    const toklink_client_options *get() const noexcept { return handle_.get(); }

private:
    using Setter = toklink_status (*)(toklink_client_options *, toklink_str, toklink_error **);

    explicit ClientOptions(toklink_client_options *handle) : handle_(handle) {}

    ClientOptions &set(Setter setter, std::string_view value) {
        detail::call([&](toklink_error **error) { return setter(handle_.get(), detail::in(value), error); });
        return *this;
    }

    detail::Owned<toklink_client_options, toklink_client_options_free> handle_;
};

/** What an authorize link asks for. */
class AuthorizeLink {
public:
    /** A link with this state, which comes back with the callback: unguessable and used once. */
    explicit AuthorizeLink(std::string_view state) : handle_(detail::made(toklink_authorize_link_new())) {
        set(toklink_authorize_link_set_state, state);
    }

    /** A registered redirect URI. Default: the client's callback URL. */
    AuthorizeLink &redirect_uri(std::string_view value) {
        return set(toklink_authorize_link_set_redirect_uri, value);
    }
    /** The PKCE challenge: SHA-256 of the verifier in lower-case hex. */
    AuthorizeLink &code_challenge(std::string_view value) {
        return set(toklink_authorize_link_set_code_challenge, value);
    }
    /** One scope to ask for instead of the default ones. */
    AuthorizeLink &scope(std::string_view value) { return set(toklink_authorize_link_add_scope, value); }
    /** Whether the consent page is shown even to a user who granted the same before. */
    AuthorizeLink &disable_auto_auth(bool disable) {
        detail::call([&](toklink_error **error) {
            return toklink_authorize_link_set_disable_auto_auth(handle_.get(), disable, error);
        });
        return *this;
    }

    /** The C handle; it stays this object's. */
    const toklink_authorize_link *get() const noexcept { return handle_.get(); }

private:
    using Setter = toklink_status (*)(toklink_authorize_link *, toklink_str, toklink_error **);

    AuthorizeLink &set(Setter setter, std::string_view value) {
        detail::call([&](toklink_error **error) { return setter(handle_.get(), detail::in(value), error); });
        return *this;
    }

    detail::Owned<toklink_authorize_link, toklink_authorize_link_free> handle_;
};

/** A client of TikTok for one app. */
class Client {
public:
    /** Makes a client of these settings, which stay the caller's. */
    explicit Client(const ClientOptions &options) {
        toklink_client *client = nullptr;
        detail::call([&](toklink_error **error) { return toklink_client_new(options.get(), &client, error); });
        handle_.reset(client);
    }

    /** The address of TikTok's consent page for this link. */
    std::string authorize_url(const AuthorizeLink &link) const {
        struct Buffer : toklink_buf {
            Buffer() : toklink_buf{nullptr, 0} {}
            Buffer(const Buffer &) = delete;
            Buffer &operator=(const Buffer &) = delete;
            ~Buffer() { toklink_buf_free(this); }
        } url;
        detail::call([&](toklink_error **error) {
            return toklink_client_authorize_url(handle_.get(), link.get(), &url, error);
        });
        return std::string(url.data, url.len);
    }

    /** How full each window of requests is for the account `open_id` of `tenant`. */
    QuotaStatus quota_status(std::string_view tenant, std::string_view open_id) const {
        toklink_quota_status *status = nullptr;
        detail::call([&](toklink_error **error) {
            return toklink_client_quota_status(handle_.get(), detail::in(tenant), detail::in(open_id), &status, error);
        });
        return QuotaStatus(status);
    }

    /** The connected accounts of a tenant. */
    AccountList accounts(std::string_view tenant = {}) const {
        return made<AccountList>(toklink_client_accounts, detail::in(tenant));
    }
    /** Ends the connection, at TikTok and here. */
    void disconnect(const AccountRef &account) const { run(toklink_client_disconnect, account); }
    /** The profile, as far as the granted scopes show it. */
    UserInfo user_info(const AccountRef &account) const { return read<UserInfo>(toklink_client_user_info, account); }
    /** Figures of the account. */
    AccountMetrics account_metrics(const AccountRef &account) const {
        return read<AccountMetrics>(toklink_client_account_metrics, account);
    }
    /** account_metrics without waiting. */
    Operation<AccountMetrics> account_metrics_async(const AccountRef &account) const {
        return detail::begun<AccountMetrics, toklink_account_metrics>(nullptr, [&](auto done, void *data, auto *out, auto **error) {
            return toklink_client_account_metrics_async(handle_.get(), detail::in(account.tenant),
                                                        detail::in(account.open_id), done, data, out, error);
        });
    }
    /** One page of public videos; 0 begins with the newest, otherwise the last page's next cursor. */
    VideoPage list_videos(const AccountRef &account, std::int64_t cursor = 0, std::uint32_t max_count = 20) const {
        return read<VideoPage>(toklink_client_list_videos, account, cursor, max_count);
    }
    /** What the creator may post now. */
    CreatorInfo creator_info(const AccountRef &account) const {
        return read<CreatorInfo>(toklink_client_creator_info, account);
    }
    /** Posts a video; blocks until TikTok has an outcome. */
    PublishOutcome publish_video(const AccountRef &account, const PublishRequest &request) const {
        return read<PublishOutcome>(toklink_client_publish_video, account, request.get());
    }
    /** Goes on with a publish that broke off, named by its idempotency key or publish id; from the file it began with. */
    PublishOutcome resume_publish(const AccountRef &account, std::string_view name) const {
        return read<PublishOutcome>(toklink_client_resume_publish, account, detail::in(name),
                                    static_cast<const toklink_publish_request *>(nullptr));
    }
    /** As above, with the video given again. */
    PublishOutcome resume_publish(const AccountRef &account, std::string_view name, const PublishRequest &request) const {
        return read<PublishOutcome>(toklink_client_resume_publish, account, detail::in(name), request.get());
    }
    /** publish_video without waiting. */
    Operation<PublishOutcome> publish_video_async(const AccountRef &account, const PublishRequest &request) const {
        return publish(toklink_client_publish_video_async, account, request);
    }
    /** Posts photos; blocks until TikTok has an outcome. */
    PublishOutcome publish_photos(const AccountRef &account, const PublishRequest &request) const {
        return read<PublishOutcome>(toklink_client_publish_photos, account, request.get());
    }
    /** publish_photos without waiting. */
    Operation<PublishOutcome> publish_photos_async(const AccountRef &account, const PublishRequest &request) const {
        return publish(toklink_client_publish_photos_async, account, request);
    }
    /** Begins a login of a program on this machine. */
    DesktopLogin begin_desktop_login(const LoginRequest &request) const {
        toklink_desktop_login *login = nullptr;
        detail::call([&](toklink_error **error) {
            return toklink_desktop_login_begin(handle_.get(), request.get(), &login, error);
        });
        return DesktopLogin(login);
    }
    /** Waits until the browser has come back. */
    LoginResult wait(const DesktopLogin &login) const {
        toklink_login_result *result = nullptr;
        detail::call([&](toklink_error **error) {
            return toklink_desktop_login_wait(handle_.get(), login.get(), &result, error);
        });
        return LoginResult(result);
    }
    /** wait without waiting. */
    Operation<LoginResult> wait_async(const DesktopLogin &login) const {
        return detail::begun<LoginResult, toklink_login_result>(nullptr, [&](auto done, void *data, auto *out, auto **error) {
            return toklink_desktop_login_wait_async(handle_.get(), login.get(), done, data, out, error);
        });
    }
    /** Asks an operation to stop; its future then throws `TOKLINK_ERR_CANCELLED`, unless it ended first. */
    bool cancel(std::uint64_t operation) const noexcept { return toklink_client_cancel(handle_.get(), operation); }
    /** Cancels what runs, waits for it, and refuses new work. */
    void close() const {
        detail::call([&](toklink_error **error) { return toklink_client_close(handle_.get(), error); });
    }

    /** The C handle; it stays this object's. For what has no C++ spelling here. */
    const toklink_client *get() const noexcept { return handle_.get(); }

private:
    template <typename Made, typename Function, typename... Rest>
    Made made(Function function, Rest... rest) const {
        typename Made::Handle *handle = nullptr;
        detail::call([&](toklink_error **error) { return function(handle_.get(), rest..., &handle, error); });
        return Made(handle);
    }
    template <typename Made, typename Function, typename... Rest>
    Made read(Function function, const AccountRef &account, Rest... rest) const {
        return made<Made>(function, detail::in(account.tenant), detail::in(account.open_id), rest...);
    }
    template <typename Function>
    void run(Function function, const AccountRef &account) const {
        detail::call([&](toklink_error **error) {
            return function(handle_.get(), detail::in(account.tenant), detail::in(account.open_id), error);
        });
    }
    template <typename Function>
    Operation<PublishOutcome> publish(Function function, const AccountRef &account, const PublishRequest &request) const {
        return detail::begun<PublishOutcome, toklink_publish_outcome>(
            request.progress(), [&](auto done, void *data, auto *out, auto **error) {
                return function(handle_.get(), detail::in(account.tenant), detail::in(account.open_id), request.get(),
                                done, data, out, error);
            });
    }

    detail::Owned<toklink_client, toklink_client_free> handle_;
};

} // namespace toklink

#endif // TOKLINK_HPP
