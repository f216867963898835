# The evidence kit: --record over fault sources, --assess, their options.
entropyd_test(record SOURCES test_record.c scratch.c
              LINK entropyd_faults entropyd_daemon)
entropyd_test(assess SOURCES test_assess.c scratch.c
              LINK entropyd_faults entropyd_daemon)
entropyd_test(estimates SOURCES test_estimates.c LINK entropyd_daemon)
entropyd_test(evidence_options SOURCES test_evidence_options.c
              LINK entropyd_daemon)

# The scripts that put recordings through other people's tools.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  add_test(NAME evidence_scripts
    COMMAND ${CMAKE_SOURCE_DIR}/tests/evidence/check.sh
            $<TARGET_FILE:entropyd>)
  set_tests_properties(evidence_scripts PROPERTIES TIMEOUT 120)
else()
  add_test(NAME evidence_scripts
    COMMAND ${CMAKE_COMMAND} -E echo "SKIP evidence_scripts: no python3")
  set_tests_properties(evidence_scripts PROPERTIES
    SKIP_REGULAR_EXPRESSION "SKIP")
endif()
