# Completion for fish.
function __xacct_complete
    set -l words (commandline -opc) (commandline -ct)
    if test (string replace -r '.*/' '' -- $words[1]) = xa
        set words xacct switch $words[2..-1]
    end
    set -l lines (command $__xacct_program complete -- $words[2..-1] 2>/dev/null)
    if string match -q ':program *' -- $lines[1]
        set -l at (math (string replace ':program ' '' -- $lines[1]) + 2)
        complete -C (string join ' ' -- (string escape -- $words[$at..-1]))
    else if test (count $lines) -gt 0
        printf '%s\n' $lines
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c xacct -f -a '(__xacct_complete)'
complete -c xacct-client -f -a '(__xacct_complete)'
complete -c xa -f -a '(__xacct_complete)'
