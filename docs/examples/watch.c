/* SPDX-License-Identifier: MIT */
/*
 * Prints each change of a source's state, and reconnects when the daemon was
 * restarted: the skeleton of a monitor. Exits after COUNT events, if given.
 *
 *     cc watch.c $(pkg-config --cflags --libs entropy_client) -o watch
 *     ./watch [COUNT]
 */

#include <entropy_client.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Prints events until the connection ends or *left is 0. */
static void follow(struct entropy_client *client, long *left)
{
    int error =
        entropy_client_subscribe(client, ENTROPY_CLIENT_EVENTS_HEALTH, 0);
    printf("watching %s\n", entropy_client_path(client));
    fflush(stdout);
    while (error == 0 && *left != 0) {
        enum entropy_client_events what;
        char *json;
        error = entropy_client_next_event(client, -1, &what, &json);
        if (error != 0)
            break;
        printf("%s\n", json);
        fflush(stdout);
        entropy_client_free(json);
        if (*left > 0)
            --*left;
    }
    if (error != 0)
        fprintf(stderr, "watch: %s\n", entropy_client_message(client));
}

int main(int argc, char **argv)
{
    long left = argc > 1 ? strtol(argv[1], NULL, 10) : -1;
    while (left != 0) {
        struct entropy_client *client;
        char why[ENTROPY_CLIENT_WHY_MAX];
        if (entropy_client_connect(&client, NULL, why, sizeof(why)) == 0)
            follow(client, &left);
        else
            fprintf(stderr, "watch: %s\n", why);
        entropy_client_close(client);
        if (left != 0)
            sleep(1);
    }
    return EXIT_SUCCESS;
}
