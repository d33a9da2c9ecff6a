# How the client that is installed is linked. It starts with every command and every prompt, and
# the dynamic loader would be half of what it does: static with musl is the fastest.
#   musl      static, by musl-gcc (Debian: musl-tools)
#   static    static, by this build's own compiler and libc
#   dynamic   as everything else
#   auto      the first of these that can be had; dynamic in a build with sanitizers
set(XACCT_CLIENT auto CACHE STRING "How the installed client is linked: auto, musl, static, dynamic")
set_property(CACHE XACCT_CLIENT PROPERTY STRINGS auto musl static dynamic)
find_program(XACCT_MUSL_GCC musl-gcc)
mark_as_advanced(XACCT_MUSL_GCC)

include(CheckCSourceCompiles)
function(xa_can_link_static result)
    set(CMAKE_REQUIRED_LINK_OPTIONS -static)
    check_c_source_compiles("int main(void) { return 0; }" XACCT_HAS_STATIC_LIBC)
    set(${result} ${XACCT_HAS_STATIC_LIBC} PARENT_SCOPE)
endfunction()

set(XACCT_CLIENT_LINKAGE ${XACCT_CLIENT})
if(XACCT_CLIENT STREQUAL "auto")
    if(XACCT_SANITIZE OR CMAKE_CROSSCOMPILING)
        set(XACCT_CLIENT_LINKAGE dynamic)
        set(why "sanitizers, or another machine")
    elseif(XACCT_MUSL_GCC)
        set(XACCT_CLIENT_LINKAGE musl)
        set(why "musl-gcc is here")
    else()
        xa_can_link_static(possible)
        if(possible)
            set(XACCT_CLIENT_LINKAGE static)
            set(why "without musl-gcc, from musl-tools, which would be faster")
        else()
            set(XACCT_CLIENT_LINKAGE dynamic)
            set(why "there is neither musl-gcc nor a static libc")
        endif()
    endif()
    message(STATUS "the installed client: ${XACCT_CLIENT_LINKAGE} (${why}; XACCT_CLIENT chooses)")
elseif(XACCT_CLIENT STREQUAL "musl" AND NOT XACCT_MUSL_GCC)
    message(FATAL_ERROR "XACCT_CLIENT=musl wants musl-gcc: apt install musl-tools, "
                        "or XACCT_CLIENT=auto")
elseif(NOT XACCT_CLIENT MATCHES "^(musl|static|dynamic)$")
    message(FATAL_ERROR "XACCT_CLIENT=${XACCT_CLIENT}: auto, musl, static or dynamic")
endif()

# xa_install_client(TARGET): installs the program as it was chosen. With musl it is a build of
# its own, of client/ and proto/ alone.
function(xa_install_client target)
    if(XACCT_CLIENT_LINKAGE STREQUAL "musl")
        include(ExternalProject)
        set(place ${CMAKE_CURRENT_BINARY_DIR}/musl)
        ExternalProject_Add(client-musl
            SOURCE_DIR ${CMAKE_CURRENT_SOURCE_DIR}
            BINARY_DIR ${place}
            PREFIX ${place}-steps
            CMAKE_ARGS
                -DCMAKE_TOOLCHAIN_FILE=${XACCT_ROOT}/contrib/cmake/musl.cmake
                -DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE}
                -DCMAKE_INSTALL_PREFIX=${CMAKE_INSTALL_PREFIX}
                -DCMAKE_INSTALL_BINDIR=${CMAKE_INSTALL_BINDIR}
                -DXACCT_WERROR=${XACCT_WERROR}
                -DXACCT_MANUAL=OFF
            BUILD_COMMAND ${CMAKE_COMMAND} --build ${place} --target ${target}
            BUILD_ALWAYS ON
            INSTALL_COMMAND ""
            BUILD_BYPRODUCTS ${place}/${target})
        install(PROGRAMS ${place}/${target} DESTINATION ${CMAKE_INSTALL_BINDIR})
        # `cmake --install --strip` strips targets; this one is another build's.
        install(CODE "
            if(CMAKE_INSTALL_DO_STRIP)
                set(dir \"${CMAKE_INSTALL_BINDIR}\")
                if(NOT IS_ABSOLUTE \"\${dir}\")
                    set(dir \"\${CMAKE_INSTALL_PREFIX}/\${dir}\")
                endif()
                execute_process(COMMAND \"${CMAKE_STRIP}\" \"\$ENV{DESTDIR}\${dir}/${target}\")
            endif()")
        return()
    endif()
    if(XACCT_CLIENT_LINKAGE STREQUAL "static")
        target_link_options(${target} PRIVATE -static-pie)
    endif()
    install(TARGETS ${target} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
