#compdef entropylab
# SPDX-License-Identifier: MIT
# zsh completion of entropylab, by the names of its commands and options.
local -a commands options
commands=(
    'record:record a noise source'
    'assess:estimate the min-entropy of a recording or file'
    'restart:run the restart tests'
    'condition:compute the min-entropy of conditioned output'
    'correlate:look whether two recordings depend on each other'
    'report:write an HTML page about recordings'
)
if (( CURRENT == 2 )); then
    _describe command commands
    return
fi
case $words[2] in
record) options=(--output --samples --restarts --set --help)
    (( CURRENT == 3 )) && compadd unix_ipc epoll_events mach_ipc kqueue_events ;;
assess) options=(--bits --iid --all-statistics --seed --json --verbose --threads --help) ;;
restart) options=(--h-initial --json --help) ;;
condition) options=(--n-in --n-out --nw --h-in --h-bit --json --help) ;;
correlate) options=(--json --help) ;;
report) options=(--output --help) ;;
esac
if [[ $words[CURRENT] == -* ]]; then
    compadd -- $options
else
    _files
fi
