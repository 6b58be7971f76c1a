/* Runs tests/scenarios.json in C++. The results are identical in each language. Arguments: as for scenarios.c. */

#include "scenario.h"
#include "toklink.hpp"

#include <fstream>
#include <functional>
#include <map>

namespace {

const std::string user = "olivia";

std::string joined(const toklink::Items<const char *> &texts) {
    std::string all;
    for (const char *one : texts) all += (all.empty() ? "" : ", ") + std::string(one);
    return all;
}

/** The result lines of a step. */
struct Lines {
    told_lines all{};

    void text(const char *name, const std::string &value) { tell_text(&all, name, value.c_str()); }
    void exactly(const char *name, const std::string &value) { tell(&all, name, value.c_str()); }
    void some(const char *name, const std::string &value) { tell_some(&all, name, value.c_str()); }
    void number(const char *name, std::int64_t value) { tell_number(&all, name, value); }
    void known(const char *name, std::int64_t value) {
        if (toklink::known(value)) number(name, value);
    }
    void flag(const char *name, bool value) { tell_flag(&all, name, value); }
};

class Host {
public:
    Host(std::string folder, std::string files, std::string address)
        : store_(std::move(folder) + "/scenarios-cpp.db"), files_(std::move(files)), emulator_(std::move(address)) {}

    bool plays(const scenario &one) {
        bool is_same = true;
        begin_anew(store_.c_str(), emulator_.c_str());
        tenant_ = publish_id_ = sealed_ = "";
        open_id_ = "unknown";
        open(nullptr);
        for (std::size_t number = 0; number < one.step_count; number += 1) {
            step_ = &one.steps[number];
            Lines lines;
            try {
                does(lines);
            } catch (const toklink::Error &error) {
                lines = Lines();
                failed(lines, error);
            }
            is_same = is_as_told(&one, number, written(&lines.all)) && is_same;
        }
        webhook_.reset();
        client_.reset();
        return is_same;
    }

    void ends() { begin_anew(store_.c_str(), emulator_.c_str()); }

private:
    void does(Lines &lines) {
        using Act = void (Host::*)(Lines &);
        static const std::map<std::string, Act> acts = {
            {"open_client", &Host::open_client}, {"close_client", &Host::close_client}, {"connect", &Host::connect},
            {"disconnect", &Host::disconnect}, {"accounts", &Host::accounts}, {"account", &Host::account},
            {"profile", &Host::profile}, {"videos", &Host::videos}, {"creator", &Host::creator}, {"probe", &Host::probe},
            {"quota", &Host::quota}, {"use_quota", &Host::use_quota}, {"check_quota", &Host::check_quota},
            {"publish_video", &Host::publish}, {"publish_photos", &Host::publish}, {"resume", &Host::publish},
            {"wait", &Host::publish}, {"status", &Host::status}, {"cancel_publish", &Host::cancel_publish},
            {"abandon", &Host::abandon}, {"seal", &Host::seal}, {"unseal", &Host::unseal}, {"reseal", &Host::reseal},
            {"reseal_accounts", &Host::reseal_accounts}, {"webhook", &Host::webhook},
            {"apply_webhook", &Host::apply_webhook}, {"emulator", &Host::call_emulator}, {"requests", &Host::requests},
        };
        const auto act = acts.find(step_->act);
        CHECK(act != acts.end());
        (this->*act->second)(lines);
    }

    const char *given(const char *name, const char *otherwise = nullptr) const { return argument_or(step_, name, otherwise); }
    std::string id() const { return toklink::account_id(tenant_, open_id_); }
    toklink_quota_kind kind() const { return static_cast<toklink_quota_kind>(kind_named(given("kind"))); }

    void open(const char *keys) {
        toklink_options options = options_for(emulator_.c_str());
        options.callback_url = "http://127.0.0.1:3000/callback";
        options.sqlite_path = store_.c_str();
        if (keys != nullptr) {
            options.encryption_key = nullptr;
            options.encryption_keys = keys;
        }
        client_.reset();
        client_ = std::make_unique<toklink::Client>(options);
    }
    void open_client(Lines &) { open(given("keys")); }
    void close_client(Lines &) { client_->close(); }
    void disconnect(Lines &) { client_->disconnect(id()); }
    void cancel_publish(Lines &) { client_->cancel_publish(id(), publish_id_); }
    void abandon(Lines &) { client_->abandon_publish(id(), given("key")); }
    void call_emulator(Lines &) { control(emulator_.c_str(), "POST", given("call"), given("body")); }
    void requests(Lines &lines) { tell_requests(&lines.all, emulator_.c_str()); }

    void failed(Lines &lines, const toklink::Error &error) {
        if (step_->act != std::string("status") && !error.publish_id().empty()) publish_id_ = error.publish_id();
        lines.text("error", std::string(error.code()));
        lines.text("operation", error.operation());
        lines.exactly("owner", owner_name(error.owner()));
        if (error.http_status() > 0) lines.number("http_status", error.http_status());
        lines.some("tiktok_code", error.tiktok_code());
        lines.some("fail_reason", error.fail_reason());
        if (error.retry_after()) lines.number("retry_minutes", minutes(error.retry_after()->count()));
        tell_if(&lines.all, "retryable", error.is_retryable());
        tell_if(&lines.all, "may_have_been_sent", error.may_have_been_sent());
        tell_if(&lines.all, "safe_to_repeat", error.is_safe_to_repeat());
        tell_if(&lines.all, "names_a_publish", !error.publish_id().empty());
    }

    void connect(Lines &lines) {
        auto request = toklink::init<toklink_login_options>();
        request.user_id = user.c_str();
        request.tenant = given("tenant", "");
        const toklink::LoginStart start = client_->begin_login(request);
        char callback[4096] = "error=access_denied&state=";
        if (given("username") != nullptr) {
            grant(emulator_.c_str(), start->authorize_url, given("username"), given("grants"), callback, sizeof callback);
        }
        const std::string cookies = std::string("other=x; ") + start->cookie_name + "=" + start->cookie_value;
        const toklink::LoginResult result =
            client_->complete_login(callback + std::string(given("state", start->state)), cookies, given("user", user.c_str()));
        tenant_ = result->account->tenant;
        open_id_ = result->account->open_id;
        lines.text("connected", result->account->username);
        lines.exactly("missing_scopes", joined(toklink::items(result->account->missing_scopes, result->account->missing_scope_count)));
    }

    void accounts(Lines &lines) {
        lines.number("accounts", static_cast<std::int64_t>(client_->list_accounts(given("tenant"))->count));
    }
    void account(Lines &lines) {
        const toklink::Account found = client_->load_account(id());
        lines.text("tenant", found->tenant);
        lines.text("display_name", found->display_name);
        lines.text("username", found->username);
        lines.exactly("status", account_name(found->status));
        lines.text("connected_by", found->connected_by);
        lines.exactly("scopes", joined(toklink::items(found->scopes, found->scope_count)));
        lines.exactly("missing_scopes", joined(toklink::items(found->missing_scopes, found->missing_scope_count)));
    }
    void profile(Lines &lines) {
        const toklink::User found = client_->user_info(id());
        lines.text("display_name", found->display_name);
        lines.text("username", found->username);
        lines.text("bio", found->bio_description);
        if (toklink::known(found->is_verified)) lines.flag("verified", found->is_verified == 1);
        lines.known("videos", found->videos);
    }
    void videos(Lines &lines) {
        const toklink::VideoPage page =
            client_->list_videos(id(), 0, static_cast<std::uint32_t>(std::stoul(given("at_most"))));
        lines.number("videos", static_cast<std::int64_t>(page->count));
        lines.flag("more", toklink::known(page->next_cursor).has_value());
    }
    void creator(Lines &lines) {
        const toklink::Creator found = client_->creator_info(id());
        lines.text("username", found->username);
        lines.text("nickname", found->nickname);
        lines.exactly("privacy_levels", joined(toklink::items(found->privacy_levels, found->privacy_level_count)));
        lines.flag("comment_disabled", found->comment_disabled);
        lines.flag("duet_disabled", found->duet_disabled);
        lines.flag("stitch_disabled", found->stitch_disabled);
        lines.number("longest_seconds", found->max_video_duration_s);
    }
    void probe(Lines &lines) {
        const toklink::ProbeReport report = toklink::probe_video(path(given("file")));
        lines.flag("acceptable", report->is_acceptable);
        lines.text("container", report->container);
        lines.text("mime", report->mime);
        lines.text("codec", report->video_codec);
        lines.number("bytes", static_cast<std::int64_t>(report->size_bytes));
        lines.number("width", report->width);
        lines.number("height", report->height);
        lines.number("rotation", report->rotation);
        lines.known("duration_ms", report->duration_ms);
        if (toklink::known(report->has_audio)) lines.flag("audio", report->has_audio == 1);
        for (const toklink_finding *one : toklink::items(report->findings, report->finding_count)) {
            const std::string name = std::string("finding ") + one->rule;
            lines.exactly(name.c_str(), std::string(one->found) + "; " + one->allowed + "; " + one->advice);
        }
    }

    void quota(Lines &lines) {
        const toklink::Quota found = client_->quota_status(id());
        for (const toklink_quota_window *window : toklink::items(found)) {
            if (window->kind != kind()) continue;
            const std::string name = "in " + std::to_string(window->window_ms) + " ms";
            lines.exactly(name.c_str(), std::to_string(window->used) + " of " + std::to_string(window->limit) + ", " +
                                            std::to_string(window->remaining) + " are left");
        }
    }
    void use_quota(Lines &) {
        for (int left = std::stoi(given("times")); left > 0; left -= 1) client_->increment_quota(id(), kind());
    }
    void check_quota(Lines &lines) {
        try {
            client_->check_quota(id(), kind());
            lines.flag("allowed", true);
        } catch (const toklink::Error &error) {
            lines.flag("allowed", false);
            if (error.retry_after()) lines.number("retry_minutes", minutes(error.retry_after()->count()));
        }
    }

    std::string path(const std::string &name) const { return files_ + "/" + name; }
    std::string bytes_of(const std::string &name) const {
        std::ifstream file(path(name), std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    }

    /** A video that the host reads. Reading fails after `left` bytes. */
    struct Reader {
        std::string bytes;
        std::size_t place, left;

        static bool read(void *data, std::uint8_t *buffer, std::size_t capacity, std::size_t *out_read) {
            auto &from = *static_cast<Reader *>(data);
            if (from.left == 0) return false;
            *out_read = from.bytes.copy(reinterpret_cast<char *>(buffer), std::min(capacity, from.left), from.place);
            from.place += *out_read;
            from.left -= *out_read;
            return true;
        }
        static void destroy(void *data) { delete static_cast<Reader *>(data); }
    };

    toklink::Publish published() {
        auto post = toklink::init<toklink_publish_options>();
        const std::string account = id(), act = step_->act;
        post.account = account.c_str();
        if (act == "resume") return client_->resume_publish(given("key"), post);
        if (act == "wait") return client_->wait_for_publish(publish_id_, post);
        std::string bytes, file;
        if (given("file") != nullptr) {
            file = path(given("file"));
            post.path = file.c_str();
        } else if (given("bytes_of") != nullptr) {
            bytes = bytes_of(given("bytes_of"));
            post.data = reinterpret_cast<const std::uint8_t *>(bytes.data());
            post.data_size = bytes.size();
        } else if (given("stream_of") != nullptr) {
            const char *most = given("breaks_after");
            auto *reader = new Reader{bytes_of(given("stream_of")), 0, most == nullptr ? SIZE_MAX : std::stoul(most)};
            post.read_size = reader->bytes.size();
            post.read = Reader::read;
            post.read_data = reader;
            post.read_destroy = Reader::destroy;
        } else {
            post.url = given("url");
        }
        std::vector<std::string> urls;
        for (std::string rest = given("urls", ""); !rest.empty();) {
            const std::size_t length = std::min(rest.find(' '), rest.size());
            urls.push_back(rest.substr(0, length));
            rest.erase(0, length + 1);
        }
        std::vector<const char *> photos;
        for (const std::string &url : urls) photos.push_back(url.c_str());
        post.photo_urls = photos.data();
        post.photo_count = photos.size();
        post.privacy_level = given("privacy");
        post.title = given("title");
        post.description = given("description");
        post.idempotency_key = given("key");
        post.draft = flag(step_, "draft");
        post.allow_comment = flag(step_, "allow_comment");
        post.allow_stitch = flag(step_, "allow_stitch");
        post.no_wait = given("wait", "true") != std::string("true");
        const std::string until = given("cancel_in", "");
        auto progress = [&](const toklink_progress &now) { return until != phase_name(now.phase); };
        return act == "publish_video" ? client_->publish_video(post, progress) : client_->publish_photos(post, progress);
    }
    void publish(Lines &lines) {
        const toklink::Publish outcome = published();
        publish_id_ = outcome->publish_id;
        lines.exactly("state", state_name(outcome->state));
        lines.exactly("phase", phase_name(outcome->phase));
        lines.number("posts", static_cast<std::int64_t>(outcome->post_id_count));
        lines.flag("linked", outcome->share_url[0] != '\0');
        lines.text("key", outcome->idempotency_key);
        lines.exactly("warnings", joined(toklink::items(outcome->warnings, outcome->warning_count)));
        lines.known("uploaded_bytes", outcome->uploaded_bytes);
    }
    void status(Lines &lines) {
        const toklink::Publish found = client_->publish_status(id(), publish_id_);
        lines.exactly("state", state_name(found->state));
        lines.number("posts", static_cast<std::int64_t>(found->post_id_count));
        lines.some("fail_reason", found->fail_reason);
        lines.known("uploaded_bytes", found->uploaded_bytes);
    }

    std::string sealing_account() const { return toklink::account_id(given("tenant", ""), given("account", "")); }
    std::string sealed() const { return given("sealed", sealed_.c_str()); }
    void keep(Lines &lines, std::string value) {
        sealed_ = std::move(value);
        lines.exactly("sealed_as", sealed_.substr(0, sealed_.find('.', sealed_.find('.') + 1)));
    }
    void seal(Lines &lines) { keep(lines, client_->seal(sealing_account(), given("field", ""), given("text", ""))); }
    void unseal(Lines &lines) { lines.exactly("text", client_->unseal(sealing_account(), given("field", ""), sealed())); }
    void reseal(Lines &lines) {
        const std::string old = sealed(), next = client_->reseal(sealing_account(), given("field", ""), old);
        lines.flag("changed", next != old);
        keep(lines, next);
    }
    void reseal_accounts(Lines &lines) {
        auto options = toklink::init<toklink_reseal_options>();
        options.check_only = flag(step_, "check_only");
        const toklink::ResealReport report = client_->reseal_accounts(options);
        std::string keys;
        for (const toklink_reseal_key *key : toklink::items(report->keys, report->key_count)) {
            keys += (keys.empty() ? "" : ", ") + std::string(key->name) + " " + std::to_string(key->accounts);
        }
        lines.exactly("keys", keys);
        lines.text("sealing_key", report->sealing_key);
        lines.number("resealed", static_cast<std::int64_t>(report->resealed));
        lines.number("current", static_cast<std::int64_t>(report->current));
        lines.number("failed", static_cast<std::int64_t>(report->failed));
        lines.number("outstanding", static_cast<std::int64_t>(report->outstanding));
        lines.number("legacy", static_cast<std::int64_t>(report->legacy));
    }

    void webhook(Lines &lines) {
        webhook_.reset();
        webhook_ = client_->verify_webhook(given("signature", ""), given("body"), given("previous_secret"),
                                           std::chrono::seconds(std::stoll(given("tolerance_seconds", "0"))));
        lines.text("event", webhook_->name);
        lines.flag("known", webhook_->kind != TOKLINK_WEBHOOK_OTHER);
        lines.some("publish", webhook_->publish_id);
        lines.some("post", webhook_->post_id);
        lines.some("reason", webhook_->reason);
        lines.some("account", webhook_->open_id);
        lines.number("at_ms", webhook_->created_at_ms);
    }
    void apply_webhook(Lines &lines) {
        static const char *const effects[] = {"nothing_to_do", "applied", "already_known", "not_ours", "another_owner", "outdated"};
        lines.exactly("effect", effects[client_->apply_webhook(webhook_)]);
    }

    const std::string store_, files_, emulator_;
    const scenario_step *step_ = nullptr;
    std::unique_ptr<toklink::Client> client_;
    /** The account that was connected last, the publish that started last, and the value that was encrypted last. */
    std::string tenant_, open_id_, publish_id_, sealed_;
    toklink::Webhook webhook_;
};

} // namespace

int main(int count, char **arguments) {
    CHECK(count == 4);
    Host host(arguments[1], arguments[2], arguments[3]);
    bool is_same = true;
    for (const scenario &one : SCENARIOS) is_same = host.plays(one) && is_same;
    host.ends();
    CHECK(is_same);
    std::printf("%u checks passed\n", checks_done);
    return 0;
}
