/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_CTL_VIEW_H
#define ENTROPYD_CLIENT_CTL_VIEW_H

/* A status as people read it. */

#include "client/ctl/connect.h"
#include "client/ctl/users.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* How to show it. */
struct view {
    const char *source; /* show this one only; NULL: every one */
    bool is_all;        /* show those of other systems, too */
    bool has_bars;      /* rings as bars */
    unsigned columns;   /* width to fit into */
    json_t *sources;    /* what the sources are; owned */
};

/* Begins the view that --all and an operand SOURCE ask for, of 80 columns: asks
 * what the sources are. CTL_REFUSED for an unknown SOURCE, else an enum
 * ctl_exit; errors are printed. */
int view_init(struct view *view, const struct ctl_arguments *arguments,
              struct entropy_client *client);
void view_fini(struct view *view);

/* The object named `name` in an array of sources, or NULL. */
json_t *view_find(const json_t *sources, const char *name);

/* Is the source of this name shown? Those of other systems are not, unless
 * asked for. */
bool view_shows(const struct view *view, const char *name);

/* One line that names the sources that view_shows() hides; nothing if there is
 * none. */
void view_hidden(FILE *out, const struct view *view);

/* "entropyd 0.1.0 on linux, pid 1, up 2 h: ok". */
void view_headline(FILE *out, const json_t *status);

/* Generator, pool, server, users and memory, a line each. */
void view_parts(FILE *out, struct user_names *names, const json_t *status);

/* A heading and a line for each source, its reason and alarms below it. */
void view_sources(FILE *out, const struct view *view, const json_t *status);

/* "healthy -> suspect", or "still stalled": a change of state, as status and
 * events have it. */
void view_move(FILE *out, const json_t *change);

/* How many changes of state a status has. */
size_t view_change_count(const json_t *status);

/* The newest `count` of them, a line each, oldest first, with their times and
 * reasons; those of sources that are not shown are left out. */
void view_changes(FILE *out, const struct view *view, const json_t *status,
                  size_t count);

/* Alarms of a source: all tests, both levels. */
int64_t view_alarm_count(const json_t *source);

#endif
