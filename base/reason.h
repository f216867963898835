/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_REASON_H
#define ENTROPYD_BASE_REASON_H

/*
 * Why something failed, as text for a person: one line without a newline.
 * A function that can fail for more than one reason takes a struct reason and
 * fills it exactly when it fails. Any thread.
 */

/* Bytes of a reason, its terminator included. The longest ones name a file, a
 * key and a value; a longer one is cut at a whole UTF-8 character and ends in
 * "...". */
#define REASON_MAX 2048

struct reason {
    char text[REASON_MAX]; /* terminated */
};

/* No reason yet: "". */
void reason_clear(struct reason *why);

/* Fills *why. */
void reason_set(struct reason *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Fills *why with "<what>: <strerror(error)>" and returns -error. `what` is a
 * printf format. */
int reason_errno(int error, struct reason *why, const char *what, ...)
    __attribute__((format(printf, 3, 4)));

#endif
