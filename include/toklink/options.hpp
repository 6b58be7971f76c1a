/** Settings of a client, and authorize links. Include toklink.hpp instead. */
#ifndef TOKLINK_OPTIONS_HPP
#define TOKLINK_OPTIONS_HPP

#include "host.hpp"

namespace toklink {
inline namespace TOKLINK_MODE {

/** Settings of a client; Client judges all of them at once. */
class ClientOptions : public detail::Builder {
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
    /** A PEM file with the certificates of authorities to trust in addition to the built-in ones. */
    ClientOptions &ca_file(std::string_view path) { return set(toklink_client_options_set_ca_file, path); }
    /** The SQLite file that keeps accounts, journal and leases. */
    ClientOptions &sqlite_path(std::string_view path) { return set(toklink_client_options_set_sqlite_path, path); }

    /** Counts requests in this Redis for all processes that use it: `redis://host:port`, or `rediss://` with TLS. */
    ClientOptions &redis_url(std::string_view value) { return set(toklink_client_options_set_redis_url, value); }
    /** Uses no Redis, whatever the environment names. */
    ClientOptions &no_redis() {
        change([&](toklink_error **error) { return toklink_client_options_set_no_redis(handle_.get(), error); });
        return *this;
    }
    /** While the Redis is away, goes on with the share of one of `processes`; 0 refuses requests instead. */
    ClientOptions &redis_fallback_share(std::uint32_t processes) {
        change([&](toklink_error **error) {
            return toklink_client_options_set_redis_fallback_share(handle_.get(), processes, error);
        });
        return *this;
    }
    /** Keeps publishes in the journal for this long after they ended; default 30 days, at least one. */
    ClientOptions &journal_retention(detail::UnsignedMillis retention) {
        change([&](toklink_error **error) {
            return toklink_client_options_set_journal_retention(handle_.get(), retention.count(), error);
        });
        return *this;
    }
    /** Which limits are kept. */
    ClientOptions &quota_policy(toklink_quota_policy policy) {
        change([&](toklink_error **error) {
            return toklink_client_options_set_quota_policy(handle_.get(), static_cast<std::uint32_t>(policy), error);
        });
        return *this;
    }
    /** How long a profile and a page of videos that were read are shown again; 0 asks TikTok each time. */
    ClientOptions &cache(detail::UnsignedMillis user_info, detail::UnsignedMillis videos) {
        change([&](toklink_error **error) {
            return toklink_client_options_set_cache(handle_.get(), user_info.count(), videos.count(), error);
        });
        return *this;
    }
    /** Whether values in the format of an earlier program open. */
    ClientOptions &accept_legacy(bool accept) {
        change([&](toklink_error **error) {
            return toklink_client_options_set_accept_legacy(handle_.get(), accept, error);
        });
        return *this;
    }
    /** Sets whether relayed videos may be read from loopback addresses, also without TLS. */
    ClientOptions &relay_from_loopback(bool allow) {
        change([&](toklink_error **error) {
            return toklink_client_options_set_relay_from_loopback(handle_.get(), allow, error);
        });
        return *this;
    }
    /** A store of the host's own instead of SQLite. */
    ClientOptions &store(std::shared_ptr<Store> store) {
        auto kept = std::make_unique<std::shared_ptr<Store>>(std::move(store));
        const toklink_store_callbacks callbacks{kept.get(), detail::store_get, detail::store_swap, detail::store_list,
                                                detail::forgotten<std::shared_ptr<Store>>};
        change([&](toklink_error **error) {
            // From here on the library gives it back through `forgotten`, also when this fails.
            static_cast<void>(kept.release());
            return toklink_client_options_set_store(handle_.get(), &callbacks, error);
        });
        return *this;
    }
    /** Hears when a request fills a window to 80 and to 95 percent; must not call back in. */
    ClientOptions &on_quota_warning(QuotaWarningFunction function) {
        return listen(toklink_client_options_set_quota_warning, detail::warn, std::move(function));
    }
    /** Hears a line for each operation that ended. No line holds a secret. */
    ClientOptions &on_log(LogFunction function) {
        return listen(toklink_client_options_set_log, detail::log, std::move(function));
    }

    /** The C handle; it stays this object's. */
    const toklink_client_options *get() const noexcept { return handle_.get(); }

private:
    using Setter = toklink_status (*)(toklink_client_options *, toklink_str, toklink_error **);

    explicit ClientOptions(toklink_client_options *handle) : handle_(handle) {}

    template <typename Install, typename Call, typename Function>
    ClientOptions &listen(Install install, Call call, Function function) {
        auto kept = std::make_unique<Function>(std::move(function));
        change([&](toklink_error **error) {
            // From here on the library gives it back through `forgotten`, also when this fails.
            return install(handle_.get(), call, kept.release(), detail::forgotten<Function>, error);
        });
        return *this;
    }
    ClientOptions &set(Setter setter, std::string_view value) {
        change([&](toklink_error **error) { return setter(handle_.get(), detail::in(value), error); });
        return *this;
    }

    detail::Owned<toklink_client_options, toklink_client_options_free> handle_;
};

/** What an authorize link asks for. */
class AuthorizeLink : public detail::Builder {
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
        change([&](toklink_error **error) {
            return toklink_authorize_link_set_disable_auto_auth(handle_.get(), disable, error);
        });
        return *this;
    }

    /** The C handle; it stays this object's. */
    const toklink_authorize_link *get() const noexcept { return handle_.get(); }

private:
    using Setter = toklink_status (*)(toklink_authorize_link *, toklink_str, toklink_error **);

    AuthorizeLink &set(Setter setter, std::string_view value) {
        change([&](toklink_error **error) { return setter(handle_.get(), detail::in(value), error); });
        return *this;
    }

    detail::Owned<toklink_authorize_link, toklink_authorize_link_free> handle_;
};

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_OPTIONS_HPP
