/* Runs callbacks on the thread of a Win32 message loop. This file is part of a program that has a window. */

#include <toklink.h>
#include <windows.h>

enum { WM_TOKLINK = WM_APP + 1 };

/* Messages are posted to a window, because a message box or a menu runs its own loop, which discards messages that are
 * posted to a thread. */
static LRESULT CALLBACK on_message(HWND window, UINT message, WPARAM first, LPARAM second) {
    if (message != WM_TOKLINK) {
        return DefWindowProc(window, message, first, second);
    }
    toklink_client *client = (toklink_client *)GetWindowLongPtr(window, GWLP_USERDATA);
    if (client != NULL) {
        toklink_dispatch(client, NULL);
    }
    return 0;
}

/* Called on any of the client's threads. */
static void wake(void *window) { PostMessage((HWND)window, WM_TOKLINK, 0, 0); }

/* Returns a client whose callbacks run on this thread. Call DestroyWindow(*window) after freeing the client. */
toklink_client *open_client_for_this_thread(toklink_options *options, HWND *window, toklink_error **error) {
    WNDCLASS of_callbacks = {0};
    of_callbacks.lpfnWndProc = on_message;
    of_callbacks.hInstance = GetModuleHandle(NULL);
    of_callbacks.lpszClassName = TEXT("toklink");
    RegisterClass(&of_callbacks);
    *window = CreateWindow(TEXT("toklink"), NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, of_callbacks.hInstance, NULL);
    options->wake = wake;
    options->user_data = *window;
    toklink_client *client = toklink_client_new(options, error);
    SetWindowLongPtr(*window, GWLP_USERDATA, (LONG_PTR)client);
    return client;
}

/* Frees the client. Wake messages that are still in the queue then have no effect. */
void close_client(toklink_client *client, HWND window) {
    SetWindowLongPtr(window, GWLP_USERDATA, 0);
    toklink_client_free(client);
    DestroyWindow(window);
}
