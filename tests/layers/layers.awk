# Who may include whom. Reads every .c and .h of the tree, named from the root;
# -v headers=FILE names the list of all headers, one a line. Prints
# file:line: what is wrong, and the line; ends with 1 if there was any.

BEGIN {
    # folder, what it may include of ours, of the libraries in a .c, in a .h
    rule("collectors", "collectors/", "", "")
    rule("protocol", "protocol/", "jansson", "")
    rule("daemon/pool", "daemon/pool/ collectors/collector.h",
         "libsodium", "libsodium")
    rule("daemon", "daemon/ collectors/ protocol/",
         "libuv jansson libsodium", "libuv jansson libsodium")
    rule("client", "client/ protocol/", "jansson libsodium", "")
    rule("tests", "tests/ collectors/ protocol/ daemon/ client/",
         "libuv jansson libsodium check", "libuv jansson libsodium check")

    # Within daemon/, from top to bottom: who is lower never sees who is higher.
    ladder("main daemon server session dispatch status")

    while ((getline line < headers) > 0)
        known[line] = 1
}

function ladder(names,    i, n, words)
{
    n = split(names, words, " ")
    for (i = 1; i <= n; i++)
        step[words[i]] = i
}

# daemon/session_output.c stands where daemon/session.c does; 0: nowhere.
function step_of(path)
{
    if (!sub(/^daemon\//, "", path))
        return 0
    sub(/[._].*/, "", path)
    return path in step ? step[path] : 0
}

function rule(folder, ours, in_c, in_h)
{
    may[folder] = ours
    libraries_c[folder] = in_c
    libraries_h[folder] = in_h
}

function folder_of(path)
{
    if (path ~ /^daemon\/pool\//)
        return "daemon/pool"
    sub(/\/.*/, "", path)
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
    if (name == "check.h")
        return "check"
    return ""
}

# Is the path one of the list's files or inside one of its folders?
function listed(path, list,    i, n, words)
{
    n = split(list, words, " ")
    for (i = 1; i <= n; i++)
        if (words[i] == path ||
            (words[i] ~ /\/$/ && index(path, words[i]) == 1))
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
    else if (!listed(path, may[folder]))
        wrong(folder "/ may not include " path)
    else if (step_of(path) > 0 && step_of(path) < step_of(FILENAME))
        wrong("this is below " path " and may not include it")
}

function check_library(library)
{
    if (!listed(library, header ? libraries_h[folder] : libraries_c[folder]))
        wrong(folder "/ may not include " library \
              (header && listed(library, libraries_c[folder]) ? \
               " in a header" : ""))
}

FNR == 1 {
    folder = folder_of(FILENAME)
    header = FILENAME ~ /\.h$/
    body = 0
    # Others' tests may need conditions; the program has whole files instead.
    conditions_held = folder != "tests"
}

# A function's braces stand in the first column, an initialiser's do not.
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
        # Angle brackets would be a way around the table.
        if (name in known && folder != "tests")
            wrong("a header of ours in angle brackets")
    } else {
        wrong("an include whose file cannot be read off")
    }
}

/(^|[^A-Za-z0-9_])json_t([^A-Za-z0-9_]|$)/ && header &&
    (folder == "protocol" || folder == "client") {
    wrong("json_t in a header of " folder "/")
}

END { exit bad }
