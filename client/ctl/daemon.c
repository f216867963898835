/* SPDX-License-Identifier: MIT */
/* Commands about the daemon as a whole: config, reload, bugreport; and version,
 * about this program. */

#include "base/commit.h"
#include "client/ctl/commands.h"
#include "client/ctl/connect.h"
#include "client/ctl/text.h"
#include "client/ctl/view.h"
#include "client/sys.h"
#include "protocol/version.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

int run_version(const struct ctl_arguments *arguments)
{
    (void)arguments;
    printf("entropyctl %s%s%s%s\n", ENTROPYD_VERSION,
           ENTROPYD_COMMIT[0] != '\0' ? " (" : "", ENTROPYD_COMMIT,
           ENTROPYD_COMMIT[0] != '\0' ? ")" : "");
    return CTL_OK;
}

/* A line for each member of object: "prefix.name = value". */
static void print_keys(const char *prefix, json_t *object, const char *value)
{
    const char *name;
    json_t *member;

    json_object_foreach(object, name, member)
    {
        char clean[80];
        if (value != NULL)
            member = json_object_get(member, value);
        char *text = json_dumps(member, JSON_COMPACT | JSON_ENCODE_ANY);
        printf("%s.%s = %s\n", prefix, text_clean(name, clean, sizeof(clean)),
               text != NULL ? text : "?");
        free(text);
    }
}

/* The settings in force that the daemon tells. */
static int print_config(struct entropy_client *client, struct view *view)
{
    json_t *status = NULL;
    size_t i;
    const json_t *source;

    int code = ctl_ask(client, "status", NULL, 0, &status);
    if (code != CTL_OK)
        return code;
    print_keys("server",
               json_object_get(json_object_get(status, "server"), "limits"),
               NULL);
    json_array_foreach(view->sources, i, source)
    {
        char name[80];
        char prefix[96];
        const json_t *state =
            view_find(json_object_get(status, "sources"),
                      text_at(source, "name", name, sizeof(name)));
        if (!view_shows(view, name))
            continue;
        snprintf(prefix, sizeof(prefix), "sources.%s", name);
        printf("%s.enabled = %s\n", prefix,
               json_is_true(json_object_get(state, "enabled")) ? "true"
                                                               : "false");
        printf("%s.claim_bits = %g\n", prefix,
               json_number_value(json_object_get(source, "claim_bits")));
        print_keys(prefix, json_object_get(source, "tunables"), "value");
    }
    json_decref(status);
    return CTL_OK;
}

int run_config(const struct ctl_arguments *arguments)
{
    struct entropy_client *client = NULL;
    struct view view = {.source = NULL};

    int code =
        ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &client);
    if (code == CTL_OK)
        code = view_init(&view, arguments, client);
    if (code == CTL_OK)
        code = print_config(client, &view);
    view_fini(&view);
    entropy_client_close(client);
    return code;
}

/* The process that serves the socket at path, which was just connected to. */
static int server_pid(const char *path, pid_t *pid)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = sys_stream_socket();

    if (fd < 0)
        return fd;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int rc = connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0
                 ? -errno
                 : sys_peer_pid(fd, pid);
    close(fd);
    return rc;
}

/* Sends SIGHUP to the process that serves the socket, if that is the daemon:
 * its number may mean another process here, where it runs in another PID
 * namespace or a service manager made its socket. */
static int reload(const char *path, int64_t pid)
{
    pid_t peer = 0;
    int rc = server_pid(path, &peer);

    if (rc < 0 || peer != (pid_t)pid) {
        fprintf(stderr,
                "entropyctl: entropyd did not create its socket itself, or "
                "runs in another PID namespace; reload it with its service "
                "manager (systemctl reload entropyd)\n");
        return CTL_REFUSED;
    }
    if (kill(peer, SIGHUP) == 0) {
        printf("sent SIGHUP to entropyd, pid %" PRId64
               "; its log has the result\n",
               pid);
        return CTL_OK;
    }
    /* entropyctl has one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const char *reason = strerror(errno);
    fprintf(stderr,
            "entropyctl: cannot signal pid %" PRId64
            ": %s; only root and the daemon's user can\n",
            pid, reason);
    return CTL_NO_ACCESS;
}

int run_reload(const struct ctl_arguments *arguments)
{
    struct entropy_client *client = NULL;
    json_t *status = NULL;

    int code =
        ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &client);
    if (code == CTL_OK)
        code = ctl_ask(client, "status", NULL, 0, &status);
    if (code == CTL_OK)
        code = reload(entropy_client_path(client), integer_at(status, "pid"));
    json_decref(status);
    entropy_client_close(client);
    return code;
}

static void print_system(void)
{
    struct utsname system;
    char line[160];
    char now[32];

    printf("time: %s\n", text_now(now, sizeof(now)));
    if (uname(&system) == 0)
        printf("system: %s %s %s %s\n", system.sysname, system.release,
               system.version, system.machine);
    FILE *file = fopen("/etc/os-release", "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "PRETTY_NAME=", 12) == 0)
            printf("distribution: %s", line + 12);
    }
    if (file != NULL)
        (void)fclose(file);
    printf("user: uid %lu, gid %lu\n", (unsigned long)geteuid(),
           (unsigned long)getegid());
}

static void print_socket(const char *path)
{
    char clean[160];
    struct stat info;

    printf("socket: %s", text_clean(path, clean, sizeof(clean)));
    if (stat(path, &info) == 0)
        printf(", mode %04o, uid %lu, gid %lu", (unsigned)info.st_mode & 07777,
               (unsigned long)info.st_uid, (unsigned long)info.st_gid);
    printf("\n");
}

/* A heading, and a method's whole result as indented JSON. */
static int print_result(struct entropy_client *client, const char *method)
{
    json_t *result = NULL;
    int code = ctl_ask(client, method, NULL, 0, &result);

    printf("\n--- %s\n", method);
    if (code == CTL_OK) {
        json_dumpf(result, stdout, JSON_INDENT(1) | JSON_ENCODE_ANY);
        printf("\n");
    }
    json_decref(result);
    return code;
}

/* All that helps to understand a report. No method is asked that returns random
 * bytes or samples. */
int run_bugreport(const struct ctl_arguments *arguments)
{
    static const char *const methods[] = {"ping", "health", "status",
                                          "sources"};
    struct entropy_client *client = NULL;
    struct view view = {.source = NULL};

    (void)run_version(arguments);
    print_system();
    int code =
        ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &client);
    if (code != CTL_OK) {
        printf("daemon: not reached, see standard error (exit code %d)\n",
               code);
        return code;
    }
    print_socket(entropy_client_path(client));
    for (size_t i = 0;
         code == CTL_OK && i < sizeof(methods) / sizeof(methods[0]); i++)
        code = print_result(client, methods[i]);
    printf("\n--- config\n");
    if (code == CTL_OK)
        code = view_init(&view, arguments, client);
    if (code == CTL_OK)
        code = print_config(client, &view);
    view_fini(&view);
    entropy_client_close(client);
    return code;
}
