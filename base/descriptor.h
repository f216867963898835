/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_DESCRIPTOR_H
#define ENTROPYD_BASE_DESCRIPTOR_H

/* File descriptors. Any thread, except where it is said. */

/* Makes fd close-on-exec and non-blocking by fcntl(), for calls that take no
 * such flags on every system: macOS has none for socket(). 0 or -errno. */
int descriptor_set_flags(int fd);

/* Puts something in the place of each of standard input, output and error that
 * is closed, so that using it fails as before. Otherwise the first sockets and
 * files that are opened take the places, and what is printed or logged goes
 * into them. The first thing that main() does. 0, or -errno where no descriptor
 * is left. */
int standard_streams_keep(void);

#endif
