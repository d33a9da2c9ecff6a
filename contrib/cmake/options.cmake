# How every target is compiled: one interface library, linked by all.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(xa_options INTERFACE)
target_compile_definitions(xa_options INTERFACE _GNU_SOURCE)
target_compile_options(xa_options INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
    -Wcast-align -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough
    -UNDEBUG                       # our own bugs end the program in every build type
    -fstack-protector-strong -fno-strict-aliasing -ffile-prefix-map=${XACCT_ROOT}=.
    $<$<BOOL:${XACCT_WERROR}>:-Werror>)
target_link_options(xa_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed)

if(XACCT_SANITIZE)
    target_compile_options(xa_options INTERFACE -fsanitize=${XACCT_SANITIZE}
        -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(xa_options INTERFACE -fsanitize=${XACCT_SANITIZE})
    target_compile_definitions(xa_options INTERFACE XACCT_SANITIZED=1)
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_compile_options(xa_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
