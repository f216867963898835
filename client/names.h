/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_NAMES_H
#define ENTROPYD_CLIENT_NAMES_H

/* Words of replies as values. */

#include "client/entropy_client.h"

/* 0 with *health set; -1 for an unknown word. */
int health_parse(const char *word, enum entropy_client_health *health);

#endif
