#include "tests/collectors/neighbour.h"

#include "tests/support/run.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A number that no distribution gives to anybody (systemd: 61184 to 65519 are
 * for dynamic users, 65520 to 65533 are unused). */
#define USER 65531

void neighbour_limit_descriptors(unsigned descriptors)
{
    const struct rlimit most = {descriptors, descriptors};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &most), 0);
}

bool neighbour_become_user(unsigned descriptors)
{
    if (geteuid() != 0)
        return false;
    neighbour_limit_descriptors(descriptors);
    ck_assert_int_eq(setregid(USER, USER), 0);
    ck_assert_int_eq(setreuid(USER, USER), 0);
    /* There is no other thread yet. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    ck_assert_int_eq(setenv("TMPDIR", "/tmp", 1), 0);
    return true;
}

void neighbour_start(struct neighbour *n, void (*hold)(void))
{
    int ready[2];
    int release[2];
    ck_assert_int_eq(pipe(ready), 0);
    ck_assert_int_eq(pipe(release), 0);
    n->pid = fork();
    ck_assert_int_ge(n->pid, 0);
    if (n->pid == 0) {
        char byte = 0;
        close(ready[0]);
        close(release[1]);
        hold();
        if (write(ready[1], &byte, 1) == 1)
            (void)!read(release[0], &byte, 1);
        _exit(0);
    }
    close(ready[1]);
    close(release[0]);
    char byte;
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    n->release = release[1];
}

void neighbour_end(struct neighbour *n)
{
    close(n->release);
    ck_assert_int_eq(waitpid(n->pid, NULL, 0), n->pid);
}
