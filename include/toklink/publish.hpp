/** Publishing. Include toklink.hpp instead. */
#ifndef TOKLINK_PUBLISH_HPP
#define TOKLINK_PUBLISH_HPP

#include "error.hpp"

#include <functional>
#include <future>
#include <optional>

namespace toklink {
inline namespace TOKLINK_MODE {

/** Work under way. */
template <typename T>
struct Operation {
    /** For Client::cancel. */
    std::uint64_t id;
    /** What comes of it; its `get` throws or returns as a call that waits. */
    std::future<Returned<T>> result;
};

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
};

/** Writes at most `capacity` bytes of a video to `buffer` and returns how many; 0 is the end. It may throw to give up. */
using ReadFunction = std::function<std::size_t(std::uint8_t *buffer, std::size_t capacity)>;

/** Hears of progress; returns whether to go on. */
using ProgressFunction = std::function<bool(const Progress &)>;

namespace detail {

/** What lives until an operation has completed. */
template <typename T>
struct Waiting {
    std::promise<Returned<T>> promise;
    std::shared_ptr<ProgressFunction> progress;
};

template <typename T, typename Handle>
void fulfil(void *user_data, std::uint64_t, toklink_status status, Handle *handle, toklink_error *error) noexcept {
    const std::unique_ptr<Waiting<T>> waiting(static_cast<Waiting<T> *>(user_data));
    T value(handle);
#ifdef TOKLINK_NO_EXCEPTIONS
    waiting->promise.set_value(status == TOKLINK_OK ? Returned<T>(std::move(value)) : failed<T>(Error(error)));
#else
    try {
        if (status == TOKLINK_OK) {
            waiting->promise.set_value(std::move(value));
        } else {
            waiting->promise.set_exception(std::make_exception_ptr(Error(error)));
        }
    } catch (...) {
        waiting->promise.set_exception(std::current_exception());
    }
#endif
}

/** Starts an operation whose completion fulfils a promise. */
template <typename T, typename Given, typename Start>
Returned<Operation<T>> begun(const Given &given, std::shared_ptr<ProgressFunction> progress, Start start) {
    auto waiting = std::make_unique<Waiting<T>>();
    waiting->progress = std::move(progress);
    std::future<Returned<T>> result = waiting->promise.get_future();
    const auto begin = [&](std::uint64_t *out, toklink_error **error) {
        return start(&fulfil<T, typename T::Handle>, waiting.get(), out, error);
    };
    struct Begun {
        std::uint64_t id;
        Begun(std::uint64_t from) : id(from) {}
    };
    auto started = call<Begun, std::uint64_t>(given, begin);
#ifdef TOKLINK_NO_EXCEPTIONS
    if (!started) {
        return failed<Operation<T>>(started.error());
    }
    const std::uint64_t id = started->id;
#else
    const std::uint64_t id = started.id;
#endif
    // It started, so the completion owns it now, and may have ended it already.
    static_cast<void>(waiting.release());
    return Operation<T>{id, std::move(result)};
}

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
                          toklink_publish_progress_bytes_per_second(from), std::nullopt};
        std::uint64_t remaining = 0;
        if (toklink_publish_progress_remaining_ms(from, &remaining)) {
            progress.remaining = std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(remaining));
        }
        return (*static_cast<ProgressFunction *>(user_data))(progress);
    });
}

} // namespace detail

/** What became of a publish; views of it die with it. */
class PublishOutcome {
public:
    /** The C type behind it. */
    using Handle = toklink_publish_outcome;
    /** Takes the handle over. */
    explicit PublishOutcome(toklink_publish_outcome *handle) noexcept : handle_(handle) {}

    /** TikTok's id of the publish. */
    std::string_view publish_id() const noexcept { return detail::out(toklink_publish_outcome_publish_id(handle_.get())); }
    /** TikTok's last word. */
    toklink_publish_state state() const noexcept { return toklink_publish_outcome_state(handle_.get()); }
    /** Moderating when the public id is still to come. */
    toklink_publish_phase phase() const noexcept { return toklink_publish_outcome_phase(handle_.get()); }
    /** The link; may be empty. */
    std::string_view share_url() const noexcept { return detail::out(toklink_publish_outcome_share_url(handle_.get())); }
    /** The key under which it is found again. */
    std::string_view idempotency_key() const noexcept { return detail::out(toklink_publish_outcome_idempotency_key(handle_.get())); }
    /** How many public posts came of it. */
    std::size_t post_id_count() const noexcept { return toklink_publish_outcome_post_id_count(handle_.get()); }
    /** The id of the public post at `index`; empty beyond the last. */
    std::string_view post_id(std::size_t index) const noexcept {
        return detail::out(toklink_publish_outcome_post_id_at(handle_.get(), index));
    }

    /** The C handle; it stays this object's. */
    const toklink_publish_outcome *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_publish_outcome, toklink_publish_outcome_free> handle_;
};

/** How far TikTok is with a publish; views of it die with it. */
class PublishStatus {
public:
    /** The C type behind it. */
    using Handle = toklink_publish_status;
    /** Takes the handle over. */
    explicit PublishStatus(toklink_publish_status *handle) noexcept : handle_(handle) {}

    /** TikTok's word. */
    toklink_publish_state state() const noexcept { return toklink_publish_status_state(handle_.get()); }
    /** Why it failed; empty when it did not. */
    std::string_view fail_reason() const noexcept { return detail::out(toklink_publish_status_fail_reason(handle_.get())); }

    /** The C handle; it stays this object's. */
    const toklink_publish_status *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_publish_status, toklink_publish_status_free> handle_;
};

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
            // From here on the library gives it back through `forget`, whatever comes of this.
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

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_PUBLISH_HPP
