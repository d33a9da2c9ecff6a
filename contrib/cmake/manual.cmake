# Manual pages, where there is scdoc: made with the programs and installed beside them.
option(XACCT_MANUAL "Build the manual pages, if scdoc is there" ON)
find_program(SCDOC scdoc)
if(XACCT_MANUAL AND NOT SCDOC)
    message(STATUS "manual pages are skipped: there is no scdoc")
endif()

# xa_manual(PAGE SECTION COMMAND… [DEPENDS FILE…]): what the command prints becomes PAGE.SECTION.
function(xa_manual page section)
    if(NOT XACCT_MANUAL OR NOT SCDOC)
        return()
    endif()
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "COMMAND;DEPENDS")
    set(made ${CMAKE_CURRENT_BINARY_DIR}/${page}.${section})
    # Whole or not at all: what a failed command left would count as made.
    string(JOIN " " command ${arg_COMMAND})
    add_custom_command(OUTPUT ${made}
        COMMAND sh -ec "( ${command} ) > '${made}.scd' && '${SCDOC}' < '${made}.scd' > '${made}.new' && mv '${made}.new' '${made}'"
        DEPENDS ${arg_DEPENDS}
        COMMENT "Manual page ${page}(${section})"
        VERBATIM)
    add_custom_target(manual-${page} ALL DEPENDS ${made})
    install(FILES ${made} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endfunction()

# xa_manual_of_text(PAGE SECTION FILE): from scdoc's own language.
function(xa_manual_of_text page section file)
    xa_manual(${page} ${section} COMMAND "cat '${CMAKE_CURRENT_SOURCE_DIR}/${file}'"
        DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
endfunction()

# xa_manual_of_markdown(PAGE SECTION FILE HEADING WHAT)
function(xa_manual_of_markdown page section file heading what)
    set(awk ${XACCT_ROOT}/contrib/cmake/markdown-to-scdoc.awk)
    xa_manual(${page} ${section}
        COMMAND "awk -v title='${page}(${section}) \"xacct\" \"${heading}\"'"
                "-v name='${page} - ${what}' -f '${awk}' '${file}'"
        DEPENDS ${file} ${awk})
endfunction()

# xa_manual_alias(NAME SECTION PAGE): the page under a further name.
function(xa_manual_alias name section page)
    if(XACCT_MANUAL AND SCDOC)
        set(link ${CMAKE_CURRENT_BINARY_DIR}/${name}.${section})
        file(CREATE_LINK ${page}.${section} ${link} SYMBOLIC)
        install(FILES ${link} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
    endif()
endfunction()
