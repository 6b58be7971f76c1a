/** Quota windows and video probes. Include toklink.hpp instead. */
#ifndef TOKLINK_REPORTS_HPP
#define TOKLINK_REPORTS_HPP

#include "result.hpp"

namespace toklink {
inline namespace TOKLINK_MODE {

/** One window of requests, copied out of its status. */
struct QuotaWindow {
    /** What it counts. */
    toklink_quota_kind kind;
    /** Its length. */
    std::chrono::milliseconds length;
    /** How many requests fit in it. */
    std::uint32_t limit;
    /** How many slots are occupied, requests in flight included. */
    std::uint32_t count;
    /** How many requests could be sent now. */
    std::uint32_t remaining;
    /** How long it is until the oldest occupied slot is free again. */
    std::chrono::milliseconds resets_in;
    /** When that is, in milliseconds since 1970 (UTC); now when all are free. */
    std::int64_t reset_at_ms;
};

/** All windows of one account, as they were when it was asked for. */
class QuotaStatus {
public:
    /** The C type behind it. */
    using Handle = toklink_quota_status;
    /** Takes the handle over. */
    explicit QuotaStatus(toklink_quota_status *handle) noexcept : handle_(handle) {}

    /** Number of windows. */
    std::size_t size() const noexcept { return toklink_quota_status_len(handle_.get()); }
    /** The window at `index`; std::out_of_range beyond the last. */
    QuotaWindow at(std::size_t index) const {
        const toklink_quota_window *window = toklink_quota_status_at(handle_.get(), index);
        if (window == nullptr) {
            detail::misused("toklink::QuotaStatus::at");
        }
        return copied(window);
    }
    /** The window of this kind with the fewest requests left; nothing when the kind has no limit. */
    std::optional<QuotaWindow> tightest(toklink_quota_kind kind) const noexcept {
        const toklink_quota_window *window =
            toklink_quota_status_tightest(handle_.get(), static_cast<std::uint32_t>(kind));
        if (window == nullptr) {
            return std::nullopt;
        }
        return copied(window);
    }

    /** The C handle; it stays this object's. */
    const toklink_quota_status *get() const noexcept { return handle_.get(); }

private:
    static QuotaWindow copied(const toklink_quota_window *window) noexcept {
        return QuotaWindow{toklink_quota_window_kind(window),
                           detail::millis(toklink_quota_window_length_ms(window)),
                           toklink_quota_window_limit(window),
                           toklink_quota_window_count(window),
                           toklink_quota_window_remaining(window),
                           detail::millis(toklink_quota_window_resets_in_ms(window)),
                           toklink_quota_window_reset_at_ms(window)};
    }

    detail::Owned<toklink_quota_status, toklink_quota_status_free> handle_;
};

/** One rule that a video does not keep: views of its report. */
struct Finding {
    /** `size`, `duration`, `frame_rate`, `pixels` or `codec`. */
    std::string_view rule;
    /** What the file has. */
    std::string_view found;
    /** What TikTok takes. */
    std::string_view allowed;
    /** What the user can do. */
    std::string_view advice;
    /** Whether TikTok would refuse the video for it; otherwise it is a warning. */
    bool is_error;
};

/** What a file is, and the rules that it does not keep. */
class ProbeReport {
public:
    /** The C type behind it. */
    using Handle = toklink_probe_report;
    /** Takes the handle over. */
    explicit ProbeReport(toklink_probe_report *handle) noexcept : handle_(handle) {}

    /** Whether TikTok should take the video. */
    bool is_acceptable() const noexcept { return toklink_probe_report_is_acceptable(handle_.get()); }
    /** `mp4`, `mov` or `webm`. */
    std::string_view container() const noexcept {
        return detail::out(toklink_probe_report_container(handle_.get()));
    }
    /** The MIME type. */
    std::string_view mime() const noexcept { return detail::out(toklink_probe_report_mime(handle_.get())); }
    /** `h264`, `h265`, `vp8`, `vp9` or the name in the file; empty when the file does not say. */
    std::string_view video_codec() const noexcept {
        return detail::out(toklink_probe_report_video_codec(handle_.get()));
    }
    /** Bytes of the file. */
    std::uint64_t size_bytes() const noexcept { return toklink_probe_report_size_bytes(handle_.get()); }
    /** The time of play, if the file says. */
    std::optional<std::chrono::milliseconds> duration() const noexcept {
        const auto found = detail::known(toklink_probe_report_duration_ms, get());
        return found ? std::optional<std::chrono::milliseconds>(detail::millis(*found)) : std::nullopt;
    }
    /** Pixels across, as shown; 0 when the file does not say. */
    std::uint32_t width() const noexcept { return toklink_probe_report_width(handle_.get()); }
    /** Pixels down, as shown; 0 when the file does not say. */
    std::uint32_t height() const noexcept { return toklink_probe_report_height(handle_.get()); }
    /** Degrees by which a player turns the stored pictures clockwise. */
    std::uint16_t rotation() const noexcept { return toklink_probe_report_rotation(handle_.get()); }
    /** Pictures per second, if the file says. */
    std::optional<double> frame_rate() const noexcept {
        return detail::known(toklink_probe_report_frame_rate, get());
    }
    /** Whether pictures are shown for clearly different times, if the file says. */
    std::optional<bool> variable_frame_rate() const noexcept {
        return detail::known(toklink_probe_report_variable_frame_rate, get());
    }
    /** Whether there is sound, if the file says. */
    std::optional<bool> has_audio() const noexcept {
        return detail::known(toklink_probe_report_has_audio, get());
    }
    /** Number of findings. */
    std::size_t finding_count() const noexcept { return toklink_probe_report_finding_count(handle_.get()); }
    /** The finding at `index`; std::out_of_range beyond the last. */
    Finding finding(std::size_t index) const {
        const toklink_finding *found = toklink_probe_report_finding_at(handle_.get(), index);
        if (found == nullptr) {
            detail::misused("toklink::ProbeReport::finding");
        }
        return Finding{detail::out(toklink_finding_rule(found)), detail::out(toklink_finding_found(found)),
                       detail::out(toklink_finding_allowed(found)), detail::out(toklink_finding_advice(found)),
                       toklink_finding_is_error(found)};
    }

    /** The C handle; it stays this object's. */
    const toklink_probe_report *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_probe_report, toklink_probe_report_free> handle_;
};

/** Reads a file's headers and judges them by TikTok's rules. The path is UTF-8. */
inline Returned<ProbeReport> probe_video(std::string_view path) {
    return detail::make<ProbeReport>(detail::Faultless(), [&](auto **out, auto **error) {
        return toklink_probe_video(detail::in(path), out, error);
    });
}

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_REPORTS_HPP
