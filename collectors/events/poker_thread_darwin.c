/* XNU lets a sleep of the utility class run over by four times its length (its
 * latency tier 3 shifts the wrong way), which would make 200 us a millisecond;
 * for the default class it is a quarter. The thread does next to nothing, so
 * that the class costs nothing. */

#include "collectors/events/poker_thread.h"

#include <pthread.h>
#include <pthread/qos.h>

void poker_thread_setup(void)
{
    (void)pthread_set_qos_class_self_np(QOS_CLASS_DEFAULT, 0);
    (void)pthread_setname_np("poker");
}
