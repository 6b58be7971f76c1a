/* Callbacks on the thread of a Win32 message loop. Part of a program: build it with its window. */

#include <toklink.h>
#include <windows.h>

enum { WM_TOKLINK = WM_APP + 1 };

/* Any thread of the client calls it. `user_data` is the thread of the message loop. */
static void wake(void *user_data) { PostThreadMessage((DWORD)(UINT_PTR)user_data, WM_TOKLINK, 0, 0); }

toklink_client *open_client_for_this_thread(toklink_options *options, toklink_error **error) {
    options->wake = wake;
    options->user_data = (void *)(UINT_PTR)GetCurrentThreadId();
    return toklink_client_new(options, error);
}

void run_message_loop(toklink_client *client) {
    MSG message;
    while (GetMessage(&message, NULL, 0, 0) > 0) {
        if (message.hwnd == NULL && message.message == WM_TOKLINK) {
            toklink_dispatch(client, NULL);
        } else {
            TranslateMessage(&message);
            DispatchMessage(&message);
        }
    }
}
