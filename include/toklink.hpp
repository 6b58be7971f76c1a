/**
 * toklink for C++17, over the structs of toklink.h. Header-only.
 *
 * - Results are std::unique_ptr to the structs of toklink.h: `client.user_info(id)->username`. `known` converts numbers that can be
 *   unknown, and `items` iterates over lists.
 * - Options are the structs of toklink.h: `auto post = toklink::init<toklink_publish_options>();`. Strings in them must be valid until
 *   the call returns.
 * - A failed call throws toklink::Error. If TOKLINK_NO_EXCEPTIONS is defined, calls return toklink::Result and never throw.
 * - x_async takes a function that runs on the callback thread. If the function takes the result, its return value becomes the value of
 *   a std::future, and x_async returns an Operation with a number and that future. If it takes pointers to the result and to the error,
 *   one of which is NULL, it is a completion, and x_async returns the number. For operations without a result, the function takes no
 *   argument or the error. Destroying the client cancels its operations and waits until they have ended.
 * - A progress function that throws cancels its publish. Threads: as for the C type.
 */
#ifndef TOKLINK_HPP
#define TOKLINK_HPP

#include "toklink/functions.hpp"
#include "toklink/result.hpp"

#include <functional>

namespace toklink {
inline namespace TOKLINK_MODE {

/** Returns default options. */
template <class T>
T init() {
    T options = T();
    options.size = sizeof(T);
    return options;
}

/** Receives the progress of a publish; returns true to continue. */
using Progress = std::function<bool(const toklink_progress &)>;
/** Receives an event. */
using EventFunction = std::function<void(const toklink_event &)>;
/** Opens a URL in the user's browser; returns true on success. */
using OpenUrl = std::function<bool(const char *)>;

namespace detail {

/** Sets the progress callback of options to a function, which must live until the publish ends. */
inline void report(toklink_publish_options &options, Progress &progress) {
    if (progress) {
        options.progress_data = &progress;
        options.progress = [](void *data, const toklink_progress *step) {
            return guarded(*static_cast<Progress *>(data), *step);
        };
    }
}

} // namespace detail

/** A TikTok client for one app. The destructor closes it. */
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
    /** Cancels an operation. */
    bool cancel(toklink_op operation) const noexcept { return toklink_cancel(get(), operation); }
    /** Runs the queued callbacks on this thread. */
    Returned<void> dispatch() const {
        return detail::done([&](auto error) { return toklink_dispatch(get(), error); });
    }

    /** Subscribes `function` to the events of all accounts until the client is closed. */
    Returned<void> events(EventFunction function) const { return subscribe(toklink_events, std::move(function)); }
    /** Subscribes `function` to each request that ends until the client is closed. */
    Returned<void> call_events(EventFunction function) const {
        return subscribe(toklink_call_events, std::move(function));
    }

    /** Logs in a user of a desktop program. */
    Returned<Account> login(OpenUrl open_url, const toklink_login_options &options = init<toklink_login_options>()) const {
        return detail::owned<toklink_account>([&](auto error) {
            return toklink_login_blocking(
                get(), &options,
                [](void *data, const char *url) { return detail::guarded(*static_cast<OpenUrl *>(data), url); }, &open_url,
                error);
        });
    }
    /** Starts the operation. `map` converts the account to the value of the future. */
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
    /** Starts the operation. */
    template <class F = detail::Copy>
    auto access_token_async(Text account, F function = {}) const {
        return detail::start<char>(std::move(function), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_access_token(get(), account.c_str(), done, data, id);
        });
    }

    /** Reads the account's public videos with these 1 to 20 ids. */
    Returned<VideoPage> query_videos(Text account, const std::vector<const char *> &ids) const {
        return detail::owned<toklink_video_page>([&](auto error) {
            return toklink_query_videos_blocking(get(), account.c_str(), ids.data(), ids.size(), error);
        });
    }
    /** Starts the operation. `map` converts the page to the value of the future. */
    template <class F>
    auto query_videos_async(Text account, const std::vector<const char *> &ids, F map) const {
        return detail::start<toklink_video_page>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_query_videos(get(), account.c_str(), ids.data(), ids.size(), done, data, id);
        });
    }

    /** Finds the publish with an idempotency key. Returns an empty pointer if there is none. */
    Returned<PublishRecord> find_publish(Text account, Text key) const {
        toklink_error *error = nullptr;
        const toklink_publish_record *record = nullptr;
        if (toklink_find_publish(get(), account.c_str(), key.c_str(), &record, &error) != TOKLINK_OK) {
            return detail::failed<PublishRecord>(error);
        }
        return PublishRecord(record);
    }

    /** Verifies and parses a webhook. `body` is the raw body of the request. */
    Returned<Webhook> verify_webhook(Text signature, std::string_view body, const char *previous_secret = nullptr,
                                     std::chrono::milliseconds tolerance = {}) const {
        return detail::owned<toklink_webhook>([&](auto error) {
            return toklink_verify_webhook(get(), signature.c_str(), reinterpret_cast<const std::uint8_t *>(body.data()),
                                          body.size(), previous_secret, static_cast<std::uint64_t>(tolerance.count()), error);
        });
    }
    /** Applies a genuine webhook. */
    Returned<toklink_webhook_effect> apply_webhook(const Webhook &webhook) const {
        toklink_error *error = nullptr;
        toklink_webhook_effect effect = TOKLINK_EFFECT_NOTHING_TO_DO;
        if (toklink_apply_webhook(get(), webhook.get(), &effect, &error) != TOKLINK_OK) {
            return detail::failed<toklink_webhook_effect>(error);
        }
        return effect;
    }

    /** Reads the profile. */
    Returned<Owned<toklink_user>> user_info(Text account) const {
        return detail::owned<toklink_user>([&](auto error) { return toklink_user_info_blocking(get(), account.c_str(), error); });
    }
    /** Starts the operation. `map` converts the result to the value of the future. */
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
    /** Starts the operation. `map` converts the result to the value of the future. */
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
    /** Starts the operation. `map` converts the result to the value of the future. */
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
    /** Starts the operation. `map` converts the result to the value of the future. */
    template <class F>
    auto creator_info_async(Text account, F map) const {
        return detail::start<toklink_creator>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_creator_info(get(), account.c_str(), done, data, id);
        });
    }
    /** Queries the status of a publish. */
    Returned<Owned<toklink_publish>> publish_status(Text account, Text publish_id) const {
        return detail::owned<toklink_publish>([&](auto error) { return toklink_publish_status_blocking(get(), account.c_str(), publish_id.c_str(), error); });
    }
    /** Starts the operation. `map` converts the result to the value of the future. */
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
    /** Starts the operation. `map` converts the result to the value of the future. */
    template <class F>
    auto complete_login_async(Text callback, Text cookies, Text user_id, F map) const {
        return detail::start<toklink_login_result>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_complete_login(get(), callback.c_str(), cookies.c_str(), user_id.c_str(), done, data, id);
        });
    }
    /** Exchanges an authorization code that the host obtained itself for tokens. */
    Returned<Owned<toklink_tokens>> exchange_code(Text code, Text redirect_uri, Text verifier) const {
        return detail::owned<toklink_tokens>([&](auto error) { return toklink_exchange_code_blocking(get(), code.c_str(), redirect_uri.c_str(), verifier.c_str(), error); });
    }
    /** Starts the operation. `map` converts the result to the value of the future. */
    template <class F>
    auto exchange_code_async(Text code, Text redirect_uri, Text verifier, F map) const {
        return detail::start<toklink_tokens>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_exchange_code(get(), code.c_str(), redirect_uri.c_str(), verifier.c_str(), done, data, id);
        });
    }
    /** Exchanges a refresh token that the host stores itself for new tokens. */
    Returned<Owned<toklink_tokens>> refresh_tokens(Text refresh_token) const {
        return detail::owned<toklink_tokens>([&](auto error) { return toklink_refresh_tokens_blocking(get(), refresh_token.c_str(), error); });
    }
    /** Starts the operation. `map` converts the result to the value of the future. */
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
    /** Starts the operation. */
    template <class F = detail::Nothing>
    auto disconnect_async(Text account, F function = {}) const {
        return detail::start<>(std::move(function), [&](auto ended, void *data, toklink_op *id, auto &) { toklink_disconnect(get(), account.c_str(), ended, data, id); });
    }
    /** Asks TikTok to cancel a publish. */
    Returned<void> cancel_publish(Text account, Text publish_id) const {
        return detail::done([&](auto error) { return toklink_cancel_publish_blocking(get(), account.c_str(), publish_id.c_str(), error); });
    }
    /** Starts the operation. */
    template <class F = detail::Nothing>
    auto cancel_publish_async(Text account, Text publish_id, F function = {}) const {
        return detail::start<>(std::move(function), [&](auto ended, void *data, toklink_op *id, auto &) { toklink_cancel_publish(get(), account.c_str(), publish_id.c_str(), ended, data, id); });
    }
    /** Revokes the consent of this access token. */
    Returned<void> revoke(Text access_token) const {
        return detail::done([&](auto error) { return toklink_revoke_blocking(get(), access_token.c_str(), error); });
    }
    /** Starts the operation. */
    template <class F = detail::Nothing>
    auto revoke_async(Text access_token, F function = {}) const {
        return detail::start<>(std::move(function), [&](auto ended, void *data, toklink_op *id, auto &) { toklink_revoke(get(), access_token.c_str(), ended, data, id); });
    }
    /** Posts a video. `progress` returns true to continue. */
    Returned<Publish> publish_video(toklink_publish_options options, Progress progress = {}) const {
        detail::report(options, progress);
        return detail::owned<toklink_publish>([&](auto error) { return toklink_publish_video_blocking(get(), &options, error); });
    }
    /** Starts the operation. `map` converts the result to the value of the future. */
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
    /** Posts photos. `progress` returns true to continue. */
    Returned<Publish> publish_photos(toklink_publish_options options, Progress progress = {}) const {
        detail::report(options, progress);
        return detail::owned<toklink_publish>([&](auto error) { return toklink_publish_photos_blocking(get(), &options, error); });
    }
    /** Starts the operation. `map` converts the result to the value of the future. */
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
    /** Resumes a publish, by its idempotency key or its publish id. `progress` returns true to continue. */
    Returned<Publish> resume_publish(Text publish, toklink_publish_options options, Progress progress = {}) const {
        detail::report(options, progress);
        return detail::owned<toklink_publish>([&](auto error) { return toklink_resume_publish_blocking(get(), publish.c_str(), &options, error); });
    }
    /** Starts the operation. `map` converts the result to the value of the future. */
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
    /** Waits for TikTok's outcome of a publish. `progress` returns true to continue. */
    Returned<Publish> wait_for_publish(Text publish_id, toklink_publish_options options, Progress progress = {}) const {
        detail::report(options, progress);
        return detail::owned<toklink_publish>([&](auto error) { return toklink_wait_for_publish_blocking(get(), publish_id.c_str(), &options, error); });
    }
    /** Starts the operation. `map` converts the result to the value of the future. */
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
    /** Starts the operation. `map` converts the report to the value of the future. */
    template <class F>
    auto collect_metrics_async(const toklink_collect_options &options, F map) const {
        return detail::start<toklink_collect_report>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_collect_metrics(get(), &options, done, data, id);
        });
    }
    /** Encrypts the tokens of all accounts again whose key is not current. */
    Returned<Owned<toklink_reseal_report>> reseal_accounts(const toklink_reseal_options &options = init<toklink_reseal_options>()) const {
        return detail::owned<toklink_reseal_report>([&](auto error) { return toklink_reseal_accounts_blocking(get(), &options, error); });
    }
    /** Starts the operation. `map` converts the report to the value of the future. */
    template <class F>
    auto reseal_accounts_async(const toklink_reseal_options &options, F map) const {
        return detail::start<toklink_reseal_report>(std::move(map), [&](auto done, void *data, toklink_op *id, auto &) {
            toklink_reseal_accounts(get(), &options, done, data, id);
        });
    }
    /** Lists the connected accounts of a tenant or of all tenants. */
    Returned<Owned<toklink_account_list>> list_accounts(const char *tenant = nullptr) const {
        return detail::owned<toklink_account_list>([&](auto error) { return toklink_list_accounts(get(), tenant, error); });
    }
    /** Loads one connected account. */
    Returned<Owned<toklink_account>> load_account(Text account) const {
        return detail::owned<toklink_account>([&](auto error) { return toklink_load_account(get(), account.c_str(), error); });
    }
    /** Lists the unfinished publishes. */
    Returned<Owned<toklink_publish_list>> unfinished_publishes(Text account) const {
        return detail::owned<toklink_publish_list>([&](auto error) { return toklink_unfinished_publishes(get(), account.c_str(), error); });
    }
    /** Requests the cancellation of a publish in any process. */
    Returned<Owned<toklink_publish_record>> request_cancel(Text account, Text key) const {
        return detail::owned<toklink_publish_record>([&](auto error) { return toklink_request_cancel(get(), account.c_str(), key.c_str(), error); });
    }
    /** Reads the stored metrics. */
    Returned<Owned<toklink_history>> metrics_history(Text account, Text from_day, Text to_day) const {
        return detail::owned<toklink_history>([&](auto error) { return toklink_metrics_history(get(), account.c_str(), from_day.c_str(), to_day.c_str(), error); });
    }
    /** Returns the windows as this process counts them. */
    Returned<Owned<toklink_quota>> quota_status(Text account) const {
        return detail::owned<toklink_quota>([&](auto error) { return toklink_quota_status(get(), account.c_str(), error); });
    }
    /** Reads the windows from Redis, or from this process without Redis. */
    Returned<Owned<toklink_quota>> read_quota(Text account) const {
        return detail::owned<toklink_quota>([&](auto error) { return toklink_read_quota(get(), account.c_str(), error); });
    }
    /** Starts a web login. */
    Returned<Owned<toklink_login_start>> begin_login(const toklink_login_options &options) const {
        return detail::owned<toklink_login_start>([&](auto error) { return toklink_begin_login(get(), &options, error); });
    }
    /** Returns the login to which a callback belongs. */
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
    /** Resets the account's counters. */
    Returned<void> reset_quota(Text account) const {
        return detail::done([&](auto error) { return toklink_reset_quota(get(), account.c_str(), error); });
    }
    /** Deletes the cached profile and videos of the account. */
    Returned<void> invalidate_cache(Text account) const {
        return detail::done([&](auto error) { return toklink_invalidate_cache(get(), account.c_str(), error); });
    }
    /** Abandons a publish whose outcome is unknown. */
    Returned<void> abandon_publish(Text account, Text key) const {
        return detail::done([&](auto error) { return toklink_abandon_publish(get(), account.c_str(), key.c_str(), error); });
    }
    /** Starts to refresh tokens before they expire; 0 stops it. */
    Returned<void> start_background_refresh(std::size_t max_concurrency) const {
        return detail::done([&](auto error) { return toklink_start_background_refresh(get(), max_concurrency, error); });
    }
    /** Encrypts a value for one account and field. */
    Returned<std::string> seal(Text account, Text field, Text value) const {
        return detail::text([&](auto error) { return toklink_seal(get(), account.c_str(), field.c_str(), value.c_str(), error); });
    }
    /** Decrypts a value, which is a secret. */
    Returned<std::string> unseal(Text account, Text field, Text sealed) const {
        return detail::text([&](auto error) { return toklink_unseal(get(), account.c_str(), field.c_str(), sealed.c_str(), error); });
    }
    /** Encrypts a value again with the current key. */
    Returned<std::string> reseal(Text account, Text field, Text sealed) const {
        return detail::text([&](auto error) { return toklink_reseal(get(), account.c_str(), field.c_str(), sealed.c_str(), error); });
    }
    /** Returns the URL of the consent page. */
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
