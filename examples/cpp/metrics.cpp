// Prints the metrics of all accounts of a store, and their newest videos.
//
//     metrics STORE
//
// The environment: TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET, TOKEN_ENCRYPTION_KEY.

#include <toklink.hpp>

#include <cstdio>

namespace {

// The values of a toklink_metrics, which lives only during the completion.
struct Numbers {
    long long followers, likes, videos;
    double engagement_rate;
    unsigned videos_read;
};

struct Asked {
    std::string id, username;
    toklink::Operation<Numbers> metrics;
};

void print_newest(const toklink::Client &client, const std::string &account) {
    const toklink::VideoPage page = client.list_videos(account, 0, 3);
    for (const toklink_video *video : toklink::items(page)) {
        std::printf("    %-40.40s %10lld views %8lld likes\n", video->title, static_cast<long long>(video->views),
                    static_cast<long long>(video->likes));
    }
}

/** Prints all accounts; returns true if all of them could be read. */
bool print_all(const toklink::Client &client) {
    const toklink::AccountList accounts = client.list_accounts();
    std::vector<Asked> asked;
    for (const toklink_account *account : toklink::items(accounts)) {
        auto metrics = client.account_metrics_async(account->id, [](const toklink_metrics &found) {
            return Numbers{found.followers, found.likes, found.videos, found.engagement_rate, found.videos_read};
        });
        asked.push_back(Asked{account->id, account->username, std::move(metrics)});
    }
    bool complete = true;
    for (Asked &one : asked) {
        try {
            const Numbers metrics = one.metrics.result.get();
            std::printf("@%s: %lld followers, %lld likes, %lld videos, %.2f %% engagement over the newest %u\n",
                        one.username.c_str(), metrics.followers, metrics.likes, metrics.videos, metrics.engagement_rate,
                        metrics.videos_read);
            print_newest(client, one.id);
        } catch (const toklink::Error &error) {
            // Continues with the other accounts if one has to be connected again.
            std::printf("@%s: %s\n", one.username.c_str(), error.what());
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
        auto options = toklink::init<toklink_options>();
        options.use_environment = true;
        options.sqlite_path = arguments[1];
        return print_all(toklink::Client(options)) ? 0 : 1;
    } catch (const toklink::Error &error) {
        std::fprintf(stderr, "%s: %s\n", std::string(error.code()).c_str(), error.what());
        return 1;
    }
}
