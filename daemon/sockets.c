/* SPDX-License-Identifier: MIT */
#include "daemon/sockets.h"

#include "base/quote.h"
#include "base/socket_path.h"
#include "daemon/host/activation.h"
#include "daemon/host/log.h"

#include <errno.h>
#include <unistd.h>

static const char *const activation_names[SERVER_PROTOCOLS] = {
    [SERVER_JSON_RPC] = ACTIVATION_NAME,
    [SERVER_EGD] = ACTIVATION_NAME_EGD,
};

static const struct config_socket *settings_of(const struct config *config,
                                               enum server_protocol protocol)
{
    return protocol == SERVER_EGD ? &config->egd : &config->socket;
}

void sockets_init(struct sockets *s)
{
    for (int i = 0; i < SERVER_PROTOCOLS; i++)
        s->of[i] = (struct listener)LISTENER_NONE;
}

static void warn_of_ignored_path(const char *path,
                                 enum server_protocol protocol)
{
    char quoted[QUOTE_SIZE(SOCKET_PATH_MAX)];

    log_event(LOG_LEVEL_WARNING, "setting-ignored",
              "key=%s value=%s reason=\"the service manager passed this "
              "socket\"",
              protocol == SERVER_EGD ? "egd.path" : "socket.path",
              quote_text(path, quoted, sizeof(quoted)));
}

/* Takes over fd, also when this fails. */
static int adopt(struct listener *l, int fd, enum server_protocol protocol,
                 struct reason *why)
{
    struct reason what;
    int rc = listener_adopt(l, fd, &what);

    if (rc < 0) {
        close(fd);
        reason_set(why, "%s: %s", activation_names[protocol], what.text);
    }
    return rc;
}

/* Two spellings of one path: the lock that is held is our own. */
static void blame_path(const struct sockets *s, const char *path,
                       struct reason *why)
{
    const struct listener *egd = &s->of[SERVER_EGD];

    if (listener_has_lock_of(egd, path))
        reason_set(why,
                   "%s (egd.path) and %s (socket.path) are the same: "
                   "egd.path must be another",
                   egd->path, path);
}

static int make(struct sockets *s, const struct config *config,
                enum server_protocol protocol, struct reason *why)
{
    const struct config_socket *settings = settings_of(config, protocol);
    char path[SOCKET_PATH_MAX];
    bool is_default;

    if (protocol == SERVER_EGD && settings->path[0] == '\0')
        return 0; /* off */
    int rc = socket_path(settings->path, path, &is_default, why);
    if (rc < 0)
        return rc;
    rc = listener_open(&s->of[protocol], path, (mode_t)settings->mode,
                       settings->group, why);
    if (rc == -EADDRINUSE)
        blame_path(s, path, why);
    return rc;
}

int sockets_open(struct sockets *s, const struct config *config,
                 struct reason *why)
{
    int fds[SERVER_PROTOCOLS];
    int rc = activation_sockets(activation_names, SERVER_PROTOCOLS, fds, why);

    sockets_init(s);
    if (rc < 0)
        return rc;
    /* That of JSON-RPC last: who can connect to it can to the others. */
    for (int i = SERVER_PROTOCOLS - 1; i >= 0; i--) {
        enum server_protocol protocol = (enum server_protocol)i;
        const char *path = settings_of(config, protocol)->path;

        if (rc < 0 && fds[i] >= 0)
            close(fds[i]);
        if (rc < 0)
            continue;
        if (fds[i] < 0) {
            rc = make(s, config, protocol, why);
            continue;
        }
        rc = adopt(&s->of[i], fds[i], protocol, why);
        if (rc == 0 && path[0] != '\0')
            warn_of_ignored_path(path, protocol);
    }
    if (rc < 0)
        sockets_close(s);
    return rc;
}

int sockets_open_again(struct sockets *s, enum server_protocol protocol,
                       const struct config *config, struct reason *why)
{
    const struct config_socket *settings = settings_of(config, protocol);

    return listener_open_again(&s->of[protocol], (mode_t)settings->mode,
                               settings->group, why);
}

void sockets_give(struct sockets *s, int fds[SERVER_PROTOCOLS])
{
    for (int i = 0; i < SERVER_PROTOCOLS; i++) {
        fds[i] = s->of[i].fd;
        s->of[i].fd = -1;
    }
}

void sockets_close(struct sockets *s)
{
    for (int i = 0; i < SERVER_PROTOCOLS; i++)
        listener_close(&s->of[i]);
}
