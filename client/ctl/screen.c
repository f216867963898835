/* SPDX-License-Identifier: MIT */
/* The few escapes that every terminal has. */

#include "client/ctl/screen.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void screen_measure(struct screen *screen)
{
    struct winsize size;

    *screen = (struct screen){.columns = 80, .rows = 24};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
        size.ws_row > 0) {
        screen->columns = size.ws_col;
        screen->rows = size.ws_row;
    }
}

void screen_begin(struct screen *screen)
{
    screen->row = 0;
    printf("\033[H");
}

/* Bytes of the escape sequence that text begins with; 0 if it does not. */
static size_t escape_length(const char *text)
{
    if (text[0] != '\033')
        return 0;
    size_t length = strcspn(text, "mK");
    return text[length] != '\0' ? length + 1 : length;
}

/* How many bytes of a line fit into `columns`, broken between words: its length
 * if all do. Only a word that is longer than that is broken itself. */
static size_t fitting(const char *line, size_t length, unsigned columns)
{
    unsigned column = 0;
    size_t blank = 0; /* the last place to break at */

    for (size_t i = 0; i < length; i++) {
        size_t escape = escape_length(line + i);
        if (escape > 0) {
            i += escape - 1;
            continue;
        }
        if (line[i] == ' ' && column > 0)
            blank = i;
        /* Further bytes of a UTF-8 character take no column. */
        if (((unsigned char)line[i] & 0xc0) != 0x80 && column++ == columns)
            return blank > 0 ? blank : i;
    }
    return length;
}

/* The next line that text makes, its length in *shown; returns what follows. */
static const char *next_line(const struct screen *screen, const char *text,
                             size_t *shown)
{
    size_t length = strcspn(text, "\n");

    *shown = fitting(text, length, screen->columns);
    if (*shown < length)
        return text + *shown + strspn(text + *shown, " ");
    return text + length + (text[length] == '\n');
}

unsigned screen_lines(const struct screen *screen, const char *text)
{
    unsigned count = 0;
    size_t shown;

    for (; *text != '\0'; count++)
        text = next_line(screen, text, &shown);
    return count;
}

void screen_put(struct screen *screen, const char *text, unsigned most)
{
    for (; *text != '\0' && most > 0 && screen->row + 1 < screen->rows;
         most--) {
        size_t shown;
        const char *following = next_line(screen, text, &shown);
        printf("%.*s\033[K\n", (int)shown, text);
        screen->row++;
        text = following;
    }
}

void screen_end(struct screen *screen, const char *text)
{
    size_t shown = fitting(text, strlen(text), screen->columns);

    printf("%.*s\033[K\033[J", (int)shown, text);
    fflush(stdout);
}

void screen_clear(void)
{
    printf("\033[H\033[J");
}
