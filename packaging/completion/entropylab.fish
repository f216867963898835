# SPDX-License-Identifier: MIT
# fish completion of entropylab; tests/lab/test_entropylab.c compares it with
# what the program's --help says.
complete -c entropylab -n __fish_use_subcommand -f
complete -c entropylab -n __fish_use_subcommand -l version -s V -d 'show the version'
complete -c entropylab -l help -s h -d 'show help'
complete -c entropylab -n __fish_use_subcommand -a record -d 'record a noise source'
complete -c entropylab -n __fish_use_subcommand -a assess -d 'estimate the min-entropy of a recording or file'
complete -c entropylab -n __fish_use_subcommand -a restart -d 'run the restart tests'
complete -c entropylab -n __fish_use_subcommand -a condition -d 'compute the min-entropy of conditioned output'
complete -c entropylab -n __fish_use_subcommand -a correlate -d 'look whether two recordings depend on each other'
complete -c entropylab -n __fish_use_subcommand -a report -d 'write an HTML page about recordings'

set -l record '__fish_seen_subcommand_from record'
complete -c entropylab -n $record -f -a 'unix_ipc epoll_events mach_ipc kqueue_events'
complete -c entropylab -n $record -l output -s o -r -F -d 'directory for the files'
complete -c entropylab -n $record -l samples -s n -x -d 'number of samples'
complete -c entropylab -n $record -l restarts -x -d 'R restarts, C samples after each: RxC'
complete -c entropylab -n $record -l set -x -d 'set a tunable of the source, or claim_bits'

set -l assess '__fish_seen_subcommand_from assess'
complete -c entropylab -n $assess -l bits -x -d 'bits of a symbol, 1 to 8'
complete -c entropylab -n $assess -l iid -d 'test whether they are IID as well'
complete -c entropylab -n $assess -l all-statistics -d 'with --iid: even where one has failed'
complete -c entropylab -n $assess -l seed -x -d 'of the permutations of --iid'
complete -c entropylab -n $assess -l json -d 'print JSON'
complete -c entropylab -n $assess -l verbose -d 'print what each estimate was made of'
complete -c entropylab -n $assess -l threads -x -d 'on at most N threads'

set -l restart '__fish_seen_subcommand_from restart'
complete -c entropylab -n $restart -l h-initial -x -d 'initial estimate, bits a sample'
complete -c entropylab -n $restart -l json -d 'print JSON'

set -l condition '__fish_seen_subcommand_from condition'
complete -c entropylab -n $condition -f
complete -c entropylab -n $condition -l n-in -x -d 'bits in'
complete -c entropylab -n $condition -l n-out -x -d 'bits out'
complete -c entropylab -n $condition -l nw -x -d 'narrowest internal width in bits'
complete -c entropylab -n $condition -l h-in -x -d 'bits of min-entropy in'
complete -c entropylab -n $condition -l h-bit -x -d 'assessed min-entropy of a bit of output'
complete -c entropylab -n $condition -l json -d 'print JSON'

complete -c entropylab -n '__fish_seen_subcommand_from correlate' -l json -d 'print JSON'
complete -c entropylab -n '__fish_seen_subcommand_from report' -l output -s o -r -F -d 'the page'
