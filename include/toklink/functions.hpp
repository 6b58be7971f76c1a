/** Functions without a client. Include toklink.hpp instead. */
#ifndef TOKLINK_FUNCTIONS_HPP
#define TOKLINK_FUNCTIONS_HPP

#include "result.hpp"

namespace toklink {
inline namespace TOKLINK_MODE {

/** Checks a video file against TikTok's rules. */
inline Returned<ProbeReport> probe_video(Text path) {
    return detail::owned<toklink_probe_report>([&](auto error) { return toklink_probe_video(path.c_str(), error); });
}

/** Builds a caption; `max_units` is the maximum number of UTF-16 code units, 0: 2200. */
inline Returned<std::string> build_caption(const std::vector<toklink_caption_part> &parts, std::size_t max_units = 0) {
    return detail::text(
        [&](auto error) { return toklink_build_caption(parts.data(), parts.size(), max_units, error); });
}

/** Returns the id of a tenant's account. */
inline Returned<std::string> account_id(Text tenant, Text open_id) {
    return detail::text([&](auto error) { return toklink_account_id(tenant.c_str(), open_id.c_str(), error); });
}

/** Splits the id of an account into tenant and open id. */
inline Returned<std::pair<std::string, std::string>> split_account_id(Text account) {
    using Parts = std::pair<std::string, std::string>;
    toklink_error *error = nullptr;
    char *tenant = nullptr, *open_id = nullptr;
    if (toklink_account_id_split(account.c_str(), &tenant, &open_id, &error) != TOKLINK_OK) {
        return detail::failed<Parts>(error);
    }
    Parts parts(tenant, open_id);
    toklink_text_free(tenant);
    toklink_text_free(open_id);
    return parts;
}

/** Returns a new random encryption key; empty if the system provides no random numbers. */
inline std::string make_key() {
    char *key = toklink_make_key();
    std::string copy(key == nullptr ? "" : key);
    toklink_text_free(key);
    return copy;
}

/** Adds a value to the reply of a store. */
inline void add(toklink_store_reply *reply, Text key, Text value) {
    toklink_store_reply_add(reply, key.c_str(), value.c_str());
}

/** The version of the loaded library. */
inline std::string_view version() noexcept { return toklink_version(); }
/** The version of the loaded library as one number. */
inline std::uint32_t version_number() noexcept { return toklink_version_number(); }
/** True if the loaded library has the ABI of this header. */
inline bool is_compatible() noexcept { return toklink_abi_version() == TOKLINK_ABI_VERSION; }

} // namespace TOKLINK_MODE
} // namespace toklink

#endif
