/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_CTL_OUTPUT_H
#define ENTROPYD_CLIENT_CTL_OUTPUT_H

/*
 * Where bytes go: standard output, or a file that is complete or not there. A
 * file is written under a temporary name beside its place, mode 0600, and
 * renamed at the end; anything but a regular file (a pipe, /dev/null) is
 * written directly.
 */

#include "base/buffer.h"
#include "client/ctl/connect.h"

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ctl_output {
    int fd;
    const char *name;      /* for messages; borrowed */
    bool is_file;          /* there is a temporary file */
    char target[PATH_MAX]; /* its final place, links followed */
    char temporary[PATH_MAX + 16];
    sigset_t signals; /* blocked before it was opened */
};

/* Writes all n bytes. CTL_OK or CTL_OUTPUT, printed. */
int ctl_output_write(struct ctl_output *output, const void *bytes, size_t n);

/* Writes what was gathered in text, and frees it. CTL_OK; CTL_OUTPUT or
 * CTL_NO_MEMORY, printed. */
int ctl_output_write_text(struct ctl_output *output, struct buffer *text);

/* Has a signal come that was blocked while the file is incomplete? */
bool ctl_output_is_interrupted(const struct ctl_output *output);

/* Asks the client for what is wanted, and writes it. An enum ctl_exit; errors
 * are printed. */
typedef int ctl_writer(struct entropy_client *client, const void *wanted,
                       struct ctl_output *output);

/* Connects, opens --output's file or standard output, calls write, and closes
 * both. INT, TERM and HUP are blocked while there is a temporary file.
 * CTL_USAGE where raw bytes (is_binary) would go to a terminal, else an enum
 * ctl_exit; errors are printed. */
int ctl_output_run(const struct ctl_arguments *arguments, bool is_binary,
                   ctl_writer *write, const void *wanted);

/* Makes n bytes the contents of `file`, with this mode whatever the umask;
 * NULL or "-": writes them to standard output. CTL_OK or CTL_OUTPUT,
 * printed. */
int ctl_output_replace(const char *file, mode_t mode, const void *bytes,
                       size_t n);

#endif
