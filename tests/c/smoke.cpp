// The C++ API without a network: options, errors, text and memory. Arguments: a directory for its files, and this directory.

#include "check.h"
#include "toklink.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

const std::string KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static_assert(std::is_nothrow_move_constructible<toklink::Client>::value, "a client moves");
static_assert(!std::is_copy_constructible<toklink::Client>::value, "a handle has one owner");
static_assert(std::is_nothrow_copy_constructible<toklink::Error>::value, "an exception must copy safely");

toklink::ClientOptions complete_options() {
    toklink::ClientOptions options;
    options.client_key("awdemo").client_secret("s3cret").encryption_key(KEY);
    options.callback_url("http://127.0.0.1:7/callback").auth_base_url("http://127.0.0.1:9");
    return options;
}

template <typename Work>
toklink::Error thrown(Work work) {
    try {
        work();
    } catch (const toklink::Error &error) {
        return error;
    }
    std::fputs("an error was expected\n", stderr);
    std::exit(1);
}

void a_failure_is_an_exception_that_outlives_the_call() {
    const toklink::Error error = thrown([] { toklink::Client client{toklink::ClientOptions()}; });
    CHECK(error.status() == TOKLINK_ERR_CONFIG && error.code() == "CONFIG");
    CHECK(std::string(error.what()).find("TIKTOK_CLIENT_KEY") != std::string::npos);
    CHECK(error.owner() == TOKLINK_OWNER_APP && !error.is_retryable() && !error.retry_after());
    CHECK(error.http_status() == 0 && error.tiktok_code().empty() && error.log_id().empty());
    CHECK(!error.may_have_been_sent() && !error.is_safe_to_repeat());

    // A host can store it for another thread.
    const std::exception_ptr kept = std::make_exception_ptr(error);
    const toklink::Error again = thrown([&] { std::rethrow_exception(kept); });
    CHECK(again.code() == error.code());

    const std::string_view no_utf8("\xff", 1);
    CHECK(thrown([&] { toklink::ClientOptions().client_key(no_utf8); }).status() == TOKLINK_ERR_INVALID_INPUT);
}

void a_client_moves_and_answers() {
    toklink::Client first(complete_options());
    toklink::Client client(std::move(first));

    toklink::AuthorizeLink link("st-1");
    link.scope("user.info.basic").code_challenge(KEY).disable_auto_auth(true);
    const std::string url = client.authorize_url(link);
    CHECK(url.rfind("http://127.0.0.1:9/v2/auth/authorize/?", 0) == 0);
    CHECK(url.find("scope=user.info.basic&") != std::string::npos && url.find("state=st-1") != std::string::npos);
    CHECK(thrown([&] { client.authorize_url(toklink::AuthorizeLink("")); }).operation() == "authorize_url");

    const toklink::QuotaStatus quota = client.quota_status("", "open-id");
    const auto posts = quota.tightest(TOKLINK_QUOTA_PUBLISH_INIT);
    CHECK(posts && posts->limit == 6 && posts->remaining == 6 && posts->length == std::chrono::minutes(1));
    CHECK(quota.size() > 0 && quota.at(0).count == 0);
    bool refused = false;
    try {
        quota.at(quota.size());
    } catch (const std::out_of_range &) {
        refused = true;
    }
    CHECK(refused);
}

void many_threads_may_use_one_client() {
    const toklink::Client client(complete_options());
    std::atomic<unsigned> answered{0};
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < 4; thread += 1) {
        threads.emplace_back([&client, &answered, thread] {
            const std::string account = "account-" + std::to_string(thread);
            for (unsigned turn = 0; turn < 50; turn += 1) {
                const toklink::AuthorizeLink link("st-" + std::to_string(turn));
                const bool full = client.quota_status("", account).at(0).count == 0;
                answered += full && !client.authorize_url(link).empty() ? 1U : 0U;
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK(answered == 200);
}

void a_video_is_judged(const std::string &here) {
    const toklink::ProbeReport good = toklink::probe_video(here + "/media/good.mp4");
    CHECK(good.is_acceptable() && good.finding_count() == 0 && good.video_codec() == "h264");
    CHECK(good.duration() == std::chrono::milliseconds(1000) && good.width() == 576 && good.height() == 1024);
    CHECK(good.has_audio() == std::optional<bool>(false) && good.mime() == "video/mp4" && good.rotation() == 0);

    const toklink::ProbeReport small = toklink::probe_video(here + "/media/small.mp4");
    CHECK(!small.is_acceptable() && small.finding_count() == 2);
    CHECK(small.finding(0).rule == "frame_rate" && small.finding(0).is_error);
    CHECK(thrown([&] { toklink::probe_video(here + "/nothing.mp4"); }).status() == TOKLINK_ERR_NOT_FOUND);
}

} // namespace

int main(int count, char **arguments) {
    CHECK(count >= 3);
    CHECK(toklink::version() == TOKLINK_VERSION && toklink::is_compatible());
    a_failure_is_an_exception_that_outlives_the_call();
    a_client_moves_and_answers();
    many_threads_may_use_one_client();
    a_video_is_judged(arguments[2]);
    std::printf("%u checks passed\n", checks_done);
    return 0;
}
