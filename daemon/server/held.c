#include "daemon/server/held.h"

#include "base/wipe.h"

#include <stdlib.h>

struct held *held_create(const struct request_list *list)
{
    struct held *h = calloc(1, sizeof(*h));
    if (h == NULL)
        return NULL;
    h->list = *list;
    if (!list->is_batch) {
        h->one = list->requests[0];
        h->list.requests = &h->one;
    }
    return h;
}

void held_destroy(struct held *h)
{
    if (h == NULL)
        return;
    if (h->list.is_batch)
        request_list_fini(&h->list);
    buffer_fini(&h->replies);
    wipe(h, sizeof(*h));
    free(h);
}

const struct request *held_request(const struct held *h)
{
    return h->index < h->list.count ? &h->list.requests[h->index] : NULL;
}

void held_advance(struct held *h)
{
    h->index++;
    h->progress = (struct dispatch_progress){.has_begun = false};
}

void held_finish_batch(struct held *h, struct buffer *out)
{
    if (h->replies.has_failed)
        out->has_failed = true;
    if (h->replies.length == 0)
        return;
    buffer_append(out, "[", 1);
    buffer_append(out, h->replies.data, h->replies.length);
    buffer_append(out, "]\n", 2);
}
