/** Login of a program on this machine. Include toklink.hpp instead. */
#ifndef TOKLINK_LOGIN_HPP
#define TOKLINK_LOGIN_HPP

#include "account.hpp"

namespace toklink {

/** Who begins a login, and where it goes. */
class LoginRequest {
public:
    /** An empty request, which asks for the default scopes. */
    LoginRequest() : handle_(detail::made(toklink_login_request_new())) {}

    /** The tenant that the account is for. */
    LoginRequest &tenant(std::string_view value) { return set(toklink_login_request_set_tenant, value); }
    /** The person signed in at the host. */
    LoginRequest &user_id(std::string_view value) { return set(toklink_login_request_set_user_id, value); }
    /** A registered redirect URI on loopback; port 0 stands for any free one. */
    LoginRequest &redirect_uri(std::string_view value) { return set(toklink_login_request_set_redirect_uri, value); }
    /** One scope to ask for instead of the default ones. */
    LoginRequest &scope(std::string_view value) { return set(toklink_login_request_add_scope, value); }

    /** The C handle; it stays this object's. */
    const toklink_login_request *get() const noexcept { return handle_.get(); }

private:
    template <typename Setter>
    LoginRequest &set(Setter setter, std::string_view value) {
        detail::call([&](toklink_error **error) { return setter(handle_.get(), detail::in(value), error); });
        return *this;
    }

    detail::Owned<toklink_login_request, toklink_login_request_free> handle_;
};

/** A login that waits on this machine for the browser to come back. */
class DesktopLogin {
public:
    /** The C type behind it. */
    using Handle = toklink_desktop_login;
    /** Takes the handle over. */
    explicit DesktopLogin(toklink_desktop_login *handle) noexcept : handle_(handle) {}

    /** The address to open in the user's browser. */
    std::string_view url() const noexcept { return detail::out(toklink_desktop_login_url(handle_.get())); }
    /** Where the browser will come back to. */
    std::string_view redirect_uri() const noexcept { return detail::out(toklink_desktop_login_redirect_uri(handle_.get())); }

    /** The C handle; it stays this object's. */
    const toklink_desktop_login *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_desktop_login, toklink_desktop_login_free> handle_;
};

/** A login that has ended with a stored account. */
class LoginResult {
public:
    /** The C type behind it. */
    using Handle = toklink_login_result;
    /** Takes the handle over. */
    explicit LoginResult(toklink_login_result *handle) noexcept : handle_(handle) {}

    /** The account. */
    Account account() const { return Account::of(toklink_login_result_account(handle_.get())); }

    /** The C handle; it stays this object's. */
    const toklink_login_result *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_login_result, toklink_login_result_free> handle_;
};

} // namespace toklink

#endif // TOKLINK_LOGIN_HPP
