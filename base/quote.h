/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_QUOTE_H
#define ENTROPYD_BASE_QUOTE_H

/* Text from outside, made safe to show: one function a target format. JSON's
 * is in base/buffer.h. Any thread; no state. */

#include <stddef.h>

/* Room for `n` bytes of text as quote_text() writes them, escapes included. */
#define QUOTE_SIZE(n) (4 * (n) + 3)

/* For logs and messages: "text" in quotes; quotes, backslashes and control
 * characters escaped, so that it stays on one line and no terminal obeys it;
 * other bytes as they are. Cut with "..." where size (>= 8) is not enough.
 * Returns out. */
const char *quote_text(const char *text, char *out, size_t size);

/* For the value of a Prometheus label, without its quotes: quotes, backslashes
 * and newlines escaped. Cut after the last whole character that fits. Returns
 * out. */
const char *quote_label(const char *text, char *out, size_t size);

#endif
