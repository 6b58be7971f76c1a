// Callbacks on the thread of a Qt event loop. Part of a program: build it with Qt 6.

#include <QCoreApplication>
#include <QMetaObject>
#include <toklink.hpp>

// Creates a client whose callbacks run on the thread of `application`. `slot` lives as long as the application. Set it to nullptr before the
// client ends: a wake that is still in the queue then does nothing.
toklink::Client client_in(QCoreApplication &application, toklink_options options, toklink_client *&slot) {
    struct Loop {
        QCoreApplication *application;
        toklink_client **client;
    };
    options.user_data = new Loop{&application, &slot};
    options.destroy = [](void *loop) { delete static_cast<Loop *>(loop); };
    options.wake = [](void *loop) {
        const Loop copy = *static_cast<Loop *>(loop);
        const auto dispatch = [copy] {
            if (*copy.client != nullptr) {
                toklink_dispatch(*copy.client, nullptr);
            }
        };
        QMetaObject::invokeMethod(copy.application, dispatch, Qt::QueuedConnection);
    };
    toklink::Client client(options);
    slot = client.get();
    return client;
}
