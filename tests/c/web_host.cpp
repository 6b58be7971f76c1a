// A C++ web host with its own store against the emulator: login, encryption, webhooks, quotas, events. Arguments: a
// directory for its files, this directory, and the emulator's address.

#include "host.h"
#include "toklink.hpp"

#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

/** A minimal store that can also be unavailable. */
class MapStore : public toklink::Store {
public:
    bool get(std::string_view key, const toklink::StoreReply &reply) override {
        const std::lock_guard<std::mutex> guard(lock_);
        if (away) {
            throw std::runtime_error("the database is away");
        }
        const auto found = values_.find(std::string(key));
        if (found != values_.end()) {
            reply.add(found->first, found->second);
        }
        return true;
    }
    bool swap(std::string_view key, std::optional<std::string_view> expected, std::optional<std::string_view> next,
              bool &swapped) override {
        const std::lock_guard<std::mutex> guard(lock_);
        const auto found = values_.find(std::string(key));
        swapped = found == values_.end() ? !expected : expected && found->second == *expected;
        if (swapped && next) {
            values_[std::string(key)] = *next;
        } else if (swapped && found != values_.end()) {
            values_.erase(found);
        }
        return true;
    }
    bool list(std::string_view prefix, const toklink::StoreReply &reply) override {
        const std::lock_guard<std::mutex> guard(lock_);
        for (const auto &[key, value] : values_) {
            if (key.compare(0, prefix.size(), prefix) == 0) {
                reply.add(key, value);
            }
        }
        return true;
    }

    std::atomic<bool> away{false};

private:
    std::mutex lock_;
    std::map<std::string, std::string> values_;
};

/** The number of callbacks of each kind. */
struct Heard {
    std::atomic<unsigned> warnings{0};
    std::atomic<unsigned> lines{0};
    std::atomic<unsigned> revoked{0};
};

template <typename Work>
toklink_status failure_of(Work work) {
    try {
        work();
    } catch (const toklink::Error &error) {
        return error.status();
    }
    return TOKLINK_OK;
}

toklink::Client opened(const char *emulator, const std::shared_ptr<MapStore> &store, const std::shared_ptr<Heard> &heard) {
    toklink::ClientOptions options;
    options.client_key(CLIENT_KEY).client_secret(SECRET).encryption_keys(std::string("k1:") + KEY);
    options.api_base_url(emulator).auth_base_url(emulator).callback_url("http://127.0.0.1:7/callback").store(store);
    options.on_quota_warning([heard](const toklink::QuotaWarning &warning) {
        CHECK(warning.percent == 80 || warning.percent == 95);
        heard->warnings += 1;
    });
    options.on_log([heard](toklink_log_level, std::string_view line) {
        CHECK(line.find(SECRET) == std::string_view::npos);
        heard->lines += 1;
    });
    return toklink::Client(options);
}

toklink::AccountRef signed_in(const toklink::Client &client, const char *emulator) {
    toklink::LoginRequest request;
    request.tenant("w1").user_id("u1").return_to("/done");
    const toklink::LoginStart start = client.begin_login(request);
    CHECK(start.cookie_max_age() == std::chrono::minutes(10));
    const std::string url(start.authorize_url());
    const std::string cookies = std::string(start.cookie_name()) + "=" + std::string(start.cookie_value());
    char code[1024], state[512];
    consent(emulator, url.c_str(), "ana.makes", code, sizeof code);
    between(url.c_str(), "state=", "&", state, sizeof state);
    const std::string callback = std::string("?code=") + code + "&scopes=user.info.basic&state=" + state;

    const toklink::LoginInspection whose = client.inspect_login(callback, cookies);
    CHECK(whose.tenant() == "w1" && whose.user_id() == "u1" && whose.return_to() == "/done");
    CHECK(whose.cookie_name() == start.cookie_name());
    CHECK(failure_of([&] { client.complete_login(callback, "", "u1"); }) != TOKLINK_OK);
    CHECK(failure_of([&] { client.complete_login(callback, cookies, "another-user"); }) != TOKLINK_OK);
    const toklink::Account account = client.complete_login(callback, cookies, "u1").account();
    CHECK(account.ref.tenant == "w1" && account.username == "ana.makes");
    return account.ref;
}

void values_are_sealed_for_one_place(const toklink::Client &client, const toklink::AccountRef &account) {
    const std::string sealed = client.seal(account, "note", "kept");
    CHECK(sealed.find("kept") == std::string::npos && client.unseal(account, "note", sealed) == "kept");
    CHECK(failure_of([&] { client.unseal(account, "other", sealed); }) == TOKLINK_ERR_INTEGRITY);
    CHECK(!client.reseal(account, "note", sealed));
    const toklink::ResealReport report = client.reseal_accounts(TOKLINK_RESEAL_CHECK_ONLY);
    CHECK(report.done() == 1 && report.outstanding() == 0 && report.sealing_key() == "k1");
    CHECK(report.needed_keys().size() == 1 && report.failures().empty() && report.legacy() + report.skipped() == 0);
    std::atomic<unsigned> told{0};
    auto again = client.reseal_accounts_async(0, [&told](const toklink::ResealProgress &progress) {
        told += progress.done() == 1 && progress.current() == 1 && progress.failed() == 0 ? 1U : 0U;
        return true;
    });
    CHECK(again.result.get().current() == 1 && told == 1);
    CHECK(client.reseal_accounts_async(TOKLINK_RESEAL_CHECK_ONLY).result.get().resealed() == 0);
}

void quotas_warn_before_they_refuse(const toklink::Client &client, const toklink::AccountRef &account, const Heard &heard) {
    for (unsigned count = 0; count < 6; count += 1) {
        client.check_quota(account, TOKLINK_QUOTA_PUBLISH_INIT);
        client.increment_quota(account, TOKLINK_QUOTA_PUBLISH_INIT);
    }
    CHECK(heard.warnings == 2 && client.quota_status(account).tightest(TOKLINK_QUOTA_PUBLISH_INIT)->remaining == 0);
    CHECK(failure_of([&] { client.check_quota(account, TOKLINK_QUOTA_PUBLISH_INIT); }) == TOKLINK_ERR_RATE_LIMITED);
    client.reset_quota(account);
    client.check_quota(account, TOKLINK_QUOTA_PUBLISH_INIT);
}

void publishes_are_asked_about(const toklink::Client &client, const toklink::AccountRef &account, const std::string &video) {
    toklink::PublishRequest request;
    request.path(video).title("hosted").privacy_level("SELF_ONLY").idempotency_key("hosted-1").wait_for_outcome(false);
    const std::string id(client.publish_video(account, request).publish_id());
    CHECK(client.wait_for_publish(account, id).state() == TOKLINK_PUBLISH_COMPLETE);
    CHECK(client.publish_status(account, id).state() == TOKLINK_PUBLISH_COMPLETE);
    CHECK(failure_of([&] { client.abandon_publish(account, "never"); }) == TOKLINK_ERR_NOT_FOUND);
    const std::string video_id(client.list_videos(account).at(0).id);
    CHECK(client.query_videos(account, {video_id}).at(0).id == video_id);
    CHECK(failure_of([&] { client.query_videos(account, {}); }) == TOKLINK_ERR_INVALID_INPUT);
}

void a_store_that_throws_is_one_that_is_away(const toklink::Client &client, const toklink::AccountRef &account,
                                             MapStore &store) {
    store.away = true;
    CHECK(failure_of([&] { client.user_info(toklink::AccountRef{"another", account.tenant}); }) ==
          TOKLINK_ERR_UNAVAILABLE);
    store.away = false;
    CHECK(client.user_info(account).username() == "ana.makes");
}

void a_consent_that_ends_is_an_event(const toklink::Client &client, const toklink::AccountRef &account,
                                     const char *emulator) {
    char reply[4096];
    ask(emulator, "POST", "/_emulator/act",
        "{\"kind\":\"revoke\",\"client_key\":\"" CLIENT_KEY "\",\"username\":\"ana.makes\"}", reply, sizeof reply);
    CHECK(std::strstr(reply, "HTTP/1.1 200") == reply);
    CHECK(failure_of([&] { client.creator_info(account); }) == TOKLINK_ERR_UNAUTHORIZED);
}

/** A setter that fails destroys its argument once. */
void a_setter_that_fails_gives_its_function_back(const char *emulator) {
    const auto store = std::make_shared<MapStore>();
    const auto heard = std::make_shared<Heard>();
    toklink::ClientOptions options;
    const toklink::ClientOptions moved_to(std::move(options));
    CHECK(failure_of([&] { options.store(store); }) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(failure_of([&] {
              options.on_log([heard](toklink_log_level, std::string_view) { heard->lines += 1; });
          }) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(failure_of([&] {
              options.on_quota_warning([heard](const toklink::QuotaWarning &) { heard->lines += 1; });
          }) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(store.use_count() == 1 && heard.use_count() == 1);
    toklink::Client client = opened(emulator, std::make_shared<MapStore>(), std::make_shared<Heard>());
    const toklink::Client other(std::move(client));
    CHECK(failure_of([&] {
              client.on_event([heard](const toklink::Event &) { heard->revoked += 1; });
          }) == TOKLINK_ERR_INVALID_INPUT);
    CHECK(heard.use_count() == 1);
}

} // namespace

int main(int count, char **arguments) {
    CHECK(count == 4);
    a_setter_that_fails_gives_its_function_back(arguments[3]);
    const auto store = std::make_shared<MapStore>();
    const auto heard = std::make_shared<Heard>();
    {
        const toklink::Client client = opened(arguments[3], store, heard);
        client.on_event([heard](const toklink::Event &event) {
            heard->revoked += event.kind() == TOKLINK_EVENT_REVOKED && event.tenant() == "w1" ? 1U : 0U;
        });
        const toklink::AccountRef account = signed_in(client, arguments[3]);
        values_are_sealed_for_one_place(client, account);
        quotas_warn_before_they_refuse(client, account, *heard);
        publishes_are_asked_about(client, account, std::string(arguments[2]) + "/media/good.mp4");
        a_store_that_throws_is_one_that_is_away(client, account, *store);
        CHECK(failure_of([&] { client.verify_webhook("t=1,s=00", "{}"); }) == TOKLINK_ERR_INTEGRITY);
        CHECK(failure_of([&] { client.exchange_code("no code", "", "verifier"); }) != TOKLINK_OK);
        a_consent_that_ends_is_an_event(client, account, arguments[3]);
        client.disconnect(account);
        client.close();
    }
    CHECK(heard->revoked == 1 && heard->lines > 5);
    // The client and its options have released the host's objects.
    CHECK(store.use_count() == 1 && heard.use_count() == 1);
    std::printf("%u checks passed\n", checks_done);
    return 0;
}
