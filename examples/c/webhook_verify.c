/* Verifies and applies a webhook.
 *
 *     webhook_verify STORE SIGNATURE < BODY
 *
 * SIGNATURE is the value of the Tiktok-Signature header. BODY is the raw request body: a body that was parsed and
 * serialized again does not verify. Applies a genuine webhook to the store. Exit code: 0 genuine, 1 failed, 2 wrong
 * usage, 3 not genuine (a server would respond with 401). */

#include "session.h"

/* The maximum body size that the library accepts. */
enum { MOST_BYTES = 65536 };

static const char *did(toklink_webhook_effect effect) {
    switch (effect) {
    case TOKLINK_EFFECT_APPLIED: return "changed what is kept here";
    case TOKLINK_EFFECT_ALREADY_KNOWN: return "was known";
    case TOKLINK_EFFECT_NOT_OURS: return "is about nothing that is kept here";
    default: return "changes nothing here";
    }
}

static int judge(const toklink_client *client, const char *signature, const uint8_t *body, size_t length) {
    toklink_webhook_effect effect = TOKLINK_EFFECT_NOTHING_TO_DO;
    toklink_error *error = NULL;
    /* No second secret, and the default tolerance of five minutes between TikTok's clock and this one. */
    const toklink_webhook *webhook = toklink_verify_webhook(client, signature, body, length, NULL, 0, &error);
    if (webhook == NULL) {
        int code = error->status == TOKLINK_ERR_INTEGRITY ? 3 : 1;
        report(error);
        return code;
    }
    printf("genuine: %s of %s\n", webhook->name, webhook->open_id);
    toklink_status status = toklink_apply_webhook(client, webhook, &effect, &error);
    if (status == TOKLINK_OK) {
        printf("it %s\n", did(effect));
    } else {
        report(error);
    }
    toklink_webhook_free(webhook);
    return status == TOKLINK_OK ? 0 : 1;
}

int main(int count, char **arguments) {
    /* One byte more than the maximum, so that a larger body is rejected instead of truncated. */
    static uint8_t body[MOST_BYTES + 1];
    if (count != 3) {
        fprintf(stderr, "usage: %s STORE SIGNATURE < BODY\n", arguments[0]);
        return 2;
    }
    size_t length = fread(body, 1, sizeof body, stdin);
    toklink_client *client = open_client(arguments[1]);
    int code = client == NULL ? 1 : judge(client, arguments[2], body, length);
    toklink_client_free(client);
    return code;
}
