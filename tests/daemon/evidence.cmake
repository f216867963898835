# The evidence kit: --record over fault sources, --assess, their options.
entropyd_test(record SOURCES test_record.c scratch.c
              LINK entropyd_faults entropyd_daemon)
entropyd_test(assess SOURCES test_assess.c scratch.c
              LINK entropyd_faults entropyd_daemon)
entropyd_test(estimates SOURCES test_estimates.c LINK entropyd_daemon)
entropyd_test(evidence_options SOURCES test_evidence_options.c
              LINK entropyd_daemon)
