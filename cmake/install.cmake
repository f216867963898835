# SPDX-License-Identifier: MIT
# What `cmake --install` puts where. Components: programs (with their pages,
# documents and units), lab (entropylab), library (the client's shared one) and
# client (what a program is built with: header, static library, pkg-config
# file).
set(ENTROPYD_SYSTEMD_DIR lib/systemd CACHE STRING
  "Where systemd's units go, below the prefix")

install(TARGETS entropyd entropyctl RUNTIME COMPONENT programs)
install(TARGETS entropylab RUNTIME COMPONENT lab)
install(FILES packaging/completion/entropylab.bash RENAME entropylab
  DESTINATION share/bash-completion/completions COMPONENT lab)
install(FILES packaging/completion/entropylab.zsh RENAME _entropylab
  DESTINATION share/zsh/site-functions COMPONENT lab)
install(FILES packaging/completion/entropylab.fish
  DESTINATION share/fish/vendor_completions.d COMPONENT lab)
# In the same directories as here, so that links between them work.
file(GLOB documents ${PROJECT_SOURCE_DIR}/*.md)
install(FILES ${documents} ${PROJECT_SOURCE_DIR}/LICENSE
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT programs)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT programs
  PATTERN man EXCLUDE)
file(GLOB pages ${PROJECT_SOURCE_DIR}/docs/man/*.[1-8])
foreach(page ${pages})
  string(REGEX MATCH "[1-8]$" section ${page})
  set(component programs)
  if(section EQUAL 3)
    set(component client)
  elseif(page MATCHES "/entropylab[.]")
    set(component lab)
  endif()
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
    COMPONENT ${component})
endforeach()

# Completion scripts, printed by the program itself; a cross-built one cannot be
# run.
if(NOT CMAKE_CROSSCOMPILING)
  set(completion ${PROJECT_BINARY_DIR}/completion)
  file(MAKE_DIRECTORY ${completion})
  foreach(shell bash zsh fish)
    add_custom_command(OUTPUT ${completion}/${shell}
      COMMAND entropyctl completion ${shell} > ${completion}/${shell}.new
      COMMAND ${CMAKE_COMMAND} -E rename ${completion}/${shell}.new
              ${completion}/${shell}
      DEPENDS entropyctl VERBATIM)
  endforeach()
  add_custom_target(completion ALL DEPENDS
    ${completion}/bash ${completion}/zsh ${completion}/fish)
  install(FILES ${completion}/bash RENAME entropyctl
    DESTINATION share/bash-completion/completions COMPONENT programs)
  install(FILES ${completion}/zsh RENAME _entropyctl
    DESTINATION share/zsh/site-functions COMPONENT programs)
  install(FILES ${completion}/fish RENAME entropyctl.fish
    DESTINATION share/fish/vendor_completions.d COMPONENT programs)
endif()

# A file with full paths of programs is written during installation, because the
# prefix is final only then (--prefix may change it). CPack stages its archive in
# a temporary directory; the archive is for /usr/local.
function(install_with_paths source name destination)
  install(CODE "
    set(ENTROPYD_BINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
    if(ENTROPYD_BINDIR MATCHES \"/_CPack_Packages/\")
      set(ENTROPYD_BINDIR \"/usr/local/${CMAKE_INSTALL_BINDIR}\")
    endif()
    configure_file(\"${source}\" \"${PROJECT_BINARY_DIR}/${destination}/${name}\"
      @ONLY)" COMPONENT programs)
  install(FILES ${PROJECT_BINARY_DIR}/${destination}/${name}
    DESTINATION ${destination} COMPONENT programs)
endfunction()

if(ENTROPYD_OS STREQUAL linux)
  foreach(manager system user)
    set(units ${PROJECT_SOURCE_DIR}/packaging/systemd/${manager})
    install_with_paths(${units}/entropyd.service.in entropyd.service
      ${ENTROPYD_SYSTEMD_DIR}/${manager})
    install(FILES ${units}/entropyd.socket ${units}/entropyd-egd.socket
      DESTINATION ${ENTROPYD_SYSTEMD_DIR}/${manager} COMPONENT programs)
  endforeach()
  # What writes the metrics for Prometheus; not enabled by any package.
  set(units ${PROJECT_SOURCE_DIR}/packaging/systemd/system)
  install_with_paths(${units}/entropyd-metrics.service.in
    entropyd-metrics.service ${ENTROPYD_SYSTEMD_DIR}/system)
  install(FILES ${units}/entropyd-metrics.timer
    DESTINATION ${ENTROPYD_SYSTEMD_DIR}/system COMPONENT programs)
else()
  # install.sh finds the programs in the bin directory three levels up.
  install(PROGRAMS launchd/install.sh launchd/uninstall.sh
    DESTINATION share/entropyd/launchd COMPONENT programs)
  install(FILES launchd/agent.sh launchd/org.entropyd.agent.plist.in
    packaging/prometheus/org.entropyd.metrics.plist
    packaging/macos/entropyd.mobileconfig
    DESTINATION share/entropyd/launchd COMPONENT programs)
  install(PROGRAMS packaging/macos/mdm-agent.sh
    DESTINATION share/entropyd/launchd COMPONENT programs)
endif()
install(FILES packaging/prometheus/entropyd.rules.yml
  packaging/prometheus/entropyd.alerts.yml
  packaging/prometheus/entropyd-dashboard.json
  DESTINATION share/entropyd/prometheus COMPONENT programs)

# On macOS a library is searched for at the path in its install name; on other
# systems this has no effect.
set_target_properties(entropy_client PROPERTIES
  INSTALL_NAME_DIR "$<INSTALL_PREFIX>/${CMAKE_INSTALL_LIBDIR}")
install(TARGETS entropy_client entropy_client_static
  LIBRARY COMPONENT library NAMELINK_COMPONENT client
  ARCHIVE COMPONENT client)
install(FILES client/entropy_client.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT client)
if(TARGET entropyd_openssl)
  install(TARGETS entropyd_openssl LIBRARY
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/ossl-modules COMPONENT openssl)
endif()
# Relative to the file's own path, so that the tree can be moved.
file(RELATIVE_PATH ENTROPYD_PC_PREFIX
  /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(packaging/entropy_client.pc.in entropy_client.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/entropy_client.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT client)
