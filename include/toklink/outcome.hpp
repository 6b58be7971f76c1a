/** What becomes of publishes. Include toklink.hpp instead. */
#ifndef TOKLINK_OUTCOME_HPP
#define TOKLINK_OUTCOME_HPP

#include "result.hpp"

namespace toklink {
inline namespace TOKLINK_MODE {

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
    /** Sentences about what came out otherwise than it was asked for. */
    std::vector<std::string_view> warnings() const {
        return detail::texts<std::string_view>(toklink_publish_outcome_warning_count, toklink_publish_outcome_warning_at,
                                               get());
    }
    /** Bytes that TikTok has, if it says. */
    std::optional<std::uint64_t> uploaded_bytes() const noexcept {
        return detail::known(toklink_publish_outcome_uploaded_bytes, get());
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
    /** TikTok's id of the publish. */
    std::string_view publish_id() const noexcept { return detail::out(toklink_publish_status_publish_id(handle_.get())); }
    /** The ids of the public posts. */
    std::vector<std::string_view> post_ids() const {
        return detail::texts<std::string_view>(toklink_publish_status_post_id_count, toklink_publish_status_post_id_at,
                                               get());
    }
    /** Bytes that TikTok has of the upload, if it says. */
    std::optional<std::uint64_t> uploaded_bytes() const noexcept {
        return detail::known(toklink_publish_status_uploaded_bytes, get());
    }

    /** The C handle; it stays this object's. */
    const toklink_publish_status *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_publish_status, toklink_publish_status_free> handle_;
};

/** A publish that has no end yet: views of its list. */
struct UnfinishedPublish {
    /** The key under which it goes on. */
    std::string_view idempotency_key;
    /** TikTok's id; empty while nobody knows whether TikTok has begun it. */
    std::string_view publish_id;
    /** Bytes that TikTok has accepted. */
    std::uint64_t accepted_bytes;
    /** Bytes of the video; 0 for what TikTok fetches itself. */
    std::uint64_t total_bytes;
    /** Whether it is photos rather than a video. */
    bool photos;
    /** Whether it goes to the creator's inbox. */
    bool draft;
    /** When it began, in milliseconds since 1970 (UTC). */
    std::int64_t started_at_ms;
    /** When it last came further, in milliseconds since 1970 (UTC). */
    std::int64_t updated_at_ms;
};

/** Publishes that have no end yet. */
class UnfinishedList {
public:
    /** The C type behind it. */
    using Handle = toklink_unfinished_list;
    /** Takes the handle over. */
    explicit UnfinishedList(toklink_unfinished_list *handle) noexcept : handle_(handle) {}

    /** How many. */
    std::size_t size() const noexcept { return toklink_unfinished_list_len(handle_.get()); }
    /** The publish at `index`; std::out_of_range beyond the last. */
    UnfinishedPublish at(std::size_t index) const {
        const toklink_unfinished_publish *found = toklink_unfinished_list_at(handle_.get(), index);
        if (found == nullptr) {
            detail::misused("toklink::UnfinishedList::at");
        }
        return UnfinishedPublish{detail::out(toklink_unfinished_publish_idempotency_key(found)),
                                 detail::out(toklink_unfinished_publish_publish_id(found)),
                                 toklink_unfinished_publish_accepted_bytes(found),
                                 toklink_unfinished_publish_total_bytes(found),
                                 toklink_unfinished_publish_photos(found),
                                 toklink_unfinished_publish_draft(found),
                                 toklink_unfinished_publish_started_at_ms(found),
                                 toklink_unfinished_publish_updated_at_ms(found)};
    }

    /** The C handle; it stays this object's. */
    const toklink_unfinished_list *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_unfinished_list, toklink_unfinished_list_free> handle_;
};

/** A publish as the journal has it, whichever process works on it; views of it die with it. */
class JournaledPublish {
public:
    /** The C type behind it. */
    using Handle = toklink_journaled_publish;
    /** Takes the handle over. */
    explicit JournaledPublish(toklink_journaled_publish *handle) noexcept : handle_(handle) {}

    /** Whether the journal has something under the key; without, everything else is empty. */
    bool found() const noexcept { return get() != nullptr; }
    /** The key under which it is found. */
    std::string_view idempotency_key() const noexcept { return detail::out(toklink_journaled_publish_idempotency_key(get())); }
    /** How far it has come: INTENT, SENDING, LAST_CHUNK, PROCESSING, DONE or FAILED. */
    std::string_view phase() const noexcept { return detail::out(toklink_journaled_publish_phase(get())); }
    /** TikTok's id; empty while TikTok is not known to have a task for it. */
    std::string_view publish_id() const noexcept { return detail::out(toklink_journaled_publish_publish_id(get())); }
    /** TikTok's reason for a failed publish; empty when it gave none. */
    std::string_view fail_reason() const noexcept { return detail::out(toklink_journaled_publish_fail_reason(get())); }
    /** Bytes that TikTok has accepted. */
    std::uint64_t accepted_bytes() const noexcept { return toklink_journaled_publish_accepted_bytes(get()); }
    /** Bytes of the video; 0 for what TikTok fetches itself. */
    std::uint64_t total_bytes() const noexcept { return toklink_journaled_publish_total_bytes(get()); }
    /** Whether it is photos rather than a video. */
    bool photos() const noexcept { return toklink_journaled_publish_photos(get()); }
    /** Whether it goes to the creator's inbox. */
    bool draft() const noexcept { return toklink_journaled_publish_draft(get()); }
    /** Whether the attempt that works on it was asked to stop. */
    bool cancel_requested() const noexcept { return toklink_journaled_publish_cancel_requested(get()); }
    /** The outcome of a publish that is DONE, else nullptr; it stays this object's. */
    const toklink_publish_outcome *outcome() const noexcept { return toklink_journaled_publish_outcome(get()); }
    /** The error that the last attempt ended with, nullptr while one works on it; it stays this object's. */
    const toklink_error *last_error() const noexcept { return toklink_journaled_publish_last_error(get()); }
    /** When it started, in milliseconds since 1970 (UTC). */
    std::int64_t started_at_ms() const noexcept { return toklink_journaled_publish_started_at_ms(get()); }
    /** When the journal last wrote it, in milliseconds since 1970 (UTC). */
    std::int64_t updated_at_ms() const noexcept { return toklink_journaled_publish_updated_at_ms(get()); }

    /** The C handle; it stays this object's. */
    const toklink_journaled_publish *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_journaled_publish, toklink_journaled_publish_free> handle_;
};

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_OUTCOME_HPP
