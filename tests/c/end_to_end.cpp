// The C++ header against the emulator: futures, progress, cancelling. Arguments: a directory for its files, this directory,
// and the emulator's address.

#include "host.h"
#include "toklink.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

toklink::Client opened(const char *emulator) {
    toklink::ClientOptions options;
    options.client_key(CLIENT_KEY).client_secret(SECRET).encryption_key(KEY);
    options.api_base_url(emulator).auth_base_url(emulator);
    return toklink::Client(options);
}

toklink::AccountRef signed_in(const toklink::Client &client, const char *emulator) {
    const toklink::DesktopLogin login = client.begin_desktop_login(toklink::LoginRequest());
    toklink::Operation<toklink::LoginResult> waiting = client.wait_async(login);
    char code[1024], reply[4096];
    consent(emulator, login.url().data(), "ana.makes", code, sizeof code);
    come_back(login.redirect_uri().data(), login.url().data(), code, reply, sizeof reply);
    const toklink::Account account = waiting.result.get().account();
    CHECK(account.username == "ana.makes" && account.status == TOKLINK_ACCOUNT_ACTIVE && !account.scopes.empty());
    CHECK(client.accounts().size() == 1 && client.accounts().at(0).ref.open_id == account.ref.open_id);
    return account.ref;
}

template <typename T>
toklink_status failure_of(std::future<T> result) {
    try {
        result.get();
    } catch (const toklink::Error &error) {
        return error.status();
    }
    return TOKLINK_OK;
}

void figures_come_now_or_later(const toklink::Client &client, const toklink::AccountRef &account) {
    toklink::Operation<toklink::AccountMetrics> later = client.account_metrics_async(account);
    const toklink::AccountMetrics metrics = client.account_metrics(account);
    CHECK(later.id > 0 && later.result.get().followers() == metrics.followers() && metrics.videos_read() == 20);
    CHECK(client.user_info(account).username() == "ana.makes");
    CHECK(client.access_token(account).rfind("act.", 0) == 0);
    const toklink::VideoPage page = client.list_videos(account);
    CHECK(page.size() == 20 && page.next_cursor() && !page.at(0).id.empty());
    CHECK(client.creator_info(account).privacy_level_count() > 0);
    CHECK(failure_of(client.account_metrics_async(toklink::AccountRef{"unknown"}).result) != TOKLINK_OK);
}

toklink::PublishRequest request_for(const std::string &video, const char *key) {
    toklink::PublishRequest request;
    request.path(video).title("from C++").privacy_level("SELF_ONLY").idempotency_key(key);
    return request;
}

void a_publish_tells_its_progress_and_can_be_stopped(const toklink::Client &client, const toklink::AccountRef &account,
                                                     const std::string &video) {
    std::atomic<unsigned> told{0};
    toklink::Operation<toklink::PublishOutcome> posting{0, {}};
    {
        // The publish owns the function and may outlive the request.
        toklink::PublishRequest request = request_for(video, "cpp-1");
        request.on_progress([&told](const toklink::Progress &progress) {
            told += progress.total_bytes > 0 ? 1U : 0U;
            return true;
        });
        posting = client.publish_video_async(account, request);
    }
    const toklink::PublishOutcome outcome = posting.result.get();
    CHECK(outcome.state() == TOKLINK_PUBLISH_COMPLETE && outcome.idempotency_key() == "cpp-1" && told > 0);

    toklink::PublishRequest throwing = request_for(video, "cpp-2");
    throwing.on_progress([](const toklink::Progress &) -> bool { throw std::runtime_error("the host's own"); });
    CHECK(failure_of(client.publish_video_async(account, throwing).result) == TOKLINK_ERR_CANCELLED);
}

// The progress function of a blocking call lives until that call returns, even if it replaces itself or destroys the request.
void a_function_may_replace_itself(const toklink::Client &client, const toklink::AccountRef &account,
                                   const std::string &video) {
    for (const bool ends : {false, true}) {
        auto request = std::make_unique<toklink::PublishRequest>(request_for(video, ends ? "cpp-3" : "cpp-4"));
        std::atomic<unsigned> told{0};
        auto alive = std::make_shared<int>(0);
        request->on_progress([&request, &told, ends, alive = std::move(alive)](const toklink::Progress &) {
            const std::weak_ptr<int> watched = alive;
            std::atomic<unsigned> &heard = told;
            if (ends) {
                request.reset();
            } else {
                request->on_progress([](const toklink::Progress &) { return true; });
            }
            CHECK(!watched.expired());
            heard += 1;
            return false;
        });
        toklink_status status = TOKLINK_OK;
        try {
            client.publish_video(account, *request);
        } catch (const toklink::Error &error) {
            status = error.status();
        }
        CHECK(status == TOKLINK_ERR_CANCELLED && told > 0);
    }
}

void a_client_that_goes_fulfils_every_future(const char *emulator) {
    std::future<toklink::LoginResult> orphan;
    {
        const toklink::Client client = opened(emulator);
        orphan = client.wait_async(client.begin_desktop_login(toklink::LoginRequest())).result;
    }
    const toklink_status status = failure_of(std::move(orphan));
    CHECK(status == TOKLINK_ERR_CANCELLED || status == TOKLINK_ERR_CLOSED);
}

} // namespace

int main(int count, char **arguments) {
    CHECK(count == 4);
    const toklink::Client client = opened(arguments[3]);
    const toklink::AccountRef account = signed_in(client, arguments[3]);
    figures_come_now_or_later(client, account);
    const std::string video = std::string(arguments[2]) + "/media/good.mp4";
    a_publish_tells_its_progress_and_can_be_stopped(client, account, video);
    a_function_may_replace_itself(client, account, video);
    client.disconnect(account);
    client.close();
    a_client_that_goes_fulfils_every_future(arguments[3]);
    std::printf("%u checks passed\n", checks_done);
    return 0;
}
