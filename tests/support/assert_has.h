/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SUPPORT_ASSERT_HAS_H
#define ENTROPYD_TESTS_SUPPORT_ASSERT_HAS_H

/* Fails the test unless `part` is in `text`, and shows both. NULL, as of a
 * connection that was closed instead of an answer, has no part. */
void assert_has(const char *text, const char *part);

#endif
