# SPDX-License-Identifier: MIT
# completion.zsh ENTROPYCTL: types lines into a zsh of its own, each with a tab
# at its end, and looks at what they become. Both ways to load the script are
# tried.
zmodload zsh/zpty || { print -u2 "no zpty module"; exit 1 }
program=$1:A
work=$(mktemp -d ${TMPDIR:-/tmp}/entropyd-zsh.XXXXXX) || exit 1
trap 'rm -rf $work' EXIT
mkdir $work/functions $work/folder
ln -s $program $work/entropyctl
$program completion zsh >$work/functions/_entropyctl || exit 1

# check TYPED LINE: what is typed becomes the line, but for a blank, = or / that zsh
# would take back from its end.
check() {
    local text
    zpty -n -w shell $1$'\t\C-aprint -r -- "R$((1 + 1)):\C-e:"\r'
    zpty -r -m shell text '*R2:*:*' || exit 1
    text=${text##*R2:}
    text=${${text%:*}% }
    [[ $text == $2 ]] || {
        print -u2 -r -- "$how: \"$1\" becomes \"$text\", not \"$2\""
        exit 1
    }
}

for how in fpath source; do
    zpty shell "cd $work; exec env TERM=dumb PATH=$work:$PATH zsh -f -i"
    zpty -w shell "PS1=; unsetopt zle_bracketed_paste 2>/dev/null"
    if [[ $how == fpath ]]; then
        zpty -w shell "fpath=($work/functions \$fpath)"
    fi
    zpty -w shell "autoload -U compinit; compinit -u -d $work/dump.$how"
    if [[ $how == source ]]; then
        zpty -w shell ". <(entropyctl completion zsh)"
    fi
    check 'entropyctl hea' 'entropyctl health'
    check 'entropyctl --so' 'entropyctl --socket'
    check 'entropyctl -s fol' 'entropyctl -s folder'
    check 'entropyctl -s folder/ hea' 'entropyctl -s folder/ health'
    check 'entropyctl get 4 --qu' 'entropyctl get 4 --quality'
    check 'entropyctl get 4 --quality=c' 'entropyctl get 4 --quality=conditioned'
    check 'entropyctl get 4 --quality d' 'entropyctl get 4 --quality drbg'
    check 'entropyctl get --uu' 'entropyctl get --uuid'
    check 'entropyctl get --alphabet d' 'entropyctl get --alphabet digits'
    check 'entropyctl get -q c' 'entropyctl get -q conditioned'
    check 'entropyctl get 4 -o fo' 'entropyctl get 4 -o folder'
    check 'entropyctl completion b' 'entropyctl completion bash'
    check 'entropyctl help ge' 'entropyctl help get'
    check 'entropyctl status --he' 'entropyctl status --help'
    check 'entropyctl status --b' 'entropyctl status --b'
    zpty -d shell
done
