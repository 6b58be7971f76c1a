/** Login, for web hosts and for programs on this machine. Include toklink.hpp instead. */
#ifndef TOKLINK_LOGIN_HPP
#define TOKLINK_LOGIN_HPP

#include "account.hpp"

namespace toklink {
inline namespace TOKLINK_MODE {

/** Who begins a login, and where it goes. */
class LoginRequest : public detail::Builder {
public:
    /** An empty request, which asks for the default scopes. */
    LoginRequest() : handle_(detail::made(toklink_login_request_new())) {}

    /** The tenant that the account is for. */
    LoginRequest &tenant(std::string_view value) { return set(toklink_login_request_set_tenant, value); }
    /** The person signed in at the host. */
    LoginRequest &user_id(std::string_view value) { return set(toklink_login_request_set_user_id, value); }
    /** A registered redirect URI on loopback; port 0 stands for any free one. */
    LoginRequest &redirect_uri(std::string_view value) { return set(toklink_login_request_set_redirect_uri, value); }
    /** Where a web host sends the browser afterwards: a path of its own. */
    LoginRequest &return_to(std::string_view value) { return set(toklink_login_request_set_return_to, value); }
    /** One scope to ask for instead of the default ones. */
    LoginRequest &scope(std::string_view value) { return set(toklink_login_request_add_scope, value); }

    /** The C handle; it stays this object's. */
    const toklink_login_request *get() const noexcept { return handle_.get(); }

private:
    template <typename Setter>
    LoginRequest &set(Setter setter, std::string_view value) {
        change([&](toklink_error **error) { return setter(handle_.get(), detail::in(value), error); });
        return *this;
    }

    detail::Owned<toklink_login_request, toklink_login_request_free> handle_;
};

/** A web host's login that has begun; views of it die with it. */
class LoginStart {
public:
    /** The C type behind it. */
    using Handle = toklink_login_start;
    /** Takes the handle over. */
    explicit LoginStart(toklink_login_start *handle) noexcept : handle_(handle) {}

    /** Where to send the browser. */
    std::string_view authorize_url() const noexcept { return detail::out(toklink_login_start_authorize_url(handle_.get())); }
    /** Single use; comes back with the callback. */
    std::string_view state() const noexcept { return detail::out(toklink_login_start_state(handle_.get())); }
    /** The name of the cookie to set: httpOnly, secure, sameSite=Lax. */
    std::string_view cookie_name() const noexcept { return detail::out(toklink_login_start_cookie_name(handle_.get())); }
    /** The value of the cookie. */
    std::string_view cookie_value() const noexcept { return detail::out(toklink_login_start_cookie_value(handle_.get())); }
    /** How long the cookie lives. */
    std::chrono::milliseconds cookie_max_age() const noexcept {
        return detail::millis(toklink_login_start_cookie_max_age_ms(handle_.get()));
    }

    /** The C handle; it stays this object's. */
    const toklink_login_start *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_login_start, toklink_login_start_free> handle_;
};

/** Whose login it is: a view of what holds it. */
class LoginView {
public:
    /** A view of a C inspection. */
    explicit LoginView(const toklink_login_inspection *view) noexcept : view_(view) {}

    /** The tenant that it was begun for. */
    std::string_view tenant() const noexcept { return detail::out(toklink_login_inspection_tenant(view_)); }
    /** The person who began it: must be the one signed in now. */
    std::string_view user_id() const noexcept { return detail::out(toklink_login_inspection_user_id(view_)); }
    /** Where the browser goes afterwards; may be empty. */
    std::string_view return_to() const noexcept { return detail::out(toklink_login_inspection_return_to(view_)); }
    /** The cookie to delete. */
    std::string_view cookie_name() const noexcept { return detail::out(toklink_login_inspection_cookie_name(view_)); }

    /** The C handle; it stays its owner's. */
    const toklink_login_inspection *get() const noexcept { return view_; }

private:
    const toklink_login_inspection *view_;
};

/** Whose login a callback ends; views of it die with it. */
class LoginInspection : public LoginView {
public:
    /** The C type behind it. */
    using Handle = toklink_login_inspection;
    /** Takes the handle over. */
    explicit LoginInspection(toklink_login_inspection *handle) noexcept : LoginView(handle), handle_(handle) {}

private:
    detail::Owned<toklink_login_inspection, toklink_login_inspection_free> handle_;
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
    /** Whose login it was. */
    LoginView login() const noexcept { return LoginView(toklink_login_result_login(handle_.get())); }

    /** The C handle; it stays this object's. */
    const toklink_login_result *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_login_result, toklink_login_result_free> handle_;
};

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_LOGIN_HPP
