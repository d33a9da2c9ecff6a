# shellcheck shell=bash
# This shell's destination for the prompt of bash (4.2 or later) and zsh (5.3 or later), in the
# manner of git-prompt.sh. What it says is what `xacct prompt` says, from the same variables, and
# no process is made for it. README.md beside this file shows how it is used.
#
#   __xacct_ps1 [FORMAT]            prints it, for PS1='…$(__xacct_ps1 " (%s)")'; it is the shell
#                                   that forks there, for the $(…)
#   __xacct_ps1 PRE POST [FORMAT]   for PROMPT_COMMAND or precmd: sets PS1, without any fork
#   __xacct_ps1_update [FORMAT]     for the same place: sets __xacct_ps1_text alone, which
#                                   PS1='…${__xacct_ps1_text}' shows, without any fork
#   __xacct_tmux                    for the same place: tells tmux what this pane works in
#
# FORMAT is printf's, with %s in the place of the text; " (%s)" if it is left out. Where the shell
# has no destination nothing is shown.

# The text is shown by reference, so that the shell never expands what stands in a value.
__xacct_ps1_text=''

# True for what may reach a terminal: some text without control characters, and without those
# that change the direction of what stands beside them (xa_text_printable). By its bytes, so that
# it does not depend on the locale; a byte that is part of no character is what some terminals take
# for the beginning of an escape.
__xacct_ps1_printable() {
    local LC_ALL=C
    [ -z "${ZSH_VERSION-}" ] || setopt no_multibyte
    case $1 in
    '' | *[[:cntrl:]]* | *$'\xc2'[$'\x80'-$'\x9f']*) return 1 ;;
    *$'\xe2\x80'[$'\x8e\x8f\xaa'-$'\xae']* | *$'\xe2\x81'[$'\xa6'-$'\xa9']*) return 1 ;;
    esac
    local rest=${1//[$'\xf0'-$'\xf4'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf']/x}
    rest=${rest//[$'\xe0'-$'\xef'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf']/x}
    rest=${rest//[$'\xc2'-$'\xdf'][$'\x80'-$'\xbf']/x}
    [[ $rest != *[$'\x80'-$'\xff']* ]]
}

# Sets label, colour and expires, which are the caller's; the label is empty where there is no
# destination, and of another tool's label nothing is said then.
__xacct_ps1_parts() {
    label='' colour='' expires=''
    __xacct_ps1_printable "${XACCT_DEST-}" || return 0
    for label in "${AWS_VAULT-}" "${AWSUME_PROFILE-}" "${AWSU_PROFILE-}" "${AWS_SSO_PROFILE-}" \
            "${AWS_OKTA_PROFILE-}" "${SAML2AWS_PROFILE-}" "${ASSUMED_ROLE-}" "$XACCT_DEST"; do
        ! __xacct_ps1_printable "$label" || break
    done
    case ${XACCT_LEVEL-} in              # as xa_colour_of_level has them
    prod | production | live | high | critical) colour=31 ;;
    stage | staging | preprod | test | uat | qa | medium) colour=33 ;;
    dev | development | sandbox | low) colour=32 ;;
    esac
    case ${XACCT_EXPIRES-} in            # digits alone: an arithmetic expansion obeys its text
    '' | *[!0-9]* | ???????????*) ;;
    *) expires=$((10#$XACCT_EXPIRES)) ;;
    esac
    [ "$expires" != 0 ] || expires=''
}

# Sets left, the caller's, to the time until the second $1.
__xacct_ps1_left() {
    local now=${EPOCHSECONDS-} s
    left=''
    [ -n "$now" ] || printf -v now '%(%s)T' -1 2> /dev/null
    case $1,$now in
    ,* | *, | *[!0-9,]*) return 0 ;;     # without a clock nothing is said of the time
    esac
    s=$(($1 - now))
    if ((s <= 0)); then
        left=expired
    elif ((s < 60)); then
        left=${s}s
    elif ((s < 3600)); then
        left=$((s / 60))m
    elif ((s < 86400)); then
        printf -v left '%dh%02dm' $((s / 3600)) $((s / 60 % 60))
    else
        left=$((s / 86400))d
        ((s / 3600 % 24 == 0)) || left+=$((s / 3600 % 24))h
    fi
}

# Sets __xacct_ps1_text. The marks tell the shell what takes no column.
__xacct_ps1_find() {
    local bang='' label colour expires left on=$'\001' off=$'\002'
    if [ -n "${ZSH_VERSION-}" ]; then
        [[ ! -o prompt_bang ]] || bang='!'
        emulate -L zsh
        zmodload zsh/datetime 2> /dev/null || true
        on='%{' off='%}'
    fi
    __xacct_ps1_parts
    __xacct_ps1_left "$expires"
    if [ -n "${ZSH_VERSION-}" ]; then    # zsh reads what was expanded once more
        label=${label//\%/%%}
        [ -z "$bang" ] || label=${label//!/!!}
    fi
    if [ -n "$colour" ] && [ -z "${NO_COLOR-}" ]; then
        label=$on$'\e['${colour}m$off$label$on$'\e[m'$off
    fi
    __xacct_ps1_text=''
    [ -z "${XACCT_DEST-}" ] || [ -z "$label" ] || __xacct_ps1_text=$label${left:+ $left}
}

__xacct_ps1_update() {
    local __xacct_ps1_status=$?
    __xacct_ps1_find
    if [ -n "$__xacct_ps1_text" ]; then
        # shellcheck disable=SC2059      # the format is the person's
        printf -v __xacct_ps1_text -- "${1- (%s)}" "$__xacct_ps1_text"
    fi
    return "$__xacct_ps1_status"
}

# Where the shell does not expand parameters in a prompt, the text itself must stand there. Only
# bash reads backslashes then.
__xacct_ps1_set() {
    local reference=''
    if [ -n "${ZSH_VERSION-}" ]; then
        [[ ! -o prompt_subst ]] || reference=yes
    elif shopt -q promptvars; then
        reference=yes
    fi
    if [ -n "$reference" ]; then
        PS1=$1'${__xacct_ps1_text}'$2
    elif [ -n "${ZSH_VERSION-}" ]; then
        PS1=$1$__xacct_ps1_text$2
    else
        PS1=$1${__xacct_ps1_text//\\/\\\\}$2
    fi
}

__xacct_ps1() {
    local __xacct_ps1_status=$?
    case $# in
    0 | 1)
        __xacct_ps1_update "${1- (%s)}"
        printf '%s' "$__xacct_ps1_text"
        ;;
    2 | 3)
        __xacct_ps1_update "${3- (%s)}"
        __xacct_ps1_set "$1" "$2"
        ;;
    esac
    return "$__xacct_ps1_status"
}

# The options @xacct_label, @xacct_colour and @xacct_expires of this pane, for tmux.conf. Set
# before each prompt, which takes tmux about 2 ms: a shell that remembered what it had told last
# would not know what another one, started from it, has told since.
__xacct_tmux() {
    local __xacct_ps1_status=$? label colour expires
    [ -n "${TMUX-}" ] && [ -n "${TMUX_PANE-}" ] || return "$__xacct_ps1_status"
    [ -z "${ZSH_VERSION-}" ] || emulate -L zsh
    __xacct_ps1_parts
    case $colour in
    31) colour=red ;;
    33) colour=yellow ;;
    32) colour=green ;;
    *) colour=default ;;
    esac
    case $label in                       # at an argument's end it would end tmux's command
    *\;) label=${label%;}\\\; ;;
    esac
    command tmux set-option -p -t "$TMUX_PANE" @xacct_label "$label" \; \
        set-option -p -t "$TMUX_PANE" @xacct_colour "$colour" \; \
        set-option -p -t "$TMUX_PANE" @xacct_expires "$expires" > /dev/null 2>&1
    return "$__xacct_ps1_status"
}
