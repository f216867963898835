# SPDX-License-Identifier: MIT
# Builds for macOS on Debian with clang and lld as Debian has them.
#   MACOS_ARCH     arm64 or x86_64
#   MACOS_LLVM     the folder of clang, ld64.lld and the llvm- tools
#   MACOS_SYSROOT  Apple's headers and the list of what libSystem exports
#   MACOS_PREFIX   the libraries, built for that architecture
set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_VERSION 20)  # Darwin 20 is macOS 11.
set(MACOS_ARCH arm64 CACHE STRING "arm64 or x86_64")
set(MACOS_MIN 11.0 CACHE STRING "Oldest macOS that the programs run on")
set(MACOS_LLVM "" CACHE PATH "")
set(MACOS_SYSROOT "" CACHE PATH "")
set(MACOS_PREFIX "" CACHE PATH "")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES
  MACOS_ARCH MACOS_MIN MACOS_LLVM MACOS_SYSROOT MACOS_PREFIX)

set(CMAKE_SYSTEM_PROCESSOR ${MACOS_ARCH})
set(CMAKE_C_COMPILER ${MACOS_LLVM}/clang)
set(CMAKE_C_COMPILER_TARGET ${MACOS_ARCH}-apple-macos${MACOS_MIN})
foreach(tool AR RANLIB NM INSTALL_NAME_TOOL)
  string(TOLOWER ${tool} name)
  string(REPLACE _ - name ${name})
  set(CMAKE_${tool} ${MACOS_LLVM}/llvm-${name} CACHE FILEPATH "")
endforeach()

# Not by CMAKE_C_FLAGS, which a command line would replace.
set(CMAKE_OSX_SYSROOT ${MACOS_SYSROOT})
if(MACOS_ARCH STREQUAL x86_64)
  # Before 15, clang has no _Float16 on x86_64; math.h declares functions with
  # it, which nothing here calls.
  add_compile_definitions(
    $<$<VERSION_LESS:$<C_COMPILER_VERSION>,15>:_Float16=float>)
endif()
foreach(kind EXE SHARED MODULE)
  # By name, not by path: only then clang passes what ld64.lld asks for.
  set(CMAKE_${kind}_LINKER_FLAGS_INIT "-fuse-ld=lld")
endforeach()

set(CMAKE_FIND_ROOT_PATH ${MACOS_PREFIX} ${MACOS_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
