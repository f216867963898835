/* SPDX-License-Identifier: MIT */
/* Scratch directories in $TMPDIR, or /tmp. */

#include "tests/support/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void scratch_init(struct scratch *s)
{
    /* Not $TMPDIR: on macOS it is half as long as a socket's path may be. The
     * real path, for comparing: there /tmp is a link to /private/tmp. */
    char *tmp = realpath("/tmp", NULL);
    ck_assert_ptr_nonnull(tmp);
    (void)snprintf(s->dir, sizeof(s->dir), "%s/edges-XXXXXX", tmp);
    free(tmp);
    ck_assert_ptr_nonnull(mkdtemp(s->dir));
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

void scratch_fini(struct scratch *s)
{
    /* Tests have one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    ck_assert_int_eq(nftw(s->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

const char *scratch_path(const struct scratch *s, const char *name,
                         char path[SCRATCH_PATH_MAX])
{
    int n = snprintf(path, SCRATCH_PATH_MAX, "%s/%s", s->dir, name);
    ck_assert_int_lt(n, SCRATCH_PATH_MAX);
    return path;
}

const char *scratch_write(const struct scratch *s, const char *name,
                          const char *text, char path[SCRATCH_PATH_MAX])
{
    FILE *file = fopen(scratch_path(s, name, path), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, 0600), 0);
    return path;
}

int scratch_stderr_begin(const struct scratch *s)
{
    char path[SCRATCH_PATH_MAX];
    (void)fflush(stderr);
    int saved = dup(STDERR_FILENO);
    ck_assert_int_ge(saved, 0);
    int fd = open(scratch_path(s, "stderr", path),
                  O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    close(fd);
    return saved;
}

char *scratch_stderr_end(const struct scratch *s, int saved)
{
    char path[SCRATCH_PATH_MAX];
    struct stat st;
    (void)fflush(stderr);
    ck_assert_int_eq(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    close(saved);
    FILE *file = fopen(scratch_path(s, "stderr", path), "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fstat(fileno(file), &st), 0);
    char *text = calloc(1, (size_t)st.st_size + 1);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(fread(text, 1, (size_t)st.st_size, file),
                      (size_t)st.st_size);
    (void)fclose(file);
    return text;
}

/* NOLINTBEGIN(concurrency-mt-unsafe) */
void scratch_setenv(const char *name, const char *value)
{
    int result = value != NULL ? setenv(name, value, 1) : unsetenv(name);
    ck_assert_int_eq(result, 0);
}

const char *scratch_getenv(const char *name)
{
    return getenv(name);
}
/* NOLINTEND(concurrency-mt-unsafe) */
