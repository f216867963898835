# SPDX-License-Identifier: MIT
# What Debian policy requires besides the installed files: compressed man pages,
# a copyright file and a changelog in each package.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
get_filename_component(root ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
find_program(GZIP gzip REQUIRED)

foreach(component ${CPACK_COMPONENTS_ALL})
  string(TOUPPER ${component} upper)
  set(package ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(usr ${CPACK_TEMPORARY_DIRECTORY}/${component}/usr)
  if(NOT IS_DIRECTORY ${usr})
    message(FATAL_ERROR "nothing was staged at ${usr}")
  endif()

  set(doc ${usr}/share/doc/${package})
  file(MAKE_DIRECTORY ${doc})
  # Where zsh on Debian looks for completions.
  if(EXISTS ${usr}/share/zsh/site-functions)
    file(RENAME ${usr}/share/zsh/site-functions
      ${usr}/share/zsh/vendor-completions)
  endif()
  if(EXISTS ${root}/packaging/debian/${package}.lintian-overrides)
    file(MAKE_DIRECTORY ${usr}/share/lintian/overrides)
    configure_file(${root}/packaging/debian/${package}.lintian-overrides
      ${usr}/share/lintian/overrides/${package} COPYONLY)
  endif()
  # The licence is in the copyright file.
  file(REMOVE ${doc}/LICENSE)
  file(COPY ${root}/packaging/debian/copyright DESTINATION ${doc})
  set(version ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
  file(WRITE ${doc}/changelog.Debian
"${package} (${version}) unstable; urgency=medium

  * See CHANGELOG.md.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
  set(compressed ${doc}/changelog.Debian)
  if(EXISTS ${doc}/CHANGELOG.md)
    file(RENAME ${doc}/CHANGELOG.md ${doc}/changelog)
    list(APPEND compressed ${doc}/changelog)
  endif()
  file(GLOB pages ${usr}/share/man/man*/*.[1-8])
  execute_process(COMMAND ${GZIP} -9nf ${compressed} ${pages}
    COMMAND_ERROR_IS_FATAL ANY)
endforeach()
