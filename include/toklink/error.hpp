/** The error of a call. Include toklink.hpp instead. */
#ifndef TOKLINK_ERROR_HPP
#define TOKLINK_ERROR_HPP

#include "../toklink.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if !defined(TOKLINK_NO_EXCEPTIONS) && !defined(__cpp_exceptions) && !defined(_CPPUNWIND)
#error "exceptions are off: define TOKLINK_NO_EXCEPTIONS before toklink.hpp is included"
#endif

#ifdef TOKLINK_NO_EXCEPTIONS
#define TOKLINK_MODE without_exceptions
#else
#define TOKLINK_MODE with_exceptions
#endif

namespace toklink {
inline namespace TOKLINK_MODE {

/** One invalid or missing setting. */
struct ConfigProblem {
    std::string option, variable, problem, fix;
};

/** The reason why a call failed: a copy of toklink_error. Copies share their contents. */
class Error
#ifndef TOKLINK_NO_EXCEPTIONS
    : public std::runtime_error
#endif
{
public:
    /** Copies an error of the C interface, which the caller still owns. NULL becomes an internal error. */
    explicit Error(const toklink_error *error)
#ifndef TOKLINK_NO_EXCEPTIONS
        : std::runtime_error(error == nullptr ? "no error was returned" : error->message), data_(copied(error)) {
    }
#else
        : message_(error == nullptr ? "no error was returned" : error->message), data_(copied(error)) {
    }
    /** The problem and the next step. */
    const char *what() const noexcept { return message_.c_str(); }
#endif

    /** The status, which determines what to do next. */
    toklink_status status() const noexcept { return data_->status; }
    /** The exact situation. */
    toklink_reason reason() const noexcept { return data_->reason; }
    /** The party that has to act. */
    toklink_owner owner() const noexcept { return data_->owner; }
    /** The name of the status, for example `RATE_LIMITED`. */
    std::string_view code() const noexcept { return toklink_status_name(data_->status); }
    /** The name of the reason, for example `KEY_IN_USE`. */
    std::string_view reason_code() const noexcept { return toklink_reason_name(data_->reason); }
    /** The HTTP status of TikTok's response; 0 if there was none. */
    std::uint32_t http_status() const noexcept { return data_->http_status; }
    /** The time after which a retry can succeed, if it is known. */
    std::optional<std::chrono::milliseconds> retry_after() const {
        if (data_->retry_after_ms < 0) {
            return std::nullopt;
        }
        return std::chrono::milliseconds(data_->retry_after_ms);
    }
    /** True if the same call can succeed later. */
    bool is_retryable() const noexcept { return data_->retryable; }
    /** True if TikTok may have received a request that changes something. */
    bool may_have_been_sent() const noexcept { return data_->may_have_been_sent; }
    /** True if the same call with the same idempotency key cannot post twice. */
    bool is_safe_to_repeat() const noexcept { return data_->safe_to_repeat; }
    /** The operation that failed, for example `publish_video`. */
    const std::string &operation() const noexcept { return data_->operation; }
    /** TikTok's error code; empty if there was none. */
    const std::string &tiktok_code() const noexcept { return data_->tiktok_code; }
    /** TikTok's log id; empty if there was none. */
    const std::string &log_id() const noexcept { return data_->log_id; }
    /** TikTok's reason for a failed publish; empty if there was none. */
    const std::string &fail_reason() const noexcept { return data_->fail_reason; }
    /** TikTok's id of the publish; empty if the error does not concern a publish. */
    const std::string &publish_id() const noexcept { return data_->publish_id; }
    /** The key that resumes the publish; empty if the error does not concern a publish. */
    const std::string &idempotency_key() const noexcept { return data_->idempotency_key; }
    /** The invalid settings of a `TOKLINK_ERR_CONFIG` error. */
    const std::vector<ConfigProblem> &problems() const noexcept { return data_->problems; }

private:
    struct Data {
        toklink_status status = TOKLINK_ERR_INTERNAL;
        toklink_reason reason = TOKLINK_REASON_OTHER;
        toklink_owner owner = TOKLINK_OWNER_TOKLINK;
        std::uint32_t http_status = 0;
        std::int64_t retry_after_ms = -1;
        bool retryable = false, may_have_been_sent = false, safe_to_repeat = false;
        std::string operation, tiktok_code, log_id, fail_reason, publish_id, idempotency_key;
        std::vector<ConfigProblem> problems;
    };

    static std::shared_ptr<const Data> copied(const toklink_error *error) {
        auto data = std::make_shared<Data>();
        if (error == nullptr) {
            return data;
        }
        data->status = error->status;
        data->reason = error->reason;
        data->owner = error->owner;
        data->http_status = error->http_status;
        data->retry_after_ms = error->retry_after_ms;
        data->retryable = error->retryable;
        data->may_have_been_sent = error->may_have_been_sent;
        data->safe_to_repeat = error->safe_to_repeat;
        data->operation = error->operation;
        data->tiktok_code = error->tiktok_code;
        data->log_id = error->log_id;
        data->fail_reason = error->fail_reason;
        data->publish_id = error->publish_id;
        data->idempotency_key = error->idempotency_key;
        for (std::size_t place = 0; place < error->problem_count; place += 1) {
            const toklink_config_problem *problem = error->problems[place];
            data->problems.push_back({problem->option, problem->variable, problem->problem, problem->fix});
        }
        return data;
    }

#ifdef TOKLINK_NO_EXCEPTIONS
    std::string message_;
#endif
    std::shared_ptr<const Data> data_;
};

} // namespace TOKLINK_MODE
} // namespace toklink

#endif
