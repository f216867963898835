/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SUPPORT_PATIENCE_H
#define ENTROPYD_TESTS_SUPPORT_PATIENCE_H

/* How long a test waits for a fact before it fails: for what hangs. A machine
 * that is busy with other things may need tens of seconds for one. */
#define PATIENCE_MS 120000

#endif
