# Server, sessions, dispatch, over sources that the tests fill by hand.
entropyd_test(waiting SOURCES test_waiting.c LINK entropyd_daemon)
foreach(module server session)
  entropyd_test(${module} SOURCES test_${module}.c rig.c rig_client.c
                LINK entropyd_daemon)
endforeach()

# Has a suspend_total_ms() of its own.
entropyd_test(suspend_server SOURCES test_suspend_server.c rig.c rig_client.c
              LINK entropyd_daemon)
