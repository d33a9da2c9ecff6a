# Completion for bash. The words are read from the line itself: bash divides them at ':' and '='.
__xacct_complete() {
    local line=${COMP_LINE:0:COMP_POINT} words current candidate rest trim
    read -ra words <<<"$line"
    [[ $line != *[[:space:]] ]] || words+=('')
    [ "${words[0]##*/}" != xa ] || words=(xacct switch "${words[@]:1}")
    current=${words[${#words[@]} - 1]}
    trim=${current%"${current##*[=:@]}"}
    COMPREPLY=()
    while IFS=$'\t' read -r candidate rest; do
        if [[ $candidate == ':program '* ]]; then
            if declare -F _command_offset >/dev/null; then
                _command_offset $((${candidate#:program } + 1))
            else
                mapfile -t COMPREPLY < <(compgen -A command -A file -- "$current")
            fi
            return
        fi
        COMPREPLY+=("${candidate#"$trim"}")
    done < <("$__xacct_program" complete -- "${words[@]:1}" 2>/dev/null)
}
complete -o default -F __xacct_complete xacct xacct-client xa
