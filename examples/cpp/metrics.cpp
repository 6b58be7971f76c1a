// Prints metrics of all connected accounts and their newest videos.
//
//     metrics STORE
//
// Reads all accounts concurrently: each has a future, and the library respects TikTok's limits. The environment is that of
// the C examples.

#include <toklink.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace {

/** The request for one account. */
struct Asked {
    toklink::Account account;
    toklink::Operation<toklink::AccountMetrics> metrics;
};

std::string shown(std::string_view text) { return std::string(text.substr(0, 40)); }

void print_newest(const toklink::Client &client, const toklink::Account &account) {
    const toklink::VideoPage page = client.list_videos(account.ref, 0, 3);
    for (std::size_t index = 0; index < page.size(); index += 1) {
        const toklink::Video video = page.at(index);
        std::printf("    %-40s %10lld views %8lld likes\n", shown(video.title).c_str(),
                    static_cast<long long>(video.view_count), static_cast<long long>(video.like_count));
    }
}

/** Prints all accounts; returns true if all of them could be read. */
bool print_all(const toklink::Client &client) {
    const toklink::AccountList accounts = client.accounts();
    std::vector<Asked> asked;
    for (std::size_t index = 0; index < accounts.size(); index += 1) {
        toklink::Account account = accounts.at(index);
        auto metrics = client.account_metrics_async(account.ref);
        asked.push_back(Asked{std::move(account), std::move(metrics)});
    }
    bool complete = true;
    for (Asked &one : asked) {
        try {
            const toklink::AccountMetrics metrics = one.metrics.result.get();
            std::printf("@%s: %lld followers, %lld likes, %lld videos, %.2f %% engagement over the newest %zu\n",
                        one.account.username.c_str(), static_cast<long long>(metrics.followers()),
                        static_cast<long long>(metrics.likes()), static_cast<long long>(metrics.video_count()),
                        metrics.engagement_rate(), metrics.videos_read());
            print_newest(client, one.account);
        } catch (const toklink::Error &error) {
            // Continues with the other accounts if one has to be connected again.
            std::printf("@%s: %s\n", one.account.username.c_str(), error.what());
            complete = false;
        }
    }
    std::printf("%zu accounts\n", asked.size());
    return complete;
}

} // namespace

int main(int count, char **arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: %s STORE\n", arguments[0]);
        return 2;
    }
    try {
        toklink::ClientOptions options = toklink::ClientOptions::from_env();
        options.sqlite_path(arguments[1]);
        return print_all(toklink::Client(options)) ? 0 : 1;
    } catch (const toklink::Error &error) {
        std::fprintf(stderr, "%s: %s\n", std::string(error.code()).c_str(), error.what());
        return 1;
    }
}
