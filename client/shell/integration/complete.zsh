# Completion for zsh, from now on or, where compinit comes later, from the first prompt on.
_xacct() {
    local -a words_before lines described
    local line
    words_before=("${(@Q)words[2,CURRENT]}")
    [[ ${words[1]:t} != xa ]] || words_before=(switch "${(@)words_before}")
    lines=("${(@f)$("$__xacct_program" complete -- "${(@)words_before}" 2>/dev/null)}")
    if [[ ${lines[1]-} == ':program '* ]]; then
        local -i at=${lines[1]#:program }
        shift $(( at + 1 )) words
        (( CURRENT -= at + 1 ))
        _normal
        return
    fi
    for line in "${(@)lines}"; do
        [[ -z $line ]] || described+=("${${line%%$'\t'*}//:/\\:}:${${line#*$'\t'}#$line}")
    done
    if (( $#described )); then
        _describe -t xacct xacct described
    else
        _files
    fi
}
__xacct_compdef() {
    (( ! $+functions[compdef] )) || compdef _xacct xacct xacct-client xa
    autoload -Uz add-zsh-hook && add-zsh-hook -d precmd __xacct_compdef
}
if (( $+functions[compdef] )); then
    compdef _xacct xacct xacct-client xa
else
    autoload -Uz add-zsh-hook && add-zsh-hook precmd __xacct_compdef
fi
