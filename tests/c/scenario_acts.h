/* The acts of scenarios.c for logins, quotas, webhooks and encrypted values. Those that read and publish are in scenarios.c. */
#ifndef TOKLINK_TESTS_SCENARIO_ACTS_H
#define TOKLINK_TESTS_SCENARIO_ACTS_H

#include "scenario.h"

#define SCENARIO_USER "olivia"
#define SCENARIO_CALLBACK "http://127.0.0.1:3000/callback"

typedef struct {
    const char *files, *emulator;
    /* A path below the program's directory. */
    char store[4096];
    const toklink_client *client;
    /* The account that was connected last. Initially an unknown one. */
    char tenant[64], open_id[128];
    /* The publish that started last. */
    char publish_id[256];
    char sealed[2048];
    toklink_webhook_event *event;
} scenario_host;

static inline void keep(char *place, size_t size, toklink_str text) {
    CHECK(text.len < size);
    memcpy(place, text.len == 0 ? "" : text.data, text.len);
    place[text.len] = '\0';
}

static inline void tell_failure(told_lines *all, const toklink_error *error) {
    uint64_t pause = 0;
    tell_text(all, "error", toklink_status_name(toklink_error_status(error)));
    tell_text(all, "operation", toklink_error_operation(error));
    tell(all, "owner", owner_name(toklink_error_owner(error)));
    if (toklink_error_http_status(error) > 0) {
        tell_number(all, "http_status", toklink_error_http_status(error));
    }
    tell_some(all, "tiktok_code", toklink_error_tiktok_code(error));
    tell_some(all, "fail_reason", toklink_error_fail_reason(error));
    if (toklink_error_retry_after_ms(error, &pause)) {
        tell_number(all, "retry_minutes", minutes(pause));
    }
    tell_if(all, "retryable", toklink_error_is_retryable(error));
    tell_if(all, "may_have_been_sent", toklink_error_may_have_been_sent(error));
    tell_if(all, "safe_to_repeat", toklink_error_is_safe_to_repeat(error));
    tell_if(all, "names_a_publish", toklink_error_publish_id(error).len > 0);
}

static inline void tell_account(told_lines *all, const toklink_account *account) {
    char scopes[512] = "", missing[512] = "";
    for (size_t place = 0; place < toklink_account_scope_count(account); place += 1) {
        append(scopes, sizeof scopes, toklink_account_scope_at(account, place).data);
    }
    for (size_t place = 0; place < toklink_account_missing_scope_count(account); place += 1) {
        append(missing, sizeof missing, toklink_account_missing_scope_at(account, place).data);
    }
    tell_text(all, "tenant", toklink_account_tenant(account));
    tell_text(all, "display_name", toklink_account_display_name(account));
    tell_text(all, "username", toklink_account_username(account));
    tell(all, "status", account_name(toklink_account_status(account)));
    tell_text(all, "connected_by", toklink_account_connected_by(account));
    tell(all, "scopes", scopes);
    tell(all, "missing_scopes", missing);
}

/* Connects a user who grants `grants`, or who declines. */
static inline toklink_status act_connect(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    toklink_login_request *request = toklink_login_request_new();
    toklink_login_start *start = NULL;
    toklink_login_result *result = NULL;
    char callback[4096] = "error=access_denied&state=", cookies[8192], missing[512] = "";
    CHECK(toklink_login_request_set_user_id(request, text(SCENARIO_USER), NULL) == TOKLINK_OK);
    CHECK(toklink_login_request_set_tenant(request, text(argument_or(step, "tenant", "")), NULL) == TOKLINK_OK);
    toklink_status status = toklink_client_begin_login(host->client, request, &start, error);
    toklink_login_request_free(request);
    if (status != TOKLINK_OK) {
        return status;
    }
    const char *username = argument(step, "username");
    if (username != NULL) {
        const char *url = toklink_login_start_authorize_url(start).data;
        grant(host->emulator, url, username, argument(step, "grants"), callback, sizeof callback);
    }
    size_t filled = strlen(callback);
    const char *state = argument_or(step, "state", toklink_login_start_state(start).data);
    snprintf(callback + filled, sizeof callback - filled, "%s", state);
    snprintf(cookies, sizeof cookies, "other=x; %s=%s", toklink_login_start_cookie_name(start).data,
             toklink_login_start_cookie_value(start).data);
    toklink_str user = text(argument_or(step, "user", SCENARIO_USER));
    status = toklink_client_complete_login(host->client, text(callback), text(cookies), user, &result, error);
    toklink_login_start_free(start);
    if (status == TOKLINK_OK) {
        const toklink_account *account = toklink_login_result_account(result);
        keep(host->tenant, sizeof host->tenant, toklink_account_tenant(account));
        keep(host->open_id, sizeof host->open_id, toklink_account_open_id(account));
        for (size_t place = 0; place < toklink_account_missing_scope_count(account); place += 1) {
            append(missing, sizeof missing, toklink_account_missing_scope_at(account, place).data);
        }
        tell_text(all, "connected", toklink_account_username(account));
        tell(all, "missing_scopes", missing);
        toklink_login_result_free(result);
    }
    return status;
}

static inline toklink_status act_account(scenario_host *host, told_lines *all, toklink_error **error) {
    toklink_account *account = NULL;
    toklink_status status = toklink_client_account(host->client, text(host->tenant), text(host->open_id), &account, error);
    if (status == TOKLINK_OK) {
        tell_account(all, account);
        toklink_account_free(account);
    }
    return status;
}

static inline void act_use_quota(scenario_host *host, const scenario_step *step) {
    for (long left = strtol(argument(step, "times"), NULL, 10); left > 0; left -= 1) {
        CHECK(toklink_client_increment_quota(host->client, text(host->tenant), text(host->open_id),
                                             kind_named(argument(step, "kind")), NULL) == TOKLINK_OK);
    }
}

static inline void act_check_quota(scenario_host *host, const scenario_step *step, told_lines *all) {
    toklink_error *refusal = NULL;
    uint64_t pause = 0;
    toklink_status status = toklink_client_check_quota(host->client, text(host->tenant), text(host->open_id),
                                                       kind_named(argument(step, "kind")), &refusal);
    tell_flag(all, "allowed", status == TOKLINK_OK);
    if (status != TOKLINK_OK && toklink_error_retry_after_ms(refusal, &pause)) {
        tell_number(all, "retry_minutes", minutes(pause));
    }
    toklink_error_free(refusal);
}

static inline toklink_status act_status(scenario_host *host, told_lines *all, toklink_error **error) {
    toklink_publish_status *found = NULL;
    uint64_t bytes = 0;
    toklink_status status = toklink_client_publish_status(host->client, text(host->tenant), text(host->open_id),
                                                          text(host->publish_id), &found, error);
    if (status == TOKLINK_OK) {
        tell(all, "state", state_name(toklink_publish_status_state(found)));
        tell_number(all, "posts", (int64_t)toklink_publish_status_post_id_count(found));
        tell_some(all, "fail_reason", toklink_publish_status_fail_reason(found));
        if (toklink_publish_status_uploaded_bytes(found, &bytes)) {
            tell_number(all, "uploaded_bytes", (int64_t)bytes);
        }
        toklink_publish_status_free(found);
    }
    return status;
}

/* Adds the visible properties of an encrypted value: its format and its key. */
static inline void tell_sealed(told_lines *all, const char *sealed) {
    char begins[64];
    const char *end = strchr(sealed, '.');
    CHECK(end != NULL && (end = strchr(end + 1, '.')) != NULL);
    snprintf(begins, sizeof begins, "%.*s", (int)(end - sealed), sealed);
    tell(all, "sealed_as", begins);
}

static inline toklink_status act_seal(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    toklink_str tenant = text(argument_or(step, "tenant", "")), field = text(argument_or(step, "field", ""));
    toklink_str open_id = text(argument_or(step, "account", "")), words = text(argument_or(step, "text", ""));
    toklink_str sealed = text(argument_or(step, "sealed", host->sealed));
    toklink_buf out = {NULL, 0};
    toklink_status status;
    if (strcmp(step->act, "unseal") == 0) {
        status = toklink_client_unseal(host->client, tenant, open_id, field, sealed, &out, error);
        if (status == TOKLINK_OK) {
            tell(all, "text", out.data);
        }
    } else if (strcmp(step->act, "seal") == 0) {
        status = toklink_client_seal(host->client, tenant, open_id, field, words, &out, error);
    } else {
        status = toklink_client_reseal(host->client, tenant, open_id, field, sealed, &out, error);
        tell_flag(all, "changed", out.len > 0);
    }
    if (status == TOKLINK_OK && strcmp(step->act, "unseal") != 0) {
        if (out.len > 0) {
            snprintf(host->sealed, sizeof host->sealed, "%s", out.data);
        }
        tell_sealed(all, host->sealed);
    }
    toklink_buf_free(&out);
    return status;
}

static inline toklink_status act_reseal_accounts(scenario_host *host, const scenario_step *step, told_lines *all,
                                                 toklink_error **error) {
    toklink_reseal_report *report = NULL;
    char keys[256] = "";
    toklink_status status = toklink_client_reseal_accounts(
        host->client, flag(step, "check_only") ? (uint32_t)TOKLINK_RESEAL_CHECK_ONLY : 0U, &report, error);
    if (status == TOKLINK_OK) {
        for (size_t place = 0; place < toklink_reseal_report_key_count(report); place += 1) {
            append(keys, sizeof keys, toklink_reseal_report_key_at(report, place).data);
        }
        tell(all, "keys", keys);
        tell_text(all, "sealing_key", toklink_reseal_report_sealing_key(report));
        tell_number(all, "resealed", (int64_t)toklink_reseal_report_resealed(report));
        tell_number(all, "current", (int64_t)toklink_reseal_report_current(report));
        tell_number(all, "failed", (int64_t)toklink_reseal_report_failed(report));
        tell_number(all, "outstanding", (int64_t)toklink_reseal_report_outstanding(report));
        tell_number(all, "legacy", (int64_t)toklink_reseal_report_legacy(report));
        toklink_reseal_report_free(report);
    }
    return status;
}

static inline toklink_status act_webhook(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    const char *body = argument(step, "body");
    uint64_t tolerance_ms = (uint64_t)strtoull(argument_or(step, "tolerance_seconds", "0"), NULL, 10) * 1000;
    toklink_webhook_event_free(host->event);
    host->event = NULL;
    toklink_status status = toklink_client_verify_webhook(
        host->client, text(argument(step, "signature")), (const uint8_t *)body, strlen(body),
        text(argument_or(step, "previous_secret", "")), tolerance_ms, &host->event, error);
    if (status == TOKLINK_OK) {
        tell_text(all, "event", toklink_webhook_event_name(host->event));
        tell_flag(all, "known", toklink_webhook_event_kind(host->event) != TOKLINK_WEBHOOK_OTHER);
        tell_some(all, "publish", toklink_webhook_event_publish_id(host->event));
        tell_some(all, "post", toklink_webhook_event_post_id(host->event));
        tell_some(all, "reason", toklink_webhook_event_reason(host->event));
        tell_some(all, "account", toklink_webhook_event_open_id(host->event));
        tell_number(all, "at_ms", toklink_webhook_event_created_at_ms(host->event));
    }
    return status;
}

static inline toklink_status act_apply_webhook(scenario_host *host, told_lines *all, toklink_error **error) {
    static const char *const effects[] = {"nothing_to_do", "applied", "already_known", "not_ours", "another_owner", "outdated"};
    toklink_webhook_effect effect = TOKLINK_EFFECT_NOTHING_TO_DO;
    toklink_status status = toklink_client_apply_webhook(host->client, host->event, &effect, error);
    if (status == TOKLINK_OK) {
        tell(all, "effect", (uint32_t)effect < 6 ? effects[effect] : "");
    }
    return status;
}

/* Runs one of these acts. An unknown act ends the program. */
static inline toklink_status common_act(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    const char *act = step->act;
    toklink_str tenant = text(host->tenant), open_id = text(host->open_id), publish_id = text(host->publish_id);
    if (strcmp(act, "emulator") == 0) {
        control(host->emulator, "POST", argument(step, "call"), argument(step, "body"));
    } else if (strcmp(act, "requests") == 0) {
        tell_requests(all, host->emulator);
    } else if (strcmp(act, "close_client") == 0) {
        return toklink_client_close(host->client, error);
    } else if (strcmp(act, "connect") == 0) {
        return act_connect(host, step, all, error);
    } else if (strcmp(act, "account") == 0) {
        return act_account(host, all, error);
    } else if (strcmp(act, "use_quota") == 0) {
        act_use_quota(host, step);
    } else if (strcmp(act, "check_quota") == 0) {
        act_check_quota(host, step, all);
    } else if (strcmp(act, "status") == 0) {
        return act_status(host, all, error);
    } else if (strcmp(act, "cancel_publish") == 0) {
        return toklink_client_cancel_publish(host->client, tenant, open_id, publish_id, error);
    } else if (strcmp(act, "abandon") == 0) {
        return toklink_client_abandon_publish(host->client, tenant, open_id, text(argument(step, "key")), error);
    } else if (strcmp(act, "seal") == 0 || strcmp(act, "unseal") == 0 || strcmp(act, "reseal") == 0) {
        return act_seal(host, step, all, error);
    } else if (strcmp(act, "reseal_accounts") == 0) {
        return act_reseal_accounts(host, step, all, error);
    } else if (strcmp(act, "webhook") == 0) {
        return act_webhook(host, step, all, error);
    } else if (strcmp(act, "apply_webhook") == 0) {
        return act_apply_webhook(host, all, error);
    } else {
        fprintf(stderr, "there is no act %s\n", act);
        exit(1);
    }
    return TOKLINK_OK;
}

#endif
