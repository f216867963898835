# bash completion of entropylab; tests/lab/test_entropylab.c compares it with
# what the program's --help says. The bash of macOS, 3.2, has no mapfile.
_entropylab_add()
{
    local line
    while IFS= read -r line; do COMPREPLY+=("$line"); done
}
_entropylab()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local options=
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        _entropylab_add < <(compgen -W \
            "record assess restart condition correlate report --version --help" -- "$cur")
        return
    fi
    case ${COMP_WORDS[1]} in
    record)
        options="--output --samples --restarts --set --help"
        if [ "$COMP_CWORD" = 2 ]; then
            _entropylab_add < <(compgen -W \
                "unix_ipc epoll_events mach_ipc kqueue_events $options" -- "$cur")
            return
        fi ;;
    assess) options="--bits --iid --all-statistics --seed --json --verbose --threads --help" ;;
    restart) options="--h-initial --json --help" ;;
    condition)
        options="--n-in --n-out --nw --h-in --h-bit --json --help" ;;
    correlate) options="--json --help" ;;
    report) options="--output --help" ;;
    esac
    case $prev in
    --samples | --restarts | --set | --bits | --seed | --threads | --h-* | \
        --n-* | --nw | -n) return ;;
    esac
    case $cur in
    -*) _entropylab_add < <(compgen -W "$options" -- "$cur") ;;
    *) _entropylab_add < <(compgen -f -- "$cur")
        compopt -o filenames 2>/dev/null ;;
    esac
}
complete -F _entropylab entropylab
