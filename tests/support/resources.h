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

#endif
