# xacct for bash: `xa` switches this shell to a destination, and what it got is renewed before a
# prompt when it ends soon. Nothing is printed here.
__xacct_words=() __xacct_back=() __xacct_mine='' __xacct_next=0 __xacct_picked=''

xa() {
    local __xacct_said __xacct_again=()
    local __xacct_new=("$@")
    if [ "${1-}" = - ]; then
        if [ "${#__xacct_back[@]}" -eq 0 ]; then
            echo 'xacct: there is no destination to go back to' >&2
            return 2
        fi
        __xacct_new=("${__xacct_back[@]}" "${@:2}") __xacct_again=(--again)
    fi
    __xacct_said=$("$__xacct_program" switch --shell bash "${__xacct_again[@]}" \
        "${__xacct_new[@]}") || return
    case $__xacct_said in
    usage:*)
        printf '%s\n' "$__xacct_said"
        return
        ;;
    esac
    __xacct_picked=''
    eval "$__xacct_said"
    [ -z "$__xacct_picked" ] || __xacct_new=("$__xacct_picked" "${__xacct_new[@]}")
    [ "${#__xacct_words[@]}" -eq 0 ] || __xacct_back=("${__xacct_words[@]}")
    __xacct_words=()
    [ -z "${XACCT_DEST-}" ] || __xacct_words=("${__xacct_new[@]}")
    __xacct_mine="${XACCT_DEST-} ${XACCT_EXPIRES-}" __xacct_next=0
}

# What ends in less than five minutes is asked for anew, at most each five seconds, and only what
# xa has set here: then XACCT_EXPIRES is a number of xacct's own. $1 is the time.
__xacct_look() {
    local __xacct_said
    __xacct_next=$(($1 + 5))
    [ -n "${XACCT_EXPIRES-}" ] && [ "${XACCT_DEST-} $XACCT_EXPIRES" = "$__xacct_mine" ] || return 0
    if ((XACCT_EXPIRES - $1 >= 300)); then
        __xacct_next=$((XACCT_EXPIRES - 299))
        return 0
    fi
    __xacct_said=$("$__xacct_program" renew --shell bash "${__xacct_words[@]}" 2>/dev/null) &&
        eval "$__xacct_said" && __xacct_mine="${XACCT_DEST-} ${XACCT_EXPIRES-}"
    return 0
}

# Before each prompt: until something is to be looked at it costs a comparison. The status is that
# of the person's last command, for what follows in PROMPT_COMMAND. Before bash 5, and where its
# EPOCHSECONDS was unset, printf tells the time.
if ((BASH_VERSINFO[0] >= 5)); then
    __xacct_renew() {
        set -- "$?"
        ((${EPOCHSECONDS:-__xacct_next} < __xacct_next)) || __xacct_ask_time
        return "$1"
    }
else
    __xacct_renew() {
        set -- "$?"
        __xacct_ask_time
        return "$1"
    }
fi

__xacct_ask_time() {
    local __xacct_now
    printf -v __xacct_now '%(%s)T' -1
    ((__xacct_now < __xacct_next)) || __xacct_look "$__xacct_now"
}

case ";${PROMPT_COMMAND[*]-};" in
*__xacct_renew*) ;;
*)
    if [ -n "${PROMPT_COMMAND+x}" ] && [[ ${PROMPT_COMMAND@a} == *a* ]]; then
        PROMPT_COMMAND=(__xacct_renew "${PROMPT_COMMAND[@]}")
    else
        PROMPT_COMMAND="__xacct_renew${PROMPT_COMMAND:+; $PROMPT_COMMAND}"
    fi
    ;;
esac
