/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SUPPORT_RESOURCES_H
#define ENTROPYD_TESTS_SUPPORT_RESOURCES_H

/* What this process holds of the kernel, counted: the before and after of a
 * leak test. One file a platform. */

struct resources {
    int descriptors;
    int threads;
    int mappings;   /* -1 where they cannot be counted */
    int temp_files; /* entries of the temporary directory that are ours */
};

/* Counts now. Aborts the test when /proc or its counterpart does not answer. */
struct resources resources_now(void);

/* Counts as long as there are more threads than before, a second at most: one
 * that was joined may be listed for a moment longer, on either kernel. */
struct resources resources_after(const struct resources *before);

/* How many entries of a directory begin with prefix, and with no dot. Aborts
 * the test when it cannot be read. For the platforms' files. */
int resources_count(const char *path, const char *prefix);

#endif
