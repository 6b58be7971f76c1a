/**
 * toklink for C++17: the C interface of toklink.h with owners, views and exceptions. Header-only.
 *
 * - A class owns its handle and frees it; it moves and does not copy. A moved-from object may only be assigned to or
 *   destroyed.
 * - A failure is thrown as toklink::Error, which is a std::runtime_error and copies without allocation.
 * - With TOKLINK_NO_EXCEPTIONS defined nothing is thrown: a call gives a toklink::Result, which has a value or an Error.
 *   What is wrong in settings or in a request is told by the call that takes it, and by its `fault`.
 * - A std::string_view is a view of its owner: it dies with it. Nothing else outlives what it came from.
 * - Thread safety is that of the C type of the same name.
 * - A call that can take long has a twin `_async`, whose Operation holds the number to cancel it by and a std::future.
 *   Freeing the client cancels what runs and fulfils every future first.
 * - A progress function that throws cancels its publish; the exception goes no further. It may replace itself, or destroy the
 *   request that it belongs to.
 */
#ifndef TOKLINK_HPP
#define TOKLINK_HPP

#include "toklink/account.hpp"
#include "toklink/collect.hpp"
#include "toklink/error.hpp"
#include "toklink/figures.hpp"
#include "toklink/host.hpp"
#include "toklink/login.hpp"
#include "toklink/operation.hpp"
#include "toklink/options.hpp"
#include "toklink/outcome.hpp"
#include "toklink/publish.hpp"
#include "toklink/reports.hpp"
#include "toklink/result.hpp"
#include "toklink/sealing.hpp"
#include "toklink/webhook.hpp"

namespace toklink {
inline namespace TOKLINK_MODE {

/** A client of TikTok for one app. */
class Client {
public:
    /** The C type behind it. */
    using Handle = toklink_client;
    /** Takes the handle over. */
    explicit Client(toklink_client *handle) noexcept : handle_(handle) {}
    /** Makes a client of these settings, which stay the caller's. */
    static Returned<Client> make(const ClientOptions &options) {
        return detail::make<Client>(options, [&](auto **out, auto **error) {
            return toklink_client_new(options.get(), out, error);
        });
    }
#ifndef TOKLINK_NO_EXCEPTIONS
    /** As `make`. */
    explicit Client(const ClientOptions &options) : Client(make(options)) {}
#endif

    /** The address of TikTok's consent page for this link. */
    Returned<std::string> authorize_url(const AuthorizeLink &link) const {
        return detail::call<std::string, detail::Buffer>(link, [&](auto *out, auto **error) {
            return toklink_client_authorize_url(handle_.get(), link.get(), out, error);
        });
    }
    /** Begins a login of a web host: gives an address to send the browser to, and a cookie to set. */
    Returned<LoginStart> begin_login(const LoginRequest &request) const {
        return with<LoginStart>(request, toklink_client_begin_login, request.get());
    }
    /** Whose login a callback ends. `callback` is its URL or query, `cookies` the Cookie header as it came. */
    Returned<LoginInspection> inspect_login(std::string_view callback, std::string_view cookies) const {
        return made<LoginInspection>(toklink_client_inspect_login, detail::in(callback), detail::in(cookies));
    }
    /** Ends a login and stores the account; `user_id` is who is signed in now. */
    Returned<LoginResult> complete_login(std::string_view callback, std::string_view cookies,
                                         std::string_view user_id) const {
        return made<LoginResult>(toklink_client_complete_login, detail::in(callback), detail::in(cookies),
                                 detail::in(user_id));
    }
    /** Begins a login of a program on this machine. */
    Returned<DesktopLogin> begin_desktop_login(const LoginRequest &request) const {
        return with<DesktopLogin>(request, toklink_desktop_login_begin, request.get());
    }
    /** Waits until the browser has come back. */
    Returned<LoginResult> wait(const DesktopLogin &login) const {
        return made<LoginResult>(toklink_desktop_login_wait, login.get());
    }
    /** wait without waiting. */
    Returned<Operation<LoginResult>> wait_async(const DesktopLogin &login) const {
        return begun<LoginResult>(detail::Faultless(), nullptr, toklink_desktop_login_wait_async, login.get());
    }

    /** Tokens for a code, for hosts that keep tokens themselves. An empty URI is the client's callback URL. */
    Returned<Tokens> exchange_code(std::string_view code, std::string_view redirect_uri, std::string_view verifier) const {
        return made<Tokens>(toklink_client_exchange_code, detail::in(code), detail::in(redirect_uri),
                            detail::in(verifier));
    }
    /** A new pair for a refresh token of the host's own. */
    Returned<Tokens> refresh_tokens(std::string_view refresh_token) const {
        return made<Tokens>(toklink_client_refresh_tokens, detail::in(refresh_token));
    }
    /** Ends an access token of the host's own. */
    Returned<void> revoke(std::string_view access_token) const {
        return run(toklink_client_revoke, detail::in(access_token));
    }

    /** Returns a valid access token of the account, refreshed first when it is about to expire: a secret. */
    Returned<std::string> access_token(const AccountRef &account) const {
        return detail::call<std::string, detail::Buffer>(detail::Faultless(), [&](auto *out, auto **error) {
            return toklink_client_access_token(handle_.get(), detail::in(account.tenant), detail::in(account.open_id), out,
                                               error);
        });
    }
    /** Seals a text so that it opens only for this account and field. */
    Returned<std::string> seal(const AccountRef &account, std::string_view field, std::string_view text) const {
        return text_of<std::string>(toklink_client_seal, account, field, text);
    }
    /** Opens what was sealed: a secret. */
    Returned<std::string> unseal(const AccountRef &account, std::string_view field, std::string_view sealed) const {
        return text_of<std::string>(toklink_client_unseal, account, field, sealed);
    }
    /** Seals anew under the current key; nothing when it is under that already. */
    Returned<std::optional<std::string>> reseal(const AccountRef &account, std::string_view field,
                                                std::string_view sealed) const {
        return text_of<std::optional<std::string>>(toklink_client_reseal, account, field, sealed);
    }
    /** Moves the tokens of all accounts to the current key, or does what the flags (`toklink_reseal_flag`, combined with |) say. */
    Returned<ResealReport> reseal_accounts(std::uint32_t flags = 0) const {
        return made<ResealReport>(toklink_client_reseal_accounts, flags);
    }
    /** reseal_accounts without waiting; a cancel stops between two accounts. */
    Returned<Operation<ResealReport>> reseal_accounts_async(std::uint32_t flags = 0, ResealFunction progress = {}) const {
        std::shared_ptr<ResealFunction> heard;
        if (progress) {
            heard = std::make_shared<ResealFunction>(std::move(progress));
        }
        return begun<ResealReport>(detail::Faultless(), heard, toklink_client_reseal_accounts_async, flags,
                                   heard ? detail::resealing : toklink_reseal_progress_callback());
    }

    /** The connected accounts of a tenant. */
    Returned<AccountList> accounts(std::string_view tenant = {}) const {
        return made<AccountList>(toklink_client_accounts, detail::in(tenant));
    }
    /** One connected account. */
    Returned<Account> account(const AccountRef &account) const {
        return detail::call<Account, toklink_account *>(detail::Faultless(), [&](auto **out, auto **error) {
            return toklink_client_account(handle_.get(), detail::in(account.tenant), detail::in(account.open_id), out,
                                          error);
        });
    }
    /** Renews tokens before anyone needs them, of at most so many accounts at a time; 0 stops it. */
    Returned<void> start_background_refresh(std::size_t max_concurrency) const { return run(toklink_client_start_background_refresh, max_concurrency); }
    /** Ends the connection, at TikTok and here. */
    Returned<void> disconnect(const AccountRef &account) const { return change(toklink_client_disconnect, account); }
    /** The profile, as far as the granted scopes show it. */
    Returned<UserInfo> user_info(const AccountRef &account) const {
        return read<UserInfo>(toklink_client_user_info, account);
    }
    /** Figures of the account. */
    Returned<AccountMetrics> account_metrics(const AccountRef &account) const {
        return read<AccountMetrics>(toklink_client_account_metrics, account);
    }
    /** account_metrics without waiting. */
    Returned<Operation<AccountMetrics>> account_metrics_async(const AccountRef &account) const {
        return begun<AccountMetrics>(detail::Faultless(), nullptr, toklink_client_account_metrics_async,
                                     detail::in(account.tenant), detail::in(account.open_id));
    }
    /** Reads the figures of many accounts and stores them under today. A sweep that was stopped is not complete. */
    Returned<CollectReport> collect_metrics(const CollectRequest &request = {}) const {
        return heard<CollectReport>(request, toklink_client_collect_metrics, request.get());
    }
    /** collect_metrics without waiting. */
    Returned<Operation<CollectReport>> collect_metrics_async(const CollectRequest &request = {}) const {
        return begun<CollectReport>(request, request.progress(), toklink_client_collect_metrics_async, request.get());
    }
    /** What was stored from one day to another, both included, as `2026-11-23`. */
    Returned<MetricsHistory> metrics_history(const AccountRef &account, std::string_view from_day,
                                             std::string_view to_day) const {
        return read<MetricsHistory>(toklink_client_metrics_history, account, detail::in(from_day), detail::in(to_day));
    }
    /** Forgets what was read of an account, so that the next read asks TikTok. */
    Returned<void> invalidate_cache(const AccountRef &account) const { return change(toklink_client_invalidate_cache, account); }
    /** One page of public videos; 0 begins with the newest, otherwise the last page's next cursor. */
    Returned<VideoPage> list_videos(const AccountRef &account, std::int64_t cursor = 0,
                                    std::uint32_t max_count = 20) const {
        return read<VideoPage>(toklink_client_list_videos, account, cursor, max_count);
    }
    /** The account's own public videos with these ids, 1 to 20. */
    Returned<VideoPage> query_videos(const AccountRef &account, const std::vector<std::string> &ids) const {
        std::vector<toklink_str> views;
        for (const std::string &id : ids) {
            views.push_back(detail::in(id));
        }
        return read<VideoPage>(toklink_client_query_videos, account, views.data(), views.size());
    }
    /** What the creator may post now. */
    Returned<CreatorInfo> creator_info(const AccountRef &account) const {
        return read<CreatorInfo>(toklink_client_creator_info, account);
    }

    /** Posts a video; blocks until TikTok has an outcome. */
    Returned<PublishOutcome> publish_video(const AccountRef &account, const PublishRequest &request) const {
        return publish(toklink_client_publish_video, account, request);
    }
    /** publish_video without waiting. */
    Returned<Operation<PublishOutcome>> publish_video_async(const AccountRef &account,
                                                            const PublishRequest &request) const {
        return posting(toklink_client_publish_video_async, account, request);
    }
    /** Posts photos; blocks until TikTok has an outcome. */
    Returned<PublishOutcome> publish_photos(const AccountRef &account, const PublishRequest &request) const {
        return publish(toklink_client_publish_photos, account, request);
    }
    /** publish_photos without waiting. */
    Returned<Operation<PublishOutcome>> publish_photos_async(const AccountRef &account,
                                                             const PublishRequest &request) const {
        return posting(toklink_client_publish_photos_async, account, request);
    }
    /** Goes on with a publish that broke off, named by its idempotency key or publish id; from the file it began with. */
    Returned<PublishOutcome> resume_publish(const AccountRef &account, std::string_view name) const {
        return read<PublishOutcome>(toklink_client_resume_publish, account, detail::in(name),
                                    static_cast<const toklink_publish_request *>(nullptr));
    }
    /** As above, with the video given again. */
    Returned<PublishOutcome> resume_publish(const AccountRef &account, std::string_view name,
                                            const PublishRequest &request) const {
        return heard<PublishOutcome>(request, toklink_client_resume_publish, detail::in(account.tenant),
                                     detail::in(account.open_id), detail::in(name), request.get());
    }
    /** resume_publish without waiting. */
    Returned<Operation<PublishOutcome>> resume_publish_async(const AccountRef &account, std::string_view name) const {
        return resuming(toklink_client_resume_publish_async, account, name);
    }
    /** As above, with the video given again. */
    Returned<Operation<PublishOutcome>> resume_publish_async(const AccountRef &account, std::string_view name,
                                                             const PublishRequest &request) const {
        return resuming(toklink_client_resume_publish_async, account, name, request);
    }
    /** The publishes of an account that have no end yet. */
    Returned<UnfinishedList> unfinished_publishes(const AccountRef &account) const {
        return read<UnfinishedList>(toklink_client_unfinished_publishes, account);
    }
    /** Finds what the journal has under a key, whichever process works on it. */
    Returned<JournaledPublish> find_publish(const AccountRef &account, std::string_view idempotency_key) const {
        return read<JournaledPublish>(toklink_client_find_publish, account, detail::in(idempotency_key));
    }
    /** Asks the attempt that works on a publish to stop, in whichever process on this store it runs. */
    Returned<JournaledPublish> request_cancel(const AccountRef &account, std::string_view idempotency_key) const {
        return read<JournaledPublish>(toklink_client_request_cancel, account, detail::in(idempotency_key));
    }
    /** Asks TikTok once how far a publish is. */
    Returned<PublishStatus> publish_status(const AccountRef &account, std::string_view publish_id) const {
        return read<PublishStatus>(toklink_client_publish_status, account, detail::in(publish_id));
    }
    /** Waits until TikTok has an outcome. */
    Returned<PublishOutcome> wait_for_publish(const AccountRef &account, std::string_view publish_id) const {
        return read<PublishOutcome>(toklink_client_wait_for_publish, account, detail::in(publish_id),
                                    static_cast<const toklink_publish_request *>(nullptr));
    }
    /** As above; the request says who hears of progress. */
    Returned<PublishOutcome> wait_for_publish(const AccountRef &account, std::string_view publish_id,
                                              const PublishRequest &request) const {
        return heard<PublishOutcome>(request, toklink_client_wait_for_publish, detail::in(account.tenant),
                                     detail::in(account.open_id), detail::in(publish_id), request.get());
    }
    /** wait_for_publish without waiting. */
    Returned<Operation<PublishOutcome>> wait_for_publish_async(const AccountRef &account,
                                                               std::string_view publish_id) const {
        return resuming(toklink_client_wait_for_publish_async, account, publish_id);
    }
    /** As above; the request says who hears of progress. */
    Returned<Operation<PublishOutcome>> wait_for_publish_async(const AccountRef &account, std::string_view publish_id,
                                                               const PublishRequest &request) const {
        return resuming(toklink_client_wait_for_publish_async, account, publish_id, request);
    }
    /** Asks TikTok to drop what it has not posted yet. */
    Returned<void> cancel_publish(const AccountRef &account, std::string_view publish_id) const {
        return change(toklink_client_cancel_publish, account, detail::in(publish_id));
    }
    /** Gives an unclear publish up, so that its key may be used again. */
    Returned<void> abandon_publish(const AccountRef &account, std::string_view idempotency_key) const {
        return change(toklink_client_abandon_publish, account, detail::in(idempotency_key));
    }

    /** How full each window of requests is. */
    Returned<QuotaStatus> quota_status(const AccountRef &account) const {
        return read<QuotaStatus>(toklink_client_quota_status, account);
    }
    /** As above. */
    Returned<QuotaStatus> quota_status(std::string_view tenant, std::string_view open_id) const {
        return made<QuotaStatus>(toklink_client_quota_status, detail::in(tenant), detail::in(open_id));
    }
    /** How full each window is where requests are counted: for all processes when a Redis counts them. */
    Returned<QuotaStatus> read_quota(const AccountRef &account) const {
        return read<QuotaStatus>(toklink_client_read_quota, account);
    }
    /** What the windows of all accounts hold, for `restore_quota` after a restart. It names no account. */
    Returned<std::string> quota_snapshot() const {
        return detail::call<std::string, detail::Buffer>(detail::Faultless(), [&](auto *out, auto **error) {
            return toklink_client_quota_snapshot(handle_.get(), out, error);
        });
    }
    /** Counts the requests of a snapshot besides those counted already. */
    Returned<void> restore_quota(std::string_view snapshot) const {
        return run(toklink_client_restore_quota, detail::in(snapshot));
    }
    /** Fails when a request of this kind would not be let through now. Counts nothing. */
    Returned<void> check_quota(const AccountRef &account, toklink_quota_kind kind) const {
        return change(toklink_client_check_quota, account, static_cast<std::uint32_t>(kind));
    }
    /** Counts a request that the host sent by itself. */
    Returned<void> increment_quota(const AccountRef &account, toklink_quota_kind kind) const {
        return change(toklink_client_increment_quota, account, static_cast<std::uint32_t>(kind));
    }
    /** Forgets what was counted for an account. */
    Returned<void> reset_quota(const AccountRef &account) const { return change(toklink_client_reset_quota, account); }

    /** Checks a webhook's signature and reads it; `body` is the raw bytes. */
    Returned<WebhookEvent> verify_webhook(std::string_view signature, std::string_view body,
                                          const WebhookCheck &check = {}) const {
        return made<WebhookEvent>(toklink_client_verify_webhook, detail::in(signature),
                                  reinterpret_cast<const std::uint8_t *>(body.data()), body.size(),
                                  detail::in(check.previous_secret),
                                  static_cast<std::uint64_t>(check.tolerance.count()));
    }
    /** Does what a genuine webhook asks for. */
    Returned<toklink_webhook_effect> apply_webhook(const WebhookEvent &event) const {
        return detail::call<toklink_webhook_effect, toklink_webhook_effect>(
            detail::Faultless(), [&](auto *out, auto **error) {
                return toklink_client_apply_webhook(handle_.get(), event.get(), out, error);
            });
    }

    /** Hears what happens to accounts from now on, until the client is closed. */
    Returned<void> on_event(EventFunction function) const {
        auto kept = std::make_unique<EventFunction>(std::move(function));
        return detail::run([&](toklink_error **error) {
            // From here on the library gives it back through `forgotten`, also when this fails.
            return toklink_client_events(handle_.get(), detail::happened, kept.release(),
                                         detail::forgotten<EventFunction>, error);
        });
    }
    /** Passes each call for an account that ends from now on, until the client is closed. */
    Returned<void> on_call(EventFunction function) const {
        auto kept = std::make_unique<EventFunction>(std::move(function));
        return detail::run([&](toklink_error **error) {
            // As for on_event.
            return toklink_client_call_events(handle_.get(), detail::happened, kept.release(),
                                              detail::forgotten<EventFunction>, error);
        });
    }
    /** Asks an operation to stop; its future then tells of `TOKLINK_ERR_CANCELLED`, unless it ended first. */
    bool cancel(std::uint64_t operation) const noexcept { return toklink_client_cancel(handle_.get(), operation); }
    /** Cancels what runs, waits for it, and refuses new work. */
    Returned<void> close() const { return run(toklink_client_close); }

    /** The C handle; it stays this object's. For what has no C++ spelling here. */
    const toklink_client *get() const noexcept { return handle_.get(); }

private:
    template <typename Made, typename Given, typename Function, typename... Rest>
    Returned<Made> with(const Given &given, Function function, Rest... rest) const {
        return detail::make<Made>(given, [&](auto **out, auto **error) {
            return function(handle_.get(), rest..., out, error);
        });
    }
    /** Keeps the function that hears of progress until the call returns, since it may set another one or end the request. */
    template <typename Made, typename Given, typename Function, typename... Rest>
    Returned<Made> heard(const Given &given, Function function, Rest... rest) const {
        const std::shared_ptr<void> function_in_use = given.progress();
        return with<Made>(given, function, rest...);
    }
    template <typename Made, typename Function, typename... Rest>
    Returned<Made> made(Function function, Rest... rest) const {
        return with<Made>(detail::Faultless(), function, rest...);
    }
    template <typename Made, typename Function, typename... Rest>
    Returned<Made> read(Function function, const AccountRef &account, Rest... rest) const {
        return made<Made>(function, detail::in(account.tenant), detail::in(account.open_id), rest...);
    }
    template <typename Function, typename... Rest>
    Returned<void> run(Function function, Rest... rest) const {
        return detail::run([&](toklink_error **error) { return function(handle_.get(), rest..., error); });
    }
    template <typename Function, typename... Rest>
    Returned<void> change(Function function, const AccountRef &account, Rest... rest) const {
        return run(function, detail::in(account.tenant), detail::in(account.open_id), rest...);
    }
    template <typename Text, typename Function>
    Returned<Text> text_of(Function function, const AccountRef &account, std::string_view field,
                           std::string_view text) const {
        return detail::call<Text, detail::Buffer>(detail::Faultless(), [&](auto *out, auto **error) {
            return function(handle_.get(), detail::in(account.tenant), detail::in(account.open_id), detail::in(field),
                            detail::in(text), out, error);
        });
    }
    template <typename Made, typename Given, typename Function, typename... Rest>
    Returned<Operation<Made>> begun(const Given &given, std::shared_ptr<void> heard, Function function,
                                    Rest... rest) const {
        return detail::begun<Made>(given, std::move(heard), [&](auto done, void *data, auto *out, auto **error) {
            return function(handle_.get(), rest..., done, data, out, error);
        });
    }
    template <typename Function>
    Returned<PublishOutcome> publish(Function function, const AccountRef &account, const PublishRequest &request) const {
        return heard<PublishOutcome>(request, function, detail::in(account.tenant), detail::in(account.open_id),
                                     request.get());
    }
    template <typename Function>
    Returned<Operation<PublishOutcome>> posting(Function function, const AccountRef &account,
                                                const PublishRequest &request) const {
        return begun<PublishOutcome>(request, request.progress(), function, detail::in(account.tenant),
                                     detail::in(account.open_id), request.get());
    }

    template <typename Function>
    Returned<Operation<PublishOutcome>> resuming(Function function, const AccountRef &account,
                                                 std::string_view name) const {
        return begun<PublishOutcome>(detail::Faultless(), nullptr, function, detail::in(account.tenant),
                                     detail::in(account.open_id), detail::in(name),
                                     static_cast<const toklink_publish_request *>(nullptr));
    }
    template <typename Function>
    Returned<Operation<PublishOutcome>> resuming(Function function, const AccountRef &account, std::string_view name,
                                                 const PublishRequest &request) const {
        return begun<PublishOutcome>(request, request.progress(), function, detail::in(account.tenant),
                                     detail::in(account.open_id), detail::in(name), request.get());
    }

    detail::Owned<toklink_client, toklink_client_free> handle_;
};

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_HPP
