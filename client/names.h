#ifndef ENTROPYD_CLIENT_HEALTH_WORD_H
#define ENTROPYD_CLIENT_HEALTH_WORD_H

/* The health word of a reply as a value. */

#include "client/entropy_client.h"

/* 0 with *health set; -1 for a word that nobody knows (NULL included). */
int health_word_parse(const char *word, enum entropy_client_health *health);

#endif
