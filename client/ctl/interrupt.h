/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_CTL_INTERRUPT_H
#define ENTROPYD_CLIENT_CTL_INTERRUPT_H

/* INT, TERM and HUP, put off while something must not be left half done. Only
 * for a program of one thread; nothing here blocks. */

#include <signal.h>
#include <stdbool.h>

/* Blocks them; *before is the mask to set again (SIG_SETMASK). */
void interrupt_block(sigset_t *before);

/* Has one of them come? One that is ignored, as under nohup and in a script's
 * background, does not count: Linux keeps it pending while it is blocked. */
bool interrupt_is_pending(void);

#endif
