/* SPDX-License-Identifier: MIT */
/* The listening socket against real files and directories. */

#include "base/reason.h"
#include "daemon/host/listener.h"
#include "tests/support/resources.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Any user but us. */
#define SOMEBODY 4242

struct fixture {
    struct scratch scratch;
    char path[SCRATCH_PATH_MAX]; /* of the socket */
    struct listener listener;
    struct reason why;
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){.listener = LISTENER_NONE};
    scratch_init(&f->scratch);
    scratch_path(&f->scratch, "e.sock", f->path);
}

static void end(struct fixture *f)
{
    listener_close(&f->listener);
    scratch_fini(&f->scratch);
}

static int open_at(struct fixture *f, const char *path)
{
    f->why.text[0] = '\0';
    return listener_open(&f->listener, path, 0600, "", &f->why);
}

/* A refusal says what is wrong, and leaves nothing open. */
static void refuses(struct fixture *f, const char *path, int error,
                    const char *words)
{
    struct resources before = resources_now();
    ck_assert_int_eq(open_at(f, path), error);
    ck_assert_msg(strstr(f->why.text, words) != NULL, "%s", f->why.text);
    ck_assert_int_eq(f->listener.fd, -1);
    ck_assert_int_eq(f->listener.lock_fd, -1);
    ck_assert_int_eq(resources_now().descriptors, before.descriptors);
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_uint_lt(strlen(path), sizeof(address.sun_path));
    memcpy(address.sun_path, path, strlen(path) + 1);
    int result =
        connect(fd, (const struct sockaddr *)&address, sizeof(address));
    int error = errno;
    if (result == 0)
        return fd;
    close(fd);
    return -error;
}

/* A socket of another program at path, listening if `is_listening`. */
static int foreign_socket(const char *path, int type, bool is_listening)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type, 0);
    ck_assert_int_ge(fd, 0);
    memcpy(address.sun_path, path, strlen(path) + 1);
    ck_assert_int_eq(
        bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    if (is_listening)
        ck_assert_int_eq(listen(fd, 1), 0);
    return fd;
}

static bool exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

START_TEST(clients_connect_and_the_file_goes_with_the_listener)
{
    struct fixture f;
    begin(&f);
    mode_t umask_before = umask(022);
    struct stat st;
    ck_assert_int_eq(open_at(&f, f.path), 0);
    ck_assert_uint_eq(umask(022), 022);
    umask(umask_before);
    ck_assert_int_eq(lstat(f.path, &st), 0);
    ck_assert(S_ISSOCK(st.st_mode));
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_int_ne(fcntl(f.listener.fd, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_ne(fcntl(f.listener.fd, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_ne(fcntl(f.listener.lock_fd, F_GETFD) & FD_CLOEXEC, 0);
    int client = connect_to(f.path);
    ck_assert_int_ge(client, 0);
    close(client);
    listener_close(&f.listener);
    ck_assert(!exists(f.path));
    ck_assert_int_eq(f.listener.fd, -1);
    listener_close(&f.listener);
    end(&f);
}
END_TEST

START_TEST(mode_and_group_are_given)
{
    struct fixture f;
    struct stat st;
    /* Tests have one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    struct group *group = getgrgid(getgid());
    if (group == NULL)
        SKIP("this process's group has no name");
    begin(&f);
    ck_assert_int_eq(
        listener_open(&f.listener, f.path, 0660, group->gr_name, &f.why), 0);
    ck_assert_int_eq(lstat(f.path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0660);
    ck_assert_uint_eq(st.st_gid, getgid());
    end(&f);
}
END_TEST

/* A group of this machine that is not this process's, or NULL. Borrowed. */
static const struct group *another_group(void)
{
    /* Tests have one thread. NOLINTBEGIN(concurrency-mt-unsafe) */
    struct group *group;
    setgrent();
    do
        group = getgrent();
    while (group != NULL && group->gr_gid == getegid());
    /* NOLINTEND(concurrency-mt-unsafe) */
    return group;
}

START_TEST(root_gives_it_to_another_group)
{
    struct fixture f;
    struct stat st;
    char name[64];
    if (geteuid() != 0)
        SKIP("only root may");
    const struct group *group = another_group();
    if (group == NULL)
        SKIP("this machine has no other group");
    gid_t gid = group->gr_gid;
    (void)snprintf(name, sizeof(name), "%s", group->gr_name);
    begin(&f);
    ck_assert_int_eq(listener_open(&f.listener, f.path, 0660, name, &f.why), 0);
    ck_assert_int_eq(lstat(f.path, &st), 0);
    ck_assert_uint_eq(st.st_gid, gid);
    end(&f);
}
END_TEST

START_TEST(an_unknown_group_leaves_nothing_behind)
{
    struct fixture f;
    begin(&f);
    struct resources before = resources_now();
    ck_assert_int_eq(
        listener_open(&f.listener, f.path, 0660, "no-such-group-here", &f.why),
        -ENOENT);
    ck_assert(!exists(f.path));
    ck_assert_int_eq(resources_now().descriptors, before.descriptors);
    /* Nor a lock that would keep the next one out. */
    ck_assert_int_eq(open_at(&f, f.path), 0);
    end(&f);
}
END_TEST

START_TEST(a_missing_directory_is_made_for_us_alone)
{
    struct fixture f;
    begin(&f);
    char dir[SCRATCH_PATH_MAX], path[SCRATCH_PATH_MAX];
    struct stat st;
    scratch_path(&f.scratch, "new", dir);
    scratch_path(&f.scratch, "new/e.sock", path);
    mode_t umask_before = umask(0);
    ck_assert_int_eq(open_at(&f, path), 0);
    umask(umask_before);
    ck_assert_int_eq(lstat(dir, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0700);
    end(&f);
}
END_TEST

START_TEST(a_directory_without_a_parent_is_refused)
{
    struct fixture f;
    begin(&f);
    char path[SCRATCH_PATH_MAX];
    scratch_path(&f.scratch, "a/b/e.sock", path);
    refuses(&f, path, -ENOENT, "a/b: No such file or directory");
    end(&f);
}
END_TEST

START_TEST(a_stale_socket_is_replaced)
{
    struct fixture f;
    begin(&f);
    close(foreign_socket(f.path, SOCK_STREAM, true));
    ck_assert(exists(f.path));
    ck_assert_int_eq(open_at(&f, f.path), 0);
    int client = connect_to(f.path);
    ck_assert_int_ge(client, 0);
    close(client);
    end(&f);
}
END_TEST

START_TEST(a_socket_with_a_listener_is_left_alone)
{
    struct fixture f;
    begin(&f);
    int other = foreign_socket(f.path, SOCK_STREAM, true);
    refuses(&f, f.path, -EADDRINUSE, "another program listens on");
    int client = connect_to(f.path);
    ck_assert_int_ge(client, 0);
    close(client);
    close(other);
    end(&f);
}
END_TEST

START_TEST(a_datagram_socket_is_not_taken_for_a_stale_one)
{
    struct fixture f;
    begin(&f);
    int other = foreign_socket(f.path, SOCK_DGRAM, false);
    ck_assert_int_lt(open_at(&f, f.path), 0);
    ck_assert(exists(f.path));
    close(other);
    end(&f);
}
END_TEST

START_TEST(what_is_not_a_socket_is_left_alone)
{
    struct fixture f;
    begin(&f);
    char other[SCRATCH_PATH_MAX];
    scratch_write(&f.scratch, "e.sock", "precious", other);
    refuses(&f, f.path, -EEXIST, "is a regular file, not a socket");
    struct stat st;
    ck_assert_int_eq(stat(f.path, &st), 0);
    ck_assert_int_eq(st.st_size, 8);
    ck_assert_int_eq(unlink(f.path), 0);
    ck_assert_int_eq(mkdir(f.path, 0700), 0);
    refuses(&f, f.path, -EEXIST, "is a directory, not a socket");
    ck_assert_int_eq(rmdir(f.path), 0);
    scratch_path(&f.scratch, "elsewhere", other);
    ck_assert_int_eq(symlink(other, f.path), 0);
    refuses(&f, f.path, -EEXIST, "is a symbolic link, not a socket");
    ck_assert(!exists(other));
    end(&f);
}
END_TEST

START_TEST(a_symlinked_directory_is_refused)
{
    struct fixture f;
    begin(&f);
    char real[SCRATCH_PATH_MAX], link[SCRATCH_PATH_MAX], path[SCRATCH_PATH_MAX];
    scratch_path(&f.scratch, "real", real);
    scratch_path(&f.scratch, "link", link);
    scratch_path(&f.scratch, "link/e.sock", path);
    ck_assert_int_eq(mkdir(real, 0700), 0);
    ck_assert_int_eq(symlink(real, link), 0);
    refuses(&f, path, -ELOOP, "link is a symbolic link");
    ck_assert_int_eq(unlink(link), 0);
    /* One that leads nowhere is not made either. */
    ck_assert_int_eq(symlink("/no/such/place", link), 0);
    refuses(&f, path, -ELOOP, "link is a symbolic link");
    end(&f);
}
END_TEST

START_TEST(a_file_in_the_directorys_place_is_refused)
{
    struct fixture f;
    begin(&f);
    char path[SCRATCH_PATH_MAX];
    scratch_write(&f.scratch, "file", "", path);
    scratch_path(&f.scratch, "file/e.sock", path);
    refuses(&f, path, -ENOTDIR, "Not a directory");
    end(&f);
}
END_TEST

START_TEST(a_directory_that_others_write_is_refused)
{
    struct fixture f;
    begin(&f);
    static const mode_t modes[] = {0770, 0702, 0777, 01777};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        ck_assert_int_eq(chmod(f.scratch.dir, modes[i]), 0);
        refuses(&f, f.path, -EPERM, "must not be writable by group or others");
    }
    ck_assert_int_eq(chmod(f.scratch.dir, 0755), 0);
    ck_assert_int_eq(open_at(&f, f.path), 0);
    end(&f);
}
END_TEST

START_TEST(another_users_directory_is_refused)
{
    struct fixture f;
    if (geteuid() != 0)
        SKIP("only root can give a directory away");
    begin(&f);
    ck_assert_int_eq(chown(f.scratch.dir, SOMEBODY, (gid_t)-1), 0);
    refuses(&f, f.path, -EPERM, "belongs to user 4242");
    end(&f);
}
END_TEST

START_TEST(a_second_daemon_is_refused_and_the_first_serves_on)
{
    struct fixture f;
    begin(&f);
    ck_assert_int_eq(open_at(&f, f.path), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct listener second;
        struct reason why;
        int result = listener_open(&second, f.path, 0600, "", &why);
        _exit(result == -EADDRINUSE &&
                      strstr(why.text, "another entropyd serves") != NULL
                  ? 0
                  : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    int client = connect_to(f.path);
    ck_assert_int_ge(client, 0);
    close(client);
    end(&f);
}
END_TEST

START_TEST(the_next_daemon_starts_where_one_was_killed)
{
    struct fixture f;
    begin(&f);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        int result = open_at(&f, f.path);
        _exit(result < 0 ? 1 : 0); /* closes nothing explicitly */
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert(exists(f.path));
    ck_assert_int_eq(open_at(&f, f.path), 0);
    end(&f);
}
END_TEST

START_TEST(a_lock_that_is_not_a_plain_file_is_refused)
{
    struct fixture f;
    begin(&f);
    char lock[SCRATCH_PATH_MAX], other[SCRATCH_PATH_MAX];
    scratch_path(&f.scratch, "e.sock.lock", lock);
    scratch_path(&f.scratch, "elsewhere", other);
    ck_assert_int_eq(symlink(other, lock), 0);
    refuses(&f, f.path, -ELOOP, "e.sock.lock");
    ck_assert(!exists(other));
    ck_assert_int_eq(unlink(lock), 0);
    ck_assert_int_eq(mkfifo(lock, 0600), 0);
    refuses(&f, f.path, -EEXIST, "must be a regular file");
    end(&f);
}
END_TEST

START_TEST(a_path_too_long_is_refused_and_never_cut)
{
    struct fixture f;
    begin(&f);
    char path[SCRATCH_PATH_MAX];
    size_t most = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
    scratch_path(&f.scratch, "", path);
    size_t length = strlen(path);
    memset(path + length, 'x', most + 1 - length);
    path[most + 1] = '\0';
    refuses(&f, path, -ENAMETOOLONG, "has at most");
    path[most] = '\0';
    ck_assert_int_eq(open_at(&f, path), 0);
    int client = connect_to(path);
    ck_assert_int_ge(client, 0);
    close(client);
    listener_close(&f.listener);
    ck_assert(!exists(path));
    end(&f);
}
END_TEST

START_TEST(a_path_that_is_not_absolute_is_refused)
{
    struct fixture f;
    begin(&f);
    refuses(&f, "e.sock", -EINVAL, "must be the absolute path");
    refuses(&f, "", -EINVAL, "must be the absolute path");
    refuses(&f, "/tmp/", -EINVAL, "must be the absolute path");
    end(&f);
}
END_TEST

START_TEST(a_socket_put_into_our_place_is_not_removed)
{
    struct fixture f;
    begin(&f);
    ck_assert_int_eq(open_at(&f, f.path), 0);
    /* The old file must live on, or its inode number is used again. */
    char kept[SCRATCH_PATH_MAX];
    ck_assert_int_eq(rename(f.path, scratch_path(&f.scratch, "kept", kept)), 0);
    int other = foreign_socket(f.path, SOCK_STREAM, true);
    listener_close(&f.listener);
    ck_assert(exists(f.path));
    close(other);
    end(&f);
}
END_TEST

/* Gives the listening descriptor away, as the daemon does to its server. */
static int give_away(struct fixture *f)
{
    int fd = f->listener.fd;
    f->listener.fd = -1;
    return fd;
}

static int open_again(struct fixture *f, mode_t mode, const char *group)
{
    f->why.text[0] = '\0';
    return listener_open_again(&f->listener, mode, group, &f->why);
}

/* Does a client who connects to the path arrive at this descriptor? */
static bool receives_clients(const struct fixture *f, int fd)
{
    int client = connect_to(f->path);
    ck_assert_int_ge(client, 0);
    int accepted = accept(fd, NULL, NULL);
    close(client);
    if (accepted >= 0)
        close(accepted);
    return accepted >= 0;
}

START_TEST(opened_again_it_takes_the_clients_at_the_same_path)
{
    struct fixture f;
    struct stat before;
    struct stat after;
    begin(&f);
    ck_assert_int_eq(open_at(&f, f.path), 0);
    ck_assert_int_eq(lstat(f.path, &before), 0);
    int lock_fd = f.listener.lock_fd;
    int broken = give_away(&f);
    ck_assert_int_eq(open_again(&f, 0640, ""), 0);
    ck_assert_int_eq(lstat(f.path, &after), 0);
    ck_assert(S_ISSOCK(after.st_mode));
    ck_assert_uint_eq(after.st_mode & 07777, 0640);
    ck_assert_int_ne(fcntl(f.listener.fd, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_ne(fcntl(f.listener.fd, F_GETFL) & O_NONBLOCK, 0);
    ck_assert(receives_clients(&f, f.listener.fd));
    ck_assert(!receives_clients(&f, broken));
    /* The lock was never free: a second daemon is refused. */
    ck_assert_int_eq(f.listener.lock_fd, lock_fd);
    struct fixture second = {.listener = LISTENER_NONE};
    ck_assert_int_eq(open_at(&second, f.path), -EADDRINUSE);
    listener_close(&f.listener);
    ck_assert(!exists(f.path)); /* the new file goes with it */
    close(broken);
    end(&f);
}
END_TEST

START_TEST(opened_again_it_needs_neither_its_file_nor_its_directory)
{
    struct fixture f;
    char directory[SCRATCH_PATH_MAX];
    char path[SCRATCH_PATH_MAX];
    begin(&f);
    scratch_path(&f.scratch, "dir", directory);
    scratch_path(&f.scratch, "dir/e.sock", path);
    memcpy(f.path, path, sizeof(path));
    ck_assert_int_eq(open_at(&f, f.path), 0);
    int broken = give_away(&f);
    ck_assert_int_eq(unlink(f.path), 0);
    ck_assert_int_eq(open_again(&f, 0600, ""), 0);
    ck_assert(receives_clients(&f, f.listener.fd));
    close(broken);
    broken = give_away(&f);
    char lock[SCRATCH_PATH_MAX];
    ck_assert_int_eq(unlink(f.path), 0);
    ck_assert_int_eq(unlink(scratch_path(&f.scratch, "dir/e.sock.lock", lock)),
                     0);
    ck_assert_int_eq(rmdir(directory), 0);
    ck_assert_int_eq(open_again(&f, 0600, ""), 0);
    ck_assert(receives_clients(&f, f.listener.fd));
    close(broken);
    end(&f);
}
END_TEST

/* What another program put there meanwhile stays, and where it is gone the
 * next attempt succeeds. */
START_TEST(opened_again_it_leaves_alone_what_took_its_place)
{
    struct fixture f;
    char kept[SCRATCH_PATH_MAX];
    begin(&f);
    ck_assert_int_eq(open_at(&f, f.path), 0);
    int broken = give_away(&f);
    struct resources before = resources_now();
    /* The old file must live on, or its inode number is used again. */
    ck_assert_int_eq(rename(f.path, scratch_path(&f.scratch, "kept", kept)), 0);
    int other = foreign_socket(f.path, SOCK_STREAM, true);
    ck_assert_int_eq(open_again(&f, 0600, ""), -EADDRINUSE);
    ck_assert_ptr_nonnull(strstr(f.why.text, "another program listens"));
    ck_assert_int_eq(f.listener.fd, -1);
    ck_assert(receives_clients(&f, other));
    close(other);
    ck_assert_int_eq(unlink(f.path), 0);
    char file[SCRATCH_PATH_MAX];
    scratch_write(&f.scratch, "e.sock", "not ours", file);
    ck_assert_int_eq(open_again(&f, 0600, ""), -EEXIST);
    ck_assert_ptr_nonnull(strstr(f.why.text, "not a socket"));
    ck_assert_int_eq(f.listener.fd, -1);
    ck_assert_int_eq(resources_now().descriptors, before.descriptors);
    ck_assert(exists(f.path));
    ck_assert_int_eq(unlink(f.path), 0);
    ck_assert_int_eq(open_again(&f, 0600, ""), 0);
    ck_assert(receives_clients(&f, f.listener.fd));
    close(broken);
    end(&f);
}
END_TEST

START_TEST(a_failure_to_open_again_leaves_no_descriptor_and_can_be_tried_again)
{
    struct fixture f;
    begin(&f);
    ck_assert_int_eq(open_at(&f, f.path), 0);
    int broken = give_away(&f);
    struct resources before = resources_now();
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(open_again(&f, 0600, "no such group"), -ENOENT);
        ck_assert_int_eq(f.listener.fd, -1);
        ck_assert_int_eq(resources_now().descriptors, before.descriptors);
    }
    ck_assert_int_eq(chmod(f.scratch.dir, 0777), 0);
    ck_assert_int_eq(open_again(&f, 0600, ""), -EPERM);
    ck_assert_ptr_nonnull(strstr(f.why.text, "must not be writable"));
    ck_assert_int_eq(f.listener.fd, -1);
    ck_assert_int_eq(chmod(f.scratch.dir, 0700), 0);
    ck_assert_int_eq(open_again(&f, 0600, ""), 0);
    ck_assert(receives_clients(&f, f.listener.fd));
    close(broken);
    end(&f);
}
END_TEST

START_TEST(a_listening_socket_is_taken_over_and_its_file_stays)
{
    struct fixture f;
    begin(&f);
    int fd = foreign_socket(f.path, SOCK_STREAM, true);
    ck_assert_int_eq(listener_adopt(&f.listener, fd, &f.why), 0);
    ck_assert_int_eq(f.listener.fd, fd);
    ck_assert(f.listener.is_activated);
    ck_assert_str_eq(f.listener.path, f.path);
    ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    listener_close(&f.listener);
    ck_assert(exists(f.path));
    end(&f);
}
END_TEST

START_TEST(what_does_not_listen_is_not_taken_over)
{
    struct fixture f;
    begin(&f);
    int pair[2], datagram = foreign_socket(f.path, SOCK_DGRAM, false);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    int file = open("/dev/null", O_RDONLY);
    int internet = socket(AF_INET, SOCK_STREAM, 0);
    const int fds[] = {pair[0], datagram, file, internet, -1};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        f.why.text[0] = '\0';
        ck_assert_int_lt(listener_adopt(&f.listener, fds[i], &f.why), 0);
        ck_assert_str_ne(f.why.text, "");
        ck_assert_int_eq(f.listener.fd, -1);
        /* It is still the caller's. */
        ck_assert(fds[i] < 0 || fcntl(fds[i], F_GETFD) >= 0);
    }
    close(pair[0]);
    close(pair[1]);
    close(datagram);
    close(file);
    close(internet);
    end(&f);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(clients_connect_and_the_file_goes_with_the_listener),
        TEST(mode_and_group_are_given),
        TEST(root_gives_it_to_another_group),
        TEST(an_unknown_group_leaves_nothing_behind),
        TEST(a_missing_directory_is_made_for_us_alone),
        TEST(a_directory_without_a_parent_is_refused),
        TEST(a_stale_socket_is_replaced),
        TEST(a_socket_with_a_listener_is_left_alone),
        TEST(a_datagram_socket_is_not_taken_for_a_stale_one),
        TEST(what_is_not_a_socket_is_left_alone),
        TEST(a_symlinked_directory_is_refused),
        TEST(a_file_in_the_directorys_place_is_refused),
        TEST(a_directory_that_others_write_is_refused),
        TEST(another_users_directory_is_refused),
        TEST(a_second_daemon_is_refused_and_the_first_serves_on),
        TEST(the_next_daemon_starts_where_one_was_killed),
        TEST(a_lock_that_is_not_a_plain_file_is_refused),
        TEST(a_path_too_long_is_refused_and_never_cut),
        TEST(a_path_that_is_not_absolute_is_refused),
        TEST(a_socket_put_into_our_place_is_not_removed),
        TEST(opened_again_it_takes_the_clients_at_the_same_path),
        TEST(opened_again_it_needs_neither_its_file_nor_its_directory),
        TEST(opened_again_it_leaves_alone_what_took_its_place),
        TEST(
            a_failure_to_open_again_leaves_no_descriptor_and_can_be_tried_again),
        TEST(a_listening_socket_is_taken_over_and_its_file_stays),
        TEST(what_does_not_listen_is_not_taken_over),
        {0},
    };
    return run_tests("listener", tests);
}
