#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh SOURCES BUILD only|except DOCUMENT...: no command line in a document
# goes without a test. Each block must be in blocks.txt and each line of
# blocks.txt in a document; those that can be run here, of these documents or of
# all but these, are run as they are written, but for what blocks.txt replaces.
set -eu

sources=$1
build=$2
part=$3
shift 3
documents=$*
here=$sources/tests/documents
cd "$sources"
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-documents.XXXXXX")
daemon=

stop_daemon() {
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    [ -z "$daemon" ] || wait "$daemon" || true
    daemon=
}
trap 'stop_daemon; rm -rf "$work"' EXIT

die() {
    printf 'documents: %s\n' "$*" >&2
    exit 1
}

for document in $documents; do
    [ -f "$document" ] || die "there is no $document"
done

# Whether the blocks of a document are to be run.
is_wanted() {
    case " $documents " in
    *" $1 "*) [ "$part" = only ] ;;
    *) [ "$part" = except ] ;;
    esac
}

for tool in socat jq timeout; do
    command -v "$tool" >/dev/null || {
        echo "SKIP documents: $tool is missing; script/setup --tests installs it"
        exit 77
    }
done

# Where clients look for a user's own daemon, and programs as if installed.
mkdir -p "$work/home" "$work/bin"
mkdir -m 700 "$work/runtime"
ln -s "$build/entropyd" "$build/entropyctl" "$build/entropylab" "$work/bin"
PATH=$work/bin:$PATH
HOME=$work/home
XDG_RUNTIME_DIR=$work/runtime
socket=$XDG_RUNTIME_DIR/entropyd/entropyd.sock
export PATH HOME XDG_RUNTIME_DIR socket
unset ENTROPYD_SOCKET XDG_CONFIG_HOME

start_daemon() {
    entropyd >"$work/log" 2>&1 &
    daemon=$!
    entropyctl wait --timeout 2m || die "the daemon does not start"
}

for document in README.md CONTRIBUTING.md docs/*.md docs/man/*.[1-9]; do
    awk -f "$here/blocks.awk" "$document"
done >"$work/blocks"
sed -n 's/^== //p' "$work/blocks" | sort >"$work/found"
grep -v -e '^#' -e '^  ' -e '^$' "$here/blocks.txt" | sort >"$work/listed"
[ "$(wc -l <"$work/found")" -ge 40 ] || die "found too few blocks"
! uniq -d "$work/listed" | grep . || die "listed twice"
# unmatched FILE OTHER: the lines of FILE that no line of OTHER matches. A listed
# line that ends in " ..." stands for all that begin so.
unmatched() {
    awk 'function begins(long, short) {
            return sub(/ \.\.\.$/, " ", short) && index(long, short) == 1
        }
        NR == FNR { lines[$0]; next }
        $0 in lines { next }
        {
            for (line in lines)
                if (begins($0, line) || begins(line, $0))
                    next
            print
        }' "$2" "$1"
}
! unmatched "$work/found" "$work/listed" | grep . ||
    die "not in tests/documents/blocks.txt"
! unmatched "$work/listed" "$work/found" | grep . ||
    die "in tests/documents/blocks.txt, but in no document"

# The block of this name, without its name.
block() {
    NAME=$1 awk '/^== / { is_it = substr($0, 4) == ENVIRON["NAME"]; next }
        is_it' "$work/blocks"
}

# Replaces in the block what blocks.txt says, which must be there.
replace() {
    while IFS= read -r line; do
        OLD=${line%% => *} NEW=${line#* => } awk '
            (at = index($0, ENVIRON["OLD"])) != 0 {
                found = 1
                $0 = substr($0, 1, at - 1) ENVIRON["NEW"] \
                    substr($0, at + length(ENVIRON["OLD"]))
            }
            { print }
            END { exit !found }' "$work/block" >"$work/replaced" ||
            die "nothing to replace, '${line%% => *}': $name"
        mv "$work/replaced" "$work/block"
    done <"$work/with"
}

# Goes to the directory in which the blocks of a document are pasted: programs
# as built, and a configuration.
go_to() {
    directory=$work/paste/${1%%: *}
    if [ ! -d "$directory" ]; then
        mkdir -p "$directory/build"
        ln -s "$build" "$directory/build/release"
        entropyd --print-config >"$directory/entropyd.json"
    fi
    cd "$directory"
}

# What a person does between starting a daemon and using it is to wait.
paste() {
    {
        # shellcheck disable=SC2016 # for the shell that is pasted into
        echo 'trap '\''[ -z "$!" ] || { kill $! && wait $!; }'\'' EXIT; set -e'
        sed 's/[^&]&$/&\
entropyctl wait --timeout 2m/' "$work/block"
    } >"$work/script"
    (go_to "$name" && timeout 1500 sh "$work/script" </dev/null \
        >"$work/output" 2>&1) || {
        cat "$work/output"
        die "failed as written: $name"
    }
}

serve() {
    sh -c "exec $(cat "$work/block")" >"$work/output" 2>&1 &
    daemon=$!
    entropyctl wait --timeout 2m || die "does not serve: $name"
    kill -INT "$daemon"
    wait "$daemon" || die "did not end well: $name"
    daemon=
}

# Those that go on have done so once they have written something.
lines() {
    while read -r line; do
        sh -c "exec $line" </dev/null >"$work/output" 2>&1 &
        command=$!
        while kill -0 "$command" 2>/dev/null && [ ! -s "$work/output" ]; do
            sleep 0.05
        done
        kill "$command" 2>/dev/null && is_ended=true || is_ended=false
        wait "$command" && status=0 || status=$?
        # 143: by our signal
        [ "$status" = 0 ] || { "$is_ended" && [ "$status" = 143 ]; } || {
            cat "$work/output"
            die "failed as written: $line"
        }
    done <"$work/block"
}

check_config() {
    if [ "$(head -n 1 "$work/block")" = '{' ]; then
        entropyd --check-config --config "$work/block" ||
            die "not valid: $name"
        return
    fi
    while read -r line; do
        case $line in
        '{'*)
            printf '%s\n' "$line" >"$work/config.json"
            entropyd --check-config --config "$work/config.json"
            ;;
        *) sh -c "$line --check-config" ;;
        esac >"$work/output" 2>&1 || {
            cat "$work/output"
            die "not valid: $line"
        }
    done <"$work/block"
}

# Not by ctest -N, which begins the log of the run that this is part of again.
find "$build" -name CTestTestfile.cmake -exec sed -n \
    's/^add_test(\(\[=*\[\)\{0,1\}\([A-Za-z0-9_]*\).*/\2/p' {} + >"$work/tests"
count=0
name=
while IFS= read -r entry; do
    case $entry in
    '' | '#'*) continue ;;
    '  with '*' => '*)
        printf '%s\n' "${entry#  with }" >>"$work/with"
        continue
        ;;
    '  '*) ;;
    *)
        name=$entry
        : >"$work/with"
        continue
        ;;
    esac
    # shellcheck disable=SC2086 # words
    set -- $entry
    is_wanted "${name%%: *}" || continue
    kind=$1
    word=${2-}
    block "$name" >"$work/block"
    replace
    case $kind in
    run | lines) [ -n "$daemon" ] || start_daemon ;;
    alone | serve) stop_daemon ;;
    esac
    count=$((count + 1))
    case $kind in
    run) paste ;;
    alone)
        [ -z "$word" ] || sed -i "s|$word\$|$socket|" "$work/block"
        paste
        ;;
    serve) serve ;;
    lines) lines ;;
    config)
        [ -z "$word" ] || sed -i "s/$word/$(id -gn)/" "$work/block"
        check_config
        ;;
    test) grep -qx "$word" "$work/tests" || die "there is no test $word" ;;
    data) count=$((count - 1)) ;;
    not) [ -n "$word" ] || die "no reason: $name" ;;
    *) die "unknown: $entry" ;;
    esac
done <"$here/blocks.txt"
[ "$count" -gt 0 ] || die "no blocks in $part $documents"
echo "documents: $count blocks of command lines"
