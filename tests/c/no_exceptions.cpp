// The C++ header in a host without exceptions (-fno-exceptions). Arguments: a directory for its files, this directory, and
// the emulator's address.

#define TOKLINK_NO_EXCEPTIONS

#include "host.h"
#include "toklink.hpp"

#include <string>
#include <type_traits>
#include <utility>

namespace {

static_assert(std::is_same<toklink::Returned<int>, toklink::Result<int>>::value, "a call gives a result");

toklink::ClientOptions complete_options(const char *emulator) {
    toklink::ClientOptions options;
    options.client_key(CLIENT_KEY).client_secret(SECRET).encryption_key(KEY);
    options.api_base_url(emulator).auth_base_url(emulator);
    return options;
}

void what_is_wrong_in_settings_is_told_by_the_call_that_takes_them(const char *emulator) {
    toklink::ClientOptions wrong = complete_options(emulator);
    CHECK(!wrong.fault());
    wrong.client_key(std::string_view("\xff", 1)).client_secret("given");
    CHECK(wrong.fault() && wrong.fault()->status() == TOKLINK_ERR_INVALID_INPUT);
    const toklink::Result<toklink::Client> refused = toklink::Client::make(wrong);
    CHECK(!refused && refused.error().status() == TOKLINK_ERR_INVALID_INPUT);
    const toklink::Result<toklink::Client> empty = toklink::Client::make(toklink::ClientOptions());
    CHECK(!empty.has_value() && empty.error().code() == "CONFIG");
    CHECK(std::string(empty.error().what()).find("TIKTOK_CLIENT_KEY") != std::string::npos);
}

toklink::AccountRef signed_in(const toklink::Client &client, const char *emulator) {
    const toklink::Result<toklink::DesktopLogin> login = client.begin_desktop_login(toklink::LoginRequest());
    auto waiting = client.wait_async(*login);
    CHECK(login && waiting);
    char code[1024], reply[4096];
    consent(emulator, login->url().data(), "ana.makes", code, sizeof code);
    come_back(login->redirect_uri().data(), login->url().data(), code, reply, sizeof reply);
    const toklink::Result<toklink::LoginResult> result = waiting->result.get();
    CHECK(result && result->account().username == "ana.makes");
    return result->account().ref;
}

void calls_give_a_value_or_an_error(const toklink::Client &client, const toklink::AccountRef &account,
                                    const std::string &video) {
    CHECK(client.user_info(account).value().username() == "ana.makes");
    const auto unknown = client.user_info(toklink::AccountRef{"unknown"});
    CHECK(!unknown && unknown.error().operation() == "user_info");
    CHECK(client.check_quota(account, TOKLINK_QUOTA_PUBLISH_INIT));
    const toklink::Result<std::string> sealed = client.seal(account, "note", "kept");
    CHECK(sealed && *client.unseal(account, "note", *sealed) == "kept");
    CHECK(client.unseal(account, "other", *sealed).error().status() == TOKLINK_ERR_INTEGRITY);
    CHECK(!client.reseal(account, "note", *sealed).value());
    CHECK(client.verify_webhook("", "{}").error().status() == TOKLINK_ERR_INTEGRITY);
    CHECK(toklink::probe_video(video)->is_acceptable() && !toklink::probe_video("/nothing.mp4"));

    toklink::PublishRequest request;
    request.path(video).title("no exceptions").privacy_level("SELF_ONLY").idempotency_key("no-exceptions-1");
    auto posting = client.publish_video_async(account, request);
    CHECK(posting && posting->result.get().value().state() == TOKLINK_PUBLISH_COMPLETE);
    request.idempotency_key("no-exceptions-2").on_progress([](const toklink::Progress &) { return false; });
    CHECK(client.publish_video(account, request).error().status() == TOKLINK_ERR_CANCELLED);
    request.title(std::string_view("\xff", 1));
    CHECK(client.publish_video_async(account, request).error().status() == TOKLINK_ERR_INVALID_INPUT);
}

} // namespace

int main(int count, char **arguments) {
    CHECK(count == 4);
    what_is_wrong_in_settings_is_told_by_the_call_that_takes_them(arguments[3]);
    const toklink::Result<toklink::Client> client = toklink::Client::make(complete_options(arguments[3]));
    CHECK(client);
    const toklink::AccountRef account = signed_in(*client, arguments[3]);
    calls_give_a_value_or_an_error(*client, account, std::string(arguments[2]) + "/media/good.mp4");
    CHECK(client->disconnect(account) && client->close());
    CHECK(client->user_info(account).error().status() == TOKLINK_ERR_CLOSED);
    std::printf("%u checks passed\n", checks_done);
    return 0;
}
