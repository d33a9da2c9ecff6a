# xacct for zsh: `xa` switches this shell to a destination, and what it got is renewed before a
# prompt when it ends soon. Nothing is printed here.
typeset -ga __xacct_words=() __xacct_back=()
typeset -g __xacct_mine='' __xacct_picked=''
typeset -gi __xacct_next=0

xa() {
    emulate -L zsh
    local __xacct_said
    local -a __xacct_new __xacct_again
    __xacct_new=("$@")
    if [[ ${1-} == - ]]; then
        if (( ! $#__xacct_back )); then
            print -ru2 -- 'xacct: there is no destination to go back to'
            return 2
        fi
        __xacct_new=("${(@)__xacct_back}" "${(@)argv[2,-1]}")
        __xacct_again=(--again)
    fi
    __xacct_said=$("$__xacct_program" switch --shell zsh "${(@)__xacct_again}" \
        "${(@)__xacct_new}") || return
    if [[ $__xacct_said == usage:* ]]; then
        print -r -- "$__xacct_said"
        return
    fi
    __xacct_picked=''
    eval "$__xacct_said"
    [[ -z $__xacct_picked ]] || __xacct_new=("$__xacct_picked" "${(@)__xacct_new}")
    (( ! $#__xacct_words )) || __xacct_back=("${(@)__xacct_words}")
    __xacct_words=()
    [[ -z ${XACCT_DEST-} ]] || __xacct_words=("${(@)__xacct_new}")
    __xacct_mine="${XACCT_DEST-} ${XACCT_EXPIRES-}"
    __xacct_next=0
}

# What ends in less than five minutes is asked for anew, at most each five seconds, and only what
# xa has set here: then XACCT_EXPIRES is a number of xacct's own.
__xacct_look() {
    emulate -L zsh
    local __xacct_said
    __xacct_next=$(( EPOCHSECONDS + 5 ))
    [[ -n ${XACCT_EXPIRES-} && "${XACCT_DEST-} $XACCT_EXPIRES" == "$__xacct_mine" ]] || return 0
    if (( XACCT_EXPIRES - EPOCHSECONDS >= 300 )); then
        __xacct_next=$(( XACCT_EXPIRES - 299 ))
        return 0
    fi
    __xacct_said=$("$__xacct_program" renew --shell zsh "${(@)__xacct_words}" 2>/dev/null) &&
        eval "$__xacct_said" && __xacct_mine="${XACCT_DEST-} ${XACCT_EXPIRES-}"
    return 0
}

# Before each prompt: until something is to be looked at it costs a comparison.
__xacct_renew() {
    (( EPOCHSECONDS < __xacct_next )) || __xacct_look
}
zmodload zsh/datetime 2>/dev/null && autoload -Uz add-zsh-hook &&
    add-zsh-hook precmd __xacct_renew
