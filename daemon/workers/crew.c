#include "daemon/workers/crew.h"

#include "base/reason.h"

static int make_source(struct source *s, const struct config *config,
                       size_t index, const struct collector *collector,
                       bool *memory_locked)
{
    const struct source_config *own = &config->sources[index];
    struct reason why = {.text = ""};
    enum source_state state = SOURCE_STARTING;
    if (collector->probe(&why) < 0)
        state = SOURCE_UNAVAILABLE;
    else if (!own->enabled)
        state = SOURCE_DISABLED;
    return source_init(s, collector, own->claim_millibits,
                       config->pool.ring_samples, state, why.text,
                       memory_locked);
}

int crew_init(struct crew *crew, const struct config *config,
              const struct config_collectors *collectors)
{
    *crew = (struct crew){.memory_locked = true};
    for (size_t i = 0; i < collectors->count; i++) {
        int rc = make_source(&crew->sources[i], config, i, collectors->list[i],
                             &crew->memory_locked);
        if (rc < 0)
            return rc;
        crew->count++;
    }
    return 0;
}

int crew_start(struct crew *crew, const struct config *config,
               struct worker_bell *bell)
{
    for (size_t i = 0; i < crew->count; i++) {
        const struct worker_options options = {
            .stall_ms = config->pool.stall_ms,
            .duty_percent = config->sources[i].duty_percent,
            .tunables = config->sources[i].tunables,
        };
        if (source_state(&crew->sources[i]) != SOURCE_STARTING)
            continue;
        int rc =
            worker_start(&crew->workers[i], &crew->sources[i], &options, bell);
        if (rc < 0)
            return rc;
        if (!worker_memory_locked(crew->workers[i]))
            crew->memory_locked = false;
    }
    return 0;
}

void crew_reload(struct crew *crew, const struct config *config)
{
    for (size_t i = 0; i < crew->count; i++) {
        if (crew->workers[i] != NULL)
            worker_set_duty(crew->workers[i], config->sources[i].duty_percent);
    }
}

void crew_stop(struct crew *crew)
{
    for (size_t i = 0; i < crew->count; i++)
        worker_stop(crew->workers[i]);
    for (size_t i = 0; i < crew->count; i++) {
        worker_join(crew->workers[i]);
        crew->workers[i] = NULL;
    }
}

void crew_fini(struct crew *crew)
{
    for (size_t i = 0; i < crew->count; i++)
        source_fini(&crew->sources[i]);
    crew->count = 0;
}
