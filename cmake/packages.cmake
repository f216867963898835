# SPDX-License-Identifier: MIT
# `cpack` in a build directory makes a .tar.gz with everything, for /usr/local,
# and on Linux five .deb: entropyd, entropylab, the client library, its -dev
# package, and the provider for OpenSSL.
set(CPACK_PACKAGE_NAME entropyd)
set(CPACK_PACKAGE_VENDOR "the entropyd authors")
set(CPACK_PACKAGE_CONTACT
  "the entropyd authors <maintainers@entropyd.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
  "daemon that collects, tests and serves entropy")
set(CPACK_PACKAGE_DESCRIPTION
"entropyd times kernel operations, tests every sample as NIST SP 800-90B asks,
pools what passes, and serves random bytes and the health of its sources to
local programs over a Unix domain socket, in JSON.")
set(ENTROPYD_HOMEPAGE https://entropyd.invalid/ CACHE STRING
  "Homepage of the packages")
set(CPACK_PACKAGE_HOMEPAGE_URL ${ENTROPYD_HOMEPAGE})
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_COMPONENTS_ALL programs lab library client)
if(TARGET entropyd_openssl)
  list(APPEND CPACK_COMPONENTS_ALL openssl)
endif()
set(CPACK_GENERATOR TGZ)

get_target_property(ENTROPY_CLIENT_SOVERSION entropy_client SOVERSION)
if(ENTROPYD_OS STREQUAL linux)
  list(APPEND CPACK_GENERATOR DEB)
  set(CPACK_DEB_COMPONENT_INSTALL ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
  set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

  set(debian ${PROJECT_SOURCE_DIR}/packaging/debian)
  # The first line of each is the package's synopsis (cpack_each.cmake).
  set(CPACK_DEBIAN_PROGRAMS_DESCRIPTION
    "${CPACK_PACKAGE_DESCRIPTION_SUMMARY}\n${CPACK_PACKAGE_DESCRIPTION}")
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME entropyd)
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION admin)
  # deb-systemd-helper and deb-systemd-invoke, with unmask.
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_DEPENDS "init-system-helpers (>= 1.54)")
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_CONTROL_EXTRA
    ${debian}/postinst ${debian}/prerm ${debian}/postrm)

  set(CPACK_COMPONENT_LAB_DESCRIPTION
"Records the noise sources that entropyd uses, and assesses recordings and files
of symbols by all estimators of NIST SP 800-90B.")
  set(CPACK_DEBIAN_LAB_PACKAGE_NAME entropylab)
  set(CPACK_DEBIAN_LAB_PACKAGE_SECTION utils)

  # The package is named after the soname; shlibs tells other packages so.
  set(runtime libentropy-client${ENTROPY_CLIENT_SOVERSION})
  file(WRITE ${PROJECT_BINARY_DIR}/debian/shlibs
    "libentropy_client ${ENTROPY_CLIENT_SOVERSION} ${runtime}\n")
  file(WRITE ${PROJECT_BINARY_DIR}/debian/triggers
    "activate-noawait ldconfig\n")
  configure_file(${debian}/${runtime}.symbols
    ${PROJECT_BINARY_DIR}/debian/symbols COPYONLY)
  set(CPACK_DEBIAN_LIBRARY_DESCRIPTION
"client library for the entropy daemon entropyd
Asks entropyd for random bytes and for the health of their sources, by
blocking calls. This package has the shared library that programs need to run.")
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${runtime})
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA
    ${PROJECT_BINARY_DIR}/debian/shlibs ${PROJECT_BINARY_DIR}/debian/triggers
    ${PROJECT_BINARY_DIR}/debian/symbols)

  set(CPACK_DEBIAN_CLIENT_DESCRIPTION
"client library for the entropy daemon entropyd (development files)
Asks entropyd for random bytes and for the health of their sources, by
blocking calls. This package has what is needed to build C programs: header,
static library and pkg-config file.")
  set(CPACK_DEBIAN_CLIENT_PACKAGE_NAME libentropy-client-dev)
  set(CPACK_DEBIAN_CLIENT_PACKAGE_SECTION libdevel)
  set(CPACK_DEBIAN_CLIENT_PACKAGE_DEPENDS
    "${runtime} (= ${PROJECT_VERSION}-1), libjansson-dev")

  set(CPACK_DEBIAN_OPENSSL_DESCRIPTION
"OpenSSL provider for the entropy daemon entropyd
Makes entropyd the seed source or the random generator of every program that
uses OpenSSL 3 and reads openssl.cnf.")
  set(CPACK_DEBIAN_OPENSSL_PACKAGE_NAME entropyd-openssl)
  set(CPACK_DEBIAN_OPENSSL_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_OPENSSL_PACKAGE_DEPENDS "libssl3 (>= 3.0.0)")
  set(CPACK_DEBIAN_OPENSSL_PACKAGE_RECOMMENDS entropyd)

  set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/cmake/cpack_each.cmake)
  set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian_finish.cmake)
endif()
include(CPack)
