# A segment of powerlevel10k, without a fork: source this file behind ~/.p10k.zsh, and put `xacct`
# into POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS or the left ones. Its states are PROD, STAGE, DEV and
# OTHER, by the destination's level: POWERLEVEL9K_XACCT_PROD_FOREGROUND=… is another colour.
source "${${(%):-%x}:A:h}/xacct-prompt.sh"

prompt_xacct() {
    emulate -L zsh
    zmodload zsh/datetime 2>/dev/null
    local label colour expires left state=OTHER name=cyan
    __xacct_ps1_parts
    [[ -n $label ]] || return 0
    __xacct_ps1_left "$expires"
    case $colour in
    31) state=PROD name=red ;;
    33) state=STAGE name=yellow ;;
    32) state=DEV name=green ;;
    esac
    # The text is expanded as a prompt is, and without -e as nothing else.
    p10k segment -s $state -f $name -t "${label//\%/%%}${left:+ $left}"
}

# Nothing but the environment is read, so the first prompt can have it before ~/.zshrc is done.
instant_prompt_xacct() {
    prompt_xacct
}
