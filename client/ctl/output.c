/* SPDX-License-Identifier: MIT */
/* Complete or not at all. */

#include "client/ctl/output.h"

#include "client/ctl/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As many links as the kernel follows. */
#define LINKS_MAX 40

/* entropyctl has one thread: strerror() and sigprocmask() are safe in it. */
/* NOLINTBEGIN(concurrency-mt-unsafe) */

static int fail(const struct ctl_output *output, int error)
{
    fprintf(stderr, "entropyctl: cannot write %s: %s\n", output->name,
            strerror(error));
    return CTL_OUTPUT;
}

static int open_temporary(struct ctl_output *output)
{
    snprintf(output->temporary, sizeof(output->temporary), "%s.XXXXXX",
             output->target);
    interrupt_block(&output->signals);
    /* mkstemp() makes it with mode 0600. */
    output->fd = mkstemp(output->temporary);
    if (output->fd < 0) {
        int error = errno;
        sigprocmask(SIG_SETMASK, &output->signals, NULL);
        return fail(output, error);
    }
    output->is_file = true;
    return CTL_OK;
}

/* Follows the links that file is, there or not, to where the bytes belong: the
 * links are kept. 0 or -errno. */
static int resolve(const char *file, char target[PATH_MAX])
{
    char link[PATH_MAX];

    if (strlen(file) >= PATH_MAX)
        return -ENAMETOOLONG;
    memcpy(target, file, strlen(file) + 1);
    for (int i = 0; i < LINKS_MAX; i++) {
        ssize_t length = readlink(target, link, sizeof(link) - 1);
        if (length < 0) /* EINVAL: not a link; ENOENT: a new file */
            return errno == EINVAL || errno == ENOENT ? 0 : -errno;
        /* From the folder that the link is in, unless it is absolute. */
        char *name = strrchr(target, '/');
        name = name != NULL && link[0] != '/' ? name + 1 : target;
        if ((size_t)(name - target) + (size_t)length >= PATH_MAX)
            return -ENAMETOOLONG;
        memcpy(name, link, (size_t)length);
        name[length] = '\0';
    }
    return -ELOOP;
}

static int open_output(struct ctl_output *output, const char *file)
{
    *output =
        (struct ctl_output){.fd = STDOUT_FILENO, .name = "standard output"};
    if (file == NULL || strcmp(file, "-") == 0)
        return CTL_OK;
    output->fd = -1;
    output->name = file[0] != '\0' ? file : "\"\"";
    if (file[0] == '\0') /* else the temporary file could be made */
        return fail(output, ENOENT);
    struct stat info;
    if (stat(file, &info) == 0 && !S_ISREG(info.st_mode)) {
        output->fd = open(file, O_WRONLY | O_CLOEXEC);
        return output->fd >= 0 ? CTL_OK : fail(output, errno);
    }
    int rc = resolve(file, output->target);
    return rc < 0 ? fail(output, -rc) : open_temporary(output);
}

int ctl_output_write(struct ctl_output *output, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t written = write(output->fd, at, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(output, errno);
        at += written;
        n -= (size_t)written;
    }
    return CTL_OK;
}

int ctl_output_write_text(struct ctl_output *output, struct buffer *text)
{
    int code = CTL_NO_MEMORY;
    if (text->has_failed)
        fprintf(stderr, "entropyctl: out of memory\n");
    else
        code = ctl_output_write(output, text->data, text->length);
    buffer_fini(text);
    return code;
}

bool ctl_output_is_interrupted(const struct ctl_output *output)
{
    return output->is_file && interrupt_is_pending();
}

/* Makes the temporary file the file itself. */
static int finish_file(struct ctl_output *output)
{
    int error = 0;
    if (fsync(output->fd) < 0)
        error = errno;
    if (close(output->fd) < 0 && error == 0)
        error = errno;
    if (error == 0 && rename(output->temporary, output->target) < 0)
        error = errno;
    if (error == 0)
        return CTL_OK;
    unlink(output->temporary);
    return fail(output, error);
}

static int close_output(struct ctl_output *output, bool is_whole)
{
    int code = CTL_OK;
    if (output->is_file && is_whole) {
        code = finish_file(output);
    } else if (output->is_file) {
        close(output->fd);
        unlink(output->temporary);
        fprintf(stderr, "entropyctl: %s was not written\n", output->name);
    } else if (output->fd > STDERR_FILENO && close(output->fd) < 0) {
        code = fail(output, errno);
    }
    if (output->is_file)
        sigprocmask(SIG_SETMASK, &output->signals, NULL);
    return code;
}

int ctl_output_replace(const char *file, mode_t mode, const void *bytes,
                       size_t n)
{
    struct ctl_output output;
    int code = open_output(&output, file);
    if (code != CTL_OK)
        return code;
    code = ctl_output_write(&output, bytes, n);
    if (code == CTL_OK && output.is_file && fchmod(output.fd, mode) < 0)
        code = fail(&output, errno);
    int closed = close_output(&output, code == CTL_OK);
    return code != CTL_OK ? code : closed;
}

/* NOLINTEND(concurrency-mt-unsafe) */

int ctl_output_run(const struct ctl_arguments *arguments, bool is_binary,
                   ctl_writer *write, const void *wanted)
{
    const char *file = arguments->values[OPT_OUTPUT];
    struct entropy_client *client = NULL;
    struct ctl_output output;

    if (is_binary && (file == NULL || strcmp(file, "-") == 0) &&
        isatty(STDOUT_FILENO))
        return ctl_usage(arguments, "refusing to write raw bytes to a "
                                    "terminal; use -o FILE or a pipe");
    /* Connect first: without a daemon no file is touched. */
    int code =
        ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &client);
    if (code != CTL_OK)
        return code;
    code = open_output(&output, file);
    if (code == CTL_OK) {
        code = write(client, wanted, &output);
        int closed = close_output(&output, code == CTL_OK);
        if (code == CTL_OK)
            code = closed;
    }
    entropy_client_close(client);
    return code;
}
