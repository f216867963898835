/* One connection, its process, and what was received ahead of time. */

#include "client/connection.h"
#include "client/locate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int handle_fail(struct entropy_client *client, int error, const char *format,
                ...)
{
    va_list args;
    va_start(args, format);
    /* clang-tidy 14 does not see va_start(). */
    /* NOLINTBEGIN(clang-analyzer-valist.Uninitialized) */
    if (vsnprintf(client->message, sizeof(client->message), format, args) < 0)
        client->message[0] = '\0';
    va_end(args);
    /* NOLINTEND(clang-analyzer-valist.Uninitialized) */
    client->data[0] = '\0';
    return error;
}

void handle_begin(struct entropy_client *client)
{
    client->message[0] = '\0';
    client->data[0] = '\0';
    if (client->fd >= 0 && client->pid != getpid())
        handle_drop(client);
}

int handle_connect(struct entropy_client *client, int64_t deadline,
                   bool *is_fresh)
{
    *is_fresh = client->fd < 0;
    if (!*is_fresh)
        return 0;
    char path[SOCKET_PATH_MAX];
    struct reason why;
    int rc = locate_daemon(client->given, deadline, &client->fd, path, &why);
    if (rc < 0)
        return handle_fail(client, rc, "%s", why.text);
    memcpy(client->path, path, strlen(path) + 1);
    client->pid = getpid();
    return 0;
}

void handle_drop(struct entropy_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    buffer_reset(&client->in);
    client->is_subscribed[ENTROPY_CLIENT_EVENTS_HEALTH] = false;
    client->is_subscribed[ENTROPY_CLIENT_EVENTS_STATUS] = false;
    for (char *line; (line = handle_take_event(client)) != NULL;)
        free(line);
}

bool handle_has_subscription(const struct entropy_client *client)
{
    return client->is_subscribed[ENTROPY_CLIENT_EVENTS_HEALTH] ||
           client->is_subscribed[ENTROPY_CLIENT_EVENTS_STATUS];
}

int handle_keep_event(struct entropy_client *client, const char *line,
                      size_t length)
{
    struct pending_event *event = malloc(sizeof(*event));
    char *copy = malloc(length + 1);
    if (event == NULL || copy == NULL) {
        free(event);
        free(copy);
        return handle_fail(client, ENTROPY_CLIENT_NO_MEMORY,
                           "no memory for an event");
    }
    memcpy(copy, line, length);
    copy[length] = '\0';
    *event = (struct pending_event){.line = copy};
    if (client->event_count == HANDLE_EVENTS_MAX) {
        free(handle_take_event(client));
        client->events_lost++;
    }
    struct pending_event **last = &client->events;
    while (*last != NULL)
        last = &(*last)->next;
    *last = event;
    client->event_count++;
    return 0;
}

char *handle_take_event(struct entropy_client *client)
{
    struct pending_event *event = client->events;
    if (event == NULL)
        return NULL;
    char *line = event->line;
    client->events = event->next;
    client->event_count--;
    free(event);
    return line;
}
