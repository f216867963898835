# SPDX-License-Identifier: MIT
# What is promised to the outside, tested from outside: other users, a thousand
# clients, service managers, third-party programs.
entropyd_test(e2e_users SOURCES users.c LINK entropyd_faulty_support)
add_dependencies(test_e2e_users entropyd-faulty)

# Without streams, disk space, descriptors, threads or directories. Needs the
# sources, the mounts and the /proc of Linux.
if(ENTROPYD_OS STREQUAL linux)
  entropyd_test(e2e_hardship SOURCES hardship.c)
  add_dependencies(test_e2e_hardship entropyd entropylab)
  target_compile_definitions(test_e2e_hardship PRIVATE
    ENTROPYD_PROGRAM="$<TARGET_FILE:entropyd>"
    ENTROPYLAB_PROGRAM="$<TARGET_FILE:entropylab>")
endif()

# Memory is only compared in builds without sanitizers, which need some too.
if(ENTROPYD_OS STREQUAL linux)
  set(checks_memory 1)
  if(ENTROPYD_SANITIZE)
    set(checks_memory 0)
  endif()
  entropyd_test(e2e_many SOURCES many.c many_blocks.c)
  add_dependencies(test_e2e_many entropyd)
  target_compile_definitions(test_e2e_many PRIVATE
    ENTROPYD_PROGRAM="$<TARGET_FILE:entropyd>"
    MANY_CHECKS_MEMORY=${checks_memory})
endif()

# Third-party clients: three JSON-RPC libraries, one of which frames with headers;
# a shell with socat and jq that runs the lines in docs/protocol.md. These examples
# use the sources of Linux.
if(ENTROPYD_OS STREQUAL linux)
  set(foreign ${CMAKE_CURRENT_SOURCE_DIR}/foreign)
  add_test(NAME e2e_foreign_library
    COMMAND sh ${foreign}/run.sh $<TARGET_FILE:entropyd> ${foreign}/aiorpcx.sh)
  add_test(NAME e2e_foreign_jayson
    COMMAND sh ${foreign}/run.sh $<TARGET_FILE:entropyd> ${foreign}/jayson.sh)
  add_test(NAME e2e_foreign_vscode
    COMMAND sh ${foreign}/run.sh $<TARGET_FILE:entropyd> ${foreign}/vscode.sh)
  add_test(NAME e2e_foreign_shell
    COMMAND sh ${foreign}/run.sh $<TARGET_FILE:entropyd> ${foreign}/shell.sh
            ${CMAKE_SOURCE_DIR}/docs/protocol.md)
  set_tests_properties(
    e2e_foreign_library e2e_foreign_jayson e2e_foreign_vscode e2e_foreign_shell
    PROPERTIES
    TIMEOUT 600 SKIP_RETURN_CODE 77)
endif()

# Programs that exist, as clients of EGD.
if(ENTROPYD_OS STREQUAL linux)
  foreach(client qemu postfix perl)
    add_test(NAME e2e_foreign_egd_${client}
      COMMAND sh ${foreign}/run.sh $<TARGET_FILE:entropyd>
              sh ${foreign}/egd_${client}.sh)
    set_tests_properties(e2e_foreign_egd_${client} PROPERTIES
      TIMEOUT 600 SKIP_RETURN_CODE 77)
  endforeach()
endif()

# Under a service manager: one of ours that passes the socket, and systemd's tool
# that does so.
if(ENTROPYD_OS STREQUAL linux)
  entropyd_test(e2e_activation SOURCES activation.c activator.c
                LINK entropyd_faulty_support)
  add_dependencies(test_e2e_activation entropyd entropyd-faulty)
  target_compile_definitions(test_e2e_activation PRIVATE
    ENTROPYD_PROGRAM="$<TARGET_FILE:entropyd>"
    SOCKET_ACTIVATE_PROGRAM="/usr/bin/systemd-socket-activate")
endif()

# The EGD socket, made and passed.
if(ENTROPYD_OS STREQUAL linux)
  entropyd_test(e2e_egd SOURCES egd.c activator.c LINK entropyd_faulty_support)
  add_dependencies(test_e2e_egd entropyd entropyd-faulty)
  target_compile_definitions(test_e2e_egd PRIVATE
    ENTROPYD_PROGRAM="$<TARGET_FILE:entropyd>")
endif()

# Only some code may read the wall clock, because it may jump.
add_test(NAME clocks COMMAND sh ${CMAKE_SOURCE_DIR}/tests/layers/clocks.sh
         ${CMAKE_SOURCE_DIR})
