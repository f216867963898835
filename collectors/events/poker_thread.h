#ifndef ENTROPYD_COLLECTORS_EVENTS_POKER_THREAD_H
#define ENTROPYD_COLLECTORS_EVENTS_POKER_THREAD_H

/* Tells the kernel that the calling thread's short sleeps are meant as they
 * stand, and gives it a name. Best effort: without it the poker pokes less
 * often. One file a platform. */
void poker_thread_setup(void);

#endif
