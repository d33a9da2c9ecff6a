# Debian's musl-gcc, and static programs. The kernel's headers stand where glibc's do:
# they are looked at last, so that every header that musl has is musl's.
set(CMAKE_C_COMPILER musl-gcc)
execute_process(COMMAND gcc -print-multiarch
    OUTPUT_VARIABLE multiarch OUTPUT_STRIP_TRAILING_WHITESPACE)
set(CMAKE_C_FLAGS_INIT "-idirafter /usr/include -idirafter /usr/include/${multiarch}")
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
