/** Publishing. Include toklink.hpp instead. */
#ifndef TOKLINK_PUBLISH_HPP
#define TOKLINK_PUBLISH_HPP

#include "result.hpp"

#include <functional>

namespace toklink {
inline namespace TOKLINK_MODE {

/** One step forward, copied. */
struct Progress {
    /** What is being done. */
    toklink_publish_phase phase;
    /** Bytes handed to the network so far. */
    std::uint64_t bytes_sent;
    /** Size of the file in bytes. */
    std::uint64_t total_bytes;
    /** The mean rate of this run. */
    std::uint64_t bytes_per_second;
    /** The time until all bytes are sent, if there is an estimate. */
    std::optional<std::chrono::milliseconds> remaining;
    /** TikTok's id of the publish; empty while it is unknown. */
    std::string publish_id;
};

/** Writes at most `capacity` bytes of a video to `buffer` and returns how many; 0 is the end. It may throw to give up. */
using ReadFunction = std::function<std::size_t(std::uint8_t *buffer, std::size_t capacity)>;

/** Hears of progress; returns whether to go on. */
using ProgressFunction = std::function<bool(const Progress &)>;

namespace detail {

inline bool read(void *user_data, std::uint8_t *buffer, std::size_t capacity, std::size_t *out_read) noexcept {
    return guarded([&] {
        *out_read = (*static_cast<ReadFunction *>(user_data))(buffer, capacity);
        return true;
    });
}

inline void forget(void *user_data) noexcept { delete static_cast<ReadFunction *>(user_data); }

inline bool hear(void *user_data, const toklink_publish_progress *from) noexcept {
    return guarded([&] {
        Progress progress{toklink_publish_progress_phase(from), toklink_publish_progress_bytes_sent(from),
                          toklink_publish_progress_total_bytes(from),
                          toklink_publish_progress_bytes_per_second(from), std::nullopt,
                          std::string(out(toklink_publish_progress_publish_id(from)))};
        if (const auto left = known(toklink_publish_progress_remaining_ms, from)) {
            progress.remaining = millis(*left);
        }
        return (*static_cast<ProgressFunction *>(user_data))(progress);
    });
}

} // namespace detail

/** What is published, and how. */
class PublishRequest : public detail::Builder {
public:
    /** An empty request. */
    PublishRequest() : handle_(detail::made(toklink_publish_request_new())) {}

    /** The file of the video. */
    PublishRequest &path(std::string_view value) { return set(toklink_publish_request_set_path, detail::in(value)); }
    /** Lets TikTok fetch the video. */
    PublishRequest &url(std::string_view value) { return set(toklink_publish_request_set_url, detail::in(value)); }
    /** Adds a photo. */
    PublishRequest &photo_url(std::string_view value) { return set(toklink_publish_request_add_photo_url, detail::in(value)); }
    /** The caption; of photos the title. */
    PublishRequest &title(std::string_view value) { return set(toklink_publish_request_set_title, detail::in(value)); }
    /** The text below photos. */
    PublishRequest &description(std::string_view value) { return set(toklink_publish_request_set_description, detail::in(value)); }
    /** Who may see it, in TikTok's spelling. */
    PublishRequest &privacy_level(std::string_view value) { return set(toklink_publish_request_set_privacy_level, detail::in(value)); }
    /** Posts at most once per key. */
    PublishRequest &idempotency_key(std::string_view value) { return set(toklink_publish_request_set_idempotency_key, detail::in(value)); }
    /** Whether others may comment. */
    PublishRequest &allow_comment(bool value) { return set(toklink_publish_request_set_allow_comment, value); }
    /** Whether others may make a duet. */
    PublishRequest &allow_duet(bool value) { return set(toklink_publish_request_set_allow_duet, value); }
    /** Whether others may stitch. */
    PublishRequest &allow_stitch(bool value) { return set(toklink_publish_request_set_allow_stitch, value); }
    /** Which photo is the cover, from 0. */
    PublishRequest &cover_index(std::size_t value) { return set(toklink_publish_request_set_cover_index, value); }
    /** The frame used as cover; videos only. */
    PublishRequest &cover_timestamp(std::chrono::duration<std::uint32_t, std::milli> value) {
        return set(toklink_publish_request_set_cover_timestamp_ms, value.count());
    }
    /** Whether it is a paid partnership with a third party. */
    PublishRequest &brand_content(bool value) { return set(toklink_publish_request_set_brand_content, value); }
    /** Whether it promotes the creator's own business. */
    PublishRequest &brand_organic(bool value) { return set(toklink_publish_request_set_brand_organic, value); }
    /** Whether it is labelled as made by AI. */
    PublishRequest &is_aigc(bool value) { return set(toklink_publish_request_set_is_aigc, value); }
    /** Whether TikTok adds music that it recommends; photos only. */
    PublishRequest &auto_add_music(bool value) { return set(toklink_publish_request_set_auto_add_music, value); }
    /** Whether it goes to the creator's inbox. */
    PublishRequest &draft(bool value) { return set(toklink_publish_request_set_draft, value); }
    /** Whether to wait for TikTok's outcome. */
    PublishRequest &wait_for_outcome(bool value) { return set(toklink_publish_request_set_wait_for_outcome, value); }
    /** The bytes of the video, which are copied. */
    PublishRequest &bytes(const std::uint8_t *data, std::size_t length) {
        change([&](toklink_error **error) {
            return toklink_publish_request_set_bytes(handle_.get(), data, length, error);
        });
        return *this;
    }
    /** Reads the video from `read`, which gives exactly `length` bytes, once: good for one publish. */
    PublishRequest &stream(ReadFunction read, std::uint64_t length) {
        auto kept = std::make_unique<ReadFunction>(std::move(read));
        change([&](toklink_error **error) {
            // From here on the library gives it back through `forget`, also when this fails.
            return toklink_publish_request_set_stream(handle_.get(), detail::read, kept.release(), detail::forget, length,
                                                      error);
        });
        return *this;
    }
    /** Reads the video from a public https address and sends it on; or only when TikTok would not fetch it there. */
    PublishRequest &relay_url(std::string_view value, bool if_unverified = false) {
        change([&](toklink_error **error) {
            return toklink_publish_request_set_relay_url(handle_.get(), detail::in(value), if_unverified, error);
        });
        return *this;
    }
    /** Hears of progress; `false` cancels. */
    PublishRequest &on_progress(ProgressFunction function) {
        progress_ = std::make_shared<ProgressFunction>(std::move(function));
        change([&](toklink_error **error) {
            return toklink_publish_request_set_progress(handle_.get(), detail::hear, progress_.get(), error);
        });
        return *this;
    }

    /** What an operation keeps of the request. */
    std::shared_ptr<ProgressFunction> progress() const noexcept { return progress_; }
    /** The C handle; it stays this object's. */
    const toklink_publish_request *get() const noexcept { return handle_.get(); }

private:
    template <typename Setter, typename Value>
    PublishRequest &set(Setter setter, Value value) {
        change([&](toklink_error **error) { return setter(handle_.get(), value, error); });
        return *this;
    }

    detail::Owned<toklink_publish_request, toklink_publish_request_free> handle_;
    std::shared_ptr<ProgressFunction> progress_;
};

/** A caption whose hashtags and mentions TikTok links; it is never cut. */
class Caption : public detail::Builder {
public:
    /** An empty caption. */
    Caption() : handle_(detail::made(toklink_caption_new())) {}

    /** Adds plain text as it is. */
    Caption &text(std::string_view words) { return add(toklink_caption_add_text, words); }
    /** Adds a hashtag, with or without its `#` or full-width U+FF03; letters with their marks, digits and `_` only. */
    Caption &hashtag(std::string_view tag) { return add(toklink_caption_add_hashtag, tag); }
    /** Mentions a handle, with or without its `@`. */
    Caption &mention(std::string_view username) { return add(toklink_caption_add_mention, username); }
    /** How long it is, in the UTF-16 code units that TikTok counts. */
    std::size_t utf16_units() const noexcept { return toklink_caption_utf16_units(handle_.get()); }
    /** The text, if it has at most so many units: of a video's title 2200, of a photo post's title 90, of its description 4000. */
    Returned<std::string> build(std::size_t most_units) const {
        return detail::call<std::string, detail::Buffer>(*this, [&](auto *out, auto **error) {
            return toklink_caption_build(handle_.get(), most_units, out, error);
        });
    }

    /** The C handle; it stays this object's. */
    const toklink_caption *get() const noexcept { return handle_.get(); }

private:
    template <typename Add>
    Caption &add(Add add, std::string_view value) {
        change([&](toklink_error **error) { return add(handle_.get(), detail::in(value), error); });
        return *this;
    }

    detail::Owned<toklink_caption, toklink_caption_free> handle_;
};

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_PUBLISH_HPP
