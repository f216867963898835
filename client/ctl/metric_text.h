#ifndef ENTROPYD_CLIENT_CTL_METRIC_TEXT_H
#define ENTROPYD_CLIENT_CTL_METRIC_TEXT_H

/* Prometheus text exposition, version 0.0.4. */

#include "client/tree.h"

/* One label; a name of NULL ends a list of them. */
struct metric_label {
    const char *name, *value;
};

/* # HELP and # TYPE; type is "gauge" or "counter". */
void metric_head(const char *name, const char *type, const char *help);

/* A sample; values of labels are escaped. */
void metric_integer(const char *name, const struct metric_label *labels,
                    int64_t value);

/* The value at path of tree, times scale: a number, or a boolean as 0 or 1.
 * Nothing for null or where nothing is. */
void metric_value(const char *name, const struct metric_label *labels,
                  const struct tree *tree, const char *path, double scale);

#endif
