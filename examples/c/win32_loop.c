/* Callbacks on the thread of a Win32 message loop. Part of a program: build it with its window. */

#include <toklink.h>
#include <windows.h>

enum { WM_TOKLINK = WM_APP + 1 };

/* A message for a window also arrives while a message box or a menu has a loop of its own; a message for a thread would be lost. */
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

/* Any thread of the client calls it. */
static void wake(void *window) { PostMessage((HWND)window, WM_TOKLINK, 0, 0); }

/* Returns a client whose callbacks run on this thread. DestroyWindow(*window) after the client is freed. */
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

/* Frees the client. Wakes that are still in the message queue then find none. */
void close_client(toklink_client *client, HWND window) {
    SetWindowLongPtr(window, GWLP_USERDATA, 0);
    toklink_client_free(client);
    DestroyWindow(window);
}
