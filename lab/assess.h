#ifndef ENTROPYD_LAB_ASSESS_H
#define ENTROPYD_LAB_ASSESS_H

/*
 * entropyd --assess: looks at a recording of --record and prints what speaks
 * against it: upper bounds of the min-entropy, the alarms of the daemon's
 * tests, a histogram and the autocorrelation. Main thread; takes seconds a
 * million samples.
 */

#include <stdbool.h>
#include <stdio.h>

/* Assesses the recording in `directory`, on `out`, drawn with UTF-8 blocks or
 * in plain ASCII. The program's value: 0; EX_NOINPUT for a recording that
 * cannot be read, EX_DATAERR for one that is not what its record.json says,
 * with the reason on stderr; EX_IOERR where `out` took less than all. */
int assess_run(const char *directory, FILE *out, bool with_utf8);

/* Does the locale of the environment write UTF-8? */
bool assess_has_utf8(void);

#endif
