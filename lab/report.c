/* SPDX-License-Identifier: MIT */
/* Words and tables between the pictures. */

#include "lab/report.h"

#include "lab/chart.h"
#include "lab/svg.h"
#include "protocol/version.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>Noise sources by SP 800-90B</title>\n<style>\n"
    "body{font:15px/1.45 system-ui,sans-serif;max-width:46rem;margin:2rem "
    "auto;padding:0 1rem;color:#1b1f24;background:#fff}\n"
    "h1{font-size:1.5rem}h2{font-size:1.25rem;margin-top:2.5rem;border-top:2px "
    "solid #1b1f24;padding-top:.6rem}h3{font-size:1rem;margin:1.4rem 0 .3rem}\n"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:"
    "tabular-nums}td,th{padding:.15rem .5rem;text-align:left;border-bottom:1px "
    "solid #d8dee4;vertical-align:top}td.n,th.n{text-align:right}\n"
    "tr.deciding{font-weight:600}.verdict{padding:.6rem .8rem;border-left:5px "
    "solid #2a6f97;background:#eef4f8}.verdict.refuted{border-color:#b3261e;"
    "background:#fbeceb}\n"
    "svg{width:100%;height:auto;display:block}svg text{font:11px "
    "system-ui,sans-serif;fill:#444c56}.axis{stroke:#444c56}.grid{stroke:"
    "#e3e7eb}.area{fill:#2a6f97}.stem{stroke:#2a6f97;stroke-width:2}.dot{fill:"
    "#b3261e}.cell{fill:#14425e}.symbols{fill:#2a6f97}.bits{fill:#9cc3d9}"
    ".claim{stroke:#b3261e;stroke-dasharray:4 3}\n"
    ".curve{fill:none;stroke-width:1.4}.c0{stroke:#2a6f97}.c1{stroke:#d1495b}"
    ".c2{stroke:#3a7d44}.c3{stroke:#e08e0b}.c4{stroke:#6a4c93}.c5{stroke:"
    "#1b9aaa}.c6{stroke:#8d6346}.c7{stroke:#444c56}tr.refuted{background:"
    "#fbeceb}a{color:inherit}\n"
    ".compared{font-size:.8rem}.compared td,.compared th{padding:.15rem "
    ".3rem}\n"
    ".key{font-size:.85rem;color:#444c56}\n"
    "@media print{body{margin:0;max-width:none}svg,table,.verdict{break-inside:"
    "avoid}h2{break-before:page}h2:first-of-type{break-before:auto}}\n"
    "</style></head><body>\n<h1>Noise sources by NIST SP 800-90B</h1>\n";

void report_begin(FILE *out)
{
    (void)fputs(head, out);
    (void)fprintf(out,
                  "<p class=\"key\">Made by entropylab %s. Each estimate "
                  "is the pessimistic end of a 99&nbsp;%% interval; the "
                  "lowest counts.</p>\n",
                  ENTROPYD_VERSION);
}

void report_end(FILE *out)
{
    (void)fputs("</body></html>\n", out);
}

static void row(FILE *out, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    (void)fprintf(out, "<tr><th>%s</th><td>", name);
    html_text(out, value);
    (void)fputs("</td></tr>\n", out);
}

static void number_row(FILE *out, const char *name, double value,
                       const char *unit)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "%.10g%s", value, unit);
    row(out, name, text);
}

/* The members of a flat object, on one line. */
static void object_row(FILE *out, const char *name, json_t *object)
{
    const char *key;
    json_t *value;
    const char *between = "";
    if (json_object_size(object) == 0)
        return;
    (void)fprintf(out, "<tr><th>%s</th><td>", name);
    json_object_foreach(object, key, value)
    {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        (void)fputs(between, out);
        html_text(out, key);
        (void)fputc(' ', out);
        html_text(out, text != NULL ? text : "?");
        between = ", ";
        free(text);
    }
    (void)fputs("</td></tr>\n", out);
}

static void machine(FILE *out, const struct dataset *data)
{
    (void)fputs("<table>\n", out);
    row(out, "Recorded", dataset_text(data, "run.began_utc"));
    number_row(out, "Samples", (double)data->n, "");
    if (data->rows > 0)
        number_row(out, "Restarts", (double)data->rows, "");
    if (!json_is_true(dataset_value(data, "complete")))
        row(out, "Incomplete", dataset_text(data, "stopped_by"));
    row(out, "What is timed", dataset_text(data, "times"));
    row(out, "Processor", dataset_text(data, "machine.processor"));
    number_row(out, "Processors",
               (double)dataset_integer(data, "machine.processors"), "");
    row(out, "Virtual", dataset_text(data, "machine.virtual"));
    row(out, "Kernel", dataset_text(data, "machine.kernel"));
    row(out, "Release", dataset_text(data, "machine.release"));
    row(out, "Clock", dataset_text(data, "clock.name"));
    number_row(out, "Granularity", dataset_number(data, "clock.granularity_ns"),
               " ns");
    number_row(out, "Samples per second",
               dataset_number(data, "run.samples_per_second"), "");
    object_row(out, "Tunables", dataset_value(data, "tunables"));
    object_row(out, "Counters", dataset_value(data, "counters"));
    number_row(out, "Claim", dataset_number(data, "claim_bits"),
               " bits a sample");
    number_row(out, "Alarms of the daemon's tests",
               (double)dataset_integer(data, "verdicts.alarms_total"), "");
    (void)fputs("</table>\n", out);
}

static void value_cell(FILE *out, const struct estimate *e, double scale)
{
    if (e->applies)
        (void)fprintf(out, "<td class=\"n\">%.4f</td>", e->min_entropy * scale);
    else
        (void)fputs("<td class=\"n\">&ndash;</td>", out);
}

static void estimates(FILE *out, const struct assessment *a)
{
    (void)fprintf(out,
                  "<table>\n<tr><th>Estimator</th><th>6.3</th><th "
                  "class=\"n\">a symbol</th><th class=\"n\">a bit</th><th "
                  "class=\"n\">%u &times; a bit</th></tr>\n",
                  a->width);
    for (unsigned i = 0; i < ESTIMATORS; i++) {
        (void)fprintf(out, "<tr%s><td>%s</td><td>%s</td>",
                      a->deciding == i ? " class=\"deciding\"" : "",
                      estimator_infos[i].title, estimator_infos[i].section);
        value_cell(out, &a->literal[i], 1);
        value_cell(out, &a->bits[i], 1);
        value_cell(out, &a->bits[i], a->width);
        (void)fputs("</tr>\n", out);
    }
    (void)fprintf(out,
                  "</table>\n<p>%u different symbols of %u bits; assessed: "
                  "<strong>%.4f</strong> bits of min-entropy a symbol.</p>\n",
                  a->alphabet, a->width, a->min_entropy);
}

static void alarms(FILE *out, const struct dataset *data)
{
    const json_t *all = dataset_value(data, "verdicts.alarms");
    if (json_array_size(all) == 0)
        return;
    (void)fputs("<h3>Alarms</h3>\n<table>\n", out);
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *alarm = json_array_get(all, i);
        const char *why = json_string_value(json_object_get(alarm, "reason"));
        (void)fprintf(out,
                      "<tr><td class=\"n\">%" JSON_INTEGER_FORMAT "</td><td>",
                      json_integer_value(json_object_get(alarm, "sample")));
        html_text(out, why != NULL ? why : "?");
        (void)fputs("</td></tr>\n", out);
    }
    (void)fputs("</table>\n", out);
}

double report_tick_ns(const struct dataset *data)
{
    const json_t *ratio = dataset_value(data, "clock.tick_ns_ratio");
    double numerator = json_number_value(json_array_get(ratio, 0));
    double denominator = json_number_value(json_array_get(ratio, 1));
    return numerator > 0 && denominator > 0 ? numerator / denominator : 1;
}

static int pictures(FILE *out, const struct dataset *data)
{
    double tick = report_tick_ns(data);
    (void)fputs("<h3>Durations</h3>\n", out);
    int rc = chart_durations(out, data, tick);
    (void)fputs("<h3>Autocorrelation of the durations' logarithms</h3>\n", out);
    if (rc == 0)
        rc = chart_correlation(out, data);
    (void)fputs("<h3>Lag plot</h3>\n", out);
    if (rc == 0)
        rc = chart_lag(out, data, tick);
    if (data->rows > 0)
        (void)fputs("<h3>First samples after restarts</h3>\n", out);
    if (rc == 0)
        rc = chart_restarts(out, data, tick);
    return rc;
}

int report_findings(FILE *out, const struct findings *f, unsigned number)
{
    char verdict[512];
    const char *source = dataset_text(f->data, "source");
    (void)fprintf(out, "<section>\n<h2 id=\"%u\">", number);
    html_text(out, source[0] != '\0' ? source : f->path);
    (void)fputs("</h2>\n<p class=\"key\">", out);
    html_text(out, f->path);
    (void)fprintf(out, "</p>\n<p class=\"verdict%s\">",
                  findings_refute(f) ? " refuted" : "");
    html_text(out, findings_verdict(f, verdict, sizeof(verdict)));
    (void)fputs("</p>\n", out);
    if (f->data->record != NULL)
        machine(out, f->data);
    (void)fputs("<h3>Estimates</h3>\n", out);
    chart_estimates(out, f->assessment, dataset_number(f->data, "claim_bits"));
    (void)fputs(
        "<p class=\"key\">Dark: symbols; light: bits, times the bits of "
        "a symbol; dashed: the claim.</p>\n",
        out);
    estimates(out, f->assessment);
    int rc = 0;
    if (f->data->record != NULL) {
        alarms(out, f->data);
        rc = pictures(out, f->data);
    }
    (void)fputs("</section>\n", out);
    return rc;
}
