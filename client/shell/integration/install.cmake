# Completion for whole systems: where shells look for it by themselves. Who has `xacct init` in
# an rc file has it already, and its program's path wins.
set(program_bash [[: "${__xacct_program:=xacct-client}"]])
set(program_zsh "#compdef xacct xacct-client xa\n: \${__xacct_program:=xacct-client}")
set(program_fish "set -q __xacct_program\nor set -g __xacct_program xacct-client")
set(after_zsh "_xacct \"$@\"\n")
set(place_bash share/bash-completion/completions/xacct)
set(place_zsh share/zsh/site-functions/_xacct)
set(place_fish share/fish/vendor_completions.d/xacct.fish)

foreach(shell bash zsh fish)
    file(READ ${CMAKE_CURRENT_LIST_DIR}/complete.${shell} text)
    set(made ${CMAKE_CURRENT_BINARY_DIR}/completion.${shell})
    file(CONFIGURE OUTPUT ${made} CONTENT "${program_${shell}}\n${text}${after_${shell}}" @ONLY)
    get_filename_component(directory ${place_${shell}} DIRECTORY)
    get_filename_component(name ${place_${shell}} NAME)
    install(FILES ${made} DESTINATION ${directory} RENAME ${name})
endforeach()
# bash looks for a file of the command's own name.
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/completion.bash
    DESTINATION share/bash-completion/completions RENAME xacct-client)
