/** Accounts and what they show. Include toklink.hpp instead. */
#ifndef TOKLINK_ACCOUNT_HPP
#define TOKLINK_ACCOUNT_HPP

#include "result.hpp"

namespace toklink {
inline namespace TOKLINK_MODE {

/** Names an account. */
struct AccountRef {
    /** TikTok's id of the user. */
    std::string open_id;
    /** The host's tenant; empty for a host with one. */
    std::string tenant = {};
};

/** A connected account, copied out of where it was. */
struct Account {
    /** Names it. */
    AccountRef ref;
    /** The nickname. */
    std::string display_name;
    /** The handle without `@`; may be empty. */
    std::string username;
    /** Whether it can be used. */
    toklink_account_state status;
    /** The granted scopes. */
    std::vector<std::string> scopes;
    /** Scopes that were asked for and are not granted. */
    std::vector<std::string> missing_scopes;
    /** A picture URL, good for hours after connecting; may be empty. */
    std::string avatar_url;
    /** The host's id of the person who connected it. */
    std::string connected_by;
    /** When the user last consented, in milliseconds since 1970 (UTC). */
    std::int64_t connected_at_ms;
    /** When the access token ends, in milliseconds since 1970 (UTC); it is renewed before. */
    std::int64_t token_expires_at_ms;

    /** Copies a C account. */
    static Account of(const toklink_account *from) {
        using Text = std::string;
        return Account{{Text(detail::out(toklink_account_open_id(from))), Text(detail::out(toklink_account_tenant(from)))},
                       Text(detail::out(toklink_account_display_name(from))),
                       Text(detail::out(toklink_account_username(from))),
                       toklink_account_status(from),
                       detail::texts<Text>(toklink_account_scope_count, toklink_account_scope_at, from),
                       detail::texts<Text>(toklink_account_missing_scope_count, toklink_account_missing_scope_at, from),
                       Text(detail::out(toklink_account_avatar_url(from))),
                       Text(detail::out(toklink_account_connected_by(from))),
                       toklink_account_connected_at_ms(from),
                       toklink_account_token_expires_at_ms(from)};
    }
};

namespace detail {

/** A copy of an account that was given for it alone. */
template <>
struct Into<Account, toklink_account *> {
    static Account from(toklink_account *&&written) {
        const Owned<toklink_account, toklink_account_free> owned(written);
        return Account::of(owned.get());
    }
};

} // namespace detail

/** Connected accounts. */
class AccountList {
public:
    /** The C type behind it. */
    using Handle = toklink_account_list;
    /** Takes the handle over. */
    explicit AccountList(toklink_account_list *handle) noexcept : handle_(handle) {}

    /** How many. */
    std::size_t size() const noexcept { return toklink_account_list_len(handle_.get()); }
    /** The account at `index`; std::out_of_range beyond the last. */
    Account at(std::size_t index) const {
        const toklink_account *found = toklink_account_list_at(handle_.get(), index);
        if (found == nullptr) {
            detail::misused("toklink::AccountList::at");
        }
        return Account::of(found);
    }

    /** The C handle; it stays this object's. */
    const toklink_account_list *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_account_list, toklink_account_list_free> handle_;
};

/** The profile; views of it die with it. */
class UserInfo {
public:
    /** The C type behind it. */
    using Handle = toklink_user_info;
    /** Takes the handle over. */
    explicit UserInfo(toklink_user_info *handle) noexcept : handle_(handle) {}

    /** TikTok's id of the user. */
    std::string_view open_id() const noexcept { return detail::out(toklink_user_info_open_id(handle_.get())); }
    /** The nickname. */
    std::string_view display_name() const noexcept { return detail::out(toklink_user_info_display_name(handle_.get())); }
    /** The handle without `@`; may be empty. */
    std::string_view username() const noexcept { return detail::out(toklink_user_info_username(handle_.get())); }
    /** A picture URL, good for hours; may be empty. */
    std::string_view avatar_url() const noexcept { return detail::out(toklink_user_info_avatar_url(handle_.get())); }
    /** The user's id for all apps of one developer; may be empty. */
    std::string_view union_id() const noexcept { return detail::out(toklink_user_info_union_id(handle_.get())); }
    /** The link to the profile; may be empty. */
    std::string_view profile_deep_link() const noexcept { return detail::out(toklink_user_info_profile_deep_link(handle_.get())); }
    /** The biography; may be empty. */
    std::string_view bio_description() const noexcept { return detail::out(toklink_user_info_bio_description(handle_.get())); }
    /** Whether TikTok verified the account, if known. */
    std::optional<bool> is_verified() const noexcept {
        return detail::known(toklink_user_info_is_verified, get());
    }
    /** Followers, if known. */
    std::optional<std::int64_t> follower_count() const noexcept {
        return detail::known(toklink_user_info_follower_count, get());
    }
    /** Accounts followed, if known. */
    std::optional<std::int64_t> following_count() const noexcept {
        return detail::known(toklink_user_info_following_count, get());
    }
    /** Likes received, if known. */
    std::optional<std::int64_t> likes_count() const noexcept {
        return detail::known(toklink_user_info_likes_count, get());
    }
    /** Public videos, if known. */
    std::optional<std::int64_t> video_count() const noexcept {
        return detail::known(toklink_user_info_video_count, get());
    }

    /** The C handle; it stays this object's. */
    const toklink_user_info *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_user_info, toklink_user_info_free> handle_;
};

/** A public video: views of its page. */
struct Video {
    /** TikTok's id, as text. */
    std::string_view id;
    /** The title. */
    std::string_view title;
    /** The caption. */
    std::string_view description;
    /** A picture URL, good for hours; may be empty. */
    std::string_view cover_image_url;
    /** The link of the embedded player; may be empty. */
    std::string_view embed_link;
    /** The link; may be empty. */
    std::string_view share_url;
    /** Views. */
    std::int64_t view_count;
    /** Likes. */
    std::int64_t like_count;
    /** Comments. */
    std::int64_t comment_count;
    /** Shares. */
    std::int64_t share_count;
    /** Seconds of play. */
    std::chrono::seconds duration;
    /** When it was posted, in milliseconds since 1970 (UTC). */
    std::int64_t created_at_ms;
    /** Pixels across, if known. */
    std::optional<std::int64_t> width;
    /** Pixels down, if known. */
    std::optional<std::int64_t> height;
};

/** Some videos, newest first. */
class VideoPage {
public:
    /** The C type behind it. */
    using Handle = toklink_video_page;
    /** Takes the handle over. */
    explicit VideoPage(toklink_video_page *handle) noexcept : handle_(handle) {}

    /** How many. */
    std::size_t size() const noexcept { return toklink_video_page_len(handle_.get()); }
    /** The video at `index`; std::out_of_range beyond the last. */
    Video at(std::size_t index) const {
        const toklink_video *found = toklink_video_page_at(handle_.get(), index);
        if (found == nullptr) {
            detail::misused("toklink::VideoPage::at");
        }
        return Video{detail::out(toklink_video_id(found)),
                     detail::out(toklink_video_title(found)),
                     detail::out(toklink_video_description(found)),
                     detail::out(toklink_video_cover_image_url(found)),
                     detail::out(toklink_video_embed_link(found)),
                     detail::out(toklink_video_share_url(found)),
                     toklink_video_view_count(found),
                     toklink_video_like_count(found),
                     toklink_video_comment_count(found),
                     toklink_video_share_count(found),
                     std::chrono::seconds(toklink_video_duration_sec(found)),
                     toklink_video_created_at_ms(found),
                     detail::known(toklink_video_width, found),
                     detail::known(toklink_video_height, found)};
    }
    /** Where the next page begins, if there is one. */
    std::optional<std::int64_t> next_cursor() const noexcept {
        return detail::known(toklink_video_page_next_cursor, get());
    }

    /** The C handle; it stays this object's. */
    const toklink_video_page *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_video_page, toklink_video_page_free> handle_;
};

/** What the creator may post now. */
class CreatorInfo {
public:
    /** The C type behind it. */
    using Handle = toklink_creator_info;
    /** Takes the handle over. */
    explicit CreatorInfo(toklink_creator_info *handle) noexcept : handle_(handle) {}

    /** The handle without `@`. */
    std::string_view username() const noexcept { return detail::out(toklink_creator_info_username(handle_.get())); }
    /** The nickname. */
    std::string_view nickname() const noexcept { return detail::out(toklink_creator_info_nickname(handle_.get())); }
    /** A picture URL, good for hours; may be empty. */
    std::string_view avatar_url() const noexcept { return detail::out(toklink_creator_info_avatar_url(handle_.get())); }
    /** How many privacy levels there are to choose from. */
    std::size_t privacy_level_count() const noexcept { return toklink_creator_info_privacy_level_count(handle_.get()); }
    /** The privacy level at `index`; empty beyond the last. */
    std::string_view privacy_level(std::size_t index) const noexcept {
        return detail::out(toklink_creator_info_privacy_level_at(handle_.get(), index));
    }
    /** Whether comments are off. */
    bool comment_disabled() const noexcept { return toklink_creator_info_comment_disabled(handle_.get()); }
    /** Whether duets are off. */
    bool duet_disabled() const noexcept { return toklink_creator_info_duet_disabled(handle_.get()); }
    /** Whether stitches are off. */
    bool stitch_disabled() const noexcept { return toklink_creator_info_stitch_disabled(handle_.get()); }
    /** The longest video, in seconds. */
    std::uint32_t max_video_duration_sec() const noexcept { return toklink_creator_info_max_video_duration_sec(handle_.get()); }

    /** The C handle; it stays this object's. */
    const toklink_creator_info *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<toklink_creator_info, toklink_creator_info_free> handle_;
};

} // namespace TOKLINK_MODE
} // namespace toklink

#endif // TOKLINK_ACCOUNT_HPP
