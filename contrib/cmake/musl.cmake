# Debian's musl-gcc, and static programs. The kernel's headers stand where glibc's do:
# they are looked at last, so that every header that musl has is musl's.
set(CMAKE_C_COMPILER musl-gcc)
execute_process(COMMAND gcc -print-multiarch
    OUTPUT_VARIABLE multiarch OUTPUT_STRIP_TRAILING_WHITESPACE)
set(CMAKE_C_FLAGS_INIT "-idirafter /usr/include -idirafter /usr/include/${multiarch}")

# Static, and still at an address that is another in each run. musl-gcc does not know
# -static-pie: these are its parts.
string(REPLACE "-gnu" "-musl" musl "/usr/lib/${multiarch}")
set(CMAKE_EXE_LINKER_FLAGS_INIT
    "-static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text ${musl}/rcrt1.o ${musl}/crti.o")
set(CMAKE_C_STANDARD_LIBRARIES_INIT "${musl}/crtn.o")
