/* Logs in, uploads a video and reads metrics on the thread of an event loop: today STORE FILE KEY
   Ctrl-C cancels the upload; the same command resumes it. */
#include "app.h"

static bool progress(void *app, const toklink_progress *p) {
    show_bar(app, p->bytes_sent, p->total_bytes, p->remaining_ms); /* -1: no estimate */
    return !app_wants_cancel(app);
}
static void posted(void *app, toklink_op op, const toklink_publish *done, const toklink_error *error) {
    (void)op;
    if (error) show_error(app, error->status, error->reason, error->message);
    else show_link(app, done->publish_id, done->share_url);
}
static void figures(void *app, toklink_op op, const toklink_metrics *m, const toklink_error *error) {
    (void)op;
    if (!error) show_figures(app, m->followers, m->likes, m->engagement_rate);
}
static void logged_in(void *app, toklink_op op, const toklink_account *a, const toklink_error *error) {
    (void)op;
    if (error) { show_error(app, error->status, error->reason, error->message); return; }
    toklink_publish_options post = TOKLINK_PUBLISH_OPTIONS_INIT;
    post.account = a->id;
    post.path = app_file(app);
    post.title = "My stream #gaming";
    post.privacy_level = "SELF_ONLY";
    post.idempotency_key = app_share_id(app);
    post.progress = progress;
    toklink_publish_video(app_client(app), &post, posted, app, NULL);
    toklink_account_metrics(app_client(app), a->id, figures, app, NULL);
}
int main(int argc, char **argv) {
    desktop *app = start_app(argc, argv);
    toklink_options options = app_options(app); /* client key and secret, the key from the key chain, the file of accounts */
    options.wake = app_wake;                    /* makes the event loop call toklink_dispatch */
    options.user_data = app;
    toklink_error *error = NULL;
    toklink_client *client = toklink_client_new(&options, &error);
    if (!client) { fprintf(stderr, "%s\n", error->message); toklink_error_free(error); return 1; }
    toklink_login_options login = TOKLINK_LOGIN_OPTIONS_INIT;
    login.done_page_html = "<h1>Welcome to the game</h1>";
    toklink_login(client, &login, open_in_browser, logged_in, app, NULL);
    run_event_loop(app, client);
    toklink_client_free(client);
    return end_app(app);
}
