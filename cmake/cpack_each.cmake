# SPDX-License-Identifier: MIT
# CPack reads this once for each package format.
if(CPACK_GENERATOR STREQUAL "DEB")
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  # Otherwise every package would have it as its synopsis.
  unset(CPACK_PACKAGE_DESCRIPTION_SUMMARY)

  # Without dpkg-shlibdeps, CPack makes packages that depend on no library.
  # Without file, it does not know which files to run dpkg-shlibdeps on.
  set(missing)
  foreach(needed file dpkg-shlibdeps)
    find_program(found_${needed} ${needed})
    if(NOT found_${needed})
      list(APPEND missing ${needed})
    endif()
  endforeach()
  if(missing)
    list(JOIN missing " and " missing)
    message(FATAL_ERROR "${missing} not found: a .deb would not name the "
      "libraries that it depends on. Run: script/setup --package")
  endif()
endif()
