// A C++ host from login to disconnect, against the emulator. Arguments: as for end_to_end.c.

#include "toklink.hpp"

#include "host.h"

#include <atomic>
#include <cstring>

namespace {

std::string video;
std::string emulator;

toklink::OpenUrl browser_of(browser &user) {
    return [&user](const char *url) { return browses(&user, url); };
}

std::string logged_in(const toklink::Client &client) {
    browser user = {emulator.c_str(), "ana.makes", ""};
    const toklink::Account account = client.login(browser_of(user));
    CHECK(std::strcmp(account->username, "ana.makes") == 0 && std::strstr(user.reply, "HTTP/1.1 200") == user.reply);

    browser again = {emulator.c_str(), "ana.makes", ""};
    auto waiting = client.login_async(browser_of(again), toklink::init<toklink_login_options>(),
                                      [](const toklink_account &found) { return std::string(found.id); });
    CHECK(waiting.id > 0 && waiting.result.get() == account->id);
    auto refused = client.login_async([](const char *) -> bool { throw std::runtime_error("no browser"); },
                                      toklink::init<toklink_login_options>(), [](const toklink_account &) {});
    try {
        refused.result.get();
        CHECK(false && "a login without a browser succeeded");
    } catch (const toklink::Error &error) {
        CHECK(error.status() == TOKLINK_ERR_CANCELLED);
    }
    return account->id;
}

void an_account_is_read(const toklink::Client &client, const std::string &account) {
    const toklink::User user = client.user_info(account);
    CHECK(toklink::known(user->followers) && std::strcmp(user->username, "ana.makes") == 0);
    auto followers = client.user_info_async(account, [](const toklink_user &found) { return found.followers; });
    CHECK(followers.result.get() == user->followers);
    CHECK(client.account_metrics(account)->followers == user->followers);
    auto rate = client.account_metrics_async(account, [](const toklink_metrics &found) { return found.engagement_rate; });
    CHECK(rate.result.get() > 0);
    std::size_t seen = 0;
    std::string first;
    for (std::int64_t cursor = 0; cursor >= 0;) {
        const toklink::VideoPage page = client.list_videos(account, cursor);
        for (const toklink_video *one : toklink::items(page)) {
            seen += 1;
            first = first.empty() ? one->id : first;
        }
        cursor = page->next_cursor;
    }
    CHECK(seen == 45 && client.query_videos(account, {first.c_str()})->count == 1);
    auto count = [](const toklink_video_page &page) { return page.count; };
    CHECK(client.list_videos_async(account, 0, 5, count).result.get() == 5);
    CHECK(client.query_videos_async(account, {first.c_str()}, count).result.get() == 1);
    CHECK(client.creator_info(account)->privacy_level_count > 0);
    auto duets = client.creator_info_async(account, [](const toklink_creator &found) { return found.duet_disabled; });
    CHECK(!duets.result.get());
    CHECK(client.access_token(account).rfind("act.", 0) == 0);
    CHECK(client.access_token_async(account).result.get() == client.access_token(account));
    CHECK(client.load_account(account)->status == TOKLINK_ACCOUNT_ACTIVE && client.list_accounts()->count == 1);
}

void completions_receive_a_result_or_an_error(const toklink::Client &client, const std::string &account) {
    std::promise<std::string> name, token;
    std::promise<toklink_status> refusal, revoked;
    const toklink_op first = client.user_info_async(account, [&](const toklink_user *user, const toklink_error *error) {
        name.set_value(error == nullptr ? user->username : error->message);
    });
    const toklink_op second = client.user_info_async("unknown", [&](const toklink_user *user, const toklink_error *error) {
        refusal.set_value(user == nullptr ? error->status : TOKLINK_OK);
        throw std::runtime_error("goes no further");
    });
    client.revoke_async("", [&](const toklink_error *error) { revoked.set_value(error->status); });
    client.access_token_async(account, [&](const char *text, const toklink_error *) { token.set_value(text); });
    CHECK(first > 0 && second > first && name.get_future().get() == "ana.makes");
    CHECK(refusal.get_future().get() == TOKLINK_ERR_NOT_FOUND);
    CHECK(revoked.get_future().get() == TOKLINK_ERR_INVALID_INPUT);
    CHECK(token.get_future().get() == client.access_token(account));
}

toklink_publish_options post(const std::string &account, const char *key) {
    auto options = toklink::init<toklink_publish_options>();
    options.account = account.c_str();
    options.path = video.c_str();
    options.title = "from C++ #test";
    options.privacy_level = "SELF_ONLY";
    options.idempotency_key = key;
    return options;
}

void videos_are_published(const toklink::Client &client, const std::string &account) {
    std::atomic<unsigned> steps{0};
    auto progress = [&steps](const toklink_progress &step) { return steps += 1, step.bytes_sent <= step.total_bytes; };
    const toklink::Publish done = client.publish_video(post(account, "cpp-1"), progress);
    CHECK(done->state == TOKLINK_PUBLISH_COMPLETE && steps > 0);
    steps = 0;
    auto id = [](const toklink_publish &publish) { return std::string(publish.publish_id); };
    auto posting = client.publish_video_async(post(account, "cpp-2"), id, progress);
    const std::string second = posting.result.get();
    CHECK(steps > 0 && second != done->publish_id);
    CHECK(client.resume_publish("cpp-2", post(account, nullptr))->publish_id == second);
    CHECK(client.resume_publish_async("cpp-2", post(account, nullptr), id).result.get() == second);
    CHECK(client.wait_for_publish(second, post(account, nullptr))->state == TOKLINK_PUBLISH_COMPLETE);
    CHECK(client.wait_for_publish_async(second, post(account, nullptr), id).result.get() == second);
    CHECK(client.publish_status(account, second)->state == TOKLINK_PUBLISH_COMPLETE);
    CHECK(client.publish_status_async(account, second, id).result.get() == second);
    CHECK(std::strcmp(client.find_publish(account, "cpp-2")->step, "DONE") == 0 && !client.find_publish(account, "never"));
    CHECK(client.unfinished_publishes(account)->count == 0 && !client.request_cancel(account, "cpp-2")->cancel_requested);
    const auto refused = [&](auto call, toklink_status status) {
        try {
            call();
        } catch (const toklink::Error &error) {
            CHECK(error.status() == status);
            return error.reason();
        }
        CHECK(false && "the call succeeded");
        return TOKLINK_REASON_OTHER;
    };
    (void)refused([&] { client.publish_video(post(account, "cpp-3"), [](auto &) { return false; }); }, TOKLINK_ERR_CANCELLED);
    (void)refused([&] { client.publish_video(post(account, "cpp-4"), [](auto &) -> bool { throw 1; }); }, TOKLINK_ERR_CANCELLED);
    auto photos = post(account, "cpp-1");
    photos.path = nullptr;
    const char *urls[] = {"https://media.example.test/1.jpg"};
    photos.photo_urls = urls;
    photos.photo_count = 1;
    CHECK(refused([&] { client.publish_photos(photos); }, TOKLINK_ERR_CONFLICT) == TOKLINK_REASON_KEY_OF_ANOTHER_PUBLISH);
    (void)refused([&] { client.publish_photos_async(photos, id).result.get(); }, TOKLINK_ERR_CONFLICT);
    CHECK(refused([&] { client.abandon_publish(account, "cpp-1"); }, TOKLINK_ERR_CONFLICT) == TOKLINK_REASON_CAN_STILL_COMPLETE);
    (void)refused([&] { client.cancel_publish(account, ""); }, TOKLINK_ERR_INVALID_INPUT);
    (void)refused([&] { client.cancel_publish_async(account, "").result.get(); }, TOKLINK_ERR_INVALID_INPUT);
}

void metrics_are_collected(const toklink::Client &client, const std::string &account) {
    const toklink::CollectReport report = client.collect_metrics();
    CHECK(report->collected == 1 && report->complete);
    auto current = client.collect_metrics_async(toklink::init<toklink_collect_options>(),
                                                [](const toklink_collect_report &found) { return found.current; });
    CHECK(current.result.get() == 1);
    const toklink::History history = client.metrics_history(account, report->day, report->day);
    CHECK(history->point_count == 1 && history->points[0]->growth == nullptr);
    CHECK(client.reseal_accounts()->current == 1);
    auto keys = client.reseal_accounts_async(toklink::init<toklink_reseal_options>(),
                                             [](const toklink_reseal_report &found) { return found.key_count; });
    CHECK(keys.result.get() == 1);
}

} // namespace

int main(int count, char **arguments) {
    CHECK(count == 4);
    emulator = arguments[3];
    video = std::string(arguments[2]) + "/media/good.mp4";
    std::atomic<unsigned> events{0};
    {
        const toklink::Client client(options_for(emulator.c_str()));
        client.call_events([&events](const toklink_event &event) { events += event.kind == TOKLINK_EVENT_CALLED; });
        client.events([](const toklink_event &) { throw std::runtime_error("goes no further"); });
        const std::string account = logged_in(client);
        an_account_is_read(client, account);
        completions_receive_a_result_or_an_error(client, account);
        videos_are_published(client, account);
        metrics_are_collected(client, account);
        client.disconnect(account);
        try {
            client.disconnect_async(account).result.get();
            CHECK(false && "an account was disconnected twice");
        } catch (const toklink::Error &error) {
            CHECK(error.status() == TOKLINK_ERR_NOT_FOUND && error.operation() == "disconnect");
        }
    }
    CHECK(events > 5);
    std::printf("%u checks passed\n", checks_done);
    return 0;
}
