# The archive that `cpack` makes of what is installed. The agent starts its courier by a path that
# is compiled in, never by one that it finds: so the archive has its paths from the root on, and
# is unpacked there: tar -C / -xzf xacct-VERSION-Linux-x86_64.tar.gz
set(CPACK_GENERATOR TGZ)
set(CPACK_SOURCE_GENERATOR "")
set(CPACK_PACKAGE_FILE_NAME
    "xacct-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_INCLUDE_TOPLEVEL_DIRECTORY OFF)
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
