#ifndef ENTROPYD_CLIENT_CTL_OUTPUT_H
#define ENTROPYD_CLIENT_CTL_OUTPUT_H

/*
 * Where bytes go: standard output, or a file that is there whole or not at all.
 * A new file is written beside its place, mode 0600, and moved there at the
 * end; what is no regular file (a pipe, /dev/null) is written as it is.
 */

#include "base/buffer.h"

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

struct ctl_output {
    int fd;
    const char *name;      /* for messages; borrowed */
    bool is_file;          /* a temporary file stands for it */
    char target[PATH_MAX]; /* where it belongs, links followed */
    char temporary[PATH_MAX + 16];
    sigset_t signals; /* as they were before it was opened */
};

/* Opens file, or standard output where file is NULL. While a temporary file
 * stands, INT, TERM and HUP are held back; ctl_output_is_interrupted() sees
 * them. 0 or CTL_OUTPUT, said on stderr. */
int ctl_output_open(struct ctl_output *output, const char *file);

/* Writes all n bytes. 0 or CTL_OUTPUT, said. */
int ctl_output_write(struct ctl_output *output, const void *bytes, size_t n);

/* Writes what was gathered in text, and frees it. 0; CTL_OUTPUT or
 * CTL_NO_MEMORY, said. */
int ctl_output_write_text(struct ctl_output *output, struct buffer *text);

/* Whether a signal that was held back asks to end. */
bool ctl_output_is_interrupted(const struct ctl_output *output);

/* Ends the output: a file gets its name if it is whole (else nothing is left
 * of it), and a signal that was held back takes effect. 0 or CTL_OUTPUT. */
int ctl_output_close(struct ctl_output *output, bool is_whole);

#endif
