// Runs tests/scenarios.json in C++, through the C++ header only. The results are identical in each language.
// Arguments: a directory for its files, this directory, and the emulator's address.

#include "scenario.h"
#include "toklink.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Step = scenario_step;

/** The result of an act. */
class Told {
public:
    void add(const std::string &name, std::string_view value) { tell(&lines_, name.c_str(), std::string(value).c_str()); }
    void add(const std::string &name, const char *value) { tell(&lines_, name.c_str(), value); }
    void truth(const char *name, bool value) { tell_flag(&lines_, name, value); }
    template <typename Number>
    void number(const char *name, Number value) {
        tell_number(&lines_, name, static_cast<std::int64_t>(value));
    }
    void some(const char *name, std::string_view value) {
        if (!value.empty()) {
            add(name, value);
        }
    }
    void only_if(const char *name, bool value) { tell_if(&lines_, name, value); }
    template <typename Texts>
    void list(const char *name, const Texts &items) {
        std::string joined;
        for (const auto &item : items) {
            joined.append(joined.empty() ? "" : ", ").append(item);
        }
        add(name, joined);
    }
    void requests(const char *emulator) { tell_requests(&lines_, emulator); }
    std::string written() { return ::written(&lines_); }

private:
    told_lines lines_{};
};

std::string word(const Step &step, const char *name, const char *otherwise = "") { return argument_or(&step, name, otherwise); }

/** A C++ host that runs a scenario. */
class Host {
public:
    Host(const char *store, const char *files, const char *emulator)
        : store_(store), files_(files), emulator_(emulator), client_(opened(nullptr)) {}

    /** Runs one act and returns its result lines. */
    std::string act(const Step &step) {
        Told told;
        try {
            does(step, told);
            return told.written();
        } catch (const toklink::Error &error) {
            return failure(error);
        }
    }

private:
    toklink::Client opened(const char *keys) const {
        toklink::ClientOptions options;
        options.client_key(CLIENT_KEY).client_secret(SECRET).callback_url("http://127.0.0.1:3000/callback");
        options.api_base_url(emulator_).auth_base_url(emulator_).sqlite_path(store_);
        if (keys == nullptr) {
            options.encryption_key(KEY);
        } else {
            options.encryption_keys(keys);
        }
        return toklink::Client(options);
    }

    std::string failure(const toklink::Error &error) const {
        Told told;
        told.add("error", error.code());
        told.add("operation", error.operation());
        told.add("owner", owner_name(error.owner()));
        if (error.http_status() > 0) {
            told.number("http_status", error.http_status());
        }
        told.some("tiktok_code", error.tiktok_code());
        told.some("fail_reason", error.fail_reason());
        if (const auto pause = error.retry_after()) {
            told.number("retry_minutes", minutes(static_cast<std::uint64_t>(pause->count())));
        }
        told.only_if("retryable", error.is_retryable());
        told.only_if("may_have_been_sent", error.may_have_been_sent());
        told.only_if("safe_to_repeat", error.is_safe_to_repeat());
        told.only_if("names_a_publish", !error.publish_id().empty());
        return told.written();
    }

    void does(const Step &step, Told &told) {
        const std::string act = step.act;
        if (act == "emulator") {
            control(emulator_, "POST", argument(&step, "call"), argument(&step, "body"));
        } else if (act == "requests") {
            told.requests(emulator_);
        } else if (act == "open_client") {
            client_.close();
            client_ = opened(argument(&step, "keys"));
        } else if (act == "close_client") {
            client_.close();
        } else if (act == "connect") {
            connect(step, told);
        } else if (act == "disconnect") {
            client_.disconnect(account_);
        } else if (!reads(act, step, told) && !publishes(act, step, told) && !seals(act, step, told)) {
            throw std::invalid_argument("there is no act " + act);
        }
    }

    /** Connects a user who grants `grants`, or who declines. */
    void connect(const Step &step, Told &told) {
        toklink::LoginRequest request;
        const toklink::LoginStart start = client_.begin_login(request.user_id("olivia").tenant(word(step, "tenant")));
        char callback[4096] = "error=access_denied&state=";
        if (const char *username = argument(&step, "username")) {
            const std::string url(start.authorize_url());
            grant(emulator_, url.c_str(), username, argument(&step, "grants"), callback, sizeof callback);
        }
        const std::string state = word(step, "state", std::string(start.state()).c_str());
        const std::string cookies = "other=x; " + std::string(start.cookie_name()) + "=" + std::string(start.cookie_value());
        const toklink::LoginResult result = client_.complete_login(callback + state, cookies, word(step, "user", "olivia"));
        const toklink::Account account = result.account();
        account_ = account.ref;
        told.add("connected", account.username);
        told.list("missing_scopes", account.missing_scopes);
    }

    bool reads(const std::string &act, const Step &step, Told &told) {
        if (act == "account") {
            const toklink::Account found = client_.account(account_);
            told.add("tenant", found.ref.tenant);
            told.add("display_name", found.display_name);
            told.add("username", found.username);
            told.add("status", account_name(found.status));
            told.add("connected_by", found.connected_by);
            told.list("scopes", found.scopes);
            told.list("missing_scopes", found.missing_scopes);
        } else if (act == "accounts") {
            told.number("accounts", client_.accounts(word(step, "tenant")).size());
        } else if (act == "profile") {
            const toklink::UserInfo info = client_.user_info(account_);
            told.add("display_name", info.display_name());
            told.add("username", info.username());
            told.add("bio", info.bio_description());
            if (const auto verified = info.is_verified()) {
                told.truth("verified", *verified);
            }
            if (const auto videos = info.video_count()) {
                told.number("videos", *videos);
            }
        } else if (act == "videos") {
            const auto most = static_cast<std::uint32_t>(std::stoul(word(step, "at_most")));
            const toklink::VideoPage page = client_.list_videos(account_, 0, most);
            told.number("videos", page.size());
            told.truth("more", page.next_cursor().has_value());
        } else if (act == "creator") {
            creator(client_.creator_info(account_), told);
        } else if (act == "probe") {
            probe(toklink::probe_video(file(step, "file")), told);
        } else if (act == "use_quota") {
            for (unsigned long left = std::stoul(word(step, "times")); left > 0; left -= 1) {
                client_.increment_quota(account_, kind(step));
            }
        } else if (act == "check_quota") {
            try {
                client_.check_quota(account_, kind(step));
                told.truth("allowed", true);
            } catch (const toklink::Error &refusal) {
                told.truth("allowed", false);
                told.number("retry_minutes", minutes(static_cast<std::uint64_t>(refusal.retry_after().value().count())));
            }
        } else if (act == "quota") {
            quota(client_.quota_status(account_), kind(step), told);
        } else {
            return false;
        }
        return true;
    }

    static toklink_quota_kind kind(const Step &step) {
        return static_cast<toklink_quota_kind>(kind_named(argument(&step, "kind")));
    }

    static void quota(const toklink::QuotaStatus &status, toklink_quota_kind kind, Told &told) {
        for (std::size_t index = 0; index < status.size(); index += 1) {
            const toklink::QuotaWindow window = status.at(index);
            if (window.kind == kind) {
                const std::string length = std::to_string(window.length.count());
                told.add("in " + length + " ms", std::to_string(window.count) + " of " + std::to_string(window.limit) + ", " +
                                                     std::to_string(window.remaining) + " are left");
            }
        }
    }

    static void creator(const toklink::CreatorInfo &info, Told &told) {
        std::vector<std::string> levels;
        for (std::size_t index = 0; index < info.privacy_level_count(); index += 1) {
            levels.emplace_back(info.privacy_level(index));
        }
        told.add("username", info.username());
        told.add("nickname", info.nickname());
        told.list("privacy_levels", levels);
        told.truth("comment_disabled", info.comment_disabled());
        told.truth("duet_disabled", info.duet_disabled());
        told.truth("stitch_disabled", info.stitch_disabled());
        told.number("longest_seconds", info.max_video_duration_sec());
    }

    static void probe(const toklink::ProbeReport &report, Told &told) {
        told.truth("acceptable", report.is_acceptable());
        told.add("container", report.container());
        told.add("mime", report.mime());
        told.add("codec", report.video_codec());
        told.number("bytes", report.size_bytes());
        told.number("width", report.width());
        told.number("height", report.height());
        told.number("rotation", report.rotation());
        if (const auto duration = report.duration()) {
            told.number("duration_ms", duration->count());
        }
        if (const auto audio = report.has_audio()) {
            told.truth("audio", *audio);
        }
        for (std::size_t index = 0; index < report.finding_count(); index += 1) {
            const toklink::Finding finding = report.finding(index);
            const auto part = [](std::string_view view) { return std::string(view); };
            told.add("finding " + part(finding.rule),
                     part(finding.found) + "; " + part(finding.allowed) + "; " + part(finding.advice));
        }
    }

    std::string file(const Step &step, const char *name) const { return std::string(files_) + "/" + word(step, name); }

    bool publishes(const std::string &act, const Step &step, Told &told) {
        if (act == "publish_video") {
            ended([&] { return client_.publish_video(account_, request_of(step)); }, told);
        } else if (act == "publish_photos") {
            ended([&] { return client_.publish_photos(account_, request_of(step)); }, told);
        } else if (act == "resume") {
            ended([&] { return client_.resume_publish(account_, word(step, "key")); }, told);
        } else if (act == "wait") {
            ended([&] { return client_.wait_for_publish(account_, publish_id_); }, told);
        } else if (act == "status") {
            const toklink::PublishStatus status = client_.publish_status(account_, publish_id_);
            told.add("state", state_name(status.state()));
            told.number("posts", status.post_ids().size());
            told.some("fail_reason", status.fail_reason());
            if (const auto bytes = status.uploaded_bytes()) {
                told.number("uploaded_bytes", *bytes);
            }
        } else if (act == "cancel_publish") {
            client_.cancel_publish(account_, publish_id_);
        } else if (act == "abandon") {
            client_.abandon_publish(account_, word(step, "key"));
        } else {
            return false;
        }
        return true;
    }

    template <typename Work>
    void ended(Work work, Told &told) {
        try {
            const toklink::PublishOutcome outcome = work();
            publish_id_ = outcome.publish_id();
            told.add("state", state_name(outcome.state()));
            told.add("phase", phase_name(outcome.phase()));
            told.number("posts", outcome.post_id_count());
            told.truth("linked", !outcome.share_url().empty());
            told.add("key", outcome.idempotency_key());
            told.list("warnings", outcome.warnings());
            if (const auto bytes = outcome.uploaded_bytes()) {
                told.number("uploaded_bytes", *bytes);
            }
        } catch (const toklink::Error &error) {
            publish_id_ = error.publish_id();
            throw;
        }
    }

    toklink::PublishRequest request_of(const Step &step) const {
        toklink::PublishRequest request;
        if (argument(&step, "privacy") != nullptr) {
            request.privacy_level(word(step, "privacy"));
        }
        for (std::string urls = word(step, "urls"); !urls.empty();) {
            const std::size_t end = std::min(urls.find(' '), urls.size());
            request.photo_url(urls.substr(0, end));
            urls.erase(0, end + 1);
        }
        request.title(word(step, "title")).description(word(step, "description")).idempotency_key(word(step, "key"));
        request.draft(flag(&step, "draft")).wait_for_outcome(word(step, "wait", "true") == "true");
        request.allow_comment(flag(&step, "allow_comment")).allow_stitch(flag(&step, "allow_stitch"));
        request.on_progress([until = word(step, "cancel_in")](const toklink::Progress &progress) {
            return phase_name(progress.phase) != until;
        });
        if (std::string(step.act) == "publish_video") {
            set_video(step, request);
        }
        return request;
    }

    void set_video(const Step &step, toklink::PublishRequest &request) const {
        if (argument(&step, "file") != nullptr) {
            request.path(file(step, "file"));
        } else if (argument(&step, "bytes_of") != nullptr) {
            const std::vector<std::uint8_t> bytes = whole(file(step, "bytes_of"));
            request.bytes(bytes.data(), bytes.size());
        } else if (argument(&step, "stream_of") != nullptr) {
            const auto bytes = std::make_shared<std::vector<std::uint8_t>>(whole(file(step, "stream_of")));
            const std::size_t length = bytes->size();
            const std::size_t most = std::stoul(word(step, "breaks_after", std::to_string(length).c_str()));
            auto read = [bytes, most, given = std::size_t{0}](std::uint8_t *buffer, std::size_t capacity) mutable {
                if (given == most && most < bytes->size()) {
                    throw std::runtime_error("the host gave up");
                }
                const std::size_t count = std::min(capacity, most - given);
                std::copy_n(bytes->data() + given, count, buffer);
                given += count;
                return count;
            };
            request.stream(std::move(read), length);
        } else {
            request.url(word(step, "url"));
        }
    }

    static std::vector<std::uint8_t> whole(const std::string &path) {
        std::ifstream from(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(from), {}};
    }

    bool seals(const std::string &act, const Step &step, Told &told) {
        const toklink::AccountRef row{word(step, "account"), word(step, "tenant")};
        const std::string field = word(step, "field");
        if (act == "seal") {
            sealed_ = client_.seal(row, field, word(step, "text"));
            begins(told);
        } else if (act == "unseal") {
            told.add("text", client_.unseal(row, field, word(step, "sealed", sealed_.c_str())));
        } else if (act == "reseal") {
            const std::optional<std::string> anew = client_.reseal(row, field, sealed_);
            sealed_ = anew.value_or(sealed_);
            told.truth("changed", anew.has_value());
            begins(told);
        } else if (act == "reseal_accounts") {
            const std::uint32_t flags = flag(&step, "check_only") ? std::uint32_t{TOKLINK_RESEAL_CHECK_ONLY} : 0U;
            const toklink::ResealReport report = client_.reseal_accounts(flags);
            told.list("keys", report.needed_keys());
            told.add("sealing_key", report.sealing_key());
            told.number("resealed", report.resealed());
            told.number("current", report.current());
            told.number("failed", report.failed());
            told.number("outstanding", report.outstanding());
            told.number("legacy", report.legacy());
        } else if (act == "webhook") {
            webhook(step, told);
        } else if (act == "apply_webhook") {
            static const char *const effects[] = {"nothing_to_do", "applied", "already_known", "not_ours", "another_owner", "outdated"};
            told.add("effect", effects[client_.apply_webhook(event_.value())]);
        } else {
            return false;
        }
        return true;
    }

    /** Adds the visible properties of an encrypted value: its format and its key. */
    void begins(Told &told) const { told.add("sealed_as", sealed_.substr(0, sealed_.find('.', sealed_.find('.') + 1))); }

    void webhook(const Step &step, Told &told) {
        const toklink::WebhookCheck check{word(step, "previous_secret"),
                                          std::chrono::seconds(std::stoll(word(step, "tolerance_seconds", "0")))};
        event_ = client_.verify_webhook(word(step, "signature"), word(step, "body"), check);
        told.add("event", event_->name());
        told.truth("known", event_->kind() != TOKLINK_WEBHOOK_OTHER);
        told.some("publish", event_->publish_id());
        told.some("post", event_->post_id());
        told.some("reason", event_->reason());
        told.some("account", event_->open_id());
        told.number("at_ms", event_->created_at_ms());
    }

    const char *store_, *files_, *emulator_;
    toklink::Client client_;
    /** The account that was connected last. Initially an unknown one. */
    toklink::AccountRef account_{"unknown"};
    /** The publish that started last. */
    std::string publish_id_;
    std::string sealed_;
    std::optional<toklink::WebhookEvent> event_;
};

} // namespace

int main(int count, char **arguments) {
    CHECK(count == 4);
    const std::string store = std::string(arguments[1]) + "/scenarios-cpp.db";
    bool is_same = true;
    for (unsigned place = 0; place < SCENARIO_COUNT; place += 1) {
        begin_anew(store.c_str(), arguments[3]);
        Host host(store.c_str(), arguments[2], arguments[3]);
        for (std::size_t number = 0; number < SCENARIOS[place].step_count; number += 1) {
            const std::string came = host.act(SCENARIOS[place].steps[number]);
            is_same = is_as_told(&SCENARIOS[place], number, came.c_str()) && is_same;
        }
    }
    begin_anew(store.c_str(), arguments[3]);
    CHECK(is_same);
    std::printf("%u checks passed\n", checks_done);
    return 0;
}
