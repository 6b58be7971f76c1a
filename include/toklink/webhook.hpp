/** Webhooks. Include toklink.hpp instead. */
#ifndef TOKLINK_WEBHOOK_HPP
#define TOKLINK_WEBHOOK_HPP

#include "result.hpp"

namespace toklink {
inline namespace TOKLINK_MODE {

/** How a webhook is judged. */
struct WebhookCheck {
    /** A client secret that still counts while it is being changed at TikTok. */
    std::string previous_secret = {};
    /** How far the signature's time may be from now; 0 for five minutes. */
    std::chrono::milliseconds tolerance{0};
};

/** A genuine webhook; views of it die with it. */
class WebhookEvent {
public:
    /** The C type behind it. */
    using Handle = toklink_webhook_event;
    /** Takes the handle over. */
    explicit WebhookEvent(toklink_webhook_event *handle) noexcept : handle_(handle) {}

    /** What it tells. */
    toklink_webhook_kind kind() const noexcept { return ::toklink_webhook_event_kind(handle_.get()); }
    /** TikTok's name of it. */
    std::string_view name() const noexcept { return detail::out(toklink_webhook_event_name(handle_.get())); }
    /** TikTok's id of the user. */
    std::string_view open_id() const noexcept { return detail::out(toklink_webhook_event_open_id(handle_.get())); }
    /** The publish that it is about; empty when it is about none. */
    std::string_view publish_id() const noexcept { return detail::out(toklink_webhook_event_publish_id(handle_.get())); }
    /** The public post; empty when there is none. */
    std::string_view post_id() const noexcept { return detail::out(toklink_webhook_event_post_id(handle_.get())); }
    /** Why it happened, in TikTok's word; may be empty. */
    std::string_view reason() const noexcept { return detail::out(toklink_webhook_event_reason(handle_.get())); }
    /** The same for every repetition of one event. */
    std::string_view dedupe_key() const noexcept { return detail::out(toklink_webhook_event_dedupe_key(handle_.get())); }
    /** When it happened, in milliseconds since 1970 (UTC). */
    std::int64_t created_at_ms() const noexcept { return toklink_webhook_event_created_at_ms(handle_.get()); }

    /** The C handle; it stays this object's. */
    const toklink_webhook_event *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_webhook_event, toklink_webhook_event_free> handle_;
};

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_WEBHOOK_HPP
