/* SPDX-License-Identifier: MIT */
/*
 * A 256-bit key from entropyd, and how it was generated.
 *
 *     cc key.c $(pkg-config --cflags --libs entropy_client) -o key && ./key
 */

#include <entropy_client.h>

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    struct entropy_client *client;
    char why[ENTROPY_CLIENT_WHY_MAX];
    if (entropy_client_connect(&client, NULL, why, sizeof(why)) != 0) {
        fprintf(stderr, "key: %s\n", why);
        return EXIT_FAILURE;
    }

    /* Fresh entropy for every 32 bytes; wait for at most two seconds. */
    struct entropy_client_get_options options = ENTROPY_CLIENT_GET_OPTIONS;
    options.quality = ENTROPY_CLIENT_CONDITIONED;
    options.wait_ms = 2000;
    struct entropy_client_provenance provenance;
    uint8_t key[32];
    int error =
        entropy_client_get(client, key, sizeof(key), &options, &provenance);
    if (error != 0) {
        fprintf(stderr, "key: %s: %s\n", entropy_client_error_name(error),
                entropy_client_message(client));
        entropy_client_close(client);
        return EXIT_FAILURE;
    }

    for (size_t i = 0; i < sizeof(key); i++)
        printf("%02x", key[i]);
    printf("\n");
    fprintf(stderr, "%" PRIu64 " credited bits from %s; health: %s\n",
            provenance.credited_bits, provenance.sources,
            entropy_client_health_name(provenance.health));
    entropy_client_close(client);
    return EXIT_SUCCESS;
}
