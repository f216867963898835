# SPDX-License-Identifier: MIT
# Which folder may include which. Reads every .c and .h of the tree, named from the
# root; -v headers=FILE is a list of all headers, one per line. Prints
# file:line: what is wrong, and the line; exits with 1 if anything is wrong.

BEGIN {
    # folder: our folders that its files may include besides itself (without
    # their subfolders), then the libraries.
    rule("base", "", "")
    rule("collectors", "base", "")
    rule("collectors/ipc", "base collectors", "")
    rule("collectors/events", "base collectors", "")
    rule("protocol", "base", "jansson")
    rule("daemon/source", "base collectors", "")
    rule("daemon/health", "base daemon/source", "")
    rule("daemon/pool", "base daemon/source", "libsodium")
    rule("daemon/host", "base", "libuv")
    rule("daemon/settings", "base collectors", "jansson")
    rule("daemon/workers", "base collectors daemon/health daemon/host " \
         "daemon/settings daemon/source", "")
    rule("daemon/server", "base protocol daemon/host daemon/pool " \
         "daemon/settings daemon/source", "libuv jansson")
    rule("daemon", "base collectors collectors/ipc collectors/events " \
         "protocol daemon/health daemon/host daemon/pool daemon/server " \
         "daemon/settings daemon/source daemon/workers",
         "libuv jansson libsodium")
    rule("lab", "base collectors protocol daemon/health daemon/settings " \
         "daemon/source",
         "jansson libsodium libdivsufsort bzip2")
    rule("client", "base protocol", "jansson")
    rule("client/openssl", "base client", "openssl")
    rule("client/ctl", "base client protocol", "jansson")

    while ((getline line < headers) > 0)
        known[line] = 1
}

function rule(folder, ours, libraries)
{
    may[folder] = folder " " ours
    may_link[folder] = libraries
}

function folder_of(path)
{
    if (path ~ /^tests\//)
        return "tests"
    sub(/\/[^\/]*$/, "", path)
    return path
}

function library_of(name)
{
    if (name == "uv.h" || name ~ /^uv\//)
        return "libuv"
    if (name ~ /^jansson(_config)?\.h$/)
        return "jansson"
    if (name == "sodium.h" || name ~ /^sodium\//)
        return "libsodium"
    if (name ~ /^openssl\//)
        return "openssl"
    if (name ~ /^divsufsort(64)?\.h$/)
        return "libdivsufsort"
    if (name == "bzlib.h")
        return "bzip2"
    if (name == "check.h")
        return "check"
    return ""
}

function listed(name, list,    i, n, words)
{
    n = split(list, words, " ")
    for (i = 1; i <= n; i++)
        if (words[i] == name)
            return 1
    return 0
}

function wrong(what)
{
    printf "%s:%d: %s\n    %s\n", FILENAME, FNR, what, $0
    bad = 1
}

function check_ours(path)
{
    if (path ~ /\.c$/)
        wrong("a .c file is included")
    else if (!(path in known))
        wrong("\"" path "\" is no header named from the root")
    else if (FILENAME == "client/entropy_client.h")
        wrong("the public header stands alone when it is installed")
    else if (folder != "tests" && !listed(folder_of(path), may[folder]))
        wrong(folder "/ may not include " path)
}

function check_library(library)
{
    if (folder != "tests" && !listed(library, may_link[folder]))
        wrong(folder "/ may not include " library)
}

FNR == 1 {
    folder = folder_of(FILENAME)
    if (folder != "tests" && !(folder in may)) {
        print FILENAME ": the table has no folder " folder "/"
        bad = 1
    }
    body = 0
    # Tests may need conditions; the program has whole files instead.
    conditions_held = folder != "tests"
}

# The braces of functions are in the first column, those of initialisers are not.
/^\{/ { body = 1 }
/^\}/ { body = 0 }

/^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)/ && body && conditions_held {
    wrong("a preprocessor condition inside a function")
}

/^[ \t]*#[ \t]*(include|import|include_next)/ {
    name = $0
    if (name ~ /"[^"]*"/) {
        sub(/^[^"]*"/, "", name)
        sub(/".*/, "", name)
        check_ours(name)
    } else if (name ~ /<[^>]*>/) {
        sub(/^[^<]*</, "", name)
        sub(/>.*/, "", name)
        library = library_of(name)
        if (library != "")
            check_library(library)
        # Angle brackets would circumvent the table.
        if (name in known && folder != "tests")
            wrong("a header of ours in angle brackets")
    } else {
        wrong("an include whose file cannot be read off")
    }
}

END { exit bad }
