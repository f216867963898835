# SPDX-License-Identifier: MIT
# Writes base/commit.h: the commit that this is built from, "" if unknown (a source
# archive). Run at each build; the file is only written if it changes.
execute_process(COMMAND git --git-dir=${SOURCE_DIR}/.git
  --work-tree=${SOURCE_DIR} describe --always --dirty --exclude * --abbrev=12
  WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE commit
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit "")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT [[
#ifndef ENTROPYD_BASE_COMMIT_H
#define ENTROPYD_BASE_COMMIT_H

#define ENTROPYD_COMMIT "@commit@"

#endif
]] @ONLY)
