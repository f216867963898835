#ifndef ENTROPYD_CLIENT_CTL_VIEW_H
#define ENTROPYD_CLIENT_CTL_VIEW_H

/* A status as people read it. */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* "entropyd 0.1.0 on linux, pid 1, up 2 h: ok". */
void view_headline(const json_t *status);

/* Generator, pool, server and memory, a line each. */
void view_parts(const json_t *status);

/* A heading and a line for each source, its reason and alarms below it. With
 * has_bars, rings are bars. */
void view_sources(const json_t *status, bool has_bars);

/* Alarms of a source: all tests, both levels. */
int64_t view_alarm_count(const json_t *source);

#endif
