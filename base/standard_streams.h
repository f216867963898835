#ifndef ENTROPYD_BASE_STANDARD_STREAMS_H
#define ENTROPYD_BASE_STANDARD_STREAMS_H

/* Standard input, output and error, where a program was started without. */

/* Puts something in the place of each that is closed, so that using it fails
 * as before. Otherwise the first sockets and files that are opened take the
 * places, and what is printed or logged goes into them. The first that main()
 * does. 0, or -errno where there is no descriptor left. */
int standard_streams_keep(void);

#endif
