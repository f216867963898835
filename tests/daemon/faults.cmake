# Workers and crew over fault sources.
add_library(entropyd_worker_rig STATIC worker_rig.c)
target_link_libraries(entropyd_worker_rig PUBLIC entropyd_test_support
                      entropyd_faults entropyd_daemon)
foreach(module worker worker_alarms worker_troubles worker_selftest crew)
  entropyd_test(${module} SOURCES test_${module}.c LINK entropyd_worker_rig
                TIMEOUT 300)
endforeach()

# With a machine that sleeps when the test says so: these programs have a
# suspend_total_ms() of their own.
entropyd_test(suspend_worker SOURCES test_suspend_worker.c
              LINK entropyd_worker_rig)
