/**
 * toklink for C++17, over the structs of toklink.h. Header-only.
 *
 * - Owned results are std::unique_ptr: `client.user_info(id)->username`. The fields are those of toklink.h. `known` converts numbers
 *   that may be unknown, and `items` iterates over lists.
 * - Options are the structs of toklink.h: `auto post = toklink::init<toklink_publish_options>();`. Texts in them must stay valid
 *   until the call returns.
 * - A failure is thrown as toklink::Error. If TOKLINK_NO_EXCEPTIONS is defined, calls return toklink::Result instead.
 * - x_async accepts a function that runs on the callback thread. It has one of two forms. A function that accepts the result converts
 *   it to a value; x_async then returns an Operation, which contains a number and a std::future of that value. A completion accepts
 *   pointers to the result and to the error, one of which is NULL; x_async then returns the number. For operations without a result,
 *   the function accepts no argument, or the error. Freeing the client cancels its operations and waits until they have ended.
 * - A progress function that throws cancels its publish. Thread safety is that of the C types.
 */
#ifndef TOKLINK_HPP
#define TOKLINK_HPP

#include "toklink/functions.hpp"
#include "toklink/result.hpp"

#include <functional>

namespace toklink {
inline namespace TOKLINK_MODE {

/** Returns options with every default. */
template <class T>
T init() {
    T options = T();
    options.size = sizeof(T);
    return options;
}

/** Receives the progress of a publish. Returns false to cancel it. */
using Progress = std::function<bool(const toklink_progress &)>;
/** Receives an event. */
using EventFunction = std::function<void(const toklink_event &)>;
/** Opens a URL in the user's browser. Returns false on failure. */
using OpenUrl = std::function<bool(const char *)>;

namespace detail {

/** Makes options report progress to a function, which must stay valid until the publish has ended. */
inline void report(toklink_publish_options &options, Progress &progress) {
    if (progress) {
        options.progress_data = &progress;
        options.progress = [](void *data, const toklink_progress *step) {
            return guarded(*static_cast<Progress *>(data), *step);
        };
    }
}

} // namespace detail

/** A TikTok client for one app. Its destructor closes it. */
class Client {
public:
    /** Creates a client. */
    static Returned<Client> make(const toklink_options &options) {
        toklink_error *error = nullptr;
        toklink_client *client = toklink_client_new(&options, &error);
        return client == nullptr ? detail::failed<Client>(error) : Returned<Client>(Client(client));
    }
#ifndef TOKLINK_NO_EXCEPTIONS
    /** Creates a client. */
    explicit Client(const toklink_options &options) : Client(make(options)) {}
#endif
    /** Takes ownership of a client of the C interface. */
    explicit Client(toklink_client *client) noexcept : client_(client) {}

    /** Returns the client of the C interface. */
    toklink_client *get() const noexcept { return client_.get(); }
    /** Cancels all operations and waits until they have ended. */
    Returned<void> close() const {
        return detail::done([&](auto error) { return toklink_client_close(get(), error); });
    }
    /** Asks an operation to stop. */
    bool cancel(toklink_op operation) const noexcept { return toklink_cancel(get(), operation); }
    /** Runs the queued callbacks on this thread. */
    Returned<void> dispatch() const {
        return detail::done([&](auto error) { return toklink_dispatch(get(), error); });
    }

    /** Calls `function` with the events of all accounts until the client is closed. */
    Returned<void> events(EventFunction function) const { return subscribe(toklink_events, std::move(function)); }
    /** Calls `function` for each call for an account that ends, until the client is closed. */
    Returned<void> call_events(EventFunction function) const {
        return subscribe(toklink_call_events, std::move(function));
    }

    /** Logs a user of a desktop program in. */
    Returned<Account> login(OpenUrl open_url, const toklink_login_options &options = init<toklink_login_options>()) const {
        return detail::owned<toklink_account>([&](auto error) {
            return toklink_login_blocking(
                get(), &options,
                [](void *data, const char *url) { return detail::guarded(*static_cast<OpenUrl *>(data), url); }, &open_url,
                error);
        });
    }
    /** The non-blocking form. `map` converts the account to the value of the future. */
    template <class F>
    auto login_async(OpenUrl open_url, const toklink_login_options &options, F map) const {
        return detail::start<toklink_account>(
            std::move(map),
            [&](auto ended, void *data, toklink_op *id, auto &state) {
                using State = std::remove_reference_t<decltype(state)>;
                toklink_login(get(), &options, &State::opens, ended, data, id);
            },
            std::move(open_url));
    }

    /** Returns a valid access token, which is a secret. */
    Returned<std::string> access_token(Text account) const {
        return detail::text([&](auto error) { return toklink_access_token_blocking(get(), account.c_str(), error); });
    }
    /** The non-blocking form. */
    template <class F = detail::Copy>
    auto access_token_async(Text account, F function = {}) const {
        return detail::start<char>(std::move(function), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_access_token(get(), account.c_str(), done, data, id);
        });
    }

    /** Reads the account's own public videos with these ids, 1 to 20. */
    Returned<VideoPage> query_videos(Text account, const std::vector<const char *> &ids) const {
        return detail::owned<toklink_video_page>([&](auto error) {
            return toklink_query_videos_blocking(get(), account.c_str(), ids.data(), ids.size(), error);
        });
    }
    /** The non-blocking form. `map` converts the page to the value of the future. */
    template <class F>
    auto query_videos_async(Text account, const std::vector<const char *> &ids, F map) const {
        return detail::start<toklink_video_page>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_query_videos(get(), account.c_str(), ids.data(), ids.size(), done, data, id);
        });
    }

    /** Returns the publish with an idempotency key, or an empty pointer if there is none. */
    Returned<PublishRecord> find_publish(Text account, Text key) const {
        toklink_error *error = nullptr;
        const toklink_publish_record *record = nullptr;
        if (toklink_find_publish(get(), account.c_str(), key.c_str(), &record, &error) != TOKLINK_OK) {
            return detail::failed<PublishRecord>(error);
        }
        return PublishRecord(record);
    }

    /** Verifies a webhook and parses it. `body` is the raw request body. */
    Returned<Webhook> verify_webhook(Text signature, std::string_view body, const char *previous_secret = nullptr,
                                     std::chrono::milliseconds tolerance = {}) const {
        return detail::owned<toklink_webhook>([&](auto error) {
            return toklink_verify_webhook(get(), signature.c_str(), reinterpret_cast<const std::uint8_t *>(body.data()),
                                          body.size(), previous_secret, static_cast<std::uint64_t>(tolerance.count()), error);
        });
    }
    /** Applies a verified webhook. */
    Returned<toklink_webhook_effect> apply_webhook(const Webhook &webhook) const {
        toklink_error *error = nullptr;
        toklink_webhook_effect effect = TOKLINK_EFFECT_NOTHING_TO_DO;
        if (toklink_apply_webhook(get(), webhook.get(), &effect, &error) != TOKLINK_OK) {
            return detail::failed<toklink_webhook_effect>(error);
        }
        return effect;
    }

    /** Returns the quota windows of all accounts as text, for restore_quota. */
    Returned<std::string> quota_snapshot() const {
        return detail::text([&](auto error) { return toklink_quota_snapshot(get(), error); });
    }

    /** Reads the profile. */
    Returned<Owned<toklink_user>> user_info(Text account) const {
        return detail::owned<toklink_user>([&](auto error) { return toklink_user_info_blocking(get(), account.c_str(), error); });
    }
    /** The non-blocking form. `map` converts the result to the value of the future. */
    template <class F>
    auto user_info_async(Text account, F map) const {
        return detail::start<toklink_user>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_user_info(get(), account.c_str(), done, data, id);
        });
    }
    /** Reads the metrics of an account. */
    Returned<Owned<toklink_metrics>> account_metrics(Text account) const {
        return detail::owned<toklink_metrics>([&](auto error) { return toklink_account_metrics_blocking(get(), account.c_str(), error); });
    }
    /** The non-blocking form. `map` converts the result to the value of the future. */
    template <class F>
    auto account_metrics_async(Text account, F map) const {
        return detail::start<toklink_metrics>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_account_metrics(get(), account.c_str(), done, data, id);
        });
    }
    /** Reads one page of public videos. */
    Returned<Owned<toklink_video_page>> list_videos(Text account, std::int64_t cursor = 0, std::uint32_t max_count = 0) const {
        return detail::owned<toklink_video_page>([&](auto error) { return toklink_list_videos_blocking(get(), account.c_str(), cursor, max_count, error); });
    }
    /** The non-blocking form. `map` converts the result to the value of the future. */
    template <class F>
    auto list_videos_async(Text account, std::int64_t cursor, std::uint32_t max_count, F map) const {
        return detail::start<toklink_video_page>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_list_videos(get(), account.c_str(), cursor, max_count, done, data, id);
        });
    }
    /** Reads the creator's current posting options. */
    Returned<Owned<toklink_creator>> creator_info(Text account) const {
        return detail::owned<toklink_creator>([&](auto error) { return toklink_creator_info_blocking(get(), account.c_str(), error); });
    }
    /** The non-blocking form. `map` converts the result to the value of the future. */
    template <class F>
    auto creator_info_async(Text account, F map) const {
        return detail::start<toklink_creator>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_creator_info(get(), account.c_str(), done, data, id);
        });
    }
    /** Queries the status of a publish once. */
    Returned<Owned<toklink_publish>> publish_status(Text account, Text publish_id) const {
        return detail::owned<toklink_publish>([&](auto error) { return toklink_publish_status_blocking(get(), account.c_str(), publish_id.c_str(), error); });
    }
    /** The non-blocking form. `map` converts the result to the value of the future. */
    template <class F>
    auto publish_status_async(Text account, Text publish_id, F map) const {
        return detail::start<toklink_publish>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_publish_status(get(), account.c_str(), publish_id.c_str(), done, data, id);
        });
    }
    /** Completes a web login. */
    Returned<Owned<toklink_login_result>> complete_login(Text callback, Text cookies, Text user_id) const {
        return detail::owned<toklink_login_result>([&](auto error) { return toklink_complete_login_blocking(get(), callback.c_str(), cookies.c_str(), user_id.c_str(), error); });
    }
    /** The non-blocking form. `map` converts the result to the value of the future. */
    template <class F>
    auto complete_login_async(Text callback, Text cookies, Text user_id, F map) const {
        return detail::start<toklink_login_result>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_complete_login(get(), callback.c_str(), cookies.c_str(), user_id.c_str(), done, data, id);
        });
    }
    /** Exchanges an authorization code that the host obtained itself. */
    Returned<Owned<toklink_tokens>> exchange_code(Text code, Text redirect_uri, Text verifier) const {
        return detail::owned<toklink_tokens>([&](auto error) { return toklink_exchange_code_blocking(get(), code.c_str(), redirect_uri.c_str(), verifier.c_str(), error); });
    }
    /** The non-blocking form. `map` converts the result to the value of the future. */
    template <class F>
    auto exchange_code_async(Text code, Text redirect_uri, Text verifier, F map) const {
        return detail::start<toklink_tokens>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_exchange_code(get(), code.c_str(), redirect_uri.c_str(), verifier.c_str(), done, data, id);
        });
    }
    /** Exchanges a refresh token that the host stores itself. */
    Returned<Owned<toklink_tokens>> refresh_tokens(Text refresh_token) const {
        return detail::owned<toklink_tokens>([&](auto error) { return toklink_refresh_tokens_blocking(get(), refresh_token.c_str(), error); });
    }
    /** The non-blocking form. `map` converts the result to the value of the future. */
    template <class F>
    auto refresh_tokens_async(Text refresh_token, F map) const {
        return detail::start<toklink_tokens>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_refresh_tokens(get(), refresh_token.c_str(), done, data, id);
        });
    }
    /** Disconnects an account. */
    Returned<void> disconnect(Text account) const {
        return detail::done([&](auto error) { return toklink_disconnect_blocking(get(), account.c_str(), error); });
    }
    /** The non-blocking form. */
    template <class F = detail::Nothing>
    auto disconnect_async(Text account, F function = {}) const {
        return detail::start<>(std::move(function), [&](auto ended, void *data, toklink_op *id, auto &) { toklink_disconnect(get(), account.c_str(), ended, data, id); });
    }
    /** Asks TikTok to stop a publish. */
    Returned<void> cancel_publish(Text account, Text publish_id) const {
        return detail::done([&](auto error) { return toklink_cancel_publish_blocking(get(), account.c_str(), publish_id.c_str(), error); });
    }
    /** The non-blocking form. */
    template <class F = detail::Nothing>
    auto cancel_publish_async(Text account, Text publish_id, F function = {}) const {
        return detail::start<>(std::move(function), [&](auto ended, void *data, toklink_op *id, auto &) { toklink_cancel_publish(get(), account.c_str(), publish_id.c_str(), ended, data, id); });
    }
    /** Revokes the consent to which this access token belongs. */
    Returned<void> revoke(Text access_token) const {
        return detail::done([&](auto error) { return toklink_revoke_blocking(get(), access_token.c_str(), error); });
    }
    /** The non-blocking form. */
    template <class F = detail::Nothing>
    auto revoke_async(Text access_token, F function = {}) const {
        return detail::start<>(std::move(function), [&](auto ended, void *data, toklink_op *id, auto &) { toklink_revoke(get(), access_token.c_str(), ended, data, id); });
    }
    /** Posts a video. `progress` returns false to cancel the publish. */
    Returned<Publish> publish_video(toklink_publish_options options, Progress progress = {}) const {
        detail::report(options, progress);
        return detail::owned<toklink_publish>([&](auto error) { return toklink_publish_video_blocking(get(), &options, error); });
    }
    /** The non-blocking form. `map` converts the result to the value of the future. */
    template <class F>
    auto publish_video_async(toklink_publish_options options, F map, Progress progress = {}) const {
        return detail::start<toklink_publish>(
            std::move(map),
            [&](auto done, void *data, toklink_op *id, auto &state) {
                detail::report(options, state.kept);
                toklink_publish_video(get(), &options, done, data, id);
            },
            std::move(progress));
    }
    /** Posts photos. `progress` returns false to cancel the publish. */
    Returned<Publish> publish_photos(toklink_publish_options options, Progress progress = {}) const {
        detail::report(options, progress);
        return detail::owned<toklink_publish>([&](auto error) { return toklink_publish_photos_blocking(get(), &options, error); });
    }
    /** The non-blocking form. `map` converts the result to the value of the future. */
    template <class F>
    auto publish_photos_async(toklink_publish_options options, F map, Progress progress = {}) const {
        return detail::start<toklink_publish>(
            std::move(map),
            [&](auto done, void *data, toklink_op *id, auto &state) {
                detail::report(options, state.kept);
                toklink_publish_photos(get(), &options, done, data, id);
            },
            std::move(progress));
    }
    /** Resumes a publish, by its idempotency key or its publish id. `progress` returns false to cancel the publish. */
    Returned<Publish> resume_publish(Text publish, toklink_publish_options options, Progress progress = {}) const {
        detail::report(options, progress);
        return detail::owned<toklink_publish>([&](auto error) { return toklink_resume_publish_blocking(get(), publish.c_str(), &options, error); });
    }
    /** The non-blocking form. `map` converts the result to the value of the future. */
    template <class F>
    auto resume_publish_async(Text publish, toklink_publish_options options, F map, Progress progress = {}) const {
        return detail::start<toklink_publish>(
            std::move(map),
            [&](auto done, void *data, toklink_op *id, auto &state) {
                detail::report(options, state.kept);
                toklink_resume_publish(get(), publish.c_str(), &options, done, data, id);
            },
            std::move(progress));
    }
    /** Waits until a publish has an outcome. `progress` returns false to stop waiting. */
    Returned<Publish> wait_for_publish(Text publish_id, toklink_publish_options options, Progress progress = {}) const {
        detail::report(options, progress);
        return detail::owned<toklink_publish>([&](auto error) { return toklink_wait_for_publish_blocking(get(), publish_id.c_str(), &options, error); });
    }
    /** The non-blocking form. `map` converts the result to the value of the future. */
    template <class F>
    auto wait_for_publish_async(Text publish_id, toklink_publish_options options, F map, Progress progress = {}) const {
        return detail::start<toklink_publish>(
            std::move(map),
            [&](auto done, void *data, toklink_op *id, auto &state) {
                detail::report(options, state.kept);
                toklink_wait_for_publish(get(), publish_id.c_str(), &options, done, data, id);
            },
            std::move(progress));
    }
    /** Reads and stores the metrics of many accounts. */
    Returned<Owned<toklink_collect_report>> collect_metrics(const toklink_collect_options &options = init<toklink_collect_options>()) const {
        return detail::owned<toklink_collect_report>([&](auto error) { return toklink_collect_metrics_blocking(get(), &options, error); });
    }
    /** The non-blocking form. `map` converts the report to the value of the future. */
    template <class F>
    auto collect_metrics_async(const toklink_collect_options &options, F map) const {
        return detail::start<toklink_collect_report>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_collect_metrics(get(), &options, done, data, id);
        });
    }
    /** Re-encrypts the tokens of all accounts that are under an older key. */
    Returned<Owned<toklink_reseal_report>> reseal_accounts(const toklink_reseal_options &options = init<toklink_reseal_options>()) const {
        return detail::owned<toklink_reseal_report>([&](auto error) { return toklink_reseal_accounts_blocking(get(), &options, error); });
    }
    /** The non-blocking form. `map` converts the report to the value of the future. */
    template <class F>
    auto reseal_accounts_async(const toklink_reseal_options &options, F map) const {
        return detail::start<toklink_reseal_report>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_reseal_accounts(get(), &options, done, data, id);
        });
    }
    /** Lists the connected accounts of one tenant or of all tenants. */
    Returned<Owned<toklink_account_list>> list_accounts(const char *tenant = nullptr) const {
        return detail::owned<toklink_account_list>([&](auto error) { return toklink_list_accounts(get(), tenant, error); });
    }
    /** Loads one connected account. */
    Returned<Owned<toklink_account>> load_account(Text account) const {
        return detail::owned<toklink_account>([&](auto error) { return toklink_load_account(get(), account.c_str(), error); });
    }
    /** Lists the publishes that have not ended. */
    Returned<Owned<toklink_publish_list>> unfinished_publishes(Text account) const {
        return detail::owned<toklink_publish_list>([&](auto error) { return toklink_unfinished_publishes(get(), account.c_str(), error); });
    }
    /** Asks the attempt that works on a publish to stop. */
    Returned<Owned<toklink_publish_record>> request_cancel(Text account, Text key) const {
        return detail::owned<toklink_publish_record>([&](auto error) { return toklink_request_cancel(get(), account.c_str(), key.c_str(), error); });
    }
    /** Reads the metrics that toklink_collect_metrics stored. */
    Returned<Owned<toklink_history>> metrics_history(Text account, Text from_day, Text to_day) const {
        return detail::owned<toklink_history>([&](auto error) { return toklink_metrics_history(get(), account.c_str(), from_day.c_str(), to_day.c_str(), error); });
    }
    /** Returns the quota windows as counted by this process. */
    Returned<Owned<toklink_quota>> quota_status(Text account) const {
        return detail::owned<toklink_quota>([&](auto error) { return toklink_quota_status(get(), account.c_str(), error); });
    }
    /** Reads the quota windows from Redis, or from this process if Redis is not configured. */
    Returned<Owned<toklink_quota>> read_quota(Text account) const {
        return detail::owned<toklink_quota>([&](auto error) { return toklink_read_quota(get(), account.c_str(), error); });
    }
    /** Starts a web login. */
    Returned<Owned<toklink_login_start>> begin_login(const toklink_login_options &options) const {
        return detail::owned<toklink_login_start>([&](auto error) { return toklink_begin_login(get(), &options, error); });
    }
    /** Returns the login that a callback belongs to. */
    Returned<Owned<toklink_login_inspection>> inspect_login(Text callback, Text cookies) const {
        return detail::owned<toklink_login_inspection>([&](auto error) { return toklink_inspect_login(get(), callback.c_str(), cookies.c_str(), error); });
    }
    /** Fails if a request of this kind is not allowed now. */
    Returned<void> check_quota(Text account, toklink_quota_kind kind) const {
        return detail::done([&](auto error) { return toklink_check_quota(get(), account.c_str(), kind, error); });
    }
    /** Counts a request that the host sent without this client. */
    Returned<void> increment_quota(Text account, toklink_quota_kind kind) const {
        return detail::done([&](auto error) { return toklink_increment_quota(get(), account.c_str(), kind, error); });
    }
    /** Resets the account's quota windows to zero usage. */
    Returned<void> reset_quota(Text account) const {
        return detail::done([&](auto error) { return toklink_reset_quota(get(), account.c_str(), error); });
    }
    /** Counts the requests of a snapshot. */
    Returned<void> restore_quota(Text snapshot) const {
        return detail::done([&](auto error) { return toklink_restore_quota(get(), snapshot.c_str(), error); });
    }
    /** Discards the account's cached reads. */
    Returned<void> invalidate_cache(Text account) const {
        return detail::done([&](auto error) { return toklink_invalidate_cache(get(), account.c_str(), error); });
    }
    /** Abandons a publish whose outcome is unknown. */
    Returned<void> abandon_publish(Text account, Text key) const {
        return detail::done([&](auto error) { return toklink_abandon_publish(get(), account.c_str(), key.c_str(), error); });
    }
    /** Refreshes tokens before they expire; 0 stops the refresh. */
    Returned<void> start_background_refresh(std::size_t max_concurrency) const {
        return detail::done([&](auto error) { return toklink_start_background_refresh(get(), max_concurrency, error); });
    }
    /** Encrypts a value for one account and field. */
    Returned<std::string> seal(Text account, Text field, Text value) const {
        return detail::text([&](auto error) { return toklink_seal(get(), account.c_str(), field.c_str(), value.c_str(), error); });
    }
    /** Decrypts a value. The result is a secret. */
    Returned<std::string> unseal(Text account, Text field, Text sealed) const {
        return detail::text([&](auto error) { return toklink_unseal(get(), account.c_str(), field.c_str(), sealed.c_str(), error); });
    }
    /** Re-encrypts a value with the current key. */
    Returned<std::string> reseal(Text account, Text field, Text sealed) const {
        return detail::text([&](auto error) { return toklink_reseal(get(), account.c_str(), field.c_str(), sealed.c_str(), error); });
    }
    /** Returns the URL of TikTok's consent page. */
    Returned<std::string> authorize_url(const toklink_authorize_options &options) const {
        return detail::text([&](auto error) { return toklink_authorize_url(get(), &options, error); });
    }

private:
    struct Free {
        void operator()(toklink_client *client) const noexcept { toklink_client_free(client); }
    };

    template <class Subscribe>
    Returned<void> subscribe(Subscribe to, EventFunction function) const {
        auto *kept = new EventFunction(std::move(function));
        return detail::done([&](auto error) {
            return to(
                get(),
                [](void *data, const toklink_event *event) {
                    const auto call = [&] { return (*static_cast<EventFunction *>(data))(*event), true; };
                    (void)detail::guarded(call);
                },
                kept, [](void *data) { delete static_cast<EventFunction *>(data); }, error);
        });
    }

    std::unique_ptr<toklink_client, Free> client_;
};

} // namespace TOKLINK_MODE
} // namespace toklink

#endif
