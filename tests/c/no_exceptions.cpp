// The C++ header in a host without exceptions (-fno-exceptions). Arguments: as for end_to_end.c.

#define TOKLINK_NO_EXCEPTIONS

#include "toklink.hpp"

#include "host.h"

#include <type_traits>

namespace {

static_assert(std::is_same<toklink::Returned<int>, toklink::Result<int>>::value, "a call returns a result");

void invalid_options_are_an_error() {
    const toklink::Result<toklink::Client> refused = toklink::Client::make(toklink::init<toklink_options>());
    CHECK(!refused && refused.error().code() == "CONFIG");
    CHECK(std::string(refused.error().what()).find("client_key") != std::string::npos);
}

void calls_return_a_value_or_an_error(const toklink::Client &client, const std::string &account, const std::string &video) {
    CHECK(std::string(client.user_info(account).value()->username) == "ana.makes");
    const auto unknown = client.user_info("unknown");
    CHECK(!unknown && unknown.error().operation() == "user_info");
    CHECK(client.check_quota(account, TOKLINK_QUOTA_PUBLISH_INIT));
    const toklink::Result<std::string> sealed = client.seal(account, "note", "kept");
    CHECK(sealed && *client.unseal(account, "note", *sealed) == "kept");
    CHECK(client.unseal(account, "other", *sealed).error().status() == TOKLINK_ERR_INTEGRITY);
    CHECK(client.verify_webhook("", "{}").error().status() == TOKLINK_ERR_INTEGRITY);
    CHECK((*toklink::probe_video(video))->is_acceptable && !toklink::probe_video("/nothing.mp4"));

    auto post = toklink::init<toklink_publish_options>();
    post.account = account.c_str();
    post.path = video.c_str();
    post.privacy_level = "SELF_ONLY";
    post.idempotency_key = "no-exceptions-1";
    auto posting = client.publish_video_async(post, [](const toklink_publish &done) { return done.state; });
    CHECK(posting.result.get().value() == TOKLINK_PUBLISH_COMPLETE);
    post.idempotency_key = "no-exceptions-2";
    CHECK(client.publish_video(post, [](const toklink_progress &) { return false; }).error().status() == TOKLINK_ERR_CANCELLED);
    post.path = nullptr;
    auto refused = client.publish_video_async(post, [](const toklink_publish &) {});
    CHECK(refused.result.get().error().status() == TOKLINK_ERR_INVALID_INPUT);
}

} // namespace

int main(int count, char **arguments) {
    CHECK(count == 4);
    invalid_options_are_an_error();
    const toklink::Result<toklink::Client> client = toklink::Client::make(options_for(arguments[3]));
    CHECK(client);
    browser user = {arguments[3], "ana.makes", ""};
    const auto account = client->login([&user](const char *url) { return browses(&user, url); });
    CHECK(account);
    const std::string id = (*account)->id;
    calls_return_a_value_or_an_error(*client, id, std::string(arguments[2]) + "/media/good.mp4");
    CHECK(client->disconnect(id) && client->close());
    CHECK(client->user_info(id).error().status() == TOKLINK_ERR_CLOSED);
    std::printf("%u checks passed\n", checks_done);
    return 0;
}
