# SPDX-License-Identifier: MIT
# Prints each block of command lines that a document shows: "== FILE: LINE",
# LINE being its first one, then the lines as they are pasted. In Markdown a
# block is indented by four blanks, or fenced as sh; in a man page it is a
# literal display, or a run of lines that are displayed each by itself.
function add(line) {
    if (!is_open)
        print "== " FILENAME ": " line
    else
        for (; num_blank > 0; num_blank--)
            print ""
    print line
    is_open = 1
    num_blank = 0
}
FNR == 1 { is_open = is_fenced = is_shell = is_display = is_list = 0 }
FILENAME ~ /\.[0-9]$/ {
    if (/^\.Bd -literal/)
        is_display = 1
    else if (/^\.Ed/)
        is_display = is_open = 0
    else if (is_display) {
        gsub(/\\e/, "\\")
        add($0)
    } else if (sub(/^\.Dl /, "")) {
        gsub(/\\\(dq/, "\"")
        add($0)
    } else
        is_open = 0
    next
}
/^```/ {
    is_shell = !is_fenced && /^```sh$/
    is_fenced = !is_fenced
    is_open = 0
    next
}
is_fenced {
    if (is_shell)
        add($0)
    next
}
/^    / && (is_open || is_blank) && !is_list { add(substr($0, 5)) }
/^[^ ]/ { is_list = /^([*-]|[0-9]+\.) /; is_open = 0 }
/^$/ { num_blank = is_open ? num_blank + 1 : 0 }
{ is_blank = /^$/ }
