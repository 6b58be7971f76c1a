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
    toklink_client *client;
    /* The account that was connected last. Initially an unknown one. */
    char tenant[64], open_id[128];
    /* The publish that started last. */
    char publish_id[256];
    char sealed[2048];
    const toklink_webhook *event;
} scenario_host;

static inline void keep(char *place, size_t size, const char *text) {
    CHECK(strlen(text) < size);
    snprintf(place, size, "%s", text);
}

static inline void tell_failure(told_lines *all, const toklink_error *error) {
    tell_text(all, "error", toklink_status_name(error->status));
    tell_text(all, "operation", error->operation);
    tell(all, "owner", owner_name(error->owner));
    if (error->http_status > 0) {
        tell_number(all, "http_status", error->http_status);
    }
    tell_some(all, "tiktok_code", error->tiktok_code);
    tell_some(all, "fail_reason", error->fail_reason);
    if (error->retry_after_ms >= 0) {
        tell_number(all, "retry_minutes", minutes(error->retry_after_ms));
    }
    tell_if(all, "retryable", error->retryable);
    tell_if(all, "may_have_been_sent", error->may_have_been_sent);
    tell_if(all, "safe_to_repeat", error->safe_to_repeat);
    tell_if(all, "names_a_publish", error->publish_id[0] != 0);
}

static inline void tell_account(told_lines *all, const toklink_account *account) {
    char scopes[512] = "", missing[512] = "";
    for (size_t place = 0; place < account->scope_count; place += 1) {
        append(scopes, sizeof scopes, account->scopes[place]);
    }
    for (size_t place = 0; place < account->missing_scope_count; place += 1) {
        append(missing, sizeof missing, account->missing_scopes[place]);
    }
    tell_text(all, "tenant", account->tenant);
    tell_text(all, "display_name", account->display_name);
    tell_text(all, "username", account->username);
    tell(all, "status", account_name(account->status));
    tell_text(all, "connected_by", account->connected_by);
    tell(all, "scopes", scopes);
    tell(all, "missing_scopes", missing);
}

/* Connects a user who grants `grants`, or who declines. */
static inline toklink_status act_connect(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    toklink_login_options request = TOKLINK_LOGIN_OPTIONS_INIT;
    const toklink_login_start *start = NULL;
    const toklink_login_result *result = NULL;
    char callback[4096] = "error=access_denied&state=", cookies[8192], missing[512] = "";
    request.user_id = SCENARIO_USER;
    request.tenant = argument_or(step, "tenant", "");
    toklink_status status = took((start = toklink_begin_login(host->client, &request, seen_at())) != NULL, error);
    if (status != TOKLINK_OK) {
        return status;
    }
    const char *username = argument(step, "username");
    if (username != NULL) {
        const char *url = start->authorize_url;
        grant(host->emulator, url, username, argument(step, "grants"), callback, sizeof callback);
    }
    size_t filled = strlen(callback);
    const char *state = argument_or(step, "state", start->state);
    snprintf(callback + filled, sizeof callback - filled, "%s", state);
    snprintf(cookies, sizeof cookies, "other=x; %s=%s", start->cookie_name,
             start->cookie_value);
    const char *user = argument_or(step, "user", SCENARIO_USER);
    status = took((result = toklink_complete_login_blocking(host->client, callback, cookies, user, seen_at())) != NULL, error);
    toklink_login_start_free(start);
    if (status == TOKLINK_OK) {
        const toklink_account *account = result->account;
        keep(host->tenant, sizeof host->tenant, account->tenant);
        keep(host->open_id, sizeof host->open_id, account->open_id);
        for (size_t place = 0; place < account->missing_scope_count; place += 1) {
            append(missing, sizeof missing, account->missing_scopes[place]);
        }
        tell_text(all, "connected", account->username);
        tell(all, "missing_scopes", missing);
        toklink_login_result_free(result);
    }
    return status;
}

static inline toklink_status act_account(scenario_host *host, told_lines *all, toklink_error **error) {
    const toklink_account *account = NULL;
    toklink_status status = took((account = toklink_load_account(host->client, account_of(host->tenant, host->open_id), seen_at())) != NULL, error);
    if (status == TOKLINK_OK) {
        tell_account(all, account);
        toklink_account_free(account);
    }
    return status;
}

static inline void act_use_quota(scenario_host *host, const scenario_step *step) {
    for (long left = strtol(argument(step, "times"), NULL, 10); left > 0; left -= 1) {
        CHECK(toklink_increment_quota(host->client, account_of(host->tenant, host->open_id), kind_named(argument(step, "kind")), NULL) == TOKLINK_OK);
    }
}

static inline void act_check_quota(scenario_host *host, const scenario_step *step, told_lines *all) {
    toklink_error *refusal = NULL;
    toklink_status status = toklink_check_quota(host->client, account_of(host->tenant, host->open_id), kind_named(argument(step, "kind")), &refusal);
    tell_flag(all, "allowed", status == TOKLINK_OK);
    if (status != TOKLINK_OK && refusal->retry_after_ms >= 0) {
        tell_number(all, "retry_minutes", minutes(refusal->retry_after_ms));
    }
    toklink_error_free(refusal);
}

static inline toklink_status act_status(scenario_host *host, told_lines *all, toklink_error **error) {
    const toklink_publish *found = NULL;
    toklink_status status = took((found = toklink_publish_status_blocking(host->client, account_of(host->tenant, host->open_id), host->publish_id, seen_at())) != NULL, error);
    if (status == TOKLINK_OK) {
        tell(all, "state", state_name(found->state));
        tell_number(all, "posts", (int64_t)found->post_id_count);
        tell_some(all, "fail_reason", found->fail_reason);
        if (found->uploaded_bytes >= 0) {
            tell_number(all, "uploaded_bytes", found->uploaded_bytes);
        }
        toklink_publish_free(found);
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
    const char *tenant = argument_or(step, "tenant", ""), *field = argument_or(step, "field", "");
    const char *open_id = argument_or(step, "account", ""), *words = argument_or(step, "text", "");
    const char *sealed = argument_or(step, "sealed", host->sealed);
    char *out = NULL;
    toklink_status status;
    if (strcmp(step->act, "unseal") == 0) {
        status = took((out = toklink_unseal(host->client, account_of(tenant, open_id), field, sealed, seen_at())) != NULL, error);
        if (status == TOKLINK_OK) {
            tell(all, "text", out);
        }
    } else if (strcmp(step->act, "seal") == 0) {
        status = took((out = toklink_seal(host->client, account_of(tenant, open_id), field, words, seen_at())) != NULL, error);
    } else {
        status = took((out = toklink_reseal(host->client, account_of(tenant, open_id), field, sealed, seen_at())) != NULL, error);
        tell_flag(all, "changed", out != NULL && strcmp(out, sealed) != 0);
    }
    if (status == TOKLINK_OK && strcmp(step->act, "unseal") != 0) {
        snprintf(host->sealed, sizeof host->sealed, "%s", out);
        tell_sealed(all, host->sealed);
    }
    toklink_text_free(out);
    return status;
}

static inline toklink_status act_reseal_accounts(scenario_host *host, const scenario_step *step, told_lines *all,
                                                 toklink_error **error) {
    const toklink_reseal_report *report = NULL;
    char keys[256] = "", one[64];
    toklink_reseal_options options = TOKLINK_RESEAL_OPTIONS_INIT;
    options.check_only = flag(step, "check_only");
    toklink_status status = took((report = toklink_reseal_accounts_blocking(host->client, &options, seen_at())) != NULL, error);
    if (status == TOKLINK_OK) {
        for (size_t place = 0; place < report->key_count; place += 1) {
            snprintf(one, sizeof one, "%s %llu", report->keys[place]->name, (unsigned long long)report->keys[place]->accounts);
            append(keys, sizeof keys, one);
        }
        tell(all, "keys", keys);
        tell_text(all, "sealing_key", report->sealing_key);
        tell_number(all, "resealed", (int64_t)report->resealed);
        tell_number(all, "current", (int64_t)report->current);
        tell_number(all, "failed", (int64_t)report->failed);
        tell_number(all, "outstanding", (int64_t)report->outstanding);
        tell_number(all, "legacy", (int64_t)report->legacy);
        toklink_reseal_report_free(report);
    }
    return status;
}

static inline toklink_status act_webhook(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    const char *body = argument(step, "body");
    uint64_t tolerance_ms = (uint64_t)strtoull(argument_or(step, "tolerance_seconds", "0"), NULL, 10) * 1000;
    toklink_webhook_free(host->event);
    host->event = NULL;
    toklink_status status = took((host->event = toklink_verify_webhook(host->client, argument(step, "signature"), (const uint8_t *)body, strlen(body), argument_or(step, "previous_secret", ""), tolerance_ms, seen_at())) != NULL, error);
    if (status == TOKLINK_OK) {
        tell_text(all, "event", host->event->name);
        tell_flag(all, "known", host->event->kind != TOKLINK_WEBHOOK_OTHER);
        tell_some(all, "publish", host->event->publish_id);
        tell_some(all, "post", host->event->post_id);
        tell_some(all, "reason", host->event->reason);
        tell_some(all, "account", host->event->open_id);
        tell_number(all, "at_ms", host->event->created_at_ms);
    }
    return status;
}

static inline toklink_status act_apply_webhook(scenario_host *host, told_lines *all, toklink_error **error) {
    static const char *const effects[] = {"nothing_to_do", "applied", "already_known", "not_ours", "another_owner", "outdated"};
    toklink_webhook_effect effect = TOKLINK_EFFECT_NOTHING_TO_DO;
    toklink_status status = toklink_apply_webhook(host->client, host->event, &effect, error);
    if (status == TOKLINK_OK) {
        tell(all, "effect", (uint32_t)effect < 6 ? effects[effect] : "");
    }
    return status;
}

/* Runs one of these acts. An unknown act ends the program. */
static inline toklink_status common_act(scenario_host *host, const scenario_step *step, told_lines *all, toklink_error **error) {
    const char *act = step->act;
    const char *tenant = host->tenant, *open_id = host->open_id, *publish_id = host->publish_id;
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
        return toklink_cancel_publish_blocking(host->client, account_of(tenant, open_id), publish_id, error);
    } else if (strcmp(act, "abandon") == 0) {
        return toklink_abandon_publish(host->client, account_of(tenant, open_id), argument(step, "key"), error);
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
