// A web host in C++: logins with a cookie, host-managed tokens, webhooks, and a custom store. Arguments: as for end_to_end.c.

#include "toklink.hpp"

#include "host.h"

#include <map>
#include <mutex>

namespace {

constexpr const char *callback = "https://spike.land/api/social/tiktok/callback";

// A key-value store that the client frees.
struct Store {
    std::mutex lock;
    std::map<std::string, std::string> values;
    static unsigned freed;

    static bool get(void *data, const char *key, toklink_store_reply *reply) {
        auto *store = static_cast<Store *>(data);
        const std::lock_guard<std::mutex> guard(store->lock);
        const auto found = store->values.find(key);
        if (found != store->values.end()) {
            toklink::add(reply, found->first, found->second);
        }
        return true;
    }
    static bool swap(void *data, const char *key, const char *expected, const char *next, bool *swapped) {
        auto *store = static_cast<Store *>(data);
        const std::lock_guard<std::mutex> guard(store->lock);
        const auto found = store->values.find(key);
        const bool is_there = found != store->values.end();
        *swapped = expected == nullptr ? !is_there : is_there && found->second == expected;
        if (*swapped && next != nullptr) {
            store->values[key] = next;
        } else if (*swapped && is_there) {
            store->values.erase(found);
        }
        return true;
    }
    static bool list(void *data, const char *prefix, toklink_store_reply *reply) {
        auto *store = static_cast<Store *>(data);
        const std::lock_guard<std::mutex> guard(store->lock);
        for (auto row = store->values.lower_bound(prefix); row != store->values.end(); ++row) {
            if (row->first.rfind(prefix, 0) == 0) {
                toklink::add(reply, row->first, row->second);
            }
        }
        return true;
    }
    static void destroy(void *data) {
        delete static_cast<Store *>(data);
        freed += 1;
    }
};
unsigned Store::freed = 0;

toklink::Client opened(const char *emulator) {
    auto store = toklink::init<toklink_store>();
    store.user_data = new Store;
    store.get = Store::get;
    store.swap = Store::swap;
    store.list = Store::list;
    store.destroy = Store::destroy;
    toklink_options options = options_for(emulator);
    options.store = &store;
    return toklink::Client(options);
}

void a_web_login_connects_an_account(const toklink::Client &client, const char *emulator) {
    auto options = toklink::init<toklink_login_options>();
    options.user_id = "person-1";
    options.tenant = "acme";
    options.redirect_uri = callback;
    const toklink::LoginStart start = client.begin_login(options);
    char code[1024];
    consent(emulator, start->authorize_url, "ana.makes", code, sizeof code);
    const std::string query = "code=" + std::string(code) + "&state=" + start->state;
    const std::string cookies = std::string(start->cookie_name) + "=" + start->cookie_value;
    CHECK(std::string(client.inspect_login(query, cookies)->tenant) == "acme");
    const toklink::LoginResult result = client.complete_login(query, cookies, "person-1");
    CHECK(result->account->id == toklink::account_id("acme", result->account->open_id));
    CHECK(client.user_info(result->account->id)->videos == 45);
    auto again = client.complete_login_async(query, cookies, "person-1", [](const toklink_login_result &) {});
    try {
        again.result.get();
        CHECK(false && "a login was completed twice");
    } catch (const toklink::Error &error) {
        CHECK(error.status() == TOKLINK_ERR_INTEGRITY);
    }
    client.disconnect(result->account->id);
}

void a_host_stores_tokens_itself(const toklink::Client &client, const char *emulator) {
    char reply[8192], code[1024];
    const std::string grant = "{\"client_key\":\"" CLIENT_KEY "\",\"username\":\"ben.private\",\"scopes\":[\"user.info.basic\"],"
                              "\"redirect_uri\":\"" + std::string(callback) + "\"}";
    ask(emulator, "POST", "/_emulator/grant", grant.c_str(), reply, sizeof reply);
    between(reply, "\"code\":\"", "\"", code, sizeof code);
    const toklink::Tokens tokens = client.exchange_code(code, callback, "");
    auto open_id = [](const toklink_tokens &found) { return std::string(found.open_id); };
    auto refreshed = client.refresh_tokens_async(tokens->refresh_token, open_id);
    CHECK(refreshed.result.get() == tokens->open_id);
    try {
        client.exchange_code_async(code, callback, "", open_id).result.get();
        CHECK(false && "a code was exchanged twice");
    } catch (const toklink::Error &error) {
        CHECK(error.status() == TOKLINK_ERR_UNAUTHORIZED);
    }
    try {
        client.refresh_tokens("rft.unknown");
        CHECK(false && "an unknown token was refreshed");
    } catch (const toklink::Error &error) {
        CHECK(error.status() == TOKLINK_ERR_UNAUTHORIZED);
    }
    client.revoke(tokens->access_token);
    client.revoke_async(tokens->access_token).result.wait();
}

void a_webhook_is_verified_and_applied(const toklink::Client &client) {
    const std::string body = "{\"client_key\":\"" CLIENT_KEY
                             "\",\"event\":\"tiktok.ping\",\"create_time\":1700000000,\"content\":\"test webhook\"}";
    // HMAC-SHA256 of `1700000000.` and the body, with the emulator's client secret as the key.
    const char *signature = "t=1700000000,s=ad27e648732694d27e67f8bcd5a607ccb6301f9b4de573b5afe3cf7097fca148";
    const toklink::Webhook webhook = client.verify_webhook(signature, body, nullptr, std::chrono::hours(1000000));
    CHECK(std::string(webhook->name) == "tiktok.ping");
    CHECK(client.apply_webhook(webhook) == TOKLINK_EFFECT_NOTHING_TO_DO);
}

} // namespace

int main(int count, char **arguments) {
    CHECK(count == 4);
    {
        const toklink::Client client = opened(arguments[3]);
        a_web_login_connects_an_account(client, arguments[3]);
        a_host_stores_tokens_itself(client, arguments[3]);
        a_webhook_is_verified_and_applied(client);
        CHECK(Store::freed == 0);
    }
    CHECK(Store::freed == 1);
    std::printf("%u checks passed\n", checks_done);
    return 0;
}
