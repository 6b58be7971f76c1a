// A C++ host against the emulator: metrics and their history, captions, resumed publishes, quotas. Arguments: as for
// end_to_end.cpp.

#include "host.h"
#include "toklink.hpp"

#include <atomic>
#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>

namespace {

template <typename Work>
toklink_status failure_of(Work work) {
    try {
        work();
    } catch (const toklink::Error &error) {
        return error.status();
    }
    return TOKLINK_OK;
}

toklink::ClientOptions settings(const char *emulator, const std::string &store) {
    toklink::ClientOptions options;
    options.client_key(CLIENT_KEY).client_secret(SECRET).encryption_key(KEY);
    options.api_base_url(emulator).auth_base_url(emulator).sqlite_path(store);
    options.quota_policy(TOKLINK_QUOTA_POLICY_DOCUMENTED).cache(std::chrono::minutes(1), std::chrono::seconds(1));
    return options;
}

toklink::Account signed_in(const toklink::Client &client, const char *emulator) {
    const toklink::DesktopLogin login = client.begin_desktop_login(toklink::LoginRequest());
    toklink::Operation<toklink::LoginResult> waiting = client.wait_async(login);
    char code[1024], reply[4096];
    consent(emulator, login.url().data(), "ana.makes", code, sizeof code);
    come_back(login.redirect_uri().data(), login.url().data(), code, reply, sizeof reply);
    const toklink::LoginResult result = waiting.result.get();
    CHECK(result.login().tenant().empty() && result.login().get() != nullptr);
    return result.account();
}

void an_account_is_found_by_its_name(const toklink::Client &client, const toklink::Account &account) {
    const toklink::Account found = client.account(account.ref);
    CHECK(found.username == "ana.makes" && found.scopes == account.scopes);
    CHECK(found.missing_scopes == account.missing_scopes && found.avatar_url == account.avatar_url);
    CHECK(found.connected_at_ms > 0 && found.token_expires_at_ms > found.connected_at_ms);
    CHECK(failure_of([&] { client.account(toklink::AccountRef{"unknown"}); }) == TOKLINK_ERR_NOT_FOUND);
    const toklink::UserInfo info = client.user_info(account.ref);
    CHECK(!info.union_id().empty() && info.following_count() && !info.profile_deep_link().empty());
    client.invalidate_cache(account.ref);
    const toklink::CreatorInfo creator = client.creator_info(account.ref);
    CHECK(!creator.nickname().empty() && !creator.avatar_url().empty());
    const toklink::VideoPage page = client.list_videos(account.ref);
    const toklink::Video video = page.at(0);
    CHECK(video.duration.count() > 0 && video.created_at_ms > 0 && video.width && video.height);
    CHECK(video.comment_count >= 0 && video.share_count >= 0 && !video.cover_image_url.empty());
    client.start_background_refresh(2);
    client.start_background_refresh(0);
}

void a_sweep_is_kept_by_day(const toklink::Client &client, const toklink::AccountRef &account) {
    const toklink::CollectReport all = client.collect_metrics();
    CHECK(all.collected() == 1 && all.complete() && all.total() == 1U && all.failure_count() == 0);

    // The next run would accept metrics that were read in its first millisecond.
    const auto millis = [] { return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()); };
    for (const auto read = millis(); millis() == read;) {
    }
    toklink::CollectRequest again;
    again.max_age(std::chrono::milliseconds(0));
    struct First {
        std::promise<std::string> operation;
        std::atomic<unsigned> calls{0};
    };
    // The client owns the function after this scope.
    const auto first = std::make_shared<First>();
    client.on_call([first](const toklink::Event &event) {
        const bool ok = event.kind() == TOKLINK_EVENT_CALLED && event.failure().empty() && event.quota_remaining() > 0;
        if (++first->calls == 1) {
            first->operation.set_value(ok && event.quota_reset_at_ms() > 0 ? std::string(event.operation()) : "");
        }
    });
    CHECK(client.collect_metrics(again).collected() == 1 && first->operation.get_future().get() == "user_info");

    // The collection owns the function and may outlive the request.
    std::atomic<unsigned> told{0};
    toklink::Operation<toklink::CollectReport> sweep{0, {}};
    {
        toklink::CollectRequest request;
        request.account(account).account(toklink::AccountRef{"unknown"}).max_concurrency(1).limit(0);
        request.on_progress([&told](const toklink::CollectProgress &progress) {
            told += progress.total() == 2U ? 1U : 0U;
            return progress.skipped() + progress.collected() == 0;
        });
        sweep = client.collect_metrics_async(request);
    }
    const toklink::CollectReport report = sweep.result.get();
    CHECK(report.current() == 1 && report.failed() == 1 && report.skipped() == 0 && told > 0);
    const toklink::CollectFailure failure = report.failure(0);
    CHECK(failure.open_id == "unknown" && failure.tenant.empty() && failure.status == TOKLINK_ERR_NOT_FOUND);
    CHECK(failure.message.size() > 20);

    const toklink::MetricsHistory history = client.metrics_history(account, all.day(), all.day());
    const toklink::MetricsPoint point = history.at(0);
    CHECK(history.size() == 1 && history.gap_count() == 0 && point.day == all.day() && !point.growth);
    CHECK(point.metrics.followers() == client.account_metrics(account).followers());
    CHECK(point.metrics.views_per_video() > 0 && point.metrics.like_rate() < point.metrics.engagement_rate());
    CHECK(!history.over_day() && !history.over_week() && !history.over_month());
    CHECK(failure_of([&] { client.metrics_history(account, "today", "tomorrow"); }) == TOKLINK_ERR_INVALID_INPUT);
    toklink::CollectRequest both;
    both.tenant("acme").account(account);
    CHECK(failure_of([&] { client.collect_metrics(both); }) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(failure_of([&] { both.max_concurrency(101); }) == TOKLINK_ERR_INVALID_INPUT);
}

void a_caption_is_whole_or_refused() {
    toklink::Caption caption;
    caption.text("Morning run").hashtag("running").mention("@ana.makes");
    CHECK(caption.utf16_units() == 31 && caption.build(2200) == "Morning run #running @ana.makes");
    CHECK(failure_of([&] { caption.build(30); }) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(failure_of([&] { caption.hashtag("two words"); }) == TOKLINK_ERR_INVALID_INPUT);
}

void a_publish_goes_on_by_its_name(const toklink::Client &client, const toklink::AccountRef &account,
                                   const std::string &video) {
    toklink::PublishRequest request;
    request.path(video).title("daily").privacy_level("SELF_ONLY").idempotency_key("daily-1").wait_for_outcome(false);
    request.cover_timestamp(std::chrono::seconds(1)).is_aigc(true).brand_content(false).brand_organic(false);
    std::string heard;
    request.on_progress([&heard](const toklink::Progress &progress) {
        heard = progress.publish_id;
        return true;
    });
    const toklink::PublishOutcome begun = client.publish_video(account, request);
    CHECK(heard == begun.publish_id() && begun.warnings().size() == 1);
    CHECK(begun.warnings()[0].find("applies a cover frame to PUBLIC_TO_EVERYONE posts only") != std::string_view::npos);
    const toklink::UnfinishedList list = client.unfinished_publishes(account);
    const toklink::UnfinishedPublish open = list.at(0);
    CHECK(list.size() == 1 && open.idempotency_key == "daily-1" && open.publish_id == begun.publish_id());
    CHECK(open.total_bytes > 0 && open.accepted_bytes == open.total_bytes && !open.photos && !open.draft);
    CHECK(open.started_at_ms > 0 && open.updated_at_ms >= open.started_at_ms);

    toklink::Operation<toklink::PublishOutcome> waiting = client.wait_for_publish_async(account, begun.publish_id());
    CHECK(waiting.result.get().state() == TOKLINK_PUBLISH_COMPLETE);
    CHECK(client.resume_publish_async(account, "daily-1").result.get().publish_id() == begun.publish_id());
    CHECK(client.resume_publish_async(account, "daily-1", request).result.get().publish_id() == begun.publish_id());
    const toklink::PublishStatus status = client.publish_status(account, begun.publish_id());
    CHECK(status.publish_id() == begun.publish_id() && status.fail_reason().empty());
    CHECK(client.unfinished_publishes(account).size() == 0);
}

void a_restart_does_not_forget_what_was_counted(const toklink::Client &client, const char *emulator,
                                             const std::string &store) {
    const toklink::AccountRef account{"counted"};
    client.increment_quota(account, TOKLINK_QUOTA_PUBLISH_INIT);
    const toklink::Client restarted(settings(emulator, store));
    restarted.restore_quota(client.quota_snapshot());
    const toklink::QuotaStatus status = restarted.read_quota(account);
    const auto window = status.tightest(TOKLINK_QUOTA_PUBLISH_INIT);
    CHECK(window && window->count == 1 && window->reset_at_ms > 0 && window->resets_in.count() > 0);
    CHECK(failure_of([&] { restarted.restore_quota("no snapshot"); }) == TOKLINK_ERR_INVALID_INPUT);
}

void a_redis_that_is_away_is_an_event(const char *emulator, const std::string &store, const toklink::AccountRef &account) {
    // Port 1 is closed.
    const toklink::Client client(settings(emulator, store).redis_url("redis://127.0.0.1:1").redis_fallback_share(2));
    std::atomic<unsigned> away{0};
    std::atomic<unsigned> others{0};
    std::promise<void> heard;
    client.on_event([&](const toklink::Event &event) {
        if (event.kind() == TOKLINK_EVENT_REDIS_UNAVAILABLE && event.sharing() && ++away == 1) {
            heard.set_value();
        }
        others += event.reason().empty() ? 0U : 1U;
        others += event.quota_warning().percent > 0 || event.token_expires_at_ms() > 0 ? 1U : 0U;
    });
    CHECK(failure_of([&] { client.user_info(account); }) == TOKLINK_ERR_UNAVAILABLE);
    const toklink::Client alone(settings(emulator, store).redis_url("redis://127.0.0.1:1").no_redis());
    CHECK(alone.user_info(account).display_name().size() > 0);
    // A separate thread delivers events, and closing does not wait for it.
    heard.get_future().wait();
    client.close();
    CHECK(away == 1 && others == 0);
}

} // namespace

int main(int count, char **arguments) {
    CHECK(count == 4);
    CHECK(toklink::version_number() == TOKLINK_VERSION_NUMBER);
    const std::string store = std::string(arguments[1]) + "/daily-" + std::to_string(getpid()) + ".db";
    const toklink::Client client(settings(arguments[3], store));
    const toklink::Account account = signed_in(client, arguments[3]);
    an_account_is_found_by_its_name(client, account);
    a_sweep_is_kept_by_day(client, account.ref);
    a_caption_is_whole_or_refused();
    a_publish_goes_on_by_its_name(client, account.ref, std::string(arguments[2]) + "/media/good.mp4");
    a_restart_does_not_forget_what_was_counted(client, arguments[3], store);
    a_redis_that_is_away_is_an_event(arguments[3], store, account.ref);
    client.disconnect(account.ref);
    client.close();
    CHECK(std::remove(store.c_str()) == 0);
    std::printf("%u checks passed\n", checks_done);
    return 0;
}
