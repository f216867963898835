# The event pair and the collectors' common parts.
set(event_tmp ${CMAKE_CURRENT_BINARY_DIR}/tmp)
file(MAKE_DIRECTORY ${event_tmp})
# Tests that count temporary files want a directory that nobody else uses.
function(private_tmp name)
  file(MAKE_DIRECTORY ${event_tmp}/${name})
  set_tests_properties(${name} PROPERTIES
    ENVIRONMENT "TMPDIR=${event_tmp}/${name}")
endfunction()

foreach(name registry ticks timer_plan poker)
  entropyd_test(${name} SOURCES test_${name}.c LINK entropyd_collectors)
endforeach()
private_tmp(poker)

set(event_pair event_pair.c event_pair_tests.c event_pair_resources.c)
if(ENTROPYD_OS STREQUAL darwin)
  entropyd_test(kqueue_events LINK entropyd_collectors TIMEOUT 180
                SOURCES test_kqueue_events.c ${event_pair})
  private_tmp(kqueue_events)
  return()
endif()

# Linux has no kqueue: the collector is built against the fake one, which takes
# the place of the archive's absent collector. Faults come by the linker's
# --wrap, so that nothing is compiled differently for a test.
set(kqueue_fake ${CMAKE_SOURCE_DIR}/tests/fakes/kqueue)
add_library(fake_kqueue OBJECT ${CMAKE_SOURCE_DIR}/collectors/kqueue_events.c
            ${kqueue_fake}/fake_kqueue.c ${kqueue_fake}/fake_wait.c
            ${kqueue_fake}/fake_note.c)
target_include_directories(fake_kqueue PUBLIC ${kqueue_fake}/include)
target_link_libraries(fake_kqueue PUBLIC entropyd_options
                      INTERFACE -Wl,--wrap=close)

set(wrapped)
foreach(call calloc socketpair fcntl mkdtemp open openat unlinkat rmdir
        getentropy pthread_sigmask pthread_create read write futimens nanosleep
        epoll_create1 epoll_ctl epoll_wait timerfd_create timerfd_settime
        inotify_init1 inotify_add_watch kqueue kevent)
  list(APPEND wrapped -Wl,--wrap=${call})
endforeach()

entropyd_test(epoll_events LINK entropyd_collectors TIMEOUT 180
              SOURCES test_epoll_events.c ${event_pair})
entropyd_test(epoll_faults LINK fake_kqueue entropyd_collectors ${wrapped}
              SOURCES test_epoll_faults.c event_faults.c event_pair.c
                      call_faults.c)
entropyd_test(kqueue_events LINK fake_kqueue entropyd_collectors TIMEOUT 180
              SOURCES test_kqueue_events.c ${event_pair})
entropyd_test(kqueue_faults LINK fake_kqueue entropyd_collectors ${wrapped}
              SOURCES test_kqueue_faults.c event_faults.c event_pair.c
                      call_faults.c)
entropyd_test(kqueue_filters LINK fake_kqueue entropyd_collectors
              SOURCES test_kqueue_filters.c event_pair.c)
foreach(name epoll_events epoll_faults kqueue_events kqueue_faults)
  private_tmp(${name})
endforeach()
