/* The default timer slack, 50 us, would be a quarter of the poker's pause. */

#include "collectors/events/poker_thread.h"

#include <sys/prctl.h>

void poker_thread_setup(void)
{
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    (void)prctl(PR_SET_NAME, "poker", 0UL, 0UL, 0UL);
}
