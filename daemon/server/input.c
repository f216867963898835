#include "daemon/server/input.h"

#include "base/wipe.h"

#include <stdlib.h>
#include <string.h>

void input_release(struct input *in)
{
    if (in->bytes != NULL)
        wipe(in->bytes, in->capacity);
    free(in->bytes);
    *in = (struct input){0};
}

bool input_append(struct input *in, const char *bytes, size_t n)
{
    if (in->start > 0) {
        memmove(in->bytes, in->bytes + in->start, in->length);
        in->start = 0;
    }
    if (in->length + n > in->capacity) {
        char *grown = realloc(in->bytes, in->length + n);
        if (grown == NULL)
            return false;
        in->bytes = grown;
        in->capacity = in->length + n;
    }
    memcpy(in->bytes + in->length, bytes, n);
    in->length += n;
    return true;
}

void input_consume(struct input *in, size_t n)
{
    in->start += n;
    in->length -= n;
    if (in->length == 0)
        input_release(in);
}
