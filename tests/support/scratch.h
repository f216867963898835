/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SUPPORT_SCRATCH_H
#define ENTROPYD_TESTS_SUPPORT_SCRATCH_H

/* A private directory for one test, and files in it. Failures end the test. */

#include <stddef.h>
#include <sys/types.h>

#define SCRATCH_PATH_MAX 256

struct scratch {
    char dir[64]; /* absolute, no slash at the end, mode 0700 */
};

/* Makes the directory. */
void scratch_init(struct scratch *s);

/* Removes it and everything in it. */
void scratch_fini(struct scratch *s);

/* dir/name, in a buffer of the caller's. Returns path. */
const char *scratch_path(const struct scratch *s, const char *name,
                         char path[SCRATCH_PATH_MAX]);

/* Writes a file. Returns its path as scratch_path() does. */
const char *scratch_write(const struct scratch *s, const char *name,
                          const char *text, char path[SCRATCH_PATH_MAX]);

/* Starts to collect what goes to stderr (fd 2) in a file, and ends it: the
 * text is new, to be freed. */
int scratch_stderr_begin(const struct scratch *s);
char *scratch_stderr_end(const struct scratch *s, int saved);

/* Sets an environment variable, or removes it (NULL); asks for it. Tests have
 * one thread. */
void scratch_setenv(const char *name, const char *value);
const char *scratch_getenv(const char *name);

#endif
