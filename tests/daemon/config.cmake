# The daemon's edges: each module with the collectors that the program has.
set(edges keys config config_line options log listener peer process privileges)
if(ENTROPYD_OS STREQUAL linux)
  # systemd's descriptors, datagrams and journal; user namespaces.
  list(APPEND edges activation journal overflow_uid)
endif()
foreach(module ${edges})
  entropyd_test(${module} SOURCES test_${module}.c scratch.c
                LINK entropyd_daemon)
endforeach()

# The table of keys and its man page must say the same.
target_compile_definitions(test_keys PRIVATE
  ENTROPYD_MAN_DIR="${CMAKE_SOURCE_DIR}/docs/man")
