# Server, sessions, dispatch, over sources that the tests fill by hand.
entropyd_test(waiting SOURCES test_waiting.c LINK entropyd_daemon)
entropyd_test(server SOURCES test_server.c rig.c LINK entropyd_daemon)
