#ifndef ENTROPYD_CLIENT_CTL_SOURCE_LINES_H
#define ENTROPYD_CLIENT_CTL_SOURCE_LINES_H

/* The sources of a status as a table, for status and watch. */

#include "client/tree.h"

/* Prints a heading and a line a source; a reason stands below its source. With
 * has_bars, rings are bars. */
void ctl_print_sources(const struct tree *status, bool has_bars);

/* Alarms of a source, all tests and both levels. */
int64_t ctl_alarm_count(const struct tree *source);

#endif
