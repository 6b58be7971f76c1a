// Tests the C++ header without a network: options, errors, strings and memory. Arguments: a directory for its files, and this directory.

#include "toklink.hpp"

#include "check.h"

#include <cstring>
#include <type_traits>
#include <utility>

namespace {

constexpr const char *key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static_assert(!std::is_copy_constructible<toklink::Client>::value, "a client is not copied");
static_assert(std::is_nothrow_move_constructible<toklink::Client>::value, "a client moves");
static_assert(std::is_same<toklink::Returned<int>, int>::value, "calls return their value and throw errors");

template <class T, class = void>
struct has_items : std::false_type {};
template <class T>
struct has_items<T, decltype(toklink::items(std::declval<T>()), void())> : std::true_type {};
using Quotas = toklink::Quota;
static_assert(has_items<const Quotas &>::value, "a list has items");
static_assert(!has_items<Quotas>::value, "a temporary list has no items, because it is freed before they are read");

toklink_options complete() {
    auto options = toklink::init<toklink_options>();
    options.client_key = "awdemo";
    options.client_secret = "s3cret";
    options.encryption_key = key;
    options.callback_url = "http://127.0.0.1:7/callback";
    options.api_base_url = options.auth_base_url = "http://127.0.0.1:9";
    return options;
}

template <class F>
toklink::Error error_of(F call) {
    try {
        call();
    } catch (const toklink::Error &error) {
        return error;
    }
    CHECK(false && "the call succeeded");
    std::abort();
}

void errors_are_copies_that_outlive_the_call() {
    const toklink::Error error = error_of([] { toklink::Client(toklink::init<toklink_options>()); });
    CHECK(error.status() == TOKLINK_ERR_CONFIG && error.code() == "CONFIG" && error.reason_code() == "OTHER");
    CHECK(error.problems().size() == 3 && error.problems()[0].option == "client_key");
    CHECK(std::strstr(error.what(), "client_key is not set") != nullptr);
    const toklink::Error copy = error;
    CHECK(copy.owner() == TOKLINK_OWNER_APP && !copy.retry_after() && !copy.is_retryable());
    CHECK(toklink::Error(nullptr).status() == TOKLINK_ERR_INTERNAL);
}

void texts_come_in_three_forms() {
    const std::string text = "acme";
    const std::string_view part = std::string_view("user-1 and more").substr(0, 6);
    const std::string id = toklink::account_id(text, part);
    const auto parts = toklink::split_account_id(id);
    CHECK(parts.first == "acme" && parts.second == "user-1" && toklink::account_id("", "x") == "x");
    CHECK(error_of([] { toklink::split_account_id("a/b/c"); }).status() == TOKLINK_ERR_INVALID_INPUT);
    CHECK(toklink::make_key().size() == 64 && toklink::version() == TOKLINK_VERSION && toklink::is_compatible());
    CHECK(toklink::version_number() == TOKLINK_VERSION_NUMBER);
    CHECK(toklink::build_caption({{TOKLINK_CAPTION_TEXT, "run"}, {TOKLINK_CAPTION_HASHTAG, "fast"}}) == "run #fast");
}

void a_client_answers_what_needs_no_network() {
    const toklink::Client client(complete());
    auto link = toklink::init<toklink_authorize_options>();
    link.state = "st-1";
    CHECK(client.authorize_url(link).find("state=st-1") != std::string::npos);
    const std::string sealed = client.seal("user-1", "note", "kept");
    CHECK(client.unseal("user-1", "note", sealed) == "kept" && client.reseal("user-1", "note", sealed) == sealed);
    CHECK(error_of([&] { client.unseal("user-2", "note", sealed); }).status() == TOKLINK_ERR_INTEGRITY);
    client.increment_quota("user-1", TOKLINK_QUOTA_PUBLISH_INIT);
    const toklink::Quota quota = client.quota_status("user-1");
    bool found = false;
    for (const toklink_quota_window *window : toklink::items(quota)) {
        found |= window->kind == TOKLINK_QUOTA_PUBLISH_INIT && window->used == 1;
    }
    CHECK(found && client.read_quota("user-1")->count == quota->count);
    client.reset_quota("user-1");
    client.check_quota("user-1", TOKLINK_QUOTA_PUBLISH_INIT);
    client.invalidate_cache("user-1");
    client.start_background_refresh(0);
    client.dispatch();
    CHECK(!client.cancel(7) && client.list_accounts()->count == 0);
    CHECK(error_of([&] { client.load_account("user-1"); }).reason() == TOKLINK_REASON_ACCOUNT_NOT_CONNECTED);
    CHECK(error_of([&] { client.verify_webhook("", "{}"); }).status() == TOKLINK_ERR_INTEGRITY);
    client.close();
    CHECK(error_of([&] { client.user_info("user-1"); }).status() == TOKLINK_ERR_CLOSED);
}

void a_video_is_checked(const std::string &here) {
    const toklink::ProbeReport report = toklink::probe_video(here + "/media/small.mp4");
    CHECK(!report->is_acceptable && report->finding_count == 2 && std::strcmp(report->findings[1]->rule, "pixels") == 0);
    CHECK(toklink::known(report->duration_ms) && !toklink::known(-1));
    CHECK(error_of([] { toklink::probe_video("/nothing.mp4"); }).status() == TOKLINK_ERR_NOT_FOUND);
}

} // namespace

int main(int count, char **arguments) {
    CHECK(count >= 3);
    errors_are_copies_that_outlive_the_call();
    texts_come_in_three_forms();
    a_client_answers_what_needs_no_network();
    a_video_is_checked(arguments[2]);
    std::printf("%u checks passed\n", checks_done);
    return 0;
}
