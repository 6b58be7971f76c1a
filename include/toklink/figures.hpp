/** Figures of accounts, of now and of earlier days. Include toklink.hpp instead. */
#ifndef TOKLINK_FIGURES_HPP
#define TOKLINK_FIGURES_HPP

#include "result.hpp"

namespace toklink {
inline namespace TOKLINK_MODE {

/** Figures of an account: a view of what holds them. */
class MetricsView {
public:
    /** A view of C figures. */
    explicit MetricsView(const toklink_account_metrics *view) noexcept : view_(view) {}

    /** Followers. */
    std::int64_t followers() const noexcept { return toklink_account_metrics_followers(view_); }
    /** Accounts followed. */
    std::int64_t following() const noexcept { return toklink_account_metrics_following(view_); }
    /** Likes over all videos. */
    std::int64_t likes() const noexcept { return toklink_account_metrics_likes(view_); }
    /** Public videos. */
    std::int64_t video_count() const noexcept { return toklink_account_metrics_video_count(view_); }
    /** Views of the newest videos. */
    std::int64_t views() const noexcept { return toklink_account_metrics_views(view_); }
    /** Likes of these videos. */
    std::int64_t video_likes() const noexcept { return toklink_account_metrics_video_likes(view_); }
    /** Comments on these videos. */
    std::int64_t comments() const noexcept { return toklink_account_metrics_comments(view_); }
    /** Shares of these videos. */
    std::int64_t shares() const noexcept { return toklink_account_metrics_shares(view_); }
    /** How many newest videos the sums are over. */
    std::size_t videos_read() const noexcept { return toklink_account_metrics_videos_read(view_); }
    /** Views for each of these videos, on average; 0 without videos. */
    double views_per_video() const noexcept { return toklink_account_metrics_views_per_video(view_); }
    /** Percent of interactions per view; 0 without views, as the next ones. */
    double engagement_rate() const noexcept { return toklink_account_metrics_engagement_rate(view_); }
    /** Percent of the views that were liked. */
    double like_rate() const noexcept { return toklink_account_metrics_like_rate(view_); }
    /** Percent of the views that were commented on. */
    double comment_rate() const noexcept { return toklink_account_metrics_comment_rate(view_); }
    /** Percent of the views that were shared. */
    double share_rate() const noexcept { return toklink_account_metrics_share_rate(view_); }
    /** When it was read, in milliseconds since 1970 (UTC). */
    std::int64_t read_at_ms() const noexcept { return toklink_account_metrics_read_at_ms(view_); }

    /** The C handle; it stays its owner's. */
    const toklink_account_metrics *get() const noexcept { return view_; }

private:
    const toklink_account_metrics *view_;
};

/** Figures of an account, as they were read. */
class AccountMetrics : public MetricsView {
public:
    /** The C type behind it. */
    using Handle = toklink_account_metrics;
    /** Takes the handle over. */
    explicit AccountMetrics(toklink_account_metrics *handle) noexcept : MetricsView(handle), handle_(handle) {}

private:
    detail::Owned<toklink_account_metrics, toklink_account_metrics_free> handle_;
};

/** How figures changed between two days: views of the history. Days are as `2026-11-23`, in UTC. */
struct MetricsGrowth {
    /** The day that it is measured from. */
    std::string_view from_day;
    /** The day that it is measured to. */
    std::string_view to_day;
    /** Days between the two. */
    std::uint32_t days;
    /** Whether they are as many as was asked for. */
    bool exact;
    /** Followers won; negative when lost, as the next ones. */
    std::int64_t followers;
    /** The same in percent of the followers at the beginning, if there were any. */
    std::optional<double> followers_percent;
    /** Accounts followed. */
    std::int64_t following;
    /** Likes received. */
    std::int64_t likes;
    /** Public videos. */
    std::int64_t video_count;
};

/** The figures of one day: views of the history. */
struct MetricsPoint {
    /** The day. */
    std::string_view day;
    /** Its figures. */
    MetricsView metrics;
    /** What changed since the figures before it; nothing for the first that there are. */
    std::optional<MetricsGrowth> growth;
};

/** Days without figures between days that have some: views of the history. */
struct MetricsGap {
    /** The first. */
    std::string_view from_day;
    /** The last. */
    std::string_view to_day;
    /** How many they are. */
    std::uint32_t days;
};

/** The figures of an account by day. */
class MetricsHistory {
public:
    /** The C type behind it. */
    using Handle = toklink_metrics_history;
    /** Takes the handle over. */
    explicit MetricsHistory(toklink_metrics_history *handle) noexcept : handle_(handle) {}

    /** How many days of the range have figures. */
    std::size_t size() const noexcept { return toklink_metrics_history_point_count(handle_.get()); }
    /** The day at `index`, the oldest first; std::out_of_range beyond the last. */
    MetricsPoint at(std::size_t index) const {
        const toklink_metrics_point *found = toklink_metrics_history_point_at(handle_.get(), index);
        if (found == nullptr) {
            detail::misused("toklink::MetricsHistory::at");
        }
        return MetricsPoint{detail::out(toklink_metrics_point_day(found)), MetricsView(toklink_metrics_point_metrics(found)),
                            shown(toklink_metrics_point_growth(found))};
    }
    /** How many stretches without figures lie between those days. */
    std::size_t gap_count() const noexcept { return toklink_metrics_history_gap_count(handle_.get()); }
    /** The stretch at `index`; std::out_of_range beyond the last. */
    MetricsGap gap(std::size_t index) const {
        const toklink_metrics_gap *found = toklink_metrics_history_gap_at(handle_.get(), index);
        if (found == nullptr) {
            detail::misused("toklink::MetricsHistory::gap");
        }
        return MetricsGap{detail::out(toklink_metrics_gap_from_day(found)), detail::out(toklink_metrics_gap_to_day(found)),
                          toklink_metrics_gap_days(found)};
    }
    /** Growth over the day before the last point; nothing without earlier figures. */
    std::optional<MetricsGrowth> over_day() const noexcept { return shown(toklink_metrics_history_over_day(get())); }
    /** Growth over the 7 days before the last point; nothing without earlier figures. */
    std::optional<MetricsGrowth> over_week() const noexcept { return shown(toklink_metrics_history_over_week(get())); }
    /** Growth over the 30 days before the last point; nothing without earlier figures. */
    std::optional<MetricsGrowth> over_month() const noexcept { return shown(toklink_metrics_history_over_month(get())); }

    /** The C handle; it stays this object's. */
    const toklink_metrics_history *get() const noexcept { return handle_.get(); }

private:
    static std::optional<MetricsGrowth> shown(const toklink_metrics_growth *from) noexcept {
        if (from == nullptr) {
            return std::nullopt;
        }
        return MetricsGrowth{detail::out(toklink_metrics_growth_from_day(from)),
                             detail::out(toklink_metrics_growth_to_day(from)),
                             toklink_metrics_growth_days(from),
                             toklink_metrics_growth_exact(from),
                             toklink_metrics_growth_followers(from),
                             detail::known(toklink_metrics_growth_followers_percent, from),
                             toklink_metrics_growth_following(from),
                             toklink_metrics_growth_likes(from),
                             toklink_metrics_growth_video_count(from)};
    }

    detail::Owned<toklink_metrics_history, toklink_metrics_history_free> handle_;
};

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_FIGURES_HPP
