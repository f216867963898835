# The IPC pair.
entropyd_test(round_robin SOURCES test_round_robin.c LINK entropyd_collectors)

if(ENTROPYD_OS STREQUAL darwin)
  entropyd_test(mach_ipc LINK entropyd_collectors TIMEOUT 180
                SOURCES test_mach_ipc.c ipc_pair.c ipc_pair_tests.c)
  return()
endif()

# mach_ipc as it stands, on a fake of its kernel.
add_subdirectory(${PROJECT_SOURCE_DIR}/tests/fakes/mach
                 ${PROJECT_BINARY_DIR}/tests/fakes/mach)
entropyd_test(mach_ipc LINK entropyd_mach_on_fakes TIMEOUT 180
              SOURCES test_mach_ipc.c ipc_pair.c ipc_pair_tests.c)
entropyd_test(mach_faults LINK entropyd_mach_on_fakes TIMEOUT 180
              SOURCES test_mach_faults.c ipc_pair.c)

entropyd_test(unix_ipc LINK entropyd_collectors TIMEOUT 180
              SOURCES test_unix_ipc.c ipc_pair.c ipc_pair_tests.c)
# Some of the kernel's refusals come by the linker's --wrap, the others by real
# limits.
entropyd_test(unix_faults SOURCES test_unix_faults.c ipc_pair.c
              LINK entropyd_collectors
                   -Wl,--wrap=sendmsg,--wrap=mmap,--wrap=pthread_create)
