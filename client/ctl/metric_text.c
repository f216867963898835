/* One sample a line. */

#include "client/ctl/metric_text.h"

#include <inttypes.h>
#include <stdio.h>

void metric_head(const char *name, const char *type, const char *help)
{
    printf("# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_labels(const struct metric_label *labels)
{
    if (labels == NULL || labels->name == NULL)
        return;
    for (size_t i = 0; labels[i].name != NULL; i++) {
        printf("%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
        for (const char *at = labels[i].value; *at != '\0'; at++) {
            if (*at == '\n')
                fputs("\\n", stdout);
            else if (*at == '"' || *at == '\\')
                printf("\\%c", *at);
            else
                putchar(*at);
        }
        putchar('"');
    }
    putchar('}');
}

void metric_integer(const char *name, const struct metric_label *labels,
                    int64_t value)
{
    fputs(name, stdout);
    print_labels(labels);
    printf(" %" PRId64 "\n", value);
}

void metric_value(const char *name, const struct metric_label *labels,
                  const struct tree *tree, const char *path, double scale)
{
    const struct tree *value = tree_at(tree, path);
    int64_t integer = 0;
    double number = 0;
    if (value == NULL || tree_is_null(value, ""))
        return;
    if (!tree_number(value, "", &number)) {
        metric_integer(name, labels, tree_is_true(value, ""));
        return;
    }
    if (scale == 1 && tree_integer(value, "", &integer)) {
        metric_integer(name, labels, integer);
        return;
    }
    fputs(name, stdout);
    print_labels(labels);
    printf(" %.15g\n", number * scale);
}
